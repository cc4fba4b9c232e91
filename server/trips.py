"""Trips, their events, and the wearer's consent to share one."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Row, Select, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role
from server.allow import allow_route, allow_trip, in_emergency
from server.clock import Clock
from server.consent import Purpose, in_force_clause, require
from server.credentials import new_id
from server.database import Database
from server.errors import Conflict
from server.hub import Hub
from server.own_trips import of_logger, use_waiting_share
from server.recent import Recent
from server.routes import stored_route
from server.spans import OF_SPAN, positions, read, read_last
from server.tables import NO_POSITION, events, relations, shares, trip_logs, trips, users
from server.trip_looks import TripLooks
from wire.api import TripRequest
from wire.base import value
from wire.codec import EVENT
from wire.position import Fix
from wire.trip import Moved, TripEvent

PAGE = 500  # events in one answer
_POSITIONS, _BODIES = positions(events), positions(events.c.body)
_NUMBERS = positions(events.c.id)
MOST_MARKS = 600  # of a track in a drawing: a point a second of ten minutes, every 12 s of two hours


@value
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
        self._looks = TripLooks(db, clock, hub)

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
        await connection.run_sync(use_waiting_share, device.user_id, trip_id, now_s)
        return trip_id

    async def events_after(self, actor: Actor, trip_id: str, after: int, limit: int = PAGE) -> list[Stored]:
        """Up to `limit` events numbered above `after`, oldest first."""

        async def found(connection: AsyncConnection) -> list[Stored]:
            await allow_trip(connection, actor, Action.READ_EVENTS, trip_id)
            return await read_events(connection, trip_id, after, limit)

        return await self._db.look(found)

    async def look(self, actor: Actor, trip_id: str, what: str) -> None:
        """As `TripLooks.at`."""
        await self._looks.at(actor, trip_id, what)

    async def look_along(self, actor: Actor, route_id: str) -> None:
        """As `look`, at the route of every trip by which the actor may see it."""
        if actor.role in (Role.DEVICE, Role.WEARER):
            return
        along = or_(trips.c.route_id == route_id, trips.c.followed_route_id == route_id)
        async with self._db.read() as connection:
            query = select(trips.c.id).where(along, shared_with(actor.user_id))
            found = list((await connection.execute(query)).scalars())
        for trip_id in found:
            await self.look(actor, trip_id, "route")

    async def share(self, wearer: Actor, trip_id: str | None) -> None:
        """The wearer lets caregivers follow one trip, or (None) the next one. Twice is once.

        Raises `consent.NotAgreed` without consent to live sharing.
        """
        same = _in_force(wearer.user_id).where(shares.c.trip_id == trip_id)
        row = {"wearer_id": wearer.user_id, "trip_id": trip_id, "given_utc_s": self._clock.utc_s()}
        async with self._db.write() as connection:
            if trip_id is not None:
                await allow_trip(connection, wearer, Action.SHARE_TRIP, trip_id)
                if (await connection.execute(select(of_logger(trip_id)))).scalar_one():
                    raise Conflict(
                        "記録だけの電話の外出は共有できません。", "A logger's outing cannot be shared."
                    )
            row["text_version"] = await require(connection, wearer.user_id, Purpose.LIVE_SHARING)
            if not (await connection.execute(select(exists(same)))).scalar_one():
                await connection.execute(insert(shares).values(row))

    async def stop_sharing(self, wearer: Actor, trip_id: str | None) -> None:
        """Effective at once: open views of the trip close."""
        given = _in_force(wearer.user_id).where(shares.c.trip_id == trip_id)
        async with self._db.write() as connection:
            await connection.execute(
                update(shares).where(shares.c.id.in_(given)).values(withdrawn_utc_s=self._clock.utc_s())
            )
        self._hub.rights_changed()

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
            .where(open_to(caregiver.user_id))
            .order_by(trips.c.accepted_utc_s.desc())
            .limit(limit)
        )
        async with self._db.read() as connection:
            return list(await connection.execute(query))

    async def enrolled_with(self, evaluator: Actor) -> list[Row[tuple[object, ...]]]:
        """Trips that count for the evaluator's trial, with the wearer's `pseudonym` and no name."""
        query = (
            select(trips, users.c.pseudonym)
            .join(users, users.c.id == trips.c.wearer_id)
            .where(enrolled_with(evaluator.user_id))
            .order_by(users.c.pseudonym, trips.c.started_utc_s)
        )
        async with self._db.read() as connection:
            return list(await connection.execute(query))


def _in_force(wearer_id: str) -> Select[tuple[int]]:
    return select(shares.c.id).where(shares.c.wearer_id == wearer_id, shares.c.withdrawn_utc_s.is_(None))


def open_to(caregiver_id: str) -> ColumnElement[bool]:
    """The outer query's trip is shared with the caregiver, or open in an emergency; as in `access`."""
    return or_(shared_with(caregiver_id), in_emergency(caregiver_id))


def shared_with(caregiver_id: str) -> ColumnElement[bool]:
    """The outer query's trip is shared with the caregiver."""
    shared = select(shares.c.id).where(
        shares.c.trip_id == trips.c.id,
        shares.c.withdrawn_utc_s.is_(None),
        relations.c.viewer_id == caregiver_id,
        relations.c.wearer_id == trips.c.wearer_id,
        relations.c.agreed_utc_s <= shares.c.given_utc_s,
        relations.c.ended_utc_s.is_(None),
        in_force_clause(Purpose.LIVE_SHARING, relations.c.wearer_id),
    )
    return exists(shared)


async def is_shared_with(connection: AsyncConnection, caregiver: Actor, trip_id: str) -> bool:
    """Whether the wearer shares the trip with them; else it is open in an emergency only."""
    query = select(trips.c.id).where(trips.c.id == trip_id, shared_with(caregiver.user_id))
    return (await connection.execute(query)).first() is not None


def enrolled_with(evaluator_id: str) -> ColumnElement[bool]:
    """The outer query's trip counts for the evaluator's trial; as in `access`."""
    enrolled = select(relations.c.id).where(
        relations.c.viewer_id == evaluator_id,
        relations.c.wearer_id == trips.c.wearer_id,
        relations.c.agreed_utc_s <= trips.c.accepted_utc_s,
        relations.c.ended_utc_s.is_(None),
        in_force_clause(Purpose.TRIAL_RESEARCH, relations.c.wearer_id),
    )
    return exists(enrolled)


async def read_events(connection: AsyncConnection, trip_id: str, after: int, limit: int) -> list[Stored]:
    """Events of the trip numbered above `after`, as they arrived; the caller must be allowed."""
    numbers = (
        select(events.c.id)
        .join(trip_logs, OF_SPAN)
        # Not by the index of numbers, which would lead through everybody's.
        .where(trip_logs.c.trip_id == trip_id, events.c.id + 0 > after)
        .order_by(events.c.id + 0)
        .limit(limit)
    )
    query = select(events).where(events.c.id.in_(numbers)).order_by(events.c.id)
    return [stored_event(row) for row in await connection.execute(query)]


async def newest_position(connection: AsyncConnection, trip_id: str) -> Stored | None:
    """The trip's last position, by its place in the log; the caller must be allowed."""
    rows = await read_last(connection, _POSITIONS, trip_id, 1)
    return stored_event(rows[0]) if rows else None


async def newest_event(connection: AsyncConnection, trip_id: str, type_: str) -> Stored | None:
    """The trip's last event of a type that is no position, by its place in the log; as `newest_position`."""
    query = (
        select(events)
        .where(NO_POSITION, events.c.trip_id == trip_id, events.c.type == type_)
        .order_by(events.c.log_id.desc(), events.c.seq.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else stored_event(row)


def stored_event(row: Row[tuple[object, ...]], recent: Recent | None = None) -> Stored:
    """A row of `events`, read. `recent`: may hold what the row's body says."""
    place = (row.log_id, row.seq)
    event = None if recent is None else recent.get(*place)
    return Stored(row.id, row.received_utc_s, event or EVENT.decode(row.body), place, row.waited_s)


async def read_fixes(connection: AsyncConnection, trip_id: str) -> list[Fix]:
    """Every position of the trip, in the order of the log; the caller must be allowed."""
    return _fixes(row.body for row in await read(connection, _BODIES, trip_id))


async def read_track(connection: AsyncConnection, trip_id: str, most: int = MOST_MARKS) -> list[Fix]:
    """Where the trip went, thinned to about `most` positions, in the order of the log; as `read_fixes`."""
    numbers = [row.id for row in await read(connection, _NUMBERS, trip_id)]
    step = len(numbers) // most + 1
    query = select(events.c.body).where(events.c.id.in_(numbers[step - 1 :: step]))
    by_place = query.order_by(events.c.log_id, events.c.seq)
    return _fixes((await connection.execute(by_place)).scalars())


def _fixes(bodies: Iterable[str]) -> list[Fix]:
    found = [EVENT.decode(body).what for body in bodies]
    return [what.fix for what in found if isinstance(what, Moved)]


async def count_events(connection: AsyncConnection, trip_id: str) -> dict[str, int]:
    """Number of stored events by type; the caller must be allowed."""
    others = (
        select(events.c.type, func.count())
        .where(NO_POSITION, events.c.trip_id == trip_id)
        .group_by(events.c.type)
    )
    found = {row[0]: row[1] for row in await connection.execute(others)}
    moved = len(await read(connection, _NUMBERS, trip_id))
    return found | {"moved": moved} if moved else found
