"""The way of a trip: the routes that it follows, or none."""

from dataclasses import dataclass

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from server.picture import Frame
from server.routes import stored_route
from wire.route import Route


@dataclass(frozen=True, slots=True)
class Way:
    """The route that a trip follows now, and the one that it began with: mostly the same.

    None: a walk without a destination, until one is chosen.
    """

    route: Route | None
    first: Route | None

    def frame(self) -> Frame | None:
        """The frame of the live drawing; None without a route."""
        # The ground that such a walk will cover is not known, and a frame that changes under an open page
        # would put the wearer in a wrong place.
        first = self.first or self.route
        return None if first is None else Frame.around(first)


async def way_of(connection: AsyncConnection, trip: Row[tuple[object, ...]]) -> Way:
    """The way of a trip's row; the caller must be allowed."""
    first = None if trip.route_id is None else await stored_route(connection, trip.route_id)
    if trip.followed_route_id is None:
        return Way(first, first)
    return Way(await stored_route(connection, trip.followed_route_id), first)
