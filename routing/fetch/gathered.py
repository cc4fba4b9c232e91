"""Tiles put together: what lies in several of them is kept once, the newest."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from routing.fetch.answers import Answer, RawNode, RawRelation, RawWay

# The version says it where the server tells versions; else the moment the tile shows.
_Ranks = dict[int, tuple[int, datetime]]
Raw = TypeVar("Raw", RawNode, RawWay, RawRelation)


@dataclass(slots=True)
class Gathered:
    """All tiles so far, by id."""

    nodes: dict[int, RawNode] = field(default_factory=dict)
    ways: dict[int, RawWay] = field(default_factory=dict)
    relations: dict[int, RawRelation] = field(default_factory=dict)
    oldest: datetime | None = None  # the whole map is no newer than its oldest tile
    _ranks: tuple[_Ranks, _Ranks, _Ranks] = field(default_factory=lambda: ({}, {}, {}))

    def add(self, tile: Answer) -> None:
        """Take in one more tile."""
        of_nodes, of_ways, of_relations = self._ranks
        _newest(self.nodes, of_nodes, tile.nodes, tile.base)
        _newest(self.ways, of_ways, tile.ways, tile.base)
        _newest(self.relations, of_relations, tile.relations, tile.base)
        self.oldest = tile.base if self.oldest is None else min(self.oldest, tile.base)


def _newest(into: dict[int, Raw], ranks: _Ranks, tile: dict[int, Raw], base: datetime) -> None:
    for key, raw in tile.items():
        rank = (raw.version, base)
        if key not in ranks or rank > ranks[key]:
            into[key], ranks[key] = raw, rank
