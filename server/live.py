"""Following a trip: what is known now, how old it is, and a stream that says when that changes.

Nothing old looks live: every position carries its age, and past `NO_CONTACT_S` the words are
"no contact since", with the last position named as the last one.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, allow_trip
from server.clock import Clock, hour_minute
from server.database import Database
from server.errors import ApiError
from server.hub import Hub
from server.picture import Frame
from server.routes import stored_route
from server.tables import events
from server.trips import PAGE, Stored, read_events
from server.where import RouteWords
from server.words import Pair, age_words, event_words
from wire.codec import EVENT
from wire.position import Fix
from wire.route import Route
from wire.trip import Moved

STALE_S = 15.0  # positions come at 1 Hz: a quarter of a minute is no longer "here"
NO_CONTACT_S = 120.0
_BEAT_S = 5.0  # the stream repeats what it knows, so that a dead line is noticed
_BREATH_S = 0.5  # after a reconnection hundreds of events come at once: one look takes them all

State = Literal["waiting", "live", "stale", "no_contact", "ended"]


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of the wearer's place at this moment.

    A page shows the sentence and the age together, and lets the age grow; positions and age are
    null while there are none.
    """

    state: State
    sentence_ja: str
    sentence_en: str
    age_s: float | None = None
    age_ja: str = ""
    age_en: str = ""
    remaining_m: float | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    x: float | None = None  # in the page's drawing
    y: float | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A trip's last signs of life, from the store."""

    fix: Fix | None
    fix_received_utc_s: float
    contact_utc_s: float | None  # when anything was received last
    ended_utc_s: float | None


def age_of(utc_s: float, received_utc_s: float, now_s: float) -> float:
    """Seconds since a position was true, never less than since it was received.

    A fix that waited in the device's log is old though just received; a device whose clock is
    ahead must not make its positions younger than they are.
    """
    return max(now_s - utc_s, now_s - received_utc_s, 0.0)


def tell(route: RouteWords, frame: Frame, known: Known, now_s: float) -> Now:
    """What to say. Pure."""
    fix = known.fix
    if fix is None:
        return _no_position(known, now_s)
    place = route.place(fix)
    age_s = age_of(fix.utc_s, known.fix_received_utc_s, now_s)
    state = _state(known, age_s)
    ja, en = _sentence(state, known, (place.ja, place.en), hour_minute(fix.utc_s))
    age_ja, age_en = age_words(age_s)
    mark = frame.mark(fix.lat, fix.lon)
    return Now(
        state=state,
        sentence_ja=ja,
        sentence_en=en,
        age_s=round(age_s, 1),
        age_ja=age_ja,
        age_en=age_en,
        remaining_m=round(place.remaining_m, -1),
        lat=fix.lat,
        lon=fix.lon,
        accuracy_m=round(fix.accuracy_m, 1),
        x=mark.x,
        y=mark.y,
    )


def _state(known: Known, age_s: float) -> State:
    if known.ended_utc_s is not None:
        return "ended"
    if age_s >= NO_CONTACT_S:
        return "no_contact"
    return "stale" if age_s >= STALE_S else "live"


def _sentence(state: State, known: Known, place: Pair, time: str) -> Pair:
    if state == "ended" and known.ended_utc_s is not None:
        ended = hour_minute(known.ended_utc_s)
        return (
            f"{ended} に外出を終えました。最後の位置: {place[0]}、{time}",
            f"The outing ended at {ended}. Last position: {place[1]}, {time}",
        )
    if state == "no_contact":
        return (
            f"{time} から連絡がありません。今の位置は分かりません。最後の位置: {place[0]}",
            f"No contact since {time}. Where they are now is unknown. Last position: {place[1]}",
        )
    return f"{place[0]}、{time}", f"{place[1][0].upper()}{place[1][1:]}, {time}"


def _no_position(known: Known, now_s: float) -> Now:
    if known.ended_utc_s is not None:
        ja, en = "外出は終わりました。位置は届きませんでした", "The outing is over; no position ever came"
        return Now("ended", ja, en)
    if known.contact_utc_s is None:
        return Now("waiting", "端末からの連絡を待っています", "Waiting for the device")
    since_s = max(now_s - known.contact_utc_s, 0.0)
    age_ja, age_en = age_words(since_s)
    state: State = "waiting" if since_s < NO_CONTACT_S else "no_contact"
    ja, en = "位置が分かりません。最後の連絡", "The position is unknown. Last contact"
    return Now(state, ja, en, round(since_s, 1), age_ja, age_en)


async def last_known(connection: AsyncConnection, trip_id: str, ended_utc_s: float | None) -> Known:
    """The trip's last fix and last contact; the caller must be allowed."""
    newest = select(events).where(events.c.trip_id == trip_id).order_by(events.c.id.desc()).limit(1)
    contact = (await connection.execute(newest)).one_or_none()
    moved = (await connection.execute(newest.where(events.c.type == "moved"))).one_or_none()
    what = None if moved is None else EVENT.decode(moved.body).what
    return Known(
        fix=what.fix if isinstance(what, Moved) else None,
        fix_received_utc_s=0.0 if moved is None else moved.received_utc_s,
        contact_utc_s=None if contact is None else contact.received_utc_s,
        ended_utc_s=ended_utc_s,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the event list."""

    id: int
    time: str
    ja: str
    en: str


def line_of(stored: Stored) -> Line | None:
    """The line for a stored event; None where there is nothing to read."""
    words = event_words(stored.event)
    return None if words is None else Line(stored.id, hour_minute(stored.event.utc_s), *words)


@dataclass(frozen=True, slots=True)
class Way:
    """The route that a trip follows now, and the one that it began with: mostly the same."""

    route: Route
    first: Route


async def way_of(connection: AsyncConnection, trip: Row[tuple[object, ...]]) -> Way:
    """The way of a trip's row; the caller must be allowed."""
    first = await stored_route(connection, trip.route_id)
    if trip.followed_route_id is None:
        return Way(first, first)
    return Way(await stored_route(connection, trip.followed_route_id), first)


class LiveTrip:
    """One trip as one viewer follows it; every look asks again whether they may."""

    def __init__(self, db: Database, clock: Clock, trip_id: str, way: "Way") -> None:
        self._db = db
        self._clock = clock
        self.trip_id = trip_id
        self._followed = way.route.route_id
        self._words = RouteWords.of(way.route)
        self._frame = Frame.around(way.first)

    @classmethod
    async def open(cls, db: Database, clock: Clock, actor: Actor, trip_id: str) -> "LiveTrip":
        """For an actor who may watch; else `ApiError`."""
        async with db.read() as connection:
            trip = await allow_trip(connection, actor, Action.WATCH_LIVE, trip_id)
            return cls(db, clock, trip_id, await way_of(connection, trip))

    async def look(self, actor: Actor, after: int) -> tuple[list[Line], int, Now]:
        """The lines after event `after`, the number to go on from, and what is known now."""
        async with self._db.read() as connection:
            trip = await allow_trip(connection, actor, Action.WATCH_LIVE, self.trip_id)
            found = await read_events(connection, self.trip_id, after, PAGE, but=("moved",))
            known = await last_known(connection, self.trip_id, trip.ended_utc_s)
            followed = trip.followed_route_id or trip.route_id
            if followed != self._followed:
                self._words = RouteWords.of(await stored_route(connection, followed))
                self._followed = followed
        lines = [line for line in map(line_of, found) if line is not None]
        now = tell(self._words, self._frame, known, self._clock.utc_s())
        return lines, found[-1].id if found else after, now


# Who the viewer is at this moment; raises `ApiError` when their session is over.
StillWho = Callable[[], Awaitable[Actor]]


async def follow(trip: LiveTrip, hub: Hub, who: StillWho, resume: str | None) -> AsyncIterator[str]:
    """Server-Sent Events: `line` (numbered), `now`, `resync` after a restart, `closed` at the end."""
    after = _resume(resume, hub.epoch)
    yield "retry: 2000\n\n"
    if after is None:
        yield _sse("resync", {"epoch": hub.epoch})
        after = 0
    with hub.listen(trip.trip_id) as woken:
        while not hub.closing:
            woken.clear()
            try:
                lines, after, now = await trip.look(await who(), after)
            except ApiError as error:
                yield _sse("closed", {"ja": error.ja, "en": error.en})
                return
            for line in lines:
                yield _sse("line", asdict(line), f"{hub.epoch}.{line.id}")
            yield _sse("now", asdict(now))
            await _next_look(woken)


async def _next_look(woken: asyncio.Event) -> None:
    await asyncio.sleep(_BREATH_S)
    try:
        await asyncio.wait_for(woken.wait(), _BEAT_S - _BREATH_S)
    except TimeoutError:
        return  # the beat


def _resume(last: str | None, epoch: str) -> int | None:
    """The event number to go on after; None where the viewer's picture is of another server run."""
    if not last:
        return None
    said, _, number = last.partition(".")
    return (
        int(number) if said == epoch and number.isascii() and number.isdigit() and len(number) < 19 else None
    )


def _sse(kind: str, data: dict[str, object], number: str | None = None) -> str:
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
