"""Guidance along a route: fixes in, cues and progress out. Pure; time is an argument.

`Follower.step` takes the newest fix, or None where none came, and the monotonic second. Seconds
between fixes are taken from the fixes themselves, so that a replay gives the same cues.
"""

import math
from dataclasses import replace

from routing import geo, notices, prompts, rerouting, straying
from routing.actions import Itinerary, itinerary
from routing.along import Cells
from routing.cues import Cue, CueKind
from routing.errors import PracticeMapRefused
from routing.progress import FollowSettings, FollowState, Progress, Step
from routing.prompts import Place
from routing.rerouting import Rerouting
from routing.straying import Straying
from routing.tracking import Track, Tracker
from wire.position import Fix
from wire.route import Route

_LIVE = frozenset({"gpsd", "serial", "phone"})
_LOST_S = 5.0
_FIRST_FIX_S = 15.0  # a receiver that wakes up needs longer
_POOR_M, _GOOD_AGAIN_M = 25.0, 15.0  # hysteresis
# A receiver's own figure sways by a fifth from fix to fix: its mean over half a minute decides, and who
# was told that positions are poor keeps it in mind for some minutes.
_ACCURACY_MEMORY_S, _POOR_AGAIN_S = 15.0, 180.0
_NEAR_M = 20.0
_ARRIVED_M = 8.0  # of 8-12: the door is within reach of a cane's search
_ARRIVED_STANDING_M, _ARRIVED_STANDING_S = 12.0, 5.0
_MOVING_MPS = 0.4  # a receiver that stands tells up to this
_WAITING_S = 15.0  # who waits this long near the end is there: it is the position that lags behind
_FACE_DEG, _FACED_DEG = 30.0, 20.0
_FACE_WITHIN_M = 20.0  # of the start; later it is a wrong way
_WRONG_WAY_EVERY_S = 15.0
_OFF_EVERY_S, _OFF_UNCHANGED_S = 10.0, 30.0  # at most every 10 s; unchanged news less often
_TOLD_M = 8.0  # this close to a decision nothing else is said
_SOON_M = 15.0  # reassurance this close to the next words is one sentence too many
# On another course than the route's for so long, or back on it for less: comes from elsewhere.
_ASTRAY_S, _REJOINED_S = 3.0, 20.0
_OPENING_S, _OPENING_M = 16.0, 8.0  # the greeting of a walk takes so long, to who stands and listens
_THROWN_M, _ON_THE_WAY_M = 60.0, 5.0
_BEHIND_M = 15.0  # walked back this far: what was told lies ahead again


class Follower:
    """Guides along one route. Holds nothing that changes.

    `begun`: the walk goes on, along a new route: no START (the caller tells of the new plan), and the
    direction only where the walker does not go that way already.
    """

    def __init__(self, route: Route, settings: FollowSettings | None = None, *, begun: bool = False) -> None:
        self.route = route
        self._begun = begun
        self.plan: Itinerary = itinerary(route)
        self._settings = settings or FollowSettings()
        self._tracker = Tracker(self.plan.line, Cells.of(self.plan.line))
        self._length_m = self.plan.line.length_m

    def start(self) -> FollowState:
        """The memory before the first step."""
        return FollowState()

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
            start = () if self._begun else (notices.start(self.route),)
            begun_s = -math.inf if self._begun else now_s
            step = step.say(*start, started=True, said_s=now_s, fix_s=now_s, begun_s=begun_s)
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

    def _lost(self, step: Step) -> Step:
        state = step.state
        patience_s = _FIRST_FIX_S if state.track is None else _LOST_S
        if state.lost or state.arrived or step.now_s - state.fix_s <= patience_s:
            return step
        return step.say(Cue(CueKind.POSITION_LOST, "position/lost", lifetime_s=20.0), lost=True)

    def _fix(self, step: Step, fix: Fix) -> Step:
        before = step.state.track
        if step.state.arrived or (before is not None and fix.utc_s <= before.fix.utc_s):
            return step  # told already, or late: never a step back in time
        step = self._position_quality(step, fix)
        if before is None:
            return self._begin(step, self._tracker.begin(fix))
        interval = fix.utc_s - before.fix.utc_s
        track = self._locate(step.state, before, fix)
        stray = straying.watch(step.state.straying, self._tracker, track, min(interval, _LOST_S))
        if _joining(step.state, fix):
            # The way back is no way off: a drift soon behind it would else be taken for leaving once more.
            stray = replace(stray, diverged_s=None)
        if stray.off and not step.state.straying.off and (found := self._elsewhere(track, fix)) is not None:
            track, stray = found, Straying()
        step = step.say(track=track, straying=stray)
        return self._guide(step.say(rerouting=self._watch_reroute(step.state, track)), track, interval)

    def _watch_reroute(self, state: FollowState, track: Track) -> Rerouting:
        return rerouting.watch(
            state.rerouting,
            track.fix.utc_s,
            off=state.straying.off,
            apart_m=abs(straying.offset_m(self._tracker, track)),
            accuracy_m=track.fix.accuracy_m,
            crossing=prompts.on_crossing(self.plan, state.told, _place(track)),
        )

    def on_crossing(self, state: FollowState) -> bool:
        """Whether the wearer may be at a kerb or on a carriageway: what can wait is not said there."""
        track = state.track
        return track is not None and prompts.on_crossing(self.plan, state.told, _place(track))

    def _begin(self, step: Step, track: Track) -> Step:
        face = notices.facing(CueKind.FACE, "face/0", self.plan.line, track, 15.0)
        right = face.relative_deg is not None and abs(face.relative_deg) <= _FACE_DEG
        cues = () if self._begun and right else (face,)
        return step.say(*cues, track=track, faced=1, furthest_m=track.route_m)

    def _guide(self, step: Step, track: Track, interval_s: float) -> Step:
        step = self._stray(step, track)
        if step.state.straying.off:
            return step
        step = self._face_again(self._turned_back(step, track), track)
        step = self._arrive(step, track, interval_s)
        return step if step.state.arrived else self._reassure(self._prompt(step, track), track)

    def _position_quality(self, step: Step, fix: Fix) -> Step:
        """Poor, lost and back: each told once, and not again while it comes and goes."""
        state = step.state
        mean = state.accuracy_m
        if mean is None or state.lost or state.track is None:
            mean = fix.accuracy_m
        else:
            interval = min(max(fix.utc_s - state.track.fix.utc_s, 0.0), _ACCURACY_MEMORY_S)
            mean += (fix.accuracy_m - mean) * (1.0 - math.exp(-interval / _ACCURACY_MEMORY_S))
        poor = mean > (_GOOD_AGAIN_M if state.poor else _POOR_M)
        cues: tuple[Cue, ...] = ()
        poor_s = state.poor_s
        if poor and not state.poor and step.now_s - poor_s >= _POOR_AGAIN_S:
            cues = (notices.uncertain(fix.accuracy_m),)
            poor_s = step.now_s
        elif not poor and (state.poor or state.lost):
            cues = (Cue(CueKind.POSITION_BACK, "position/back", accuracy_m=fix.accuracy_m),)
        return step.say(*cues, lost=False, poor=poor, poor_s=poor_s, accuracy_m=mean, fix_s=step.now_s)

    def _locate(self, state: FollowState, before: Track, fix: Fix) -> Track:
        track = self._tracker.step(before, fix)
        # Off the route the belief along it means nothing, nor does it for who comes back aslant and walks
        # the last metres to the route, not along it: the nearest place does.
        return self._tracker.again(track, fix) if state.straying.off or _joining(state, fix) else track

    def _elsewhere(self, track: Track, fix: Fix) -> Track | None:
        """The place on the route where the walker is, when it was the belief that had strayed.

        A receiver that finds its satellites again throws the position tens of metres along the route in a
        few seconds; round a corner that looks like leaving it. Who is near the route not far from
        there, and walks its way, has not left it.
        """
        found = self._tracker.again(track, fix)
        if track.heading_deg is None or abs(found.route_m - track.route_m) > _THROWN_M:
            return None
        near = abs(straying.offset_m(self._tracker, found)) <= _ON_THE_WAY_M
        way = self.plan.line.bearing_at(found.route_m)
        along = abs(geo.turn_deg(way, fix.course_deg if fix.course_deg is not None else track.heading_deg))
        return found if near and along <= _FACE_DEG else None

    def _face_again(self, step: Step, track: Track) -> Step:
        """Near the start, a heading that turned out wrong is told once more."""
        state = step.state
        if state.faced != 1 or track.route_m > _FACE_WITHIN_M or track.heading_deg is None:
            return step
        deviation = self._tracker.deviation_deg(track.route_m, track.heading_deg)
        if deviation <= _FACED_DEG:
            return step.say(faced=2)
        if deviation <= _FACE_DEG or state.straying.diverging_s < 3.0:
            return step
        face = notices.facing(CueKind.FACE, "face/1", self.plan.line, track, 15.0)
        return step.say(face, faced=2, wrong_s=step.now_s)

    def _stray(self, step: Step, track: Track) -> Step:
        state, line = step.state, self.plan.line
        if not state.straying.off:
            if state.off_told is None:
                return step
            told = prompts.again(self.plan, state.told, track.route_m)
            back = notices.facing(CueKind.BACK_ON_ROUTE, f"back/{state.off_count}", line, track, 10.0)
            return step.say(back, told=told, off_told=None, furthest_m=track.route_m, back_s=step.now_s)
        if state.off_told is None:
            count = state.off_count + 1
            cue = notices.off_route(line, track, count)
            return step.say(cue, off_count=count, off_told=cue, off_s=step.now_s)
        cue = notices.off_route(line, track, state.off_count)
        since = step.now_s - state.off_s
        if since < _OFF_EVERY_S or (since < _OFF_UNCHANGED_S and not notices.is_news(state.off_told, cue)):
            return step
        return step.say(cue, off_told=cue, off_s=step.now_s)

    def _turned_back(self, step: Step, track: Track) -> Step:
        """The wrong way is told; what lies ahead again after walking back is armed again."""
        state = step.state
        if track.route_m < state.furthest_m - _BEHIND_M:
            told = prompts.again(self.plan, state.told, track.route_m)
            step = step.say(told=told, furthest_m=track.route_m)
        step = step.say(furthest_m=max(step.state.furthest_m, track.route_m))
        if not state.straying.wrong_way or step.now_s - state.wrong_s < _WRONG_WAY_EVERY_S:
            return step
        cue = notices.facing(CueKind.WRONG_WAY, "wrong_way", self.plan.line, track, 6.0)
        return step.say(cue, wrong_s=step.now_s)

    def _arrive(self, step: Step, track: Track, interval_s: float) -> Step:
        line = self.plan.line
        still = step.state.standing_s + interval_s if track.speed_mps < _MOVING_MPS else 0.0
        step = step.say(standing_s=still)
        if prompts.upcoming(self.plan, step.state.told) is not None:
            return step  # a turn or a crossing is still to come
        remaining = line.length_m - track.route_m
        if self._there(step.state, track, remaining):
            cue = notices.destination(CueKind.ARRIVED, "arrived", self.route, line, track)
            return step.say(cue, arrived=True, near=True)
        if remaining <= _NEAR_M and not step.state.near:
            cue = notices.destination(CueKind.NEAR_DESTINATION, "near", self.route, line, track)
            return step.say(cue, near=True)
        return step

    def _there(self, state: FollowState, track: Track, remaining_m: float) -> bool:
        if remaining_m > _NEAR_M:
            return False  # whoever waits there waits for a light
        standing = state.standing_s >= _ARRIVED_STANDING_S
        if prompts.on_crossing(self.plan, state.told, _place(track)):
            return self._at_the_far_kerb(state, track, remaining_m)
        if state.standing_s >= _WAITING_S:
            return True
        return remaining_m <= _ARRIVED_M or (remaining_m <= _ARRIVED_STANDING_M and standing)

    def _at_the_far_kerb(self, state: FollowState, track: Track, remaining_m: float) -> bool:
        """Who may be on a carriageway has not arrived, but for who stands where only the end can be."""
        start_m, end_m = prompts.crossing_m(self.plan, state.told)
        if track.route_m < (start_m + end_m) / 2.0:
            return False  # waits before it
        if track.route_m >= end_m + track.belief.sigma_m:
            return state.standing_s >= _WAITING_S
        return remaining_m <= 1.0 + track.belief.sigma_m and state.standing_s >= _ARRIVED_STANDING_S

    def _prompt(self, step: Step, track: Track) -> Step:
        opening = step.now_s - step.state.begun_s < _OPENING_S and track.route_m < _OPENING_M
        place = replace(_place(track), astray=self._astray(step, track), opening=opening)
        told, cues = prompts.due(self.plan, step.state.told, place, step.now_s)
        return step.say(*cues, told=told)

    def _astray(self, step: Step, track: Track) -> bool:
        """Whether the walker comes from elsewhere: another course than of any leg that this may be."""
        if step.now_s - step.state.back_s <= _REJOINED_S:
            return True
        if track.heading_deg is None or step.state.straying.diverging_s < _ASTRAY_S:
            return False
        reach_m = 2.0 * _place(track).error_m
        return self._tracker.deviation_deg(track.route_m, track.heading_deg, reach_m) > prompts.OTHER_WAY_DEG

    def _reassure(self, step: Step, track: Track) -> Step:
        state = step.state
        walked = abs(track.route_m - state.said_m)
        quiet_s = step.now_s - state.said_s
        silent = quiet_s >= self._settings.reassure_s
        elsewhere = silent and state.straying.diverging_s >= _ASTRAY_S
        due = elsewhere or (silent and walked >= 5.0) or walked >= self._settings.reassure_m
        if step.cues or state.near or not due:
            return step
        if track.speed_mps < _MOVING_MPS or prompts.on_crossing(self.plan, state.told, _place(track)):
            return step
        if elsewhere:
            # Walking another way than the route, not far enough to be off it: "still right" would be a guess.
            return step.say(notices.uncertain(track.fix.accuracy_m), poor_s=step.now_s)
        ahead = prompts.upcoming(self.plan, state.told)
        next_m, lead_m = (ahead.at_m, ahead.lead_m) if ahead else (self._length_m, _NEAR_M)
        words_m = prompts.next_words_m(self.plan, state.told, _place(track))
        words_m = next_m - track.route_m - lead_m if words_m is None else words_m
        soon = words_m <= _SOON_M and quiet_s + words_m / track.speed_mps <= self._settings.reassure_s
        if soon or next_m - track.route_m <= _TOLD_M:
            return step  # its own words are about to come
        last = notices.goal(self.route, self.plan.line)
        cue = notices.reassurance(state.reassured, ahead, last, min(lead_m, words_m), track)
        return step.say(cue, reassured=state.reassured + 1)

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
            off_s=state.rerouting.off_s(track.fix.utc_s) if track else 0.0,
            reroute_wanted=state.rerouting.wanted and not state.lost,
        )


def _joining(state: FollowState, fix: Fix) -> bool:
    """Whether the route was found again and the course is not yet its own."""
    soon = state.fix_s - state.back_s <= _REJOINED_S
    return soon and fix.course_deg is not None and state.straying.diverging_s > 0.0


def _place(track: Track) -> Place:
    return Place(
        track.route_m, track.belief.sigma_m, track.speed_mps, track.fix.accuracy_m, track.heading_deg
    )
