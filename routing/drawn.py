"""A small map drawn by hand in metres: to prove planning without a town.

Everything that is not said of a piece is unknown, as in OpenStreetMap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, get_args

import numpy as np

from routing.columns import (
    APART,
    BACKWARD,
    BARRIERS,
    CONVEYING,
    ELEVATOR,
    FORWARD,
    HIGHWAYS,
    INCLINE_UNKNOWN,
    KERBS,
    KINDS,
    KNOWN,
    MAINLAND,
    SIDES,
    SURFACES,
    TIE,
    UP_DOWN,
    Columns,
)
from routing.geo import XY, Local, distance_m
from routing.tags import CrossingFacts
from wire.route import Known, MapSource, Name, StretchKind

if TYPE_CHECKING:
    from routing.network import WalkingMap

PLANE: Final = Local.around((33.2334, 131.6066))  # Oita station
NOWHERE: Final = MapSource(name="drawn", practice=False, attribution="")


@dataclass(frozen=True, slots=True)
class Piece:
    """A straight piece between two numbered points, walked both ways unless said otherwise.

    `length_m`: None for the distance of its ends. Shares as in `routing.columns`.
    """

    a: int
    b: int
    kind: StretchKind = StretchKind.SIDEWALK
    highway: str = "footway"
    length_m: float | None = None
    name: Name | None = None
    side: str = "unknown"
    tactile: Known = "unknown"
    covered: Known = "unknown"
    lit: Known = "unknown"
    handrail: Known = "unknown"
    surface: str = "unknown"
    climb: str = "unknown"
    incline_pct: int | None = None
    width_m: float | None = None
    steps: int = 0
    crossing: CrossingFacts | None = None
    crossing_share: float = 1.0
    rails_share: float = 0.0
    flight_share: float = 0.0
    conveying: bool = False
    apart: bool = False
    tie: bool = False
    one_way: bool = False
    way: int = 1


def drawn_map(
    points: Mapping[int, XY],
    pieces: Sequence[Piece],
    *,
    barriers: Mapping[int, str] | None = None,
    elevators: Sequence[int] = (),
    source: MapSource = NOWHERE,
) -> "WalkingMap":
    """A map of pieces between points (metres east and north of Oita station)."""
    from routing.network import walking_map

    return walking_map(source, _columns(points, pieces, barriers or {}, elevators), {})


class _Texts:
    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def id(self, text: str | None) -> int:
        return -1 if text is None else self._known.setdefault(text, len(self._known))

    def columns(self) -> dict[str, object]:
        blobs = [text.encode() for text in self._known]
        ends = np.cumsum([len(blob) for blob in blobs], dtype=np.uint32)
        return {"text_end": ends, "text_bytes": np.frombuffer(b"".join(blobs), dtype=np.uint8)}


def _columns(
    points: Mapping[int, XY], pieces: Sequence[Piece], barriers: Mapping[int, str], elevators: Sequence[int]
) -> Columns:
    texts, names = _Texts(), dict.fromkeys(piece.name for piece in pieces if piece.name)
    facts = list(dict.fromkeys(piece.crossing for piece in pieces if piece.crossing))
    names |= dict.fromkeys(each.street for each in facts if each.street)
    number = {point: index for index, point in enumerate(points)}
    columns: dict[str, object] = {
        **_nodes(points, barriers, elevators),
        **_links(points, number, pieces, list(names), facts),
        **_crossings(facts, list(names), texts),
        "name_ja": [texts.id(name.ja) for name in names],
        "name_kana": [texts.id(name.kana) for name in names],
        "name_en": [texts.id(name.en) for name in names],
    }
    columns |= texts.columns()
    kept = {field.name: np.asarray(columns.get(field.name, [])) for field in fields(Columns)}
    return Columns(**{name: array.astype(_DTYPES[name]) for name, array in kept.items()})


_DTYPES: Final = {
    field.name: np.dtype(get_args(get_args(field.type)[1])[0]) for field in fields(Columns)
}  # fmt: skip


def _nodes(
    points: Mapping[int, XY], barriers: Mapping[int, str], elevators: Sequence[int]
) -> dict[str, object]:
    places = [PLANE.from_xy(xy) for xy in points.values()]
    return {
        "node_lat_e7": [round(lat * 1e7) for lat, _ in places],
        "node_lon_e7": [round(lon * 1e7) for _, lon in places],
        "node_osm": list(points),
        "node_barrier": [BARRIERS.index(barriers.get(point, "none")) for point in points],
        "node_flags": [MAINLAND | (ELEVATOR if point in elevators else 0) for point in points],
        "node_tags": [-1] * len(points),
    }


def _links(
    points: Mapping[int, XY],
    number: Mapping[int, int],
    pieces: Sequence[Piece],
    names: list[Name],
    facts: list[CrossingFacts],
) -> dict[str, object]:
    at = {point: PLANE.from_xy(xy) for point, xy in points.items()}
    shape = [at[point] for piece in pieces for point in (piece.a, piece.b)]
    lengths = [
        distance_m(at[piece.a], at[piece.b]) if piece.length_m is None else piece.length_m for piece in pieces
    ]
    return {
        "link_a": [number[piece.a] for piece in pieces],
        "link_b": [number[piece.b] for piece in pieces],
        "shape_first": list(range(0, 2 * len(pieces) + 1, 2)),
        "shape_lat_e7": [round(lat * 1e7) for lat, _ in shape],
        "shape_lon_e7": [round(lon * 1e7) for _, lon in shape],
        "link_length_m": lengths,
        "link_way": [piece.way for piece in pieces],
        "link_flags": [_flags(piece) for piece in pieces],
        "link_kind": [KINDS.index(piece.kind) for piece in pieces],
        "link_highway": [HIGHWAYS.index(piece.highway) for piece in pieces],
        "link_tactile": [KNOWN.index(piece.tactile) for piece in pieces],
        "link_covered": [KNOWN.index(piece.covered) for piece in pieces],
        "link_lit": [KNOWN.index(piece.lit) for piece in pieces],
        "link_handrail": [KNOWN.index(piece.handrail) for piece in pieces],
        "link_side": [SIDES.index(piece.side) for piece in pieces],
        "link_climb": [UP_DOWN.index(piece.climb) for piece in pieces],
        "link_surface": [SURFACES.index(piece.surface) for piece in pieces],
        "link_smoothness": [0] * len(pieces),
        "link_incline_pct": [
            INCLINE_UNKNOWN if piece.incline_pct is None else piece.incline_pct for piece in pieces
        ],
        "link_width_dm": [round(10.0 * (piece.width_m or 0.0)) for piece in pieces],
        "link_steps": [piece.steps for piece in pieces],
        "link_name": [names.index(piece.name) if piece.name else -1 for piece in pieces],
        "link_tags": [-1] * len(pieces),
        "link_crossing": [facts.index(piece.crossing) if piece.crossing else -1 for piece in pieces],
        "link_crossing_share": [piece.crossing_share if piece.crossing else 0.0 for piece in pieces],
        "link_rails_share": [piece.rails_share for piece in pieces],
        "link_flight_share": [piece.flight_share for piece in pieces],
    }


def _flags(piece: Piece) -> int:
    ways = FORWARD if piece.one_way else FORWARD | BACKWARD
    return (
        ways
        | (APART if piece.apart else 0)
        | (CONVEYING if piece.conveying else 0)
        | (TIE if piece.tie else 0)
    )


def _crossings(facts: list[CrossingFacts], names: list[Name], texts: _Texts) -> dict[str, object]:
    def known(field: str) -> list[int]:
        return [KNOWN.index(getattr(each, field, "unknown")) for each in facts]

    said = ("signals", "sound", "vibration", "button", "marked", "tactile", "escort", "island", "scramble")
    return {
        **{f"crossing_{field}": known(field) for field in said},
        "crossing_osm": [texts.id(each.osm_id or f"way/{index}") for index, each in enumerate(facts)],
        "crossing_kerb": [KERBS.index(each.kerb) for each in facts],
        "crossing_road": [HIGHWAYS.index(each.road) if each.road in HIGHWAYS else 0 for each in facts],
        "crossing_lanes": [each.lanes or 0 for each in facts],
        "crossing_hours": [texts.id(each.sound_hours) for each in facts],
        "crossing_street": [names.index(each.street) if each.street else -1 for each in facts],
    }
