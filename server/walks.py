"""The wearer's own walk in a browser, which is a device of theirs of kind "page".

A page holds no key: its requests carry the wearer's session, and a cookie says which browser it is. All else
is as for any device: trips, events, the live view, alerts, revoking.
"""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server import audit
from server.access import Action, Actor, Role, role_may
from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.devices import PAGE, insert_device
from server.errors import Forbidden, NotFound
from server.feed import last_seen
from server.ingest import Ingest
from server.organisations import organisation_of
from server.own_trips import LOGGER
from server.parts import Parts
from server.tables import devices, plans, routes, trips
from server.trips import Trips
from wire.api import TripRequest
from wire.base import value
from wire.codec import ROUTE
from wire.route import Place
from wire.trip import Happening, Sos, TripEnded, TripEvent, TripStarted

LABEL: Final = "このブラウザ / this browser"
_LATE_PLANS: Final = 12  # among which recent destinations are looked for
_RECENT: Final = 5
_NOT_BEGUN: Final = (
    "このブラウザでは外出を始めていません。ページを開き直してください。",
    "No outing was begun in this browser: open the page again.",
)
_NONE: Final = ("続いている外出はありません。", "No such outing goes on.")
_REVOKED: Final = (
    "このブラウザは、装置の一覧で取り消されました。位置はもう送られません。助けを呼んでも届きません。",
    "This browser was revoked in the list of devices. It sends no positions, and its calls reach nobody.",
)


@value
class Recent:
    """A destination that was planned before, and the map of that plan."""

    place: Place
    map: str


class Walks:
    """What a wearer does with a browser in place of a device."""

    def __init__(self, db: Database, clock: Clock, ingest: Ingest, trips: Trips) -> None:
        self._db = db
        self._clock = clock
        self._ingest = ingest
        self._trips = trips

    async def browser(self, wearer: Actor, device_id: str) -> str:
        """The id of this wearer's browser. Raises `Forbidden` where it is not theirs, or was revoked."""
        role_may(wearer, Action.WALK)
        async with self._db.read() as connection:
            row = await _browser(connection, wearer, device_id)
        if row is None:
            raise Forbidden(*_NOT_BEGUN)
        if row.revoked_utc_s is not None:
            raise Forbidden(*_REVOKED)
        return device_id

    async def was_revoked(self, wearer: Actor, device_id: str) -> bool:
        """Whether this browser was one of the wearer's, and is not any more."""
        async with self._db.read() as connection:
            row = await _browser(connection, wearer, device_id)
        return row is not None and row.revoked_utc_s is not None

    async def browser_or_new(self, wearer: Actor, device_id: str) -> str:
        """As `browser`; one that is not known, or was revoked, becomes a new device."""
        role_may(wearer, Action.WALK)
        now_s = self._clock.utc_s()
        async with self._db.write() as connection:
            row = await _browser(connection, wearer, device_id)
            if row is not None and row.revoked_utc_s is None:
                return device_id
            made = await insert_device(connection, wearer.user_id, LABEL, now_s, kind=PAGE)
            by = audit.By(await organisation_of(connection, wearer.user_id), wearer.user_id)
            await audit.record(connection, now_s, by, "device_added", made.device_id, kind=PAGE)
        return made.device_id

    async def going(self, wearer: Actor, device_id: str) -> Row[Any] | None:
        """The trip that goes on in this browser; None: none does, or the browser is not theirs."""
        query = (
            select(trips)
            .join(devices, devices.c.id == trips.c.device_id)
            .where(
                trips.c.device_id == device_id,
                trips.c.wearer_id == wearer.user_id,
                devices.c.revoked_utc_s.is_(None),
            )
            .order_by(trips.c.accepted_utc_s.desc(), trips.c.id)
            .limit(1)
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None or row.ended_utc_s is not None else row

    async def elsewhere(self, wearer: Actor, device_id: str) -> Row[Any] | None:
        """The wearer's newest trip, with its device's `label`, if it goes on with another device."""
        query = (
            select(trips, devices.c.label, devices.c.revoked_utc_s)
            .join(devices, devices.c.id == trips.c.device_id)
            .where(trips.c.wearer_id == wearer.user_id, devices.c.kind != LOGGER)
            .order_by(trips.c.accepted_utc_s.desc(), trips.c.id)
            .limit(1)
        )
        async with self._db.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or row.ended_utc_s is not None:
            return None
        # This browser is another device from the moment that it was revoked.
        return None if row.device_id == device_id and row.revoked_utc_s is None else row

    async def begin(self, wearer: Actor, device_id: str, route_id: str | None) -> str:
        """The id of the trip that goes on from now: along a route of theirs, or without one.

        Pressed twice it is the same trip.
        """
        going = await self.going(wearer, device_id)
        if going is not None:
            return str(going.id)
        trip_id = new_id()
        if route_id is not None:
            device = replace(wearer, role=Role.DEVICE, device_id=device_id)
            request = TripRequest(route_id=route_id, started_utc_s=self._clock.utc_s())
            trip_id = await self._trips.start(device, request)
        await self._say(device_id, trip_id, TripStarted(route_id=route_id, practice=False))
        return trip_id

    async def call(self, wearer: Actor, device_id: str) -> None:
        """Call for help, with the last position that came; without an outing one begins for it."""
        trip_id = await self.begin(wearer, device_id, None)
        async with self._db.read() as connection:
            seen = await last_seen(connection, trip_id)
        said = Sos(state="raised")
        if seen is not None:
            fix = seen.fix
            said = replace(said, lat=fix.lat, lon=fix.lon, accuracy_m=fix.accuracy_m, fix_utc_s=seen.utc_s)
        await self._say(device_id, trip_id, said)

    async def take_back(self, wearer: Actor, device_id: str) -> None:
        """The call for help was a mistake, or is over."""
        await self._say(device_id, await self._must_go(wearer, device_id), Sos(state="cancelled"))

    async def end(self, wearer: Actor, device_id: str, *, arrived: bool) -> None:
        """The outing is over."""
        trip_id = await self._must_go(wearer, device_id)
        said = TripEnded(arrived=arrived, reason="arrived" if arrived else "wearer")
        await self._say(device_id, trip_id, said)

    async def end_left(self, wearer: Actor, device_id: str) -> None:
        """The outing of a device that was revoked on the way is over: that device cannot say so any more."""
        left = await self.elsewhere(wearer, device_id)
        if left is None or left.revoked_utc_s is None:
            raise NotFound(*_NONE)
        await self._say(device_id, str(left.id), TripEnded(arrived=False, reason="wearer"))

    async def _must_go(self, wearer: Actor, device_id: str) -> str:
        going = await self.going(wearer, device_id)
        if going is None:
            raise NotFound(*_NONE)
        return str(going.id)

    async def _say(self, device_id: str, trip_id: str, what: Happening) -> None:
        """One event, in a log of its own: what a page of before has sent stands before it."""
        boot, now_s = new_id(), self._clock.utc_s()
        event = TripEvent(boot=boot, seq=1, trip_id=trip_id, utc_s=now_s, what=what)
        await self._ingest.store(device_id, boot, (event,), now_s)

    async def recent(self, wearer: Actor) -> list[Recent]:
        """Where the wearer planned to go lately, the latest first, each once."""
        query = (
            select(routes.c.body, plans.c.map)
            .join(plans, plans.c.route_id == routes.c.id)
            .where(plans.c.wearer_id == wearer.user_id)
            .order_by(plans.c.planned_utc_s.desc(), plans.c.id.desc())
            .limit(_LATE_PLANS)
        )
        async with self._db.read() as connection:
            rows = list(await connection.execute(query))
        found: dict[tuple[float, float], Recent] = {}
        for row in rows:
            place = ROUTE.decode(row.body).destination
            found.setdefault((round(place.lat, 5), round(place.lon, 5)), Recent(place, row.map))
        return list(found.values())[:_RECENT]


def walks_of(parts: Parts) -> Walks:
    """The walks of this server."""
    return Walks(parts.db, parts.clock, parts.ingest, parts.trips)


async def _browser(connection: AsyncConnection, wearer: Actor, device_id: str) -> Row[Any] | None:
    query = select(devices.c.revoked_utc_s).where(
        devices.c.id == device_id, devices.c.wearer_id == wearer.user_id, devices.c.kind == PAGE
    )
    return (await connection.execute(query)).one_or_none()
