"""What lies along a found way, link by link: where each is entered and left, and the line it draws.

Machine code over columns: a plan of some kilometres has hundreds of links, and all of this runs for
every plan.
"""

from typing import Final

import numpy as np

from routing.columns import F32, F64, I32, I64, U8
from routing.native import compiled

# Points nearer than this are one: a joint drawn twice.
_SAME_POINT_M: Final = 0.05


@compiled
def shares(links: I32, forward: U8, start_share: float, end_share: float) -> F64:
    """[k, 2]: where along each link (from its a) the walk enters and leaves it."""
    count = len(links)
    result = np.empty((count, 2), dtype=np.float64)
    for i in range(count):
        if forward[i]:
            result[i, 0], result[i, 1] = 0.0, 1.0
        else:
            result[i, 0], result[i, 1] = 1.0, 0.0
    result[0, 0] = start_share
    result[count - 1, 1] = end_share
    return result


@compiled
def lengths(links: I32, share: F64, link_length_m: F32) -> F64:
    """Metres walked along each link [k]."""
    result = np.empty(len(links), dtype=np.float64)
    for i in range(len(links)):
        result[i] = abs(share[i, 1] - share[i, 0]) * link_length_m[links[i]]
    return result


@compiled
def line(
    links: I32,
    share: F64,
    shape_first: I32,
    shape_lat_e7: I32,
    shape_lon_e7: I32,
    metres_per_e7: F64,
) -> tuple[I64, I64]:
    """The drawn line: points [p, 2] in 1e-7 degree, and for each link the index of its last point.

    `metres_per_e7`: of latitude and longitude.
    """
    room = 1
    for i in range(len(links)):
        room += shape_first[links[i] + 1] - shape_first[links[i]] + 2
    points = np.empty((room, 2), dtype=np.int64)
    last = np.empty(len(links), dtype=np.int64)
    count = 0
    for i in range(len(links)):
        begin, end = shape_first[links[i]], shape_first[links[i] + 1]
        if count and abs(share[i, 1] - share[i, 0]) == 1.0:
            for step in range(1, end - begin):
                j = begin + step if share[i, 1] > share[i, 0] else end - 1 - step
                count = _add(points, count, (shape_lat_e7[j], shape_lon_e7[j]), metres_per_e7)
            last[i] = count - 1
            continue
        whole = 0.0
        for j in range(begin + 1, end):
            whole += _apart(shape_lat_e7, shape_lon_e7, j - 1, j, metres_per_e7)
        low, high = share[i, 0] * whole, share[i, 1] * whole
        if count == 0:
            count = _add(points, count, _at(shape_lat_e7, shape_lon_e7, begin, end, low, metres_per_e7),
                         metres_per_e7)  # fmt: skip
        count = _between(points, count, shape_lat_e7, shape_lon_e7, begin, end, low, high, metres_per_e7)
        count = _add(points, count, _at(shape_lat_e7, shape_lon_e7, begin, end, high, metres_per_e7),
                     metres_per_e7)  # fmt: skip
        last[i] = count - 1
    return points[:count], last


@compiled
def _between(
    points: I64, count: int, lat: I32, lon: I32, begin: int, end: int, low: float, high: float, scale: F64
) -> int:
    """Add the shape's own points that lie strictly between two places, in walking order."""
    steps = end - begin
    along = np.zeros(steps, dtype=np.float64)
    for j in range(1, steps):
        along[j] = along[j - 1] + _apart(lat, lon, begin + j - 1, begin + j, scale)
    for step in range(steps):
        j = step if high >= low else steps - 1 - step
        if min(low, high) + _SAME_POINT_M < along[j] < max(low, high) - _SAME_POINT_M:
            count = _add(points, count, (int(lat[begin + j]), int(lon[begin + j])), scale)
    return count


@compiled
def _at(lat: I32, lon: I32, begin: int, end: int, along_m: float, scale: F64) -> tuple[int, int]:
    """The place so many metres along a shape, in 1e-7 degree."""
    left = along_m
    for j in range(begin + 1, end):
        length = _apart(lat, lon, j - 1, j, scale)
        if left <= length and length > 0.0:
            part = left / length
            return (
                int(np.rint(lat[j - 1] + part * (lat[j] - lat[j - 1]))),
                int(np.rint(lon[j - 1] + part * (lon[j] - lon[j - 1]))),
            )
        left -= length
    return int(lat[end - 1]), int(lon[end - 1])


@compiled
def _apart(lat: I32, lon: I32, i: int, j: int, scale: F64) -> float:
    return float(np.hypot((lat[j] - lat[i]) * scale[0], (lon[j] - lon[i]) * scale[1]))


@compiled
def _add(points: I64, count: int, point: tuple[int, int], scale: F64) -> int:
    if count:
        north = (point[0] - points[count - 1, 0]) * scale[0]
        east = (point[1] - points[count - 1, 1]) * scale[1]
        if np.hypot(north, east) <= _SAME_POINT_M:
            return count
    points[count, 0], points[count, 1] = point
    return count + 1
