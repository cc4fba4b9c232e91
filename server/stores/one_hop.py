"""SQLite for the event loop: each statement is one visit to its connection's thread.

SQLAlchemy's own way through aiosqlite makes four of one statement (a cursor, the statement, its rows, the
cursor's end), and each visit costs both threads more than SQLite needs for a row.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


class _Done(NamedTuple):
    """What became of a statement."""

    description: Any
    rows: Sequence[Any]
    rowcount: int
    lastrowid: int | None


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Holds what came of one statement; there is nothing to close."""

    __slots__ = ("_done",)

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._done = _Done(None, (), -1, None)

    @property
    def description(self) -> Any:  # noqa: ANN401  (the driver's own)
        """As in PEP 249."""
        return self._done.description

    @property
    def rowcount(self) -> int:
        """As in PEP 249."""
        return self._done.rowcount

    @property
    def lastrowid(self) -> Any:  # noqa: ANN401  (the driver's own)
        """As in PEP 249."""
        return self._done.lastrowid

    async def _async_soft_close(self) -> None:
        return

    def close(self) -> None:
        """Let go of the rows."""
        self._rows.clear()

    async def _execute_async(self, operation: Any, parameters: Any) -> None:  # noqa: ANN401  (as its base)
        await self._visit(_execute, operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:  # noqa: ANN401
        await self._visit(_execute_many, operation, seq_of_parameters)

    async def _visit(self, work: Callable[..., _Done], operation: str, parameters: Sequence[Any]) -> None:
        link: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            self._done = await link._execute(work, link._conn, operation, parameters)
        self._rows = deque(self._done.rows)


def _execute(connection: sqlite3.Connection, operation: str, parameters: Sequence[Any]) -> _Done:
    return _all_of(connection.execute(operation, parameters))


def _execute_many(connection: sqlite3.Connection, operation: str, many: Sequence[Sequence[Any]]) -> _Done:
    return _all_of(connection.executemany(operation, many))


def _all_of(cursor: sqlite3.Cursor) -> _Done:
    rows = cursor.fetchall() if cursor.description else ()
    done = _Done(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    cursor.close()
    return done


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor

    def rollback(self) -> None:
        """As in PEP 249; the pool asks for it with every connection that comes back."""
        link: Any = self._connection
        if link._connection is not None and link.in_transaction:
            super().rollback()


class OneHop(AsyncAdapt_aiosqlite_dbapi):
    """The driver, for `create_async_engine(module=…)`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> AsyncAdapt_aiosqlite_connection:  # noqa: ANN401  (as its base)
        """A connection whose statements are one visit each."""
        return _Connection(self, super().connect(*arg, **kw)._connection)
