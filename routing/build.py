"""From OSMnx's graph to links: crossings, kerbs, rails and barriers become facts of pieces of way."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import networkx as nx

from routing import tags
from routing.beside import Piece, Streets
from routing.geo import Local, Point, distance_m
from routing.links import Link, Node, reversed_link
from routing.tags import CrossingFacts, Tags
from wire.route import Known, StretchKind

# From the middle of the rails to where one must have stopped: the gauge and the swept width of a
# train (1.9 m to a side) plus the bars' distance.
LEVEL_CROSSING_HALF_M = 5.0
_KERB_M = 0.5  # from the edge of the carriageway to the foot that waits
_SHORTEST_M = 1.0  # a remainder shorter than this is not worth a piece of its own


@dataclass(frozen=True, slots=True)
class Built:
    """Points by node, and directed links between them."""

    points: dict[Node, Point]
    links: list[Link]


@dataclass(frozen=True, slots=True)
class _Cut:
    """What the first metres of a piece, seen from one end, are instead."""

    half_m: float
    kind: StretchKind
    facts: CrossingFacts | None


def walking_network(graph: "nx.MultiDiGraph[int]") -> Built:
    """The links of every walkable way in `graph` (as `osm.read` gives it)."""
    return _Builder(graph).build()


class _Builder:
    def __init__(self, graph: "nx.MultiDiGraph[int]") -> None:
        self._graph = graph
        self._points: dict[Node, Point] = {
            node: (data["y"], data["x"]) for node, data in graph.nodes(data=True)
        }
        self._pieces = [
            Piece(tail, head, data["osmid"], data)
            for tail, head, data in graph.edges(data=True)
            if not data["reversed"] and "highway" in data and tail != head
        ]
        roads = [piece for piece in self._pieces if piece.tags["highway"] in tags.CARRIAGEWAYS]
        self._roads_at: dict[Node, list[Piece]] = defaultdict(list)
        for road in roads:
            self._roads_at[road.tail].append(road)
            self._roads_at[road.head].append(road)
        plane = Local.around(next(iter(self._points.values())))
        self._streets = Streets(roads, {node: plane.to_xy(point) for node, point in self._points.items()})
        self._way_length: dict[int, float] = defaultdict(float)
        self._way_nodes: dict[int, set[Node]] = defaultdict(set)
        for piece in self._pieces:
            self._way_length[piece.way] += self._length(piece.tail, piece.head)
            self._way_nodes[piece.way] |= {piece.tail, piece.head}
        self._crossing_ways: dict[int, CrossingFacts] = {}
        self._next_node = max(self._points) + 1

    def build(self) -> Built:
        links: dict[tuple[Node, Node], Link] = {}
        for piece in self._pieces:
            if not tags.walkable(piece.tags):
                continue
            for link in self._links(piece):
                known = links.get((link.tail, link.head))
                # Two ways between the same nodes: the footway, not the carriageway.
                if known is None or known.kind is StretchKind.ROAD:
                    links[link.tail, link.head] = link
        return Built(self._points, list(links.values()))

    def _links(self, piece: Piece) -> Iterator[Link]:
        for link in self._divided(piece, self._whole(piece)):
            if _may_walk(piece.tags, forward=True):
                yield self._with_head(link)
            if _may_walk(piece.tags, forward=False):
                yield self._with_head(reversed_link(link))

    def _whole(self, piece: Piece) -> Link:
        """The piece as one forward link, before crossings are cut out of it."""
        data, kind = piece.tags, tags.kind(piece.tags)
        length = self._length(piece.tail, piece.head)
        share = length / max(self._way_length[piece.way], length, 1e-9)
        steps = tags.number(data.get("step_count"))
        incline = data.get("incline")
        link = Link(
            tail=piece.tail,
            head=piece.head,
            length_m=length,
            kind=kind,
            highway=data["highway"],
            osm_id=f"way/{piece.way}",
            name=tags.name(data),
            tactile=tags.tactile(data),
            covered=_covered(data),
            lit=tags.known(data.get("lit")),
            handrail=tags.handrail(data),
            conveying="conveying" in data and data["conveying"] != "no",
            steps=int(steps) if steps else None,
            steps_direction="up" if incline == "up" else "down" if incline == "down" else "unknown",
            steps_share=share if kind is StretchKind.STEPS else 0.0,
            width_m=tags.number(data.get("width")),
            apart=tags.sidewalk_apart(data),
        )
        if kind is StretchKind.CROSSING:
            facts = self._facts_of_way(piece)
            return replace(link, name=None, crossing=facts, crossing_share=share)
        return self._beside_its_street(link, piece)

    def _beside_its_street(self, link: Link, piece: Piece) -> Link:
        if piece.tags["highway"] in tags.CARRIAGEWAYS:
            side = tags.attached_sidewalk(piece.tags)
            return replace(link, side=side) if side in ("left", "right") else link
        if link.kind not in {StretchKind.SIDEWALK, StretchKind.SHARED_PATH}:
            return link
        street, side_of_street = self._streets.beside(piece)
        return replace(link, name=link.name or street, side=side_of_street)

    def _facts_of_way(self, piece: Piece) -> CrossingFacts:
        facts = self._crossing_ways.get(piece.way)
        if facts is None:
            nodes = [self._graph.nodes[node] for node in sorted(self._way_nodes[piece.way])]
            facts = tags.crossing(piece.tags, nodes, f"way/{piece.way}")
            road = self._streets.crossed_by(self._way_nodes[piece.way], piece, self._roads_at)
            if road is not None:
                facts = tags.with_road(facts, road, tags.name(road))
            self._crossing_ways[piece.way] = facts
        return facts

    def _divided(self, piece: Piece, link: Link) -> Iterator[Link]:
        """The link, with what lies on rails or on a carriageway cut off at its ends."""
        cuts = [self._cut(piece, link, node) for node in (link.tail, link.head)]
        room = link.length_m / sum(cut is not None for cut in cuts) if any(cuts) else 0.0
        for cut, at_tail in zip(cuts, (True, False), strict=True):
            if cut is None or link.length_m <= 0.0:
                continue
            if room - cut.half_m < _SHORTEST_M and not (cuts[0] and cuts[1]):
                yield _instead(link, cut)
                return
            length = min(cut.half_m, room - _SHORTEST_M / 2.0) if room > _SHORTEST_M else room / 2.0
            near, link = self._split(link, length if at_tail else link.length_m - length)
            if at_tail:
                yield _instead(near, cut)
            else:
                yield _instead(link, cut)
                link = near
        yield link

    def _cut(self, piece: Piece, link: Link, node: Node) -> _Cut | None:
        """What the end of `link` at `node` leads over, where that is not the way itself."""
        node_tags = self._graph.nodes[node]
        if tags.is_level_crossing(node_tags):
            return _Cut(LEVEL_CROSSING_HALF_M, StretchKind.LEVEL_CROSSING, None)
        if link.kind in {
            StretchKind.CROSSING, StretchKind.STEPS, StretchKind.BRIDGE, StretchKind.UNDERPASS,
            StretchKind.INDOOR,
        }:  # fmt: skip
            return None
        road = self._road_through(piece, node)
        if road is None:
            return None
        facts = tags.crossing(_crossing_tags(node_tags), [node_tags], f"node/{node}")
        facts = tags.with_road(facts, road, tags.name(road))
        return _Cut(tags.half_width_m(road) + _KERB_M, StretchKind.CROSSING, facts)

    def _road_through(self, piece: Piece, node: Node) -> Tags | None:
        """The carriageway that passes `node` and that `piece` comes upon from the side."""
        own = piece.tags["highway"]
        own_rank = tags.rank(own) if own in tags.CARRIAGEWAYS else -1
        over = [
            road.tags for road in self._roads_at.get(node, ()) if tags.rank(road.tags["highway"]) > own_rank
        ]
        # One piece only: the road ends here, and the way goes on from its end.
        if len(over) < 2:
            return None
        greatest = max(over, key=lambda road: tags.rank(road["highway"]))
        # A drive is crossed like a lane only where somebody mapped a crossing there.
        mapped = tags.is_crossing_node(self._graph.nodes[node])
        return greatest if mapped or tags.rank(greatest["highway"]) > 0 else None

    def _split(self, link: Link, at_m: float) -> tuple[Link, Link]:
        share = at_m / link.length_m
        (lat_a, lon_a), (lat_b, lon_b) = self._points[link.tail], self._points[link.head]
        node, self._next_node = self._next_node, self._next_node + 1
        self._points[node] = (lat_a + share * (lat_b - lat_a), lon_a + share * (lon_b - lon_a))
        return (
            replace(link, head=node, length_m=at_m),
            replace(link, tail=node, length_m=link.length_m - at_m),
        )

    def _with_head(self, link: Link) -> Link:
        """The link with what stands at its head."""
        if link.head not in self._graph:
            return link
        data = self._graph.nodes[link.head]
        barrier = data.get("barrier")
        return replace(
            link,
            barriers=(barrier,) if barrier is not None and barrier != "kerb" else (),
            elevator=data.get("highway") == "elevator",
        )

    def _length(self, tail: Node, head: Node) -> float:
        return distance_m(self._points[tail], self._points[head])


def _instead(link: Link, cut: _Cut) -> Link:
    """The piece of `link` that lies on rails or on a carriageway: half of that crossing."""
    rails = cut.kind is StretchKind.LEVEL_CROSSING
    return replace(
        link,
        kind=cut.kind,
        name=None,
        side="unknown",
        tactile="unknown",
        crossing=cut.facts,
        crossing_share=0.0 if rails else 0.5,
        level_crossing_share=0.5 if rails else 0.0,
    )


def _crossing_tags(node: Tags) -> Tags:
    """A junction's lights are signals of whoever crosses there."""
    return {"crossing:signals": "yes"} if node.get("highway") == "traffic_signals" else {}


def _covered(data: Tags) -> Known:
    if data.get("tunnel") == "building_passage" or data.get("indoor", "no") != "no":
        return "yes"
    return tags.known(data.get("covered"))


def _may_walk(data: Tags, *, forward: bool) -> bool:
    """One-way for people on foot: escalators, and the few ways that say so."""
    one_way = {data.get("oneway:foot"), data.get("conveying")}
    if forward:
        return not one_way & {"-1", "backward"}
    return not one_way & {"yes", "1", "forward"}
