"""Volume and sides: mono samples into what the player gets. Pure.

A cue comes from its side as a sound in the world does: earlier and louder at the near ear. The words stay in
the middle, for who hears with one ear.
"""

import math
from dataclasses import dataclass

import numpy as np

from device.ports import SAMPLE_RATE, Pcm
from device.sound import Wave, limited, to_pcm, to_wave

# Woodworth's sphere: 0.66 ms between the ears at 90 degrees.
HEAD_RADIUS_M = 0.0875
SOUND_MPS = 343.0
# A broadband sound from the side is 6 to 10 dB softer at the far ear.
FAR_EAR_DB = 8.0
WIDEST_DEG = 90.0


@dataclass(frozen=True, slots=True)
class Mix:
    """How one utterance sounds. `cue_samples`: how much of its beginning is the earcon."""

    gain_db: float = 0.0
    bearing_deg: float | None = None
    cue_samples: int = 0


def loud(pcm: Pcm, gain_db: float) -> Pcm:
    """Louder or softer; what would be over the limit is turned down smoothly, not clipped."""
    if gain_db == 0.0:
        return pcm
    return to_pcm(limited(to_wave(pcm) * 10.0 ** (gain_db / 20.0)))


def delay_s(bearing_deg: float) -> float:
    """By how much the far ear is later."""
    angle = math.radians(min(abs(bearing_deg), WIDEST_DEG))
    return HEAD_RADIUS_M / SOUND_MPS * (angle + math.sin(angle))


def ears(cue: Wave, bearing_deg: float) -> tuple[Wave, Wave]:
    """(left, right) of a cue at `bearing_deg`, positive to the right; both as long as `cue`."""
    late = round(delay_s(bearing_deg) * SAMPLE_RATE)
    side = abs(math.sin(math.radians(min(abs(bearing_deg), WIDEST_DEG))))
    far = np.concatenate([np.zeros(late), cue])[: len(cue)] * 10.0 ** (-FAR_EAR_DB * side / 20.0)
    return (far, cue) if bearing_deg > 0.0 else (cue, far)


def mono_bytes(pcm: Pcm, mix: Mix) -> bytes:
    """For an output with one channel."""
    return loud(pcm, mix.gain_db).astype("<i2").tobytes()


def stereo_bytes(pcm: Pcm, mix: Mix) -> bytes:
    """For an output with two: left and right in turn."""
    mono = loud(pcm, mix.gain_db)
    both = np.repeat(mono.astype("<i2")[:, np.newaxis], 2, axis=1)
    if mix.bearing_deg is not None and mix.cue_samples:
        left, right = ears(to_wave(mono[: mix.cue_samples]), mix.bearing_deg)
        both[: len(left), 0], both[: len(right), 1] = to_pcm(left), to_pcm(right)
    return both.tobytes()
