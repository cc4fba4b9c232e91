"""Messages that were written down are handed over, each at least once, however often it has to be tried.

A message is claimed in a transaction of its own, by putting off its next try for longer than a try can take:
two processes never send it at once, and one that dies leaves it to be claimed again. Each channel has its
turn by itself; a dead one holds up no other.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.alerts.book import with_names
from server.alerts.channels import Channels
from server.alerts.letters import letter_of
from server.alerts.rights import URGENT, duty_of, may_be_told
from server.alerts.senders.base import ChannelKind, Letter, Sender
from server.alerts.setup import Telling
from server.alerts.stumbles import REFUSED, stumbled
from server.alerts.topics import TRIED
from server.clock import Clock
from server.database import Database
from server.errors import ChannelGone, NotSent, StoreError
from server.hub import ALERTS, Hub
from server.metrics import Metrics
from server.tables import alerts, channels, deliveries, users

_WAITING: Final = ("pending", "failed")
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 300.0
# Of a call for help: who waits for help has no five minutes after the mail server is back.
_LONGEST_URGENT_WAIT_S: Final = 30.0
_GIVE_UP_S: Final = 3600.0  # the chain has told others, and this person again, long before
_AT_ONCE: Final = 32  # tries of one kind under way in one process: each at another person's address
_LOOK_S: Final = 5.0
_LEASE_S: Final = 30.0  # beyond a try's own limit
_PUT_BACK_S: Final = 600.0  # nothing waits so long
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Try:
    """One claimed message. `letter` None: it is not sent any more, for the reason given."""

    id: int
    channel_id: str
    kind: ChannelKind
    urgent: bool
    tries: int
    created_utc_s: float
    letter: Letter | None
    address: dict[str, str]
    reason: str = ""


class Delivery:
    """The job `delivery`; in every process."""

    name = "delivery"

    def __init__(
        self,
        db: Database,
        clock: Clock,
        hub: Hub,
        settings: Telling,
        book_of_addresses: Channels,
        senders: Mapping[ChannelKind, Sender],
        jitter: Callable[[], float],
        metrics: Metrics | None = None,
    ) -> None:
        """`jitter`: a random number from 0 to 1: many that failed together do not come back together."""
        self._db = db
        self._clock = clock
        self._hub = hub
        self._settings = settings
        self._channels = book_of_addresses
        self._senders = senders
        self._jitter = jitter
        self._metrics = metrics or Metrics()
        self._busy: dict[str, ChannelKind] = {}  # channels with a try under way
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Go on until cancelled; tries under way are given up then, and claimed again later."""
        try:
            with self._hub.listen(ALERTS, TRIED) as woken:
                while True:
                    woken.clear()
                    await self.work()
                    await self._wait(woken)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for sender in self._senders.values():
                await sender.close()

    async def work(self) -> int:
        """Begin a try for each message that is due and whose channel is not busy; how many those are."""
        claimed = await self._claim()
        for one in claimed:
            self._busy[one.channel_id] = one.kind
            task = asyncio.create_task(self._attempt(one))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        return len(claimed)

    async def idle(self) -> None:
        """Wait until no try is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            # Its name only: what the store says of a fault may hold a row. The message is tried again.
            _log.error("a delivery ended early: %s", type(fault).__name__)
        # For the channel's next message; and the wearer of a call that reached nobody hears of it.
        self._hub.wake_here({TRIED})

    async def _wait(self, woken: asyncio.Event) -> None:
        query = select(func.min(deliveries.c.next_utc_s)).where(
            deliveries.c.state.in_(_WAITING),
            deliveries.c.kind.in_([kind for kind in self._senders if self._room(kind) > 0]),
            deliveries.c.channel_id.not_in(tuple(self._busy)),
        )
        async with self._db.read() as connection:
            next_s = (await connection.execute(query)).scalar_one_or_none()
        wait_s = _LOOK_S if next_s is None else min(max(next_s - self._clock.utc_s(), 0.05), _LOOK_S)
        try:
            await asyncio.wait_for(woken.wait(), wait_s)
        except TimeoutError:
            return

    async def _claim(self) -> list[_Try]:
        kinds = [kind for kind in self._senders if self._room(kind) > 0]
        async with self._db.read() as connection:
            if (await connection.execute(self._due(kinds))).first() is None:
                return []
        async with self._db.write() as connection:
            found = self._one_each(await connection.execute(self._due(kinds)))
            taken = [await self._taken(connection, row) for row in found]
            return [one for one in taken if one is not None]

    def _room(self, kind: ChannelKind) -> int:
        return _AT_ONCE - sum(busy == kind for busy in self._busy.values())

    def _due(self, kinds: list[ChannelKind]) -> Any:  # noqa: ANN401  (a select of a whole table's columns)
        now_s = self._clock.utc_s()
        urgent = case((alerts.c.kind.in_(URGENT), 0), else_=1)
        return (
            select(deliveries, alerts.c.kind.in_(URGENT).label("urgent"))
            .join(alerts, alerts.c.id == deliveries.c.alert_id)
            .where(
                deliveries.c.state.in_(_WAITING),
                # Later than any wait: the clock was put back since.
                or_(deliveries.c.next_utc_s <= now_s, deliveries.c.next_utc_s > now_s + _PUT_BACK_S),
                deliveries.c.kind.in_(kinds),
                deliveries.c.channel_id.not_in(tuple(self._busy)),
            )
            .order_by(urgent, deliveries.c.next_utc_s, deliveries.c.id)
            .limit(8 * _AT_ONCE)
        )

    def _one_each(self, rows: Any) -> list[Row[Any]]:  # noqa: ANN401  (the store's answer)
        """The first of each channel, as many of each kind as there is room for."""
        chosen: dict[str, Row[Any]] = {}
        room = {kind: self._room(kind) for kind in self._senders}
        for row in rows:
            if row.channel_id not in chosen and room[row.kind] > 0:
                chosen[row.channel_id] = row
                room[row.kind] -= 1
        return list(chosen.values())

    async def _taken(self, connection: AsyncConnection, row: Row[Any]) -> _Try | None:
        """A message by itself: one that cannot be made ready (no key opens its address) holds up no other."""
        try:
            async with connection.begin_nested():
                return await self._take(connection, row)
        except (*REFUSED, StoreError) as error:
            stumbled("a message that cannot be made ready", error)
            tries = row.tries + 1
            later = self._later(tries, row.created_utc_s, type(error).__name__, urgent=row.urgent)
            mine = update(deliveries).where(deliveries.c.id == row.id)
            await connection.execute(mine.values(tries=tries, **later))
            return None

    async def _take(self, connection: AsyncConnection, row: Row[Any]) -> _Try:
        lease_s = self._clock.utc_s() + self._settings.timeout_s + _LEASE_S
        claim = update(deliveries).where(deliveries.c.id == row.id)
        letter, address, reason = await self._letter(connection, row)
        tries = row.tries + (letter is not None)
        await connection.execute(claim.values(tries=tries, next_utc_s=lease_s))
        what = (row.id, row.channel_id, row.kind, bool(row.urgent), tries, row.created_utc_s)
        return _Try(*what, letter, address, reason)

    async def _letter(
        self, connection: AsyncConnection, row: Row[Any]
    ) -> tuple[Letter | None, dict[str, str], str]:
        """What to send and where, if it is still to be sent: asked at the last moment."""
        alert = (await connection.execute(with_names().where(alerts.c.id == row.alert_id))).one()
        channel = await self._channels.in_force(connection, row.channel_id)
        if channel is None:
            return None, {}, "channel ended"
        if row.what == "raised" and alert.state != "open":
            return None, {}, "answered before it was sent"
        if row.what == "acknowledged" and alert.state == "open":
            return None, {}, "nobody has it any more"
        if row.tries and self._clock.utc_s() > row.created_utc_s + _GIVE_UP_S + _PUT_BACK_S:
            return None, {}, row.error or "never told how a try went"
        if not await may_be_told(connection, alert.id, row.user_id):
            return None, {}, "no right any more"
        lang = select(users.c.lang).where(users.c.id == row.user_id)
        english = (await connection.execute(lang)).scalar_one() == "en"
        duty = row.user_id in await duty_of(connection, alert.id)
        key = f"{alert.id}.{row.id}"
        link = self._channels.link(f"/{'administrator' if duty else 'caregiver'}/alerts/{alert.id}")
        return letter_of(alert, key, row.what, link, duty=duty, english=english), channel, ""

    async def _attempt(self, one: _Try) -> None:
        try:
            if one.letter is None:
                await self._note(one, state="given_up", next_utc_s=None, error=one.reason)
                return
            try:
                async with asyncio.timeout(self._settings.timeout_s + 5.0):
                    await self._senders[one.kind].send(one.address, one.letter)
            except ChannelGone as error:
                await self._gone(one, str(error))
            except NotSent as error:
                await self._again(one, str(error))
            except TimeoutError:
                await self._again(one, "timeout")
            else:
                now_s = self._clock.utc_s()
                await self._note(one, state="sent", next_utc_s=None, sent_utc_s=now_s, error=None)
        finally:
            self._busy.pop(one.channel_id, None)

    async def _again(self, one: _Try, error: str) -> None:
        later = self._later(one.tries, one.created_utc_s, error, urgent=one.urgent)
        await self._note(one, **later)
        _log.info("delivery by %s failed (%s), try %d", one.kind, error, one.tries)

    def _later(self, tries: int, created_utc_s: float, error: str, *, urgent: bool) -> dict[str, object]:
        """A message that failed: again after a while, or never."""
        again_s = self._clock.utc_s() + retry_wait_s(tries, self._jitter(), urgent=urgent)
        if again_s > created_utc_s + _GIVE_UP_S:
            return {"state": "given_up", "next_utc_s": None, "error": error}
        return {"state": "failed", "next_utc_s": again_s, "error": error}

    async def _gone(self, one: _Try, error: str) -> None:
        async with self._db.write() as connection:
            gone = update(channels).where(channels.c.id == one.channel_id)
            await connection.execute(gone.values(failed_utc_s=self._clock.utc_s()))
            await self._set(connection, one, {"state": "given_up", "next_utc_s": None, "error": error})

    async def _note(self, one: _Try, **values: object) -> None:
        async with self._db.write() as connection:
            await self._set(connection, one, values)

    async def _set(self, connection: AsyncConnection, one: _Try, values: Mapping[str, object]) -> None:
        # Where another process has claimed it since (this one was asleep), its word holds.
        mine = update(deliveries).where(deliveries.c.id == one.id, deliveries.c.state.in_(_WAITING))
        if values["state"] != "sent":
            # Nor is what another address did not take lost to the one that came in its place.
            mine = mine.where(deliveries.c.channel_id == one.channel_id)
            mine = mine if one.letter is None else mine.where(deliveries.c.tries == one.tries)
        if (await connection.execute(mine.values(**values))).rowcount:
            self._metrics.deliveries.labels(one.kind, values["state"]).inc()


def retry_wait_s(tries: int, jitter: float, *, urgent: bool = False) -> float:
    """After the try of that number: 5, 10, 20 ... 300 s, `urgent` 30 s; 0.75 to 1.25 of it by `jitter`."""
    longest_s = _LONGEST_URGENT_WAIT_S if urgent else _LONGEST_WAIT_S
    # The exponent is bounded: by then it is the longest, and a float ends at 2^1024.
    wait_s: float = min(_FIRST_WAIT_S * 2.0 ** min(tries - 1, 10), longest_s)
    return wait_s * (0.75 + 0.5 * jitter)
