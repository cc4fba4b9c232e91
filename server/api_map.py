"""The API of the map beside a walk: `/api/v1/trips/{id}/map-facts`."""

import asyncio
import gzip
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from server.api_bodies import PREFIX, PROBLEMS, Id
from server.callers import api_session
from server.late_routes import LateRoute
from server.map_facts import MapFacts
from server.map_reading import facts_of, seen_by
from server.parts import parts_of
from server.sessions import Session

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
_FACTS: Final[TypeAdapter[MapFacts]] = TypeAdapter(MapFacts)
_LEVEL: Final = 5  # of gzip: a tenth of the size; more costs time and saves little


@router.get(
    "/trips/{trip_id}/map-facts",
    response_model=MapFacts,
    summary="地図にあること / What is on the map",
)
async def read_map_facts(
    request: Request, trip_id: Id, session: Annotated[Session, Depends(api_session)]
) -> Response:
    """What lies around the walk, by kind, with geometry and words: for whom the live view is open.

    `If-None-Match` with the `ETag` of an answer gives 304 while nothing of it is another.
    """
    parts = parts_of(request)
    seen = await seen_by(parts, session.actor, trip_id)
    await parts.trips.look(session.actor, trip_id, "live")
    headers = {"ETag": f'"{seen.tag(parts.hub.epoch)}"', "Vary": "Accept-Encoding"}
    if _holds(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    body = await asyncio.to_thread(_FACTS.dump_json, await facts_of(parts, seen))
    if "gzip" in request.headers.get("accept-encoding", ""):
        body = await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type="application/json")


def _holds(given: str, tag: str) -> bool:
    """Whether the caller has this one; a proxy that packed it may have marked it as weak."""
    return tag in {one.strip().removeprefix("W/") for one in given.split(",")}
