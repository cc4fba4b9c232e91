"""How a walk stands: a pure fold over the events of one trip, and a judgement at a moment.

    walk = new_walk(accepted_utc_s, line)        # `line`: of the route that is followed, or None
    walk = step(walk, stored)                    # each event once, in any order of arrival
    standing = judge(walk, now_utc_s)            # -> Standing(state, since_utc_s)

Events may come late and in any order. What counts is an event's place in the device's log, (log, seq), and
the second at which it happened by this server's clock (`happened_utc_s`): what waited in the device for an
hour is an hour old, and neither ends a silence nor begins one anew.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from routing.geo import distance_m
from server.quick_line import On, QuickLine
from server.trips import Stored
from wire.base import value
from wire.position import Fix
from wire.trip import Fell, Happening, HealthChanged, Moved, Sos, TripEnded, TripStarted

State = Literal["planned", "walking", "paused", "off_route", "no_contact", "arrived", "ended", "sos"]
Place = tuple[int, int]  # (log, seq)

NO_CONTACT_S: Final = 120.0  # from here on nobody may take the last position for the present one
# A worse fix says neither that somebody stands still nor that they walk. In a street with tall houses a
# receiver gives 5-15 m, beside a wall 20-30 m.
GOOD_M: Final = 30.0
# Movement begins beyond this, or beyond three times the fix's own accuracy: of two fixes of a receiver at
# rest 0.6 % are further apart (accuracy is 1.51 sigma).
STILL_M: Final = 20.0
_STILL_SHARE: Final = 3.0
# Longer than a wait at a red light (cycles in Japan are 90-150 s, of which a pedestrian waits the less part).
PAUSED_S: Final = 120.0
_AWAY_FIXES: Final = 3  # in a row: one jump of the receiver is no step
_GAP_S: Final = 60.0  # without a good fix for so long nobody knows whether the wearer stayed
OFF_M: Final = 20.0  # as `where.RouteWords` says it: twice a good city fix
OFF_S: Final = 20.0  # a detour round a parked car is over by then
_BACK_SHARE: Final = 0.75  # of the outer limit: between the two nothing changes
_BACK_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a walk stands, and since when (UTC seconds by this server's clock)."""

    state: State
    since_utc_s: float


@value
class Seen:
    """A position: where in the log it stands, and when it was true by this server's clock."""

    fix: Fix
    place: Place
    utc_s: float


@dataclass(frozen=True, slots=True)
class Told:
    """Something that the device told once, by its place in the log. `on`: raised and not taken back."""

    place: Place
    utc_s: float
    on: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """The device's newest word about its battery: it speaks only when that changes."""

    place: Place
    utc_s: float
    health: str  # ok, warn, error, stale
    percent: int | None  # None: it told no figure


@dataclass(frozen=True, slots=True)
class End:
    """The device's word that the trip is over."""

    place: Place
    utc_s: float
    arrived: bool
    by_person: bool  # by arriving or by the wearer's hand; not because the device stopped


@value
class Walk:
    """What is known of one trip. Times are UTC seconds by this server's clock; None: not known.

    `contact_utc_s`: when the newest of what has come happened. `last`: the newest position by its place,
    `on`: where it falls on `line`.
    `still`: the good fix that the wearer has not moved away from, beyond noise, since `still.utc_s`.
    `off_utc_s`: since when the positions are beside the route, also before the dwell is over.
    """

    accepted_utc_s: float
    line: QuickLine | None = None
    started: bool = False
    contact_utc_s: float | None = None
    last: Seen | None = None
    sos: Told | None = None
    fell: Told | None = None
    end: End | None = None
    still: Seen | None = None
    good_utc_s: float | None = None  # of the newest good fix
    away: int = 0  # good fixes in a row that were away from `still`
    off: bool = False
    off_utc_s: float | None = None
    back_utc_s: float | None = None
    going: Standing = Standing("planned", 0.0)  # by what came, without regard to how long ago
    on: On | None = None
    charge: Charge | None = None


def new_walk(accepted_utc_s: float, line: QuickLine | None = None) -> Walk:
    """A trip of which nothing has come yet."""
    return Walk(accepted_utc_s, line, going=Standing("planned", accepted_utc_s))


def on_line(walk: Walk, line: QuickLine | None) -> Walk:
    """The same walk on another route: whether it is beside the new one has still to be seen."""
    on = None if line is None or walk.last is None else _near(line, walk.last.fix)
    return replace(walk, line=line, on=on, off=False, off_utc_s=None, back_utc_s=None)


def call_ended(walk: Walk, place: Place) -> Walk:
    """The wearer has said on a page that they are all right: calls for help up to that place are over."""
    if walk.sos is None or walk.sos.place > place:
        return walk
    return replace(walk, sos=replace(walk.sos, on=False))


def place_key(place: Place) -> str:
    """The name of what stands at that place of the log, as alerts keep it."""
    return f"{place[0]}.{place[1]}"


def place_of(key: str) -> Place:
    """The place that `place_key` has named."""
    log, _, seq = key.partition(".")
    return int(log), int(seq)


def happened_utc_s(stored: Stored) -> float:
    """When an event happened, by this server's clock, never later than it was received.

    A device whose clock is ahead makes nothing younger than it is. One whose clock was not yet set (before
    the first satellites) makes nothing older, where it has told how long the event waited.
    """
    if stored.waited_s is None:
        return min(stored.event.utc_s, stored.received_utc_s)
    return stored.received_utc_s - stored.waited_s


def true_utc_s(stored: Stored, fix: Fix) -> float:
    """When a position was true: by the receiver's own second, and never less old than what it waited."""
    return min(fix.utc_s, stored.received_utc_s - (stored.waited_s or 0.0))


def step(walk: Walk, stored: Stored) -> Walk:
    """The walk with one more event. An event that stands before what is known changes no present state."""
    at_s, what = happened_utc_s(stored), stored.event.what
    if isinstance(what, Moved):
        if walk.last is None or stored.place >= walk.last.place:
            return _moved(walk, Seen(what.fix, stored.place, true_utc_s(stored, what.fix)), at_s)
    else:
        walk = _told(walk, stored.place, at_s, what)
    contact_s = _newest_s(walk, at_s)
    going = _going(walk, at_s, walk.started, _off_since_s(walk.off, walk.off_utc_s), _paused_since_s(walk))
    if contact_s == walk.contact_utc_s and going == walk.going:
        return walk
    return replace(walk, contact_utc_s=contact_s, going=going)


def judge(walk: Walk, now_utc_s: float) -> Standing:
    """How the walk stands now. A call for help outranks everything but an end by a person after it."""
    sos, end = walk.sos, walk.end
    if sos is not None and sos.on and not (end is not None and end.by_person and end.place > sos.place):
        return Standing("sos", sos.utc_s)
    if end is not None:
        return Standing("arrived" if end.arrived else "ended", end.utc_s)
    if walk.contact_utc_s is None:
        return walk.going
    if now_utc_s - walk.contact_utc_s >= NO_CONTACT_S:
        return Standing("no_contact", walk.contact_utc_s)
    return walk.going


def _told(walk: Walk, place: Place, at_s: float, what: Happening) -> Walk:
    """With what the device says once."""
    match what:
        case TripStarted():
            return replace(walk, started=True)
        case Sos(state=state):
            return replace(walk, sos=_newer(walk.sos, Told(place, at_s, state == "raised")))
        case Fell():
            return replace(walk, fell=_newer(walk.fell, Told(place, at_s, on=True)))
        case TripEnded(arrived=arrived, reason=reason) if walk.end is None or place > walk.end.place:
            return replace(walk, end=End(place, at_s, arrived, reason != "device_stopped"))
        case HealthChanged(part="battery", health=health, detail=detail):
            return _charged(walk, Charge(place, at_s, health, _percent(detail)))
        case _:
            return walk


def _charged(walk: Walk, charge: Charge) -> Walk:
    if walk.charge is not None and walk.charge.place > charge.place:
        return walk
    return replace(walk, charge=charge)


def _percent(detail: str) -> int | None:
    """What a device says of its battery begins with "18 %"."""
    figure, _, rest = detail.partition(" ")
    known = rest.startswith("%") and figure.isascii() and figure.isdigit() and len(figure) <= 3
    return int(figure) if known else None


def _newer(known: Told | None, told: Told) -> Told:
    return told if known is None or told.place > known.place else known


def _newest_s(walk: Walk, at_s: float) -> float:
    known_s = walk.contact_utc_s
    return at_s if known_s is None or at_s > known_s else known_s


def _moved(walk: Walk, seen: Seen, at_s: float) -> Walk:
    """With one more position, the newest so far. Made as a whole: it happens a thousand times a second."""
    on = None if walk.line is None else _near(walk.line, seen.fix)
    still, good_s, away = _stood(walk, seen)
    off, off_s, back_s = _beside(walk, seen, on)
    going = _going(walk, at_s, True, _off_since_s(off, off_s), _stands_since_s(still, good_s, seen))
    return Walk(
        walk.accepted_utc_s,
        walk.line,
        True,  # started
        _newest_s(walk, at_s),
        seen,
        walk.sos,
        walk.fell,
        walk.end,
        still,
        good_s,
        away,
        off,
        off_s,
        back_s,
        going,
        on,
        walk.charge,
    )


def _near(line: QuickLine, fix: Fix) -> On:
    return line.near((fix.lat, fix.lon))


def _stood(walk: Walk, seen: Seen) -> tuple[Seen | None, float | None, int]:
    """Whether the wearer is where they were: `still`, `good_utc_s`, `away`."""
    fix, still, good_s = seen.fix, walk.still, walk.good_utc_s
    if fix.accuracy_m > GOOD_M:
        return still, good_s, walk.away
    if still is None or good_s is None or seen.utc_s - good_s > _GAP_S:
        return seen, seen.utc_s, 0
    noise_m = max(STILL_M, _STILL_SHARE * max(fix.accuracy_m, still.fix.accuracy_m))
    if distance_m((still.fix.lat, still.fix.lon), (fix.lat, fix.lon)) <= noise_m:
        return still, seen.utc_s, 0
    if walk.away + 1 < _AWAY_FIXES:
        return still, seen.utc_s, walk.away + 1
    return seen, seen.utc_s, 0


def _beside(walk: Walk, seen: Seen, on: On | None) -> tuple[bool, float | None, float | None]:
    """Whether the wearer is beside the route, in after a dwell, out again nearer: `off` and its times."""
    if on is None:
        return False, None, None
    fix, at_s = seen.fix, seen.utc_s
    outer_m = max(OFF_M, 2.0 * fix.accuracy_m)
    if on.off_m > outer_m:
        since_s = at_s if walk.off_utc_s is None else walk.off_utc_s
        return walk.off or at_s - since_s >= OFF_S, since_s, None
    if not walk.off:
        return False, None, None
    if on.off_m > _BACK_SHARE * outer_m or fix.accuracy_m > GOOD_M:
        return True, walk.off_utc_s, None
    back_s = at_s if walk.back_utc_s is None else walk.back_utc_s
    if at_s - back_s < _BACK_S:
        return True, walk.off_utc_s, back_s
    return False, None, None


def _going(
    walk: Walk, at_s: float, started: bool, off_since_s: float | None, paused_since_s: float | None
) -> Standing:
    """What the events say by themselves, with one that happened at `at_s`."""
    was = walk.going
    if not started:
        return was
    if off_since_s is not None:
        return _since(was, "off_route", off_since_s)
    if paused_since_s is not None:
        return _since(was, "paused", paused_since_s)
    # After a silence the walk begins anew.
    anew = walk.contact_utc_s is not None and at_s - walk.contact_utc_s >= NO_CONTACT_S
    return was if was.state == "walking" and not anew else Standing("walking", at_s)


def _since(was: Standing, state: State, since_s: float) -> Standing:
    return was if was.state == state and was.since_utc_s == since_s else Standing(state, since_s)


def _off_since_s(off: bool, off_utc_s: float | None) -> float | None:
    return off_utc_s if off else None


def _paused_since_s(walk: Walk) -> float | None:
    return None if walk.last is None else _stands_since_s(walk.still, walk.good_utc_s, walk.last)


def _stands_since_s(still: Seen | None, good_s: float | None, last: Seen) -> float | None:
    """Since when the wearer stands. Only while good fixes come: without them nobody knows."""
    if still is None or good_s is None or good_s - still.utc_s < PAUSED_S or last.utc_s - good_s > _GAP_S:
        return None
    return still.utc_s
