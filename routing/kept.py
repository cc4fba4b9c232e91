"""Which of OpenStreetMap's tags a map keeps: all that may matter to a walk. Pure."""

from collections.abc import Mapping
from typing import Final

from routing.tags import CARRIAGEWAYS, FOOTWAYS, READINGS

# Keys that make a named thing a place, in the order in which they name its kind.
PLACE_KEYS: Final = (
    "railway", "public_transport", "tourism", "amenity", "shop", "leisure", "office", "historic",
    "healthcare", "craft", "building", "entrance",
)  # fmt: skip
PLACE_HIGHWAYS: Final = frozenset({"bus_stop", "elevator", "traffic_signals"})  # the junction's name

WAY_KEYS: Final = frozenset({
    "highway", "footway", "cycleway", "path", "crossing", "tactile_paving", "kerb", "sidewalk", "surface",
    "smoothness", "width", "est_width", "lit", "incline", "step_count", "handrail", "ramp", "conveying",
    "foot", "access", "bicycle", "segregated", "covered", "tunnel", "bridge", "layer", "level", "indoor",
    "service", "oneway", "maxspeed", "lanes", "name", "alt_name", "short_name", "ref", "motorroad",
    "area", "railway", "barrier", "waterway", "entrance", "door", "button_operated", "street:name",
    "is_sidewalk:of:name", "traffic_calming", "shirube:practice", "wheelchair", "opening_hours",
    "traffic_signals", "junction", "man_made", "public_transport",
})  # fmt: skip
NODE_KEYS: Final = frozenset({
    "highway", "crossing", "tactile_paving", "kerb", "barrier", "traffic_signals", "button_operated",
    "railway", "entrance", "door", "name", "alt_name", "short_name", "access", "foot", "indoor", "level",
    "lit", "width", "covered", "traffic_calming", "shirube:practice", "automatic_door", "height",
    "maxwidth", "wheelchair", "bicycle", "ref", "noexit",
})  # fmt: skip
# The parts of a key: crossing:island, sidewalk:left, traffic_signals:sound:opening_hours, …
_PARTS: Final = (
    "crossing:", "traffic_signals:", "sidewalk:", "tactile_paving:", "kerb:", "handrail:", "ramp:",
    "surface:", "smoothness:", "oneway:", "foot:", "cycleway:", "width:", "lit:", "lanes:", "incline:",
    "access:", "step:",
)  # fmt: skip
_NAMES: Final = frozenset({*READINGS, "name:ja", "name:en"})

# Rails that run on the ground: what is disused or underground has other values.
RAILS: Final = frozenset({"rail", "light_rail", "tram", "narrow_gauge", "preserved", "miniature"})
# What no tie leads through: a line that a person cannot step over.
OBSTACLES: Final = frozenset({
    "fence", "wall", "hedge", "guard_rail", "city_wall", "retaining_wall", "jersey_barrier", "ditch",
    "handrail", "chain",
})  # fmt: skip

_WALKED: Final = FOOTWAYS | CARRIAGEWAYS


def of_way(tags: Mapping[str, str]) -> dict[str, str]:
    """The kept tags of a way."""
    return {key: value for key, value in tags.items() if key in WAY_KEYS or _part(key)}


def of_node(tags: Mapping[str, str]) -> dict[str, str]:
    """The kept tags of a node that lies on a way."""
    return {key: value for key, value in tags.items() if key in NODE_KEYS or _part(key)}


def is_line(tags: Mapping[str, str]) -> bool:
    """Whether the way's line matters: walked, driven, railed, or in the way."""
    return (
        is_walked_or_driven(tags)
        or tags.get("railway") in RAILS
        or tags.get("barrier") in OBSTACLES
        or "waterway" in tags
    )


def is_walked_or_driven(tags: Mapping[str, str]) -> bool:
    """Whether the way is one that people walk on or cross."""
    return tags.get("highway") in _WALKED


def place_kind(tags: Mapping[str, str]) -> str | None:
    """The tag that makes a named thing a place: "amenity=townhall"."""
    if tags.get("highway") in PLACE_HIGHWAYS:
        return f"highway={tags['highway']}"
    return next((f"{key}={tags[key]}" for key in PLACE_KEYS if key in tags), None)


def _part(key: str) -> bool:
    return key.startswith(_PARTS) or key in _NAMES
