"""Who runs the service at one place: a municipality, a welfare office. Every account belongs to one."""

from typing import Final

from sqlalchemy import Row, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server import audit
from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.errors import AccountError
from server.names import is_name
from server.tables import organisations, users

LOCAL: Final = "local"  # made by the migration; the only one where nobody makes another


async def add_organisation(db: Database, clock: Clock, name: str) -> str:
    """Its id. `AccountError` where the name is taken or is none."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not is_name(name):
        raise AccountError("an organisation's name has 1 to 100 printable characters")
    made, now_s = new_id(), clock.utc_s()
    try:
        async with db.write() as connection:
            await connection.execute(insert(organisations).values(id=made, name=name, created_utc_s=now_s))
            await audit.record(connection, now_s, audit.By(made), "organisation_added", made)
    except IntegrityError:
        raise AccountError(f"there is an organisation {name!r} already: choose another name") from None
    return made


async def organisations_with_counts(db: Database) -> list[Row[tuple[object, ...]]]:
    """All of them: id, name, people."""
    query = (
        select(organisations.c.id, organisations.c.name, func.count(users.c.id).label("people"))
        .outerjoin(users, users.c.organisation_id == organisations.c.id)
        .group_by(organisations.c.id, organisations.c.name)
        .order_by(organisations.c.name)
    )
    async with db.read() as connection:
        return list(await connection.execute(query))


async def organisation_named(db: Database, name: str) -> str:
    """The id of the organisation of this name (or id), or `AccountError`."""
    query = select(organisations.c.id).where((organisations.c.name == name) | (organisations.c.id == name))
    async with db.read() as connection:
        found = (await connection.execute(query)).scalars().first()
    if found is None:
        raise AccountError(f"there is no organisation {name!r}: see `shirube server organisation list`")
    return str(found)


async def organisation_of(connection: AsyncConnection, user_id: str) -> str | None:
    """The id of the organisation that this account belongs to."""
    query = select(users.c.organisation_id).where(users.c.id == user_id)
    return (await connection.execute(query)).scalar_one_or_none()
