"""What is beside the way: stops, entrances and shops that a walker can ask for, smell or hear."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from routing.columns import F64, I64
from routing.native import compiled
from wire.route import Landmark, Name

if TYPE_CHECKING:
    from routing.network import WalkingMap

# Beside the way: as far as a hand or an ear notices a stop, an entrance, a shop front.
REACH_M: Final = 25.0
_GAP_M = 40.0  # one sentence and its echo, at walking speed
_ENDS_M = 10.0  # start and destination have words of their own
_AHEAD_M = 1.5
_SILENT = ("highway=traffic_signals", "highway=elevator", "highway=street", "entrance=")
_CELL_M: Final = 50.0  # twice the reach: a line's surroundings are the cells around it
_ROW: Final = 1 << 24  # cells a row: more than a map is wide


@dataclass(frozen=True, slots=True, eq=False)
class PlaceGrid:
    """The places worth telling, sorted by their cell; metres east and north of the map's middle."""

    place: I64
    cell: I64
    xy: F64  # [n, 2]
    origin_e7: I64
    metres_per_e7: F64


def place_grid(on: "WalkingMap") -> PlaceGrid:
    """Made once for a map."""
    columns = on.columns
    kinds = {int(kind): on.text(int(kind)) or "" for kind in np.unique(columns.place_kind)}
    told = np.array([not kinds[kind].startswith(_SILENT) for kind in columns.place_kind.tolist()], bool)
    place = np.flatnonzero(told).astype(np.int64)
    south, west, north, east = on.bounds
    origin = np.array([round((south + north) / 2.0 * 1e7), round((west + east) / 2.0 * 1e7)], np.int64)
    scale = on.metres_per_e7
    xy = np.stack(
        [
            (columns.place_lon_e7[place] - origin[1]) * scale[1],
            (columns.place_lat_e7[place] - origin[0]) * scale[0],
        ],
        axis=1,
    ).reshape(-1, 2)
    cells = np.floor(xy / _CELL_M).astype(np.int64)
    cell = cells[:, 1] * _ROW + cells[:, 0]
    order = np.argsort(cell, kind="stable")
    return PlaceGrid(place[order], cell[order], np.ascontiguousarray(xy[order]), origin, scale)


def landmarks(on: "WalkingMap", grid: PlaceGrid, points_e7: I64, told: set[str]) -> tuple[Landmark, ...]:
    """Places beside the line, in walking order: the nearest of each name, not too many.

    `points_e7` [p, 2]: the line, latitude and longitude; `told`: names that have words already.
    """
    if not len(grid.place):
        return ()
    near = _beside(points_e7, grid.origin_e7, grid.metres_per_e7, grid.cell, grid.xy, REACH_M)
    length = near[-1, 1]
    nearest: dict[str, tuple[float, float, float, int]] = {}
    for index, along_m, off_m, right_m in near[:-1].tolist():
        if not _ENDS_M <= along_m <= length - _ENDS_M:
            continue
        place = int(grid.place[int(index)])
        name = on.name(int(on.columns.place_name[place]))
        if name is None or name.ja in told:
            continue
        if off_m < nearest.get(name.ja, (math.inf,))[0]:
            nearest[name.ja] = (off_m, along_m, right_m, place)
    chosen: list[Landmark] = []
    for off_m, along_m, right_m, place in sorted(nearest.values()):
        if all(abs(along_m - other.at_m) >= _GAP_M for other in chosen):
            side = _side(off_m, right_m)
            chosen.append(Landmark(at_m=round(along_m, 1), side=side, name=_as_landmark(on, place)))
    return tuple(sorted(chosen, key=lambda each: each.at_m))


def _as_landmark(on: "WalkingMap", place: int) -> Name:
    """A bus stop's name alone would sound like the street or the building that it is named after."""
    name = on.name(int(on.columns.place_name[place]))
    assert name is not None  # noqa: S101 - the grid holds named places only
    stop = on.text(int(on.columns.place_kind[place])) == "highway=bus_stop"
    if not stop or name.ja.endswith("バス停"):
        return name
    return replace(name, ja=f"{name.ja}バス停", kana=f"{name.kana}ばすてい" if name.kana else None)


def _side(off_m: float, right_m: float) -> Literal["left", "right", "ahead"]:
    if off_m < _AHEAD_M:
        return "ahead"
    return "right" if right_m > 0.0 else "left"


@compiled
def _beside(points_e7: I64, origin: I64, scale: F64, cell: I64, xy: F64, reach_m: float) -> F64:
    """Rows (place, metres along, metres off, metres to the right), the nearest spot of each place.

    The last row holds the line's length in its second column.
    """
    rows = np.empty((8, 4), dtype=np.float64)
    around = np.zeros((3, 2), dtype=np.int64)  # the places in the three rows of cells around one cell
    here = (-_ROW, -_ROW)
    count = 0
    along = 0.0
    for i in range(1, len(points_e7)):
        ax = (points_e7[i - 1, 1] - origin[1]) * scale[1]
        ay = (points_e7[i - 1, 0] - origin[0]) * scale[0]
        dx = (points_e7[i, 1] - origin[1]) * scale[1] - ax
        dy = (points_e7[i, 0] - origin[0]) * scale[0] - ay
        length = math.hypot(dx, dy)
        pieces = max(1, math.ceil(length / _CELL_M))
        for piece in range(pieces):
            mx, my = ax + dx * (piece + 0.5) / pieces, ay + dy * (piece + 0.5) / pieces
            cx, cy = math.floor(mx / _CELL_M), math.floor(my / _CELL_M)
            if here != (cx, cy):
                here = (cx, cy)
                for row in range(3):
                    first = (cy - 1 + row) * _ROW + cx
                    around[row, 0] = np.searchsorted(cell, first - 1, side="left")
                    around[row, 1] = np.searchsorted(cell, first + 1, side="right")
            for row in range(3):
                for j in range(around[row, 0], around[row, 1]):
                    share = 0.0
                    if length > 0.0:
                        share = ((xy[j, 0] - ax) * dx + (xy[j, 1] - ay) * dy) / (length * length)
                        share = min(max(share, 0.0), 1.0)
                    ox, oy = xy[j, 0] - ax - share * dx, xy[j, 1] - ay - share * dy
                    off = math.hypot(ox, oy)
                    if off <= reach_m:
                        at = _row_of(rows, count, j)
                        if at == count:
                            rows = _with_room(rows, count)
                            count += 1
                        elif off >= rows[at, 2]:
                            continue
                        rows[at, 0], rows[at, 1] = j, along + share * length
                        # A negative cross product of direction and offset is to the right.
                        rows[at, 2], rows[at, 3] = off, dy * ox - dx * oy
        along += length
    rows = _with_room(rows, count)
    rows[count] = 0.0
    rows[count, 1] = along
    return rows[: count + 1]


@compiled
def _row_of(rows: F64, count: int, place: int) -> int:
    """The row that holds a place, or `count`. Few lie beside one way: looking through them is fast."""
    for at in range(count):
        if rows[at, 0] == place:
            return at
    return count


@compiled
def _with_room(rows: F64, count: int) -> F64:
    if count < len(rows):
        return rows
    larger = np.empty((2 * len(rows), 4), dtype=np.float64)
    larger[:count] = rows
    return larger
