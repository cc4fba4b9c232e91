"""The wearer's own outings by day: what tracks still tell, and what stayed where they are deleted."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, role_may
from server.clock import JST
from server.database import Database
from server.day_figures import Figures, added, of_trip
from server.own_trips import LOGGER
from server.tables import days, devices, events, trips

_DAY_S: Final = 86_400.0
_KNOWN: Final = 2000  # outings whose figures are remembered: those of some wearers' weeks


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day in Japan. `outings` of them `unclear`, whose positions cannot tell how long they were.

    `walked`: with the device or a browser; `logged`: with a phone that only logs, which may have been in the
    same pocket. None: no such outing is recorded, which is not the same as having stayed at home.
    """

    day: date
    outings: int = 0
    unclear: int = 0
    walked: Figures | None = None
    logged: Figures | None = None

    def with_outings(self, kind: str, count: int, figures: Figures) -> "OwnDay":
        """The day with more of them."""
        unclear = self.unclear + (count if figures.minutes is None else 0)
        more = replace(self, outings=self.outings + count, unclear=unclear)
        if kind == LOGGER:
            return replace(more, logged=added(self.logged or Figures(), figures))
        return replace(more, walked=added(self.walked or Figures(), figures))


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday, or fewer: days that are still to come are not in it."""

    days: tuple[OwnDay, ...]

    @property
    def outings(self) -> int:
        """How many."""
        return sum(day.outings for day in self.days)

    @property
    def unclear(self) -> int:
        """Of these, how many positions cannot tell the time of."""
        return sum(day.unclear for day in self.days)

    @property
    def walked(self) -> Figures | None:
        """All of them together."""
        return _together(day.walked for day in self.days)

    @property
    def logged(self) -> Figures | None:
        """As `walked`."""
        return _together(day.logged for day in self.days)


def _together(figures: Iterable[Figures | None]) -> Figures | None:
    found = [one for one in figures if one is not None]
    whole = Figures()
    for one in found:
        whole = added(whole, one)
    return whole if found else None


class OwnDays:
    """Weeks of a wearer. What an outing came to is remembered as long as no position is added to it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[tuple[str, int], tuple[str, Figures]] = OrderedDict()

    async def weeks(self, wearer: Actor, monday: date, count: int, today: date) -> tuple[Week, ...]:
        """`count` weeks, the last one that of `monday`, oldest first; without the days after `today`."""
        role_may(wearer, Action.READ_OUTING)
        first = monday - timedelta(weeks=count - 1)
        last = min(monday + timedelta(days=6), today)
        found = {
            first + timedelta(days=n): OwnDay(first + timedelta(days=n))
            for n in range((last - first).days + 1)
        }

        async def read(connection: AsyncConnection) -> None:
            for kind, day, count, figures in await self._read(connection, wearer.user_id, first, last):
                if day in found:
                    found[day] = found[day].with_outings(kind, count, figures)

        await self._db.look(read)
        ordered = list(found.values())
        return tuple(Week(tuple(ordered[n : n + 7])) for n in range(0, len(ordered), 7))

    async def began_before(self, wearer: Actor, day: date) -> bool:
        """Whether anything is recorded of the days before it."""
        role_may(wearer, Action.READ_OUTING)
        tracks = select(func.min(trips.c.accepted_utc_s)).where(trips.c.wearer_id == wearer.user_id)
        kept = select(func.min(days.c.day)).where(days.c.wearer_id == wearer.user_id)
        async with self._db.read() as connection:
            first_s = (await connection.execute(tracks)).scalar_one()
            first_day = (await connection.execute(kept)).scalar_one()
        return (first_s is not None and first_s < _midnight_s(day)) or (
            first_day is not None and first_day < day.isoformat()
        )

    async def _read(
        self, connection: AsyncConnection, wearer_id: str, first: date, last: date
    ) -> list[tuple[str, date, int, Figures]]:
        found = []
        for row in await connection.execute(_kept(wearer_id, first, last)):
            figures = Figures(row.minutes, row.minutes_min, row.minutes_max, row.coverage, row.distance_m)
            found.append((row.device_kind, date.fromisoformat(row.day), row.trips, figures))
        for row in list(await connection.execute(_with_tracks(wearer_id, first, last))):
            day, figures = await self._figures(connection, row)
            found.append((row.kind, date.fromisoformat(day), 1, figures))
        return found

    async def _figures(self, connection: AsyncConnection, trip: Row[Any]) -> tuple[str, Figures]:
        moved = (events.c.trip_id == trip.id, events.c.type == "moved")
        count = (await connection.execute(select(func.count()).where(*moved))).scalar_one()
        known = self._known.get((trip.id, count))
        if known is None:
            query = select(events.c.body).where(*moved).order_by(events.c.log_id, events.c.seq)
            known = of_trip(trip.accepted_utc_s, list((await connection.execute(query)).scalars()))
        self._known[trip.id, count] = known
        self._known.move_to_end((trip.id, count))
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return known


def _kept(wearer_id: str, first: date, last: date) -> Select[Any]:
    within = days.c.day.between(first.isoformat(), last.isoformat())
    return select(days).where(days.c.wearer_id == wearer_id, within)


def _with_tracks(wearer_id: str, first: date, last: date) -> Select[Any]:
    # By either clock: it may have begun long before the server heard of it, or with a wrong clock.
    from_s, to_s = _midnight_s(first) - _DAY_S, _midnight_s(last) + 2 * _DAY_S
    heard, begun = trips.c.accepted_utc_s.between(from_s, to_s), trips.c.started_utc_s.between(from_s, to_s)
    mine = and_(trips.c.wearer_id == wearer_id, trips.c.summed_utc_s.is_(None), trips.c.practice.is_(False))
    return (
        select(trips.c.id, trips.c.accepted_utc_s, devices.c.kind)
        .join(devices, devices.c.id == trips.c.device_id)
        .where(mine, or_(heard, begun))
        .order_by(trips.c.accepted_utc_s)
    )


def _midnight_s(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=JST).timestamp()
