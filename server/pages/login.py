"""Login and logout, and the way to each role's page."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from server.access import Role
from server.callers import check_csrf, cookie_name, session_of, session_token
from server.credentials import new_token
from server.errors import ApiError, Forbidden, NotLoggedIn
from server.pages.render import page
from server.parts import parts_of

router = APIRouter(include_in_schema=False)

HOME = {Role.WEARER: "/wearer", Role.CAREGIVER: "/caregiver", Role.EVALUATOR: "/evaluator"}
_SEE_OTHER = 303  # a reload of the next page must not send the form again


def _before_cookie(https: bool) -> str:
    return "__Host-shirube-login" if https else "shirube-login"


def see(path: str) -> RedirectResponse:
    """To a page of ours, after a form."""
    return RedirectResponse(path, _SEE_OTHER)


@router.get("/")
async def start(request: Request) -> Response:
    """To one's own page."""
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


def _login_page(request: Request, error: ApiError | None = None) -> Response:
    https = parts_of(request).settings.https
    # There is no session yet: the form's secret is bound to a cookie of its own, so that another
    # site cannot log a person in to an account that is not theirs.
    secret = request.cookies.get(_before_cookie(https)) or new_token()
    sentence = None if error is None else (error.ja, error.en)
    status = 200 if error is None else error.status
    answer = page(request, "login.html", status=status, secret=secret, sentence=sentence)
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
        )
    address = "" if request.client is None else request.client.host
    try:
        token = await parts.sessions.log_in(login, password, address)
    except ApiError as error:
        return _login_page(request, error)
    answer = see("/")
    answer.set_cookie(
        cookie_name(https),
        token,
        max_age=int(parts.settings.session_absolute_s),
        httponly=True,
        samesite="lax",
        secure=https,
    )
    answer.delete_cookie(_before_cookie(https), httponly=True, samesite="strict", secure=https)
    return answer


@router.post("/logout")
async def log_out(request: Request, csrf: Annotated[str, Form(max_length=64)]) -> Response:
    """Close the session; open live views of it end."""
    parts = parts_of(request)
    check_csrf(await session_of(parts, request.cookies), csrf)
    token = session_token(parts, request.cookies)
    assert token is not None  # noqa: S101  (there is a session)
    await parts.sessions.log_out(token)
    parts.hub.wake_all()
    answer = see("/login")
    answer.delete_cookie(cookie_name(parts.settings.https), secure=parts.settings.https)
    return answer
