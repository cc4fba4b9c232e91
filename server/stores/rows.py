"""Many rows in one statement, each database in its own way: what the ingest does a hundred times a second.

SQLAlchemy's portable forms of the same (`IN` with a thousand parameters, a dictionary for each row) take
twice as long as what the database itself does with them.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

_EVENTS: Final = (
    "log_id", "device_id", "boot", "seq", "trip_id", "type", "utc_s", "received_utc_s", "waited_s", "body"
)  # fmt: skip
_TYPES: Final = (
    "int", "text", "text", "bigint", "text", "text", "float8", "float8", "float8", "text"
)  # fmt: skip

_SQLITE: Final = {
    # The list comes first in each join: it is the short one.
    "devices": "SELECT d.id, d.wearer_id, d.seen_utc_s FROM json_each(?) v CROSS JOIN devices d "
    "ON d.id = v.value WHERE d.revoked_utc_s IS NULL",
    "trips": "SELECT t.id, t.device_id, t.wearer_id, d.revoked_utc_s FROM json_each(?) v "
    "CROSS JOIN trips t ON t.id = v.value JOIN devices d ON d.id = t.device_id",
    "logs": "SELECT l.device_id, l.boot, l.id, l.acked, l.beyond FROM json_each(?) v CROSS JOIN logs l "
    "ON l.device_id = json_extract(v.value, '$[0]') AND l.boot = json_extract(v.value, '$[1]')",
    "note": "UPDATE logs SET acked = ?, beyond = ? WHERE id = ?",
    "events": f"INSERT INTO events ({', '.join(_EVENTS)}) VALUES ({', '.join('?' * len(_EVENTS))})",  # noqa: S608
}
_POSTGRES: Final = {
    # Locked against a change, always in the same order: a key that is revoked meanwhile is revoked after this
    # transaction.
    "devices": "SELECT d.id, d.wearer_id, d.seen_utc_s FROM devices d "
    "WHERE d.id = ANY(%s::text[]) AND d.revoked_utc_s IS NULL ORDER BY d.id FOR SHARE",
    "trips": "SELECT t.id, t.device_id, t.wearer_id, d.revoked_utc_s FROM trips t "
    "JOIN devices d ON d.id = t.device_id WHERE t.id = ANY(%s::text[])",
    "logs": "SELECT l.device_id, l.boot, l.id, l.acked, l.beyond FROM unnest(%s::text[], %s::text[]) "
    "AS v (device_id, boot) JOIN logs l ON l.device_id = v.device_id AND l.boot = v.boot",
    "note": "UPDATE logs SET acked = v.acked, beyond = v.beyond "
    "FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS v (acked, beyond, id) WHERE logs.id = v.id",
    "events": f"INSERT INTO events ({', '.join(_EVENTS)}) "  # noqa: S608
    f"SELECT * FROM unnest({', '.join(f'%s::{name}[]' for name in _TYPES)})",
}

LogKey = tuple[str, str]  # device, boot


class EventRow(NamedTuple):
    """One row of `events`, in the order of its columns."""

    log_id: int
    device_id: str
    boot: str
    seq: int
    trip_id: str
    type: str
    utc_s: float
    received_utc_s: float
    waited_s: float | None
    body: str


def devices_in_use(connection: Connection, ids: Collection[str]) -> Sequence[Any]:
    """(id, wearer_id, seen_utc_s) of those whose key was not revoked."""
    return _ask(connection, "devices", ids)


def trips_known(connection: Connection, ids: Collection[str]) -> Sequence[Any]:
    """(id, device_id, wearer_id, when that device's key was revoked)."""
    # PostgreSQL holds no NUL in a text, and cannot even look for one.
    return _ask(connection, "trips", [one for one in ids if "\0" not in one])


def logs_of(connection: Connection, keys: Collection[LogKey]) -> Sequence[Any]:
    """(device_id, boot, id, acked, beyond)."""
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(_SQLITE["logs"], (json.dumps(list(keys)),)).all()
    both: tuple[list[str], list[str]] = ([], [])
    for device_id, boot in keys:
        both[0].append(device_id)
        both[1].append(boot)
    return connection.exec_driver_sql(_POSTGRES["logs"], both).all()


def note_logs(connection: Connection, rows: Sequence[tuple[int, str, int]]) -> None:
    """Write (acked, beyond) of the logs with these ids."""
    _put(connection, "note", rows)


def add_events(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Store them, numbered in this order."""
    _put(connection, "events", rows)


def _ask(connection: Connection, what: str, ids: Collection[str]) -> Sequence[Any]:
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(_SQLITE[what], (json.dumps(list(ids)),)).all()
    return connection.exec_driver_sql(_POSTGRES[what], (list(ids),)).all()


def _put(connection: Connection, what: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_SQLITE[what], list(rows))
    else:
        connection.exec_driver_sql(_POSTGRES[what], tuple(map(list, zip(*rows, strict=True))))
