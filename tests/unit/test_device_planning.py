"""Planning on the device: as the server plans, in a process that may be slow, crash or never answer."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from device.planning.asking import RehearsedPlanner, ThreadedPlanner
from device.planning.child import ChildPlanner
from device.planning.closed import KEPT_S, ClosedMemory, ClosedPlaces, read_closed
from device.planning.local import Carried, LocalPlans, broken_answer
from device.planning.question import Around, AroundQuestion, ClosedPlace, NotPlanned, Planned, PlanQuestion
from device.planning.worker import answer, look_around
from device.rerouter import ClosedReports, InTurn
from device.rerouting import RerouteAnswer, RerouteRequest, leads_through
from device.senses import AroundAnswer, AroundWanted, PlanAnswer, PlanWanted
from device.server_client import ServerClient
from routing.network import load_map, save_map
from routing.plan import plan
from routing.practice import practice_map
from routing.simulated import Leg, route_of
from tests.waiting import until
from wire.api import Blocked
from wire.codec import BLOCKED
from wire.route import Name, Place

NOW_S = 1_795_314_465.0
STATION, MUSEUM = "大分駅 府内中央口", "大分県立美術館"
ROUTE = route_of([Leg(0.0, 60.0)])
HOME = Place(name=Name(ja="家", en="home"), lat=33.2399, lon=131.6012)
HERE = (33.2334, 131.6066)


@pytest.fixture(scope="module")
def oita(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("maps") / "oita.shirube"
    save_map(load_map(practice_map("oita")), path)
    return path


def asks(path: Path, origin: str = STATION, destination: str = MUSEUM, **values: object) -> PlanQuestion:
    return PlanQuestion(
        map=str(path),
        origin=origin,
        destination=destination,
        utc_s=NOW_S,
        live=False,
        **values,  # type: ignore[arg-type]
    )


def test_a_process_of_its_own_plans_what_the_server_plans(oita: Path) -> None:
    told = ChildPlanner()(asks(oita))
    assert isinstance(told, Planned)
    assert told.route == plan(load_map(oita), STATION, MUSEUM, "cane", datetime.fromtimestamp(NOW_S, UTC))
    assert 20.0 < told.peak_mb < 160.0, "no compiled code is loaded"
    assert 0.0 < told.took_s < 20.0


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"map": "/no/such/map.shirube"}, "no_map"),
        ({"map": "/etc/hostname"}, "no_map"),
        ({"live": True}, "practice_map"),
        ({"origin": "35.65,139.70"}, "outside_map"),
        ({"destination": "35.65,139.70"}, "outside_map"),
        ({"destination": "131.6066,33.2334"}, "outside_map"),
        ({"destination": STATION}, "same_place"),
        ({"destination": "ここにない場所"}, "unknown_place"),
        ({"walker": "cat"}, "walker"),
        ({"walker": "/no/such.toml"}, "walker"),
    ],
)
def test_every_failure_has_a_name_and_a_sentence_in_both_languages(
    oita: Path, change: dict[str, object], failure: str
) -> None:
    told = answer(replace(asks(oita), **change))  # type: ignore[arg-type]
    assert isinstance(told, NotPlanned)
    assert told.failure == failure
    assert told.ja
    assert told.en
    assert (told.map is None) == (failure == "no_map")


def test_a_map_of_another_city_is_told_with_its_name_and_how_far_off(oita: Path) -> None:
    told = answer(asks(oita, destination="35.6585,139.7013"))
    assert isinstance(told, NotPlanned)
    assert told.map is not None
    assert (told.map.name, told.point) == ("oita", "destination")
    assert told.off_km == pytest.approx(790.0, abs=10.0)
    here = answer(asks(oita, origin="33.2500,131.6066"))
    assert isinstance(here, NotPlanned)
    assert (here.point, here.off_km) == ("origin", pytest.approx(1.0, abs=0.3))


def test_a_closed_place_is_led_round(oita: Path) -> None:
    free = answer(asks(oita))
    assert isinstance(free, Planned)
    lat, lon = free.route.points[len(free.route.points) // 2]
    closed = ClosedPlace(lat=lat, lon=lon, reported_utc_s=NOW_S, expires_utc_s=NOW_S + 60.0)
    round_ = answer(asks(oita, closed=(closed,)))
    assert isinstance(round_, Planned)
    assert leads_through(free.route, (lat, lon))
    assert not leads_through(round_.route, (lat, lon)) or "blocked" in {c.kind for c in round_.route.caveats}
    over = answer(asks(oita, closed=(replace(closed, expires_utc_s=NOW_S - 1.0),)))
    assert isinstance(over, Planned)
    assert over.route == free.route


def test_a_question_that_is_none_is_one_line() -> None:
    for text in (b"{", b'{"map": "m", "origin": "a", "destination": "b", "utc_s": 1e300}'):
        done = subprocess.run(
            [sys.executable, "-m", "device.planning.worker"], input=text, capture_output=True, check=False
        )
        assert done.returncode == 2
        assert done.stderr.startswith(b"no question: ")
        assert done.stderr.count(b"\n") == 1


def child(code: str, timeout_s: float = 20.0) -> ChildPlanner:
    return ChildPlanner(timeout_s=timeout_s, command=(sys.executable, "-c", code))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; os.abort()", "exit status -6"),
        ("raise SystemExit(3)", "exit status 3"),
        ("raise MemoryError('none left')", "MemoryError: none left"),
        ("print('{')", "exit status 0"),
        ("import sys; sys.stdin.close(); print('x' * 100)", "exit status 0"),
    ],
)
def test_whatever_happens_to_the_process_is_an_answer(code: str, says: str) -> None:
    told = child(code)(asks(Path("m")))
    assert isinstance(told, NotPlanned)
    assert told.failure == "broken"
    assert says in told.en


def test_a_planner_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    code = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    told = child(code, timeout_s=1.5)(asks(Path("m")))
    assert isinstance(told, NotPlanned)
    assert told.failure == "late"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_planner_that_cannot_be_started_is_an_answer() -> None:
    told = ChildPlanner(command=("/no/such/program",))(asks(Path("m")))
    assert isinstance(told, NotPlanned)
    assert told.failure == "broken"


def test_closing_ends_what_runs_and_nothing_is_started_after(tmp_path: Path) -> None:
    started = tmp_path / "started"
    planner = child(f"import time; open({str(started)!r}, 'w'); time.sleep(60)")
    threaded = ThreadedPlanner(
        planner, lambda _: NotPlanned(failure="broken", ja="-", en="-"), stop=planner.close
    )
    threaded.ask(asks(Path("m")))
    assert threaded.poll() is None, "it does not wait for the answer"
    until(started.exists)
    threaded.close()
    threaded.close()
    told = until(threaded.poll)
    assert isinstance(told, NotPlanned)
    assert told.failure == "broken", "ended, not waited for"
    after = planner(asks(Path("m")))
    assert isinstance(after, NotPlanned)
    assert "ending" in after.en


def memory(path: Path) -> ClosedMemory:
    count = iter(range(1000))
    return ClosedMemory(
        path, lambda where, text: where.write_text(text) and None, lambda: f"report-{next(count)}"
    )


def test_what_the_companion_asks_is_answered_with_the_place_that_it_named(oita: Path, tmp_path: Path) -> None:
    plans = LocalPlans(Carried(oita, live=False), answer, memory(tmp_path / "closed.json"), look=look_around)
    told = plans.plan(PlanWanted(7, HERE, HOME, NOW_S))
    assert told.number == 7
    assert told.route is not None
    assert told.route.destination == HOME
    assert told.map_name == "oita"
    again = plans.reroute(RerouteRequest(3, "off_route", HERE, HOME, NOW_S))
    assert again.number == 3
    assert again.route is not None
    assert (again.route.destination, again.route.points) == (HOME, told.route.points)


@pytest.mark.parametrize(
    ("failure", "point", "wanted", "rerouted"),
    [
        ("no_map", None, "no_map", "unknown"),
        ("practice_map", None, "no_map", "unknown"),
        ("outside_map", "origin", "outside_map", "unknown"),
        ("outside_map", "destination", "goal_outside_map", "unknown"),
        ("no_way", None, "none_found", "none_found"),
        ("far_from_way", None, "none_found", "none_found"),
        ("same_place", None, "none_found", "none_found"),
        ("late", None, "failed", "unknown"),
        ("broken", None, "failed", "unknown"),
        ("walker", None, "failed", "unknown"),
    ],
)
def test_each_failure_as_the_companion_knows_it(
    tmp_path: Path, failure: str, point: str | None, wanted: str, rerouted: str
) -> None:
    told = NotPlanned(failure=failure, ja="-", en="-", point=point, off_km=12.3)  # type: ignore[arg-type]
    plans = LocalPlans(Carried(tmp_path), lambda _: told, memory(tmp_path / "closed.json"), look=look_around)
    assert plans.plan(PlanWanted(1, HERE, HOME, NOW_S)) == PlanAnswer(1, failure=wanted, off_km=12.3)  # type: ignore[arg-type]
    request = RerouteRequest(2, "off_route", HERE, HOME, NOW_S)
    assert plans.reroute(request) == RerouteAnswer(2, failure=rerouted)  # type: ignore[arg-type]


def test_without_a_map_nothing_is_asked(tmp_path: Path) -> None:
    def never(question: object) -> NotPlanned:
        raise AssertionError(question)

    plans = LocalPlans(Carried(None), never, memory(tmp_path / "closed.json"), look=never)
    assert plans.plan(PlanWanted(1, HERE, HOME, NOW_S)).failure == "no_map"
    assert plans.answer(AroundWanted(2, HERE)) == AroundAnswer(2)


def test_the_street_and_a_place_near_are_found_on_the_map(oita: Path, tmp_path: Path) -> None:
    on = load_map(oita)
    place = next(one for one in on.places if one.name.ja == MUSEUM)
    told = ChildPlanner().around(
        AroundQuestion(map=str(oita), lat=place.point[0], lon=place.point[1], live=False)
    )
    assert isinstance(told, Around)
    assert told.place is not None
    assert (told.place.name.ja, round(told.place.distance_m)) == (MUSEUM, 0)
    named = [link for link in range(len(on.columns.link_a)) if on.columns.link_name[link] >= 0]
    at = int(on.columns.shape_first[named[0]])
    point = on.columns.shape_lat_e7[at] / 1e7, on.columns.shape_lon_e7[at] / 1e7
    plans = LocalPlans(Carried(oita, live=False), answer, memory(tmp_path / "closed.json"), look=look_around)
    street = plans.answer(AroundWanted(3, point))
    assert isinstance(street, AroundAnswer)
    assert street.number == 3
    assert street.street in [on.name(int(on.columns.link_name[link])) for link in named]
    assert plans.answer(AroundWanted(4, (35.6585, 139.7013))) == AroundAnswer(4), "nothing is near"


def test_a_practice_map_names_no_street_to_a_live_position(oita: Path, tmp_path: Path) -> None:
    plans = LocalPlans(Carried(oita), answer, memory(tmp_path / "closed.json"), look=look_around)
    assert plans.answer(AroundWanted(1, HERE)) == AroundAnswer(1)
    assert broken_answer(AroundWanted(5, HERE)) == AroundAnswer(5)


def test_a_closed_place_is_avoided_for_a_day_and_over_a_restart(tmp_path: Path) -> None:
    asked: list[PlanQuestion] = []

    def remembers(question: PlanQuestion) -> Planned:
        asked.append(question)
        return Planned(route=ROUTE)

    path = tmp_path / "closed.json"
    place = (33.2346, 131.6001)
    LocalPlans(Carried(tmp_path), remembers, memory(path), look=look_around).reroute(
        RerouteRequest(1, "path_closed", HERE, HOME, NOW_S, place)
    )
    later = LocalPlans(Carried(tmp_path), remembers, memory(path), look=look_around)
    for after_s in (3600.0, KEPT_S - 1.0, KEPT_S + 1.0):
        later.plan(PlanWanted(1, HERE, HOME, NOW_S + after_s))
    assert [[(one.lat, one.lon) for one in question.closed] for question in asked] == [[place]] * 3 + [[]]
    assert asked[0].closed[0].expires_utc_s == NOW_S + KEPT_S


def test_a_place_that_is_told_twice_is_one_place(tmp_path: Path) -> None:
    places = ClosedPlaces()
    for number in range(3):
        places = places.told((33.0 + number * 1e-5, 131.0), NOW_S + number, lambda: "report-1")
    assert [(one.id, one.utc_s) for one in places.places] == [("report-1", NOW_S + 2)]
    many = ClosedPlaces()
    for number in range(250):
        many = many.told((33.0 + number * 1e-3, 131.0), NOW_S, lambda number=number: f"report-{number:03}")
    assert len(many.places) == 200
    assert many.places[-1].id == "report-249"


@pytest.mark.parametrize("text", ["", "{", '{"format": 2, "places": []}', '{"places": [{"lat": 1}]}'])
def test_closed_places_that_cannot_be_read_are_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    path = tmp_path / "closed.json"
    path.write_text(text)
    assert read_closed(path) == ClosedPlaces()
    assert "no closed places are known" in caplog.text
    assert (tmp_path / "closed.json.broken").read_text() == text


class Server:
    """Takes reports of closed places, or does not."""

    def __init__(self) -> None:
        self.status: int | Exception = 200
        self.told: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self.status, Exception):
            raise self.status
        body = json.loads(request.content)
        self.told.append(body["id"])
        answer_ = Blocked(
            id="b", map=body["map"], lat=body["lat"], lon=body["lon"], kind="path_closed",
            reported_utc_s=0.0, expires_utc_s=1.0, mine=True,
        )  # fmt: skip
        return httpx.Response(self.status, text=BLOCKED.encode(answer_))


def test_the_server_hears_of_closed_places_when_it_is_there_again(tmp_path: Path) -> None:
    server = Server()
    closed = memory(tmp_path / "closed.json")
    reports = ClosedReports(
        ServerClient("http://server", "key", transport=httpx.MockTransport(server)), "oita", closed
    )
    server.status = httpx.ConnectError("no network")
    closed.tell((33.1, 131.0), NOW_S)
    reports()
    closed.tell((33.2, 131.0), NOW_S)
    assert [one.reported for one in closed.places.places] == [False, False]
    server.status = 200
    reports()
    reports()
    assert server.told == ["report-0", "report-1"]
    assert read_closed(tmp_path / "closed.json").unreported == ()


def test_one_planner_after_the_other_until_one_knows() -> None:
    request = RerouteRequest(1, "off_route", HERE, HOME, NOW_S)
    asked: list[str] = []

    def that(name: str, **values: object) -> Callable[[RerouteRequest], RerouteAnswer]:
        def plan_(one: RerouteRequest) -> RerouteAnswer:
            asked.append(name)
            return RerouteAnswer(one.number, **values)  # type: ignore[arg-type]

        return plan_

    unknown = that("map", failure="unknown")
    assert InTurn(unknown, that("server", route=ROUTE))(request).route == ROUTE
    assert InTurn(that("no way", failure="none_found"), unknown)(request).failure == "none_found"
    assert InTurn(unknown, that("away", failure="no_network"))(request).failure == "no_network"
    assert asked == ["map", "server", "no way", "map", "away"]


def test_a_rehearsal_is_answered_at_the_next_poll() -> None:
    planner = RehearsedPlanner(lambda wanted: PlanAnswer(wanted.number, ROUTE), broken_answer)
    assert planner.poll() is None
    planner.ask(PlanWanted(1, HERE, HOME, NOW_S))
    assert planner.poll() == PlanAnswer(1, ROUTE)
    assert planner.poll() is None
    planner.close()
