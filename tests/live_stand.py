"""A wearer who walks, a caregiver who may look, and the parts of a server that live views are made of."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, update

from server.access import Actor, Role
from server.consent import Purpose, give
from server.credentials import new_id, new_token, token_hash
from server.database import Database
from server.fakes import FakeClock, straight_route
from server.hub import Hub
from server.ingest import Ingest
from server.links import Links
from server.tables import devices, plans, relations, routes, sessions, shares, trips, users
from server.tail import Tail
from server.trips import Trips
from server.viewing import Viewing
from server.views import Right, View, Who
from tests.waiting import PATIENCE_S
from wire.codec import ROUTE
from wire.position import Fix
from wire.trip import Happening, Moved, TripEvent

NOW = 1_795_323_720.0  # 14:02 in Japan
HANAKO = Actor("w" * 32, Role.WEARER, "Hanako")
JIRO = Actor("c" * 32, Role.CAREGIVER, "Jiro")


def fix(north_m: float, east_m: float = 0.0, utc_s: float = NOW, accuracy_m: float = 5.0) -> Fix:
    lat, lon = 33.2334 + north_m / 110_900.0, 131.6066 + east_m / 93_200.0
    return Fix(utc_s=utc_s, lat=lat, lon=lon, accuracy_m=accuracy_m)


class Always:
    """A right that holds until it is taken."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self) -> float:
        self.asked += 1
        return NOW + 1e9


@dataclass
class Stand:
    """One server process on one store."""

    db: Database
    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    hub: Hub = field(default_factory=Hub)
    trip_id: str = ""
    device_id: str = ""
    wearer: Actor = HANAKO
    caregiver: Actor = JIRO
    seq: int = 0

    def __post_init__(self) -> None:
        self.tail = Tail(self.db, self.clock, self.hub)
        self.viewing = Viewing(self.db, self.clock, self.hub, self.tail, lambda _count: None)
        self.ingest = Ingest(self.db, self.clock, self.hub)
        self.trips = Trips(self.db, self.clock, self.hub)
        self.links = Links(self.db, self.clock, self.hub)

    async def person(self, actor: Actor) -> None:
        row = {
            "id": actor.user_id,
            "login": actor.name,
            "name": actor.name,
            "role": actor.role.value,
            "password_hash": "",
            "pseudonym": f"P-{actor.user_id[:5]}",
            "created_utc_s": NOW,
            "password_set_utc_s": NOW,
        }
        async with self.db.write() as connection:
            await connection.execute(insert(users).values(row))

    async def session(self, actor: Actor) -> str:
        """A token that opens a session."""
        token = new_token()
        row = {
            "token_hash": token_hash(token),
            "user_id": actor.user_id,
            "csrf": "c",
            "created_utc_s": self.clock.utc_s(),
            "seen_utc_s": self.clock.utc_s(),
        }
        async with self.db.write() as connection:
            await connection.execute(insert(sessions).values(row))
        return token

    async def populate(self) -> None:
        await self.person(self.wearer)
        await self.person(self.caregiver)
        self.device_id, route, me = new_id(), straight_route(), self.wearer.user_id
        async with self.db.write() as connection:
            device = {"id": self.device_id, "wearer_id": me, "label": "d", "key_hash": new_id()}
            await connection.execute(insert(devices).values(device | {"created_utc_s": NOW}))
            await connection.execute(
                insert(routes).values(id=route.route_id, body=ROUTE.encode(route), planned_utc_s=NOW)
            )
            await connection.execute(
                insert(plans).values(route_id=route.route_id, wearer_id=me, planned_utc_s=NOW)
            )
            await connection.execute(
                insert(relations).values(
                    viewer_id=self.caregiver.user_id,
                    wearer_id=me,
                    asked_utc_s=NOW - 9.0,
                    agreed_utc_s=NOW - 9.0,
                )
            )
            await give(connection, me, Purpose.LIVE_SHARING, NOW - 9.0, how="page")
        self.trip_id = await self.trip()

    async def trip(self, accepted_utc_s: float = NOW, *, shared: bool = True) -> str:
        trip_id, me = new_id(), self.wearer.user_id
        row = {
            "id": trip_id,
            "wearer_id": me,
            "device_id": self.device_id,
            "route_id": straight_route().route_id,
            "practice": False,
            "started_utc_s": accepted_utc_s,
            "accepted_utc_s": accepted_utc_s,
        }
        async with self.db.write() as connection:
            await connection.execute(insert(trips).values(row))
            if shared:
                share = {"wearer_id": me, "trip_id": trip_id, "text_version": "1", "given_utc_s": NOW - 1.0}
                await connection.execute(insert(shares).values(share))
        return trip_id

    async def change(self, table: Any, **values: object) -> None:
        """All rows of a table, by hand."""
        async with self.db.write() as connection:
            await connection.execute(update(table).values(**values))

    async def send(self, *happened: Happening, seq: int | None = None, trip: str = "") -> None:
        """Events in the order of the log, or (`seq`) from that place on."""
        first = self.seq + 1 if seq is None else seq
        now_s = self.clock.utc_s()
        batch = tuple(
            TripEvent(boot="b", seq=number, trip_id=trip or self.trip_id, utc_s=now_s, what=what)
            for number, what in enumerate(happened, first)
        )
        self.seq = max(self.seq, batch[-1].seq)
        await self.ingest.store(self.device_id, "b", batch, now_s)

    async def move(self, north_m: float, **how: Any) -> None:
        await self.send(Moved(fix=fix(north_m, utc_s=self.clock.utc_s())), **how)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The jobs, as the server runs them."""
        tasks = [asyncio.create_task(job.run()) for job in (self.tail, self.viewing)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def watched(
        self, resume: str | None = "", right: Right | None = None, who: Who | None = None
    ) -> AsyncIterator["Watch"]:
        """A view; `resume` "": of this process, from the beginning."""
        since = f"{self.hub.epoch}.0" if resume == "" else resume
        who = who or Who(user_id=self.caregiver.user_id)
        async with self.viewing.open(self.trip_id, right or Always(), who, since) as view:
            yield Watch(view)


class Watch:
    """What a view is told, one event at a time: kind, data, number."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._parts: list[tuple[str, dict[str, Any], str | None]] = []
        self._more = True

    async def next(self) -> tuple[str, dict[str, Any], str | None] | None:
        while not self._parts and self._more:
            async with asyncio.timeout(PATIENCE_S):
                data, self._more = await self.view.next()
            self._parts = [part for part in map(_read, data.decode().split("\n\n")) if part is not None]
        return self._parts.pop(0) if self._parts else None

    async def until(self, kind: str) -> tuple[str, dict[str, Any], str | None]:
        """The next event of that kind."""
        while (event := await self.next()) is not None:
            if event[0] == kind:
                return event
        raise AssertionError(f"the view ended before {kind}")


def _read(text: str) -> tuple[str, dict[str, Any], str | None] | None:
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    return (fields["event"], json.loads(fields["data"]), fields.get("id")) if "event" in fields else None
