"""The search against NetworkX's Dijkstra on the same weights: random networks, and the real maps."""

import contextlib
import math
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import hierarchy, reference, search
from routing.errors import NoRoute, TooFarFromWay
from routing.network import WalkingMap, load_map
from routing.reference import WEIGHT
from routing.snapping import Snap, snaps
from routing.walkers import WALKERS
from routing.weights import Weights, wish
from routing.weights import weights as weights_of

seconds = st.one_of(
    st.sampled_from([0.0, 1.0, 1.0, 2.0, math.inf]), st.floats(0.0, 1000.0), st.floats(1e-9, 1e-3)
)
shares = st.one_of(st.sampled_from([0.0, 1.0, 0.5]), st.floats(0.001, 0.999))


@st.composite
def networks(draw: st.DrawFn) -> tuple[Any, Weights]:
    """Any graph: parallel links, loops, one-ways, closed links, parts of their own."""
    nodes = draw(st.integers(1, 14))
    count = draw(st.integers(1, 30))
    ends = st.lists(st.integers(0, nodes - 1), min_size=count, max_size=count)
    a, b = np.array(draw(ends), np.int32), np.array(draw(ends), np.int32)
    e7 = st.lists(st.integers(0, 50), min_size=nodes, max_size=nodes)
    lat, lon = np.array(draw(e7), np.int32), np.array(draw(e7), np.int32)
    each = st.lists(seconds, min_size=count, max_size=count)
    standing = st.lists(st.sampled_from([0.0, 0.0, 0.0, 3.0, 60.0]), min_size=nodes, max_size=nodes)
    weights = Weights(np.array(draw(each)), np.array(draw(each)), np.array(draw(standing)))
    columns: Any = SimpleNamespace(
        node_lat_e7=lat, link_a=a, link_b=b, link_length_m=np.ones(count, np.float32)
    )
    return SimpleNamespace(hierarchy=hierarchy.build(nodes, a, b, lat, lon), columns=columns), weights


@st.composite
def questions(draw: st.DrawFn) -> tuple[Any, Weights, tuple[Snap, ...], tuple[Snap, ...]]:
    on, weights = draw(networks())
    links = st.integers(0, len(on.columns.link_a) - 1)
    snap = st.builds(
        Snap, links, shares, st.just(0.0), st.just((0.0, 0.0)), st.sampled_from([0.0, 1.0, 25.0])
    )
    several = st.lists(snap, min_size=1, max_size=4).map(tuple)
    return on, weights, draw(several), draw(several)


def part_s(share: float, whole_s: float) -> float:
    return share * whole_s if share > 0.0 else 0.0


def add(graph: "nx.DiGraph[Any]", tail: Any, head: Any, cost: float) -> None:
    if math.isfinite(cost) and cost < graph.get_edge_data(tail, head, {WEIGHT: math.inf})[WEIGHT]:
        graph.add_edge(tail, head, **{WEIGHT: cost})


def reference_s(
    on: Any, weights: Weights, starts: tuple[Snap, ...], ends: tuple[Snap, ...], graph: "nx.DiGraph[Any]"
) -> float:
    """Dijkstra from "start" to "end", with an edge for every way of getting on and off."""
    columns = on.columns
    graph.add_nodes_from(["start", "end"])
    stand = weights.node_s.tolist()
    for snap in starts:
        a, b = int(columns.link_a[snap.link]), int(columns.link_b[snap.link])
        begun, rest = snap.access_s + standing_s(on, weights, snap), 1.0 - snap.share
        on_to_b = part_s(rest, weights.forward_s[snap.link]) + (stand[b] if rest > 0.0 else 0.0)
        on_to_a = part_s(snap.share, weights.backward_s[snap.link]) + (stand[a] if snap.share > 0.0 else 0.0)
        add(graph, "start", b, begun + on_to_b)
        add(graph, "start", a, begun + on_to_a)
    for snap in ends:
        a, b = int(columns.link_a[snap.link]), int(columns.link_b[snap.link])
        here, rest = standing_s(on, weights, snap), 1.0 - snap.share
        from_a = part_s(snap.share, weights.forward_s[snap.link]) + (here if snap.share > 0.0 else 0.0)
        from_b = part_s(rest, weights.backward_s[snap.link]) + (here if rest > 0.0 else 0.0)
        add(graph, a, "end", from_a + snap.access_s)
        add(graph, b, "end", from_b + snap.access_s)
        for start in (start for start in starts if start.link == snap.link):
            part = snap.share - start.share
            whole_s = weights.forward_s if part > 0.0 else weights.backward_s
            along = part_s(abs(part), whole_s[snap.link]) + (here if part != 0.0 else 0.0)
            begun = start.access_s + standing_s(on, weights, start)
            add(graph, "start", "end", begun + along + snap.access_s)
    try:
        return float(nx.dijkstra_path_length(graph, "start", "end", weight=WEIGHT))
    except nx.NetworkXNoPath:
        return math.inf
    finally:
        graph.remove_nodes_from(["start", "end"])


def standing_s(on: Any, weights: Weights, snap: Snap) -> float:
    """What stands at the node that a place is, if it is one."""
    if 0.0 < snap.share < 1.0:
        return 0.0
    ends = on.columns.link_b if snap.share == 1.0 else on.columns.link_a
    return float(weights.node_s[ends[snap.link]])


def walked_s(on: Any, weights: Weights, found: search.Found) -> float:
    """The cost of the links as they are listed, each walked on from where the one before ended."""
    columns, last = on.columns, len(found.links) - 1
    total, here = standing_s(on, weights, found.start), None
    for at, (link, forward) in enumerate(zip(found.links.tolist(), found.forward.tolist(), strict=True)):
        whole_s = float(weights.forward_s[link] if forward else weights.backward_s[link])
        tail, head = int(columns.link_a[link]), int(columns.link_b[link])
        tail, head = (tail, head) if forward else (head, tail)
        begin = (found.start.share if forward else 1.0 - found.start.share) if at == 0 else 0.0
        end = (found.end.share if forward else 1.0 - found.end.share) if at == last else 1.0
        assert at == 0 or tail == here
        assert end >= begin
        total += part_s(end - begin, whole_s)
        total += float(weights.node_s[head]) if end > begin and end == 1.0 else 0.0
        here = head
    return total


def ask(
    on: Any, weights: Weights, metric: hierarchy.Metric, starts: tuple[Snap, ...], ends: tuple[Snap, ...],
    graph: "nx.DiGraph[Any]",
) -> None:  # fmt: skip
    expected = reference_s(on, weights, starts, ends, graph)
    if expected == math.inf:
        with pytest.raises(NoRoute):
            search.cheapest(on, starts, ends, metric)
        return
    found = search.cheapest(on, starts, ends, metric)
    assert found.links[0] == found.start.link
    assert found.links[-1] == found.end.link
    assert any(found.start is snap for snap in starts)
    assert any(found.end is snap for snap in ends)
    total = found.cost_s + found.start.access_s + found.end.access_s
    assert total == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert walked_s(on, weights, found) == pytest.approx(found.cost_s, rel=1e-9, abs=1e-9)


@given(question=questions())
@settings(max_examples=600, deadline=None)
def test_the_search_costs_what_the_reference_costs(
    question: tuple[Any, Weights, tuple[Snap, ...], tuple[Snap, ...]],
) -> None:
    on, weights, starts, ends = question
    metric = hierarchy.customise(on.hierarchy, weights)
    ask(on, weights, metric, starts, ends, reference.graph(on.columns, weights))


def random_town(size: int, seed: int) -> tuple[Any, Weights]:
    """A grid of streets with chains, dead ends, gaps and one-ways."""
    dice = random.Random(seed)  # noqa: S311
    pairs = [
        (y * size + x, y * size + x + step)
        for y in range(size)
        for x in range(size)
        for step in (1, size)
        if (x < size - 1 or step == size) and y < size - (step == size) and dice.random() < 0.85
    ]
    nodes = size * size
    for _ in range(size * size // 2):  # chains and dead ends
        pairs.append((dice.randrange(nodes), nodes))
        nodes += 1
    pairs += [(dice.randrange(nodes), dice.randrange(nodes)) for _ in range(size)]
    a, b = (np.array(ends, np.int32) for ends in zip(*pairs, strict=True))
    lat = np.array([1000 * (node // size) for node in range(nodes)], np.int32)
    lon = np.array([1000 * (node % size) for node in range(nodes)], np.int32)
    away = np.array([dice.choice([dice.uniform(1.0, 300.0), 60.0]) for _ in pairs])
    back = np.array([each if dice.random() < 0.9 else math.inf for each in away])
    columns: Any = SimpleNamespace(node_lat_e7=lat, link_a=a, link_b=b, link_length_m=away.astype(np.float32))
    standing = np.array([dice.choice([0.0, 0.0, 15.0]) for _ in range(nodes)])
    return (
        SimpleNamespace(hierarchy=hierarchy.build(nodes, a, b, lat, lon), columns=columns),
        Weights(away, back, standing),
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_town_of_streets_costs_what_the_reference_costs(seed: int) -> None:
    on, weights = random_town(14, seed)
    metric, graph = hierarchy.customise(on.hierarchy, weights), reference.graph(on.columns, weights)
    for starts, ends in random_ends(len(on.columns.link_a), 60, seed):
        ask(on, weights, metric, starts, ends, graph)


def random_ends(links: int, count: int, seed: int) -> list[tuple[tuple[Snap, ...], tuple[Snap, ...]]]:
    dice = random.Random(seed)  # noqa: S311

    def some() -> tuple[Snap, ...]:
        return tuple(
            Snap(dice.randrange(links), dice.choice([0.0, 1.0, dice.random()]), 0.0, (0.0, 0.0), 30.0 * k)
            for k in range(dice.choice([1, 1, 3]))
        )

    return [(some(), some()) for _ in range(count)]


MAPS = Path(__file__).parents[2].parent / "shared" / "data" / "maps"


@pytest.mark.parametrize(
    "name", ["shibuya.osm", "herrenberg.osm.pbf", "oslo-east.osm.pbf", "liechtenstein.osm.pbf"]
)
def test_a_real_map_costs_what_the_reference_costs(name: str) -> None:
    """Under the weights of a person at an hour, and under the shortest way, between places as snapped."""
    if not (MAPS / name).exists():
        pytest.skip(f"{MAPS / name} is not here")
    on = load_map(MAPS / name)
    silent = np.zeros(len(on.columns.crossing_osm), np.uint8)
    nothing = np.zeros(0, np.int32)
    for choice in ("recommended", "shortest"):
        wanted = wish(WALKERS["cane"], choice)
        seconds = weights_of(on.columns, wanted, silent, dark=False, blocked=nothing)
        metric, graph = hierarchy.customise(on.hierarchy, seconds), reference.graph(on.columns, seconds)
        for starts, ends in places_on(on, 25):
            ask(on, seconds, metric, starts, ends, graph)


def places_on(on: WalkingMap, count: int) -> list[tuple[tuple[Snap, ...], tuple[Snap, ...]]]:
    """Places all over the map that have a way near them."""
    dice = random.Random(5)  # noqa: S311
    south, west, north, east = on.bounds
    found: list[tuple[Snap, ...]] = []
    while len(found) < 2 * count:
        with contextlib.suppress(TooFarFromWay):
            found.append(snaps(on, (dice.uniform(south, north), dice.uniform(west, east))))
    return list(zip(found[:count], found[count:], strict=True))
