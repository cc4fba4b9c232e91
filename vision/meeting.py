"""How a thing will be passed if it and the wearer go on as they do: how closely, how likely a touch.

A thing on a collision course is a thing whose place across the walking line will be within reach of the body
when it is level with it. Where it is now matters only for that. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, exp, hypot, sqrt
from statistics import fmean, median

import numpy as np

from vision.closing import EDGE_LASTS_S, ROUNDS, SETTLED
from vision.corridor import HALF_WIDTH_M
from vision.families import FIXED, WALKING, WHEELED
from vision.fits import Floats, Line, Prior, correlation, dearer, doubted, lasting, shares, straight
from vision.samples import Sample, hung
from vision.tracking import Track
from vision.types import ObjectClass

# From the lens to the crown with hair and the rise of a step: what is lower than this meets the head.
HEAD_ABOVE_LENS_M = 0.15
ABOVE_LENS_M = 0.5  # one sigma of where things hang that a detector tells from the sky
NOD_RAD, NOD_LASTS_S = 0.012, 1.0  # a head nods by a degree, half of it with the steps
BODY_HALF_M = 0.15  # half of chest to back: contact comes this long before the thing is below the lens
# A foot's middle wanders in its box by this share of the width (measured: vision/encounters/figures.toml),
# as long as its edges stay wrong; each step adds half a degree of the head.
EDGE_SHARE = 0.041
FAINT_SIDES = 2.0  # of a faint box to a sure one: .10 to .05 of its width
STEP_RAD, LEAST_NOISE_M = 0.008, 0.02
# What walks or rides bends its way: so fast, one sigma, it goes aside of a straight course, and for so long
# before it bends back. A walker corrects his course with every second step; what stands bends nothing.
BENDS_MPS, BENDS_LAST_S = 0.10, 1.0
# How deep long things are along the way, and one sigma: between parked along it and across it. Makers' sheets
# as in `vision.sightings.HEIGHTS`; buses and trucks mostly stand along it.
DEEP_M = {
    ObjectClass.CAR: (2.6, 1.0),
    ObjectClass.TRUCK: (4.0, 2.0),
    ObjectClass.BUS: (7.0, 3.0),
    ObjectClass.BICYCLE: (1.2, 0.6),
    ObjectClass.MOTORCYCLE: (1.3, 0.6),
    ObjectClass.KICK_SCOOTER: (0.8, 0.3),
}
FACE_SHARE = 0.4  # of a whole box, at least, is the near face of the thing and not its side
DEEP_LASTS_S = 3.0  # what is not known of its depth moves its inner edge slowly, as it comes near
# How things move across the walking line: shares, one sigma of the speed, and of the bends, m/s. Most people
# walk along the way, and most that has wheels stands or rides along it; the rest comes from the side.
STANDS = ((1.0, 0.001, 0.0),)
WALKS = ((0.88, 0.10, BENDS_MPS), (0.12, 0.8, BENDS_MPS))
ROLLS = ((0.6, 0.001, 0.0), (0.35, 0.10, BENDS_MPS), (0.05, 1.5, BENDS_MPS))
UNTOLD = ((0.9, 0.03, 0.0), (0.1, 0.8, BENDS_MPS))
UNKNOWN_PLACE_M = 10.0
# One sigma of the time to contact, as a share of it. Simulated: quartiles at .9 and 1.3 of the truth.
TTC_SHARE = 0.15
LEVEL_M = 0.6  # the depth of body and thing together: so long are they side by side


@dataclass(frozen=True, slots=True)
class Span:
    """Its edges across the walking line in one frame, metres; `off_m`: one sigma of the inner one."""

    low_m: float
    high_m: float
    off_m: float = 0.0

    @property
    def middle_m(self) -> float:
        """Half way between them."""
        return (self.low_m + self.high_m) / 2


@dataclass(frozen=True, slots=True)
class Course:
    """Where a thing is across the walking line, and how it moves there; with the covariance of the two."""

    place_m: float  # of its middle (or, where the picture cuts it, of its inner edge)
    speed_mps: float  # + to the right
    var_place: float
    covar: float
    var_speed: float
    reach_m: tuple[float, float]  # from `place_m` to its left (negative) and its right edge
    bends_mps: float = 0.0  # how much it bends its way: nothing that stands does

    @property
    def span_m(self) -> tuple[float, float]:
        """Offsets of its left and right edge from the walking line now."""
        return self.place_m + self.reach_m[0], self.place_m + self.reach_m[1]

    def at(self, in_s: float) -> tuple[float, float]:
        """Place in so many seconds, and its sigma, metres."""
        var = self.var_place + 2 * in_s * self.covar + in_s * in_s * self.var_speed
        return self.place_m + in_s * self.speed_mps, sqrt(max(var, 0.0))


def courses(track: Track) -> tuple[tuple[float, Course], ...]:
    """What the course of a thing may be by everything that is remembered of it, and how likely each is.

    Who moves goes along the way or across it. One wide guess at the speed would blur both.

    Generalised least squares: errors of the walking line, of the head and of a box's edges last from frame
    to frame, so ten samples of a second are worth two or three, not ten.
    """
    samples = track.placed
    cut = any(s.sighting.cut.side for s in samples)
    spans = [_span(s, track.cls) for s in samples]
    places = np.array([_place(span, cut) for span in spans])
    since = np.array([s.t_s - track.t_s for s in samples])
    reach, share = _reach(spans[-3:] if cut else spans, cut), _share(samples[-1]) ** 2
    usual = _moves(track)
    errors = _steady(samples, spans, since), _of_edges(samples, spans)
    lines = tuple(_line(since, places, errors, spread) for _, spread, _ in usual)
    likely = shares((often for often, _, _ in usual), lines)
    ways = (_course(line, share, reach, bends) for line, (_, _, bends) in zip(lines, usual, strict=True))
    return tuple(zip(likely, ways, strict=True))


def glanced(track: Track) -> Course:
    """Where it stands by its newest look alone: for what is too far, or too doubtful, to ask how it moves."""
    newest = track.placed[-1]
    cut = newest.sighting.cut.side
    span = _span(newest, track.cls)
    place = _place(span, cut)
    off = hypot(newest.across.sigma_m, _share(newest) * place)
    return Course(place, 0.0, off * off, 0.0, 1.0, _reach([span], cut))


def _line(since: Floats, places: Floats, errors: tuple[Floats, Floats], spread: float) -> Line:
    """The way across, should it move so fast, one sigma: a box that jumps counts little.

    Doubted for each way apart: what seems to cross must not have its own proofs weighed by crossing.
    """
    steady, edge = errors
    prior, same = Prior(0.0, UNKNOWN_PLACE_M, 0.0, spread), correlation(since, EDGE_LASTS_S)
    wider = np.ones(len(places))
    line = straight(since, places, steady + np.outer(edge, edge) * same, prior)
    for _ in range(ROUNDS - 1):
        before, wider = wider, doubted((places - line.value - line.rate * since) / edge)
        if float(np.abs(wider - before).max()) < SETTLED:
            break
        line = straight(since, places, steady + np.outer(edge * wider, edge * wider) * same, prior)
    return dearer(line, wider)


def _course(line: Line, share: float, reach: tuple[float, float], bends_mps: float) -> Course:
    # Metres across are pixels times distance: what the distance is off by is the same share of both, in all
    # frames alike. Within the fit, a common factor would drag the place to nought.
    return Course(
        place_m=line.value,
        speed_mps=line.rate,
        var_place=line.var_value + share * line.value**2,
        covar=line.covar + share * line.value * line.rate,
        var_speed=line.var_rate + share * line.rate**2,
        reach_m=reach,
        bends_mps=bends_mps,
    )


def _span(sample: Sample, cls: ObjectClass) -> Span:
    """Its edges across the walking line. A long thing beside the way is farther off than its box says.

    Its box ends at its far inner corner: taken to be as near as its foot, a parked car would seem to reach
    into the way, and ever more as one comes up to it.
    """
    low, high, sighting = sample.across.low_m, sample.across.high_m, sample.sighting
    deep, sigma = DEEP_M.get(cls, (0.0, 0.0))
    inner = max(sighting.left_m, 0.0) + min(sighting.right_m, 0.0)
    if not deep or not inner:
        return Span(low, high)
    moved = inner * deep / max(sighting.ahead_m, 0.3)
    if not sighting.cut.side:
        most = (1.0 - FACE_SHARE) * (high - low)
        moved = min(max(moved, -most), most)
    off = abs(moved) * sigma / deep
    return Span(low + moved, high, off) if inner > 0.0 else Span(low, high + moved, off)


def _place(span: Span, cut: bool) -> float:
    """Where the picture's edge cuts it, its middle moves with what is left: its inner edge does not."""
    if not cut:
        return span.middle_m
    return span.low_m if span.middle_m > 0 else span.high_m


def _reach(spans: Sequence[Span], cut: bool) -> tuple[float, float]:
    wide = median(span.high_m - span.low_m for span in spans)
    if not cut:
        return -wide / 2, wide / 2
    return (0.0, wide) if sum(span.middle_m for span in spans) > 0 else (-wide, 0.0)


def _moves(track: Track) -> tuple[tuple[float, float, float], ...]:
    """How often things of this kind move so; one sigma of their speed across the way then, of bends, m/s."""
    if track.cls in FIXED:
        return STANDS
    if track.cls in WALKING:
        return WALKS
    return ROLLS if track.cls in WHEELED else UNTOLD


def _steady(samples: tuple[Sample, ...], spans: Sequence[Span], since: Floats) -> Floats:
    """Covariance of the places, metres squared, by what no box is to blame for: steps, the line, the depth.

    By the means over the samples: with errors in proportion to each sample's own distance, one that is
    measured too long and then too short would look like a turned head, and be explained away.
    """
    ahead = fmean(s.sighting.ahead_m for s in samples)
    line = fmean(s.across.sigma_m for s in samples)
    lasts_s = fmean(s.across.lasts_s for s in samples)
    same = np.ones(len(samples))
    noise: Floats = np.eye(len(samples)) * (LEAST_NOISE_M**2 + (STEP_RAD * ahead) ** 2)
    noise = noise + lasting(since, line * same, lasts_s)
    deep = fmean(span.off_m for span in spans)
    return noise + lasting(since, deep * same, DEEP_LASTS_S) if deep else noise


def _of_edges(samples: tuple[Sample, ...], spans: Sequence[Span]) -> Floats:
    """One sigma of each place by the edges of its box, metres: across, and by the distance."""
    wide = median(span.high_m - span.low_m for span in spans)
    aside = abs(fmean(span.middle_m for span in spans))
    far = fmean(s.sighting.distance.jitter_m / max(s.sighting.distance.distance_m, 0.3) for s in samples)
    poor = np.array([FAINT_SIDES if s.faint else 1.0 for s in samples])
    return poor * max(hypot(EDGE_SHARE * wide, far * aside), LEAST_NOISE_M)


def _share(sample: Sample) -> float:
    return min(sample.sighting.distance.sigma_m / max(sample.sighting.distance.distance_m, 0.3), 0.5)


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
    sigma = sqrt(line.var_rate + (_share(samples[-1]) * line.rate) ** 2)
    above = line.rate
    return _below((HEAD_ABOVE_LENS_M - above) / sigma)


def chance(course: Course, in_s: float, closing_mps: float) -> float:
    """How likely it is that the two touch, if they are level `in_s` from now: 0..1."""
    level_s = LEVEL_M / max(closing_mps, 0.3)
    place, sigma = course.at(in_s)
    after = place + course.speed_mps * min(level_s, 2.0)
    moving = abs(course.speed_mps) * TTC_SHARE * in_s
    bends = course.bends_mps * _wandered_s(in_s)
    sigma = sqrt(sigma * sigma + moving * moving + bends * bends)
    low = min(place, after) + course.reach_m[0] - HALF_WIDTH_M
    high = max(place, after) + course.reach_m[1] + HALF_WIDTH_M
    return _below(high / max(sigma, 1e-3)) - _below(low / max(sigma, 1e-3))


def _wandered_s(in_s: float) -> float:
    """How many seconds of a bend's speed a way is off after `in_s`, one sigma: to and fro, not ever on."""
    lasts = BENDS_LAST_S
    return sqrt(max(2.0 * lasts * (in_s - lasts * (1.0 - exp(-in_s / lasts))), 0.0))


def _below(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))
