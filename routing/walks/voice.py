"""One voice that says cues one after the other: how long words take, and what is dropped. Pure.

A plain model of a speech queue, so that figures are of what a walker would have heard and when, not
of what guidance wished to say.
"""

import math
import re
from dataclasses import dataclass, replace

from routing import phrases
from routing.cues import Cue, CueKind

# A Japanese announcer speaks 7-8 morae a second; a synthetic voice at its plain speed about 7.
MORAE_PER_S = 7.0
GAP_S = 0.75  # between two callouts (Soundscape)
_CUT_S = 0.5  # to the end of the word that is being said
_EARCON_S = 0.3  # the short sound before the words
_PAUSES = {"、": 1.0, "。": 2.0}  # in morae: 0.15 and 0.3 s
_SILENT = re.compile(r"[ゃゅょャュョぁぃぅぇぉァィゥェォ\s「」]")
_KANJI = re.compile(r"[一-鿿々]")
_KANJI_MORAE = 1.8  # mean reading of a character in a compound (2 in 漢語, 1 or 2 in endings)
_DIGIT_MORAE = 2.5  # 35 = さんじゅうご: five for two

_WARNED = frozenset(
    {
        CueKind.WRONG_WAY,
        CueKind.OFF_ROUTE,
        CueKind.NO_SIDEWALK,
        CueKind.STEPS_AHEAD,
        CueKind.LEVEL_CROSSING_AHEAD,
        CueKind.POSITION_LOST,
    }
)
_ACTED = frozenset(
    {
        CueKind.START,
        CueKind.CROSSING_NOW,
        CueKind.TURN_NOW,
        CueKind.FACE,
        CueKind.ARRIVED,
        CueKind.BACK_ON_ROUTE,
    }
)
_PREPARED = frozenset(
    {
        CueKind.PREPARE_TURN,
        CueKind.CROSSING_AHEAD,
        CueKind.UNDERPASS_AHEAD,
        CueKind.NEAR_DESTINATION,
    }
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A cue that was said from `start_s` to `end_s`; `cut`: ended early by something more urgent."""

    cue: Cue
    start_s: float
    end_s: float
    morae: float
    cut: bool = False

    @property
    def heard_s(self) -> float:
        """When its main clause (ここで、右に) is understood: 1.5 s after the words began."""
        return min(self.start_s + 1.5, self.end_s)


def morae(text: str) -> float:
    """How many morae a Japanese text takes, pauses counted; kanji and figures by their means."""
    total = sum(_PAUSES.get(sign, 0.0) for sign in text)
    plain = _SILENT.sub("", text.replace("、", "").replace("。", ""))
    kanji = len(_KANJI.findall(plain))
    digits = sum(sign.isdigit() for sign in plain)
    return total + _KANJI_MORAE * kanji + _DIGIT_MORAE * digits + (len(plain) - kanji - digits)


def rank(kind: CueKind) -> int:
    """3 warns, 2 tells to act now, 1 prepares, 0 informs."""
    if kind in _WARNED:
        return 3
    return 2 if kind in _ACTED else 1 if kind in _PREPARED else 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    cue: Cue
    since_s: float

    @property
    def order(self) -> tuple[int, float]:
        return (-rank(self.cue.kind), self.since_s)


class Voice:
    """The queue of one walk. `offer` what guidance wants said, then `until` the next moment."""

    def __init__(self) -> None:
        self.said: list[Spoken] = []
        self.dropped: list[Cue] = []
        self._waiting: list[_Waiting] = []

    def offer(self, cues: tuple[Cue, ...], now_s: float) -> None:
        """New cues: words for the spot end lesser ones; the same subject's older words are dropped."""
        for cue in cues:
            subject = _subject(cue)
            older = [one for one in self._waiting if _subject(one.cue) == subject]
            self._waiting = [one for one in self._waiting if one not in older]
            self.dropped += [one.cue for one in older]
            self._waiting.append(_Waiting(cue, now_s))
            self._cut_for(cue, now_s)

    def _cut_for(self, cue: Cue, now_s: float) -> None:
        last = self.said[-1] if self.said else None
        if last is None or last.end_s <= now_s + _CUT_S or rank(cue.kind) < 2:
            return
        if rank(cue.kind) > rank(last.cue.kind):
            self.said[-1] = replace(last, end_s=now_s + _CUT_S, cut=True)
            if _subject(last.cue) != _subject(cue):
                self._waiting.append(_Waiting(last.cue, last.start_s))  # said again, where still true

    def until(self, now_s: float, route_m: float | None) -> list[Spoken]:
        """What begins before `now_s`, with the walker thought to be at `route_m`."""
        begun = []
        while self._waiting:
            free_s = self.said[-1].end_s + GAP_S if self.said else -math.inf
            start_s = max(free_s, min(one.since_s for one in self._waiting))
            if start_s >= now_s:
                break
            ready = sorted(
                (one for one in self._waiting if one.since_s <= start_s), key=lambda one: one.order
            )
            self._waiting.remove(ready[0])
            if _stale(ready[0], start_s, route_m):
                self.dropped.append(ready[0].cue)
            else:
                begun.append(self._say(ready[0].cue, start_s, route_m))
        return begun

    def _say(self, cue: Cue, start_s: float, route_m: float | None) -> Spoken:
        if cue.distance_m is not None and cue.at_m is not None and route_m is not None:
            cue = replace(cue, distance_m=max(0.0, cue.at_m - route_m))
        length = morae(phrases.speech(cue, "ja"))
        spoken = Spoken(cue, start_s, start_s + _EARCON_S + length / MORAE_PER_S, length)
        self.said.append(spoken)
        return spoken


def _stale(one: _Waiting, now_s: float, route_m: float | None) -> bool:
    passed = one.cue.expires_m is not None and route_m is not None and route_m > one.cue.expires_m
    return passed or now_s >= one.since_s + one.cue.lifetime_s


def _subject(cue: Cue) -> str:
    """What the words are about: newer words replace those that wait."""
    if cue.kind in {CueKind.OFF_ROUTE, CueKind.BACK_ON_ROUTE, CueKind.WRONG_WAY}:
        return "route"
    place, _, stage = cue.key.rpartition("/")
    return place if stage in {"ahead", "now", "done"} else cue.key.partition("/")[0] + str(cue.kind)
