"""The watcher: one process reads what has come of all trips, asks the rules, and writes down what follows.

It reads once a second, at once when somebody called for help, fell or answered. Of positions it takes one in
some seconds of each trip. What it writes and how far it has read are one transaction: after a crash at any
moment the next one finds all of a look or nothing of it, and reads the rest again.
"""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from server.alerts.looker import Looker
from server.clock import Clock
from server.database import Database
from server.hub import ALERTS, GROUND, URGENT, Hub
from server.metrics import Metrics
from server.recent import Recent

_LOOK_S: Final = 1.0
_BREATH_S: Final = 0.05  # between two looks that were both called for


class Alone(Protocol):
    """Sees to it that only one process watches (`server.only_one`)."""

    def held(self) -> AbstractAsyncContextManager[object]:
        """Waits until this process is the one."""


class Watcher:
    """The job."""

    name = "alerts"

    def __init__(
        self,
        db: Database,
        clock: Clock,
        hub: Hub,
        alone: Alone,
        metrics: Metrics | None = None,
        recent: Recent | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._alone = alone
        self._metrics = metrics
        self._recent = recent

    async def run(self) -> None:
        """Until cancelled. Whatever fails ends it, and the next run reads everything from the store again."""
        async with self._alone.held():
            with (
                self._hub.listen(URGENT) as urgent,
                self._hub.listen(GROUND) as ground,
                self._hub.listen(ALERTS) as pages,
            ):
                looker = await Looker.begin(self._db, self._clock, self._hub, self._metrics, self._recent)
                while True:
                    urgent.clear()
                    if ground.is_set():
                        ground.clear()
                        await looker.read_grounds()
                    if pages.is_set():
                        pages.clear()
                        await looker.read_alerts()
                    if not await looker.look():
                        await _wait(urgent)


async def _wait(urgent: asyncio.Event) -> None:
    await asyncio.sleep(_BREATH_S)
    try:
        await asyncio.wait_for(urgent.wait(), _LOOK_S - _BREATH_S)
    except TimeoutError:
        return
