"""Whether this process lives (`/healthz`) and can do its work (`/readyz`), from each part's own check.

Two grades. A process that cannot serve is taken out by the proxy. One that serves while something needs the
operator stays in: devices go on storing, and people go on seeing, what would be lost to them otherwise.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from server.background import Background
from server.clock import Clock
from server.database import Database
from server.errors import ServerError
from server.notify import Listener
from server.stores import current
from server.tables import marks

_CHECK_WITHIN_S: Final = 3.0
# A day of 1,000 walking devices is some GB; below this the disk is full before anybody has reacted.
_LEAST_FREE_BYTES: Final = 200 * 1024 * 1024

# None: as it should be. Else a few words for the operator, without names, places or addresses.
Check = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Found:
    """What the checks said; None: fine."""

    checks: Mapping[str, str | None]
    status: Literal["ok", "degraded", "unready"]


class Health:
    """The checks by name. `needed`: without them the process cannot serve."""

    def __init__(self, needed: Mapping[str, Check], beside: Mapping[str, Check] | None = None) -> None:
        self._needed = dict(needed)
        self._beside = dict(beside or {})

    def watch(self, background: Background, clock: Clock) -> None:
        """Ask how the jobs go as well."""
        self._beside["jobs"] = jobs_run(background, clock)

    async def look(self) -> Found:
        """What each check says; all at once, and none longer than a few seconds."""
        checks = self._needed | self._beside
        said = await asyncio.gather(*(self._ask(check) for check in checks.values()))
        found = dict(zip(checks, said, strict=True))
        if any(found[name] is not None for name in self._needed):
            return Found(found, "unready")
        return Found(found, "degraded" if any(word is not None for word in said) else "ok")

    async def _ask(self, check: Check) -> str | None:
        try:
            return await asyncio.wait_for(check(), _CHECK_WITHIN_S)
        except TimeoutError:
            return f"no answer within {_CHECK_WITHIN_S:.0f} s"
        except (SQLAlchemyError, ServerError, OSError) as error:
            return type(error).__name__


def store_answers(db: Database) -> Check:
    """The store can be read and written."""

    async def check() -> str | None:
        async with db.write() as connection:
            await connection.execute(select(marks.c.value).limit(1))
        return None

    return check


def schema_is_ours(db: Database) -> Check:
    """No other version of the server has changed the schema under this one."""
    ours = current.newest()

    async def check() -> str | None:
        async with db.read() as connection:
            found = await connection.run_sync(current.revision)
        return None if found == ours else f"schema {found}, this version is for {ours}: restart or update it"

    return check


def disk_has_room(path: Path) -> Check:
    """The disk of an SQLite file has room for the next hours."""

    async def check() -> str | None:
        found = os.statvfs(path.parent)
        free = found.f_bavail * found.f_frsize
        return None if free >= _LEAST_FREE_BYTES else f"only {free // 2**20} MiB free on the store's disk"

    return check


def key_is_there(path: Path) -> Check:
    """The sealing key can be read: this process has it, the next one would not start without."""

    async def check() -> str | None:
        await asyncio.to_thread(path.read_bytes)
        return None

    return check


def hears_the_others(listener: Listener) -> Check:
    """Wake-ups of other processes arrive: without them live views are seconds late."""

    async def check() -> str | None:
        return None if listener.connected else "not listening to the other processes"

    return check


def jobs_run(background: Background, clock: Clock) -> Check:
    """Every job goes well: one that waits for its turn in another process does too."""

    async def check() -> str | None:
        now_s = clock.utc_s()
        ailing = [
            f"{name} ({state.error})"
            for name, state in sorted(background.states.items())
            if state.ails(now_s)
        ]
        return f"not running: {', '.join(ailing)}" if ailing else None

    return check
