"""Another route in the middle of a walk: asked for once, followed to the end, or told why not."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from device import replay
from device.companion import Companion, CompanionState, Hush, Say, Senses, Settings, Turn
from device.nmea import as_written
from device.ports import Playback
from device.recorder import RunWriter
from device.rerouting import PATIENCE_S, RETRY_S, RerouteAnswer, RerouteRequest
from routing.cues import CueKind
from routing.geo import XY, Local, Point, Polyline, distance_m
from routing.simulated import OITA_STATION, Leg, route_of
from wire.position import Fix
from wire.route import Caveat, Crossing, Route, StretchKind
from wire.trip import Announced, Rerouted, TripEnded

UTC_0 = 1_760_000_000.0
SPEECH_S = 2.0
TICK_S = 0.1
SPEED_MPS = 1.2
PLANE = Local.around(OITA_STATION)
# 150 m north, then 200 m east.
FIRST = route_of([Leg(0.0, 150.0), Leg(200.0, 0.0)])
# Missing the corner and going on.
ASTRAY: tuple[XY, ...] = ((0.0, 0.0), (0.0, 300.0))
HERE_AND_BACK: tuple[XY, ...] = ((0.0, 0.0), (0.0, 180.0), (0.0, 150.0), (200.0, 150.0))

Planner = Callable[[RerouteRequest], RerouteAnswer | None]


def way_from(origin: Point, destination: Point) -> Route:
    """A new plan: east first, then along the destination's meridian."""
    start, end = PLANE.to_xy(origin), PLANE.to_xy(destination)
    east_m = end[0] - start[0]
    route = route_of([Leg(east_m, 0.0), Leg(0.0, end[1] - start[1])])
    points = tuple(PLANE.from_xy(xy) for xy in (start, (end[0], start[1]), end))
    return replace(route, route_id="second", points=points, destination=FIRST.destination)


def finds(request: RerouteRequest) -> RerouteAnswer:
    destination = (request.destination.lat, request.destination.lon)
    return RerouteAnswer(request.number, way_from(request.origin, destination))


def no_network(request: RerouteRequest) -> RerouteAnswer:
    return RerouteAnswer(request.number, failure="no_network")


def never(_request: RerouteRequest) -> None:
    return None


@dataclass
class Walk:
    """A walker who goes along a path, and along the new route once there is one."""

    planner: Planner
    path: tuple[XY, ...] = ASTRAY
    route: Route = FIRST
    reroute: bool = True
    delay_s: float = 1.0  # of the planner
    obeys: bool = True
    record: RunWriter | None = None
    now_s: float = 0.0
    said: list[Say] = field(default_factory=list)
    asked: list[tuple[float, RerouteRequest]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    state: CompanionState = field(default_factory=CompanionState)
    at: Point = OITA_STATION

    def __post_init__(self) -> None:
        self.companion = Companion(self.route, Settings(camera=False, reroute=self.reroute))
        self._line = Polyline.through([PLANE.from_xy(xy) for xy in self.path])
        self._along_m = 0.0
        self._playing: tuple[int, float] | None = None
        self._answers: list[tuple[float, RerouteAnswer]] = []
        self._rng = random.Random(7)  # noqa: S311 - a receiver's error, the same each time

    def go(self, seconds: float, *, closed_at_s: float | None = None, standing: bool = False) -> "Walk":
        end_s = self.now_s + seconds
        while self.now_s < end_s and not self.state.done:
            pressed = closed_at_s is not None and abs(self.now_s - closed_at_s) < TICK_S / 2
            self._tick(pressed, 0.0 if standing else SPEED_MPS)
        return self

    def _tick(self, pressed: bool, speed_mps: float) -> None:
        due = [answer for at_s, answer in self._answers if at_s <= self.now_s]
        self._answers = [one for one in self._answers if one[0] > self.now_s]
        second = abs(self.now_s - round(self.now_s)) < TICK_S / 2
        senses = Senses(
            self.now_s,
            UTC_0 + self.now_s,
            fixes=(self._fix(speed_mps),) if second else (),
            playback=self._playback(),
            path_closed=pressed,
            rerouted=due[0] if due else None,
        )
        before = self.state.leg
        self.state, turn = self.companion.step(self.state, senses)
        if self.record is not None:
            self.record.senses(senses)
            self.record.turn(self.now_s, turn)
        self._carry_out(turn)
        if self.state.leg != before and self.obeys:
            self._line, self._along_m = Polyline.through(self.companion.route_of(self.state).points), 0.0
        self._along_m += speed_mps * TICK_S
        self.now_s = round(self.now_s + TICK_S, 3)

    def _fix(self, speed_mps: float) -> Fix:
        self.at = self._line.at(self._along_m)
        x, y = PLANE.to_xy(self.at)
        lat, lon = PLANE.from_xy((x + self._rng.gauss(0.0, 1.0), y + self._rng.gauss(0.0, 1.0)))
        course = self._line.bearing_at(self._along_m)
        fix = Fix(utc_s=UTC_0 + round(self.now_s), lat=lat, lon=lon, accuracy_m=4.0, speed_mps=speed_mps,
                  course_deg=course if speed_mps else None, source="nmea")  # fmt: skip
        return as_written(fix, "nmea")

    def _playback(self) -> Playback:
        if self._playing is None:
            return Playback()
        number, began_s = self._playing
        if self.now_s >= began_s + SPEECH_S:
            self._playing = None
            return Playback(finished=(number,))
        return Playback(utterance=number, started_s=began_s, ends_s=began_s + SPEECH_S)

    def _carry_out(self, turn: Turn) -> None:
        self.turns.append(turn)
        for command in turn.commands:
            if isinstance(command, Hush):
                self._playing = None
            else:
                self.said.append(command)
                self._playing = (command.utterance, self.now_s)
        if turn.reroute is not None:
            self.asked.append((self.now_s, turn.reroute))
            answer = self.planner(turn.reroute)
            if answer is not None:
                self._answers.append((self.now_s + self.delay_s, answer))

    def kinds(self) -> list[str]:
        return [str(say.announcement.kind) for say in self.said]

    def logged(self, kind: type) -> list[object]:
        return [item for turn in self.turns for item in turn.happenings if isinstance(item, kind)]

    def spoken(self, kind: str) -> list[Say]:
        return [say for say in self.said if say.announcement.kind == kind]


def test_who_misses_a_turn_is_led_along_a_new_route_to_the_destination() -> None:
    walk = Walk(finds).go(600.0)
    assert len(walk.asked) == 1
    assert walk.kinds().count(CueKind.REROUTED) == 1
    assert walk.kinds().count(CueKind.REROUTE_FAILED) == 0
    assert walk.logged(Rerouted) == [Rerouted(route_id="second", reason="off_route")]
    assert walk.companion.route_of(walk.state).route_id == "second"
    assert walk.logged(TripEnded) == [TripEnded(arrived=True, reason="arrived")]
    assert distance_m(walk.at, (FIRST.destination.lat, FIRST.destination.lon)) < 15.0


def test_the_new_route_is_told_with_its_length_and_its_first_direction_and_turn() -> None:
    walk = Walk(finds).go(600.0)
    at = walk.kinds().index(CueKind.REROUTED)
    told = walk.said[at]
    assert "新しい経路" in told.words["ja"].text
    length = finds(walk.asked[0][1]).route.length_m  # type: ignore[union-attr]
    assert told.announcement.params.length_m == pytest.approx(length)  # type: ignore[union-attr]
    after = walk.kinds()[at + 1 :]
    assert after[0] == CueKind.FACE  # north so far, east from here
    assert CueKind.TURN_NOW in after
    assert after[-2:] == [CueKind.ARRIVED, "trip_ended"]
    assert CueKind.START not in after


def test_the_request_says_from_where_to_where_and_when() -> None:
    walk = Walk(finds).go(300.0)
    now_s, request = walk.asked[0]
    assert (request.number, request.reason, request.closed) == (1, "off_route", None)
    assert request.destination == FIRST.destination
    assert request.utc_s == UTC_0 + now_s
    assert distance_m(request.origin, PLANE.from_xy((0.0, SPEED_MPS * now_s))) < 8.0


def test_nothing_of_the_old_route_is_said_on_the_new_one() -> None:
    crossing = Leg(20.0, 0.0, StretchKind.CROSSING, crossing=Crossing(signals="yes"))
    old = route_of([Leg(0.0, 150.0), Leg(60.0, 0.0), crossing, Leg(120.0, 0.0)])
    walk = Walk(finds, route=replace(old, destination=FIRST.destination)).go(600.0)
    at = walk.kinds().index(CueKind.REROUTED)
    assert not {CueKind.CROSSING_AHEAD, CueKind.CROSSING_NOW, CueKind.OFF_ROUTE} & set(walk.kinds()[at:])
    keys = [say.announcement.key for say in walk.spoken(CueKind.TURN_NOW)[-1:]]
    assert keys[0].startswith("leg1/")


def test_without_a_network_that_is_told_once_and_the_old_route_goes_on() -> None:
    walk = Walk(no_network, path=((0.0, 0.0), (0.0, 340.0), (0.0, 150.0), (200.0, 150.0))).go(700.0)
    assert walk.kinds().count(CueKind.REROUTE_FAILED) == 1
    assert "通信できない" in walk.spoken(CueKind.REROUTE_FAILED)[0].words["ja"].text
    assert len(walk.asked) >= 2
    gaps = [b[0] - a[0] for a, b in zip(walk.asked, walk.asked[1:], strict=False)]
    assert min(gaps) >= RETRY_S
    assert walk.logged(Rerouted) == []
    after = walk.kinds()[walk.kinds().index(CueKind.REROUTE_FAILED) :]
    assert CueKind.BACK_ON_ROUTE in after
    assert after[-2:] == [CueKind.ARRIVED, "trip_ended"]


def test_a_network_that_comes_back_gives_the_new_route_after_all() -> None:
    walk = Walk(lambda r: no_network(r) if r.number == 1 else finds(r), path=((0.0, 0.0), (0.0, 900.0)))
    walk.go(900.0)
    assert [kind for kind in walk.kinds() if kind.startswith("rerout")] == ["reroute_failed", "rerouted"]
    assert walk.logged(TripEnded) == [TripEnded(arrived=True, reason="arrived")]


def test_an_answer_that_never_comes_is_no_network() -> None:
    walk = Walk(never).go(170.0)
    assert walk.kinds().count(CueKind.REROUTE_FAILED) == 0
    walk.go(PATIENCE_S + 30.0)
    assert walk.kinds().count(CueKind.REROUTE_FAILED) == 1


def test_who_is_back_on_the_old_route_before_the_answer_stays_on_it() -> None:
    late = Walk(finds, path=((0.0, 0.0), (0.0, 200.0), (0.0, 150.0), (200.0, 150.0)), delay_s=40.0)
    late.go(600.0)
    assert len(late.asked) == 1
    assert CueKind.REROUTED not in late.kinds()
    assert CueKind.BACK_ON_ROUTE in late.kinds()
    assert late.kinds()[-2:] == [CueKind.ARRIVED, "trip_ended"]


def test_who_turns_round_soon_needs_no_new_route() -> None:
    walk = Walk(finds, path=HERE_AND_BACK).go(600.0)
    assert walk.asked == []


def test_a_device_without_a_server_never_asks() -> None:
    walk = Walk(finds, reroute=False).go(250.0)
    assert walk.asked == []
    assert not {CueKind.REROUTED, CueKind.REROUTE_FAILED} & set(walk.kinds())


def test_an_answer_to_another_question_is_not_followed() -> None:
    walk = Walk(lambda r: RerouteAnswer(r.number + 1, finds(r).route)).go(170.0)
    assert CueKind.REROUTED not in walk.kinds()
    assert walk.state.leg == 0


def test_a_closed_path_is_reported_ahead_and_led_round() -> None:
    walk = Walk(finds, path=((0.0, 0.0), (0.0, 150.0), (200.0, 150.0)))
    walk.go(120.0, closed_at_s=40.0)
    ((now_s, request),) = walk.asked
    assert now_s == pytest.approx(40.0, abs=0.2)
    assert request.reason == "path_closed"
    assert request.closed is not None
    east_m, north_m = PLANE.to_xy(request.closed)
    assert (east_m, north_m) == (pytest.approx(0.0, abs=0.5), pytest.approx(SPEED_MPS * 40.0 + 15.0, abs=5.0))
    assert walk.kinds().count(CueKind.REROUTED) == 1
    assert walk.logged(Rerouted) == [Rerouted(route_id="second", reason="path_closed")]
    walk.go(600.0)
    assert walk.logged(TripEnded) == [TripEnded(arrived=True, reason="arrived")]


def test_a_new_route_through_the_closed_place_is_none() -> None:
    through = replace(FIRST, route_id="again", caveats=(Caveat(kind="blocked", count=1),))
    walk = Walk(lambda r: RerouteAnswer(r.number, through), path=((0.0, 0.0), (0.0, 150.0), (200.0, 150.0)))
    walk.go(500.0, closed_at_s=40.0)
    assert len(walk.asked) == 1, "the same question would get the same answer"
    assert CueKind.REROUTED not in walk.kinds()
    (failed,) = walk.spoken(CueKind.REROUTE_FAILED)
    assert "見つかりません" in failed.words["ja"].text
    assert walk.kinds()[-2:] == [CueKind.ARRIVED, "trip_ended"]


def test_a_closed_path_is_asked_about_again_while_the_network_is_away_and_the_walker_waits() -> None:
    walk = Walk(lambda r: no_network(r) if r.number < 3 else finds(r), path=((0.0, 0.0), (0.0, 150.0)))
    walk.go(40.0)
    walk.go(200.0, closed_at_s=45.0, standing=True)
    assert [request.number for _, request in walk.asked] == [1, 2, 3]
    assert len({request.closed for _, request in walk.asked}) == 1
    assert [kind for kind in walk.kinds() if kind.startswith("rerout")] == ["reroute_failed", "rerouted"]


def test_a_closed_path_that_was_walked_past_is_not_asked_about_again() -> None:
    walk = Walk(no_network, path=((0.0, 0.0), (0.0, 150.0), (200.0, 150.0))).go(500.0, closed_at_s=40.0)
    assert len(walk.asked) == 1
    assert walk.kinds().count(CueKind.REROUTE_FAILED) == 1


def test_before_the_position_is_known_nobody_knows_what_is_ahead() -> None:
    walk = Walk(finds)
    state, turn = walk.companion.step(walk.state, Senses(0.0, UTC_0, path_closed=True))
    assert turn.reroute is None
    assert state.reroute.closed is None


@pytest.mark.parametrize("planner", [finds, no_network])
def test_a_recorded_walk_with_a_new_route_replays_to_the_same_words(tmp_path: Path, planner: Planner) -> None:
    settings = {"lang": "ja", "tick_s": TICK_S, "camera": False, "reroute": True}
    with RunWriter.begin(tmp_path / "run", FIRST, settings) as writer:
        walk = Walk(planner, record=writer).go(240.0)
        writer.finish()
    assert walk.asked
    assert replay.check(tmp_path / "run") is None
    assert any("reroute" in line for line in replay.view(tmp_path / "run"))
    assert replay.update(tmp_path / "run") > 0
    assert replay.check(tmp_path / "run") is None


def test_the_same_walk_gives_the_same_turns() -> None:
    assert Walk(finds).go(300.0).turns == Walk(finds).go(300.0).turns


def _outcomes(walk: Walk) -> Iterator[Announced]:
    for item in walk.logged(Announced):
        assert isinstance(item, Announced)
        yield item


def test_every_announcement_keeps_one_outcome() -> None:
    walk = Walk(finds).go(600.0)
    spoken = [item.text_ja for item in _outcomes(walk) if item.outcome in ("spoken", "preempted")]
    assert spoken == [say.words["ja"].text for say in walk.said]
