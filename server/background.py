"""Work that goes on beside the requests: watching over trips, sending, cleaning up.

A job that fails is begun anew, whatever it was: a watch over people that ends for good at one bad row would
be worse than one that stumbles. What is a mistake of ours leaves its trace in the log.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from server.clock import Clock
from server.errors import ServerError

# What outside faults look like: the store, the network, a full disk. Anything else is a mistake of ours.
_OUTSIDE = (SQLAlchemyError, OSError, TimeoutError, ServerError)
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0  # a call for help waits no longer once the store answers again
_SETTLED_S = 30.0  # who has run for so long goes well
_log = logging.getLogger(__name__)


class Job(Protocol):
    """One thing that goes on for as long as the server runs."""

    @property
    def name(self) -> str:
        """For the log and the metrics."""

    async def run(self) -> None:
        """Go on until cancelled; what it had begun is in the store, and is found there by the next run."""


@dataclass(slots=True)
class JobState:
    """How a job goes. `failures`: since the process began; `error`: the newest, without its data."""

    running: bool = False
    failures: int = 0
    error: str = ""
    since_utc_s: float = 0.0

    def ails(self, now_s: float) -> bool:
        """It does not run, or has only just begun anew: nobody knows yet that it goes well."""
        fresh = self.failures > 0 and now_s - self.since_utc_s < _SETTLED_S
        return not self.running or fresh


class Background:
    """All jobs of this process."""

    def __init__(self, clock: Clock, jobs: Sequence[Job]) -> None:
        self._clock = clock
        self._jobs = tuple(jobs)
        self._tasks: list[asyncio.Task[None]] = []
        self._states = {job.name: JobState() for job in jobs}

    @property
    def states(self) -> Mapping[str, JobState]:
        """How each job goes."""
        return self._states

    def start(self) -> None:
        """Begin all; needs a running loop."""
        self._tasks = [asyncio.create_task(self._keep(job), name=f"keep {job.name}") for job in self._jobs]

    async def stop(self) -> None:
        """Cancel all, and wait until they are gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _keep(self, job: Job) -> None:
        state, pause_s = self._states[job.name], _FIRST_PAUSE_S
        while True:
            state.running, state.since_utc_s = True, self._clock.utc_s()
            try:
                fault = await _end_of(job)
            finally:
                state.running = False
            state.failures += 1
            if fault is None:
                state.error = "ended by itself"
                _log.info("job %s ended", job.name)  # as some do when the server goes
            else:
                state.error = type(fault).__name__
                ours = None if isinstance(fault, _OUTSIDE) else fault
                _log.error("job %s failed (%s): begun anew", job.name, state.error, exc_info=ours)
            if self._clock.utc_s() - state.since_utc_s > _SETTLED_S:
                pause_s = _FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2.0 * pause_s, _LONGEST_PAUSE_S)


async def _end_of(job: Job) -> BaseException | None:
    """Run it in a task of its own until it ends, in whatever way; cancelled, it is cancelled too."""
    running = asyncio.create_task(job.run(), name=job.name)
    try:
        await asyncio.wait([running])
    finally:
        running.cancel()
        await asyncio.wait([running])
    return None if running.cancelled() else running.exception()
