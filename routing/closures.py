"""Which links of a map reported closures lie on. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from routing.blockages import Blockage
from routing.columns import E7, F64, I32
from routing.geo import Local

if TYPE_CHECKING:
    from routing.network import WalkingMap

_DEGREE_M = 110_000.0  # a little less than any degree of latitude: a box of it is never too small


@dataclass(frozen=True, slots=True, eq=False)
class Closures:
    """The links that blockages lie on. `share`: where along it, from a, the blockage is nearest [k]."""

    links: I32
    share: F64


def closures(on: "WalkingMap", blockages: Sequence[Blockage]) -> Closures:
    """The links with any part within a blockage's radius, ascending, each once, and the place along each.

    Who stands on such a link, before the place, may still leave it by the end behind them.
    """
    nearest: dict[int, tuple[float, float]] = {}
    for blockage in blockages:
        for link, off_m, share in _links_near(on, blockage):
            if off_m < nearest.get(link, (math.inf, 0.0))[0]:
                nearest[link] = (off_m, share)
    links = sorted(nearest)
    return Closures(
        np.array(links, np.int32), np.array([nearest[link][1] for link in links], dtype=np.float64)
    )


def _links_near(on: "WalkingMap", blockage: Blockage) -> list[tuple[int, float, float]]:
    """(link, metres off, share along it) of every link within the radius."""
    segments = _segments_in_box(on, blockage)
    owners = np.searchsorted(on.columns.shape_first, segments, side="right") - 1
    found = []
    for link in np.unique(owners):
        off_m, share = _project(on, int(link), blockage)
        if off_m <= blockage.radius_m:
            found.append((int(link), off_m, share))
    return found


def _segments_in_box(on: "WalkingMap", blockage: Blockage) -> I32:
    """First shape points of the segments whose box meets the blockage's: one look at all of them.

    All at once in NumPy: 0.3 million segments take a millisecond, and blockages are few.
    """
    columns = on.columns
    tall = blockage.radius_m / _DEGREE_M * E7
    wide = tall / max(math.cos(math.radians(blockage.lat)), 0.01)
    inside = _spans(columns.shape_lat_e7, blockage.lat * E7, tall)
    inside &= _spans(columns.shape_lon_e7, blockage.lon * E7, wide)
    inside[columns.shape_first[1:-1] - 1] = False  # from the last point of one link to the next link's first
    return np.flatnonzero(inside).astype(np.int32)


def _spans(values: I32, centre: float, half: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether each pair of neighbours reaches into centre +- half."""
    low = np.minimum(values[:-1], values[1:])
    high = np.maximum(values[:-1], values[1:])
    return np.asarray((low <= centre + half) & (high >= centre - half))


def _project(on: "WalkingMap", link: int, blockage: Blockage) -> tuple[float, float]:
    """(metres off, share along the link) of the link's place nearest to the blockage."""
    columns = on.columns
    first, last = int(columns.shape_first[link]), int(columns.shape_first[link + 1])
    plane = Local.around((blockage.lat, blockage.lon))
    points = [
        plane.to_xy((lat / E7, lon / E7))
        for lat, lon in zip(
            columns.shape_lat_e7[first:last].tolist(), columns.shape_lon_e7[first:last].tolist(), strict=True
        )
    ]
    best, walked = (math.inf, 0.0), 0.0
    for (ax, ay), (bx, by) in pairwise(points):
        length = math.hypot(bx - ax, by - ay)
        along = 0.0 if length == 0.0 else min(max(-(ax * (bx - ax) + ay * (by - ay)) / length, 0.0), length)
        part = 0.0 if length == 0.0 else along / length
        off = math.hypot(ax + part * (bx - ax), ay + part * (by - ay))
        best = min(best, (off, walked + along))
        walked += length
    return best[0], best[1] / walked if walked > 0.0 else 0.0
