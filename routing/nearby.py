"""Which links are near a point: a grid of cells over all pieces of all links, asked in machine code."""

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from routing.columns import APART, BACKWARD, FORWARD, HIGHWAYS, KINDS, MAINLAND, TIE
from routing.cost import UNMARKED_S
from routing.geo import Local
from routing.native import compiled
from wire.route import StretchKind

if TYPE_CHECKING:
    from routing.columns import Columns

I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
F64 = NDArray[np.float64]

CELL_M: Final = 40.0  # some house fronts: a piece falls into few cells, a cell holds few pieces
_CELLS_PER_PIECE = 4  # a wide map with few ways has larger cells

# A place's own way is worth some metres more than what nobody would start on: on a crossing, on
# steps, on a carriageway, on a join that is not in the data, or on a piece that leads nowhere else
# (a mapping gap).
UNFIT_M: Final = 25.0
ISLAND_M: Final = 40.0

# A link's end is its node from here on: as near as a drawn line is right.
END_M: Final = 0.5

# What `link_fitness` says.
UNFIT, ISLAND, CLOSED, ONE_WAY = 1, 2, 4, 8

_NOT_TO_START_ON = tuple(
    KINDS.index(kind) for kind in (StretchKind.CROSSING, StretchKind.LEVEL_CROSSING, StretchKind.STEPS)
)
_ROAD = KINDS.index(StretchKind.ROAD)
_BUSY = tuple(HIGHWAYS.index(name) for name in ("trunk", "primary", "secondary"))
_LARGE = ("tertiary", "secondary", "primary", "trunk")
# Over or under these a road may be crossed by a straight line without setting foot on it.
_NOT_IN_THE_WAY = tuple(
    KINDS.index(kind) for kind in (StretchKind.BRIDGE, StretchKind.UNDERPASS, StretchKind.CROSSING)
)


@dataclass(frozen=True, slots=True, eq=False)
class LinkGrid:
    """Storable: every field is an array. A *piece* is known by the shape point where it begins."""

    box: I32  # [6] south and west of the cells (1e-7 degree), height and width of a cell, rows, columns
    cell_first: I32  # [rows * columns + 1]
    cell_piece: I32
    point_link: I32  # [S] the link of each shape point
    link_fitness: U8  # [L]
    link_across_s: U16  # [L] what crossing the link unguided is worth; 0 where it is no large road


GRID_NAMES: Final = tuple(field.name for field in fields(LinkGrid))


def grid_of(columns: "Columns") -> LinkGrid:
    """The grid of a map's links."""
    point_link = np.repeat(np.arange(len(columns.link_a), dtype=np.int32), np.diff(columns.shape_first))
    lat, lon = np.asarray(columns.shape_lat_e7), np.asarray(columns.shape_lon_e7)
    box = _box(lat, lon)
    first, pieces = _filled(box, point_link, lat, lon)
    grid = LinkGrid(box, first, pieces, point_link, _fitness(columns), _across_s(columns))
    for name in GRID_NAMES:  # as from a map file: one type for the compiled functions
        getattr(grid, name).setflags(write=False)
    return grid


def _box(lat: I32, lon: I32) -> I32:
    if len(lat) == 0:
        return np.array([0, 0, 1, 1, 1, 1], np.int32)
    south, west, north, east = (int(each) for each in (lat.min(), lon.min(), lat.max(), lon.max()))
    plane = Local.around(((south + north) / 2e7, west / 1e7))
    cell_m = CELL_M
    while True:
        height = int(cell_m / plane.metres_per_lat * 1e7)
        width = int(cell_m / max(plane.metres_per_lon, 1.0) * 1e7)
        rows, columns = (north - south) // height + 1, (east - west) // width + 1
        if rows * columns <= _CELLS_PER_PIECE * len(lat) + 64:
            return np.array([south, west, height, width, rows, columns], np.int32)
        cell_m *= 1.25


def _fitness(columns: "Columns") -> U8:
    flags, kind = np.asarray(columns.link_flags), np.asarray(columns.link_kind)
    busy = (flags & APART > 0) | np.isin(columns.link_highway, _BUSY)
    unfit = np.isin(kind, _NOT_TO_START_ON) | ((kind == _ROAD) & busy) | (flags & TIE > 0)
    island = np.asarray(columns.node_flags)[columns.link_a] & MAINLAND == 0
    ways = flags & (FORWARD | BACKWARD)
    closed, one_way = ways == 0, (ways == FORWARD) | (ways == BACKWARD)
    marks: U8 = (unfit * UNFIT + island * ISLAND + closed * CLOSED + one_way * ONE_WAY).astype(np.uint8)
    return marks


def _across_s(columns: "Columns") -> U16:
    seconds = np.zeros(len(HIGHWAYS), np.uint16)
    for name in _LARGE:
        seconds[HIGHWAYS.index(name)] = int(UNMARKED_S[name])
    across: U16 = seconds[columns.link_highway]
    across[np.isin(columns.link_kind, _NOT_IN_THE_WAY)] = 0
    return across


@compiled
def _filled(box: I32, point_link: I32, lat: I32, lon: I32) -> tuple[I32, I32]:
    """Pieces by the cells they may touch: (first of each cell, pieces)."""
    first = np.zeros(box[4] * box[5] + 1, np.int32)
    last = np.full(box[4] * box[5], -1, np.int32)
    pieces = np.empty(0, np.int32)
    for turn in range(2):  # count, then fill
        for point in range(len(lat) - 1):
            if point_link[point] != point_link[point + 1]:
                continue
            north, east = float(lat[point + 1] - lat[point]), float(lon[point + 1] - lon[point])
            parts = int(max(abs(north) / box[2], abs(east) / box[3])) + 1
            for part in range(parts):  # a long piece is in the cells beside its line only
                row_0 = int((lat[point] + north * part / parts - box[0]) // box[2])
                row_1 = int((lat[point] + north * (part + 1) / parts - box[0]) // box[2])
                column_0 = int((lon[point] + east * part / parts - box[1]) // box[3])
                column_1 = int((lon[point] + east * (part + 1) / parts - box[1]) // box[3])
                for row in range(min(row_0, row_1), max(row_0, row_1) + 1):
                    for column in range(min(column_0, column_1), max(column_0, column_1) + 1):
                        cell = row * box[5] + column
                        if last[cell] == point:
                            continue
                        last[cell] = point
                        if turn == 1:
                            pieces[first[cell]] = point
                        first[cell] += 1
        if turn == 0:
            total = 0
            for cell in range(len(last)):
                first[cell], total = total, total + first[cell]
            first[len(last)] = total
            pieces = np.empty(total, np.int32)
            last[:] = -1
        else:
            for cell in range(len(last), 0, -1):
                first[cell] = first[cell - 1]
            first[0] = 0
    return first, pieces


@compiled
def pieces_near(
    box: I32, cell_first: I32, cell_piece: I32, north_e7: float, east_e7: float, high_e7: float,
    wide_e7: float,
) -> I32:  # fmt: skip
    """Pieces, ascending, that may come within `high_e7` to north or south and `wide_e7` to east or west."""
    row_0 = max(math.floor((north_e7 - high_e7 - box[0]) / box[2]), 0)
    row_1 = min(math.floor((north_e7 + high_e7 - box[0]) / box[2]), box[4] - 1)
    column_0 = max(math.floor((east_e7 - wide_e7 - box[1]) / box[3]), 0)
    column_1 = min(math.floor((east_e7 + wide_e7 - box[1]) / box[3]), box[5] - 1)
    count = 0
    if column_1 >= column_0:
        for row in range(row_0, row_1 + 1):
            count += cell_first[row * box[5] + column_1 + 1] - cell_first[row * box[5] + column_0]
    near = np.empty(count, np.int32)
    count = 0
    if column_1 >= column_0:
        for row in range(row_0, row_1 + 1):
            begin = cell_first[row * box[5] + column_0]
            end = cell_first[row * box[5] + column_1 + 1]
            near[count : count + end - begin] = cell_piece[begin:end]
            count += end - begin
    near.sort()
    once = 0
    for at in range(count):
        if at == 0 or near[at] != near[at - 1]:
            near[once] = near[at]
            once += 1
    return near[:once]


@compiled
def links_near(
    near: I32, point_link: I32, fitness: U8, lat: I32, lon: I32,
    at_lat: float, at_lon: float, lat_m: float, lon_m: float, look_m: float,
) -> tuple[I32, I32, F64, F64]:  # fmt: skip
    """Of each link within `look_m` (link, piece, share of the piece, metres off), by link."""
    links, piece = np.empty(len(near), np.int32), np.empty(len(near), np.int32)
    along, off = np.empty(len(near)), np.empty(len(near))
    count = 0
    for point in near:  # pieces of one link follow each other
        link = point_link[point]
        if fitness[link] & CLOSED:
            continue
        x, y = (lon[point] - at_lon) * lon_m, (lat[point] - at_lat) * lat_m
        dx, dy = (lon[point + 1] - lon[point]) * lon_m, (lat[point + 1] - lat[point]) * lat_m
        squared = dx * dx + dy * dy
        share = min(max(-(x * dx + y * dy) / squared, 0.0), 1.0) if squared > 0.0 else 0.0
        apart = math.hypot(x + share * dx, y + share * dy)
        if apart > look_m:
            continue
        if count > 0 and links[count - 1] == link:
            if apart >= off[count - 1]:
                continue
            count -= 1
        links[count], piece[count], along[count], off[count] = link, point, share, apart
        count += 1
    return links[:count], piece[:count], along[:count], off[:count]


@compiled
def crossed_s(
    from_lat: float, from_lon: float, to_lat: float, to_lon: float, own: int, large: I32, point_link: I32,
    across_s: U16, lat: I32, lon: I32, lat_m: float, lon_m: float,
) -> float:  # fmt: skip
    """What crossing the large roads between two points is worth; roads that an end touches do not count."""
    ex, ey = (to_lon - from_lon) * lon_m, (to_lat - from_lat) * lat_m
    length = math.hypot(ex, ey)
    crossed = 0.0
    if length <= 2.0 * END_M:
        return crossed
    clear = END_M / length
    for point in large:
        if point_link[point] == own:
            continue
        x, y = (lon[point] - from_lon) * lon_m, (lat[point] - from_lat) * lat_m
        dx, dy = (lon[point + 1] - lon[point]) * lon_m, (lat[point + 1] - lat[point]) * lat_m
        area = ex * dy - ey * dx
        if area == 0.0:
            continue
        here, there = (x * dy - y * dx) / area, (x * ey - y * ex) / area
        if clear < here < 1.0 - clear and 0.0 <= there < 1.0:
            crossed += across_s[point_link[point]]
    return crossed


@compiled
def spot(piece: int, along: float, lat: I32, lon: I32) -> tuple[float, float]:
    """(lat, lon), in 1e-7 degree, of the place at this share of a piece."""
    return (
        lat[piece] + along * (lat[piece + 1] - lat[piece]),
        lon[piece] + along * (lon[piece + 1] - lon[piece]),
    )
