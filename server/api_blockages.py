"""The API's closed paths: report, read, take back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from server.api_bodies import (
    MOST,
    PREFIX,
    PROBLEMS,
    AfterId,
    Caller,
    Limit,
    as_json,
    body_of,
    problems,
    read_body,
)
from server.late_routes import LateRoute
from server.parts import parts_of
from wire.api import BlockageReport, Blocked, BlockedPlaces
from wire.codec import BLOCKAGE_REPORT, BLOCKED, BLOCKED_PLACES

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@router.post(
    "/blockages",
    responses=problems(404),
    status_code=201,
    response_model=Blocked,
    summary="通れない所を知らせる / Report a closed path",
    openapi_extra=body_of(BlockageReport),
)
async def report_blockage(request: Request, caller: Caller) -> Response:
    """Plans on this map lead round it until it expires. The same report again changes nothing."""
    parts = parts_of(request)
    wanted = await read_body(request, BLOCKAGE_REPORT)
    told = await parts.blockages.report(caller, wanted)
    if wanted.here is not None:
        await parts.trips.look(caller, wanted.here, "events")  # the answer holds the trip's position
    return as_json(BLOCKED, told, 201)


@router.get(
    "/blockages",
    responses=problems(404),
    response_model=BlockedPlaces,
    summary="通れない所を読む / Read closed paths",
)
async def read_blockages(
    request: Request,
    caller: Caller,
    map_name: Annotated[str, Query(alias="map", min_length=1, max_length=64)],
    after: AfterId = None,
    limit: Limit = MOST,
) -> Response:
    """Everybody's, in force now on one map. Who reported them is told to nobody."""
    found = await parts_of(request).blockages.listed(caller, map_name, after or "", limit)
    following = found[-1].id if len(found) == limit else None
    return as_json(BLOCKED_PLACES, BlockedPlaces(blockages=found, next=following))


@router.delete("/blockages/{blockage_id}", status_code=204, summary="知らせを取り消す / Take a report back")
async def remove_blockage(
    request: Request, blockage_id: Annotated[str, Path(max_length=64)], caller: Caller
) -> Response:
    """For who reported it."""
    await parts_of(request).blockages.remove(caller, blockage_id)
    return Response(status_code=204)
