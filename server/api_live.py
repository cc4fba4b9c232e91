"""The stream `/api/v1/trips/{id}/live` for those who follow a trip in a browser."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from server.access import Actor
from server.callers import api_caller, session_token
from server.errors import NotLoggedIn
from server.live import LiveTrip, follow
from server.parts import parts_of

router = APIRouter(prefix="/api/v1")


@router.get(
    "/trips/{trip_id}/live",
    summary="外出を見守る / Follow a trip",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def live(
    request: Request,
    trip_id: str,
    last_event_id: Annotated[str | None, Header()] = None,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> StreamingResponse:
    """Server-Sent Events; resumes after `Last-Event-ID`, or `after` for a page that just opened."""
    parts = parts_of(request)
    actor = await api_caller(request)
    trip = await LiveTrip.open(parts.db, parts.clock, actor, trip_id)
    await parts.trips.look(actor, trip_id, "live")
    token = session_token(parts, request.cookies)

    async def who() -> Actor:
        # Watching alone does not keep a session alive: its expiry ends the view.
        session = None if token is None else await parts.sessions.look_up(token, touch=False)
        if session is None:
            raise NotLoggedIn("ログインの期限が切れました。", "The login has expired.")
        return session.actor

    body = follow(trip, parts.hub, who, last_event_id or after)
    return StreamingResponse(body, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
