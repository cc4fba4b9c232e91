"""The rim of re-planning: never blocks, reports first, and turns every failure into an answer."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from device.rerouter import RehearsedRerouter, Rerouter, ServerPlans, first_question
from device.rerouting import RerouteAnswer, RerouteRequest
from device.server_client import ServerClient
from routing.simulated import Leg, route_of
from tests.waiting import PATIENCE_S
from wire.api import Blocked, PlanRequest
from wire.codec import BLOCKED, ROUTE
from wire.route import Name, Place

ROUTE_ = route_of([Leg(0.0, 60.0)])
FIRST = PlanRequest(map="city", origin="駅", destination="図書館", walker="dog", choice="blocks")
ASKED = RerouteRequest(1, "off_route", (33.23456789, 131.6), ROUTE_.destination, 1_795_323_720.0)
TOLD = Blocked(
    id="b", map="city", lat=1.0, lon=2.0, kind="path_closed", reported_utc_s=0.0, expires_utc_s=1.0, mine=True
)
Answer = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers like the server, and remembers."""

    def __init__(self, **status: int | Exception) -> None:
        self.status = status
        self.asked: list[tuple[str, dict[str, object]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        what = request.url.path.rpartition("/")[2]
        self.asked.append((what, json.loads(request.content)))
        status = self.status.get(what, 200)
        if isinstance(status, Exception):
            raise status
        if status != 200:
            return httpx.Response(status, json={"detail_ja": "だめ", "detail_en": "no"})
        body = ROUTE.encode(ROUTE_) if what == "routes" else BLOCKED.encode(TOLD)
        return httpx.Response(200, text=body)

    def plans(self, first: PlanRequest = FIRST) -> ServerPlans:
        return ServerPlans(ServerClient("http://server", "key", transport=httpx.MockTransport(self)), first)


def test_the_same_question_is_asked_from_here_and_now() -> None:
    server = Server()
    assert server.plans()(ASKED) == RerouteAnswer(1, ROUTE_)
    assert server.asked == [
        (
            "routes",
            {
                "map": "city",
                "origin": "33.2345679,131.6000000",
                "destination": "図書館",
                "walker": "dog",
                "at": "2026-11-22T05:02:00+00:00",
                "choice": "blocks",
            },
        )
    ]


def test_a_closed_path_is_reported_before_and_by_one_name_however_often() -> None:
    server = Server()
    plans = server.plans()
    closed = replace(ASKED, closed=(33.2346, 131.6001))
    for number in (1, 2):
        plans(replace(closed, number=number))
    plans(replace(closed, number=3, closed=(33.3, 131.6)))
    assert [what for what, _ in server.asked] == ["blockages", "routes"] * 3
    first, second, other = (body for what, body in server.asked if what == "blockages")
    assert first == second
    assert (first["map"], first["lat"], first["lon"]) == ("city", 33.2346, 131.6001)
    assert other["id"] != first["id"]


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (404, "none_found"),
        (422, "none_found"),
        (401, "unknown"),
        (503, "unknown"),
        (httpx.ConnectError("no"), "no_network"),
        (httpx.ReadTimeout("no"), "no_network"),
    ],
)
def test_every_failure_is_an_answer(status: int | Exception, failure: str) -> None:
    assert Server(routes=status).plans()(ASKED) == RerouteAnswer(1, failure=failure)  # type: ignore[arg-type]


def test_a_refused_report_does_not_stop_the_plan_and_a_missing_network_does() -> None:
    closed = replace(ASKED, closed=(33.2346, 131.6001))
    assert Server(blockages=429).plans()(closed).route == ROUTE_
    away = Server(blockages=httpx.ConnectError("no"))
    assert away.plans()(closed) == RerouteAnswer(1, failure="no_network")
    assert [what for what, _ in away.asked] == ["blockages"]


def test_a_destination_by_its_coordinates_keeps_its_name() -> None:
    library = Place(name=Name(ja="図書館"), lat=ROUTE_.destination.lat + 1e-8, lon=ROUTE_.destination.lon)
    route = replace(ROUTE_, destination=library, walker="dog", choice="safest")
    first = first_question(route, "city")
    assert (first.map, first.walker, first.choice) == ("city", "dog", "safest")
    assert first.destination == f"{library.lat:.7f},{library.lon:.7f}"
    answer = Server().plans(first)(replace(ASKED, destination=library))
    assert answer.route is not None
    assert answer.route.destination == library
    elsewhere = Place(name=Name(ja="図書館"), lat=33.3, lon=131.6)
    answer = Server().plans(first)(replace(ASKED, destination=elsewhere))
    assert answer.route == ROUTE_, "another place has its own name"


def test_asking_never_blocks_and_the_answer_comes_later() -> None:
    free, done = threading.Event(), threading.Event()

    def slow(request: RerouteRequest) -> RerouteAnswer:
        assert free.wait(PATIENCE_S)
        done.set()
        return RerouteAnswer(request.number, ROUTE_)

    rerouter = Rerouter(slow)
    rerouter.ask(ASKED)  # returns while the plan waits
    assert rerouter.poll() is None
    free.set()
    assert done.wait(PATIENCE_S)
    assert _wait_for(rerouter) == RerouteAnswer(1, ROUTE_)
    assert rerouter.poll() is None
    rerouter.close()
    rerouter.close()


def test_a_planner_that_breaks_is_an_answer_and_the_thread_lives_on() -> None:
    def breaks(request: RerouteRequest) -> RerouteAnswer:
        if request.number == 1:
            raise ZeroDivisionError
        return RerouteAnswer(request.number, ROUTE_)

    rerouter = Rerouter(breaks)
    rerouter.ask(ASKED)
    assert _wait_for(rerouter) == RerouteAnswer(1)
    rerouter.ask(replace(ASKED, number=2))
    assert _wait_for(rerouter) == RerouteAnswer(2, ROUTE_)
    rerouter.close()


def test_a_rehearsal_answers_at_the_next_poll() -> None:
    rerouter = RehearsedRerouter(lambda request: RerouteAnswer(request.number, ROUTE_))
    assert rerouter.poll() is None
    rerouter.ask(ASKED)
    assert rerouter.poll() == RerouteAnswer(1, ROUTE_)
    assert rerouter.poll() is None


def _wait_for(rerouter: Rerouter) -> RerouteAnswer | None:
    pause = threading.Event()
    for _ in range(1000):
        answer = rerouter.poll()
        if answer is not None:
            return answer
        pause.wait(0.01)
    return None
