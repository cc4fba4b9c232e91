"""The stream `/api/v1/trips/{id}/live` for those who follow a trip in a browser."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import StreamingResponse

from server.api_bodies import PREFIX, PROBLEMS, Id
from server.callers import api_session
from server.late_routes import LateRoute
from server.parts import parts_of
from server.sessions import Session
from server.views import EventStream, Who
from server.watch_rights import SessionRight

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@router.get(
    "/trips/{trip_id}/live",
    summary="外出を見守る / Follow a trip",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-Sent Events"}},
)
async def live(
    request: Request,
    trip_id: Id,
    session: Annotated[Session, Depends(api_session)],
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> EventStream:
    """Server-Sent Events: `line` (numbered), `now`, `resync` (the lines begin anew), `closed` at the end.

    Goes on after `Last-Event-ID`, or `after` for a page that just opened. A number that another server run or
    process gave out begins anew.
    """
    parts = parts_of(request)
    right = SessionRight(parts.watch_rights, session.session_id, trip_id)
    opened = parts.viewing.open(
        trip_id,
        right,
        Who(user_id=session.actor.user_id),
        last_event_id or after,
        allowed=lambda: parts.trips.look(session.actor, trip_id, "live"),
    )
    return EventStream(opened)
