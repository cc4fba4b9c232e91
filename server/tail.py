"""Reads new events once for all who follow trips in this process, and hands them to the trips' feeds.

Events are numbered in the order of their commit: what is above the last number that was read is new,
whichever process stored it. One query takes it for all followed trips.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.database import Database
from server.feed import Feed, calls_ended, load, load_way, newest_number, trip_row
from server.hub import ALERTS, ANY_TRIP, Hub
from server.recent import TURN_S, Recent
from server.stores.follow import new_of_trips

_PAUSE_S: Final = 0.15  # between two looks: what was stored meanwhile is read together
# A trip is told of at most this often: with the pause above, and what reading takes, a second at worst.
_BREATH_S: Final = 0.7
_BEAT_S: Final = 5.0  # what is known is told again so often: ages grow, and a dead line is noticed
_UNHEARD_S: Final = 5.0  # a wake-up that was lost (another process died) delays no more than this
_LINGER_S: Final = 30.0  # a feed without viewers stays so long, for those who come back
_AT_ONCE: Final = 20  # of them without letting positions have their turn: a millisecond or two
_MOST: Final = 1000  # rows of one query


class _Followed:
    """A trip that is followed here. Times are of the loop's clock."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.told_s = self.viewed_s = _loop_s()

    def due(self, now_s: float) -> bool:
        """Whether its viewers are to be told now."""
        if not self.feed.viewers:
            return False
        since_s = now_s - self.told_s
        return self.feed.urgent or since_s >= (_BREATH_S if self.feed.fresh else _BEAT_S)


class Tail:
    """The followed trips of this process. A job."""

    name: Final = "live views"

    def __init__(self, db: Database, clock: Clock, hub: Hub, recent: Recent | None = None) -> None:
        self._recent = recent or Recent()
        self._turned_s = 0.0
        self._db = db
        self._clock = clock
        self._hub = hub
        self._followed: dict[str, _Followed] = {}
        self._opening: dict[str, asyncio.Task[Feed]] = {}
        self._read = 0  # every event up to this number was handed on
        self._reading = asyncio.Lock()

    async def feed(self, trip_id: str) -> Feed:
        """The trip's feed; the caller must be allowed, and joins its viewers before it waits again."""
        followed = self._followed.get(trip_id)
        if followed is not None:
            followed.viewed_s = _loop_s()
            return followed.feed
        if trip_id not in self._opening:
            task = asyncio.create_task(self._open(trip_id))
            self._opening[trip_id] = task
            task.add_done_callback(lambda _task: self._opening.pop(trip_id, None))
        # One viewer who goes must not take the feed from others who wait for it.
        return await asyncio.shield(self._opening[trip_id])

    async def _open(self, trip_id: str) -> Feed:
        # Nothing is read on while the snapshot is looked at: what is not in it comes with the next look.
        async with self._reading:
            newest, feed = await self._db.look(lambda there: self._load(there, trip_id))
            if not self._followed:
                self._read = newest
            self._followed[trip_id] = _Followed(feed)
        return feed

    async def _load(self, connection: AsyncConnection, trip_id: str) -> tuple[int, Feed]:
        newest = await newest_number(connection)
        trip = await trip_row(connection, trip_id)
        return newest, await load(connection, trip, self._hub.epoch, self._recent)

    async def run(self) -> None:
        """Go on until cancelled, or until the server goes."""
        with self._hub.listen(ANY_TRIP, ALERTS) as woken:
            looked_s = 0.0
            while not self._hub.closing:
                if woken.is_set() or _loop_s() - looked_s >= _UNHEARD_S:
                    woken.clear()
                    looked_s = _loop_s()
                    while await self.look():
                        await self._tell()
                await self._tell()
                self._drop()
                await asyncio.sleep(_PAUSE_S)
        for followed in self._followed.values():
            followed.feed.close()

    async def look(self) -> bool:
        """Read what is new and hand it to the feeds; whether there is more."""
        if not self._followed:
            return False
        async with self._reading:
            rows, up_to, newest = await self._db.look(self._new)
            await self._hand_on(rows)
            self._read = up_to
        await self._on_other_ways()
        await self._end_calls()
        return up_to < newest

    async def _new(self, connection: AsyncConnection) -> tuple[Sequence[Row[Any]], int, int]:
        """New events, up to which number they are all, and the newest number."""
        newest = await newest_number(connection)
        rows = await new_of_trips(connection, tuple(self._followed), self._read, newest, _MOST)
        return rows, newest if len(rows) < _MOST else rows[-1].id, newest

    async def _hand_on(self, rows: Sequence[Row[Any]]) -> None:
        for number, row in enumerate(rows, 1):
            followed = self._followed.get(row.trip_id)
            if followed is not None:  # else nobody has come back to it meanwhile
                followed.feed.take(row)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0.0)

    async def _on_other_ways(self) -> None:
        for feed in [followed.feed for followed in self._followed.values() if followed.feed.new_way]:
            way = await self._db.look(partial(load_way, trip_id=feed.trip_id))
            if way is not None:
                feed.follow(way)
            else:  # its viewers lose their right, and nobody else's views wait for it
                self._followed.pop(feed.trip_id, None)

    async def _end_calls(self) -> None:
        """Calls for help end by the device's log, and by the wearer's word on a page."""
        calling = {
            trip_id: followed.feed for trip_id, followed in self._followed.items() if followed.feed.calls
        }
        if calling:
            ended = await self._db.look(partial(calls_ended, trip_ids=tuple(calling)))
            for trip_id, places in ended.items():
                for place in places:
                    calling[trip_id].call_ended(place)

    async def _tell(self) -> None:
        """Tell the viewers of every trip that is due."""
        now_s = _loop_s()
        due = [followed for followed in self._followed.values() if followed.due(now_s)]
        for number, followed in enumerate(due, 1):
            followed.feed.tell(self._clock.utc_s())
            followed.told_s = now_s
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0.0)

    def _drop(self) -> None:
        now_s = _loop_s()
        if now_s - self._turned_s >= TURN_S:
            self._turned_s = now_s
            self._recent.turn()
        for trip_id, followed in list(self._followed.items()):
            if followed.feed.viewers:
                followed.viewed_s = now_s
            elif now_s - followed.viewed_s > _LINGER_S:
                del self._followed[trip_id]


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
