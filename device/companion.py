"""The companion's one step: what the senses bring, in; what to say and what to log, out. Pure.

Fixes go to the follower, scenes to the hazard memory, presses to the desk; all become announcements, and the
arbiter decides. The rim (`device.session`) owns cameras, sockets and speakers and calls `step` ten or more
times a second.
"""

from dataclasses import replace

from device import faultbook, following, neighbourhood, notices, perceiving, silence
from device.announcements import Again, AlertKind, Announcement, Params
from device.answers import ahead_now, located, where_now
from device.arbiter import ArbiterState, Settled, SpeechArbiter
from device.companion_state import CAMERA_OPENS_S, CAMERA_STALE_S, CompanionState
from device.controls import desk, question
from device.controls.desk_state import Ask, Result, View, choices_of
from device.facts import Goal
from device.fall import WALK_MPS
from device.following import Changed
from device.hazards import settle
from device.neighbourhood import Looked
from device.outgoing import announced, fresh_of, put_into_words, sifted
from device.policy import POLICY
from device.producers import announcement, trip_started
from device.rerouting import RerouteRequest
from device.senses import BeginWanted, Health, Hush, Say, Senses, Settings, Turn
from device.trips import begin, end, farewell, fell_event, greeting, of_trip, sos_event
from routing.cues import CueKind
from routing.errors import PracticeMapRefused
from routing.follow import Follower
from wire.route import Route
from wire.trip import Happening, Moved, TripEnded

__all__ = [
    "CAMERA_OPENS_S",
    "CAMERA_STALE_S",
    "Companion",
    "CompanionState",
    "Health",
    "Hush",
    "Say",
    "Senses",
    "Settings",
    "Turn",
]
_ANSWERS: dict[Ask, AlertKind] = {
    "repeat": AlertKind.REPEATED,
    "where": AlertKind.WHERE_AM_I,
    "ahead": AlertKind.WHAT_IS_AHEAD,
}


class Companion:
    """Guides one trip along `route`, or, without one, is worn all day. Holds nothing that changes.

    Worn all day, trips begin by `Senses.begin` and end by arriving or by the menu; between them the camera's
    warnings, the faults and the answers go on.
    """

    def __init__(self, route: Route | None, settings: Settings) -> None:
        self.settings = settings
        self._first = None if route is None else Follower(route)
        self._arbiter = SpeechArbiter()

    def step(self, state: CompanionState, senses: Senses) -> tuple[CompanionState, Turn]:
        """Take in `senses`. Raises `routing.errors.PracticeMapRefused` for a live fix on a practice map."""
        happened: list[Happening] = []
        state, begun = begin(state, self.settings, senses, happened)
        happened += [Moved(fix=fix) for fix in senses.fixes]
        state, senses, noticed = self._notice(state, senses, happened)
        result = desk.step(state.desk, senses, self._view(state, senses))
        senses = replace(senses, path_closed=senses.path_closed or result.closed)
        state, asked = self._obey(replace(state, desk=result.state), result, senses, happened)
        happened += result.answered
        if result.fell:
            happened.append(fell_event(state.fix))
        state = self._unasked(state, senses.now_s)
        changed = self._reroute(state, senses, happened)
        state, seen = self._perceive(changed.state, senses, happened)
        state, request = self._want(state, senses)
        state, looked = self._look_around(state, result, senses)
        answers = self._answers(state, result, senses)
        searched = _searched(changed, result, senses.now_s)
        state, quiet = self._silence_of_a_trial(state, senses)
        new = (*begun, *quiet, *asked, *noticed, *answers, *searched, *looked.told, *changed.new, *seen)
        state, new, put_together = sifted(state, new, self.settings, senses, self._arbiter)
        fresh = fresh_of(state)
        arbiter, commands, settled = self._arbiter.step(
            state.arbiter, senses.now_s, new, senses.playback, fresh
        )
        settled = (*changed.dropped, *put_together, *settled)
        state, said = put_into_words(replace(state, arbiter=arbiter), commands, fresh, self.settings)
        happened += [announced(state, item, fresh, self.settings, senses) for item in settled]
        state = self._after(state, settled, senses, happened)
        turn = self._turn(state, said, happened, result)
        return replace(state, ended=False), replace(turn, reroute=request, around=looked.wanted)

    def route_of(self, state: CompanionState) -> Route | None:
        """The route that is followed now; None on a walk without one."""
        follower = self._follower_of(state)
        return follower.route if follower else None

    def _follower_of(self, state: CompanionState) -> Follower | None:
        return state.follower or self._first

    def _on_trip(self, state: CompanionState) -> bool:
        return self._first is not None or state.trip is not None

    # --- what the wearer wants

    def _view(self, state: CompanionState, senses: Senses) -> View:
        return View(
            self.settings,
            trip=self._on_trip(state) and not state.done,
            guided=self._follower_of(state) is not None,
            fix=state.fix if located(state, senses.now_s) else None,
            asking=_sounding(state.arbiter, AlertKind.ARE_YOU_OK, senses.now_s),
            asked=bool(_sounding(state.arbiter, AlertKind.ARE_YOU_OK, senses.now_s, question.SOUNDING_S)),
            crossing=self._crossing(state)
            and state.progress is not None
            and state.progress.speed_mps >= WALK_MPS,
            trip_id=state.trip.trip_id if state.trip else "",
        )

    def _crossing(self, state: CompanionState) -> bool:
        """Whether the wearer may be at a kerb or on a carriageway, as far as the route tells."""
        follower, progress = self._follower_of(state), state.progress
        located = progress is not None and progress.located
        return located and follower is not None and follower.on_crossing(state.follow)

    def _unasked(self, state: CompanionState, now_s: float) -> CompanionState:
        """Without the words of a question that has its answer, or is asked in other words now."""
        waiting, _ = self._arbiter.forget(
            state.arbiter,
            now_s,
            lambda said: (
                said.kind is AlertKind.ARE_YOU_OK and not question.is_due(state.desk.asking, said.key)
            ),
        )
        return replace(state, arbiter=waiting)

    def _notice(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, Senses, tuple[Announcement, ...]]:
        """What the server tells, each once; and that the wearer may have fallen."""
        came = {one.id: one for one in senses.notices if not state.notices.knows(one.id)}
        new, now_s, crossing = tuple(came.values()), senses.now_s, self._crossing(state)
        pointless = {kind for one in new for kind in notices.OVERTAKEN.get(one.kind, ())}
        pointless |= notices.WAIT_AT_KERB if crossing else set()
        waiting, dropped = self._arbiter.forget(state.arbiter, now_s, lambda said: said.kind in pointless)
        book, _ = notices.settle(state.notices, dropped, now_s)
        trip_id = state.trip.trip_id if state.trip else ""
        book, told = notices.take(book, new, notices.Moment(now_s, trip_id, crossing))
        if senses.fall == "fell":
            happened.append(fell_event(state.fix))
        return replace(state, notices=book, arbiter=waiting), replace(senses, notices=new), told

    def _obey(
        self, state: CompanionState, result: Result, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        """What was chosen in the menu, and the call for help."""
        told = result.told
        if result.sos:
            state = self._call(state, result.sos == "raised", happened)
        if not self._on_trip(state) or not (result.end or result.begin):
            return state, told
        if result.end:
            told = (*told, farewell(state, self.settings, senses.now_s))
        event = TripEnded(arrived=False, reason="wearer")
        state = end(state, self._arbiter, senses.now_s, happened, event)
        return replace(state, done=self._first is not None), told

    def _call(self, state: CompanionState, raised: bool, happened: list[Happening]) -> CompanionState:
        if raised and not self._on_trip(state):
            return replace(state, sos_waits=True)
        happened.append(sos_event(state.fix, raised=raised))
        return state

    def _answers(self, state: CompanionState, result: Result, senses: Senses) -> tuple[Announcement, ...]:
        return tuple(
            announcement(_ANSWERS[ask], "answer", self._fact(state, ask, senses), senses.now_s)
            for ask in result.asked
        )

    def _fact(self, state: CompanionState, ask: Ask, senses: Senses) -> Params:
        follower = self._follower_of(state)
        match ask:
            case "where":
                return where_now(state, follower, self.settings, senses)
            case "ahead":
                return ahead_now(state, follower, self.settings, senses)
            case "repeat":
                told = _being_said(state.arbiter) or state.told
                return Again() if told is None else Again(told.kind, told.params)

    def _look_around(
        self, state: CompanionState, result: Result, senses: Senses
    ) -> tuple[CompanionState, Looked]:
        """The street by the map, where no route names it."""
        fix = state.fix if located(state, senses.now_s) else None
        on = neighbourhood.Here(
            point=None if fix is None else (fix.lat, fix.lon),
            free=self._follower_of(state) is None and self.settings.reroute,
            walking=self._on_trip(state) and choices_of(state.desk, self.settings).verbosity == "detailed",
            busy=state.desk.menu is not None,
        )
        looked = neighbourhood.look(state.around, on, senses, asked="where" in result.asked)
        return replace(state, around=looked.state), looked

    def _silence_of_a_trial(
        self, state: CompanionState, senses: Senses
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        began = senses.begin is not None
        moment = silence.Moment(senses.now_s, state.fix, self._on_trip(state), began)
        quiet, told = silence.step(state.silence, self.settings.silent, moment)
        return replace(state, silence=quiet), told

    # --- what came in

    def _reroute(self, state: CompanionState, senses: Senses, happened: list[Happening]) -> Changed:
        follower = self._follower_of(state)
        return following.reroute(
            state, follower, senses, self._arbiter, happened, answers=self.settings.reroute
        )

    def _want(self, state: CompanionState, senses: Senses) -> tuple[CompanionState, RerouteRequest | None]:
        if not self.settings.reroute:
            return state, None
        return following.want(state, self._follower_of(state), senses)

    def _perceive(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        state, greeted = self._greet(state, senses, happened)
        new = list(greeted)
        if state.arrival_told and not state.farewell:
            new.append(farewell(state, self.settings, senses.now_s))
            state = replace(state, farewell=True)
        guided = self._follower_of(state) is not None
        state, health = perceiving.health(state, senses, happened, guided=guided)
        state, moved = self._move(state, senses, happened)
        state, framed = perceiving.frame(state, senses, happened)
        state, seen = perceiving.scene(state, senses, happened)
        state, stale = self._silence(state, senses, happened)
        state, battery = perceiving.battery(state, senses, happened)
        told = (*health, *moved, *framed, *seen, *stale, *battery)
        return state, (*new, *told, *perceiving.phone(senses))

    def _greet(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        if self._first is None:
            return greeting(state, self.settings, senses, happened)
        if state.greeted:
            return state, ()
        practice = self._first.route.source.practice
        told = trip_started(senses.now_s, practice=practice, shared=self.settings.shared)
        return replace(state, greeted=True, ready=True), (told,)

    def _move(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        try:
            return following.move(state, self._follower_of(state), senses, happened)
        except PracticeMapRefused:
            if self._first is not None:
                raise
            # The walk goes on without guidance: a device that is worn does not end over a wrong map.
            route = self.route_of(state)
            goal = Goal(failure="practice", map_name=route.source.name if route else "")
            event = TripEnded(arrived=False, reason="device_stopped")
            state = end(state, self._arbiter, senses.now_s, happened, event)
            return state, (announcement(AlertKind.PLAN_FAILED, "plan", goal, senses.now_s),)

    def _silence(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        if not self.settings.camera or not state.ready:
            return state, ()
        return perceiving.silence(state, senses, happened)

    # --- what became of it

    def _after(
        self,
        state: CompanionState,
        settled: tuple[Settled, ...],
        senses: Senses,
        happened: list[Happening],
    ) -> CompanionState:
        """Forget finished utterances; after the arrival was heard say farewell, and after that end."""
        over = {item.utterance for item in settled}
        book, heard = notices.settle(state.notices, settled, senses.now_s)
        happened += heard
        state = replace(
            state,
            scene=settle(state.scene, settled),
            faults=faultbook.settle(state.faults, settled, senses.now_s),
            notices=book,
            spoken_as={number: text for number, text in state.spoken_as.items() if number not in over},
            urgencies={number: level for number, level in state.urgencies.items() if number not in over},
        )
        for item in settled:
            state = self._settled(state, item, senses.now_s, happened)
        return state

    def _settled(
        self, state: CompanionState, item: Settled, now_s: float, happened: list[Happening]
    ) -> CompanionState:
        told = item.announcement
        if item.started_s is not None and not POLICY[told.kind].asked:
            state = replace(state, told=told)
        if told.kind is AlertKind.ARE_YOU_OK and item.outcome == "spoken":
            asking = question.heard(state.desk.asking, told.key, now_s)
            return replace(state, desk=replace(state.desk, asking=asking))
        # A cut arrival is said again (its row resumes): only then is it over.
        if told.kind is CueKind.ARRIVED and item.outcome != "preempted":
            return replace(state, arrival_told=self._on_trip(state))
        if told.kind is AlertKind.DEVICE_ENDING:
            return replace(state, done=True)
        if told.kind is not AlertKind.TRIP_ENDED or not state.farewell or state.done:
            return state
        event = TripEnded(arrived=True, reason="arrived")
        if self._first is None:
            return end(state, self._arbiter, now_s, happened, event)
        happened.append(event)
        return replace(state, done=True)

    def _turn(
        self,
        state: CompanionState,
        said: tuple[Say | Hush, ...],
        happened: list[Happening],
        result: Result,
    ) -> Turn:
        wanted = result.begin
        if result.sos == "raised" and state.sos_waits:
            wanted = wanted or BeginWanted()
        return Turn(
            said,
            of_trip(tuple(happened), trip=self._on_trip(state) or state.ended),
            plan=result.plan,
            begin=wanted,
            ended=state.ended,
            code=result.code,
            choices=result.choices,
        )


def _searched(changed: Changed, result: Result, now_s: float) -> tuple[Announcement, ...]:
    """That another way is looked for; where none can be, the reason is told instead."""
    if not result.closed or changed.state.reroute.closed is None:
        return ()
    return (announcement(AlertKind.PLANNING, "plan", Goal(), now_s),)


def _sounding(state: ArbiterState, kind: AlertKind, now_s: float, for_s: float = 0.0) -> str:
    """The key of what is being said of this kind, and has been for so long; "" for nothing."""
    speaking = state.speaking
    if speaking is None or speaking.started_s is None or now_s - speaking.started_s < for_s:
        return ""
    told = speaking.waiting.announcement
    return told.key if told.kind is kind else ""


def _being_said(state: ArbiterState) -> Announcement | None:
    """What sounds now, and may be asked for again though it is not over: danger is not cut by a press."""
    speaking = state.speaking
    if speaking is None or speaking.started_s is None:
        return None
    told = speaking.waiting.announcement
    return None if POLICY[told.kind].asked else told
