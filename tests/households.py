"""A store that holds a row of every table about each of two wearers, for tests that walk all tables."""

import json

from sqlalchemy import Boolean, Float, Integer, LargeBinary, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.credentials import hash_password
from server.database import Database
from server.sealing import Sealer
from server.tables import metadata, users
from wire.codec import EVENT
from wire.position import Fix
from wire.trip import Moved, TripEvent

NOW_S = 1_795_323_720.0  # 2026-11-22 14:02 in Japan
PASSWORD = "correct horse 12"
# Columns that name another person than the one the row is about.
_OTHERS = {"viewer_id", "acknowledged_by", "accepted_by"}
_REAL = {
    ("consents", "purpose"): "live_sharing",
    ("consents", "version"): "2026-12",
    ("consents", "lang"): "ja",
    ("days", "day"): "2026-08-01",
}


async def settle(db: Database, sealer: Sealer, *names: str) -> dict[str, dict[str, object]]:
    """One household for each name: a wearer of that id, a caregiver `NAME-carer`, a row in every table.

    Every text in it holds the wearer's name, so that a test finds what is left of them. The keys by table.
    """
    async with db.write() as connection:
        await _people(connection, names)
        return {name: await _fill(connection, sealer, name) for name in names}


async def _people(connection: AsyncConnection, names: tuple[str, ...]) -> None:
    hashed = hash_password(PASSWORD)
    for name in names:
        for user_id, role in ((name, "wearer"), (f"{name}-carer", "caregiver")):
            row = {
                "id": user_id,
                "login": f"login-{user_id}",
                "name": f"called {user_id}",
                "role": role,
                "password_hash": hashed,
                "pseudonym": f"P-{user_id}"[:16],
                "created_utc_s": NOW_S,
                "password_set_utc_s": NOW_S,
                "totp_sealed": f"secret totp {user_id}",
            }
            await connection.execute(insert(users).values(row))


async def _fill(connection: AsyncConnection, sealer: Sealer, name: str) -> dict[str, object]:
    keys: dict[str, object] = {"users": name}
    for table in metadata.sorted_tables:
        if table.name == "users" or (table.name == "erasures"):
            continue
        row = {column.name: _value(table, column.name, name, keys) for column in table.columns}
        row = {key: value for key, value in row.items() if value is not None}
        if table.name == "events":
            row["body"] = EVENT.encode(_moved(name, str(keys["trips"])))
            row["type"] = "moved"
            row |= {"device_id": keys["devices"], "trip_id": keys["trips"]}
        if table.name == "channels":
            row["address"] = sealer.seal(json.dumps({"address": f"{name}@example.org"}))
        await connection.execute(insert(table).values(row))
        (key,) = table.primary_key.columns
        keys[table.name] = (
            await connection.execute(select(key).order_by(key.desc()).limit(1))
            if isinstance(key.type, Integer)
            else await connection.execute(select(key).where(key == row[key.name]))
        ).scalar_one()
    return keys


def _value(table: Table, name: str, whose: str, keys: dict[str, object]) -> object:
    column = table.columns[name]
    target = next(iter(column.foreign_keys), None)
    if target is not None:
        if target.column.table.name == "users":
            return f"{whose}-carer" if name in _OTHERS else whose
        return keys[target.column.table.name]
    if (table.name, name) in _REAL:
        return _REAL[table.name, name]
    if name in ("user_id", "actor_id", "object_id"):
        return whose
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, Float):
        return None if column.nullable else NOW_S
    if isinstance(column.type, Integer):
        return None if column.primary_key or column.nullable else 1
    if name in ("detail", "beyond"):
        return json.dumps({"of": whose})
    length = getattr(column.type, "length", None) or 64
    text = f"{'secret ' if 'hash' in name or name == 'csrf' else ''}{whose} {table.name} {name}"
    return text[:length].encode() if isinstance(column.type, LargeBinary) else text[:length]


def _moved(name: str, trip_id: str) -> TripEvent:
    fix = Fix(utc_s=NOW_S, lat=33.2334, lon=131.6066, accuracy_m=5.0)
    return TripEvent(boot=f"{name} boot", seq=1, trip_id=trip_id, utc_s=NOW_S, what=Moved(fix=fix))


async def everything(db: Database) -> dict[str, list[dict[str, object]]]:
    """Every row of every table."""
    async with db.read() as connection:
        return {
            table.name: [dict(row._mapping) for row in await connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


def holds(rows: object, word: str) -> bool:
    """Whether the word stands anywhere in them."""
    return word in json.dumps(rows, ensure_ascii=False, default=str)
