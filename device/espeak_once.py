"""One utterance by pyttsx3 (espeak-ng) into a WAV file; the text comes on stdin.

`python -m device.espeak_once VOICE WORDS_PER_MINUTE FILE`

A process of its own for each: espeak's state goes on from utterance to utterance, so the same text
does not give the same samples twice in one process, and an outing must be repeatable. About 0.1 s.
"""

import sys
import threading

import pyttsx3

# espeak makes about a hundred times more than real time: a long sentence takes a tenth of a second.
LIMIT_S = 3.0


def main(voice: str, words_per_minute: str, path: str) -> None:
    """Writes `path`, or ends with a traceback on stderr."""
    whole = threading.Event()
    engine = pyttsx3.init("espeak")
    engine.setProperty("voice", voice)
    engine.setProperty("rate", int(words_per_minute))
    engine.connect("finished-utterance", lambda **_: whole.set())
    engine.save_to_file(sys.stdin.read(), path)
    engine.runAndWait()
    # pyttsx3's loop may end while espeak's own thread still works on a long text: the file is whole
    # only when the utterance is told to be finished.
    if not whole.wait(LIMIT_S):
        raise TimeoutError(f"espeak-ng did not finish in {LIMIT_S:g} s")


if __name__ == "__main__":
    main(*sys.argv[1:4])
