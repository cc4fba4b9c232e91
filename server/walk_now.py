"""What a wearer's own page says of the walk: where they are, who watches, and how a call for help stands.

In words for the one who walks; `server.live` has those for who follows.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import Action, Actor
from server.alerts.book import Told
from server.allow import allow_trip
from server.clock import hour_minute
from server.feed import last_seen
from server.parts import Parts
from server.tables import alerts
from server.trips import newest_event
from server.viewing import who_watches
from server.walk_state import Seen
from server.ways import way_of
from server.where import Place, RouteWords, placed
from server.words import Pair
from wire.base import message
from wire.trip import Sos

# raised: it is stored, and nobody was told yet. taken: somebody takes care of it.
CallState = Literal["none", "raised", "open", "taken"]
MOST_ONLOOKERS: Final = 50  # told of: nobody listens to more
_CALLS: Final = ("sos", "fell")
_NEAR_S: Final = 1.0  # an alert follows its event by less, or is of it
_NO_POSITION: Final[Pair] = (
    "まだ位置が届いていません。今どこかは分かりません。",
    "No position has come yet: where you are is unknown.",
)
_RAISED: Final[Pair] = (
    "助けを呼びました。まだ誰にも知らせていません。返事を待っています。",
    "You have called for help. Nobody has been told yet. Waiting for an answer.",
)
_NOBODY: Final[Pair] = (
    "助けを呼びましたが、知らせた人はまだいません。急ぐときは、電話で110番か119番に連絡してください。",
    "You have called for help, but nobody was told yet. If it is urgent, telephone 110 or 119.",
)


@message
class Onlooker:
    """Who has the walk open now. `role`: caregiver, or link (whoever has that address)."""

    name: str
    role: str


@message
class WalkNow:
    """The sentences stand by themselves; a page lets the age grow. Null: no position has come.

    `call`: how a call for help stands; its sentences are empty where there is none.
    """

    trip_id: str
    ended: bool
    where_ja: str
    where_en: str
    age_s: float | None
    remaining_m: float | None
    accuracy_m: float | None
    watching: Annotated[tuple[Onlooker, ...], Field(max_length=MOST_ONLOOKERS)]
    call: CallState
    call_ja: str
    call_en: str


async def walk_now(parts: Parts, wearer: Actor, trip_id: str) -> WalkNow:
    """Of one of the wearer's own trips; `NotFound` for any other."""
    now_s = parts.clock.utc_s()
    async with parts.db.read() as connection:
        trip = await allow_trip(connection, wearer, Action.WATCH_LIVE, trip_id)
        seen = await last_seen(connection, trip_id)
        way = await way_of(connection, trip)
        rows = await who_watches(connection, trip_id, now_s)
        raised = await _raised(connection, trip_id)
    call, words = await _call(parts, wearer, trip_id, raised=raised)
    words_of_route = None if way.route is None else RouteWords.of(way.route)
    place = None if seen is None else placed(words_of_route, seen.fix)
    ja, en = _NO_POSITION if seen is None or place is None else where_words(place, seen)
    return WalkNow(
        trip_id=trip_id,
        ended=trip.ended_utc_s is not None,
        where_ja=ja,
        where_en=en,
        age_s=None if seen is None else round(max(now_s - seen.utc_s, 0.0), 1),
        remaining_m=None if place is None or place.remaining_m is None else round(place.remaining_m, -1),
        accuracy_m=None if seen is None else round(seen.fix.accuracy_m),
        watching=_onlookers(rows, wearer),
        call=call,
        call_ja=words[0],
        call_en=words[1],
    )


def where_words(place: Place, seen: Seen) -> Pair:
    """Where the wearer was, with the time, how far it is, and how wrong it may be."""
    time, off_m = hour_minute(seen.utc_s), round(seen.fix.accuracy_m)
    ja, en = f"{place.ja}。", f"{place.en[0].upper()}{place.en[1:]}."
    if place.remaining_m is not None:
        metres = max(round(place.remaining_m, -1), 10.0)
        ja += f"目的地まで約{metres:.0f}m。"
        en += f" About {metres:.0f} m to the destination."
    return (
        f"{ja}誤差は約{off_m}m。{time} の位置。",
        f"{en} It may be off by about {off_m} m. Position of {time}.",
    )


def _onlookers(rows: Sequence[Row[Any]], wearer: Actor) -> tuple[Onlooker, ...]:
    others = [row for row in rows if row.user_id != wearer.user_id][:MOST_ONLOOKERS]
    return tuple(
        Onlooker(
            name=row.name or row.link_name or "", role="link" if row.link_id is not None else row.role or ""
        )
        for row in others
    )


async def _raised(connection: AsyncConnection, trip_id: str) -> bool:
    """Whether the newest word is a call for help of which there is no alert yet."""
    stored = await newest_event(connection, trip_id, "sos")
    if stored is None or not isinstance(stored.event.what, Sos) or stored.event.what.state != "raised":
        return False
    known = select(alerts.c.id).where(
        alerts.c.trip_id == trip_id,
        alerts.c.kind.in_(_CALLS),
        alerts.c.changed_utc_s >= stored.received_utc_s - _NEAR_S,
    )
    return (await connection.execute(known.limit(1))).first() is None


async def _call(parts: Parts, wearer: Actor, trip_id: str, *, raised: bool) -> tuple[CallState, Pair]:
    book = parts.alerts.book
    active = [
        alert for alert in await book.active(wearer) if alert.trip_id == trip_id and alert.kind in _CALLS
    ]
    if not active:
        return ("raised", _RAISED) if raised else ("none", ("", ""))
    taken = next((alert for alert in active if alert.state == "acknowledged"), None)
    if taken is not None:
        return "taken", taken.outcome or _RAISED
    told = await book.told(wearer, [alert.id for alert in active])
    return "open", _open([one for each in told.values() for one in each])


def _open(told: Sequence[Told]) -> Pair:
    """Who was told: a message that could not be sent, or waits still, has told nobody."""
    reached = [one for one in told if one.way == "page" or one.sent_utc_s is not None]
    names = list(dict.fromkeys(one.name for one in reached))
    if not names:
        return _NOBODY
    ja, en = "、".join(f"{name}さん" for name in names), ", ".join(names)
    return (
        f"助けを呼びました。{ja}に知らせました。まだ誰も応えていません。返事を待っています。",
        f"You have called for help. {en} was told. Nobody has answered yet. Waiting for an answer.",
    )
