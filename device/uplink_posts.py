"""The uplink by plain requests, where the network lets no WebSocket through: the same lanes."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import httpx

from device.errors import UplinkError
from device.outbox import Outbox
from device.uplink_lanes import Lanes, OutOfStepError, Piece
from device.uplink_talk import FinalError, Pace
from wire.codec import BATCH, BATCH_ANSWER
from wire.held import Held
from wire.trip import TripEvent
from wire.uplink import BATCH_PATH, MAX_MESSAGE_BYTES, PROTOCOL, Batch, BatchAnswer, Notice

_FINAL: Final = frozenset({401, 403, 409})  # a key that is not accepted; a version that is not spoken


_TOO_MANY: Final = 429
_LONGEST_WAIT_S: Final = 30.0


class _LaterError(UplinkError):
    """The server is there, and asks for fewer requests: no lost link."""

    def __init__(self, retry_after: str) -> None:
        super().__init__("the server asks to wait")
        self.seconds = min(float(retry_after), _LONGEST_WAIT_S) if retry_after.isdecimal() else 1.0


class PostTalk:
    """As `device.uplink_talk.Talk`, request by request. Raises whatever ends it; `step` until then.

    `address`: of the server, "https://host"; `key`: the device's.
    """

    silent = False  # whether somebody is there is known after each request

    def __init__(
        self,
        http: httpx.AsyncClient,
        outbox: Outbox,
        pace: Pace,
        utc_s: Callable[[], float],
        tell: Callable[[Notice], None],
    ) -> None:
        self._http = http
        self._outbox = outbox
        self._pace = pace
        self._utc_s = utc_s
        self._tell = tell
        self.boot = outbox.boot
        self.lanes = Lanes.opened(Held(), outbox.last_seq)
        self.fault: str | None = None
        self._posted_s = float("-inf")
        self._not_before_s = float("-inf")  # the server asked to wait

    async def greet(self) -> None:
        """Ask what the server has of this log: the first request, and the proof that requests get through."""
        answer = await self._post(())
        heads = await asyncio.to_thread(self._outbox.beginnings, answer.acked)
        held = Held(answer.acked, answer.beyond)
        self.lanes = Lanes.opened(held, self._outbox.last_seq, heads, ahead=self._pace.ahead)
        self._outbox.acked(held.acked)

    async def step(self) -> None:
        """Send what is next, or ask whether there is something to hear; else wait for a moment."""
        if self._outbox.boot != self.boot:
            raise UplinkError("the log was begun anew; connecting anew")
        now_s = time.monotonic()
        if now_s < self._not_before_s:
            await asyncio.sleep(min(self._pace.poll_s, self._not_before_s - now_s))
            return
        try:
            await self._next(now_s - self._posted_s)
        except _LaterError as later:
            self._not_before_s = time.monotonic() + later.seconds

    async def _next(self, waits_s: float) -> None:
        piece = self.lanes.next(self._outbox.last_seq)
        # What waited is sent as fast as it is taken; of what happens now a second at a time.
        behind = piece is not None and piece.last - piece.first > self._pace.post_every_s * 10.0
        if piece is not None and (behind or waits_s >= self._pace.post_every_s):
            await self._send(piece)
        elif waits_s >= self._pace.post_idle_s:
            self._stored(await self._post(()))
        else:
            await asyncio.sleep(self._pace.poll_s)

    async def _send(self, piece: Piece) -> None:
        events = await asyncio.to_thread(self._outbox.between, piece.first, piece.last)
        if not events or events[0].seq != piece.first:
            raise OutOfStepError(f"the server asks for event {piece.first}, which is no longer kept")
        began_s = time.monotonic()
        while len(self._text(events).encode()) > MAX_MESSAGE_BYTES and len(events) > 1:
            events = events[: len(events) // 2]
        answer = await self._post(events)
        self.lanes = self.lanes.after_sending(Piece(piece.first, events[-1].seq, piece.ahead), began_s)
        self._stored(answer)

    def _stored(self, answer: BatchAnswer) -> None:
        held = Held(answer.acked, answer.beyond)
        now_s = time.monotonic()
        self.lanes = self.lanes.after_answer(held, self._outbox.last_seq, now_s)
        self._outbox.acked(self.lanes.held.acked)
        if self.lanes.flying:
            raise UplinkError("the server answered without storing what was sent; connecting anew")

    def _text(self, events: tuple[TripEvent, ...]) -> str:
        return BATCH.encode(Batch(boot=self.boot, events=events, sent_utc_s=self._utc_s()))

    async def _post(self, events: tuple[TripEvent, ...]) -> BatchAnswer:
        headers = {"Content-Type": "application/json"}
        try:
            answer = await self._http.post(BATCH_PATH, content=self._text(events), headers=headers)
        except httpx.TimeoutException:
            raise UplinkError("the server does not answer; trying again") from None
        except httpx.HTTPError as error:
            raise UplinkError(f"no link to the server ({_one_line(error)}); trying again") from None
        self._posted_s = time.monotonic()
        if answer.status_code in _FINAL:
            raise FinalError(f"the server refused (HTTP {answer.status_code}): {_words(answer)}")
        if answer.status_code == _TOO_MANY:
            raise _LaterError(answer.headers.get("Retry-After", ""))
        if not answer.is_success:
            raise UplinkError(f"the server took nothing (HTTP {answer.status_code}): {_words(answer)}")
        told = BATCH_ANSWER.decode(answer.content)
        if told.protocol != PROTOCOL:
            raise UplinkError(
                f"the server speaks protocol {told.protocol}, this device {PROTOCOL}; update one"
            )
        for notice in told.notices:
            self._tell(notice)
        return told


def post_client(address: str, key: str, timeout_s: float) -> httpx.AsyncClient:
    """A connection to the server at `address` that is kept between requests."""
    return httpx.AsyncClient(
        base_url=address,
        headers={"Authorization": f"Bearer {key}"},
        timeout=timeout_s,
        trust_env=False,
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _words(answer: httpx.Response) -> str:
    """The server's own sentence, where it is one of ours."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    told = body.get("detail") if isinstance(body, dict) else None
    return " ".join(str(told or answer.reason_phrase).split())
