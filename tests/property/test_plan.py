"""The planner on small random towns: whatever the ways are like, there is a plan that keeps its promises."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import desk, hierarchy, reference, search
from routing.drawn import Piece, drawn_map
from routing.errors import SamePlace
from routing.network import WalkingMap
from routing.plan import CHOICES, alternatives, plan
from routing.snapping import Snap
from routing.tags import CrossingFacts
from routing.walkers import WALKERS, Walker
from routing.weights import Weights
from wire.route import Choice, Known, StretchKind

TOKYO = ZoneInfo("Asia/Tokyo")
ROADS = ["living_street", "residential", "unclassified", "tertiary", "secondary", "primary", "trunk"]
FIRST, LAST = 0, 1  # the two nodes that every town is planned between

known: st.SearchStrategy[Known] = st.sampled_from(get_args(Known))
hours = st.integers(0, 365 * 24).map(lambda hour: datetime(2026, 1, 1, tzinfo=TOKYO) + timedelta(hours=hour))
walkers = st.sampled_from(sorted(WALKERS))
choices: st.SearchStrategy[Choice] = st.sampled_from(CHOICES)


@st.composite
def pieces(draw: st.DrawFn, way: int, a: int, b: int) -> Piece:
    kind = draw(st.sampled_from(sorted(StretchKind)))
    crosses = kind is StretchKind.CROSSING
    facts = CrossingFacts(
        osm_id=f"way/{way}",
        signals=draw(known),
        sound=draw(known),
        marked=draw(known),
        tactile=draw(known),
        road=draw(st.sampled_from(ROADS)),
    )
    return Piece(
        a,
        b,
        kind=kind,
        highway=draw(st.sampled_from(ROADS)),
        tactile=draw(known),
        lit=draw(known),
        handrail=draw(known),
        conveying=draw(st.booleans()),
        apart=draw(st.booleans()),
        crossing=facts if crosses else None,
        rails_share=1.0 if kind is StretchKind.LEVEL_CROSSING else 0.0,
        flight_share=1.0 if kind is StretchKind.STEPS else 0.0,
        way=way,
    )


@st.composite
def towns(draw: st.DrawFn) -> WalkingMap:
    """Every node hangs on an earlier one, so everything is joined; plus some further ways."""
    count = draw(st.integers(3, 9))
    place = st.tuples(st.integers(0, 40), st.integers(0, 40))
    places = draw(st.lists(place, min_size=count, max_size=count, unique=True))
    pairs = [(draw(st.integers(0, node - 1)), node) for node in range(1, count)]
    for _ in range(draw(st.integers(0, 8))):
        a, b = draw(st.integers(0, count - 1)), draw(st.integers(0, count - 1))
        pairs += [(a, b)] if a != b else []
    barriers = draw(
        st.dictionaries(st.integers(0, count - 1), st.sampled_from(["gate", "bollard"]), max_size=3)
    )
    return drawn_map(
        {node: (20.0 * x, 20.0 * y) for node, (x, y) in enumerate(places)},
        [draw(pieces(way, a, b)) for way, (a, b) in enumerate(pairs, 1)],
        barriers=barriers,
    )


def where(on: WalkingMap, node: int) -> str:
    return f"{on.columns.node_lat_e7[node] / 1e7:.7f},{on.columns.node_lon_e7[node] / 1e7:.7f}"


def at_node(on: WalkingMap, node: int) -> Snap:
    """The place of a node, as the end of one of its links."""
    leaving = np.flatnonzero(on.columns.link_a == node)
    link = int(leaving[0] if len(leaving) else np.flatnonzero(on.columns.link_b == node)[0])
    return Snap(link, 0.0 if len(leaving) else 1.0, 0.0, (0.0, 0.0), 0.0)


def metric_of(on: WalkingMap, walker: str, at: datetime, choice: Choice) -> hierarchy.Metric:
    return desk.task(on, WALKERS[walker], at, ()).metric(choice)


@given(on=towns(), walker=walkers, at=hours, choice=choices)
@settings(max_examples=200, deadline=None)
def test_the_search_costs_what_the_reference_costs(
    on: WalkingMap, walker: str, at: datetime, choice: Choice
) -> None:
    metric = metric_of(on, walker, at, choice)
    standing = metric.rank_s[on.hierarchy.rank]
    graph = reference.graph(on.columns, Weights(metric.forward_s, metric.backward_s, standing))
    found = search.cheapest(on, (at_node(on, FIRST),), (at_node(on, LAST),), metric)
    expected = nx.dijkstra_path_length(graph, FIRST, LAST, weight=reference.WEIGHT) + float(standing[FIRST])
    assert found.cost_s == pytest.approx(expected, rel=1e-9)


@given(on=towns(), walker=walkers, at=hours, choice=choices)
@settings(max_examples=150, deadline=None)
def test_penalties_never_make_no_route_of_a_route(
    on: WalkingMap, walker: str, at: datetime, choice: Choice
) -> None:
    try:
        route = plan(on, where(on, FIRST), where(on, LAST), walker, at, choice=choice)
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
    try:
        route = plan(on, where(on, FIRST), where(on, LAST), "cane", at)
        plain = plan(on, where(on, FIRST), where(on, LAST), without_blocks(), at)
    except SamePlace:
        return
    assert route.length_m <= who.paving_cap * plain.length_m + 1.0


def without_blocks() -> Walker:
    return replace(WALKERS["cane"], paving_factor=1.0)


@given(on=towns(), walker=walkers, at=hours)
@settings(max_examples=100, deadline=None)
def test_no_alternative_is_shorter_than_the_shortest(on: WalkingMap, walker: str, at: datetime) -> None:
    try:
        routes = alternatives(on, where(on, FIRST), where(on, LAST), walker, at)
    except SamePlace:
        return
    shortest = plan(on, where(on, FIRST), where(on, LAST), walker, at, choice="shortest")
    assert all(route.length_m >= shortest.length_m - 0.2 for route in routes)
    assert len({route.points for route in routes}) == len(routes)
