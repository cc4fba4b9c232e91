"""Which cue of the itinerary is due at this place of the route. Pure.

One decision is current at a time: prepared at its lead, acted on at the spot, passed behind it.
Nothing later is spoken of before, so words come in the order of the walk. No key is told twice but
for one repetition of an action that is still pending.
"""

import math
from dataclasses import dataclass, replace

from routing import geo
from routing.actions import Action, Itinerary
from routing.corners import CHORD_M
from routing.cues import Cue, CueKind

_PASSED_M = 2.0  # behind a decision before the next becomes current
_TOO_LATE_M = 8.0  # behind this, an action that was never told is no use: straying will tell
_ONE_SENTENCE_M = 6.0  # walked while two turns are told in one sentence (5 s)
_RIGHT_AWAY_M = 6.0  # closer than this the act-now comes at once: no preparation (NavCog)
_PLAIN_MPS, _MOST_PACE = 1.1, 1.5  # leads are for a cane walker's pace
_REPEAT_S = 15.0  # a pending action is told again (NavCog), once: "never loop a message"
OTHER_WAY_DEG = 60.0  # a heading this far from the route's: left and right are not the route's
_ASLANT_DEG = 35.0  # beyond a pedestrian's sway and the course noise of a receiver
_STALE_FACT_M = 15.0
# Of the 68 % radius: with 1.0 one walker in thirty (10 m) was told to be past a crossing while on it.
_FAR_SIDE_ACCURACY = 1.4
_CHATTER_MOST_M = 15.0
_ACT_SAID_S = 4.0  # a turn and what follows it, said
_FACT_S = 5.0  # a fact's sentence: 20-35 morae at 7 a second
# "Here, right" is understood 1.5 s after the words begin, and a decision is taken at the next fix: 2 s
# of walking before the spot. Half of the position's error more, for late is worse than early.
_ACT_S, _ACT_LEAST_M, _ACT_MOST_M, _ACT_ERROR_SHARE = 2.0, 0.5, 10.0, 0.5
# At a kerb only "before" will do: 98 % of the position's errors (2.3 sigma) are provided for. Beyond 16 m
# the words would belong to another place: of 14, 16 and 18 m the last told no kerb in time that this does
# not, and half as many again too far from theirs (20 m).
_KERB_S, _KERB_LEAST_M, _KERB_MOST_M, _KERB_ERRORS = 2.2, 1.5, 16.0, 2.3
_CARRIAGEWAYS = {CueKind.CROSSING_NOW, CueKind.LEVEL_CROSSING_AHEAD}
_KERBS = {CueKind.CROSSING_NOW, CueKind.LEVEL_CROSSING_AHEAD, CueKind.STEPS_AHEAD}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the wearer is thought to be, as the prompts need it."""

    route_m: float
    sigma_m: float
    speed_mps: float
    accuracy_m: float
    heading_deg: float | None = None
    astray: bool = False  # comes from elsewhere: left and right are not the route's
    opening: bool = False  # the opening sentences are being said

    @property
    def error_m(self) -> float:
        """Deviation of `route_m` from the truth: the belief's own, and a drift it cannot see.

        An eighth of the 68 % radius is what was missing in simulated walks of 20 m.
        """
        return math.hypot(self.sigma_m, self.accuracy_m / 8.0)


@dataclass(frozen=True, slots=True)
class Told:
    """What has been told: `current` indexes decisions, `fact` facts, both the next one due."""

    current: int = 0
    prepared: bool = False
    acted_s: float | None = None
    repeated: bool = False
    covered: int | None = None  # a decision that was told as what follows the one before
    done: int | None = None  # a crossing that was entered and whose far side is still ahead
    fact: int = 0


def due(plan: Itinerary, told: Told, place: Place, now_s: float) -> tuple[Told, tuple[Cue, ...]]:
    """The next memory and what to say at `place` (on the route) at monotonic `now_s`."""
    cues: list[Cue] = []
    told = _pass(plan, told, place)
    told = _far_side(plan, told, place, cues)
    told = _decision(plan, told, place, now_s, cues)
    told = _facts(plan, told, place, now_s, cues)
    # Words that are stale when they are made would be dropped, but counted as said: who walks would hear
    # nothing for another minute.
    return told, tuple(cue for cue in cues if cue.expires_m is None or place.route_m <= cue.expires_m)


def again(plan: Itinerary, told: Told, route_m: float) -> Told:
    """After straying or walking back: decisions that lie ahead once more are told once more."""
    ahead = next(
        (index for index, action in enumerate(plan.decisions) if action.at_m > route_m - _PASSED_M),
        len(plan.decisions),
    )
    return replace(told, current=ahead, prepared=False, acted_s=None, repeated=False, done=None, covered=None)


def upcoming(plan: Itinerary, told: Told) -> Action | None:
    """The next decision that was not acted on; None: only the destination is left."""
    index = told.current + (told.acted_s is not None)
    return plan.decisions[index] if index < len(plan.decisions) else None


def on_crossing(plan: Itinerary, told: Told, place: Place) -> bool:
    """Whether the wearer may be on a carriageway: no chatter there, traffic must be heard.

    By a narrower margin than the far side is told with: where crossings follow each other, words would
    else be held back for minutes.
    """
    current = _at(plan, told.current)
    acted = current is not None and current.act is CueKind.CROSSING_NOW and told.acted_s is not None
    for action in (_at(plan, told.done), current if acted else None):
        if action is not None and place.route_m <= action.end_m + max(2.0 * place.sigma_m, _chatter_m(place)):
            return True
    return False


def _chatter_m(place: Place) -> float:
    """The share of the accuracy that keeps a walker silent behind a crossing, 15 m at most."""
    return min(place.accuracy_m, _CHATTER_MOST_M)


def crossing_m(plan: Itinerary, told: Told) -> tuple[float, float]:
    """From where to where the crossing under foot reaches; the end of the route where there is none.

    Of two it is the later: whose kerb was told while the far side of the one before was still awaited.
    """
    current = _at(plan, told.current)
    at_kerb = current is not None and current.act is CueKind.CROSSING_NOW and told.acted_s is not None
    action = current if at_kerb or told.done is None else _at(plan, told.done)
    length = plan.line.length_m
    return (length, length) if action is None else (action.at_m, action.end_m)


def _at(plan: Itinerary, index: int | None) -> Action | None:
    return plan.decisions[index] if index is not None and index < len(plan.decisions) else None


def _margin(place: Place) -> float:
    """How far behind a crossing's end the estimate must be to call it behind.

    The belief knows nothing of a drift that is shared by all fixes of the last half minute, so the
    receiver's own accuracy counts as well.
    """
    return max(2.0 * place.sigma_m, _FAR_SIDE_ACCURACY * place.accuracy_m)


def _pass(plan: Itinerary, told: Told, place: Place) -> Told:
    """Step over decisions that lie behind."""
    while (action := _at(plan, told.current)) is not None:
        # Of a carriageway the far side is waited for; at the end of a bridge or of steps nothing is told,
        # and what lies there has words of its own that must not wait.
        end_m = action.end_m if action.act in _CARRIAGEWAYS else action.at_m
        late = place.route_m > max(end_m, action.at_m + _TOO_LATE_M)
        passed = told.acted_s is not None and place.route_m > max(end_m, action.at_m + _PASSED_M)
        if not (late or passed):
            break
        crossed = action.act is CueKind.CROSSING_NOW and told.acted_s is not None
        done = told.current if crossed else told.done
        told = Told(current=told.current + 1, done=done, fact=told.fact, covered=told.covered)
    return told


def _far_side(plan: Itinerary, told: Told, place: Place, cues: list[Cue]) -> Told:
    """Tell the far side only when it is likely behind: "seems", and not while on the road."""
    action = _at(plan, told.done)
    if action is None or place.route_m < action.end_m + _margin(place):
        return told
    follower = _at(plan, (told.done or 0) + 1)
    if follower is None or not follower.chained:  # else that action's own words have told it
        what = replace(action.what, kind=CueKind.CROSSING_DONE, key=f"{action.key}/done", turn_deg=None)
        cues.append(placed(what, action.end_m, place, expires_m=action.end_m + 25.0))
    return replace(told, done=None)


def _decision(plan: Itinerary, told: Told, place: Place, now_s: float, cues: list[Cue]) -> Told:
    action = _at(plan, told.current)
    if action is None:
        return told
    distance = action.at_m - place.route_m
    if distance <= _act_distance(action, place):
        if told.acted_s is None and _told_already(plan, told, action):
            return replace(told, acted_s=now_s, repeated=True, prepared=True)
        return _act(plan, told, action, place, now_s, cues)
    near = _RIGHT_AWAY_M < distance <= lead_m(action, place)
    if near and not told.prepared and not action.chained and _along_route(plan, action, place):
        cues.append(prepare(plan, told.current, place))
        return replace(told, prepared=True)
    return told


def _told_already(plan: Itinerary, told: Told, action: Action) -> bool:
    """A second turn so close that the sentence of both has only just been said: not once more.

    Four turns within 20 m would else be seven, each told behind its corner. Kerbs are always told.
    """
    before = _at(plan, told.current - 1) if told.current else None
    if before is None or told.covered != told.current or before.act is not CueKind.TURN_NOW:
        return False
    return action.act is CueKind.TURN_NOW and action.at_m - before.end_m < _ONE_SENTENCE_M


def _act(plan: Itinerary, told: Told, action: Action, place: Place, now_s: float, cues: list[Cue]) -> Told:
    first = told.acted_s is None
    # A kerb is found by the cane once its words were heard; again they would only cover the traffic.
    pending = told.acted_s is not None and not told.repeated and action.act not in _KERBS
    again_now = pending and now_s - (told.acted_s or 0.0) >= _REPEAT_S
    if first or (again_now and place.route_m <= action.at_m + _PASSED_M):
        what = replace(
            action.what,
            kind=action.act,
            key=f"{action.key}/now",
            turn_deg=_turn_for(plan, action, place),
            then=_then(plan, told.current),
        )
        cues.append(placed(what, action.at_m, place, expires_m=action.at_m + _TOO_LATE_M, lifetime_s=10.0))
        covered = told.covered if what.then is None else told.current + 1
        return replace(told, acted_s=now_s, repeated=not first, prepared=True, covered=covered)
    return told


def _along_route(plan: Itinerary, action: Action, place: Place, within_deg: float = OTHER_WAY_DEG) -> bool:
    """Whether the walker comes to the action as the route does, as far as known.

    A heading alone lags by seconds behind a corner just taken: only who has walked another way than
    the route's for a while (`astray`) comes from elsewhere.
    """
    if place.heading_deg is None or not place.astray or action.at_m < CHORD_M:
        return True
    inbound = plan.line.bearing_at(action.at_m, over_m=-CHORD_M)
    return abs(geo.turn_deg(inbound, place.heading_deg)) <= within_deg


def _turn_for(plan: Itinerary, action: Action, place: Place) -> float | None:
    """The turn as this walker must make it.

    Who comes back to a corner from the other side, or has turned already, would be sent the wrong
    way by the route's own left or right: aslant, too, where a slight left may become a slight right.
    """
    out = action.what.bearing_deg
    if place.heading_deg is None or out is None or _along_route(plan, action, place, _ASLANT_DEG):
        return action.what.turn_deg
    return geo.turn_deg(place.heading_deg, out)


def prepare(plan: Itinerary, index: int, place: Place) -> Cue:
    """What lies ahead at decision `index`, with what follows it closely."""
    action = plan.decisions[index]
    kind = action.prepare or action.act
    what = replace(action.what, kind=kind, key=f"{action.key}/ahead", then=_then(plan, index))
    return placed(what, action.at_m, place, expires_m=action.at_m - 2.0, lifetime_s=20.0)


def _then(plan: Itinerary, index: int) -> Cue | None:
    follower = _at(plan, index + 1)
    if follower is None or not follower.chained:
        return None
    between = follower.at_m - plan.decisions[index].end_m
    return replace(follower.what, distance_m=max(between, 0.0))


def _act_distance(action: Action, place: Place) -> float:
    """Metres before `action`, by estimate, at which its words must begin."""
    if action.act in _KERBS:
        kerb = _KERB_LEAST_M + _KERB_S * place.speed_mps + _KERB_ERRORS * place.error_m
        return min(kerb, _KERB_MOST_M)
    spot = _ACT_LEAST_M + _ACT_S * place.speed_mps + _ACT_ERROR_SHARE * place.error_m
    return min(spot, _ACT_MOST_M)


def lead_m(action: Action, place: Place) -> float:
    """Metres before `action` at which it is prepared: further for who walks fast or is not known well."""
    pace = min(max(place.speed_mps / _PLAIN_MPS, 1.0), _MOST_PACE)
    return action.lead_m * pace + min(place.error_m, _KERB_MOST_M / 2.0)


def _facts(plan: Itinerary, told: Told, place: Place, now_s: float, cues: list[Cue]) -> Told:
    pending = upcoming(plan, told)
    index = told.fact
    due_now: list[Action] = []
    if place.opening or _words_are_near(plan, told, place, now_s):
        return told
    while index < len(plan.facts) and place.route_m >= plan.facts[index].at_m - plan.facts[index].lead_m:
        fact = plan.facts[index]
        # What lies behind a corner or a crossing is told behind it.
        if pending is not None and fact.at_m > pending.at_m - 0.5:
            break
        if told.done is not None or on_crossing(plan, told, place):
            break  # behind the crossing, and behind its own words
        due_now.append(fact)
        index += 1
    cues.extend(placed(fact.what, fact.at_m, place, fact.at_m + 20.0) for fact in _worth(due_now, place))
    return replace(told, fact=index)


def _words_are_near(plan: Itinerary, told: Told, place: Place, now_s: float) -> bool:
    """Whether a fact's sentence would be said over a decision's, or hold the next one up.

    What is asked of the feet goes before what is good to know; the fact is told behind it.
    """
    if told.acted_s is not None and now_s - told.acted_s < _ACT_SAID_S:
        return True
    words_m = next_words_m(plan, told, place)
    return words_m is not None and place.speed_mps > 0.0 and words_m <= _FACT_S * place.speed_mps


def next_words_m(plan: Itinerary, told: Told, place: Place) -> float | None:
    """Metres to walk until the next decision speaks, by preparation or at the spot; None: none is left."""
    action = upcoming(plan, told)
    if action is None:
        return None
    distance = action.at_m - place.route_m
    current = told.acted_s is None
    if action.chained or (current and told.prepared):
        return distance - _act_distance(action, place)
    return distance - lead_m(action, place)


def _worth(facts: list[Action], place: Place) -> list[Action]:
    """Of several changes of the blocks only the last holds; a landmark far behind is stale."""
    paving = [fact for fact in facts if fact.key.startswith("paving/")]
    stale = {fact.key for fact in paving[:-1]}
    return [
        fact
        for fact in facts
        if fact.key not in stale
        and (fact.act is not CueKind.LANDMARK or place.route_m <= fact.at_m + _STALE_FACT_M)
    ]


def placed(what: Cue, at_m: float, place: Place, expires_m: float | None, lifetime_s: float = 10.0) -> Cue:
    """`what` as told at `place`: how far, how sure, and how long it holds."""
    return replace(
        what,
        at_m=at_m,
        distance_m=max(at_m - place.route_m, 0.0),
        accuracy_m=place.accuracy_m,
        expires_m=expires_m,
        lifetime_s=lifetime_s,
    )
