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


def crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A crossing with all that is known of it."""
    known = cue.crossing or Crossing()
    head = f"{ahead(cue)}{turned(cue, manner)}, "
    if manner.short:
        return sentence(f"{head}{crossing_short(known)}", then(cue, manner))
    street = f" over {manner.en(cue.name)}" if cue.name else ""
    kind, *more = _crossing_kind(known)
    return sentence(f"{head}{kind}{street}", *more, *_crossing_details(known), then(cue, manner))


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
        return "its sound is off at this hour" if known.sound_hours else "no sound"
    return "it may be silent at this hour" if known.sound_hours else "whether it has sound is not known"


def crossing_now(cue: Cue, manner: Manner) -> str:
    """At the kerb: the decision stays with the walker."""
    known = cue.crossing or Crossing()
    what = "the crossing" if known.marked == "yes" or known.signals == "yes" else "the road"
    here = f"just before {what}{turned(cue, manner)}"
    if manner.short:
        return sentence(here, "whether to cross is for you to check")
    street = manner.en(cue.name) if cue.name else ""
    flush = "no kerb edge to the road" if known.kerb == "flush" else ""
    check = "listen to traffic and signals: whether to cross is for you to check"
    return sentence(here, street, flush, check, then(cue, manner))


def crossing_done(cue: Cue, manner: Manner) -> str:
    """Behind a crossing, as it seems."""
    known = cue.crossing or Crossing()
    what = "the crossing" if known.marked == "yes" or known.signals == "yes" else "the road"
    return sentence(f"{what} seems to be behind you", "" if manner.short else "straight on")


def steps_ahead(cue: Cue, manner: Manner) -> str:
    """Steps, from afar or just before them."""
    here = near(cue, KERB_M)
    place = "just before" if here else f"{ahead(cue)},"
    head = f"{place} {stairs(cue)}{turned(cue, manner)}"
    if manner.short:
        return sentence(head)
    way = "" if cue.steps_direction in {"up", "down"} else "up or down is not known"
    count = f"{cue.steps} steps" if cue.steps else ""
    rail = {"yes": "with handrail", "no": "no handrail"}.get(cue.handrail or "", "a handrail is not known")
    return sentence(head, way, count, "" if here else rail, then(cue, manner))


def level_crossing_ahead(cue: Cue, manner: Manner) -> str:
    """A level crossing, from afar or just before it."""
    if not near(cue, KERB_M):
        head = f"{ahead(cue)}, railway crossing{turned(cue, manner)}"
        return sentence(head, "" if manner.short else then(cue, manner))
    ask = "" if manner.short else "listen for bells and trains: whether to cross is for you to check"
    return sentence(f"just before the railway crossing{turned(cue, manner)}", "stop", ask)


def underpass_ahead(cue: Cue, manner: Manner) -> str:
    """An underpass or a bridge."""
    here = near(cue, KERB_M)
    if here or manner.short:
        place = "at the entrance of the" if here else f"{ahead(cue)},"
        return sentence(f"{place} {passage(cue)}{turned(cue, manner)}")
    length = f"{metres(cue.length_m)} long" if cue.length_m else ""
    sky = "" if cue.stretch is StretchKind.BRIDGE else "the position may be lost inside"
    return sentence(f"{ahead(cue)}, {passage(cue)}{turned(cue, manner)}", length, sky, then(cue, manner))


def slope_ahead(cue: Cue, manner: Manner) -> str:
    """A steep slope: which way, how steep, how long."""
    which = "a slope" if not cue.incline_pct else "a slope up" if cue.incline_pct > 0 else "a slope down"
    head = f"{ahead(cue)}, {which}"
    if manner.short:
        return sentence(head)
    steep = f"around {abs(cue.incline_pct)} percent" if cue.incline_pct else ""
    return sentence(head, steep, f"for {metres(cue.length_m)}" if cue.length_m else "")
