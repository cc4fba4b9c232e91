"""The device's side door: the WebSocket `/api/v1/uplink`, as `wire.uplink` tells it."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from server.access import Actor
from server.callers import device_by_key
from server.errors import ApiError, Forbidden, NotLoggedIn
from server.ingest import Ingest
from server.parts import parts_of
from server.problems import problem
from wire.codec import FROM_DEVICE, FROM_SERVER, WireError
from wire.uplink import (
    MAX_MESSAGE_BYTES,
    PROTOCOL,
    UPLINK_PATH,
    Ack,
    Events,
    FromServer,
    Hello,
    Refused,
    Welcome,
)

router = APIRouter()

_HELLO_WITHIN_S = 10.0
_MAX_BOOT = 64  # characters; a random id has 32
_CLOSE_CODES = {
    "protocol": 1002,
    "malformed": 1007,
    "forbidden": 1008,
    "too_large": 1009,
    "unavailable": 1013,
}


class _RefusedError(Exception):
    """The conversation ends with this message."""

    def __init__(
        self,
        code: Literal["protocol", "malformed", "forbidden", "too_large", "unavailable"],
        ja: str,
        en: str,
    ) -> None:
        super().__init__(en)
        self.message = Refused(code=code, detail_ja=ja, detail_en=en)


@dataclass(frozen=True, slots=True)
class _Talk:
    """One greeted conversation."""

    websocket: WebSocket
    device_id: str
    boot: str
    ingest: Ingest


@router.websocket(UPLINK_PATH)
async def uplink(websocket: WebSocket) -> None:
    """Greet, then store and acknowledge until either side goes."""
    parts = parts_of(websocket)
    try:
        device = await device_by_key(parts.db, websocket.headers)
    except NotLoggedIn as error:
        await websocket.send_denial_response(problem(error))
        return
    await websocket.accept()
    try:
        talk = await _greet(websocket, device, parts.ingest)
        while True:
            await _store(talk, _events(await _receive(websocket), talk.boot))
    except _RefusedError as refusal:
        await _refuse(websocket, refusal.message)
    except WebSocketDisconnect:
        return  # the device has its outbox; what was not acknowledged comes again


async def _greet(websocket: WebSocket, device: Actor, ingest: Ingest) -> _Talk:
    try:
        hello = _hello(await asyncio.wait_for(_receive(websocket), _HELLO_WITHIN_S))
    except TimeoutError:
        raise _RefusedError("protocol", "あいさつがありません。", "There was no greeting.") from None
    assert device.device_id is not None  # noqa: S101  (a device's actor has one)
    held = await ingest.held(device.device_id, hello.boot)
    await _say(websocket, Welcome(acked=held.acked, beyond=held.beyond))
    return _Talk(websocket, device.device_id, hello.boot, ingest)


async def _receive(websocket: WebSocket) -> str:
    """The next text, not longer than the protocol allows."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if text is None:
        raise _RefusedError(
            "malformed", "文字のメッセージだけを受け付けます。", "Only text messages are accepted."
        )
    if len(text) > MAX_MESSAGE_BYTES or len(text.encode()) > MAX_MESSAGE_BYTES:
        raise _RefusedError("too_large", "メッセージが大きすぎます。", "The message is too large.")
    return str(text)


def _decode(text: str) -> Hello | Events:
    try:
        return FROM_DEVICE.decode(text)
    except WireError as error:
        raise _RefusedError("malformed", f"メッセージが読めません({error})。", f"{error}.") from None


def _hello(text: str) -> Hello:
    message = _decode(text)
    if not isinstance(message, Hello):
        raise _RefusedError("protocol", "はじめは hello です。", "The first message must be hello.")
    if message.protocol != PROTOCOL:
        raise _RefusedError(
            "protocol",
            f"このサーバーは版 {PROTOCOL} だけを話します。端末かサーバーを更新してください。",
            f"This server speaks protocol {PROTOCOL} only: update the device or the server.",
        )
    if not 1 <= len(message.boot) <= _MAX_BOOT:
        raise _RefusedError(
            "malformed", f"boot は1から{_MAX_BOOT}文字です。", f"boot has 1 to {_MAX_BOOT} characters."
        )
    return message


def _events(text: str, boot: str) -> Events:
    message = _decode(text)
    if not isinstance(message, Events):
        raise _RefusedError("protocol", "hello は一度だけです。", "hello is said once.")
    if any(event.boot != boot for event in message.events):
        raise _RefusedError(
            "malformed", "boot があいさつと違います。", "An event's boot is not the one of the greeting."
        )
    return message


async def _store(talk: _Talk, message: Events) -> None:
    try:
        held = await talk.ingest.store(talk.device_id, talk.boot, message.events, message.sent_utc_s)
    except Forbidden as error:
        raise _RefusedError("forbidden", error.ja, error.en) from None
    except ApiError as error:
        raise _RefusedError("unavailable", error.ja, error.en) from None
    await _say(talk.websocket, Ack(boot=talk.boot, acked=held.acked, beyond=held.beyond))


async def _say(websocket: WebSocket, message: FromServer) -> None:
    await websocket.send_text(FROM_SERVER.encode(message))


async def _refuse(websocket: WebSocket, message: Refused) -> None:
    try:
        await _say(websocket, message)
        await websocket.close(_CLOSE_CODES[message.code])
    except (WebSocketDisconnect, RuntimeError):
        return  # gone already: there is nobody left to tell
