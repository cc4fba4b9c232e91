"""A way in parts of one character: crossings and rails cut out of it, where nodes or lines say so."""

from collections.abc import Iterator
from dataclasses import dataclass

from routing import columns, tags
from routing.beside import SQUARE_DEG, Streets
from routing.character import Character
from routing.columns import I32
from routing.crossings import ROAD_UNKNOWN, Crossings
from routing.drawing import Drawing
from routing.slicing import KERB_M, RAILS_HALF_M, Met, Slice, angle_deg
from routing.tags import Tags
from routing.texts import NONE
from wire.route import StretchKind

_SHORTEST_M = 1.0  # a remainder shorter than this is not worth a part of its own
# A slice that ends nearer than this to a mapped crossing is that crossing, drawn carelessly.
_COVERED_M = 2.0
_SHORT_M = 2.0  # a crossing's line may end this far before the middle of the road
_WHOLE = frozenset({
    StretchKind.CROSSING, StretchKind.STEPS, StretchKind.BRIDGE, StretchKind.UNDERPASS, StretchKind.INDOOR,
})  # fmt: skip


@dataclass(slots=True, eq=False)
class Mark:
    """What a part of a way leads over. `share_m`: metres of all parts of it, where they share a cost."""

    kind: StretchKind
    crossing: int = NONE
    flags: int = 0
    share: float | None = None  # of one part; None: by length
    length_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """A straight part of a piece. Ends: (node or -1 for a cut, lat, lon in 1e-7 degree)."""

    a: tuple[int, int, int]
    b: tuple[int, int, int]
    length_m: float
    name: int
    side: int
    mark: Mark | None


@dataclass(slots=True)
class Divider:
    """Divides the ways of one drawing. `name`, `side` by piece; `slices` and `met` by way."""

    drawing: Drawing
    streets: Streets
    crossings: Crossings
    name: I32
    side: I32
    slices: dict[int, list[Slice]]
    met: Met
    used_slices: int = 0
    _over_road: bool = False  # the crossing way at hand leads over a carriageway

    def parts(self, way: int) -> Iterator[Part]:
        """The parts of a walked way in its direction."""
        each = self.drawing.characters[way]
        if each is None or not each.walked:
            return
        whole = self._whole_way(way, each)
        waiting = [(one, self._mark_of(way, one)) for one in self.slices.get(way, ())]
        waiting = [(one, mark) for one, mark in waiting if not self._is_covered(way, one)]
        self.used_slices += len(waiting)
        along = 0.0
        for piece in range(self.drawing.first[way], self.drawing.first[way + 1]):
            length = float(self.drawing.length_m[piece])
            yield from self._of_piece(piece, each, whole, along, length, waiting)
            along += length

    def _of_piece(
        self, piece: int, each: Character, whole: Mark | None, along: float, length: float,
        waiting: list[tuple[Slice, Mark]],
    ) -> Iterator[Part]:  # fmt: skip
        cuts = self._cuts(piece, each, length)
        low, high = 0.0, length
        spans: list[tuple[float, float, Mark | None]] = []
        for start, end, mark in cuts:
            if start <= 0.0:
                low = end
            else:
                high = start
            spans.append((start, end, mark))
        for one, mark in waiting:
            start, end = max(one.start_m - along, low), min(one.end_m - along, high)
            if end - start > 0.0:
                spans.append((start, end, mark))
                mark.length_m += end - start
        spans.sort(key=lambda span: span[:2])
        edges, at = [], 0.0
        for start, end, span_mark in spans:
            if start > at:
                edges.append((at, start, whole))
            edges.append((max(start, at), end, span_mark))
            at = end
        if at < length or not edges:
            edges.append((at, length, whole))
        for start, end, span_mark in edges:
            yield self._part(piece, length, start, end, span_mark)

    def _part(self, piece: int, length: float, start: float, end: float, mark: Mark | None) -> Part:
        tail, head = int(self.drawing.tail[piece]), int(self.drawing.head[piece])
        # Two nodes drawn at one place are no metre apart, and two nodes all the same.
        return Part(
            self._node(tail) if start <= 0.0 else self._between(tail, head, start / length),
            self._node(head) if end >= length else self._between(tail, head, end / length),
            end - start,
            int(self.name[piece]) if mark is None else NONE,
            int(self.side[piece]) if mark is None else 0,
            mark,
        )

    def _node(self, node: int) -> tuple[int, int, int]:
        extract = self.drawing.extract
        return node, int(extract.lat_e7[node]), int(extract.lon_e7[node])

    def _between(self, tail: int, head: int, share: float) -> tuple[int, int, int]:
        (_, lat, lon), (_, to_lat, to_lon) = self._node(tail), self._node(head)
        return -1, round(lat + share * (to_lat - lat)), round(lon + share * (to_lon - lon))

    def _whole_way(self, way: int, each: Character) -> Mark | None:
        """The mark of a way that is a crossing from end to end."""
        if each.kind is not StretchKind.CROSSING:
            return None
        length = float(self.drawing.length_m[self.drawing.first[way] : self.drawing.first[way + 1]].sum())
        road = self._crossed_by(way)
        self._over_road = road != ROAD_UNKNOWN
        crossing = self.crossings.of_way(way, road)
        return Mark(StretchKind.CROSSING, crossing, length_m=length)

    def _crossed_by(self, way: int) -> int:
        """The carriageway that a crossing way leads over: by a shared node, else by its line."""
        nodes = sorted(set(self.drawing.extract.ways[way].nodes))
        shared = [road for node in nodes for road in self.drawing.roads_at.get(node, ())]
        if shared:
            # A scramble's middle belongs to several: the greatest is the one to name.
            return max(shared, key=self._rank)
        met = [road for _, road, _ in self.met.get(way, ())]
        return max(met, key=self._rank) if met else self._crossed_nearby(way)

    def _crossed_nearby(self, way: int) -> int:
        """The carriageway before which a crossing way ends short: that beside its first piece."""
        first = int(self.drawing.first[way])
        if first == self.drawing.first[way + 1]:
            return ROAD_UNKNOWN
        tail, head = int(self.drawing.tail[first]), int(self.drawing.head[first])
        x, y = self.drawing.x, self.drawing.y
        reach = float(self.drawing.length_m[first]) / 2.0 + _SHORT_M
        for _, _, index in self.streets.grid.near(
            (x[tail] + x[head]) / 2.0, (y[tail] + y[head]) / 2.0, reach
        ):
            piece = int(self.streets.numbers[index])
            if angle_deg(self.drawing, first, piece) >= SQUARE_DEG:
                return int(self.drawing.way[piece])
        return ROAD_UNKNOWN

    def _rank(self, way: int) -> int:
        each = self.drawing.characters[way]
        return each.rank if each else -1

    def _mark_of(self, way: int, one: Slice) -> Mark:
        if one.rails:
            return Mark(StretchKind.LEVEL_CROSSING, flags=columns.SLICED)
        return Mark(StretchKind.CROSSING, self.crossings.of_cut(way, one.over), columns.SLICED)

    def _is_covered(self, way: int, one: Slice) -> bool:
        """Whether a shared node of the same kind makes the crossing already."""
        along, middle = 0.0, (one.start_m + one.end_m) / 2.0
        for piece in range(self.drawing.first[way], self.drawing.first[way + 1]):
            length = float(self.drawing.length_m[piece])
            for node, at in ((self.drawing.tail[piece], along), (self.drawing.head[piece], along + length)):
                half = (one.end_m - one.start_m) / 2.0 + _COVERED_M
                if abs(at - middle) <= half and self._covers(int(node), one):
                    return True
            along += length
        return False

    def _covers(self, node: int, one: Slice) -> bool:
        if one.rails:
            return tags.is_level_crossing(self.drawing.extract.node_tags.get(node, {}))
        return one.over in self.drawing.roads_at.get(node, ())

    def _cuts(self, piece: int, each: Character, length: float) -> list[tuple[float, float, Mark]]:
        """What the ends of the piece lead over, where that is not the way itself."""
        tail, head = int(self.drawing.tail[piece]), int(self.drawing.head[piece])
        ends = [self._cut(piece, each, node) for node in (tail, head)]
        if ends[0] is None and ends[1] is None:
            return []
        room = length / sum(end is not None for end in ends)
        cuts = []
        for end, at_tail in zip(ends, (True, False), strict=True):
            if end is None:
                continue
            half, mark = end
            if room - half < _SHORTEST_M and None in ends:
                return [(0.0, length, mark)]
            part = min(half, room - _SHORTEST_M / 2.0) if room > _SHORTEST_M else room / 2.0
            cuts.append((0.0, part, mark) if at_tail else (length - part, length, mark))
        return cuts

    def _cut(self, piece: int, each: Character, node: int) -> tuple[float, Mark] | None:
        said = self.drawing.extract.node_tags.get(node, {})
        if tags.is_level_crossing(said) and not self._in_street(each, node, said):
            return RAILS_HALF_M, Mark(StretchKind.LEVEL_CROSSING, share=0.5)
        if each.kind in _WHOLE:
            return None
        road = self._road_through(each, node, said)
        if road is None:
            return None
        mark = Mark(StretchKind.CROSSING, self.crossings.of_node(node, road), share=0.5)
        over = self.drawing.characters[road]
        return (over.half_width_m if over else 0.0) + KERB_M, mark

    def _in_street(self, each: Character, node: int, said: Tags) -> bool:
        """Whether the rails are a tram's in the street that this way crosses: that crossing has it."""
        if each.kind is not StretchKind.CROSSING or not self._over_road:
            return False
        # Many a tram's crossing is tagged like a train's: its rails know better. Where an extract has
        # no rails, a train's on a street's own crossing way would be tagged level_crossing.
        rails = self.drawing.rails_at.get(node)
        return (
            tags.is_tram_crossing(said)
            or rails == {"tram"}
            or (rails is None and said.get("railway") == "crossing")
        )

    def _road_through(self, each: Character, node: int, said: Tags) -> int | None:
        """The carriageway that passes `node` and that the way comes upon from the side."""
        over = [road for road in self.drawing.roads_at.get(node, ()) if self._rank(road) > each.rank]
        # One piece only: the road ends here, and the way goes on from its end.
        if len(over) < 2:
            return None
        greatest = max(over, key=self._rank)
        # A drive is crossed like a lane only where somebody mapped a crossing there.
        return greatest if tags.is_crossing_node(said) or self._rank(greatest) > 0 else None
