"""The cheapest way between two places of a walking map: snapping to it, and A* over it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import networkx as nx

from routing.errors import NoRoute, TooFarFromWay
from routing.geo import Point
from routing.links import Link, Node
from routing.network import WalkingMap
from wire.route import StretchKind

# Ends of a way that lie between nodes. No map uses such ids (editors count from -1 downwards).
START, END = -(1 << 62), -(1 << 62) - 1
_END_NODES = (START, END)

# Nobody should be told to get further than this to the way without guidance.
SNAP_LIMIT_M = 150.0
# A place's own way is worth some metres more than what nobody would start on: on a crossing, on
# steps, on a carriageway, or on a piece that leads nowhere else (a mapping gap).
_UNFIT_M = 25.0
_ISLAND_M = 40.0
_WHOLE = 0.02  # a piece's end is its node from here on: 2 % of a few metres

# The plane of the heuristic is tangent elsewhere than the one of a length: under 0.1 %.
_PLANE_SLACK = 0.995

Cost = Callable[[Link], float]


@dataclass(frozen=True, slots=True)
class Snap:
    """A point on the network: on `link`, `share` of the way from its tail; `off_m` from the place."""

    link: Link
    share: float
    off_m: float
    point: Point


@dataclass(frozen=True, slots=True)
class Found:
    """The links from start to end in walking order, the points of all their nodes, the cost."""

    links: tuple[Link, ...]
    points: dict[Node, Point]
    cost_s: float

    @property
    def length_m(self) -> float:
        """Metres along the links."""
        return sum(link.length_m for link in self.links)


def snap(on: WalkingMap, point: Point) -> Snap:
    """The place on the network to start or end at for `point`; `TooFarFromWay` says how far it is."""
    near = on.near(point, SNAP_LIMIT_M)
    if not near:
        raise _too_far(on, point)
    off_m, link, share = min(near, key=lambda each: each[0] + _reluctance_m(on, each[1]))
    (lat_a, lon_a), (lat_b, lon_b) = on.points[link.tail], on.points[link.head]
    where = (lat_a + share * (lat_b - lat_a), lon_a + share * (lon_b - lon_a))
    return Snap(link, share, off_m, where)


def _reluctance_m(on: WalkingMap, link: Link) -> float:
    unfit = link.kind in {StretchKind.CROSSING, StretchKind.LEVEL_CROSSING, StretchKind.STEPS}
    busy = link.apart or link.highway in {"trunk", "primary", "secondary"}
    unfit = unfit or (link.kind is StretchKind.ROAD and busy)
    return (_UNFIT_M if unfit else 0.0) + (0.0 if link.tail in on.mainland else _ISLAND_M)


def _too_far(on: WalkingMap, point: Point) -> TooFarFromWay:
    xy = on.plane.to_xy(point)
    off_m = min(math.dist(xy, on.plane.to_xy(known)) for known in on.points.values())
    where = f"{point[0]:.5f},{point[1]:.5f}"
    return TooFarFromWay(
        f"{where} は、いちばん近い歩ける道から約{off_m:.0f}メートル離れています"
        f"(上限{SNAP_LIMIT_M:.0f}メートル)。地図の範囲と地点を確かめてください",
        f"{where} is about {off_m:.0f} m from the nearest walkable way (limit {SNAP_LIMIT_M:.0f} m): "
        "check the map's area and the point",
    )


def cheapest(on: WalkingMap, start: Snap, end: Snap, cost: Cost, least_s_per_m: float) -> Found:
    """The cheapest way; `NoRoute` where nothing joins the two.

    `least_s_per_m` is the least that a metre can cost: it steers the search and never misleads it.
    """
    ways = [*_direct(on, start, end, cost), *_through(on, start, end, cost, least_s_per_m)]
    if not ways:
        raise NoRoute(
            "出発地と目的地をつなぐ歩ける道が地図にありません。別の地点を指定してください",
            "no walkable way joins origin and destination on this map: choose other points",
        )
    return min(ways, key=lambda found: found.cost_s)


def _through(on: WalkingMap, start: Snap, end: Snap, cost: Cost, least_s_per_m: float) -> Iterator[Found]:
    """The best way over each end of the two pieces."""
    known: dict[tuple[Node, Node], float] = {}

    def weight(tail: Node, head: Node, data: dict[str, Link]) -> float:
        if (tail, head) not in known:
            known[tail, head] = cost(data["link"])
        return known[tail, head]

    def least_s(a: Node, b: Node) -> float:
        apart = math.dist(on.plane.to_xy(on.points[a]), on.plane.to_xy(on.points[b]))
        return _PLANE_SLACK * least_s_per_m * apart

    for first_node, head_part in _leaving(on, start):
        for last_node, tail_part in _arriving(on, end):
            try:
                nodes = nx.astar_path(on.graph, first_node, last_node, heuristic=least_s, weight=weight)
            except nx.NetworkXNoPath:
                continue
            between = [on.link(a, b) for a, b in pairwise(nodes)]
            yield _found(on, start, end, [*head_part, *between, *tail_part], cost)


def _found(on: WalkingMap, start: Snap, end: Snap, links: list[Link], cost: Cost) -> Found:
    points = {
        node: on.points[node] for link in links for node in (link.tail, link.head) if node not in _END_NODES
    }
    points |= {START: start.point, END: end.point}
    return Found(tuple(links), points, sum(cost(link) for link in links))


def _leaving(on: WalkingMap, start: Snap) -> Iterator[tuple[Node, list[Link]]]:
    """Nodes that can be reached from the start along its own piece, with that part of the piece."""
    for link, share in _directions(on, start):
        rest = 1.0 - share
        yield link.head, [replace(_part(link, rest), tail=START)] if rest > _WHOLE else []


def _arriving(on: WalkingMap, end: Snap) -> Iterator[tuple[Node, list[Link]]]:
    for link, share in _directions(on, end):
        part = replace(_part(link, share), head=END, barriers=(), elevator=False)
        yield link.tail, [part] if share > _WHOLE else []


def _direct(on: WalkingMap, start: Snap, end: Snap, cost: Cost) -> Iterator[Found]:
    """Along the one piece that holds both."""
    for link, first in _directions(on, start):
        for other, last in _directions(on, end):
            if other == link and last > first:
                part = replace(_part(link, last - first), tail=START, head=END, barriers=(), elevator=False)
                yield _found(on, start, end, [part], cost)


def _directions(on: WalkingMap, place: Snap) -> Iterator[tuple[Link, float]]:
    """The snapped piece in each direction in which it may be walked."""
    yield place.link, place.share
    if on.graph.has_edge(place.link.head, place.link.tail):
        yield on.link(place.link.head, place.link.tail), 1.0 - place.share


def _part(link: Link, share: float) -> Link:
    return replace(
        link,
        length_m=link.length_m * share,
        crossing_share=link.crossing_share * share,
        level_crossing_share=link.level_crossing_share * share,
        steps_share=link.steps_share * share,
    )
