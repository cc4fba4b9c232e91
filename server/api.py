"""The HTTP API `/api/v1`, as `wire.api` tells it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from server.access import Actor
from server.api_bodies import PREFIX, PROBLEMS, Caller, Id, as_json, body_of, problems, read_body
from server.late_routes import LateRoute
from server.outings import Outing
from server.parts import parts_of
from server.trips import PAGE, Stored
from wire.api import Alternatives, FoundPlaces, PlanRequest, TripAccepted, TripRequest
from wire.base import message
from wire.codec import ALTERNATIVES, FOUND_PLACES, PLAN_REQUEST, ROUTE, TRIP_REQUEST
from wire.route import Route
from wire.trip import TripEvent

MOST_PLACES = 50  # in one answer: nobody listens to a longer list
EventNumber = Annotated[int, Query(ge=0, le=2**62)]


@message
class NumberedEvent:
    """An event with the store's number, by which reading goes on."""

    id: int
    received_utc_s: float
    event: TripEvent


@message
class EventPage:
    """Some events, oldest first. Ask again with `after=next` until a page comes empty."""

    epoch: str
    events: tuple[NumberedEvent, ...]
    next: int


router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@router.post(
    "/routes",
    responses=problems(404),
    response_model=Route,
    summary="経路を計画する / Plan a route",
    openapi_extra=body_of(PlanRequest),
)
async def plan_route(request: Request, caller: Caller) -> Response:
    """Plan on one of this server's maps."""
    wanted = await _plan_wanted(request, caller)
    return as_json(ROUTE, await parts_of(request).routes.plan(caller, wanted))


@router.post(
    "/routes/alternatives",
    responses=problems(404),
    response_model=Alternatives,
    summary="経路を比べる / Compare routes",
    openapi_extra=body_of(PlanRequest),
)
async def plan_alternatives(request: Request, caller: Caller) -> Response:
    """The recommended route and those that differ from it, each with one sentence that says why."""
    wanted = await _plan_wanted(request, caller)
    return as_json(ALTERNATIVES, await parts_of(request).routes.alternatives(caller, wanted))


@router.get(
    "/places", responses=problems(404), response_model=FoundPlaces, summary="場所を探す / Find a place"
)
async def find_places(
    request: Request,
    caller: Caller,
    map_name: Annotated[str, Query(alias="map", min_length=1, max_length=64)],
    q: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=MOST_PLACES)] = 10,
) -> Response:
    """Places of a map by their name, its reading or its English; best first. None is no error."""
    found = await parts_of(request).routes.places(caller, map_name, q, limit)
    return as_json(FOUND_PLACES, FoundPlaces(places=found))


@router.get("/routes/{route_id}", response_model=Route, summary="経路を読む / Read a route")
async def read_route(request: Request, route_id: Id, caller: Caller) -> Response:
    """A route that was planned before. A caregiver's look is written down for the wearer."""
    parts = parts_of(request)
    route = await parts.routes.read(caller, route_id)
    await parts.trips.look_along(caller, route_id)
    return as_json(ROUTE, route)


@router.post(
    "/trips",
    responses=problems(404, 409),
    status_code=201,
    summary="外出を始める / Start a trip",
    openapi_extra=body_of(TripRequest),
)
async def start_trip(request: Request, caller: Caller) -> TripAccepted:
    """For devices. Asking again with the same body gives the same trip."""
    wanted = await read_body(request, TRIP_REQUEST)
    return TripAccepted(trip_id=await parts_of(request).trips.start(caller, wanted))


@router.get("/trips/{trip_id}/events", summary="外出の記録を読む / Read a trip's events")
async def read_events(
    request: Request,
    trip_id: Id,
    caller: Caller,
    after: EventNumber = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
) -> EventPage:
    """Up to `limit` events numbered above `after`."""
    parts = parts_of(request)
    found = await parts.trips.events_after(caller, trip_id, after, limit)
    await parts.trips.look(caller, trip_id, "events")
    return EventPage(
        epoch=parts.hub.epoch,
        events=tuple(_numbered(stored) for stored in found),
        next=found[-1].id if found else after,
    )


def _numbered(stored: Stored) -> NumberedEvent:
    return NumberedEvent(id=stored.id, received_utc_s=stored.received_utc_s, event=stored.event)


@router.get("/trips/{trip_id}/outing", summary="外出時間 / The outing in figures")
async def read_outing(request: Request, trip_id: Id, caller: Caller) -> Outing:
    """Minutes from positions, with bounds and coverage."""
    parts = parts_of(request)
    outing = await parts.outings.of(caller, trip_id)
    await parts.trips.look(caller, trip_id, "outing")
    return outing


async def _plan_wanted(request: Request, caller: Actor) -> PlanRequest:
    """The request, with the caller's own places in place of their names."""
    wanted = await read_body(request, PLAN_REQUEST)
    return await parts_of(request).privacy.places.resolved(caller, wanted)
