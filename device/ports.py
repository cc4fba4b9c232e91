"""The ports of the companion: what it needs of the world, one or two methods each.

Each port has a real, a replay and a fake version; a URI in the configuration chooses (`device.sources`).
Real sources run in threads of their own and never block the caller; virtual ones are driven by time.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vision.types import Frame
from wire.position import Fix

Pcm = npt.NDArray[np.int16]  # mono samples
SAMPLE_RATE = 48_000  # what pyopenjtalk makes; every speaker and WAV here uses it


class Clock(Protocol):
    """Time, so that nothing else asks for it."""

    def now_s(self) -> float:
        """Monotonic seconds, for intervals and decisions."""

    def utc_s(self) -> float:
        """UTC seconds since 1970, for records."""


class PositionSource(Protocol):
    """Where fixes come from."""

    def poll(self) -> tuple[Fix, ...]:
        """The fixes that arrived since the last call, oldest first; never blocks, each fix once."""

    def close(self) -> None:
        """Stop and free what is held; safe to call twice."""


class CameraSource(Protocol):
    """Where frames come from. Newest wins: a queue of one."""

    def latest(self) -> Frame | None:
        """The newest frame not yet given out, or None; never blocks."""

    def close(self) -> None:
        """Stop and free what is held; safe to call twice."""


class Voice(Protocol):
    """Text to samples. Slow and GIL-bound: the real one lives in a process of its own."""

    def synthesise(self, text: str, lang: str) -> Pcm:
        """Mono int16 at SAMPLE_RATE; raises `device.errors.SpeechError`."""

    def close(self) -> None:
        """End the process; safe to call twice."""


@dataclass(frozen=True, slots=True)
class Playback:
    """What the speaker is doing: `utterance` None while silent."""

    utterance: int | None = None
    started_s: float | None = None
    ends_s: float | None = None  # None where not known
    failed: tuple[int, ...] = ()  # utterances that never sounded since the last look
    finished: tuple[int, ...] = ()  # utterances that played to their end since the last look
    pausing: bool = False  # between two phrases just now: the place to cut without cutting a word
    away: bool = False  # nobody can speak now: what is to be said waits, or expires


class Speaker(Protocol):
    """Plays one utterance at a time."""

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """Begin at once; whatever was playing stops. `more`: the rest is not made yet, and comes by `add`."""

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """The rest, empty where there is none: then it ends. Nothing happens where it plays no more."""

    def stop(self, now_s: float) -> None:
        """Silence within 50 ms."""

    def playback(self, now_s: float) -> Playback:
        """What is playing now."""

    def close(self) -> None:
        """Free the device; safe to call twice."""
