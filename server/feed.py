"""One followed trip, as all its viewers share it: what is known, its lines, and the bytes that tell of them.

The store is read once for all: here when the first viewer comes, then by `server.tail`. What viewers get is
rendered once for all of them.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from pydantic import TypeAdapter
from sqlalchemy import Row, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.lines import Line, line_of
from server.live import Now, PublicNow, for_link, tell
from server.recent import Recent
from server.spans import positions, read_last
from server.tables import NO_POSITION, alerts, events, trips
from server.trips import Stored, newest_position, stored_event
from server.walk_state import (
    End,
    Seen,
    Standing,
    Walk,
    call_ended,
    new_walk,
    on_line,
    place_of,
    step,
    true_utc_s,
)
from server.ways import Way, way_of
from server.where import RouteWords
from wire.trip import Moved

# Lines that a viewer who comes anew is given, and within which one who comes back goes on. A page shows as
# many; the whole log is at `/api/v1/trips/{id}/events`.
KEPT_LINES: Final = 200
# Positions that tell how the walk stands when the first viewer comes: some minutes, every third of them.
_PAST_FIXES: Final = 300
_PAST_STEP: Final = 3
# Told at once; all else waits a part of a second for what comes with it.
_URGENT: Final = frozenset({"sos", "fell", "answered", "trip_ended"})
# Made once: they take longer to put together than to ask.
_TRIP: Final = select(trips).where(trips.c.id == bindparam("trip"))
_NEWEST: Final = select(func.max(events.c.id))
_NEWEST_BEFORE: Final = _NEWEST.where(
    NO_POSITION,
    events.c.trip_id == bindparam("trip"),
    or_(
        events.c.log_id < bindparam("log"),
        and_(events.c.log_id == bindparam("log"), events.c.seq < bindparam("seq")),
    ),
)
_OF_TRIP: Final = (
    select(events)
    .where(NO_POSITION, events.c.trip_id == bindparam("trip"))
    .order_by(events.c.log_id.desc(), events.c.seq.desc())
)
_MOVED: Final = positions(events)
_OTHERS: Final = _OF_TRIP.limit(KEPT_LINES + 1)
# These count however long ago they were.
_KEPT: Final = _OF_TRIP.where(events.c.type.in_(("trip_started", "sos", "fell", "trip_ended")))
_PAST_HEALTH: Final = 50  # of the parts of the device, the battery among them
_HEALTH: Final = _OF_TRIP.where(events.c.type == "health_changed").limit(_PAST_HEALTH)
_CALLS_ENDED: Final = select(alerts.c.trip_id, alerts.c.key).where(
    alerts.c.trip_id.in_(bindparam("trips", expanding=True)),
    alerts.c.kind == "sos",
    alerts.c.over_why == "answered_ok",
)
_NOW, _PUBLIC, _LINE = TypeAdapter(Now), TypeAdapter(PublicNow), TypeAdapter(Line)


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """A line as it goes to every viewer; ordered by its place in the log."""

    place: tuple[int, int]
    line: Line = field(compare=False)
    data: bytes = field(compare=False)


class Viewer(Protocol):
    """Somebody whom a feed tells of what is new."""

    def told(self, lines: Sequence[Told]) -> None:
        """There are these new lines, and a new `now`."""

    def over(self) -> None:
        """The server goes: there will be no more."""


class Feed:
    """What is known of one trip. `after`: up to this number every event of it is known."""

    def __init__(self, trip_id: str, epoch: str, way: Way, walk: Walk, recent: Recent | None = None) -> None:
        self.trip_id = trip_id
        self.after = 0
        self.viewers: set[Viewer] = set()
        self.urgent = False
        self.fresh = True  # something is known that was not told yet
        self.new_way = False  # the trip may follow another route now
        self.dropped = 0  # the highest number of a line that is not kept any more
        self.lines: list[Told] = []  # as things happened
        self.now = b""
        self._told_s: float | None = None
        self._public: bytes | None = None  # until somebody wants it
        self._recent = recent
        self._epoch = epoch
        self._walk = walk
        self._new: list[Told] = []
        self._frame = way.frame()
        self.follow(way)

    @property
    def walk(self) -> Walk:
        """The fold over all that came."""
        return self._walk

    def follow(self, way: Way) -> None:
        """From here on along that way. The frame of the drawing stays: open pages have drawn in it."""
        self._words = None if way.route is None else RouteWords.of(way.route)
        self._link_words = None if self._words is None else self._words.for_link()
        self._walk = on_line(self._walk, None if self._words is None else self._words.line)
        self.new_way = False

    def recall(self, rows: Iterable[Row[tuple[object, ...]]], trip: Row[tuple[object, ...]]) -> None:
        """What was stored before the first viewer came, in the order of the log, and the trip's own row."""
        for row in rows:
            self._take(row)
        self._walk = _with_past(self._walk, trip)
        self.new_way, self._new = False, []

    def take(self, row: Row[tuple[object, ...]]) -> None:
        """One more event of the trip, in whatever order; one that is known already is skipped."""
        if row.id > self.after:
            self.after = row.id
            self._take(row)

    def _take(self, row: Row[tuple[object, ...]]) -> None:
        last = self._walk.last
        moved = row.type == "moved"
        if moved and last is not None and (row.log_id, row.seq) < last.place:
            return  # a track of hours ago that comes after the newest: nobody is told of it here
        stored = stored_event(row, self._recent)
        self._walk = step(self._walk, stored)
        self.fresh = True
        if not moved:
            self._note(row.type, stored)

    def _note(self, type_: str, stored: Stored) -> None:
        self.urgent |= type_ in _URGENT
        self.new_way |= type_ in ("rerouted", "trip_started")
        line = line_of(stored)
        if line is not None:
            self._keep(line, stored.place)

    def _keep(self, line: Line, place: tuple[int, int]) -> None:
        told = Told(place, line, sse("line", _LINE.dump_json(line), f"{self._epoch}.{line.id}"))
        insort(self.lines, told)
        self._new.append(told)
        if len(self.lines) > KEPT_LINES:
            self.dropped = max(self.dropped, self.lines.pop(0).line.id)

    @property
    def calls(self) -> bool:
        """Whether a call for help stands, as far as is known here."""
        return self._walk.sos is not None and self._walk.sos.on

    def call_ended(self, place: tuple[int, int]) -> None:
        """The wearer has said on a page that they are all right: calls up to that place are over."""
        before, self._walk = self._walk, call_ended(self._walk, place)
        if before != self._walk:
            self.fresh = self.urgent = True

    def known(self, now_s: float) -> Now:
        """What is known at this moment."""
        return tell(self._words, self._frame, self._walk, now_s)

    def known_by_link(self, now_s: float) -> PublicNow:
        """As much of it as a share link shows."""
        return for_link(tell(self._link_words, self._frame, self._walk, now_s))

    def tell(self, now_s: float) -> None:
        """Render what is known, once, and hand it to every viewer."""
        self._told_s, new = now_s, self._new
        self.now, self._public = sse("now", _NOW.dump_json(self.known(now_s))), None
        self.fresh, self.urgent, self._new = False, False, []
        for viewer in self.viewers:
            viewer.told(new)

    @property
    def public(self) -> bytes:
        """As `now`, for share links: few look by one."""
        if self._public is None:
            told_s = self._told_s
            self._public = (
                b"" if told_s is None else sse("now", _PUBLIC.dump_json(self.known_by_link(told_s)))
            )
        return self._public

    def join(self, viewer: Viewer, now_s: float) -> None:
        """One more viewer, who is told from now on. The first one finds nothing that is old."""
        if not self.viewers:
            self.tell(now_s)
        self.viewers.add(viewer)

    def close(self) -> None:
        """The server goes."""
        for viewer in self.viewers:
            viewer.over()

    def all(self) -> list[Told]:
        """The lines that are kept, as they arrived."""
        return sorted(self.lines, key=lambda told: told.line.id)

    def since(self, number: int) -> list[Told] | None:
        """The lines numbered above `number`, as they arrived; None where some are not kept any more."""
        if number < self.dropped or number > self.after:
            return None
        return [told for told in self.all() if told.line.id > number]


def _with_past(walk: Walk, trip: Row[tuple[object, ...]]) -> Walk:
    """With what is older than the positions that were read: since when it stands as it does."""
    if walk.end is None and trip.ended_utc_s is not None:
        walk = replace(walk, end=End((0, 0), trip.ended_utc_s, bool(trip.arrived), by_person=False))
    if trip.state_utc_s is None or trip.state != walk.going.state:
        return walk
    since_s = min(trip.state_utc_s, walk.going.since_utc_s)
    walk = replace(walk, going=Standing(walk.going.state, since_s))
    if trip.state == "off_route":
        return replace(walk, off_utc_s=since_s)
    if trip.state == "paused" and walk.still is not None:
        return replace(walk, still=replace(walk.still, utc_s=since_s))
    return walk


def sse(kind: str, data: bytes, number: str | None = None) -> bytes:
    """One Server-Sent Event; `data` is one line of JSON."""
    head = b"" if number is None else b"id: %s\n" % number.encode()
    return b"%sevent: %s\ndata: %s\n\n" % (head, kind.encode(), data)


async def newest_number(connection: AsyncConnection) -> int:
    """The highest number of an event; 0: there is none."""
    return (await connection.execute(_NEWEST)).scalar_one() or 0


async def load(
    connection: AsyncConnection, trip: Row[tuple[object, ...]], epoch: str, recent: Recent | None = None
) -> Feed:
    """The feed of a trip's row as the connection's snapshot has it; the caller must be allowed."""
    feed = Feed(trip.id, epoch, await way_of(connection, trip), new_walk(trip.accepted_utc_s), recent)
    newest, mine = await newest_number(connection), {"trip": trip.id}
    queries = (_OTHERS, _KEPT, _HEALTH)
    found = {row.id: row for query in queries for row in await connection.execute(query, mine)}
    moved = (await read_last(connection, _MOVED, trip.id, _PAST_FIXES))[::_PAST_STEP]
    found |= {row.id: row for row in moved}
    feed.recall(sorted(found.values(), key=lambda row: (row.log_id, row.seq)), trip)
    for place in (await calls_ended(connection, (trip.id,))).get(trip.id, ()):
        feed.call_ended(place)
    feed.after = newest
    if feed.dropped:
        feed.dropped = max(feed.dropped, await _newest_before(connection, trip.id, feed.lines[0].place))
    return feed


async def _newest_before(connection: AsyncConnection, trip_id: str, place: tuple[int, int]) -> int:
    """The highest number of what may be a line and happened before `place`: it may have arrived last."""
    asked = {"trip": trip_id, "log": place[0], "seq": place[1]}
    return (await connection.execute(_NEWEST_BEFORE, asked)).scalar_one() or 0


async def calls_ended(
    connection: AsyncConnection, trip_ids: Collection[str]
) -> Mapping[str, list[tuple[int, int]]]:
    """Calls for help that their wearers have ended on a page, by trip: their places in the log."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in await connection.execute(_CALLS_ENDED, {"trips": list(trip_ids)}):
        found.setdefault(row.trip_id, []).append(place_of(row.key))
    return found


async def trip_row(connection: AsyncConnection, trip_id: str) -> Row[Any]:
    """The trip's own row; the caller must be allowed."""
    return (await connection.execute(_TRIP, {"trip": trip_id})).one()


async def load_way(connection: AsyncConnection, trip_id: str) -> Way | None:
    """The way that a trip follows now; None: the trip was erased meanwhile."""
    trip = (await connection.execute(_TRIP, {"trip": trip_id})).one_or_none()
    return None if trip is None else await way_of(connection, trip)


async def last_seen(connection: AsyncConnection, trip_id: str) -> Seen | None:
    """The trip's last position, by its place in the log; the caller must be allowed."""
    stored = await newest_position(connection, trip_id)
    if stored is None or not isinstance(stored.event.what, Moved):
        return None
    fix = stored.event.what.fix
    return Seen(fix, stored.place, true_utc_s(stored, fix))
