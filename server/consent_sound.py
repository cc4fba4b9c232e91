"""Whether a recording says its text: long enough for every word of it, and heard.

Who cannot read the text agrees to what they hear: a voice that failed leaves a file all the same.
"""

import array
import sys
import wave
from collections.abc import Iterable
from math import sqrt
from pathlib import Path
from typing import Final, Literal

from server.consent_texts import Text, current_text, purposes

# The product's voice says 5 to 6 characters of Japanese a second, 13 to 15 of English (measured over all
# texts, pauses counted). At twice that nobody follows; at a fifth it is not this text.
_FASTEST: Final[dict[Literal["ja", "en"], float]] = {"ja": 12.0, "en": 30.0}
_SLOWEST: Final[dict[Literal["ja", "en"], float]] = {"ja": 1.2, "en": 3.0}
_QUIETEST: Final = 0.01  # root mean square of full scale, -40 dB; the voice is at -19 dB
_WIDTH: Final = 2  # bytes of a sample


def fault_of(path: Path, text: Text) -> str | None:
    """Why this WAV cannot be a recording of the text; None: nothing speaks against it."""
    try:
        with wave.open(str(path), "rb") as sound:
            if sound.getsampwidth() != _WIDTH:
                return "no samples of 16 bits"
            seconds = sound.getnframes() / sound.getframerate()
            samples = array.array("h", sound.readframes(sound.getnframes()))
    except (OSError, EOFError, wave.Error, ValueError, ZeroDivisionError) as error:
        return f"cannot be read ({type(error).__name__})"
    characters = sum(len(line) for line in text.spoken)
    if not characters / _FASTEST[text.lang] <= seconds <= characters / _SLOWEST[text.lang]:
        return f"{seconds:.1f} s cannot be the {characters} characters of its text"
    if sys.byteorder == "big":
        samples.byteswap()
    if _loudness(samples) < _QUIETEST:
        return "silent"
    return None


def faults(folder: Path) -> Iterable[tuple[str, str]]:
    """What the folder lacks of the texts that are asked for now: the file's name, and why."""
    languages: tuple[Literal["ja", "en"], ...] = ("ja", "en")
    for text in (current_text(purpose, lang) for purpose in purposes() for lang in languages):
        path = folder / text.audio_name
        fault = fault_of(path, text) if path.is_file() else "is not there"
        if fault is not None:
            yield text.audio_name, fault


def _loudness(samples: "array.array[int]") -> float:
    some = samples[:: max(len(samples) // 100_000, 1)]
    return sqrt(sum(value * value for value in some) / max(len(some), 1)) / 32768.0
