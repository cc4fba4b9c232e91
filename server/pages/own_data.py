"""Pages of one's own data: who looked, a copy of everything, erasure."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from server.access import Role
from server.api_own_data import ZIP_HEADERS
from server.callers import check_csrf, page_session, session_of
from server.errors import ApiError
from server.late_routes import LateRoute
from server.looks import looks_at
from server.pages.done import done
from server.pages.render import Fault, page
from server.pages.steps import Password, Secret, wrong_password
from server.parts import parts_of
from server.sessions import Session

router = APIRouter(include_in_schema=False, route_class=LateRoute)
_DATA = "/account/data"
_PAGE = 50


@router.get("/wearer/looks")
async def looks(request: Request, after: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None) -> Response:
    """Who looked when, newest first."""
    session = await page_session(request, Role.WEARER)
    async with parts_of(request).db.read() as connection:
        found = await looks_at(connection, session.actor.user_id, after, _PAGE)
    older = found[-1].id if len(found) == _PAGE else None
    return page(request, "looks.html", session, looks=found, older=older)


async def _data(request: Request, session: Session, fault: Fault | None = None) -> Response:
    parts = parts_of(request)
    return page(
        request,
        "own_data.html",
        session,
        fault=fault,
        due=await parts.privacy.erasures.due_utc_s(session.actor.user_id),
        days=parts.settings.cooling_off_days,
        backup_days=parts.settings.backup_days,
    )


@router.get(_DATA)
async def data(request: Request) -> Response:
    """A copy, and erasure; for every role."""
    return await _data(request, await session_of(parts_of(request), request.cookies))


async def _mine(request: Request, csrf: str) -> Session:
    session = await session_of(parts_of(request), request.cookies)
    check_csrf(session, csrf)
    return session


@router.post("/account/data/copy")
async def copy(request: Request, csrf: Secret, password: Password) -> Response:
    """Everything, as a ZIP."""
    parts, session = parts_of(request), await _mine(request, csrf)
    if fault := await wrong_password(parts, session, password, "copy-password"):
        return await _data(request, session, fault)
    try:
        pieces = await parts.privacy.exports.begin(session.actor)
    except ApiError as error:
        return await _data(request, session, Fault(error))
    return StreamingResponse(pieces, media_type="application/zip", headers=ZIP_HEADERS)


@router.post("/account/data/erase")
async def erase(request: Request, csrf: Secret, password: Password) -> Response:
    """The wish to be erased."""
    parts, session = parts_of(request), await _mine(request, csrf)
    if fault := await wrong_password(parts, session, password, "erase-password"):
        return await _data(request, session, fault)
    await parts.privacy.erasures.ask(session.actor.user_id)
    return done(request, _DATA, "erasure_asked")


@router.post("/account/data/stay")
async def stay(request: Request, csrf: Secret) -> Response:
    """Take the wish back."""
    session = await _mine(request, csrf)
    await parts_of(request).privacy.erasures.take_back(session.actor.user_id)
    return done(request, _DATA, "erasure_back")
