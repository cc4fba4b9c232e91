"""Where a line turns: corners as a walker feels them, from the geometry alone. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from routing import geo
from routing.geo import Polyline

# A drawn joint is not a corner: the direction is taken over 8 m on both sides, about the length that
# a walker needs to feel a change of direction, and longer than the jogs of mapped sidewalk joints.
CHORD_M = 8.0
# Vertices closer than this are one corner (NavCog chains turns less than 4 m apart).
MERGE_M = 4.0
# Drawing noise of a hand-mapped line; less than this at a vertex starts no corner.
_VERTEX_DEG = 8.0
_VERTEX_TAN = math.tan(math.radians(_VERTEX_DEG - 0.1))
# Far from the least turn that is told (22.5): the bend of drawn curves beside it adds a few degrees.
_SLIGHT_DEG = 12.0
# A doubled point has no direction.
_DOUBLED_M = 0.05
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
    before_m = 0.0
    for index, group in enumerate(groups):
        first, last = group[0][0], group[-1][0]
        if len(group) == 1 and abs(group[0][1]) < _SLIGHT_DEG:
            turn = group[0][1]  # too slight for words, however it is measured
        else:
            after_m = groups[index + 1][0][0] if index + 1 < len(groups) else line.length_m
            back = line.chord_deg(max(first - CHORD_M, before_m), first)
            turn = geo.turn_deg(back, line.chord_deg(last, min(last + CHORD_M, after_m)))
        found.append(Corner(first, last, turn))
        before_m = last
    return tuple(found)


def _vertices(line: Polyline) -> list[tuple[float, float]]:
    """(along_m, turn) of each vertex where the drawn direction changes."""
    found = []
    along, (ax, ay) = line.along_m, line.xy[0]
    dx = dy = 0.0  # of the segment before; none yet
    for index, (x, y) in enumerate(line.xy):
        ex, ey = x - ax, y - ay
        ax, ay = x, y
        if not index or along[index] - along[index - 1] <= _DOUBLED_M:
            continue
        cross, dot = dy * ex - dx * ey, dx * ex + dy * ey
        if abs(cross) > _VERTEX_TAN * dot and (cross or dot < 0.0):
            turn = math.degrees(math.atan2(cross, dot))
            if abs(turn) >= _VERTEX_DEG:
                found.append((along[index - 1], turn))
        dx, dy = ex, ey
    return found


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
