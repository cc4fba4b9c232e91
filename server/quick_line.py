"""A route's line that is asked for the nearest place many times a second, for a thousand walks at once."""

from dataclasses import dataclass, field
from typing import Final

from routing.geo import Point, Polyline
from wire.base import value

_TOGETHER: Final = 8  # segments: asked about only where their common rectangle is near enough
_LEAST: Final = 1e-12  # square metres: a segment without a length is the point that it begins with

# A segment: where it begins, its step, one over its square, metres before it, its length.
_Segment = tuple[float, float, float, float, float, float, float]
# Some segments one after another, and the rectangle that holds them: west, south, east, north.
_Part = tuple[float, float, float, float, tuple[_Segment, ...]]


@value
class On:
    """Where a position falls on a line: metres along it, and metres away from it."""

    along_m: float
    off_m: float


@dataclass(frozen=True, slots=True)
class QuickLine(Polyline):
    """A line that is measured for `near`."""

    _parts: tuple[_Part, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        segments = list(map(_segment, self.xy, self.xy[1:], self.along_m, self.along_m[1:]))
        parts = (
            _part(segments[first : first + _TOGETHER], self.xy[first : first + _TOGETHER + 1])
            for first in range(0, len(segments), _TOGETHER)
        )
        object.__setattr__(self, "_parts", tuple(parts))  # the class is frozen

    def near(self, point: Point) -> On:
        """The nearest place on the line: as `project` finds it, without its coordinates."""
        x, y = self.plane.to_xy(point)
        parts = self._parts
        if len(parts) == 1:
            best, along_m = _nearest(parts[0][4], x, y)
            return On(along_m, best**0.5)
        # No place of a part is nearer than its rectangle; the nearest rectangle first.
        bounds = [_square_to(part, x, y) for part in parts]
        bound = min(bounds)
        first = bounds.index(bound)
        best, along_m = _nearest(parts[first][4], x, y)
        for number, bound in enumerate(bounds):
            if bound < best and number != first:
                square, there_m = _nearest(parts[number][4], x, y)
                if square < best:
                    best, along_m = square, there_m
        return On(along_m, best**0.5)


def _segment(a: tuple[float, float], b: tuple[float, float], before_m: float, after_m: float) -> _Segment:
    east, north = b[0] - a[0], b[1] - a[1]
    square = east * east + north * north
    return a[0], a[1], east, north, 1.0 / max(square, _LEAST), before_m, after_m - before_m


def _part(segments: list[_Segment], xy: tuple[tuple[float, float], ...]) -> _Part:
    easts, norths = zip(*xy, strict=True)
    return min(easts), min(norths), max(easts), max(norths), tuple(segments)


def _square_to(part: _Part, x: float, y: float) -> float:
    """The square of the distance to the part's rectangle; 0 within it."""
    west, south, east, north, _ = part
    dx = west - x if x < west else x - east if x > east else 0.0
    dy = south - y if y < south else y - north if y > north else 0.0
    return dx * dx + dy * dy


def _nearest(segments: tuple[_Segment, ...], x: float, y: float) -> tuple[float, float]:
    """The square of the distance to the nearest of these segments, and metres along the line there."""
    best, along_m = float("inf"), 0.0
    for ax, ay, east, north, over, before_m, length_m in segments:
        dx, dy = x - ax, y - ay
        share = (dx * east + dy * north) * over
        if share < 0.0:
            share = 0.0
        elif share > 1.0:
            share = 1.0
        dx -= share * east
        dy -= share * north
        square = dx * dx + dy * dy
        if square < best:
            best, along_m = square, before_m + share * length_m
    return best, along_m
