"""Cue to words: for the eye (`phrase`), for the voice (`speech`), and a route to prepare with. Pure."""

from bisect import bisect_left

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
# Told after a decision at nearly the same place: what is underfoot is felt behind the corner.
_SAME_PLACE_M = 6.0


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
    """Decisions and facts as they are told; what is underfoot at a decision is felt behind it."""
    # A landmark that tells a corner is not told beside it once more.
    at_corners = {one.what.name.ja for one in plan.decisions if one.what.name and one.what.side}
    found = [(action.at_m, 0, action) for action in plan.decisions]
    places = [action.at_m for action in plan.decisions]
    for fact in plan.facts:
        name = fact.what.name
        if fact.act is CueKind.LANDMARK and name is not None and name.ja in at_corners:
            continue
        at_m = fact.at_m
        if fact.act in _UNDERFOOT:
            behind = bisect_left(places, at_m)
            close = behind < len(places) and places[behind] - at_m <= _SAME_PLACE_M
            at_m = places[behind] if close else at_m
        found.append((at_m, 1, fact))
    found.sort(key=_place)
    return [action for _, _, action in found]


def _place(entry: tuple[float, int, Action]) -> tuple[float, int]:
    return entry[:2]


_UNDERFOOT = frozenset({
    CueKind.NO_SIDEWALK, CueKind.PAVING_BEGINS, CueKind.PAVING_ENDS, CueKind.PAVING_UNKNOWN,
})  # fmt: skip
