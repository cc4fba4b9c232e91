"""When each device was last heard of, and by which version: kept in memory, written twice a minute.

A write with every contact would cost the store as much as the positions themselves.
"""

import asyncio
import re
from typing import Final

from sqlalchemy import bindparam, or_, update

from server.clock import Clock
from server.database import Database
from server.tables import devices

_EVERY_S: Final = 30.0
_AGENT: Final = re.compile(r"^shirube/([A-Za-z0-9_.+-]{1,64})(?:\s|$)")


def version_in(user_agent: str) -> str | None:
    """`1.2.3` of `shirube/1.2.3 …`; None where the program does not say."""
    found = _AGENT.match(user_agent)
    return None if found is None else found[1]


class Contacts:
    """A job of `server.background`: what was noted since the last time goes to the store in one write."""

    name = "contacts"

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._versions: dict[str, str] = {}

    def note(self, device_id: str, version: str | None = None) -> None:
        """This device was heard now."""
        self._seen[device_id] = self._clock.utc_s()
        if version is not None:
            self._versions[device_id] = version

    async def run(self) -> None:
        """Write until cancelled, and a last time then."""
        try:
            while True:
                await asyncio.sleep(_EVERY_S)
                await self.write()
        finally:
            await self.write()

    async def write(self) -> None:
        """What was noted; it is kept for the next time where the store does not take it."""
        seen, versions = dict(self._seen), dict(self._versions)
        if not seen:
            return
        await self._store(seen, versions)
        # What was noted meanwhile is newer, and waits for the next time.
        self._seen = {device: at_s for device, at_s in self._seen.items() if at_s != seen.get(device)}
        self._versions = {
            device: told for device, told in self._versions.items() if told != versions.get(device)
        }

    async def _store(self, seen: dict[str, float], versions: dict[str, str]) -> None:
        one = devices.c.id == bindparam("device")
        # What the device has sent since may have been noted already, by the ingest (`server.group`).
        older = or_(devices.c.seen_utc_s.is_(None), devices.c.seen_utc_s < bindparam("seen"))
        async with self._db.write() as connection:
            await connection.execute(
                update(devices).where(one, older).values(seen_utc_s=bindparam("seen")),
                [{"device": device, "seen": at_s} for device, at_s in sorted(seen.items())],
            )
            if versions:
                await connection.execute(
                    update(devices).where(one).values(version=bindparam("told")),
                    [{"device": device, "told": told} for device, told in sorted(versions.items())],
                )
