"""The stream `/api/v1/trips/{id}/live` for those who follow a trip in a browser."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from server.access import Action
from server.allow import allow_trip
from server.api_bodies import PREFIX, PROBLEMS, Caller, Id
from server.callers import session_token
from server.errors import Forbidden
from server.parts import parts_of
from server.viewing import SessionRight
from server.views import EventStream, Who

router = APIRouter(prefix=PREFIX, responses=PROBLEMS)


@router.get(
    "/trips/{trip_id}/live",
    summary="外出を見守る / Follow a trip",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-Sent Events"}},
)
async def live(
    request: Request,
    trip_id: Id,
    actor: Caller,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> EventStream:
    """Server-Sent Events: `line` (numbered), `now`, `resync` (the lines begin anew), `closed` at the end.

    Goes on after `Last-Event-ID`, or `after` for a page that just opened. A number that another server run or
    process gave out begins anew.
    """
    parts = parts_of(request)
    async with parts.viewing.door:
        async with parts.db.read() as connection:
            await allow_trip(connection, actor, Action.WATCH_LIVE, trip_id)
        token = session_token(parts, request.cookies)
        if token is None:
            raise Forbidden("ログインした人だけが見守れます。", "Only a person who is logged in may follow.")
        await parts.trips.look(actor, trip_id, "live")
    right = SessionRight(parts.db, parts.sessions, token, trip_id)
    opened = parts.viewing.open(trip_id, right, Who(user_id=actor.user_id), last_event_id or after)
    return EventStream(opened)
