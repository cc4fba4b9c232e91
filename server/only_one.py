"""Work that one process does for all: watching over trips, sending, cleaning up.

Whoever holds it does the work; the others wait, and one of them takes over when the holder's process ends, in
whatever way. PostgreSQL: an advisory lock of a connection that does nothing else. SQLite: a lock on a file
beside the store.
"""

import asyncio
import fcntl
import logging
import os
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from server.database import Database
from server.errors import StoreError
from server.stores import postgres

if TYPE_CHECKING:
    from server.stores.postgres import Link

_ASK_EVERY_S: Final = 0.5
# The holder stops this long after its connection was lost. PostgreSQL gives the lock to another when it has
# noticed the same, or at once where it has itself begun anew: for so long there may be two, as the one that
# is to stop does not know it yet. What they write is unique in the store.
_BEAT_S: Final = 1.0
_ANSWER_WITHIN_S: Final = 2.0
_SPACE: Final = 0x4F6E6C79  # "Only": advisory locks of this kind
_log = logging.getLogger(__name__)

# Returns while the lock is held; raises where it is held no more.
_Check = Callable[[], Awaitable[None]]


class OnlyOne:
    """One holder of a `name` over all processes that use the store."""

    def __init__(self, db: Database, name: str) -> None:
        self._db = db
        self._name = name
        self._wanted = False

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Wait until this is the one. Raises `StoreError` in the block as soon as it is not any more.

        One job, one name: a second that asks by the same object would wait for itself, and gets `ValueError`.
        """
        if self._wanted:
            raise ValueError(f"{self._name}: another job of this process holds it or waits for it")
        self._wanted = True
        path = self._db.address.path
        try:
            async with (
                self._in_database() if path is None else self._beside(path) as check,
                _ends_with(check, self._name),
            ):
                yield
        finally:
            self._wanted = False

    @asynccontextmanager
    async def _in_database(self) -> AsyncIterator[_Check]:
        import psycopg  # late: a server on SQLite needs none of it

        number = zlib.crc32(self._name.encode()) - 2**31  # a signed integer of 32 bits
        try:
            async with await postgres.connect(self._db.address) as connection:
                while not await _scalar(connection, f"SELECT pg_try_advisory_lock({_SPACE}, {number})"):
                    await asyncio.sleep(_ASK_EVERY_S)

                async def check() -> None:
                    try:
                        await _scalar(connection, "SELECT true")
                    except psycopg.Error as error:
                        raise StoreError(type(error).__name__) from error

                yield check
        except psycopg.Error as error:
            raise StoreError(f"{self._db.address.shown}: {type(error).__name__}") from error

    @asynccontextmanager
    async def _beside(self, path: Path) -> AsyncIterator[_Check]:
        lock = os.open(f"{path}.{self._name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            while not _locked(lock):
                await asyncio.sleep(_ASK_EVERY_S)
            yield _always
        finally:
            os.close(lock)


async def _scalar(connection: "Link", query: str) -> object:
    row = await (await connection.execute(query.encode())).fetchone()
    return None if row is None else row[0]


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _always() -> None:
    """The system gives a file's lock back when the process ends, and not before."""


@asynccontextmanager
async def _ends_with(check: _Check, name: str) -> AsyncIterator[None]:
    """Cancel the block when `check` fails, and say why."""
    holder = asyncio.current_task()
    assert holder is not None  # noqa: S101  (it is called in a task)
    watching = asyncio.create_task(_until_lost(check))
    watching.add_done_callback(lambda done: None if done.cancelled() else holder.cancel())
    try:
        yield
    except asyncio.CancelledError:
        if not watching.done() or holder.uncancel() > 0:
            raise  # it was somebody else who cancelled
        raise StoreError(f"{name}: another process may do it now") from None
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def _until_lost(check: _Check) -> None:
    while True:
        await asyncio.sleep(_BEAT_S)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                await check()
        except (StoreError, TimeoutError) as error:
            _log.warning("the lock of the only one is lost: %s", str(error) or type(error).__name__)
            return
