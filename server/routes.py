"""Planned routes: made by the planner, kept by their id, opened to who planned them."""

import asyncio
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.manner import Lang
from server.access import Action, Actor, allow_route, role_may
from server.clock import Clock, in_japan
from server.database import Database
from server.errors import Malformed
from server.planner import RoutePlanner
from server.tables import plans, routes
from wire.api import PlanRequest
from wire.codec import ROUTE
from wire.route import Route


class Routes:
    """Plans and remembers."""

    def __init__(self, db: Database, clock: Clock, planner: RoutePlanner) -> None:
        self._db = db
        self._clock = clock
        self._planner = planner
        # Planning is all computing: side by side it would only take the cores from the uplinks.
        self._one_at_a_time = asyncio.Lock()

    async def plan(self, actor: Actor, request: PlanRequest) -> Route:
        """A new plan, kept for the actor's wearer."""
        role_may(actor, Action.PLAN_ROUTE)
        at = self._when(request.at)
        async with self._one_at_a_time:
            route = await asyncio.to_thread(self._planner.plan, request, at)
        await self._keep(actor, route)
        return route

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

    async def _keep(self, actor: Actor, route: Route) -> None:
        now_s = self._clock.utc_s()
        mine = (plans.c.route_id == route.route_id, plans.c.wearer_id == actor.user_id)
        plan = {"route_id": route.route_id, "wearer_id": actor.user_id, "planned_utc_s": now_s}
        body = {"id": route.route_id, "body": ROUTE.encode(route), "planned_utc_s": now_s}
        async with self._db.write() as connection:
            known = select(routes.c.id).where(routes.c.id == route.route_id)
            if (await connection.execute(known)).first() is None:
                await connection.execute(insert(routes).values(body))
            again = await connection.execute(update(plans).where(*mine).values(planned_utc_s=now_s))
            if again.rowcount == 0:
                await connection.execute(insert(plans).values(plan))

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


async def stored_route(connection: AsyncConnection, route_id: str) -> Route:
    """The route; its id must be known to be there and the caller allowed."""
    query = select(routes.c.body).where(routes.c.id == route_id)
    return ROUTE.decode((await connection.execute(query)).scalar_one())
