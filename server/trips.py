"""Trips, their events, and the wearer's consent to share one."""

from dataclasses import dataclass

from sqlalchemy import Row, Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role, allow_route, allow_trip
from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.hub import Hub
from server.own_trips import use_waiting_share
from server.routes import stored_route
from server.tables import events, looks, relations, shares, trips, users
from wire.api import TripRequest
from wire.codec import EVENT
from wire.position import Fix
from wire.trip import Moved, TripEvent

# The text that the wearer agreed to: `pages/templates/wearer.html`, section "sharing".
SHARE_TEXT_VERSION = "2026-11"
PAGE = 500  # events in one answer
_LOOK_AGAIN_S = 300.0  # a page that is opened again within this time is the same look


@dataclass(frozen=True, slots=True)
class Stored:
    """An event with the store's number, which grows with every event of every trip as it arrives.

    `place`: (log, seq), in whose order things happened; `waited_s`: as in the table.
    """

    id: int
    received_utc_s: float
    event: TripEvent
    place: tuple[int, int] = (0, 0)
    waited_s: float | None = None


class Trips:
    """Everything about trips but their ingest."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub

    async def start(self, device: Actor, request: TripRequest) -> str:
        """The id of a new trip; of the same one when the device asks again."""
        async with self._db.write() as connection:
            await allow_route(connection, device, Action.START_TRIP, request.route_id)
            same = select(trips.c.id).where(
                trips.c.device_id == device.device_id,
                trips.c.route_id == request.route_id,
                trips.c.started_utc_s == request.started_utc_s,
            )
            known = (await connection.execute(same)).scalars().first()
            return known or await self._begin(connection, device, request)

    async def _begin(self, connection: AsyncConnection, device: Actor, request: TripRequest) -> str:
        trip_id = new_id()
        route = await stored_route(connection, request.route_id)
        now_s = self._clock.utc_s()
        row = {
            "id": trip_id,
            "wearer_id": device.user_id,
            "device_id": device.device_id,
            "route_id": request.route_id,
            "practice": route.source.practice,
            "started_utc_s": request.started_utc_s,
            "accepted_utc_s": now_s,
        }
        await connection.execute(insert(trips).values(row))
        await use_waiting_share(connection, device.user_id, trip_id, now_s)
        return trip_id

    async def events_after(self, actor: Actor, trip_id: str, after: int, limit: int = PAGE) -> list[Stored]:
        """Up to `limit` events numbered above `after`, oldest first."""
        async with self._db.read() as connection:
            await allow_trip(connection, actor, Action.READ_EVENTS, trip_id)
            return await read_events(connection, trip_id, after, limit)

    async def look(self, actor: Actor, trip_id: str, what: str) -> None:
        """Write down that somebody else looked, for the wearer to read; the actor must be allowed."""
        if actor.role in (Role.DEVICE, Role.WEARER):
            return
        now_s = self._clock.utc_s()
        wearer = select(trips.c.wearer_id).where(trips.c.id == trip_id).scalar_subquery()
        row = {
            "viewer_id": actor.user_id,
            "wearer_id": wearer,
            "trip_id": trip_id,
            "what": what,
            "utc_s": now_s,
        }
        same = select(looks.c.id).where(
            looks.c.viewer_id == actor.user_id,
            looks.c.trip_id == trip_id,
            looks.c.what == what,
            looks.c.utc_s > now_s - _LOOK_AGAIN_S,
        )
        async with self._db.write() as connection:
            if not (await connection.execute(select(exists(same)))).scalar_one():
                await connection.execute(insert(looks).values(row))

    async def looks_at(self, wearer_id: str, limit: int = 20) -> list[Row[tuple[object, ...]]]:
        """Who looked at the wearer's trips, newest first: name, role, what, utc_s."""
        query = (
            select(users.c.name, users.c.role, looks.c.what, looks.c.utc_s)
            .join(users, users.c.id == looks.c.viewer_id)
            .where(looks.c.wearer_id == wearer_id)
            .order_by(looks.c.id.desc())
            .limit(limit)
        )
        async with self._db.read() as connection:
            return list(await connection.execute(query))

    async def share(self, wearer: Actor, trip_id: str | None) -> None:
        """The wearer lets caregivers follow one trip, or (None) the next one. Twice is once."""
        same = _in_force(wearer.user_id).where(shares.c.trip_id == trip_id)
        row = {
            "wearer_id": wearer.user_id,
            "trip_id": trip_id,
            "text_version": SHARE_TEXT_VERSION,
            "given_utc_s": self._clock.utc_s(),
        }
        async with self._db.write() as connection:
            if trip_id is not None:
                await allow_trip(connection, wearer, Action.SHARE_TRIP, trip_id)
            if not (await connection.execute(select(exists(same)))).scalar_one():
                await connection.execute(insert(shares).values(row))

    async def stop_sharing(self, wearer: Actor, trip_id: str | None) -> None:
        """Effective at once: open views of the trip close."""
        given = _in_force(wearer.user_id).where(shares.c.trip_id == trip_id)
        async with self._db.write() as connection:
            await connection.execute(
                update(shares).where(shares.c.id.in_(given)).values(withdrawn_utc_s=self._clock.utc_s())
            )
        self._hub.wake_all()

    async def is_shared(self, wearer_id: str, trip_id: str | None) -> bool:
        """Whether consent is in force for the trip, or (None) waiting for the next one."""
        query = select(exists(_in_force(wearer_id).where(shares.c.trip_id == trip_id)))
        async with self._db.read() as connection:
            return bool((await connection.execute(query)).scalar_one())

    async def of_wearer(self, wearer_id: str, limit: int = 20) -> list[Row[tuple[object, ...]]]:
        """The wearer's trips, newest first."""
        query = (
            select(trips)
            .where(trips.c.wearer_id == wearer_id)
            .order_by(trips.c.accepted_utc_s.desc(), trips.c.started_utc_s.desc())
            .limit(limit)
        )
        async with self._db.read() as connection:
            return list(await connection.execute(query))

    async def shared_with(self, caregiver: Actor, limit: int = 50) -> list[Row[tuple[object, ...]]]:
        """Trips that the caregiver may follow, newest first, with the wearer's `name`."""
        query = (
            select(trips, users.c.name)
            .join(users, users.c.id == trips.c.wearer_id)
            .where(exists(_shared_with(caregiver.user_id)))
            .order_by(trips.c.accepted_utc_s.desc())
            .limit(limit)
        )
        async with self._db.read() as connection:
            return list(await connection.execute(query))

    async def enrolled_with(self, evaluator: Actor) -> list[Row[tuple[object, ...]]]:
        """Trips that count for the evaluator's trial, with the wearer's `pseudonym` and no name."""
        enrolled = select(relations.c.id).where(
            relations.c.viewer_id == evaluator.user_id,
            relations.c.wearer_id == trips.c.wearer_id,
            relations.c.agreed_utc_s <= trips.c.accepted_utc_s,
            relations.c.ended_utc_s.is_(None),
        )
        query = (
            select(trips, users.c.pseudonym)
            .join(users, users.c.id == trips.c.wearer_id)
            .where(exists(enrolled))
            .order_by(users.c.pseudonym, trips.c.started_utc_s)
        )
        async with self._db.read() as connection:
            return list(await connection.execute(query))


def _in_force(wearer_id: str) -> Select[tuple[int]]:
    return select(shares.c.id).where(shares.c.wearer_id == wearer_id, shares.c.withdrawn_utc_s.is_(None))


def _shared_with(viewer_id: str) -> Select[tuple[int]]:
    """The shares of the outer query's trip that hold for the viewer; as in `access`."""
    return select(shares.c.id).where(
        shares.c.trip_id == trips.c.id,
        shares.c.withdrawn_utc_s.is_(None),
        relations.c.viewer_id == viewer_id,
        relations.c.wearer_id == trips.c.wearer_id,
        relations.c.agreed_utc_s <= shares.c.given_utc_s,
        relations.c.ended_utc_s.is_(None),
    )


async def read_events(
    connection: AsyncConnection, trip_id: str, after: int, limit: int, *, but: tuple[str, ...] = ()
) -> list[Stored]:
    """Events of the trip numbered above `after`, as they arrived; the caller must be allowed."""
    query = (
        select(events)
        .where(events.c.trip_id == trip_id, events.c.id > after, events.c.type.not_in(but))
        .order_by(events.c.id)
        .limit(limit)
    )
    return [_stored(row) for row in await connection.execute(query)]


async def newest_event(connection: AsyncConnection, trip_id: str, type_: str) -> Stored | None:
    """The trip's last event of a type, by its place in the log; the caller must be allowed."""
    query = (
        select(events)
        .where(events.c.trip_id == trip_id, events.c.type == type_)
        .order_by(events.c.log_id.desc(), events.c.seq.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _stored(row)


def _stored(row: Row[tuple[object, ...]]) -> Stored:
    place = (row.log_id, row.seq)
    return Stored(row.id, row.received_utc_s, EVENT.decode(row.body), place, row.waited_s)


async def read_fixes(connection: AsyncConnection, trip_id: str) -> list[Fix]:
    """Every position of the trip, in the order of the log; the caller must be allowed."""
    query = (
        select(events.c.body)
        .where(events.c.trip_id == trip_id, events.c.type == "moved")
        .order_by(events.c.log_id, events.c.seq)
    )
    found = [EVENT.decode(body).what for body in (await connection.execute(query)).scalars()]
    return [what.fix for what in found if isinstance(what, Moved)]


async def count_events(connection: AsyncConnection, trip_id: str) -> dict[str, int]:
    """Number of stored events by type; the caller must be allowed."""
    query = select(events.c.type, func.count()).where(events.c.trip_id == trip_id).group_by(events.c.type)
    return {row[0]: row[1] for row in await connection.execute(query)}
