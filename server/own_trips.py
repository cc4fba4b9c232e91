"""Trips and routes that a device made by itself, away from the server.

Such a trip has the device's own id, and is known here from the moment its first event arrives, which may be
days later. The rules of consent are those of a trip that is started through the API, asked for the moment
when it began: what a wearer agreed to afterwards does not reach back to it.
"""

import hashlib
import re
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, insert, or_, select, update

from server.routes import keep_plan
from server.tables import NO_POSITION, devices, events, plans, routes, shares, trips
from wire.codec import ROUTE
from wire.route import Route
from wire.trip import Rerouted, TripEvent, TripStarted

LOGGER: Final = "logger"  # the kind of a device that only logs (server/loggers.py)
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


def first_known(device_id: str, wearer_id: str, event: TripEvent, at_s: float) -> dict[str, object]:
    """The row of a trip of which `event` is the first to arrive; how it began is told by its `TripStarted`.

    Where the device's log was damaged that may never come, and must not keep what follows from being stored.
    """
    return {
        "id": event.trip_id,
        "wearer_id": wearer_id,
        "device_id": device_id,
        "route_id": None,
        "practice": False,
        "started_utc_s": event.utc_s,
        "accepted_utc_s": at_s,
    }


def begin(
    connection: Connection, wearer_id: str, event: TripEvent, started: TripStarted, began_s: float
) -> None:
    """The trip's route, and the consent that waited for the wearer's next outing.

    A trip that was started through the API has both, and is left as it is.
    """
    route = connection.execute(select(trips.c.route_id).where(trips.c.id == event.trip_id)).scalar_one()
    if route is not None:
        return
    row = {
        "route_id": _route_of(connection, wearer_id, started.route, started.route_id, began_s),
        "practice": started.route.source.practice if started.route is not None else started.practice,
        "started_utc_s": event.utc_s,
        "accepted_utc_s": began_s,
    }
    connection.execute(update(trips).where(trips.c.id == event.trip_id).values(row))
    use_waiting_share(connection, wearer_id, event.trip_id, began_s)


def of_logger(trip_id: str) -> ColumnElement[bool]:
    """EXISTS: the trip is of a phone that only logs: nobody sees it live, and nothing watches over it."""
    kind = select(devices.c.id).join(trips, trips.c.device_id == devices.c.id)
    return exists(kind.where(trips.c.id == trip_id, devices.c.kind == LOGGER))


def use_waiting_share(connection: Connection, wearer_id: str, trip_id: str, began_s: float) -> None:
    """Consent that waited for the next outing becomes that for this one only, if given before it began.

    A logger's day is not the next outing that the wearer meant.
    """
    waiting = select(shares.c.id).where(
        ~of_logger(trip_id),
        shares.c.wearer_id == wearer_id,
        shares.c.withdrawn_utc_s.is_(None),
        shares.c.trip_id.is_(None),
        shares.c.given_utc_s <= began_s,
    )
    connection.execute(update(shares).where(shares.c.id.in_(waiting)).values(trip_id=trip_id))


def follow(
    connection: Connection, wearer_id: str, log_id: int, event: TripEvent, told: Rerouted, at_s: float
) -> None:
    """From that place of the log on the trip follows another route, unless a later one is known already."""
    route_id = _route_of(connection, wearer_id, told.route, told.route_id, at_s)
    later = select(func.count()).where(
        NO_POSITION,
        events.c.trip_id == event.trip_id,
        events.c.type == told.type,
        or_(events.c.log_id > log_id, (events.c.log_id == log_id) & (events.c.seq > event.seq)),
    )
    if route_id is not None and connection.execute(later).scalar_one() == 0:
        trip = update(trips).where(trips.c.id == event.trip_id)
        connection.execute(trip.values(followed_route_id=route_id))


def _route_of(
    connection: Connection, wearer_id: str, route: Route | None, route_id: str | None, at_s: float
) -> str | None:
    """The stored route's id: the device's own, or one of the wearer's plans; None where there is neither."""
    if route is not None:
        return _keep(connection, wearer_id, route, at_s)
    if route_id is None or "\0" in route_id:  # which PostgreSQL cannot even look for
        return None
    own = select(plans.c.route_id).where(plans.c.route_id == route_id, plans.c.wearer_id == wearer_id)
    return connection.execute(own).scalar_one_or_none()


def _keep(connection: Connection, wearer_id: str, route: Route, at_s: float) -> str:
    """Store a device's route. It never changes what is stored under its id, which others may have planned."""
    body = ROUTE.encode(route)
    fits = len(route.route_id) <= _ID_LENGTH and "\0" not in route.route_id
    known = _body(connection, route.route_id) if fits else None
    if not fits or (known is not None and not _same_way(route, known)):
        route = replace(route, route_id=hashlib.sha256(body.encode()).hexdigest()[:_ID_LENGTH])
        body, known = ROUTE.encode(route), _body(connection, route.route_id)
    if known is None:
        row = {"id": route.route_id, "body": body, "planned_utc_s": at_s}
        connection.execute(insert(routes).values(row))
    keep_plan(connection, wearer_id, route.route_id, route.source.name.replace("\0", "")[:_ID_LENGTH], at_s)
    return route.route_id


def _body(connection: Connection, route_id: str) -> str | None:
    query = select(routes.c.body).where(routes.c.id == route_id)
    return connection.execute(query).scalar_one_or_none()


def _same_way(route: Route, body: str) -> bool:
    """Whether the stored plan is the same way; its words may be newer."""
    stored = ROUTE.decode(body)
    return (stored.points, stored.stretches) == (route.points, route.stretches)
