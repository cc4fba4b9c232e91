"""The rehearsed wearer: where the body truly is, second by second.

The wearer of the demonstration follows the route, stops at kerbs, listens at the start, and at one
side street turns in instead of crossing it, notices, and comes back. The path is a list of samples a
fixed step apart, so that the rendered clip has one frame a sample; a schedule adds the standing times.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from routing.geo import Local, Point, Polyline
from wire.route import Route, StretchKind

# A cane user's free walking speed is 1.17 m/s (n = 17, young); in the city a little less.
WALK_MPS = 1.12
SAMPLES_PER_S = 4.0
STEP_M = WALK_MPS / SAMPLES_PER_S

LISTEN_AT_START_S = 26.0  # until the opening sentences have been heard
WAIT_AT_SIGNAL_S = 14.0  # a part of a red phase
WAIT_AT_KERB_S = 5.0  # listening for traffic
NOTICE_DETOUR_S = 10.0
STAND_AT_END_S = 12.0
DETOUR_M = 45.0
BEFORE_KERB_M = 1.5
CORNER_RADIUS_M = 1.2


@dataclass(frozen=True, slots=True)
class Sample:
    """One step of the path: metres east and north of the route's first point, heading in degrees."""

    east_m: float
    north_m: float
    heading_deg: float
    route_m: float  # along the route; on the detour, that of the place where it was left
    off_route: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """Standing still at a sample."""

    sample: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Walk:
    """The path and its timing. Time 0 is the start; the walk lasts `duration_s`."""

    plane: Local
    samples: tuple[Sample, ...]
    stops: tuple[Stop, ...]
    arrive_s: tuple[float, ...]  # when each sample is reached, standing times before it included

    @property
    def duration_s(self) -> float:
        """Seconds from the start to the end of the last standing."""
        return self.arrive_s[-1] + sum(s.seconds for s in self.stops if s.sample == len(self.samples) - 1)

    def sample_index(self, t_s: float) -> int:
        """Which sample the wearer is at, `t_s` after the start."""
        return max(0, bisect_right(self.arrive_s, t_s) - 1)

    def at(self, t_s: float) -> Sample:
        """Where the wearer is, `t_s` after the start."""
        return self.samples[self.sample_index(t_s)]

    def standing(self, t_s: float) -> bool:
        """Whether the wearer stands still at `t_s`."""
        index = self.sample_index(t_s)
        return t_s - self.arrive_s[index] >= 2.0 / SAMPLES_PER_S or index == len(self.samples) - 1

    def point(self, t_s: float) -> Point:
        """The true (lat, lon) at `t_s`."""
        sample = self.at(t_s)
        return self.plane.from_xy((sample.east_m, sample.north_m))

    def path_json(self, route_id: str) -> str:
        """The path for the renderer: one frame a sample."""
        rows = [
            [round(s.east_m, 3), round(s.north_m, 3), round(s.heading_deg, 2), round(s.route_m, 2), 0]
            for s in self.samples
        ]
        return json.dumps({"route_id": route_id, "samples": rows})


def rehearse(route: Route) -> Walk:
    """The walk of the demonstration along `route`; the same route gives the same walk."""
    line = Polyline.through(route.points)
    plane = Local.around(route.points[0])
    track = _track(line, plane, _detour(route, line))
    samples = _sample(track)
    stops = _stops(route, line, samples)
    pause = {stop.sample: stop.seconds for stop in stops}
    moments = list(
        accumulate((1.0 / SAMPLES_PER_S + pause.get(i, 0.0) for i in range(len(samples) - 1)), initial=0.0)
    )
    return Walk(plane, samples, stops, tuple(moments))


@dataclass(frozen=True, slots=True)
class _Vertex:
    xy: tuple[float, float]
    route_m: float
    off_route: bool


@dataclass(frozen=True, slots=True)
class _Detour:
    """Where the route is left, and towards which bearing."""

    at_m: float
    bearing_deg: float


def _detour(route: Route, line: Polyline) -> _Detour | None:
    """The mistake: the last side street without a signal is taken for the way, on the house side."""
    side = "left"
    found = None
    for stretch in route.stretches:
        if stretch.side in ("left", "right"):
            side = stretch.side
        signals = stretch.crossing.signals if stretch.crossing else "yes"
        if stretch.kind is StretchKind.CROSSING and signals != "yes":
            at_m = line.along_m[stretch.first] - BEFORE_KERB_M
            turn = -90.0 if side == "left" else 90.0
            found = _Detour(at_m, (line.bearing_at(at_m) + turn) % 360.0)
    return found


def _track(line: Polyline, plane: Local, detour: _Detour | None) -> tuple[_Vertex, ...]:
    vertices = [
        _Vertex(plane.to_xy(point), along, off_route=False)
        for point, along in zip(line.points, line.along_m, strict=True)
    ]
    if detour is None:
        return tuple(vertices)
    here = plane.to_xy(line.at(detour.at_m))
    angle = math.radians(detour.bearing_deg)
    out = (here[0] + DETOUR_M * math.sin(angle), here[1] + DETOUR_M * math.cos(angle))
    before = [v for v in vertices if v.route_m < detour.at_m]
    after = [v for v in vertices if v.route_m > detour.at_m]
    astray = [
        _Vertex(here, detour.at_m, off_route=False),
        _Vertex(out, detour.at_m, off_route=True),
        _Vertex(here, detour.at_m, off_route=True),
    ]
    return (*before, *astray, *after)


def _sample(track: Sequence[_Vertex]) -> tuple[Sample, ...]:
    """Equal steps along the track; headings swing round over a body's length at corners."""
    lengths = [math.dist(a.xy, b.xy) for a, b in pairwise(track)]
    ends = list(accumulate(lengths, initial=0.0))
    count = int(ends[-1] / STEP_M) + 1
    rows = [_between(track, ends, number * STEP_M) for number in range(count)]
    headings = [_heading(track, ends, number * STEP_M) for number in range(count)]
    return tuple(
        Sample(east, north, heading, route_m, off)
        for (east, north, route_m, off), heading in zip(rows, headings, strict=True)
    )


def _between(
    track: Sequence[_Vertex], ends: Sequence[float], along: float
) -> tuple[float, float, float, bool]:
    index = min(max(bisect_right(ends, along) - 1, 0), len(track) - 2)
    a, b = track[index], track[index + 1]
    share = (along - ends[index]) / max(ends[index + 1] - ends[index], 1e-9)
    return (
        a.xy[0] + share * (b.xy[0] - a.xy[0]),
        a.xy[1] + share * (b.xy[1] - a.xy[1]),
        a.route_m + share * (b.route_m - a.route_m),
        b.off_route,
    )


def _heading(track: Sequence[_Vertex], ends: Sequence[float], along: float) -> float:
    """The mean direction of the segments within a body's turning circle, as a unit-vector sum."""
    east = north = 0.0
    for offset in (-CORNER_RADIUS_M, -CORNER_RADIUS_M / 2, 0.0, CORNER_RADIUS_M / 2, CORNER_RADIUS_M):
        index = min(max(bisect_right(ends, along + offset) - 1, 0), len(track) - 2)
        a, b = track[index].xy, track[index + 1].xy
        length = math.dist(a, b) or 1.0
        east += (b[0] - a[0]) / length
        north += (b[1] - a[1]) / length
    return math.degrees(math.atan2(east, north)) % 360.0


def _stops(route: Route, line: Polyline, samples: Sequence[Sample]) -> tuple[Stop, ...]:
    stops = {0: LISTEN_AT_START_S, len(samples) - 1: STAND_AT_END_S}
    for stretch in route.stretches:
        if stretch.kind is not StretchKind.CROSSING:
            continue
        kerb_m = line.along_m[stretch.first] - 0.5
        signal = stretch.crossing is not None and stretch.crossing.signals == "yes"
        index = next((i for i, s in enumerate(samples) if s.route_m >= kerb_m and not s.off_route), None)
        if index:
            stops[index] = WAIT_AT_SIGNAL_S if signal else WAIT_AT_KERB_S
    turn_back = _turning_point(samples)
    if turn_back:
        stops[turn_back] = NOTICE_DETOUR_S
    return tuple(Stop(sample, seconds) for sample, seconds in sorted(stops.items()))


def _turning_point(samples: Sequence[Sample]) -> int | None:
    off = [i for i, s in enumerate(samples) if s.off_route]
    return off[len(off) // 2] if off else None
