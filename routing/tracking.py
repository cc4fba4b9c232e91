"""Fixes -> where on the route, which way, how fast: robust against a city's position noise. Pure."""

import math
from dataclasses import dataclass, replace

from routing import geo
from routing.along import Belief, Cells
from routing.geo import Point, Polyline
from wire.position import Fix

# Radius that holds 68 % of a circular normal error = 1.51 x its 1-D sigma (see wire.position.Fix).
SIGMA_OF_ACCURACY = 1 / 1.51
_LEAST_SIGMA_M = 3.0  # no receiver in a street is better, whatever it claims
FASTEST_MPS = 1.8  # a brisk walk; anything more is the receiver's error
STANDING_MPS = 0.25  # below, course and speed of a receiver are noise
_MOVING_MPS = 0.4  # course is meaningful (the same gate as for "wrong way", guidance of peers)
# How well a receiver's Doppler speed tells the metre walked, per second; without it, worse. It is held high
# or low for half a minute by reflections, so that metres add up further than single errors would.
_STEP_SIGMA_M = 0.6
_BLIND_STEP_SIGMA_M = 0.7
# Of one second's course in the belief: a course, too, errs for seconds, but not as a position does. Of
# 0.8, 1.2 and 1.6 the last was best on simulated walks; a phone's courses are worse than those.
_COURSE_WEIGHT = 1.2
_HEADING_MEMORY_S = 3.0
_HEADING_STALE_S = 20.0  # who has stood this long may have turned
_STANDING_SHARE = 0.3  # of the weight of a fix while walking
_START_SIGMA_M = 5.0
_TRAIL_S = 10.0
_RATCHET_M = 5.0  # smaller steps back are the estimate's jitter, not the walker's


@dataclass(frozen=True, slots=True)
class Track:
    """The tracker's memory. Times are the fixes' own seconds (UTC), so a replay is exact."""

    belief: Belief
    route_m: float
    fix: Fix
    speed_mps: float = 0.0
    heading_deg: float | None = None
    heading_s: float = 0.0
    trail: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class Tracker:
    """Follows one route; `begin` with the first fix, then `step` with each newer one."""

    line: Polyline
    cells: Cells

    def begin(self, fix: Fix) -> Track:
        """The first belief: near the start if the fix allows it, else wherever the route is nearest."""
        sigma = sigma_m(fix)
        near = self.line.project(point(fix), to_m=4.0 * sigma)
        anywhere = self.line.project(point(fix))
        if abs(near.offset_m) > 3.0 * sigma:
            return self._at(anywhere.along_m, fix)
        # Who begins near the start most likely begins at it.
        trust = _START_SIGMA_M**2 / (_START_SIGMA_M**2 + sigma**2)
        return self._at(near.along_m * trust, fix, sigma * math.sqrt(trust))

    def again(self, track: Track, fix: Fix) -> Track:
        """A new belief at the nearest place of the route: after straying or a long silence."""
        ahead = self.line.project(point(fix), from_m=track.route_m - 60.0, to_m=track.route_m + 200.0)
        anywhere = self.line.project(point(fix))
        # A route may pass twice: another part is believed only where it is clearly nearer.
        better = abs(anywhere.offset_m) + 2.0 * sigma_m(fix) < abs(ahead.offset_m)
        fresh = self._at(anywhere.along_m if better else ahead.along_m, fix)
        return replace(
            fresh, speed_mps=track.speed_mps, heading_deg=track.heading_deg, heading_s=track.heading_s
        )

    @staticmethod
    def bare(line: Polyline, along_m: float, fix: Fix) -> Track:
        """A place without a belief, for words about it."""
        return Track(Belief(0, (1.0,)), along_m, fix)

    def _at(self, along_m: float, fix: Fix, sigma: float | None = None) -> Track:
        belief = Belief.around(along_m, sigma or sigma_m(fix), self.cells.last)
        speed = fix.speed_mps or 0.0
        # Who is seen for the first time while walking has a course; who stands has none.
        heading = fix.course_deg if speed >= _MOVING_MPS else None
        return Track(belief, belief.mean_m, fix, min(speed, FASTEST_MPS), heading, fix.utc_s, trail=(fix,))

    def step(self, track: Track, fix: Fix) -> Track:
        """The next belief; a fix that is not newer than the last one changes nothing."""
        interval = fix.utc_s - track.fix.utc_s
        if interval <= 0.0:
            return track
        trail = (*(old for old in track.trail if fix.utc_s - old.utc_s <= _TRAIL_S), fix)
        speed = _speed(fix, trail)
        heading, heading_s = _heading(track, fix, trail, speed, interval)
        belief = self._believe(track, fix, speed, heading, interval)
        if belief.lost:
            return self.again(track, fix)
        route_m = _ratchet(track.route_m, belief.mean_m)
        return Track(belief, route_m, fix, speed, heading, heading_s, trail)

    def _believe(
        self, track: Track, fix: Fix, speed: float, heading: float | None, interval: float
    ) -> Belief:
        course = fix.course_deg if fix.course_deg is not None else heading
        moving = speed >= _MOVING_MPS
        step_sigma = _STEP_SIGMA_M if fix.speed_mps is not None else _BLIND_STEP_SIGMA_M
        spread = step_sigma * (interval if interval > 2.0 else math.sqrt(interval))
        belief = track.belief.moved(self.cells, speed * interval, course if moving else None, spread)
        # Who stands sees the same satellites by the same walls: nearly the same error again and again.
        fresh_s = interval if speed > 0.0 else interval * _STANDING_SHARE
        belief = belief.seen(self.cells, self.line.plane.to_xy(point(fix)), sigma_m(fix), fresh_s)
        if moving and fix.course_deg is not None:
            belief = belief.heading(self.cells, fix.course_deg, _COURSE_WEIGHT * min(interval, 2.0))
        return belief

    def deviation_deg(self, along_m: float, course_deg: float, reach_m: float = 0.0) -> float:
        """Least angle, [0, 180], between a course and the route's directions within `reach_m` of a place."""
        return self.cells.deviation_deg(along_m, course_deg, reach_m)


def point(fix: Fix) -> Point:
    """(lat, lon) of a fix."""
    return fix.lat, fix.lon


def sigma_m(fix: Fix) -> float:
    """1-D standard deviation of a fix, metres."""
    return max(fix.accuracy_m * SIGMA_OF_ACCURACY, _LEAST_SIGMA_M)


def _speed(fix: Fix, trail: tuple[Fix, ...]) -> float:
    """Speed over ground: the receiver's, else from the trail."""
    if fix.speed_mps is not None:
        speed = fix.speed_mps
    else:
        span = fix.utc_s - trail[0].utc_s
        speed = geo.distance_m(point(trail[0]), point(fix)) / span if span > 0.0 else 0.0
    return 0.0 if speed < STANDING_MPS else min(speed, FASTEST_MPS)


def _heading(
    track: Track, fix: Fix, trail: tuple[Fix, ...], speed: float, interval: float
) -> tuple[float | None, float]:
    """Smoothed course and when it was last renewed; None where standing made it stale."""
    course = fix.course_deg
    if course is None:
        course = _course_of(trail)
    if course is None or speed < _MOVING_MPS:
        stale = fix.utc_s - track.heading_s > _HEADING_STALE_S
        return (None if stale else track.heading_deg), track.heading_s
    if track.heading_deg is None:
        return course, fix.utc_s
    share = 1.0 - math.exp(-interval / _HEADING_MEMORY_S)
    return (track.heading_deg + share * geo.turn_deg(track.heading_deg, course)) % 360.0, fix.utc_s


def _course_of(trail: tuple[Fix, ...]) -> float | None:
    """Direction from the trail's first fix to its last, where they are apart more than they err."""
    first, last = trail[0], trail[-1]
    far = geo.distance_m(point(first), point(last)) > max(8.0, 0.7 * last.accuracy_m)
    return geo.bearing_deg(point(first), point(last)) if far else None


def _ratchet(before_m: float, now_m: float) -> float:
    return before_m if before_m - _RATCHET_M < now_m < before_m else now_m
