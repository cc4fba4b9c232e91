"""The API of the wearer's own walk in a browser: events in, and how it stands."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.access import Action, role_may
from server.api_bodies import PREFIX, PROBLEMS, Id, as_json, body_of, problems, read_body
from server.api_uplink import answer_to
from server.callers import api_session
from server.late_routes import LateRoute
from server.parts import parts_of
from server.sessions import Session
from server.walk_now import WalkNow, walk_now
from server.walks import walks_of
from wire.codec import BATCH, BATCH_ANSWER
from wire.uplink import Batch, BatchAnswer

router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)
Person = Annotated[Session, Depends(api_session)]


def browser_cookie(https: bool) -> str:
    """Its value is the id of the device that this browser is: no secret, it opens nothing without a login."""
    return "__Host-shirube-walk" if https else "shirube-walk"


def browser_id(request: Request) -> str:
    """The device that this browser says to be; empty where it is none yet."""
    return request.cookies.get(browser_cookie(parts_of(request).settings.https), "")[:32]


@router.post(
    "/walk/events",
    responses=problems(409),
    response_model=BatchAnswer,
    summary="ブラウザから記録を送る / Send events from a browser",
    openapi_extra=body_of(Batch),
)
async def send_events(request: Request, session: Person) -> Response:
    """As `/uplink/events`, for the browser in which a wearer walks: a session in place of a key.

    403: this browser was revoked, or no outing was begun in it.
    """
    parts = parts_of(request)
    role_may(session.actor, Action.WALK)
    batch = await read_body(request, BATCH)
    device_id = await walks_of(parts).browser(session.actor, browser_id(request))
    parts.contacts.note(device_id)
    return as_json(BATCH_ANSWER, await answer_to(parts, device_id, batch))


@router.get("/walk/{trip_id}", summary="自分の外出の今 / One's own walk now")
async def read_walk(request: Request, trip_id: Id, session: Person) -> WalkNow:
    """For the wearer: where they are in words, who watches, how a call for help stands."""
    role_may(session.actor, Action.WALK)
    return await walk_now(parts_of(request), session.actor, trip_id)
