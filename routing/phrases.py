"""Cue to words: for the eye (`phrase`), for the voice (`speech`), and a route to prepare with. Pure."""

from dataclasses import replace

from routing import phrases_en, phrases_ja
from routing.actions import Action, Itinerary, itinerary
from routing.cues import Cue, CueKind
from routing.manner import Lang, Manner, Verbosity
from wire.route import Route

_WORDS = {"ja": phrases_ja.WORDS, "en": phrases_en.WORDS}


def phrase(cue: Cue, lang: Lang, *, verbosity: Verbosity = "normal", clock: bool = False) -> str:
    """The sentence as text: names as people read them."""
    return _WORDS[lang][cue.kind](cue, Manner(short=verbosity == "short", clock=clock))


def speech(cue: Cue, lang: Lang, *, verbosity: Verbosity = "normal", clock: bool = False) -> str:
    """The same sentence for the voice: names by their readings, where the map has them."""
    return _WORDS[lang][cue.kind](cue, Manner(short=verbosity == "short", clock=clock, spoken=True))


def rehearsal(route: Route, lang: Lang) -> tuple[str, ...]:
    """The route as numbered sentences, to prepare with at home. Distances are from step to step."""
    plan = itinerary(route)
    start = Cue(
        CueKind.START,
        "start",
        name=route.destination.name,
        length_m=route.length_m,
        minutes=max(1, round(route.duration_s / 60.0)),
        caveats=route.caveats,
    )
    face = Cue(CueKind.FACE, "face", bearing_deg=plan.line.bearing_at(0.0, over_m=10.0))
    steps = [start, face, *_steps(plan), _goal(route, plan)]
    # A face cue tells what happens while walking; at home only the direction is of use.
    texts = [phrase(cue, lang, verbosity="short" if cue is face else "normal") for cue in steps]
    return tuple(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _steps(plan: Itinerary) -> list[Cue]:
    """What comes on the way, in order; a chained decision stands on its own here."""
    found = sorted((*plan.decisions, *plan.facts), key=lambda action: (action.at_m, action.prepare is None))
    cues = []
    here_m = 0.0
    for action in found:
        cues.append(_from(action, here_m))
        here_m = max(action.end_m, here_m)
    return cues


def _from(action: Action, here_m: float) -> Cue:
    kind = action.prepare or action.act
    distance = max(action.at_m - here_m, 0.0)
    if action.what.crossing is not None and kind is CueKind.PREPARE_TURN:
        kind = CueKind.TURN_NOW  # "once across": no distance to tell
    # Exact on paper: the plan's distance has no position error.
    return replace(action.what, kind=kind, distance_m=distance, accuracy_m=0.0)


def _goal(route: Route, plan: Itinerary) -> Cue:
    before = [action.end_m for action in (*plan.decisions, *plan.facts)]
    distance = plan.line.length_m - max(before, default=0.0)
    return Cue(
        CueKind.NEAR_DESTINATION,
        "goal",
        name=route.destination.name,
        distance_m=max(distance, 0.0),
        accuracy_m=0.0,
    )
