"""The planner against a reference on small random towns."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import cost, geo, search
from routing.cost import WALKERS
from routing.errors import SamePlace
from routing.links import Link, reversed_link
from routing.network import WalkingMap, walking_map
from routing.plan import plan
from routing.tags import CrossingFacts
from wire.route import MapSource, StretchKind

PLANE = geo.Local.around((33.2334, 131.6066))
TOKYO = ZoneInfo("Asia/Tokyo")
ROADS = ["living_street", "residential", "unclassified", "tertiary", "secondary", "primary", "trunk"]

known = st.sampled_from(["yes", "no", "unknown"])
hours = st.integers(0, 365 * 24).map(lambda hour: datetime(2026, 1, 1, tzinfo=TOKYO) + timedelta(hours=hour))
walkers = st.sampled_from(sorted(WALKERS))


@st.composite
def links(draw: st.DrawFn, tail: int, head: int) -> Link:
    kind = draw(st.sampled_from(sorted(StretchKind)))
    facts = CrossingFacts(
        osm_id=f"way/{tail}-{head}",
        signals=draw(known),
        sound=draw(known),
        marked=draw(known),
        tactile=draw(known),
        road=draw(st.sampled_from(ROADS)),
    )
    crosses = kind is StretchKind.CROSSING
    return Link(
        tail=tail,
        head=head,
        length_m=0.0,
        kind=kind,
        highway=draw(st.sampled_from(ROADS)),
        osm_id=f"way/{tail}-{head}",
        tactile=draw(known),
        lit=draw(known),
        handrail=draw(known),
        conveying=draw(st.booleans()),
        apart=draw(st.booleans()),
        crossing=facts if crosses else None,
        crossing_share=1.0 if crosses else 0.0,
        level_crossing_share=1.0 if kind is StretchKind.LEVEL_CROSSING else 0.0,
        steps_share=1.0 if kind is StretchKind.STEPS else 0.0,
    )


@st.composite
def towns(draw: st.DrawFn) -> WalkingMap:
    """Every node hangs on an earlier one, so everything is joined; plus some further ways."""
    count = draw(st.integers(3, 9))
    places = draw(
        st.lists(
            st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=count, max_size=count, unique=True
        )
    )
    points = {node: PLANE.from_xy((20.0 * x, 20.0 * y)) for node, (x, y) in enumerate(places)}
    pairs = {(draw(st.integers(0, node - 1)), node) for node in range(1, count)}
    for _ in range(draw(st.integers(0, 8))):
        a, b = sorted((draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))))
        pairs |= {(a, b)} if a != b else set()
    pieces = [
        replace(draw(links(tail, head)), length_m=geo.distance_m(points[tail], points[head]))
        for tail, head in sorted(pairs)
    ]
    source = MapSource(name="town", practice=False, attribution="")
    return walking_map(source, points, [*pieces, *(reversed_link(link) for link in pieces)])


def where(on: WalkingMap, node: int) -> str:
    return ",".join(f"{degrees:.9f}" for degrees in on.points[node])


def at_node(on: WalkingMap, node: int) -> search.Snap:
    """The start of a piece that leaves the node."""
    link = on.link(node, min(on.graph[node]))
    return search.Snap(link, 0.0, 0.0, on.points[node])


@given(on=towns(), walker=walkers, at=hours)
@settings(max_examples=200, deadline=None)
def test_the_search_costs_what_the_reference_costs(on: WalkingMap, walker: str, at: datetime) -> None:
    who = WALKERS[walker]
    seconds = cost.coster(who, at)
    first, last = min(on.graph), max(on.graph)
    least = who.paving_factor / who.speed_mps
    found = search.cheapest(on, at_node(on, first), at_node(on, last), seconds, least)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_weighted_edges_from((a, b, seconds(link)) for a, b, link in on.graph.edges(data="link"))
    reference = nx.dijkstra_path_length(graph, first, last)
    assert found.cost_s == pytest.approx(reference, rel=1e-9)
    assert found.cost_s >= least * geo.distance_m(on.points[first], on.points[last]) * 0.999
    assert all(a.head == b.tail for a, b in pairwise(found.links))


@given(on=towns(), walker=walkers, at=hours)
@settings(max_examples=150, deadline=None)
def test_no_cost_is_below_what_the_search_counts_on(on: WalkingMap, walker: str, at: datetime) -> None:
    who = WALKERS[walker]
    seconds = cost.coster(who, at)
    for _, _, link in on.graph.edges(data="link"):
        least = who.paving_factor * link.length_m / who.speed_mps
        assert seconds(link) >= least * (1.0 - 1e-9)


@given(on=towns(), walker=walkers, at=hours)
@settings(max_examples=150, deadline=None)
def test_penalties_never_make_no_route_of_a_route(on: WalkingMap, walker: str, at: datetime) -> None:
    try:
        route = plan(on, where(on, min(on.graph)), where(on, max(on.graph)), walker, at)
    except SamePlace:
        return
    assert route.stretches[0].first == 0
    assert route.stretches[-1].last == len(route.points) - 1
    assert all(a.last == b.first for a, b in pairwise(route.stretches))
    assert route.length_m > 0.0


@given(on=towns(), at=hours)
@settings(max_examples=100, deadline=None)
def test_blocks_never_lead_further_than_their_cap(on: WalkingMap, at: datetime) -> None:
    who = WALKERS["cane"]
    start, end = (search.snap(on, on.points[node]) for node in (min(on.graph), max(on.graph)))
    plain = search.cheapest(on, start, end, cost.coster(cost.without_paving(who), at), 1.0)
    try:
        route = plan(on, where(on, min(on.graph)), where(on, max(on.graph)), "cane", at)
    except SamePlace:
        return
    assert route.length_m <= who.paving_cap * plain.length_m + 1.0
