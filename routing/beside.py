"""Which street a sidewalk follows, and which one a crossing leads over: by geometry. Pure.

Sidewalks that are mapped apart rarely carry the street's name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from routing import tags
from routing.geo import XY
from routing.grid import Grid, Segment
from routing.tags import Tags
from wire.route import Name

# Half of the widest city street with a planted strip: further away is another street.
_REACH_M = 25.0
_PARALLEL_DEG = 25.0
_SQUARE_DEG = 35.0  # a crossing is rarely more oblique than this
# A nameless lane may run nearer to the sidewalk than its own street: names win by this much.
_NAMELESS_M = 5.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Two neighbouring nodes of a way, in the way's direction, and the way's tags."""

    tail: int
    head: int
    way: int
    tags: Tags


class Streets:
    """The carriageways of a map, asked what lies beside them."""

    def __init__(self, roads: Iterable[Piece], xy: Mapping[int, XY]) -> None:
        self._xy = xy
        self._grid = Grid(Segment(xy[road.tail], xy[road.head], road.tags) for road in roads)

    def beside(self, piece: Piece) -> tuple[Name | None, Literal["left", "right", "unknown"]]:
        """The street that `piece` follows, and on which side of it the piece lies, walked forward."""
        own = self._segment(piece)
        middle = _middle(own)
        best: tuple[float, Segment[Tags]] | None = None
        for off, road in self._grid.near(middle, _REACH_M):
            if road.what["highway"] == "service" or road.angle_to(own) > _PARALLEL_DEG:
                continue
            score = off + (0.0 if "name" in road.what else _NAMELESS_M)
            if best is None or score < best[0]:
                best = (score, road)
        said = piece.tags.get("is_sidewalk:of:name", piece.tags.get("street:name"))
        if best is None:
            return (Name(ja=said) if said else None), "unknown"
        name = tags.name(best[1].what)
        if said is not None and (name is None or name.ja != said):
            name = Name(ja=said)
        # The street lies to the right of one who walks on its left.
        return name, "right" if own.left_of(_middle(best[1])) else "left"

    def crossed_by(
        self, nodes: Iterable[int], piece: Piece, roads_at: Mapping[int, list[Piece]]
    ) -> Tags | None:
        """Tags of the carriageway that the crossing way with these nodes leads over."""
        shared = [road for node in sorted(nodes) for road in roads_at.get(node, ())]
        if shared:
            # A scramble's middle belongs to several: the greatest is the one to name.
            return max(shared, key=lambda road: tags.rank(road.tags["highway"])).tags
        own = self._segment(piece)
        near = [
            (off, road)
            for off, road in self._grid.near(_middle(own), own.length_m / 2.0 + 2.0)
            if road.angle_to(own) >= _SQUARE_DEG
        ]
        return min(near, key=lambda candidate: candidate[0])[1].what if near else None

    def _segment(self, piece: Piece) -> Segment[Tags]:
        return Segment(self._xy[piece.tail], self._xy[piece.head], piece.tags)


def _middle(segment: Segment[Tags]) -> XY:
    return (segment.a[0] + segment.b[0]) / 2.0, (segment.a[1] + segment.b[1]) / 2.0
