"""One utterance by pyttsx3 (espeak-ng) into a WAV file; the text comes on stdin.

`python -m device.espeak_once VOICE WORDS_PER_MINUTE FILE`

A process of its own for each: espeak's state goes on from utterance to utterance, so the same text
does not give the same samples twice in one process, and an outing must be repeatable. About 0.1 s.
"""

import sys

import pyttsx3


def main(voice: str, words_per_minute: str, path: str) -> None:
    """Writes `path`, or ends with a traceback on stderr."""
    engine = pyttsx3.init("espeak")
    engine.setProperty("voice", voice)
    engine.setProperty("rate", int(words_per_minute))
    engine.save_to_file(sys.stdin.read(), path)
    engine.runAndWait()


if __name__ == "__main__":
    main(*sys.argv[1:4])
