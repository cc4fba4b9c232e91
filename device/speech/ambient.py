"""How loud it is around, as ears weigh it, and how much louder the words have to be for it. Pure.

Louder slowly and softer more slowly still: a bus that passes is over before the volume has followed it, a
street stays. Nothing of the samples is kept but one figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from device.sound import Wave

LISTEN_RATE: Final = 16_000
BLOCK_S: Final = 0.125  # "fast" of sound level meters (IEC 61672)
# Of full scale, A-weighted: a quiet room at the microphone of a headset. From there on words rise by
# half of what the noise does (the Lombard slope of people who talk).
QUIET_DBFS: Final = -55.0
SLOPE: Final = 0.5
MOST_DB: Final = 9.0
LEAST_DB: Final = -3.0
ATTACK_S: Final = 3.0
RELEASE_S: Final = 8.0
# What the own voice leaves in the room, and the sound server in its buffers.
OWN_TAIL_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Ambient:
    """What is remembered: the smoothed level, None before the first block that counts."""

    level_dbfs: float | None = None
    own_until_s: float = 0.0

    @property
    def gain_db(self) -> float:
        """How much louder than in quiet, LEAST_DB to MOST_DB; 0 while not known."""
        if self.level_dbfs is None:
            return 0.0
        return min(MOST_DB, max(LEAST_DB, SLOPE * (self.level_dbfs - QUIET_DBFS)))


def heard(state: Ambient, level_dbfs: float, at_s: float, speaking: bool) -> Ambient:
    """Take in the level of one block that ended at `at_s`. One with own speech in it counts for nothing."""
    if speaking:
        return Ambient(state.level_dbfs, at_s + OWN_TAIL_S)
    if at_s < state.own_until_s:
        return state
    if state.level_dbfs is None:
        return Ambient(level_dbfs, state.own_until_s)
    time_s = ATTACK_S if level_dbfs > state.level_dbfs else RELEASE_S
    share = 1.0 - float(np.exp(-BLOCK_S / time_s))
    return Ambient(state.level_dbfs + share * (level_dbfs - state.level_dbfs), state.own_until_s)


def level_dbfs(block: Wave, rate: int = LISTEN_RATE) -> float:
    """A-weighted level of a block, in dB of a full-scale sine's; -120 at the least."""
    spectrum = np.fft.rfft(block * np.hanning(len(block)))
    power = np.square(np.abs(spectrum) * a_weights(len(block), rate))
    # Of the window: its mean square is 3/8; a sine of full scale has 1/2.
    mean = 2.0 * float(power.sum()) / (len(block) ** 2 * 0.375)
    return 10.0 * float(np.log10(max(mean / 0.5, 1e-12)))


@cache
def a_weights(count: int, rate: int) -> Wave:
    """Amplitudes of the A-weighting (IEC 61672-1) for the spectrum of `count` samples; 1 at 1 kHz."""
    hz = np.asarray(np.fft.rfftfreq(count, 1.0 / rate), np.float64)
    return np.asarray(_a_curve(hz) / _a_curve(np.array([1000.0])))


def _a_curve(hz: Wave) -> Wave:
    square = np.square(hz)
    return np.asarray(
        12194.0**2
        * np.square(square)
        / ((square + 20.6**2) * np.sqrt((square + 107.7**2) * (square + 737.9**2)) * (square + 12194.0**2))
    )


def blocks(samples: Wave, rate: int = LISTEN_RATE) -> Sequence[Wave]:
    """Whole blocks of BLOCK_S; what is left over is dropped."""
    size = round(BLOCK_S * rate)
    return [samples[at : at + size] for at in range(0, len(samples) - size + 1, size)]
