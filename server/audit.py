"""What administrators and the command line did to accounts and devices: never a position, never a name."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.tables import audit, devices, users


@dataclass(frozen=True, slots=True)
class By:
    """Who did it. `actor_id` None: the command line, which is on the server's own machine."""

    organisation_id: str | None
    actor_id: str | None = None


async def record(
    connection: AsyncConnection, now_s: float, by: By, what: str, object_id: str | None, **detail: str | int
) -> None:
    """Write it down in the caller's transaction: no act without its record. `detail`: kinds only."""
    row = {
        "utc_s": now_s,
        "actor_id": by.actor_id,
        "organisation_id": by.organisation_id,
        "what": what,
        "object_id": object_id,
        "detail": json.dumps(detail, ensure_ascii=False),
    }
    await connection.execute(insert(audit).values(row))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records; empty: all. `person`: a part of a name: of who did it, or of what it was done to.

    `from_utc_s` is in, `to_utc_s` is not.
    """

    what: str = ""
    person: str = ""
    from_utc_s: float | None = None
    to_utc_s: float | None = None


def _of_organisation(organisation_id: str | None, wanted: Wanted = Wanted()) -> Select[Any]:
    """Records with the names of now, in no order yet."""
    by, person = users.alias("by"), users.alias("person")
    query = (
        select(
            audit,
            by.c.name.label("by_name"),
            func.coalesce(person.c.name, devices.c.label).label("object_name"),
        )
        .outerjoin(by, by.c.id == audit.c.actor_id)
        .outerjoin(person, person.c.id == audit.c.object_id)
        .outerjoin(devices, devices.c.id == audit.c.object_id)
        .where(audit.c.organisation_id == organisation_id)
    )
    if wanted.what:
        query = query.where(audit.c.what == wanted.what)
    if text := wanted.person.strip():
        named = (by.c.name, person.c.name, devices.c.label)
        query = query.where(or_(*(name.icontains(text, autoescape=True) for name in named)))
    if wanted.from_utc_s is not None:
        query = query.where(audit.c.utc_s >= wanted.from_utc_s)
    if wanted.to_utc_s is not None:
        query = query.where(audit.c.utc_s < wanted.to_utc_s)
    return query


async def of_organisation(
    connection: AsyncConnection, organisation_id: str | None, after: int, limit: int
) -> list[Row[tuple[object, ...]]]:
    """Up to `limit` records numbered above `after`, oldest first."""
    query = _of_organisation(organisation_id).where(audit.c.id > after)
    return list(await connection.execute(query.order_by(audit.c.id).limit(limit)))


def newest_first(organisation_id: str | None, wanted: Wanted) -> Select[Any]:
    """What an administrator looks for, to be read in pages."""
    return _of_organisation(organisation_id, wanted).order_by(audit.c.id.desc())


async def kinds(connection: AsyncConnection, organisation_id: str | None) -> list[str]:
    """What was ever done, to choose from."""
    query = select(audit.c.what).where(audit.c.organisation_id == organisation_id).distinct()
    return sorted((await connection.execute(query)).scalars())


async def about(connection: AsyncConnection, user_id: str, limit: int = 20) -> list[Row[tuple[object, ...]]]:
    """What was done to one account, newest first: for its owner to read."""
    query = select(audit).where(audit.c.object_id == user_id).order_by(audit.c.id.desc()).limit(limit)
    return list(await connection.execute(query))
