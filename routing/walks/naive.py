"""The follower that everybody writes first, beside which the figures of ours mean something.

The nearest point of the route to the newest fix, fixed distances, and "off the route" beyond 12 m for
three fixes. Same plan, same cues, same voice.
"""

from dataclasses import dataclass, replace

from routing import notices, prompts
from routing.actions import Action, Itinerary, itinerary
from routing.cues import Cue, CueKind
from routing.progress import Progress
from routing.tracking import Tracker, point
from wire.position import Fix
from wire.route import Route

_PREPARE_M, _ACT_M, _OFF_M, _OFF_FIXES, _OFF_EVERY_S = 20.0, 3.0, 12.0, 3, 10.0
_REASSURE_M, _ARRIVED_M, _WINDOW_M = 50.0, 8.0, 60.0


@dataclass(frozen=True, slots=True)
class NaiveState:
    """What it remembers."""

    along_m: float = -1.0
    current: int = 0
    prepared: bool = False
    said_m: float = 0.0
    outside: int = 0
    off_s: float | None = None
    arrived: bool = False


class NaiveFollower:
    """Nearest point and fixed distances."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.plan: Itinerary = itinerary(route)

    def start(self) -> NaiveState:
        """Before the first fix."""
        return NaiveState()

    def step(
        self, state: NaiveState, fix: Fix | None, now_s: float
    ) -> tuple[NaiveState, tuple[Cue, ...], Progress]:
        """As `Follower.step`."""
        if fix is None or state.arrived:
            return state, (), self._progress(state, fix)
        cues: list[Cue] = [notices.start(self.route)] if state.along_m < 0.0 else []
        window = {"to_m": _WINDOW_M} if state.along_m < 0.0 else _around(state.along_m)
        near = self.plan.line.project(point(fix), **window)
        state = replace(state, along_m=near.along_m)
        state = self._off(state, fix, abs(near.offset_m), now_s, cues)
        if state.off_s is None:
            state = self._decisions(state, fix, cues)
            state = self._rest(state, fix, cues)
        return state, tuple(cues), self._progress(state, fix)

    def _off(self, state: NaiveState, fix: Fix, away_m: float, now_s: float, cues: list[Cue]) -> NaiveState:
        outside = state.outside + 1 if away_m > _OFF_M else 0
        if outside < _OFF_FIXES:
            return replace(state, outside=outside, off_s=None if outside == 0 else state.off_s)
        if state.off_s is None or now_s - state.off_s >= _OFF_EVERY_S:
            line = self.plan.line
            here = Tracker.bare(line, state.along_m, fix)
            cues.append(notices.off_route(line, here, round(now_s)))
            return replace(state, outside=outside, off_s=now_s)
        return replace(state, outside=outside)

    def _decisions(self, state: NaiveState, fix: Fix, cues: list[Cue]) -> NaiveState:
        while state.current < len(self.plan.decisions):
            action = self.plan.decisions[state.current]
            distance = action.at_m - state.along_m
            if distance <= _ACT_M:
                cues.append(_cue(action, "now", distance, fix))
                state = replace(state, current=state.current + 1, prepared=False, said_m=state.along_m)
                continue
            if distance <= _PREPARE_M and not state.prepared and not action.chained:
                cues.append(_cue(action, "ahead", distance, fix))
                state = replace(state, prepared=True, said_m=state.along_m)
            break
        return state

    def _rest(self, state: NaiveState, fix: Fix, cues: list[Cue]) -> NaiveState:
        line = self.plan.line
        here = Tracker.bare(line, state.along_m, fix)
        if line.length_m - state.along_m <= _ARRIVED_M and state.current == len(self.plan.decisions):
            cues.append(notices.destination(CueKind.ARRIVED, "arrived", self.route, line, here))
            return replace(state, arrived=True)
        if state.along_m - state.said_m < _REASSURE_M:
            return state
        ahead = self.plan.decisions[state.current] if state.current < len(self.plan.decisions) else None
        last = notices.goal(self.route, line)
        cues.append(notices.reassurance(round(state.along_m), ahead, last, 0.0, here))
        return replace(state, said_m=state.along_m)

    def _progress(self, state: NaiveState, fix: Fix | None) -> Progress:
        length = self.plan.line.length_m
        along = max(state.along_m, 0.0)
        return Progress(
            route_m=along,
            offset_m=0.0,
            on_route=state.off_s is None,
            heading_deg=None,
            remaining_m=length - along,
            accuracy_m=fix.accuracy_m if fix else None,
            sigma_m=None,
            speed_mps=0.0,
            next_action=CueKind.NEAR_DESTINATION,
            next_key="destination",
            next_m=length,
            located=fix is not None,
            arrived=state.arrived,
        )


def _around(along_m: float) -> dict[str, float]:
    return {"from_m": along_m - _WINDOW_M, "to_m": along_m + _WINDOW_M}


def _cue(action: Action, stage: str, distance_m: float, fix: Fix) -> Cue:
    kind = action.act if stage == "now" else action.prepare or action.act
    place = prompts.Place(action.at_m - distance_m, 5.0, 1.0, fix.accuracy_m)
    return prompts.placed(
        replace(action.what, kind=kind, key=f"{action.key}/{stage}"), action.at_m, place, None
    )
