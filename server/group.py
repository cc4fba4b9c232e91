"""One transaction for the batches of many devices, with as many statements for a thousand as for one.

What is known of devices, trips and logs is read for all at once; each batch is decided in its turn against
that and against those before it; then everything is written at once. What follows from an event (a trip that
begins or ends, another route) comes last, one after another: it is rare.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from server import own_trips
from server.errors import ApiError, Forbidden
from server.known import Device, Known, Log, Trip, known_to, logs_known, said
from server.notices import marking
from server.spans import AHEAD
from server.stores import rows
from server.stores.rows import EventRow, LogKey
from server.tables import NO_POSITION, devices, events, logs, trips
from wire.base import value
from wire.codec import EVENT
from wire.held import MAX_RANGES, Held
from wire.trip import Answered, Fell, Happening, Rerouted, Sos, TripEnded, TripEvent, TripStarted

_STARTED: Final = "trip_started"
_FOLLOWED_BY_MORE: Final = (TripStarted, Rerouted, TripEnded)
_URGENT: Final = (Sos, Fell, Answered)


class NeedsTurn(Exception):  # noqa: N818  (a name says what went wrong)
    """It must be done again while nobody else writes: nothing was written.

    More than events is to be written, or what was known of a log is not what the store holds.
    """


@value
class Batch:
    """What one device sent at once. `sent_utc_s`: its clock then."""

    device_id: str
    boot: str
    events: tuple[TripEvent, ...]
    sent_utc_s: float | None


Outcome = Held | ApiError


@value
class _Fresh:
    """An event that is to be stored, and when it happened by this server's clock."""

    batch: Batch
    event: TripEvent
    wearer_id: str
    at_s: float


@dataclass(slots=True)
class _Group:
    """What is known of those who are in the group, and what the group adds."""

    known: Known
    begun: list[dict[str, object]] = field(default_factory=list)  # trips that become known
    fresh: list[_Fresh] = field(default_factory=list)
    before: dict[LogKey, Log] = field(default_factory=dict)  # of logs that change, as they were


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of each batch, and what was stored: each event with the number of its log.

    `urgent`: a call for help, a fall or an answer is among it.
    """

    outcomes: Sequence[Outcome]
    new: Sequence[tuple[int, TripEvent]]
    trips: frozenset[str]
    urgent: bool

    @property
    def events(self) -> int:
        """How many were stored."""
        return len(self.new)


def store(connection: Connection, batches: Sequence[Batch], now_s: float, *, alone: bool) -> Stored:
    """Store what is new of each batch, as if one came after the other.

    Raises `NeedsTurn` where it must be called again with nobody else writing (`alone`).
    """
    known = known_to(connection)
    keys = {(batch.device_id, batch.boot) for batch in batches}
    known.ask(connection, keys, (event for batch in batches for event in batch.events), now_s)
    group = _Group(known)
    outcomes = [_decide(group, batch, now_s) for batch in batches]
    more = [fresh for fresh in group.fresh if isinstance(fresh.event.what, _FOLLOWED_BY_MORE)]
    if (more or group.begun) and not alone:
        raise NeedsTurn
    told = _begun_before(connection, more)
    stored = _write(connection, group, now_s)
    _note_seen(connection, known, {device_id for device_id, _ in keys}, now_s)
    for fresh in more:
        _follow_up(connection, group, fresh, fresh.event.what, told)
    for fresh in group.fresh:
        if isinstance(fresh.event.what, Answered):
            connection.execute(marking(fresh.wearer_id, fresh.event.what, now_s))
    urgent = any(isinstance(fresh.event.what, _URGENT) for fresh in group.fresh)
    return Stored(outcomes, stored, frozenset(event.trip_id for _, event in stored), urgent)


def held(connection: Connection, keys: Collection[LogKey]) -> dict[LogKey, Held]:
    """What of each log is stored, under its key or one of the same wearer's that was revoked."""
    return {key: log.held for key, log in logs_known(connection, keys).items()}


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


def _decide(group: _Group, batch: Batch, now_s: float) -> Outcome:
    known = group.known
    device = known.devices.get(batch.device_id)
    if device is None or not _may_all(known, batch, device.wearer_id):
        return Forbidden(
            "この端末の外出ではないか、鍵が取り消されています。",
            "The trip is not this device's, or its key was revoked.",
        )
    key = (batch.device_id, batch.boot)
    log = known.logs[key]
    fresh, after = new_in(batch.events, log.held)
    for event in fresh:
        at_s = own_trips.happened_utc_s(event, batch.sent_utc_s, now_s)
        if event.trip_id not in known.trips:
            known.trips[event.trip_id] = Trip(batch.device_id, device.wearer_id, given_up=False)
            group.begun.append(own_trips.first_known(batch.device_id, device.wearer_id, event, at_s))
        group.fresh.append(_Fresh(batch, event, device.wearer_id, at_s))
    if fresh:
        group.before.setdefault(key, log)
        known.logs[key] = Log(log.id, after, said(after))
    return after


def _may_all(known: Known, batch: Batch, wearer_id: str) -> bool:
    return all(
        _may(known, batch, wearer_id, trip_id) for trip_id in {event.trip_id for event in batch.events}
    )


def _may(known: Known, batch: Batch, wearer_id: str, trip_id: str) -> bool:
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
    query = select(events.c.trip_id).where(
        NO_POSITION, events.c.trip_id.in_(wanted), events.c.type == _STARTED
    )
    return set(connection.execute(query).scalars())


def _write(connection: Connection, group: _Group, now_s: float) -> list[tuple[int, TripEvent]]:
    """Write the trips, the logs and the events; each of these with its log's number."""
    if group.begun:
        connection.execute(insert(trips), group.begun)
    _write_logs(connection, group)
    numbered = [(_log_id(group, fresh), fresh) for fresh in group.fresh]
    if numbered:
        _widen(connection, group, numbered)
        rows.add_events(connection, [_row(log_id, fresh, now_s) for log_id, fresh in numbered])
    return [(log_id, fresh.event) for log_id, fresh in numbered]


def _write_logs(connection: Connection, group: _Group) -> None:
    held = group.known.logs
    old = [
        (log.held.acked, log.beyond, log.id, before.held.acked, before.beyond)
        for key, before in group.before.items()
        if (log := held[key]).id is not None
    ]
    new = [key for key, before in group.before.items() if before.id is None]
    if new:
        first = [
            {"device_id": key[0], "boot": key[1], "acked": held[key].held.acked, "beyond": held[key].beyond}
            for key in new
        ]
        connection.execute(insert(logs), first)
        for device_id, boot, number, _, _ in rows.logs_of(connection, new):
            log = held[device_id, boot]
            held[device_id, boot] = Log(number, log.held, log.beyond)
    if old and not rows.note_logs(connection, old):
        raise NeedsTurn


def _widen(connection: Connection, group: _Group, numbered: Sequence[tuple[int, _Fresh]]) -> None:
    """See to it that every event lies where its trip is said to lie (`trip_logs`)."""
    spans, wider = group.known.spans, set()
    for log_id, fresh in numbered:
        place, seq = (fresh.event.trip_id, log_id), fresh.event.seq
        first, last = spans.get(place, (seq, 0))
        if not first <= seq <= last:
            spans[place] = (min(first, seq), last if seq <= last else seq + AHEAD)
            wider.add(place)
    if wider:
        rows.widen(connection, [(*place, *spans[place]) for place in sorted(wider)])


def _note_seen(connection: Connection, known: Known, device_ids: set[str], now_s: float) -> None:
    unseen = {
        one: found for one in device_ids if (found := known.devices.get(one)) and not found.seen_lately(now_s)
    }
    if unseen:
        seen = update(devices).where(devices.c.id == bindparam("device")).values(seen_utc_s=now_s)
        connection.execute(seen, [{"device": device_id} for device_id in unseen])
        known.devices |= {device_id: Device(found.wearer_id, now_s) for device_id, found in unseen.items()}


def _log_id(group: _Group, fresh: _Fresh) -> int:
    log_id = group.known.logs[fresh.batch.device_id, fresh.batch.boot].id
    assert log_id is not None  # noqa: S101  (written before)
    return log_id


def _row(log_id: int, fresh: _Fresh, now_s: float) -> EventRow:
    batch, event = fresh.batch, fresh.event
    return (
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


def _follow_up(connection: Connection, group: _Group, fresh: _Fresh, what: Happening, told: set[str]) -> None:
    event = fresh.event
    match what:
        case TripStarted():
            if event.trip_id not in told:  # the first word about a beginning counts
                told.add(event.trip_id)
                own_trips.begin(connection, fresh.wearer_id, event, what, fresh.at_s)
        case Rerouted():
            log_id = _log_id(group, fresh)
            own_trips.follow(connection, fresh.wearer_id, log_id, event, what, fresh.at_s)
        case TripEnded(arrived=arrived):
            ended = update(trips).where(trips.c.id == event.trip_id)
            connection.execute(ended.values(ended_utc_s=event.utc_s, arrived=arrived))
