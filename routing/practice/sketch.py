"""The vocabulary in which a practice map is written down: streets, sidewalks, crossings, paths.

Metres east and north of the sketch's origin. A street runs "ns" (south to north) or "ew" (west to
east); its `low` side is west or south, its `high` side east or north.
"""

from dataclasses import dataclass, field
from typing import Literal

XY = tuple[float, float]
Tags = dict[str, str]
Side = Literal["low", "centre", "high"]
WalkKey = tuple[str, Side]


@dataclass(frozen=True, slots=True)
class Walk:
    """What runs along a street at `offset_m` from its centre line.

    `patches`: (from, to, tags) along the street's axis, laid over `tags`; "" takes a tag away.
    """

    offset_m: float = 0.0
    tags: Tags = field(default_factory=dict)
    patches: tuple[tuple[float, float, Tags], ...] = ()


@dataclass(frozen=True, slots=True)
class Street:
    """A street: its centre line in ascending order, half the carriageway, walks on its sides.

    `half_m` 0 is a pedestrian street: it has a `centre` walk and no carriageway.
    """

    key: str
    axis: Literal["ns", "ew"]
    line: tuple[XY, ...]
    tags: Tags
    half_m: float = 0.0
    low: Walk | None = None
    centre: Walk | None = None
    high: Walk | None = None

    @property
    def walks(self) -> dict[Side, Walk]:
        """The walks that exist, by side."""
        sides: tuple[tuple[Side, Walk | None], ...] = (
            ("low", self.low),
            ("centre", self.centre),
            ("high", self.high),
        )
        return {side: walk for side, walk in sides if walk is not None}

    def offset(self, side: Side) -> float:
        """Metres east (ns) or north (ew) of the centre line."""
        walk = self.walks[side]
        return -walk.offset_m if side == "low" else walk.offset_m


@dataclass(frozen=True, slots=True)
class Crossing:
    """The walk `along` goes over the carriageway `over`: tags of the way, its middle, its kerbs."""

    along: WalkKey
    over: str
    way: Tags
    node: Tags
    kerb: Tags


@dataclass(frozen=True, slots=True)
class On:
    """A place on a walk, `at` metres along its street's axis (north or east of the origin)."""

    walk: WalkKey
    at: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A point with tags, anywhere or on a walk; a path passes through it by its key."""

    key: str
    at: XY | On
    tags: Tags


@dataclass(frozen=True, slots=True)
class Path:
    """Any other way: points are metres, keys of spots, or places on walks."""

    points: tuple[XY | str | On, ...]
    tags: Tags


@dataclass(frozen=True, slots=True)
class Sketch:
    """A practice map before it is drawn."""

    key: str
    title: str
    origin: tuple[float, float]  # lat, lon
    streets: tuple[Street, ...]
    crossings: tuple[Crossing, ...]
    paths: tuple[Path, ...]
    spots: tuple[Spot, ...]


def named(ja: str, kana: str, en: str, **more: str) -> Tags:
    """A name as people read it, as the voice reads it, and in English."""
    return {"name": ja, "name:ja-Hira": kana, "name:en": en, **more}


def signals(
    along: WalkKey,
    over: str,
    *,
    sound: str | None = None,
    hours: str | None = None,
    paved: str | None = "yes",
    **node: str,
) -> Crossing:
    """A zebra crossing with signals. `sound` None: not mapped. `hours`: when the sound sounds."""
    tags = {"highway": "crossing", "crossing": "traffic_signals", "crossing:signals": "yes"}
    tags |= {"crossing:markings": "zebra", **node}
    if sound is not None:
        tags["traffic_signals:sound"] = sound
    if hours is not None:
        tags["traffic_signals:sound:opening_hours"] = hours
    way = {"crossing": "traffic_signals", "crossing:markings": "zebra"}
    return Crossing(along, over, way, tags, _kerb("lowered", paved))


def zebra(along: WalkKey, over: str, *, paved: str | None = "yes", **node: str) -> Crossing:
    """A zebra crossing without signals."""
    tags = {"highway": "crossing", "crossing": "uncontrolled", "crossing:signals": "no"}
    way = {"crossing": "uncontrolled", "crossing:markings": "zebra"}
    return Crossing(along, over, way, tags | {"crossing:markings": "zebra"} | node, _kerb("lowered", paved))


def unmarked(
    along: WalkKey, over: str, *, kerb: str = "lowered", paved: str | None = None, **node: str
) -> Crossing:
    """Where one crosses though nothing is painted: the mouth of a side street."""
    tags = {"highway": "crossing", "crossing": "unmarked", "crossing:markings": "no"} | node
    return Crossing(
        along, over, {"crossing": "unmarked", "crossing:markings": "no"}, tags, _kerb(kerb, paved)
    )


def _kerb(kind: str, paved: str | None) -> Tags:
    """Kerb nodes; `paved` None: whether warning blocks lie there is not mapped."""
    return {"barrier": "kerb", "kerb": kind} | ({} if paved is None else {"tactile_paving": paved})
