"""One device under torture: it logs, sends, resumes as a device's own log does, and remembers each promise.

A promise is an acknowledgement. What the server says it holds must never be less than what it promised.
"""

import asyncio
import random
import time
from contextlib import suppress
from typing import Final

from server.bench.people import START, STEP_DEG
from server.bench.websocket import CLOSE, PING, PONG, TEXT, ClosedByServer, Frames, frame, handshake
from server.clock import SystemClock
from server.credentials import new_id
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.held import Held
from wire.position import Fix
from wire.trip import Happening, Moved, Sos, TripEnded, TripEvent, TripStarted
from wire.uplink import MAX_BATCH, Ack, Events, Hello, Refused, Welcome

_ANSWER_WITHIN_S: Final = 30.0
_LIVE: Final = 0.6  # of messages: the newest events, leaving what waits for later
_AGAIN: Final = 0.1  # what is acknowledged goes once more
_SOS: Final = 0.02
_OVER: Final = 0.02  # the walk ends, and another begins


class Walker:
    """A device's log and its conversations."""

    def __init__(self, device_id: str, key: str, rng: random.Random) -> None:
        self.device_id = device_id
        self.log: list[TripEvent] = []
        self.told = Held()
        self.lost = 0  # events that were promised and are not held
        self.refused = ""
        self.promises: list[tuple[float, Held]] = []  # and when each was made (monotonic)
        self.sos: list[int] = []  # numbers of its calls for help
        self._key = key
        self._rng = rng
        self._boot = new_id()
        self._trip = new_id()
        self._clock = SystemClock()
        self._log(TripStarted(route_id=None, practice=False))

    @property
    def boot(self) -> str:
        """The log's name."""
        return self._boot

    async def walk(self, port: int) -> None:
        """Log and send until the server is gone."""
        with suppress(OSError, ClosedByServer, asyncio.IncompleteReadError):
            async with _Line(port, self._key) as line:
                await self._greet(line)
                while True:
                    self._go_on()
                    await self._send(line)
                    await asyncio.sleep(self._rng.uniform(0.0, 0.02))

    async def drain(self, port: int) -> None:
        """Send what is not acknowledged, to the end. Raises what a broken line raises."""
        async with _Line(port, self._key) as line:
            await self._greet(line)
            while self.told.count < len(self.log):
                await self._send(line)

    async def _greet(self, line: "_Line") -> None:
        await line.say(FROM_DEVICE.encode(Hello(boot=self._boot)))
        welcome = await line.hear()
        if not isinstance(welcome, Welcome):
            self._refused(welcome)
        else:
            self._promised(Held(welcome.acked, welcome.beyond))

    async def _send(self, line: "_Line") -> None:
        batches = [batch for batch in (self._batch() for _ in range(self._rng.randint(1, 3))) if batch]
        for batch in batches:
            await line.say(FROM_DEVICE.encode(Events(events=batch, sent_utc_s=self._clock.utc_s())))
        for _ in batches:
            answer = await line.hear()
            if not isinstance(answer, Ack):
                self._refused(answer)
            else:
                self._promised(Held(answer.acked, answer.beyond))

    def _refused(self, answer: object) -> None:
        self.refused = answer.detail_en if isinstance(answer, Refused) else type(answer).__name__
        raise ClosedByServer(self.refused)

    def _promised(self, held: Held) -> None:
        both = self.told.joined(held)
        self.lost += both.count - held.count
        self.told = held  # what is lost goes again: a device would send it too
        self.promises.append((time.monotonic(), held))

    def _batch(self) -> tuple[TripEvent, ...]:
        newest = len(self.log)
        if self._rng.random() < _AGAIN and self.told.acked:
            first = self._rng.randint(1, self.told.acked)
            return tuple(self.log[first - 1 : first + 9])
        if self._rng.random() < _LIVE and len(self.told.beyond) < 8:
            return tuple(self.log[max(newest - self._rng.randint(1, 5), 0) :])
        first, last = self.told.gap(0)
        last = min(newest, first + self._rng.randint(1, MAX_BATCH) - 1, newest if last is None else last)
        return tuple(self.log[first - 1 : last])

    def _go_on(self) -> None:
        for _ in range(self._rng.randint(1, 6)):
            number, chance = len(self.log) + 1, self._rng.random()
            lat, lon = START[0] + number % 1000 * STEP_DEG, START[1]
            if chance < _OVER:
                self._log(TripEnded(arrived=True, reason="arrived"))
                self._trip = new_id()
                self._log(TripStarted(route_id=None, practice=False))
            elif chance < _OVER + _SOS:
                self.sos.append(number)
                self._log(
                    Sos(state="raised", lat=lat, lon=lon, accuracy_m=5.0, fix_utc_s=self._clock.utc_s())
                )
            else:
                self._log(Moved(fix=Fix(utc_s=self._clock.utc_s(), lat=lat, lon=lon, accuracy_m=5.0)))

    def _log(self, what: Happening) -> None:
        self.log.append(
            TripEvent(
                boot=self._boot,
                seq=len(self.log) + 1,
                trip_id=self._trip,
                utc_s=self._clock.utc_s(),
                what=what,
            )
        )


class _Line:
    """One conversation, message by message."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._key = key
        self._frames = Frames()
        self._heard: list[tuple[int, bytes]] = []

    async def __aenter__(self) -> "_Line":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(handshake(f"127.0.0.1:{self._port}", self._key))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def say(self, text: str) -> None:
        """Send one message."""
        while not self._frames.open:
            await self._read()
        self._writer.write(frame(text.encode()))
        await self._writer.drain()

    async def hear(self) -> Welcome | Ack | Refused:
        """The next message that is for the log; notices are for another part of a device."""
        while True:
            while not self._heard:
                await self._read()
            opcode, payload = self._heard.pop(0)
            if opcode == PING:
                self._writer.write(frame(payload, PONG))
            elif opcode == CLOSE:
                raise ClosedByServer("closed")
            elif opcode == TEXT:
                message = FROM_SERVER.decode(payload)
                if isinstance(message, Welcome | Ack | Refused):
                    return message

    async def _read(self) -> None:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            data = await self._reader.read(65_536)
        if not data:
            raise ClosedByServer("gone")
        self._heard += self._frames.feed(data)
