"""Who looked at a wearer, when and at what: written with the look, read by the wearer."""

from collections.abc import Iterable

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Actor, Role
from server.tables import links, looks, users
from wire.base import message

# A page that is opened again within this time is the same look.
LOOK_AGAIN_S = 300.0
EXPORT = "export"  # the office took a copy of everything for the wearer, by the command line


@message
class Look:
    """One look. `role`: of a person, "link" (whoever held the link that is named) or "office"."""

    id: int
    utc_s: float
    role: str
    name: str
    what: str
    trip_id: str | None


def look_row(viewer_id: str, wearer_id: str, trip_id: str, what: str, utc_s: float) -> dict[str, object]:
    """What is written of a look at a trip."""
    return {
        "viewer_id": viewer_id,
        "wearer_id": wearer_id,
        "trip_id": trip_id,
        "what": what,
        "utc_s": utc_s,
    }


async def write_looks(
    connection: AsyncConnection, actor: Actor, seen: Iterable[tuple[str, str]], what: str, now_s: float
) -> None:
    """Write that `actor` looked at each (wearer id, trip id); what was written lately is not again."""
    if actor.role in (Role.DEVICE, Role.WEARER):
        return
    lately = select(looks.c.trip_id).where(
        looks.c.viewer_id == actor.user_id, looks.c.what == what, looks.c.utc_s > now_s - LOOK_AGAIN_S
    )
    known = set((await connection.execute(lately)).scalars())
    rows = [look_row(actor.user_id, wearer, trip, what, now_s) for wearer, trip in seen if trip not in known]
    if rows:
        await connection.execute(insert(looks), rows)


async def write_looks_at(
    connection: AsyncConnection, actor: Actor, wearer_ids: Iterable[str], what: str, now_s: float
) -> None:
    """As `write_looks`, at something of each wearer that is no trip."""
    lately = select(looks.c.wearer_id).where(
        looks.c.viewer_id == actor.user_id, looks.c.what == what, looks.c.utc_s > now_s - LOOK_AGAIN_S
    )
    known = set((await connection.execute(lately)).scalars())
    rows = [
        {"viewer_id": actor.user_id, "wearer_id": wearer, "what": what, "utc_s": now_s}
        for wearer in sorted(set(wearer_ids) - known)
    ]
    if rows:
        await connection.execute(insert(looks), rows)


async def write_office_look(connection: AsyncConnection, wearer_id: str, what: str, now_s: float) -> None:
    """Write that whoever keeps the server took something of the wearer's."""
    await connection.execute(insert(looks).values(wearer_id=wearer_id, what=what, utc_s=now_s))


async def looks_at(
    connection: AsyncConnection, wearer_id: str, after: int | None, limit: int
) -> tuple[Look, ...]:
    """Looks at the wearer, newest first, from the one before `after` on (None: from the newest)."""
    query = (
        select(looks, users.c.name, users.c.role, links.c.name.label("link_name"))
        .outerjoin(users, users.c.id == looks.c.viewer_id)
        .outerjoin(links, links.c.id == looks.c.link_id)
        .where(looks.c.wearer_id == wearer_id)
        .order_by(looks.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(looks.c.id < after)
    return tuple(_look(row) for row in await connection.execute(query))


def _look(row: Row[tuple[object, ...]]) -> Look:
    role, name = "office", ""
    if row.link_id is not None:
        role, name = "link", row.link_name or ""
    elif row.viewer_id is not None:
        role, name = row.role, row.name
    return Look(id=row.id, utc_s=row.utc_s, role=role, name=name, what=row.what, trip_id=row.trip_id)
