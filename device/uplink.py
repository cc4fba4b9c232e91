"""The uplink: sends the outbox to the server over a WebSocket, in a thread of its own.

It comes back after every loss, and guidance never waits for it. Where a network lets no WebSocket through it
goes on by plain requests (`uplink_posts`), and tries a WebSocket again now and then. Delivery is at least
once from the outbox, and exactly once in the server's store, which knows each event by (device, boot, seq).
"""

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.http11 import Response

from device.clocks import SystemClock
from device.errors import OutboxError, UplinkError
from device.outbox import Outbox
from device.uplink_address import http_address
from device.uplink_lanes import OutOfStepError
from device.uplink_state import LinkNotes, LinkState
from device.uplink_talk import FinalError, Pace, RefusalError, Talk, greet
from wire.errors import WireError
from wire.held import Held
from wire.uplink import MAX_MESSAGE_BYTES, Notice

if TYPE_CHECKING:
    from device.uplink_posts import PostTalk

__all__ = ["Pace", "Uplink"]

_UNKNOWN_KEY, _FORBIDDEN = 401, 403
_KEY_LOOK_S: Final = 1.0
# More than may be on its way: `send` never waits for the network, so that a stuck one is noticed.
_SEND_BUFFER: Final = 4 * MAX_MESSAGE_BYTES
# The event loop turns at least this often; whoever watches the uplink takes a longer stop for its end.
_TURN_S: Final = 0.2
_LOOP_STANDS_S: Final = 5.0


class Uplink:
    """One link from an outbox to a server. `seed` fixes the jitter of the retries.

    `key`: the device key, or what reads it; `utc_s`: the clock that the events' seconds are of. `tell` is
    given what the server has to say, `greeted` and `refused` the key that it has just accepted, or not; in
    threads of the uplink.
    """

    def __init__(
        self,
        url: str,
        key: str | Callable[[], str],
        outbox: Outbox,
        *,
        pace: Pace | None = None,
        seed: int | None = None,
        utc_s: Callable[[], float] | None = None,
        tell: Callable[[Notice], None] = lambda _notice: None,
        greeted: Callable[[str], None] = lambda _key: None,
        refused: Callable[[str], None] = lambda _key: None,
    ) -> None:
        self._url = url
        self._said, self._greeted, self._not_taken = tell, greeted, refused
        self._sockets_failed = 0  # handshakes in a row that came to nothing
        self._probes = False  # requests get through: a WebSocket is only tried, and its failure no news
        self._blocked = False  # a WebSocket failed where requests got through
        self._key: Callable[[], str] = (lambda: key) if isinstance(key, str) else key
        self._outbox = outbox
        self._pace = pace or Pace()
        self._utc_s = utc_s or SystemClock().utc_s
        self._jitter = random.Random(seed)  # noqa: S311  # spreads retries, protects nothing
        self._notes = LinkNotes(outbox)
        self._refused_key: str | None = None
        self._refused_keys: set[str] = set()  # since one was accepted
        self._closing = False
        self._held: tuple[str, Held] | None = None  # what the server has, of which log
        self._failures = 0
        self._turned_s = self._stepped_s = time.monotonic()
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
        return self._notes.state()

    def has(self, boot: str, seq: int) -> bool:
        """Whether the server said that it has this event of that log."""
        held = self._held
        return held is not None and held[0] == boot and held[1].has(seq)

    def works(self) -> bool:
        """Whether it goes round: a thread that stands or has ended is noticed here."""
        now_s, pace = time.monotonic(), self._pace
        patience_s = 2.0 * pace.open_s + pace.longest_retry_s + 10.0
        alive = self._thread is not None and self._thread.is_alive()
        return alive and now_s - self._turned_s < _LOOP_STANDS_S and now_s - self._stepped_s < patience_s

    def wait_until(self, predicate: Callable[[LinkState], bool], timeout_s: float) -> bool:
        """Wait (in real time) until the state satisfies `predicate`; whether it did in time."""
        return self._notes.wait_until(predicate, timeout_s)

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
        turning = loop.create_task(self._turn())
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            self._notes.note(connected=False)
        finally:
            turning.cancel()
            if not self._closing:
                self._notes.note(connected=False, error="the uplink ended; restart the device")
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(turning)
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    async def _turn(self) -> None:
        while True:
            self._turned_s = time.monotonic()
            await asyncio.sleep(_TURN_S)

    async def _keep_connected(self) -> None:
        while True:
            self._stepped_s = time.monotonic()
            refused = False
            try:
                if self._sockets_failed < self._pace.sockets_tried:
                    await self._converse()
                else:
                    await self._post()
                    continue
            except FinalError as refusal:
                refused = True
                self._notes.note(connected=False, error=str(refusal), refused=True)
            except RefusalError as refusal:
                refused = refusal.final
                self._sockets_failed = 0
                self._notes.note(connected=False, error=str(refusal), refused=refused)
            except InvalidStatus as answer:
                refused = self._on_status(answer.response)
            except (OSError, WebSocketException, WireError, OutboxError, UplinkError, ValueError) as error:
                # ValueError: an address or a key that cannot be written into a request.
                if not self._probes:
                    self._notes.note(connected=False, error=_why(error))
            if self._probes and not refused and self._sockets_failed >= self._pace.sockets_tried:
                self._blocked = True
                continue  # back to requests at once: nothing was lost
            if refused:
                self._refused_keys.add(self._refused_key or "")
                await asyncio.to_thread(self._not_taken, self._refused_key or "")
                await self._wait_for_a_new_key()
            else:
                await self._rest(self._retry_s())

    async def _converse(self) -> None:
        """One connection, from the greeting to its end (which is always an exception)."""
        pace = self._pace
        self._refused_key = key = await asyncio.to_thread(self._key)
        self._sockets_failed += 1  # until it has greeted
        async with connect(
            self._url,
            additional_headers={"Authorization": f"Bearer {key}"},
            open_timeout=pace.open_s,
            ping_interval=None,  # `uplink_pulse` asks
            close_timeout=1.0,
            max_size=MAX_MESSAGE_BYTES,
            write_limit=_SEND_BUFFER,
            proxy=None,
        ) as socket:
            try:
                await self._talk(socket, key)
            except OutOfStepError as error:
                await self._begin_anew(error)

    async def _begin_anew(self, error: OutOfStepError) -> None:
        await asyncio.to_thread(self._outbox.renew)
        self._notes.note(connected=False, acked=0, ahead=0)
        raise UplinkError(f"{error}; what is unsent goes under a new log name") from None

    async def _talk(self, socket: ClientConnection, key: str) -> None:
        asked_s = time.monotonic()
        lanes = await greet(socket, self._outbox, self._pace)
        took_s = time.monotonic() - asked_s
        talk = Talk(socket, self._outbox, self._pace, self._utc_s, lanes, took_s, self._said)
        self._sockets_failed, self._probes, self._blocked = 0, False, False
        await self._is_in(talk, key)
        while True:
            await self._round(talk)

    async def _post(self) -> None:
        """By plain requests for a while; back from it, a WebSocket is tried once."""
        from device.uplink_posts import PostTalk, post_client  # seldom needed, and not small

        self._refused_key = key = await asyncio.to_thread(self._key)
        # Whatever ends this, a WebSocket is the next to be tried.
        self._sockets_failed = self._pace.sockets_tried - 1
        self._probes = False
        async with post_client(http_address(self._url), key, self._pace.open_s) as http:
            talk = PostTalk(http, self._outbox, self._pace, self._utc_s, self._said)
            try:
                await talk.greet()
                await self._is_in(talk, key)
                # After a tunnel too it may be a request that gets through first.
                lasts_s = self._pace.posting_s if self._blocked else self._pace.trying_s
                until_s = time.monotonic() + lasts_s
                while time.monotonic() < until_s:
                    await self._round(talk)
            except OutOfStepError as error:
                await self._begin_anew(error)
        self._probes = True

    async def _is_in(self, talk: "Talk | PostTalk", key: str) -> None:
        """The server has accepted the key and told what it has."""
        self._failures = 0
        self._notes.accepted()
        self._refused_keys.clear()
        self._tell(talk)
        await asyncio.to_thread(self._greeted, key)

    async def _round(self, talk: "Talk | PostTalk") -> None:
        self._stepped_s = time.monotonic()
        await talk.step()
        self._tell(talk)

    def _tell(self, talk: "Talk | PostTalk") -> None:
        held = talk.lanes.held
        self._held = talk.boot, held
        self._notes.note(
            connected=not talk.silent,
            acked=held.acked,
            ahead=held.count - held.acked,
            error="the server does not answer; waiting for it" if talk.silent else talk.fault,
        )

    def _on_status(self, answer: Response) -> bool:
        """Whether to wait for another key.

        A 403 that is none of our server's may be a proxy's, which lets no WebSocket through.
        """
        status = answer.status_code
        ours = answer.headers.get("Content-Type", "").startswith("application/problem+json")
        final = status == _UNKNOWN_KEY or (status == _FORBIDDEN and ours)
        error = f"no uplink at {self._url} (HTTP {status}); is the address right?"
        if final:
            error = f"the server refused the device key (HTTP {status}); make a new key and set it"
            self._sockets_failed = 0
        if final or not self._probes:
            self._notes.note(connected=False, error=error, refused=final)
        return final

    async def _wait_for_a_new_key(self) -> None:
        """What trying again cannot mend is tried again rarely: a person may have mended the server."""
        end_s = time.monotonic() + self._pace.refused_retry_s
        while time.monotonic() < end_s:
            await asyncio.sleep(min(_KEY_LOOK_S, self._pace.refused_retry_s))
            self._stepped_s = time.monotonic()
            with contextlib.suppress(UplinkError):
                if await asyncio.to_thread(self._key) not in self._refused_keys:
                    return
        self._refused_keys.clear()

    async def _rest(self, rest_s: float) -> None:
        """Before the next attempt; where events come meanwhile, `walking_retry_s` at most."""
        began_s, last_seq = time.monotonic(), self._outbox.last_seq
        while (left_s := began_s + rest_s - time.monotonic()) > 0.0:
            await asyncio.sleep(min(left_s, _TURN_S))
            if self._outbox.last_seq != last_seq:
                rest_s = min(rest_s, self._pace.walking_retry_s)

    def _retry_s(self) -> float:
        """Doubling, bounded, and half of it by chance: devices must not come back all at once."""
        longest_s = min(self._pace.first_retry_s * 2.0**self._failures, self._pace.longest_retry_s)
        self._failures = min(self._failures + 1, 30)
        return longest_s * self._jitter.uniform(0.5, 1.0)


def _why(error: Exception) -> str:
    """One line for the person who looks at the link."""
    if isinstance(error, (UplinkError, OutboxError)):
        return str(error)
    if isinstance(error, TimeoutError):
        return "the server does not answer; trying again"
    return f"no link to the server ({' '.join(str(error).split()) or type(error).__name__}); trying again"
