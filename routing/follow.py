"""Guidance along a route: fixes in, cues and progress out. Pure; time is an argument.

`Follower.step` takes the newest fix, or None where none came, and the monotonic second. Seconds
between fixes are taken from the fixes themselves, so that a replay gives the same cues.
"""

import math
from dataclasses import dataclass, field, replace

from routing import geo, prompts, straying
from routing.actions import Action, Itinerary, itinerary
from routing.along import Cells
from routing.cues import Cue, CueKind
from routing.errors import PracticeMapRefused
from routing.prompts import Place, Told
from routing.straying import Straying
from routing.tracking import Track, Tracker, point
from wire.position import Fix
from wire.route import Route

_LIVE = frozenset({"gpsd", "phone"})
_LOST_S = 5.0
_POOR_M, _GOOD_AGAIN_M = 25.0, 18.0  # hysteresis
_NEAR_M = 20.0
_ARRIVED_M = 8.0  # of 8-12: the door is within reach of a cane's search
_ARRIVED_STANDING_M, _ARRIVED_STANDING_S = 12.0, 5.0
_FACE_DEG, _FACED_DEG = 30.0, 20.0
_FACE_WITHIN_M = 20.0  # of the start; later it is a wrong way
_WRONG_WAY_EVERY_S = 15.0
_OFF_EVERY_S, _OFF_UNCHANGED_S = 10.0, 30.0  # at most every 10 s; unchanged news less often
_OFF_CHANGED_M, _OFF_CHANGED_DEG = 10.0, 45.0
_BEHIND_M = 15.0  # walked back this far: what was told lies ahead again


@dataclass(frozen=True, slots=True)
class FollowSettings:
    """The wearer's choices. Reassurance: 20-100 m or that many seconds of silence."""

    reassure_m: float = 50.0
    reassure_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the wearer is along the route; metres, degrees from true north.

    `sigma_m` is the estimate's own deviation, `accuracy_m` the last fix's 68 % radius; `offset_m`
    the fix's distance from the route, positive to the right. `next_m` is the place of the next
    decision (the end of the route after the last). `located` is False before the first fix and
    while the position is lost.
    """

    route_m: float
    offset_m: float
    on_route: bool
    heading_deg: float | None
    remaining_m: float
    accuracy_m: float | None
    sigma_m: float | None
    speed_mps: float
    next_action: CueKind
    next_key: str
    next_m: float
    located: bool
    arrived: bool


@dataclass(frozen=True, slots=True)
class FollowState:
    """The follower's memory between steps; begin with `FollowState()`. Opaque to callers."""

    started: bool = False
    track: Track | None = None
    straying: Straying = field(default_factory=Straying)
    told: Told = field(default_factory=Told)
    fix_s: float = -math.inf  # monotonic second of the last fix
    said_s: float = 0.0
    said_m: float = 0.0
    furthest_m: float = 0.0
    reassured: int = 0
    faced: int = 0
    lost: bool = False
    poor: bool = False
    off_count: int = 0
    off_told: Cue | None = None
    off_s: float = -math.inf
    wrong_s: float = -math.inf
    near: bool = False
    arrived: bool = False
    standing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step in the making."""

    state: FollowState
    now_s: float
    cues: tuple[Cue, ...] = ()

    def say(self, *cues: Cue, **changes: object) -> "Step":
        """With `cues` said and the memory changed."""
        state = replace(self.state, **changes)  # type: ignore[arg-type]
        return Step(state, self.now_s, self.cues + cues)


class Follower:
    """Guides along one route. Holds nothing that changes."""

    def __init__(self, route: Route, settings: FollowSettings | None = None) -> None:
        self.route = route
        self.plan: Itinerary = itinerary(route)
        self._settings = settings or FollowSettings()
        self._tracker = Tracker(self.plan.line, Cells.of(self.plan.line))
        self._length_m = self.plan.line.length_m

    def step(
        self, state: FollowState, fix: Fix | None, now_s: float
    ) -> tuple[FollowState, tuple[Cue, ...], Progress]:
        """The next memory, what to say now, and where the wearer is.

        Raises `PracticeMapRefused` for a live fix on a route planned on a practice map.
        """
        if fix is not None:
            self._refuse_live_on_practice(fix)
        step = Step(state, now_s)
        if not state.started:
            step = step.say(self._start(), started=True, said_s=now_s)
        step = self._lost(step) if fix is None else self._fix(step, fix)
        if step.cues:
            track = step.state.track
            step = step.say(said_s=now_s, said_m=track.route_m if track else 0.0)
        return step.state, step.cues, self._progress(step.state)

    def _refuse_live_on_practice(self, fix: Fix) -> None:
        if self.route.source.practice and fix.source in _LIVE:
            raise PracticeMapRefused(
                f"地図「{self.route.source.name}」は手描きの練習用で、実際の道とは違います。"
                "実際の位置での案内には使えません。OpenStreetMap から作った地図で経路を引き直してください。",
                f'the map "{self.route.source.name}" is hand-drawn for practice and differs from the real '
                "streets: it never guides a live position; plan again on a map built from OpenStreetMap",
            )

    def _start(self) -> Cue:
        return Cue(
            CueKind.START,
            "start",
            name=self.route.destination.name,
            length_m=self.route.length_m,
            minutes=max(1, math.ceil(self.route.duration_s / 60.0)),
            caveats=self.route.caveats,
            lifetime_s=60.0,
        )

    def _lost(self, step: Step) -> Step:
        state = step.state
        since = step.now_s - state.fix_s
        if state.lost or state.track is None or since <= _LOST_S:
            return step
        cue = Cue(CueKind.POSITION_LOST, "position/lost", lifetime_s=20.0)
        return step.say(cue, lost=True)

    def _fix(self, step: Step, fix: Fix) -> Step:
        before = step.state.track
        if before is not None and fix.utc_s <= before.fix.utc_s:
            return step  # told already, or late: never a step back in time
        step = self._position_quality(step, fix)
        if before is None:
            step = step.say(track=self._tracker.begin(fix))
            return self._face_first(step)
        interval = fix.utc_s - before.fix.utc_s
        step = self._locate(step, before, fix, interval)
        if step.state.arrived:
            return step
        step = self._stray(step)
        if step.state.straying.off:
            return step
        step = self._arrive(self._face_again(self._turned_back(step)), interval)
        return step if step.state.arrived else self._reassure(self._prompt(step))

    def _position_quality(self, step: Step, fix: Fix) -> Step:
        state = step.state
        poor = fix.accuracy_m > (_GOOD_AGAIN_M if state.poor else _POOR_M)
        cues: tuple[Cue, ...] = ()
        if poor and not state.poor:
            cues = (Cue(CueKind.POSITION_POOR, "position/poor", accuracy_m=fix.accuracy_m),)
        elif not poor and (state.poor or state.lost):
            cues = (Cue(CueKind.POSITION_BACK, "position/back", accuracy_m=fix.accuracy_m),)
        return step.say(*cues, lost=False, poor=poor, fix_s=step.now_s)

    def _locate(self, step: Step, before: Track, fix: Fix, interval: float) -> Step:
        state = step.state
        # Off the route the belief along it means nothing: the nearest place does.
        track = (self._tracker.again if state.straying.off else self._tracker.step)(before, fix)
        if state.straying.off:
            moved = self._tracker.step(before, fix)
            track = replace(
                track, speed_mps=moved.speed_mps, heading_deg=moved.heading_deg,
                heading_s=moved.heading_s, trail=moved.trail,
            )  # fmt: skip
        stray = straying.watch(state.straying, self._tracker, track, min(interval, _LOST_S))
        return step.say(track=track, straying=stray)

    def _face_first(self, step: Step) -> Step:
        return step.say(self._face(step.state, 0), faced=1)

    def _face(self, state: FollowState, count: int) -> Cue:
        track = _track(state)
        bearing = self.plan.line.bearing_at(track.route_m, over_m=10.0)
        return Cue(
            CueKind.FACE,
            f"face/{count}",
            bearing_deg=bearing,
            relative_deg=_relative(track, bearing),
            lifetime_s=15.0,
        )

    def _face_again(self, step: Step) -> Step:
        """Near the start, a heading that turned out wrong is told once more."""
        state = step.state
        track = _track(state)
        if state.faced != 1 or track.route_m > _FACE_WITHIN_M or track.heading_deg is None:
            return step
        deviation = self._tracker.deviation_deg(track.route_m, track.heading_deg)
        if deviation <= _FACED_DEG:
            return step.say(faced=2)
        if deviation <= _FACE_DEG or state.straying.diverging_s < 3.0:
            return step
        return step.say(self._face(state, 1), faced=2, wrong_s=step.now_s)

    def _stray(self, step: Step) -> Step:
        state = step.state
        if not state.straying.off:
            if state.off_told is None:
                return step
            told = prompts.again(self.plan, state.told, _track(state).route_m)
            bearing = self.plan.line.bearing_at(_track(state).route_m, over_m=10.0)
            cue = Cue(
                CueKind.BACK_ON_ROUTE,
                f"back/{state.off_count}",
                bearing_deg=bearing,
                relative_deg=_relative(_track(state), bearing),
            )
            return step.say(cue, told=told, off_told=None, furthest_m=_track(state).route_m)
        cue = self._off_cue(state)
        if state.off_told is None:
            count = state.off_count + 1
            cue = replace(cue, key=f"off/{count}")
            return step.say(cue, off_count=count, off_told=cue, off_s=step.now_s)
        since = step.now_s - state.off_s
        if since < _OFF_EVERY_S or (since < _OFF_UNCHANGED_S and not _news(state.off_told, cue)):
            return step
        return step.say(cue, off_told=cue, off_s=step.now_s)

    def _off_cue(self, state: FollowState) -> Cue:
        track = _track(state)
        here = point(track.fix)
        there = self.plan.line.at(track.route_m)
        bearing = geo.bearing_deg(here, there)
        return Cue(
            CueKind.OFF_ROUTE,
            f"off/{state.off_count}",
            distance_m=geo.distance_m(here, there),
            accuracy_m=track.fix.accuracy_m,
            bearing_deg=bearing,
            relative_deg=_relative(track, bearing),
            lifetime_s=8.0,
        )

    def _turned_back(self, step: Step) -> Step:
        """The wrong way is told; what lies ahead again after walking back is armed again."""
        state = step.state
        track = _track(state)
        if track.route_m < state.furthest_m - _BEHIND_M:
            told = prompts.again(self.plan, state.told, track.route_m)
            state = replace(state, told=told, furthest_m=track.route_m)
        state = replace(state, furthest_m=max(state.furthest_m, track.route_m))
        step = Step(state, step.now_s, step.cues)
        if not state.straying.wrong_way or step.now_s - state.wrong_s < _WRONG_WAY_EVERY_S:
            return step
        bearing = self.plan.line.bearing_at(track.route_m, over_m=10.0)
        cue = Cue(
            CueKind.WRONG_WAY,
            "wrong_way",
            bearing_deg=bearing,
            relative_deg=_relative(track, bearing),
            lifetime_s=6.0,
        )
        return step.say(cue, wrong_s=step.now_s)

    def _arrive(self, step: Step, interval: float) -> Step:
        state = step.state
        track = _track(state)
        remaining = self._length_m - track.route_m
        still = state.standing_s + interval if track.speed_mps == 0.0 else 0.0
        step = step.say(standing_s=still)
        if remaining <= _ARRIVED_M or (remaining <= _ARRIVED_STANDING_M and still >= _ARRIVED_STANDING_S):
            return step.say(self._destination(CueKind.ARRIVED, "arrived", track), arrived=True, near=True)
        pending = prompts.upcoming(self.plan, step.state.told)
        if remaining <= _NEAR_M and not state.near and pending is None:
            return step.say(self._destination(CueKind.NEAR_DESTINATION, "near", track), near=True)
        return step

    def _destination(self, kind: CueKind, key: str, track: Track) -> Cue:
        return Cue(
            kind,
            key,
            at_m=self._length_m,
            distance_m=max(self._length_m - track.route_m, 0.0),
            accuracy_m=track.fix.accuracy_m,
            name=self.route.destination.name,
            side=self._destination_side(),
            lifetime_s=30.0,
        )

    def _destination_side(self) -> str | None:
        """Where the place itself lies from the end of the way; None where it is the end itself."""
        door = (self.route.destination.lat, self.route.destination.lon)
        end = self.plan.line.at(self._length_m)
        if geo.distance_m(end, door) < 4.0:
            return None
        turn = geo.turn_deg(
            self.plan.line.bearing_at(self._length_m, over_m=-8.0), geo.bearing_deg(end, door)
        )
        return "ahead" if abs(turn) <= 45.0 else "right" if turn > 0.0 else "left"

    def _prompt(self, step: Step) -> Step:
        place = _place(_track(step.state))
        told, cues = prompts.due(self.plan, step.state.told, place, step.now_s)
        return step.say(*cues, told=told)

    def _reassure(self, step: Step) -> Step:
        state = step.state
        track = _track(state)
        walked = abs(track.route_m - state.said_m)
        silent = step.now_s - state.said_s >= self._settings.reassure_s and walked >= 5.0
        if step.cues or state.near or not (silent or walked >= self._settings.reassure_m):
            return step
        if track.speed_mps == 0.0 or prompts.on_crossing(self.plan, state.told, _place(track)):
            return step
        action = prompts.upcoming(self.plan, state.told)
        next_m = action.at_m if action else self._length_m
        lead_m = action.lead_m if action else _NEAR_M
        if next_m - track.route_m <= lead_m + 15.0:
            return step  # its own words are about to come
        cue = Cue(
            CueKind.REASSURE,
            f"reassure/{state.reassured}",
            at_m=next_m,
            distance_m=next_m - track.route_m,
            accuracy_m=track.fix.accuracy_m,
            then=self._next_what(action),
            expires_m=next_m - lead_m,
        )
        return step.say(cue, reassured=state.reassured + 1)

    def _next_what(self, action: Action | None) -> Cue:
        if action is not None:
            return action.what
        return Cue(CueKind.NEAR_DESTINATION, "near", at_m=self._length_m, name=self.route.destination.name)

    def _progress(self, state: FollowState) -> Progress:
        track = state.track
        action = prompts.upcoming(self.plan, state.told)
        route_m = track.route_m if track else 0.0
        return Progress(
            route_m=route_m,
            offset_m=straying.offset_m(self._tracker, track) if track else 0.0,
            on_route=not state.straying.off,
            heading_deg=track.heading_deg if track else None,
            remaining_m=max(self._length_m - route_m, 0.0),
            accuracy_m=track.fix.accuracy_m if track else None,
            sigma_m=track.belief.sigma_m if track else None,
            speed_mps=track.speed_mps if track else 0.0,
            next_action=action.what.kind if action else CueKind.NEAR_DESTINATION,
            next_key=action.key if action else "destination",
            next_m=action.at_m if action else self._length_m,
            located=track is not None and not state.lost,
            arrived=state.arrived,
        )


def _track(state: FollowState) -> Track:
    if state.track is None:
        raise RuntimeError("a follower's step needs a first fix")  # unreachable by `Follower.step`
    return state.track


def _place(track: Track) -> Place:
    return Place(
        track.route_m, track.belief.sigma_m, track.speed_mps, track.fix.accuracy_m, track.heading_deg
    )


def _relative(track: Track, bearing: float) -> float | None:
    return None if track.heading_deg is None else geo.turn_deg(track.heading_deg, bearing)


def _news(before: Cue, now: Cue) -> bool:
    """Whether the way back has changed enough to be told again; who walks towards it knows."""
    was, away = before.distance_m or 0.0, now.distance_m or 0.0
    if now.relative_deg is None or before.relative_deg is None:
        return abs(away - was) >= _OFF_CHANGED_M
    if (
        away < was
        and abs(now.relative_deg) <= _OFF_CHANGED_DEG
        and abs(before.relative_deg) <= _OFF_CHANGED_DEG
    ):
        return False
    turned = abs(geo.turn_deg(before.relative_deg, now.relative_deg)) >= _OFF_CHANGED_DEG
    return turned or abs(away - was) >= _OFF_CHANGED_M
