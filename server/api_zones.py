"""The API's zones: a wearer's own pieces of ground whose entering or leaving is told."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from server.api_bodies import PREFIX, PROBLEMS, Caller, body_of, read_body
from server.late_routes import LateRoute
from server.parts import parts_of
from server.zones import MOST_ZONES, Zone, ZoneWanted
from wire.base import message
from wire.codec import Codec

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
_ZONE: Codec[ZoneWanted] = Codec("zone", TypeAdapter(ZoneWanted))


@message
class OwnZones:
    """By name; all stand in one answer."""

    zones: Annotated[tuple[Zone, ...], Field(max_length=MOST_ZONES)]


@router.get("/zones", summary="区域の一覧 / Zones")
async def list_zones(request: Request, caller: Caller) -> OwnZones:
    """The caller's own."""
    return OwnZones(zones=await parts_of(request).zones.listed(caller))


@router.post("/zones", status_code=201, summary="区域を作る / Add a zone", openapi_extra=body_of(ZoneWanted))
async def add_zone(request: Request, caller: Caller) -> Zone:
    """Those who watch over the caller are told of entering and leaving, a minute after the border is crossed.

    In force at once, also for an outing that is under way. They read its name, and nothing else of it.
    """
    return await parts_of(request).zones.add(caller, await read_body(request, _ZONE))


@router.delete("/zones/{zone_id}", status_code=204, summary="区域を消す / Remove a zone")
async def remove_zone(
    request: Request, zone_id: Annotated[str, Path(max_length=32)], caller: Caller
) -> Response:
    """For whose zone it is."""
    await parts_of(request).zones.remove(caller, zone_id)
    return Response(status_code=204)
