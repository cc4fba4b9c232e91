"""What a login still needs: a code of the second factor, one's own password, or a second factor set up."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from server.callers import check_csrf, half_session_of, keep_session
from server.errors import ApiError, Malformed
from server.late_routes import LateRoute
from server.pages.login import see
from server.pages.render import Fault, page
from server.parts import Parts, parts_of
from server.second_factor import SetUp
from server.sessions import Missing, Session

router = APIRouter(prefix="/login", include_in_schema=False, route_class=LateRoute)
Secret = Annotated[str, Form(alias="csrf", max_length=64)]
Code = Annotated[str, Form(max_length=40)]
Password = Annotated[str, Form(max_length=400)]
Pending = Annotated[str, Form(max_length=1000)]


async def _session(request: Request, missing: Missing, csrf: str | None = None) -> Session | None:
    """The session if it is this that it needs; None: on to the start page, which knows what is next."""
    session = await half_session_of(parts_of(request), request.cookies)
    if csrf is not None:
        check_csrf(session, csrf)
    return session if session.missing is missing else None


def _again(request: Request, template: str, session: Session, fault: Fault | None) -> Response:
    return page(request, template, session, fault=fault)


async def wrong_password(parts: Parts, session: Session, password: str, field: str) -> Fault | None:
    """Why this is not the person's own present password, for the field's id; None: it is."""
    try:
        await parts.sessions.confirm(session.actor, password)
    except ApiError as error:
        return Fault(error, field)
    return None


def field_of(error: ApiError) -> str:
    """The field of a form for a new password that the error is about: the new one, or the present one."""
    return "new_password" if isinstance(error, Malformed) else "password"


async def _go_on(request: Request, session: Session, *, second_factor: bool = False) -> Response:
    parts = parts_of(request)
    answer = see("/")
    keep_session(answer, parts, await parts.sessions.renew(session, second_factor=second_factor))
    return answer


@router.get("/second-factor")
async def ask_code(request: Request) -> Response:
    """The form for the code."""
    session = await _session(request, Missing.SECOND_FACTOR)
    return see("/") if session is None else _again(request, "second_factor.html", session, None)


@router.post("/second-factor")
async def check_code(request: Request, csrf: Secret, code: Code) -> Response:
    """A code of the authenticator, or a recovery code."""
    session = await _session(request, Missing.SECOND_FACTOR, csrf)
    if session is None:
        return see("/")
    try:
        await parts_of(request).second_factor.check(session.actor, code)
    except ApiError as error:
        return _again(request, "second_factor.html", session, Fault(error, "code"))
    return await _go_on(request, session, second_factor=True)


@router.get("/password")
async def ask_password(request: Request) -> Response:
    """The form for one's own password, after a one-time one."""
    session = await _session(request, Missing.PASSWORD)
    return see("/") if session is None else _again(request, "new_password.html", session, None)


@router.post("/password")
async def set_password(
    request: Request, csrf: Secret, password: Password, new_password: Password
) -> Response:
    """From now on this one."""
    session = await _session(request, Missing.PASSWORD, csrf)
    if session is None:
        return see("/")
    try:
        await parts_of(request).sessions.change_password(session, password, new_password)
    except ApiError as error:
        return _again(request, "new_password.html", session, Fault(error, field_of(error)))
    return await _go_on(request, session)


@router.get("/set-up")
async def show_secret(request: Request) -> Response:
    """A new secret, where the role needs a second factor."""
    session = await _session(request, Missing.SET_UP)
    if session is None:
        return see("/")
    begun = parts_of(request).second_factor.begin(session.actor, session.login)
    return _set_up_page(request, session, begun, None)


@router.post("/set-up")
async def set_up(request: Request, csrf: Secret, pending: Pending, code: Code) -> Response:
    """With its first code; then the recovery codes, once."""
    session = await _session(request, Missing.SET_UP, csrf)
    if session is None:
        return see("/")
    parts = parts_of(request)
    try:
        codes = await parts.second_factor.confirm(session.actor, pending, code)
    except ApiError as error:
        begun = parts.second_factor.again(session.actor, session.login, pending)
        return _set_up_page(request, session, begun, Fault(error, "code"))
    token = await parts.sessions.renew(session, second_factor=True)
    parts.hub.rights_changed()
    answer = page(request, "recovery_codes.html", await parts.sessions.look_up(token), codes=codes)
    keep_session(answer, parts, token)
    return answer


def _set_up_page(request: Request, session: Session, begun: SetUp, fault: Fault | None) -> Response:
    return page(
        request,
        "set_up.html",
        session,
        fault=fault,
        begun=begun,
        action="/login/set-up",
        ask_password=False,
    )
