"""How far ahead a followed thing is, and how fast it comes nearer. Pure."""

from dataclasses import dataclass, replace
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
NEAREST_M, LEAST_M = 0.3, 0.05  # nearer, nearness has no end; what is followed is not behind
PUSH_MPS2 = 1.0  # how hard a closing speed may change: a walker stops within a second
# Rounds of a fit, each from where the last one ended; one that moves it by less than this share is the last.
ROUNDS, SETTLED = 3, 0.01
# The wearer's own speed, m/s: where nothing tells it, and one sigma; and one sigma of what a receiver tells
# (.26 RMS over 4,160 s of walking: `python -m device.encounters.speed_figures`, decision 0041).
USUAL_MPS, USUAL_SIGMA_MPS = 1.0, 0.4
OWN_SIGMA_MPS = 0.3
# How fast things come by themselves: shares, means and sigmas, m/s. People come or go at a walk of their own;
# what has wheels mostly stands, comes as cyclists do, or crosses. The order and the
# shares are those of `vision.courses`.
STANDS = ((1.0, 0.0, 0.0),)
WALKS = ((1.0, 0.0, 1.0),)
ROLLS = ((0.63, 0.0, 0.0), (0.35, 2.5, 1.45), (0.02, 0.0, 1.8))
UNTOLD = ((1.0, 0.0, 0.5),)


@dataclass(frozen=True, slots=True)
class Closing:
    """Metres ahead and their rate (negative: coming nearer), in each of the ways in which it may close in.

    `best`: the place of the likeliest.
    """

    lines: tuple[Line, ...]
    best: int = 0

    @property
    def ahead_m(self) -> float:
        """Straight ahead, to its foot."""
        return self.lines[self.best].value

    @property
    def rate_mps(self) -> float:
        """Of `ahead_m`."""
        return self.lines[self.best].rate

    @property
    def var_d(self) -> float:
        """Of `ahead_m`."""
        return self.lines[self.best].var_value

    @property
    def var_r(self) -> float:
        """Of `rate_mps`."""
        return self.lines[self.best].var_rate


def closing_of(
    samples: tuple[Sample, ...],
    cls: ObjectClass,
    t_s: float,
    own_speed_mps: float | None = None,
    before: Closing | None = None,
) -> Closing:
    """How far ahead it is at `t_s` and how fast it comes, by samples that say where the thing stands.

    `before`: what was known of it before the newest.

    Errors of angles are even in nearness, 1 / distance, and a foot that is taken too high puts a thing
    anywhere up to the horizon. So the line through the distances is sought by its nearness, from the middle
    one of what was seen; and what lies far off the line counts little: boxes jump, things do not.
    """
    since = np.array([s.t_s - t_s for s in samples])
    near = np.array([1.0 / s.sighting.distance.ahead_m for s in samples])
    jitter = np.array([_jitter_share(s) for s in samples]) * near
    usual = _closes(cls, own_speed_mps)
    lines = tuple(_line(since, near, jitter, speed, before) for _, *speed in usual)
    likely = shares((often for often, *_ in usual), [line.likely for line in lines])
    return Closing(lines, likely.index(max(likely)))


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
        doubtful = edges * wider
        noise = doubtful[:, None] * doubtful * same
        noise.flat[:: len(far) + 1] += (steps * wider) ** 2
        line = straight(since, values, noise, Prior(float(far[-1]), UNKNOWN_M, -mean, sigma))
        before_m, far = far, np.maximum(line.value + line.rate * since, NEAREST_M)
        if float(np.abs(far - before_m).max()) < SETTLED * float(far[-1]):
            break
    return _ahead(dearer(line, wider))


def _jitter_share(sample: Sample) -> float:
    # A foot below the picture is only known to be nearer than the lowest row: nothing to take a rate from.
    own = sample.sighting.distance
    if sample.sighting.cut.foot:
        return own.sigma_m / own.distance_m
    return own.jitter_share * FAINT_FEET if sample.faint else own.jitter_share


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


def later(closing: Closing, dt_s: float) -> Closing:
    """The same, `dt_s` after the last measurement."""
    return replace(closing, lines=tuple(_later(line, dt_s) for line in closing.lines)) if dt_s else closing


def ahead_later_m(closing: Closing, dt_s: float) -> float:
    """Only how far ahead it is then."""
    return max(closing.ahead_m + closing.rate_mps * dt_s, LEAST_M) if dt_s else closing.ahead_m


def _later(line: Line, dt_s: float) -> Line:
    push = PUSH_MPS2**2
    moved = Line(
        line.value + line.rate * dt_s,
        line.rate,
        line.var_value + 2 * dt_s * line.covar + dt_s * dt_s * line.var_rate + push * dt_s**4 / 4,
        line.covar + dt_s * line.var_rate + push * dt_s**3 / 2,
        line.var_rate + push * dt_s * dt_s,
        line.likely,
    )
    return _ahead(moved)


def _ahead(line: Line) -> Line:
    """Not behind: what was passed is not followed."""
    return line if line.value >= LEAST_M else replace(line, value=LEAST_M)
