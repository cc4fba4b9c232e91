"""A whole question to the store as one visit to a thread: between its statements the loop is not asked.

Each statement that the loop asks by itself wakes two threads, which costs both more than the store needs for
a row. What asks is written once, for the loop's connections; here the same coroutine runs to its end in one
go.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


def ask(connection: Connection, work: Callable[[AsyncConnection], Coroutine[Any, Any, T]]) -> T:
    """What `work` finds by this connection, in this thread. It may wait for nothing but the store."""
    asking = work(_Here(connection))
    try:
        asking.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    asking.close()
    raise RuntimeError("a question to the store has waited for something else")


class _Here(AsyncConnection):
    """A plain connection as functions that are written for the loop's know it: nothing here waits."""

    def __init__(self, connection: Connection) -> None:
        self.sync_connection = connection
        self._here = connection

    async def execute(
        self,
        statement: Any,  # noqa: ANN401  (as its base)
        parameters: Any = None,  # noqa: ANN401
        *,
        execution_options: Any = None,  # noqa: ANN401
    ) -> CursorResult[Any]:
        """As its base."""
        return self._here.execute(statement, parameters, execution_options=execution_options)

    async def exec_driver_sql(
        self,
        statement: str,
        parameters: Any = None,  # noqa: ANN401
        execution_options: Any = None,  # noqa: ANN401
    ) -> CursorResult[Any]:
        """As its base."""
        return self._here.exec_driver_sql(statement, parameters, execution_options)

    async def run_sync(self, fn: Callable[..., T], *arg: Any, **kw: Any) -> T:  # noqa: ANN401
        """As its base."""
        return fn(self._here, *arg, **kw)
