"""How a walker's head moves: it bobs and nods with every step, sways with every second, and looks about."""

from dataclasses import dataclass
from math import cos, exp, pi, sin, sqrt

import numpy as np

# Step length over cadence is about constant: 0.0065 m per step a minute (Sekiya and Nagasaki 1998).
WALK_RATIO = 0.0065
LEG_M = 0.87  # hip to sole, 0.53 of a stature of 1.65 m
# The rehearsal clip's head (vision/scenes/walk.py): with every second step 0.8 degrees of yaw, 0.5 of roll.
YAW_STEP_DEG, ROLL_STEP_DEG = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class Sway:
    """Spreads of the head, one sigma, degrees.

    `nod_deg`: RMS of pitch about its mean; half of its power goes with the steps, half wanders. `look_deg`:
    slow turns away from where the feet go.
    """

    nod_deg: float
    look_deg: float
    nod_tau_s: float
    look_tau_s: float


@dataclass(frozen=True, slots=True)
class Head:
    """The head at one moment, beside its mean: metres and degrees."""

    up_m: float
    pitch_deg: float
    yaw_deg: float
    roll_deg: float


def cadence_hz(speed_mps: float) -> float:
    """Steps a second at a speed."""
    return sqrt(speed_mps / 60 / WALK_RATIO)


def bob_m(speed_mps: float) -> float:
    """How much the head rises and falls in a step, peak to peak: stiff legs over half a step."""
    half = speed_mps / cadence_hz(speed_mps) / 2
    return LEG_M - sqrt(LEG_M**2 - half**2)


def heads(
    speed_mps: float, times_s: tuple[float, ...], sway: Sway, rng: np.random.Generator
) -> tuple[Head, ...]:
    """The head at each of the times (ascending)."""
    phase = float(rng.uniform(0, 2 * pi))
    step = 2 * pi * cadence_hz(speed_mps)
    nod = wander(times_s, sway.nod_tau_s, rng)
    look = wander(times_s, sway.look_tau_s, rng)
    rise = bob_m(speed_mps) / 2
    return tuple(
        Head(
            up_m=rise * cos(step * t + phase),
            pitch_deg=sway.nod_deg * (sin(step * t + phase + 0.7) + nod[k] / sqrt(2)),
            yaw_deg=sway.look_deg * look[k] + YAW_STEP_DEG * sin(step / 2 * t + phase / 2),
            roll_deg=ROLL_STEP_DEG * sin(step / 2 * t + phase / 2 + 0.4),
        )
        for k, t in enumerate(times_s)
    )


def wander(times_s: tuple[float, ...], tau_s: float, rng: np.random.Generator) -> tuple[float, ...]:
    """A standard normal that remembers itself for `tau_s` (Ornstein-Uhlenbeck), at each of the times."""
    value = float(rng.standard_normal())
    out, before = [], times_s[0] if times_s else 0.0
    for t, fresh in zip(times_s, rng.standard_normal(len(times_s)), strict=True):
        kept = exp(-(t - before) / tau_s)
        value = kept * value + sqrt(1 - kept * kept) * float(fresh)
        out.append(value)
        before = t
    return tuple(out)
