"""Planned routes: made by the planner, kept by their id, opened to who planned them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.blockages import Blockage
from routing.geo import Point
from routing.manner import Lang
from server.access import Action, Actor, role_may
from server.allow import allow_route
from server.buckets import Buckets, Rate
from server.clock import Clock, in_japan
from server.database import Database
from server.errors import Malformed, TooMany
from server.planner import Ground, RoutePlanner
from server.tables import plans, routes
from wire.api import Alternative, Alternatives, FoundPlace, PlanRequest
from wire.codec import ROUTE
from wire.route import Route

# What is closed on the map of that name now.
ClosedOn = Callable[[str], Awaitable[Sequence[Blockage]]]
# A plan takes a millisecond, but the first one on a map seconds, and nobody else shall wait for that.
# More side by side would only take the cores from the uplinks.
_SIDE_BY_SIDE = 2
_PLANS: Final = Rate(0.5, 40.0)  # of one wearer: forty at once, then one in two seconds


class Routes:
    """Plans and remembers."""

    def __init__(self, db: Database, clock: Clock, planner: RoutePlanner, closed_on: ClosedOn) -> None:
        self._db = db
        self._clock = clock
        self._planner = planner
        self._closed_on = closed_on
        self._planned = Buckets()
        self._few_at_a_time = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def plan(self, actor: Actor, request: PlanRequest) -> Route:
        """A new plan round what is reported closed, kept for the actor's wearer."""
        self._may_plan(actor)
        at, closed = self._when(request.at), await self._closed_on(request.map)
        async with self._few_at_a_time:
            route = await asyncio.to_thread(self._planner.plan, request, at, closed)
        await self._keep(actor, request.map, (route,))
        return route

    async def alternatives(self, actor: Actor, request: PlanRequest) -> Alternatives:
        """The recommended plan and those that differ from it, each kept: any of them may be walked."""
        self._may_plan(actor)
        at, closed = self._when(request.at), await self._closed_on(request.map)
        async with self._few_at_a_time:
            found = await asyncio.to_thread(self._planner.alternatives, request, at, closed)
            told = await asyncio.to_thread(self._explained, found)
        await self._keep(actor, request.map, found)
        return told

    def _may_plan(self, actor: Actor) -> None:
        """Counted for the wearer: sessions and devices are as many as somebody wants."""
        role_may(actor, Action.PLAN_ROUTE)
        wait_s = self._planned.wait_s("plan", actor.user_id, _PLANS, self._clock.utc_s())
        if wait_s > 0.0:
            seconds = str(int(wait_s) + 1)
            raise TooMany(
                f"経路の計画が多すぎます。{seconds}秒待ってください。",
                f"Too many plans: wait {seconds} s.",
                {"Retry-After": seconds},
            )

    def _explained(self, found: Sequence[Route]) -> Alternatives:
        why = self._planner.why
        return Alternatives(
            routes=tuple(
                Alternative(route=route, why_ja=why(route, "ja"), why_en=why(route, "en")) for route in found
            )
        )

    async def places(self, actor: Actor, map_name: str, query: str, limit: int) -> tuple[FoundPlace, ...]:
        """Places of a map whose name fits, best first."""
        role_may(actor, Action.FIND_PLACE)
        async with self._few_at_a_time:
            return await asyncio.to_thread(self._planner.places, map_name, query, limit)

    async def ground(
        self, map_name: str, line: Sequence[Point], beside: Sequence[Point], reach_m: float, most: int
    ) -> Ground:
        """As the planner's `surroundings`; the caller must be allowed to see the way."""
        async with self._few_at_a_time:
            return await asyncio.to_thread(self._planner.surroundings, map_name, line, beside, reach_m, most)

    def _when(self, at: str | None) -> datetime:
        if at is None:
            return in_japan(self._clock.utc_s())
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise Malformed(
                "at は時差のついた日時で書いてください(例: 2026-11-22T14:02:00+09:00)。",
                "at must be a date and time with an offset, such as 2026-11-22T14:02:00+09:00.",
            )
        return moment

    async def _keep(self, actor: Actor, map_name: str, made: Sequence[Route]) -> None:
        now_s = self._clock.utc_s()
        async with self._db.write() as connection:
            # The first is what was asked for: kept last, it is the wearer's latest.
            for route in reversed(made):
                await _keep_body(connection, route, now_s)
                await connection.run_sync(keep_plan, actor.user_id, route.route_id, map_name, now_s)

    async def read(self, actor: Actor, route_id: str) -> Route:
        """A route that the actor may see."""
        async with self._db.read() as connection:
            await allow_route(connection, actor, Action.READ_ROUTE, route_id)
            return await stored_route(connection, route_id)

    async def latest(self, wearer_id: str) -> Route | None:
        """What the wearer planned last."""
        query = (
            select(plans.c.route_id)
            .where(plans.c.wearer_id == wearer_id)
            .order_by(plans.c.planned_utc_s.desc(), plans.c.id.desc())
            .limit(1)
        )
        async with self._db.read() as connection:
            route_id = (await connection.execute(query)).scalar_one_or_none()
            return None if route_id is None else await stored_route(connection, route_id)

    async def rehearsal(self, route: Route, lang: Lang) -> tuple[str, ...]:
        """The route as sentences."""
        return await asyncio.to_thread(self._planner.rehearsal, route, lang)


async def _keep_body(connection: AsyncConnection, route: Route, now_s: float) -> None:
    # Newer words for the same way (what is reported closed now) replace the older ones.
    body = {"body": ROUTE.encode(route), "planned_utc_s": now_s}
    again = await connection.execute(update(routes).where(routes.c.id == route.route_id).values(body))
    if again.rowcount == 0:
        await connection.execute(insert(routes).values(body | {"id": route.route_id}))


def keep_plan(connection: Connection, wearer_id: str, route_id: str, map_name: str, now_s: float) -> None:
    """Note that the wearer planned it on that map."""
    # Deleted and made anew, so that the number tells which plan is the latest.
    mine = (plans.c.route_id == route_id, plans.c.wearer_id == wearer_id)
    connection.execute(delete(plans).where(*mine))
    row = {
        "route_id": route_id,
        "wearer_id": wearer_id,
        "planned_utc_s": now_s,
        "map": map_name,
    }
    connection.execute(insert(plans).values(row))


async def stored_route(connection: AsyncConnection, route_id: str) -> Route:
    """The route; its id must be known to be there and the caller allowed."""
    query = select(routes.c.body).where(routes.c.id == route_id)
    return ROUTE.decode((await connection.execute(query)).scalar_one())
