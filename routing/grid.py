"""Find the segments near a point: a grid of cells over a plane, in metres. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from routing.geo import XY

T = TypeVar("T")

CELL_M = 40.0  # some house fronts: a street segment falls into few cells, a cell holds few segments


@dataclass(frozen=True, slots=True)
class Segment(Generic[T]):
    """A straight piece with what it stands for."""

    a: XY
    b: XY
    what: T

    @property
    def length_m(self) -> float:
        """Metres from end to end."""
        return math.dist(self.a, self.b)

    def nearest(self, xy: XY) -> tuple[float, float]:
        """(share of the way from a to b, metres off it) of the place nearest to `xy`."""
        dx, dy = self.b[0] - self.a[0], self.b[1] - self.a[1]
        squared = dx * dx + dy * dy
        share = 0.0
        if squared > 0.0:
            share = ((xy[0] - self.a[0]) * dx + (xy[1] - self.a[1]) * dy) / squared
            share = min(max(share, 0.0), 1.0)
        return share, math.hypot(xy[0] - self.a[0] - share * dx, xy[1] - self.a[1] - share * dy)

    def left_of(self, xy: XY) -> bool:
        """Whether `xy` lies to the left when walking from a to b (x east, y north)."""
        dx, dy = self.b[0] - self.a[0], self.b[1] - self.a[1]
        return dx * (xy[1] - self.a[1]) - dy * (xy[0] - self.a[0]) > 0.0

    def angle_to(self, other: "Segment[T]") -> float:
        """Degrees between the two lines, 0 (parallel) to 90 (square)."""
        angles = [math.atan2(each.b[1] - each.a[1], each.b[0] - each.a[0]) for each in (self, other)]
        apart = math.degrees(abs(angles[0] - angles[1])) % 180.0
        return min(apart, 180.0 - apart)


class Grid(Generic[T]):
    """Segments by the cells they touch; order of insertion decides between equals."""

    def __init__(self, segments: Iterable[Segment[T]]) -> None:
        self._cells: dict[tuple[int, int], list[Segment[T]]] = defaultdict(list)
        for segment in segments:
            for cell in _cells_along(segment):
                self._cells[cell].append(segment)

    def near(self, xy: XY, radius_m: float) -> Iterator[tuple[float, Segment[T]]]:
        """(metres off, segment) of every segment within `radius_m`, each once, in no order."""
        seen: set[int] = set()
        x0, y0 = _cell((xy[0] - radius_m, xy[1] - radius_m))
        x1, y1 = _cell((xy[0] + radius_m, xy[1] + radius_m))
        for cell in ((x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)):
            for segment in self._cells.get(cell, ()):
                if id(segment) in seen:
                    continue
                seen.add(id(segment))
                off = segment.nearest(xy)[1]
                if off <= radius_m:
                    yield off, segment


def _cell(xy: XY) -> tuple[int, int]:
    return math.floor(xy[0] / CELL_M), math.floor(xy[1] / CELL_M)


def _cells_along(segment: Segment[T]) -> set[tuple[int, int]]:
    """Every cell of the segment's box, for short ones; for long ones those beside its line."""
    pieces = max(1, math.ceil(segment.length_m / CELL_M))
    (ax, ay), (bx, by) = segment.a, segment.b
    cells: set[tuple[int, int]] = set()
    for piece in range(pieces):
        low, high = piece / pieces, (piece + 1) / pieces
        x0, y0 = _cell((ax + low * (bx - ax), ay + low * (by - ay)))
        x1, y1 = _cell((ax + high * (bx - ax), ay + high * (by - ay)))
        cells |= {
            (x, y) for x in range(min(x0, x1), max(x0, x1) + 1) for y in range(min(y0, y1), max(y0, y1) + 1)
        }
    return cells
