"""Where a route turns, for those who follow it: metres along its line, and nothing of its sides.

Guidance finds its turns in `routing.bends`, with numbers that take a second to load; a page that opens
on a cold server cannot wait for them. The rule here is the same: a drawn joint is no corner, and two that lie
close together are one.
"""

from itertools import pairwise
from typing import Final

from routing.geo import Polyline, turn_deg

CORNER_DEG: Final = 45.0  # less is followed by the cane, and nobody calls it a corner
_CHORD_M: Final = 8.0  # the direction is that of so much of the line on both sides
_MERGE_M: Final = 4.0
_VERTEX_DEG: Final = 8.0  # less is the noise of a line that was drawn by hand
_DOUBLED_M: Final = 0.05  # a point that was drawn twice has no direction


def corners(line: Polyline) -> list[float]:
    """Metres along `line` at which it turns, in order."""
    groups = _groups(_bent(line))
    ends = [0.0, *(last_m for _, last_m in groups)]
    begins = [*(first_m for first_m, _ in groups), line.length_m]
    found = []
    for (first_m, last_m), before_m, after_m in zip(groups, ends, begins[1:], strict=False):
        back = line.chord_deg(max(first_m - _CHORD_M, before_m), first_m)
        on = line.chord_deg(last_m, min(last_m + _CHORD_M, after_m))
        if abs(turn_deg(back, on)) >= CORNER_DEG:
            found.append(first_m)
    return found


def _bent(line: Polyline) -> list[float]:
    """Where the drawn direction changes."""
    steps = [
        (from_m, line.chord_deg(from_m, to_m))
        for from_m, to_m in pairwise(line.along_m)
        if to_m - from_m > _DOUBLED_M
    ]
    return [at_m for (_, back), (at_m, on) in pairwise(steps) if abs(turn_deg(back, on)) >= _VERTEX_DEG]


def _groups(places: list[float]) -> list[tuple[float, float]]:
    """Places of one corner together: where it begins and where it ends."""
    groups: list[tuple[float, float]] = []
    for at_m in places:
        if groups and at_m - groups[-1][1] < _MERGE_M:
            groups[-1] = (groups[-1][0], at_m)
        else:
            groups.append((at_m, at_m))
    return groups
