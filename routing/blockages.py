"""Paths that somebody reported closed: what holds at an hour, and which links that is. Pure.

A blockage is a report, not a fact of the map: it makes a link dear, never impassable, and it expires.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from routing.columns import BACKWARD, E7, F64, FORWARD, I32
from routing.geo import Local

if TYPE_CHECKING:
    from routing.network import WalkingMap
    from routing.search import Found
    from routing.snapping import Snap

# A sidewalk's width and the error of a point pressed on the spot; less than to the other side of a street.
RADIUS_M = 8.0
_DEGREE_M = 110_000.0  # a little less than any degree of latitude: a box of it is never too small


@dataclass(frozen=True, slots=True)
class Blockage:
    """A circle that cannot be walked, in degrees and metres; in force until `expires_utc_s`."""

    lat: float
    lon: float
    reported_utc_s: float
    expires_utc_s: float
    radius_m: float = RADIUS_M
    note: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Closures:
    """The links that blockages lie on. `share`: where along it, from a, the blockage is nearest [k]."""

    links: I32
    share: F64


def active(blockages: Iterable[Blockage], at: datetime) -> tuple[Blockage, ...]:
    """Those in force at `at` (aware).

    One that was reported later is in force too: who plans for a moment ago must not be led into it.
    """
    if at.tzinfo is None:
        raise ValueError("the time of a walk needs a time zone")
    return tuple(blockage for blockage in blockages if at.timestamp() < blockage.expires_utc_s)


def blocked_links(on: "WalkingMap", blockages: Sequence[Blockage]) -> I32:
    """The links with any part within a blockage's radius, ascending, each once."""
    return closures(on, blockages).links


def closures(on: "WalkingMap", blockages: Sequence[Blockage]) -> Closures:
    """As `blocked_links`, with the place along each link.

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


def passed(closed: Closures, links: I32, share: F64) -> int:
    """How many closed places a way leads through: `share` [k, 2] is from where to where on each link.

    Who sets out on a closed link away from the place, or arrives before it, does not pass it.
    """
    if not len(closed.links):
        return 0
    at = np.searchsorted(closed.links, links)
    at = np.minimum(at, len(closed.links) - 1)
    place = closed.share[at]
    within = (share.min(axis=1) <= place) & (place <= share.max(axis=1))
    hit = (closed.links[at] == links) & within
    # Links that follow one another are one place: a corner belongs to all that meet there.
    return int(np.count_nonzero(hit & ~np.concatenate(([False], hit[:-1]))))


def eased(
    on: "WalkingMap", snaps: Sequence["Snap"], closed: Closures, speed_mps: float, *, leaving: bool
) -> tuple["Snap", ...]:
    """The snaps and, for each on a closed link, one at the link's end on its own side of the place.

    A closed link is dear from end to end: from its middle both ways would be. The way between the
    near end and the snap is free, so it is charged as access; `restored` puts the true snap back into
    what was found. `leaving`: the walk begins at the snaps; else it ends there.
    """
    place = dict(zip(closed.links.tolist(), closed.share.tolist(), strict=True))
    near = (_near_end(on, snap, place[snap.link], speed_mps, leaving) for snap in snaps if snap.link in place)
    return (*snaps, *(snap for snap in near if snap is not None))


def restored(found: "Found", starts: Sequence["Snap"], ends: Sequence["Snap"]) -> "Found":
    """`found` between snaps of `eased`, from and to the true ones of `starts` and `ends`."""
    start, end = _true(found.start, starts), _true(found.end, ends)
    return found if start is found.start and end is found.end else replace(found, start=start, end=end)


def _near_end(on: "WalkingMap", snap: "Snap", place: float, speed_mps: float, leaving: bool) -> "Snap | None":
    """None where the link may not be walked between its near end and the snap."""
    before = snap.share <= place
    way = BACKWARD if before is leaving else FORWARD
    if not int(on.columns.link_flags[snap.link]) & way:
        return None
    walked_m = float(on.columns.link_length_m[snap.link]) * (snap.share if before else 1.0 - snap.share)
    return replace(snap, share=0.0 if before else 1.0, access_s=snap.access_s + walked_m / speed_mps)


def _true(used: "Snap", snaps: Sequence["Snap"]) -> "Snap":
    """The snap itself, or the one that it stands for: on the same link, off the same place."""
    if any(used is snap for snap in snaps):
        return used
    return next(snap for snap in snaps if (snap.link, snap.off_m) == (used.link, used.off_m))


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
