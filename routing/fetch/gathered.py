"""Tiles put together: what lies in several of them is kept once, the newest."""

from dataclasses import dataclass, field
from datetime import datetime

from routing.fetch.answers import Answer, RawNode, RawWay

# The version says it where the server tells versions; else the moment the tile shows.
_Rank = tuple[int, datetime]


@dataclass(slots=True)
class Gathered:
    """All tiles so far, by id."""

    nodes: dict[int, RawNode] = field(default_factory=dict)
    ways: dict[int, RawWay] = field(default_factory=dict)
    oldest: datetime | None = None  # the whole map is no newer than its oldest tile
    _node_rank: dict[int, _Rank] = field(default_factory=dict)
    _way_rank: dict[int, _Rank] = field(default_factory=dict)

    def add(self, tile: Answer) -> None:
        """Take in one more tile."""
        for node, raw in tile.nodes.items():
            rank = (raw.version, tile.base)
            if node not in self._node_rank or rank > self._node_rank[node]:
                self.nodes[node], self._node_rank[node] = raw, rank
        for way, drawn in tile.ways.items():
            rank = (drawn.version, tile.base)
            if way not in self._way_rank or rank > self._way_rank[way]:
                self.ways[way], self._way_rank[way] = drawn, rank
        self.oldest = tile.base if self.oldest is None else min(self.oldest, tile.base)
