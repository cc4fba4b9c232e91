"""NetworkX's Dijkstra on the very weights of our search: the judge of its costs, and a peer in speed."""

import math
from datetime import datetime
from typing import Any

import networkx as nx

from routing import desk, search, snapping
from routing.bench.pairs import Pair
from routing.bench.with_shirube import WALKER
from routing.errors import NoRoute, PlanError
from routing.network import WalkingMap
from routing.snapping import Snap
from routing.walkers import walker

# The ends of a walk lie on links, not at nodes: two more nodes for as long as one search takes.
_START, _END = -1, -2


class Networkx:
    """The map as a NetworkX graph with the recommended weights of one hour. Path only, no words."""

    name = "networkx"

    def __init__(self, on: WalkingMap, at: datetime) -> None:
        self._on = on
        self._metric = desk.task(on, walker(WALKER), at, ()).metric("recommended")
        self._node_s = self._metric.rank_s[on.hierarchy.rank]
        self._graph = self._drawn()

    def answer(self, pair: Pair) -> tuple[float, list[int]] | None:
        """Seconds and nodes of the cheapest way; NetworkX's own choice, bidirectional Dijkstra."""
        try:
            starts, ends = snapping.snaps(self._on, pair.start), snapping.snaps(self._on, pair.end)
        except PlanError:
            return None
        return self._cheapest(starts, ends)

    def same_cost(self, pair: Pair) -> bool | None:
        """Whether our search finds a way of the same cost (to 1e-6); None where neither finds one."""
        try:
            starts, ends = snapping.snaps(self._on, pair.start), snapping.snaps(self._on, pair.end)
        except PlanError:
            return None
        told = self._cheapest(starts, ends)
        try:
            found = search.cheapest(self._on, starts, ends, self._metric)
        except NoRoute:
            return None if told is None else False
        ours = found.start.access_s + found.cost_s + found.end.access_s
        return told is not None and math.isclose(ours, told[0], rel_tol=0.0, abs_tol=1e-6)

    def _cheapest(self, starts: tuple[Snap, ...], ends: tuple[Snap, ...]) -> tuple[float, list[int]] | None:
        try:
            self._join(starts, ends)
            found: tuple[float, list[int]] = nx.bidirectional_dijkstra(self._graph, _START, _END)
        except nx.NetworkXNoPath:
            return None
        finally:
            self._graph.remove_nodes_from((_START, _END))
        return found

    def _drawn(self) -> Any:  # noqa: ANN401 - a DiGraph of int; its stubs take no type at run time
        columns = self._on.columns
        graph: Any = nx.DiGraph()
        ends = columns.link_a.tolist(), columns.link_b.tolist()
        self._add(graph, ends[0], ends[1], self._metric.forward_s.tolist())
        self._add(graph, ends[1], ends[0], self._metric.backward_s.tolist())
        return graph

    def _add(self, graph: Any, tails: list[int], heads: list[int], seconds: list[float]) -> None:  # noqa: ANN401
        """Arcs of one direction; of parallel links the cheapest."""
        for tail, head, along in zip(tails, heads, seconds, strict=True):
            weight = along + float(self._node_s[head])
            known = graph.get_edge_data(tail, head)
            if weight < (known["weight"] if known else math.inf):
                graph.add_edge(tail, head, weight=weight)

    def _join(self, starts: tuple[Snap, ...], ends: tuple[Snap, ...]) -> None:
        self._graph.add_nodes_from((_START, _END))
        for start in starts:
            to_a, to_b = self._from(start)
            columns = self._on.columns
            self._least(_START, int(columns.link_a[start.link]), start.access_s + to_a)
            self._least(_START, int(columns.link_b[start.link]), start.access_s + to_b)
        for end in ends:
            forward, backward = self._seconds(end)
            columns = self._on.columns
            self._least(int(columns.link_a[end.link]), _END, end.access_s + end.share * forward)
            self._least(int(columns.link_b[end.link]), _END, end.access_s + (1 - end.share) * backward)
        for start, end in ((start, end) for start in starts for end in ends if start.link == end.link):
            forward, backward = self._seconds(start)
            along = end.share - start.share
            on_link = along * forward if along >= 0.0 else -along * backward
            self._least(_START, _END, start.access_s + end.access_s + on_link)

    def _from(self, start: Snap) -> tuple[float, float]:
        """Seconds from a place on a link to both its ends, what stands there included."""
        forward, backward = self._seconds(start)
        a, b = self._on.columns.link_a[start.link], self._on.columns.link_b[start.link]
        to_a, to_b = start.share * backward, (1.0 - start.share) * forward
        return to_a + float(self._node_s[a]), to_b + float(self._node_s[b])

    def _seconds(self, snap: Snap) -> tuple[float, float]:
        return float(self._metric.forward_s[snap.link]), float(self._metric.backward_s[snap.link])

    def _least(self, tail: int, head: int, weight: float) -> None:
        known = self._graph.get_edge_data(tail, head)
        if weight < (known["weight"] if known else math.inf):
            self._graph.add_edge(tail, head, weight=weight)
