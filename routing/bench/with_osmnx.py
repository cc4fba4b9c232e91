"""OSMnx's shortest way on its own walking network of the same extract."""

from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from routing.bench.extracts import walk_as_xml
from routing.bench.missing import not_installed
from routing.bench.pairs import Pair
from routing.bench.walked import Walked
from routing.geo import Local, Point


class Osmnx:
    """OSMnx's graph of one extract. Not simplified, so that an edge keeps its one way and its nodes."""

    name = "osmnx"

    def __init__(self, graph: Any, nearest: Any, plane: Local) -> None:  # noqa: ANN401 - untyped library
        self._graph = graph
        self._nearest = nearest
        self._plane = plane

    @classmethod
    def over(cls, extract: Path, folder: Path) -> Self:
        """Read `extract` through OSMnx's walk filter; `PeerMissing` where it is not installed."""
        try:
            import osmnx
        except ImportError as error:
            raise not_installed("OSMnx") from error
        xml = walk_as_xml(extract, folder)
        graph = osmnx.graph_from_xml(xml, bidirectional=True, simplify=False)
        graph = osmnx.distance.add_edge_lengths(graph)
        return cls(graph, *_finder(graph))

    def walked(self, pair: Pair) -> Walked | None:
        """The shortest way between the nodes nearest to the pair; None where there is none."""
        import osmnx

        ends = [self._node(pair.start), self._node(pair.end)]
        nodes = osmnx.routing.shortest_path(self._graph, ends[0], ends[1], weight="length", cpus=1)
        if nodes is None or len(nodes) < 2:
            return None
        points = tuple((self._graph.nodes[node]["y"], self._graph.nodes[node]["x"]) for node in nodes)
        edges = (min(self._graph[a][b].values(), key=_length) for a, b in pairwise(nodes))
        ways = tuple(int(edge["osmid"]) for edge in edges)
        return Walked(points, ways)

    def _node(self, point: Point) -> int:
        nodes, tree = self._nearest
        return int(nodes[tree.query(self._plane.to_xy(point))[1]])


def _length(edge: dict[str, Any]) -> float:
    return float(edge["length"])


def _finder(graph: Any) -> tuple[Any, Local]:  # noqa: ANN401 - untyped library
    """What osmnx.nearest_nodes does on a projected graph, without building its tree at every call."""
    from scipy.spatial import cKDTree

    nodes = list(graph.nodes)
    points = [(graph.nodes[node]["y"], graph.nodes[node]["x"]) for node in nodes]
    plane = Local.around(points[len(points) // 2])
    return (nodes, cKDTree([plane.to_xy(point) for point in points])), plane
