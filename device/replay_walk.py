"""Walks a recorded run through today's companion, step by step, with one of two speakers."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from device.announcements import Lang
from device.companion import Companion, CompanionState
from device.errors import RecordError
from device.ports import Playback
from device.run_format import Input, Moment, Rerouting, Setting, Told
from device.run_format import Step as Made
from device.run_settings import settings_from
from device.runs import RunReader
from device.senses import Health, Hush, Say, Senses, Turn
from vision.types import Scene
from wire.position import Fix

# A Japanese mora takes about 0.13 s at the voice's normal rate; the earcon and its pause 0.3 s.
_LETTER_S: Final[dict[Lang, float]] = {"ja": 0.13, "en": 0.065}
_EARCON_S: Final = 0.3


class Sound(Protocol):
    """Where the speaker's answers come from."""

    def playback(self, now_s: float, recorded: Playback | None) -> Playback:
        """What the speaker does at this step."""

    def carry_out(self, turn: Turn, now_s: float) -> None:
        """Say, or be silent."""


class RecordedSound:
    """The speaker's answers as they were."""

    def __init__(self) -> None:
        self._now = Playback()

    def playback(self, now_s: float, recorded: Playback | None) -> Playback:
        """As recorded; where nothing changed, as before."""
        if recorded is not None:
            self._now = recorded
            return recorded
        return replace(self._now, failed=(), finished=())

    def carry_out(self, turn: Turn, now_s: float) -> None:
        """What is said changes nothing that was recorded."""


class EstimatedSound:
    """A speaker that takes as long as the recorded sentence took, or as its letters need."""

    def __init__(self, lang: Lang, lengths_s: dict[str, float]) -> None:
        self._lang = lang
        self._lengths_s = lengths_s
        self._playing: tuple[int, float, float] | None = None

    def playback(self, now_s: float, recorded: Playback | None) -> Playback:
        """By its own time, whatever was recorded."""
        if self._playing is None:
            return Playback()
        number, started_s, ends_s = self._playing
        if now_s >= ends_s:
            self._playing = None
            return Playback(finished=(number,))
        return Playback(utterance=number, started_s=started_s, ends_s=ends_s)

    def carry_out(self, turn: Turn, now_s: float) -> None:
        """Begin the newest sentence."""
        for command in turn.commands:
            if isinstance(command, Hush):
                self._playing = None
            else:
                self._playing = (command.utterance, now_s, round(now_s + self._length_s(command), 3))

    def _length_s(self, say: Say) -> float:
        known = self._lengths_s.get(say.words["ja"].text)
        if known is not None:
            return known
        return _EARCON_S + _LETTER_S[self._lang] * len(say.words[self._lang].text)


@dataclass(frozen=True, slots=True)
class Step:
    """One replayed step."""

    senses: Senses
    turn: Turn


@dataclass(slots=True)
class _Came:
    """What came in at one step."""

    fixes: list[Fix] = field(default_factory=list)
    scene: Scene | None = None
    health: list[Health] = field(default_factory=list)
    playback: Playback | None = None
    rerouting: Rerouting = field(default_factory=Rerouting)
    frame: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    utc_offset_s: float | None = None


def walk(reader: RunReader, sound: Sound) -> Iterator[Step]:
    """The run again: what came in, and what comes out now."""
    companion = Companion(reader.route, settings_from(reader.manifest.settings))
    state = CompanionState()
    for senses in senses_of(reader, sound):
        state, turn = companion.step(state, senses)
        sound.carry_out(turn, senses.now_s)
        yield Step(senses, turn)


def senses_of(reader: RunReader, sound: Sound | None = None) -> Iterator[Senses]:
    """What came in, step by step; the speaker's answers as recorded, where no other `sound` is given."""
    sound = RecordedSound() if sound is None else sound
    offset_s = reader.manifest.utc_offset_s or 0.0
    for now_s, came in _steps(reader):
        offset_s = offset_s if came.utc_offset_s is None else came.utc_offset_s
        yield _senses(now_s, offset_s, came, sound.playback(now_s, came.playback))


def _senses(now_s: float, offset_s: float, came: _Came, playback: Playback) -> Senses:
    return Senses(
        now_s=now_s,
        utc_s=now_s + offset_s,
        fixes=tuple(came.fixes),
        scene=came.scene,
        health=tuple(came.health),
        playback=playback,
        path_closed=came.rerouting.path_closed,
        rerouted=came.rerouting.answer,
        frame=came.frame,
        **came.told,
    )


def _steps(reader: RunReader) -> Iterator[tuple[float, _Came]]:
    """The steps at their seconds; those of the oldest formats stand on a grid."""
    if reader.manifest.format >= 3:
        whole = _gathered(reader.inputs(), lambda t_s: round(1000.0 * t_s))
        yield from ((number / 1000.0, came) for number, came in sorted(whole.items()))
        return
    tick_s = _number(reader.manifest.settings, "tick_s", 0.05)
    inputs = _gathered(reader.inputs(), lambda t_s: round(t_s / tick_s))
    last = max([*inputs, *(round(moment.t_s / tick_s) for moment in reader.announcements())], default=0)
    for number in range(last + 1):
        yield round(number * tick_s, 3), inputs.get(number, _Came())


def _gathered(moments: Iterator[Moment[Input]], number_of: Callable[[float], int]) -> dict[int, _Came]:
    """What came in, by the number of its step."""
    steps: dict[int, _Came] = defaultdict(_Came)
    for moment in moments:
        _take(steps[number_of(moment.t_s)], moment.what)
    return dict(steps)


def _take(came: _Came, what: Input) -> None:
    match what:
        case Made():
            came.frame = what.frame
        case Fix():
            came.fixes.append(what)
        case Scene():
            came.scene = what
        case Health():
            came.health.append(what)
        case Playback():
            came.playback = what
        case Rerouting():
            came.rerouting = what
        case Told():
            came.told |= what.values
            came.utc_offset_s = what.utc_offset_s


def _number(settings: dict[str, Setting], name: str, otherwise: float) -> float:
    value = settings.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
        raise RecordError(f"run.json: settings.{name} must be a number above 0, not {value!r}")
    return float(value)
