"""Announcement to words, at the moment it starts playing, so that distances are those of now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from device import (
    words_answers_en,
    words_answers_ja,
    words_en,
    words_ja,
    words_notices_en,
    words_notices_ja,
    words_parts_en,
    words_parts_ja,
)
from device.announcements import (
    UNKNOWN,
    Again,
    AlertKind,
    Announcement,
    Fault,
    Fresh,
    Lang,
    PartsLost,
    TripInfo,
    Verbosity,
    freshened,
    still_true,
)
from device.policy import severity
from device.tells import TellsHazard
from routing import phrases_en, phrases_ja
from routing.cues import Cue
from routing.manner import Manner
from vision.types import Hazard, PavingSight

# Never said, in no circumstances: the device cannot know them, and one mistake is a life.
# A test looks for them in every sentence of every row.
NEVER_SAID: dict[Lang, tuple[str, ...]] = {
    "ja": (
        "安全です", "安全に", "渡れます", "渡ってください", "渡りましょう", "渡って大丈夫", "大丈夫です",
        "青です", "青信号です", "青になりました", "障害物はありません", "障害物なし", "何もありません",
        "誰もいません", "車は来ていません", "車はいません", "進めます",
    ),
    "en": (
        "safe to", "is safe", "it's safe", "safely", "you can cross", "you may cross", "cross now",
        "go ahead", "is green", "green light", "light is", "is clear", "all clear", "clear ahead",
        "path clear", "no obstacle", "nothing ahead", "nothing in the way", "no cars", "no traffic", "nobody",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rendered:
    """`text` for people to read, `speech` for the voice (names in kana where the map gives them)."""

    text: str
    speech: str


def render(
    announcement: Announcement,
    lang: Lang,
    fresh: Fresh = UNKNOWN,
    *,
    verbosity: Verbosity = "normal",
    clock: bool = False,
) -> Rendered:
    """The words of now. Whether it is still worth saying is `announcements.still_true`.

    `verbosity` and `clock` (clock positions for directions) are the wearer's choice. For the voice there may
    be no words at all: then the earcon says it.
    """
    text, spoken = (
        _words(announcement, lang, fresh, Manner(short=verbosity == "quiet", clock=clock, spoken=spoken))
        for spoken in (False, True)
    )
    return Rendered(text, spoken)


def _words(announcement: Announcement, lang: Lang, fresh: Fresh, manner: Manner) -> str:
    params = freshened(announcement.params, fresh)
    if isinstance(params, Cue):
        return _PHRASES[lang][params.kind](params, manner)
    if isinstance(params, Again):
        return _again(params, lang, fresh, manner)
    kind = announcement.kind
    if not isinstance(kind, AlertKind):
        raise TypeError(f"{kind} needs a Cue as params")
    told = _ANSWERS[lang].ANSWERS | _NOTICES[lang].WORDS
    if kind in told:
        return told[kind](params, manner)
    return _alert(replace(announcement, params=params), kind, lang, manner)


def _again(fact: Again, lang: Lang, fresh: Fresh, manner: Manner) -> str:
    """The last words anew, with the values of now; what is over is told as over."""
    if fact.kind is None or fact.params is None:
        return _ANSWERS[lang].NOTHING_TOLD
    before = Announcement(fact.kind, "again", fact.params, 0.0, 0.0)
    seen_again = not isinstance(fact.params, Hazard) or fresh.hazards is not None
    now = seen_again and still_true(before, fresh)
    return _ANSWERS[lang].again(_words(before, lang, fresh, manner), now=now)


class _Vocabulary(Protocol):
    """What `words_ja` and `words_en` both hold."""

    HAZARDS: dict[AlertKind, TellsHazard]
    TRIPS: dict[AlertKind, Callable[[TripInfo], str]]
    BLOCKS: dict[AlertKind, Callable[[PavingSight], str]]
    SENTENCES: dict[AlertKind, str]
    obstacle_near: TellsHazard  # the second telling


class _Parts(Protocol):
    """What `words_parts_ja` and `words_parts_en` both hold."""

    FAULTS: dict[AlertKind, Callable[[Fault], str]]
    SENTENCES: dict[AlertKind, str]

    def several_lost(self, lost: PartsLost) -> str:
        """In one sentence."""


class _Answers(Protocol):
    """What `words_answers_ja` and `words_answers_en` both hold."""

    ANSWERS: dict[AlertKind, Callable[..., str]]
    SENTENCES: dict[AlertKind, str]
    NOTHING_TOLD: str

    def again(self, before: str, *, now: bool) -> str:
        """Words that were said before."""


class _Notices(Protocol):
    """What `words_notices_ja` and `words_notices_en` both hold."""

    WORDS: dict[AlertKind, Callable[..., str]]
    FAULTS: dict[AlertKind, Callable[[Fault], str]]


_PHRASES = {"ja": phrases_ja.WORDS, "en": phrases_en.WORDS}
_WORDS: dict[Lang, _Vocabulary] = {"ja": words_ja, "en": words_en}
_PARTS: dict[Lang, _Parts] = {"ja": words_parts_ja, "en": words_parts_en}
_ANSWERS: dict[Lang, _Answers] = {"ja": words_answers_ja, "en": words_answers_en}
_NOTICES: dict[Lang, _Notices] = {"ja": words_notices_ja, "en": words_notices_en}


def _alert(announcement: Announcement, kind: AlertKind, lang: Lang, manner: Manner) -> str:
    words, parts, batteries = _WORDS[lang], _PARTS[lang], _NOTICES[lang].FAULTS
    match announcement.params:
        case Hazard() as hazard:
            near = severity(announcement) > 0 and kind is not AlertKind.STOP_NOW
            tell = words.obstacle_near if near else words.HAZARDS[kind]
            return tell(hazard, manner.clock)
        case Fault() as fault if kind in parts.FAULTS:
            return parts.FAULTS[kind](fault)
        case Fault() as fault if kind in batteries:
            return batteries[kind](fault)
        case PartsLost() as lost:
            return parts.several_lost(lost)
        case TripInfo() as trip:
            return words.TRIPS[kind](trip)
        case PavingSight() as sight if kind in words.BLOCKS:
            return words.BLOCKS[kind](sight)
    return (words.SENTENCES | parts.SENTENCES | _ANSWERS[lang].SENTENCES)[kind]
