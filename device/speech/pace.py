"""Faster or slower speech at the same pitch (WSOLA), and the `Synthesis` that speaks at such a rate. Pure.

Phrases are stored once, at the normal rate: changing it while walking costs nothing on the disk and works at
once, for what is stored and for what is made now.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from device.ports import SAMPLE_RATE, Pcm
from device.sound import Wave
from device.synthesis import Synthesis, Voiced, Wanted

_WINDOW: Final = round(0.024 * SAMPLE_RATE)  # two to five periods of a voice
_HOP: Final = _WINDOW // 2
_SEARCH: Final = round(0.008 * SAMPLE_RATE)  # a period of the lowest voice, 125 Hz
_COARSE: Final = 8  # every eighth sample is enough to find where two waves match: 3 kHz of speech


def at_rate(pcm: Pcm, rate: float) -> Pcm:
    """`pcm`, `rate` times as fast; as it is where that is 1, or it is too short to cut."""
    if rate == 1.0 or len(pcm) < 2 * (_WINDOW + _SEARCH):
        return pcm
    samples = np.pad(pcm.astype(np.float64), (0, _WINDOW + 2 * _SEARCH))
    window = np.hanning(_WINDOW + 1)[:-1]
    count = int(len(pcm) / (_HOP * rate))
    out = np.zeros(count * _HOP + _WINDOW)
    at = 0
    for number in range(count):
        if number:
            at = _best(samples, follows=at + _HOP, near=round(number * _HOP * rate))
        out[number * _HOP : number * _HOP + _WINDOW] += samples[at : at + _WINDOW] * window
    out[:_HOP] += samples[:_HOP] * (1.0 - window[:_HOP])  # the first window has none before it
    return np.clip(np.rint(out[: round(len(pcm) / rate)]), -32768, 32767).astype(np.int16)


def _best(samples: Wave, follows: int, near: int) -> int:
    """The place near `near` that sounds most like what would have followed."""
    first = max(0, near - _SEARCH)
    model = samples[follows : follows + _WINDOW : _COARSE]
    field = samples[first : near + _SEARCH + _WINDOW : _COARSE]
    if len(field) <= len(model):
        return min(near, len(samples) - _WINDOW)
    likeness = np.correlate(field, model, mode="valid")
    # Loud places match anything: by the loudness of each.
    power = np.convolve(np.square(field), np.ones(len(model)), mode="valid")
    best = int(np.argmax(likeness / np.sqrt(np.maximum(power, 1.0))))
    return min(first + best * _COARSE, len(samples) - _WINDOW)


class PacedSynthesis:
    """A `Synthesis` whose words come at `rate`, a factor of the normal speed that may change at any time."""

    def __init__(self, inner: Synthesis, rate: float = 1.0) -> None:
        self._inner = inner
        self.rate = rate

    def ask(self, wanted: Wanted) -> None:
        """Begin to make these words."""
        self._inner.ask(wanted)

    def poll(self) -> Voiced | None:
        """The newest sound, at the rate of now."""
        ready = self._inner.poll()
        return ready if ready is None else replace(ready, pcm=at_rate(ready.pcm, self.rate))

    def close(self) -> None:
        """End what it speaks by."""
        self._inner.close()
