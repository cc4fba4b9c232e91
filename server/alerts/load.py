"""A trip's watch from the store: what had been known when the program ended, or when the trip was put aside.

Everything told once (calls, falls, answers, ends) is read in full; of the positions only the last minutes,
one in some: as far back as any rule looks.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.alerts.line import QuickLine
from server.alerts.rules import follows, heard, next_alerts
from server.alerts.stumbles import MISTAKES, stumbled, taken
from server.alerts.watched import Ground, Known, Trip, Watch, new_watch
from server.routes import stored_route
from server.tables import alerts, devices, events, saved_places, trips, zones
from wire.route import Route

# Rules look back five minutes; the rest is slack.
BACK_S: Final = 360.0
_EACH: Final = 12  # at one position a second, five a minute
_FEW: Final = 90  # in that time: a device that tells its position seldom, of which each counts
# Types that are told once and may matter at any time later.
TOLD: Final = ("trip_started", "health_changed", "rerouted", "sos", "fell", "answered", "trip_ended")
# Nobody waits any more for a trip of which nothing has come for a day.
FORGOTTEN_S: Final = 86_400.0
GOAL: Final = "destination"  # among the places where staying is nothing strange
_HOME_M: Final = 75.0  # a house, its garden and the receiver's error under its roof
_PLACE_M: Final = 50.0
_RESTING_ZONE_M: Final = 150.0  # larger ones are a neighbourhood, not a place to be at
_CHUNK: Final = 200

# When an event happened by this server's clock; as `walk_state.happened_utc_s`.
HAPPENED: Final = case(
    (events.c.waited_s.is_not(None), events.c.received_utc_s - events.c.waited_s),
    (events.c.utc_s < events.c.received_utc_s, events.c.utc_s),
    else_=events.c.received_utc_s,
)


async def under_way(connection: AsyncConnection, now_s: float) -> list[str]:
    """Trips to watch over from the start: not ended, or with a question that waits for its answer."""
    going = select(trips.c.id).where(
        trips.c.ended_utc_s.is_(None), trips.c.accepted_utc_s > now_s - FORGOTTEN_S
    )
    asking = select(alerts.c.trip_id).where(alerts.c.state == "asking")
    return list((await connection.execute(going.union(asking))).scalars())


async def load(
    connection: AsyncConnection, trip_ids: Iterable[str], upto: int, now_s: float
) -> dict[str, Watch]:
    """The watches of these trips by the events up to number `upto`."""
    wanted = sorted(set(trip_ids))
    floor = await _first_since(connection, now_s - BACK_S, upto)
    found: dict[str, Watch] = {}
    for start in range(0, len(wanted), _CHUNK):
        found |= await _some(connection, wanted[start : start + _CHUNK], floor, upto)
    return found


async def _some(
    connection: AsyncConnection, trip_ids: Sequence[str], floor: int, upto: int
) -> dict[str, Watch]:
    rows = (await connection.execute(_with_kind().where(trips.c.id.in_(trip_ids)))).all()
    grounds = await grounds_of(connection, {row.wearer_id for row in rows})
    known = await alerts_of(connection, trip_ids)
    contacts = await _contacts(connection, trip_ids, floor, upto)
    told = await _told(connection, contacts, floor, upto)
    found = {}
    for row in rows:
        watch = await _as_begun(connection, row, *grounds[row.wearer_id])
        for event in told[row.id]:
            watch = taken(watch, event)
        await asyncio.sleep(0.0)  # others have their turn
        if row.id in contacts:
            watch = heard(watch, watch.walk, contacts[row.id].at_s, contacts[row.id].received_s)
        found[row.id] = next_alerts(watch, known[row.id])
    return found


async def _as_begun(
    connection: AsyncConnection, row: Row[Any], own: tuple[Ground, ...], rests: tuple[Ground, ...]
) -> Watch:
    watch = replace(new_watch(_trip(row)), grounds=own, rests=rests)
    return await _on_way(connection, watch, row.followed_route_id or row.route_id)


async def begun(connection: AsyncConnection, watch: Watch) -> Watch:
    """With what the trip's own row tells by now: how it began, and the route that it follows.

    Its beginning may come after what followed.
    """
    row = (await connection.execute(_with_kind().where(trips.c.id == watch.trip.id))).one()
    watch = replace(watch, trip=_trip(row))
    return await _on_way(connection, watch, row.followed_route_id or row.route_id)


def _with_kind() -> Select[Any]:
    return select(trips, devices.c.kind).join(devices, devices.c.id == trips.c.device_id)


def _trip(row: Row[Any]) -> Trip:
    quiet = row.practice or row.kind == "logger"
    return Trip(row.id, row.wearer_id, row.device_id, row.accepted_utc_s, quiet)


async def _on_way(connection: AsyncConnection, watch: Watch, route_id: str | None) -> Watch:
    """The watch with the route that the trip follows now, if that can be read."""
    if route_id is None or watch.trip.quiet:
        return watch
    try:
        route = await stored_route(connection, route_id)
        line, goal = QuickLine.through(route.points), _goal(route)
    except MISTAKES as error:
        stumbled("a route", error)
        return watch
    rests = (*(rest for rest in watch.rests if rest.id != GOAL), goal)
    return replace(follows(watch, line), rests=rests)


def _goal(route: Route) -> Ground:
    end = route.destination
    return Ground(GOAL, "", end.lat, end.lon, _PLACE_M)


async def grounds_of(
    connection: AsyncConnection, wearer_ids: set[str]
) -> Mapping[str, tuple[tuple[Ground, ...], tuple[Ground, ...]]]:
    """For each wearer: the zones, and where staying is nothing strange."""
    own: dict[str, list[Ground]] = defaultdict(list)
    rests: dict[str, list[Ground]] = defaultdict(list)
    for row in await connection.execute(select(zones).where(zones.c.wearer_id.in_(wearer_ids))):
        zone = Ground(row.id, row.name, row.lat, row.lon, row.radius_m, row.on_enter, row.on_leave)
        own[row.wearer_id].append(zone)
        if zone.radius_m <= _RESTING_ZONE_M:
            rests[row.wearer_id].append(zone)
    for row in await connection.execute(select(saved_places).where(saved_places.c.wearer_id.in_(wearer_ids))):
        radius_m = _HOME_M if row.kind == "home" else _PLACE_M
        rests[row.wearer_id].append(Ground(row.id, "", row.lat, row.lon, radius_m))
    return {wearer: (tuple(own[wearer]), tuple(rests[wearer])) for wearer in wearer_ids}


async def alerts_of(connection: AsyncConnection, trip_ids: Collection[str]) -> Mapping[str, list[Known]]:
    """Every alert of these trips, by trip."""
    found: dict[str, list[Known]] = defaultdict(list)
    for row in await connection.execute(select(alerts).where(alerts.c.trip_id.in_(trip_ids))):
        detail = json.loads(row.detail)
        times = (row.raised_utc_s, row.changed_utc_s, float(detail.get("at_s", row.raised_utc_s)))
        known = Known(row.id, row.kind, row.key, row.state, *times, row.notice_id, detail, row.over_why)
        found[row.trip_id].append(known)
    return found


@dataclass(frozen=True, slots=True)
class _Contact:
    """When a trip's newest event happened, when that was received, and how many came in the last minutes."""

    at_s: float
    received_s: float
    count: int


async def _told(
    connection: AsyncConnection, contacts: Mapping[str, _Contact], floor: int, upto: int
) -> Mapping[str, list[Row[Any]]]:
    few = [trip_id for trip_id, contact in contacts.items() if contact.count <= _FEW]
    some = or_(events.c.seq % _EACH == 0, events.c.trip_id.in_(few))
    lately = and_(events.c.type == "moved", events.c.id >= floor, some)
    query = select(events).where(
        events.c.trip_id.in_(contacts), events.c.id <= upto, or_(events.c.type.in_(TOLD), lately)
    )
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in await connection.execute(query.order_by(events.c.log_id, events.c.seq)):
        found[row.trip_id].append(row)
    return found


async def _contacts(
    connection: AsyncConnection, trip_ids: Sequence[str], floor: int, upto: int
) -> Mapping[str, _Contact]:
    wanted = (events.c.trip_id.in_(trip_ids), events.c.id <= upto)
    lately = (
        select(events.c.trip_id, func.max(HAPPENED), func.max(events.c.received_utc_s), func.count())
        .where(*wanted, events.c.id >= floor)
        .group_by(events.c.trip_id)
    )
    found = {row[0]: _Contact(row[1], row[2], row[3]) for row in await connection.execute(lately)}
    # Of the others the last that came stands for the newest.
    last = select(func.max(events.c.id)).where(*wanted).group_by(events.c.trip_id)
    query = select(events.c.trip_id, HAPPENED, events.c.received_utc_s).where(events.c.id.in_(last))
    rows = await connection.execute(query)
    return {row[0]: _Contact(row[1], row[2], 0) for row in rows} | found


async def _first_since(connection: AsyncConnection, since_s: float, upto: int) -> int:
    """The number of the first event that was received since then: by halving, there is no index on times."""
    low, high = 0, upto + 1
    while low < high:
        middle = (low + high) // 2
        query = select(events.c.id, events.c.received_utc_s).where(events.c.id >= middle)
        row = (await connection.execute(query.order_by(events.c.id).limit(1))).one_or_none()
        if row is not None and row.received_utc_s < since_s:
            low = row.id + 1
        else:
            high = middle
    return low
