"""The store: SQLite through SQLAlchemy, one writer at a time, durable before it answers."""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.errors import StoreError, StoreTooNew

_READERS = 4


class Database:
    """Two pools on one file: readers see snapshots, the single writer never meets another."""

    def __init__(self, url: str) -> None:
        address = url.replace("sqlite:///", "sqlite+aiosqlite:///", 1)
        self._readers = _engine(address, "BEGIN", _READERS)
        # IMMEDIATE: a transaction that reads first and writes later would otherwise fail with
        # "database is locked" at once, without waiting for another process.
        self._writer = _engine(address, "BEGIN IMMEDIATE", 1)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A consistent snapshot."""
        async with self._readers.begin() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on the disk when the block ends, or undone when it raises."""
        async with self._writer.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Free every connection."""
        await self._readers.dispose()
        await self._writer.dispose()


def _engine(address: str, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(address, pool_size=size, max_overflow=0, pool_timeout=10)
    _tune(engine.sync_engine, begin)
    return engine


def _tune(engine: Engine, begin: str, *, references: bool = True) -> None:
    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401  (the driver's own type)
        connection.isolation_level = None  # the driver's own BEGIN comes too late for reads
        cursor = connection.cursor()
        # WAL with synchronous=NORMAL can lose committed rows at a power cut; FULL does not.
        for pragma in (
            "busy_timeout=5000",
            "synchronous=FULL",
            f"foreign_keys={'ON' if references else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def migrate(url: str) -> None:
    """Bring the database at `url` to this server's schema; make it where it is missing.

    Raises `StoreTooNew` when a newer server has written it, `StoreError` when it cannot be opened.
    """
    _make_private(Path(url.removeprefix("sqlite:///")))
    engine = create_engine(url)
    # One transaction from the look at the revision to the last change: a kill in the middle or a
    # second server that starts at the same moment finds all of it or nothing.
    # SQLite changes a column by copying the table, and would take dropping the old one for deleting its rows:
    # references are checked once, at the end.
    _tune(engine, "BEGIN IMMEDIATE", references=False)
    try:
        with as_file(files("server") / "migrations") as scripts, engine.connect() as connection:
            _upgrade(connection, scripts)
    except SQLAlchemyError as error:
        raise StoreError(f"{url}: {getattr(error, 'orig', None) or error}") from error
    finally:
        engine.dispose()


def _upgrade(connection: Connection, scripts: Path) -> None:
    config = Config()
    # Alembic reads this value with interpolation: a percent sign in a folder's name must be doubled.
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise StoreTooNew(
            f"{connection.engine.url}: schema {current} was written by a newer server; install that version"
        )
    command.upgrade(config, "head")
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise StoreError(f"{connection.engine.url}: rows refer to rows that are not there; restore a backup")
    connection.commit()


def _make_private(path: Path) -> None:
    """Only the owner reads positions: the file exists with mode 0600 before anything is in it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}") from error
