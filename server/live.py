"""Following a trip: what is known now, how old it is, and a stream that says when that changes.

Nothing old looks live: every position carries its age, and past `NO_CONTACT_S` the words are
"no contact since", with the last position named as the last one. The newest is the last of the device's log,
not what arrived last: after hours without a network the old comes beside the new.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor, allow_trip
from server.clock import Clock, hour_minute
from server.database import Database
from server.errors import ApiError
from server.hub import Hub
from server.lines import Line, line_of, time_of
from server.picture import Frame
from server.routes import stored_route
from server.tables import events
from server.trips import PAGE, Stored, newest_event, read_events
from server.ways import Way, way_of
from server.where import RouteWords, placed
from server.words import Pair, age_words
from wire.position import Fix
from wire.trip import Moved, Sos

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
    alarm_ja: str = ""  # the wearer calls for help and did not take it back
    alarm_en: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A trip's last signs of life, from the store."""

    fix: Fix | None
    fix_received_utc_s: float
    contact_utc_s: float | None  # when anything was received last
    ended_utc_s: float | None
    fix_waited_s: float = 0.0  # in the device's log, by its clock
    sos: Stored | None = None  # the last word about an SOS


def age_of(utc_s: float, received_utc_s: float, now_s: float, waited_s: float = 0.0) -> float:
    """Seconds since a position was true, never less than since it was received and the time it waited before.

    A fix that waited in the device's log is old though just received; a device whose clock is
    ahead must not make its positions younger than they are.
    """
    return max(now_s - utc_s, now_s - received_utc_s + waited_s, 0.0)


def age_of_known(known: "Known", now_s: float) -> float | None:
    """The age of the last position; None where there is none."""
    if known.fix is None:
        return None
    return age_of(known.fix.utc_s, known.fix_received_utc_s, now_s, known.fix_waited_s)


def tell(words: RouteWords | None, frame: Frame | None, known: Known, now_s: float) -> Now:
    """What to say. Pure. `words`: of the route, if there is one; `frame`: of its drawing."""
    alarm_ja, alarm_en = _alarm(known.sos)
    return replace(_placed(words, frame, known, now_s), alarm_ja=alarm_ja, alarm_en=alarm_en)


def _placed(words: RouteWords | None, frame: Frame | None, known: Known, now_s: float) -> Now:
    fix, age_s = known.fix, age_of_known(known, now_s)
    if fix is None or age_s is None:
        return _no_position(known, now_s)
    place = placed(words, fix)
    state = _state(known, age_s)
    ja, en = _sentence(state, known, (place.ja, place.en), hour_minute(fix.utc_s))
    age_ja, age_en = age_words(age_s)
    mark = None if frame is None else frame.mark(fix.lat, fix.lon)
    return Now(
        state=state,
        sentence_ja=ja,
        sentence_en=en,
        age_s=round(age_s, 1),
        age_ja=age_ja,
        age_en=age_en,
        remaining_m=None if place.remaining_m is None else round(place.remaining_m, -1),
        lat=fix.lat,
        lon=fix.lon,
        accuracy_m=round(fix.accuracy_m, 1),
        x=None if mark is None else mark.x,
        y=None if mark is None else mark.y,
    )


def _alarm(sos: Stored | None) -> Pair:
    """A call for help stays until it is taken back, with the time it was made."""
    if sos is None or not isinstance(sos.event.what, Sos) or sos.event.what.state != "raised":
        return "", ""
    time = time_of(sos)
    return (
        f"SOS: {time} に助けを求めました。電話をするか、110番・119番へ連絡してください。",
        f"SOS: called for help at {time}. Telephone them, or call 110 or 119.",
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
    """The trip's last fix, last contact and last SOS; the caller must be allowed."""
    newest = select(events.c.received_utc_s).where(events.c.trip_id == trip_id).order_by(events.c.id.desc())
    contact = (await connection.execute(newest.limit(1))).scalar_one_or_none()
    moved = await newest_event(connection, trip_id, "moved")
    known = Known(None, 0.0, contact, ended_utc_s, sos=await newest_event(connection, trip_id, "sos"))
    if moved is None or not isinstance(moved.event.what, Moved):
        return known
    fix, waited_s = moved.event.what.fix, moved.waited_s or 0.0
    return replace(known, fix=fix, fix_received_utc_s=moved.received_utc_s, fix_waited_s=waited_s)


class LiveTrip:
    """One trip as one viewer follows it; every look asks again whether they may."""

    def __init__(self, db: Database, clock: Clock, trip_id: str, way: Way) -> None:
        self._db = db
        self._clock = clock
        self.trip_id = trip_id
        self.behind = False  # more has arrived than one look takes
        self._followed = None if way.route is None else way.route.route_id
        self._words = None if way.route is None else RouteWords.of(way.route)
        self._frame = way.frame()

    @classmethod
    async def open(cls, db: Database, clock: Clock, actor: Actor, trip_id: str) -> "LiveTrip":
        """For an actor who may watch; else `ApiError`."""
        async with db.read() as connection:
            trip = await allow_trip(connection, actor, Action.WATCH_LIVE, trip_id)
            return cls(db, clock, trip_id, await way_of(connection, trip))

    async def look(self, actor: Actor, after: int) -> tuple[list[Line], int, Now]:
        """The lines that arrived after event `after`, the number to go on from, and what is known now."""
        async with self._db.read() as connection:
            trip = await allow_trip(connection, actor, Action.WATCH_LIVE, self.trip_id)
            found = await read_events(connection, self.trip_id, after, PAGE, but=("moved",))
            known = await last_known(connection, self.trip_id, trip.ended_utc_s)
            followed = trip.followed_route_id or trip.route_id
            if followed is not None and followed != self._followed:
                self._words = RouteWords.of(await stored_route(connection, followed))
                self._followed = followed
        self.behind = len(found) == PAGE
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
            if not trip.behind:
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
