"""How callers stand to trips, as the store holds it now: the facts of one, or of many, by one statement."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Actor, Facts, Role
from server.consent import Purpose, in_force_clause
from server.tables import alerts, relations, shares, trips

Trip = Row[tuple[object, ...]]
_PAIRS: Final = 500  # in one statement


async def of_trip(connection: AsyncConnection, actor: Actor, trip_id: str) -> tuple[Trip, Facts] | None:
    """The trip's row, and how `actor` stands to it; None: there is no such trip."""
    rows = (await connection.execute(_ONE, {"viewer": actor.user_id, "trip": trip_id})).all()
    return (rows[0], _facts(actor, rows)) if rows else None


async def of_trips(connection: AsyncConnection, asked: Sequence[tuple[Actor, str]]) -> list[Facts | None]:
    """As `of_trip`, for each (actor, trip id)."""
    found: list[Facts | None] = []
    for first in range(0, len(asked), _PAIRS):
        some = asked[first : first + _PAIRS]
        ids = {
            "viewers": sorted({actor.user_id for actor, _ in some}),
            "trips": sorted({trip_id for _, trip_id in some}),
        }
        rows: dict[str, list[Trip]] = {}
        for row in await connection.execute(_MANY, ids):
            rows.setdefault(str(row.id), []).append(row)
        found += [_facts(actor, rows[trip_id]) if trip_id in rows else None for actor, trip_id in some]
    return found


def agreed() -> ColumnElement[bool]:
    """The relation is in force: the wearer has agreed, and neither has ended it."""
    return and_(relations.c.agreed_utc_s.is_not(None), relations.c.ended_utc_s.is_(None))


def open_call() -> ColumnElement[bool]:
    """EXISTS: the outer query's trip has an open call for help, or fall."""
    call = select(alerts.c.id).where(
        alerts.c.trip_id == trips.c.id,
        or_(alerts.c.kind == "sos", alerts.c.kind == "fell"),
        # "asking": the wearer is asked first. A person who has taken it goes on looking.
        or_(alerts.c.state == "open", alerts.c.state == "acknowledged"),
    )
    return exists(call.correlate(trips))


def _facts(actor: Actor, rows: Iterable[Trip]) -> Facts:
    """By the rows of one trip, which has one for each viewer who was asked about and stands in a relation."""
    found = list(rows)
    if actor.role in (Role.DEVICE, Role.WEARER):
        trip = found[0]
        return Facts(own=trip.wearer_id == actor.user_id and actor.device_id in (None, trip.device_id))
    mine = [row for row in found if row.viewer_id == actor.user_id]
    caregiver = actor.role is Role.CAREGIVER
    return Facts(
        shared=caregiver and any(row.shared for row in mine),
        emergency=caregiver and any(row.emergency for row in mine),
        enrolled=actor.role is Role.EVALUATOR and any(row.enrolled for row in mine),
    )


def _with_facts(of_trips: ColumnElement[bool], of_viewers: ColumnElement[bool]) -> Select[Any]:
    share = select(shares.c.id).where(
        shares.c.trip_id == trips.c.id,
        shares.c.withdrawn_utc_s.is_(None),
        relations.c.agreed_utc_s <= shares.c.given_utc_s,
    )
    wearer_id = trips.c.wearer_id
    shared = and_(exists(share.correlate(trips, relations)), in_force_clause(Purpose.LIVE_SHARING, wearer_id))
    emergency = and_(
        relations.c.id.is_not(None), open_call(), in_force_clause(Purpose.EMERGENCY_SHARING, wearer_id)
    )
    enrolled = and_(
        relations.c.agreed_utc_s <= trips.c.accepted_utc_s, in_force_clause(Purpose.TRIAL_RESEARCH, wearer_id)
    )
    related = and_(relations.c.wearer_id == trips.c.wearer_id, of_viewers, agreed())
    return (
        select(
            trips,
            relations.c.viewer_id,
            shared.label("shared"),
            emergency.label("emergency"),
            enrolled.label("enrolled"),
        )
        .outerjoin(relations, related)
        .where(of_trips)
    )


# Made once: they take longer to put together than to ask, and open views ask again and again.
_ONE: Final = _with_facts(trips.c.id == bindparam("trip"), relations.c.viewer_id == bindparam("viewer"))
_MANY: Final = _with_facts(
    trips.c.id.in_(bindparam("trips", expanding=True)),
    relations.c.viewer_id.in_(bindparam("viewers", expanding=True)),
)
