"""A trip's watch from the store: what had been known when the program ended, or when the trip was put aside.

Everything told once (calls, falls, answers, ends) is read in full; of the positions only the last minutes,
one in some: as far back as any rule looks.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.alerts.rules import follows, next_alerts
from server.alerts.stumbles import MISTAKES, stumbled, taken
from server.alerts.watched import Ground, Known, Trip, Watch, new_watch
from server.quick_line import QuickLine
from server.spans import of_trip
from server.tables import NO_POSITION, alerts, devices, events, routes, saved_places, trip_logs, trips, zones
from wire.codec import ROUTE
from wire.route import Route

# Rules look back five minutes; the rest is slack.
BACK_S: Final = 360.0
_EACH: Final = 12  # at one position a second, five a minute
_MANY: Final = 30  # of one trip: so many also of a device that tells more often
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
_TAIL: Final = 1024  # of a trip's place in a log: at some positions a second still as long as the rules look
_PLACE: Final = attrgetter("log_id", "seq")

# When an event happened by this server's clock; as `walk_state.happened_utc_s`.
HAPPENED: Final = case(
    (events.c.waited_s.is_not(None), events.c.received_utc_s - events.c.waited_s),
    (events.c.utc_s < events.c.received_utc_s, events.c.utc_s),
    else_=events.c.received_utc_s,
)
_NUMBER: Final = events.c.id + 0  # not by the index of numbers, which would lead through everybody's
_BEFORE_END: Final = trip_logs.c.last_seq - _TAIL
_IN_TAIL: Final = and_(
    events.c.log_id == trip_logs.c.log_id,
    events.c.seq.between(
        case((trip_logs.c.first_seq < _BEFORE_END, _BEFORE_END), else_=trip_logs.c.first_seq),
        trip_logs.c.last_seq,
    ),
)
# For each log of a trip: what came last of its end there, and what happened last of the trip.
_ARRIVED_LAST: Final = (
    select(func.max(_NUMBER))
    .where(_IN_TAIL, bindparam("upto") >= _NUMBER)
    .correlate(trip_logs)
    .scalar_subquery()
)
_HAPPENED_LAST: Final = (
    select(events.c.id)
    .where(_IN_TAIL, of_trip(trip_logs.c.trip_id), bindparam("upto") >= _NUMBER)
    .order_by(events.c.seq.desc())
    .limit(1)
    .correlate(trip_logs)
    .scalar_subquery()
)


@dataclass(frozen=True, slots=True)
class _Way:
    """A route as the rules need it."""

    line: QuickLine
    goal: Ground


async def under_way(connection: AsyncConnection, now_s: float) -> list[str]:
    """Trips to watch over from the start: not ended, or with a question that waits for its answer."""
    going = select(trips.c.id).where(
        trips.c.ended_utc_s.is_(None), trips.c.accepted_utc_s > now_s - FORGOTTEN_S
    )
    asking = select(alerts.c.trip_id).where(alerts.c.state == "asking")
    return list((await connection.execute(going.union(asking))).scalars())


async def load(
    connection: AsyncConnection, trip_ids: Iterable[str], upto: int, floor: int
) -> dict[str, Watch]:
    """The watches of these trips by the events up to number `upto`; of positions those from `floor` on."""
    wanted = sorted(set(trip_ids))
    found: dict[str, Watch] = {}
    for start in range(0, len(wanted), _CHUNK):
        found |= await _some(connection, wanted[start : start + _CHUNK], floor, upto)
    return found


async def _some(
    connection: AsyncConnection, trip_ids: Sequence[str], floor: int, upto: int
) -> dict[str, Watch]:
    rows = (await connection.execute(_with_kind().where(trips.c.id.in_(trip_ids)))).all()
    grounds = await grounds_of(connection, {row.wearer_id for row in rows})
    ways = await _ways(connection, {row.followed_route_id or row.route_id for row in rows})
    known = await alerts_of(connection, trip_ids)
    told = await _told(connection, trip_ids, floor, upto)
    found = {}
    for row in rows:
        own, rests = grounds[row.wearer_id]
        watch = replace(new_watch(_trip(row)), grounds=own, rests=rests)
        watch = _on_way(watch, ways.get(row.followed_route_id or row.route_id))
        for event in told[row.id]:
            watch = taken(watch, event)
        await asyncio.sleep(0.0)  # others have their turn
        found[row.id] = next_alerts(watch, known[row.id])
    return found


async def begun(connection: AsyncConnection, watch: Watch) -> Watch:
    """With what the trip's own row tells by now: how it began, and the route that it follows.

    Its beginning may come after what followed.
    """
    row = (await connection.execute(_with_kind().where(trips.c.id == watch.trip.id))).one()
    watch = replace(watch, trip=_trip(row))
    route_id = row.followed_route_id or row.route_id
    return _on_way(watch, (await _ways(connection, {route_id})).get(route_id))


def _with_kind() -> Select[Any]:
    return select(trips, devices.c.kind).join(devices, devices.c.id == trips.c.device_id)


def _trip(row: Row[Any]) -> Trip:
    quiet = row.practice or row.kind == "logger"
    return Trip(row.id, row.wearer_id, row.device_id, row.accepted_utc_s, quiet)


async def _ways(connection: AsyncConnection, route_ids: Collection[str | None]) -> Mapping[str | None, _Way]:
    """Those of these routes that can be read."""
    found: dict[str | None, _Way] = {}
    query = select(routes.c.id, routes.c.body).where(routes.c.id.in_(one for one in route_ids if one))
    for row in (await connection.execute(query)).all():
        try:
            route = ROUTE.decode(row.body)
            found[row.id] = _Way(QuickLine.through(route.points), _goal(route))
        except MISTAKES as error:
            stumbled("a route", error)
        await asyncio.sleep(0.0)  # others have their turn
    return found


def _on_way(watch: Watch, way: _Way | None) -> Watch:
    """The watch with the way that the trip follows now, if there is one."""
    if way is None or watch.trip.quiet:
        return watch
    rests = (*(rest for rest in watch.rests if rest.id != GOAL), way.goal)
    return replace(follows(watch, way.line), rests=rests)


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


async def _told(
    connection: AsyncConnection, trip_ids: Sequence[str], floor: int, upto: int
) -> Mapping[str, list[Row[Any]]]:
    """What the rules are told of each trip, in the order of the log."""
    # Without a bound of numbers, which would have whole outings read for it: few rows are left out below.
    once = select(events).where(NO_POSITION, events.c.trip_id.in_(trip_ids), events.c.type.in_(TOLD))
    numbers = await _chosen(connection, trip_ids, floor, upto)
    chosen = select(events).where(events.c.id.in_(numbers))
    rows = {row.id: row for query in (once, chosen) for row in (await connection.execute(query)).all()}
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in sorted(rows.values(), key=_PLACE):
        if row.id <= upto:
            found[row.trip_id].append(row)
    return found


async def _chosen(connection: AsyncConnection, trip_ids: Sequence[str], floor: int, upto: int) -> list[int]:
    """Of each trip the newest event, and of the last minutes some before it, by their numbers.

    The index of the logs has those; the rows themselves lie all over the store. Some rows behind a trip's end
    may be among them, which are the next trip's.
    """
    of_trips = trip_logs.c.trip_id.in_(trip_ids)
    last = select(_ARRIVED_LAST, _HAPPENED_LAST).where(of_trips)
    rows = (await connection.execute(last, {"upto": upto})).all()
    numbers = {number for row in rows for number in row if number is not None}
    lately = select(trip_logs.c.trip_id, events.c.id).join(events, _IN_TAIL)
    of_each: dict[str, list[int]] = defaultdict(list)
    for trip_id, number in await connection.execute(
        lately.where(of_trips, floor <= _NUMBER, bindparam("upto") >= _NUMBER), {"upto": upto}
    ):
        of_each[trip_id].append(number)
    for many in map(sorted, of_each.values()):
        # From the newest back, which is among them.
        numbers.update(many if len(many) <= _FEW else many[:: -max(_EACH, len(many) // _MANY)])
    return sorted(numbers)


async def floor_of(connection: AsyncConnection, now_s: float, upto: int) -> int:
    """The number from which on positions count: by halving, there is no index on times."""
    since_s = now_s - BACK_S
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
