"""The places of a route where something must be done or said, computed once. Pure.

A *decision* (turn, crossing, steps, level crossing, underpass or bridge) is prepared and acted on;
a *fact* (guide blocks, end of the sidewalk, landmark) is said once. Words: `routing.phrases`.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from routing import remarks
from routing.bends import AHEAD_DEG, COMBINE_M, JOINT_TURN_DEG, itinerary_rows, measured
from routing.corners import Corner
from routing.cues import Cue, CueKind
from routing.geo import Local, Point, Polyline
from wire.base import value
from wire.route import Known, Landmark, Route, Stretch, StretchKind

F64 = NDArray[np.float64]

# The next decision this close is told in one sentence with the one before. NavCog chains below 4-6 m
# indoors; outdoors the two prompts of a 10 m link would overlap within the position's error.
CHAIN_M = 10.0
# Behind a long bridge or underpass the sentence before it is forgotten: what follows has its own.
CHAIN_OVER_M = 40.0
# Two turns that only step aside are followed by the cane: less than a sidewalk's width.
_JOG_M, _JOG_TURN_DEG = 3.0, 30.0
# When to prepare, metres before. Indoors peers use 6 m; a city's fix is 5-15 m wrong and a sentence
# takes 3-5 s to hear (about 4 m), so 6 m would often be spoken behind the corner.
TURN_LEAD_M = 20.0
CROSSING_LEAD_M = 30.0  # longer sentence, and the kerb must not be overrun
LANDMARK_LEAD_M = 15.0
ROAD_LEAST_M = 8.0  # less without a sidewalk is a drive that is passed: over before it is told
FACT_LEAD_M = 8.0  # 6 +- 1 m (Wayfindr), and the time of the first word

_FEATURES = {
    StretchKind.CROSSING: (CueKind.CROSSING_AHEAD, CueKind.CROSSING_NOW, CROSSING_LEAD_M),
    StretchKind.LEVEL_CROSSING: (
        CueKind.LEVEL_CROSSING_AHEAD,
        CueKind.LEVEL_CROSSING_AHEAD,
        CROSSING_LEAD_M,
    ),
    StretchKind.STEPS: (CueKind.STEPS_AHEAD, CueKind.STEPS_AHEAD, TURN_LEAD_M),
    StretchKind.UNDERPASS: (CueKind.UNDERPASS_AHEAD, CueKind.UNDERPASS_AHEAD, TURN_LEAD_M),
    StretchKind.BRIDGE: (CueKind.UNDERPASS_AHEAD, CueKind.UNDERPASS_AHEAD, TURN_LEAD_M),
}


@value
class Action:
    """Something at `at_m` along the route that reaches to `end_m`.

    `what` holds the facts; the follower adds distance and accuracy. `chained`: close behind the
    decision before it and told as that one's `then`, so it has no preparation of its own.
    """

    key: str
    prepare: CueKind | None  # None for facts
    act: CueKind
    at_m: float
    end_m: float
    lead_m: float
    what: Cue
    chained: bool = False


@value
class Span:
    """A stretch with its place along the route."""

    from_m: float
    to_m: float
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Itinerary:
    """A route made ready for guidance; decisions and facts each in order of `at_m`."""

    line: Polyline
    spans: tuple[Span, ...]
    decisions: tuple[Action, ...]
    facts: tuple[Action, ...]


def itinerary(route: Route) -> Itinerary:
    """Measure `route` and find what must be done and said along it."""
    line, xy, along_m = _measured(route.points)
    along = line.along_m
    spans = tuple([
        Span(along[stretch.first], along[stretch.last], stretch) for stretch in route.stretches
    ])  # fmt: skip
    features = [index for index, span in enumerate(spans) if span.stretch.kind in _FEATURES]
    corners, into, turns = itinerary_rows(
        xy,
        along_m,
        np.array([span.from_m for span in spans]),
        np.array([span.to_m for span in spans]),
        np.array(features, dtype=np.int64),
    )
    found = [
        _feature(spans[index], index, bearing, turn)
        for index, (bearing, turn) in zip(features, into.tolist(), strict=True)
    ]
    found += _without_jogs(_turns(turns.tolist(), spans, route.landmarks))
    decisions = _chained(found)
    places = [decision.at_m for decision in decisions]
    facts = _paving(spans, places) + _without_sidewalk(spans, places)
    facts += _landmarks(route.landmarks, decisions)
    felt = remarks.slopes(spans) + remarks.gaps(spans)
    if any(span.stretch.tactile == "yes" for span in spans):
        felt += remarks.branches(spans, _slants(corners))
    facts += [Action(what.key, None, what.kind, at_m, at_m, lead_m, what) for at_m, lead_m, what in felt]
    facts.sort(key=_at)
    return Itinerary(line, spans, decisions, tuple(facts))


def _measured(points: tuple[Point, ...]) -> tuple[Polyline, F64, F64]:
    """The line, and its numbers as arrays."""
    plane = Local.around(points[len(points) // 2])
    # A quarter of the time that np.array takes for pairs.
    flat = np.fromiter(chain.from_iterable(points), np.float64, 2 * len(points))
    xy, along = measured(flat.reshape(-1, 2), *plane.origin, plane.metres_per_lat, plane.metres_per_lon)
    return Polyline(points, plane, tuple(map(tuple, xy.tolist())), tuple(along.tolist())), xy, along


def _felt_m(at_m: float, places: list[float]) -> float:
    """What begins shortly before a decision is felt behind it, and told there."""
    index = bisect_left(places, at_m)
    return places[index] if index < len(places) and places[index] - at_m <= COMBINE_M else at_m


def _at(action: Action) -> float:
    return action.at_m


def _chained(found: list[Action]) -> tuple[Action, ...]:
    found.sort(key=_extent)
    for index, (a, b) in enumerate(pairwise(found), 1):
        if b.at_m - a.end_m < CHAIN_M and a.end_m - a.at_m <= CHAIN_OVER_M:
            found[index] = Action(b.key, b.prepare, b.act, b.at_m, b.end_m, b.lead_m, b.what, chained=True)
    return tuple(found)


def _extent(action: Action) -> tuple[float, float]:
    return action.at_m, action.end_m


def _slants(corners: F64) -> list[Corner]:
    """Corners that are a little too slight to be turns."""
    turn = np.abs(corners[:, 2])
    return [Corner(*row) for row in corners[(turn > AHEAD_DEG) & (turn < JOINT_TURN_DEG)].tolist()]


def _feature(span: Span, index: int, bearing: float, turn: float) -> Action:
    """A crossing, steps, a level crossing, underpass or bridge, with the turn into it."""
    stretch = span.stretch
    prepare, act, lead_m = _FEATURES[stretch.kind]
    key = f"{stretch.kind.value}/{index}"
    known = stretch.crossing
    climbs = stretch.kind is StretchKind.STEPS
    what = Cue(
        prepare,
        key,
        at_m=span.from_m,
        turn_deg=None if math.isnan(turn) else turn,
        bearing_deg=bearing,
        name=(known.street if known else None) or stretch.name,
        length_m=span.to_m - span.from_m,
        crossing=known,
        stretch=stretch.kind,
        tactile=known.tactile if known else stretch.tactile,
        steps=stretch.steps,
        steps_direction=stretch.steps_direction if climbs else None,
        handrail=stretch.handrail if climbs else None,
        moving=stretch.moving,
    )
    return Action(key, prepare, act, span.from_m, span.to_m, lead_m, what)


def _turns(rows: list[list[float]], spans: tuple[Span, ...], landmarks: tuple[Landmark, ...]) -> list[Action]:
    unused = list(landmarks)  # one landmark tells one corner
    found = []
    for number, row in enumerate(rows):
        at_m = row[0]
        around = spans[int(row[3])], spans[int(row[4])]
        behind = spans[int(row[5])] if row[5] >= 0.0 else None
        crossed = _crossed_before(spans[int(row[6])] if row[6] >= 0.0 else None, at_m)
        what = _turn_cue(f"turn/{number}", (at_m, row[1], row[2]), around, behind, crossed, unused)
        action = Action(what.key, CueKind.PREPARE_TURN, CueKind.TURN_NOW, at_m, at_m, TURN_LEAD_M, what)
        found.append(action)
    return found


def _without_jogs(turns: list[Action]) -> list[Action]:
    """Without pairs of turns that cancel each other within a sidewalk's width."""
    kept: list[Action] = []
    for action in turns:
        if kept and _jog(kept[-1], action):
            kept.pop()
        else:
            kept.append(action)
    return kept


def _jog(a: Action, b: Action) -> bool:
    one, other = a.what.turn_deg or 0.0, b.what.turn_deg or 0.0
    if one * other > 0.0 or abs(one + other) >= _JOG_TURN_DEG or b.what.name or a.what.name:
        return False
    return (b.at_m - a.at_m) * math.sin(math.radians(min(abs(one), 90.0))) < _JOG_M


def _crossed_before(feature: Span | None, at_m: float) -> Span | None:
    """The feature before, where it is a crossing that was left a few metres ago."""
    if feature is None or at_m - feature.to_m > remarks.CROSSED_M:
        return None
    return feature if feature.stretch.kind is StretchKind.CROSSING else None


def _turn_cue(
    key: str,
    bend: tuple[float, float, float],
    around: tuple[Span, Span],
    behind: Span | None,
    crossed: Span | None,
    unused: list[Landmark],
) -> Cue:
    """`bend`: where, turn, bearing behind it.

    `name` is the street turned into where it differs, else with `side` what is at the corner.

    `crossing` is that which lies just behind; `mark` what is felt or heard where nothing has a name.
    """
    at_m, turn, bearing = bend
    before, after = around
    one, other = before.stretch.name, after.stretch.name
    name = other if other is not one and other != one else None
    mark = _landmark_at(at_m, unused) if name is None and unused else None
    unnamed = name is None and mark is None
    return Cue(
        CueKind.PREPARE_TURN,
        key,
        at_m=at_m,
        turn_deg=turn,
        bearing_deg=bearing,
        name=mark.name if mark else name,
        side=mark.side if mark else None,
        stretch=after.stretch.kind if after.stretch.kind is not before.stretch.kind else None,
        crossing=behind.stretch.crossing if behind else None,
        mark=remarks.corner_mark(before, after, behind, crossed if unnamed else None),
        unpaved=after.stretch.unpaved == "yes" and before.stretch.unpaved != "yes",
    )


def _landmark_at(at_m: float, unused: list[Landmark]) -> Landmark | None:
    """A corner without a street name is told by what is there."""
    near = [mark for mark in unused if abs(mark.at_m - at_m) <= LANDMARK_LEAD_M]
    if not near:
        return None
    mark = min(near, key=lambda each: abs(each.at_m - at_m))
    unused.remove(mark)
    return mark


def _paving(spans: tuple[Span, ...], places: list[float]) -> list[Action]:
    """Where the guide blocks begin, end, or stop being known.

    Crossings are passed over: blocks belong to the sidewalk, and a crossing tells its own.
    """
    found: list[Action] = []
    known: Known | None = None
    for span in spans:
        tactile = span.stretch.tactile
        if span.stretch.kind is StretchKind.CROSSING or tactile == known:
            continue
        kind = _paving_kind(known, tactile)
        known = tactile
        if kind is not None:
            at_m = _felt_m(span.from_m, places)
            found.append(_fact(kind, f"paving/{len(found)}", at_m, FACT_LEAD_M, tactile=tactile))
    return found


def _paving_kind(before: Known | None, now: Known) -> CueKind | None:
    if now == "yes":
        return CueKind.PAVING_BEGINS
    if now == "unknown":
        # From "no" to "unknown" nothing is taken away: not worth a sentence.
        return None if before == "no" else CueKind.PAVING_UNKNOWN
    return CueKind.PAVING_ENDS if before == "yes" else None


def _without_sidewalk(spans: tuple[Span, ...], places: list[float]) -> list[Action]:
    found: list[Action] = []
    before: StretchKind | None = None
    for index, span in enumerate(spans):
        kind = span.stretch.kind
        if kind is StretchKind.CROSSING:
            continue
        if kind is StretchKind.ROAD and before is not StretchKind.ROAD:
            key, length = f"no_sidewalk/{len(found)}", _road_length(spans[index:])
            if length < ROAD_LEAST_M:
                continue
            at_m = _felt_m(span.from_m, places)
            found.append(_fact(CueKind.NO_SIDEWALK, key, at_m, LANDMARK_LEAD_M, length=length))
        before = kind
    return found


def _road_length(spans: tuple[Span, ...]) -> float:
    """Metres of road without a sidewalk from the first span on, crossings within it counted."""
    end = spans[0].to_m
    for span in spans:
        if span.stretch.kind not in {StretchKind.ROAD, StretchKind.CROSSING}:
            break
        end = span.to_m if span.stretch.kind is StretchKind.ROAD else end
    return end - spans[0].from_m


def _landmarks(landmarks: tuple[Landmark, ...], decisions: tuple[Action, ...]) -> list[Action]:
    """Those that tell no corner already."""
    at_corners = {one.what.name for one in decisions if one.what.side is not None}
    found = []
    for index, mark in enumerate(landmarks):
        if mark.name in at_corners:
            continue
        key = f"landmark/{index}"
        what = Cue(CueKind.LANDMARK, key, at_m=mark.at_m, name=mark.name, side=mark.side)
        action = Action(key, None, CueKind.LANDMARK, mark.at_m, mark.at_m, LANDMARK_LEAD_M, what)
        found.append(action)
    return found


def _fact(
    kind: CueKind,
    key: str,
    at_m: float,
    lead_m: float,
    *,
    tactile: Known | None = None,
    length: float | None = None,
) -> Action:
    what = Cue(kind, key, at_m=at_m, tactile=tactile, length_m=length)
    return Action(key, None, kind, at_m, at_m, lead_m, what)
