"""A crossing is crossed whole: where two are drawn over each other, nobody changes between them.

The diagonals of a scramble crossing meet in its middle. A search would go in on one and out on the
other, and guidance would tell a blind walker to turn in the middle of a junction.
"""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from routing.columns import KINDS, Columns
from wire.route import StretchKind

_CROSSING = KINDS.index(StretchKind.CROSSING)
_X_LINKS = 4  # two that pass through: more or fewer is a traffic island or a joint


def parted(columns: Columns) -> tuple[Columns, int]:
    """The map with such meeting points taken apart, and how many there were."""
    a, b = columns.link_a.copy(), columns.link_b.copy()
    made: list[int] = []
    for node, links in _meetings(columns):
        first, second = _by_crossing(columns, links)
        if len(first) != len(second):
            continue
        copy = len(columns.node_osm) + len(made)
        for link in second:
            a[link] = copy if a[link] == node else a[link]
            b[link] = copy if b[link] == node else b[link]
        made.append(node)
    if not made:
        return columns, 0
    nodes: dict[str, Any] = {
        each.name: np.concatenate((getattr(columns, each.name), getattr(columns, each.name)[made]))
        for each in fields(Columns)
        if each.name.startswith("node_")
    }
    return replace(columns, link_a=a, link_b=b, **nodes), len(made)


def _meetings(columns: Columns) -> list[tuple[int, list[int]]]:
    """Nodes at which four links meet, all of them crossings, with those links."""
    count = len(columns.node_osm)
    ends = np.concatenate((columns.link_a, columns.link_b))
    crosses = np.tile(columns.link_kind == _CROSSING, 2)
    all_of = np.bincount(ends, minlength=count)
    crossing_of = np.bincount(ends[crosses], minlength=count)
    found = []
    for node in np.flatnonzero((all_of == _X_LINKS) & (crossing_of == _X_LINKS)).tolist():
        links = np.flatnonzero((columns.link_a == node) | (columns.link_b == node)).tolist()
        if len(links) == _X_LINKS:
            found.append((node, links))
    return found


def _by_crossing(columns: Columns, links: list[int]) -> tuple[list[int], list[int]]:
    """The links of the first one's crossing, and the others if they are of one other."""
    crossing = columns.link_crossing[links].tolist()
    first = [link for link, of in zip(links, crossing, strict=True) if of == crossing[0]]
    rest = [link for link, of in zip(links, crossing, strict=True) if of != crossing[0]]
    return first, rest if len(set(columns.link_crossing[rest].tolist())) == 1 else []
