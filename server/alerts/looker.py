"""One look at all trips after the other: read what has come, ask the rules, write down what follows."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from server import notify
from server.alerts import store
from server.alerts.due import Due
from server.alerts.load import (
    FORGOTTEN_S,
    GOAL,
    TOLD,
    alerts_of,
    begun,
    floor_of,
    grounds_of,
    load,
    under_way,
)
from server.alerts.reading import MOST, Sampler, calls_ahead, read_on
from server.alerts.rule_cries import cries
from server.alerts.rules import due_s, heard, next_alerts, state_of
from server.alerts.store import Mark
from server.alerts.stumbles import MISTAKES, looked, stumbled, taken
from server.alerts.watched import Effect, Known, Watch
from server.clock import Clock
from server.database import Database
from server.errors import StoreError
from server.hub import ALERTS, Hub, notices_for
from server.metrics import Metrics
from server.recent import Recent

_AT_ONCE: Final = 20  # trips without letting others have their turn: some milliseconds
_AT_START: Final = 50  # trips that are loaded before calls for help are looked for again: a tenth of a second
_NOTE_S: Final = 10.0  # the mark is moved so often though nothing follows
_DEAF_S: Final = 30.0  # a mark older than this: nobody has listened for a while
_TIDY_S: Final = 60.0
_KEPT_S: Final = 3600.0  # after the end: what comes late
_AGAIN_S: Final = 10.0  # what could not be written is tried again so soon
_PLACE: Final = attrgetter("log_id", "seq")
_HAPPENED: Final = attrgetter("happened_utc_s")
_PUT_BACK_S: Final = 5.0  # a clock that is put right moves by less


class Looker:
    """All watched trips, and how far events were read. Once anything has failed it is not used any more."""

    def __init__(
        self, db: Database, clock: Clock, hub: Hub, mark: Mark, metrics: Metrics, recent: Recent | None
    ) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._metrics = metrics
        self._recent = recent
        self._mark = mark
        self._cursor = mark.cursor
        self._ahead = mark.cursor  # calls for help were looked for up to here
        self._looked_s = 0.0
        self._noted_s = 0.0
        self._waiting: deque[str] = deque()  # trips that have still to be loaded after the start
        self._listening_s: float | None = None  # while there are: as `Watch.listening_s`
        self._watches: dict[str, Watch] = {}
        # When trips were last heard of, and when that was received, where their watches do not say it yet.
        self._contacts: dict[str, tuple[float, float]] = {}
        self._states: dict[str, tuple[str, float]] = {}  # as they were written
        self._sampler = Sampler()
        self._newest: dict[str, str] = {}  # of each device, the trip that began last
        self._due = Due()
        self._unseen: set[str] = set()
        self._stumbled: set[str] = set()  # something of theirs could not be written
        self._tidied_s = 0.0

    @classmethod
    async def begin(
        cls,
        db: Database,
        clock: Clock,
        hub: Hub,
        metrics: Metrics | None = None,
        recent: Recent | None = None,
    ) -> "Looker":
        """Go on where the last one ended; the first looks load what is under way."""
        now_s = clock.utc_s()
        async with db.write() as connection:
            mark = await store.read_mark(connection) or await store.first_mark(connection, now_s)
        looker = cls(db, clock, hub, mark, metrics or Metrics(), recent)
        looker._listening_s = now_s if now_s - mark.utc_s > _DEAF_S else None
        async with db.read() as connection:
            looker._waiting.extend(await under_way(connection, now_s))
        return looker

    @property
    def watched(self) -> int:
        """How many trips are watched over."""
        return len(self._watches)

    async def read_grounds(self) -> None:
        """Zones or kept places have changed."""
        wearers = {watch.trip.wearer_id for watch in self._watches.values()}
        async with self._db.read() as connection:
            grounds = await grounds_of(connection, wearers)
        for trip_id, watch in self._watches.items():
            own, rests = grounds[watch.trip.wearer_id]
            goal = tuple(rest for rest in watch.rests if rest.id == GOAL)
            self._watches[trip_id] = replace(watch, grounds=own, rests=(*rests, *goal))

    async def read_alerts(self) -> None:
        """Somebody may have ended an alert on a page."""
        open_ones = {trip_id for trip_id, watch in self._watches.items() if watch.open}
        async with self._db.read() as connection:
            known = await alerts_of(connection, open_ones)
        for trip_id in open_ones:
            self._watches[trip_id] = next_alerts(self._watches[trip_id], known[trip_id])
        self._unseen |= open_ones

    async def look(self) -> bool:
        """One look; whether there is more to read at once."""
        now_s = self._clock.utc_s()
        if now_s < self._looked_s - _PUT_BACK_S:
            raise StoreError("the clock was put back: what falls due is reckoned anew")
        self._looked_s = now_s
        if self._waiting:
            await self._get_ready(now_s)
            if self._waiting:
                return True
        due = self._due.pop(now_s) & self._watches.keys()
        async with self._db.read() as connection:
            await self._load_again(connection, due & self._stumbled, now_s)
            rows = await read_on(connection, self._cursor)
            full = len(rows) == MOST
            cursor = rows[-1].id if rows else self._cursor
            if full:
                ahead, self._ahead = await calls_ahead(connection, max(self._ahead, cursor))
                rows = [*rows, *ahead]
            touched = await self._fold(connection, rows, now_s)
            self._cursor = cursor
        touched |= self._unseen | self._supersede(touched) | (due & self._watches.keys())
        self._unseen = set()
        for trip_id in touched:
            self._caught_up(trip_id)
        await self._follow_up(touched, now_s)
        for trip_id in touched:
            at_s = due_s(self._watches[trip_id], now_s)
            if at_s is not None:
                self._due.at(trip_id, at_s)
        if now_s - self._tidied_s >= _TIDY_S:
            self._tidy(now_s)
        return full

    async def _get_ready(self, now_s: float) -> None:
        """Of what is under way at the start, some trips; first whoever has called for help meanwhile."""
        async with self._db.read() as connection:
            calls, self._ahead = await calls_ahead(connection, self._ahead)
            called = await self._fold(connection, calls, now_s)
        # Calls and falls alone: all else hangs on what has come since, which is read when all are here.
        found = {trip_id: tuple(cries(self._watches[trip_id], now_s)) for trip_id in called}
        if any(found.values()):
            await self._write(found, {}, now_s)
        some = [self._waiting.popleft() for _ in range(min(_AT_START, len(self._waiting)))]
        async with self._db.read() as connection:
            self._watches |= await self._load(connection, set(some) - self._watches.keys(), now_s)
        if not self._waiting:
            self._listening_s = None
            self._supersede(self._watches)
            self._unseen = set(self._watches)  # what fell due meanwhile
            self._noted_s = 0.0  # whoever is not alone finds it at once

    async def _load(
        self, connection: AsyncConnection, trip_ids: Collection[str], now_s: float
    ) -> dict[str, Watch]:
        """Trips as the store knows them."""
        if not trip_ids:
            return {}
        floor = await floor_of(connection, now_s, self._cursor)
        found = await load(connection, trip_ids, self._cursor, floor)
        if self._listening_s is None:
            return found
        return {one: replace(watch, listening_s=self._listening_s) for one, watch in found.items()}

    async def _fold(self, connection: AsyncConnection, rows: Sequence[Row[Any]], now_s: float) -> set[str]:
        """Take the events in; the trips of which something may follow."""
        by_trip: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            by_trip[row.trip_id].append(row)
        unknown = by_trip.keys() - self._watches.keys()
        if unknown:
            self._watches |= await self._load(connection, unknown, now_s)
        touched = set(unknown)
        for number, (trip_id, of_trip) in enumerate(by_trip.items(), 1):
            if await self._take(connection, trip_id, of_trip):
                touched.add(trip_id)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0.0)  # others have their turn
        return touched

    async def _load_again(self, connection: AsyncConnection, trip_ids: set[str], now_s: float) -> None:
        """Trips that the store knows otherwise, or not any more (erased)."""
        found = await self._load(connection, trip_ids, now_s)
        for trip_id in trip_ids:
            self._forget(trip_id, self._watches[trip_id].trip.device_id)
        self._watches |= found
        self._stumbled -= trip_ids

    async def _take(self, connection: AsyncConnection, trip_id: str, rows: list[Row[Any]]) -> bool:
        """The events of one trip, in the order of its log."""
        was = watch = self._watches[trip_id]
        if len(rows) > 1:
            rows.sort(key=_PLACE)
        wants = self._sampler.wants
        told = [row for row in rows if (wants(row, watch) if row.type == "moved" else row.type in TOLD)]
        newest = rows[0] if len(rows) == 1 else max(rows, key=_HAPPENED)
        # Who is heard again after a silence is looked at also without a position.
        if not told and not was.of_kind("no_contact"):
            self._note(trip_id, newest.happened_utc_s, newest.received_utc_s)
            return False
        watch = self._caught_up(trip_id)
        for row in told:
            watch = taken(watch, row, self._recent)
        if any(row.type in ("trip_started", "rerouted") for row in told):
            watch = await begun(connection, watch)
        self._watches[trip_id] = heard(watch, watch.walk, newest.happened_utc_s, newest.received_utc_s)
        return True

    def _note(self, trip_id: str, at_s: float, received_s: float) -> None:
        """The trip was heard of, and no more: written into its watch when that is looked at."""
        known = self._contacts.get(trip_id)
        if known is None or at_s > known[0]:
            self._contacts[trip_id] = at_s, received_s

    def _caught_up(self, trip_id: str) -> Watch:
        """The trip's watch, with when it was last heard of."""
        watch, contact = self._watches[trip_id], self._contacts.pop(trip_id, None)
        if contact is not None:
            watch = self._watches[trip_id] = heard(watch, watch.walk, *contact)
        return watch

    def _supersede(self, trip_ids: Iterable[str]) -> set[str]:
        """Of each device the trip that began last counts; the trips of which that is new."""
        older = set()
        for trip_id in trip_ids:
            watch = self._watches[trip_id]
            if watch.superseded or watch.walk.contact_utc_s is None:
                continue
            other = self._watches.get(self._newest.get(watch.trip.device_id, ""))
            if other is None or other.trip.id == trip_id:
                self._newest[watch.trip.device_id] = trip_id
                continue
            first, last = sorted((watch, other), key=lambda one: (one.trip.accepted_utc_s, one.trip.id))
            self._newest[watch.trip.device_id] = last.trip.id
            self._watches[first.trip.id] = replace(first, superseded=True)
            older.add(first.trip.id)
        return older

    async def _follow_up(self, touched: Iterable[str], now_s: float) -> None:
        effects: dict[str, Sequence[Effect]] = {}
        states: dict[str, tuple[str, float]] = {}
        for trip_id in touched:
            watch = self._watches[trip_id]
            if found := looked(watch, now_s):
                effects[trip_id] = found
            try:
                state = state_of(watch, now_s)
            except MISTAKES as error:
                stumbled("the state of one trip", error)
                continue
            if state != self._states.get(trip_id):
                states[trip_id] = state
        if effects or states or now_s - self._noted_s >= _NOTE_S:
            await self._write(effects, states, now_s)

    async def _write(
        self, effects: Mapping[str, Sequence[Effect]], states: dict[str, tuple[str, float]], now_s: float
    ) -> None:
        changed: dict[str, list[Known]] = {}
        async with self._db.write() as connection:
            mark = await store.move_mark(connection, self._mark, self._cursor, now_s)
            for trip_id, wanted in effects.items():
                trip = self._watches[trip_id].trip
                changed[trip_id] = await store.write(connection, trip, wanted, now_s)
                if len(changed[trip_id]) < len(wanted):
                    self._stumbled.add(trip_id)
                    self._due.at(trip_id, now_s + _AGAIN_S)
            await store.write_states(connection, states)
            topics = self._topics(changed)
            await notify.tell_with(connection, topics)
        self._mark, self._noted_s = mark, now_s
        self._states |= states
        for trip_id, alerts in changed.items():
            self._watches[trip_id] = next_alerts(self._watches[trip_id], alerts)
            for known in alerts:
                self._metrics.alerts.labels(known.kind, known.state).inc()
        if topics:
            self._hub.wake(topics)

    def _topics(self, changed: dict[str, list[Known]]) -> set[str]:
        """Whom to wake."""
        topics = set()
        for trip_id, alerts in changed.items():
            asking = any(known.state == "asking" for known in alerts)
            topics |= {notices_for(self._watches[trip_id].trip.wearer_id)} if asking else set()
            topics |= {ALERTS} if any(known.state != "asking" for known in alerts) else set()
        return topics

    def _tidy(self, now_s: float) -> None:
        """Put aside what is long over; it is read again if anything more comes."""
        self._tidied_s = now_s
        for trip_id in tuple(self._watches):
            watch = self._caught_up(trip_id)
            contact_s, end = watch.walk.contact_utc_s, watch.walk.end
            over = end is not None and now_s - end.utc_s > _KEPT_S
            lost = contact_s is not None and now_s - contact_s > FORGOTTEN_S
            asking = any(known.state == "asking" for known in watch.alerts.values())
            if (over or lost) and not asking:
                self._forget(trip_id, watch.trip.device_id)

    def _forget(self, trip_id: str, device_id: str) -> None:
        for kept in (self._watches, self._contacts, self._states, self._sampler.taken_s):
            kept.pop(trip_id, None)
        self._due.forget(trip_id)
        self._stumbled.discard(trip_id)
        self._unseen.discard(trip_id)
        if self._newest.get(device_id) == trip_id:
            del self._newest[device_id]
