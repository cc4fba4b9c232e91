"""Reads new events once for all who follow trips in this process, and hands them to the trips' feeds.

Events are numbered in the order of their commit: what is above the last number that was read is new,
whichever process stored it. One query takes it for all followed trips.
"""

import asyncio
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.database import Database
from server.feed import Feed, calls_ended, load, load_way, newest_number
from server.hub import ALERTS, ANY_TRIP, Hub
from server.tables import events, trips

_PAUSE_S: Final = 0.15  # between two looks: what was stored meanwhile is read together
# A trip is told of at most this often: with the pause above, and what reading takes, a second at worst.
_BREATH_S: Final = 0.7
_BEAT_S: Final = 5.0  # what is known is told again so often: ages grow, and a dead line is noticed
_UNHEARD_S: Final = 5.0  # a wake-up that was lost (another process died) delays no more than this
_LINGER_S: Final = 30.0  # a feed without viewers stays so long, for those who come back
_MOST: Final = 1000  # rows of one query
_TRIPS: Final = 400  # in one query
_OPENERS: Final = 2  # feeds that are read from the store beside each other
_COLUMNS = (
    events.c.id,
    events.c.trip_id,
    events.c.log_id,
    events.c.seq,
    events.c.type,
    events.c.received_utc_s,
    events.c.waited_s,
    events.c.body,
)


class _Followed:
    """A trip that is followed here. Times are of the loop's clock."""

    def __init__(self) -> None:
        self.feed: Feed | None = None  # while it is read from the store
        self.pending: list[Row[Any]] = []  # what came meanwhile
        self.told_s = 0.0
        self.viewed_s = _loop_s()

    def due(self, now_s: float) -> bool:
        """Whether its viewers are to be told now."""
        if self.feed is None or not self.feed.viewers:
            return False
        since_s = now_s - self.told_s
        return self.feed.urgent or since_s >= (_BREATH_S if self.feed.fresh else _BEAT_S)


class Tail:
    """The followed trips of this process. A job."""

    name: Final = "live views"

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._followed: dict[str, _Followed] = {}
        self._opening: dict[str, asyncio.Task[Feed]] = {}
        self._read = 0  # every event up to this number was handed on
        self._reading = asyncio.Lock()
        self._openers = asyncio.Semaphore(_OPENERS)

    async def feed(self, trip_id: str) -> Feed:
        """The trip's feed; the caller must be allowed, and joins its viewers before it waits again."""
        followed = self._followed.get(trip_id)
        if followed is not None and followed.feed is not None:
            followed.viewed_s = _loop_s()
            return followed.feed
        if trip_id not in self._opening:
            task = asyncio.create_task(self._open(trip_id))
            self._opening[trip_id] = task
            task.add_done_callback(lambda _task: self._opening.pop(trip_id, None))
        # One viewer who goes must not take the feed from others who wait for it.
        return await asyncio.shield(self._opening[trip_id])

    async def _open(self, trip_id: str) -> Feed:
        followed = _Followed()
        try:
            # Few at a time: hundreds who come back together must not take the readers from all others.
            async with self._openers, self._db.read() as connection:
                async with self._reading:
                    # The snapshot begins here, while nothing is read on. What is not in it comes with the
                    # next look, which knows of this trip.
                    newest = await newest_number(connection)
                    self._read = self._read if self._followed else newest
                    self._followed[trip_id] = followed
                trip = (await connection.execute(select(trips).where(trips.c.id == trip_id))).one()
                feed = await load(connection, trip, self._hub.epoch)
            feed.take(followed.pending)
            followed.feed, followed.pending, followed.told_s = feed, [], _loop_s()
        finally:
            if followed.feed is None:
                self._followed.pop(trip_id, None)
        return feed

    async def run(self) -> None:
        """Go on until cancelled, or until the server goes."""
        with self._hub.listen(ANY_TRIP, ALERTS) as woken:
            looked_s = 0.0
            while not self._hub.closing:
                if woken.is_set() or _loop_s() - looked_s >= _UNHEARD_S:
                    woken.clear()
                    looked_s = _loop_s()
                    while await self.look():
                        self.tell()
                self.tell()
                self._drop()
                await asyncio.sleep(_PAUSE_S)
        for followed in self._followed.values():
            if followed.feed is not None:
                followed.feed.close()

    async def look(self) -> bool:
        """Read what is new and hand it to the feeds; whether there is more."""
        if not self._followed:
            return False
        # First the connection, then the lock, as in `_open`: else each could wait for the other.
        async with self._db.read() as connection, self._reading:
            rows, up_to, more = await self._new(connection)
            by_trip: dict[str, list[Row[Any]]] = {}
            for row in rows:
                by_trip.setdefault(row.trip_id, []).append(row)
            for trip_id, new in by_trip.items():
                followed = self._followed.get(trip_id)
                if followed is None:
                    continue  # reading it from the store failed in between
                if followed.feed is None:
                    followed.pending += new
                else:
                    followed.feed.take(new)
            self._read = up_to
            for followed in list(self._followed.values()):
                if followed.feed is not None and followed.feed.new_way:
                    followed.feed.follow(await load_way(connection, followed.feed.trip_id))
            await self._end_calls(connection)
        return more

    async def _end_calls(self, connection: AsyncConnection) -> None:
        """Calls for help end by the device's log, and by the wearer's word on a page."""
        feeds = [followed.feed for followed in self._followed.values() if followed.feed is not None]
        calling = {feed.trip_id: feed for feed in feeds if feed.calls}
        if calling:
            for trip_id, places in (await calls_ended(connection, calling)).items():
                for place in places:
                    calling[trip_id].call_ended(place)

    async def _new(self, connection: AsyncConnection) -> tuple[list[Row[Any]], int, bool]:
        """New events, up to which number they are all, and whether there are more."""
        up_to = newest = await newest_number(connection)
        rows: list[Row[Any]] = []
        ids = tuple(self._followed)
        for first in range(0, len(ids), _TRIPS):
            wanted = events.c.trip_id.in_(ids[first : first + _TRIPS])
            query = (
                select(*_COLUMNS)
                .where(wanted, events.c.id > self._read, events.c.id <= newest)
                .order_by(events.c.id)
                .limit(_MOST)
            )
            found: list[Row[Any]] = list(await connection.execute(query))
            rows += found
            if len(found) == _MOST:
                up_to = min(up_to, found[-1].id)
        return rows, up_to, up_to < newest

    def tell(self) -> None:
        """Tell the viewers of every trip that is due."""
        now_s = _loop_s()
        for followed in self._followed.values():
            if followed.feed is not None and followed.due(now_s):
                followed.feed.tell(self._clock.utc_s())
                followed.told_s = now_s

    def _drop(self) -> None:
        now_s = _loop_s()
        for trip_id, followed in list(self._followed.items()):
            if followed.feed is None or followed.feed.viewers:
                followed.viewed_s = now_s
            elif now_s - followed.viewed_s > _LINGER_S:
                del self._followed[trip_id]


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
