"""Where a followed thing is against the walking line and how it may move there, by all that was seen. Pure.

Who moves goes along the way or comes across it, from either side; what has wheels stands or rides. Each of
these is fitted apart and weighed by how well it explains what was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import fmean, median

import numpy as np

from vision.closing import LEAST_M
from vision.families import FIXED, WALKING, WHEELED
from vision.fits import Floats, correlation, shares
from vision.meeting import Course
from vision.rays import Fit, Rays, Usual, fitted
from vision.samples import Sample
from vision.tracking import Track
from vision.types import ObjectClass

# A foot's middle wanders in its box by this share of the width (measured: vision/encounters/figures.toml),
# as long as its edges stay wrong; each step adds half a degree of the head.
EDGE_SHARE = 0.041
FAINT_SIDES = 2.0  # of a faint box to a sure one: .10 to .05 of its width
STEP_RAD, LEAST_NOISE_M = 0.008, 0.02
# What walks or rides bends its way: so fast, one sigma, it goes aside of a straight course.
BENDS_MPS = 0.10
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
# Most people walk along the way, and most that has wheels stands or rides along it; few come from a side, as
# fast as walkers and cyclists are. Judgements, not counts. The places in `closing` are those of its tables.
STANDS = (Usual(1.0, 0, 0.0, 0.001),)
WALKS = (
    Usual(0.96, 0, 0.0, 0.10, BENDS_MPS),
    Usual(0.02, 0, -0.9, 0.35, BENDS_MPS),
    Usual(0.02, 0, 0.9, 0.35, BENDS_MPS),
)
ROLLS = (
    Usual(0.63, 0, 0.0, 0.001),
    Usual(0.35, 1, 0.0, 0.10, BENDS_MPS),
    Usual(0.01, 2, -2.0, 0.9, BENDS_MPS),
    Usual(0.01, 2, 2.0, 0.9, BENDS_MPS),
)
UNTOLD = (
    Usual(0.9, 0, 0.0, 0.03),
    Usual(0.05, 0, -0.9, 0.35, BENDS_MPS),
    Usual(0.05, 0, 0.9, 0.35, BENDS_MPS),
)
# Boxes drift, and a drift looks like a step aside: taken at its word, the fits would call a thing crossing on
# the same proofs three times as often as it is (encounters of seed 11).
TRUST = 0.5


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


Courses = tuple[tuple[float, Course], ...]  # how likely each is, 0..1, and the course


def courses(tracks: Sequence[Track]) -> tuple[Courses, ...]:
    """What the course of each thing may be by everything that is remembered of it, and how likely each is.

    Generalised least squares: errors of the walking line, of the head and of a box's edges last from frame
    to frame, so ten samples of a second are worth two or three, not ten.
    """
    looks = [_looked(track) for track in tracks]
    asked = [
        (look.rays, [(track.closing.lines[way.closing], way) for way in look.usual])
        for track, look in zip(tracks, looks, strict=True)
    ]
    return tuple(_weighed(look, fits) for look, fits in zip(looks, fitted(asked), strict=True))


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was seen of a thing, for its ways. `reach`: of `Course`; `share`: of its distance, stays wrong."""

    rays: Rays
    usual: Sequence[Usual]
    reach: tuple[float, float]
    share: float


def _looked(track: Track) -> _Looked:
    samples = track.placed
    cut = any(s.sighting.cut.side for s in samples)
    spans = [_span(s, track.cls) for s in samples]
    rays = _rays(samples, spans, [_place(span, cut) for span in spans], track.t_s)
    reach = _reach(spans[-3:] if cut else spans, cut)
    return _Looked(rays, _usual(track.cls), reach, _steady_share(samples[-1]))


def _weighed(look: _Looked, fits: Sequence[Fit]) -> Courses:
    likely = shares((way.often for way in look.usual), [fit.likely for fit in fits], TRUST)
    ways = zip(fits, look.usual, strict=True)
    found = (_course(fit, look.share, look.reach, way.bends_mps) for fit, way in ways)
    return tuple(zip(likely, found, strict=True))


def glanced(track: Track) -> Course:
    """Where it stands by its newest look alone: for what is too far, or too doubtful, to ask how it moves."""
    newest, closing = track.placed[-1], track.closing
    cut = newest.sighting.cut.side
    span = _span(newest, track.cls)
    place = _place(span, cut)
    off = hypot(newest.across.sigma_m, newest.sighting.distance.share * place)
    cov = np.diag([closing.var_d, closing.var_r, off * off, 1.0])
    return Course(closing.ahead_m, closing.rate_mps, place, 0.0, cov, _reach([span], cut))


def _course(fit: Fit, share: float, reach: tuple[float, float], bends_mps: float) -> Course:
    # What stays wrong of a distance (how the lens is held) is the same share of all of it, in all frames.
    # Within the fit, a common factor would drag the place to nought.
    z, rate, x, speed = fit.mean.tolist()
    cov = fit.cov + share**2 * fit.mean[:, None] * fit.mean
    return Course(max(z, LEAST_M), rate, x, speed, cov, reach, bends_mps)


def _usual(cls: ObjectClass) -> tuple[Usual, ...]:
    if cls in FIXED:
        return STANDS
    if cls in WALKING:
        return WALKS
    return ROLLS if cls in WHEELED else UNTOLD


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


def _rays(samples: tuple[Sample, ...], spans: Sequence[Span], places: Sequence[float], t_s: float) -> Rays:
    since = np.array([s.t_s - t_s for s in samples])
    base = np.array([s.across.base_m for s in samples])
    ahead = np.array([s.sighting.ahead_m for s in samples])
    turn = (np.array(places) - base) / ahead
    return Rays(since, base, turn, _steady(samples, spans, since), _of_edges(samples, spans))


def _steady(samples: tuple[Sample, ...], spans: Sequence[Span], since: Floats) -> Floats:
    """Covariance of the places, metres squared, by what no box is to blame for: steps, the line, the depth.

    By the means over the samples: with errors in proportion to each sample's own distance, one that is
    measured too long and then too short would look like a turned head, and be explained away.
    """
    ahead = fmean(s.sighting.ahead_m for s in samples)
    line = fmean(s.across.sigma_m for s in samples)
    lasts_s = fmean(s.across.lasts_s for s in samples)
    noise = line * line * correlation(since, lasts_s)
    noise.flat[:: len(samples) + 1] += LEAST_NOISE_M**2 + (STEP_RAD * ahead) ** 2
    deep = fmean(span.off_m for span in spans)
    return noise + deep * deep * correlation(since, DEEP_LASTS_S) if deep else noise


def _of_edges(samples: tuple[Sample, ...], spans: Sequence[Span]) -> Floats:
    """One sigma of each place by the side edges of its box, metres."""
    wide = median(span.high_m - span.low_m for span in spans)
    poor = np.array([FAINT_SIDES if s.faint else 1.0 for s in samples])
    return poor * max(EDGE_SHARE * wide, LEAST_NOISE_M)


def _steady_share(sample: Sample) -> float:
    """What no averaging removes of its distance, one sigma, as a share."""
    own = sample.sighting.distance
    return sqrt(max(own.share**2 - own.jitter_share**2, 0.0))
