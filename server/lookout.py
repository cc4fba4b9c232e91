"""What the store says of the work that goes on in it: whether alerts come late, whether messages lie about.

Where this work stands still nothing looks wrong: no alert is what a quiet day looks like too. So its age is
measured, in every process, for `/readyz` and for Prometheus.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from server.alerts.rights import ACTIVE
from server.alerts.store import read_mark
from server.clock import Clock
from server.database import Database
from server.health import Check, Health
from server.metrics import Metrics
from server.stores.size import size_bytes
from server.tables import alerts, deliveries, events

_LOOK_EVERY_S: Final = 15.0
# The rules look each second, and note it every ten where nothing follows.
_WATCH_LATE_S: Final = 30.0
# Tried again after 5, 10, 20 s: a message that is a minute old has failed three times.
_MESSAGE_LATE_S: Final = 60.0
_CHAIN_LATE_S: Final = 30.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the work has come. Ages in seconds; 0: nothing waits."""

    behind_s: float  # of the oldest event that no rule has seen
    silent_s: float  # since the rules last looked
    chain_s: float  # of the oldest step of a chain that is due and not done
    message_s: float  # of the oldest message that is not sent
    unanswered: Mapping[str, int]  # open alerts that nobody has answered, by kind

    @property
    def watch_fault(self) -> str | None:
        """Whether the rules are late: then no alert does not mean that nothing happened."""
        late_s = max(self.behind_s, self.silent_s)
        if late_s < _WATCH_LATE_S:
            return None
        return f"the watch over walks is {late_s:.0f} s behind: alerts come late or not at all"

    @property
    def telling_fault(self) -> str | None:
        """Whether people are told late."""
        if self.chain_s >= _CHAIN_LATE_S:
            return f"the next to be told of an alert has waited for {self.chain_s:.0f} s"
        if self.message_s >= _MESSAGE_LATE_S:
            return f"a message of an alert has waited for {self.message_s:.0f} s"
        return None


async def standing(db: Database, now_s: float) -> Standing:
    """As it is now, by six short queries over indexes."""
    due = select(func.min(alerts.c.next_utc_s)).where(alerts.c.state.in_((*ACTIVE, "over")))
    waiting = select(func.min(deliveries.c.created_utc_s)).where(
        deliveries.c.state.in_(("pending", "failed"))
    )
    unanswered = (
        select(alerts.c.kind, func.count())
        .where(alerts.c.state == "open", alerts.c.unanswered_utc_s.is_not(None))
        .group_by(alerts.c.kind)
    )
    async with db.read() as connection:
        mark = await read_mark(connection)
        unseen = select(events.c.received_utc_s).order_by(events.c.id).limit(1)
        if mark is not None:
            unseen = unseen.where(events.c.id > mark.cursor)
        return Standing(
            behind_s=_age_s(now_s, (await connection.execute(unseen)).scalar_one_or_none()),
            silent_s=_age_s(now_s, None if mark is None else mark.utc_s),
            chain_s=_age_s(now_s, (await connection.execute(due)).scalar_one_or_none()),
            message_s=_age_s(now_s, (await connection.execute(waiting)).scalar_one_or_none()),
            unanswered={row[0]: row[1] for row in await connection.execute(unanswered)},
        )


def watch_is_awake(db: Database, clock: Clock) -> Check:
    """The rules of alerts have seen what has come, in whichever process they run."""

    async def check() -> str | None:
        return (await standing(db, clock.utc_s())).watch_fault

    return check


def people_are_told(db: Database, clock: Clock) -> Check:
    """No message of an alert lies about."""

    async def check() -> str | None:
        return (await standing(db, clock.utc_s())).telling_fault

    return check


class Lookout:
    """A job: asks all checks now and then, so that a fault is in the log and the metrics without a probe."""

    name = "lookout"

    def __init__(self, db: Database, clock: Clock, health: Health, metrics: Metrics) -> None:
        self._db = db
        self._clock = clock
        self._health = health
        self._metrics = metrics
        self._faults: dict[str, str] = {}

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """One look: what is new goes into the log, all of it into the metrics."""
        found = await self._health.look()
        for name, said in found.checks.items():
            self._metrics.checks.labels(name).set(float(said is None))
        faults = {name: said for name, said in found.checks.items() if said is not None}
        for name in faults.keys() - self._faults.keys():
            _log.warning("%s: %s", name, faults[name])
        for name in self._faults.keys() - faults.keys():
            _log.warning("%s: fine again", name)
        self._faults = faults
        self._note(await standing(self._db, self._clock.utc_s()))
        self._metrics.store_bytes.set(await size_bytes(self._db))

    def _note(self, now: Standing) -> None:
        self._metrics.watch_behind_s.set(now.behind_s)
        self._metrics.watch_silent_s.set(now.silent_s)
        self._metrics.oldest_delivery_s.set(now.message_s)
        self._metrics.unanswered.clear()
        for kind, count in now.unanswered.items():
            self._metrics.unanswered.labels(kind).set(count)


def _age_s(now_s: float, since_s: float | None) -> float:
    return 0.0 if since_s is None else max(now_s - since_s, 0.0)
