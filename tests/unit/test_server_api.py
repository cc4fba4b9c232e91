"""The API over ASGI: who gets what, and what a bad request is told."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from server import accounts, devices, relations
from server.access import Role
from server.accounts import Credentials
from server.app import create_app
from server.devices import DeviceKey
from server.fakes import FakeClock, FakePlanner
from server.guard import MAX_BODY_BYTES
from server.parts import Parts
from server.settings import Settings
from wire.codec import ALTERNATIVES, FOUND_PLACES, ROUTE
from wire.position import Fix
from wire.trip import Moved, TripEnded, TripEvent, TripStarted

PLAN = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}


@dataclass
class World:
    """A server with people in it."""

    parts: Parts
    clock: FakeClock
    http: httpx.AsyncClient
    users: dict[str, Credentials] = field(default_factory=dict)
    device: DeviceKey = field(default_factory=lambda: DeviceKey("", ""))

    @property
    def key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.device.key}"}

    async def add(self, role: Role, login: str) -> Credentials:
        made = await accounts.add_user(
            self.parts.db, self.clock, role, login, login.title(), "correct horse 12"
        )
        self.users[login] = made
        return made

    async def link(self, viewer: str, wearer: str, agreed: bool = True) -> None:
        await relations.ask_relation(
            self.parts.db,
            self.clock,
            self.users[viewer].user_id,
            self.users[wearer].user_id,
            wearer_agreed=agreed,
        )

    async def cookie(self, login: str) -> dict[str, str]:
        return {"Cookie": f"shirube={await self.parts.sessions.log_in(login, 'correct horse 12', 'test')}"}

    async def trip(self) -> str:
        route = (await self.http.post("/api/v1/routes", json=PLAN, headers=self.key)).json()
        wanted = {"route_id": route["route_id"], "started_utc_s": self.clock.now_s}
        answer = await self.http.post("/api/v1/trips", json=wanted, headers=self.key)
        return str(answer.json()["trip_id"])

    async def walk(self, trip_id: str, count: int = 31) -> None:
        happenings = [
            TripStarted(route_id="straight-5", practice=True),
            *(
                Moved(
                    fix=Fix(
                        utc_s=self.clock.now_s + 10.0 * step,
                        lat=33.2334 + 0.0001 * step,
                        lon=131.6066,
                        accuracy_m=5.0,
                        source="nmea",
                    )
                )
                for step in range(count)
            ),
        ]
        events = tuple(
            TripEvent(boot="b", seq=seq, trip_id=trip_id, utc_s=self.clock.now_s, what=what)
            for seq, what in enumerate(happenings, 1)
        )
        await self.parts.ingest.store(self.device.device_id, "b", events)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = FakeClock()
    app = create_app(
        Settings(database_url=f"sqlite:///{tmp_path}/s.db"),
        clock,
        planner=FakePlanner(),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as http:
        made = World(app.state.parts, clock, http)
        await made.add(Role.WEARER, "hanako")
        made.device = await devices.add_device(made.parts.db, clock, made.users["hanako"].user_id, "glasses")
        yield made
    await made.parts.db.close()


async def test_a_device_plans_reads_and_starts(world: World) -> None:
    planned = await world.http.post("/api/v1/routes", json=PLAN, headers=world.key)
    assert planned.status_code == 200
    route = ROUTE.decode(planned.content)
    again = await world.http.get(f"/api/v1/routes/{route.route_id}", headers=world.key)
    assert again.content == planned.content
    wanted = {"route_id": route.route_id, "started_utc_s": 1.0}
    first = await world.http.post("/api/v1/trips", json=wanted, headers=world.key)
    second = await world.http.post("/api/v1/trips", json=wanted, headers=world.key)
    assert first.status_code == 201
    assert first.json() == second.json()


async def test_events_are_read_by_number(world: World) -> None:
    trip_id = await world.trip()
    await world.walk(trip_id)
    url = f"/api/v1/trips/{trip_id}/events"
    first = (await world.http.get(url, params={"limit": 4}, headers=world.key)).json()
    rest = (await world.http.get(url, params={"after": first["next"]}, headers=world.key)).json()
    assert [e["event"]["seq"] for e in first["events"] + rest["events"]] == list(range(1, 33))
    empty = (await world.http.get(url, params={"after": rest["next"]}, headers=world.key)).json()
    assert empty["events"] == []
    assert empty["next"] == rest["next"]


async def test_the_outing_is_computed_from_positions(world: World) -> None:
    trip_id = await world.trip()
    await world.walk(trip_id)
    outing = (await world.http.get(f"/api/v1/trips/{trip_id}/outing", headers=world.key)).json()
    assert outing["minutes"] == pytest.approx(5.0, abs=0.7)
    assert outing["events"] == {"trip_started": 1, "moved": 31}
    assert outing["distance_m"] == pytest.approx(333.0, abs=12.0)
    assert outing["ended"] is False


async def test_an_outing_without_positions_is_unknown_not_zero(world: World) -> None:
    trip_id = await world.trip()
    outing = (await world.http.get(f"/api/v1/trips/{trip_id}/outing", headers=world.key)).json()
    assert outing["minutes"] is None
    assert outing["coverage"] is None


async def test_the_end_of_a_trip_is_kept(world: World) -> None:
    trip_id = await world.trip()
    what = TripEnded(arrived=True, reason="arrived")
    end = TripEvent(boot="b", seq=1, trip_id=trip_id, utc_s=world.clock.now_s, what=what)
    await world.parts.ingest.store(world.device.device_id, "b", (end,))
    outing = (await world.http.get(f"/api/v1/trips/{trip_id}/outing", headers=world.key)).json()
    assert (outing["ended"], outing["arrived"]) == (True, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b"", 422),
        (json.dumps(PLAN | {"secret": 1}).encode(), 422),
        (json.dumps(PLAN | {"origin": ""}).encode(), 422),
        (json.dumps(PLAN | {"at": "yesterday"}).encode(), 422),
        (json.dumps(PLAN | {"at": "2026-11-22T14:02:00"}).encode(), 422),
        (json.dumps(PLAN | {"destination": "nowhere"}).encode(), 404),
        (b'"' + b"x" * MAX_BODY_BYTES + b'"', 413),
        (b'{"map": "\xff"}', 422),
        (b'{"map": "\\ud800", "origin": "a", "destination": "b"}', 422),
    ],
)
async def test_a_bad_plan_request_gets_one_sentence(world: World, body: bytes, status: int) -> None:
    headers = world.key | {"Content-Type": "application/json"}
    answer = await world.http.post("/api/v1/routes", content=body, headers=headers)
    assert answer.status_code == status
    assert {"detail_ja", "detail_en"} <= set(answer.json())
    assert "Traceback" not in answer.text


async def test_alternatives_come_with_their_reasons_and_any_may_be_walked(world: World) -> None:
    answer = await world.http.post("/api/v1/routes/alternatives", json=PLAN, headers=world.key)
    assert answer.status_code == 200
    told = ALTERNATIVES.decode(answer.content)
    assert [one.route.choice for one in told.routes] == ["recommended", "safest"]
    assert told.routes[1].why_ja == "safest の経路です。"
    assert told.routes[1].why_en == "The safest route."
    for one in told.routes:
        read = await world.http.get(f"/api/v1/routes/{one.route.route_id}", headers=world.key)
        assert ROUTE.decode(read.content) == one.route
        wanted = {"route_id": one.route.route_id, "started_utc_s": 1.0}
        assert (await world.http.post("/api/v1/trips", json=wanted, headers=world.key)).status_code == 201


async def test_of_alternatives_the_recommended_one_is_rehearsed(world: World) -> None:
    for _ in range(2):
        await world.http.post("/api/v1/routes/alternatives", json=PLAN, headers=world.key)
        latest = await world.parts.routes.latest(world.users["hanako"].user_id)
        assert latest is not None
        assert latest.choice == "recommended"


@pytest.mark.parametrize(
    ("more", "status"),
    [({}, 200), ({"choice": "blocks"}, 200), ({"choice": "fastest"}, 422), ({"map": "no map"}, 404)],
)
async def test_a_choice_is_one_of_four(world: World, more: dict[str, str], status: int) -> None:
    answer = await world.http.post("/api/v1/routes", json=PLAN | more, headers=world.key)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["choice"] == more.get("choice", "recommended")


async def test_places_are_found_by_a_part_of_their_name(world: World) -> None:
    asked = {"map": "oita", "q": "大分"}
    answer = await world.http.get("/api/v1/places", params=asked, headers=world.key)
    (found,) = FOUND_PLACES.decode(answer.content).places
    assert (found.name.kana, found.kind) == ("おおいたえき", "railway=station")
    none = await world.http.get("/api/v1/places", params=asked | {"q": "京都"}, headers=world.key)
    assert none.json() == {"places": []}


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"map": "oita"}, 422),
        ({"q": "駅"}, 422),
        ({"map": "oita", "q": ""}, 422),
        ({"map": "oita", "q": "x" * 201}, 422),
        ({"map": "oita", "q": "駅", "limit": "0"}, 422),
        ({"map": "oita", "q": "駅", "limit": "51"}, 422),
        ({"map": "no map", "q": "駅"}, 404),
    ],
)
async def test_a_bad_search_gets_one_sentence(world: World, params: dict[str, str], status: int) -> None:
    answer = await world.http.get("/api/v1/places", params=params, headers=world.key)
    assert answer.status_code == status
    assert {"detail_ja", "detail_en"} <= set(answer.json())


STRANGERS = [
    {},
    {"Authorization": "Bearer wrong"},
    {"Authorization": "Bearer "},
    {"Authorization": "Basic aGFuYWtvOng="},
    {"Authorization": "Bearer \xe3\x81"},
    {"Cookie": "shirube=wrong"},
    {"Cookie": "shirube="},
]


@pytest.mark.parametrize("path", ["routes/x", "trips/x/events", "trips/x/outing", "trips/x/live"])
async def test_a_stranger_gets_401_everywhere(world: World, path: str) -> None:
    for said in STRANGERS:
        headers = httpx.Headers(said, encoding="latin-1")
        answer = await world.http.get(f"/api/v1/{path}", headers=headers)
        assert answer.status_code == 401, said
        assert {"detail_ja", "detail_en"} <= set(answer.json())


async def test_a_revoked_key_opens_nothing(world: World) -> None:
    trip_id = await world.trip()
    await devices.revoke_device(world.parts.db, world.clock, world.device.device_id)
    answer = await world.http.get(f"/api/v1/trips/{trip_id}/events", headers=world.key)
    assert answer.status_code == 401


async def test_another_device_of_the_same_wearer_may_not_read_this_ones_trip(world: World) -> None:
    trip_id = await world.trip()
    other = await devices.add_device(world.parts.db, world.clock, world.users["hanako"].user_id, "old")
    headers = {"Authorization": f"Bearer {other.key}"}
    assert (await world.http.get(f"/api/v1/trips/{trip_id}/events", headers=headers)).status_code == 404


async def test_a_route_is_for_who_planned_it(world: World) -> None:
    await world.trip()
    taro = await world.add(Role.WEARER, "taro")
    other = await devices.add_device(world.parts.db, world.clock, taro.user_id, "glasses")
    headers = {"Authorization": f"Bearer {other.key}"}
    assert (await world.http.get("/api/v1/routes/straight-5", headers=headers)).status_code == 404
    wanted = {"route_id": "straight-5", "started_utc_s": 1.0}
    assert (await world.http.post("/api/v1/trips", json=wanted, headers=headers)).status_code == 404


async def test_a_session_that_changes_something_needs_the_forms_secret(world: World) -> None:
    cookie = await world.cookie("hanako")
    refused = await world.http.post("/api/v1/routes", json=PLAN, headers=cookie)
    assert refused.status_code == 403
    session = await world.parts.sessions.look_up(cookie["Cookie"].removeprefix("shirube="))
    assert session is not None
    accepted = await world.http.post(
        "/api/v1/routes", json=PLAN, headers=cookie | {"X-CSRF-Token": session.csrf}
    )
    assert accepted.status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/pairings", "/nothing", "/static/../app.py"])
async def test_an_unknown_address_is_told_in_one_sentence(world: World, path: str) -> None:
    answer = await world.http.get(path)
    assert answer.status_code in (404, 405)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("after", ["-1", "x", str(2**70), "1.5"])
async def test_a_bad_event_number_is_422(world: World, after: str) -> None:
    trip_id = await world.trip()
    answer = await world.http.get(
        f"/api/v1/trips/{trip_id}/events", params={"after": after}, headers=world.key
    )
    assert answer.status_code == 422


async def test_a_fault_of_ours_shows_no_trace(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(FakePlanner, "plan", fail)
    answer = await world.http.post("/api/v1/routes", json=PLAN, headers=world.key)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_every_answer_is_closed_to_other_sites_and_caches(world: World) -> None:
    for path in ("/login", "/api/v1/trips/x/events", "/static/shirube.css"):
        headers = (await world.http.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
    assert (await world.http.get("/login")).headers["cache-control"] == "no-store"


async def test_the_openapi_names_no_page(world: World) -> None:
    spec = (await world.http.get("/api/v1/openapi.json")).json()
    assert {path for path in spec["paths"] if not path.startswith("/api/v1/")} == set()
