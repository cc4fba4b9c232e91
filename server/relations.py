"""Who may look at whom by whose consent. Who is in no relation sees nothing."""

from sqlalchemy import ColumnElement, Row, Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role, role_may
from server.allow import allow_relation
from server.clock import Clock
from server.consent import Purpose, require
from server.database import Database
from server.errors import Conflict, NotFound
from server.tables import relations, users

MOST_STEPS = 9  # of the order in which caregivers are told: nobody waits through ten


async def agree_now(connection: AsyncConnection, viewer_id: str, wearer_id: str, now_s: float) -> None:
    """The wearer agrees to this viewer, in the caller's transaction. Nothing where that holds already."""
    found = (await connection.execute(_going(viewer_id, wearer_id))).first()
    if found is None:
        values = {"viewer_id": viewer_id, "wearer_id": wearer_id, "asked_utc_s": now_s, "agreed_utc_s": now_s}
        values["alert_order"] = await _first_order(connection, viewer_id, wearer_id)
        await connection.execute(insert(relations).values(values))
    elif found.agreed_utc_s is None:
        order = await _first_order(connection, viewer_id, wearer_id)
        change = update(relations).where(relations.c.id == found.id, relations.c.agreed_utc_s.is_(None))
        await connection.execute(change.values(agreed_utc_s=now_s, alert_order=order))


def _going(viewer_id: str, wearer_id: str) -> Select[tuple[object, ...]]:
    return select(relations).where(
        relations.c.viewer_id == viewer_id,
        relations.c.wearer_id == wearer_id,
        relations.c.ended_utc_s.is_(None),
    )


async def _first_order(connection: AsyncConnection, viewer_id: str, wearer_id: str) -> int | None:
    """A new caregiver is told of alerts together with those who are told first; an evaluator never."""
    caregiver = select(users.c.id).where(users.c.id == viewer_id, users.c.role == Role.CAREGIVER)
    if not (await connection.execute(select(exists(caregiver)))).scalar_one():
        return None
    first = select(func.min(relations.c.alert_order)).where(
        relations.c.wearer_id == wearer_id,
        relations.c.agreed_utc_s.is_not(None),
        relations.c.ended_utc_s.is_(None),
    )
    return (await connection.execute(first)).scalar_one() or 1


async def ask_relation(
    db: Database, clock: Clock, viewer_id: str, wearer_id: str, *, wearer_agreed: bool
) -> None:
    """Ask the wearer to let `viewer_id` look; `wearer_agreed` records a consent given elsewhere.

    Does nothing to a relation that is in force already.
    """
    now_s = clock.utc_s()
    async with db.write() as connection:
        if wearer_agreed:
            await agree_now(connection, viewer_id, wearer_id, now_s)
        elif (await connection.execute(_going(viewer_id, wearer_id))).first() is None:
            values = {"viewer_id": viewer_id, "wearer_id": wearer_id, "asked_utc_s": now_s}
            await connection.execute(insert(relations).values(values))


async def agree(db: Database, clock: Clock, wearer: Actor, relation_id: int) -> None:
    """The wearer says yes to who has asked; once.

    To an evaluator only with consent to the trial: else raises `consent.NotAgreed`.
    """
    async with db.write() as connection:
        row = await allow_relation(connection, wearer, Action.ANSWER_RELATION, relation_id)
        if row.agreed_utc_s is not None:
            raise NotFound("その見守りの申し込みはありません。", "There is no such request.")
        role = select(users.c.role).where(users.c.id == row.viewer_id)
        if (await connection.execute(role)).scalar_one() == Role.EVALUATOR:
            await require(connection, wearer.user_id, Purpose.TRIAL_RESEARCH)
        await agree_now(connection, str(row.viewer_id), wearer.user_id, clock.utc_s())


async def end_relation(db: Database, clock: Clock, actor: Actor, relation_id: int) -> None:
    """The wearer says no, or no longer; or the caregiver or evaluator leaves.

    After it the caller tells `hub.rights_changed()`: open views close.
    """
    async with db.write() as connection:
        await allow_relation(connection, actor, Action.END_RELATION, relation_id)
        change = update(relations).where(relations.c.id == relation_id, relations.c.ended_utc_s.is_(None))
        await connection.execute(change.values(ended_utc_s=clock.utc_s()))


async def set_alert_order(db: Database, wearer: Actor, relation_id: int, order: int | None) -> None:
    """When alerts reach this caregiver: 1 first, the same number together; None: not at all."""
    async with db.write() as connection:
        row = await allow_relation(connection, wearer, Action.ANSWER_RELATION, relation_id)
        role = select(users.c.role).where(users.c.id == row.viewer_id)
        if row.agreed_utc_s is None or (await connection.execute(role)).scalar_one() != Role.CAREGIVER:
            raise Conflict(
                "順番は、同意した見守り者にだけ付けられます。",
                "Only a caregiver whom you have agreed to has a place in the order.",
            )
        change = update(relations).where(relations.c.id == relation_id)
        await connection.execute(change.values(alert_order=order))


async def relations_of(db: Database, wearer_id: str) -> list[Row[tuple[object, ...]]]:
    """Who looks or asks to look at the wearer: id, name, role, asked_utc_s, agreed_utc_s, alert_order."""
    return await _people(db, relations.c.viewer_id, relations.c.wearer_id == wearer_id)


async def listed(
    db: Database, actor: Actor, after: int = 0, limit: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """As `relations_of`; for others, whom they look at. An evaluator gets pseudonyms in place of names.

    Those numbered above `after`, up to `limit` of them.
    """
    role_may(actor, Action.LIST_RELATIONS)
    above = relations.c.id > after
    if actor.role is Role.WEARER:
        mine = relations.c.wearer_id == actor.user_id
        return await _people(db, relations.c.viewer_id, above & mine, limit=limit)
    return await _people(
        db,
        relations.c.wearer_id,
        above & (relations.c.viewer_id == actor.user_id),
        pseudonyms=actor.role is Role.EVALUATOR,
        limit=limit,
    )


async def _people(
    db: Database,
    other: ColumnElement[str],
    mine: ColumnElement[bool],
    *,
    pseudonyms: bool = False,
    limit: int | None = None,
) -> list[Row[tuple[object, ...]]]:
    query = (
        select(
            relations.c.id,
            (users.c.pseudonym if pseudonyms else users.c.name).label("name"),
            users.c.role,
            relations.c.asked_utc_s,
            relations.c.agreed_utc_s,
            relations.c.alert_order,
        )
        .join(users, users.c.id == other)
        .where(mine, relations.c.ended_utc_s.is_(None))
        .order_by(relations.c.id)
        .limit(limit)
    )
    async with db.read() as connection:
        return list(await connection.execute(query))
