"""Cue to words: for the eye (`phrase`), for the voice (`speech`), and a route to prepare with. Pure."""

from routing import phrases_en, phrases_ja, wording_summary_en, wording_summary_ja
from routing.actions import Action, Itinerary, itinerary
from routing.cues import Cue, CueKind
from routing.manner import Lang, Manner, Verbosity
from routing.remarks import opening
from wire.route import Route

_WORDS = {"ja": phrases_ja.WORDS, "en": phrases_en.WORDS}
_WHY = {"ja": wording_summary_ja.why, "en": wording_summary_en.why}
_LINES = {"ja": wording_summary_ja.lines, "en": wording_summary_en.lines}
_HOME = Manner(from_m=0.0)


def phrase(cue: Cue, lang: Lang, *, verbosity: Verbosity = "normal", clock: bool = False) -> str:
    """The sentence as text: names as people read them."""
    return _WORDS[lang][cue.kind](cue, Manner(short=verbosity == "short", clock=clock))


def speech(cue: Cue, lang: Lang, *, verbosity: Verbosity = "normal", clock: bool = False) -> str:
    """The same sentence for the voice: names by their readings, where the map has them."""
    return _WORDS[lang][cue.kind](cue, Manner(short=verbosity == "short", clock=clock, spoken=True))


def why(route: Route, lang: Lang) -> str:
    """One sentence: why this way and what it costs beside the shortest; "" where nothing is known."""
    return _WHY[lang](route.choice, route.comparison)


def summary(route: Route, lang: Lang) -> tuple[str, ...]:
    """The whole route before its first step, a line each: figures, why, what cannot be avoided."""
    return tuple(_LINES[lang](opening(route), why(route, lang), _HOME))


def rehearsal(route: Route, lang: Lang, *, spoken: bool = False) -> tuple[str, ...]:
    """The route as sentences, to prepare with at home. Distances are from step to step.

    Numbered for the eye; for the voice (`spoken`) without numbers, names by their readings.
    """
    plan = itinerary(route)
    words = _WORDS[lang]
    home = Manner(from_m=0.0, spoken=spoken)
    texts = _LINES[lang](opening(route, plan.line.along_m), why(route, lang), home)
    face = Cue(CueKind.FACE, "face", bearing_deg=plan.line.bearing_at(0.0, over_m=10.0))
    texts.append(words[CueKind.FACE](face, home))
    here_m = 0.0
    for action in _in_order(plan):
        texts.append(words[_kind(action)](action.what, Manner(from_m=here_m, spoken=spoken)))
        here_m = max(action.end_m, here_m)
    goal = Cue(CueKind.NEAR_DESTINATION, "goal", at_m=plan.line.length_m, name=route.destination.name)
    texts.append(words[goal.kind](goal, Manner(from_m=here_m, spoken=spoken)))
    if spoken:
        return tuple(texts)
    return tuple([f"{number}. {text}" for number, text in enumerate(texts, 1)])


def places(route: Route, lang: Lang) -> tuple[tuple[int, float], ...]:
    """The number of each sentence of `rehearsal` that belongs to a place, and its metres along the route."""
    plan = itinerary(route)
    first = len(_LINES[lang](opening(route, plan.line.along_m), why(route, lang), _HOME)) + 2
    return tuple((number, action.at_m) for number, action in enumerate(_in_order(plan), first))


def _kind(action: Action) -> CueKind:
    """A chained decision stands on its own here, and a turn behind a crossing has no distance."""
    kind = action.prepare or action.act
    if kind is CueKind.PREPARE_TURN and action.what.crossing is not None:
        return CueKind.TURN_NOW  # "once across"
    return kind


def _in_order(plan: Itinerary) -> list[Action]:
    """Decisions and facts as they are told: at one place what must be done goes first."""
    return sorted((*plan.decisions, *plan.facts), key=_place)


def _place(action: Action) -> float:
    return action.at_m
