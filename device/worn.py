"""A device that is worn all day, around one step of the companion: buttons, plans, trips, health.

Everything it asks of the world answers later, or never; nothing here waits.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from device.battery import BatteryNews
from device.controls.gestures import Press
from device.fall import FallWatch
from device.senses import (
    AroundAnswer,
    AroundWanted,
    BeginTrip,
    Choices,
    Fall,
    Health,
    Noticed,
    PhoneEvent,
    PlanAnswer,
    PlanWanted,
    Senses,
    SosState,
    Turn,
)
from vision.attitude import Attitude
from wire.route import Route
from wire.trip import Answered, Happening, Rerouted, Sos

STEADY_S = 60.0


class Buttons(Protocol):
    """Where presses come from."""

    def poll(self) -> tuple[Press, ...]:
        """The presses since the last call, in order; never blocks."""

    def health(self) -> Health:
        """How they are."""


class Planner(Protocol):
    """Plans on the device's own map, and looks on it where one is."""

    def ask(self, wanted: PlanWanted | AroundWanted, /) -> None:
        """Begin to plan, or to look."""

    def poll(self) -> PlanAnswer | AroundAnswer | None:
        """An answer that came since the last call; never blocks."""


class Trips(Protocol):
    """Keeps the trip that is under way over a restart."""

    def resumed(self, utc_s: float) -> BeginTrip | None:
        """The trip that was under way when the device stopped, if it is still to be gone on with."""

    def begun(self, begin: BeginTrip, utc_s: float) -> None:
        """Keep it."""

    def rerouted(self, route: Route) -> None:
        """It follows another route."""

    def steady(self) -> None:
        """Guidance has lasted for a minute."""

    def ended(self) -> None:
        """Forget it."""


class TripLogState(Protocol):
    """What is known of the trip's log."""

    def health(self) -> tuple[Health, ...]:
        """Of the parts "recorder" and "uplink", as far as it is known."""

    def mark(self) -> int:
        """The number of the packet that is sent next."""

    def arrived(self, number: int) -> SosState:
        """How far the packet has come: "" (here only), "stored", "sent"."""


class Phone(Protocol):
    """The phone's page: presses are its own, news and codes come from here."""

    def poll(self) -> tuple[PhoneEvent, str]:
        """What happened, and a new pairing code; "" each where there is none."""

    def make_code(self) -> None:
        """Ask for a new code."""


class Server(Protocol):
    """What the server tells the wearer."""

    def poll(self, utc_s: float) -> tuple[Noticed, ...]:
        """What came since the last call and was not answered before, also before a restart."""

    def answered(self, notice_id: str, utc_s: float) -> None:
        """It is done with: remembered over a restart."""


class NoServer:
    """`Server` where there is none."""

    def poll(self, utc_s: float) -> tuple[Noticed, ...]:
        """Nothing."""
        return ()

    def answered(self, notice_id: str, utc_s: float) -> None:
        """Nothing to remember."""


@dataclass(slots=True)
class Surroundings:
    """All that `Worn` talks to. `parts`: what the supervisor and the sources tell of parts.

    `attitude`: how the head is held, where a motion sensor is worn and to be believed. `battery`: news at a
    monotonic second.
    """

    buttons: Sequence[Buttons]
    planner: Planner
    trips: Trips
    log: TripLogState
    parts: Callable[[], tuple[Health, ...]]
    heading_deg: Callable[[], float | None]
    choose: Callable[[Choices], None]
    ready: Callable[[float], bool]
    notes: Callable[[], tuple[Happening, ...]] = tuple  # what else is to be logged
    phone: Phone | None = None
    server: Server = field(default_factory=NoServer)
    attitude: Callable[[], Attitude | None] = lambda: None
    battery: Callable[[float], BatteryNews | None] = lambda _now_s: None


class Worn:
    """`device.session.Around`. Not thread-safe: the session's thread calls it."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self.trip_id = ""
        self._begin: BeginTrip | None = None
        self._began_s: float | None = None
        self._steady = False
        self._ready = False
        self._sos: int | None = None  # the packet of the newest call for help
        self._sos_told: SosState = ""
        self.ending = False  # told by whoever ends the device on purpose
        self._well: dict[str, bool] = {}
        self._fall = FallWatch()
        self._utc_s = 0.0

    def before(self, senses: Senses) -> Senses:
        """Presses, answers, news; a trip that was set up begins."""
        around = self._around
        now_s = senses.now_s
        self._utc_s = senses.utc_s
        self._start(senses)
        begin, self._begin = self._begin, None
        if begin is not None:
            self.trip_id = begin.trip_id
            around.trips.begun(begin, senses.utc_s)
        presses = sorted((press for source in around.buttons for press in source.poll()), key=lambda p: p.t_s)
        answer = around.planner.poll()
        event: PhoneEvent = ""
        code = ""
        if around.phone is not None:
            event, code = around.phone.poll()
        return replace(
            senses,
            health=(*senses.health, *self._changed()),
            presses=tuple(presses),
            begin=begin,
            planned=answer if isinstance(answer, PlanAnswer) else None,
            around=answer if isinstance(answer, AroundAnswer) else None,
            sos=self._sos_news(),
            phone=event,
            code=code,
            ready=self._becomes_ready(now_s),
            heading_deg=around.heading_deg(),
            ending=self.ending,
            notices=around.server.poll(senses.utc_s),
            fall=self._fallen(senses),
            battery=around.battery(now_s) if self._ready else None,
        )

    def after(self, turn: Turn, route: Route | None) -> tuple[Happening, ...]:
        """Ask for what the step wants; what is to be logged, with routes that the server does not know."""
        around = self._around
        for wanted in (turn.plan, turn.around):
            if wanted is not None:
                around.planner.ask(wanted)
        if turn.begin is not None:
            self._begin = BeginTrip(secrets.token_hex(16), turn.begin.route)
        if turn.code and around.phone is not None:
            around.phone.make_code()
        if turn.choices is not None:
            around.choose(turn.choices)
        happened = (*around.notes(), *(self._logged(one, route) for one in turn.happenings))
        if turn.ended:
            around.trips.ended()
        return happened

    def settled(self, turn: Turn) -> None:
        """After the step was logged: a trip that ended is not logged any more."""
        if turn.ended:
            self.trip_id = ""

    def _logged(self, happening: Happening, route: Route | None) -> Happening:
        if isinstance(happening, Rerouted) and route is not None:
            self._around.trips.rerouted(route)
            return replace(happening, route=route)
        if isinstance(happening, Sos):
            self._sos, self._sos_told = self._around.log.mark(), ""
        if isinstance(happening, Answered):
            self._around.server.answered(happening.notice_id, self._utc_s)
        return happening

    def _fallen(self, senses: Senses) -> Fall:
        """Only on a trip: who comes home and takes the glasses off has ended it."""
        if not self.trip_id:
            self._fall = FallWatch(usual=self._fall.usual)
            return ""
        self._fall, news = self._fall.at(self._around.attitude(), senses.fixes, senses.now_s)
        return news

    def _start(self, senses: Senses) -> None:
        """At the first step a trip that was under way goes on; after a minute that has gone well."""
        if self._began_s is None:
            self._began_s = senses.now_s
            self._begin = self._around.trips.resumed(senses.utc_s)
        if not self._steady and senses.now_s - self._began_s >= STEADY_S:
            self._steady = True
            self._around.trips.steady()

    def _becomes_ready(self, now_s: float) -> bool:
        if self._ready or not self._around.ready(now_s):
            return False
        self._ready = True
        return True

    def _sos_news(self) -> SosState:
        if self._sos is None:
            return ""
        state = self._around.log.arrived(self._sos)
        if state == "sent":
            self._sos = None
        if state == self._sos_told:
            return ""
        self._sos_told = state
        return state

    def _changed(self) -> tuple[Health, ...]:
        """How the parts are, where that changed; of a part that several tell of, the worst counts."""
        around = self._around
        told = [*around.parts(), *around.log.health(), *(source.health() for source in around.buttons)]
        worst: dict[str, Health] = {}
        for health in told:
            if health.part not in worst or worst[health.part].healthy:
                worst[health.part] = health
        changed = tuple(one for one in worst.values() if one.healthy != self._well.get(one.part, True))
        self._well |= {one.part: one.healthy for one in changed}
        return changed
