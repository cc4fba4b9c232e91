"""The walking network as columns: what a map file holds, one array a fact.

A *node* is where links meet or where their character changes; a *link* is a piece of way of one
character between two nodes, drawn by its shape. Links are stored once, in the direction `a` to `b`;
what depends on the direction (side, incline, steps up or down) is told for `a` to `b`.

Codes are places in the tuples below, so unknown is always 0. -1 in an index column is "none".
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, get_type_hints

import numpy as np
from numpy.typing import NDArray

from wire.route import StretchKind

I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

E7: Final = 1e7  # coordinates are stored as OpenStreetMap stores them: integers of 1e-7 degree (1 cm)

KNOWN: Final = ("unknown", "no", "yes")
SIDES: Final = ("unknown", "left", "right", "both")
UP_DOWN: Final = ("unknown", "up", "down")
KERBS: Final = ("unknown", "flush", "lowered", "raised")
SURFACES: Final = ("unknown", "paved", "unpaved")
SMOOTHNESS: Final = ("unknown", "good", "rough", "very_rough")
KINDS: Final = tuple(StretchKind)
HIGHWAYS: Final = (
    "other", "footway", "path", "pedestrian", "steps", "corridor", "cycleway", "platform", "track",
    "living_street", "residential", "service", "unclassified", "road", "tertiary", "secondary",
    "primary", "trunk",
)  # fmt: skip
BARRIERS: Final = ("none", "other", "bollard", "block", "cycle_barrier", "gate", "turnstile", "stile")

# link_flags
FORWARD, BACKWARD = 1, 2  # may be walked a to b, b to a
APART = 4  # a carriageway whose sidewalk is mapped beside it
CONVEYING = 8  # an escalator or a moving walk
TIE = 16  # not in the data: joins ends that the data leaves a few metres apart
SLICED = 32  # the crossing was found where two drawn lines meet without a shared node
RAMP = 64  # steps with a ramp beside them
SEGREGATED = 128  # bicycles have their own part of the path
SERVICE_DRIVE = 256  # driveway, parking aisle: not a street to name

# node_flags
ELEVATOR, ENTRANCE, MAINLAND = 1, 2, 4

INCLINE_UNKNOWN: Final = -128


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """All facts of one map. N nodes, L links, S shape points, C crossings, M names, P places."""

    # nodes [N]
    node_lat_e7: I32
    node_lon_e7: I32
    node_osm: I64  # 0 for a point that was made by cutting
    node_barrier: U8  # BARRIERS
    node_flags: U8
    node_tags: I32  # text: JSON object of the kept tags
    # links [L]
    link_a: I32
    link_b: I32
    shape_first: I32  # [L + 1]; link i is drawn by shape points shape_first[i] to shape_first[i + 1]
    shape_lat_e7: I32  # [S], both ends of each link included
    shape_lon_e7: I32
    link_length_m: F32
    link_way: I64  # OpenStreetMap's way; 0 for a tie
    link_flags: U16
    link_kind: U8  # KINDS
    link_highway: U8  # HIGHWAYS; a _link road is its road
    link_tactile: U8  # KNOWN
    link_covered: U8  # KNOWN
    link_lit: U8  # KNOWN
    link_handrail: U8  # KNOWN
    link_side: U8  # SIDES: of the street, walked a to b
    link_climb: U8  # UP_DOWN: of steps, walked a to b
    link_surface: U8  # SURFACES
    link_smoothness: U8  # SMOOTHNESS
    link_incline_pct: I8  # walked a to b; INCLINE_UNKNOWN
    link_width_dm: U8  # decimetres, 255 for more; 0 unknown
    link_steps: I16  # 0 unknown
    link_name: I32  # name
    link_tags: I32  # text: JSON object of the kept tags
    link_crossing: I32  # crossing
    link_crossing_share: F32  # part of that crossing's fixed cost that this link bears
    link_rails_share: F32  # the same of a level crossing
    link_flight_share: F32  # the same of a flight of steps
    # crossings [C]
    crossing_osm: I32  # text: "way/1", "node/1"; "cut/1/2" for lines that meet without a node
    crossing_signals: U8  # this and the next: KNOWN
    crossing_sound: U8
    crossing_vibration: U8
    crossing_button: U8
    crossing_marked: U8
    crossing_tactile: U8
    crossing_escort: U8  # escort zone: a tactile strip on the crossing itself
    crossing_island: U8
    crossing_scramble: U8
    crossing_kerb: U8  # KERBS
    crossing_road: U8  # HIGHWAYS; 0 unknown
    crossing_lanes: U8  # 0 unknown
    crossing_hours: I32  # text: opening_hours syntax
    crossing_street: I32  # name
    # names [M], as text
    name_ja: I32
    name_kana: I32
    name_en: I32
    # places [P]
    place_name: I32  # name
    place_kind: I32  # text: "amenity=townhall"
    place_aliases: I32  # text, parted by ";"
    place_lat_e7: I32
    place_lon_e7: I32
    # texts, UTF-8 end to end
    text_end: U32  # of text i in text_bytes
    text_bytes: U8


COLUMN_NAMES: Final = tuple(column.name for column in fields(Columns))


def from_lists(values: Mapping[str, Any]) -> Columns:
    """The columns of lists (or arrays) by name, each in its type; `KeyError` for one that lacks."""
    types = column_types()
    made = {name: np.ascontiguousarray(np.asarray(values[name]).astype(types[name])) for name in COLUMN_NAMES}
    return Columns(**made)


def column_types() -> dict[str, np.dtype[Any]]:
    """The element type of each column."""
    hints = get_type_hints(Columns)
    # NDArray[np.int8] is ndarray[shape, dtype[int8]].
    return {name: np.dtype(hints[name].__args__[1].__args__[0]) for name in COLUMN_NAMES}
