"""Larger roads that a route passes straight over at a junction, where no crossing is drawn.

A way that comes upon a greater road has its crossing in our map. But a carriageway that passes over
another of its own class has none: who walks along its middle crosses the other all the same, while
one who walks beside it is led over a crossing that is counted.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from routing import places
from routing.columns import E7, F64, HIGHWAYS, I32, I64, KINDS, Columns
from routing.geo import Local
from wire.route import StretchKind

_LARGER = HIGHWAYS.index("tertiary")  # and what stands after it
# The two carriageways of one road, and the lanes of one junction, are crossed at one go.
_APART_M = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Junctions:
    """The larger roads' ends at each node, and where they lead from there."""

    columns: Columns
    node: I32  # [arms], ascending
    link: I32
    away: F64  # [arms], radians, east 0, counter-clockwise

    @classmethod
    def of(cls, columns: Columns, plane: Local) -> Self:
        """The junctions of a map."""
        larger = np.flatnonzero(columns.link_highway >= _LARGER).astype(np.int32)
        first, last = columns.shape_first[larger], columns.shape_first[larger + 1] - 1
        node = np.concatenate((columns.link_a[larger], columns.link_b[larger]))
        away = np.concatenate((
            _bearing(columns, plane, first, first + 1), _bearing(columns, plane, last, last - 1),
        ))  # fmt: skip
        order = np.argsort(node, kind="stable")
        return cls(columns, node[order], np.concatenate((larger, larger))[order], away[order])

    def passed_over(self, links: I32, heading: F64, metres: F64) -> int:
        """How many larger roads without a signal the line goes straight over.

        Samples of the line in order: the link that each lies on (-1: none), direction, metres.
        """
        along = np.cumsum(metres)
        count, last_m = 0, -np.inf
        for at in np.flatnonzero(np.diff(links)):
            one, two = int(links[at]), int(links[at + 1])
            if one < 0 or two < 0 or self._drawn(one) or self._drawn(two):
                continue
            node = self._shared(one, two)
            if node >= 0 and self._over(node, (one, two), heading[at], heading[at + 1]):
                count += along[at] - last_m > _APART_M
                last_m = along[at]
        return count

    def _drawn(self, link: int) -> bool:
        """Whether the map shows a crossing there, which is counted as what it is."""
        return int(self.columns.link_kind[link]) == KINDS.index(StretchKind.CROSSING)

    def _shared(self, one: int, two: int) -> int:
        a, b = self.columns.link_a, self.columns.link_b
        both = {int(a[one]), int(b[one])} & {int(a[two]), int(b[two])}
        return both.pop() if len(both) == 1 else -1

    def _over(self, node: int, walked: tuple[int, int], before: F64, after: F64) -> bool:
        """Whether a larger road leads away from the node on both hands, and no signal is there."""
        low, high = np.searchsorted(self.node, (node, node + 1))
        others = ~np.isin(self.link[low:high], walked)
        away = self.away[low:high][others]
        if len(away) < 2:
            return False
        ahead = np.arctan2(after[1], after[0])
        behind = np.arctan2(-before[1], -before[0])
        left = (away - ahead) % (2.0 * np.pi) < (behind - ahead) % (2.0 * np.pi)
        return bool(left.any() and not left.all()) and not self._signalled(node)

    def _signalled(self, node: int) -> bool:
        tags = places.text_at(self.columns, int(self.columns.node_tags[node])) or ""
        return "traffic_signals" in tags


def _bearing(columns: Columns, plane: Local, at: I64 | I32, to: I64 | I32) -> F64:
    east = (columns.shape_lon_e7[to].astype(np.float64) - columns.shape_lon_e7[at]) / E7
    north = (columns.shape_lat_e7[to].astype(np.float64) - columns.shape_lat_e7[at]) / E7
    return np.arctan2(north * plane.metres_per_lat, east * plane.metres_per_lon)
