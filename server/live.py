"""Following a trip: what is known now, in words, and how old it is. Pure.

Nothing old looks live: every position carries its age, and past `NO_CONTACT_S` the words are "no contact
since", with the last position named as the last one. The newest is the last of the device's log, not what
arrived last: after hours without a network the old comes beside the new.
"""

from functools import lru_cache
from typing import Literal

from server.clock import day_hour_minute, hour_minute
from server.picture import Frame
from server.walk_state import NO_CONTACT_S, Seen, Standing, Walk, judge
from server.walk_state import State as WalkState
from server.where import Place, RouteWords, placed, rough_m
from server.words import Pair, age_words, battery_words, standing_words
from wire.base import value

STALE_S = 15.0  # positions come at 1 Hz: a quarter of a minute is no longer "here"
_ANOTHER_DAY_S = 12 * 3600.0

# no_position: the device speaks, and does not know where it is.
State = Literal["waiting", "live", "stale", "no_position", "no_contact", "ended"]
AgeOf = Literal["position", "contact"]


@value
class Now:
    """What is known of the wearer's place at this moment.

    A page shows the sentence and the age together, and lets the age grow; positions and age are
    null while there are none. `age_of`: what is so old, the position or (without one) the last contact.
    `walk`: how the walk stands, since when, and its words. `way`: the id of the route that is followed, ""
    without one: an open page draws anew when it changes. `battery`: the device's last word of it, if any.
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
    walk: WalkState = "planned"
    walk_since_utc_s: float = 0.0
    walk_ja: str = ""
    walk_en: str = ""
    age_of: AgeOf = "position"
    way: str = ""
    battery_ja: str = ""
    battery_en: str = ""
    battery_age_s: float | None = None


@value
class PublicNow:
    """What a share link shows: no more than the sentence, its age, and the mark in the drawing."""

    state: State
    sentence_ja: str
    sentence_en: str
    age_s: float | None
    age_ja: str
    age_en: str
    accuracy_m: float | None
    x: float | None
    y: float | None
    alarm_ja: str
    alarm_en: str
    walk_ja: str
    walk_en: str
    age_of: AgeOf = "position"
    way: str = ""


@value
class _Shown:
    """Where the wearer is, as `Now` has it."""

    state: State
    sentence: Pair
    age_s: float | None = None
    remaining_m: float | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    x: float | None = None
    y: float | None = None


def tell(words: RouteWords | None, frame: Frame | None, walk: Walk, now_s: float) -> Now:
    """What to say. `words`: of the route, if there is one; `frame`: of its drawing."""
    shown = _unplaced(walk, now_s) if walk.last is None else _placed(words, frame, walk, walk.last, now_s)
    standing = judge(walk, now_s)
    age_s = shown.age_s
    charge = None if walk.end is not None else walk.charge  # of an ended outing nobody needs it
    battery = ("", "") if charge is None else battery_words(charge.health, charge.percent)
    return Now(
        shown.state,
        *shown.sentence,
        None if age_s is None else round(age_s, 1),
        *(("", "") if age_s is None else age_words(age_s)),
        shown.remaining_m,
        shown.lat,
        shown.lon,
        shown.accuracy_m,
        shown.x,
        shown.y,
        *_alarm(walk, now_s),
        standing.state,
        standing.since_utc_s,
        *_standing(standing, shown.state, now_s),
        "contact" if walk.last is None else "position",
        "" if words is None else words.route_id,
        *battery,
        None if charge is None else round(max(now_s - charge.utc_s, 0.0), 1),
    )


def for_link(now: Now) -> PublicNow:
    """The same for whoever has the address. Of an ended outing nothing but that it is over."""
    if now.state == "ended":
        ja, en = (
            "この外出は終わりました。位置はもう表示しません。",
            "This outing is over. Its place is no longer shown.",
        )
        return PublicNow("ended", ja, en, None, "", "", None, None, None, now.alarm_ja, now.alarm_en, "", "")
    return PublicNow(
        now.state,
        now.sentence_ja,
        now.sentence_en,
        now.age_s,
        now.age_ja,
        now.age_en,
        now.accuracy_m,
        now.x,
        now.y,
        now.alarm_ja,
        now.alarm_en,
        now.walk_ja,
        now.walk_en,
        now.age_of,
        now.way,
    )


def _placed(words: RouteWords | None, frame: Frame | None, walk: Walk, last: Seen, now_s: float) -> _Shown:
    fix, age_s = last.fix, max(now_s - last.utc_s, 0.0)
    known = words is not None and words.line is walk.line
    place, state = placed(words, fix, walk.on if known else None), _state(walk, age_s, now_s)
    mark = None if frame is None else frame.mark(fix.lat, fix.lon)
    return _Shown(
        state,
        _sentence(state, walk, last, words, place, now_s),
        age_s,
        None if place.remaining_m is None else round(place.remaining_m, -1),
        fix.lat,
        fix.lon,
        round(fix.accuracy_m, 1),
        None if mark is None else mark.x,
        None if mark is None else mark.y,
    )


def _time(utc_s: float, now_s: float) -> str:
    """The hour and minute; the day too, where it may be another one."""
    return day_hour_minute(utc_s) if now_s - utc_s >= _ANOTHER_DAY_S else _minute_of_the_day(int(utc_s // 60))


@lru_cache(maxsize=256)
def _minute_of_the_day(minute: int) -> str:
    """All whose newest position is of this minute say it in the same words."""
    return hour_minute(60.0 * minute)


def _alarm(walk: Walk, now_s: float) -> Pair:
    """A call for help stays until it is taken back, with the time it was made."""
    if walk.sos is None or not walk.sos.on:
        return "", ""
    time = _time(walk.sos.utc_s, now_s)
    return (
        f"SOS: {time} に助けを求めました。電話をするか、110番・119番へ連絡してください。",
        f"SOS: called for help at {time}. Telephone them, or call 110 or 119.",
    )


def _standing(standing: Standing, state: State, now_s: float) -> Pair:
    if state == standing.state:
        return "", ""  # silence and the end: the sentence says it already
    ja, en = standing_words(standing.state, _time(standing.since_utc_s, now_s))
    # What somebody did when they were last heard of is not what they do.
    if state in ("stale", "no_position") and standing.state in ("walking", "paused", "off_route"):
        return f"最後の知らせでは、{ja}", f"At last word: {en[0].lower()}{en[1:]}"
    return ja, en


def _state(walk: Walk, age_s: float, now_s: float) -> State:
    if walk.end is not None:
        return "ended"
    if age_s >= NO_CONTACT_S:
        heard = walk.contact_utc_s is not None and now_s - walk.contact_utc_s < NO_CONTACT_S
        return "no_position" if heard else "no_contact"
    return "stale" if age_s >= STALE_S else "live"


def _sentence(
    state: State, walk: Walk, last: Seen, words: RouteWords | None, place: Place, now_s: float
) -> Pair:
    time = _time(last.utc_s, now_s)
    if walk.end is not None:
        ended = _time(walk.end.utc_s, now_s)
        return (
            f"{ended} に外出を終えました。最後の位置: {place.ja}、{time}",
            f"The outing ended at {ended}. Last position: {place.en}, {time}",
        )
    if state == "no_position":
        return (
            f"端末は動いていますが、{time} から位置が分かりません。最後の位置: {place.ja}",
            f"The device speaks, but its position has been unknown since {time}. Last position: {place.en}",
        )
    if state == "no_contact":
        return (
            f"{time} から連絡がありません。今の位置は分かりません。最後の位置: {place.ja}",
            f"No contact since {time}. Where they are now is unknown. Last position: {place.en}",
        )
    ja, en = _on_the_way(words, place, last.fix.accuracy_m)
    if state == "live":
        return f"{time} 現在、{ja}", f"At {time}, {en}"
    return f"{time} の時点で、{ja}", f"As of {time}, {en}"


def _on_the_way(words: RouteWords | None, place: Place, accuracy_m: float) -> Pair:
    """From where to where, how far it is yet, and how far to the next crossing or corner."""
    if words is None or place.remaining_m is None:
        return place.ja, place.en
    if place.off_route:
        return f"{words.way[0]}、{place.ja}", f"{words.way[1]}, {place.en}"
    metres = rough_m(max(place.remaining_m, 10.0), accuracy_m)
    ja, en = f"{words.way[0]} あと約{metres}m", f"{words.way[1]}, about {metres} m to go"
    return (f"{ja}、{place.next[0]}", f"{en}, {place.next[1]}") if place.next[0] else (ja, en)


def _unplaced(walk: Walk, now_s: float) -> _Shown:
    if walk.end is not None:
        return _Shown(
            "ended",
            ("外出は終わりました。位置は届きませんでした", "The outing is over; no position ever came"),
        )
    if walk.contact_utc_s is None:
        return _Shown("waiting", ("端末からの連絡を待っています", "Waiting for the device"))
    since_s = max(now_s - walk.contact_utc_s, 0.0)
    state: State = "waiting" if since_s < NO_CONTACT_S else "no_contact"
    return _Shown(state, ("位置が分かりません。最後の連絡", "The position is unknown. Last contact"), since_s)
