"""Whether a caller may, at this object: the facts of `server/access.py` as the store holds them now.

Each `allow_*` gives the object's row, or raises: `Forbidden` where the role never may, `NotFound` where
there is no such object or it is not theirs. A stranger cannot tell those two apart.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server import trip_facts
from server.access import Action, Actor, Facts, Role, may, role_may
from server.consent import Purpose, in_force_clause
from server.errors import ApiError, Forbidden, NotFound
from server.tables import blockages, devices, plans, relations, shares, trials, trips, users


async def allow_trip(
    connection: AsyncConnection, actor: Actor, action: Action, trip_id: str
) -> Row[tuple[object, ...]]:
    """The trip's row if `actor` may; else `Forbidden` (never) or `NotFound` (not this one)."""
    role_may(actor, action)
    found = await trip_facts.of_trip(connection, actor, trip_id)
    if found is None or not may(actor.role, action, found[1]):
        raise _no_trip()
    return found[0]


async def refused_trips(
    connection: AsyncConnection, action: Action, asked: Sequence[tuple[Actor, str]]
) -> list[ApiError | None]:
    """Why each (actor, trip id) may not, as `allow_trip` would raise it; None: they may. One statement."""
    facts = await trip_facts.of_trips(connection, asked)
    return [_refusal(actor, action, found) for (actor, _), found in zip(asked, facts, strict=True)]


def _refusal(actor: Actor, action: Action, facts: Facts | None) -> ApiError | None:
    try:
        role_may(actor, action)
    except Forbidden as never:
        return never
    return None if facts is not None and may(actor.role, action, facts) else _no_trip()


def _no_trip() -> NotFound:
    return NotFound(
        "その外出はないか、見る権限がありません。", "There is no such trip, or it is not yours to see."
    )


async def allow_route(connection: AsyncConnection, actor: Actor, action: Action, route_id: str) -> None:
    """As `allow_trip`, for a planned route."""
    role_may(actor, action)
    if not may(actor.role, action, await _route_facts(connection, actor, route_id)):
        raise NotFound(
            "その経路はないか、見る権限がありません。", "There is no such route, or it is not yours to see."
        )


async def allow_streets(connection: AsyncConnection, actor: Actor, action: Action) -> None:
    """Raise `Forbidden` unless `actor` may do this to what belongs to a map and not to a person."""
    role_may(actor, action)
    related = bool((await connection.execute(select(exists(_agreed(actor.user_id))))).scalar_one())
    if not may(actor.role, action, Facts(related=related)):
        raise Forbidden("同意した利用者がいるときにできます。", "A wearer must have agreed to you first.")


async def allow_report(
    connection: AsyncConnection, actor: Actor, action: Action, blockage_id: str
) -> Row[tuple[object, ...]]:
    """The reported blockage if it is the actor's own; else `NotFound`, also where there is none."""
    role_may(actor, action)
    row = (await connection.execute(select(blockages).where(blockages.c.id == blockage_id))).one_or_none()
    if row is None or not may(actor.role, action, Facts(reported=row.reporter_id == actor.user_id)):
        raise NotFound(
            "その知らせはないか、あなたの知らせではありません。",
            "There is no such report, or it is not yours.",
        )
    return row


async def allow_person(
    connection: AsyncConnection, actor: Actor, action: Action, user_id: str
) -> Row[tuple[object, ...]]:
    """The account's row if it belongs to the actor's organisation; else `Forbidden` or `NotFound`."""
    role_may(actor, action)
    row = (await connection.execute(select(users).where(users.c.id == user_id))).one_or_none()
    facts = Facts() if row is None else await _organisation_facts(connection, actor, row.organisation_id)
    if row is None or row.erased_utc_s is not None or not may(actor.role, action, facts):
        raise NotFound(
            "その人はいないか、あなたの組織の人ではありません。",
            "There is no such person in your organisation.",
        )
    return row


async def allow_device(
    connection: AsyncConnection, actor: Actor, action: Action, device_id: str
) -> Row[tuple[object, ...]]:
    """The device's row with its wearer's `organisation_id`, for the wearer or their administrator."""
    role_may(actor, action)
    query = (
        select(devices, users.c.organisation_id)
        .join(users, users.c.id == devices.c.wearer_id)
        .where(devices.c.id == device_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None or not may(actor.role, action, await _device_facts(connection, actor, row)):
        raise NotFound(
            "その装置はないか、あなたの装置ではありません。", "There is no such device, or it is not yours."
        )
    return row


async def allow_relation(
    connection: AsyncConnection, actor: Actor, action: Action, relation_id: int
) -> Row[tuple[object, ...]]:
    """The row of a relation that has not ended, for one of its two sides."""
    role_may(actor, action)
    query = select(relations).where(relations.c.id == relation_id, relations.c.ended_utc_s.is_(None))
    row = (await connection.execute(query)).one_or_none()
    if row is not None:
        own, party = row.wearer_id == actor.user_id, row.viewer_id == actor.user_id
        if may(actor.role, action, Facts(own=own, party=party)):
            return row
    raise NotFound("その見守りの申し込みはありません。", "There is no such request.")


async def allow_trial(
    connection: AsyncConnection, actor: Actor, action: Action, trial_id: str
) -> Row[tuple[object, ...]]:
    """The row of a published report, for the evaluators of its organisation."""
    role_may(actor, action)
    row = (await connection.execute(select(trials).where(trials.c.id == trial_id))).one_or_none()
    facts = Facts() if row is None else await _organisation_facts(connection, actor, row.organisation_id)
    if row is None or not may(actor.role, action, facts):
        raise NotFound(
            "その結果はないか、あなたの組織の結果ではありません。",
            "There is no such result in your organisation.",
        )
    return row


async def _device_facts(connection: AsyncConnection, actor: Actor, device: Row[tuple[object, ...]]) -> Facts:
    if actor.role is Role.ADMINISTRATOR:
        return await _organisation_facts(connection, actor, device.organisation_id)
    return Facts(own=device.wearer_id == actor.user_id and actor.device_id in (None, device.id))


async def _organisation_facts(
    connection: AsyncConnection, actor: Actor, organisation_id: str | None
) -> Facts:
    mine = select(users.c.organisation_id).where(users.c.id == actor.user_id)
    own = (await connection.execute(mine)).scalar_one_or_none()
    return Facts(organisation=own is not None and own == organisation_id)


def _agreed(viewer_id: ColumnElement[str] | str) -> Select[tuple[int]]:
    return select(relations.c.id).where(relations.c.viewer_id == viewer_id, trip_facts.agreed())


def in_emergency(viewer_id: ColumnElement[str] | str) -> ColumnElement[bool]:
    """EXISTS: the outer query's trip has an open call for help, or fall, that the viewer may see to."""
    mine = _agreed(viewer_id).where(
        relations.c.wearer_id == trips.c.wearer_id,
        trip_facts.open_call(),
        in_force_clause(Purpose.EMERGENCY_SHARING, relations.c.wearer_id),
    )
    return exists(mine.correlate(trips))


async def _route_facts(connection: AsyncConnection, actor: Actor, route_id: str) -> Facts:
    if actor.role in (Role.DEVICE, Role.WEARER):
        own = select(plans.c.id).where(plans.c.route_id == route_id, plans.c.wearer_id == actor.user_id)
        return Facts(own=bool((await connection.execute(select(exists(own)))).scalar_one()))
    shared = _agreed(actor.user_id).where(
        or_(trips.c.route_id == route_id, trips.c.followed_route_id == route_id),
        trips.c.wearer_id == relations.c.wearer_id,
        shares.c.trip_id == trips.c.id,
        shares.c.withdrawn_utc_s.is_(None),
        relations.c.agreed_utc_s <= shares.c.given_utc_s,
        in_force_clause(Purpose.LIVE_SHARING, relations.c.wearer_id),
    )
    return Facts(shared=bool((await connection.execute(select(exists(shared)))).scalar_one()))
