"""Trips as a list: which ones somebody may see, how each stands, since when, and how old that is."""

from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, Role, role_may
from server.allow import allow_trip
from server.feed import last_seen, load
from server.tables import trips, users
from server.trips import enrolled_with, open_to
from server.walk_state import NO_CONTACT_S, State, judge
from wire.base import message

MOST: Final = 50
_NAMES: Final = select(users.c.name, users.c.pseudonym).where(users.c.id == bindparam("wearer"))


@message
class TripStanding:
    """One trip. `person`: the wearer's name, for evaluators their pseudonym; null in one's own list.

    `state`, `since_utc_s`: how the walk stands, and since when; null: nothing has looked at it yet.
    `age_s`: how old the last position is; null: there is none, or the trip is over.
    """

    trip_id: str
    person: str | None
    practice: bool
    started_utc_s: float
    ended_utc_s: float | None
    state: State | None
    since_utc_s: float | None
    age_s: float | None


@message
class TripPage:
    """Newest first. Ask again with `after=next` until `next` is null."""

    trips: tuple[TripStanding, ...]
    next: str | None


async def listed(
    connection: AsyncConnection, actor: Actor, after: str | None, limit: int, now_s: float
) -> TripPage:
    """The trips that the actor may see, from the one after `after` on."""
    role_may(actor, Action.READ_TRIP)
    mine = _visible_to(actor)
    query = mine.order_by(trips.c.accepted_utc_s.desc(), trips.c.id.desc()).limit(limit + 1)
    if after is not None:
        last = (await connection.execute(mine.where(trips.c.id == after))).one_or_none()
        if last is None:
            return TripPage(trips=(), next=None)
        same = and_(trips.c.accepted_utc_s == last.accepted_utc_s, trips.c.id < after)
        query = query.where(or_(trips.c.accepted_utc_s < last.accepted_utc_s, same))
    rows = list(await connection.execute(query))
    shown = rows[:limit]
    found = [await _stands(connection, row, row.person, now_s) for row in shown]
    return TripPage(trips=tuple(found), next=shown[-1].id if len(rows) > limit else None)


def _visible_to(actor: Actor) -> Select[Any]:
    person = users.c.pseudonym if actor.role is Role.EVALUATOR else users.c.name
    query = select(trips, person.label("person")).join(users, users.c.id == trips.c.wearer_id)
    match actor.role:
        case Role.CAREGIVER:
            return query.where(open_to(actor.user_id))
        case Role.EVALUATOR:
            return query.where(enrolled_with(actor.user_id))
        case _:
            own = select(trips, users.c.name.label("person")).join(users, users.c.id == trips.c.wearer_id)
            own = own.where(trips.c.wearer_id == actor.user_id)
            return own if actor.device_id is None else own.where(trips.c.device_id == actor.device_id)


async def _stands(
    connection: AsyncConnection, trip: Row[tuple[object, ...]], person: str | None, now_s: float
) -> TripStanding:
    """By what is written down of it. What was written of a walk that fell silent since does not hold."""
    state, since_s, age_s = trip.state, trip.state_utc_s, None
    if trip.ended_utc_s is not None:
        if state != "sos":
            state, since_s = ("arrived" if trip.arrived else "ended"), trip.ended_utc_s
    else:
        seen = await last_seen(connection, trip.id)
        age_s = None if seen is None else max(now_s - seen.utc_s, 0.0)
    if state in ("walking", "paused", "off_route") and (age_s is None or age_s >= NO_CONTACT_S):
        state, since_s = None, None
    return _standing(trip, person, state, since_s, age_s)


async def one(connection: AsyncConnection, actor: Actor, trip_id: str, now_s: float) -> TripStanding:
    """One trip as it stands at this moment, by its events; `Forbidden` or `NotFound`."""
    trip = await allow_trip(connection, actor, Action.READ_TRIP, trip_id)
    wearer = (await connection.execute(_NAMES, {"wearer": trip.wearer_id})).one()
    person = wearer.pseudonym if actor.role is Role.EVALUATOR else wearer.name
    walk = (await load(connection, trip, "")).walk
    standing = judge(walk, now_s)
    over = walk.end is not None
    age_s = None if walk.last is None or over else max(now_s - walk.last.utc_s, 0.0)
    return _standing(trip, person, standing.state, standing.since_utc_s, age_s)


def _standing(
    trip: Row[Any], person: str | None, state: State | None, since_s: float | None, age_s: float | None
) -> TripStanding:
    return TripStanding(
        trip_id=trip.id,
        person=person,
        practice=trip.practice,
        started_utc_s=trip.started_utc_s,
        ended_utc_s=trip.ended_utc_s,
        state=state,
        since_utc_s=since_s,
        age_s=None if age_s is None else round(age_s, 1),
    )
