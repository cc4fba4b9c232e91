"""The chain: who is told next, written down with every message before any of them is sent.

One transaction moves an alert on and writes its messages: after a crash at any moment it is either still due
or told. Only one process does this at a time; were there two for a moment, each would find what the other
wrote.
"""

import asyncio
import json
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

from sqlalchemy import Row, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.alerts import calls
from server.alerts.plan import Due, What, next_step
from server.alerts.rights import ACTIVE, URGENT, chain_of, duty_of, left_by
from server.alerts.setup import Telling
from server.alerts.stumbles import REFUSED, stumbled
from server.alerts.topics import TRIED, alerts_of
from server.clock import Clock
from server.database import Database
from server.hub import ALERTS, RIGHTS, Hub, notices_for
from server.notices import tell_of_call
from server.notify import tell_with
from server.tables import alerts, channels, deliveries

_AT_ONCE: Final = 20  # alerts in one commit; those of people who may lie on the road first
_TOLD_OF: Final = (*ACTIVE, "over")
_LOOK_S: Final = 5.0  # a wake-up from another process may be lost
_AGAIN_S: Final = 10.0
# Who took a call so long ago has seen to it: that they leave later calls nobody.
_SEEN_TO_S: Final = 12 * 3600.0


class Turn(Protocol):
    """Which of all processes does it."""

    def held(self) -> AbstractAsyncContextManager[object]:
        """Wait until this process is the one; it is until the block ends."""


class Escalation:
    """The job `escalation`."""

    name = "escalation"

    def __init__(self, db: Database, clock: Clock, hub: Hub, settings: Telling, turn: Turn) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._settings = settings
        self._turn = turn
        self._longest_s = max(settings.urgent_step_s, settings.step_s, settings.repeat_s, _AGAIN_S)

    async def run(self) -> None:
        """Go on until cancelled, in one process of all."""
        async with self._turn.held():
            # A consent that is given now may let somebody be told; who has taken an alert may be gone.
            with self._hub.listen(ALERTS, RIGHTS, TRIED) as woken:
                while True:
                    woken.clear()
                    while await self.work():
                        pass
                    await self.correct()
                    await self._wait(woken)

    async def _wait(self, woken: asyncio.Event) -> None:
        due = select(func.min(alerts.c.next_utc_s)).where(alerts.c.state.in_(_TOLD_OF))
        async with self._db.read() as connection:
            next_s = (await connection.execute(due)).scalar_one_or_none()
        wait_s = _LOOK_S if next_s is None else min(max(next_s - self._clock.utc_s(), 0.0), _LOOK_S)
        try:
            await asyncio.wait_for(woken.wait(), wait_s)
        except TimeoutError:
            return

    async def work(self) -> int:
        """Move on the alerts that are due now, some at a time; how many those were."""
        async with self._db.read() as connection:
            due = (await connection.execute(self._due())).first() is not None
            if not due and not await self._left(connection):
                return 0  # nobody else waits for a turn that is not needed
        topics = {ALERTS}
        async with self._db.write() as connection:
            for alert_id in await self._left(connection):
                topics |= await self._by_itself(connection, alert_id, self._reopen(connection, alert_id))
            found = list(await connection.execute(self._due()))
            for row in found:
                topics |= await self._by_itself(connection, row.id, self._move(connection, row))
            await tell_with(connection, topics)
        self._hub.wake(topics)
        if any(row.kind in URGENT and row.state == "over" for row in found):
            self._hub.rights_changed()  # an emergency opens a trip that is not shared, while it lasts
        return len(found)

    async def correct(self) -> None:
        """Tell wearers whose call reached nobody after all, or somebody after all."""
        now_s = self._clock.utc_s()
        async with self._db.read() as connection:
            if not await calls.corrections(connection, now_s):
                return
        topics = set()
        async with self._db.write() as connection:
            for trip_id, (wearer_id, count) in (await calls.corrections(connection, now_s)).items():
                await tell_of_call(connection, wearer_id, trip_id, "sos_sent", now_s, count=count)
                topics.add(notices_for(wearer_id))
        self._hub.wake(topics)

    async def _left(self, connection: AsyncConnection) -> set[str]:
        return await left_by(connection, self._clock.utc_s() - _SEEN_TO_S)

    async def _reopen(self, connection: AsyncConnection, alert_id: str) -> set[str]:
        """Back to the chain, which goes on where it was. `acknowledged_by` stays until that step is told."""
        now_s = self._clock.utc_s()
        row = (await connection.execute(select(alerts).where(alerts.c.id == alert_id))).one()
        left = json.dumps({**json.loads(row.detail), "left_s": now_s}, ensure_ascii=False, sort_keys=True)
        times = {"changed_utc_s": now_s, "next_utc_s": now_s, "acknowledged_utc_s": None}
        await _set(connection, alert_id, state="open", detail=left, unanswered_utc_s=None, **times)
        return {alerts_of(row.acknowledged_by)} if row.acknowledged_by else set()

    def _due(self) -> Any:  # noqa: ANN401  (a select of a whole table's columns)
        urgent, now_s = case((alerts.c.kind.in_(URGENT), 0), else_=1), self._clock.utc_s()
        return (
            select(alerts)
            .where(
                alerts.c.state.in_(_TOLD_OF),
                # Later than any wait: the clock was put back since.
                or_(alerts.c.next_utc_s <= now_s, alerts.c.next_utc_s > now_s + self._longest_s),
            )
            .order_by(urgent, alerts.c.next_utc_s)
            .limit(_AT_ONCE)
        )

    async def _by_itself(
        self, connection: AsyncConnection, alert_id: str, moved: Awaitable[set[str]]
    ) -> set[str]:
        """One alert: one that cannot be moved on holds up no other, and is tried again."""
        try:
            async with connection.begin_nested():
                return await moved
        except REFUSED as error:
            stumbled("an alert that cannot be moved on", error)
            await _set(connection, alert_id, next_utc_s=self._clock.utc_s() + _AGAIN_S)
            return set()

    async def _move(self, connection: AsyncConnection, row: Row[Any]) -> set[str]:
        """One alert; whom to wake after the commit."""
        if row.state == "open":
            return await self._step(connection, row)
        told = await _told(connection, row)
        await _write(connection, row.id, row.state, row.step, told, self._clock.utc_s())
        if row.state == "acknowledged":
            await calls.tell_taken(connection, row, self._clock.utc_s())
        else:
            await calls.tell_over(connection, row, self._clock.utc_s())
        await _set(connection, row.id, next_utc_s=None)
        return {alerts_of(user_id) for user_id, _, _ in told} | _wearer_topics(row)

    async def _step(self, connection: AsyncConnection, row: Row[Any]) -> set[str]:
        now_s = self._clock.utc_s()
        chain, duty = await chain_of(connection, row.id), await duty_of(connection, row.id)
        left = row.acknowledged_by is not None
        due = Due(row.kind, row.step, opened_utc_s=row.changed_utc_s, left=left)
        step = next_step(due, chain, duty, now_s, self._settings)
        newly = step.unanswered and row.unanswered_utc_s is None
        told = calls.Told(len(step.people), anybody=bool(chain or duty), unanswered=newly)
        await calls.tell_step(connection, row, told, now_s)
        ways = await _ways_of(connection, step.people)
        await _write(connection, row.id, "raised", row.step + 1, ways, now_s)
        values = {"step": row.step + 1, "next_utc_s": step.next_utc_s, "acknowledged_by": None}
        values["unanswered_utc_s"] = now_s if newly else row.unanswered_utc_s
        await _set(connection, row.id, **values)
        return {alerts_of(person) for person in step.people} | _wearer_topics(row)


def _wearer_topics(row: Row[Any]) -> set[str]:
    return {alerts_of(row.wearer_id), notices_for(row.wearer_id), row.trip_id}


# (person, channel, kind): one way of telling one person. An empty channel is their own page.
_Way = tuple[str, str, str]


async def _ways_of(connection: AsyncConnection, people: Sequence[str]) -> list[_Way]:
    """Everybody's page, and every channel in force."""
    query = (
        select(channels)
        .where(
            channels.c.user_id.in_(people),
            channels.c.confirmed_utc_s.is_not(None),
            channels.c.failed_utc_s.is_(None),
            channels.c.ended_utc_s.is_(None),
        )
        .order_by(channels.c.created_utc_s)
    )
    ways: list[_Way] = [(person, "", "page") for person in people]
    return ways + [(row.user_id, row.id, row.kind) for row in await connection.execute(query)]


async def _write(
    connection: AsyncConnection, alert_id: str, what: str, step: int, ways: Iterable[_Way], now_s: float
) -> None:
    """A message for each way. A page's is there to be seen from the commit on: it counts as sent."""
    rows = [
        {
            "alert_id": alert_id,
            "user_id": person,
            "channel_id": channel,
            "kind": kind,
            "what": what,
            "step": step,
            "state": "sent" if kind == "page" else "pending",
            "tries": 0,
            "created_utc_s": now_s,
            "next_utc_s": None if kind == "page" else now_s,
            "sent_utc_s": now_s if kind == "page" else None,
        }
        for person, channel, kind in ways
    ]
    if rows:
        await connection.execute(insert(deliveries), rows)


async def _told(connection: AsyncConnection, row: Row[Any]) -> list[_Way]:
    """The ways by which people heard, or may have heard, of the alert and not yet of how it stands now.

    How it stood before it was taken, left and taken anew was told at an earlier step.

    Not whoever answered it: they know. A message that was never tried is not sent any more (delivery sees to
    that), so there is nothing to follow it.
    """
    what: What = "acknowledged" if row.state == "acknowledged" else "over"
    after = deliveries.alias()
    already = (
        select(after.c.id)
        .where(
            after.c.alert_id == row.id,
            after.c.user_id == deliveries.c.user_id,
            after.c.channel_id == deliveries.c.channel_id,
            after.c.what == what,
            after.c.step == row.step,
        )
        .exists()
    )
    query = (
        select(deliveries.c.user_id, deliveries.c.channel_id, deliveries.c.kind)
        .group_by(deliveries.c.user_id, deliveries.c.channel_id, deliveries.c.kind)
        .order_by(func.min(deliveries.c.id))
        .where(
            deliveries.c.alert_id == row.id,
            deliveries.c.what == "raised",
            or_(deliveries.c.state == "sent", deliveries.c.tries > 0),
            ~already,
        )
    )
    if what == "acknowledged":
        query = query.where(deliveries.c.user_id != row.acknowledged_by)
    return [(found.user_id, found.channel_id, found.kind) for found in await connection.execute(query)]


async def _set(connection: AsyncConnection, alert_id: str, **values: object) -> None:
    await connection.execute(update(alerts).where(alerts.c.id == alert_id).values(**values))
