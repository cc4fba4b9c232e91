"""What somebody may see on the map of a walk: asked for its right, read, and made into facts."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.blockages import Blockage
from server.access import Action, Actor, Role
from server.allow import allow_trip
from server.errors import ApiError
from server.feed import load
from server.live import Now
from server.map_facts import MOST_THINGS, REACH_M, MapFacts, map_facts, thinned, way_line
from server.parts import Parts
from server.planner import Ground, which_file
from server.tables import plans
from server.trips import is_shared_with, read_track
from server.ways import Way, way_of
from wire.position import Fix
from wire.route import Route

# A page waits so long for its list: the first call for a map loads it, and nobody waits for that to be told
# how the wearer is.
PATIENCE_S: Final = 0.3
_TRACK_STEP_M: Final = 30.0
_loading: set[asyncio.Task[Ground | None]] = set()  # a task that nobody holds may vanish


@dataclass(frozen=True, slots=True)
class WalkSeen:
    """One walk as the caller may see it now. `after`: the number of its newest event.

    `map_file`: which file the map is read from, where it does not ship with the program.
    """

    route: Route | None
    fixes: list[Fix]
    now: Now
    map_name: str | None
    closed: tuple[Blockage, ...]
    after: int
    map_file: tuple[int, int] | None = None

    def tag(self, epoch: str) -> str:
        """Another one whenever anything on the map may be another, also where its file was replaced."""
        route = "" if self.route is None else self.route.route_id
        of_map = (self.map_name, self.map_file, self.closed)
        told = (epoch, route, *of_map, self.after, len(self.fixes), self.now.sentence_ja)
        return sha256(repr(told).encode()).hexdigest()[:32]


async def seen_by(parts: Parts, actor: Actor, trip_id: str) -> WalkSeen:
    """As the live view: `ApiError` without the right. An emergency opens no track."""
    async with parts.db.read() as connection:
        trip = await allow_trip(connection, actor, Action.WATCH_LIVE, trip_id)
        own = actor.role is Role.WEARER
        whole = own or await is_shared_with(connection, actor, trip_id)
        way = await way_of(connection, trip)
        fixes = await read_track(connection, trip_id) if whole else []
        feed = await load(connection, trip, parts.hub.epoch)
        map_name = await map_of(connection, trip, way)
    now = feed.known(parts.clock.utc_s())
    closed = () if map_name is None else await parts.blockages.on_map(map_name)
    path = None if map_name is None else parts.settings.maps.get(map_name)
    map_file = None if path is None else which_file(path)
    return WalkSeen(way.route, fixes, now, map_name, closed, feed.after, map_file)


async def map_of(connection: AsyncConnection, trip: Row[tuple[object, ...]], way: Way) -> str | None:
    """The name of the map that the walk's way was planned on; None where there is no plan."""
    if way.route is None:
        return None
    query = select(plans.c.map).where(
        plans.c.route_id == way.route.route_id, plans.c.wearer_id == trip.wearer_id
    )
    found: str | None = (await connection.execute(query)).scalars().first()
    return found


async def facts_of(parts: Parts, seen: WalkSeen, within_s: float | None = None) -> MapFacts:
    """All facts; without those of the map where it cannot be used, or takes longer than `within_s`."""
    ground = await _ground(parts, seen, within_s)
    return await asyncio.to_thread(
        map_facts,
        seen.route,
        seen.fixes,
        seen.now,
        None if ground is None else ground.around,
        seen.closed,
        "" if ground is None else ground.source.attribution,
    )


async def _ground(parts: Parts, seen: WalkSeen, within_s: float | None) -> Ground | None:
    if seen.map_name is None:
        return None
    task = asyncio.create_task(_asked(parts, seen, seen.map_name))
    _loading.add(task)
    task.add_done_callback(_loading.discard)
    done, _ = await asyncio.wait({task}, timeout=within_s)
    return task.result() if done else None


async def _asked(parts: Parts, seen: WalkSeen, map_name: str) -> Ground | None:
    line, track = way_line(seen.route, seen.fixes), thinned(seen.fixes, _TRACK_STEP_M)
    try:
        return await parts.routes.ground(map_name, line, track, REACH_M, MOST_THINGS)
    except ApiError:
        return None  # the planner has written down why: the walk itself is told all the same
