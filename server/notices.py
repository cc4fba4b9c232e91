"""What the server has to say to a wearer, through the device: written down with what it tells of.

Each notice is sent to the device of its trip with every connection, until what became of it is stored or its
time is over. What became of it is marked in the transaction that stores the device's `Answered`.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import RowMapping, Update, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.hub import notices_for
from server.notify import tell_with
from server.tables import devices, notices, trips
from wire.trip import Answered
from wire.uplink import Notice, NoticeKind

Kind = NoticeKind

# Longer ago, it is no news any more. A question has its own time.
LASTS_S: dict[Kind, float] = {
    "are_you_ok": 60.0,
    "link_opened": 3600.0,
    "watching": 600.0,
    "sos_sent": 600.0,
    "sos_seen": 3600.0,
}


async def tell(
    connection: AsyncConnection,
    wearer_id: str,
    trip_id: str,
    kind: Kind,
    now_s: float,
    *,
    name: str = "",
    count: int = 0,
) -> str:
    """Write a notice in the caller's transaction; its id.

    After the commit the caller wakes `hub.notices_for(wearer_id)`: a device that listens is told at once. One
    that is connected to another process is, even where this one dies in between.
    """
    notice_id = new_id()
    row = {
        "id": notice_id,
        "wearer_id": wearer_id,
        "trip_id": trip_id,
        "kind": kind,
        "name": name[:100],
        "count": count,
        "created_utc_s": now_s,
        "expires_utc_s": now_s + LASTS_S[kind],
    }
    await connection.execute(insert(notices).values(row))
    await tell_with(connection, (notices_for(wearer_id),))
    return notice_id


def marking(wearer_id: str, told: Answered, now_s: float) -> Update:
    """The statement that notes what became of a notice; for the transaction that stores the event.

    The first answer counts, and only the wearer's own: of another's notice, or one that is not there, it
    changes nothing. Whoever executes it wakes `hub.ALERTS` after the commit.
    """
    mine = (notices.c.id == told.notice_id) & (notices.c.wearer_id == wearer_id)
    asked = update(notices).where(mine, notices.c.answer.is_(None))
    return asked.values(answer=told.answer, answered_utc_s=now_s)


# Who asks within this shares one look at the store. Not to be heard in a spoken sentence, and a thousand
# devices that come back together, or are woken together, cost a few looks, not a thousand.
_TOGETHER_S: Final = 0.02


class NoticeBoard:
    """The notices that wait, by device."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._coming: asyncio.Task[dict[str, list[RowMapping]]] | None = None

    async def pending(self, device_id: str) -> tuple[Notice, ...]:
        """What waits for this device, oldest first: written before the call, not answered, not over.

        Nothing for a device whose key was revoked. Raises `sqlalchemy.exc.SQLAlchemyError`.
        """
        if self._coming is None:
            self._coming = asyncio.get_running_loop().create_task(self._look())
        # One that is cancelled must not take the answer from the others.
        waiting = (await asyncio.shield(self._coming)).get(device_id, ())
        return _told(waiting, self._clock.utc_s())

    async def _look(self) -> dict[str, list[RowMapping]]:
        await asyncio.sleep(_TOGETHER_S)
        self._coming = None  # who asks from now on may have written after this look begins
        query = (
            select(notices, trips.c.device_id)
            .join(trips, trips.c.id == notices.c.trip_id)
            .join(devices, devices.c.id == trips.c.device_id)
            .where(
                notices.c.expires_utc_s > self._clock.utc_s(),
                notices.c.answer.is_(None),
                devices.c.revoked_utc_s.is_(None),
            )
            .order_by(notices.c.created_utc_s, notices.c.id)
        )
        found: dict[str, list[RowMapping]] = {}
        async with self._db.read() as connection:
            for row in (await connection.execute(query)).mappings():
                found.setdefault(row["device_id"], []).append(row)
        return found


def _told(rows: Sequence[RowMapping], now_s: float) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            id=row["id"],
            kind=row["kind"],
            trip_id=row["trip_id"],
            name=row["name"],
            count=row["count"],
            left_s=round(row["expires_utc_s"] - now_s, 3),
        )
        for row in rows
        if row["expires_utc_s"] - now_s >= 0.001
    )
