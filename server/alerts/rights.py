"""Who may be told of an alert, and who may read it: asked anew for each step, each message and each look.

A caregiver whom the wearer agreed to, where the trip is shared with them; of a call for help or a fall also
where it is not, if the wearer agreed to that for emergencies. Of those the organisation's duty may see, and
take, what it was told of; never where it was.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Join, Row, Select, and_, case, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Facts, Role, may, role_may
from server.alerts.words import FOR_INFORMATION
from server.consent import Purpose, in_force_clause
from server.errors import NotFound
from server.tables import alerts, channels, deliveries, relations, shares, users

# A person may lie on the road: told faster, again and again, and beyond what was shared.
URGENT: Final = ("sos", "fell")
ACTIVE: Final = ("open", "acknowledged")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to tell. `order`: 1 is told first."""

    id: str
    order: int


def _agreed() -> ColumnElement[bool]:
    return and_(
        relations.c.wearer_id == alerts.c.wearer_id,
        relations.c.agreed_utc_s.is_not(None),
        relations.c.ended_utc_s.is_(None),
    )


def _shared() -> ColumnElement[bool]:
    share = select(shares.c.id).where(
        shares.c.trip_id == alerts.c.trip_id,
        shares.c.withdrawn_utc_s.is_(None),
        relations.c.agreed_utc_s <= shares.c.given_utc_s,
    )
    return and_(exists(share), in_force_clause(Purpose.LIVE_SHARING, alerts.c.wearer_id))


def _emergency() -> ColumnElement[bool]:
    return and_(alerts.c.kind.in_(URGENT), in_force_clause(Purpose.EMERGENCY_SHARING, alerts.c.wearer_id))


def _in_their_time() -> ColumnElement[bool]:
    """What was over before the wearer agreed to them is not theirs to read."""
    return or_(alerts.c.state != "over", relations.c.agreed_utc_s <= alerts.c.over_utc_s)


def may_see() -> ColumnElement[bool]:
    """The outer query's relation opens its alert. Not while the wearer is being asked."""
    return and_(_agreed(), alerts.c.state != "asking", or_(_shared(), and_(_emergency(), _in_their_time())))


def sees_place() -> ColumnElement[bool]:
    """As `may_see`, with the position: in an emergency that was not shared, only while it lasts."""
    return or_(_shared(), and_(_emergency(), alerts.c.state.in_(ACTIVE)))


def _caregivers() -> Join:
    """Alerts with those who may see them."""
    return relations.join(alerts, may_see()).join(users, users.c.id == relations.c.viewer_id)


async def chain_of(connection: AsyncConnection, alert_id: str) -> list[Person]:
    """Whom the wearer wants to be told, and who may be, in order."""
    query = (
        select(relations.c.viewer_id, relations.c.alert_order)
        .select_from(_caregivers())
        .where(
            alerts.c.id == alert_id,
            relations.c.alert_order.is_not(None),
            users.c.role == Role.CAREGIVER,
            users.c.disabled_utc_s.is_(None),
        )
        .order_by(relations.c.alert_order, relations.c.id)
    )
    return [Person(row.viewer_id, row.alert_order) for row in await connection.execute(query)]


async def duty_of(connection: AsyncConnection, alert_id: str) -> list[str]:
    """The wearer's administrators with a duty channel, in an emergency that the wearer agreed to share."""
    query = (
        select(users.c.id)
        .distinct()
        .select_from(_duties())
        .where(alerts.c.id == alert_id, _emergency(), _on_duty())
    )
    return list((await connection.execute(query)).scalars())


def _duties() -> Join:
    """Alerts with the administrators of the wearer's organisation and their channels."""
    wearer = users.alias()
    return (
        users.join(wearer, wearer.c.organisation_id == users.c.organisation_id)
        .join(alerts, alerts.c.wearer_id == wearer.c.id)
        .join(channels, channels.c.user_id == users.c.id)
    )


def _on_duty() -> ColumnElement[bool]:
    return and_(
        users.c.role == Role.ADMINISTRATOR,
        users.c.disabled_utc_s.is_(None),
        channels.c.duty,
        channels.c.confirmed_utc_s.is_not(None),
        channels.c.failed_utc_s.is_(None),
        channels.c.ended_utc_s.is_(None),
    )


async def may_be_told(connection: AsyncConnection, alert_id: str, person_id: str) -> bool:
    """Whether this person may still have a message of this alert."""
    related = (
        select(relations.c.id)
        .select_from(_caregivers())
        .where(
            alerts.c.id == alert_id,
            relations.c.viewer_id == person_id,
            relations.c.alert_order.is_not(None),
            users.c.disabled_utc_s.is_(None),
        )
    )
    if (await connection.execute(select(exists(related)))).scalar_one():
        return True
    return person_id in await duty_of(connection, alert_id)


async def left_by(connection: AsyncConnection, since_utc_s: float) -> set[str]:
    """Alerts that somebody has taken since then who may not see them any more.

    Their account, the relation, the share or the consent has ended. Who logs out has not left: they know.
    """
    taken = (
        alerts.c.state == "acknowledged",
        alerts.c.acknowledged_utc_s > since_utc_s,
        alerts.c.kind.not_in(FOR_INFORMATION),
    )
    theirs = users.c.id == alerts.c.acknowledged_by
    enabled = users.c.disabled_utc_s.is_(None)
    all_of_them = select(alerts.c.id).where(*taken)
    left = set((await connection.execute(all_of_them)).scalars())
    if left:
        caregivers = select(alerts.c.id).select_from(_caregivers()).where(*taken, theirs, enabled)
        left -= set((await connection.execute(caregivers)).scalars())
    if left:
        duty = select(alerts.c.id).select_from(_duties()).where(*taken, theirs, _emergency(), _on_duty())
        left -= set((await connection.execute(duty)).scalars())
    return left


def _told_on_duty(actor: Actor) -> ColumnElement[bool]:
    """The outer query's alert came to the actor as to one on duty, and they may still see it."""
    told = select(deliveries.c.alert_id).where(
        deliveries.c.user_id == actor.user_id, deliveries.c.what == "raised"
    )
    wearer = users.alias()
    wearers = (
        select(wearer.c.id)
        .select_from(
            users.join(channels, channels.c.user_id == users.c.id).join(
                wearer, wearer.c.organisation_id == users.c.organisation_id
            )
        )
        .where(users.c.id == actor.user_id, _on_duty())
    )
    return and_(alerts.c.id.in_(told), alerts.c.wearer_id.in_(wearers), _emergency())


def visible_to(actor: Actor) -> Select[tuple[Any, ...]]:
    """Alerts that the actor may see, with the wearer's `name`, the `taker`'s, and `placed`: also where."""
    wearer, taker = users.alias("wearer"), users.alias("taker")
    source = alerts.join(wearer, wearer.c.id == alerts.c.wearer_id).outerjoin(
        taker, taker.c.id == alerts.c.acknowledged_by
    )
    placed: ColumnElement[int] = literal(1)
    condition = alerts.c.wearer_id == actor.user_id
    if actor.role is Role.CAREGIVER:
        source = source.join(relations, may_see())
        placed = case((sees_place(), 1), else_=0)
        condition = relations.c.viewer_id == actor.user_id
    elif actor.role is Role.ADMINISTRATOR:
        placed, condition = literal(0), _told_on_duty(actor)
    columns = (alerts, wearer.c.name.label("name"), taker.c.name.label("taker"), placed.label("placed"))
    return select(*columns).select_from(source).where(condition)


async def allow_alert(
    connection: AsyncConnection, actor: Actor, action: Action, alert_id: str
) -> Row[tuple[Any, ...]]:
    """The alert as `visible_to` gives it; else `Forbidden` (never) or `NotFound` (not this one)."""
    role_may(actor, action)
    row: Row[Any] | None = (
        await connection.execute(visible_to(actor).where(alerts.c.id == alert_id))
    ).first()
    facts = Facts(
        own=row is not None and actor.role is Role.WEARER,
        told=row is not None and actor.role in (Role.CAREGIVER, Role.ADMINISTRATOR),
    )
    if row is None or not may(actor.role, action, facts):
        raise NotFound(
            "その知らせはないか、見る権限がありません。", "There is no such alert, or it is not yours to see."
        )
    return row
