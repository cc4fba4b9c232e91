"""The hierarchy's shape: every node once, arcs upwards, closed under taking nodes out."""

import math
import threading
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import hierarchy, order
from routing.hierarchy import HIERARCHY_NAMES, Hierarchy, build, customise
from routing.sweep import Ends, cheapest_way


def weights(forward: list[float], backward: list[float], nodes: int) -> Any:
    return SimpleNamespace(
        forward_s=np.array(forward, float), backward_s=np.array(backward, float), node_s=np.zeros(nodes)
    )


def grid_town(size: int) -> tuple[int, list[int], list[int], Any, Any]:
    """(nodes, a, b, lat, lon) of a square of streets."""
    pairs = [(y * size + x, y * size + x + 1) for y in range(size) for x in range(size - 1)]
    pairs += [(y * size + x, y * size + x + size) for y in range(size - 1) for x in range(size)]
    a, b = (list(ends) for ends in zip(*pairs, strict=True))
    places = np.arange(size * size, dtype=np.int32)
    return size * size, a, b, 1000 * (places // size), 1000 * (places % size)


def heads(shape: Hierarchy, rank: int) -> list[int]:
    above: list[int] = shape.up_head[shape.up_first[rank] : shape.up_first[rank + 1]].tolist()
    return above


def height(shape: Hierarchy) -> int:
    """Nodes on the longest path to a root of the elimination tree."""
    levels = np.ones(len(shape.rank), int)
    for rank in range(len(levels) - 1, -1, -1):
        if heads(shape, rank):
            levels[rank] = levels[heads(shape, rank)[0]] + 1
    return int(levels.max())


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[int], list[int], list[int]]:
    nodes = draw(st.integers(1, 25))
    ends = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1))
    pairs = draw(st.lists(ends, max_size=60))
    places = draw(st.lists(st.integers(0, 30), min_size=nodes, max_size=nodes))
    return nodes, [a for a, _ in pairs], [b for _, b in pairs], places


@given(graph=graphs())
def test_arcs_lead_up_and_hold_every_link_and_every_way_over_lower_nodes(
    graph: tuple[int, list[int], list[int], list[int]],
) -> None:
    nodes, a, b, places = graph
    shape = build(nodes, a, b, places, places[::-1])
    assert sorted(shape.rank.tolist()) == list(range(nodes))
    assert shape.rank[shape.node_at].tolist() == list(range(nodes))
    for link, (tail, head) in enumerate(zip(a, b, strict=True)):
        arc, ends = int(shape.link_arc[link]), sorted((int(shape.rank[tail]), int(shape.rank[head])))
        assert (shape.link_a[link], shape.link_b[link]) == (shape.rank[tail], shape.rank[head])
        assert arc == -1 if tail == head else [shape.up_tail[arc], shape.up_head[arc]] == ends
    for rank in range(nodes):
        above = heads(shape, rank)
        assert above == sorted(set(above))
        assert all(head > rank for head in above)
        assert not above or set(above[1:]) <= set(heads(shape, above[0]))
        below = shape.down_arc[shape.down_first[rank] : shape.down_first[rank + 1]]
        assert shape.up_head[below].tolist() == [rank] * len(below)
    assert sorted(shape.down_arc.tolist()) == list(range(len(shape.up_head)))


def test_the_same_map_gives_the_same_hierarchy() -> None:
    one, other = build(*grid_town(12)), build(*grid_town(12))
    for name in HIERARCHY_NAMES:
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
        assert getattr(one, name).dtype == np.int32
        assert not getattr(one, name).flags.writeable


def test_a_square_of_streets_is_cut_like_one() -> None:
    # Cuts of 20, 10, 10, 5, 5 ... nodes: some 60 on any path, where a bad order has hundreds.
    assert height(build(*grid_town(20))) < 90


def test_a_long_street_is_not_a_deep_tree() -> None:
    nodes = 2000
    shape = build(nodes, range(nodes - 1), range(1, nodes), np.zeros(nodes), np.arange(nodes))
    assert height(shape) < 40


def test_cuts_part_what_they_should() -> None:
    # Two squares joined by one node: that node is the cut.
    nodes, a, b, lat, lon = grid_town(5)
    a += [node + nodes + 1 for node in a] + [12, nodes]
    b += [node + nodes + 1 for node in b] + [nodes, nodes + 1 + 12]
    lat = np.concatenate([lat, [2000], lat])
    lon = np.concatenate([lon, [10_000], lon + 20_000])
    pairs = np.array(sorted({(min(e), max(e)) for e in zip(a, b, strict=True)}))
    ordered = order.contraction_order(2 * nodes + 1, pairs, lat.astype(np.int32), lon.astype(np.int32))
    assert sorted(ordered.tolist()) == list(range(2 * nodes + 1))
    graph = nx.Graph([*zip(a, b, strict=True)])
    last = next(k for k in range(1, 12) if not nx.is_connected(graph.subgraph(ordered[:-k].tolist())))
    assert last <= 3


def test_weights_below_zero_or_not_a_number_are_refused() -> None:
    shape = build(2, [0], [1], [0, 0], [0, 1])
    for wrong in (-1.0, math.nan):
        with pytest.raises(ValueError, match="weight"):
            customise(shape, weights([wrong], [1.0], 2))


def test_an_empty_map_and_a_single_node_have_a_hierarchy() -> None:
    assert len(build(0, [], [], [], []).rank) == 0
    shape = build(1, [0], [0], [0], [0])  # a loop
    metric = customise(shape, weights([10.0], [math.inf], 1))
    here, there = ends(0, 0.25), ends(0, 0.75)
    assert cheapest_way(shape, metric, here, there).cost_s == pytest.approx(5.0)
    # Not allowed backwards: on round the loop, over its node.
    assert cheapest_way(shape, metric, there, here).cost_s == pytest.approx(5.0)
    assert cheapest_way(shape, metric, there, here).steps.tolist() == [0, 0]


def ends(link: int, share: float) -> Ends:
    return Ends(np.array([link], np.int32), np.array([share]), np.array([0.0]), np.array([np.nan]))


def test_many_threads_ask_at_once_on_maps_of_different_size() -> None:
    shapes = [build(*grid_town(size)) for size in (4, 15, 30)]
    metrics = [
        customise(shape, weights([1.0] * len(shape.link_a), [1.0] * len(shape.link_a), len(shape.rank)))
        for shape in shapes
    ]
    expected = [
        [ask(shape, metric, k) for k in range(20)] for shape, metric in zip(shapes, metrics, strict=True)
    ]
    wrong: list[Any] = []

    def work(first: int) -> None:
        for turn in range(60):
            which, k = (first + turn) % 3, (first * 7 + turn) % 20
            if ask(shapes[which], metrics[which], k) != expected[which][k]:
                wrong.append((which, k))

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def ask(shape: Hierarchy, metric: hierarchy.Metric, k: int) -> tuple[float, list[int]]:
    links = len(shape.link_a)
    way = cheapest_way(shape, metric, ends(k * 5 % links, 0.5), ends(links - 1 - k * 3 % links, 0.5))
    return way.cost_s, way.steps.tolist()
