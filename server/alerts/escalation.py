"""The chain: who is told next, written down with every message before any of them is sent.

One transaction moves an alert on and writes its messages: after a crash at any moment it is either still due
or told. Only one process does this at a time; were there two for a moment, each would find what the other
wrote.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

from sqlalchemy import Row, case, distinct, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.alerts.plan import Due, What, next_step
from server.alerts.rights import ACTIVE, URGENT, chain_of, duty_of
from server.alerts.setup import Telling
from server.alerts.stumbles import REFUSED, stumbled
from server.alerts.topics import alerts_of
from server.clock import Clock
from server.database import Database
from server.hub import ALERTS, RIGHTS, Hub, notices_for
from server.notices import tell
from server.notify import tell_with
from server.tables import alerts, channels, deliveries, users

_AT_ONCE: Final = 20  # alerts in one commit; those of people who may lie on the road first
_TOLD_OF: Final = (*ACTIVE, "over")
_LOOK_S: Final = 5.0  # a wake-up from another process may be lost
_AGAIN_S: Final = 10.0


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
            # A consent that is given now may let somebody be told.
            with self._hub.listen(ALERTS, RIGHTS) as woken:
                while True:
                    woken.clear()
                    while await self.work():
                        pass
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
            if (await connection.execute(self._due())).first() is None:
                return 0  # nobody else waits for a turn that is not needed
        topics = {ALERTS}
        async with self._db.write() as connection:
            found = list(await connection.execute(self._due()))
            for row in found:
                topics |= await self._moved(connection, row)
            await tell_with(connection, topics)
        self._hub.wake(topics)
        if any(row.kind in URGENT and row.state == "over" for row in found):
            self._hub.rights_changed()  # an emergency opens a trip that is not shared, while it lasts
        return len(found)

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

    async def _moved(self, connection: AsyncConnection, row: Row[Any]) -> set[str]:
        """One alert by itself: one that cannot be moved on holds up no other, and is tried again."""
        try:
            async with connection.begin_nested():
                return await self._move(connection, row)
        except REFUSED as error:
            stumbled("an alert that cannot be moved on", error)
            await _set(connection, row.id, next_utc_s=self._clock.utc_s() + _AGAIN_S)
            return set()

    async def _move(self, connection: AsyncConnection, row: Row[Any]) -> set[str]:
        """One alert; whom to wake after the commit."""
        if row.state == "open":
            return await self._step(connection, row)
        told = await _told(connection, row)
        await _write(connection, row.id, row.state, row.step, told, self._clock.utc_s())
        if row.state == "acknowledged":
            await self._tell_wearer_seen(connection, row)
        await _set(connection, row.id, next_utc_s=None)
        return {alerts_of(user_id) for user_id, _, _ in told} | _wearer_topics(row)

    async def _step(self, connection: AsyncConnection, row: Row[Any]) -> set[str]:
        now_s = self._clock.utc_s()
        chain, duty = await chain_of(connection, row.id), await duty_of(connection, row.id)
        due = Due(row.kind, row.step, opened_utc_s=row.changed_utc_s)
        step = next_step(due, chain, duty, now_s, self._settings)
        before = await _people_told(connection, row.id)
        ways = await _ways_of(connection, step.people, set(duty) - {person.id for person in chain})
        await _write(connection, row.id, "raised", row.step + 1, ways, now_s)
        if due.urgent and _is_news(row.step, before, len(step.people)):
            await tell(connection, row.wearer_id, row.trip_id, "sos_sent", now_s, count=len(step.people))
        unanswered = now_s if step.unanswered and row.unanswered_utc_s is None else row.unanswered_utc_s
        values = {"step": row.step + 1, "next_utc_s": step.next_utc_s, "unanswered_utc_s": unanswered}
        await _set(connection, row.id, **values)
        return {alerts_of(person) for person in step.people} | _wearer_topics(row)

    async def _tell_wearer_seen(self, connection: AsyncConnection, row: Row[Any]) -> None:
        if row.kind not in URGENT or row.acknowledged_by in (None, row.wearer_id):
            return
        name = select(users.c.name).where(users.c.id == row.acknowledged_by)
        who = (await connection.execute(name)).scalar_one()
        await tell(connection, row.wearer_id, row.trip_id, "sos_seen", self._clock.utc_s(), name=who)


def _is_news(step: int, before: int, people: int) -> bool:
    """How many the call went to: at its first step, and when somebody is told where there was nobody."""
    return step == 0 or (before == 0 and people > 0)


def _wearer_topics(row: Row[Any]) -> set[str]:
    return {alerts_of(row.wearer_id), notices_for(row.wearer_id), row.trip_id}


# (person, channel, kind): one way of telling one person. An empty channel is their own page.
_Way = tuple[str, str, str]


async def _ways_of(connection: AsyncConnection, people: Sequence[str], only_duty: set[str]) -> list[_Way]:
    """Everybody's page, and every channel in force; of those on duty the duty channels alone."""
    query = (
        select(channels)
        .where(
            channels.c.user_id.in_(people),
            channels.c.confirmed_utc_s.is_not(None),
            channels.c.failed_utc_s.is_(None),
            channels.c.ended_utc_s.is_(None),
            or_(channels.c.duty, channels.c.user_id.not_in(tuple(only_duty))),
        )
        .order_by(channels.c.created_utc_s)
    )
    ways: list[_Way] = [(person, "", "page") for person in people if person not in only_duty]
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


async def _people_told(connection: AsyncConnection, alert_id: str) -> int:
    query = select(func.count(distinct(deliveries.c.user_id))).where(deliveries.c.alert_id == alert_id)
    return int((await connection.execute(query)).scalar_one())


async def _told(connection: AsyncConnection, row: Row[Any]) -> list[_Way]:
    """The ways by which people heard, or may have heard, of the alert and not yet of how it stands now.

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
