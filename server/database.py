"""The store: one interface, durable before it answers; SQLite for one process, PostgreSQL for several.

Who reads sees a snapshot. Who writes is alone with all others who write, over all processes: what was looked
up before an insert still holds when it is committed. Events have a turn and a thread of their own
(`write_events`): they are the load.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.asyncio import AsyncConnection

from server.errors import Malformed, Unavailable
from server.stores import current, in_thread, postgres, sqlite
from server.stores.address import Address
from server.stores.log_ends import LogEnds

T = TypeVar("T")
_LOOKERS: Final = 4  # whole questions that are asked beside each other
_TURN_WITHIN_S: Final = 10.0  # as long as PostgreSQL lets one wait for a lock
_log = logging.getLogger(__name__)


def migrate(url: str) -> None:
    """Bring the database at `url` to this server's schema; make it where it is missing.

    Raises `StoreTooNew` when a newer server has written it, `StoreError` when it cannot be opened.
    """
    address = Address.of(url)
    if address.path is not None:
        sqlite.make_private(address.path)
    if not current.is_current(address):
        from server.stores.migrating import (
            migrate as bring_up,  # Alembic takes as long to load as all of this
        )

        bring_up(address)


class Database:
    """Readers, writers, and the thread that stores events. Connects when it is first used."""

    def __init__(self, url: str) -> None:
        self._address = Address.of(url)
        self._shared = self._address.path is None
        kind = postgres if self._shared else sqlite
        self._readers = kind.readers(self._address)
        self._writer = kind.writer(self._address)
        self._events = kind.own_writer(self._address)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="events")
        self._log_ends = None if self._address.path is None else LogEnds(self._address.path)
        self._lookers = kind.own_readers(self._address, _LOOKERS)
        self._looking = ThreadPoolExecutor(_LOOKERS, thread_name_prefix="look")
        # SQLite lets a second writer only ask again and again; here each has its turn.
        self._turn = asyncio.Lock()
        self._closed = False

    @property
    def shared(self) -> bool:
        """Whether several servers may use it at once."""
        return self._shared

    @property
    def address(self) -> Address:
        """Where it is."""
        return self._address

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent snapshot. Raises `Unavailable` where the store does not answer."""
        with _told():
            async with self._readers.begin() as connection:
                yield connection

    async def look(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        """`work` in a consistent snapshot, as one visit to a thread: for a question of some short statements.

        It waits for nothing but its connection. Raises as `read`, and what `work` raises.
        """
        if self._closed:
            raise _away()
        return await asyncio.get_running_loop().run_in_executor(self._looking, self._look_now, work)

    def _look_now(self, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
        with _told(), self._lookers.begin() as connection:
            return in_thread.ask(connection, work)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on the disk when the block ends, or undone when it raises.

        Nobody else writes meanwhile. Raises `Unavailable` where the store does not answer.
        """
        with _told():
            async with self._in_turn(), self._writer.begin() as connection:
                yield connection

    async def write_events(self, work: Callable[[Connection], T], *, alone: bool) -> T:
        """`work`, as one durable transaction in the thread for it; the loop goes on meanwhile.

        Nobody else numbers events before it is committed, so that numbers follow the order of the commits:
        whoever has read up to a number has missed nothing. `alone`: nobody else writes anything meanwhile.
        Raises `Unavailable` where the store does not answer, and what `work` raises.
        """
        async with self._in_turn():
            if self._closed:
                raise _away()
            done = asyncio.get_running_loop().run_in_executor(self._thread, self._events_now, work, alone)
            try:
                return await asyncio.shield(done)
            except asyncio.CancelledError:
                await asyncio.gather(
                    done, return_exceptions=True
                )  # the next must not begin before it is over
                raise

    async def close(self) -> None:
        """Free every connection and the thread. Events that still come are not stored, and told so."""
        self._closed = True
        await self._readers.dispose()
        await self._writer.dispose()
        self._thread.shutdown()
        self._looking.shutdown()
        if self._log_ends is not None:
            self._log_ends.close()
        self._events.close()
        self._lookers.dispose()

    def _events_now(self, work: Callable[[Connection], T], alone: bool) -> T:
        turns: tuple[str, ...] = ()
        if self._shared:
            # Always in this order: two that wait for each other would both fail.
            locks = (postgres.WRITING, postgres.EVENTS) if alone else (postgres.EVENTS,)
            turns = tuple(map(postgres.turn, locks))
        if self._log_ends is not None and self._events.driver is not None:
            self._log_ends.between(self._events.driver)
        with _told(), self._events.transaction(*turns) as connection:
            return work(connection)

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        if self._shared:
            yield  # the turn is taken in the database
            return
        try:
            async with asyncio.timeout(_TURN_WITHIN_S):
                await self._turn.acquire()
        except TimeoutError:
            _log.error("another writer has not ended for %.0f s", _TURN_WITHIN_S)
            raise _away() from None
        try:
            yield
        finally:
            self._turn.release()


@contextmanager
def _told() -> Iterator[None]:
    """What the database's own trouble is to a caller: `Unavailable`; `Malformed` for what it cannot keep."""
    try:
        yield
    except DataError as error:  # PostgreSQL: a NUL in a text
        raise Malformed(
            "保存できない文字か数があります。", "There is a character or a number that cannot be stored."
        ) from error
    except (OperationalError, InterfaceError, NoConnection) as error:
        # The message is the driver's about itself: no rows, no parameters.
        _log.error("the store does not answer: %s", " ".join(str(getattr(error, "orig", error)).split()))
        raise _away() from error


def _away() -> Unavailable:
    return Unavailable(
        "記録の保管庫が応えません。少しあとでもう一度お試しください。",
        "The store does not answer. Try again in a little while.",
    )
