"""What administrators and the command line did to accounts and devices: never a position, never a name."""

import json
from dataclasses import dataclass

from sqlalchemy import Row, func, insert, select
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


async def of_organisation(
    connection: AsyncConnection, organisation_id: str | None, after: int, limit: int
) -> list[Row[tuple[object, ...]]]:
    """Up to `limit` records numbered above `after`, oldest first, with the names of now."""
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
        .where(audit.c.organisation_id == organisation_id, audit.c.id > after)
        .order_by(audit.c.id)
        .limit(limit)
    )
    return list(await connection.execute(query))


async def about(connection: AsyncConnection, user_id: str, limit: int = 20) -> list[Row[tuple[object, ...]]]:
    """What was done to one account, newest first: for its owner to read."""
    query = select(audit).where(audit.c.object_id == user_id).order_by(audit.c.id.desc()).limit(limit)
    return list(await connection.execute(query))
