"""How far a followed thing is, and how fast it comes nearer. Pure."""

from dataclasses import dataclass
from math import hypot
from statistics import median

import numpy as np

from vision.families import FIXED, WALKING, WHEELED
from vision.fits import Floats, Line, Prior, correlation, dearer, doubted, shares, straight
from vision.samples import Sample
from vision.types import ObjectClass

LEAST_JITTER = 0.02  # of the distance: steps shake the head
# How long a foot is taken to stay wrong. It does so for longer (vision/encounters/figures.toml: a second),
# but who believes that believes ever smaller differences between frames: simulated speeds come out worse.
EDGE_LASTS_S = 0.3
FAINT_FEET = 3.0  # robust sigmas of a faint box's foot to a sure one's: .12 to .03 (figures.toml)
UNKNOWN_M = 10.0
NEAREST_M = 0.3
PUSH_MPS2 = 1.0  # how hard a closing speed may change: a walker stops within a second
# Rounds of a fit, each from where the last one ended; one that moves it by less than this share is the last.
ROUNDS, SETTLED = 3, 0.01
# The wearer's own speed, m/s: where nothing tells it, and one sigma; and one sigma of what a receiver tells
# (.26 RMS over 4,160 s of walking: `python -m device.encounters.speed_figures`, decision 0041).
USUAL_MPS, USUAL_SIGMA_MPS = 1.0, 0.4
OWN_SIGMA_MPS = 0.3
# How fast things come by themselves: shares, means and sigmas, m/s. People come or go at a walk of their own;
# what has wheels mostly stands, or comes as cyclists do.
STANDS = ((1.0, 0.0, 0.0),)
WALKS = ((1.0, 0.0, 0.7),)
ROLLS = ((0.6, 0.0, 0.0), (0.4, 2.5, 1.45))
UNTOLD = ((1.0, 0.0, 0.5),)


@dataclass(frozen=True, slots=True)
class Closing:
    """Distance and its rate (negative: coming nearer), with their covariance."""

    distance_m: float
    rate_mps: float
    var_d: float
    var_dr: float
    var_r: float


def closing_of(
    samples: tuple[Sample, ...],
    cls: ObjectClass,
    t_s: float,
    own_speed_mps: float | None = None,
    before: Closing | None = None,
) -> Closing:
    """Distance at `t_s` and its rate, by samples that say where the thing stands.

    `before`: what was known of it before the newest.

    Errors of angles are even in nearness, 1 / distance, and a foot that is taken too high puts a thing
    anywhere up to the horizon. So the line through the distances is sought by its nearness, from the middle
    one of what was seen; and what lies far off the line counts little: boxes jump, things do not.
    """
    since = np.array([s.t_s - t_s for s in samples])
    near = np.array([1.0 / s.sighting.distance.distance_m for s in samples])
    jitter = np.array([_jitter_m(s) for s in samples]) * near * near
    usual = _closes(cls, own_speed_mps)
    lines = tuple(_line(since, near, jitter, speed, before) for _, *speed in usual)
    likely = shares((often for often, *_ in usual), lines)
    best = lines[likely.index(max(likely))]
    return Closing(max(best.value, 0.05), best.rate, best.var_value, best.covar, best.var_rate)


def _line(since: Floats, near: Floats, jitter: Floats, speed: list[float], before: Closing | None) -> Line:
    """The line through the distances, should the thing close in at such a speed (mean and sigma)."""
    mean, sigma = speed
    rate = -mean if before is None else before.rate_mps
    same = correlation(since, EDGE_LASTS_S)
    middle = median((1.0 / near - rate * since).tolist())
    far = np.maximum(middle + rate * since, NEAREST_M)
    for _ in range(ROUNDS):
        # About where the line was last: a step of nearness is far^2 steps of distance.
        values = far * (2.0 - far * near)
        edges, steps = jitter * far * far, LEAST_JITTER * far
        # What a box is off by lasts: the frames beside one that jumped are off the same way, so the sigmas
        # of what lasts are widened, and nothing is added for each frame by itself.
        wider = doubted((values - far) / np.hypot(edges, steps))
        noise = np.outer(edges * wider, edges * wider) * same
        noise.flat[:: len(far) + 1] += (steps * wider) ** 2
        line = straight(since, values, noise, Prior(float(far[-1]), UNKNOWN_M, -mean, sigma))
        before_m, far = far, np.maximum(line.value + line.rate * since, NEAREST_M)
        if float(np.abs(far - before_m).max()) < SETTLED * float(far[-1]):
            break
    return dearer(line, wider)


def _jitter_m(sample: Sample) -> float:
    # A foot below the picture is only known to be nearer than the lowest row: nothing to take a rate from.
    own = sample.sighting.distance
    if sample.sighting.cut.foot:
        return own.sigma_m
    return own.jitter_m * FAINT_FEET if sample.faint else own.jitter_m


def _closes(cls: ObjectClass, own_speed_mps: float | None) -> tuple[tuple[float, float, float], ...]:
    """How often things of this kind close in so, how fast then, and one sigma of it, m/s."""
    own, doubt = USUAL_MPS, USUAL_SIGMA_MPS
    if own_speed_mps is not None:
        own, doubt = own_speed_mps, OWN_SIGMA_MPS
    return tuple((often, own + comes, hypot(doubt, sigma)) for often, comes, sigma in _comes(cls))


def _comes(cls: ObjectClass) -> tuple[tuple[float, float, float], ...]:
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
