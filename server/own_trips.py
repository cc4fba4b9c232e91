"""Trips and routes that a device made by itself, away from the server.

Such a trip has the device's own id, and is known here from the moment its first event arrives, which may be
days later. The rules of consent are those of a trip that is started through the API, asked for the moment
when it began: what a wearer agreed to afterwards does not reach back to it.
"""

import hashlib
import re
from dataclasses import replace
from typing import Final

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.routes import keep_plan
from server.tables import events, plans, routes, shares, trips
from wire.codec import ROUTE
from wire.route import Route
from wire.trip import Rerouted, TripEvent, TripStarted

_OWN_ID: Final = re.compile(r"[0-9a-f]{32}")  # random; a guess of another's would be refused
_ID_LENGTH: Final = 64
# A log that claims to have waited longer was written before the device's clock was set.
_LONGEST_WAIT_S: Final = 30 * 86_400.0


def may_be_own(trip_id: str) -> bool:
    """Whether a trip of that id, which is not known here, may have been begun by a device."""
    return _OWN_ID.fullmatch(trip_id) is not None


def waited_s(event: TripEvent, sent_utc_s: float | None) -> float | None:
    """How long the event was in the device's log, by the device's clock; None: it cannot be told."""
    if sent_utc_s is None or event.utc_s > sent_utc_s:
        return None
    return sent_utc_s - event.utc_s


def happened_utc_s(event: TripEvent, sent_utc_s: float | None, now_s: float) -> float:
    """When it happened, by this server's clock, as far as that can be told."""
    waited = waited_s(event, sent_utc_s)
    if waited is None:
        # The clock that wrote the event was set by satellites, the one that sent it not yet: the event's own
        # second is taken, so that consent never reaches back.
        waited = max(now_s - event.utc_s, 0.0)
    return now_s - waited if waited <= _LONGEST_WAIT_S else now_s


async def make_known(
    connection: AsyncConnection, device_id: str, wearer_id: str, event: TripEvent, at_s: float
) -> None:
    """Note a trip of which `event` is the first to arrive; how it began is told by its `TripStarted`.

    Where the device's log was damaged that may never come, and must not keep what follows from being stored.
    """
    row = {
        "id": event.trip_id,
        "wearer_id": wearer_id,
        "device_id": device_id,
        "route_id": None,
        "practice": False,
        "started_utc_s": event.utc_s,
        "accepted_utc_s": at_s,
    }
    await connection.execute(insert(trips).values(row))


async def begin(
    connection: AsyncConnection, wearer_id: str, event: TripEvent, started: TripStarted, began_s: float
) -> None:
    """The trip's route, and the consent that waited for the wearer's next outing.

    A trip that was started through the API has both, and is left as it is.
    """
    told = select(events.c.id).where(events.c.trip_id == event.trip_id, events.c.type == started.type)
    again = (await connection.execute(told.limit(2))).scalars().all()
    route = (
        await connection.execute(select(trips.c.route_id).where(trips.c.id == event.trip_id))
    ).scalar_one()
    if route is not None or len(again) > 1:
        return
    row = {
        "route_id": await _route_of(connection, wearer_id, started.route, started.route_id, began_s),
        "practice": started.route.source.practice if started.route is not None else started.practice,
        "started_utc_s": event.utc_s,
        "accepted_utc_s": began_s,
    }
    await connection.execute(update(trips).where(trips.c.id == event.trip_id).values(row))
    await use_waiting_share(connection, wearer_id, event.trip_id, began_s)


async def use_waiting_share(
    connection: AsyncConnection, wearer_id: str, trip_id: str, began_s: float
) -> None:
    """Consent that waited for the next outing becomes that for this one only, if given before it began."""
    waiting = select(shares.c.id).where(
        shares.c.wearer_id == wearer_id,
        shares.c.withdrawn_utc_s.is_(None),
        shares.c.trip_id.is_(None),
        shares.c.given_utc_s <= began_s,
    )
    await connection.execute(update(shares).where(shares.c.id.in_(waiting)).values(trip_id=trip_id))


async def follow(
    connection: AsyncConnection, wearer_id: str, log_id: int, event: TripEvent, told: Rerouted, at_s: float
) -> None:
    """From that place of the log on the trip follows another route, unless a later one is known already."""
    route_id = await _route_of(connection, wearer_id, told.route, told.route_id, at_s)
    later = select(func.count()).where(
        events.c.trip_id == event.trip_id,
        events.c.type == told.type,
        or_(events.c.log_id > log_id, (events.c.log_id == log_id) & (events.c.seq > event.seq)),
    )
    if route_id is not None and (await connection.execute(later)).scalar_one() == 0:
        trip = update(trips).where(trips.c.id == event.trip_id)
        await connection.execute(trip.values(followed_route_id=route_id))


async def _route_of(
    connection: AsyncConnection, wearer_id: str, route: Route | None, route_id: str | None, at_s: float
) -> str | None:
    """The stored route's id: the device's own, or one of the wearer's plans; None where there is neither."""
    if route is not None:
        return await _keep(connection, wearer_id, route, at_s)
    own = select(plans.c.route_id).where(plans.c.route_id == route_id, plans.c.wearer_id == wearer_id)
    return (await connection.execute(own)).scalar_one_or_none()


async def _keep(connection: AsyncConnection, wearer_id: str, route: Route, at_s: float) -> str:
    """Store a device's route. It never changes what is stored under its id, which others may have planned."""
    body = ROUTE.encode(route)
    known = await _body(connection, route.route_id)
    if len(route.route_id) > _ID_LENGTH or (known is not None and not _same_way(route, known)):
        route = replace(route, route_id=hashlib.sha256(body.encode()).hexdigest()[:_ID_LENGTH])
        body, known = ROUTE.encode(route), await _body(connection, route.route_id)
    if known is None:
        row = {"id": route.route_id, "body": body, "planned_utc_s": at_s}
        await connection.execute(insert(routes).values(row))
    await keep_plan(connection, wearer_id, route.route_id, route.source.name[:_ID_LENGTH], at_s)
    return route.route_id


async def _body(connection: AsyncConnection, route_id: str) -> str | None:
    query = select(routes.c.body).where(routes.c.id == route_id)
    return (await connection.execute(query)).scalar_one_or_none()


def _same_way(route: Route, body: str) -> bool:
    """Whether the stored plan is the same way; its words may be newer."""
    stored = ROUTE.decode(body)
    return (stored.points, stored.stretches) == (route.points, route.stretches)
