"""SQLite: one file, one process that serves, one writer at a time."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from server.errors import StoreError
from server.stores.address import Address
from server.stores.one_hop import OneHop
from server.stores.straight import Straight

_READERS = 4
_READ = "BEGIN"
# IMMEDIATE: a transaction that reads first and writes later would otherwise fail with "database is locked" at
# once, without waiting for another process.
_WRITE = "BEGIN IMMEDIATE"
# Pages at which a commit brings the log into the file by itself, where nobody did it before (`log_ends`).
_LONG_LOG = 12_000


def readers(address: Address) -> AsyncEngine:
    """Connections whose transactions are snapshots."""
    return _pool(address, _READ, _READERS)


def writer(address: Address) -> AsyncEngine:
    """The one connection for everybody's changes."""
    return _pool(address, _WRITE, 1)


def own_readers(address: Address, count: int) -> Engine:
    """As `readers`, for so many threads of their own."""
    engine = create_engine(address.blocking, pool_size=count, max_overflow=0)
    _tune(engine, _READ)
    return engine


def own_writer(address: Address) -> Straight:
    """A connection for one thread of its own."""
    engine = create_engine(address.blocking, pool_size=1, max_overflow=0)
    _tune(engine)
    return Straight(engine, _WRITE)


def migrator(address: Address) -> Engine:
    """A connection whose one transaction changes the schema: a second server waits, then finds it done."""
    engine = create_engine(address.blocking, poolclass=NullPool)
    # SQLite changes a column by copying the table, and would take dropping the old one for deleting its rows:
    # references are checked once, at the end.
    _tune(engine, _WRITE, references=False)
    return engine


def check_references(connection: Connection) -> None:
    """Raise `StoreError` where rows refer to rows that are not there."""
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreError(f"{connection.engine.url}: rows refer to rows that are not there; restore a backup")


def make_private(path: Path) -> None:
    """Only the owner reads positions: the file exists with mode 0600 before anything is in it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}") from error


def _pool(address: Address, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(
        address.asynchronous,
        module=OneHop(),
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
    )
    _tune(engine.sync_engine, begin)
    return engine


def _tune(engine: Engine, begin: str | None = None, *, references: bool = True) -> None:
    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  (the driver's own type)
        connection.isolation_level = None  # the driver's own BEGIN comes too late for reads
        cursor = connection.cursor()
        # WAL with synchronous=NORMAL can lose committed rows at a power cut; FULL does not.
        for pragma in (
            "busy_timeout=5000",
            "synchronous=FULL",
            f"wal_autocheckpoint={_LONG_LOG}",
            "secure_delete=ON",  # what was erased is overwritten, not only let go of
            f"foreign_keys={'ON' if references else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    if begin is None:
        return

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
