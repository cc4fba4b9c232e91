"""Every cue in English: what, where, how far; the same claims as in Japanese, no more.

Never that one may cross, never a colour of a signal, never that nothing is there.
"""

from collections.abc import Callable

from routing import directions, features_en, wording_summary_en
from routing.cues import Cue, CueKind, Mark
from routing.directions import AHEAD, Certainty
from routing.manner import Manner, distance_m
from routing.wording_en import (
    COMPASS,
    HERE_M,
    WHERE,
    ahead,
    here,
    metres,
    near,
    sentence,
    then,
    turn,
    way,
    what,
    whereabouts,
)
from wire.route import StretchKind

_INTO = {
    StretchKind.PEDESTRIAN: "into a pedestrian street",
    StretchKind.SHARED_PATH: "onto a path shared with bicycles",
    StretchKind.SIDEWALK: "onto the sidewalk",
    StretchKind.ROAD: "into a road without a sidewalk",
    StretchKind.INDOOR: "into an indoor passage",
    StretchKind.PATH: "into a path",
}

_DOOR_M = 10.0  # further away by estimate, only the neighbourhood is claimed


def _face(cue: Cue, manner: Manner) -> str:
    if cue.relative_deg is not None:
        return sentence(f"your way is {whereabouts(cue.relative_deg, manner)}")
    compass = COMPASS[directions.compass_octant(cue.bearing_deg or 0.0)]
    later = "" if manner.short or manner.home else "your direction is checked once you walk"
    return sentence(f"start walking {compass}", later)


# Felt or heard, so a walker can be sure of it: told before anything that must be seen.
_MARKS = {
    Mark.BLOCKS_TURN: " along the guide blocks",
    Mark.BLOCKS_LEFT: " away from the guide blocks",
    Mark.AFTER_STEPS: " at the end of the steps",
    Mark.AFTER_ESCALATOR: " at the end of the escalator",
    Mark.AFTER_RAILS: " behind the railway crossing",
    Mark.AFTER_UNDERPASS: " out of the underpass",
    Mark.AFTER_BRIDGE: " at the end of the bridge",
    Mark.AFTER_SIGNAL: " behind the crossing with a signal",
    Mark.AFTER_CROSSING: " behind the crossing",
}
# At home the sentence before has just told the crossing.
_KNOWN_AT_HOME = frozenset({Mark.AFTER_SIGNAL, Mark.AFTER_CROSSING})


def _mark(cue: Cue, manner: Manner) -> str:
    mark = cue.mark
    return "" if mark is None or (manner.home and mark in _KNOWN_AT_HOME) else _MARKS[mark]


def _corner(cue: Cue, manner: Manner) -> str:
    """What is at the corner, where the street turned into has no name; a sentence of its own."""
    if cue.name is None or cue.side is None:
        return ""
    return f"{manner.en(cue.name)} is {WHERE.get(cue.side, 'nearby')} there"


def _into(cue: Cue, manner: Manner) -> str:
    if cue.name is not None and cue.side is None:
        onto = "onto the sidewalk of" if cue.stretch is StretchKind.SIDEWALK else "into"
        return f" {onto} {manner.en(cue.name)}{', unpaved' if cue.unpaved else ''}"
    if cue.stretch in _INTO and not (manner.home and cue.stretch is StretchKind.ROAD):
        return f" {_INTO[cue.stretch]}{', unpaved' if cue.unpaved else ''}"
    return " into an unpaved way" if cue.unpaved else ""


def _prepare_turn(cue: Cue, manner: Manner) -> str:
    head = f"{ahead(cue, manner)}, {turn(cue.turn_deg or 0.0, manner)}"
    if manner.short:
        return sentence(head, then(cue, manner))
    return sentence(
        f"{head}{_mark(cue, manner)}{_into(cue, manner)}", _corner(cue, manner), then(cue, manner)
    )


def _turn_now(cue: Cue, manner: Manner) -> str:
    angle = cue.turn_deg or 0.0
    straight = directions.index(angle) == AHEAD
    if straight:
        where = ""  # came from another side, or turned already
    elif cue.crossing is not None:
        # The walker knows the far kerb, the position does not.
        into = _into(cue, manner) if manner.home else ""
        return sentence(f"once you are across, {turn(angle, manner)}{into}", then(cue, manner))
    elif directions.certainty(cue.accuracy_m) is Certainty.PLAIN:
        where = " here"
    else:
        where = " around here"
    felt = cue.mark if cue.mark in _FELT_AT_THE_SPOT and not straight else None
    place = where if felt is None or manner.short else f"{where},{_MARKS[felt]}"
    return sentence(f"{turn(angle, manner)}{place}", then(cue, manner))


_FELT_AT_THE_SPOT = frozenset({Mark.BLOCKS_TURN, Mark.BLOCKS_LEFT, Mark.AFTER_STEPS, Mark.AFTER_ESCALATOR})


def _paving_begins(cue: Cue, manner: Manner) -> str:
    return sentence(f"guide blocks begin {here(cue, manner)}")


def _paving_ends(cue: Cue, manner: Manner) -> str:
    return sentence(f"guide blocks end {here(cue, manner)}")


def _paving_unknown(cue: Cue, manner: Manner) -> str:
    return sentence(f"from {'there' if manner.home else 'here'}, guide blocks are not known")


def _no_sidewalk(cue: Cue, manner: Manner) -> str:
    where = here(cue, manner)
    place = f"from {where}" if where in {"here", "there"} else where
    if manner.short:
        return sentence(f"{place}, no sidewalk")
    length = f" for {metres(cue.length_m)}" if cue.length_m else ""
    return sentence(f"{place}, no sidewalk{length}", "you share the road with cars")


def _landmark(cue: Cue, manner: Manner) -> str:
    name = manner.en(cue.name) if cue.name else "landmark"
    where = WHERE.get(cue.side or "", "nearby")
    distance = distance_m(cue, manner)
    beside = manner.short or distance is None or distance <= HERE_M
    far = "" if beside else f", {ahead(cue, manner)}"
    return sentence(f"{name} {where}{far}")


def _paving_branch(cue: Cue, manner: Manner) -> str:
    which = {"left": "to the left", "right": "to the right", "ahead": "straight on"}.get(cue.side or "")
    if which and manner.short:
        return sentence(f"{ahead(cue, manner)}, guide blocks {which}")
    return sentence(f"{ahead(cue, manner)}, guide blocks branch", f"follow those {which}" if which else "")


def _map_gap(cue: Cue, manner: Manner) -> str:
    length = f", around {metres(cue.length_m)}" if cue.length_m else ""
    care = "" if manner.short else "check whether there is a way"
    return sentence(f"{ahead(cue, manner)}, the map has a gap{length}", care)


def _reassure(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    if manner.short or cue.then is None:
        return sentence(f"keep on for {distance}")
    return sentence("keep on along this way", f"in {distance}, {what(cue.then, manner)}")


def _off_route(cue: Cue, manner: Manner) -> str:
    distance = metres(cue.distance_m or 0.0, cue.accuracy_m)
    return sentence("you seem to be off the route", f"the route is {way(cue, manner)}, {distance}")


def _back_on_route(cue: Cue, manner: Manner) -> str:
    way = f"your way is {whereabouts(cue.relative_deg, manner)}" if cue.relative_deg is not None else ""
    return sentence("you seem to be back on the route", way)


def _wrong_way(cue: Cue, manner: Manner) -> str:
    return sentence("you seem to walk the wrong way", f"your way is {way(cue, manner)}")


def _reroute_failed(cue: Cue, manner: Manner) -> str:
    why = _NO_REROUTE.get(cue.reason or "", "no new route could be made")
    return sentence(why, "guidance goes on along the old route")


_NO_REROUTE = {
    "no_network": "no connection, so no new route could be made",
    "none_found": "no new route was found",
}


def _near_destination(cue: Cue, manner: Manner) -> str:
    name = f", {manner.en(cue.name)}" if cue.name else ""
    where = f", {WHERE[cue.side]}" if cue.side in WHERE and not manner.short else ""
    return sentence(f"{ahead(cue, manner)}, your destination{name}{where}")


def _arrived(cue: Cue, manner: Manner) -> str:
    name = manner.en(cue.name) if cue.name else "the destination"
    where = f"it is {WHERE[cue.side]}" if cue.side in WHERE else ""
    reached = "reached" if cue.distance_m is None or near(cue, _DOOR_M, manner) else "come close to"
    return sentence(f"you have {reached} {name}", where)


def _position_lost(cue: Cue, manner: Manner) -> str:
    return sentence("position lost", "" if manner.short else "turns and crossings cannot be announced")


def _position_back(cue: Cue, manner: Manner) -> str:
    return sentence("position found again", "" if manner.short else "guidance continues")


def _position_poor(cue: Cue, manner: Manner) -> str:
    error = f"off by around {directions.rounded_m(cue.accuracy_m)} metres" if cue.accuracy_m else ""
    late = "" if manner.short else "directions may come too early or late"
    return sentence("the position is uncertain", "" if manner.short else error, late)


WORDS: dict[CueKind, Callable[[Cue, Manner], str]] = {
    CueKind.START: wording_summary_en.start,
    CueKind.FACE: _face,
    CueKind.PREPARE_TURN: _prepare_turn,
    CueKind.TURN_NOW: _turn_now,
    CueKind.CROSSING_AHEAD: features_en.crossing_ahead,
    CueKind.CROSSING_NOW: features_en.crossing_now,
    CueKind.CROSSING_DONE: features_en.crossing_done,
    CueKind.STEPS_AHEAD: features_en.steps_ahead,
    CueKind.LEVEL_CROSSING_AHEAD: features_en.level_crossing_ahead,
    CueKind.UNDERPASS_AHEAD: features_en.underpass_ahead,
    CueKind.PAVING_BEGINS: _paving_begins,
    CueKind.PAVING_ENDS: _paving_ends,
    CueKind.PAVING_UNKNOWN: _paving_unknown,
    CueKind.NO_SIDEWALK: _no_sidewalk,
    CueKind.SLOPE_AHEAD: features_en.slope_ahead,
    CueKind.PAVING_BRANCH: _paving_branch,
    CueKind.MAP_GAP: _map_gap,
    CueKind.REASSURE: _reassure,
    CueKind.LANDMARK: _landmark,
    CueKind.OFF_ROUTE: _off_route,
    CueKind.BACK_ON_ROUTE: _back_on_route,
    CueKind.WRONG_WAY: _wrong_way,
    CueKind.REROUTED: wording_summary_en.rerouted,
    CueKind.REROUTE_FAILED: _reroute_failed,
    CueKind.NEAR_DESTINATION: _near_destination,
    CueKind.ARRIVED: _arrived,
    CueKind.POSITION_LOST: _position_lost,
    CueKind.POSITION_BACK: _position_back,
    CueKind.POSITION_POOR: _position_poor,
}
