"""What the device itself tells, in English. Same order as the Japanese: what, where, how far."""

from collections.abc import Callable

from device.announcements import AlertKind, TripInfo
from device.bearings import (
    Belief,
    Nearness,
    Where,
    belief,
    exactness,
    hour,
    metres,
    nearness,
    where,
    whole_metres,
)
from device.tells import TellsHazard
from vision.types import Hazard, Motion, ObjectClass, PavingSight, Place

_THINGS = {
    ObjectClass.PERSON: "person",
    ObjectClass.BICYCLE: "bicycle",
    ObjectClass.MOTORCYCLE: "motorcycle",
    ObjectClass.CAR: "car",
    ObjectClass.BUS: "bus",
    ObjectClass.TRUCK: "truck",
    ObjectClass.KICK_SCOOTER: "kick scooter",
    ObjectClass.POLE: "pole",
    ObjectClass.BOLLARD: "bollard",
    ObjectClass.TREE: "tree",
    ObjectClass.SIGN: "sign",
    ObjectClass.CONE: "cone",
    ObjectClass.PLANTER: "planter",
    ObjectClass.BENCH: "bench",
    ObjectClass.BOX: "box or bag",
    ObjectClass.DOG: "dog",
    ObjectClass.STAIRS: "stairs",
    ObjectClass.PLATFORM_EDGE: "platform edge",
    ObjectClass.OVERHEAD: "watch your head",
    ObjectClass.OBSTACLE: "obstacle",
}
# What is said instead where the camera is not sure enough of the name: what it means is sure enough.
_UNSURE = {
    ObjectClass.STAIRS: "step or edge",
    ObjectClass.PLATFORM_EDGE: "step or edge",
    ObjectClass.OVERHEAD: "something at head height",
}
_ARTICLES = {"stairs": "", "obstacle": "an "}  # a, of all the others
SIDES = {"left": "left", "right": "right"}
_WHERE = {
    Where.AHEAD: "ahead",
    Where.SLIGHTLY_LEFT: "slightly left",
    Where.SLIGHTLY_RIGHT: "slightly right",
    Where.LEFT: "front left",
    Where.RIGHT: "front right",
    Where.FAR_LEFT: "on the left",
    Where.FAR_RIGHT: "on the right",
}
_ABOUT = {Nearness.PLAIN: "", Nearness.ABOUT: "about ", Nearness.AROUND: "around "}


def thing(hazard: Hazard) -> str:
    """The thing's name, or "something" where the camera is not sure enough to name it."""
    names = _UNSURE if belief(hazard) is Belief.SOMETHING else _THINGS
    return names.get(hazard.cls, "something")


def _distance(hazard: Hazard) -> str:
    if hazard.distance_m < 1.0:
        return "right in front of you"
    count = metres(hazard)
    return f"{_ABOUT[nearness(hazard)]}{count} metre{'' if count == 1 else 's'}"


def _free(hazard: Hazard) -> str:
    if hazard.motion is Motion.OVERTAKEN:
        return " Going your way."  # a side beside it does not stay free
    side = SIDES.get(hazard.free_side or "")
    return f" The {side} side seems open." if side else ""


def _subject(hazard: Hazard) -> str:
    name = thing(hazard)
    if belief(hazard) is Belief.NAMED or name.startswith("something"):
        return name
    if hazard.cls is ObjectClass.OVERHEAD:  # no name that could be doubted: only whether it is there
        return _UNSURE[hazard.cls]
    return f"maybe {_ARTICLES.get(name, 'a ')}{name}"


def _place(hazard: Hazard, clock: bool) -> str:
    """Like ahead, slightly left, at 2 o'clock."""
    at = where(hazard)
    return f"at {hour(hazard)} o'clock" if clock and at is not Where.AHEAD else _WHERE[at]


def _at(hazard: Hazard, clock: bool, it: str) -> str:
    """Bicycle ahead. Watch your head, slightly left: what hangs is ahead if nothing else is said."""
    place = _place(hazard, clock)
    if hazard.cls is not ObjectClass.OVERHEAD:
        return f"{_capital(it)} {place}"
    return _capital(it) if where(hazard) is Where.AHEAD else f"{_capital(it)}, {place}"


def stop_now(hazard: Hazard, clock: bool = False) -> str:
    """One word first: it is heard even if nothing else is."""
    return f"Stop! {_at(hazard, clock, thing(hazard))}."


def obstacle_on_paving(hazard: Hazard, clock: bool = False) -> str:
    """Bicycle on the blocks."""
    if hazard.cls is ObjectClass.OVERHEAD:
        return obstacle_ahead(hazard, clock)  # it hangs over them
    side = "" if where(hazard) is Where.AHEAD else f", {_place(hazard, clock)}"
    return f"{_capital(_subject(hazard))} on the blocks{side}."


def obstacle_ahead(hazard: Hazard, clock: bool = False) -> str:
    """Pole ahead."""
    return f"{_at(hazard, clock, _subject(hazard))}."


def obstacle_near(hazard: Hazard, clock: bool = False) -> str:
    """The second telling, when it got worse: the thing, now."""
    return f"{_at(hazard, clock, thing(hazard))}, {_distance(hazard)}."


def approaching(hazard: Hazard, clock: bool = False) -> str:
    """Bicycle coming, front right."""
    return f"{_capital(_subject(hazard))} coming, {_place(hazard, clock)}."


def detail(hazard: Hazard, clock: bool = False) -> str:
    """The rest, after what and where: 3 metres. The right side seems open."""
    return f"{_capital(_distance(hazard))}.{_free(hazard)}"


# --- what the guide blocks do ahead


def _far(place: Place) -> str:
    if place.distance_m < 1.0:
        return "right in front of you"
    count = whole_metres(place.distance_m)
    about = _ABOUT[exactness(place.distance_m, place.sigma_m)]
    return f"{about}{count} metre{'' if count == 1 else 's'} ahead"


_ARMS = {"left": "to the left", "right": "to the right", "both": "to the left and right"}


def _way(sight: PavingSight) -> str:
    """What the blocks do where a strip leaves them: branch to the right."""
    if sight.branch is None:
        return ""
    one = not sight.branch.goes_on and sight.branch.side != "both"
    seem = "" if sight.branch.sure else "seem to "
    return f"{seem}{'turn' if one else 'branch'} {_ARMS[sight.branch.side]}"


def dots_ahead(sight: PavingSight) -> str:
    """Warning blocks, 3 metres ahead. Attention, and nothing of what may be done there."""
    if sight.dots is None:
        return "Warning blocks."
    way = f" The blocks {_way(sight)}." if sight.branch else ""
    return f"Warning blocks, {_far(sight.dots)}.{way}"


def blocks_branch(sight: PavingSight) -> str:
    """The guide blocks branch to the right, 3 metres ahead."""
    if sight.branch is None:
        return "The guide blocks branch."
    return f"The guide blocks {_way(sight)}, {_far(sight.branch)}."


def blocks_end(sight: PavingSight) -> str:
    """The guide blocks seem to end, 3 metres ahead."""
    if sight.end is None:
        return "The guide blocks seem to end."
    return f"The guide blocks {'end' if sight.end.sure else 'seem to end'}, {_far(sight.end)}."


def blocks_bend(sight: PavingSight) -> str:
    """The guide blocks bend gently to the right."""
    if sight.bend is None:
        return "The guide blocks bend."
    return f"The guide blocks bend gently to the {SIDES['right' if sight.bend.turn_deg > 0 else 'left']}."


def blocks_drift(sight: PavingSight) -> str:
    """You are leaving the guide blocks. They are on your right: the side of the blocks, not the wearer's."""
    if sight.drift is None:
        return "You are leaving the guide blocks."
    side = SIDES["right" if sight.drift.offset_m > 0 else "left"]
    return f"You are leaving the guide blocks. They are on your {side}."


def trip_started(trip: TripInfo) -> str:
    """The map's kind and who sees the position, before the first step."""
    begins = "Guidance starts." if trip.guided else "The walk starts. There are no directions."
    practice = " This is a practice map." if trip.practice else ""
    shared = " Your caregiver can see where you are." if trip.shared else ""
    return f"{begins}{practice}{shared}"


def trip_resumed(trip: TripInfo) -> str:
    """The device began anew on the way."""
    goes_on = "Guidance goes on from here." if trip.guided else "The walk goes on."
    blind = " I cannot warn of obstacles yet." if trip.blind else ""
    return f"Shirube has started again. {goes_on}{blind}"


def trip_ended(trip: TripInfo) -> str:
    """The end of guidance and of sharing."""
    ends = "Guidance ends." if trip.guided else "The walk ends."
    return ends + (" Your position is no longer shared." if trip.shared else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# Told of things seen; `obstacle_near` is the second telling, when it got worse.
HAZARDS: dict[AlertKind, TellsHazard] = {
    AlertKind.OBSTACLE_DETAIL: detail,
    AlertKind.STOP_NOW: stop_now,
    AlertKind.OBSTACLE_ON_PAVING: obstacle_on_paving,
    AlertKind.OBSTACLE_AHEAD: obstacle_ahead,
    AlertKind.EDGE_AHEAD: obstacle_ahead,
    AlertKind.STAIRS_AHEAD: obstacle_ahead,
    AlertKind.OVERHEAD_AHEAD: obstacle_ahead,
    AlertKind.PERSON_APPROACHING: approaching,
    AlertKind.VEHICLE_APPROACHING: approaching,
}
TRIPS: dict[AlertKind, Callable[[TripInfo], str]] = {
    AlertKind.TRIP_STARTED: trip_started,
    AlertKind.TRIP_RESUMED: trip_resumed,
    AlertKind.TRIP_ENDED: trip_ended,
}
BLOCKS: dict[AlertKind, Callable[[PavingSight], str]] = {
    AlertKind.DOTS_AHEAD: dots_ahead,
    AlertKind.BLOCKS_BRANCH: blocks_branch,
    AlertKind.BLOCKS_TURN: blocks_branch,
    AlertKind.BLOCKS_BEND: blocks_bend,
    AlertKind.BLOCKS_END: blocks_end,
    AlertKind.BLOCKS_DRIFT: blocks_drift,
}
# Told in the same words whatever the values.
SENTENCES: dict[AlertKind, str] = {
    AlertKind.PAVING_SIGHTED: "The camera sees guide blocks.",
    AlertKind.PAVING_OUT_OF_SIGHT: "The camera no longer sees the guide blocks.",
}
