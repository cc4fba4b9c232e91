"""The rules of alerts: what raises, what does not, and that neither order nor a second look adds anything."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.geo import Polyline, destination
from server.alerts.bench.run import _written
from server.alerts.rules import due_s, follows, look, step
from server.alerts.watched import Effect, Ground, Open, Over, Raise, Trip, new_watch
from server.quick_line import QuickLine
from server.trips import Stored
from wire.position import Fix
from wire.trip import Answered, Fell, Happening, HealthChanged, Moved, Rerouted, Sos, TripEnded, TripEvent

BEGIN_S = 1_795_323_720.0
HOME = (33.2334, 131.6066)


class Walked:
    """One trip through the rules, as the watcher would do it; alerts are 'stored' at once."""

    def __init__(self, *, quiet: bool = False, line: QuickLine | None = None) -> None:
        self.watch = new_watch(Trip("t", "w", "d", BEGIN_S, quiet), line)
        self.now_s = BEGIN_S
        self.seq = 0
        self.at = HOME
        self.effects: list[Effect] = []

    def tell(self, what: Happening, *, seq: int | None = None, waited_s: float = 0.0) -> None:
        self.seq += 1
        self.watch = step(self.watch, stored(what, seq or self.seq, self.now_s, waited_s))
        self.look()

    def look(self) -> None:
        found = look(self.watch, self.now_s)
        self.effects += found
        named = [replace(one, detail={}) if isinstance(one, Raise) else one for one in found]
        self.watch = _written(self.watch, named, self.now_s)
        for known in self.watch.of_kind("fell", "not_moving"):
            if known.notice_id is None:
                asked = replace(known, notice_id=f"asked about {known.key}")
                self.watch = replace(self.watch, alerts={**self.watch.alerts, (known.kind, known.key): asked})

    def wait(self, seconds: float, *, every_s: float = 5.0) -> None:
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + every_s, until_s)
            self.look()

    def move(
        self,
        seconds: float,
        mps: float = 0.0,
        bearing: float = 0.0,
        noise: random.Random | None = None,
        noise_m: float = 0.0,
        accuracy_m: float = 6.0,
    ) -> None:
        for _ in range(int(seconds / 5.0)):
            self.now_s += 5.0
            self.at = destination(self.at, bearing, mps * 5.0)
            seen = self.at
            if noise is not None:
                seen = destination(self.at, noise.uniform(0.0, 360.0), noise.uniform(0.0, noise_m))
            self.tell(Moved(fix=Fix(utc_s=self.now_s, lat=seen[0], lon=seen[1], accuracy_m=accuracy_m)))

    @property
    def raised(self) -> list[str]:
        return [one.kind for one in self.effects if isinstance(one, Raise)]

    @property
    def states(self) -> dict[str, str]:
        return {kind: known.state for (kind, _), known in self.watch.alerts.items()}

    def why(self, kind: str) -> list[str]:
        return [one.why for one in self.effects if isinstance(one, Open | Over) and one.known.kind == kind]

    def question(self) -> str:
        (known,) = (one for one in self.watch.alerts.values() if one.state == "asking")
        assert known.notice_id is not None
        return known.notice_id


def stored(what: Happening, seq: int, now_s: float, waited_s: float = 0.0) -> Stored:
    event = TripEvent(boot="b", seq=seq, trip_id="t", utc_s=now_s - waited_s, what=what)
    return Stored(seq, now_s, event, (1, seq), waited_s)


def test_a_call_for_help_is_told_at_once_and_stays_until_it_is_taken_back() -> None:
    walk = Walked()
    walk.tell(Sos(state="raised", lat=33.0, lon=131.0))
    assert walk.states == {"sos": "open"}
    walk.wait(3600.0, every_s=60.0)
    assert walk.states["sos"] == "open"
    walk.tell(Sos(state="cancelled"))
    assert walk.states["sos"] == "over"
    assert walk.why("sos") == ["taken_back"]


def test_ending_the_outing_does_not_end_a_call_for_help() -> None:
    walk = Walked()
    walk.tell(Sos(state="raised"))
    walk.tell(TripEnded(arrived=False, reason="wearer"))
    assert walk.states["sos"] == "open"


def test_a_call_that_comes_hours_late_says_when_it_was() -> None:
    walk = Walked()
    walk.tell(Sos(state="raised"), waited_s=7200.0)
    (raised,) = (one for one in walk.effects if isinstance(one, Raise) and one.kind == "sos")
    assert raised.at_s == BEGIN_S - 7200.0
    assert raised.detail["late"]


@pytest.mark.parametrize(
    ("answer", "state", "why"),
    [("ok", "over", "answered_ok"), ("help", "open", "help"), ("no_answer", "open", "no_answer")],
)
def test_after_a_fall_the_wearer_is_asked_first(answer: str, state: str, why: str) -> None:
    walk = Walked()
    walk.tell(Fell())
    assert walk.states == {"fell": "asking"}
    walk.tell(Answered(notice_id=walk.question(), answer=answer))  # type: ignore[arg-type]
    assert walk.states == {"fell": state}
    assert walk.why("fell") == [why]


@pytest.mark.parametrize(("in_contact", "why"), [(True, "no_answer"), (False, "not_reached")])
def test_silence_to_the_question_opens_it(in_contact: bool, why: str) -> None:
    walk = Walked()
    walk.tell(Fell())
    for _ in range(14):
        walk.wait(5.0)
        if in_contact:
            walk.tell(HealthChanged(part="camera", health="ok"))
    assert walk.states["fell"] == "asking"
    walk.wait(6.0)
    assert walk.states["fell"] == "open"
    assert walk.why("fell") == [why]


def test_a_late_ok_ends_what_was_opened() -> None:
    walk = Walked()
    walk.tell(Fell())
    question = walk.question()
    walk.wait(100.0)
    walk.tell(Answered(notice_id=question, answer="ok"))
    assert walk.states["fell"] == "over"


def test_somebody_elses_answer_changes_nothing() -> None:
    walk = Walked()
    walk.tell(Fell())
    walk.tell(Answered(notice_id="another", answer="ok"))
    assert walk.states["fell"] == "asking"


def test_standing_for_five_minutes_asks_once_and_walking_on_ends_it() -> None:
    walk = Walked()
    walk.move(120.0, mps=1.1)
    walk.move(900.0)
    assert walk.raised == ["not_moving"]
    assert walk.states["not_moving"] == "open"
    walk.move(120.0, mps=1.1)
    assert walk.why("not_moving")[-1] == "moving"


def test_a_red_light_asks_nothing() -> None:
    walk = Walked()
    for _ in range(6):
        walk.move(100.0, mps=1.0)
        walk.move(120.0)
    assert walk.raised == []


def test_at_home_nobody_is_asked() -> None:
    walk = Walked()
    walk.watch = replace(walk.watch, rests=(Ground("home", "", *HOME, 75.0),))
    walk.move(900.0)
    assert walk.raised == []


def test_who_said_ok_is_asked_again_only_after_half_an_hour() -> None:
    walk = Walked()
    walk.move(320.0)
    walk.tell(Answered(notice_id=walk.question(), answer="ok"))
    walk.move(1700.0)
    assert walk.raised == ["not_moving"]
    walk.move(200.0)
    assert walk.raised == ["not_moving", "not_moving"]


def test_positions_that_are_missing_or_bad_are_no_standing_still() -> None:
    walk = Walked()
    walk.move(200.0)
    walk.move(600.0, accuracy_m=80.0)
    assert "not_moving" not in walk.raised


def test_no_contact_is_told_after_ten_minutes_and_over_with_the_next_word() -> None:
    walk = Walked()
    walk.move(60.0, mps=1.0)
    walk.wait(595.0)
    assert walk.raised == []
    walk.wait(10.0)
    walk.wait(3600.0, every_s=60.0)
    assert walk.raised == ["no_contact"]
    walk.move(60.0, mps=1.0)
    assert walk.why("no_contact") == ["contact"]
    assert due_s(walk.watch, walk.now_s) is not None


def test_an_outing_that_has_ended_is_silent_for_good() -> None:
    walk = Walked()
    walk.move(60.0, mps=1.0)
    walk.tell(TripEnded(arrived=True, reason="arrived"))
    walk.wait(3600.0, every_s=60.0)
    assert walk.raised == []
    assert due_s(walk.watch, walk.now_s) is None


def test_a_device_that_stops_on_the_way_is_silence_and_at_home_is_none() -> None:
    for rests, raised in ((), ["no_contact"]), ((Ground("home", "", *HOME, 75.0),), []):
        walk = Walked()
        walk.watch = replace(walk.watch, rests=rests)
        walk.move(20.0)
        walk.tell(TripEnded(arrived=False, reason="device_stopped"))
        walk.wait(700.0)
        assert walk.raised == raised


def test_after_a_pause_of_the_server_silence_is_first_its_own() -> None:
    walk = Walked()
    walk.move(20.0)
    walk.now_s += 3000.0
    walk.watch = replace(walk.watch, listening_s=walk.now_s)
    walk.wait(170.0)
    assert walk.raised == []
    walk.wait(20.0)
    assert walk.raised == ["no_contact"]


def test_what_was_silent_long_before_it_came_raises_nothing_now() -> None:
    walk = Walked()
    for second in range(100):
        fix = Fix(utc_s=walk.now_s - 5000.0 + second, lat=33.0, lon=131.0, accuracy_m=5.0)
        walk.tell(Moved(fix=fix), waited_s=5000.0 - second)
    walk.tell(HealthChanged(part="battery", health="error"), waited_s=4800.0)
    walk.wait(1000.0)
    assert walk.raised == []


def test_the_battery_is_told_low_then_nearly_empty_then_charged() -> None:
    walk = Walked()
    for health in ("warn", "warn", "error", "warn", "ok"):
        walk.tell(HealthChanged(part="battery", health=health))  # type: ignore[arg-type]
    assert walk.raised == ["battery", "battery"]
    assert walk.why("battery") == ["worse", "charged"]


def _north(metres: float = 1000.0) -> QuickLine:
    return QuickLine.through([HOME, destination(HOME, 0.0, metres)])


def test_going_astray_for_three_minutes_is_told_and_the_way_back_ends_it() -> None:
    walk = Walked(line=_north())
    walk.move(100.0, mps=1.0)
    walk.move(170.0, mps=1.0, bearing=90.0)
    assert walk.raised == []
    walk.move(60.0, mps=1.0, bearing=90.0)
    assert walk.raised == ["off_route"]
    walk.move(230.0, mps=1.0, bearing=270.0)
    assert walk.why("off_route") == ["on_route"]


def test_a_detour_beside_the_route_is_not_told() -> None:
    walk = Walked(line=_north())
    walk.move(100.0, mps=1.0)
    walk.move(45.0, mps=1.0, bearing=90.0)
    walk.move(400.0, mps=1.0)
    assert walk.raised == []


def test_who_follows_a_new_route_is_not_off_the_old_one() -> None:
    walk = Walked(line=_north())
    walk.move(100.0, mps=1.0)
    walk.move(240.0, mps=1.0, bearing=90.0)
    walk.tell(Rerouted(route_id="new", reason="off_route"))
    walk.watch = follows(walk.watch, QuickLine.through([walk.at, destination(walk.at, 90.0, 1000.0)]))
    walk.move(400.0, mps=1.0, bearing=90.0)
    assert walk.raised == ["off_route"]
    assert walk.why("off_route") == ["new_route"]


ZONE = Ground("z" * 32, "駅前", *HOME, 100.0, on_enter=True, on_leave=True)


def test_leaving_and_coming_back_are_told_once_each_with_the_name() -> None:
    walk = Walked()
    walk.watch = replace(walk.watch, grounds=(ZONE,))
    walk.move(60.0)
    walk.move(200.0, mps=1.0)
    walk.move(200.0, mps=1.0, bearing=180.0)
    assert walk.raised == ["zone_leave", "zone_enter"]
    assert walk.why("zone_leave") == ["crossed_back"]
    assert {one.detail["zone"] for one in walk.effects if isinstance(one, Raise)} == {"駅前"}


def test_a_zone_tells_only_what_was_asked_for() -> None:
    walk = Walked()
    walk.watch = replace(walk.watch, grounds=(replace(ZONE, on_leave=False),))
    walk.move(60.0)
    walk.move(200.0, mps=1.0)
    assert walk.raised == []


def test_practice_and_a_phones_log_raise_calls_for_help_only() -> None:
    walk = Walked(quiet=True, line=_north())
    walk.watch = replace(walk.watch, grounds=(ZONE,))
    walk.move(60.0)
    walk.move(400.0, mps=1.0, bearing=90.0)
    walk.move(900.0)
    walk.tell(Fell())
    walk.tell(HealthChanged(part="battery", health="error"))
    walk.wait(1000.0)
    assert walk.raised == []
    walk.tell(Sos(state="raised"))
    assert walk.raised == ["sos"]


def test_the_next_outing_of_the_device_ends_the_silence_of_this_one() -> None:
    walk = Walked()
    walk.move(20.0)
    walk.wait(700.0)
    walk.watch = replace(walk.watch, superseded=True)
    walk.look()
    assert walk.why("no_contact") == ["another_trip"]
    walk.wait(1000.0)
    assert walk.raised == ["no_contact"]


TOLD: Sequence[Happening] = (
    Sos(state="raised"), Sos(state="cancelled"), Fell(), TripEnded(arrived=True, reason="arrived"),
    TripEnded(arrived=False, reason="device_stopped"), Sos(state="raised", lat=33.0, lon=131.0),
)  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(TOLD), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing_of_calls_and_falls(
    log: list[Happening], shuffled: random.Random
) -> None:
    def final(order: list[int]) -> dict[tuple[str, str], tuple[str, float]]:
        walk = Walked()
        for place in order:
            walk.tell(log[place], seq=place + 1)
        walk.wait(100.0)
        found = walk.watch.alerts.items()
        return {key: (known.state, known.at_s) for key, known in found if key[0] in ("sos", "fell")}

    order = list(range(len(log)))
    expected = final(order)
    shuffled.shuffle(order)
    assert final(order) == expected


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32), st.floats(0.5, 1.4))
def test_a_walk_with_noise_below_the_gates_raises_nothing(seed: int, mps: float) -> None:
    noise = random.Random(seed)  # noqa: S311  (noise)
    line = _north(4000.0)
    walk = Walked(line=line)
    beside = destination(destination(HOME, 0.0, 300.0), 90.0, 130.0)
    walk.watch = replace(walk.watch, grounds=(replace(ZONE, lat=beside[0], lon=beside[1]),))
    for _ in range(6):
        walk.move(noise.uniform(60.0, 200.0), mps, noise=noise, noise_m=15.0, accuracy_m=10.0)
        walk.move(noise.uniform(0.0, 110.0), 0.0, noise=noise, noise_m=15.0, accuracy_m=10.0)
    assert walk.raised == []


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(TOLD), st.floats(0.0, 900.0)), max_size=8))
def test_time_alone_never_makes_two_of_one_key(steps: list[tuple[Happening, float]]) -> None:
    walk = Walked()
    for what, wait_s in steps:
        walk.tell(what)
        walk.wait(wait_s, every_s=50.0)
        walk.look()
    raised = [(one.kind, one.key) for one in walk.effects if isinstance(one, Raise)]
    assert len(raised) == len(set(raised))
    ended = [one.known.key for one in walk.effects if isinstance(one, Over)]
    assert len(ended) == len(set(ended))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), min_size=2, max_size=20),
    st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02)),
)
def test_the_quick_line_says_what_the_plain_one_says(
    steps: list[tuple[float, float]], at: tuple[float, float]
) -> None:
    points = [(HOME[0] + lat, HOME[1] + lon) for lat, lon in steps]
    point = (HOME[0] + at[0], HOME[1] + at[1])
    plain, quick = Polyline.through(points).project(point), QuickLine.through(points).near(point)
    assert quick.off_m == pytest.approx(abs(plain.offset_m), abs=1e-3)
