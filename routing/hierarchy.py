"""A hierarchy over the network that any weights can be laid on within milliseconds.

A customisable contraction hierarchy (Dibbelt, Strasser, Wagner, 2016: "Customizable Contraction
Hierarchies"): built once for the shape of a map and stored with it; `customise` lays on it what ways
cost one person at one hour; `routing.sweep` finds the cheapest way. Nodes are known here by their
*rank*: the place in the order of `routing.order`. An *arc* joins a node to a higher one; it stands
for links and for all ways between the two that lead over lower nodes only.
"""

from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routing.native import compiled
from routing.order import contraction_order

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

# What an arc leads over, where that is no lower node: nothing, or ~link - 1 (see `link_of`).
NO_WAY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """The shape: N nodes, L links, A arcs. Storable: every field is an array."""

    rank: I32  # [N] of each node
    node_at: I32  # [N] the node of each rank
    up_first: I32  # [N + 1] the arcs of rank r are up_first[r] to up_first[r + 1], by head
    up_head: I32  # [A] rank; a node's first head is its parent in the elimination tree
    up_tail: I32  # [A] rank
    down_first: I32  # [N + 1] of the arcs that come into rank r from below
    down_arc: I32  # [A]
    link_arc: I32  # [L] arc; -1 of a link from a node to itself
    link_a: I32  # [L] rank
    link_b: I32  # [L] rank


HIERARCHY_NAMES = tuple(field.name for field in fields(Hierarchy))


class LinkWeights(Protocol):
    """Seconds of the links: a to b, b to a (inf: no way), and at each node arrived at."""

    @property
    def forward_s(self) -> F64: ...  # noqa: D102

    @property
    def backward_s(self) -> F64: ...  # noqa: D102

    @property
    def node_s(self) -> F64: ...  # noqa: D102


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A hierarchy's arcs with their seconds, and the weights they came from.

    `up_via`, `down_via`: the lower node an arc's cheapest way leads over, `NO_WAY`, or its link.
    """

    up_s: F64  # [A] tail to head
    down_s: F64  # [A] head to tail
    up_via: I32
    down_via: I32
    forward_s: F64  # [L]
    backward_s: F64  # [L]
    rank_s: F64  # [N] of arriving at the node of this rank


def build(
    node_count: int, link_a: ArrayLike, link_b: ArrayLike, lat_e7: ArrayLike, lon_e7: ArrayLike
) -> Hierarchy:
    """The hierarchy of a network: any graph, with parallel links, loops and parts of its own."""
    tails, heads = (np.asarray(ends, np.int64) for ends in (link_a, link_b))
    pairs = _pairs(node_count, tails, heads)
    order = contraction_order(node_count, pairs, np.asarray(lat_e7, np.int32), np.asarray(lon_e7, np.int32))
    rank = np.empty(node_count, np.int32)
    rank[order] = np.arange(node_count, dtype=np.int32)
    up_first, up_head = _filled(*_upwards(node_count, rank[pairs]))
    up_tail = np.repeat(np.arange(node_count, dtype=np.int32), np.diff(up_first))
    down_first = np.zeros(node_count + 1, np.int32)
    np.cumsum(np.bincount(up_head, minlength=node_count), out=down_first[1:])
    shape = Hierarchy(
        rank=rank,
        node_at=order.astype(np.int32),
        up_first=up_first,
        up_head=up_head,
        up_tail=up_tail,
        down_first=down_first,
        down_arc=np.argsort(up_head, kind="stable").astype(np.int32),
        link_arc=_arcs_between(up_first, up_head, rank[tails], rank[heads]),
        link_a=rank[tails],
        link_b=rank[heads],
    )
    # Arrays of a map file cannot be written to either: one type for the compiled functions.
    for name in HIERARCHY_NAMES:
        getattr(shape, name).setflags(write=False)
    return shape


def customise(shape: Hierarchy, weights: LinkWeights) -> Metric:
    """Lay weights on the arcs: seconds, none below 0, inf where there is no way."""
    forward_s, backward_s, node_s = (
        np.array(each, np.float64) for each in (weights.forward_s, weights.backward_s, weights.node_s)
    )
    if any(np.isnan(each).any() or (each < 0.0).any() for each in (forward_s, backward_s, node_s)):
        raise ValueError("a weight below zero, or not a number")
    rank_s = node_s[shape.node_at]
    links = (shape.link_arc, shape.link_a, shape.link_b, forward_s, backward_s, rank_s)
    up_s, down_s, up_via, down_via = _laid(len(shape.up_head), *links)
    arcs = (shape.up_first, shape.up_head, shape.up_tail, shape.down_first, shape.down_arc)
    _over_lower_nodes(*arcs, up_s, down_s, up_via, down_via)
    return Metric(up_s, down_s, up_via, down_via, forward_s, backward_s, rank_s)


def _pairs(node_count: int, tails: NDArray[np.int64], heads: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each joined pair once, no loops."""
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    keys = np.unique((low * node_count + high)[low != high])
    return np.column_stack([keys // max(node_count, 1), keys % max(node_count, 1)])


def _upwards(node_count: int, ranks: I32) -> tuple[I32, I32]:
    """(first, head) of the given pairs from the lower to the higher rank."""
    low, high = ranks.min(axis=1), ranks.max(axis=1)
    first = np.zeros(node_count + 1, np.int32)
    np.cumsum(np.bincount(low, minlength=node_count), out=first[1:])
    return first, high[np.lexsort((high, low))].astype(np.int32)


@compiled
def _filled(first: I32, head: I32) -> tuple[I32, I32]:
    """The arcs with those that taking nodes out adds: a node hands its arcs to its lowest head."""
    count = len(first) - 1
    up_first = np.zeros(count + 1, np.int32)
    up_head = np.empty(max(16, 4 * len(head)), np.int32)
    child = np.full(count, -1, np.int32)  # of each node the last child, of each child the one before
    before = np.full(count, -1, np.int32)
    mark = np.full(count, -1, np.int32)
    end = 0
    for node in range(count):
        begin = end
        if len(up_head) - end < count - node:
            larger = np.empty(2 * len(up_head) + count, np.int32)
            larger[:end] = up_head[:end]
            up_head = larger
        mark[node] = node
        for at in range(first[node], first[node + 1]):
            mark[head[at]] = node
            up_head[end] = head[at]
            end += 1
        lower = child[node]
        while lower >= 0:
            for at in range(up_first[lower], up_first[lower + 1]):
                if mark[up_head[at]] != node:
                    mark[up_head[at]] = node
                    up_head[end] = up_head[at]
                    end += 1
            lower = before[lower]
        up_head[begin:end].sort()
        up_first[node + 1] = end
        if end > begin:
            before[node] = child[up_head[begin]]
            child[up_head[begin]] = node
    return up_first, up_head[:end].copy()


@compiled
def arc_between(up_first: I32, up_head: I32, low: int, high: int) -> int:
    """The arc from rank `low` to rank `high`, which must be there."""
    begin, end = up_first[low], up_first[low + 1]
    while end - begin > 1:
        middle = (begin + end) >> 1
        if up_head[middle] > high:
            end = middle
        else:
            begin = middle
    return int(begin)


@compiled
def _arcs_between(up_first: I32, up_head: I32, a: I32, b: I32) -> I32:
    arcs = np.full(len(a), -1, np.int32)
    for link in range(len(a)):
        if a[link] != b[link]:
            low, high = min(a[link], b[link]), max(a[link], b[link])
            arcs[link] = arc_between(up_first, up_head, low, high)
    return arcs


@compiled
def _laid(
    arc_count: int, link_arc: I32, link_a: I32, link_b: I32, forward_s: F64, backward_s: F64, rank_s: F64
) -> tuple[F64, F64, I32, I32]:
    """The cheapest single link of every arc, both ways."""
    up_s, down_s = np.full(arc_count, np.inf), np.full(arc_count, np.inf)
    up_via, down_via = np.full(arc_count, -1, np.int32), np.full(arc_count, -1, np.int32)
    for link in range(len(link_arc)):
        arc = link_arc[link]
        if arc < 0:
            continue
        to_b = forward_s[link] + rank_s[link_b[link]]
        to_a = backward_s[link] + rank_s[link_a[link]]
        up, down = (to_b, to_a) if link_a[link] < link_b[link] else (to_a, to_b)
        if up < up_s[arc]:
            up_s[arc], up_via[arc] = up, -2 - link
        if down < down_s[arc]:
            down_s[arc], down_via[arc] = down, -2 - link
    return up_s, down_s, up_via, down_via


@compiled
def _over_lower_nodes(
    up_first: I32, up_head: I32, up_tail: I32, down_first: I32, down_arc: I32,
    up_s: F64, down_s: F64, up_via: I32, down_via: I32,
) -> None:  # fmt: skip
    """Every arc as cheap as the ways over lower nodes: each triangle below it, lowest nodes first."""
    arc_to = np.empty(len(up_first) - 1, np.int32)
    for node in range(len(up_first) - 1):
        for arc in range(up_first[node], up_first[node + 1]):
            arc_to[up_head[arc]] = arc
        for at in range(down_first[node], down_first[node + 1]):
            below = down_arc[at]
            lower = up_tail[below]
            from_node, to_node = down_s[below], up_s[below]
            # Heads are sorted: what follows `below` leads from `lower` beyond `node`.
            for other in range(below + 1, up_first[lower + 1]):
                arc = arc_to[up_head[other]]
                up = from_node + up_s[other]
                if up < up_s[arc]:
                    up_s[arc], up_via[arc] = up, lower
                down = down_s[other] + to_node
                if down < down_s[arc]:
                    down_s[arc], down_via[arc] = down, lower
