"""Events to the disk: each once, in order, many devices in one commit, acknowledged after it.

For each (device, boot) the store holds exactly the events 1..n, so that n is what may be
acknowledged. Whoever finds nobody committing commits for all who wait.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import Clock
from server.database import Database
from server.errors import ApiError, Forbidden, Unavailable
from server.hub import Hub
from server.tables import devices, events, plans, trips
from wire.codec import EVENT
from wire.trip import Rerouted, TripEnded, TripEvent

# 64 batches of 200 events are 13k rows: about 0.1 s in one commit, which bounds everybody's wait.
_GROUP = 64
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    """One batch in the line; `outcome` once it is decided."""

    device_id: str
    boot: str
    events: tuple[TripEvent, ...]
    outcome: int | ApiError | None = None


class Ingest:
    """The only writer of events."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._line: list[_Waiting] = []
        self._committing = asyncio.Lock()

    async def acked(self, device_id: str, boot: str) -> int:
        """The highest seq of `boot` that is stored; all below it are too. 0: none."""
        async with self._db.read() as connection:
            return await _highest(connection, device_id, boot)

    async def store(self, device_id: str, boot: str, batch: tuple[TripEvent, ...]) -> int:
        """Durably store what is new and contiguous in `batch`; the seq up to which all is stored.

        Raises `Forbidden` (a trip that is not the device's, or a revoked key: nothing of the batch
        is stored) or `Unavailable` (the disk: it may be sent again).
        """
        waiting = _Waiting(device_id, boot, batch)
        self._line.append(waiting)
        async with self._committing:
            while waiting.outcome is None:
                group, self._line = self._line[:_GROUP], self._line[_GROUP:]
                await self._commit(group)
        if isinstance(waiting.outcome, ApiError):
            raise waiting.outcome
        return waiting.outcome

    async def _commit(self, group: list[_Waiting]) -> None:
        outcomes: Sequence[int | ApiError] = [_not_stored() for _ in group]
        try:
            async with self._db.write() as connection:
                applied = [await self._apply(connection, waiting) for waiting in group]
            outcomes = applied
        except SQLAlchemyError as error:
            _log.error("events not stored: %s", getattr(error, "orig", None) or error)
        finally:
            # Also when the one who commits is cancelled: the others must not wait for ever.
            for waiting, outcome in zip(group, outcomes, strict=True):
                waiting.outcome = outcome
        for trip_id in {event.trip_id for waiting in group for event in waiting.events}:
            self._hub.wake(trip_id)

    async def _apply(self, connection: AsyncConnection, waiting: _Waiting) -> int | ApiError:
        stored = await _highest(connection, waiting.device_id, waiting.boot)
        fresh = contiguous(waiting.events, stored)
        if not await _all_own(connection, waiting.device_id, waiting.events):
            return Forbidden(
                "この端末の外出ではないか、鍵が取り消されています。",
                "The trip is not this device's, or its key was revoked.",
            )
        if not fresh:
            return stored
        now_s = self._clock.utc_s()
        await connection.execute(insert(events), [_row(waiting.device_id, event, now_s) for event in fresh])
        for event in fresh:
            match event.what:
                case TripEnded(arrived=arrived):
                    await _end_trip(connection, event, arrived)
                case Rerouted(route_id=route_id):
                    await _follow_route(connection, event, route_id)
        return fresh[-1].seq


def contiguous(batch: tuple[TripEvent, ...], stored: int) -> list[TripEvent]:
    """The events that continue after `stored` without a gap. Known ones are skipped."""
    fresh: list[TripEvent] = []
    for event in batch:
        if event.seq == stored + len(fresh) + 1:
            fresh.append(event)
        elif event.seq > stored + len(fresh) + 1:
            break
    return fresh


def _not_stored() -> ApiError:
    return Unavailable(
        "記録を保存できませんでした。あとで送り直してください。",
        "The events could not be stored: send them again later.",
    )


async def _highest(connection: AsyncConnection, device_id: str, boot: str) -> int:
    query = select(func.max(events.c.seq)).where(events.c.device_id == device_id, events.c.boot == boot)
    return (await connection.execute(query)).scalar_one() or 0


async def _all_own(connection: AsyncConnection, device_id: str, batch: tuple[TripEvent, ...]) -> bool:
    """Whether the key is still good and every trip is the device's own."""
    wanted = {event.trip_id for event in batch}
    query = (
        select(func.count())
        .select_from(trips.join(devices, devices.c.id == trips.c.device_id))
        .where(trips.c.id.in_(wanted), devices.c.id == device_id, devices.c.revoked_utc_s.is_(None))
    )
    return (await connection.execute(query)).scalar_one() == len(wanted)


async def _end_trip(connection: AsyncConnection, event: TripEvent, arrived: bool) -> None:
    ended = update(trips).where(trips.c.id == event.trip_id)
    await connection.execute(ended.values(ended_utc_s=event.utc_s, arrived=arrived))


async def _follow_route(connection: AsyncConnection, event: TripEvent, route_id: str) -> None:
    """From now on the trip follows another route, if it is one of the wearer's own plans."""
    own = select(plans.c.id).where(plans.c.route_id == route_id, plans.c.wearer_id == trips.c.wearer_id)
    on_way = update(trips).where(trips.c.id == event.trip_id, exists(own))
    await connection.execute(on_way.values(followed_route_id=route_id))


def _row(device_id: str, event: TripEvent, now_s: float) -> dict[str, object]:
    return {
        "device_id": device_id,
        "boot": event.boot,
        "seq": event.seq,
        "trip_id": event.trip_id,
        "type": event.what.type,
        "utc_s": event.utc_s,
        "received_utc_s": now_s,
        "body": EVENT.encode(event),
    }
