"""Whether a store is of this server's schema: asked at each start, without loading what could change it."""

import re
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from server.stores import postgres
from server.stores.address import Address, in_one_line

_REVISION: Final = re.compile(r"v(\d{4})_\w+\.py")
_ASK: Final = "SELECT version_num FROM alembic_version"


def newest() -> str:
    """The schema that this server writes: the number in the name of the last migration."""
    names = (entry.name for entry in (files("server") / "migrations" / "versions").iterdir())
    return max(found[1] for name in names if (found := _REVISION.fullmatch(name)) is not None)


def is_current(address: Address) -> bool:
    """Whether the store has the newest schema. Raises `StoreError` where it cannot be asked."""
    return (_of_postgres(address) if address.path is None else _of_file(address.path)) == newest()


def _of_file(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute(_ASK).fetchone()
        except sqlite3.OperationalError:
            return None  # no such table: it is new
    return None if row is None else str(row[0])


def _of_postgres(address: Address) -> str | None:
    engine = postgres.own_readers(address, 1)
    try:
        with engine.connect() as connection:
            return revision(connection)
    except SQLAlchemyError as error:
        raise in_one_line(address, error) from error
    finally:
        engine.dispose()


def revision(connection: Connection) -> str | None:
    """The schema that the store has; None where it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text(_ASK)).scalar_one_or_none()
