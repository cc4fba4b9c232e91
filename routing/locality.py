"""Neighbours on the ground are neighbours in memory: a route's links share the machine's cache lines.

A plan reads some thirty columns at some hundred links. In the order of OpenStreetMap's ids each read
is a miss; along a curve that keeps near things together most are not.
"""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.columns import I32, I64, Columns

_BITS = 16  # a cell of some metres for a city


def spatially_ordered(columns: Columns) -> Columns:
    """The same map: nodes, links and crossings renumbered along a Z-order curve (Morton, 1966)."""
    lat, lon = columns.node_lat_e7, columns.node_lon_e7
    box = int(lat.min()), int(lat.max()), int(lon.min()), int(lon.max())
    first = columns.shape_first[:-1]
    nodes = np.argsort(_curve(lat, lon, box), kind="stable")
    links = np.argsort(_curve(columns.shape_lat_e7[first], columns.shape_lon_e7[first], box), kind="stable")
    crossings = _by_first_use(columns.link_crossing[links], len(columns.crossing_road))
    moved: dict[str, Any] = {
        each.name: getattr(columns, each.name)[order]
        for prefix, order in (("node_", nodes), ("link_", links), ("crossing_", crossings))
        for each in fields(Columns)
        if each.name.startswith(prefix)
    }
    new_node, new_crossing = _places(nodes), np.append(_places(crossings), -1)  # [-1] stays -1
    moved["link_a"], moved["link_b"] = new_node[moved["link_a"]], new_node[moved["link_b"]]
    moved["link_crossing"] = new_crossing[moved["link_crossing"]].astype(np.int32)
    return replace(columns, **moved, **_shapes(columns, links))


def _shapes(columns: Columns, links: I64) -> dict[str, Any]:
    counts = np.diff(columns.shape_first)[links]
    ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
    # Point j of link i lies j points behind the first of it, there as here.
    points = np.arange(ends[-1]) + np.repeat(columns.shape_first[:-1][links] - ends[:-1], counts)
    return {
        "shape_first": ends.astype(np.int32),
        "shape_lat_e7": columns.shape_lat_e7[points],
        "shape_lon_e7": columns.shape_lon_e7[points],
    }


def _by_first_use(link_crossing: I32, count: int) -> I64:
    """Crossings in the order in which links name them; those that no link names behind."""
    used, first = np.unique(link_crossing[link_crossing >= 0], return_index=True)
    rest = np.setdiff1d(np.arange(count), used)
    return np.concatenate((used[np.argsort(first)], rest)).astype(np.int64)


def _places(order: I64) -> I32:
    """For each old number the new one."""
    places = np.empty(len(order), dtype=np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    return places


def _curve(lat: I32, lon: I32, box: tuple[int, int, int, int]) -> NDArray[np.uint64]:
    """The place of each point along the curve: the bits of its two cells by turns."""
    south, north, west, east = box
    side = max(north - south, east - west, 1)
    scale = ((1 << _BITS) - 1) / side
    y = ((lat.astype(np.float64) - south) * scale).clip(0, (1 << _BITS) - 1).astype(np.uint64)
    x = ((lon.astype(np.float64) - west) * scale).clip(0, (1 << _BITS) - 1).astype(np.uint64)
    return _spread(x) | (_spread(y) << np.uint64(1))


def _spread(cells: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each number's bits with a 0 between."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cells = (cells | (cells << np.uint64(shift))) & np.uint64(mask)
    return cells
