"""One connection for a thread of its own, on which each group of events goes straight to the driver.

SQLAlchemy's way from a pool, through an event and an execution context for each statement, and back to the
pool costs a group of ten positions more than SQLite takes to store them. What is rare goes through SQLAlchemy
as everywhere, on the same connection and in the same transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

Parameters = Sequence[Any]
_NONE: Final[Parameters] = ()


class Straight:
    """The connection, opened when it is first used and again after it broke. For one thread at a time."""

    def __init__(self, engine: Engine, begin: str) -> None:
        """`engine`: whose connections begin nothing by themselves. `begin`: the statement that does."""
        self._engine = engine
        self._begin = begin
        self._open: Connection | None = None

    @contextmanager
    def transaction(self, *first: str) -> Iterator[Connection]:
        """A transaction that begins with these statements: committed at the end, undone where that raises.

        `Connection.info` holds what its user keeps from one to the next: it is emptied when one is undone, so
        that what is in it was committed. Raises SQLAlchemy's errors, also for what went to the driver.
        """
        connection = self._begun("; ".join((self._begin, *first)))
        try:
            yield connection
            if connection.in_transaction():  # something went through SQLAlchemy
                connection.commit()
            else:
                commit(connection)
        except BaseException:
            self._undo(connection)
            raise

    @property
    def driver(self) -> Any:  # noqa: ANN401  (the driver's own)
        """The driver's connection; None while there is none."""
        return None if self._open is None else self._open.connection.dbapi_connection

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None
        self._engine.dispose()

    def _begun(self, statement: str) -> Connection:
        if self._open is None:
            self._open = self._engine.connect()  # asks an old connection whether it still is one
        try:
            run(self._open, statement)
        except DBAPIError:
            self._undo(self._open)
            if self._open is not None:
                raise
            # It broke while nobody used it: nothing was begun on it.
            self._open = self._engine.connect()
            run(self._open, statement)
        return self._open

    def _undo(self, connection: Connection) -> None:
        if not connection.invalidated:
            connection.info.clear()
            try:
                connection.connection.rollback()
                connection.rollback()
                return
            except (DBAPIError, connection.dialect.loaded_dbapi.Error):
                connection.invalidate()
        self._open = None
        connection.close()


def run(connection: Connection, statement: str, parameters: Parameters = _NONE) -> list[Any]:
    """The rows of one statement, as the driver gives them; of several, where there are no parameters."""
    with _cursor(connection) as cursor:
        if parameters:
            cursor.execute(statement, parameters)
        else:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def change(connection: Connection, statement: str, parameters: Parameters) -> int:
    """How many rows one statement changed."""
    with _cursor(connection) as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


@contextmanager
def _cursor(connection: Connection) -> Iterator[Any]:
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, error) from error
    finally:
        cursor.close()


def commit(connection: Connection) -> None:
    """As the driver does it."""
    try:
        connection.connection.commit()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, error) from error


def _told(connection: Connection, error: Any) -> BaseException:  # noqa: ANN401  (the driver's own)
    """The driver's error as SQLAlchemy would tell it; without what the statement was given."""
    dialect = connection.dialect
    broken = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    told: BaseException = DBAPIError.instance(
        "",
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=broken,
        dialect=dialect,
    )
    return told
