"""Who is calling: a device by its key, a person by their session."""

import secrets
from collections.abc import Mapping

from fastapi import Request
from starlette.datastructures import Headers

from server.access import Actor, Role
from server.accounts import device_of
from server.database import Database
from server.errors import Forbidden, NotLoggedIn
from server.parts import Parts, parts_of
from server.sessions import Session

SAFE_METHODS = frozenset({"GET", "HEAD"})


def cookie_name(https: bool) -> str:
    """`__Host-` binds the cookie to this host and to https; browsers refuse it without."""
    return "__Host-shirube" if https else "shirube"


async def device_by_key(db: Database, headers: Headers) -> Actor:
    """The device whose key stands in `Authorization: Bearer`; else `NotLoggedIn`."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    device = await device_of(db, key.strip()) if scheme.lower() == "bearer" else None
    if device is None:
        raise NotLoggedIn("端末の鍵が違うか、取り消されています。", "The device key is wrong or was revoked.")
    return device


def session_token(parts: Parts, cookies: Mapping[str, str]) -> str | None:
    """The session's token as the browser holds it."""
    return cookies.get(cookie_name(parts.settings.https))


async def session_of(parts: Parts, cookies: Mapping[str, str]) -> Session:
    """The session of the cookie; else `NotLoggedIn`."""
    token = session_token(parts, cookies)
    session = None if token is None else await parts.sessions.look_up(token)
    if session is None:
        raise NotLoggedIn
    return session


async def api_caller(request: Request) -> Actor:
    """Whoever calls the API. A session that changes something must also send its form's secret."""
    parts = parts_of(request)
    if "authorization" in request.headers:
        return await device_by_key(parts.db, request.headers)
    session = await session_of(parts, request.cookies)
    if request.method not in SAFE_METHODS:
        check_csrf(session, request.headers.get("x-csrf-token", ""))
    return session.actor


async def page_session(request: Request, role: Role) -> Session:
    """The session of a page that is for one role only."""
    session = await session_of(parts_of(request), request.cookies)
    if session.actor.role is not role:
        raise Forbidden("このページを見る権限がありません。", "This page is not for your role.")
    return session


async def form_session(request: Request, role: Role, csrf: str) -> Session:
    """As `page_session`, for a form that changes something."""
    session = await page_session(request, role)
    check_csrf(session, csrf)
    return session


def check_csrf(session: Session, sent: str) -> None:
    """Another site can make a browser send the cookie, but cannot read the secret of the form."""
    if not secrets.compare_digest(session.csrf.encode(), sent.encode()):
        raise Forbidden(
            "ページが古くなっています。開き直してください。", "The page is out of date: open it again."
        )
