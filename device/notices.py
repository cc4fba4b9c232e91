"""What the server tells the wearer, from its coming until it was heard. Pure.

Each is told once, as long as it is of use; one that was not heard is told again. A question has a machine of
its own (`device.controls.question`).
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from device.announcements import AlertKind, Announcement
from device.arbiter import Settled
from device.facts import Reached, Watcher
from device.producers import announcement
from device.senses import Noticed
from device.words import NEVER_SAID
from wire.trip import Answered
from wire.uplink import NoticeKind

AGAIN_S: Final = 5.0
# A name is somebody's own words: it is read aloud in a warning device, and must not sound like one.
_LONGEST_NAME: Final = 30
_UNSEEN: Final = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # marks between letters that no voice says
_KEY: Final = "notice/"
_MOST_DONE: Final = 500

KINDS: Final[Mapping[NoticeKind, AlertKind]] = {
    "link_opened": AlertKind.LINK_OPENED,
    "watching": AlertKind.WATCHING,
    "sos_sent": AlertKind.SOS_TOLD,
    "sos_seen": AlertKind.SOS_SEEN,
}
# What is known now says more than these: they are not true any more, or not the whole.
_OF_DEVICE: Final = frozenset({AlertKind.SOS_STORED, AlertKind.SOS_SENT, AlertKind.SOS_FAILED})
OVERTAKEN: Final[Mapping[NoticeKind, frozenset[AlertKind]]] = {
    "sos_sent": _OF_DEVICE | {AlertKind.SOS_TOLD, AlertKind.SOS_SEEN},
    "sos_seen": _OF_DEVICE | {AlertKind.SOS_TOLD, AlertKind.SOS_SEEN},
}
# Who looks can wait for the far side of a road.
_CAN_WAIT: Final = frozenset({"link_opened", "watching"})
WAIT_AT_KERB: Final = frozenset(KINDS[kind] for kind in ("link_opened", "watching"))


@dataclass(frozen=True, slots=True)
class _Waiting:
    notice: Noticed
    again_s: float | None = None  # it was not heard: told anew then


@dataclass(frozen=True, slots=True)
class NoticeBook:
    """The memory between steps; begin with `NoticeBook()`."""

    waiting: Mapping[str, _Waiting] = field(default_factory=dict)
    done: tuple[str, ...] = ()  # the newest last
    sent: bool = False  # heard: a call for help went to people, and nobody has taken it since

    def knows(self, notice_id: str) -> bool:
        """Whether it came before."""
        return notice_id in self.waiting or notice_id in self.done


@dataclass(frozen=True, slots=True)
class Moment:
    """`trip_id`: the trip that is under way, "": none. `crossing`: the wearer may be on a carriageway."""

    now_s: float
    trip_id: str = ""
    crossing: bool = False


def of_this_trip(notice: Noticed, trip_id: str) -> bool:
    """Whether it is about the trip that is under way."""
    return notice.trip_id in ("", trip_id)


def take(
    book: NoticeBook, came: Iterable[Noticed], moment: Moment
) -> tuple[NoticeBook, tuple[Announcement, ...]]:
    """What to tell now: what is new, and what was not heard. Questions are not taken."""
    now_s = moment.now_s
    for notice in came:
        if book.knows(notice.id) or now_s >= notice.until_s:
            continue
        if notice.kind in KINDS:
            book = _with(_overtaken(book, notice.kind), _Waiting(notice, now_s))
        else:  # a question: asked by the desk, and not again when it is sent again
            book = _done(book, notice.id)
    told: list[Announcement] = []
    for one in tuple(book.waiting.values()):
        if now_s >= one.notice.until_s:
            book = _done(book, one.notice.id)
        elif one.again_s is not None and now_s >= one.again_s and not _waits(one.notice, moment):
            book = _with(book, replace(one, again_s=None))
            told.append(_announcement(one.notice, moment, again=book.sent))
    return book, tuple(told)


def _waits(notice: Noticed, moment: Moment) -> bool:
    return moment.crossing and notice.kind in _CAN_WAIT


def _overtaken(book: NoticeBook, kind: NoticeKind) -> NoticeBook:
    """How a call stands now leaves nothing to say of how it stood: each word takes another's place."""
    for one in tuple(book.waiting.values()):
        if KINDS[one.notice.kind] in OVERTAKEN.get(kind, ()):
            book = _done(book, one.notice.id)
    return book


def settle(
    book: NoticeBook, settled: Iterable[Settled], now_s: float
) -> tuple[NoticeBook, tuple[Answered, ...]]:
    """Who was heard, for the log; what was not is told again."""
    answers: list[Answered] = []
    for item in settled:
        notice_id = item.announcement.key.removeprefix(_KEY)
        one = book.waiting.get(notice_id)
        if one is None or item.announcement.key == notice_id:
            continue
        if item.outcome == "spoken":
            book = _heard(_done(book, notice_id), one.notice)
            answers.append(Answered(notice_id=notice_id, answer="heard"))
        elif item.outcome in ("failed", "expired"):
            book = _with(book, replace(one, again_s=now_s + AGAIN_S))
    return book, tuple(answers)


def _heard(book: NoticeBook, notice: Noticed) -> NoticeBook:
    if notice.kind not in ("sos_sent", "sos_seen"):
        return book
    return replace(book, sent=notice.kind == "sos_sent" and notice.count > 0)


def _announcement(notice: Noticed, moment: Moment, *, again: bool) -> Announcement:
    kind = KINDS[notice.kind]
    past = not of_this_trip(notice, moment.trip_id)
    watcher = Watcher(spoken_name(notice.name), past=past)
    reached = Reached(notice.count, again, spoken_name(notice.name))
    params = reached if notice.kind == "sos_sent" else watcher
    made = announcement(kind, f"{_KEY}{notice.id}", params, moment.now_s)
    return replace(made, expires_s=notice.until_s)


def spoken_name(name: str) -> str:
    """A name as it may be read aloud: letters and what joins them, not too long; "": none is left."""
    # A phone may write a voiced kana in two signs, or letters at full width.
    whole = unicodedata.normalize("NFKC", name)
    kept = "".join(sign if _read_aloud(sign) else " " for sign in whole if sign not in _UNSEEN)
    spoken = " ".join(kept.split())[:_LONGEST_NAME].strip()
    says = spoken.lower().replace(" ", "")
    never = (phrase.replace(" ", "") for phrases in NEVER_SAID.values() for phrase in phrases)
    return "" if any(phrase in says for phrase in never) else spoken


def _read_aloud(sign: str) -> bool:
    return sign.isalnum() or sign in " ・-'ー々" or unicodedata.category(sign) in ("Mn", "Mc")


def _with(book: NoticeBook, one: _Waiting) -> NoticeBook:
    return replace(book, waiting={**book.waiting, one.notice.id: one})


def _done(book: NoticeBook, notice_id: str) -> NoticeBook:
    waiting = {known: one for known, one in book.waiting.items() if known != notice_id}
    return replace(book, waiting=waiting, done=(*book.done, notice_id)[-_MOST_DONE:])
