"""Following a trip: what is known now, in words, and how old it is. Pure.

Nothing old looks live: every position carries its age, and past `NO_CONTACT_S` the words are "no contact
since", with the last position named as the last one. The newest is the last of the device's log, not what
arrived last: after hours without a network the old comes beside the new.
"""

from dataclasses import dataclass, replace
from typing import Literal

from server.clock import day_hour_minute, hour_minute
from server.picture import Frame
from server.walk_state import NO_CONTACT_S, Standing, Walk, judge
from server.walk_state import State as WalkState
from server.where import RouteWords, placed
from server.words import Pair, age_words, standing_words

STALE_S = 15.0  # positions come at 1 Hz: a quarter of a minute is no longer "here"
_ANOTHER_DAY_S = 12 * 3600.0

# no_position: the device speaks, and does not know where it is.
State = Literal["waiting", "live", "stale", "no_position", "no_contact", "ended"]


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of the wearer's place at this moment.

    A page shows the sentence and the age together, and lets the age grow; positions and age are
    null while there are none. `walk`: how the walk stands, since when, and its words.
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


@dataclass(frozen=True, slots=True)
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


def tell(words: RouteWords | None, frame: Frame | None, walk: Walk, now_s: float) -> Now:
    """What to say. `words`: of the route, if there is one; `frame`: of its drawing."""
    now, standing = _placed(words, frame, walk, now_s), judge(walk, now_s)
    alarm_ja, alarm_en = _alarm(walk, now_s)
    walk_ja, walk_en = _standing(standing, now, now_s)
    return replace(
        now,
        alarm_ja=alarm_ja,
        alarm_en=alarm_en,
        walk=standing.state,
        walk_since_utc_s=standing.since_utc_s,
        walk_ja=walk_ja,
        walk_en=walk_en,
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
    )


def _placed(words: RouteWords | None, frame: Frame | None, walk: Walk, now_s: float) -> Now:
    if walk.last is None:
        return _no_position(walk, now_s)
    fix, age_s = walk.last.fix, max(now_s - walk.last.utc_s, 0.0)
    place = placed(words, fix)
    state = _state(walk, age_s, now_s)
    ja, en = _sentence(state, walk, (place.ja, place.en), now_s)
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


def _time(utc_s: float, now_s: float) -> str:
    """The hour and minute; the day too, where it may be another one."""
    return (day_hour_minute if now_s - utc_s >= _ANOTHER_DAY_S else hour_minute)(utc_s)


def _alarm(walk: Walk, now_s: float) -> Pair:
    """A call for help stays until it is taken back, with the time it was made."""
    if walk.sos is None or not walk.sos.on:
        return "", ""
    time = _time(walk.sos.utc_s, now_s)
    return (
        f"SOS: {time} に助けを求めました。電話をするか、110番・119番へ連絡してください。",
        f"SOS: called for help at {time}. Telephone them, or call 110 or 119.",
    )


def _standing(standing: Standing, now: Now, now_s: float) -> Pair:
    if now.state == standing.state:
        return "", ""  # silence and the end: the sentence says it already
    ja, en = standing_words(standing.state, _time(standing.since_utc_s, now_s))
    # What somebody did when they were last heard of is not what they do.
    if now.state in ("stale", "no_position") and standing.state in ("walking", "paused", "off_route"):
        return f"最後の知らせでは、{ja}", f"At last word: {en[0].lower()}{en[1:]}"
    return ja, en


def _state(walk: Walk, age_s: float, now_s: float) -> State:
    if walk.end is not None:
        return "ended"
    if age_s >= NO_CONTACT_S:
        heard = walk.contact_utc_s is not None and now_s - walk.contact_utc_s < NO_CONTACT_S
        return "no_position" if heard else "no_contact"
    return "stale" if age_s >= STALE_S else "live"


def _sentence(state: State, walk: Walk, place: Pair, now_s: float) -> Pair:
    time = "" if walk.last is None else _time(walk.last.utc_s, now_s)
    if walk.end is not None:
        ended = _time(walk.end.utc_s, now_s)
        return (
            f"{ended} に外出を終えました。最後の位置: {place[0]}、{time}",
            f"The outing ended at {ended}. Last position: {place[1]}, {time}",
        )
    if state == "no_position":
        return (
            f"端末は動いていますが、{time} から位置が分かりません。最後の位置: {place[0]}",
            f"The device speaks, but its position has been unknown since {time}. Last position: {place[1]}",
        )
    if state == "no_contact":
        return (
            f"{time} から連絡がありません。今の位置は分かりません。最後の位置: {place[0]}",
            f"No contact since {time}. Where they are now is unknown. Last position: {place[1]}",
        )
    return f"{place[0]}、{time}", f"{place[1][0].upper()}{place[1][1:]}, {time}"


def _no_position(walk: Walk, now_s: float) -> Now:
    if walk.end is not None:
        ja, en = "外出は終わりました。位置は届きませんでした", "The outing is over; no position ever came"
        return Now("ended", ja, en)
    if walk.contact_utc_s is None:
        return Now("waiting", "端末からの連絡を待っています", "Waiting for the device")
    since_s = max(now_s - walk.contact_utc_s, 0.0)
    age_ja, age_en = age_words(since_s)
    state: State = "waiting" if since_s < NO_CONTACT_S else "no_contact"
    ja, en = "位置が分かりません。最後の連絡", "The position is unknown. Last contact"
    return Now(state, ja, en, round(since_s, 1), age_ja, age_en)
