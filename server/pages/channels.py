"""Where one wants to be told: the page of a caregiver, and of an administrator for the duty."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import Response

from server.access import Action, role_may
from server.alerts.language import Language, choose_language, language_of
from server.api_channels import EMAIL_PATTERN, check_target
from server.callers import check_csrf, session_of
from server.errors import ApiError, Malformed, NotFound
from server.late_routes import LateRoute
from server.pages.done import done
from server.pages.render import Fault, page
from server.parts import parts_of
from server.sessions import Session
from server.words import Pair

router = APIRouter(prefix="/channels", include_in_schema=False, route_class=LateRoute)
_HOME = "/channels"
Secret = Annotated[str, Form(alias="csrf", max_length=64)]
ChannelId = Annotated[str, Path(min_length=1, max_length=32)]


async def _session(request: Request, csrf: str | None = None) -> Session:
    session = await session_of(parts_of(request), request.cookies)
    role_may(session.actor, Action.KEEP_CHANNELS)
    if csrf is not None:
        check_csrf(session, csrf)
    return session


async def _page(
    request: Request,
    session: Session,
    told: Pair | None = None,
    secret: str | None = None,
    fault: Fault | None = None,
    **typed: str,
) -> Response:
    channels = parts_of(request).alerts.channels
    return page(
        request,
        "channels.html",
        session,
        channels=await channels.of(session.actor),
        offered=channels.kinds,
        fault=fault,
        typed=typed,
        told=told,
        secret=secret,
        language=await language_of(parts_of(request).db, session.actor),
    )


@router.get("")
async def home(request: Request) -> Response:
    """All of one's own, and forms for more."""
    return await _page(request, await _session(request))


@router.post("/email")
async def add_email(request: Request, csrf: Secret, email: Annotated[str, Form(max_length=254)]) -> Response:
    """A code is sent there."""
    session = await _session(request, csrf)
    try:
        if re.fullmatch(EMAIL_PATTERN, email.strip()) is None:
            raise Malformed("メールアドレスの形が正しくありません。", "This is not an e-mail address.")
        await parts_of(request).alerts.channels.add_email(session.actor, email.strip())
    except ApiError as error:
        return await _page(request, session, fault=Fault(error, "email"), email=email)
    return done(request, _HOME, "code_sent")


@router.post("/webhook")
async def add_webhook(request: Request, csrf: Secret, url: Annotated[str, Form(max_length=2000)]) -> Response:
    """The secret is on the page that answers, this once."""
    session = await _session(request, csrf)
    try:
        check_target(parts_of(request), url.strip())
        _, secret = await parts_of(request).alerts.channels.add_webhook(session.actor, url.strip())
    except ApiError as error:
        return await _page(request, session, fault=Fault(error, "url"), url=url)
    return await _page(request, session, secret=secret)


@router.post("/{channel_id}/confirm")
async def confirm(
    request: Request, channel_id: ChannelId, csrf: Secret, code: Annotated[str, Form(max_length=40)]
) -> Response:
    """The code from the message."""
    session = await _session(request, csrf)
    try:
        await parts_of(request).alerts.channels.confirm(session.actor, channel_id, code)
    except NotFound:
        raise
    except ApiError as error:
        return await _page(request, session, fault=Fault(error, f"code-{channel_id}"))
    return done(request, _HOME, "channel_confirmed")


@router.post("/{channel_id}/test")
async def send_test(request: Request, channel_id: ChannelId, csrf: Secret) -> Response:
    """Send one now, and say how that went."""
    session = await _session(request, csrf)
    fault = await parts_of(request).alerts.channels.test(session.actor, channel_id)
    if fault is None:
        told = (
            "試しの知らせを送りました。届いたか確かめてください。",
            "A test was sent: see that it arrives.",
        )
    else:
        told = (f"試しの知らせを送れませんでした({fault})。", f"The test could not be sent ({fault}).")
    return await _page(request, session, told=told)


@router.post("/{channel_id}/remove")
async def remove(request: Request, channel_id: ChannelId, csrf: Secret) -> Response:
    """Nothing is sent there any more."""
    session = await _session(request, csrf)
    await parts_of(request).alerts.channels.remove(session.actor, channel_id)
    return done(request, _HOME, "channel_removed")


@router.post("/language")
async def set_language(
    request: Request, csrf: Secret, language: Annotated[Language | Literal["both"], Form()]
) -> Response:
    """Of mails and notifications."""
    session = await _session(request, csrf)
    await choose_language(parts_of(request).db, session.actor, None if language == "both" else language)
    return done(request, _HOME, "language_set")
