"""The walking network: what a map file becomes, and all that planning sees of it.

Nodes are points; each directed edge holds one `Link` under "link". Facts of crossing, kerb, signal
and barrier nodes have become facts of the links that lead over them. How links are stored is
private to this module's `WalkingMap`: planning asks it for links, ends and neighbours only.
"""

from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx

from routing import build, osm, places
from routing.errors import MapNotWalkable
from routing.geo import XY, Local, Point
from routing.grid import Grid, Segment
from routing.links import Link, Node
from wire.route import MapSource


@dataclass(frozen=True, slots=True)
class WalkingMap:
    """A map to plan on. Read it only; many threads may."""

    source: MapSource
    bounds: tuple[float, float, float, float]  # south, west, north, east
    places: tuple[places.MapPlace, ...]
    graph: "nx.DiGraph[Node]"
    points: dict[Node, Point]
    plane: Local
    mainland: frozenset[Node]  # the largest part that hangs together
    _grid: Grid[tuple[Node, Node]] = field(repr=False)

    def link(self, tail: Node, head: Node) -> Link:
        """The link from `tail` to its neighbour `head`."""
        link: Link = self.graph.edges[tail, head]["link"]
        return link

    def near(self, point: Point, radius_m: float) -> list[tuple[float, Link, float]]:
        """(metres off, link, share along it) of links within `radius_m`, nearest first.

        Of the two directions of a piece only one is listed.
        """
        xy = self.plane.to_xy(point)
        found = [
            (off, self.link(*segment.what), segment.nearest(xy)[0])
            for off, segment in self._grid.near(xy, radius_m)
        ]
        return sorted(found, key=lambda candidate: (candidate[0], candidate[1].tail, candidate[1].head))


def load_map(path: Path) -> WalkingMap:
    """The walking network of an .osm file.

    Raises `MapMissing`, `MapNotOsm`, `MapNotWalkable`.
    """
    extract = osm.read(path)
    built = build.walking_network(extract.graph)
    if not built.links:
        raise MapNotWalkable(
            f"歩ける道がありません: {path}。道路を含む範囲の地図を使ってください",
            f"no walkable way in {path}: use an extract that holds the streets",
        )
    return walking_map(extract.source, built.points, built.links, places.of_nodes(extract.graph))


def walking_map(
    source: MapSource,
    points: dict[Node, Point],
    links: list[Link],
    known_places: tuple[places.MapPlace, ...] = (),
) -> WalkingMap:
    """A map from its links (directed: both ways where both may be walked)."""
    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_edges_from((link.tail, link.head, {"link": link}) for link in links)
    used = {node: points[node] for node in graph}
    lats, lons = zip(*used.values(), strict=True)
    bounds = (min(lats), min(lons), max(lats), max(lons))
    plane = Local.around(((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0))
    return WalkingMap(
        source=source,
        bounds=bounds,
        places=known_places,
        graph=graph,
        points=used,
        plane=plane,
        mainland=_largest_part(graph),
        _grid=Grid(_once_each(graph, {node: plane.to_xy(point) for node, point in used.items()})),
    )


def _largest_part(graph: "nx.DiGraph[Node]") -> frozenset[Node]:
    parts = [frozenset(part) for part in nx.weakly_connected_components(graph)]
    return max(parts, key=lambda part: (len(part), -min(part)))


def _once_each(graph: "nx.DiGraph[Node]", xy: dict[Node, XY]) -> list[Segment[tuple[Node, Node]]]:
    return [
        Segment(xy[tail], xy[head], (tail, head))
        for tail, head in graph.edges
        if tail < head or not graph.has_edge(head, tail)
    ]
