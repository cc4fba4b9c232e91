"""A call for help on its whole way: from a device's WebSocket to a caregiver's page."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select
from websockets.asyncio.client import ClientConnection, connect

from server import commands_people
from server.clock import SystemClock
from server.consent import Purpose
from server.credentials import new_id, new_token, token_hash
from server.database import Database
from server.settings import Settings
from server.tables import sessions, users
from tests.people import consented
from tests.server_process import running
from tests.waiting import PATIENCE_S, becomes
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.position import Fix
from wire.trip import Moved, Sos, TripEvent, TripStarted
from wire.uplink import UPLINK_PATH, Ack, Events, Hello, Notice


@dataclass
class Scene:
    """A running server, 花子's device, and two caregivers who are logged in."""

    port: int
    settings: Settings
    key: str
    cookies: dict[str, dict[str, str]]

    def http(self, who: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", headers=self.cookies[who], timeout=PATIENCE_S
        )

    @asynccontextmanager
    async def device(self) -> AsyncIterator[ClientConnection]:
        headers = {"Authorization": f"Bearer {self.key}"}
        async with connect(
            f"ws://127.0.0.1:{self.port}{UPLINK_PATH}", additional_headers=headers
        ) as websocket:
            yield websocket


@pytest.fixture
def scene(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    settings = Settings(database_url=sqlite_url)
    commands_people.add_user(settings, "wearer", "hanako", "花子")
    key = commands_people.add_device(settings, "hanako").key
    for name in ("一郎", "次郎"):
        commands_people.add_user(settings, "caregiver", name)
        commands_people.link(settings, name, "hanako", wearer_agreed=True)
    cookies = asyncio.run(_log_in(settings))
    with running(tmp_path) as server:
        yield Scene(server.port, settings, key, cookies)


async def _log_in(settings: Settings) -> dict[str, dict[str, str]]:
    db, clock = Database(settings.store_url), SystemClock()
    cookies = {}
    async with db.read() as connection:
        people = {row.login: row.id for row in await connection.execute(select(users))}
    await consented(db, clock, people["hanako"], Purpose.EMERGENCY_SHARING)
    for login in ("一郎", "次郎", "hanako"):
        token, now_s = new_token(), clock.utc_s()
        row = {"token_hash": token_hash(token), "user_id": people[login], "csrf": "c"}
        async with db.write() as connection:
            await connection.execute(insert(sessions).values(created_utc_s=now_s, seen_utc_s=now_s, **row))
            own = users.update().where(users.c.id == people[login])
            await connection.execute(own.values(password_set_utc_s=now_s))
        cookies[login] = {"Cookie": f"shirube={token}", "X-CSRF-Token": "c"}
    await db.close()
    return cookies


class Stream:
    """What one caregiver's page is told."""

    def __init__(self, scene: Scene, who: str) -> None:
        self._scene = scene
        self._who = who
        self.alerts: list[dict[str, Any]] = []
        self.numbers: list[str] = []
        self.changed = asyncio.Event()

    async def run(self, ready: asyncio.Event, last: str | None = None) -> None:
        headers = {"Last-Event-ID": last} if last else {}
        async with (
            self._scene.http(self._who) as http,
            http.stream("GET", "/api/v1/alerts/live", headers=headers) as answer,
        ):
            assert answer.status_code == 200
            event = ""
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "id":
                    self.numbers.append(value)
                elif name == "data" and event == "alerts":
                    self.alerts = json.loads(value)["alerts"]
                    ready.set()
                    self.changed.set()

    async def until(self, holds: Any) -> float:
        """When the list first satisfied `holds`."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(self.alerts):
                self.changed.clear()
                await self.changed.wait()
        return time.monotonic()


class Device:
    """The device's side, by hand."""

    def __init__(self, websocket: ClientConnection, trip: str) -> None:
        self._websocket = websocket
        self._trip = trip
        self._boot = new_id()
        self._seq = 0
        self.notices: list[Notice] = []

    async def greet(self) -> None:
        await self._websocket.send(FROM_DEVICE.encode(Hello(boot=self._boot)))
        await self._websocket.recv()

    async def send(self, what: Any) -> float:
        """When it was acknowledged."""
        self._seq += 1
        now_s = SystemClock().utc_s()
        event = TripEvent(boot=self._boot, seq=self._seq, trip_id=self._trip, utc_s=now_s, what=what)
        await self._websocket.send(FROM_DEVICE.encode(Events(events=(event,), sent_utc_s=now_s)))
        while not isinstance(message := await self._next(), Ack) or message.acked < self._seq:
            pass
        return time.monotonic()

    async def hear(self, kind: str) -> Notice:
        async with asyncio.timeout(PATIENCE_S):
            while not [notice for notice in self.notices if notice.kind == kind]:
                await self._next()
        return next(notice for notice in self.notices if notice.kind == kind)

    async def _next(self) -> Any:
        message = FROM_SERVER.decode(await self._websocket.recv())
        if isinstance(message, Notice):
            self.notices.append(message)
        return message


async def test_a_call_for_help_reaches_an_open_page_at_once(scene: Scene, record_property: Any) -> None:
    stream, ready = Stream(scene, "一郎"), asyncio.Event()
    listening = asyncio.create_task(stream.run(ready))
    async with scene.device() as websocket:
        device = Device(websocket, new_id())
        await device.greet()
        await device.send(TripStarted(route_id=None, practice=False))
        where = Fix(utc_s=SystemClock().utc_s(), lat=33.2334, lon=131.6066, accuracy_m=5.0)
        await device.send(Moved(fix=where))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        delays = []
        for _ in range(5):
            stored = await device.send(Sos(state="raised", lat=33.2334, lon=131.6066, accuracy_m=5.0))
            shown = await stream.until(lambda alerts: any(one["state"] == "open" for one in alerts))
            delays.append(shown - stored)
            await device.send(Sos(state="cancelled"))
            await stream.until(lambda alerts: not alerts)
        record_property("sos_to_page_s", [round(delay, 3) for delay in delays])
        # The target is 2 s, and `server bench` measures it. A busy machine is late now and then, a page
        # that is told by a look in place of a wake-up nearly each time.
        assert min(delays) <= 2.0, delays
        assert (await device.hear("sos_sent")).count == 2

        await device.send(Sos(state="raised", lat=33.2334, lon=131.6066, accuracy_m=5.0))
        await stream.until(lambda alerts: len(alerts) == 1)
        alert_id = stream.alerts[0]["id"]
        async with scene.http("一郎") as first, scene.http("次郎") as second:
            read = (await first.get(f"/api/v1/alerts/{alert_id}")).json()
            assert read["place"]["lat"] == 33.2334
            taken = await first.post(f"/api/v1/alerts/{alert_id}/acknowledge")
            assert (taken.status_code, taken.json()["taken_by"]) == (200, "一郎")
            late = await second.post(f"/api/v1/alerts/{alert_id}/acknowledge")
            assert late.status_code == 409
            assert "一郎さんが対応を引き受けました" in late.json()["detail_ja"]
        assert (await device.hear("sos_seen")).name == "一郎"
        await stream.until(lambda alerts: [one["state"] for one in alerts] == ["acknowledged"])

        async with scene.http("hanako") as wearer:
            page = (await wearer.get("/wearer/alerts")).text
            assert "一郎さん(ページ)" in page
            assert "33.2334" not in page
            ended = await wearer.post(f"/api/v1/alerts/{alert_id}/end")
            assert ended.json()["state"] == "over"
        await stream.until(lambda alerts: not alerts)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    # Numbered: who resumes from the middle is told the rest, and nothing twice.
    assert len(stream.numbers) == len(set(stream.numbers)) > 5
    again = Stream(scene, "一郎")
    resumed = asyncio.create_task(again.run(asyncio.Event(), stream.numbers[2]))
    await becomes(lambda: len(again.numbers) >= len(stream.numbers) - 3)
    resumed.cancel()
    await asyncio.gather(resumed, return_exceptions=True)
    assert again.numbers[: len(stream.numbers) - 3] == stream.numbers[3:]
