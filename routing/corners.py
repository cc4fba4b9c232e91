"""Where a line turns: corners as a walker feels them, from the geometry alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing import geo
from routing.geo import Polyline

# A drawn joint is not a corner: the direction is taken over 8 m on both sides, about the length that
# a walker needs to feel a change of direction, and longer than the jogs of mapped sidewalk joints.
CHORD_M = 8.0
# Vertices closer than this are one corner (NavCog chains turns less than 4 m apart).
MERGE_M = 4.0
# Drawing noise of a hand-mapped line; less than this at a vertex starts no corner.
_VERTEX_DEG = 8.0
# Two turns of this much to one side are a way around something, not one corner drawn twice.
_OWN_TURN_DEG = 60.0


@dataclass(frozen=True, slots=True)
class Corner:
    """A change of direction by `turn_deg` (positive right) between `first_m` and `last_m`."""

    first_m: float
    last_m: float
    turn_deg: float

    @property
    def at_m(self) -> float:
        """The middle of the corner, metres along the line."""
        return (self.first_m + self.last_m) / 2.0


def corners(line: Polyline) -> tuple[Corner, ...]:
    """Every corner of `line` in order, also slight ones; who speaks decides which are worth words."""
    groups = _groups(_vertices(line))
    found = []
    for index, group in enumerate(groups):
        before_m = groups[index - 1][-1][0] if index else 0.0
        after_m = groups[index + 1][0][0] if index + 1 < len(groups) else line.length_m
        first, last = group[0][0], group[-1][0]
        back = line.bearing_at(first, over_m=-min(CHORD_M, first - before_m))
        ahead = line.bearing_at(last, over_m=min(CHORD_M, after_m - last))
        found.append(Corner(first, last, geo.turn_deg(back, ahead)))
    return tuple(found)


def _vertices(line: Polyline) -> list[tuple[float, float]]:
    """(along_m, turn) of each vertex where the drawn direction changes."""
    legs = [
        (start_m, geo.bearing_deg(a, b))
        for (start_m, end_m), (a, b) in zip(pairwise(line.along_m), pairwise(line.points), strict=True)
        if end_m - start_m > 0.05  # a doubled point has no direction
    ]
    turns = [(m, geo.turn_deg(before, after)) for (_, before), (m, after) in pairwise(legs)]
    return [(m, turn) for m, turn in turns if abs(turn) >= _VERTEX_DEG]


def _groups(vertices: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    groups: list[list[tuple[float, float]]] = []
    for vertex in vertices:
        if groups and _same_corner(groups[-1][-1], vertex):
            groups[-1].append(vertex)
        else:
            groups.append([vertex])
    return groups


def _same_corner(a: tuple[float, float], b: tuple[float, float]) -> bool:
    around = min(abs(a[1]), abs(b[1])) >= _OWN_TURN_DEG and a[1] * b[1] > 0.0
    return b[0] - a[0] < MERGE_M and not around
