"""The cheapest way between places on the network, under any weights that were laid on its hierarchy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from routing.errors import NoRoute
from routing.hierarchy import Metric
from routing.snapping import Snap
from routing.sweep import Ends, cheapest_way

if TYPE_CHECKING:
    from routing.network import WalkingMap

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The links from start to end in walking order; `forward`: walked from a to b.

    The first is `start.link`, walked from `start.share` on, the last `end.link`, walked as far as
    `end.share`; either may be no metre long where the place is its very end. One link may be both.
    `cost_s` is of the links; `start.access_s` and `end.access_s` come on top of it. What stands at a
    node costs where the way comes to that node, also where it begins or ends at it.
    """

    links: I32
    forward: NDArray[np.bool_]
    start: Snap
    end: Snap
    cost_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """Snaps made ready for many searches; `opened` makes them."""

    snaps: tuple[Snap, ...]
    ends: Ends


def opened(snaps: Sequence[Snap], closed: F64 | None = None, closed_s: float = 0.0) -> Doors:
    """The doors of snaps.

    `closed` [L]: where along a link it is closed, nan where it is not; `closed_s`: what that is worth,
    contained in the link's weights. Who stands on such a link may leave it on the open side.
    """
    links = np.array([snap.link for snap in snaps], np.int32)
    shares = np.array([snap.share for snap in snaps], np.float64)
    access = np.array([snap.access_s for snap in snaps], np.float64)
    at = np.full(len(links), np.nan) if closed is None else closed[links]
    return Doors(tuple(snaps), Ends(links, shares, access, at, closed_s))


def cheapest(
    on: "WalkingMap", starts: Sequence[Snap] | Doors, ends: Sequence[Snap] | Doors, metric: Metric
) -> Found:
    """The way that costs the least, with getting to it from the places; `NoRoute` where there is none.

    `metric` is what `hierarchy.customise(on.hierarchy, weights)` gave.
    """
    leaving = starts if isinstance(starts, Doors) else opened(starts)
    arriving = ends if isinstance(ends, Doors) else opened(ends)
    way = cheapest_way(on.hierarchy, metric, leaving.ends, arriving.ends)
    if len(way.steps) == 0:
        raise NoRoute(
            "出発地と目的地をつなぐ歩ける道が地図にありません。別の地点を指定してください",
            "no walkable way joins origin and destination on this map: choose other points",
        )
    return Found(
        way.steps >> 1, way.steps & 1 == 0, leaving.snaps[way.start], arriving.snaps[way.end], way.cost_s
    )


def length_m(on: "WalkingMap", found: Found) -> float:
    """Metres along the links."""
    metres = on.columns.link_length_m
    if len(found.links) == 1:
        return abs(found.end.share - found.start.share) * float(metres[found.links[0]])
    first, last = float(metres[found.links[0]]), float(metres[found.links[-1]])
    first *= 1.0 - found.start.share if found.forward[0] else found.start.share
    last *= found.end.share if found.forward[-1] else 1.0 - found.end.share
    return first + float(metres[found.links[1:-1]].sum(dtype=np.float64)) + last
