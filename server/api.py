"""The HTTP API `/api/v1`, as `wire.api` tells it."""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from server.access import Actor
from server.callers import api_caller
from server.errors import Malformed
from server.outings import Outing
from server.parts import parts_of
from server.trips import PAGE, Stored
from wire.api import PlanRequest, TripAccepted, TripRequest
from wire.base import message
from wire.codec import PLAN_REQUEST, ROUTE, TRIP_REQUEST, Codec, WireError
from wire.route import Route
from wire.trip import TripEvent

T = TypeVar("T")
Caller = Annotated[Actor, Depends(api_caller)]
EventNumber = Annotated[int, Query(ge=0, le=2**62)]


@message
class Problem:
    """The body of every 4xx and 5xx answer."""

    detail_ja: str
    detail_en: str


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


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "理由 / the reason"},
    "5XX": {"model": Problem, "description": "理由 / the reason"},
}
router = APIRouter(prefix="/api/v1", responses=_PROBLEMS)


async def _read(request: Request, codec: Codec[T]) -> T:
    """The body, read by the wire's own codec: stricter than the framework's, and the same as a device's."""
    try:
        return codec.decode(await request.body())
    except WireError as error:
        raise Malformed(f"要求が正しくありません({error})。", f"{error}.") from None


def _body(kind: type) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _as_json(route: Route) -> Response:
    # Written by the wire's own codec: the same bytes as the device's.
    return Response(ROUTE.encode(route), media_type="application/json")


@router.post(
    "/routes",
    response_model=Route,
    summary="経路を計画する / Plan a route",
    openapi_extra=_body(PlanRequest),
)
async def plan_route(request: Request, caller: Caller) -> Response:
    """Plan on one of this server's maps."""
    wanted = await _read(request, PLAN_REQUEST)
    return _as_json(await parts_of(request).routes.plan(caller, wanted))


@router.get("/routes/{route_id}", response_model=Route, summary="経路を読む / Read a route")
async def read_route(request: Request, route_id: str, caller: Caller) -> Response:
    """A route that was planned before."""
    return _as_json(await parts_of(request).routes.read(caller, route_id))


@router.post(
    "/trips", status_code=201, summary="外出を始める / Start a trip", openapi_extra=_body(TripRequest)
)
async def start_trip(request: Request, caller: Caller) -> TripAccepted:
    """For devices. Asking again with the same body gives the same trip."""
    wanted = await _read(request, TRIP_REQUEST)
    return TripAccepted(trip_id=await parts_of(request).trips.start(caller, wanted))


@router.get("/trips/{trip_id}/events", summary="外出の記録を読む / Read a trip's events")
async def read_events(
    request: Request,
    trip_id: str,
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
async def read_outing(request: Request, trip_id: str, caller: Caller) -> Outing:
    """Minutes from positions, with bounds and coverage."""
    parts = parts_of(request)
    outing = await parts.outings.of(caller, trip_id)
    await parts.trips.look(caller, trip_id, "outing")
    return outing
