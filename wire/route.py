"""A walking route as the server plans it and the device follows it: data, no words.

The words are made where they are spoken (`routing.phrases`), so one plan serves every language.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from wire.base import message
from wire.position import Latitude, Longitude

# Unknown is not "no": OpenStreetMap's absence of a tag is absence of knowledge.
Known = Literal["yes", "no", "unknown"]


@message
class Name:
    """A name as people read it (`ja`), as the voice reads it (`kana`) and in English."""

    ja: str
    kana: str | None = None
    en: str | None = None


@message
class Place:
    """A place that a route starts or ends at."""

    name: Name
    lat: Latitude
    lon: Longitude


class StretchKind(StrEnum):
    """What is underfoot along a stretch."""

    SIDEWALK = "sidewalk"
    SHARED_PATH = "shared_path"  # 自転車歩行者道
    PEDESTRIAN = "pedestrian"  # pedestrian street, arcade, plaza
    ROAD = "road"  # mixed street without a sidewalk (路側帯)
    CROSSING = "crossing"
    STEPS = "steps"
    LEVEL_CROSSING = "level_crossing"
    UNDERPASS = "underpass"
    BRIDGE = "bridge"
    INDOOR = "indoor"
    PATH = "path"


@message
class Crossing:
    """What is known of a crossing of a carriageway; None is never used for "no"."""

    signals: Known = "unknown"
    sound: Known = "unknown"
    sound_hours: str | None = None  # opening_hours syntax, where mapped
    button: Known = "unknown"
    marked: Known = "unknown"
    tactile: Known = "unknown"  # warning blocks at the kerb, or escort zone on the crossing
    island: Known = "unknown"
    kerb: Literal["flush", "lowered", "raised", "unknown"] = "unknown"
    street: Name | None = None  # the street that is crossed
    lanes: int | None = None
    osm_id: str | None = None
    scramble: Known = "unknown"  # all directions at once: parallel traffic misleads
    escort: Known = "unknown"  # エスコートゾーン: a tactile strip on the crossing itself
    vibration: Known = "unknown"  # 触知式信号: a pole or button that trembles at green
    mapped: bool = True  # False: the map only shows two lines that meet


@message
class Stretch:
    """A part of the route with one character; point indices into `Route.points`, both included.

    Consecutive stretches share their joint point: `stretches[i].last == stretches[i + 1].first`.
    """

    first: Annotated[int, Field(ge=0)]
    last: Annotated[int, Field(ge=1)]
    kind: StretchKind
    name: Name | None = None  # the way's own name, or the street that the sidewalk follows
    side: Literal["left", "right", "unknown"] = "unknown"  # side of the street, walking direction
    tactile: Known = "unknown"  # guide blocks along the way
    covered: Known = "unknown"
    crossing: Crossing | None = None
    steps: int | None = None
    steps_direction: Literal["up", "down", "unknown"] = "unknown"
    handrail: Known = "unknown"
    width_m: Annotated[float, Field(gt=0.0)] | None = None
    osm_id: str | None = None
    incline_pct: int | None = None  # in walking direction, positive up
    lit: Known = "unknown"
    unpaved: Known = "unknown"
    moving: bool = False  # escalator, moving walk
    gap: bool = False  # the map has a gap of a few metres here


@message
class Landmark:
    """Something nameable beside the route, `at` metres from its start."""

    at_m: Annotated[float, Field(ge=0.0)]
    side: Literal["left", "right", "ahead"]
    name: Name


@message
class Caveat:
    """What the plan could not avoid, for the sentence that says so. `kind` is a template id."""

    kind: Literal[
        "no_sidewalk", "unmarked_crossing", "level_crossing", "steps", "no_signal", "tactile_unknown",
        "blocked", "steep", "unlit", "map_gap", "escalator",
    ]  # fmt: skip
    count: int = 0
    length_m: float = 0.0


@message
class MapSource:
    """Which map a route was planned on. `practice` maps are hand-drawn and never for live guidance."""

    name: str
    practice: bool
    attribution: str
    data_time: str | None = None  # ISO 8601, as the extract says


Choice = Literal["recommended", "safest", "shortest", "blocks"]


@message
class Comparison:
    """The route beside the shortest one: differences, positive where this route has more."""

    longer_m: float
    no_sidewalk_m: float
    blocks_m: float
    unsignalled: int  # crossings without a signal, of streets that are more than a lane
    level_crossings: int
    steps: int  # flights


@message
class Route:
    """A plan. `points` are (lat, lon) in degrees, WGS 84; `length_m` is along them on the ground."""

    route_id: str
    source: MapSource
    walker: str
    origin: Place
    destination: Place
    points: Annotated[tuple[tuple[Latitude, Longitude], ...], Field(min_length=2)]
    stretches: Annotated[tuple[Stretch, ...], Field(min_length=1)]
    landmarks: tuple[Landmark, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    length_m: Annotated[float, Field(gt=0.0)]
    duration_s: Annotated[float, Field(gt=0.0)]
    choice: Choice = "recommended"
    comparison: Comparison | None = None  # all 0: as good as the shortest; None: was not compared
