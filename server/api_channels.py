"""The API of the ways in which a person is told, beside their page."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field, TypeAdapter

from server.access import Action, role_may
from server.alerts.channels import MOST, Channel
from server.alerts.senders.push import subscription_fault
from server.alerts.senders.targets import MAX_URL, BadTarget, checked
from server.api_bodies import PREFIX, PROBLEMS, Caller, body_of, problems, read_body
from server.callers import api_session, browser_cookie
from server.errors import Malformed, Unavailable
from server.late_routes import LateRoute
from server.parts import Parts, parts_of
from server.sessions import Session
from wire.base import message
from wire.codec import Codec

Person = Annotated[Session, Depends(api_session)]
ChannelId = Annotated[str, Path(min_length=1, max_length=32)]
# One @, no spaces, no list and no name: the mail server says the rest.
EMAIL_PATTERN: Final = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
Email = Annotated[str, Field(pattern=EMAIL_PATTERN, max_length=254)]
router = APIRouter(prefix=PREFIX, responses=PROBLEMS, route_class=LateRoute)


@message
class ChannelInfo:
    """One's own channel. It counts once it is confirmed, until it has failed for good.

    `where`: an e-mail address, or the host of a push service or webhook. `duty`: told last.
    """

    id: str
    kind: str
    where: str
    duty: bool
    created_utc_s: float
    confirmed_utc_s: float | None
    failed_utc_s: float | None


@message
class ChannelList:
    """All of one's own, and by which ways this server can send."""

    channels: Annotated[tuple[ChannelInfo, ...], Field(max_length=MOST)]
    offered: Annotated[tuple[str, ...], Field(max_length=3)]


@message
class NewEmail:
    """An e-mail address; a code is sent there."""

    email: Email


@message
class Code:
    """The code from the message."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


@message
class PushKeys:
    """A browser's keys, as base64url."""

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


@message
class NewPush:
    """A browser's push subscription (`PushSubscription.toJSON`)."""

    endpoint: Annotated[str, Field(max_length=MAX_URL)]
    keys: PushKeys


@message
class NewWebhook:
    """Where to post."""

    url: Annotated[str, Field(max_length=MAX_URL)]


@message
class WebhookMade:
    """The webhook and its secret, which is shown this once."""

    channel: ChannelInfo
    secret: str


@message
class PushKey:
    """The key that a browser subscribes with (`applicationServerKey`), as base64url."""

    public_key: str


@message
class TestResult:
    """Whether the test was handed over; else what kind of fault there was."""

    sent: bool
    fault: str | None


_NEW_EMAIL: Final = Codec("e-mail address", TypeAdapter(NewEmail))
_CODE: Final = Codec("code", TypeAdapter(Code))
_NEW_PUSH: Final = Codec("subscription", TypeAdapter(NewPush))
_NEW_WEBHOOK: Final = Codec("webhook", TypeAdapter(NewWebhook))


@router.get("/channels", summary="知らせの宛先 / List one's channels")
async def list_channels(request: Request, caller: Caller) -> ChannelList:
    """For caregivers, and administrators for their organisation's duty."""
    channels = parts_of(request).alerts.channels
    found = await channels.of(caller)
    return ChannelList(channels=tuple(info(one) for one in found), offered=channels.kinds)


@router.get("/channels/push-key", summary="通知の公開鍵 / The key for push subscriptions")
async def push_key(request: Request, caller: Caller) -> PushKey:
    """503 where this server does not send push messages."""
    role_may(caller, Action.KEEP_CHANNELS)
    alerts = parts_of(request).alerts
    if "push" not in alerts.channels.kinds:
        raise Unavailable(
            "このサーバーは通知を送れません。管理者が連絡先(mail_from か push_contact)を設定すると使えます。",
            "This server sends no push messages: its operator has to set mail_from or push_contact.",
        )
    return PushKey(public_key=await alerts.vapid.public())


@router.post(
    "/channels/email",
    responses=problems(409),
    status_code=201,
    summary="メールの宛先 / Add e-mail",
    openapi_extra=body_of(NewEmail),
)
async def add_email(request: Request, caller: Caller) -> ChannelInfo:
    """It counts once the code that is sent there has been given back."""
    wanted = await read_body(request, _NEW_EMAIL)
    return info(await parts_of(request).alerts.channels.add_email(caller, wanted.email))


@router.post(
    "/channels/push",
    responses=problems(409),
    status_code=201,
    summary="このブラウザーへの通知 / Add a browser",
    openapi_extra=body_of(NewPush),
)
async def add_push(request: Request, me: Person) -> ChannelInfo:
    """A browser that subscribes again takes its own place. Logging out there ends it."""
    wanted = await read_body(request, _NEW_PUSH)
    parts = parts_of(request)
    check_target(parts, wanted.endpoint)
    fault = subscription_fault(wanted.keys.p256dh, wanted.keys.auth)
    if fault is not None:
        raise Malformed(f"{fault} が通知の鍵ではありません。", f"{fault} is no key of a subscription.")
    keys, mark = wanted.keys, request.cookies.get(browser_cookie(parts.settings.https))
    browser = parts.sessions.known(mark, me.login)
    made = await parts.alerts.channels.add_push(me.actor, wanted.endpoint, keys.p256dh, keys.auth, browser)
    return info(made)


@router.post(
    "/channels/webhook",
    responses=problems(409),
    status_code=201,
    summary="Webhookを加える / Add a webhook",
    openapi_extra=body_of(NewWebhook),
)
async def add_webhook(request: Request, caller: Caller) -> WebhookMade:
    """Messages are signed with the secret (see docs/alerts.md)."""
    wanted = await read_body(request, _NEW_WEBHOOK)
    parts = parts_of(request)
    check_target(parts, wanted.url)
    made, secret = await parts.alerts.channels.add_webhook(caller, wanted.url)
    return WebhookMade(channel=info(made), secret=secret)


@router.post(
    "/channels/{channel_id}/confirm",
    responses=problems(409),
    summary="宛先を確認する / Confirm e-mail",
    openapi_extra=body_of(Code),
)
async def confirm(request: Request, channel_id: ChannelId, caller: Caller) -> ChannelInfo:
    """409: the code is wrong or has expired."""
    given = await read_body(request, _CODE)
    return info(await parts_of(request).alerts.channels.confirm(caller, channel_id, given.code))


@router.post("/channels/{channel_id}/test", responses=problems(409), summary="試しに送る / Send a test")
async def send_test(request: Request, channel_id: ChannelId, caller: Caller) -> TestResult:
    """Sends a message now and says how that went."""
    fault = await parts_of(request).alerts.channels.test(caller, channel_id)
    return TestResult(sent=fault is None, fault=fault)


@router.delete("/channels/{channel_id}", status_code=204, summary="宛先を消す / Remove a channel")
async def remove(request: Request, channel_id: ChannelId, caller: Caller) -> Response:
    """Nothing is sent there any more."""
    await parts_of(request).alerts.channels.remove(caller, channel_id)
    return Response(status_code=204)


def check_target(parts: Parts, url: str) -> None:
    """Raise `Malformed` where this server would never call the address."""
    try:
        checked(url, private=parts.settings.telling.private_targets)
    except BadTarget as error:
        raise Malformed(
            "この宛先は使えません。https:// で始まり、外から届く住所にしてください。",
            f"This address cannot be used: {error}.",
        ) from None


def info(channel: Channel) -> ChannelInfo:
    """As the API tells it."""
    return ChannelInfo(
        id=channel.id,
        kind=channel.kind,
        where=channel.where,
        duty=channel.duty,
        created_utc_s=channel.created_utc_s,
        confirmed_utc_s=channel.confirmed_utc_s,
        failed_utc_s=channel.failed_utc_s,
    )
