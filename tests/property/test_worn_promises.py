"""A day of anything: nothing raises, every loss is told, and between trips only health is logged."""

from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.companion import Companion, CompanionState
from device.controls.gestures import Press
from device.faultbook import ORDER
from device.policy import POLICY
from device.ports import Playback
from device.senses import BeginTrip, Health, Hush, PlanAnswer, Say, Senses, Settings, Turn
from routing.simulated import Leg, route_of
from wire.position import Fix
from wire.route import Name, Place
from wire.trip import HealthChanged, TripEnded, TripStarted

TICK_S = 0.1
ROUTE = route_of([Leg(0.0, 60.0), Leg(40.0, 0.0)])
HOME = Place(name=Name(ja="自宅", en="home"), lat=ROUTE.points[-1][0], lon=ROUTE.points[-1][1])
PARTS = tuple(part for part in ORDER if part not in ("speech", "guidance"))


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens, so many seconds after the one before."""

    wait_s: float
    what: str
    number: int


DEEDS = st.lists(
    st.builds(
        Deed,
        st.floats(0.0, 3.0),
        st.sampled_from(
            [
                "short",
                "short",
                "short",
                "long",
                "sos",
                "lose",
                "lose",
                "mend",
                "fix",
                "frame",
                "phone",
                "code",
                "deaf",
            ]
        ),
        st.integers(0, 7),
    ),
    min_size=5,
    max_size=25,
)


@dataclass
class Day:
    """A companion that is worn, a voice that can fail, a rim that answers each wish at the next step."""

    companion: Companion = field(
        default_factory=lambda: Companion(
            None, Settings(places=(HOME,), phone=True, server=True, reroute=True)
        )
    )
    state: CompanionState = field(default_factory=CompanionState)
    now_s: float = 0.0
    number: int = 0
    deaf: bool = False
    turns: list[Turn] = field(default_factory=list)
    said: list[Say] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    playing: tuple[int, float] | None = None
    wished: dict[str, object] = field(default_factory=dict)

    def step(self, **senses: object) -> None:
        given = replace(
            Senses(self.now_s, self.now_s, playback=self._playback()),
            **{**self.wished, **senses},  # type: ignore[arg-type]
        )
        self.wished = {}
        self.state, turn = self.companion.step(self.state, given)
        for command in turn.commands:
            self.playing = None if isinstance(command, Hush) else (command.utterance, self.now_s + 1.5)
            if isinstance(command, Say):
                self.said.append(command)
        if turn.begin is not None:
            self.wished["begin"] = BeginTrip(f"trip-{self.number}", turn.begin.route)
        if turn.plan is not None:
            self.wished["planned"] = PlanAnswer(turn.plan.number, ROUTE)
        self.turns.append(turn)
        self.number += 1
        self.now_s = round(self.number * TICK_S, 3)

    def _playback(self) -> Playback:
        if self.playing is None:
            return Playback()
        utterance, ends_s = self.playing
        if self.deaf or self.now_s >= ends_s:
            self.playing = None
            return Playback(failed=(utterance,)) if self.deaf else Playback(finished=(utterance,))
        return Playback(utterance, ends_s - 1.5, ends_s)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.step()

    def press(self, button: int, lasts_s: float) -> None:
        self.step(presses=(Press(self.now_s, button, True),))  # type: ignore[arg-type]
        self.run(lasts_s)
        self.step(presses=(Press(self.now_s, button, False),))  # type: ignore[arg-type]

    def do(self, deed: Deed) -> None:
        self.run(deed.wait_s)
        part = PARTS[deed.number % len(PARTS)]
        match deed.what:
            case "short":
                self.press(deed.number % 3 + 1, 0.1)
            case "long":
                self.press(deed.number % 2 + 1, 1.0)
            case "sos":
                self.press(3, 2.2)
            case "lose" | "mend":
                healthy = deed.what == "mend"
                self.step(health=(Health(part, healthy),))
                (self.lost.discard if healthy else self.lost.add)(part)
            case "fix":
                lat, lon = ROUTE.points[deed.number % len(ROUTE.points)]
                self.step(fixes=(_fix(self.now_s, lat, lon),))
            case "frame":
                self.step(frame=True)
            case "phone":
                self.step(phone=("paired", "refused", "second", "left", "back")[deed.number % 5])
            case "code":
                self.step(code="1234", sos=("stored", "sent")[deed.number % 2])
            case "deaf":
                self.deaf = not self.deaf


def _fix(now_s: float, lat: float, lon: float) -> Fix:
    return Fix(utc_s=now_s, lat=lat, lon=lon, accuracy_m=5.0, speed_mps=1.0, course_deg=0.0, source="nmea")


def _lived(deeds: list[Deed]) -> Day:
    day = Day()
    day.step()
    day.step(ready=True)
    for deed in deeds:
        day.do(deed)
    day.deaf = False
    return day


@given(DEEDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_loss_is_told_until_it_was_heard(deeds: list[Deed]) -> None:
    day = _lived(deeds)
    day.run(90.0)  # the longest wait for another try, and sentences before it
    unheard = [key for key, loss in day.state.faults.losses.items() if not loss.heard]
    assert set(unheard) <= set(day.state.faults.swings)
    assert day.lost <= set(day.state.faults.losses) | {"camera"}


@given(DEEDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_trips_are_whole_and_between_them_there_is_only_health(deeds: list[Deed]) -> None:
    day = _lived(deeds)
    day.run(2.0)
    on_trip = False
    for turn in day.turns:
        for event in turn.happenings:
            if isinstance(event, TripStarted):
                on_trip = True
            assert on_trip or isinstance(event, HealthChanged), event
            on_trip = on_trip and not isinstance(event, TripEnded)
        assert not (turn.ended and on_trip)
    assert on_trip == (day.state.trip is not None)


@given(DEEDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_paused_voice_says_what_is_asked_what_fails_and_what_is_dangerous(deeds: list[Deed]) -> None:
    day = Day()
    day.step()
    day.step(ready=True)
    for deed in deeds:
        before, paused = len(day.said), day.state.desk.paused
        day.do(deed)
        if paused and day.state.desk.paused:
            for say in day.said[before:]:
                row = POLICY[say.announcement.kind]
                assert row.asked or row.always or say.urgency >= 2
