"""Trips, their events, and the wearer's consent to share one."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role
from server.allow import allow_route, allow_trip, in_emergency
from server.clock import Clock
from server.consent import Purpose, in_force_clause, require
from server.credentials import new_id
from server.database import Database
from server.errors import Conflict
from server.hub import Hub, notices_for
from server.looks import LOOK_AGAIN_S, write_looks
from server.notices import tell
from server.own_trips import of_logger, use_waiting_share
from server.routes import stored_route
from server.tables import events, looks, relations, shares, trips, users
from wire.api import TripRequest
from wire.codec import EVENT
from wire.position import Fix
from wire.trip import Moved, TripEvent

PAGE = 500  # events in one answer
MOST_MARKS = 600  # of a track in a drawing: a point a second of ten minutes, every 12 s of two hours


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
        await connection.run_sync(use_waiting_share, device.user_id, trip_id, now_s)
        return trip_id

    async def events_after(self, actor: Actor, trip_id: str, after: int, limit: int = PAGE) -> list[Stored]:
        """Up to `limit` events numbered above `after`, oldest first."""
        async with self._db.read() as connection:
            await allow_trip(connection, actor, Action.READ_EVENTS, trip_id)
            return await read_events(connection, trip_id, after, limit)

    async def look(self, actor: Actor, trip_id: str, what: str) -> None:
        """Write down that somebody else looked, for the wearer to read; the actor must be allowed.

        When a person follows a trip for the first time, the wearer is told of it on the way.
        """
        if actor.role in (Role.DEVICE, Role.WEARER):
            return
        now_s = self._clock.utc_s()
        before = select(looks.c.id).where(
            looks.c.viewer_id == actor.user_id, looks.c.trip_id == trip_id, looks.c.what == what
        )
        async with self._db.read() as connection:
            lately = before.where(looks.c.utc_s > now_s - LOOK_AGAIN_S)
            if (await connection.execute(select(exists(lately)))).scalar_one():
                return
        async with self._db.write() as connection:
            # The row is held, so that two pages opened together are one first look (PostgreSQL).
            held = select(trips.c.wearer_id, trips.c.ended_utc_s).where(trips.c.id == trip_id)
            trip = (await connection.execute(held.with_for_update())).one()
            known = (await connection.execute(select(exists(before)))).scalar_one()
            await write_looks(connection, actor, [(trip.wearer_id, trip_id)], what, now_s)
            new = what == "live" and not known and trip.ended_utc_s is None
            if new:
                await tell(connection, trip.wearer_id, trip_id, "watching", now_s, name=actor.name)
        if new:
            self._hub.wake({notices_for(trip.wearer_id)})

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
    return [stored_event(row) for row in await connection.execute(query)]


async def newest_event(connection: AsyncConnection, trip_id: str, type_: str) -> Stored | None:
    """The trip's last event of a type, by its place in the log; the caller must be allowed."""
    query = (
        select(events)
        .where(events.c.trip_id == trip_id, events.c.type == type_)
        .order_by(events.c.log_id.desc(), events.c.seq.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else stored_event(row)


def stored_event(row: Row[tuple[object, ...]]) -> Stored:
    """A row of `events`, read."""
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


async def read_track(connection: AsyncConnection, trip_id: str, most: int = MOST_MARKS) -> list[Fix]:
    """Where the trip went, thinned to about `most` positions, in the order of the log; as `read_fixes`."""
    by_place = (events.c.log_id, events.c.seq)
    mine = (
        select(events.c.body, func.row_number().over(order_by=by_place).label("number"))
        .where(events.c.trip_id == trip_id, events.c.type == "moved")
        .subquery()
    )
    count = (await connection.execute(select(func.count()).select_from(mine))).scalar_one()
    query = select(mine.c.body).where(mine.c.number % (count // most + 1) == 0).order_by(mine.c.number)
    found = [EVENT.decode(body).what for body in (await connection.execute(query)).scalars()]
    return [what.fix for what in found if isinstance(what, Moved)]


async def count_events(connection: AsyncConnection, trip_id: str) -> dict[str, int]:
    """Number of stored events by type; the caller must be allowed."""
    query = select(events.c.type, func.count()).where(events.c.trip_id == trip_id).group_by(events.c.type)
    return {row[0]: row[1] for row in await connection.execute(query)}
