"""A running server, a wearer with two devices and a trip, spoken to by sockets and requests. For tests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import select
from websockets.asyncio.client import ClientConnection, connect

from server import accounts, notices
from server.access import Role
from server.app import create_app
from server.devices import add_device
from server.direct import Direct
from server.fakes import FakeClock, FakePlanner
from server.hub import notices_for
from server.parts import Parts
from server.settings import Settings
from server.tables import events
from server.tables import notices as table
from tests.waiting import PATIENCE_S
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.position import Fix
from wire.trip import Happening, Moved, TripEvent
from wire.uplink import (
    UPLINK_PATH,
    Events,
    Hello,
)

OWN = "a" * 32


UTC_S = 1_795_323_720.0


@dataclass
class Town:
    """A running server, a wearer with two devices, a trip of the first."""

    parts: Parts
    clock: FakeClock
    port: int
    wearer_id: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    async def device(self, name: str) -> None:
        made = await add_device(self.parts.db, self.clock, self.wearer_id, name)
        self.keys[name], self.ids[name] = made.key, made.device_id

    def connect(self, name: str = "first") -> connect:
        headers = {"Authorization": f"Bearer {self.keys[name]}"}
        return connect(
            f"ws://127.0.0.1:{self.port}{UPLINK_PATH}",
            additional_headers=headers,
            proxy=None,
            open_timeout=PATIENCE_S,
        )

    def http(self, name: str = "first") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.keys[name]}"} if name else {}
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", headers=headers, trust_env=False, timeout=PATIENCE_S
        )

    async def tell(self, kind: Any, **values: Any) -> str:
        async with self.parts.db.write() as connection:
            made = await notices.tell(connection, self.wearer_id, OWN, kind, self.clock.utc_s(), **values)
        self.parts.hub.wake({notices_for(self.wearer_id)})
        return made

    async def answer_of(self, notice_id: str) -> str | None:
        async with self.parts.db.read() as connection:
            query = select(table.c.answer).where(table.c.id == notice_id)
            return (await connection.execute(query)).scalar_one()

    async def stored(self, device: str) -> list[Any]:
        async with self.parts.db.read() as connection:
            query = select(events).where(events.c.device_id == self.ids[device]).order_by(events.c.utc_s)
            return list(await connection.execute(query))


@contextlib.asynccontextmanager
async def notice_town(store_url: str, folder: Path) -> AsyncIterator[Town]:
    clock = FakeClock()
    settings = Settings(database_url=store_url, key_file=folder / "server.key")
    app = create_app(settings, clock, planner=FakePlanner())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws=Direct))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.01)
    made = Town(app.state.parts, clock, server.servers[0].sockets[0].getsockname()[1])
    made.wearer_id = (
        await accounts.add_user(made.parts.db, clock, Role.WEARER, "hanako", "花子", "correct horse 12")
    ).user_id
    for name in ("first", "second"):
        await made.device(name)
    await made.parts.ingest.store(made.ids["first"], "begin", (event(1, boot="begin"),))
    yield made
    server.should_exit = True
    await serving


def event(seq: int, what: Happening | None = None, boot: str = "b", trip: str = OWN) -> TripEvent:
    fix = Fix(utc_s=UTC_S + seq, lat=33.2334, lon=131.6066, accuracy_m=5.0)
    return TripEvent(boot=boot, seq=seq, trip_id=trip, utc_s=UTC_S + seq, what=what or Moved(fix=fix))


async def say(socket: ClientConnection, message: Hello | Events) -> Any:
    await socket.send(FROM_DEVICE.encode(message))
    return await hear(socket)


async def hear(socket: ClientConnection) -> Any:
    return FROM_SERVER.decode(await asyncio.wait_for(socket.recv(), 10))


async def hears_nothing(socket: ClientConnection, seconds: float = 0.3) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(socket.recv(), seconds)
        return False
    return True
