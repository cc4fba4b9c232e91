"""A store with people who walk, for tests of what watches over them."""

from dataclasses import dataclass, field

from sqlalchemy import insert, select

from server.alerts.looker import Looker
from server.database import Database
from server.fakes import FakeClock
from server.hub import Hub
from server.ingest import Ingest
from server.tables import alerts, devices, notices, trips, users
from wire.position import Fix
from wire.trip import Happening, Moved, TripEvent

HOME = (33.2334, 131.6066)


@dataclass
class Town:
    """A store with people who walk, and what they have told. Events go in by the ingest."""

    db: Database
    clock: FakeClock
    hub: Hub = field(default_factory=Hub)
    seqs: dict[str, int] = field(default_factory=dict)
    worn: dict[str, str] = field(default_factory=dict)  # which device a trip is of

    async def walker(self, name: str, **trip: object) -> str:
        """A wearer with a device and a trip; the trip's id."""
        trip_id = name.ljust(32, "-")
        person = {"id": name, "login": name, "name": name, "role": "wearer", "password_hash": "x"}
        device = {"id": name, "wearer_id": name, "label": "d", "key_hash": name, "created_utc_s": 0.0}
        kind = {"kind": trip.pop("kind")} if "kind" in trip else {}
        async with self.db.write() as connection:
            await connection.execute(insert(users).values(pseudonym=name, created_utc_s=0.0, **person))
            await connection.execute(insert(devices).values(**device, **kind))
        await self.trip(name, trip_id, **trip)
        return trip_id

    async def trip(self, name: str, trip_id: str, **trip: object) -> None:
        now_s = self.clock.now_s
        self.worn[trip_id] = name
        row = {"id": trip_id, "wearer_id": name, "device_id": name, "started_utc_s": now_s}
        more = {"practice": False, "accepted_utc_s": now_s} | trip
        async with self.db.write() as connection:
            await connection.execute(insert(trips).values(row | more))

    async def tell(self, trip_id: str, *whats: Happening) -> None:
        device = self.worn[trip_id]
        first = self.seqs.get(device, 0) + 1
        self.seqs[device] = first + len(whats) - 1
        batch = tuple(
            TripEvent(boot="b", seq=seq, trip_id=trip_id, utc_s=self._second(what), what=what)
            for seq, what in enumerate(whats, first)
        )
        await Ingest(self.db, self.clock, self.hub).store(device, "b", batch, self.clock.now_s)

    def _second(self, what: Happening) -> float:
        return what.fix.utc_s if isinstance(what, Moved) else self.clock.now_s

    async def stand(self, looker: Looker, trip_id: str, seconds: int) -> None:
        """At home; a position in five seconds, a look in twenty-five."""
        for _ in range(seconds // 25):
            self.clock.now_s += 25.0
            times = [self.clock.now_s - 5.0 * back for back in range(4, -1, -1)]
            fixes = [Fix(utc_s=time, lat=HOME[0], lon=HOME[1], accuracy_m=5.0) for time in times]
            await self.tell(trip_id, *(Moved(fix=fix) for fix in fixes))
            await looker.look()

    async def looker(self) -> Looker:
        return await Looker.begin(self.db, self.clock, self.hub)

    async def alerts(self, trip_id: str) -> list[tuple[str, str, str | None]]:
        query = select(alerts.c.kind, alerts.c.state, alerts.c.over_why).where(alerts.c.trip_id == trip_id)
        async with self.db.read() as connection:
            found = await connection.execute(query.order_by(alerts.c.kind, alerts.c.key))
            return [(row.kind, row.state, row.over_why) for row in found]

    async def question(self, trip_id: str) -> str:
        async with self.db.read() as connection:
            query = select(notices.c.id).where(notices.c.trip_id == trip_id)
            return str((await connection.execute(query)).scalar_one())

    async def state(self, trip_id: str) -> str | None:
        async with self.db.read() as connection:
            return (await connection.execute(select(trips.c.state).where(trips.c.id == trip_id))).scalar_one()
