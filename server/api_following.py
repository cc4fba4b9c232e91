"""The stream `/api/v1/following/live`: everybody whom a caregiver follows, for the list of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import StreamingResponse

from server.access import Action, role_may
from server.api_bodies import PREFIX, PROBLEMS
from server.callers import api_session, session_token
from server.errors import NotLoggedIn
from server.following import Following
from server.late_routes import LateRoute
from server.parts import parts_of
from server.sessions import Session

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@router.get(
    "/following/live",
    summary="見守る人みんなの今 / Everybody whom one follows",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-Sent Events"}},
)
async def following(request: Request, session: Annotated[Session, Depends(api_session)]) -> StreamingResponse:
    """Server-Sent Events: `now` (a list: each outing that has changed), `gone`, `changed`, `closed`.

    For caregivers. `changed`: another outing has begun or ended; ask again for the list.
    """
    parts = parts_of(request)
    role_may(session.actor, Action.FOLLOW)
    token = session_token(parts, request.cookies)

    async def still() -> None:
        # Waiting alone does not keep a session alive: its expiry ends the stream.
        now = None if token is None else await parts.sessions.look_up(token, touch=False)
        if now is None or now.missing is not None or now.actor.user_id != session.actor.user_id:
            raise NotLoggedIn("ログインの期限が切れました。", "The login has expired.")

    body = Following(parts, session, still).stream()
    return StreamingResponse(body, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
