"""The device's side door: the WebSocket `/api/v1/uplink`, as `wire.uplink` tells it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, WebSocket
from sqlalchemy.exc import SQLAlchemyError
from starlette.websockets import WebSocketDisconnect

from server.access import Actor
from server.callers import device_by_key
from server.connected import REVOKED, Line
from server.direct import direct
from server.errors import ApiError, NotLoggedIn, Unavailable
from server.hub import notices_for
from server.parts import Parts, parts_of
from server.problems import problem
from server.talk import RefusedError, Talk, message_in
from wire.codec import FROM_SERVER
from wire.uplink import (
    MAX_BOOT,
    OLDEST_PROTOCOL,
    PROTOCOL,
    UPLINK_PATH,
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
            hello = await _greet(websocket, device.device_id, parts)
            talk = Talk(direct(websocket), parts.ingest, device.device_id, hello.boot)
            async with _told(talk, device, min(hello.protocol, PROTOCOL), parts):
                await _until_cut(websocket, talk, line)
    except RefusedError as refusal:
        await _refuse(websocket, refusal.message)
    except WebSocketDisconnect:
        return  # the device has its outbox; what was not acknowledged comes again


async def _until_cut(websocket: WebSocket, talk: Talk, line: Line) -> None:
    """Store what comes, until the device goes or its line has to end."""
    direct(websocket).take(talk.hear)
    rest, cut = asyncio.create_task(_hear_rest(websocket, talk)), asyncio.create_task(line.cut.wait())
    try:
        ends: set[asyncio.Future[Any]] = {rest, cut, talk.ended}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if talk.ended.done():
            raise talk.ended.result()
        if rest.done():
            rest.result()  # which raises why it ended
        raise RefusedError("forbidden" if line.why is REVOKED else "unavailable", *line.why)
    finally:
        talk.ended.cancel()
        for task in (rest, cut):
            task.cancel()
        await asyncio.wait({rest, cut})


async def _hear_rest(websocket: WebSocket, talk: Talk) -> None:
    """What does not come the short way: messages in fragments, those before it was open, and the end."""
    while True:
        talk.hear(await _receive(websocket))


async def _greet(websocket: WebSocket, device_id: str, parts: Parts) -> Hello:
    try:
        hello = _hello(await asyncio.wait_for(_receive(websocket), _HELLO_WITHIN_S))
    except TimeoutError:
        raise RefusedError("protocol", "あいさつがありません。", "There was no greeting.") from None
    try:
        held = await parts.ingest.held(device_id, hello.boot)
    except ApiError as error:
        raise RefusedError("unavailable", error.ja, error.en) from None
    await _say(
        websocket,
        Welcome(protocol=min(hello.protocol, PROTOCOL), acked=held.acked, beyond=held.beyond),
    )
    return hello


async def _receive(websocket: WebSocket) -> bytes:
    """The next text."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text = message.get("text")
    if text is None:
        raise RefusedError(
            "malformed", "文字のメッセージだけを受け付けます。", "Only text messages are accepted."
        )
    return str(text).encode()


def _hello(text: bytes) -> Hello:
    message = message_in(text)
    if not isinstance(message, Hello):
        raise RefusedError("protocol", "はじめは hello です。", "The first message must be hello.")
    if message.protocol < OLDEST_PROTOCOL:
        raise RefusedError("protocol", *too_old(message.protocol))
    if not 1 <= len(message.boot) <= MAX_BOOT or not message.boot.isprintable():
        raise RefusedError(
            "malformed", f"boot は1から{MAX_BOOT}文字です。", f"boot has 1 to {MAX_BOOT} characters."
        )
    return message


def too_old(protocol: int) -> tuple[str, str]:
    """Why a device of this protocol is not talked to: in Japanese, in English."""
    return (
        f"このサーバーは版 {OLDEST_PROTOCOL} 以上を話します。版 {protocol} の端末を更新してください。",
        f"This server speaks protocol {OLDEST_PROTOCOL} and newer, the device {protocol}: update the device.",
    )


@asynccontextmanager
async def _told(talk: Talk, device: Actor, protocol: int, parts: Parts) -> AsyncIterator[None]:
    """While it is open the device is told of what the server has to say to its wearer."""
    if protocol < NOTICES_SINCE:
        yield
        return
    telling = asyncio.create_task(_tell(talk, device, parts))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])


async def _tell(talk: Talk, device: Actor, parts: Parts) -> None:
    """One task for a connection, that sleeps until something is written for the wearer."""
    assert device.device_id is not None  # noqa: S101  (a device's actor has one)
    hub, told = parts.hub, frozenset[str]()
    with hub.listen(notices_for(device.user_id)) as woken:
        while not hub.closing:
            woken.clear()
            try:
                waiting = await parts.board.pending(device.device_id)
            except (SQLAlchemyError, Unavailable) as error:
                _log.error("notices not read: %s", getattr(error, "orig", None) or type(error).__name__)
                await _woken(woken)
                continue
            for notice in waiting:
                if notice.id not in told:
                    talk.say(notice)
            told = frozenset(notice.id for notice in waiting)
            await woken.wait()


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
