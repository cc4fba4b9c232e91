"""The rim of the glasses: one port with the page (HTTP) and the conversation (WebSocket)."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from device.parts.messages import FromPhone
from device.phone.desk import Desk
from device.phone.guest import FloodError, Guest
from device.phone.http_page import Answer, Page, home_host, plain, same_origin
from device.phone.protocol import (
    MAX_MESSAGE_BYTES,
    PATH,
    Ack,
    Hello,
    Knock,
    Knocked,
    Ping,
    ProtocolError,
    Refused,
    RefusedCode,
    ToGlasses,
    Welcome,
    decode_from_glasses,
    encode,
    unpack,
)
from device.phone.refusals import refused
from device.ports import Clock

GREET_S: Final = 10.0  # for the handshake, and again for the first message
GONE_S: Final = 2.0
MOST_CONNECTIONS: Final = 24  # a browser opens six for the page; more is somebody who holds doors open
_BY_ADDRESS: Final = "IPアドレスで開いてください / open it by its IP address\n"
_OTHER_PAGE: Final = "別のページからは使えません / not from another page\n"
_TICK_S: Final = 0.05

# Broken handshakes are the internet's weather, not news for the device's log.
_SILENT: Final = logging.getLogger("device.phone.websockets")
_SILENT.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. `host` None: on all interfaces."""

    host: str | None
    port: int


class _Counted(ServerConnection):
    """A connection that is dropped unheard where too many are open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if len(self.server.handler_tasks) > MOST_CONNECTIONS:
            self.transport.abort()


class PhoneServer:
    """Serves glasses until closed. `tell`: to the device's other parts. All in one event loop."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        tell: Callable[[FromPhone], None],
        page: Page,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._desk, self._clock, self._tell, self._page, self._tls = desk, clock, tell, page, tls
        self._sockets: dict[Guest, ServerConnection] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._server: Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; 0 while it does not."""
        sockets = list(self._server.sockets) if self._server else []
        return int(sockets[0].getsockname()[1]) if sockets else 0

    async def listen(self, address: Address) -> None:
        """Begin; `OSError` where the port is taken."""
        self._server = await serve(
            self._converse,
            address.host,
            address.port,
            ssl=self._tls,
            ssl_handshake_timeout=GREET_S if self._tls else None,
            process_request=self._on_request,
            create_connection=_Counted,
            open_timeout=GREET_S,
            ping_interval=None,  # our own pings also tell the time
            close_timeout=1.0,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=4,
            compression=None,  # JPEGs do not shrink, and bombs cannot grow
            server_header=None,
            logger=_SILENT,
        )

    async def close(self) -> None:
        """End all conversations; glasses come back by themselves."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def _on_request(self, connection: ServerConnection, request: Request) -> Response | None:
        hosts = request.headers.get_all("Host")
        if len(hosts) != 1 or not home_host(hosts[0]):
            return _response(plain(HTTPStatus.MISDIRECTED_REQUEST, _BY_ADDRESS))
        if request.path != PATH:
            return _response(self._page.get(request.method, request.path, hosts[0]))
        if not same_origin(request.headers.get("Origin"), hosts[0], tls=self._tls is not None):
            return _response(plain(HTTPStatus.FORBIDDEN, _OTHER_PAGE))
        return None

    async def _converse(self, socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            async with asyncio.timeout(GREET_S):
                greeting = await self._first(socket)
            if isinstance(greeting, Knock):
                await _say(socket, Knocked(self._desk.knock(self._clock.now_s())))
            elif isinstance(greeting, Hello):
                await self._greeted(socket, greeting)

    async def _first(self, socket: ServerConnection) -> Hello | Knock | None:
        message = await socket.recv()
        try:
            if isinstance(message, str):
                greeting = decode_from_glasses(message)
                if isinstance(greeting, Hello | Knock):
                    return greeting
        except ProtocolError:
            pass
        await _refuse(socket, refused("protocol"))
        return None

    async def _greeted(self, socket: ServerConnection, hello: Hello) -> None:
        admission = self._desk.admit(hello, self._clock.now_s())
        guest = admission.guest
        if guest is not None:
            self._sockets[guest] = socket
        if admission.out is not None:
            self._leaving.add(task := asyncio.create_task(self._put_out(*admission.out)))
            task.add_done_callback(self._leaving.discard)
        if guest is None or not isinstance(admission.answer, Welcome):
            if isinstance(admission.answer, Refused):
                await _refuse(socket, admission.answer)
            return
        watch = asyncio.create_task(self._watch(socket, guest))
        try:
            await _say(socket, admission.answer)
            await self._listen_to(socket, guest)
        finally:
            watch.cancel()
            self._sockets.pop(guest, None)
            self._desk.left(guest, self._clock.now_s(), _why(socket))

    async def _listen_to(self, socket: ServerConnection, guest: Guest) -> None:
        while True:
            message = await socket.recv()
            try:
                await self._heard(socket, guest, message)
            except FloodError:
                return await _refuse(socket, refused("flood", retry_s=10.0))
            except ProtocolError:
                return await _refuse(socket, refused("protocol"))

    async def _heard(self, socket: ServerConnection, guest: Guest, message: str | bytes) -> None:
        now_s = self._clock.now_s()
        if self._desk.guest is not guest:
            return  # its place was taken: what is still on the way counts no more
        if isinstance(message, str):
            for told in guest.on_text(decode_from_glasses(message), now_s):
                self._tell(told)
            return
        picture = unpack(message)
        jpeg = guest.on_picture(picture, now_s)
        if jpeg is not None:
            self._tell(jpeg)
            self._desk.tick(now_s)
        await _say(socket, Ack(picture.seq))

    async def _watch(self, socket: ServerConnection, guest: Guest) -> None:
        """Ping, and end what does not answer: a phone that walked out of Wi-Fi closes nothing."""
        with contextlib.suppress(ConnectionClosed):
            while not guest.silent(self._clock.now_s()):
                number = guest.ping(self._clock.now_s())
                if number is not None:
                    await _say(socket, Ping(number))
                await asyncio.sleep(_TICK_S)
        if guest.silent(self._clock.now_s()):
            socket.transport.abort()

    async def _put_out(self, guest: Guest, why: Refused) -> None:
        """Tell it and hang up; who does not listen any more is cut off."""
        socket = self._sockets.pop(guest, None)
        if socket is None:
            return
        try:
            async with asyncio.timeout(GONE_S):
                await _refuse(socket, why)
        except (ConnectionClosed, TimeoutError):
            socket.transport.abort()


async def _say(socket: ServerConnection, message: ToGlasses) -> None:
    await socket.send(encode(message))


async def _refuse(socket: ServerConnection, why: Refused) -> None:
    await _say(socket, why)
    code: RefusedCode = why.code
    await socket.close(CloseCode.POLICY_VIOLATION, code)


def _why(socket: ServerConnection) -> str:
    """What the wearer may be told of an end; "" where the glasses went on purpose."""
    sent = socket.protocol.close_sent
    if sent is not None and sent.code == CloseCode.MESSAGE_TOO_BIG:
        return "画像が大きすぎます。2MBまでです / a picture of more than 2 MB: set a smaller size"
    return ""


def _response(answer: Answer) -> Response:
    return Response(answer.status.value, answer.status.phrase, Headers(answer.headers), answer.body)
