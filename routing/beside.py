"""Which street a sidewalk follows, and on which of its sides: by geometry.

Sidewalks that are mapped apart rarely carry the street's name.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from routing import tags
from routing.columns import I32, SIDES
from routing.drawing import Drawing
from routing.grid import Pieces
from routing.texts import NONE, Names
from wire.route import Name, StretchKind

# Half of the widest city street with a planted strip: further away is another street.
_REACH_M = 25.0
_PARALLEL_DEG = 25.0
SQUARE_DEG: Final = 35.0  # a crossing is rarely more oblique than this
# A nameless lane may run nearer to the sidewalk than its own street: names win by this much.
_NAMELESS_M = 5.0
_BESIDE = frozenset({StretchKind.SIDEWALK, StretchKind.SHARED_PATH})
_LEFT, _RIGHT = SIDES.index("left"), SIDES.index("right")


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """The carriageways of a drawing: the numbers of their pieces and the grid over them."""

    numbers: I32
    grid: Pieces

    @classmethod
    def of(cls, drawing: Drawing) -> "Streets":
        """All carriageways, also those that nobody may walk on."""
        roads = [each is not None and each.carriageway for each in drawing.characters]
        return cls(*drawing.pieces_of(drawing.where(roads)))


def followed(drawing: Drawing, streets: Streets, names: Names) -> tuple[I32, I32]:
    """(name, side of the street) for each piece, along the way: of the way, or of its street."""
    own = [names.add(tags.name(way.tags)) for way in drawing.extract.ways]
    name = np.array(own, dtype=np.int32)[drawing.way]
    side = np.array([each.side if each else 0 for each in drawing.characters], np.int32)[drawing.way]
    along = drawing.where([
        each is not None and each.walked and not each.carriageway and each.kind in _BESIDE
        for each in drawing.characters
    ])  # fmt: skip
    pieces = np.flatnonzero(along).astype(np.int32)
    if not len(pieces):
        return name, side
    best = _best(drawing, streets, pieces)
    for piece, street in zip(pieces, best, strict=True):
        way = drawing.extract.ways[drawing.way[piece]]
        said = way.tags.get("is_sidewalk:of:name", way.tags.get("street:name"))
        road = tags.name(drawing.extract.ways[drawing.way[street]].tags) if street != NONE else None
        if said and (road is None or road.ja != said):
            road = Name(ja=said)
        if name[piece] == NONE:
            name[piece] = names.add(road)
    side[pieces] = _sides(drawing, pieces, best)
    return name, side


def _best(drawing: Drawing, streets: Streets, pieces: I32) -> I32:
    """The carriageway piece that each of `pieces` follows; NONE."""
    if not len(streets.numbers):
        return np.full(len(pieces), NONE, np.int32)
    tail, head = drawing.tail[pieces], drawing.head[pieces]
    ways = [drawing.extract.ways[way].tags for way in drawing.way[streets.numbers]]
    penalty = np.array([
        np.inf if road["highway"] == "service" else 0.0 if road.get("name") else _NAMELESS_M for road in ways
    ])  # fmt: skip
    best = streets.grid.beside(
        (drawing.x[tail] + drawing.x[head]) / 2.0,
        (drawing.y[tail] + drawing.y[head]) / 2.0,
        drawing.x[head] - drawing.x[tail],
        drawing.y[head] - drawing.y[tail],
        _REACH_M,
        _PARALLEL_DEG,
        penalty,
    )
    return np.where(best == NONE, NONE, streets.numbers[best]).astype(np.int32)


def _sides(drawing: Drawing, pieces: I32, best: I32) -> I32:
    """The street lies to the right of one who walks on its left."""
    ax, ay = drawing.x[drawing.tail[pieces]], drawing.y[drawing.tail[pieces]]
    dx, dy = drawing.x[drawing.head[pieces]] - ax, drawing.y[drawing.head[pieces]] - ay
    px, py = drawing.x[drawing.tail[best]], drawing.y[drawing.tail[best]]
    qx, qy = drawing.x[drawing.head[best]], drawing.y[drawing.head[best]]
    # Where the street is nearest: its middle may be a hundred metres ahead, and aslant.
    mx, my = ax + dx / 2.0, ay + dy / 2.0
    squared = np.maximum((qx - px) ** 2 + (qy - py) ** 2, 1e-9)
    share = np.clip(((mx - px) * (qx - px) + (my - py) * (qy - py)) / squared, 0.0, 1.0)
    nx, ny = px + share * (qx - px), py + share * (qy - py)
    street_left = dx * (ny - ay) - dy * (nx - ax) > 0.0
    return np.where(best == NONE, 0, np.where(street_left, _RIGHT, _LEFT)).astype(np.int32)
