"""Plane geometry for a walk: metres and degrees, points as (lat, lon) in WGS 84. Pure, stdlib only.

Everything here is for distances of a walk (some kilometres): the ellipsoid is replaced by its
tangent plane at one latitude. Within 10 km the error is under 0.1 %, less than any fix's.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Self

Point = tuple[float, float]  # (lat, lon), degrees
XY = tuple[float, float]  # (east, north), metres

_NEAR_THE_DATE_LINE = 170.0  # degrees; elsewhere no walk leads across it

_SEMI_MAJOR_M = 6_378_137.0  # WGS 84
_ECCENTRICITY_SQ = 6.694_379_990_14e-3  # WGS 84


def _metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres for one degree of latitude and of longitude at `lat` (radii of curvature M and N)."""
    sin_lat = math.sin(math.radians(lat))
    shrink = 1.0 - _ECCENTRICITY_SQ * sin_lat * sin_lat
    prime_vertical_m = _SEMI_MAJOR_M / math.sqrt(shrink)
    meridional_m = prime_vertical_m * (1.0 - _ECCENTRICITY_SQ) / shrink
    degree = math.pi / 180.0
    return meridional_m * degree, prime_vertical_m * math.cos(math.radians(lat)) * degree


def _wrap_deg(angle: float) -> float:
    """The same angle in (-180, 180]."""
    wrapped = math.fmod(angle, 360.0)
    if wrapped > 180.0:
        return wrapped - 360.0
    return wrapped + 360.0 if wrapped <= -180.0 else wrapped


def _offset_xy(a: Point, b: Point) -> XY:
    north_scale, east_scale = _metres_per_degree((a[0] + b[0]) / 2.0)
    return _wrap_deg(b[1] - a[1]) * east_scale, (b[0] - a[0]) * north_scale


def distance_m(a: Point, b: Point) -> float:
    """Metres from `a` to `b`."""
    return math.hypot(*_offset_xy(a, b))


def bearing_deg(a: Point, b: Point) -> float:
    """Degrees clockwise from true north from `a` towards `b`, in [0, 360); 0 where they coincide."""
    east, north = _offset_xy(a, b)
    # A tiny negative angle plus 360 rounds to 360.0 itself: hence the second remainder.
    return math.degrees(math.atan2(east, north)) % 360.0 % 360.0


def turn_deg(before: float, after: float) -> float:
    """The turn from bearing `before` to bearing `after`: (-180, 180], positive to the right."""
    return _wrap_deg(after - before)


def destination(start: Point, bearing: float, metres: float) -> Point:
    """The point `metres` from `start` in direction `bearing` (degrees clockwise from north)."""
    angle = math.radians(bearing)
    return Local.around(start).from_xy((metres * math.sin(angle), metres * math.cos(angle)))


@dataclass(frozen=True, slots=True)
class Local:
    """A plane around an origin: x metres east, y metres north (equirectangular)."""

    origin: Point
    metres_per_lat: float
    metres_per_lon: float

    @classmethod
    def around(cls, origin: Point) -> Self:
        """The plane that touches the ground at `origin`."""
        return cls(origin, *_metres_per_degree(origin[0]))

    def to_xy(self, point: Point) -> XY:
        """Metres east and north of the origin."""
        lat, lon = self.origin
        return _wrap_deg(point[1] - lon) * self.metres_per_lon, (point[0] - lat) * self.metres_per_lat

    def to_xys(self, points: Sequence[Point]) -> tuple[XY, ...]:
        """`to_xy` of the points of a walk."""
        lat_0, lon_0 = self.origin
        if abs(lon_0) > _NEAR_THE_DATE_LINE:
            return tuple([self.to_xy(point) for point in points])
        east, north = self.metres_per_lon, self.metres_per_lat
        return tuple([((lon - lon_0) * east, (lat - lat_0) * north) for lat, lon in points])

    def from_xy(self, xy: XY) -> Point:
        """(lat, lon) of a place in the plane; longitude in (-180, 180]."""
        lat, lon = self.origin
        return lat + xy[1] / self.metres_per_lat, _wrap_deg(lon + xy[0] / self.metres_per_lon)


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a point falls on a polyline.

    `along_m` from the polyline's start; `offset_m` from the line, positive when the point lies to
    the right of the walking direction; `segment` the index of the segment's first point.
    """

    along_m: float
    offset_m: float
    segment: int
    point: Point


@dataclass(frozen=True, slots=True)
class Polyline:
    """A line through two or more points, measured once, asked often."""

    points: tuple[Point, ...]
    plane: Local
    xy: tuple[XY, ...]
    along_m: tuple[float, ...]  # distance of each point from the start

    @classmethod
    def through(cls, points: Sequence[Point]) -> Self:
        """The polyline of `points`; `ValueError` for fewer than two."""
        if len(points) < 2:
            raise ValueError(f"a line needs two points, not {len(points)}")
        plane = Local.around(points[len(points) // 2])
        xy = plane.to_xys(points)
        along = accumulate(map(math.dist, xy, xy[1:]), initial=0.0)
        return cls(tuple(points), plane, xy, tuple(along))

    @property
    def length_m(self) -> float:
        """Metres from the first to the last point, along the line."""
        return self.along_m[-1]

    def project(self, point: Point, *, from_m: float = 0.0, to_m: float = math.inf) -> Projection:
        """The nearest place on the line; only between `from_m` and `to_m` along it, where given.

        The window keeps a follower from jumping to another part of a route that passes twice.
        """
        x, y = self.plane.to_xy(point)
        low = min(max(from_m, 0.0), self.length_m)
        high = max(min(to_m, self.length_m), low)
        first, last = self._segment(low), self._segment(high)
        found = min(
            (self._on_segment(index, x, y, low, high) for index in range(first, last + 1)),
            key=lambda candidate: candidate[0],
        )
        _, along, signed, segment = found
        return Projection(along, signed, segment, self.at(along))

    def at(self, along_m: float) -> Point:
        """The point `along_m` metres from the start; the ends beyond them."""
        return self.plane.from_xy(self.xy_at(along_m))

    def xy_at(self, along_m: float) -> XY:
        """The same in the line's plane."""
        along_all, xy = self.along_m, self.xy
        if along_m <= 0.0:
            return xy[0]
        if along_m >= along_all[-1]:
            return xy[-1]
        segment = bisect_right(along_all, along_m) - 1
        (ax, ay), (bx, by) = xy[segment], xy[segment + 1]
        # bisect_right: the next point is further along, so the segment has a length.
        share = (along_m - along_all[segment]) / (along_all[segment + 1] - along_all[segment])
        return ax + share * (bx - ax), ay + share * (by - ay)

    def bearing_at(self, along_m: float, *, over_m: float = 1.0) -> float:
        """Walking direction at `along_m`, degrees from north, of the chord of `over_m` ahead of it.

        Within `over_m` of the end the chord is the last `over_m`. A negative `over_m` looks back:
        the chord that ends at `along_m`. So the turn at a corner over 8 m on both sides is
        `turn_deg(line.bearing_at(m, over_m=-8), line.bearing_at(m, over_m=8))`.
        """
        start, end = (along_m, along_m + over_m) if over_m >= 0.0 else (along_m + over_m, along_m)
        length = self.along_m[-1]
        span = min(end - start, length)
        start = min(max(start, 0.0), length - span)
        return self.chord_deg(start, start + span)

    def chord_deg(self, from_m: float, to_m: float) -> float:
        """Degrees from north of the straight line between two places of the line."""
        along = self.along_m
        segment = bisect_right(along, from_m) - 1
        if from_m < to_m and 0 <= segment < len(along) - 1 and to_m <= along[segment + 1]:
            (ax, ay), (bx, by) = self.xy[segment], self.xy[segment + 1]  # all on one segment
        else:
            (ax, ay), (bx, by) = self.xy_at(from_m), self.xy_at(to_m)
        return math.degrees(math.atan2(bx - ax, by - ay)) % 360.0 % 360.0

    def _segment(self, along_m: float) -> int:
        """The segment that holds `along_m`; of a joint, the one that begins there."""
        return min(max(bisect_right(self.along_m, along_m) - 1, 0), len(self.points) - 2)

    def _on_segment(
        self, index: int, x: float, y: float, low: float, high: float
    ) -> tuple[float, float, float, int]:
        """(distance, along, signed offset, segment) of the place nearest to (x, y) on one segment."""
        (ax, ay), (bx, by) = self.xy[index], self.xy[index + 1]
        dx, dy = bx - ax, by - ay
        length = self.along_m[index + 1] - self.along_m[index]
        if length == 0.0:
            apart = math.hypot(x - ax, y - ay)
            return apart, self.along_m[index], apart, index
        along = self.along_m[index] + ((x - ax) * dx + (y - ay) * dy) / length
        along = min(max(along, low, self.along_m[index]), high, self.along_m[index + 1])
        share = (along - self.along_m[index]) / length
        apart = math.hypot(x - ax - share * dx, y - ay - share * dy)
        # Positive cross product of direction and offset is to the left (x east, y north).
        left = dx * (y - ay) - dy * (x - ax)
        return apart, along, -apart if left > 0.0 else apart, index


def length_m(points: Sequence[Point]) -> float:
    """Metres along `points`; 0 for fewer than two."""
    return sum(distance_m(a, b) for a, b in pairwise(points))
