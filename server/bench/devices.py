"""Many devices on one loop: each sends a position at its rate, and notes when it was acknowledged.

What is not acknowledged when a connection ends goes again over the next one, as a device's own log would.
"""

import asyncio
import random
import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final, cast

from server.bench.people import START, Walker, lat_of
from server.bench.websocket import CLOSE, PING, PONG, TEXT, ClosedByServer, Frames, frame, handshake
from server.clock import SystemClock
from wire.uplink import MAX_BATCH, PROTOCOL

_ACKED: Final = re.compile(rb'"acked":\s*(\d+)')
_AGAIN_S: Final = (0.2, 1.0)  # before a new connection, at random: not all at one moment


@dataclass(slots=True)
class Sent:
    """One device's log: when each event was made (monotonic seconds, from number 1), how far it is stored."""

    made_s: list[float] = field(default_factory=lambda: [0.0])
    acked: int = 0
    waiting: deque[int] = field(default_factory=deque)


@dataclass(slots=True)
class Acks:
    """What all devices have seen."""

    delays_s: list[float] = field(default_factory=list)
    resent: int = 0
    connections: int = 0
    refused: str = ""  # the newest reason


class Device:
    """One device. `ports`: its server first, then where it goes when that one is gone."""

    def __init__(self, walker: Walker, ports: list[int], acks: Acks, rng: random.Random) -> None:
        self.walker = walker
        self.log = Sent()
        self.ready = asyncio.Event()
        self._ports = ports
        self._acks = acks
        self._rng = rng
        self._clock = SystemClock()
        self._link: _Link | None = None

    async def stay_connected(self) -> None:
        """Connect, and again whenever the connection ends; until cancelled."""
        loop, number = asyncio.get_running_loop(), 0
        while True:
            port = self._ports[number % len(self._ports)]
            try:
                _, link = await loop.create_connection(
                    lambda port=port: _Link(self, f"127.0.0.1:{port}"),  # type: ignore[misc]
                    "127.0.0.1",
                    port,
                )
                await link.over
            except OSError as error:
                self._acks.refused = str(error)
            self._link = None
            number += 1
            await asyncio.sleep(self._rng.uniform(*_AGAIN_S))

    def move(self, happening: str = "") -> None:
        """One more event, at this moment: a position, or `happening` (JSON of what it is instead)."""
        seq = len(self.log.made_s)
        self.log.made_s.append(time.monotonic())
        self.log.waiting.append(seq)
        if self._link is not None:
            now_s = self._clock.utc_s()
            self._link.say(self._events([self._event(seq, now_s, happening)], now_s))

    def welcomed(self, link: "_Link", acked: int) -> None:
        """The server has said what it holds: the rest goes again."""
        self._link = link
        self._acks.connections += 1
        self.acknowledged(acked)
        again, now_s = list(self.log.waiting), self._clock.utc_s()
        self._acks.resent += len(again)
        for first in range(0, len(again), MAX_BATCH):
            batch = [self._event(seq, now_s, "") for seq in again[first : first + MAX_BATCH]]
            link.say(self._events(batch, now_s))
        self.ready.set()

    def acknowledged(self, acked: int) -> None:
        """Everything up to `acked` is durable."""
        log, now_s = self.log, time.monotonic()
        while log.waiting and log.waiting[0] <= acked:
            self._acks.delays_s.append(now_s - log.made_s[log.waiting.popleft()])
        log.acked = max(log.acked, acked)

    def told(self, reason: str) -> None:
        """Why a connection ended."""
        self._acks.refused = reason

    def _event(self, seq: int, utc_s: float, happening: str) -> str:
        what = happening or (
            f'{{"type":"moved","fix":{{"utc_s":{utc_s:.3f},"lat":{lat_of(seq):.7f},"lon":{START[1]},'
            '"accuracy_m":5.0,"speed_mps":1.1,"course_deg":0.0}}'
        )
        head = f'{{"boot":"bench","seq":{seq},"trip_id":"{self.walker.trip_id}"'
        return f'{head},"utc_s":{utc_s:.3f},"what":{what}}}'

    def _events(self, events: list[str], now_s: float) -> bytes:
        return f'{{"type":"events","events":[{",".join(events)}],"sent_utc_s":{now_s:.3f}}}'.encode()


class _Link(asyncio.Protocol):
    """One connection of a device."""

    def __init__(self, device: Device, host: str) -> None:
        self._device = device
        self._host = host
        self._frames = Frames()
        self._greeted = False
        self._transport: asyncio.WriteTransport | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        self._transport = cast(
            asyncio.WriteTransport, transport
        )  # TCP; uvloop's own class is none of asyncio's
        self._transport.write(handshake(self._host, self._device.walker.key))

    def data_received(self, data: bytes) -> None:
        """The server's messages."""
        before = self._frames.open
        try:
            found = self._frames.feed(data)
        except ClosedByServer as error:
            self._device.told(str(error))
            self._close()
            return
        if self._frames.open and not before:
            self.say(f'{{"type":"hello","protocol":{PROTOCOL},"boot":"bench"}}'.encode())
        for opcode, payload in found:
            self._take(opcode, payload)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            acked = _ACKED.search(payload)
            if acked is None:
                if b'"refused"' in payload:
                    self._device.told(payload.decode())
            elif self._greeted:
                self._device.acknowledged(int(acked[1]))
            else:
                self._greeted = True
                self._device.welcomed(self, int(acked[1]))
        elif opcode == PING and self._transport is not None:
            self._transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone."""
        if not self.over.done():
            self.over.set_result(None)

    def say(self, text: bytes) -> None:
        """Send one message; nothing where the connection is going."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(frame(text))
