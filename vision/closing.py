"""How far a followed thing is, and how fast it comes nearer. Pure."""

from dataclasses import dataclass

import numpy as np

from vision.families import FIXED, WALKING, WHEELED
from vision.fits import Prior, lasting, shares, straight
from vision.samples import Sample
from vision.types import ObjectClass

LEAST_JITTER = 0.02  # of the distance: steps shake the head
EDGE_LASTS_S = 0.3  # how long a box's edge stays wrong (vision/encounters/figures.toml, [persistence])
UNKNOWN_M = 10.0
PUSH_MPS2 = 1.0  # how hard a closing speed may change: a walker stops within a second
# How fast things close in while one walks: shares, means and sigmas, m/s. What stands comes as fast as one
# walks; people come or go at a walk of their own; what has wheels mostly stands, or comes as cyclists do.
STANDS = ((1.0, 1.0, 0.4),)
WALKS = ((1.0, 1.0, 0.8),)
ROLLS = ((0.6, 1.0, 0.4), (0.4, 3.5, 1.5))
UNTOLD = ((1.0, 1.0, 0.6),)


@dataclass(frozen=True, slots=True)
class Closing:
    """Distance and its rate (negative: coming nearer), with their covariance."""

    distance_m: float
    rate_mps: float
    var_d: float
    var_dr: float
    var_r: float


def closing_of(samples: tuple[Sample, ...], cls: ObjectClass, t_s: float) -> Closing:
    """Distance at `t_s` and its rate, by samples that say where the thing stands."""
    since = np.array([s.t_s - t_s for s in samples])
    far = np.array([s.sighting.distance.distance_m for s in samples])
    jitter = np.array([_jitter_m(s) for s in samples])
    noise = lasting(since, jitter, EDGE_LASTS_S) + np.diag((LEAST_JITTER * far) ** 2)
    usual = _closes(cls)
    priors = tuple(Prior(float(far[-1]), UNKNOWN_M, -mean, sigma) for _, mean, sigma in usual)
    lines = straight(since, far, noise, priors)
    likely = shares((often for often, _, _ in usual), lines)
    best = lines[likely.index(max(likely))]
    return Closing(max(best.value, 0.05), best.rate, best.var_value, best.covar, best.var_rate)


def _jitter_m(sample: Sample) -> float:
    # A foot below the picture is only known to be nearer than the lowest row: nothing to take a rate from.
    own = sample.sighting.distance
    return own.sigma_m if sample.sighting.cut.foot else own.jitter_m


def _closes(cls: ObjectClass) -> tuple[tuple[float, float, float], ...]:
    """How often things of this kind close in so, how fast then, and one sigma of it, m/s."""
    if cls in FIXED:
        return STANDS
    if cls in WALKING:
        return WALKS
    return ROLLS if cls in WHEELED else UNTOLD


def later(k: Closing, dt_s: float) -> Closing:
    """The same, `dt_s` after the last measurement."""
    push = PUSH_MPS2**2
    return Closing(
        max(k.distance_m + k.rate_mps * dt_s, 0.05),
        k.rate_mps,
        k.var_d + 2 * dt_s * k.var_dr + dt_s * dt_s * k.var_r + push * dt_s**4 / 4,
        k.var_dr + dt_s * k.var_r + push * dt_s**3 / 2,
        k.var_r + push * dt_s * dt_s,
    )
