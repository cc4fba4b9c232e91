"""Wake-ups over the walls of a process, for servers that share one store.

PostgreSQL: topics go by `NOTIFY`, within the transaction where there is one (events; changes of rights, by
trigger), else right after it. A process that was cut off takes it that everything has changed. SQLite: one
process serves, and looks each second whether a command has changed anybody's rights.

A payload is the sender's `Hub.epoch`, a colon, and topics: ids only, which say nothing of a person.
"""

import asyncio
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.background import Job
from server.database import Database
from server.errors import StoreError
from server.hub import Hub
from server.stores import postgres
from server.stores.address import Address
from server.stores.rights import CHANNEL, MARK
from server.tables import marks

if TYPE_CHECKING:
    from server.stores.postgres import Link

_MOST_BYTES: Final = 7_900  # PostgreSQL takes less than 8,000
_BEAT_S: Final = 5.0  # a connection that only listens does not notice its own end
_LOOK_EVERY_S: Final = 1.0


def jobs(db: Database, hub: Hub) -> tuple[Job, ...]:
    """What keeps this process's wake-ups and the others' together."""
    if not db.shared:
        return (RightsWatch(db, hub),)
    return Listener(db.address, hub), Teller(db.address, hub)


def payloads(sender: str, topics: Iterable[str]) -> Iterator[str]:
    """The topics in as few messages as they fit in."""
    line = ""
    for topic in sorted(topics):
        more = f"{line},{topic}" if line else topic
        if len(sender) + 1 + len(more.encode()) > _MOST_BYTES:
            yield f"{sender}:{line}"
            more = topic
        line = more
    if line:
        yield f"{sender}:{line}"


def tell(connection: Connection, sender: str, topics: Iterable[str]) -> None:
    """Tell the other processes when this transaction is committed, and only then. For PostgreSQL."""
    for payload in payloads(sender, topics):
        connection.execute(select(func.pg_notify(CHANNEL, payload)))


async def tell_with(connection: AsyncConnection, topics: Iterable[str]) -> None:
    """As `tell`, for whoever has to hear of it though this process dies right after the commit.

    Nothing on SQLite, where no other process listens: the caller wakes its own hub as well.
    """
    if connection.dialect.name == "postgresql":
        for payload in payloads("", topics):
            await connection.execute(select(func.pg_notify(CHANNEL, payload)))


class Listener:
    """Wakes this process's listeners when another process tells something."""

    name = "notify-listen"

    def __init__(self, address: Address, hub: Hub) -> None:
        self._address = address
        self._hub = hub
        self.connected = False

    async def run(self) -> None:
        """Until the connection is lost."""
        import psycopg  # late: a server on SQLite needs none of it

        try:
            async with await postgres.connect(self._address) as connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                self.connected = True
                self._hub.wake_all_here()  # whatever was told before is lost
                while True:
                    async for told in connection.notifies(timeout=_BEAT_S):
                        self._hear(told.payload)
                    async with asyncio.timeout(_BEAT_S):
                        await connection.execute(b"SELECT 1")
        except psycopg.Error as error:
            raise StoreError(f"{self._address.shown}: {type(error).__name__}") from error
        finally:
            self.connected = False

    def _hear(self, payload: str) -> None:
        sender, _, topics = payload.partition(":")
        if sender != self._hub.epoch:
            self._hub.wake_here(topics.split(","))


class Teller:
    """Tells the other processes what this one's parts have woken their listeners for."""

    name = "notify-tell"

    def __init__(self, address: Address, hub: Hub) -> None:
        self._address = address
        self._hub = hub
        self._topics: set[str] = set()
        self._some = asyncio.Event()
        hub.publish = self._take

    def _take(self, topics: frozenset[str]) -> None:
        self._topics |= topics
        self._some.set()

    async def run(self) -> None:
        """Until the connection is lost; what is not told then is told by the next run."""
        import psycopg  # late: a server on SQLite needs none of it

        try:
            async with await postgres.connect(self._address) as connection:
                while True:
                    await self._some.wait()
                    await self._say(connection)
        except psycopg.Error as error:
            raise StoreError(f"{self._address.shown}: {type(error).__name__}") from error

    async def _say(self, connection: "Link") -> None:
        import psycopg

        telling, self._topics = self._topics, set()
        self._some.clear()
        try:
            for payload in payloads(self._hub.epoch, telling):
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
        except psycopg.Error:
            self._take(frozenset(telling))
            raise


class RightsWatch:
    """Notices what a command in another process has done to the rights in an SQLite store."""

    name = "rights-watch"

    def __init__(self, db: Database, hub: Hub) -> None:
        self._db = db
        self._hub = hub

    async def run(self) -> None:
        """Look each second."""
        seen = await self._count()
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = await self._count()
            if now != seen:
                seen = now
                self._hub.wake_all_here()

    async def _count(self) -> str | None:
        async with self._db.read() as connection:
            query = select(marks.c.value).where(marks.c.name == MARK)
            return (await connection.execute(query)).scalar_one_or_none()
