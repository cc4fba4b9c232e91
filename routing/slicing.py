"""Where a line that people walk is drawn across a road or rails without a shared node.

Mappers draw footways over streets that they do not join. Whoever walks there crosses a carriageway:
the map must say so, and that it only guesses how.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing import kept, measures
from routing.beside import Streets
from routing.columns import F64, I32
from routing.drawing import Drawing
from wire.route import StretchKind

# From the middle of the rails to where one must have stopped: the gauge and the swept width of a
# train (1.9 m to a side) plus the bars' distance.
RAILS_HALF_M = 5.0
KERB_M = 0.5  # from the edge of the carriageway to the foot that waits
_LONGEST = 2.0  # an oblique crossing is at most this many times as long as a square one
_END_M = 1.0  # a way that ends on the road's middle does not cross it

# On these a carriageway is not met at its level, or the whole way is the crossing already.
_NOT_AT_GRADE = frozenset({
    StretchKind.CROSSING, StretchKind.STEPS, StretchKind.BRIDGE, StretchKind.UNDERPASS, StretchKind.INDOOR,
})  # fmt: skip
_HEAVY = frozenset({"rail", "light_rail", "narrow_gauge", "preserved"})


# way -> (metres along it, the other way, degrees between) of each meeting
Met = dict[int, list[tuple[float, int, float]]]


@dataclass(frozen=True, slots=True)
class Slice:
    """A way crosses `over` (a way's number) from `start_m` to `end_m` along it."""

    start_m: float
    end_m: float
    over: int
    rails: bool


def crossed_roads(drawing: Drawing, streets: Streets) -> Met:
    """The roads that a footway's line meets at one level without a shared node."""
    walked = [
        each is not None and each.walked and not each.carriageway and not each.raised
        for each in drawing.characters
    ]  # fmt: skip
    return _meetings(drawing, drawing.where(walked), streets)


def slices(drawing: Drawing, roads_met: Met) -> dict[int, list[Slice]]:
    """The unmapped crossings of each way, in walking order; crossing ways have none over roads."""
    found: dict[int, list[Slice]] = {}
    for way, met in roads_met.items():
        each = drawing.characters[way]
        if each is not None and each.kind not in _NOT_AT_GRADE:
            for along, road, angle in met:
                other = drawing.characters[road]
                # A drive is crossed like a lane only where somebody mapped a crossing there.
                if other is not None and other.rank > 0:
                    _add(found, drawing, way, along, other.half_width_m + KERB_M, angle, road, rails=False)
    for way, met in _crossed_rails(drawing).items():
        for along, rails, angle in met:
            _add(found, drawing, way, along, RAILS_HALF_M, angle, rails, rails=True)
    return {way: _apart(drawing, each) for way, each in found.items()}


def _crossed_rails(drawing: Drawing) -> Met:
    ways = drawing.extract.ways
    rails = [way.tags.get("railway") in kept.RAILS and "highway" not in way.tags for way in ways]
    if not any(rails):
        return {}
    walked = [
        each is not None and each.walked and not each.raised
        and each.kind not in _NOT_AT_GRADE - {StretchKind.CROSSING} and way.tags["highway"] != "platform"
        for each, way in zip(drawing.characters, ways, strict=True)
    ]  # fmt: skip
    numbers, grid = drawing.pieces_of(drawing.where(rails))
    met = _meetings(drawing, drawing.where(walked), Streets(numbers, grid))

    def counts(way: int, rail: int) -> bool:
        # A tram in the street is part of that street's crossing; a street runs along its tram.
        each, heavy = drawing.characters[way], ways[rail].tags["railway"] in _HEAVY
        return heavy or (each is not None and not each.carriageway and each.kind is not StretchKind.CROSSING)

    kept_met = {way: [each for each in those if counts(way, each[1])] for way, those in met.items()}
    return {way: those for way, those in kept_met.items() if those}


def _meetings(drawing: Drawing, chosen: NDArray[np.bool_], lines: Streets) -> Met:
    own = np.flatnonzero(chosen).astype(np.int32)
    if not len(own) or not len(lines.numbers):
        return {}
    tail, head = drawing.tail[own], drawing.head[own]
    x, y = drawing.x, drawing.y
    index, other, share = lines.grid.met(x[tail], y[tail], x[head], y[head])
    one, two = own[index], lines.numbers[other]
    angles = _angles(drawing, one, two)
    found: Met = {}
    along = np.concatenate(([0.0], np.cumsum(drawing.length_m)))
    for piece, line, part, angle in zip(one, two, share, angles, strict=True):
        if _joined(drawing, piece, line) or not _level(drawing, piece, line):
            continue
        way = int(drawing.way[piece])
        at_m = along[piece] - along[drawing.first[way]] + part * drawing.length_m[piece]
        found.setdefault(way, []).append((float(at_m), int(drawing.way[line]), float(angle)))
    return found


def _angles(drawing: Drawing, one: I32, two: I32) -> F64:
    """Degrees between pieces, 0 (parallel) to 90 (square)."""
    x, y, tail, head = drawing.x, drawing.y, drawing.tail, drawing.head
    angle = [np.arctan2(y[head[p]] - y[tail[p]], x[head[p]] - x[tail[p]]) for p in (one, two)]
    apart = np.degrees(np.abs(angle[0] - angle[1])) % 180.0
    result: F64 = np.minimum(apart, 180.0 - apart)
    return result


def angle_deg(drawing: Drawing, one: int, two: int) -> float:
    """Degrees between two pieces."""
    return float(_angles(drawing, np.array([one], np.int32), np.array([two], np.int32))[0])


def _joined(drawing: Drawing, one: int, two: int) -> bool:
    ends = {int(drawing.tail[one]), int(drawing.head[one])}
    return bool(ends & {int(drawing.tail[two]), int(drawing.head[two])})


def _level(drawing: Drawing, one: int, two: int) -> bool:
    """Whether both lie on one level, as far as the tags say."""
    own = drawing.characters[drawing.way[one]]
    said = drawing.extract.ways[drawing.way[two]].tags
    raised = said.get("bridge", "no") != "no" or said.get("tunnel", "no") != "no"
    return own is not None and not raised and not own.raised and own.layer == measures.layer(said)


def _add(
    found: dict[int, list[Slice]], drawing: Drawing, way: int, at_m: float, half_m: float, angle: float,
    over: int, *, rails: bool,
) -> None:  # fmt: skip
    first, last = drawing.first[way], drawing.first[way + 1]
    length = float(drawing.length_m[first:last].sum())
    if not _END_M <= at_m <= length - _END_M:
        return
    half = min(half_m / max(np.sin(np.radians(angle)), 1e-3), half_m * _LONGEST)
    found.setdefault(way, []).append(Slice(max(at_m - half, 0.0), min(at_m + half, length), over, rails))


def _apart(drawing: Drawing, those: list[Slice]) -> list[Slice]:
    """The same in order, none over another: tracks become one level crossing, roads share the gap."""
    result: list[Slice] = []
    for each in sorted(those, key=lambda one: (one.start_m + one.end_m, one.over)):
        last = result[-1] if result else None
        if last is None or each.start_m >= last.end_m:
            result.append(each)
        elif last.rails and each.rails:
            result[-1] = Slice(last.start_m, max(last.end_m, each.end_m), last.over, rails=True)
        elif last.rails != each.rails:
            rails, road = (last, each) if last.rails else (each, last)
            if _is_heavy(drawing, rails):
                result[-1] = Slice(
                    min(last.start_m, each.start_m), max(last.end_m, each.end_m), rails.over, rails=True
                )
            else:
                result[-1] = road
        elif _one_road(drawing, last.over, each.over):
            result.pop()  # over the road's middle and back: it was not crossed
        else:
            middle = (last.start_m + last.end_m + each.start_m + each.end_m) / 4.0
            middle = max(middle, last.start_m)
            result[-1] = Slice(last.start_m, middle, last.over, rails=False)
            result.append(Slice(middle, max(each.end_m, middle), each.over, rails=False))
    return result


def _one_road(drawing: Drawing, one: int, other: int) -> bool:
    """Whether two ways are parts of one road, as far as class and name say."""
    said = [drawing.extract.ways[way].tags for way in (one, other)]
    return one == other or all(said[0].get(key) == said[1].get(key) for key in ("highway", "name"))


def _is_heavy(drawing: Drawing, each: Slice) -> bool:
    return drawing.extract.ways[each.over].tags.get("railway") in _HEAVY
