"""The voice's own process: synthesis holds the GIL for up to 125 ms, which guidance cannot spare.

Requests come on stdin and answers go to stdout, each a JSON line; an answer's line is followed by
its samples. It ends when stdin ends, so it never outlives the companion.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from device.errors import SpeechError
from device.readings import with_readings
from device.sound import Wave, levelled, resampled, to_pcm, trimmed

# Blind listeners follow fast speech; at 1.25 a warning of one clause takes about 1.5 s.
JAPANESE_SPEED = 1.25
ENGLISH_WORDS_PER_MINUTE = 190
# A sentence takes 0.3 s, on a small board a second; the wearer hears nothing meanwhile.
ESPEAK_LIMIT_S = 3.5
_ESPEAK_VOICES = {"ja": "jpx/ja", "en": "gmw/en-us"}
_NO_ESPEAK = {
    "ja": "no Japanese voice: run `pip install pyopenjtalk-plus`",
    "en": "no English voice: run `apt install espeak-ng`",
}


def synthesise(text: str, lang: str) -> tuple[Wave, str]:
    """Samples, levelled and trimmed, and the engine that made them; `SpeechError`."""
    if lang == "ja":
        samples, engine = _japanese(with_readings(text))
    else:
        samples, engine = _espeak(text, "en"), "espeak"
    return levelled(trimmed(samples)), engine


def _japanese(text: str) -> tuple[Wave, str]:
    try:
        import pyopenjtalk
    except ImportError:
        return _espeak(text, "ja"), "espeak"
    try:
        samples, rate = pyopenjtalk.tts(text, speed=JAPANESE_SPEED)
    except (RuntimeError, ValueError, OSError):
        return _espeak(_kana(text), "ja"), "espeak"
    return resampled(samples / 32768.0, rate), "openjtalk"


def _kana(text: str) -> str:
    """espeak-ng cannot read kanji; the dictionary may still know how it is read."""
    if not any("\u4e00" <= letter <= "\u9fff" for letter in text):
        return text
    import pyopenjtalk

    try:
        return str(pyopenjtalk.g2p(text, kana=True))
    except (RuntimeError, ValueError, OSError):
        raise SpeechError(
            "the Japanese dictionary cannot be read: run `pip install --force-reinstall pyopenjtalk-plus`"
        ) from None


def _espeak(text: str, lang: str) -> Wave:
    if lang == "ja" and any("\u4e00" <= letter <= "\u9fff" for letter in text):
        raise SpeechError(f"{_NO_ESPEAK['ja']} (the spare voice reads kana only)")
    with tempfile.TemporaryDirectory(prefix="shirube-voice-") as folder:
        path = Path(folder) / "speech.wav"
        command = [
            sys.executable, "-m", "device.espeak_once",
            _ESPEAK_VOICES[lang], str(ENGLISH_WORDS_PER_MINUTE), str(path),
        ]  # fmt: skip
        try:
            subprocess.run(  # noqa: S603 (our own module, no shell)
                command, input=text.encode(), capture_output=True, timeout=ESPEAK_LIMIT_S, check=True
            )
        except subprocess.TimeoutExpired:
            raise SpeechError(f"espeak-ng did not answer in {ESPEAK_LIMIT_S:g} s: try again") from None
        except subprocess.CalledProcessError:
            raise SpeechError(_NO_ESPEAK[lang]) from None
        # Without a voice pyttsx3 reports success and writes nothing.
        if not path.exists():
            raise SpeechError(_NO_ESPEAK[lang])
        return _read_wav(path)


def _read_wav(path: Path) -> Wave:
    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return resampled(samples / 32768.0, rate)


def answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The header line and the samples that follow it."""
    try:
        samples, engine = synthesise(request["text"], request["lang"])
    except SpeechError as error:
        return {"error": str(error), "bytes": 0}, b""
    body = to_pcm(samples).astype("<i2").tobytes()
    return {"engine": engine, "bytes": len(body)}, body


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end."""
    for line in requests:
        header, body = answer(json.loads(line))
        answers.write(json.dumps(header).encode() + b"\n" + body)
        answers.flush()


def main() -> None:
    """Keep stdout for answers: the engines print there."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)  # who starts it may come before all others; this one does not
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
