"""Many rows in one statement, each database in its own way: what the ingest does a hundred times a second.

SQLAlchemy's portable forms of the same (`IN` with a thousand parameters, a dictionary for each row) take
twice as long as what the database itself does with them.
"""

import json
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection

from server.stores.rights import MARK
from server.stores.straight import change, run

_EVENTS: Final = (
    "log_id", "device_id", "boot", "seq", "trip_id", "type", "utc_s", "received_utc_s", "waited_s", "body"
)  # fmt: skip
# %b: as it is. As PostgreSQL's own notation each quotation mark of each body would be escaped, in Python.
_ARRAYS: Final = (
    "%s::int[]", "%b::text[]", "%b::text[]", "%s::bigint[]", "%b::text[]", "%b::text[]", "%s::float8[]",
    "%s::float8[]", "%s::float8[]", "%b::text[]"
)  # fmt: skip

_SQLITE: Final = {
    # The list comes first in each join: it is the short one.
    "devices": "SELECT d.id, d.wearer_id, d.seen_utc_s FROM json_each(?) v CROSS JOIN devices d "
    "ON d.id = v.value WHERE d.revoked_utc_s IS NULL",
    "trips": "SELECT t.id, t.device_id, t.wearer_id, d.revoked_utc_s, l.log_id, l.first_seq, l.last_seq "
    "FROM json_each(?) v CROSS JOIN trips t ON t.id = v.value JOIN devices d ON d.id = t.device_id "
    "LEFT JOIN trip_logs l ON l.trip_id = t.id",
    "logs": "SELECT l.device_id, l.boot, l.id, l.acked, l.beyond FROM json_each(?) v CROSS JOIN logs l "
    "ON l.device_id = json_extract(v.value, '$[0]') AND l.boot = json_extract(v.value, '$[1]')",
    "note": "UPDATE logs SET acked = v.acked, beyond = v.beyond FROM (SELECT "
    "json_extract(value, '$[0]') AS acked, json_extract(value, '$[1]') AS beyond, "
    "json_extract(value, '$[2]') AS id, json_extract(value, '$[3]') AS old_acked, "
    "json_extract(value, '$[4]') AS old_beyond FROM json_each(?)) AS v "
    "WHERE logs.id = v.id AND logs.acked = v.old_acked AND logs.beyond = v.old_beyond",
    "spans": "INSERT INTO trip_logs (trip_id, log_id, first_seq, last_seq) SELECT "
    "json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), "
    "json_extract(value, '$[3]') FROM json_each(?) WHERE true ON CONFLICT (trip_id, log_id) DO UPDATE SET "
    "first_seq = min(first_seq, excluded.first_seq), last_seq = max(last_seq, excluded.last_seq)",
}
# Rows in one statement. The driver lets go of the interpreter's lock in each, and waits to have it back: one
# for each row would make a group of eighty wait eighty times for the thread that answers everybody.
_AT_ONCE: Final = (64, 32, 16, 8, 4, 2, 1)
_ROW: Final = f"({', '.join('?' * len(_EVENTS))})"
_INSERTS: Final = {
    count: f"INSERT INTO events ({', '.join(_EVENTS)}) VALUES {', '.join([_ROW] * count)}"  # noqa: S608
    for count in _AT_ONCE
}
_POSTGRES: Final = {
    # Locked against a change, always in the same order: a key that is revoked meanwhile is revoked after this
    # transaction.
    "devices": "SELECT d.id, d.wearer_id, d.seen_utc_s FROM devices d "
    "WHERE d.id = ANY(%b::text[]) AND d.revoked_utc_s IS NULL ORDER BY d.id FOR SHARE",
    "trips": "SELECT t.id, t.device_id, t.wearer_id, d.revoked_utc_s, l.log_id, l.first_seq, l.last_seq "
    "FROM trips t JOIN devices d ON d.id = t.device_id LEFT JOIN trip_logs l ON l.trip_id = t.id "
    "WHERE t.id = ANY(%b::text[])",
    "logs": "SELECT l.device_id, l.boot, l.id, l.acked, l.beyond FROM unnest(%b::text[], %b::text[]) "
    "AS v (device_id, boot) JOIN logs l ON l.device_id = v.device_id AND l.boot = v.boot",
    "note": "UPDATE logs SET acked = v.acked, beyond = v.beyond "
    "FROM unnest(%s::bigint[], %b::text[], %s::int[], %s::bigint[], %b::text[]) "
    "AS v (acked, beyond, id, old_acked, old_beyond) "
    "WHERE logs.id = v.id AND logs.acked = v.old_acked AND logs.beyond = v.old_beyond",
    "spans": "INSERT INTO trip_logs AS l (trip_id, log_id, first_seq, last_seq) "
    "SELECT * FROM unnest(%b::text[], %s::int[], %s::bigint[], %s::bigint[]) "
    "ON CONFLICT (trip_id, log_id) DO UPDATE SET first_seq = least(l.first_seq, excluded.first_seq), "
    "last_seq = greatest(l.last_seq, excluded.last_seq)",
    "events": f"INSERT INTO events ({', '.join(_EVENTS)}) "  # noqa: S608
    f"SELECT * FROM unnest({', '.join(_ARRAYS)})",
}
_RIGHTS: Final = f"SELECT value FROM marks WHERE name = '{MARK}'"  # noqa: S608

LogKey = tuple[str, str]  # device, boot
# One row of `events`: log_id, device_id, boot, seq, trip_id, type, utc_s, received_utc_s, waited_s, body.
EventRow = tuple[int, str, str, int, str, str, float, float, float | None, str]
# Of a log: acked and beyond as they are to be, its id, acked and beyond as they were.
Noted = tuple[int, str, int, int, str]
# trip_id, log_id, first_seq, last_seq: where a trip's events lie in a log.
Span = tuple[str, int, int, int]


def rights_count(connection: Connection) -> str | None:
    """When it differs somebody's key may have been revoked. None on PostgreSQL, which has no count."""
    if connection.dialect.name != "sqlite":
        return None
    found = run(connection, _RIGHTS)
    return found[0][0] if found else None


def devices_in_use(connection: Connection, ids: Collection[str]) -> Sequence[Any]:
    """(id, wearer_id, seen_utc_s) of those whose key was not revoked."""
    return _ask(connection, "devices", ids)


def trips_known(connection: Connection, ids: Collection[str]) -> Sequence[Any]:
    """(id, device_id, wearer_id, when that device's key was revoked, log_id, first_seq, last_seq).

    One for each log in which events of the trip lie; the last three are None where there is none yet.
    """
    # PostgreSQL holds no NUL in a text, and cannot even look for one.
    return _ask(connection, "trips", [one for one in ids if "\0" not in one])


def logs_of(connection: Connection, keys: Collection[LogKey]) -> Sequence[Any]:
    """(device_id, boot, id, acked, beyond)."""
    if connection.dialect.name == "sqlite":
        return run(connection, _SQLITE["logs"], (json.dumps(list(keys)),))
    both: tuple[list[str], list[str]] = ([], [])
    for device_id, boot in keys:
        both[0].append(device_id)
        both[1].append(boot)
    return run(connection, _POSTGRES["logs"], both)


def note_logs(connection: Connection, rows: Sequence[Noted]) -> bool:
    """Write what the logs hold; whether every one of them was as it is told to have been."""
    if connection.dialect.name == "sqlite":
        return change(connection, _SQLITE["note"], (json.dumps(rows),)) == len(rows)
    return change(connection, _POSTGRES["note"], _columns(rows)) == len(rows)


def widen(connection: Connection, rows: Sequence[Span]) -> None:
    """Trips lie in these logs at least from the one number to the other; each of both but once."""
    if connection.dialect.name == "sqlite":
        change(connection, _SQLITE["spans"], (json.dumps(rows),))
    else:
        change(connection, _POSTGRES["spans"], _columns(rows))


def add_events(connection: Connection, rows: Sequence[EventRow]) -> None:
    """Store them, numbered in this order."""
    if connection.dialect.name != "sqlite":
        change(connection, _POSTGRES["events"], _columns(rows))
        return
    first = 0
    for count in _AT_ONCE:
        while len(rows) - first >= count:
            change(connection, _INSERTS[count], tuple(chain.from_iterable(rows[first : first + count])))
            first += count


def _ask(connection: Connection, what: str, ids: Collection[str]) -> Sequence[Any]:
    if connection.dialect.name == "sqlite":
        return run(connection, _SQLITE[what], (json.dumps(list(ids)),))
    return run(connection, _POSTGRES[what], (list(ids),))


def _columns(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*rows, strict=True)))
