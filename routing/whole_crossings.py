"""A crossing is crossed whole: where two are drawn over each other, nobody changes between them.

The diagonals of a scramble crossing meet in its middle. A search would go in on one and out on the
other, and guidance would tell a blind walker to turn in the middle of a junction.
"""

from collections import defaultdict
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.columns import KINDS, Columns
from wire.route import StretchKind

_CROSSING = KINDS.index(StretchKind.CROSSING)
_OF_A_WAY = ord("w")  # the crossing's id begins so: "way/1"


def parted(columns: Columns) -> tuple[Columns, int]:
    """The map with such meeting points taken apart, and how many there were."""
    a, b = columns.link_a.copy(), columns.link_b.copy()
    made: list[int] = []
    for node, passing in _meetings(columns):
        # The first keeps the node, and so its joint with the carriageway, where there is one.
        for links in passing[1:]:
            copy = len(columns.node_osm) + len(made)
            for link in links:
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
    nodes["node_osm"][-len(made) :] = 0  # the node of that id is there already
    return replace(columns, link_a=a, link_b=b, **nodes), len(made)


def _meetings(columns: Columns) -> list[tuple[int, list[list[int]]]]:
    """Nodes that two or more drawn crossings pass through, with the two links of each."""
    drawn = np.flatnonzero((columns.link_kind == _CROSSING) & _of_a_way(columns)).tolist()
    at: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for link in drawn:
        crossing = int(columns.link_crossing[link])
        for node in {int(columns.link_a[link]), int(columns.link_b[link])}:
            at[node][crossing].append(link)
    found = []
    for node in sorted(at):
        passing = [links for _, links in sorted(at[node].items()) if len(links) == 2]
        if len(passing) > 1:
            found.append((node, passing))
    return found


def _of_a_way(columns: Columns) -> NDArray[np.bool_]:
    """Whether each link's crossing is a way of its own."""
    begins = np.concatenate((np.zeros(1, np.int64), columns.text_end[:-1].astype(np.int64)))
    first = columns.text_bytes[begins[columns.crossing_osm]]
    known = columns.link_crossing >= 0
    result = np.zeros(len(known), dtype=np.bool_)
    result[known] = first[columns.link_crossing[known]] == _OF_A_WAY
    return result
