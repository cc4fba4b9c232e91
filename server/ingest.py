"""Events to the disk: each once, many devices in one commit, acknowledged after it.

For each log the store holds what `wire.held.Held` says, written in the same transaction as the events: events
may come in any order, newest first after hours without a network. What follows from an event (a trip that
begins or ends, another route) goes by its place in the log. Whoever finds nobody committing commits for all
who wait.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from server import own_trips
from server.clock import Clock
from server.database import Database
from server.errors import ApiError, Forbidden, Unavailable
from server.hub import Hub
from server.tables import devices, events, logs, trips
from wire.codec import EVENT, WireError
from wire.held import MAX_RANGES, Held
from wire.trip import Rerouted, TripEnded, TripEvent, TripStarted

# 64 batches of 200 events are 13k rows: about 0.1 s in one commit, which bounds everybody's wait.
_GROUP = 64
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    """One batch in the line; `outcome` once it is decided."""

    device_id: str
    boot: str
    events: tuple[TripEvent, ...]
    sent_utc_s: float | None
    outcome: Held | ApiError | None = None


@dataclass(frozen=True, slots=True)
class _Log:
    """A log's number, and what is stored of it. `id` None: it was stored under an earlier key."""

    id: int | None
    held: Held


class Ingest:
    """The only writer of events."""

    def __init__(self, db: Database, clock: Clock, hub: Hub) -> None:
        self._db = db
        self._clock = clock
        self._hub = hub
        self._line: list[_Waiting] = []
        self._committing = asyncio.Lock()

    async def held(self, device_id: str, boot: str) -> Held:
        """What of `boot` is stored."""
        async with self._db.read() as connection:
            log = await _log_of(connection, device_id, boot)
            return Held() if log is None else log.held

    async def store(
        self, device_id: str, boot: str, batch: tuple[TripEvent, ...], sent_utc_s: float | None = None
    ) -> Held:
        """Durably store what is new in `batch`; what is stored then. `sent_utc_s`: the device's clock.

        Raises `Forbidden` (a trip that is not the device's, or a revoked key: nothing of the batch
        is stored) or `Unavailable` (the disk: it may be sent again).
        """
        waiting = _Waiting(device_id, boot, batch, sent_utc_s)
        self._line.append(waiting)
        async with self._committing:
            while waiting.outcome is None:
                group, self._line = self._line[:_GROUP], self._line[_GROUP:]
                await self._commit(group)
        if isinstance(waiting.outcome, ApiError):
            raise waiting.outcome
        return waiting.outcome

    async def _commit(self, group: list[_Waiting]) -> None:
        outcomes: Sequence[Held | ApiError] = [_not_stored() for _ in group]
        try:
            outcomes = await self._together(group)
        finally:
            # Also when the one who commits is cancelled: the others must not wait for ever.
            for waiting, outcome in zip(group, outcomes, strict=True):
                waiting.outcome = outcome
        for trip_id in {event.trip_id for waiting in group for event in waiting.events}:
            self._hub.wake(trip_id)

    async def _together(self, group: list[_Waiting]) -> Sequence[Held | ApiError]:
        """One commit for all; where it fails each for itself, so that nobody's events hold up another's."""
        try:
            async with self._db.write() as connection:
                return [await self._apply(connection, waiting) for waiting in group]
        except (SQLAlchemyError, WireError, ValueError, OverflowError) as error:
            _log.error("events not stored: %s", getattr(error, "orig", None) or type(error).__name__)
        if len(group) == 1:
            return [_not_stored()]
        return [outcome for waiting in group for outcome in await self._together([waiting])]

    async def _apply(self, connection: AsyncConnection, waiting: _Waiting) -> Held | ApiError:
        wearer_id = await _wearer(connection, waiting.device_id)
        unknown = None if wearer_id is None else await _unknown_trips(connection, waiting, wearer_id)
        if wearer_id is None or unknown is None:
            return Forbidden(
                "この端末の外出ではないか、鍵が取り消されています。",
                "The trip is not this device's, or its key was revoked.",
            )
        log = await _log_of(connection, waiting.device_id, waiting.boot)
        fresh, held = new_in(waiting.events, Held() if log is None else log.held)
        if not fresh:
            return held
        now_s = self._clock.utc_s()
        for event in fresh:
            if event.trip_id in unknown:
                at_s = own_trips.happened_utc_s(event, waiting.sent_utc_s, now_s)
                await own_trips.make_known(connection, waiting.device_id, wearer_id, event, at_s)
                unknown.discard(event.trip_id)
        log_id = await _note(connection, waiting, log, held)
        rows = [_row(waiting, log_id, event, now_s) for event in fresh]
        await connection.execute(insert(events), rows)
        for event in fresh:
            at_s = own_trips.happened_utc_s(event, waiting.sent_utc_s, now_s)
            match event.what:
                case TripStarted():
                    await own_trips.begin(connection, wearer_id, event, event.what, at_s)
                case Rerouted():
                    await own_trips.follow(connection, wearer_id, log_id, event, event.what, at_s)
                case TripEnded(arrived=arrived):
                    await _end_trip(connection, event, arrived)
        return held


def new_in(batch: tuple[TripEvent, ...], held: Held) -> tuple[list[TripEvent], Held]:
    """The events of `batch` that are not held, each once, and what is held with them.

    One that would open a range too many is left out, and so not acknowledged: it comes again.
    """
    fresh: list[TripEvent] = []
    for event in batch:
        if held.has(event.seq):
            continue
        more = held.adding(event.seq, event.seq)
        if len(more.beyond) <= MAX_RANGES:
            fresh.append(event)
            held = more
    return fresh, held


def _not_stored() -> ApiError:
    return Unavailable(
        "記録を保存できませんでした。あとで送り直してください。",
        "The events could not be stored: send them again later.",
    )


async def _wearer(connection: AsyncConnection, device_id: str) -> str | None:
    """Whose device it is; None where its key was revoked."""
    query = select(devices.c.wearer_id).where(devices.c.id == device_id, devices.c.revoked_utc_s.is_(None))
    return (await connection.execute(query)).scalar_one_or_none()


async def _unknown_trips(connection: AsyncConnection, waiting: _Waiting, wearer_id: str) -> set[str] | None:
    """Trips that become known with this batch; None where one is not the device's own.

    A device that was given a new key is another one here: what it began under a key of the same wearer that
    was revoked since is its own still. Else the rest of that walk would keep all that comes after from being
    stored.
    """
    wanted = {event.trip_id for event in waiting.events}
    query = (
        select(trips.c.id, trips.c.device_id, trips.c.wearer_id, devices.c.revoked_utc_s)
        .join(devices, devices.c.id == trips.c.device_id)
        .where(trips.c.id.in_(wanted))
    )
    known = {row.id: row for row in await connection.execute(query)}
    unknown = wanted - known.keys()
    foreign = any(
        row.device_id != waiting.device_id and (row.wearer_id != wearer_id or row.revoked_utc_s is None)
        for row in known.values()
    )
    return None if foreign or not all(map(own_trips.may_be_own, unknown)) else unknown


async def _log_of(connection: AsyncConnection, device_id: str, boot: str) -> _Log | None:
    query = select(logs).where(logs.c.device_id == device_id, logs.c.boot == boot)
    row = (await connection.execute(query)).one_or_none()
    if row is not None:
        return _Log(row.id, _held(row.acked, row.beyond))
    # The same log under a key that was revoked: what is stored of it does not come again under the new one.
    wearer = select(devices.c.wearer_id).where(devices.c.id == device_id).scalar_subquery()
    before = (
        select(logs.c.acked, logs.c.beyond)
        .join(devices, devices.c.id == logs.c.device_id)
        .where(logs.c.boot == boot, devices.c.wearer_id == wearer, devices.c.revoked_utc_s.is_not(None))
        .order_by(logs.c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(before)).one_or_none()
    return None if row is None else _Log(None, _held(row.acked, row.beyond))


def _held(acked: int, beyond: str) -> Held:
    return Held(acked, tuple((int(first), int(last)) for first, last in json.loads(beyond)))


async def _note(connection: AsyncConnection, waiting: _Waiting, log: _Log | None, held: Held) -> int:
    """Write down what is held of the log; the log's number."""
    values: dict[str, object] = {"acked": held.acked, "beyond": json.dumps(held.beyond)}
    if log is not None and log.id is not None:
        await connection.execute(update(logs).where(logs.c.id == log.id).values(values))
        return log.id
    names = {"device_id": waiting.device_id, "boot": waiting.boot}
    made = await connection.execute(insert(logs).values(names | values).returning(logs.c.id))
    return int(made.scalar_one())


async def _end_trip(connection: AsyncConnection, event: TripEvent, arrived: bool) -> None:
    ended = update(trips).where(trips.c.id == event.trip_id)
    await connection.execute(ended.values(ended_utc_s=event.utc_s, arrived=arrived))


def _row(waiting: _Waiting, log_id: int, event: TripEvent, now_s: float) -> dict[str, object]:
    return {
        "log_id": log_id,
        "device_id": waiting.device_id,
        "boot": event.boot,
        "seq": event.seq,
        "trip_id": event.trip_id,
        "type": event.what.type,
        "utc_s": event.utc_s,
        "received_utc_s": now_s,
        "waited_s": own_trips.waited_s(event, waiting.sent_utc_s),
        "body": EVENT.encode(event),
    }
