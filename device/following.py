"""The route that is followed: where on it the wearer is, and another one where it has to be. Pure."""

from dataclasses import dataclass, replace

from device.announcements import Announcement
from device.arbiter import Settled, SpeechArbiter
from device.companion_state import CompanionState
from device.producers import from_cues, of_route
from device.rerouting import (
    Failure,
    Here,
    RerouteRequest,
    answered,
    ask,
    given_up,
    new_route,
    no_new_route,
    pressed,
)
from device.senses import Senses
from routing.cues import Cue, CueKind
from routing.follow import Follower
from routing.progress import FollowState
from wire.position import Fix
from wire.route import Route
from wire.trip import Happening, HealthChanged, Rerouted

# The follower needs no more than this to notice that fixes stopped coming.
FOLLOW_IDLE_S = 0.5
_OF_POSITION = (CueKind.POSITION_LOST, CueKind.POSITION_POOR)


@dataclass(frozen=True, slots=True)
class Changed:
    """After one look: the memory, what is to be said, what was dropped for it."""

    state: CompanionState
    new: tuple[Announcement, ...] = ()
    dropped: tuple[Settled, ...] = ()


def move(
    state: CompanionState, follower: Follower | None, senses: Senses, happened: list[Happening]
) -> tuple[CompanionState, tuple[Announcement, ...]]:
    """The new fixes, or that none came. Raises `routing.errors.PracticeMapRefused`."""
    new: list[Announcement] = []
    for fix in senses.fixes:
        state = replace(state, fix=fix, fix_s=senses.now_s)
        if follower is not None:
            state, told = _step(state, follower, fix, senses.now_s, happened)
            new += told
    idle = senses.now_s - state.followed_s >= FOLLOW_IDLE_S
    if not senses.fixes and idle and follower is not None:
        state, told = _step(state, follower, None, senses.now_s, happened)
        new += told
    return state, tuple(new)


def _step(
    state: CompanionState, follower: Follower, fix: Fix | None, now_s: float, happened: list[Happening]
) -> tuple[CompanionState, tuple[Announcement, ...]]:
    follow, cues, progress = follower.step(state.follow, fix, now_s)
    for cue in cues:
        if cue.kind in (CueKind.POSITION_LOST, CueKind.POSITION_BACK):
            lost = cue.kind is CueKind.POSITION_LOST
            happened.append(HealthChanged(part="position", health="stale" if lost else "ok"))
    state = replace(state, follow=follow, progress=progress, followed_s=now_s)
    return state, from_cues(_news(state, cues), now_s, state.leg)


def _news(state: CompanionState, cues: tuple[Cue, ...]) -> tuple[Cue, ...]:
    """That there is no position is no news where it was told that the receiver does not answer."""
    if "position" not in state.unhealthy:
        return cues
    return tuple(cue for cue in cues if cue.kind not in _OF_POSITION)


def reroute(
    state: CompanionState,
    follower: Follower | None,
    senses: Senses,
    arbiter: SpeechArbiter,
    happened: list[Happening],
    *,
    answers: bool,
) -> Changed:
    """The wearer's word, and the answer to what was asked: a new route, or why there is none.

    `answers`: somebody plans; else a path that is closed is only told of.
    """
    if follower is None:
        return Changed(state)
    here, memory = _here(state, follower, senses), state.reroute
    reason = memory.waiting.reason if memory.waiting else "off_route"
    told: Route | Failure | None = None
    if senses.path_closed:
        memory, told = pressed(memory, here) if answers else (memory, "unknown")
    if senses.rerouted is not None:
        memory, answer = answered(memory, senses.rerouted, here)
        told = answer or told
    memory, late = given_up(memory, here)
    told = told or late
    state = replace(state, reroute=memory)
    if told is None:
        return Changed(state)
    if not isinstance(told, Route):
        return Changed(state, from_cues((no_new_route(told),), senses.now_s))
    happened.append(Rerouted(route_id=told.route_id, reason=reason))
    return _follow_new(state, told, senses.now_s, arbiter)


def _follow_new(state: CompanionState, route: Route, now_s: float, arbiter: SpeechArbiter) -> Changed:
    """Follow `route` from where the wearer is. What waits to be said of the old one is dropped."""
    follower, leg = Follower(route, begun=True), state.leg + 1
    follow, cues, progress = follower.step(FollowState(), state.fix, now_s)
    waiting, dropped = arbiter.forget(state.arbiter, now_s, of_route)
    state = replace(
        state,
        follower=follower,
        leg=leg,
        follow=follow,
        progress=progress,
        followed_s=now_s,
        arbiter=waiting,
    )
    return Changed(state, from_cues((new_route(route), *cues), now_s, leg), dropped)


def want(
    state: CompanionState, follower: Follower | None, senses: Senses
) -> tuple[CompanionState, RerouteRequest | None]:
    """The next question for another route, where it is time for one."""
    if follower is None:
        return state, None
    memory, request = ask(state.reroute, _here(state, follower, senses))
    return replace(state, reroute=memory), request


def _here(state: CompanionState, follower: Follower, senses: Senses) -> Here:
    return Here(
        now_s=senses.now_s,
        utc_s=senses.utc_s,
        route=follower.route,
        line=follower.plan.line,
        progress=state.progress,
        fix=state.fix,
    )
