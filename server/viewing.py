"""All who follow a trip in this process: let in with a right, asked again, told to the other processes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.database import Database
from server.errors import ApiError, TooMany, Unavailable
from server.hub import Hub
from server.tables import links, users, watching
from server.tail import Tail
from server.views import Right, View, Who

_SWEEP_S: Final = 0.2  # how soon a right that ended is noticed
# Nobody tells of some ends (a row that was changed by hand, a lost wake-up): asked at least so often.
_ASK_AGAIN_S: Final = 20.0
_TOLD_EVERY_S: Final = 15.0
# Open views in one process: each costs memory, and a question whenever somebody's rights change.
MOST_OF_ONE: Final = 20
MOST_OF_A_LINK: Final = 50
MOST_LISTED: Final = 60  # three lists of 20 outings
_FORGOTTEN_S: Final = 45.0  # three times not told again: that process is gone


class Viewing:
    """The open views of this process. A job: it asks for their rights, and tells who watches."""

    name: Final = "rights of live views"

    def __init__(
        self, db: Database, clock: Clock, hub: Hub, tail: Tail, count: Callable[[float], None]
    ) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._tail = tail
        self._count = count
        self._views: set[View] = set()
        self._of: Counter[Who] = Counter()  # open or opening
        self._asked_at = hub.rights  # all rights were asked since this state of the hub
        self._told: set[View] = set()  # written into the table
        self._told_utc_s = 0.0

    @asynccontextmanager
    async def open(
        self,
        trip_id: str,
        right: Right,
        who: Who,
        resume: str | None,
        allowed: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncIterator[View]:
        """A view for as long as it is read; `ApiError` without the right.

        `allowed`: awaited before anything is shown, once it is known that they may look.
        """
        with self._room(who):
            rights = self._hub.rights
            until_s = await right.ask()
            if allowed is not None:
                await allowed()
            feed = await self._tail.feed(trip_id)
            view = View(feed, right, who, self._hub.epoch, resume)
            view.since_utc_s = self._clock.utc_s()
            # What changed while the feed was read is asked for in the next round.
            soon_s = min(until_s, view.since_utc_s + _ASK_AGAIN_S)
            view.until_utc_s = soon_s if rights == self._hub.rights else 0.0
            feed.join(view, self._clock.utc_s())
            self._views.add(view)
            self._count(len(self._views))
            try:
                yield view
            finally:
                feed.viewers.discard(view)
                self._views.discard(view)
                self._count(len(self._views))

    @contextmanager
    def _room(self, who: Who) -> Iterator[None]:
        """A link is for a family; a person has some windows."""
        if self._of[who] >= _most(who):
            raise TooMany(
                "同じ画面が多く開かれています。ほかの画面を閉じてください。",
                "Too many live views are open: close some.",
                {"Retry-After": "60"},
            )
        self._of[who] += 1
        try:
            yield
        finally:
            self._of[who] -= 1
            if not self._of[who]:
                del self._of[who]

    async def run(self) -> None:
        """Go on until cancelled."""
        try:
            while True:
                await self.ask_all()
                await self._tell_table()
                await asyncio.sleep(_SWEEP_S)
        finally:
            await self._leave_table()

    async def ask_all(self) -> None:
        """Ask for every right that is due; close the views whose right is over."""
        rights, now_s = self._hub.rights, self._clock.utc_s()
        moved = rights != self._asked_at
        due = [view for view in self._views if moved or now_s >= view.until_utc_s]
        # All at one moment: their rights ask the store together.
        await asyncio.gather(*map(self._ask, due))
        self._asked_at = rights

    async def _ask(self, view: View) -> None:
        try:
            until_s = await view.right.ask()
        except Unavailable:
            return  # asked again in a moment; `View` ends where that goes on too long
        except ApiError as error:
            view.close(error)
            return
        now_s = self._clock.utc_s()
        view.asked_s = asyncio.get_running_loop().time()
        view.until_utc_s = max(min(until_s, now_s + _ASK_AGAIN_S), now_s + _SWEEP_S)

    async def _tell_table(self) -> None:
        """Write down who watches: a few rows when that changes, and now and then that it still holds."""
        now_s = self._clock.utc_s()
        new, gone = self._views - self._told, self._told - self._views
        again = bool(self._told) and now_s - self._told_utc_s >= _TOLD_EVERY_S
        if not (new or gone or again):
            return
        mine = watching.c.worker == self._hub.epoch
        async with self._db.write() as connection:
            if gone:
                await connection.execute(delete(watching).where(mine))
                new = set(self._views)
            if new:
                await connection.execute(insert(watching), [self._row(view, now_s) for view in new])
            await connection.execute(update(watching).where(mine).values(seen_utc_s=now_s))
            await connection.execute(delete(watching).where(watching.c.seen_utc_s < now_s - 2 * _FORGOTTEN_S))
        self._told, self._told_utc_s = (self._told - gone) | new, now_s

    async def _leave_table(self) -> None:
        if self._told:
            self._told = set()
            async with self._db.write() as connection:
                await connection.execute(delete(watching).where(watching.c.worker == self._hub.epoch))

    def _row(self, view: View, now_s: float) -> dict[str, object]:
        return {
            "worker": self._hub.epoch,
            "trip_id": view.feed.trip_id,
            "user_id": view.who.user_id,
            "link_id": view.who.link_id,
            "since_utc_s": view.since_utc_s,
            "seen_utc_s": now_s,
        }


def _most(who: Who) -> int:
    if who.user_id is None:
        return MOST_OF_A_LINK
    return MOST_LISTED if who.listed else MOST_OF_ONE


async def who_watches(
    connection: AsyncConnection, trip_id: str, now_s: float
) -> list[Row[tuple[object, ...]]]:
    """Who has a view of the trip open, in any process, oldest first: name, role, link_name, since_utc_s."""
    query = (
        select(
            watching.c.user_id,
            watching.c.link_id,
            users.c.name,
            users.c.role,
            links.c.name.label("link_name"),
            watching.c.since_utc_s,
        )
        .outerjoin(users, users.c.id == watching.c.user_id)
        .outerjoin(links, links.c.id == watching.c.link_id)
        .where(watching.c.trip_id == trip_id, watching.c.seen_utc_s >= now_s - _FORGOTTEN_S)
        .order_by(watching.c.since_utc_s, watching.c.id)
    )
    return list(await connection.execute(query))
