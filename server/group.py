"""One transaction for the batches of many devices, with as many statements for a thousand as for one.

What is known of devices, trips and logs is read for all at once; each batch is decided in its turn against
that and against those before it; then everything is written at once. What follows from an event (a trip that
begins or ends, another route) comes last, one after another: it is rare.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from server import own_trips
from server.errors import ApiError, Forbidden
from server.notices import marking
from server.stores import rows
from server.stores.rows import EventRow, LogKey
from server.tables import devices, events, logs, trips
from wire.codec import EVENT
from wire.held import MAX_RANGES, Held
from wire.trip import Answered, Fell, Happening, Rerouted, Sos, TripEnded, TripEvent, TripStarted

_SEEN_EVERY_S: Final = 60.0  # the table says when a device was last heard of to a minute
_STARTED: Final = "trip_started"
_FOLLOWED_BY_MORE: Final = (TripStarted, Rerouted, TripEnded)
_URGENT: Final = (Sos, Fell, Answered)
_NONE: Final = "[]"  # no range beyond
_KEYS: Final = 400  # in one query
_now, _before = devices.alias("now"), devices.alias("before")
_EARLIER: Final = (
    select(_now.c.id, logs.c.boot, logs.c.acked, logs.c.beyond)
    .join(_before, _before.c.wearer_id == _now.c.wearer_id)
    .join(logs, logs.c.device_id == _before.c.id)
    .where(
        _now.c.id.in_(bindparam("ids", expanding=True)),
        _before.c.revoked_utc_s.is_not(None),
        logs.c.boot.in_(bindparam("boots", expanding=True)),
    )
    .order_by(logs.c.id)  # the newest wins
)


class NeedsTurn(Exception):  # noqa: N818  (a name says what went wrong)
    """More than events is to be written: nobody else may write meanwhile. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one device sent at once. `sent_utc_s`: its clock then."""

    device_id: str
    boot: str
    events: tuple[TripEvent, ...]
    sent_utc_s: float | None


Outcome = Held | ApiError


@dataclass(slots=True)
class _Log:
    """A log's number and what is stored of it. `id` None: not under this key, or not yet."""

    id: int | None
    held: Held
    changed: bool = False


@dataclass(frozen=True, slots=True)
class _Trip:
    """Whose a known trip is. `given_up`: it was begun under a key that was revoked since."""

    device_id: str
    wearer_id: str
    given_up: bool


@dataclass(frozen=True, slots=True)
class _Fresh:
    """An event that is to be stored, and when it happened by this server's clock."""

    batch: Batch
    event: TripEvent
    wearer_id: str
    at_s: float


@dataclass(slots=True)
class _Known:
    """What the store holds of those who are in the group, and what the group adds."""

    wearers: dict[str, str]
    unseen: list[str]  # devices whose last contact is to be noted
    trips: dict[str, _Trip]
    logs: dict[LogKey, _Log]
    begun: list[dict[str, object]] = field(default_factory=list)  # trips that become known
    fresh: list[_Fresh] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of each batch, and the trips of which something was stored.

    `urgent`: a call for help, a fall or an answer is among it.
    """

    outcomes: Sequence[Outcome]
    trips: frozenset[str]
    urgent: bool
    events: int


def store(connection: Connection, batches: Sequence[Batch], now_s: float, *, alone: bool) -> Stored:
    """Store what is new of each batch, as if one came after the other.

    Raises `NeedsTurn` where it must be called again with nobody else writing (`alone`).
    """
    known = _look_up(connection, batches, now_s)
    outcomes = [_decide(known, batch, now_s) for batch in batches]
    more = [fresh for fresh in known.fresh if isinstance(fresh.event.what, _FOLLOWED_BY_MORE)]
    if (more or known.begun) and not alone:
        raise NeedsTurn
    told = _begun_before(connection, more)
    _write(connection, known, now_s)
    for fresh in more:
        _follow_up(connection, known, fresh, fresh.event.what, told)
    for fresh in known.fresh:
        if isinstance(fresh.event.what, Answered):
            connection.execute(marking(fresh.wearer_id, fresh.event.what, now_s))
    urgent = any(isinstance(fresh.event.what, _URGENT) for fresh in known.fresh)
    trip_ids = frozenset(fresh.event.trip_id for fresh in known.fresh)
    return Stored(outcomes, trip_ids, urgent, len(known.fresh))


def held(connection: Connection, keys: Collection[LogKey]) -> dict[LogKey, Held]:
    """What of each log is stored, under its key or one of the same wearer's that was revoked."""
    return {key: log.held for key, log in _logs(connection, set(keys)).items()}


def new_in(batch: tuple[TripEvent, ...], held: Held) -> tuple[list[TripEvent], Held]:
    """The events of `batch` that are not held, each once, and what is held with them.

    One that would open a range too many is left out, and so not acknowledged: it comes again.
    """
    fresh: list[TripEvent] = []
    for event in batch:
        if not held.beyond and event.seq == held.acked + 1:  # the common one, by the short way
            fresh.append(event)
            held = Held(event.seq)
            continue
        if held.has(event.seq):
            continue
        more = held.adding(event.seq, event.seq)
        if len(more.beyond) <= MAX_RANGES:
            fresh.append(event)
            held = more
    return fresh, held


def _look_up(connection: Connection, batches: Sequence[Batch], now_s: float) -> _Known:
    found = rows.devices_in_use(connection, {batch.device_id for batch in batches})
    return _Known(
        wearers={device_id: wearer_id for device_id, wearer_id, _ in found},
        unseen=[one for one, _, seen_s in found if seen_s is None or now_s - seen_s >= _SEEN_EVERY_S],
        trips={
            trip_id: _Trip(device_id, wearer_id, revoked_s is not None)
            for trip_id, device_id, wearer_id, revoked_s in rows.trips_known(
                connection, {event.trip_id for batch in batches for event in batch.events}
            )
        },
        logs=_logs(connection, {(batch.device_id, batch.boot) for batch in batches}),
    )


def _logs(connection: Connection, wanted: set[LogKey]) -> dict[LogKey, _Log]:
    found = {
        (device_id, boot): _Log(number, _held(acked, beyond))
        for device_id, boot, number, acked, beyond in rows.logs_of(connection, wanted)
    }
    missing = wanted - found.keys()
    if missing:
        earlier = _under_earlier_keys(connection, missing)
        found |= {key: _Log(None, earlier.get(key, Held())) for key in missing}
    return found


def _under_earlier_keys(connection: Connection, wanted: set[LogKey]) -> dict[LogKey, Held]:
    """Of the same log under a revoked key: what is stored of it does not come again under the new one."""
    found: dict[LogKey, Held] = {}
    keys = sorted(wanted)
    for first in range(0, len(keys), _KEYS):
        ids, boots = zip(*keys[first : first + _KEYS], strict=True)
        some = {"ids": sorted(set(ids)), "boots": sorted(set(boots))}
        found |= {
            (row.id, row.boot): _held(row.acked, row.beyond) for row in connection.execute(_EARLIER, some)
        }
    return found


def _held(acked: int, beyond: str) -> Held:
    if beyond == _NONE:
        return Held(acked)
    return Held(acked, tuple((int(first), int(last)) for first, last in json.loads(beyond)))


def _decide(known: _Known, batch: Batch, now_s: float) -> Outcome:
    wearer_id = known.wearers.get(batch.device_id)
    if wearer_id is None or not all(_may(known, batch, wearer_id, event.trip_id) for event in batch.events):
        return Forbidden(
            "この端末の外出ではないか、鍵が取り消されています。",
            "The trip is not this device's, or its key was revoked.",
        )
    log = known.logs[batch.device_id, batch.boot]
    fresh, after = new_in(batch.events, log.held)
    for event in fresh:
        at_s = own_trips.happened_utc_s(event, batch.sent_utc_s, now_s)
        if event.trip_id not in known.trips:
            known.trips[event.trip_id] = _Trip(batch.device_id, wearer_id, given_up=False)
            known.begun.append(own_trips.first_known(batch.device_id, wearer_id, event, at_s))
        known.fresh.append(_Fresh(batch, event, wearer_id, at_s))
    if fresh:
        log.held, log.changed = after, True
    return after


def _may(known: _Known, batch: Batch, wearer_id: str, trip_id: str) -> bool:
    """Whether the trip is the device's own, or not known yet.

    A device that was given a new key is another one here: what it began under a key of the same wearer that
    was revoked since is its own still. Else the rest of that walk would keep all that comes after from being
    stored.
    """
    trip = known.trips.get(trip_id)
    if trip is None:
        return own_trips.may_be_own(trip_id)
    return trip.device_id == batch.device_id or (trip.wearer_id == wearer_id and trip.given_up)


def _begun_before(connection: Connection, more: Sequence[_Fresh]) -> set[str]:
    """Of the trips that begin in the group, those of which a beginning is stored already."""
    wanted = {fresh.event.trip_id for fresh in more if isinstance(fresh.event.what, TripStarted)}
    if not wanted:
        return set()
    query = select(events.c.trip_id).where(events.c.trip_id.in_(wanted), events.c.type == _STARTED)
    return set(connection.execute(query).scalars())


def _write(connection: Connection, known: _Known, now_s: float) -> None:
    if known.begun:
        connection.execute(insert(trips), known.begun)
    _write_logs(connection, known.logs)
    if known.fresh:
        rows.add_events(connection, [_row(known, fresh, now_s) for fresh in known.fresh])
    if known.unseen:
        seen = update(devices).where(devices.c.id == bindparam("device")).values(seen_utc_s=now_s)
        connection.execute(seen, [{"device": device_id} for device_id in known.unseen])


def _write_logs(connection: Connection, held: dict[LogKey, _Log]) -> None:
    changed = {key: log for key, log in held.items() if log.changed}
    old = [(log.held.acked, _said(log.held), log.id) for log in changed.values() if log.id is not None]
    new = [key for key, log in changed.items() if log.id is None]
    if new:
        first = [
            {
                "device_id": key[0],
                "boot": key[1],
                "acked": held[key].held.acked,
                "beyond": _said(held[key].held),
            }
            for key in new
        ]
        connection.execute(insert(logs), first)
        for device_id, boot, number, _, _ in rows.logs_of(connection, new):
            changed[device_id, boot].id = number
    if old:
        rows.note_logs(connection, old)


def _said(held: Held) -> str:
    return json.dumps(held.beyond) if held.beyond else _NONE


def _row(known: _Known, fresh: _Fresh, now_s: float) -> EventRow:
    batch, event = fresh.batch, fresh.event
    log_id = known.logs[batch.device_id, batch.boot].id
    assert log_id is not None  # noqa: S101  (written before)
    return EventRow(
        log_id,
        batch.device_id,
        event.boot,
        event.seq,
        event.trip_id,
        event.what.type,
        event.utc_s,
        now_s,
        own_trips.waited_s(event, batch.sent_utc_s),
        EVENT.encode(event),
    )


def _follow_up(connection: Connection, known: _Known, fresh: _Fresh, what: Happening, told: set[str]) -> None:
    event = fresh.event
    match what:
        case TripStarted():
            if event.trip_id not in told:  # the first word about a beginning counts
                told.add(event.trip_id)
                own_trips.begin(connection, fresh.wearer_id, event, what, fresh.at_s)
        case Rerouted():
            log_id = known.logs[fresh.batch.device_id, fresh.batch.boot].id
            assert log_id is not None  # noqa: S101  (written before)
            own_trips.follow(connection, fresh.wearer_id, log_id, event, what, fresh.at_s)
        case TripEnded(arrived=arrived):
            ended = update(trips).where(trips.c.id == event.trip_id)
            connection.execute(ended.values(ended_utc_s=event.utc_s, arrived=arrived))
