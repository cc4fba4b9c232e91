"""Closed paths: reported by wearers and those who help them, gone when they expire or are taken back.

A report says where somebody stood. So nobody is told who it was; others learn the hour and not the
minute; and what is over is deleted.
"""

import math

from sqlalchemy import Row, Select, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.blockages import Blockage
from server.access import Action, Actor
from server.allow import allow_report, allow_streets, allow_trip
from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.errors import Malformed, TooMany
from server.feed import last_seen
from server.planner import PRACTICE_MAPS, RoutePlanner
from server.tables import blockages, plans
from server.walk_state import NO_CONTACT_S
from wire.api import BlockageKind, BlockageReport, Blocked

MOST_IN_FORCE = 20  # of one reporter on all maps: more is a mistake or mischief
_HOUR_S = 3600.0
_KEPT_S = 24 * _HOUR_S  # after the end, so that a report that is sent again late is still known
_DECIMALS = 5  # of a degree: a metre


class Blockages:
    """Everything about them but planning round them."""

    def __init__(self, db: Database, clock: Clock, planner: RoutePlanner) -> None:
        self._db = db
        self._clock = clock
        self._planner = planner

    async def report(self, actor: Actor, request: BlockageReport) -> Blocked:
        """Keep a report; the same one again changes nothing."""
        self._planner.require(request.map)
        now_s = self._clock.utc_s()
        async with self._db.write() as connection:
            await allow_streets(connection, actor, Action.REPORT_BLOCKAGE)
            if request.here is not None:  # also where the report is known: the caller writes down the look
                await allow_trip(connection, actor, Action.READ_EVENTS, request.here)
            row = await _known(connection, actor, request.id)
            if row is None:
                lat, lon = await self._place(connection, actor, request)
                await _make_room(connection, actor, now_s)
                await connection.execute(insert(blockages).values(_row(actor, request, lat, lon, now_s)))
                row = await _known(connection, actor, request.id)
        assert row is not None  # noqa: S101  (it was inserted)
        return _told(row, actor)

    async def report_here(
        self, actor: Actor, trip_id: str, client_id: str, kind: BlockageKind, hours: float
    ) -> Blocked:
        """Report where a trip is now, on the map that it was planned on."""
        async with self._db.read() as connection:
            trip = await allow_trip(connection, actor, Action.READ_EVENTS, trip_id)
            query = select(plans.c.map).where(
                plans.c.route_id == trip.route_id, plans.c.wearer_id == trip.wearer_id
            )
            map_name = (await connection.execute(query)).scalar_one_or_none()
        if map_name is None:
            raise Malformed("この外出の地図が分かりません。", "It is not known which map this trip is on.")
        wanted = BlockageReport(id=client_id, map=map_name, here=trip_id, kind=kind, hours=hours)
        return await self.report(actor, wanted)

    async def _place(
        self, connection: AsyncConnection, actor: Actor, request: BlockageReport
    ) -> tuple[float, float]:
        if request.here is not None:
            return await self._here(connection, actor, request.map, request.here)
        if request.lat is None or request.lon is None:
            raise Malformed("lat と lon、または here が必要です。", "Give lat and lon, or here.")
        return request.lat, request.lon

    async def _here(
        self, connection: AsyncConnection, actor: Actor, map_name: str, trip_id: str
    ) -> tuple[float, float]:
        """Where the trip is now: an old position, or one of a rehearsal, closes no path."""
        trip = await allow_trip(connection, actor, Action.READ_EVENTS, trip_id)
        if trip.practice != (map_name in PRACTICE_MAPS):
            raise Malformed(
                "練習の外出の位置は、練習用の地図にだけ使えます。",
                "A practice trip's position is for practice maps only.",
            )
        seen = await last_seen(connection, trip_id)
        if seen is None or self._clock.utc_s() - seen.utc_s >= NO_CONTACT_S:
            raise Malformed(
                "今の位置が分かりません。場所を指定してください。",
                "The position of this moment is not known: give the place instead.",
            )
        return seen.fix.lat, seen.fix.lon

    async def listed(self, actor: Actor, map_name: str, after: str, limit: int) -> tuple[Blocked, ...]:
        """What is in force on a map now, by id, which says nothing of when it was reported."""
        self._planner.require(map_name)
        async with self._db.read() as connection:
            await allow_streets(connection, actor, Action.READ_BLOCKAGES)
            query = _in_force(map_name, self._clock.utc_s()).where(blockages.c.id > after).limit(limit)
            return tuple(_told(row, actor) for row in await connection.execute(query))

    async def own(self, actor: Actor) -> tuple[Blocked, ...]:
        """What the actor reported and is still in force, on every map."""
        query = select(blockages).where(
            blockages.c.reporter_id == actor.user_id, blockages.c.expires_utc_s > self._clock.utc_s()
        )
        async with self._db.read() as connection:
            rows = list(await connection.execute(query.order_by(blockages.c.reported_utc_s.desc())))
        return tuple(_told(row, actor) for row in rows)

    async def remove(self, actor: Actor, blockage_id: str) -> None:
        """Take one's own report back: it is deleted."""
        async with self._db.write() as connection:
            await allow_report(connection, actor, Action.REMOVE_BLOCKAGE, blockage_id)
            await connection.execute(delete(blockages).where(blockages.c.id == blockage_id))

    async def on_map(self, map_name: str) -> tuple[Blockage, ...]:
        """For planning: everybody's, in force now."""
        async with self._db.read() as connection:
            rows = (await connection.execute(_in_force(map_name, self._clock.utc_s()))).all()
        return tuple(
            Blockage(row.lat, row.lon, row.reported_utc_s, row.expires_utc_s, note=row.kind) for row in rows
        )


async def _known(connection: AsyncConnection, actor: Actor, client_id: str) -> Row[tuple[object, ...]] | None:
    same = (blockages.c.reporter_id == actor.user_id, blockages.c.client_id == client_id)
    return (await connection.execute(select(blockages).where(*same))).one_or_none()


def _in_force(map_name: str, now_s: float) -> Select[tuple[object, ...]]:
    now = (blockages.c.map == map_name, blockages.c.expires_utc_s > now_s)
    return select(blockages).where(*now).order_by(blockages.c.id)


async def _make_room(connection: AsyncConnection, actor: Actor, now_s: float) -> None:
    """Forget what is long over; refuse one too many."""
    await connection.execute(delete(blockages).where(blockages.c.expires_utc_s < now_s - _KEPT_S))
    mine = select(func.count()).where(
        blockages.c.reporter_id == actor.user_id, blockages.c.expires_utc_s > now_s
    )
    if (await connection.execute(mine)).scalar_one() >= MOST_IN_FORCE:
        raise TooMany(
            "知らせが多すぎます。古い知らせを取り消してください。",
            "Too many reports are in force: take an old one back first.",
        )


def _row(actor: Actor, request: BlockageReport, lat: float, lon: float, now_s: float) -> dict[str, object]:
    # Ended on the hour: the end would else tell the minute of the report.
    ends_s = math.ceil((now_s + request.hours * _HOUR_S) / _HOUR_S) * _HOUR_S
    return {
        "id": new_id(),
        "reporter_id": actor.user_id,
        "client_id": request.id,
        "map": request.map,
        "lat": round(lat, _DECIMALS),
        "lon": round(lon, _DECIMALS),
        "kind": request.kind,
        "reported_utc_s": now_s,
        "expires_utc_s": ends_s,
    }


def _told(row: Row[tuple[object, ...]], actor: Actor) -> Blocked:
    mine = row.reporter_id == actor.user_id
    reported_s = row.reported_utc_s
    return Blocked(
        id=row.id,
        map=row.map,
        lat=row.lat,
        lon=row.lon,
        kind=row.kind,
        reported_utc_s=reported_s if mine else math.floor(reported_s / _HOUR_S) * _HOUR_S,
        expires_utc_s=row.expires_utc_s,
        mine=mine,
    )
