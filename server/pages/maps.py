"""The blurred map of an outing, drawn: for evaluators, and for the wearer, who may see what they see."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from routing.geo import Point, distance_m
from server.access import Role
from server.blurred_maps import BlurredMap
from server.callers import page_session
from server.late_routes import LateRoute
from server.pages.render import page
from server.parts import parts_of
from server.picture import Frame, Mark

router = APIRouter(include_in_schema=False, route_class=LateRoute)
# A length of the scale that people can do something with, in metres.
_SCALES: Final = (5000, 2000, 1000, 500, 200, 100)
_METRES_PER_DEGREE: Final = 111_320.0


@dataclass(frozen=True, slots=True)
class BlurredPicture:
    """What the page draws, and the figures by which it is told in words too. Metres."""

    frame: Frame
    lines: tuple[str, ...]  # polylines
    hidden: tuple[Mark, ...]
    length_m: float
    scale_m: int

    @classmethod
    def of(cls, found: BlurredMap) -> "BlurredPicture | None":
        """None: nothing is left of it."""
        if not found.lines:
            return None
        edges = [edge for c in found.hidden for edge in _edges((c.lat, c.lon), c.radius_m)]
        frame = Frame.of([point for line in found.lines for point in line] + edges)
        return cls(
            frame,
            tuple(frame.path(line) for line in found.lines),
            tuple(frame.mark(c.lat, c.lon, c.radius_m) for c in found.hidden),
            sum(distance_m(a, b) for line in found.lines for a, b in pairwise(line)),
            next((scale for scale in _SCALES if scale <= frame.width / 3), _SCALES[-1]),
        )


def _edges(middle: Point, radius_m: float) -> list[Point]:
    """South and north of a circle: more of it need not be drawn."""
    tall = radius_m / _METRES_PER_DEGREE
    return [(middle[0] - tall, middle[1]), (middle[0] + tall, middle[1])]


@router.get("/evaluator/trips/{trip_id}/map")
async def for_evaluator(request: Request, trip_id: str) -> Response:
    """By pseudonym; the wearer reads that it was looked at."""
    return await _map(request, Role.EVALUATOR, trip_id)


@router.get("/wearer/trips/{trip_id}/map")
async def for_wearer(request: Request, trip_id: str) -> Response:
    """What an evaluator would see."""
    return await _map(request, Role.WEARER, trip_id)


async def _map(request: Request, role: Role, trip_id: str) -> Response:
    parts, session = parts_of(request), await page_session(request, role)
    found = await parts.privacy.maps.of(session.actor, trip_id)
    await parts.trips.look(session.actor, trip_id, "map")
    return page(
        request,
        "map.html",
        session,
        picture=BlurredPicture.of(found),
        hidden=len(found.hidden),
        trip_id=trip_id,
    )
