"""From a place to the network: the links on which a walk may begin or end, and what getting there is worth.

A place lies beside a way, not on a node. Its way is the nearest one that a person would start on;
one beyond a large road is as far off as crossing that road unguided is bad. Only where it is open on
which side of a large road a place is, both sides are offered, and the search decides.
"""

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from routing.errors import OutsideMap, TooFarFromWay
from routing.geo import Local, Point
from routing.native import compiled
from routing.nearby import (
    END_M,
    ISLAND,
    ISLAND_M,
    ONE_WAY,
    UNFIT,
    UNFIT_M,
    LinkGrid,
    crossed_s,
    grid_of,
    links_near,
    pieces_near,
    spot,
)
from wire.base import value

if TYPE_CHECKING:
    from routing.network import WalkingMap

__all__ = ["SNAP_LIMIT_M", "LinkGrid", "Snap", "grid_of", "snaps"]

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
F64 = NDArray[np.float64]

# Nobody should be told to get further than this to the way without guidance.
SNAP_LIMIT_M: Final = 150.0
# Most places have a way this near: the first look.
_FIRST_LOOK_M: Final = 40.0
# Two ways of which one is this much better are no longer the same choice: a position or an address
# is seldom known better.
_OPEN_M: Final = 15.0
_MOST: Final = 4


@value
class Snap:
    """A point on the network: on `link`, `share` of its length from a; `off_m` from the place.

    `access_s`: what getting from the place to the way is worth, in seconds at 1 m/s; where the way
    is one that nobody would start on, or lies beyond a large road, that comes on top.
    """

    link: int
    share: float
    off_m: float
    point: Point
    access_s: float


def snaps(on: "WalkingMap", point: Point) -> tuple[Snap, ...]:
    """Where on the network a walk from or to `point` may begin or end, the likeliest first.

    Raises `OutsideMap`; `TooFarFromWay`, which says how far it is.
    """
    _check_inside(on.bounds, point)
    grid, columns = on.grid, on.columns
    plane = Local.around(point)
    rows = _chosen(
        grid.box, grid.cell_first, grid.cell_piece, grid.point_link, grid.link_fitness, grid.link_across_s,
        columns.shape_first, columns.shape_lat_e7, columns.shape_lon_e7,
        point[0] * 1e7, point[1] * 1e7, plane.metres_per_lat / 1e7, plane.metres_per_lon / 1e7,
    )  # fmt: skip
    if len(rows) == 0:
        raise _too_far(on, point)
    return tuple([
        Snap(int(link), share, off_m, (lat, lon), access_s)
        for link, share, off_m, lat, lon, access_s in rows.tolist()
    ])  # fmt: skip


def _check_inside(bounds: tuple[float, float, float, float], point: Point) -> None:
    lat, lon = point
    if _inside(bounds, lat, lon):
        return
    south, west, north, east = bounds
    area = f"{south:.4f},{west:.4f} - {north:.4f},{east:.4f}"
    if _inside(bounds, lon, lat):
        ja, en = "緯度と経度が逆のようです", "latitude and longitude seem to be swapped"
    elif abs(lat) <= 90.0 and abs(lon) <= 180.0:
        ja, en = "その場所を含む地図を使ってください", "use a map that holds the place"
    else:  # NaN too
        ja, en = "緯度は-90から90、経度は-180から180の数です", "latitude is -90 to 90, longitude -180 to 180"
    where = f"{lat:.5f},{lon:.5f}"
    raise OutsideMap(
        f"{where} は地図の範囲({area})の外です。{ja}", f"{where} is outside the map ({area}): {en}"
    )


def _inside(bounds: tuple[float, float, float, float], lat: float, lon: float) -> bool:
    """Whether the point lies on the map, or so near that one might walk to it; never for NaN."""
    south, west, north, east = bounds
    high = SNAP_LIMIT_M / 111_000.0  # metres in a degree of latitude
    wide = high / max(math.cos(math.radians((south + north) / 2.0)), 0.01)
    return south - high <= lat <= north + high and west - wide <= lon <= east + wide


def _too_far(on: "WalkingMap", point: Point) -> TooFarFromWay:
    plane = Local.around(point)
    north = (np.asarray(on.columns.shape_lat_e7) / 1e7 - point[0]) * plane.metres_per_lat
    east = (np.asarray(on.columns.shape_lon_e7) / 1e7 - point[1]) * plane.metres_per_lon
    off_m = float(np.hypot(north, east).min())
    where = f"{point[0]:.5f},{point[1]:.5f}"
    return TooFarFromWay(
        f"{where} は、いちばん近い歩ける道から約{off_m:.0f}メートル離れています"
        f"(上限{SNAP_LIMIT_M:.0f}メートル)。地図の範囲と地点を確かめてください",
        f"{where} is about {off_m:.0f} m from the nearest walkable way (limit {SNAP_LIMIT_M:.0f} m): "
        "check the map's area and the point",
    )


@compiled
def _chosen(
    box: I32, cell_first: I32, cell_piece: I32, point_link: I32, fitness: U8, across_s: U16,
    shape_first: I32, lat: I32, lon: I32,
    at_lat: float, at_lon: float, lat_m: float, lon_m: float,
) -> F64:  # fmt: skip
    """Rows of (link, share, off_m, lat, lon, access_s). `at_lat`: 1e-7 degree, `lat_m`: metres in one."""
    look_m = _FIRST_LOOK_M
    while True:
        near = pieces_near(box, cell_first, cell_piece, at_lat, at_lon, look_m / lat_m, look_m / lon_m)
        large = near[across_s[point_link[near]] > 0]
        links, piece, along, off = links_near(
            near, point_link, fitness, lat, lon, at_lat, at_lon, lat_m, lon_m, look_m
        )
        access = _access_s(
            links,
            piece,
            along,
            off,
            large,
            point_link,
            fitness,
            across_s,
            lat,
            lon,
            at_lat,
            at_lon,
            lat_m,
            lon_m,
        )
        sure = _best(access, links, fitness, ISLAND | ONE_WAY)
        # Nothing that was not looked at can be better, or as good as open.
        if look_m >= SNAP_LIMIT_M or (sure >= 0 and access[sure] + _OPEN_M <= look_m):
            break
        look_m = min(2.0 * look_m, SNAP_LIMIT_M)
    picked = _picked(access, links, piece, along, sure, fitness, large, point_link, across_s, lat, lon,
                     lat_m, lon_m)  # fmt: skip
    rows = np.empty((len(picked), 6))
    for i in range(len(picked)):
        k = picked[i]
        share, row_lat, row_lon = _placed(
            piece[k], along[k], shape_first[links[k]], shape_first[links[k] + 1], lat, lon, lat_m, lon_m
        )
        rows[i, 0], rows[i, 1], rows[i, 2] = links[k], share, off[k]
        rows[i, 3], rows[i, 4], rows[i, 5] = row_lat / 1e7, row_lon / 1e7, access[k]
    return rows


@compiled
def _access_s(
    links: I32, piece: I32, along: F64, off: F64, large: I32, point_link: I32, fitness: U8, across_s: U16,
    lat: I32, lon: I32, at_lat: float, at_lon: float, lat_m: float, lon_m: float,
) -> F64:  # fmt: skip
    """Seconds at 1 m/s to each link, with what makes it one that nobody would start on."""
    access = off.copy()
    for k in range(len(links)):
        if fitness[links[k]] & UNFIT:
            access[k] += UNFIT_M
        if fitness[links[k]] & ISLAND:
            access[k] += ISLAND_M
        access[k] += crossed_s(
            at_lat, at_lon, *spot(piece[k], along[k], lat, lon), links[k], large, point_link, across_s,
            lat, lon, lat_m, lon_m,
        )  # fmt: skip
    return access


@compiled
def _best(access: F64, links: I32, fitness: U8, without: int) -> int:
    """The best of the candidates that have none of these marks, the first of equals, or -1."""
    best = -1
    for k in range(len(links)):
        if fitness[links[k]] & without == 0 and (best < 0 or access[k] < access[best] - 1e-6):
            best = k
    return best


@compiled
def _picked(
    access: F64, links: I32, piece: I32, along: F64, sure: int, fitness: U8, large: I32, point_link: I32,
    across_s: U16, lat: I32, lon: I32, lat_m: float, lon_m: float,
) -> I32:  # fmt: skip
    """The best; those nearly as good beyond a large road; and one that surely leads somewhere."""
    picked = np.empty(_MOST + 1, np.int32)
    best = _best(access, links, fitness, 0)
    if best < 0:
        return picked[:0]
    picked[0], count = best, 1
    for k in np.argsort(access, kind="mergesort"):
        if access[k] > access[best] + _OPEN_M or count == _MOST:
            break
        other_side = k != best
        for chosen in picked[:count]:
            if not other_side:
                break
            other_side = crossed_s(
                *spot(piece[chosen], along[chosen], lat, lon), *spot(piece[k], along[k], lat, lon),
                links[k], large, point_link, across_s, lat, lon, lat_m, lon_m,
            ) > 0.0  # fmt: skip
        if other_side:
            picked[count] = k
            count += 1
    if sure >= 0 and not (picked[:count] == sure).any():
        picked[count] = sure
        count += 1
    return picked[:count]


@compiled
def _placed(
    piece: int, along: float, first: int, end: int, lat: I32, lon: I32, lat_m: float, lon_m: float
) -> tuple[float, float, float]:
    """(share of the link's length, lat, lon) of a place on a piece; at an end of the link, that end."""
    before, whole = 0.0, 0.0
    for point in range(first, end - 1):
        metres = math.hypot((lat[point + 1] - lat[point]) * lat_m, (lon[point + 1] - lon[point]) * lon_m)
        if point < piece:
            before += metres
        elif point == piece:
            before += along * metres
        whole += metres
    if before <= min(END_M, whole / 2.0):
        return 0.0, float(lat[first]), float(lon[first])
    if whole - before <= END_M:
        return 1.0, float(lat[end - 1]), float(lon[end - 1])
    spot_lat, spot_lon = spot(piece, along, lat, lon)
    return before / whole, spot_lat, spot_lon
