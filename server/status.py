"""How the server goes, for one look: counts and ages over all processes, never of whom, never where."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from server.access import Action, Actor, role_may
from server.alerts.rights import ACTIVE
from server.clock_kept import ClockKept, clock_kept
from server.lookout import Standing, standing
from server.metrics import Metrics
from server.parts import Parts
from server.retention import last_run
from server.stores.size import size_bytes
from server.tables import alerts, deliveries, devices, events, map_jobs, watching

_CONNECTED_S: Final = 180.0  # contacts are written twice a minute
_WATCHING_S: Final = 30.0  # each process tells of its own views every few seconds
_GIVEN_UP_S: Final = 7 * 86_400.0
_CLOCKS: Final = 200  # newest events whose devices' clocks are compared with ours
_ENOUGH: Final = 20  # of one event it may be the line that was slow


@dataclass(frozen=True, slots=True)
class Commits:
    """Of this process since its start: how many, and the longest that 99 of 100 took (a bucket's edge)."""

    count: int
    p99_s: float | None


@dataclass(frozen=True, slots=True)
class Backup:
    """`folder` False: nobody has said where copies are. Ages in seconds; None: there is none."""

    folder: bool
    age_s: float | None = None
    shipped_age_s: float | None = None
    sealed: bool = False
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """All that one look finds. Ages in seconds; None: never, or not known."""

    checks: Mapping[str, str | None]
    standing: Standing
    connected: int
    views: int
    waiting: int  # alerts that are open or still ask the wearer
    oldest_waiting_s: float | None
    messages: int  # not sent yet
    given_up: int  # lately
    last_event_s: float | None
    commits: Commits
    backup: Backup
    free_bytes: int | None
    whole_bytes: int | None
    store_bytes: int
    clock: ClockKept
    clocks_apart_s: float | None  # ours before the devices', the median of the newest events
    retention_s: float | None
    maps_failed: tuple[str, ...]


async def status_of(parts: Parts, administrator: Actor) -> Status:
    """As it is now."""
    role_may(administrator, Action.READ_STATUS)
    now_s, run = parts.clock.utc_s(), await last_run(parts.db)
    counts = await _counts(parts, now_s)
    free, whole = await asyncio.to_thread(_disk, parts.db.address.path)
    return Status(
        checks=(await parts.health.look()).checks,
        standing=await standing(parts.db, now_s),
        **counts,
        commits=commits_of(parts.metrics),
        backup=await asyncio.to_thread(backup_of, parts.settings.backup_folder, now_s),
        free_bytes=free,
        whole_bytes=whole,
        store_bytes=await size_bytes(parts.db),
        clock=clock_kept(),
        retention_s=None if run is None else now_s - run.utc_s,
    )


async def _counts(parts: Parts, now_s: float) -> dict[str, Any]:
    """What the store says, by the names of `Status`."""
    seen = (devices.c.revoked_utc_s.is_(None), devices.c.seen_utc_s > now_s - _CONNECTED_S)
    open_ = alerts.c.state.in_(ACTIVE)
    unsent = deliveries.c.state.in_(("pending", "failed"))
    gone = (deliveries.c.state == "given_up", deliveries.c.created_utc_s > now_s - _GIVEN_UP_S)
    newest = (
        select(events.c.received_utc_s, events.c.utc_s, events.c.waited_s)
        .order_by(events.c.id.desc())
        .limit(_CLOCKS)
    )
    failed = select(map_jobs.c.map).where(map_jobs.c.state == "failed").order_by(map_jobs.c.map)
    async with parts.db.read() as connection:

        async def number(*where: Any) -> int:  # noqa: ANN401  (clauses)
            return int((await connection.execute(select(func.count()).where(*where))).scalar_one())

        oldest = (await connection.execute(select(func.min(alerts.c.raised_utc_s)).where(open_))).scalar_one()
        told = list(await connection.execute(newest))
        return {
            "connected": await number(*seen),
            "views": await number(watching.c.seen_utc_s > now_s - _WATCHING_S),
            "waiting": await number(open_),
            "oldest_waiting_s": None if oldest is None else max(now_s - oldest, 0.0),
            "messages": await number(unsent),
            "given_up": await number(*gone),
            "last_event_s": max(now_s - told[0].received_utc_s, 0.0) if told else None,
            "clocks_apart_s": apart_s([(r.received_utc_s, r.utc_s, r.waited_s) for r in told]),
            "maps_failed": tuple((await connection.execute(failed)).scalars()),
        }


def apart_s(told: Sequence[tuple[float, float, float | None]]) -> float | None:
    """By how much our clock is before the devices'; of (received, said, waited) the median."""
    apart = sorted(received - said - waited for received, said, waited in told if waited is not None)
    return apart[len(apart) // 2] if len(apart) >= _ENOUGH else None


def commits_of(metrics: Metrics) -> Commits:
    """From the histogram that Prometheus is told."""
    (histogram,) = metrics.commit_seconds.collect()
    buckets = [
        (float(sample.labels["le"]), int(sample.value))
        for sample in histogram.samples
        if sample.name.endswith("_bucket")
    ]
    count = buckets[-1][1]
    p99 = next((edge for edge, so_far in buckets if so_far >= 0.99 * count), None) if count else None
    return Commits(count, p99)


def backup_of(folder: Path | None, now_s: float) -> Backup:
    """The newest copy in that folder, and until when a follower has shipped what came after it."""
    from server.backup.errors import BackupError  # late: a start needs none of it
    from server.backup.manifest import copies_in

    if folder is None:
        return Backup(folder=False)
    try:
        copies = copies_in(folder)
    except (BackupError, OSError) as error:
        return Backup(folder=True, fault=type(error).__name__)
    if not copies:
        return Backup(folder=True)
    newest = copies[-1][1]
    return Backup(
        folder=True,
        age_s=max(now_s - newest.utc_s, 0.0),
        shipped_age_s=_shipped_age_s(folder, now_s) if newest.follows else None,
        sealed=newest.sealed,
    )


def _shipped_age_s(folder: Path, now_s: float) -> float | None:
    try:
        return max(now_s - float(json.loads((folder / "following.json").read_text("utf-8"))["utc_s"]), 0.0)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _disk(path: Path | None) -> tuple[int | None, int | None]:
    """Free and all bytes of the disk of an SQLite file; PostgreSQL's is on a machine of its own."""
    if path is None:
        return None, None
    found = os.statvfs(path.parent)
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
