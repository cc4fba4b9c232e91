"""A map of many times the size: copies of an extract side by side, joined at the seams.

The copies are real streets, so that the graph grows and keeps its character; only the joins are
invented: footways between the nearest nodes of both sides, a few at each seam.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import osmium
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from routing.bench.extracts import objects, osmnx_would_walk
from routing.bench.missing import NothingToCompare

SHAPES: Final = {1: (1, 1), 2: (1, 2), 4: (2, 2), 6: (2, 3), 9: (3, 3), 10: (2, 5)}  # rows, columns
_JOINS = 8  # ways over a seam: about one per half kilometre of it on Oslo-east
# Only ways are needed on foot; motorways would join what cannot be walked.
_NOT_ON_FOOT = ("motorway", "trunk")

Tags = dict[str, str]


@dataclass(frozen=True, slots=True)
class _Extract:
    ids: NDArray[np.int64]  # ascending
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    node_tags: dict[int, Tags]
    ways: list[tuple[int, tuple[int, ...], Tags]]
    bounds: tuple[float, float, float, float]


def shape_of(count: int) -> tuple[int, int]:
    """Rows and columns of `count` copies, as square as they go."""
    rows = max(row for row in range(1, int(count**0.5) + 1) if count % row == 0)
    return SHAPES.get(count, (rows, count // rows))


def tiled(extract: Path, written: Path, count: int) -> Path:
    """Write `count` copies of `extract` to `written` (.osm.pbf or .osm): nodes and ways, no relations.

    Each copy is shifted by the extract's box; its numbers follow those of the copy before it.
    """
    base = _read(extract)
    rows, columns = shape_of(count)
    seams = _Seams(base)
    step = max(int(base.ids.max()), max(way[0] for way in base.ways)) + 1
    with osmium.SimpleWriter(str(written), overwrite=True) as out:
        for tile in range(count):
            _write_nodes(out, base, tile * step, *divmod(tile, columns))
        for tile in range(count):
            for number, nodes, tags in base.ways:
                moved = [node + tile * step for node in nodes]
                out.add_way(_way(number + tile * step, moved, tags))
        joins = seams.joins(rows, columns, step)
        for number, join in enumerate(joins, start=count * step):
            out.add_way(_way(number, join, {"highway": "footway", "note": "invented: joins copies"}))
    return written


class _Seams:
    """Pairs of nodes that a seam joins: the last of one copy, the first of the next."""

    def __init__(self, base: _Extract) -> None:
        walked = _mainland(base)
        places = np.searchsorted(base.ids, walked)
        self._ids, self._lat, self._lon = walked, base.lat[places], base.lon[places]
        self._bounds = base.bounds
        # Degrees of longitude are shorter: distances to a seam are compared in metres.
        self._narrow = float(np.cos(np.radians(self._lat.mean())))

    def joins(self, rows: int, columns: int, step: int) -> Iterator[tuple[int, int]]:
        """Every invented way between neighbouring copies."""
        across, upward = self._between(eastward=True), self._between(eastward=False)
        for tile in range(rows * columns):
            row, column = divmod(tile, columns)
            if column + 1 < columns:
                yield from ((a + tile * step, b + (tile + 1) * step) for a, b in across)
            if row + 1 < rows:
                yield from ((a + tile * step, b + (tile + columns) * step) for a, b in upward)

    def _between(self, *, eastward: bool) -> list[tuple[int, int]]:
        south, west, north, east = self._bounds
        if eastward:
            along = np.linspace(south, north, 2 * _JOINS + 1)[1::2]
            pairs = [((lat, east), (lat, west)) for lat in along]
        else:
            along = np.linspace(west, east, 2 * _JOINS + 1)[1::2]
            pairs = [((north, lon), (south, lon)) for lon in along]
        return sorted({(self._nearest(*last), self._nearest(*first)) for last, first in pairs})

    def _nearest(self, lat: float, lon: float) -> int:
        apart = np.hypot(self._lat - lat, (self._lon - lon) * self._narrow)
        return int(self._ids[apart.argmin()])


def _read(extract: Path) -> _Extract:
    ids, lat, lon, node_tags, ways = [], [], [], {}, []
    for each in objects(extract, osmium.osm.NODE | osmium.osm.WAY):
        if each.is_node():
            ids.append(each.id)
            lat.append(each.location.lat)
            lon.append(each.location.lon)
            if each.tags:
                node_tags[each.id] = _tags(each)
        else:
            ways.append((each.id, tuple(node.ref for node in each.nodes), _tags(each)))
    order = np.argsort(np.asarray(ids, np.int64), kind="stable")
    found = np.asarray(ids, np.int64)[order], np.asarray(lat)[order], np.asarray(lon)[order]
    return _Extract(*found, node_tags, ways, _bounds(found, ways))


def _tags(each: Any) -> Tags:  # noqa: ANN401 - the library has no types
    return {tag.k: tag.v for tag in each.tags}


def _walked(ways: Iterable[tuple[int, tuple[int, ...], Tags]]) -> list[tuple[int, ...]]:
    return [
        nodes
        for _, nodes, tags in ways
        if osmnx_would_walk(tags) and not tags["highway"].startswith(_NOT_ON_FOOT)
    ]


def _bounds(
    nodes: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
    ways: list[tuple[int, tuple[int, ...], Tags]],
) -> tuple[float, float, float, float]:
    """The box of what is walked, so that the seams lie where the streets end."""
    used = np.unique(np.asarray([node for way in _walked(ways) for node in way], np.int64))
    used = used[np.isin(used, nodes[0])]
    if used.size == 0:
        raise NothingToCompare(
            "この地図には歩ける道がないので、写しを並べられません",
            "no walkable way in the extract: there is nothing to copy",
        )
    places = np.searchsorted(nodes[0], used)
    lat, lon = nodes[1][places], nodes[2][places]
    return float(lat.min()), float(lon.min()), float(lat.max()), float(lon.max())


def _mainland(base: _Extract) -> NDArray[np.int64]:
    """Nodes of the largest part that hangs together, so that joined copies do too."""
    edges = [(a, b) for way in _walked(base.ways) for a, b in pairwise(way)]
    pairs = np.asarray(edges, np.int64)
    pairs = pairs[np.isin(pairs, base.ids).all(axis=1)]
    used, places = np.unique(pairs, return_inverse=True)
    tail, head = places.reshape(-1, 2).T
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(len(used), len(used)))
    _, parts = connected_components(graph, directed=False)
    mainland: NDArray[np.int64] = used[parts == np.bincount(parts).argmax()]
    return mainland


def _write_nodes(out: Any, base: _Extract, step: int, row: int, column: int) -> None:  # noqa: ANN401
    south, west, north, east = base.bounds
    up, right = row * (north - south), column * (east - west)
    for number, lat, lon in zip(base.ids.tolist(), base.lat.tolist(), base.lon.tolist(), strict=True):
        tags = base.node_tags.get(number, {})
        node = osmium.osm.mutable.Node(
            id=number + step, location=(lon + right, lat + up), tags=tags, version=1
        )
        out.add_node(node)


def _way(number: int, nodes: Iterable[int], tags: Tags) -> Any:  # noqa: ANN401 - untyped library
    return osmium.osm.mutable.Way(id=number, nodes=list(nodes), tags=tags, version=1)
