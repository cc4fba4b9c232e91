"""A speaker without sound: one voice that is busy for as long as the words take."""

from dataclasses import dataclass

from device.ports import Playback
from vision.encounters.figures import SpeechFigures

_SMALL = frozenset("ゃゅょぁぃぅぇぉャュョァィゥェォ")  # part of the mora before them
PAUSES = "、。"


def speech_s(text: str, figures: SpeechFigures) -> float:
    """Seconds that the Japanese voice takes for `text`, by what the voice itself was measured at."""
    return sum(seconds for _, seconds in _parts(text, figures)) + figures.base_s


def pauses_s(text: str, figures: SpeechFigures) -> tuple[tuple[float, float], ...]:
    """From when to when, after the first sample, the voice pauses between phrases; not at the end."""
    at, found = figures.base_s, []
    body = text.rstrip(PAUSES)
    for sign, seconds in _parts(body, figures):
        if sign in PAUSES:
            found.append((at, at + seconds))
        at += seconds
    return tuple(found)


def characters(text: str) -> tuple[int, int, int, int, int]:
    """How many kana (of morae of their own), kanji, digits, commas and stops, but for those at the end."""
    body = text.rstrip(PAUSES)
    kinds = [_kind(sign) for sign in body]
    return (kinds.count(1), kinds.count(2), kinds.count(3), kinds.count(4), kinds.count(5))


def _kind(sign: str) -> int:
    """0 nothing of its own, 1 kana, 2 kanji, 3 digit, 4 comma, 5 stop."""
    if sign in _SMALL:
        return 0
    if sign in PAUSES:
        return 4 + PAUSES.index(sign)
    if sign.isascii() and sign.isdigit():
        return 3
    return 1 if "ぁ" <= sign <= "ヿ" else 2


def _parts(text: str, figures: SpeechFigures) -> list[tuple[str, float]]:
    body = text.rstrip(PAUSES)
    return [(sign, _sign_s(sign, figures)) for sign in body]


def _sign_s(sign: str, figures: SpeechFigures) -> float:
    each = (0.0, figures.kana_s, figures.kanji_s, figures.digit_s, figures.comma_s, figures.stop_s)
    return each[_kind(sign)]


@dataclass(slots=True)
class Utterance:
    """What sounds: `words_s` after its start the earcon is over; `ends_s` shortens where it is cut."""

    number: int
    starts_s: float
    words_s: float
    ends_s: float
    pauses: tuple[tuple[float, float], ...]
    whole: bool = True


class Channel:
    """Plays one utterance at a time; time is an argument. `delay_s`: from command to first sample."""

    def __init__(self, figures: SpeechFigures, delay_s: float) -> None:
        self._figures = figures
        self._delay_s = delay_s
        self._playing: Utterance | None = None
        self._finished: list[int] = []

    def play(self, number: int, text: str, earcon_s: float, now_s: float) -> Utterance:
        """Begin; whatever was playing stops."""
        self.stop(now_s)
        starts = now_s + self._delay_s
        ends = starts + earcon_s + speech_s(text, self._figures)
        self._playing = Utterance(number, starts, earcon_s, ends, pauses_s(text, self._figures))
        return self._playing

    def stop(self, now_s: float) -> None:
        """Silence from now on."""
        self._settle(now_s)
        if self._playing is not None:
            self._playing.ends_s = max(now_s, self._playing.starts_s)
            self._playing.whole = False
            self._playing = None

    def busy(self, now_s: float) -> bool:
        """Whether something sounds, or is about to."""
        self._settle(now_s)
        return self._playing is not None

    def playback(self, now_s: float) -> Playback:
        """As a speaker tells it."""
        self._settle(now_s)
        finished, self._finished = tuple(self._finished), []
        now = self._playing
        if now is None:
            return Playback(finished=finished)
        within = now_s - now.starts_s - now.words_s
        pausing = any(first <= within < last for first, last in now.pauses)
        return Playback(now.number, now.starts_s, now.ends_s, finished=finished, pausing=pausing)

    def _settle(self, now_s: float) -> None:
        if self._playing is not None and now_s >= self._playing.ends_s:
            self._finished.append(self._playing.number)
            self._playing = None
