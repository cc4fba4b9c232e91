"""Who is calling: a device by its key, a person by their session."""

import secrets
from collections.abc import Mapping
from typing import Final

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import Response

from server.access import Actor, Role
from server.contacts import version_in
from server.errors import Forbidden, NotLoggedIn, Unfinished
from server.parts import Parts, parts_of
from server.rates import SESSION_COOKIE, SESSION_COOKIE_HTTPS, client_address
from server.sessions import Missing, Session
from wire.uplink import BATCH_PATH

SAFE_METHODS = frozenset({"GET", "HEAD"})
_UNFINISHED: Final = {
    Missing.SECOND_FACTOR: (
        "二段階認証の番号を入れてください。",
        "Give the code of your second factor first.",
        "/login/second-factor",
    ),
    Missing.PASSWORD: (
        "一度だけのパスワードです。先に新しいパスワードを決めてください。",
        "This password is for one login: choose a new one first.",
        "/login/password",
    ),
    Missing.SET_UP: (
        "この役割には二段階認証が必要です。先に設定してください。",
        "This role needs a second factor: set it up first.",
        "/login/set-up",
    ),
}


def cookie_name(https: bool) -> str:
    """The session's."""
    return SESSION_COOKIE_HTTPS if https else SESSION_COOKIE


def browser_cookie(https: bool) -> str:
    """The mark of a browser in which somebody has logged in (`Sessions.mark_for`)."""
    return f"{cookie_name(https)}-browser"


async def device_by_key(parts: Parts, headers: Headers) -> Actor:
    """The device whose key stands in `Authorization: Bearer`; else `NotLoggedIn`."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    device = await parts.devices.with_key(key.strip()) if scheme.lower() == "bearer" else None
    if device is None or device.device_id is None:
        parts.metrics.refused.labels("key").inc()
        raise NotLoggedIn("端末の鍵が違うか、取り消されています。", "The device key is wrong or was revoked.")
    parts.contacts.note(device.device_id, version_in(headers.get("user-agent", "")))
    return device


def session_token(parts: Parts, cookies: Mapping[str, str]) -> str | None:
    """The session's token as the browser holds it."""
    return cookies.get(cookie_name(parts.settings.https))


async def session_of(parts: Parts, cookies: Mapping[str, str]) -> Session:
    """The session of the cookie; else `NotLoggedIn`, or `Unfinished` where something is still missing."""
    session = await half_session_of(parts, cookies)
    if session.missing is not None:
        ja, en, page = _UNFINISHED[session.missing]
        raise Unfinished(ja, en, page)
    return session


async def half_session_of(parts: Parts, cookies: Mapping[str, str]) -> Session:
    """As `session_of`, for the pages on which what is missing is given, and for logging out."""
    token = session_token(parts, cookies)
    session = None if token is None else await parts.sessions.look_up(token, half=True)
    if session is None:
        raise NotLoggedIn
    return session


async def api_caller(request: Request) -> Actor:
    """Whoever calls the API. A session that changes something must also send its form's secret.

    The key of a phone that only logs lies in another program, whose settings anybody can read who holds the
    phone: it opens neither the wearer's places nor their routes.
    """
    if "authorization" in request.headers:
        device = await device_by_key(parts_of(request), request.headers)
        if device.logs_only and request.url.path != BATCH_PATH:
            raise Forbidden(
                "記録用の電話の鍵では、記録を送ることだけができます。",
                "The key of a phone that logs only sends positions.",
            )
        return device
    return (await api_session(request)).actor


async def api_session(request: Request) -> Session:
    """As `api_caller`, for what no device does: a device's key opens none of it (`Forbidden`)."""
    parts = parts_of(request)
    if "authorization" in request.headers:
        await device_by_key(parts, request.headers)
        raise Forbidden("装置の鍵ではできません。ログインしてください。", "A device's key may not: log in.")
    session = await session_of(parts, request.cookies)
    if request.method not in SAFE_METHODS:
        check_csrf(session, request.headers.get("x-csrf-token", ""))
    return session


def address_of(request: Request) -> str:
    """Where the request comes from, as guesses are counted; empty where that is not known."""
    return client_address(request.scope)


def keep_session(answer: Response, parts: Parts, token: str) -> None:
    """Give the browser its session's token."""
    https = parts.settings.https
    answer.set_cookie(
        cookie_name(https),
        token,
        max_age=int(parts.settings.session_absolute_s),
        httponly=True,
        samesite="lax",
        secure=https,
    )


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
