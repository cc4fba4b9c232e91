"""New events of many trips in one statement, each database in its own way: what live views ask all the time.

SQLAlchemy's portable form (`IN` with hundreds of parameters) is put together anew for each number of them.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS: Final = "e.id, e.trip_id, e.log_id, e.seq, e.type, e.received_utc_s, e.waited_s, e.body"
# By numbers, not by trips: those of the last look lie beside each other at the store's end.
_SQLITE: Final = (
    f"SELECT {_COLUMNS} FROM events e WHERE e.id > ? AND e.id <= ? "  # noqa: S608
    "AND e.trip_id IN (SELECT value FROM json_each(?)) ORDER BY e.id LIMIT ?"
)
_POSTGRES: Final = (
    f"SELECT {_COLUMNS} FROM events e WHERE e.id > %s AND e.id <= %s "  # noqa: S608
    "AND e.trip_id = ANY(%s::text[]) ORDER BY e.id LIMIT %s"
)


async def new_of_trips(
    connection: AsyncConnection, trip_ids: Sequence[str], after: int, upto: int, most: int
) -> Sequence[Row[Any]]:
    """Events of these trips numbered above `after` up to `upto`, at most `most`, as they were stored."""
    if connection.dialect.name == "sqlite":
        asked = (after, upto, json.dumps(trip_ids), most)
        return (await connection.exec_driver_sql(_SQLITE, asked)).all()
    return (await connection.exec_driver_sql(_POSTGRES, (after, upto, list(trip_ids), most))).all()
