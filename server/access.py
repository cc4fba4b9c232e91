"""Who may do what with which object: one table, and the facts that it is asked with.

Every read goes through `allow`: a role alone opens nothing but what is nobody's: planning, the
places of a map, its closed paths.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.errors import Forbidden, NotFound
from server.tables import blockages, plans, relations, shares, trips


class Role(StrEnum):
    """Who calls. A device acts for its wearer, within its own trips."""

    DEVICE = "device"
    WEARER = "wearer"
    CAREGIVER = "caregiver"
    EVALUATOR = "evaluator"


class Action(StrEnum):
    """What they want."""

    PLAN_ROUTE = "plan_route"
    READ_ROUTE = "read_route"
    START_TRIP = "start_trip"
    READ_EVENTS = "read_events"
    READ_OUTING = "read_outing"
    WATCH_LIVE = "watch_live"
    SHARE_TRIP = "share_trip"
    FIND_PLACE = "find_place"
    REPORT_BLOCKAGE = "report_blockage"
    READ_BLOCKAGES = "read_blockages"
    REMOVE_BLOCKAGE = "remove_blockage"


class Need(StrEnum):
    """What must hold between caller and object."""

    NOTHING = "nothing"  # there is no object yet
    OWN = "own"
    SHARED = "shared"
    ENROLLED = "enrolled"
    RELATED = "related"  # a caregiver to whom some wearer agrees now
    REPORTED = "reported"  # who reported it, and nobody else


# No row: never.
TABLE: dict[tuple[Role, Action], Need] = {
    (Role.DEVICE, Action.PLAN_ROUTE): Need.NOTHING,
    (Role.DEVICE, Action.READ_ROUTE): Need.OWN,
    (Role.DEVICE, Action.START_TRIP): Need.OWN,
    (Role.DEVICE, Action.READ_EVENTS): Need.OWN,
    (Role.DEVICE, Action.READ_OUTING): Need.OWN,
    (Role.WEARER, Action.PLAN_ROUTE): Need.NOTHING,
    (Role.WEARER, Action.READ_ROUTE): Need.OWN,
    (Role.WEARER, Action.READ_EVENTS): Need.OWN,
    (Role.WEARER, Action.READ_OUTING): Need.OWN,
    (Role.WEARER, Action.WATCH_LIVE): Need.OWN,
    (Role.WEARER, Action.SHARE_TRIP): Need.OWN,
    (Role.DEVICE, Action.FIND_PLACE): Need.NOTHING,
    (Role.DEVICE, Action.REPORT_BLOCKAGE): Need.NOTHING,
    (Role.DEVICE, Action.READ_BLOCKAGES): Need.NOTHING,
    (Role.DEVICE, Action.REMOVE_BLOCKAGE): Need.REPORTED,
    (Role.WEARER, Action.FIND_PLACE): Need.NOTHING,
    (Role.WEARER, Action.REPORT_BLOCKAGE): Need.NOTHING,
    (Role.WEARER, Action.READ_BLOCKAGES): Need.NOTHING,
    (Role.WEARER, Action.REMOVE_BLOCKAGE): Need.REPORTED,
    (Role.CAREGIVER, Action.REPORT_BLOCKAGE): Need.RELATED,
    (Role.CAREGIVER, Action.READ_BLOCKAGES): Need.RELATED,
    # Also when no wearer agrees any more: a wrong report must not outlive the one who can end it.
    (Role.CAREGIVER, Action.REMOVE_BLOCKAGE): Need.REPORTED,
    (Role.CAREGIVER, Action.READ_ROUTE): Need.SHARED,
    (Role.CAREGIVER, Action.READ_EVENTS): Need.SHARED,
    (Role.CAREGIVER, Action.READ_OUTING): Need.SHARED,
    (Role.CAREGIVER, Action.WATCH_LIVE): Need.SHARED,
    # Minutes only: events and routes say where a person lives.
    (Role.EVALUATOR, Action.READ_OUTING): Need.ENROLLED,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller. `user_id` is the wearer's for a device."""

    user_id: str
    role: Role
    name: str
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """How the caller stands to one object.

    `shared`: a caregiver whom the wearer had agreed to when sharing this trip, and both still hold.
    `enrolled`: an evaluator whom the wearer had agreed to before the trip, and it still holds.
    `related`: a caregiver to whom any wearer agrees now. `reported`: the object is their own report.
    """

    own: bool = False
    shared: bool = False
    enrolled: bool = False
    related: bool = False
    reported: bool = False


def may(role: Role, action: Action, facts: Facts) -> bool:
    """The decision. Pure: the whole table is tested."""
    match TABLE.get((role, action)):
        case None:
            return False
        case Need.NOTHING:
            return True
        case Need.OWN:
            return facts.own
        case Need.SHARED:
            return facts.shared
        case Need.ENROLLED:
            return facts.enrolled
        case Need.RELATED:
            return facts.related
        case Need.REPORTED:
            return facts.reported


def role_may(actor: Actor, action: Action) -> None:
    """Raise `Forbidden` where no object could make it right."""
    if (actor.role, action) not in TABLE:
        raise Forbidden("この役割ではできません。", f"The role {actor.role} may not do this.")


async def allow_trip(
    connection: AsyncConnection, actor: Actor, action: Action, trip_id: str
) -> Row[tuple[object, ...]]:
    """The trip's row if `actor` may; else `Forbidden` (never) or `NotFound` (not this one)."""
    role_may(actor, action)
    trip = (await connection.execute(select(trips).where(trips.c.id == trip_id))).one_or_none()
    if trip is None or not may(actor.role, action, await _trip_facts(connection, actor, trip)):
        raise NotFound(
            "その外出はないか、見る権限がありません。", "There is no such trip, or it is not yours to see."
        )
    return trip


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


def _agreed(viewer_id: str) -> Select[tuple[int]]:
    return select(relations.c.id).where(
        relations.c.viewer_id == viewer_id,
        relations.c.agreed_utc_s.is_not(None),
        relations.c.ended_utc_s.is_(None),
    )


async def _trip_facts(connection: AsyncConnection, actor: Actor, trip: Row[tuple[object, ...]]) -> Facts:
    mine = trip.wearer_id == actor.user_id and actor.device_id in (None, trip.device_id)
    if actor.role in (Role.DEVICE, Role.WEARER):
        return Facts(own=mine)
    agreed = _agreed(actor.user_id).where(relations.c.wearer_id == trip.wearer_id)
    shared = agreed.where(
        shares.c.trip_id == trip.id,
        shares.c.withdrawn_utc_s.is_(None),
        relations.c.agreed_utc_s <= shares.c.given_utc_s,
    )
    enrolled = agreed.where(relations.c.agreed_utc_s <= trip.accepted_utc_s)
    answer = (await connection.execute(select(exists(shared), exists(enrolled)))).one()
    return Facts(
        shared=actor.role is Role.CAREGIVER and bool(answer[0]),
        enrolled=actor.role is Role.EVALUATOR and bool(answer[1]),
    )


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
    )
    return Facts(shared=bool((await connection.execute(select(exists(shared)))).scalar_one()))
