"""The rim around the companion: one tick polls the ports, steps the core, and carries out what it says."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from device.announcements import Lang
from device.companion import Companion, CompanionState, Health, Hush, Say, Senses, Turn
from device.errors import OutboxError, RecordError
from device.eyes import Eyes, Glance
from device.mouth import Mouth, Utterance
from device.nmea import as_written
from device.ports import Clock, Playback, PositionSource
from device.rerouting import RerouteAnswer, RerouteRequest
from device.run_format import as_recorded
from device.thermal import HeatSource
from device.watching import Watching
from vision.types import Frame, Hazard, Scene
from wire.position import Fix
from wire.route import Route
from wire.trip import Happening


class TripLog(Protocol):
    """Keeps what happened, durably, for the uplink. `device.outbox.Outbox` is one."""

    def append_many(self, trip_id: str, happened: Iterable[tuple[float, Happening]]) -> object:
        """Take (UTC second, what); raises `OutboxError` where they are only held in memory for now."""


class Recorder(Protocol):
    """Keeps what a replay needs: what came in and what came out."""

    def senses(self, senses: Senses) -> None:
        """What came in with one step; raises `RecordError`."""

    def turn(self, now_s: float, turn: Turn) -> None:
        """What came out; raises `RecordError`."""


class Rerouter(Protocol):
    """Plans a new route without holding up the caller."""

    def ask(self, request: RerouteRequest) -> None:
        """Begin to plan."""

    def poll(self) -> RerouteAnswer | None:
        """An answer that arrived since the last call; never blocks."""


class Around(Protocol):
    """What a device that is worn all day has around one step: trips, buttons, plans."""

    @property
    def trip_id(self) -> str:
        """The trip that is under way; "": none, and nothing of the walk is logged."""

    def before(self, senses: Senses) -> Senses:
        """With what came in from there."""

    def after(self, turn: Turn, route: Route | None) -> tuple[Happening, ...]:
        """Carry out what the step wants of it; what is to be logged of the step. `route`: followed now."""

    def settled(self, turn: Turn) -> None:
        """The step was logged."""


@dataclass(slots=True)
class Ports:
    """All that a session talks to."""

    clock: Clock
    position: PositionSource
    eyes: Eyes
    mouth: Mouth
    log: TripLog
    trip_id: str
    link_up: Callable[[], bool | None]  # None: not tried yet
    recorder: Recorder | None = None
    rerouter: Rerouter | None = None  # goes with `Settings.reroute`
    board: HeatSource | None = None  # None: heat and power are not watched
    around: Around | None = None  # None: one trip, `trip_id`, from greeting to farewell


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick did, for whoever watches."""

    senses: Senses
    turn: Turn
    frame: Frame | None
    failed: tuple[str, ...] = field(default=())


class Session:
    """One trip from greeting to farewell. Not thread-safe: one thread ticks it."""

    def __init__(self, companion: Companion, ports: Ports) -> None:
        self.state = CompanionState()
        self.made = 0  # events of this trip, durable or held
        self._companion = companion
        self._ports = ports
        self._watching = Watching(ports.board)
        self._unrecorded = False  # the run's recording was given up
        self._path_closed = False  # the wearer's word since the last tick

    @property
    def done(self) -> bool:
        """Whether the farewell was said."""
        return self.state.done

    def log(self, *happenings: Happening) -> None:
        """Put something into the trip's log that did not come from the companion."""
        self._store(happenings)

    def path_closed(self) -> None:
        """The wearer says that the path ahead is closed: it is reported, and another way is asked for."""
        self._path_closed = True

    def tick(self) -> Tick:
        """One step. Raises `routing.errors.PracticeMapRefused`; every other fault is told and survived."""
        ports = self._ports
        glance = ports.eyes.glance(ports.clock.now_s())
        scene = self._watch(glance)
        fixes = tuple(as_written(fix, fix.source) for fix in ports.position.poll())
        # A recording holds milliseconds, and what is decided must be decided again from it.
        now_s = round(ports.clock.now_s(), 3)
        hearing = ports.mouth.listen(now_s)
        for change in hearing.health:
            self._watching.tell(change)
        # What is acted on is what is recorded, to the last digit: else a replay would differ.
        seen = None if scene is None else as_recorded(scene)
        senses = replace(self._senses(now_s, fixes, hearing.playback), scene=seen, frame=glance.arrived)
        if ports.around is not None:
            senses = ports.around.before(senses)
        self.state, turn = self._companion.step(self.state, senses)
        self._carry_out(turn, senses.now_s)
        if turn.reroute is not None and ports.rerouter is not None:
            ports.rerouter.ask(turn.reroute)
        self._store(self._logged(turn))
        if ports.around is not None:
            ports.around.settled(turn)
        self._record(senses, turn)
        return Tick(senses, turn, glance.frame, hearing.failed)

    def _logged(self, turn: Turn) -> Sequence[Happening]:
        around = self._ports.around
        return turn.happenings if around is None else around.after(turn, self._companion.route_of(self.state))

    def _watch(self, glance: Glance) -> Scene | None:
        """What the newest answer tells. Who fails is told; guidance goes on."""
        watching = self._watching
        if glance.model_fault:
            watching.broke(glance.model_fault)
        elif glance.camera_fault:
            watching.tell(Health("camera", False, glance.camera_reason, glance.camera_fault))
            watching.nothing_to_see()
        elif glance.arrived:
            watching.tell(Health("camera", True))
        watching.tell(Health("imu", glance.imu_fault is None, glance.imu_fault or ""))
        return watching.scene(glance.look, self._ports.clock.now_s())

    def _senses(self, now_s: float, fixes: tuple[Fix, ...], playback: Playback) -> Senses:
        ports = self._ports
        link_up = ports.link_up()
        if link_up is not None:
            self._watching.tell(Health("uplink", link_up))
        self._watching.judge(now_s)
        path_closed, self._path_closed = self._path_closed, False
        rerouted = None if ports.rerouter is None else ports.rerouter.poll()
        return Senses(
            now_s,
            ports.clock.utc_s(),
            fixes,
            health=self._watching.changes(),
            playback=playback,
            path_closed=path_closed,
            rerouted=rerouted,
        )

    def _carry_out(self, turn: Turn, now_s: float) -> None:
        lang = self._companion.settings.lang
        other: Lang = "ja" if lang == "en" else "en"
        for command in turn.commands:
            if isinstance(command, Hush):
                self._ports.mouth.hush(now_s)
                continue
            texts = tuple((each, command.words[each].speech) for each in (lang, other))
            utterance = Utterance(command.utterance, command.earcon, texts, _bearing_deg(command))
            self._ports.mouth.say(utterance, now_s)

    def _store(self, happenings: Sequence[Happening]) -> None:
        around = self._ports.around
        trip_id = self._ports.trip_id if around is None else around.trip_id
        if not happenings or not trip_id:
            return
        utc_s = round(self._ports.clock.utc_s(), 3)
        self.made += len(happenings)
        try:
            self._ports.log.append_many(trip_id, [(utc_s, what) for what in happenings])
        except OutboxError as error:
            self._watching.tell(Health("recorder", False, "full", str(error)))
        else:
            self._watching.tell(Health("recorder", not self._unrecorded))

    def _record(self, senses: Senses, turn: Turn) -> None:
        if self._ports.recorder is None:
            return
        try:
            self._ports.recorder.senses(senses)
            self._ports.recorder.turn(senses.now_s, turn)
        except RecordError as error:
            self._ports.recorder = None  # told once; guidance goes on
            self._unrecorded = True
            self._watching.tell(Health("recorder", False, "full", str(error)))


def _bearing_deg(say: Say) -> float | None:
    """Where the thing is that is told of, positive to the right."""
    told = say.announcement.params
    return told.bearing_deg if isinstance(told, Hazard) else None
