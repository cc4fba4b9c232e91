"""Announcement to words, at the moment it starts playing, so that distances are those of now."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from device import words_en, words_ja
from device.announcements import (
    UNKNOWN,
    AlertKind,
    Announcement,
    Fault,
    Fresh,
    Lang,
    TripInfo,
    freshened,
)
from device.policy import severity
from routing.cues import Cue
from routing.phrases import phrase, speech
from vision.types import Hazard, PavingSight

Verbosity = Literal["short", "normal"]

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

    `verbosity` and `clock` (clock positions for directions) are the wearer's choice for the route's cues.
    """
    params = freshened(announcement.params, fresh)
    if isinstance(params, Cue):
        return Rendered(
            phrase(params, lang, verbosity=verbosity, clock=clock),
            speech(params, lang, verbosity=verbosity, clock=clock),
        )
    text = _alert(replace(announcement, params=params), lang)
    return Rendered(text, text)


class _Vocabulary(Protocol):
    """What `words_ja` and `words_en` both hold."""

    HAZARDS: dict[AlertKind, Callable[[Hazard], str]]
    FAULTS: dict[AlertKind, Callable[[Fault], str]]
    TRIPS: dict[AlertKind, Callable[[TripInfo], str]]
    BLOCKS: dict[AlertKind, Callable[[PavingSight], str]]
    SENTENCES: dict[AlertKind, str]

    def obstacle_near(self, hazard: Hazard) -> str:
        """The second telling."""


_WORDS: dict[Lang, _Vocabulary] = {"ja": words_ja, "en": words_en}


def _alert(announcement: Announcement, lang: Lang) -> str:
    words = _WORDS[lang]
    kind = announcement.kind
    if not isinstance(kind, AlertKind):
        raise TypeError(f"{kind} needs a Cue as params")
    match announcement.params:
        case Hazard() as hazard:
            near = severity(announcement) > 0 and kind is not AlertKind.STOP_NOW
            return words.obstacle_near(hazard) if near else words.HAZARDS[kind](hazard)
        case Fault() as fault if kind in words.FAULTS:
            return words.FAULTS[kind](fault)
        case TripInfo() as trip:
            return words.TRIPS[kind](trip)
        case PavingSight() as sight if kind in words.BLOCKS:
            return words.BLOCKS[kind](sight)
    return words.SENTENCES[kind]
