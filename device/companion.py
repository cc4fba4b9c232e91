"""The companion's one step: what the senses bring, in; what to say and what to log, out. Pure.

Fixes go to the follower, scenes to the hazard memory, both become announcements, the arbiter decides.
The rim (`device.session`) owns cameras, sockets and speakers and calls `step` ten or more times a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from device.announcements import AlertKind, Announcement, Fresh, Lang
from device.arbiter import ArbiterState, Play, Settled, SpeechArbiter, Stop
from device.hazards import SceneState, from_scene, settle
from device.policy import Earcon, Urgency, earcon_of, urgency_of
from device.ports import Playback
from device.producers import from_cues, from_health, of_route, trip_ended, trip_started
from device.rerouting import (
    Failure,
    Here,
    RerouteAnswer,
    RerouteRequest,
    RerouteState,
    answered,
    ask,
    given_up,
    new_route,
    no_new_route,
    pressed,
)
from device.words import Rendered, Verbosity, render
from routing.cues import CueKind
from routing.follow import Follower
from routing.progress import FollowState, Progress
from vision.types import Hazard, Scene
from wire.position import Fix
from wire.route import Route
from wire.trip import Announced, Happening, HealthChanged, Moved, Part, Rerouted, TripEnded

# The camera declares at least 2 frames a second: 0.7 s without one is a stale camera (Health = STALE), and
# told within the second. Opening it takes longer. Frames count, not scenes: a model that is late is not the
# camera's fault, and is told by `vision.health.ModelWatch`.
CAMERA_STALE_S = 0.7
CAMERA_OPENS_S = 3.0
# The follower needs no more than this to notice that fixes stopped coming.
FOLLOW_IDLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """The wearer's choices and what is worn."""

    lang: Lang = "ja"
    verbosity: Verbosity = "normal"
    clock: bool = False  # clock positions instead of left and right
    shared: bool = False  # a caregiver sees this trip
    camera: bool = True  # a camera is expected: its absence is a fault
    reroute: bool = False  # somebody answers a `Turn.reroute`


@dataclass(frozen=True, slots=True)
class Health:
    """A part that the rim saw fail or come back; `reason` as in `device.announcements.Fault`."""

    part: Part
    healthy: bool
    reason: str = ""
    detail: str = ""  # for the log, not spoken


@dataclass(frozen=True, slots=True)
class Senses:
    """What came in since the last step."""

    now_s: float
    utc_s: float
    fixes: tuple[Fix, ...] = ()
    scene: Scene | None = None
    health: tuple[Health, ...] = ()
    playback: Playback = field(default_factory=Playback)
    frame: bool = False  # a picture came, looked at or not yet; where none is told of, scenes count
    path_closed: bool = False  # the wearer says so
    rerouted: RerouteAnswer | None = None  # to an earlier `Turn.reroute`


@dataclass(frozen=True, slots=True)
class Say:
    """Play this now: the words of this moment, in the wearer's language for the voice."""

    utterance: int
    earcon: Earcon
    urgency: Urgency
    words: Mapping[Lang, Rendered]
    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Hush:
    """Silence this utterance now."""

    utterance: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What to do and what to log after one step."""

    commands: tuple[Say | Hush, ...]
    happenings: tuple[Happening, ...]
    reroute: RerouteRequest | None = None  # plan this without holding up the next step


@dataclass(frozen=True, slots=True)
class CompanionState:
    """Everything that the companion remembers. The default is the moment before the start."""

    greeted: bool = False
    follower: Follower | None = None  # of the newest route; None: of the first
    leg: int = 0  # routes of this walk before the present one
    reroute: RerouteState = field(default_factory=RerouteState)
    follow: FollowState = field(default_factory=FollowState)
    followed_s: float = 0.0
    progress: Progress | None = None
    fix: Fix | None = None
    scene: SceneState = field(default_factory=SceneState)
    hazards: Mapping[int, Hazard] | None = None  # of the newest scene that was looked at
    frames_told: bool = False  # by whoever steps: a scene may be of an older frame
    frame_s: float | None = None
    frame_due_s: float = CAMERA_OPENS_S  # the longest wait for the next frame
    camera_stale: bool = False
    unhealthy: tuple[Part, ...] = ()
    arbiter: ArbiterState = field(default_factory=ArbiterState)
    spoken_as: Mapping[int, tuple[str, str]] = field(default_factory=dict)  # utterance -> (ja, en)
    urgencies: Mapping[int, Urgency] = field(default_factory=dict)
    arrival_told: bool = False
    farewell: bool = False
    done: bool = False


class Companion:
    """Guides one trip along `route`. Holds nothing that changes."""

    def __init__(self, route: Route, settings: Settings) -> None:
        self.route = route
        self.settings = settings
        self._follower = Follower(route)
        self._arbiter = SpeechArbiter()

    def step(self, state: CompanionState, senses: Senses) -> tuple[CompanionState, Turn]:
        """Take in `senses`. Raises `routing.errors.PracticeMapRefused` for a live fix on a practice map."""
        happened: list[Happening] = [Moved(fix=fix) for fix in senses.fixes]
        state, rerouted, dropped = self._on_reroute(state, senses, happened)
        state, new = self._perceive(state, senses, happened)
        state, request = self._ask(state, senses)
        fresh = self._fresh(state)
        arbiter, commands, settled = self._arbiter.step(
            state.arbiter, senses.now_s, (*rerouted, *new), senses.playback, fresh
        )
        settled = (*dropped, *settled)
        state = replace(state, arbiter=arbiter)
        state, said = self._words(state, commands, fresh)
        happened += [self._announced(state, item, fresh, senses) for item in settled]
        state = self._after(state, settled, happened)
        return state, Turn(said, tuple(happened), request)

    def route_of(self, state: CompanionState) -> Route:
        """The route that is followed now."""
        return self._follower_of(state).route

    # --- another route

    def _follower_of(self, state: CompanionState) -> Follower:
        return state.follower or self._follower

    def _here(self, state: CompanionState, senses: Senses) -> Here:
        follower = self._follower_of(state)
        return Here(
            now_s=senses.now_s,
            utc_s=senses.utc_s,
            route=follower.route,
            line=follower.plan.line,
            progress=state.progress,
            fix=state.fix,
        )

    def _on_reroute(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...], tuple[Settled, ...]]:
        """The wearer's word, and the answer to what was asked: a new route, or why there is none."""
        here, memory = self._here(state, senses), state.reroute
        reason = memory.waiting.reason if memory.waiting else "off_route"
        told: Route | Failure | None = None
        if senses.path_closed:
            memory, told = pressed(memory, here) if self.settings.reroute else (memory, "unknown")
        if senses.rerouted is not None:
            memory, answer = answered(memory, senses.rerouted, here)
            told = answer or told
        memory, late = given_up(memory, here)
        told = told or late
        state = replace(state, reroute=memory)
        if told is None:
            return state, (), ()
        if not isinstance(told, Route):
            return state, from_cues((no_new_route(told),), senses.now_s), ()
        happened.append(Rerouted(route_id=told.route_id, reason=reason))
        return self._follow_new(state, told, senses.now_s)

    def _follow_new(
        self, state: CompanionState, route: Route, now_s: float
    ) -> tuple[CompanionState, tuple[Announcement, ...], tuple[Settled, ...]]:
        """Follow `route` from where the wearer is. What waits to be said of the old one is dropped."""
        follower, leg = Follower(route, begun=True), state.leg + 1
        follow, cues, progress = follower.step(FollowState(), state.fix, now_s)
        arbiter, dropped = self._arbiter.forget(state.arbiter, now_s, of_route)
        state = replace(
            state,
            follower=follower,
            leg=leg,
            follow=follow,
            progress=progress,
            followed_s=now_s,
            arbiter=arbiter,
        )
        return state, from_cues((new_route(route), *cues), now_s, leg), dropped

    def _ask(self, state: CompanionState, senses: Senses) -> tuple[CompanionState, RerouteRequest | None]:
        if not self.settings.reroute:
            return state, None
        memory, request = ask(state.reroute, self._here(state, senses))
        return replace(state, reroute=memory), request

    # --- what came in

    def _perceive(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        new: list[Announcement] = []
        if not state.greeted:
            practice = self.route.source.practice
            new.append(trip_started(senses.now_s, practice=practice, shared=self.settings.shared))
            state = replace(state, greeted=True)
        if state.arrival_told and not state.farewell:
            new.append(trip_ended(senses.now_s, shared=self.settings.shared))
            state = replace(state, farewell=True)
        for perceive in (self._on_health, self._on_fixes, self._on_frame, self._on_scene, self._on_silence):
            state, announcements = perceive(state, senses, happened)
            new += announcements
        return state, tuple(new)

    def _on_health(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        new: list[Announcement] = []
        for change in senses.health:
            if change.healthy == (change.part not in state.unhealthy):
                continue  # nothing new
            new += from_health(change.part, change.healthy, senses.now_s, change.reason)
            detail = change.detail or change.reason
            now = HealthChanged(part=change.part, health="ok" if change.healthy else "error", detail=detail)
            happened.append(now)
            rest = tuple(part for part in state.unhealthy if part != change.part)
            state = replace(state, unhealthy=rest if change.healthy else (*rest, change.part))
            if change.part == "model" and not change.healthy:
                # What was in the way is not known any more; what is wrong with the camera still is.
                state = replace(state, hazards=None, scene=SceneState(fault_told=state.scene.fault_told))
        return state, tuple(new)

    def _on_fixes(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        fixes: tuple[Fix | None, ...] = senses.fixes
        if not fixes and senses.now_s - state.followed_s >= FOLLOW_IDLE_S:
            fixes = (None,)
        new: list[Announcement] = []
        for fix in fixes:
            follow, cues, progress = self._follower_of(state).step(state.follow, fix, senses.now_s)
            state = replace(
                state,
                follow=follow,
                progress=progress,
                followed_s=senses.now_s,
                fix=fix or state.fix,
            )
            new += from_cues(cues, senses.now_s, state.leg)
            for cue in cues:
                if cue.kind in (CueKind.POSITION_LOST, CueKind.POSITION_BACK):
                    lost = cue.kind is CueKind.POSITION_LOST
                    happened.append(HealthChanged(part="position", health="stale" if lost else "ok"))
        return state, tuple(new)

    def _on_frame(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        """A picture came: the camera is not stale, whatever the model makes of it, and when."""
        if not senses.frame and (senses.scene is None or state.frames_told):
            return state, ()
        new: tuple[Announcement, ...] = ()
        if state.camera_stale:
            new = from_health("camera", True, senses.now_s)
            happened.append(HealthChanged(part="camera", health="ok"))
        told = state.frames_told or senses.frame
        state = replace(state, frames_told=told, frame_s=senses.now_s, camera_stale=False)
        return replace(state, frame_due_s=CAMERA_STALE_S), new

    def _on_scene(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        scene = senses.scene
        if scene is None:
            return state, ()
        before = state.scene.fault_told
        memory, announcements = from_scene(state.scene, scene, senses.now_s)
        if memory.fault_told != before:
            fault = memory.fault_told
            happened.append(
                HealthChanged(part="camera", health="ok" if fault is None else "error", detail=fault or "")
            )
        seen = None if not scene.looked else {hazard.track_id: hazard for hazard in scene.hazards}
        return replace(state, scene=memory, hazards=seen), announcements

    def _on_silence(
        self, state: CompanionState, senses: Senses, happened: list[Happening]
    ) -> tuple[CompanionState, tuple[Announcement, ...]]:
        """No frame for too long is told: silence must not look like safety."""
        if not self.settings.camera or state.camera_stale:
            return state, ()
        if state.frame_s is None:  # the wait for the first frame begins with the first step
            return replace(state, frame_s=senses.now_s), ()
        if senses.now_s - state.frame_s <= state.frame_due_s:
            return state, ()
        happened.append(HealthChanged(part="camera", health="stale"))
        state = replace(state, camera_stale=True, hazards=None, scene=SceneState())
        return state, from_health("camera", False, senses.now_s, "stale")

    # --- what goes out

    def _fresh(self, state: CompanionState) -> Fresh:
        progress = state.progress
        if progress is None or not progress.located:
            return Fresh(hazards=state.hazards, paving=state.scene.blocks.sight)
        return Fresh(progress.route_m, progress.accuracy_m, state.hazards, state.scene.blocks.sight)

    def _words(
        self, state: CompanionState, commands: tuple[Play | Stop, ...], fresh: Fresh
    ) -> tuple[CompanionState, tuple[Say | Hush, ...]]:
        out: list[Say | Hush] = []
        spoken_as, urgencies = dict(state.spoken_as), dict(state.urgencies)
        for command in commands:
            if isinstance(command, Stop):
                out.append(Hush(command.utterance))
                continue
            words = self._render(command.announcement, fresh)
            urgency = urgency_of(command.announcement)
            spoken_as[command.utterance] = (words["ja"].text, words["en"].text)
            urgencies[command.utterance] = urgency
            earcon = earcon_of(command.announcement)
            out.append(Say(command.utterance, earcon, urgency, words, command.announcement))
        return replace(state, spoken_as=spoken_as, urgencies=urgencies), tuple(out)

    def _render(self, announcement: Announcement, fresh: Fresh) -> dict[Lang, Rendered]:
        chosen = self.settings
        return {
            lang: render(announcement, lang, fresh, verbosity=chosen.verbosity, clock=chosen.clock)
            for lang in ("ja", "en")
        }

    def _announced(self, state: CompanionState, item: Settled, fresh: Fresh, senses: Senses) -> Announced:
        """What became of an announcement, with the words that were, or would have been, said."""
        words = state.spoken_as.get(item.utterance) if item.utterance is not None else None
        if words is None:
            rendered = self._render(item.announcement, fresh)
            words = (rendered["ja"].text, rendered["en"].text)
        urgency = state.urgencies.get(item.utterance or 0, urgency_of(item.announcement))
        offset_s = senses.utc_s - senses.now_s
        return Announced(
            kind=str(item.announcement.kind),
            key=item.announcement.key,
            urgency=urgency.wire,
            outcome=item.outcome,
            text_ja=words[0],
            text_en=words[1],
            created_s=_ms(item.announcement.created_s + offset_s),
            started_s=None if item.started_s is None else _ms(item.started_s + offset_s),
            ended_s=None if item.ended_s is None else _ms(item.ended_s + offset_s),
            lat=state.fix.lat if state.fix else None,
            lon=state.fix.lon if state.fix else None,
        )

    def _after(
        self, state: CompanionState, settled: tuple[Settled, ...], happened: list[Happening]
    ) -> CompanionState:
        """Forget finished utterances; after the arrival was heard say farewell, and after that end."""
        over = {item.utterance for item in settled}
        state = replace(
            state,
            scene=settle(state.scene, settled),
            spoken_as={number: text for number, text in state.spoken_as.items() if number not in over},
            urgencies={number: level for number, level in state.urgencies.items() if number not in over},
        )
        for item in settled:
            # A cut arrival is said again (its row resumes): only then is it over.
            if item.announcement.kind is CueKind.ARRIVED and item.outcome != "preempted":
                state = replace(state, arrival_told=True)
            if item.announcement.kind is AlertKind.TRIP_ENDED and not state.done:
                happened.append(TripEnded(arrived=True, reason="arrived"))
                state = replace(state, done=True)
        return state


def _ms(seconds: float) -> float:
    """Milliseconds are enough for a log, and keep its bytes stable."""
    return round(seconds, 3)
