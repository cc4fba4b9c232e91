"""Closed paths over the API: reported once, planned round, gone when they expire."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from server import accounts, devices
from server.access import Actor, Role
from server.app import create_app
from server.blockages import MOST_IN_FORCE
from server.fakes import FakeClock, FakePlanner
from server.parts import Parts
from server.settings import Settings
from wire.position import Fix
from wire.trip import Moved, TripEvent

PLAN = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}
CLOSED = {"id": "report-1", "map": "oita", "lat": 33.2335, "lon": 131.6066}
HOUR_S = 3600.0


@dataclass
class World:
    parts: Parts
    clock: FakeClock
    planner: FakePlanner
    http: httpx.AsyncClient
    wearer: Actor
    device_id: str

    async def report(self, **body: object) -> httpx.Response:
        return await self.http.post("/api/v1/blockages", json=CLOSED | body)

    async def listed(self, map_name: str = "oita") -> list[dict[str, Any]]:
        answer = await self.http.get("/api/v1/blockages", params={"map": map_name})
        return list(answer.json()["blockages"])

    async def trip(self) -> str:
        route = (await self.http.post("/api/v1/routes", json=PLAN)).json()
        wanted = {"route_id": route["route_id"], "started_utc_s": self.clock.now_s}
        return str((await self.http.post("/api/v1/trips", json=wanted)).json()["trip_id"])

    async def move(self, trip_id: str, lat: float, utc_s: float, seq: int = 1) -> None:
        fix = Fix(utc_s=utc_s, lat=lat, lon=131.6066, accuracy_m=5.0)
        event = TripEvent(boot="b", seq=seq, trip_id=trip_id, utc_s=utc_s, what=Moved(fix=fix))
        await self.parts.ingest.store(self.device_id, "b", (event,))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock, planner = FakeClock(), FakePlanner()
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/s.db"), clock, planner=planner)
    parts = app.state.parts
    made = await accounts.add_user(parts.db, clock, Role.WEARER, "hanako", "花子", "correct horse 12")
    device = await devices.add_device(parts.db, clock, made.user_id, "glasses")
    headers = {"Authorization": f"Bearer {device.key}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server", headers=headers) as http:
        wearer = Actor(made.user_id, Role.WEARER, "花子")
        yield World(parts, clock, planner, http, wearer, device.device_id)
    await parts.db.close()


async def test_a_report_is_told_back_and_listed(world: World) -> None:
    told = (await world.report(kind="construction")).json()
    assert (told["lat"], told["lon"], told["kind"], told["mine"]) == (33.2335, 131.6066, "construction", True)
    assert told["reported_utc_s"] == world.clock.now_s
    assert await world.listed() == [told]
    assert await world.listed("beppu") == []


async def test_the_same_report_again_changes_nothing(world: World) -> None:
    first = (await world.report()).json()
    world.clock.now_s += 600.0
    again = (await world.report(lat=33.3)).json()
    assert again == first
    assert len(await world.listed()) == 1


async def test_a_report_ends_by_itself_on_the_hour(world: World) -> None:
    told = (await world.report(hours=2.0)).json()
    left_s = told["expires_utc_s"] - world.clock.now_s
    assert 2 * HOUR_S <= left_s < 3 * HOUR_S
    world.clock.now_s = told["expires_utc_s"] - 1.0
    assert len(await world.listed()) == 1
    world.clock.now_s += 1.0
    assert await world.listed() == []


async def test_what_is_long_over_is_deleted(world: World) -> None:
    await world.report(hours=1.0)
    world.clock.now_s += 30 * HOUR_S
    await world.report(id="report-2")
    async with world.parts.db.read() as connection:
        rows = (await connection.exec_driver_sql("SELECT client_id FROM blockages")).scalars().all()
    assert rows == ["report-2"]


async def test_a_plan_on_that_map_leads_round_it_until_it_is_taken_back(world: World) -> None:
    told = (await world.report()).json()
    await world.http.post("/api/v1/routes", json=PLAN)
    (one,) = world.planner.blocked
    assert (one.lat, one.lon, one.expires_utc_s) == (33.2335, 131.6066, told["expires_utc_s"])
    await world.http.post("/api/v1/routes", json=PLAN | {"map": "beppu"})
    assert world.planner.blocked == ()
    await world.http.post("/api/v1/routes/alternatives", json=PLAN)
    assert len(world.planner.blocked) == 1
    assert (await world.http.delete(f"/api/v1/blockages/{told['id']}")).status_code == 204
    await world.http.post("/api/v1/routes", json=PLAN)
    assert world.planner.blocked == ()


async def test_everybodys_reports_count_in_everybodys_plans(world: World) -> None:
    await world.report()
    taro = await accounts.add_user(
        world.parts.db, world.clock, Role.WEARER, "taro", "太郎", "correct horse 12"
    )
    device = await devices.add_device(world.parts.db, world.clock, taro.user_id, "glasses")
    headers = {"Authorization": f"Bearer {device.key}"}
    await world.http.post("/api/v1/routes", json=PLAN, headers=headers)
    assert len(world.planner.blocked) == 1


async def test_one_person_cannot_close_a_whole_town(world: World) -> None:
    for number in range(MOST_IN_FORCE):
        assert (await world.report(id=f"report-{number:04}")).status_code == 201
    refused = await world.report(id="one-too-many")
    assert refused.status_code == 429
    assert {"detail_ja", "detail_en"} <= set(refused.json())
    assert (await world.report(id="report-0000")).status_code == 201, "a known one is no new one"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "short"}, 422),
        ({"id": "../../etc/passwd"}, 422),
        ({"lat": 91.0}, 422),
        ({"lat": None}, 422),
        ({"lat": None, "lon": None}, 422),
        ({"hours": 0.0}, 422),
        ({"hours": 337.0}, 422),
        ({"kind": "boring"}, 422),
        ({"who": "me"}, 422),
        ({"map": "no map"}, 404),
        ({"here": "0" * 32}, 404),
    ],
)
async def test_a_bad_report_gets_one_sentence(world: World, body: dict[str, object], status: int) -> None:
    answer = await world.report(**body)
    assert answer.status_code == status
    assert {"detail_ja", "detail_en"} <= set(answer.json())
    assert await world.listed() == []


async def test_here_is_where_the_trip_is_now(world: World) -> None:
    trip_id = await world.trip()
    await world.move(trip_id, 33.2340, world.clock.now_s - 30.0)
    await world.move(trip_id, 33.23412345, world.clock.now_s, seq=2)
    told = (await world.report(lat=None, lon=None, here=trip_id)).json()
    assert (told["lat"], told["lon"]) == (33.23412, 131.6066)


async def test_an_old_position_closes_no_path(world: World) -> None:
    trip_id = await world.trip()
    assert (await world.report(lat=None, lon=None, here=trip_id)).status_code == 422, "no position ever came"
    await world.move(trip_id, 33.2341, world.clock.now_s)
    world.clock.now_s += 121.0
    assert (await world.report(lat=None, lon=None, here=trip_id)).status_code == 422


async def test_a_rehearsal_closes_no_path_of_a_real_map(world: World) -> None:
    trip_id = await world.trip()  # the fake's maps are for practice
    await world.move(trip_id, 33.2341, world.clock.now_s)
    answer = await world.report(map="city", lat=None, lon=None, here=trip_id)
    assert answer.status_code == 422
    assert "practice" in answer.json()["detail_en"]


async def test_a_list_of_no_map_is_404_and_of_no_name_422(world: World) -> None:
    assert (await world.http.get("/api/v1/blockages", params={"map": "no map"})).status_code == 404
    assert (await world.http.get("/api/v1/blockages")).status_code == 422
