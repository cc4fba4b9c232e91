"""What must be crossed or climbed, in English.

Never that one may cross, never a colour of a signal. What the map does not hold is not known.
"""

from routing.cues import Cue
from routing.manner import Manner
from routing.wording_en import (
    KERB_M,
    ahead,
    crossing_short,
    metres,
    near,
    passage,
    sentence,
    stairs,
    then,
    turned,
)
from wire.route import Crossing, StretchKind

LONG_CROSSING_M = 8.0  # two lanes and a kerb; below it, the figure says nothing
STEEP_PCT = 8  # the most that the Japanese standard for barrier-free sidewalks allows anywhere

_UNKNOWN = Crossing()


def crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A crossing with all that is known of it."""
    known = cue.crossing or _UNKNOWN
    head = f"{ahead(cue, manner)}{turned(cue, manner)}, "
    if manner.short:
        return sentence(f"{head}{crossing_short(known)}", then(cue, manner))
    street = manner.en(cue.name) if cue.name else ""
    kind, unknown = _crossing(known, street)
    return sentence(f"{head}{kind}", unknown, *_details(known, cue.length_m), then(cue, manner))


def _crossing(known: Crossing, street: str) -> tuple[str, str]:
    """Main clause and, apart, what is not known of marking and signal."""
    over = f" over {street}" if street else ""
    if known.scramble == "yes":
        signal = "" if known.signals == "yes" else _SIGNAL[known.signals]
        return f"scramble crossing{over}", sentence(signal, _NOT_BY_TRAFFIC)
    if known.signals == "yes" and known.mapped:
        return (
            f"{'push-button signal crossing' if known.button == 'yes' else 'crossing with a signal'}{over}",
            "",
        )
    if not known.mapped:
        return f"you cross {street or 'a road'}", _NOT_MAPPED[known.signals]
    if known.marked == "unknown":
        return f"you cross {street or 'a road'}", _MARKING_UNKNOWN[known.signals]
    return f"{'unmarked' if known.marked == 'no' else 'marked'} crossing{over}", _SIGNAL[known.signals]


_NOT_BY_TRAFFIC = "the sound of the traffic does not tell which way to cross"
_NOT_MAPPED = {
    "yes": "no marked crossing on the map. A signal",
    "no": "no marked crossing on the map. No signal",
    "unknown": "the map has no crossing and no signal here",
}
_MARKING_UNKNOWN = {
    "yes": "a signal. Whether it is marked is not known",
    "no": "no signal. Whether it is marked is not known",
    "unknown": "whether it is marked or has a signal is not known",
}
_SIGNAL = {"yes": "a signal", "no": "no signal", "unknown": "whether there is a signal is not known"}


def _details(known: Crossing, length_m: float | None) -> tuple[str, ...]:
    if known.escort == "yes":
        blocks = "a tactile strip runs across"
    else:
        blocks = "warning blocks at the kerb" if known.tactile == "yes" else ""
    return (
        _sound(known) if known.signals == "yes" else "",
        "the signal can be felt" if known.vibration == "yes" else "",
        f"around {metres(length_m)} long" if length_m and length_m >= LONG_CROSSING_M else "",
        f"{known.lanes} lanes" if known.lanes is not None and known.lanes >= 3 else "",
        "island in the middle" if known.island == "yes" else "",
        blocks,
    )


def _sound(known: Crossing) -> str:
    if known.sound == "yes":
        return "with sound"
    if known.sound == "no":
        return "its sound is off at this hour" if known.sound_hours else "no sound"
    return "it may be silent at this hour" if known.sound_hours else "whether it has sound is not known"


def _crossed(known: Crossing) -> str:
    if known.scramble == "yes":
        return "the scramble crossing"
    return "the crossing" if known.marked == "yes" or known.signals == "yes" else "the road"


def crossing_now(cue: Cue, manner: Manner) -> str:
    """At the kerb: the decision stays with the walker."""
    known = cue.crossing or _UNKNOWN
    # A poor position tells it early: "just before" would have the walker search for a kerb too soon.
    soon = cue.distance_m is not None and cue.distance_m > KERB_M
    here = (
        f"{_crossed(known)} is just ahead{turned(cue, manner)}"
        if soon
        else f"just before {_crossed(known)}{turned(cue, manner)}"
    )
    if manner.short:
        return sentence(here, "whether to cross is for you to check")
    street = manner.en(cue.name) if cue.name else ""
    flush = "no kerb edge to the road" if known.kerb == "flush" else ""
    if known.scramble == "yes":
        check = f"{_NOT_BY_TRAFFIC}: whether to cross is for you to check"
    else:
        check = "listen to traffic and signals: whether to cross is for you to check"
    return sentence(here, street, flush, check, then(cue, manner))


def crossing_done(cue: Cue, manner: Manner) -> str:
    """Behind a crossing, as it seems."""
    passed = f"{_crossed(cue.crossing or _UNKNOWN)} seems to be behind you"
    return sentence(passed, "" if manner.short else "straight on")


def steps_ahead(cue: Cue, manner: Manner) -> str:
    """Steps or an escalator, from afar or just before them."""
    here = near(cue, KERB_M, manner)
    thing = f"{stairs(cue)}{turned(cue, manner)}"
    head = f"just before {thing}" if here else f"{ahead(cue, manner)}, {thing}"
    if manner.short:
        return sentence(head)
    known = cue.steps_direction in {"up", "down"}
    if cue.moving:
        return sentence(head, "" if known else "which way it moves is not known", then(cue, manner))
    way = "" if known else "up or down is not known"
    count = f"{cue.steps} steps" if cue.steps else ""
    rail = "" if here else _RAIL[cue.handrail or "unknown"]
    return sentence(head, way, count, rail, then(cue, manner))


_RAIL = {"yes": "with handrail", "no": "no handrail", "unknown": "a handrail is not known"}


def level_crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A level crossing, from afar or just before it: to stop comes first."""
    if near(cue, KERB_M, manner):
        ask = "" if manner.short else "listen for bells and trains: whether to cross is for you to check"
        return sentence(f"just before the railway crossing{turned(cue, manner)}", "stop", ask)
    head = f"{ahead(cue, manner)}, railway crossing{turned(cue, manner)}"
    return sentence(head, "stop before it", "" if manner.short else then(cue, manner))


def underpass_ahead(cue: Cue, manner: Manner) -> str:
    """An underpass or a bridge."""
    thing = f"{passage(cue)}{turned(cue, manner)}"
    if near(cue, KERB_M, manner):
        return sentence(f"at the entrance of the {thing}")
    head = f"{ahead(cue, manner)}, {thing}"
    if manner.short:
        return sentence(head)
    length = f"{metres(cue.length_m)} long" if cue.length_m else ""
    sky = "" if cue.stretch is StretchKind.BRIDGE else "the position may be lost inside"
    return sentence(head, length, sky, then(cue, manner))


def slope_ahead(cue: Cue, manner: Manner) -> str:
    """A slope: which way, how steep, how long."""
    incline = cue.incline_pct or 0
    which = " up" if incline > 0 else " down" if incline < 0 else ""
    steep = "steep " if abs(incline) > STEEP_PCT else ""
    head = f"{ahead(cue, manner)}, {steep}slope{which}{turned(cue, manner)}"
    if manner.short:
        return sentence(head)
    percent = f"around {abs(incline)} percent" if incline else ""
    return sentence(head, percent, f"for {metres(cue.length_m)}" if cue.length_m else "")
