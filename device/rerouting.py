"""When to ask for a new route, and what to do with the answer. Pure: the rim asks, time is an argument.

A new route is asked for where the follower wants one, or where the wearer says that the path is
closed. One question at a time; an answer that comes too late is not followed; a failure is told once.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from routing.cues import Cue, CueKind
from routing.geo import Point, Polyline
from routing.progress import Progress
from wire.position import Fix
from wire.route import Place, Route

Reason = Literal["off_route", "path_closed"]
Failure = Literal["no_network", "none_found", "unknown"]

RETRY_S = 60.0  # without a network every attempt costs battery, and nobody walks far meanwhile
PATIENCE_S = 45.0  # two calls of at most 20 s each, and the way to them
AHEAD_M = 15.0  # what one hears, or feels with a cane, and is told of by others
_PASSED_M = 20.0  # walked on so far behind the place: it was not closed after all
_THROUGH_M = 10.0  # a new route this near leads through it again (its radius, and a position's rounding)


@dataclass(frozen=True, slots=True)
class RerouteRequest:
    """For the rim: plan from `origin` to `destination`; report `closed` first, where it is set."""

    number: int
    reason: Reason
    origin: Point
    destination: Place
    utc_s: float
    closed: Point | None = None


@dataclass(frozen=True, slots=True)
class RerouteAnswer:
    """From the rim: the route, or why there is none, for the request of that number."""

    number: int
    route: Route | None = None
    failure: Failure = "unknown"  # where there is no route


@dataclass(frozen=True, slots=True)
class Closed:
    """Where the wearer said that the path is closed, and how far along the route that is."""

    point: Point
    at_m: float


@dataclass(frozen=True, slots=True)
class RerouteState:
    """The memory between steps; begin with `RerouteState()`."""

    asked: int = 0
    waiting: RerouteRequest | None = None
    asked_s: float = -math.inf
    closed: Closed | None = None
    at_once: bool = False  # just pressed: the pause between attempts does not hold
    failed: bool = False  # and told


@dataclass(frozen=True, slots=True)
class Here:
    """What is known when a step begins; `line` is the followed route's."""

    now_s: float
    utc_s: float
    route: Route
    line: Polyline
    progress: Progress | None
    fix: Fix | None

    @property
    def on_route(self) -> Progress | None:
        """The progress where it can be relied on."""
        progress = self.progress
        return progress if progress is not None and progress.located and progress.on_route else None


def pressed(state: RerouteState, here: Here) -> tuple[RerouteState, Failure | None]:
    """The wearer says that the path ahead is closed. Off the route nobody knows what "ahead" is."""
    progress = here.on_route
    if progress is None or progress.arrived:
        return state, "unknown"
    at_m = min(progress.route_m + AHEAD_M, here.line.length_m)
    return replace(state, closed=Closed(here.line.at(at_m), at_m), at_once=True, failed=False), None


def answered(
    state: RerouteState, answer: RerouteAnswer, here: Here
) -> tuple[RerouteState, Route | Failure | None]:
    """A route to follow from now on, a failure to tell, or None: too late, or not news."""
    waiting = state.waiting
    if waiting is None or answer.number != waiting.number:
        return state, None
    state = replace(state, waiting=None)
    if answer.route is None:
        return _failed(state, answer.failure)
    if state.closed is not None and leads_through(answer.route, state.closed.point):
        # There is no way round: asking again would give the same.
        return _failed(replace(state, closed=None, at_once=False), "none_found")
    if waiting.reason == "off_route" and not (here.progress and here.progress.reroute_wanted):
        return state, None  # back, or on the way back: the old route serves after all
    return RerouteState(asked=state.asked, asked_s=state.asked_s), answer.route


def given_up(state: RerouteState, here: Here) -> tuple[RerouteState, Failure | None]:
    """Nobody waits for ever: an answer that does not come is no network."""
    if state.waiting is None or here.now_s - state.asked_s < PATIENCE_S:
        return state, None
    return _failed(replace(state, waiting=None), "no_network")


def ask(state: RerouteState, here: Here) -> tuple[RerouteState, RerouteRequest | None]:
    """The next request, where it is time for one."""
    state = _settle(state, here)
    progress = here.progress
    if progress is None or here.fix is None or not progress.located or progress.arrived:
        return state, None
    if state.waiting is not None or not (progress.reroute_wanted or state.closed):
        return state, None
    if here.now_s - state.asked_s < RETRY_S and not state.at_once:
        return state, None
    closed = state.closed.point if state.closed else None
    request = RerouteRequest(
        number=state.asked + 1,
        reason="off_route" if closed is None else "path_closed",
        origin=(here.fix.lat, here.fix.lon),
        destination=here.route.destination,
        utc_s=here.utc_s,
        closed=closed,
    )
    state = replace(state, asked=request.number, waiting=request, asked_s=here.now_s, at_once=False)
    return state, request


def leads_through(route: Route, place: Point) -> bool:
    """Whether a route passes a closed place."""
    line = Polyline.through(route.points)
    x, y = line.plane.to_xy(place)
    nearest = line.plane.to_xy(line.project(place).point)
    return math.dist((x, y), nearest) <= _THROUGH_M


def new_route(route: Route) -> Cue:
    """How far it is now, and what could not be avoided; the direction comes from the follower."""
    return Cue(
        CueKind.REROUTED,
        "rerouted",
        name=route.destination.name,
        length_m=route.length_m,
        minutes=max(1, math.ceil(route.duration_s / 60.0)),
        caveats=route.caveats,
        lifetime_s=30.0,
    )


def no_new_route(failure: Failure) -> Cue:
    """Why there is none; the old route goes on."""
    reason = None if failure == "unknown" else failure
    return Cue(CueKind.REROUTE_FAILED, "reroute_failed", reason=reason, lifetime_s=20.0)


def _settle(state: RerouteState, here: Here) -> RerouteState:
    """What is over is forgotten: a closed place that was walked past, a failure once back on the route."""
    progress = here.on_route
    if progress is None:
        return state
    if state.closed is not None and progress.route_m > state.closed.at_m + _PASSED_M:
        state = replace(state, closed=None, at_once=False)
    if state.closed is None and state.waiting is None:
        state = replace(state, failed=False)
    return state


def _failed(state: RerouteState, failure: Failure) -> tuple[RerouteState, Failure | None]:
    return replace(state, failed=True), None if state.failed else failure
