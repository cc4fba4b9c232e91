"""The devices that hold a connection open to this process: cut at once when their key opens nothing any more.

A key is looked at when a connection opens. It may be revoked, or its wearer's account closed, hours later: a
lost device must not go on being told who watches its wearer. One question asks for all that are connected.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import select

from server.database import Database
from server.hub import RIGHTS, Hub
from server.tables import devices, users
from server.words import Pair

# A device has one; another is one that it has lost and does not know of yet. More is a fault or a flood.
MOST_OF_ONE: Final = 4
_BREATH_S: Final = 0.5  # between two questions: many logouts together are one
_ASK_AGAIN_S: Final = 20.0  # a wake-up that was lost delays no more than this
_IDS: Final = 500  # in one query
REVOKED: Final[Pair] = ("端末の鍵が取り消されました。", "The device key was revoked.")
TOO_MANY: Final[Pair] = (
    "この端末の接続が多すぎます。古い接続を切りました。",
    "This device has too many connections: the oldest was cut.",
)


class Line:
    """One open connection of a device. `cut` is set when it has to end; `why` says why."""

    def __init__(self, device_id: str) -> None:
        self.device_id = device_id
        self.cut = asyncio.Event()
        self.why: Pair = REVOKED

    def end(self, why: Pair) -> None:
        """It has to end."""
        self.why = why
        self.cut.set()


class Connected:
    """All open connections of devices in this process. A job: it asks whether their keys still hold."""

    name: Final = "connected devices"

    def __init__(self, db: Database, hub: Hub) -> None:
        self._db = db
        self._hub = hub
        self._lines: dict[str, list[Line]] = {}

    def count(self) -> int:
        """How many connections are open. May be asked from any thread."""
        return sum(map(len, tuple(self._lines.values())))

    @contextmanager
    def open(self, device_id: str) -> Iterator[Line]:
        """A connection, for as long as it is held."""
        line = Line(device_id)
        mine = self._lines.setdefault(device_id, [])
        mine.append(line)
        for old in mine[:-MOST_OF_ONE]:
            old.end(TOO_MANY)
        try:
            yield line
        finally:
            mine.remove(line)
            if not mine and self._lines.get(device_id) is mine:
                del self._lines[device_id]

    async def run(self) -> None:
        """Go on until cancelled."""
        with self._hub.listen(RIGHTS) as woken:
            while True:
                woken.clear()
                await self.ask()
                await asyncio.sleep(_BREATH_S)
                try:
                    await asyncio.wait_for(woken.wait(), _ASK_AGAIN_S)
                except TimeoutError:
                    continue

    async def ask(self) -> None:
        """Cut the connections of devices whose key opens nothing any more."""
        asked = tuple(self._lines)
        for first in range(0, len(asked), _IDS):
            ids = asked[first : first + _IDS]
            for device_id in set(ids) - await self._in_use(ids):
                for line in self._lines.get(device_id, ()):
                    line.end(REVOKED)

    async def _in_use(self, ids: tuple[str, ...]) -> set[str]:
        query = (
            select(devices.c.id)
            .join(users, users.c.id == devices.c.wearer_id)
            .where(
                devices.c.id.in_(ids),
                devices.c.revoked_utc_s.is_(None),
                users.c.disabled_utc_s.is_(None),
                users.c.erased_utc_s.is_(None),
            )
        )
        async with self._db.read() as connection:
            return set((await connection.execute(query)).scalars())
