"""Login and logout, and the way to each role's page."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from server.access import Role
from server.callers import (
    address_of,
    browser_cookie,
    check_csrf,
    cookie_name,
    half_session_of,
    keep_session,
    session_of,
    session_token,
)
from server.credentials import new_token
from server.errors import ApiError, Forbidden, NotLoggedIn
from server.late_routes import LateRoute
from server.pages.done import done
from server.pages.render import Fault, page
from server.parts import Parts, parts_of
from server.sessions import Session

router = APIRouter(include_in_schema=False, route_class=LateRoute)

HOME = {
    Role.WEARER: "/wearer",
    Role.CAREGIVER: "/caregiver",
    Role.EVALUATOR: "/evaluator",
    Role.ADMINISTRATOR: "/administrator",
}
_YEAR_S = 365 * 86_400
_SEE_OTHER = 303  # a reload of the next page must not send the form again


def _before_cookie(https: bool) -> str:
    return "__Host-shirube-login" if https else "shirube-login"


def see(path: str) -> RedirectResponse:
    """To a page of ours, after a form."""
    return RedirectResponse(path, _SEE_OTHER)


@router.get("/")
async def start(request: Request) -> Response:
    """To one's own page; where the login is not finished, to what is missing."""
    try:
        session = await session_of(parts_of(request), request.cookies)
    except NotLoggedIn:
        return _login_page(request)
    answer = see(HOME[session.actor.role])
    if request.query_params.get("lang") in ("ja", "en"):
        answer.headers["location"] += f"?lang={request.query_params['lang']}"
    return answer


@router.get("/login")
async def login_form(request: Request) -> Response:
    """The form."""
    return _login_page(request)


def _login_page(request: Request, error: ApiError | None = None, login: str = "") -> Response:
    https = parts_of(request).settings.https
    # There is no session yet: the form's secret is bound to a cookie of its own, so that another
    # site cannot log a person in to an account that is not theirs.
    secret = request.cookies.get(_before_cookie(https)) or new_token()
    fault = None if error is None else Fault(error)
    answer = page(request, "login.html", fault=fault, typed={"login": login}, secret=secret)
    answer.set_cookie(_before_cookie(https), secret, httponly=True, samesite="strict", secure=https)
    return answer


@router.post("/login")
async def log_in(
    request: Request,
    login: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=400)],
    csrf: Annotated[str, Form(max_length=64)],
) -> Response:
    """Open a session."""
    parts = parts_of(request)
    https = parts.settings.https
    expected = request.cookies.get(_before_cookie(https), "")
    if not expected or not secrets.compare_digest(expected.encode(), csrf.encode()):
        return _login_page(
            request,
            Forbidden("もう一度ログインしてください。", "Please log in again."),
            login,
        )
    mark, before = request.cookies.get(browser_cookie(https)), session_token(parts, request.cookies)
    try:
        token = await parts.sessions.log_in(login, password, address_of(request), mark)
    except ApiError as error:
        return _login_page(request, error, login)
    if before is not None:  # whoever was logged in here before is not any more
        await parts.sessions.log_out(before)
        parts.hub.rights_changed()
    answer = see("/")
    keep_session(answer, parts, token)
    session = await parts.sessions.look_up(token, half=True)
    if session is not None:
        _mark_browser(answer, parts, session, mark)
    answer.delete_cookie(_before_cookie(https), httponly=True, samesite="strict", secure=https)
    return answer


def _mark_browser(answer: Response, parts: Parts, session: Session, mark: str | None) -> None:
    """This browser is not a stranger's: who guesses at the same name from elsewhere does not shut it out."""
    https = parts.settings.https
    answer.set_cookie(
        browser_cookie(https),
        parts.sessions.mark_for(session, mark),
        max_age=_YEAR_S,
        httponly=True,
        samesite="strict",
        secure=https,
    )


@router.post("/logout")
async def log_out(request: Request, csrf: Annotated[str, Form(max_length=64)]) -> Response:
    """Close the session; open live views of it end, and so do the notifications of this browser.

    An expired session ends no notifications: at night a push message is what wakes a caregiver. Who logs out
    leaves the browser to somebody else.
    """
    parts = parts_of(request)
    session = await half_session_of(parts, request.cookies)
    check_csrf(session, csrf)
    token = session_token(parts, request.cookies)
    assert token is not None  # noqa: S101  (there is a session)
    await parts.sessions.log_out(token)
    browser = parts.sessions.known(request.cookies.get(browser_cookie(parts.settings.https)), session.login)
    if browser is not None:
        await parts.alerts.channels.leave(session.actor, browser)
    parts.hub.rights_changed()
    answer = done(request, "/login", "logged_out")
    answer.delete_cookie(cookie_name(parts.settings.https), secure=parts.settings.https)
    # Pages that the browser kept, and the worker that shows notifications.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
