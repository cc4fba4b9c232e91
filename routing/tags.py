"""What OpenStreetMap's tags say to a blind walker: pure functions from tags to facts.

Absence is "unknown", never "no" (https://wiki.openstreetmap.org/wiki/Key:tactile_paving).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from routing.measures import count, number
from wire.route import Known, Name, StretchKind

Tags = Mapping[str, str]
Kerb = Literal["flush", "lowered", "raised", "unknown"]

# Half a traffic lane more or less: 3.0-3.25 m is usual in Japanese towns (Road Structure Ordinance).
LANE_M = 3.25
_WIDEST_HALF_M = 20.0  # twelve lanes: more is a slip of the keyboard
# Lanes where none are tagged, by class: the usual cross-sections.
_USUAL_LANES = {"trunk": 4, "primary": 4, "secondary": 2, "tertiary": 2, "unclassified": 1.5}

# Which carriageway gives way to which: a lane that meets a main road leads over it.
_RANKS = {"trunk": 6, "primary": 5, "secondary": 4, "tertiary": 3, "unclassified": 2, "service": 0}

CARRIAGEWAYS: Final = frozenset({
    "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary",
    "tertiary_link", "unclassified", "residential", "living_street", "service", "road",
})  # fmt: skip
FOOTWAYS: Final = frozenset(
    {"footway", "pedestrian", "path", "cycleway", "steps", "corridor", "platform", "track"}
)
_ALLOWED = frozenset({"yes", "designated", "permissive", "official", "customers", "destination"})
_FORBIDDEN = frozenset({"no", "private"})

# In Japan both are in use; the first is the documented one.
READINGS: Final = ("name:ja-Hira", "name:ja_kana", "name:ja-kana", "name:ja-Kana", "name:ja-Hrkt")

# partial and primitive paving is felt by a cane; "incorrect" misleads and counts as none.
_TACTILE_YES = frozenset({"yes", "contrasted", "primitive", "partial"})
_TACTILE_NO = frozenset({"no", "incorrect"})


@dataclass(frozen=True, slots=True)
class CrossingFacts:
    """What the tags say of one crossing, at any hour. `sound_hours`: opening_hours syntax."""

    osm_id: str | None = None
    signals: Known = "unknown"
    sound: Known = "unknown"
    sound_hours: str | None = None
    button: Known = "unknown"
    marked: Known = "unknown"
    tactile: Known = "unknown"
    island: Known = "unknown"
    kerb: Kerb = "unknown"
    street: Name | None = None
    lanes: int | None = None
    road: str | None = None  # highway class that is crossed
    scramble: Known = "unknown"
    escort: Known = "unknown"
    vibration: Known = "unknown"
    mapped: bool = True  # False: only two drawn lines meet


def walkable(tags: Tags) -> bool:
    """Whether a person may walk along the way at all."""
    highway = tags.get("highway")
    if highway is None or (highway not in FOOTWAYS and highway not in CARRIAGEWAYS):
        return False
    if tags.get("motorroad") == "yes" or tags.get("foot") in _FORBIDDEN:
        return False
    if tags.get("foot") in _ALLOWED:
        return True
    # Japanese cycleways are shared (自転車歩行者道) unless the tags say otherwise.
    return tags.get("access") not in _FORBIDDEN


def is_crossing_way(tags: Tags) -> bool:
    """Whether the whole way leads over a carriageway."""
    return "crossing" in {tags.get("footway"), tags.get("path"), tags.get("cycleway")}


def is_crossing_node(tags: Tags) -> bool:
    """Whether people on foot cross a carriageway at this node."""
    return tags.get("highway") == "crossing" or (
        "crossing" in tags and tags["crossing"] != "no" and tags.get("highway") == "traffic_signals"
    )


def is_level_crossing(tags: Tags) -> bool:
    """Whether rails are crossed at this node, at their level."""
    return tags.get("railway") in {"level_crossing", "crossing", "tram_level_crossing", "tram_crossing"}


def is_tram_crossing(tags: Tags) -> bool:
    """Whether those rails are a tram's."""
    return tags.get("railway") in {"tram_level_crossing", "tram_crossing"}


def kind(tags: Tags) -> StretchKind:
    """What is underfoot along a walkable way."""
    highway = tags["highway"]
    if highway == "steps":
        return StretchKind.STEPS
    if is_crossing_way(tags):
        return StretchKind.CROSSING
    if _has(tags, "indoor") or highway == "corridor":
        return StretchKind.INDOOR
    if highway in FOOTWAYS and _has(tags, "bridge"):
        return StretchKind.BRIDGE
    if highway in FOOTWAYS and _has(tags, "tunnel"):
        return StretchKind.INDOOR if tags["tunnel"] == "building_passage" else StretchKind.UNDERPASS
    if highway == "pedestrian":
        return StretchKind.PEDESTRIAN
    if tags.get("footway") == "sidewalk":
        return StretchKind.SIDEWALK
    if highway == "cycleway" or (highway in FOOTWAYS and tags.get("bicycle") in {"yes", "designated"}):
        return StretchKind.SHARED_PATH
    if highway in FOOTWAYS:
        return StretchKind.PATH
    return StretchKind.SIDEWALK if attached_sidewalk(tags) else StretchKind.ROAD


def attached_sidewalk(tags: Tags) -> Literal["left", "right", "both"] | None:
    """Side on which a carriageway's own tags place a sidewalk that is not mapped apart."""
    sides = {"left": False, "right": False}
    for side in sides:
        value = tags.get(f"sidewalk:{side}", tags.get("sidewalk:both"))
        sides[side] = value == "yes" or tags.get("sidewalk") in {side, "both", "yes"}
    if sides["left"] and sides["right"]:
        return "both"
    return "left" if sides["left"] else "right" if sides["right"] else None


def sidewalk_apart(tags: Tags) -> bool:
    """Whether the carriageway's sidewalk is mapped as a way of its own."""
    return "separate" in {
        tags.get(key) for key in ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
    }


def tactile(tags: Tags) -> Known:
    """Guide blocks: misleading ones ("incorrect") count as none."""
    value = tags.get("tactile_paving")
    return "yes" if value in _TACTILE_YES else "no" if value in _TACTILE_NO else "unknown"


def known(value: str | None) -> Known:
    """Yes for any value but no; unknown where the tag is absent."""
    return "unknown" if value is None else "no" if value == "no" else "yes"


def handrail(tags: Tags) -> Known:
    """A handrail on any side."""
    values = [tags.get(key) for key in ("handrail", "handrail:left", "handrail:right", "handrail:center")]
    answers = {known(value) for value in values}
    return "yes" if "yes" in answers else "no" if "no" in answers else "unknown"


def name(tags: Tags) -> Name | None:
    """The name with its reading and its English, where mapped."""
    if not tags.get("name"):
        return None
    kana = next((tags[key] for key in READINGS if tags.get(key)), None)
    return Name(ja=tags["name"], kana=kana, en=tags.get("name:en"))


def rank(highway: str) -> int:
    """How great a carriageway is among the others: 0 (drive) to 6 (trunk)."""
    return _RANKS.get(highway.removesuffix("_link"), 1)


def half_width_m(tags: Tags) -> float:
    """Half of a carriageway, in metres: from lanes, else usual for its class."""
    width, lanes = number(tags.get("width")), number(tags.get("lanes"))
    if width is not None:
        return min(width / 2.0, _WIDEST_HALF_M)
    usual = _USUAL_LANES.get(tags.get("highway", "").removesuffix("_link"), 1.5)
    return min(LANE_M * (lanes or usual) / 2.0, _WIDEST_HALF_M)


def crossing(way: Tags, nodes: Iterable[Tags], osm_id: str | None) -> CrossingFacts:
    """The facts of a crossing from its way and the nodes on it: a kerb's, the middle's."""
    nodes = list(nodes)
    # The way speaks of the whole; a node in the middle knows details that the way lacks.
    merged: dict[str, str] = {}
    for tags in (*nodes, way):
        merged |= {key: value for key, value in tags.items() if not _speaks_of_itself(key)}
    # The kerb that is felt worst is the one to tell.
    kerbs = [tags["kerb"] for tags in (*nodes, way) if "kerb" in tags]
    sound, hours = _sound(merged)
    return CrossingFacts(
        osm_id=osm_id,
        signals=_signals(merged),
        sound=sound,
        sound_hours=hours,
        button=known(merged.get("button_operated")),
        marked=_marked(merged),
        tactile=_any_tactile(nodes, way),
        island=_island(merged),
        kerb=_worst_kerb(kerbs),
        scramble=_scramble(merged),
        escort=tactile(way),
        vibration=known(merged.get("traffic_signals:vibration")),
    )


def with_road(facts: CrossingFacts, road: Tags, street: Name | None) -> CrossingFacts:
    """The same crossing, knowing which carriageway it leads over."""
    lanes = min(count(road.get("lanes")), 255)
    return replace(facts, street=street, lanes=lanes or None, road=road.get("highway"))


def _speaks_of_itself(key: str) -> bool:
    return key in {"kerb", "tactile_paving", "highway", "name", "barrier"}


def _signals(tags: Tags) -> Known:
    if "crossing:signals" in tags:
        return known(tags["crossing:signals"])
    value = tags.get("crossing", "")
    if "signals" in value:
        return "yes"
    # "marked" says nothing of signals: both are used together.
    return "no" if value in {"uncontrolled", "zebra", "unmarked", "informal"} else "unknown"


def _marked(tags: Tags) -> Known:
    if "crossing:markings" in tags:
        return known(tags["crossing:markings"])
    values = set(tags.get("crossing", "").split(";"))
    if values & {"marked", "zebra", "uncontrolled"}:
        return "yes"
    return "no" if values & {"unmarked", "informal"} else "unknown"


def _sound(tags: Tags) -> tuple[Known, str | None]:
    value = tags.get("traffic_signals:sound")
    # "locate" helps to find the button and says nothing of the phase.
    sound: Known = "unknown" if value in {None, "locate"} else "no" if value == "no" else "yes"
    hours = tags.get("traffic_signals:sound:opening_hours")
    if hours is None and value is not None and re.search(r"\d:\d\d", value):
        hours = value  # some write the hours into the tag itself
    conditional = re.match(
        r"\s*(yes|walk|no)\s*@\s*\(?([^()]+)\)?", tags.get("traffic_signals:sound:conditional", "")
    )
    if hours is None and conditional:
        sound = "yes"
        hours = conditional[2].strip() + (" off" if conditional[1] == "no" else "")
    return sound, hours if sound == "yes" else None


def _any_tactile(nodes: Iterable[Tags], way: Tags) -> Known:
    answers = [tactile(tags) for tags in nodes]
    # A kerb without blocks among kerbs with them: the wearer may stand at the one without.
    if "no" in answers or "yes" in answers:
        return "no" if "no" in answers else "yes"
    return tactile(way)


def _island(tags: Tags) -> Known:
    if "crossing:island" in tags:
        return known(tags["crossing:island"])
    return "yes" if tags.get("crossing") == "island" or tags.get("traffic_calming") == "island" else "unknown"


def _scramble(tags: Tags) -> Known:
    """All directions green at once: 歩車分離式, スクランブル."""
    if "crossing:scramble" in tags:
        return known(tags["crossing:scramble"])
    said = f"{tags.get('crossing', '')};{tags.get('traffic_signals', '')}"
    return "yes" if "scramble" in said else "unknown"


def _worst_kerb(kerbs: list[str]) -> Kerb:
    for worst in ("raised", "lowered", "flush"):
        values = {"raised", "regular", "yes"} if worst == "raised" else {worst}
        if values & set(kerbs):
            return worst
    return "flush" if "no" in kerbs else "unknown"


def _has(tags: Tags, key: str) -> bool:
    return tags.get(key, "no") != "no"
