"""A device that is worn all day: trips begin, go on after a restart and end; news comes once."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from device.controls.gestures import Press
from device.kept_files import Keeper
from device.planning.underway import TripUnderWay, read_trip, write_trip
from device.senses import (
    BeginTrip,
    BeginWanted,
    Choices,
    Health,
    PhoneEvent,
    PlanAnswer,
    PlanWanted,
    Senses,
    SosState,
    Turn,
)
from device.trip_kept import TRIES, KeptTrips
from device.worn import STEADY_S, Surroundings, Worn
from routing.simulated import Leg, route_of
from wire.route import Route
from wire.trip import Happening, HealthChanged, Rerouted, Sos

ROUTE = route_of([Leg(0.0, 60.0)])
UTC_S = 1_800_000_000.0
CLOCK_NOTE = HealthChanged(part="board", health="warn", detail="the clock was corrected by +3.0 s")


@dataclass
class FakeButtons:
    waiting: list[Press] = field(default_factory=list)
    well: bool = True

    def poll(self) -> tuple[Press, ...]:
        made, self.waiting = tuple(self.waiting), []
        return made

    def health(self) -> Health:
        return Health("buttons", self.well, "" if self.well else "lost")


@dataclass
class FakePlanner:
    asked: list[PlanWanted] = field(default_factory=list)
    answer: PlanAnswer | None = None

    def ask(self, wanted: PlanWanted) -> None:
        self.asked.append(wanted)

    def poll(self) -> PlanAnswer | None:
        made, self.answer = self.answer, None
        return made


@dataclass
class FakeTrips:
    kept: BeginTrip | None = None
    told: list[str] = field(default_factory=list)

    def resumed(self, utc_s: float) -> BeginTrip | None:
        return self.kept

    def begun(self, begin: BeginTrip, utc_s: float) -> None:
        self.told.append(f"begun {begin.trip_id}")

    def rerouted(self, route: Route) -> None:
        self.told.append("rerouted")

    def steady(self) -> None:
        self.told.append("steady")

    def ended(self) -> None:
        self.told.append("ended")


@dataclass
class FakeLog:
    well: tuple[Health, ...] = ()
    state: SosState = ""

    def health(self) -> tuple[Health, ...]:
        return self.well

    def mark(self) -> int:
        return 4

    def arrived(self, number: int) -> SosState:
        assert number == 4
        return self.state


@dataclass
class FakePhone:
    event: PhoneEvent = ""
    code: str = ""
    asked: int = 0

    def poll(self) -> tuple[PhoneEvent, str]:
        told, self.event, self.code = (self.event, self.code), "", ""
        return told

    def make_code(self) -> None:
        self.asked += 1


@dataclass
class Stand:
    buttons: FakeButtons = field(default_factory=FakeButtons)
    more: FakeButtons = field(default_factory=FakeButtons)
    planner: FakePlanner = field(default_factory=FakePlanner)
    trips: FakeTrips = field(default_factory=FakeTrips)
    log: FakeLog = field(default_factory=FakeLog)
    phone: FakePhone = field(default_factory=FakePhone)
    parts: list[Health] = field(default_factory=list)
    chosen: list[Choices] = field(default_factory=list)
    ready: bool = False
    notes: list[Happening] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.worn = Worn(
            Surroundings(
                buttons=(self.buttons, self.more),
                planner=self.planner,
                trips=self.trips,
                log=self.log,
                parts=lambda: tuple(self.parts),
                heading_deg=lambda: 90.0,
                choose=self.chosen.append,
                ready=lambda now_s: self.ready,
                notes=self._noted,
                phone=self.phone,
            )
        )

    def _noted(self) -> tuple[Happening, ...]:
        made, self.notes = tuple(self.notes), []
        return made

    def before(self, passed_s: float = 0.1) -> Senses:
        self.now_s += passed_s
        return self.worn.before(Senses(self.now_s, UTC_S + self.now_s))

    def after(self, turn: Turn, route: Route | None = None) -> tuple[Happening, ...]:
        happened = self.worn.after(turn, route)
        self.worn.settled(turn)
        return happened


def test_a_trip_begins_when_it_was_set_up_and_is_logged_until_its_last_event() -> None:
    stand = Stand()
    assert stand.before().begin is None
    assert stand.worn.trip_id == ""
    stand.after(Turn((), (), begin=BeginWanted(ROUTE)))
    begin = stand.before().begin
    assert begin is not None
    assert (begin.route, begin.resumed, len(begin.trip_id)) == (ROUTE, False, 32)
    assert stand.worn.trip_id == begin.trip_id
    assert stand.before().begin is None
    ending = Turn((), (CLOCK_NOTE,), ended=True)
    assert stand.worn.after(ending, ROUTE) == (CLOCK_NOTE,)
    assert stand.worn.trip_id == begin.trip_id  # its last events are still its own
    stand.worn.settled(ending)
    assert stand.worn.trip_id == ""
    assert stand.trips.told == [f"begun {begin.trip_id}", "ended"]


def test_a_trip_that_was_under_way_goes_on_at_the_first_step() -> None:
    kept = BeginTrip("a" * 32, ROUTE, resumed=True)
    stand = Stand(trips=FakeTrips(kept))
    assert stand.before().begin == kept
    assert stand.before(STEADY_S).begin is None
    stand.before()
    assert stand.trips.told == [f"begun {kept.trip_id}", "steady"]


def test_presses_of_all_buttons_come_in_the_order_of_their_time() -> None:
    stand = Stand()
    stand.buttons.waiting = [Press(2.0, 1, True), Press(4.0, 1, False)]
    stand.more.waiting = [Press(1.0, 3, True), Press(3.0, 3, False)]
    assert [press.t_s for press in stand.before().presses] == [1.0, 2.0, 3.0, 4.0]
    assert stand.before().presses == ()


def test_health_is_told_where_it_changed_and_the_worst_of_a_part_counts() -> None:
    stand = Stand()
    assert stand.before().health == ()
    stand.more.well = False
    stand.parts = [Health("position", False, "error")]
    told = {(one.part, one.healthy) for one in stand.before().health}
    assert told == {("buttons", False), ("position", False)}
    assert stand.before().health == ()
    stand.more.well, stand.parts = True, []
    stand.log.well = (Health("recorder", True),)
    assert [(one.part, one.healthy) for one in stand.before().health] == [("buttons", True)]


def test_a_call_for_help_is_followed_to_the_disk_and_to_the_server() -> None:
    stand = Stand()
    stand.after(Turn((), (Sos(state="raised"),)))
    assert stand.before().sos == ""
    stand.log.state = "stored"
    assert [stand.before().sos, stand.before().sos] == ["stored", ""]
    stand.log.state = "sent"
    assert [stand.before().sos, stand.before().sos] == ["sent", ""]


def test_a_new_route_goes_into_the_log_whole_and_is_kept() -> None:
    stand = Stand()
    (logged,) = stand.after(Turn((), (Rerouted(route_id=ROUTE.route_id, reason="off_route"),)), ROUTE)
    assert isinstance(logged, Rerouted)
    assert logged.route == ROUTE
    assert stand.trips.told == ["rerouted"]


def test_what_a_step_wants_reaches_who_does_it() -> None:
    stand = Stand()
    wanted = PlanWanted(1, (33.2, 131.6), ROUTE.destination, UTC_S)
    stand.after(Turn((), (), plan=wanted, code=True, choices=Choices(rate=1.2)))
    assert (stand.planner.asked, stand.phone.asked, stand.chosen) == ([wanted], 1, [Choices(rate=1.2)])
    stand.planner.answer = PlanAnswer(1, failure="no_map")
    stand.phone.event, stand.phone.code = "paired", "123456"
    senses = stand.before()
    assert (senses.planned, senses.phone, senses.code) == (
        PlanAnswer(1, failure="no_map"),
        "paired",
        "123456",
    )
    assert senses.heading_deg == 90.0


def test_readiness_and_notes_come_once() -> None:
    stand = Stand()
    assert not stand.before().ready
    stand.ready = True
    assert [stand.before().ready, stand.before().ready] == [True, False]
    stand.notes = [CLOCK_NOTE]
    assert stand.after(Turn((), ())) == (CLOCK_NOTE,)
    assert stand.after(Turn((), ())) == ()


# --- the file of the trip


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    made = Keeper()
    yield made
    made.close()


def test_a_trip_is_on_the_disk_until_it_ends(tmp_path: Path, keeper: Keeper) -> None:
    path = tmp_path / "trip.json"
    trips = KeptTrips(path, keeper)
    assert trips.resumed(UTC_S) is None
    trips.begun(BeginTrip("a" * 32, ROUTE), UTC_S)
    assert keeper.settled(5.0)
    again = KeptTrips(path, keeper).resumed(UTC_S + 600.0)
    assert again == BeginTrip("a" * 32, ROUTE, resumed=True)
    trips.rerouted(replace(ROUTE, route_id="other"))
    assert keeper.settled(5.0)
    kept = read_trip(path)
    assert kept is not None
    assert kept.route is not None
    assert (kept.route.route_id, kept.leg) == ("other", 1)
    trips.ended()
    assert keeper.settled(5.0)
    assert read_trip(path) is None


def test_a_trip_that_ends_guidance_again_and_again_is_let_go(tmp_path: Path, keeper: Keeper) -> None:
    path = tmp_path / "trip.json"
    write_trip(path, TripUnderWay(trip_id="a" * 32, route=None, began_utc_s=UTC_S))
    for _ in range(TRIES):
        assert KeptTrips(path, keeper).resumed(UTC_S) is not None
        assert keeper.settled(5.0)
    assert KeptTrips(path, keeper).resumed(UTC_S) is None
    assert keeper.settled(5.0)
    assert not path.exists()


def test_a_minute_that_goes_well_forgets_the_starts_before(tmp_path: Path, keeper: Keeper) -> None:
    path = tmp_path / "trip.json"
    write_trip(path, TripUnderWay(trip_id="a" * 32, route=None, began_utc_s=UTC_S))
    for _ in range(3 * TRIES):
        trips = KeptTrips(path, keeper)
        assert trips.resumed(UTC_S) is not None
        trips.steady()
        assert keeper.settled(5.0)
