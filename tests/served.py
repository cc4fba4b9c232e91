"""A server in this process, asked without a socket, and the people with an account there.

    async with served(url, folder) as site:
        await site.person(Role.WEARER, "hanako")
        async with site.http("hanako") as http:
            ...

Tests that need more add it in a class of their own: `async with served(url, folder, Site) as site`.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from server import accounts, audit, devices, relations
from server.access import Actor, Role
from server.alerts.senders.fakes import RecordingSender
from server.app import create_app
from server.fakes import FakeClock, FakePlanner
from server.organisations import LOCAL
from server.parts import Parts
from server.settings import Settings
from tests.people import whole_session
from wire.api import DeviceKind, PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import Happening, Moved, TripEvent

PASSWORD = "correct horse 12"
PLAN = PlanRequest(map="oita", origin="大分駅", destination="県立美術館")


@dataclass
class Served:
    """`ids` of people by their login and of devices by their name; `headers`: what each of them sends."""

    app: FastAPI
    clock: FakeClock
    ids: dict[str, str] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        parts = self.app.state.parts
        assert isinstance(parts, Parts)
        return parts

    def http(
        self, who: str = "", address: str = "127.0.0.1", base: str = "http://server"
    ) -> httpx.AsyncClient:
        """Requests as `who`, from that address; "": as somebody without an account."""
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url=base, headers=self.headers.get(who, {}))

    def wearer(self, login: str = "hanako") -> Actor:
        return Actor(self.ids[login], Role.WEARER, login)

    def worn(self, device: str = "glasses", login: str = "hanako") -> Actor:
        return Actor(self.ids[login], Role.DEVICE, login, self.ids[device])

    async def add(self, role: Role, login: str, organisation: str = LOCAL, name: str = "") -> Actor:
        """An account that nobody has entered yet."""
        by = audit.By(organisation)
        made = await accounts.add_user(self.parts.db, self.clock, role, login, name or login, PASSWORD, by=by)
        self.ids[login] = made.user_id
        return Actor(made.user_id, role, login)

    async def person(self, role: Role, login: str, name: str = "") -> None:
        """An account, and a session of theirs."""
        await self.add(role, login, name=name)
        await self.enter(login)

    async def enter(self, login: str) -> None:
        self.headers[login] = await self.session(login)

    async def session(self, login: str) -> dict[str, str]:
        """The headers of one more session, with all factors that the role needs."""
        token = await whole_session(self.parts, login, PASSWORD)
        session = await self.parts.sessions.look_up(token)
        assert session is not None
        return {"Cookie": f"shirube={token}", "X-CSRF-Token": session.csrf}

    async def device(
        self, name: str = "glasses", wearer: str = "hanako", kind: DeviceKind = "glasses"
    ) -> str:
        made = await devices.add_device(self.parts.db, self.clock, self.ids[wearer], name, kind)
        self.ids[name] = made.device_id
        self.headers[name] = {"Authorization": f"Bearer {made.key}"}
        return made.device_id

    async def relate(self, viewer: str, wearer: str = "hanako", *, agreed: bool = True) -> None:
        await relations.ask_relation(
            self.parts.db, self.clock, self.ids[viewer], self.ids[wearer], wearer_agreed=agreed
        )

    async def start(self, plan: PlanRequest = PLAN, device: str = "glasses", wearer: str = "hanako") -> str:
        """A trip of that device, which begins now."""
        worn = self.worn(device, wearer)
        route = await self.parts.routes.plan(worn, plan)
        wanted = TripRequest(route_id=route.route_id, started_utc_s=self.clock.now_s)
        return await self.parts.trips.start(worn, wanted)

    async def tell(self, trip_id: str, *whats: Happening, device: str = "glasses", first: int = 1) -> None:
        """What happened on that trip, all of it now."""
        now_s = self.clock.now_s
        events = tuple(
            TripEvent(boot="b", seq=seq, trip_id=trip_id, utc_s=now_s, what=what)
            for seq, what in enumerate(whats, first)
        )
        await self.parts.ingest.store(self.ids[device], "b", events)

    async def rows(self, query: Any) -> list[Any]:
        async with self.parts.db.read() as connection:
            return list(await connection.execute(query))


def moved(utc_s: float, north_deg: float = 0.0, accuracy_m: float = 5.0) -> Moved:
    """So far north of Oita Station."""
    return Moved(fix=Fix(utc_s=utc_s, lat=33.2334 + north_deg, lon=131.6066, accuracy_m=accuracy_m))


Kind = TypeVar("Kind", bound=Served)


@asynccontextmanager
async def served(
    url: str,
    folder: Path,
    kind: type[Kind] = Served,  # type: ignore[assignment]
    *,
    senders: Mapping[str, RecordingSender] | None = None,
    **settings: object,
) -> AsyncIterator[Kind]:
    """The server on that store, with nobody in it yet."""
    clock = FakeClock()
    told = {"database_url": url, "key_file": folder / "key", **settings}
    app = create_app(Settings.model_validate(told), clock, planner=FakePlanner(), senders=senders)  # type: ignore[arg-type]
    made = kind(app, clock)
    yield made
    await made.parts.db.close()
