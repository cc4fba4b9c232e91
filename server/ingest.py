"""Events to the disk: each once, many devices in one commit, acknowledged after it.

For each log the store holds what `wire.held.Held` says, written in the same transaction as the events: events
may come in any order, newest first after hours without a network. What follows from an event goes by its
place in the log. What waits while one group is committed is the next group (`server.group`): groups grow with
the load, and a quiet server answers at once.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from server import group, notify
from server.buckets import Buckets, Rate
from server.clock import Clock
from server.database import Database
from server.errors import ApiError, Malformed, Unavailable
from server.group import Batch, NeedsTurn, Outcome, Stored
from server.hub import ANY_TRIP, URGENT, Hub
from server.metrics import Metrics
from server.recent import Recent
from server.stores.rows import LogKey
from server.together import Together
from wire.errors import WireError
from wire.held import Held
from wire.trip import TripEvent

# Rows in one commit: about 50 ms, which bounds everybody's wait.
_GROUP_ROWS: Final = 2_000
# Rows that wait in memory, about 1 kB each. Who sends more is not read until there is room.
_MOST_ROWS: Final = 20_000
# Of one device: what a week without a network leaves, and then ten times an honest day. One that was taken
# over must not fill the disk on which everybody's walks are.
_EVENTS: Final = Rate(20.0, 600_000.0)
# A commit costs as much work for one row as for twenty: under load they are taken together.
_GROUPS_APART_S: Final = 0.015
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """One batch in the line. `done` is called once, and must not raise."""

    batch: Batch
    done: Callable[[Outcome], None]


class Ingest:
    """The only writer of events."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        hub: Hub,
        metrics: Metrics | None = None,
        recent: Recent | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._flood = Buckets()
        self._metrics = metrics or Metrics()
        self._recent = recent or Recent()
        self._held: Together[LogKey, Held] = Together(self._held_of)
        self._line: deque[_Waiting] = deque()
        self._rows = 0
        self._for_room: deque[Callable[[], None]] = deque()
        self._committing: asyncio.Task[None] | None = None
        self._last_s = 0.0

    async def held(self, device_id: str, boot: str) -> Held:
        """What of `boot` is stored. Raises `Malformed` for a name that no store can hold."""
        _check(boot)
        return await self._held.one((device_id, boot)) or Held()

    async def _held_of(self, keys: frozenset[LogKey]) -> dict[LogKey, Held]:
        async with self._db.read() as connection:
            return await connection.run_sync(group.held, keys)

    async def store(
        self, device_id: str, boot: str, batch: tuple[TripEvent, ...], sent_utc_s: float | None = None
    ) -> Held:
        """Durably store what is new in `batch`; what is stored then. `sent_utc_s`: the device's clock.

        Waits while too much is waiting already. Raises `Forbidden` (a trip that is not the device's, or a
        revoked key: nothing of the batch is stored), `Unavailable` (the disk: it may be sent again) or
        `Malformed` (a name of a log that no store can hold).
        """
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def put() -> None:
            try:
                self.submit(Batch(device_id, boot, batch, sent_utc_s), told)
            except ApiError as error:
                told(error)

        def told(outcome: Outcome) -> None:
            if not answer.done():  # else its caller has gone
                answer.set_result(outcome)

        if self.full:
            self.when_room(put)  # in its turn: who only then came back to ask would find the line full again
        else:
            put()
        outcome = await answer
        if isinstance(outcome, Held):
            return outcome
        raise outcome

    @property
    def full(self) -> bool:
        """Whether nothing more is to be submitted before there is room."""
        return self._rows >= _MOST_ROWS

    def when_room(self, call: Callable[[], None]) -> None:
        """`call` once, when there is room again: in the order of asking."""
        self._for_room.append(call)

    def submit(self, batch: Batch, done: Callable[[Outcome], None]) -> None:
        """As `store`, without waiting: `done` gets what is stored then, or the error. It must not raise.

        Raises `Unavailable` at once for a device that sends too much, and `Malformed`.
        """
        _check(batch.boot)
        count = len(batch.events)
        wait_s = self._flood.wait_s("events", batch.device_id, _EVENTS, self._clock.utc_s(), count)
        if wait_s > 0.0:
            raise Unavailable(
                "この端末の記録が多すぎます。あとで送り直してください。",
                "This device sends too much: send it again later.",
                {"Retry-After": str(int(wait_s) + 1)},
            )
        self._line.append(_Waiting(batch, done))
        self._rows += count
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all(), name="ingest")

    async def _commit_all(self) -> None:
        """Until nobody waits."""
        try:
            while self._line:
                await self._apart()
                await self._commit(self._next_group())
        finally:
            self._committing = None
            left, self._line, self._rows = self._line, deque(), 0
            _answer(left, [_not_stored() for _ in left])  # the server is going
            self._make_room()

    async def _apart(self) -> None:
        now_s = asyncio.get_running_loop().time
        wait_s = self._last_s + _GROUPS_APART_S - now_s()
        if wait_s > 0.0:
            await asyncio.sleep(wait_s)
        self._last_s = now_s()

    def _next_group(self) -> list[_Waiting]:
        taken = [self._line.popleft()]
        rows = len(taken[0].batch.events)
        while self._line and rows + len(self._line[0].batch.events) <= _GROUP_ROWS:
            taken.append(self._line.popleft())
            rows += len(taken[-1].batch.events)
        return taken

    async def _commit(self, waiting: list[_Waiting]) -> None:
        outcomes: Sequence[Outcome] | None = None
        try:
            outcomes = await self._together([one.batch for one in waiting])
        finally:
            self._rows -= sum(len(one.batch.events) for one in waiting)
            _answer(waiting, [_not_stored() for _ in waiting] if outcomes is None else outcomes)
            self._make_room()

    def _make_room(self) -> None:
        """Call who waits for room, each once, while there is any."""
        for _ in range(len(self._for_room)):
            if self.full:
                return
            self._for_room.popleft()()

    async def _together(self, batches: Sequence[Batch]) -> Sequence[Outcome]:
        """One commit for all; where it fails the halves, so that nobody's events hold up the others'."""
        try:
            return await self._written(batches)
        except Unavailable:
            return [_not_stored() for _ in batches]  # the store's own trouble, and told in the log
        except (SQLAlchemyError, Malformed, WireError, ValueError, OverflowError) as error:
            _log.error("events not stored: %s", type(getattr(error, "orig", None) or error).__name__)
        if len(batches) == 1:
            return [_not_stored()]
        half = len(batches) // 2
        return [*await self._together(batches[:half]), *await self._together(batches[half:])]

    async def _written(self, batches: Sequence[Batch]) -> Sequence[Outcome]:
        with self._metrics.commit_seconds.time():
            try:
                stored = await self._write(batches, alone=False)
            except NeedsTurn:
                stored = await self._write(batches, alone=True)
        self._metrics.events.inc(stored.events)
        for log_id, event in stored.new:
            self._recent.add(log_id, event)
        if stored.trips:
            self._hub.wake_here(_topics(stored))
        return stored.outcomes

    async def _write(self, batches: Sequence[Batch], *, alone: bool) -> Stored:
        now_s = self._clock.utc_s()

        def work(connection: Connection) -> Stored:
            stored = group.store(connection, batches, now_s, alone=alone or not self._db.shared)
            if stored.trips and self._db.shared:
                notify.tell(connection, self._hub.epoch, _topics(stored))
            return stored

        return await self._db.write_events(work, alone=alone)


def _topics(stored: Stored) -> set[str]:
    return {ANY_TRIP} | stored.trips | ({URGENT} if stored.urgent else set())


def _answer(waiting: Iterable[_Waiting], outcomes: Iterable[Outcome]) -> None:
    for one, outcome in zip(waiting, outcomes, strict=True):
        one.done(outcome)


def _check(boot: str) -> None:
    if "\0" in boot:  # PostgreSQL cannot even look for it
        raise Malformed("boot に使えない文字があります。", "boot holds a character that cannot be stored.")


def _not_stored() -> Unavailable:
    return Unavailable(
        "記録を保存できませんでした。あとで送り直してください。",
        "The events could not be stored: send them again later.",
    )
