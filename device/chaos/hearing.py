"""What a recording of the sound holds: when, how loud, and whether it is what was meant. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from device.earcons import earcon
from device.policy import Earcon
from device.ports import SAMPLE_RATE, Pcm
from device.sound import Wave

Stereo = npt.NDArray[np.int16]  # one row a sample: left, right
FULL: Final = 32767
LOUD: Final = 10 ** (-50 / 20)  # of full scale: an idle null sink is exactly zero, speech peaks at -1 dB
BRIDGE_S: Final = 0.35  # pauses inside a sentence are shorter, silence between two is longer
ALIKE: Final = 0.6  # correlation; other sounds than the one that is meant stay below 0.3
PIECE: Final = SAMPLE_RATE // 5  # a syllable or two
HOLE_S: Final = 0.5  # of silence at once
_FLOOR: Final = 0.02  # of the meant sound's energy: in silence nothing is alike


@dataclass(frozen=True, slots=True)
class Recording:
    """Samples at SAMPLE_RATE. `began_s`: monotonic second of the first; `slip_s`: how far that drifted."""

    samples: Stereo
    began_s: float
    slip_s: float = 0.0

    def part(self, from_s: float, to_s: float) -> Wave:
        """(channels, samples) in [-1, 1] between two monotonic seconds, as far as it was recorded."""
        first, last = (max(0, round((at_s - self.began_s) * SAMPLE_RATE)) for at_s in (from_s, to_s))
        return np.asarray(self.samples[first:last].T / FULL, dtype=np.float64)

    @property
    def ends_s(self) -> float:
        """Monotonic second after the last sample."""
        return self.began_s + len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Match:
    """Where the meant sound begins, and how alike it is: 1.0 is the same but for its loudness."""

    at_s: float
    alike: float


def alignment(arrivals: Sequence[tuple[float, int]], rate: int = SAMPLE_RATE) -> tuple[float, float]:
    """(monotonic second of the first sample, drift in seconds) from (second of arrival, samples so far).

    A block may be late, never early: the earliest of all tells best. The drift is between the earliest of
    the first and of the last third: beyond a block's length samples were lost on the way.
    """
    began = [at_s - count / rate for at_s, count in arrivals]
    if not began:
        return 0.0, 0.0
    third = max(1, len(began) // 3)
    return min(began[:third]), min(began[-third:]) - min(began[:third])


def sounding(recording: Recording, bridge_s: float = BRIDGE_S) -> tuple[tuple[float, float], ...]:
    """(from, to) monotonic seconds in which something sounds, with silences up to `bridge_s`."""
    loud = np.flatnonzero(np.abs(recording.samples.astype(np.int32)).max(axis=1, initial=0) > LOUD * FULL)
    if not len(loud):
        return ()
    breaks = np.flatnonzero(np.diff(loud) > bridge_s * SAMPLE_RATE)
    firsts = loud[np.concatenate([[0], breaks + 1])]
    lasts = loud[np.concatenate([breaks, [len(loud) - 1]])]
    return tuple(
        (recording.began_s + first / SAMPLE_RATE, recording.began_s + (last + 1) / SAMPLE_RATE)
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
    )


def last_loud_s(recording: Recording, from_s: float, to_s: float) -> float | None:
    """The last loud sample between two seconds; None: silence."""
    part = np.abs(recording.part(from_s, to_s)).max(axis=0, initial=0.0)
    loud = np.flatnonzero(part > LOUD)
    return None if not len(loud) else max(from_s, recording.began_s) + (int(loud[-1]) + 1) / SAMPLE_RATE


def found(recording: Recording, meant: Pcm, from_s: float, to_s: float) -> Match:
    """Where between two seconds `meant` begins best, in the better of the two channels."""
    wanted = meant / FULL
    part = recording.part(from_s, to_s + len(wanted) / SAMPLE_RATE)
    energy = float(np.sum(wanted**2))
    if part.shape[1] < len(wanted) or not energy:
        return Match(from_s, 0.0)
    at, alike = max((_best(channel, wanted, energy) for channel in part), key=lambda one: one[1])
    return Match(max(from_s, recording.began_s) + at / SAMPLE_RATE, alike)


def found_earcon(
    recording: Recording, among: Iterable[Earcon], from_s: float, to_s: float
) -> tuple[Earcon, Match] | None:
    """The earcon that begins between two seconds; None: none does."""
    each = [(which, found(recording, earcon(which), from_s, to_s)) for which in among]
    best = max(each, key=lambda one: one[1].alike, default=None)
    return best if best is not None and best[1].alike >= ALIKE else None


def followed(recording: Recording, meant: Pcm, at_s: float) -> tuple[float, float]:
    """(share of `meant` that is there, seconds of silence that were put into it), from `at_s` on.

    Piece by piece, each looked for a little after where the one before ended: a sound server that ran dry
    puts silence between two, and what comes after it is late.
    """
    late_s, good, pieces = 0.0, 0, 0
    for first in range(0, len(meant) - PIECE // 2, PIECE):
        piece = meant[first : first + PIECE]
        if not np.any(np.abs(piece.astype(np.int32)) > LOUD * FULL):
            continue
        due_s = at_s + first / SAMPLE_RATE + late_s
        match = found(recording, piece, due_s - 0.005, due_s + HOLE_S)
        pieces += 1
        if match.alike >= ALIKE:
            good, late_s = good + 1, late_s + match.at_s - due_s
    return (good / pieces if pieces else 0.0), max(0.0, late_s)


def dbfs(samples: Wave) -> float:
    """The level (RMS) of the louder channel in decibels of full scale; -inf is given as -120."""
    if not samples.size:
        return -120.0
    rms = float(np.sqrt(np.mean(samples**2, axis=-1)).max())
    return max(-120.0, 20.0 * float(np.log10(max(rms, 1e-6))))


def clipped(recording: Recording) -> int:
    """How many samples are at full scale, in either channel."""
    return int(np.count_nonzero(np.abs(recording.samples.astype(np.int32)).max(axis=1, initial=0) >= FULL))


def _best(channel: Wave, wanted: Wave, energy: float) -> tuple[int, float]:
    size = len(channel) + len(wanted)
    spectrum = np.fft.rfft(channel, size) * np.conj(np.fft.rfft(wanted, size))
    places = len(channel) - len(wanted) + 1
    together = np.fft.irfft(spectrum, size)[:places]
    sums = np.concatenate([[0.0], np.cumsum(channel**2)])
    here = sums[len(wanted) :][:places] - sums[:places]
    alike = together / np.sqrt(energy * np.maximum(here, _FLOOR * energy))
    at = int(alike.argmax())
    return at, float(alike[at])
