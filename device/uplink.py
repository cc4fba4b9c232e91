"""The uplink: sends the outbox to the server over a WebSocket, in a thread of its own.

It comes back after every loss, and guidance never waits for it. Delivery is at least once from
the outbox, and exactly once in the server's store, which knows each event by (device, boot, seq).
"""

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from device.errors import OutboxError, UplinkError
from device.outbox import Outbox
from device.uplink_window import OutOfStepError, Window
from wire.codec import FROM_DEVICE, FROM_SERVER, WireError
from wire.trip import TripEvent
from wire.uplink import MAX_MESSAGE_BYTES, UPLINK_PATH, Ack, Events, Hello, Refused, Welcome

# What trying again cannot mend: a key that is not accepted, a version that the server does not speak.
_FINAL_CODES: Final = frozenset({"forbidden", "protocol"})
_FINAL_STATUSES: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the uplink is, in seconds."""

    poll_s: float = 0.1  # how late a new event may be noticed
    open_s: float = 10.0
    ping_s: float = 10.0  # a link that is half open is noticed after one ping and one wait
    ack_s: float = 30.0  # a server that answers pings but stores nothing
    first_retry_s: float = 0.5
    longest_retry_s: float = 30.0


@dataclass(frozen=True, slots=True)
class LinkState:
    """How the link is. `refused`: the server said no, and nothing will be tried again."""

    connected: bool
    acked: int
    pending: int
    last_error: str | None
    refused: bool = False


class _RefusalError(Exception):
    """The server ended the conversation with a reason."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.code}: {refused.detail_ja} / {refused.detail_en}")
        self.final = refused.code in _FINAL_CODES


class Uplink:
    """One link from an outbox to a server. `seed` fixes the jitter of the retries."""

    def __init__(
        self, url: str, key: str, outbox: Outbox, *, pace: Pace | None = None, seed: int | None = None
    ) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._outbox = outbox
        self._pace = pace or Pace()
        self._jitter = random.Random(seed)  # noqa: S311  # spreads retries, protects nothing
        self._changed = threading.Condition()
        self._connected = False
        self._refused = False
        self._closing = False
        self._last_error: str | None = None
        self._acked = outbox.acked_seq
        self._failures = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin to connect and send. Once only."""
        self._loop = asyncio.new_event_loop()
        task = self._loop.create_task(self._keep_connected())
        self._end = task.cancel
        self._thread = threading.Thread(
            target=self._live, args=(self._loop, task), name="uplink", daemon=True
        )
        self._thread.start()
        return self

    def state(self) -> LinkState:
        """How the link is now; never blocks."""
        with self._changed:
            return LinkState(
                connected=self._connected,
                acked=self._acked,
                pending=max(self._outbox.last_seq - self._acked, 0),
                last_error=self._last_error,
                refused=self._refused,
            )

    def wait_until(self, predicate: Callable[[LinkState], bool], timeout_s: float) -> bool:
        """Wait (in real time) until the state satisfies `predicate`; whether it did in time."""
        end_s = time.monotonic() + timeout_s
        while not predicate(self.state()):
            left_s = end_s - time.monotonic()
            if left_s <= 0.0:
                return False
            with self._changed:
                # Appending to the outbox tells nobody: look again soon even where nothing is told.
                self._changed.wait(min(left_s, 0.05))
        return True

    def close(self, drain_s: float = 0.0) -> bool:
        """Wait up to `drain_s` until all is stored, then end; whether all was. Safe to call twice."""
        drained = self.wait_until(lambda state: state.pending == 0 or state.refused, drain_s)
        self._closing = True
        if self._loop is not None and self._thread is not None:
            with contextlib.suppress(RuntimeError):  # it ended by itself just now
                self._loop.call_soon_threadsafe(self._end)
            self._thread.join()
        return drained and self.state().pending == 0

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _live(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            self._note(connected=False)
        finally:
            if not self._closing and not self._refused:
                self._note(connected=False, error="the uplink ended; restart the device")
            loop.close()

    async def _keep_connected(self) -> None:
        while not self._refused:
            try:
                await self._converse()
            except _RefusalError as refusal:
                self._note(connected=False, error=str(refusal), refused=refusal.final)
            except InvalidStatus as answer:
                self._on_status(answer.response.status_code)
            except (OSError, WebSocketException, WireError, OutboxError, UplinkError) as error:
                self._note(connected=False, error=_why(error))
            if not self._refused:
                await asyncio.sleep(self._retry_s())

    async def _converse(self) -> None:
        """One connection, from the greeting to its end (which is always an exception)."""
        pace = self._pace
        async with connect(
            self._url,
            additional_headers=self._headers,
            open_timeout=pace.open_s,
            ping_interval=pace.ping_s,
            ping_timeout=pace.ping_s,
            close_timeout=1.0,
            max_size=MAX_MESSAGE_BYTES,
            proxy=None,
        ) as socket:
            try:
                window = await self._greet(socket)
                self._failures = 0
                self._note(connected=True, acked=window.acked)
                await self._exchange(socket, window)
            except OutOfStepError as error:
                self._outbox.renew()
                self._note(connected=False, acked=0)
                raise UplinkError(f"{error}; what is unsent goes under a new log name") from None

    async def _greet(self, socket: ClientConnection) -> Window:
        await socket.send(FROM_DEVICE.encode(Hello(boot=self._outbox.boot)))
        async with asyncio.timeout(self._pace.open_s):
            answer = FROM_SERVER.decode(await socket.recv())
        if isinstance(answer, Refused):
            raise _RefusalError(answer)
        if not isinstance(answer, Welcome):
            raise UplinkError("the server answered the greeting with something else; is it a Shirube server?")
        return Window.opened(answer.acked, self._outbox.last_seq)

    async def _exchange(self, socket: ClientConnection, window: Window) -> None:
        """Send what is new, take what is answered, for ever. One task: nothing to race with."""
        heard_s = _now_s()
        while True:
            if window.sent == window.acked:
                heard_s = _now_s()  # nothing is on its way: no answer is due
            window = await self._send_ready(socket, window)
            answer = await self._receive(socket)
            if answer is not None:
                window = self._on_answer(answer, window)
                heard_s = _now_s()
            elif _now_s() - heard_s > self._pace.ack_s:
                raise UplinkError(f"the server stored nothing for {self._pace.ack_s:.0f} s; connecting anew")

    async def _send_ready(self, socket: ClientConnection, window: Window) -> Window:
        while window.room() > 0 and window.sent < self._outbox.last_seq:
            events = self._outbox.pending(window.sent, window.room())
            if not events or events[0].seq != window.sent + 1:
                raise OutOfStepError(f"the server asks for event {window.sent + 1}, which is no longer kept")
            text, last = _message(events)
            try:
                await socket.send(text)
            except ConnectionClosed:
                return window  # receiving gives what the server said last, and then raises this
            window = window.after_sending(last)
        return window

    async def _receive(self, socket: ClientConnection) -> Ack | Refused | Welcome | None:
        try:
            async with asyncio.timeout(self._pace.poll_s):
                return FROM_SERVER.decode(await socket.recv())
        except TimeoutError:
            return None

    def _on_answer(self, answer: Ack | Refused | Welcome, window: Window) -> Window:
        if isinstance(answer, Refused):
            raise _RefusalError(answer)
        if isinstance(answer, Welcome):
            raise UplinkError("the server greeted twice; connecting anew")
        if answer.boot != self._outbox.boot:
            return window
        window = window.after_ack(answer.acked, self._outbox.last_seq)
        fault = None
        try:
            self._outbox.acked(window.acked)
        except OutboxError as error:  # a full disk: the server has them, that is what counts
            fault = str(error)
        self._note(connected=True, acked=window.acked, error=fault)
        return window

    def _on_status(self, status: int) -> None:
        if status in _FINAL_STATUSES:
            error = f"the server refused the device key (HTTP {status}); make a new key and set it"
            self._note(connected=False, error=error, refused=True)
        else:
            self._note(
                connected=False, error=f"no uplink at {self._url} (HTTP {status}); is the address right?"
            )

    def _retry_s(self) -> float:
        """Doubling, bounded, and half of it by chance: devices must not come back all at once."""
        longest_s = min(self._pace.first_retry_s * 2.0**self._failures, self._pace.longest_retry_s)
        self._failures = min(self._failures + 1, 30)
        return longest_s * self._jitter.uniform(0.5, 1.0)

    def _note(
        self, *, connected: bool, acked: int | None = None, error: str | None = None, refused: bool = False
    ) -> None:
        with self._changed:
            self._connected = connected
            self._refused = self._refused or refused
            self._last_error = error if error is not None or connected else self._last_error
            if acked is not None:
                self._acked = acked
            self._changed.notify_all()


def uplink_url(server: str) -> str:
    """The uplink's address of a server at "http(s)://host:port"; `UplinkError` if it is no such address."""
    for plain, socket in (("http://", "ws://"), ("https://", "wss://")):
        if server.startswith(plain) and len(server) > len(plain):
            return socket + server.removeprefix(plain).rstrip("/") + UPLINK_PATH
    raise UplinkError(f"{server!r} is not a server's address; write it as https://host or http://host:port")


def _message(events: tuple[TripEvent, ...]) -> tuple[str, int]:
    """As many events as one message may hold, and the last one's seq."""
    text = FROM_DEVICE.encode(Events(events=events))
    while len(text.encode()) > MAX_MESSAGE_BYTES and len(events) > 1:
        events = events[: len(events) // 2]
        text = FROM_DEVICE.encode(Events(events=events))
    return text, events[-1].seq


def _why(error: Exception) -> str:
    """One line for the person who looks at the link."""
    if isinstance(error, (UplinkError, OutboxError)):
        return str(error)
    if isinstance(error, TimeoutError):
        return "the server does not answer; trying again"
    return f"no link to the server ({' '.join(str(error).split()) or type(error).__name__}); trying again"


def _now_s() -> float:
    return asyncio.get_running_loop().time()
