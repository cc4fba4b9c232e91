"""A trip's track as an evaluator may see it: nothing near home, nothing exact, no times. Pure.

Why these figures. 300 m: in a Japanese town some hundred households live so near, and a walker who comes from
one of them is one of several with a white cane at most; less would leave a street. The circle that is taken
out is not centred on home, since whoever saw where tracks end would have its middle: the ground is divided
into cells of 400 m, shifted by an amount that is secret and the wearer's own, and the circle is centred on
the cell in which home lies. It tells the cell, 16 hectares, and never more however many trips are looked at,
because the circle depends on the cell alone. Its radius is 300 m and half the cell's diagonal, so that it
covers 300 m around every point of the cell. What is left is moved to a grid of about 100 m (0.001 degrees):
the block, not the door. Where a circle has cut a line, up to 300 m more are taken off, by a secret of the
trip: else its length beside the outing's distance would tell how far behind the edge home lies (Hassan et
al., "Analysis of Privacy Protections in Fitness Tracking Social Networks", USENIX Security 2018).
"""

import hashlib
import hmac
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from routing.geo import Point, distance_m

CLEAR_M: Final = 300.0  # nothing within this of home is shown
CELL_M: Final = 400.0
JOIN_M: Final = 150.0  # ends of trips within this are ends at one place
GRID_DEG: Final = 0.001
_TRIM_MOST: Final = 3  # spots of the grid
# Of a gap between two points nobody knows the way: no line is drawn over it.
_LONGEST_STEP_M: Final = 300.0
_METRES_PER_DEGREE: Final = 111_320.0  # of latitude, on the sphere: cells need not be exact
# The circle is told, and its middle rounded; and the plane is only nearly one.
_MARGIN_M: Final = 10.0


@dataclass(frozen=True, slots=True)
class Circle:
    """Ground that is taken out."""

    lat: float
    lon: float
    radius_m: float

    def holds(self, point: Point) -> bool:
        """Whether the point is in it."""
        return distance_m((self.lat, self.lon), point) <= self.radius_m

    def meets(self, a: Point, b: Point) -> bool:
        """Whether the straight line from `a` to `b` enters it."""
        (ax, ay), (bx, by) = self._plane(a), self._plane(b)
        dx, dy = bx - ax, by - ay
        length_sq = dx * dx + dy * dy
        along = 0.0 if length_sq == 0.0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / length_sq))
        return math.hypot(ax + along * dx, ay + along * dy) <= self.radius_m

    def _plane(self, point: Point) -> tuple[float, float]:
        east = distance_m((self.lat, self.lon), (self.lat, point[1]))
        north = distance_m((self.lat, self.lon), (point[0], self.lon))
        return math.copysign(east, point[1] - self.lon), math.copysign(north, point[0] - self.lat)


@dataclass(frozen=True, slots=True)
class Blurred:
    """What is left of one track: pieces of two points or more; and the circles that took some of it."""

    lines: tuple[tuple[Point, ...], ...]
    hidden: tuple[Circle, ...]


def circle_round(home: Point, secret: bytes, *, inferred: bool = False) -> Circle:
    """The circle for a home; the same for every home in the same cell. `secret`: the wearer's own.

    `inferred`: known from ends of trips only, so that the true one may lie `JOIN_M` away.
    """
    digest = hmac.digest(secret, b"blurred", hashlib.sha256)
    shift_n, shift_e = (int.from_bytes(digest[at : at + 8], "big") / 2**64 for at in (0, 8))
    tall = CELL_M / _METRES_PER_DEGREE
    row = math.floor(home[0] / tall + shift_n)
    lat = (row + 0.5 - shift_n) * tall
    # By the cell's own latitude: every point of the cell finds the same width.
    wide = tall / math.cos(math.radians(lat))
    column = math.floor(home[1] / wide + shift_e)
    radius_m = CLEAR_M + CELL_M / math.sqrt(2.0) + _MARGIN_M + (JOIN_M if inferred else 0.0)
    return Circle(round(lat, 5), round((column + 0.5 - shift_e) * wide, 5), round(radius_m))


def homes_from(ends: Iterable[Point]) -> tuple[Point, ...]:
    """Where trips begin and end (first trips first): one point for those that lie together, its first.

    The first and not the middle: a middle would wander with each trip, and two circles say more than one.
    """
    found: list[Point] = []
    for end in ends:
        if all(distance_m(end, known) > JOIN_M for known in found):
            found.append(end)
    return tuple(found)


def blurred(track: Sequence[Point], circles: Sequence[Circle], secret: bytes) -> Blurred:
    """The track without what lies in the circles, on the grid. `secret`: the trip's own."""
    lines: list[list[Point]] = [[]]
    before: Point | None = None
    took: set[Circle] = set()
    for point in track:
        spot = _on_grid(point)
        over = [circle for circle in circles if circle.holds(point) or circle.holds(spot)]
        if before is not None and lines[-1]:
            over += [circle for circle in circles if circle.meets(lines[-1][-1], spot)]
        took.update(over)
        if over or (before is not None and distance_m(before, point) > _LONGEST_STEP_M):
            lines.append([])
        before = point
        hidden = any(circle.holds(point) or circle.holds(spot) for circle in circles)
        if not hidden and (not lines[-1] or lines[-1][-1] != spot):
            lines[-1].append(spot)
    pieces = _trimmed(lines, secret) if took else lines
    # A single spot is kept out: it would tell of a stop and of nothing walked.
    kept = tuple(tuple(line) for line in pieces if len(line) > 1)
    return Blurred(kept, tuple(circle for circle in circles if circle in took))


def _trimmed(lines: Sequence[Sequence[Point]], secret: bytes) -> list[Sequence[Point]]:
    shorter: list[Sequence[Point]] = []
    for number, line in enumerate(lines):
        digest = hmac.digest(secret, f"trim {number}".encode(), hashlib.sha256)
        first, last = digest[0] % (_TRIM_MOST + 1), digest[1] % (_TRIM_MOST + 1)
        shorter.append(line[first : len(line) - last])
    return shorter


def _on_grid(point: Point) -> Point:
    return (round(round(point[0] / GRID_DEG) * GRID_DEG, 3), round(round(point[1] / GRID_DEG) * GRID_DEG, 3))
