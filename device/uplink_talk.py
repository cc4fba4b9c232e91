"""One greeted connection of the uplink: send what is next, take in answers, notice when nobody is there."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from device.errors import UplinkError
from device.outbox import Outbox
from device.uplink_lanes import Lanes, OutOfStepError, Piece
from device.uplink_pulse import WAIT_S, Pulse
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.held import Held
from wire.trip import TripEvent
from wire.uplink import (
    MAX_MESSAGE_BYTES,
    PROTOCOL,
    Ack,
    Events,
    FromServer,
    Hello,
    Notice,
    Refused,
    Welcome,
)

# What trying again cannot mend: a key that is not accepted, a version that the server does not speak.
_FINAL_CODES: Final = frozenset({"forbidden", "protocol"})


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the uplink is, in seconds."""

    poll_s: float = 0.1  # how late a new event may be noticed
    open_s: float = 10.0
    gone_s: float = 5.0  # a link that is silent is left after so long, and made anew
    ack_s: float = 30.0  # a server that answers pings but stores nothing
    first_retry_s: float = 0.5
    longest_retry_s: float = 30.0
    walking_retry_s: float = 5.0  # while events come: somebody walks, and somebody follows
    refused_retry_s: float = 300.0
    # A network that lets no WebSocket through: after so many handshakes that failed in a row plain requests
    # are tried, and kept to for so long.
    sockets_tried: int = 3
    posting_s: float = 600.0
    trying_s: float = 5.0  # by requests, until a WebSocket is tried on a network where they got through
    post_every_s: float = 1.0  # with something to send
    post_idle_s: float = 10.0  # with nothing: the server may have something to tell
    ahead: bool = True  # False: strictly in the order of the log, as it was before protocol 3


class RefusalError(Exception):
    """The server ended the conversation with a reason."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.code}: {refused.detail_ja} / {refused.detail_en}")
        self.final = refused.code in _FINAL_CODES


class FinalError(Exception):
    """The server said no to a plain request; trying again does not help."""


async def greet(socket: ClientConnection, outbox: Outbox, pace: Pace) -> Lanes:
    """Say hello; what is to be sent, now that the server said what it has of this log."""
    await socket.send(FROM_DEVICE.encode(Hello(boot=outbox.boot)))
    async with asyncio.timeout(pace.open_s):
        answer = FROM_SERVER.decode(await socket.recv())
    if isinstance(answer, Refused):
        raise RefusalError(answer)
    if not isinstance(answer, Welcome):
        raise UplinkError("the server answered the greeting with something else; is it a Shirube server?")
    if answer.protocol != PROTOCOL:
        raise UplinkError(f"the server speaks protocol {answer.protocol}, this device {PROTOCOL}; update one")
    heads = await asyncio.to_thread(outbox.beginnings, answer.acked)
    return Lanes.opened(Held(answer.acked, answer.beyond), outbox.last_seq, heads, ahead=pace.ahead)


class Talk:
    """Sends and receives in one task: nothing to race with. Raises whatever ends the connection."""

    def __init__(
        self,
        socket: ClientConnection,
        outbox: Outbox,
        pace: Pace,
        utc_s: Callable[[], float],
        lanes: Lanes,
        usual_s: float = 0.0,
        tell: Callable[[Notice], None] = lambda _notice: None,
    ) -> None:
        self._socket = socket
        self._outbox = outbox
        self.boot = outbox.boot
        self._pace = pace
        self._utc_s = utc_s
        now_s = time.monotonic()
        self.lanes = lanes
        self._tell = tell
        # A slow network is known by its greeting: its first ping must not look like a lost link.
        slow = usual_s > WAIT_S / 2.0
        self._pulse = Pulse(now_s, usual_s=usual_s if slow else 0.0).happened(now_s)
        self._last_seq = outbox.last_seq
        self._pong: asyncio.Future[float] | None = None
        self.silent = False
        self.fault: str | None = None

    async def step(self) -> None:
        """Send what is new, wait for an answer for a moment, look whether anybody is there."""
        await self._send_ready()
        answer = await self._receive()
        now_s = time.monotonic()
        if answer is not None:
            self._on_answer(answer, now_s)
        await self._feel(now_s)
        self._judge(now_s)

    async def _send_ready(self) -> None:
        if self._outbox.boot != self.boot:
            raise UplinkError("the log was begun anew; connecting anew")
        last_seq = self._outbox.last_seq
        if last_seq != self._last_seq:
            self._pulse, self._last_seq = self._pulse.happened(time.monotonic()), last_seq
        while (piece := self.lanes.next(last_seq)) is not None:
            events = await asyncio.to_thread(self._outbox.between, piece.first, piece.last)
            if not events or events[0].seq != piece.first:
                raise OutOfStepError(f"the server asks for event {piece.first}, which is no longer kept")
            text, last = _message(events, self._utc_s())
            with contextlib.suppress(ConnectionClosed):  # receiving gives the server's last word, then this
                await self._socket.send(text)
            self.lanes = self.lanes.after_sending(Piece(piece.first, last, piece.ahead), time.monotonic())

    async def _receive(self) -> FromServer | None:
        try:
            async with asyncio.timeout(self._pace.poll_s):
                return FROM_SERVER.decode(await self._socket.recv())
        except TimeoutError:
            return None

    def _on_answer(self, answer: FromServer, now_s: float) -> None:
        if isinstance(answer, Refused):
            raise RefusalError(answer)
        if isinstance(answer, Welcome):
            raise UplinkError("the server greeted twice; connecting anew")
        self._pulse = self._pulse.heard(now_s)
        if isinstance(answer, Notice):
            self._tell(answer)
        if isinstance(answer, Ack) and answer.boot == self.boot:
            self._stored(answer, now_s)

    def _stored(self, answer: Ack, now_s: float) -> None:
        held = Held(answer.acked, answer.beyond)
        self.lanes = self.lanes.after_answer(held, self._outbox.last_seq, now_s)
        self._outbox.acked(self.lanes.held.acked)

    async def _feel(self, now_s: float) -> None:
        """Ask where nothing was heard for a while; take in the answer."""
        if self._pong is not None and self._pong.done():
            took_s = self._pong.result()
            self._pong = None
            self._pulse = self._pulse.answered(took_s, now_s)
        if self._pong is None and self._pulse.must_ask(now_s):
            self._pong = asyncio.ensure_future(await self._socket.ping())
            self._pulse = self._pulse.asked(now_s)

    def _judge(self, now_s: float) -> None:
        pace = self._pace
        self.silent = self._pulse.silent(now_s)
        if self.silent and now_s - self._pulse.heard_s > pace.gone_s:
            raise UplinkError("the server does not answer; connecting anew")
        # In the order in which they were sent they are stored: the oldest tells.
        if any(now_s - piece.sent_s > pace.ack_s for piece in self.lanes.flying[:1]):
            raise UplinkError(f"the server stored nothing for {pace.ack_s:.0f} s; connecting anew")


def _message(events: tuple[TripEvent, ...], utc_s: float) -> tuple[str, int]:
    """As many events as one message may hold, and the last one's seq."""
    text = FROM_DEVICE.encode(Events(events=events, sent_utc_s=utc_s))
    while len(text.encode()) > MAX_MESSAGE_BYTES and len(events) > 1:
        events = events[: len(events) // 2]
        text = FROM_DEVICE.encode(Events(events=events, sent_utc_s=utc_s))
    return text, events[-1].seq
