"""Clocks: tracks become the figures of a day, and what is kept for a while goes when that is over.

A trip is added to its day's figures once: the mark `trips.summed_utc_s` is set in the transaction that adds
them, and what follows only deletes. The figures are made outside every transaction and off the loop, and rows
go a few hundred at a time, so that nobody's acknowledgement waits for this. `logs` stays as it is: a device
that sends a deleted event again is told that it is held, and nothing comes twice.
"""

import asyncio
import logging
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, Table, and_, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.database import Database
from server.day_figures import SKELETON, WITH_PLACES, Figures, added, midnight_after, of_trip, without_places
from server.only_one import OnlyOne
from server.settings import Settings
from server.spans import IN_SPAN, OF_SPAN, positions, read, spans_of
from server.tables import (
    NO_POSITION,
    alerts,
    audit,
    blockages,
    days,
    deliveries,
    devices,
    events,
    invitations,
    links,
    looks,
    marks,
    notices,
    pairings,
    plans,
    routes,
    sessions,
    trip_logs,
    trips,
)
from wire.base import message
from wire.codec import Codec

DAY_S: Final = 86_400.0
SLICE: Final = 200  # rows in one transaction: a few milliseconds, also where events are stored beside it
BREATH_S: Final = 0.02  # between two slices: whoever waits to write goes first
_EVERY_S: Final = 3600.0
# Once a day the trips that were summed long ago are looked at too: their devices may have sent late.
_THOROUGH_EVERY: Final = 24
_LATELY_S: Final = 2 * DAY_S
_EXPIRED_DAYS: Final = 30.0  # codes that opened nothing, after their end
_TRACK: Final = select(events.c.id).where(IN_SPAN, events.c.type.not_in(SKELETON))
_BODIES: Final = positions(events.c.body)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What one look at the clocks did, by count."""

    trips: int
    events: int
    others: int


class Retention:
    """The job. It looks at every clock, once an hour."""

    name = "retention"

    def __init__(self, db: Database, clock: Clock, settings: Settings, only_one: OnlyOne) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._only_one = only_one

    async def run(self) -> None:
        """Until cancelled."""
        async with self._only_one.held():
            for number in count():
                done = await self.once(thorough=number % _THOROUGH_EVERY == 0)
                await note_run(self._db, self._clock.utc_s(), done)
                _log.info("retention: %d trips, %d events, %d others", done.trips, done.events, done.others)
                await asyncio.sleep(_EVERY_S)

    async def once(self, *, thorough: bool = True) -> Done:
        """All that is due now. `thorough`: also what came late for trips that were summed long ago."""
        now_s = self._clock.utc_s()
        # A whole day of Japan at a time: where one moment of it is due, all of it is.
        before_s = midnight_after(now_s - self._settings.raw_days * DAY_S)
        summed = await self._sum_trips(before_s, now_s)
        gone = await self._delete_tracks(0.0 if thorough else now_s - _LATELY_S)
        others = await self._forget_places(before_s) + await self._delete_over(now_s)
        return Done(summed, gone, others)

    async def _sum_trips(self, before_s: float, now_s: float) -> int:
        done = 0
        while True:
            async with self._db.read() as connection:
                trip = (await connection.execute(_next_trip(before_s))).one_or_none()
                bodies = [] if trip is None else await _moved(connection, trip.id)
            if trip is None:
                return done
            day, figures = await asyncio.to_thread(of_trip, trip.accepted_utc_s, bodies)
            async with self._db.write() as connection:
                await _sum(connection, trip, day, figures, now_s)
            done += 1
            await asyncio.sleep(BREATH_S)

    async def _delete_tracks(self, summed_since_s: float) -> int:
        """Events of summed trips but their skeleton, and places that came late into that."""
        gone, after = 0, ""
        while True:
            async with self._db.read() as connection:
                trip_ids = list((await connection.execute(_leftover(summed_since_s, after))).scalars())
            if not trip_ids:
                return gone
            for trip_id in trip_ids:
                async with self._db.read() as connection:
                    spans = await spans_of(connection, trip_id)
                for span in spans:
                    gone += await delete_in_slices(self._db, events, _TRACK.params(span))
                async with self._db.write() as connection:
                    await _strip(connection, trip_id)
            after = trip_ids[-1]

    async def _forget_places(self, before_s: float) -> int:
        """Plans and routes as old as the tracks; of alerts the place, and the zone by its name."""
        place = {"lat": None, "lon": None, "accuracy_m": None, "fix_utc_s": None}
        old = alerts.c.raised_utc_s < before_s
        zone = and_(alerts.c.kind.in_(("zone_enter", "zone_leave")), alerts.c.detail != "{}")
        async with self._db.write() as connection:
            unplaced = await connection.execute(
                update(alerts).where(old, alerts.c.lat.is_not(None)).values(place)
            )
            unnamed = await connection.execute(update(alerts).where(old, zone).values(detail="{}"))
        planned = select(plans.c.id).where(plans.c.planned_utc_s < before_s)
        gone = await delete_in_slices(self._db, plans, planned)
        gone += await delete_in_slices(self._db, routes, nobodys_routes(before_s))
        return gone + unplaced.rowcount + unnamed.rowcount

    async def _delete_over(self, now_s: float) -> int:
        """Rows whose own clock has run out."""
        kept = self._settings

        def before(days_: float) -> float:
            return now_s - days_ * DAY_S

        old_alerts = select(alerts.c.id).where(alerts.c.raised_utc_s < before(kept.alerts_days))
        old_notices = select(notices.c.id).where(notices.c.created_utc_s < before(kept.raw_days))
        async with self._db.write() as connection:
            await connection.execute(
                update(alerts).where(alerts.c.notice_id.in_(old_notices)).values(notice_id=None)
            )
        over: tuple[tuple[Table, Select[Any]], ...] = (
            (looks, select(looks.c.id).where(looks.c.utc_s < before(kept.looks_days))),
            (links, select(links.c.id).where(_unread_link(before(kept.looks_days)))),
            (audit, select(audit.c.id).where(audit.c.utc_s < before(kept.audit_days))),
            (deliveries, select(deliveries.c.id).where(deliveries.c.alert_id.in_(old_alerts))),
            (alerts, old_alerts),
            (notices, old_notices),
            (blockages, select(blockages.c.id).where(blockages.c.expires_utc_s < before(1.0))),
            (pairings, select(pairings.c.id).where(pairings.c.expires_utc_s < before(_EXPIRED_DAYS))),
            (invitations, select(invitations.c.id).where(_unused_invitation(before(_EXPIRED_DAYS)))),
            (sessions, select(sessions.c.token_hash).where(_over_session(kept, now_s))),
        )
        return sum([await delete_in_slices(self._db, table, which) for table, which in over])


@message
class LastRun:
    """The newest look at the clocks: when it ended, and what it did, by count."""

    utc_s: float
    trips: int
    events: int
    others: int

    @property
    def next_utc_s(self) -> float:
        """When the next one begins."""
        return self.utc_s + _EVERY_S


_LAST_RUN: Final[Codec[LastRun]] = Codec("retention", TypeAdapter(LastRun))


async def note_run(db: Database, now_s: float, done: Done) -> None:
    """For the administrator's page."""
    text = _LAST_RUN.encode(LastRun(utc_s=now_s, **asdict(done)))
    async with db.write() as connection:
        moved = update(marks).where(marks.c.name == Retention.name).values(value=text)
        if (await connection.execute(moved)).rowcount == 0:
            await connection.execute(insert(marks).values(name=Retention.name, value=text))


async def last_run(db: Database) -> LastRun | None:
    """None: it has never run on this store."""
    query = select(marks.c.value).where(marks.c.name == Retention.name)
    async with db.read() as connection:
        text = (await connection.execute(query)).scalar_one_or_none()
    return None if text is None else _LAST_RUN.decode(text)


async def delete_in_slices(db: Database, table: Table, which: Select[Any]) -> int:
    """Delete the rows whose key `which` selects, `SLICE` to a transaction; how many they were."""
    (key,) = table.primary_key.columns
    gone = 0
    while True:
        async with db.write() as connection:
            done = await connection.execute(delete(table).where(key.in_(which.limit(SLICE))))
        gone += done.rowcount
        if done.rowcount < SLICE:
            return gone
        await asyncio.sleep(BREATH_S)


def nobodys_routes(before_s: float) -> Select[Any]:
    """Keys of routes planned before that moment which no plan and no trip has any more."""
    held = or_(
        exists(select(plans.c.id).where(plans.c.route_id == routes.c.id)),
        exists(select(trips.c.id).where(trips.c.route_id == routes.c.id)),
        exists(select(trips.c.id).where(trips.c.followed_route_id == routes.c.id)),
    )
    return select(routes.c.id).where(routes.c.planned_utc_s < before_s, ~held)


def _next_trip(before_s: float) -> Select[Any]:
    return (
        select(trips.c.id, trips.c.wearer_id, trips.c.practice, trips.c.accepted_utc_s, devices.c.kind)
        .join(devices, devices.c.id == trips.c.device_id)
        .where(trips.c.summed_utc_s.is_(None), trips.c.accepted_utc_s < before_s)
        .order_by(trips.c.accepted_utc_s)
        .limit(1)
    )


def _leftover(summed_since_s: float, after: str) -> Select[Any]:
    """Summed trips that have anything but a skeleton, or got some of that after they were summed."""
    more = or_(events.c.type.not_in(SKELETON), events.c.received_utc_s > trips.c.summed_utc_s)
    theirs = select(events.c.id).join(trip_logs, OF_SPAN).where(trip_logs.c.trip_id == trips.c.id, more)
    return (
        select(trips.c.id)
        .where(trips.c.summed_utc_s >= summed_since_s, exists(theirs), trips.c.id > after)
        .order_by(trips.c.id)
        .limit(SLICE)
    )


async def _moved(connection: AsyncConnection, trip_id: str) -> list[str]:
    return [row.body for row in await read(connection, _BODIES, trip_id)]


async def _sum(connection: AsyncConnection, trip: Row[Any], day: str, figures: Figures, now_s: float) -> None:
    """Add the trip to its day, mark it, let go of its route, which leads to a door. Practice is no outing."""
    marked = {"summed_utc_s": now_s, "route_id": None, "followed_route_id": None}
    # A trip that another process has summed meanwhile is not added again.
    unsummed = update(trips).where(trips.c.id == trip.id, trips.c.summed_utc_s.is_(None))
    if (await connection.execute(unsummed.values(marked))).rowcount == 0 or trip.practice:
        return
    key = {"wearer_id": trip.wearer_id, "device_kind": trip.kind, "day": day}
    same = [days.c[name] == value for name, value in key.items()]
    row = (await connection.execute(select(days).where(*same))).one_or_none()
    if row is None:
        values = asdict(figures) | key | {"trips": 1, "made_utc_s": now_s}
        await connection.execute(insert(days).values(values))
        return
    before = Figures(row.minutes, row.minutes_min, row.minutes_max, row.coverage, row.distance_m)
    values = asdict(added(before, figures)) | {"trips": row.trips + 1, "made_utc_s": now_s}
    await connection.execute(update(days).where(days.c.id == row.id).values(values))


async def _strip(connection: AsyncConnection, trip_id: str) -> None:
    mine = (NO_POSITION, events.c.trip_id == trip_id, events.c.type.in_(WITH_PLACES))
    for row in list(await connection.execute(select(events.c.id, events.c.body).where(*mine))):
        bare = without_places(row.body)
        if bare != row.body:
            await connection.execute(update(events).where(events.c.id == row.id).values(body=bare))


def _unread_link(before_s: float) -> ColumnElement[bool]:
    opened = exists(select(looks.c.id).where(looks.c.link_id == links.c.id))
    return and_(links.c.expires_utc_s < before_s, ~opened)


def _unused_invitation(before_s: float) -> ColumnElement[bool]:
    return and_(invitations.c.expires_utc_s < before_s, invitations.c.accepted_utc_s.is_(None))


def _over_session(kept: Settings, now_s: float) -> ColumnElement[bool]:
    return or_(
        sessions.c.seen_utc_s < now_s - kept.session_idle_s,
        sessions.c.created_utc_s < now_s - kept.session_absolute_s,
    )
