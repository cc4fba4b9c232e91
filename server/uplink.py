"""The device's side door: the WebSocket `/api/v1/uplink`, as `wire.uplink` tells it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, WebSocket
from sqlalchemy.exc import SQLAlchemyError
from starlette.websockets import WebSocketDisconnect

from server.access import Actor
from server.callers import device_by_key
from server.connected import REVOKED, Line
from server.errors import ApiError, Forbidden, NotLoggedIn, Unavailable
from server.hub import notices_for
from server.parts import Parts, parts_of
from server.problems import problem
from wire.codec import FROM_DEVICE, FROM_SERVER, WireError
from wire.uplink import (
    MAX_BOOT,
    MAX_MESSAGE_BYTES,
    OLDEST_PROTOCOL,
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
_log = logging.getLogger(__name__)

_HELLO_WITHIN_S = 10.0
_ASK_AGAIN_S = 2.0
NOTICES_SINCE = 4  # the protocol that a device must speak to be told something
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
    wearer_id: str
    boot: str
    protocol: int
    parts: Parts


@router.websocket(UPLINK_PATH)
async def uplink(websocket: WebSocket) -> None:
    """Greet, then store and acknowledge, and tell what there is to tell, until either side goes."""
    parts = parts_of(websocket)
    try:
        device = await device_by_key(parts, websocket.headers)
    except NotLoggedIn as error:
        await websocket.send_denial_response(problem(error))
        return
    await websocket.accept()
    try:
        assert device.device_id is not None  # noqa: S101  (a device's actor has one)
        with parts.connected.open(device.device_id) as line:
            talk = await _greet(websocket, device, parts)
            async with _told(talk):
                await _until_cut(talk, line)
    except _RefusedError as refusal:
        await _refuse(websocket, refusal.message)
    except WebSocketDisconnect:
        return  # the device has its outbox; what was not acknowledged comes again


async def _until_cut(talk: _Talk, line: Line) -> None:
    """Store what comes, until the device goes or its line has to end."""
    storing, cut = asyncio.create_task(_store_all(talk)), asyncio.create_task(line.cut.wait())
    try:
        await asyncio.wait({storing, cut}, return_when=asyncio.FIRST_COMPLETED)
        if storing.done():
            storing.result()  # which raises why it ended
        code: Literal["forbidden", "unavailable"] = "forbidden" if line.why is REVOKED else "unavailable"
        raise _RefusedError(code, *line.why)
    finally:
        for task in (storing, cut):
            task.cancel()
        await asyncio.wait({storing, cut})


async def _store_all(talk: _Talk) -> None:
    while True:
        await _store(talk, _events(await _receive(talk.websocket), talk.boot))


async def _greet(websocket: WebSocket, device: Actor, parts: Parts) -> _Talk:
    try:
        hello = _hello(await asyncio.wait_for(_receive(websocket), _HELLO_WITHIN_S))
    except TimeoutError:
        raise _RefusedError("protocol", "あいさつがありません。", "There was no greeting.") from None
    assert device.device_id is not None  # noqa: S101  (a device's actor has one)
    try:
        held = await parts.ingest.held(device.device_id, hello.boot)
    except ApiError as error:
        raise _RefusedError("unavailable", error.ja, error.en) from None
    protocol = min(hello.protocol, PROTOCOL)
    await _say(websocket, Welcome(protocol=protocol, acked=held.acked, beyond=held.beyond))
    return _Talk(websocket, device.device_id, device.user_id, hello.boot, protocol, parts)


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
    if message.protocol < OLDEST_PROTOCOL:
        raise _RefusedError("protocol", *too_old(message.protocol))
    if not 1 <= len(message.boot) <= MAX_BOOT or not message.boot.isprintable():
        raise _RefusedError(
            "malformed", f"boot は1から{MAX_BOOT}文字です。", f"boot has 1 to {MAX_BOOT} characters."
        )
    return message


def too_old(protocol: int) -> tuple[str, str]:
    """Why a device of this protocol is not talked to: in Japanese, in English."""
    return (
        f"このサーバーは版 {OLDEST_PROTOCOL} 以上を話します。版 {protocol} の端末を更新してください。",
        f"This server speaks protocol {OLDEST_PROTOCOL} and newer, the device {protocol}: update the device.",
    )


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
        held = await talk.parts.ingest.store(talk.device_id, talk.boot, message.events, message.sent_utc_s)
    except Forbidden as error:
        raise _RefusedError("forbidden", error.ja, error.en) from None
    except ApiError as error:
        raise _RefusedError("unavailable", error.ja, error.en) from None
    await _say(talk.websocket, Ack(boot=talk.boot, acked=held.acked, beyond=held.beyond))


@asynccontextmanager
async def _told(talk: _Talk) -> AsyncIterator[None]:
    """While it is open the device is told of what the server has to say to its wearer."""
    if talk.protocol < NOTICES_SINCE:
        yield
        return
    telling = asyncio.create_task(_tell(talk))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])


async def _tell(talk: _Talk) -> None:
    """One task for a connection, that sleeps until something is written for the wearer."""
    hub, told = talk.parts.hub, frozenset[str]()
    with hub.listen(notices_for(talk.wearer_id)) as woken:
        while not hub.closing:
            woken.clear()
            try:
                waiting = await talk.parts.board.pending(talk.device_id)
                for notice in waiting:
                    if notice.id not in told:
                        await _say(talk.websocket, notice)
            except (SQLAlchemyError, Unavailable) as error:
                _log.error("notices not read: %s", getattr(error, "orig", None) or type(error).__name__)
            except (WebSocketDisconnect, RuntimeError):
                return  # gone; the other task has seen it, or will
            else:
                told = frozenset(notice.id for notice in waiting)
                await woken.wait()
                continue
            await _woken(woken)


async def _woken(woken: asyncio.Event) -> None:
    """What could not be read is asked for again soon: it may be whether the wearer needs help."""
    try:
        await asyncio.wait_for(woken.wait(), _ASK_AGAIN_S)
    except TimeoutError:
        return


async def _say(websocket: WebSocket, message: FromServer) -> None:
    await websocket.send_text(FROM_SERVER.encode(message))


async def _refuse(websocket: WebSocket, message: Refused) -> None:
    try:
        await _say(websocket, message)
        await websocket.close(_CLOSE_CODES[message.code])
    except (WebSocketDisconnect, RuntimeError):
        return  # gone already: there is nobody left to tell
