"""How a thing will be passed if it and the wearer go on as they do: how closely, how likely a touch.

A thing on a collision course is a thing whose place across the walking line will be within reach of the body
when it is level with it. Where it is now matters only for that. Pure.
"""

from dataclasses import dataclass, field
from math import erf, exp, sqrt

import numpy as np

from vision.corridor import HALF_WIDTH_M
from vision.fits import Floats, Prior, lasting, straight
from vision.samples import hung
from vision.tracking import Track

# From the lens to the crown with hair and the rise of a step: what is lower than this meets the head.
HEAD_ABOVE_LENS_M = 0.15
ABOVE_LENS_M = 0.5  # one sigma of where things hang that a detector tells from the sky
NOD_RAD, NOD_LASTS_S = 0.012, 1.0  # a head nods by a degree, half of it with the steps
BODY_HALF_M = 0.15  # half of chest to back: contact comes this long before the thing is below the lens
LEVEL_M = 0.6  # the depth of body and thing together: so long are they side by side
# Before what bends its way bends back: a walker corrects his course with every second step.
BENDS_LAST_S = 1.0
LEAST_CLOSING_MPS = 0.2  # slower, it is drift of the estimate: at 3 m it would be a quarter of a minute away


@dataclass(frozen=True, slots=True)
class Course:
    """Where a thing is against the walker and his line, and how it moves there, with the covariance of all.

    Its middle (or, where the picture cuts it, its inner edge): metres ahead and their rate, metres across and
    their rate, + to the right.
    """

    ahead_m: float
    rate_mps: float
    place_m: float
    speed_mps: float
    cov: Floats = field(repr=False, compare=False)  # 4 x 4, in this order
    reach_m: tuple[float, float]  # from `place_m` to its left (negative) and its right edge
    bends_mps: float = 0.0  # how much it bends its way, one sigma: nothing that stands does

    @property
    def span_m(self) -> tuple[float, float]:
        """Offsets of its left and right edge from the walking line now."""
        return self.place_m + self.reach_m[0], self.place_m + self.reach_m[1]

    @property
    def var_speed(self) -> float:
        """Of the speed across."""
        return float(self.cov[3, 3])

    @property
    def level_s(self) -> float | None:
        """Seconds until body and thing are level, should both go on; None: it is not closing in."""
        if -self.rate_mps < LEAST_CLOSING_MPS:
            return None
        return max(self.ahead_m - BODY_HALF_M, 0.0) / -self.rate_mps

    @property
    def level_m(self) -> tuple[float, float]:
        """Where it is across when they are level (now, if it is not closing in), and one sigma; metres.

        With a wrong distance the time is wrong and so is the speed across: what meets meets all the same.
        """
        in_s = self.level_s
        if in_s is None:
            return self.place_m, sqrt(self.cov[2, 2])
        turn = self.speed_mps / -self.rate_mps
        by = np.array([turn, turn * in_s, 1.0, in_s])
        return self.place_m + in_s * self.speed_mps, sqrt(max(float(by @ self.cov @ by), 0.0))


def chance(course: Course) -> float:
    """How likely it is that the two touch, if both go on as they do: 0..1."""
    in_s = course.level_s or 0.0
    beside_s = min(LEVEL_M / max(-course.rate_mps, 0.3), 2.0)
    place, sigma = course.level_m
    after = place + course.speed_mps * beside_s
    sigma = max(sqrt(sigma**2 + (course.bends_mps * _wandered_s(in_s)) ** 2), 1e-3)
    low = min(place, after) + course.reach_m[0] - HALF_WIDTH_M
    high = max(place, after) + course.reach_m[1] + HALF_WIDTH_M
    return _below(high / sigma) - _below(low / sigma)


def overhead(track: Track) -> float:
    """How likely it is that what hangs is low enough to meet the head: 0..1.

    Seen under the elevation e, the lowest point of a thing at distance z is z tan e above the lens. The pitch
    of the camera is hardly known, but it is the same in all frames: what passes above rises as it comes near.
    """
    samples = tuple(s for s in track.samples if hung(s)) or track.samples
    near = np.array([1.0 / max(s.sighting.distance.distance_m, 0.3) for s in samples])
    rise = np.array([s.sighting.rise for s in samples])
    since = np.array([s.t_s - track.t_s for s in samples])
    noise = lasting(since, np.full(len(samples), NOD_RAD), NOD_LASTS_S) + np.eye(len(samples)) * NOD_RAD**2
    prior = Prior(0.0, max(samples[-1].sighting.rise_sigma, 0.01), 0.0, ABOVE_LENS_M)
    # Elevation over nearness is a straight line: its slope is the height above the lens, its start the pitch.
    line = straight(near, rise, noise, prior)
    sigma = sqrt(line.var_rate + (samples[-1].sighting.distance.share * line.rate) ** 2)
    above = line.rate
    return _below((HEAD_ABOVE_LENS_M - above) / sigma)


def _wandered_s(in_s: float) -> float:
    """How many seconds of a bend's speed a way is off after `in_s`, one sigma: to and fro, not ever on."""
    lasts = BENDS_LAST_S
    return sqrt(max(2.0 * lasts * (in_s - lasts * (1.0 - exp(-in_s / lasts))), 0.0))


def _below(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))
