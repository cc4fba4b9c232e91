"""PostgreSQL: several processes, one store.

Readers see a snapshot. Who changes something waits for its turn over all processes, as on SQLite: the turn is
an advisory lock that the end of the transaction gives back, also the end by a kill. See decision 0027.
"""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from server.stores.address import Address
from server.stores.straight import Straight

if TYPE_CHECKING:
    import psycopg

    Link = psycopg.AsyncConnection[tuple[Any, ...]]

_READERS: Final = 4  # beside those of `own_readers`
_WRITERS: Final = 4  # they wait for each other in the database: more would only hold connections
_CONNECT_WITHIN_S: Final = 5
# A server that is gone is noticed within 10 + 3 * 5 s, also by a connection that only waits.
_ALIVE: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # ms
}
# In milliseconds. A statement takes well under a second; a writer waits for others' commits; a connection
# that holds the turn and does nothing with it must not stop the others for ever.
_LIMITS: Final = {
    "statement_timeout": 15_000,
    "lock_timeout": 10_000,
    "idle_in_transaction_session_timeout": 30_000,
    # Acknowledged is durable, whatever the database's own default is.
    "synchronous_commit": "on",
    "timezone": "UTC",
}
# Numbers of advisory locks: "Shir" and what is locked.
_SPACE: Final = 0x53686972
WRITING: Final = 1  # somebody changes something
EVENTS: Final = 2  # somebody numbers events, until they are committed
MIGRATING: Final = 3
_TURN: Final = "SELECT pg_advisory_xact_lock({space}, {lock})"
_DDL_WAITS: Final = "SET LOCAL lock_timeout = '60s'"


_SNAPSHOTS: Final = {
    "default_transaction_isolation": r"repeatable\ read",
    "default_transaction_read_only": "on",
}


def arguments(**limits: object) -> dict[str, Any]:
    """What every connection of this server is opened with."""
    options = " ".join(f"-c {name}={value}" for name, value in (_LIMITS | limits).items())
    return {"connect_timeout": _CONNECT_WITHIN_S, "application_name": "shirube", "options": options, **_ALIVE}


def readers(address: Address) -> AsyncEngine:
    """Connections whose transactions are snapshots, and can change nothing."""
    return _pool(address, _READERS, **_SNAPSHOTS)


def writer(address: Address) -> AsyncEngine:
    """Connections for changes: each transaction begins with its turn."""
    engine = _pool(address, _WRITERS)
    _begin_with(engine.sync_engine, WRITING)
    return engine


def own_readers(address: Address, count: int) -> Engine:
    """As `readers`, for so many threads of their own."""
    return create_engine(
        address.blocking,
        pool_size=count,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=arguments(**_SNAPSHOTS),
    )


def own_writer(address: Address) -> Straight:
    """A connection for one thread of its own, which takes the turns itself."""
    engine = create_engine(
        address.blocking,
        pool_size=1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=arguments(),
        isolation_level="AUTOCOMMIT",  # the driver's own BEGIN would be one more message
    )
    return Straight(engine, "BEGIN")


def migrator(address: Address) -> Engine:
    """A connection whose one transaction changes the schema: a second server waits, then finds it done."""
    # A migration of a large store takes minutes, and the second server waits for all of it.
    unlimited = arguments(statement_timeout=0, lock_timeout=0, idle_in_transaction_session_timeout=0)
    engine = create_engine(address.blocking, poolclass=NullPool, connect_args=unlimited)
    _begin_with(engine, MIGRATING)

    @event.listens_for(engine, "begin")
    def _impatient(connection: Connection) -> None:
        connection.exec_driver_sql(_DDL_WAITS)  # of tables that an older server is using

    return engine


async def connect(address: Address) -> "Link":
    """A connection of its own, each statement a transaction. Raises `psycopg.Error`."""
    import psycopg  # late: a server on SQLite needs none of it
    from psycopg.conninfo import make_conninfo

    url = address.blocking.replace("+psycopg", "", 1)
    return await psycopg.AsyncConnection.connect(make_conninfo(url, **arguments()), autocommit=True)


def turn(lock: int) -> str:
    """The statement that waits until no other transaction has this turn, and keeps it until this one ends."""
    return _TURN.format(space=_SPACE, lock=lock)


def _pool(address: Address, size: int, **limits: object) -> AsyncEngine:
    return create_async_engine(
        address.asynchronous,
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        # A connection that broke while nobody used it is replaced before it is used.
        pool_pre_ping=True,
        connect_args=arguments(**limits),
    )


def _begin_with(engine: Engine, lock: int) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(turn(lock))
