"""Every cue in English: what, where, how far; the same claims as in Japanese, no more.

Never that one may cross, never a colour of a signal, never that nothing is there.
"""

from collections.abc import Callable

from routing import directions
from routing.cues import Cue, CueKind
from routing.directions import Certainty, Sector
from routing.manner import Manner
from wire.route import Crossing, StretchKind

_WHERE = {"left": "on the left", "right": "on the right", "ahead": "straight ahead"}
_ABOUT = {Certainty.PLAIN: "", Certainty.ABOUT: "about ", Certainty.AROUND: "around "}
_COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
_HERE_M = 4.0
_KERB_M = 8.0  # a kerb is announced up to 6 m before it, by estimate
_INTO = {
    StretchKind.PEDESTRIAN: "a pedestrian street",
    StretchKind.SHARED_PATH: "a path shared with bicycles",
    StretchKind.SIDEWALK: "the sidewalk",
    StretchKind.ROAD: "a road without a sidewalk",
    StretchKind.INDOOR: "an indoor passage",
    StretchKind.PATH: "a path",
}


def metres(distance_m: float, accuracy_m: float | None = 0.0) -> str:
    """Like "20 metres", "about 20 metres", "around 20 metres"."""
    number = directions.rounded_m(distance_m)
    return f"{_ABOUT[directions.certainty(accuracy_m)]}{number} metre{'' if number == 1 else 's'}"


def turn(angle_deg: float, manner: Manner) -> str:
    """What to do: "turn right"."""
    where = directions.direction(angle_deg)
    if manner.clock and where.sector is not Sector.AHEAD:
        return f"turn to {directions.clock_hour(angle_deg)} o'clock"
    return {
        Sector.AHEAD: "go straight on",
        Sector.SLIGHT: f"bear {where.side}",
        Sector.TURN: f"turn {where.side}",
        Sector.SHARP: f"turn sharp {where.side}",
        Sector.BEHIND: "turn back",
    }[where.sector]


def whereabouts(angle_deg: float, manner: Manner) -> str:
    """Where something lies from the walker: "ahead right", "behind you"."""
    if manner.clock:
        return f"at {directions.clock_hour(angle_deg)} o'clock"
    where = directions.direction(angle_deg)
    return {
        Sector.AHEAD: "straight ahead",
        Sector.SLIGHT: f"ahead {where.side}",
        Sector.TURN: f"to your {where.side}",
        Sector.SHARP: f"behind {where.side}",
        Sector.BEHIND: "behind you",
    }[where.sector]


def _ahead(cue: Cue) -> str:
    """Like "in 20 metres"; "just ahead" where a figure would claim too much."""
    if cue.distance_m is None:
        return "ahead"
    if directions.close_by(cue.distance_m, cue.accuracy_m) or cue.distance_m < _HERE_M:
        return "just ahead"
    return f"in {metres(cue.distance_m, cue.accuracy_m)}"


def _near(cue: Cue, within_m: float) -> bool:
    return cue.distance_m is not None and cue.distance_m <= within_m


def _from_here(cue: Cue) -> str:
    return "here" if cue.distance_m is None or _near(cue, _HERE_M) else _ahead(cue)


def _sentence(*parts: str) -> str:
    """The non-empty parts, each a sentence."""
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)


# --- the way


def _start(cue: Cue, manner: Manner) -> str:
    goal = f"to {manner.en(cue.name)}" if cue.name else "to the destination"
    length = metres(cue.length_m) if cue.length_m else ""
    minutes = f"around {cue.minutes} minute{'' if cue.minutes == 1 else 's'}" if cue.minutes else ""
    head = ", ".join(part for part in (goal, length, minutes) if part)
    return _sentence(head, "" if manner.short else _caveats(cue))


def _caveats(cue: Cue) -> str:
    parts = []
    for caveat in cue.caveats:
        plural = "" if caveat.count == 1 else "s"
        text = _CAVEATS[caveat.kind]
        parts.append(text.format(count=caveat.count, s=plural, length=metres(caveat.length_m)))
    return f"on the way: {', '.join(parts)}" if parts else ""


_CAVEATS = {
    "no_sidewalk": "{length} of road without a sidewalk",
    "unmarked_crossing": "{count} unmarked crossing{s}",
    "level_crossing": "{count} railway crossing{s}",
    "steps": "{count} flight{s} of steps",
    "no_signal": "{count} crossing{s} without a signal",
    "tactile_unknown": "{length} where guide blocks are not known",
}


def _face(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is not None:
        return _sentence(f"your way is {whereabouts(cue.relative_deg, manner)}")
    compass = _COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]
    later = "" if manner.short else "your direction is checked once you walk"
    return _sentence(f"start walking {compass}", later)


def _corner(cue: Cue, manner: Manner) -> str:
    """What is at the corner, where the street turned into has no name."""
    if cue.name is None or cue.side is None:
        return ""
    return f" where {manner.en(cue.name)} is {_WHERE.get(cue.side, 'nearby')}"


def _into(cue: Cue, manner: Manner) -> str:
    if cue.name is not None and cue.side is None:
        return f" into {manner.en(cue.name)}"
    return f" into {_INTO[cue.stretch]}" if cue.stretch in _INTO else ""


def _prepare_turn(cue: Cue, manner: Manner) -> str:
    head = f"{_ahead(cue)}, {turn(cue.turn_deg or 0.0, manner)}"
    more = "" if manner.short else f"{_into(cue, manner)}{_corner(cue, manner)}"
    return _sentence(f"{head}{more}", _then(cue, manner))


def _turn_now(cue: Cue, manner: Manner) -> str:
    what = turn(cue.turn_deg or 0.0, manner)
    if directions.direction(cue.turn_deg or 0.0).sector is Sector.AHEAD:
        where = ""  # came from another side, or turned already
    elif cue.crossing is not None:
        where = " once you are across"  # the walker knows the far kerb, the position does not
    else:
        where = " here" if directions.certainty(cue.accuracy_m) is Certainty.PLAIN else " around here"
    return _sentence(f"{what}{where}", _then(cue, manner))


def _then(cue: Cue, manner: Manner) -> str:
    """What follows so closely that it belongs to the same sentence."""
    after = cue.then
    if after is None:
        return ""
    if after.crossing is not None and after.kind is CueKind.PREPARE_TURN:
        return f"once across, {turn(after.turn_deg or 0.0, manner)}"
    return f"right after that, {_what(after, manner)}"


def _what(cue: Cue, manner: Manner) -> str:
    """A cue as a clause of another sentence."""
    match cue.kind:
        case CueKind.PREPARE_TURN | CueKind.TURN_NOW:
            return turn(cue.turn_deg or 0.0, manner)
        case CueKind.CROSSING_AHEAD | CueKind.CROSSING_NOW:
            return f"{_crossing_short(cue.crossing or Crossing())}{_turned(cue, manner)}"
        case CueKind.STEPS_AHEAD:
            return f"{_stairs(cue)}{_turned(cue, manner)}"
        case CueKind.LEVEL_CROSSING_AHEAD:
            return f"railway crossing{_turned(cue, manner)}"
        case CueKind.UNDERPASS_AHEAD:
            return f"{_passage(cue)}{_turned(cue, manner)}"
    return f"your destination, {manner.en(cue.name)}" if cue.name else "your destination"


# --- crossings


def _turned(cue: Cue, manner: Manner) -> str:
    """Like ", to your left"; empty where it is straight on."""
    if cue.turn_deg is None or directions.direction(cue.turn_deg).sector is Sector.AHEAD:
        return ""
    return f", {whereabouts(cue.turn_deg, manner)}"


def _crossing_ahead(cue: Cue, manner: Manner) -> str:
    known = cue.crossing or Crossing()
    head = f"{_ahead(cue)}{_turned(cue, manner)}, "
    if manner.short:
        return _sentence(f"{head}{_crossing_short(known)}", _then(cue, manner))
    street = f" over {manner.en(cue.name)}" if cue.name else ""
    kind, *more = _crossing_kind(known)
    return _sentence(f"{head}{kind}{street}", *more, *_crossing_details(known), _then(cue, manner))


def _crossing_short(known: Crossing) -> str:
    if known.signals == "yes":
        return "crossing with signal and sound" if known.sound == "yes" else "crossing with signal"
    if known.marked == "no":
        return "unmarked crossing"
    return "crossing without signal" if known.signals == "no" and known.marked == "yes" else "street crossing"


def _crossing_kind(known: Crossing) -> tuple[str, ...]:
    if known.signals == "yes":
        return ("push-button signal crossing" if known.button == "yes" else "crossing with a signal",)
    signal = "no signal" if known.signals == "no" else "whether there is a signal is not known"
    if known.marked == "no":
        return ("unmarked crossing", signal)
    if known.marked == "unknown":
        return ("street crossing", "whether it is marked is not known", signal)
    return ("marked crossing", signal)


def _crossing_details(known: Crossing) -> tuple[str, ...]:
    return (
        _sound(known) if known.signals == "yes" else "",
        "island in the middle" if known.island == "yes" else "",
        f"{known.lanes} lanes" if known.lanes is not None and known.lanes >= 3 else "",
        "warning blocks at the kerb" if known.tactile == "yes" else "",
    )


def _sound(known: Crossing) -> str:
    if known.sound == "yes":
        return "with sound"
    if known.sound == "no":
        return "no sound"
    return "it may be silent at this hour" if known.sound_hours else "whether it has sound is not known"


def _crossing_now(cue: Cue, manner: Manner) -> str:
    known = cue.crossing or Crossing()
    what = "the crossing" if known.marked == "yes" or known.signals == "yes" else "the road"
    here = f"just before {what}{_turned(cue, manner)}"
    if manner.short:
        return _sentence(here, "whether to cross is for you to check")
    street = manner.en(cue.name) if cue.name else ""
    flush = "no kerb edge to the road" if known.kerb == "flush" else ""
    check = "listen to traffic and signals: whether to cross is for you to check"
    return _sentence(here, street, flush, check, _then(cue, manner))


def _crossing_done(cue: Cue, manner: Manner) -> str:
    known = cue.crossing or Crossing()
    what = "the crossing" if known.marked == "yes" or known.signals == "yes" else "the road"
    return _sentence(f"{what} seems to be behind you", "" if manner.short else "straight on")


# --- steps, tracks, passages


def _stairs(cue: Cue) -> str:
    return {"up": "steps up", "down": "steps down"}.get(cue.steps_direction or "", "steps")


def _steps_ahead(cue: Cue, manner: Manner) -> str:
    near = _near(cue, _KERB_M)
    place = "just before" if near else f"{_ahead(cue)},"
    head = f"{place} {_stairs(cue)}{_turned(cue, manner)}"
    if manner.short:
        return _sentence(head)
    way = "" if cue.steps_direction in {"up", "down"} else "up or down is not known"
    count = f"{cue.steps} steps" if cue.steps else ""
    rail = {"yes": "with handrail", "no": "no handrail"}.get(cue.handrail or "", "a handrail is not known")
    return _sentence(head, way, count, "" if near else rail, _then(cue, manner))


def _level_crossing_ahead(cue: Cue, manner: Manner) -> str:
    if not _near(cue, _KERB_M):
        head = f"{_ahead(cue)}, railway crossing{_turned(cue, manner)}"
        return _sentence(head, "" if manner.short else _then(cue, manner))
    ask = "" if manner.short else "listen for bells and trains: whether to cross is for you to check"
    return _sentence(f"just before the railway crossing{_turned(cue, manner)}", "stop", ask)


def _passage(cue: Cue) -> str:
    return "bridge" if cue.stretch is StretchKind.BRIDGE else "underpass"


def _underpass_ahead(cue: Cue, manner: Manner) -> str:
    near = _near(cue, _KERB_M)
    if near or manner.short:
        place = "at the entrance of the" if near else f"{_ahead(cue)},"
        return _sentence(f"{place} {_passage(cue)}{_turned(cue, manner)}")
    length = f"{metres(cue.length_m)} long" if cue.length_m else ""
    sky = "" if cue.stretch is StretchKind.BRIDGE else "the position may be lost inside"
    return _sentence(f"{_ahead(cue)}, {_passage(cue)}{_turned(cue, manner)}", length, sky, _then(cue, manner))


# --- underfoot and beside


def _paving_begins(cue: Cue, manner: Manner) -> str:
    return _sentence(f"guide blocks begin {_from_here(cue)}")


def _paving_ends(cue: Cue, manner: Manner) -> str:
    return _sentence(f"guide blocks end {_from_here(cue)}")


def _paving_unknown(cue: Cue, manner: Manner) -> str:
    return _sentence("from here, guide blocks are not known")


def _no_sidewalk(cue: Cue, manner: Manner) -> str:
    length = f", for {metres(cue.length_m)}" if cue.length_m and not manner.short else ""
    shared = "" if manner.short else "you share the road with cars"
    where = _from_here(cue)
    head = "no sidewalk from here on" if where == "here" else f"{where}, the sidewalk ends"
    return _sentence(f"{head}{length}", shared)


def _landmark(cue: Cue, manner: Manner) -> str:
    name = manner.en(cue.name) if cue.name else "landmark"
    where = _WHERE.get(cue.side or "", "nearby")
    far = "" if manner.short or cue.distance_m is None or _near(cue, _HERE_M) else f", {_ahead(cue)}"
    return _sentence(f"{name} {where}{far}")


def _reassure(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    if manner.short or cue.then is None:
        return _sentence(f"keep on for {distance}")
    return _sentence("keep on along this way", f"in {distance}, {_what(cue.then, manner)}")


# --- astray


def _off_route(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    return _sentence("you seem to be off the route", f"the route is {_way(cue, manner)}, {distance}")


def _way(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is not None:
        return whereabouts(cue.relative_deg, manner)
    return f"to the {_COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]}"


def _back_on_route(cue: Cue, manner: Manner) -> str:
    way = f"your way is {whereabouts(cue.relative_deg, manner)}" if cue.relative_deg is not None else ""
    return _sentence("you seem to be back on the route", way)


def _wrong_way(cue: Cue, manner: Manner) -> str:
    return _sentence("you seem to walk the wrong way", f"your way is {_way(cue, manner)}")


def _near_destination(cue: Cue, manner: Manner) -> str:
    name = f", {manner.en(cue.name)}" if cue.name else ""
    where = f", {_WHERE[cue.side]}" if cue.side in _WHERE and not manner.short else ""
    return _sentence(f"{_ahead(cue)}, your destination{name}{where}")


def _arrived(cue: Cue, manner: Manner) -> str:
    name = manner.en(cue.name) if cue.name else "the destination"
    where = f"it is {_WHERE[cue.side]}" if cue.side in _WHERE else ""
    return _sentence(f"you have reached {name}", where)


def _position_lost(cue: Cue, manner: Manner) -> str:
    return _sentence("position lost", "" if manner.short else "turns and crossings cannot be announced")


def _position_back(cue: Cue, manner: Manner) -> str:
    return _sentence("position found again", "" if manner.short else "guidance continues")


def _position_poor(cue: Cue, manner: Manner) -> str:
    error = f"off by around {directions.rounded_m(cue.accuracy_m)} metres" if cue.accuracy_m else ""
    late = "" if manner.short else "directions may come too early or late"
    return _sentence("the position is uncertain", "" if manner.short else error, late)


WORDS: dict[CueKind, Callable[[Cue, Manner], str]] = {
    CueKind.START: _start,
    CueKind.FACE: _face,
    CueKind.PREPARE_TURN: _prepare_turn,
    CueKind.TURN_NOW: _turn_now,
    CueKind.CROSSING_AHEAD: _crossing_ahead,
    CueKind.CROSSING_NOW: _crossing_now,
    CueKind.CROSSING_DONE: _crossing_done,
    CueKind.STEPS_AHEAD: _steps_ahead,
    CueKind.LEVEL_CROSSING_AHEAD: _level_crossing_ahead,
    CueKind.UNDERPASS_AHEAD: _underpass_ahead,
    CueKind.PAVING_BEGINS: _paving_begins,
    CueKind.PAVING_ENDS: _paving_ends,
    CueKind.PAVING_UNKNOWN: _paving_unknown,
    CueKind.NO_SIDEWALK: _no_sidewalk,
    CueKind.REASSURE: _reassure,
    CueKind.LANDMARK: _landmark,
    CueKind.OFF_ROUTE: _off_route,
    CueKind.BACK_ON_ROUTE: _back_on_route,
    CueKind.WRONG_WAY: _wrong_way,
    CueKind.NEAR_DESTINATION: _near_destination,
    CueKind.ARRIVED: _arrived,
    CueKind.POSITION_LOST: _position_lost,
    CueKind.POSITION_BACK: _position_back,
    CueKind.POSITION_POOR: _position_poor,
}
