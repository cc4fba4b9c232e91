"""Glasses without eyes: pushes recorded pictures to a device, for makers of glasses and for tests."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import cv2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from device.clocks import SystemClock
from device.errors import PhoneError
from device.phone.protocol import (
    MAX_MESSAGE_BYTES,
    PATH,
    Ack,
    FromGlasses,
    Heading,
    Hello,
    Knock,
    Knocked,
    Picture,
    Ping,
    Place,
    Pong,
    Pressed,
    ProtocolError,
    Refused,
    ToGlasses,
    Welcome,
    decode_to_glasses,
    encode,
    pack,
)
from vision.attitude import AttitudeSource
from vision.video import frames, open_clip

JPEG_QUALITY: Final = 70  # as the page: a 640x480 street is 30 to 60 kB
HZ: Final = 10.0
OPEN_S: Final = 10.0

Told = Place | Heading | Pressed


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of it. `dropped`: pictures whose turn came while an earlier one was not acknowledged."""

    sent: int
    acked: int
    dropped: int
    token: str | None
    refused: Refused | None = None


@dataclass(slots=True)
class _Push:
    """One conversation: the pictures' `t_ms` count from the beginning, on the event loop's clock."""

    socket: ClientConnection
    clock: SystemClock = field(default_factory=SystemClock)
    began_s: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    sent: int = 0
    acked: int = 0
    dropped: int = 0
    waiting: int | None = None
    token: str | None = None
    refused: Refused | None = None
    welcome: asyncio.Event = field(default_factory=asyncio.Event)

    def now_ms(self) -> float:
        return (asyncio.get_running_loop().time() - self.began_s) * 1000.0

    async def say(self, message: FromGlasses) -> None:
        await self.socket.send(encode(message))

    async def hear(self) -> None:
        """Answer what the device says, until it refuses or ends."""
        async for message in self.socket:
            if isinstance(message, str):
                await self._on(decode_to_glasses(message))

    async def _on(self, message: ToGlasses) -> None:
        match message:
            case Ping(n=n):
                await self.say(Pong(n, self.now_ms()))
            case Ack(seq=seq):
                self.acked += 1
                if seq == self.waiting:
                    self.waiting = None
            case Welcome(token=token):
                self.token = token
                self.welcome.set()
            case Refused():
                self.refused = message
            case Knocked():
                raise ProtocolError("an answer to a knock that was not given")

    async def play(self, pictures: Iterable[Picture], told: Sequence[Told], pace: float) -> None:
        """Each at its time; what is told before the pictures of that time."""
        start_ms = self.now_ms()
        rest = sorted(told, key=lambda one: one.t_ms)
        for picture in pictures:
            while rest and rest[0].t_ms <= picture.t_ms:
                first = rest.pop(0)
                await self._at(start_ms + first.t_ms / pace)
                await self._tell(first)
            await self._at(start_ms + picture.t_ms / pace)
            await self._show(picture)
        for last in rest:
            await self._at(start_ms + last.t_ms / pace)
            await self._tell(last)
        await self._drain()

    async def _show(self, picture: Picture) -> None:
        if self.waiting is not None:
            self.dropped += 1
            return
        now_ms = self.now_ms()
        held = picture.attitude and replace(picture.attitude, t_s=now_ms / 1000.0)
        self.sent += 1
        self.waiting = self.sent
        await self.socket.send(pack(replace(picture, seq=self.sent, t_ms=now_ms, attitude=held)))

    async def _tell(self, told: Told) -> None:
        if isinstance(told, Place) and not told.utc_s:
            told = replace(told, utc_s=self.clock.utc_s())
        await self.say(replace(told, t_ms=self.now_ms()))

    async def _at(self, t_ms: float) -> None:
        await asyncio.sleep(max(t_ms - self.now_ms(), 0.0) / 1000.0)

    async def _drain(self) -> None:
        end_ms = self.now_ms() + 1000.0
        while self.waiting is not None and self.now_ms() < end_ms:
            await asyncio.sleep(0.01)

    def result(self) -> Pushed:
        return Pushed(self.sent, self.acked, self.dropped, self.token, self.refused)


async def push(
    url: str,
    pictures: Iterable[Picture],
    *,
    code: str | None = None,
    token: str | None = None,
    told: Sequence[Told] = (),
    pace: float = 1.0,
    ca: Path | None = None,
    on_welcome: Callable[[str | None], Awaitable[None]] | None = None,
) -> Pushed:
    """Greet the device at `url` ("http(s)://HOST:PORT"), then send the pictures at their times x 1/`pace`.

    `t_ms` of pictures and of what is `told` count from the start; a place without `utc_s` is of now. One
    picture is on its way at a time; later ones are dropped until it is acknowledged. `PhoneError` where there
    is no device, or it hangs up.
    """
    async with _Connected(url, ca) as socket:
        going = _Push(socket)
        hearing = asyncio.create_task(going.hear())
        try:
            await going.say(Hello(code=code, token=token))
            await _first_of(hearing, going.welcome.wait())
            if going.welcome.is_set():
                if on_welcome is not None:
                    await on_welcome(going.token)
                await _first_of(hearing, going.play(pictures, told, pace))
        except ConnectionClosed:
            pass
        finally:
            hearing.cancel()
        if going.refused is None and not (going.welcome.is_set() and socket.close_code in (None, 1000)):
            raise PhoneError(f"{url}: the device ended the conversation ({socket.close_code}); try again")
        return going.result()


async def knock(url: str, ca: Path | None = None) -> bool:
    """Ask the device to speak a pairing code; whether it does."""
    async with _Connected(url, ca) as socket:
        await socket.send(encode(Knock()))
        answer = decode_to_glasses(str(await socket.recv()))
        return isinstance(answer, Knocked) and answer.speaking


def pictures_of(
    clip: Path, attitudes: AttitudeSource | None = None, hz: float = HZ, *, repeat: bool = False
) -> Iterator[Picture]:
    """A clip's frames as JPEGs with their times; `repeat`: again from the beginning, for ever."""
    opened, sequence = open_clip(clip), count(1)
    start_ms = 0.0
    while True:
        end_ms = 0.0
        for frame in frames(opened, rate_hz=hz):
            made, jpeg = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            if not made:
                raise PhoneError(f"{clip}: its picture at {frame.t_s:.2f} s cannot be made a JPEG")
            held = attitudes.at(frame.t_s) if attitudes is not None else None
            end_ms = frame.t_s * 1000.0
            yield Picture(next(sequence), start_ms + end_ms, jpeg.tobytes(), attitude=held)
        if not repeat:
            return
        start_ms += end_ms + 1000.0 / hz


class _Connected:
    """A WebSocket to the device; `PhoneError` where it cannot be had."""

    def __init__(self, url: str, ca: Path | None) -> None:
        self._url = url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname:
            raise PhoneError(f"{url}: not a device's address; write http://HOST:PORT or https://HOST:PORT")
        self._tls = parts.scheme in ("https", "wss")
        self._at = f"{'wss' if self._tls else 'ws'}://{parts.netloc}{PATH}"
        self._ca = ca

    async def __aenter__(self) -> ClientConnection:
        try:
            self._socket = await connect(
                self._at,
                ssl=ssl.create_default_context(cafile=self._ca) if self._tls else None,
                open_timeout=OPEN_S,
                ping_interval=None,
                close_timeout=1.0,
                max_size=MAX_MESSAGE_BYTES,
                compression=None,
                proxy=None,
            )
        except ssl.SSLCertVerificationError as error:
            raise PhoneError(
                f"{self._url}: its certificate is not trusted ({error.verify_message}); give its root"
            ) from None
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            why = " ".join(str(error).split()) or "no answer"
            raise PhoneError(f"{self._url}: no device there ({why}); see that it runs") from None
        return self._socket

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()


async def _first_of(hearing: "asyncio.Task[None]", work: Awaitable[object]) -> None:
    """Do `work`, unless the device ends first."""
    doing = asyncio.ensure_future(work)
    await asyncio.wait({hearing, doing}, return_when=asyncio.FIRST_COMPLETED)
    if doing.done():
        doing.result()
        return
    doing.cancel()
    hearing.result()
