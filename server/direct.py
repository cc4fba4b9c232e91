"""The WebSocket protocol of uvicorn with a short way for what comes a thousand times a second.

A message that is one whole frame, as every device sends it, goes from the socket to its taker in one call,
and an answer back in another: no queue, no task that wakes, none of an ASGI application's layers. All else
(the handshake, pings, fragments, the end) is uvicorn's and the websockets library's as before. The
application finds this protocol in its scope, under `EXTENSION`, once it has accepted.
"""

from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import Any, Final, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

try:
    from websockets.speedups import apply_mask
except ImportError:  # on a machine for which it was not compiled
    from websockets.utils import apply_mask

EXTENSION: Final = "shirube.direct"
Taker = Callable[[bytes], None]

_WHOLE_TEXT: Final = 0x81  # RFC 6455 5.2: FIN, no extension, a text
_MASKED: Final = 0x80
_LENGTH: Final = 0x7F
_SHORT: Final = 126  # a length below stands in the second byte; this says that two more hold it, 127: eight
_MASK_BYTES: Final = 4


class Direct(WebSocketsSansIOProtocol):
    """One connection. Until somebody takes its messages it is uvicorn's own."""

    _taker: Taker | None = None
    _came: bytearray  # what was not handed on: a frame that is not whole, and all that comes while it is held
    _wanted = 0  # bytes of it, before it is worth another look
    _held = False
    _heard_s = 0.0  # when anything came, by the loop's clock

    def connection_made(self, transport: BaseTransport) -> None:
        """As uvicorn's."""
        super().connection_made(transport)
        self._came = bytearray()

    def handle_connect(self, event: Request) -> None:
        """As uvicorn's; the application finds this protocol in the scope, which it reads later."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast("dict[str, Any]", self.scope["extensions"])[EXTENSION] = self

    def take(self, taker: Taker) -> None:
        """From here on each whole text goes to `taker`; it must not raise.

        What is not one whole text frame, and what came before, goes to the application as ever.
        """
        self._taker = taker

    def say(self, text: bytes) -> None:
        """Send a text. On a connection that is closing nobody would read it."""
        if self.conn.state is State.OPEN and not self.transport.is_closing():
            self.transport.write(head_of(len(text)) + text)

    def hold(self) -> None:
        """Read and hand on no more until `go_on`: who sends on fills the buffers between, and then waits."""
        self._held = True
        self.transport.pause_reading()

    def go_on(self) -> None:
        """Hand on what has come already, soon, and read again."""
        if self._held:
            self._held = False
            self.loop.call_soon(self._hand_on)
            self._read()

    def pause_writing(self) -> None:
        """The answers are not read: no more is read either."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """They are read again."""
        super().resume_writing()
        self._read()

    def _read(self) -> None:
        if not self._held and self.writable.is_set() and not self.transport.is_closing():
            self.transport.resume_reading()

    async def run_asgi(self) -> None:
        """As uvicorn's; then nobody waits for what a peer has not read."""
        await super().run_asgi()
        self._let_go()

    def keepalive_timeout(self) -> None:
        """As uvicorn's, for a peer that is gone or reads nothing: not for one whose answer was not read."""
        if self._held or self._heard_s > self.ping_sent_at:
            self.pong_timer = self.pending_ping_payload = None
            self.schedule_ping()
            return
        super().keepalive_timeout()
        self._let_go()

    def _let_go(self) -> None:
        """A transport that only closes keeps what is not read, for as long as the peer holds out."""
        self.loop.call_later(self.close_timeout, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Whole texts to their taker. The library is given whole frames, so that it is never within one."""
        if not self.handshake_initiated:
            super().data_received(data)
            return
        self._came += data
        self._heard_s = self.loop.time()
        # A message that comes byte by byte is not looked at with each of them.
        if not self._held and len(self._came) >= self._wanted:
            self._hand_on()

    def _hand_on(self) -> None:
        data, start, self._wanted = bytes(self._came), 0, 0
        while not self._held and not self.transport.is_closing():
            payload = _payload_at(data, start)
            if payload is None:
                break
            begin, end = payload
            if end > len(data) and not self._too_large(begin, end):
                self._wanted = end - start
                break
            self._frame(data, start, begin, end)
            start = end
        self._came = bytearray(data[start:])

    def _frame(self, data: bytes, start: int, begin: int, end: int) -> None:
        """One whole frame; one that is too large may only have its head, by which the library refuses it."""
        masked = data[start + 1] & _MASKED  # as a client must, or the library ends the connection
        usual = data[start] == _WHOLE_TEXT and masked and not self._too_large(begin, end)
        if self._taker is None or not usual or self.close_sent:
            super().data_received(data[start:end])
        else:
            self._taker(apply_mask(data[begin:end], data[begin - _MASK_BYTES : begin]))

    def _too_large(self, begin: int, end: int) -> bool:
        return end - begin > self.config.ws_max_size


def direct(websocket: WebSocket) -> Direct:
    """The protocol under an accepted WebSocket."""
    return cast(Direct, websocket.scope["extensions"][EXTENSION])


def head_of(length: int) -> bytes:
    """The head of a server's text frame with that many bytes."""
    if length < _SHORT:
        return bytes((_WHOLE_TEXT, length))
    if length < 1 << 16:
        return bytes((_WHOLE_TEXT, _SHORT)) + length.to_bytes(2)
    return bytes((_WHOLE_TEXT, _SHORT + 1)) + length.to_bytes(8)


def _payload_at(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the payload of the frame at `start` begins and ends; None: its head is not whole."""
    if len(data) < start + 2:
        return None
    length, begin = data[start + 1] & _LENGTH, start + 2
    if length >= _SHORT:
        size = 2 if length == _SHORT else 8
        length = int.from_bytes(data[begin : begin + size])
        begin += size
    if data[start + 1] & _MASKED:
        begin += _MASK_BYTES
    if len(data) < begin:
        return None
    return begin, begin + length
