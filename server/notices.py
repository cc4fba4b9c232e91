"""What the server has to say to a wearer, through the device: written down with what it tells of.

Each notice is sent to the device of its trip with every connection, until what became of it is stored or its
time is over. What became of it is marked in the transaction that stores the device's `Answered`.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from sqlalchemy import RowMapping, Update, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.credentials import new_id
from server.database import Database
from server.hub import notices_for
from server.notify import tell_with
from server.own_trips import LOGGER
from server.tables import alerts, devices, notices, trips
from wire.trip import Answered
from wire.uplink import Notice, NoticeKind

Kind = NoticeKind

# Longer ago, it is no news any more. A question has its own time.
LASTS_S: dict[Kind, float] = {
    "are_you_ok": 60.0,
    "link_opened": 3600.0,
    "watching": 600.0,
    "sos_sent": 3600.0,  # the newest word of a call stands for as long as the call is repeated
    "sos_seen": 3600.0,
}
# How a call for help stands: each word takes the place of the one before it.
CALL: Final[tuple[Kind, ...]] = ("sos_sent", "sos_seen")


async def tell(
    connection: AsyncConnection,
    wearer_id: str,
    trip_id: str,
    kind: Kind,
    now_s: float,
    *,
    name: str = "",
    count: int = 0,
    device_id: str | None = None,
) -> str:
    """Write a notice in the caller's transaction; its id. `device_id` None: for the trip's device.

    After the commit the caller wakes `hub.notices_for(wearer_id)`: a device that listens is told at once. One
    that is connected to another process is, even where this one dies in between.
    """
    row = _row(wearer_id, trip_id, kind, now_s, name=name, count=count, device_id=device_id)
    await connection.execute(insert(notices).values(row))
    await tell_with(connection, (notices_for(wearer_id),))
    return str(row["id"])


async def tell_watched(
    connection: AsyncConnection, new: Sequence[tuple[str, str, str]], now_s: float
) -> None:
    """As `tell` to many: (wearer id, trip id, name) of who follows a trip for the first time."""
    if new:
        rows = [_row(wearer, trip, "watching", now_s, name=name) for wearer, trip, name in new]
        await connection.execute(insert(notices), rows)
        await tell_with(connection, {notices_for(wearer) for wearer, _, _ in new})


def _row(
    wearer_id: str,
    trip_id: str,
    kind: Kind,
    now_s: float,
    *,
    name: str = "",
    count: int = 0,
    device_id: str | None = None,
) -> dict[str, object]:
    return {
        "id": new_id(),
        "wearer_id": wearer_id,
        "trip_id": trip_id,
        "device_id": device_id,
        "kind": kind,
        "name": name[:100],
        "count": count,
        "created_utc_s": now_s,
        "expires_utc_s": now_s + LASTS_S[kind],
    }


async def tell_of_call(
    connection: AsyncConnection,
    wearer_id: str,
    trip_id: str,
    kind: Kind,
    now_s: float,
    *,
    name: str = "",
    count: int = 0,
) -> None:
    """As `tell`, of how a call for help stands: on every device of the wearer that speaks.

    Who lost the glasses in a fall wears others. What was said before of this trip's calls, and not heard yet,
    is not said any more.
    """
    await call_is_over(connection, trip_id, now_s)
    speaking = select(devices.c.id).where(
        devices.c.wearer_id == wearer_id, devices.c.revoked_utc_s.is_(None), devices.c.kind != LOGGER
    )
    found = list((await connection.execute(speaking.order_by(devices.c.id))).scalars())
    for device_id in found or [None]:
        await tell(connection, wearer_id, trip_id, kind, now_s, name=name, count=count, device_id=device_id)


async def call_is_over(connection: AsyncConnection, trip_id: str, now_s: float) -> None:
    """What waits to be said of this trip's calls for help is not true any more."""
    waiting = update(notices).where(
        notices.c.trip_id == trip_id,
        notices.c.kind.in_(CALL),
        notices.c.answer.is_(None),
        notices.c.expires_utc_s > now_s,
    )
    await connection.execute(waiting.values(expires_utc_s=now_s))


async def last_of_call(connection: AsyncConnection, trip_id: str) -> RowMapping | None:
    """The newest word about this trip's calls for help, heard or not."""
    query = select(notices).where(notices.c.trip_id == trip_id, notices.c.kind.in_(CALL))
    newest = query.order_by(notices.c.created_utc_s.desc(), notices.c.id.desc()).limit(1)
    return (await connection.execute(newest)).mappings().first()


async def tell_new_device(connection: AsyncConnection, wearer_id: str, device_id: str, now_s: float) -> None:
    """A device that becomes the wearer's in the middle of a call for help says how that stands."""
    calls = select(alerts.c.trip_id).where(
        alerts.c.wearer_id == wearer_id,
        alerts.c.kind.in_(("sos", "fell")),
        alerts.c.state.in_(("open", "acknowledged")),
        func.coalesce(alerts.c.acknowledged_utc_s, alerts.c.changed_utc_s) > now_s - LASTS_S["sos_seen"],
    )
    for trip_id in (await connection.execute(calls.distinct())).scalars().all():
        last = await last_of_call(connection, trip_id)
        if last is not None:
            kind: Kind = last["kind"]
            name, count = last["name"], last["count"]
            await tell(
                connection, wearer_id, trip_id, kind, now_s, name=name, count=count, device_id=device_id
            )


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
        speaker = func.coalesce(notices.c.device_id, trips.c.device_id)
        query = (
            select(notices, speaker.label("speaker"))
            .join(trips, trips.c.id == notices.c.trip_id)
            .join(devices, devices.c.id == speaker)
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
                found.setdefault(row["speaker"], []).append(row)
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
