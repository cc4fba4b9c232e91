"""What a way is along its whole length, in the codes of the columns. Pure."""

from dataclasses import dataclass

from routing import columns, measures, tags
from routing.columns import HIGHWAYS, KNOWN, SIDES
from routing.tags import CARRIAGEWAYS, FOOTWAYS, Tags
from wire.route import Known, StretchKind

# A drive to a house, a lane of a car park: nobody names them, nobody is led along them by name.
_DRIVES = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access", "alley"})
_FORWARD_ONLY = frozenset({"yes", "1", "forward"})
_BACKWARD_ONLY = frozenset({"-1", "backward"})


@dataclass(frozen=True, slots=True)
class Character:
    """One way. Codes as in `routing.columns`; what depends on direction is told along the way."""

    walked: bool
    carriageway: bool
    kind: StretchKind
    flags: int
    highway: int
    rank: int  # -1 where it is no carriageway
    half_width_m: float
    tactile: int
    covered: int
    lit: int
    handrail: int
    side: int
    climb: int
    surface: int
    smoothness: int
    incline_pct: int
    width_dm: int
    steps: int
    layer: int
    level: str
    raised: bool  # on a bridge, in a tunnel


def of_way(said: Tags) -> Character:
    """The character of a way with a `highway` tag."""
    highway = said["highway"]
    carriageway = highway in CARRIAGEWAYS
    kind = tags.kind(said) if highway in FOOTWAYS or carriageway else StretchKind.PATH
    return Character(
        walked=tags.walkable(said) and bool(_directions(said)),
        carriageway=carriageway,
        kind=kind,
        flags=_flags(said, kind),
        highway=highway_code(highway),
        rank=tags.rank(highway) if carriageway else -1,
        half_width_m=tags.half_width_m(said) if carriageway else 0.0,
        tactile=known_code(tags.tactile(said)),
        covered=known_code(_covered(said)),
        lit=known_code(tags.known(said.get("lit"))),
        handrail=known_code(tags.handrail(said)),
        side=SIDES.index(tags.attached_sidewalk(said) or "unknown") if carriageway else 0,
        climb=measures.climb(said),
        surface=measures.surface(said),
        smoothness=measures.smoothness(said),
        incline_pct=measures.incline_pct(said),
        width_dm=measures.width_dm(said),
        steps=measures.count(said.get("step_count")) if kind is StretchKind.STEPS else 0,
        layer=measures.layer(said),
        level=said.get("level", "0"),
        raised=_raised(said),
    )


def highway_code(highway: str) -> int:
    """The place in `HIGHWAYS`; a _link road is its road."""
    plain = highway.removesuffix("_link")
    return HIGHWAYS.index(plain) if plain in HIGHWAYS else 0


def known_code(value: Known) -> int:
    """The place in `KNOWN`."""
    return KNOWN.index(value)


def _flags(said: Tags, kind: StretchKind) -> int:
    flags = _directions(said)
    flags |= columns.APART if tags.sidewalk_apart(said) else 0
    flags |= columns.CONVEYING if said.get("conveying", "no") != "no" else 0
    ramps = [value for key, value in said.items() if key == "ramp" or key.startswith("ramp:")]
    flags |= columns.RAMP if kind is StretchKind.STEPS and any(value != "no" for value in ramps) else 0
    flags |= columns.SEGREGATED if said.get("segregated") == "yes" else 0
    drive = said.get("highway") == "service" and said.get("service") in _DRIVES
    return flags | (columns.SERVICE_DRIVE if drive else 0)


def _directions(said: Tags) -> int:
    """One-way for people on foot: escalators, and the few ways that say so."""
    one_way = {said.get("oneway:foot"), said.get("conveying")}
    forward = not one_way & _BACKWARD_ONLY and said.get("foot:forward") != "no"
    backward = not one_way & _FORWARD_ONLY and said.get("foot:backward") != "no"
    return (columns.FORWARD if forward else 0) | (columns.BACKWARD if backward else 0)


def _covered(said: Tags) -> Known:
    if said.get("tunnel") == "building_passage" or said.get("indoor", "no") != "no":
        return "yes"
    return tags.known(said.get("covered"))


def _raised(said: Tags) -> bool:
    return said.get("bridge", "no") != "no" or said.get("tunnel", "no") != "no"
