"""A recorded run, walked again through today's companion: the same inputs must give the same words.

`check` feeds exactly what was recorded, the speaker's answers too, and compares what comes out.
`update` walks it again with a speaker of its own (sentences take as long as they took, new ones as long
as their letters need) and makes the result the new expectation. `view` tells what was said.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from device.announcements import Lang
from device.companion import Companion, CompanionState, Health, Hush, Say, Senses, Settings, Turn
from device.errors import RecordError
from device.ports import Playback
from device.recorder import RunWriter
from device.run_format import Input, Moment, Rerouting, Setting
from device.run_format import Step as Made
from device.runs import RunReader
from vision.types import Scene
from wire.position import Fix
from wire.trip import Announced

# A Japanese mora takes about 0.13 s at the voice's normal rate; the earcon and its pause 0.3 s.
_LETTER_S: dict[Lang, float] = {"ja": 0.13, "en": 0.065}
_EARCON_S = 0.3


@dataclass(slots=True)
class _Inputs:
    """What came in at one step."""

    fixes: list[Fix] = field(default_factory=list)
    scene: Scene | None = None
    health: list[Health] = field(default_factory=list)
    playback: Playback | None = None
    rerouting: Rerouting = field(default_factory=Rerouting)
    frame: bool = False


class _Sound(Protocol):
    """Where the speaker's answers come from."""

    def playback(self, now_s: float, recorded: Playback | None) -> Playback: ...

    def carry_out(self, turn: Turn, now_s: float) -> None: ...


class _RecordedSound:
    """The speaker's answers as they were."""

    def __init__(self) -> None:
        self._now = Playback()

    def playback(self, now_s: float, recorded: Playback | None) -> Playback:
        if recorded is not None:
            self._now = recorded
            return recorded
        return replace(self._now, failed=(), finished=())

    def carry_out(self, turn: Turn, now_s: float) -> None:
        """What is said changes nothing that was recorded."""


class _EstimatedSound:
    """A speaker that takes as long as the recorded sentence took, or as its letters need."""

    def __init__(self, lang: Lang, lengths_s: dict[str, float]) -> None:
        self._lang = lang
        self._lengths_s = lengths_s
        self._playing: tuple[int, float, float] | None = None

    def playback(self, now_s: float, recorded: Playback | None) -> Playback:
        if self._playing is None:
            return Playback()
        number, started_s, ends_s = self._playing
        if now_s >= ends_s:
            self._playing = None
            return Playback(finished=(number,))
        return Playback(utterance=number, started_s=started_s, ends_s=ends_s)

    def carry_out(self, turn: Turn, now_s: float) -> None:
        for command in turn.commands:
            if isinstance(command, Hush):
                self._playing = None
            else:
                self._playing = (command.utterance, now_s, now_s + self._length_s(command))

    def _length_s(self, say: Say) -> float:
        known = self._lengths_s.get(say.words["ja"].text)
        return (
            known
            if known is not None
            else _EARCON_S + _LETTER_S[self._lang] * len(say.words[self._lang].text)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One replayed step."""

    senses: Senses
    turn: Turn


def check(folder: Path) -> str | None:
    """None where the same words come out, else the first difference in two lines."""
    reader = RunReader(folder)
    replayed = [
        (step.senses.now_s, item)
        for step in _walk(reader, _RecordedSound())
        for item in step.turn.happenings
        if isinstance(item, Announced)
    ]
    expected = [(moment.t_s, moment.what) for moment in reader.announcements()]
    if not expected:
        raise RecordError(f"{folder}: holds no announcements: nothing to compare; record a longer walk")
    for number in range(max(len(expected), len(replayed))):
        then = expected[number] if number < len(expected) else None
        now = replayed[number] if number < len(replayed) else None
        if then is None or now is None or _line(*then) != _line(*now):
            return (
                f"{folder}: announcement {number + 1} differs\n"
                f"  recorded: {_line(*then) if then else '(nothing more)'}\n"
                f"  replayed: {_line(*now) if now else '(nothing more)'}"
            )
    return None


def update(folder: Path) -> int:
    """Walk the run again and keep what comes out; how many announcements it has now."""
    reader = RunReader(folder)
    lengths_s = {
        item.text_ja: item.ended_s - item.started_s
        for item in (moment.what for moment in reader.announcements())
        if item.outcome == "spoken" and item.started_s is not None and item.ended_s is not None
    }
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    sound = _EstimatedSound(_settings(reader).lang, lengths_s)
    count = 0
    with RunWriter.begin(fresh, reader.route, reader.manifest.settings) as writer:
        for step in _walk(reader, sound):
            writer.senses(step.senses)
            writer.turn(step.senses.now_s, step.turn)
            count += sum(isinstance(item, Announced) for item in step.turn.happenings)
        writer.finish()
    shutil.rmtree(folder)
    fresh.rename(folder)
    return count


def view(folder: Path) -> Iterator[str]:
    """What was said, a line each."""
    for moment in RunReader(folder).announcements():
        yield _line(moment.t_s, moment.what)


def _line(t_s: float, item: Announced) -> str:
    return f"{t_s:8.2f} {item.urgency:<8} {item.outcome:<9} {item.kind:<22} {item.text_ja} / {item.text_en}"


def _walk(reader: RunReader, sound: _Sound) -> Iterator[Step]:
    offset_s = reader.manifest.utc_offset_s or 0.0
    companion = Companion(reader.route, _settings(reader))
    state = CompanionState()
    for now_s, came in _steps(reader):
        senses = Senses(
            now_s=now_s,
            utc_s=now_s + offset_s,
            fixes=tuple(came.fixes),
            scene=came.scene,
            health=tuple(came.health),
            playback=sound.playback(now_s, came.playback),
            path_closed=came.rerouting.path_closed,
            rerouted=came.rerouting.answer,
            frame=came.frame,
        )
        state, turn = companion.step(state, senses)
        sound.carry_out(turn, now_s)
        yield Step(senses, turn)


def _steps(reader: RunReader) -> Iterator[tuple[float, _Inputs]]:
    """The steps at their seconds; those of the old formats stand on a grid."""
    if reader.manifest.format >= 3:
        whole = _gathered(reader.inputs(), lambda t_s: round(1000.0 * t_s))
        yield from ((number / 1000.0, came) for number, came in sorted(whole.items()))
        return
    tick_s = _number(reader.manifest.settings, "tick_s", 0.05)
    inputs = _gathered(reader.inputs(), lambda t_s: round(t_s / tick_s))
    last = max([*inputs, *(round(moment.t_s / tick_s) for moment in reader.announcements())], default=0)
    for number in range(last + 1):
        yield round(number * tick_s, 3), inputs.get(number, _Inputs())


def _gathered(moments: Iterator[Moment[Input]], number_of: Callable[[float], int]) -> dict[int, _Inputs]:
    """What came in, by the number of its step."""
    steps: dict[int, _Inputs] = defaultdict(_Inputs)
    for moment in moments:
        came = steps[number_of(moment.t_s)]
        match moment.what:
            case Made() as made:
                came.frame = made.frame
            case Fix() as fix:
                came.fixes.append(fix)
            case Scene() as scene:
                came.scene = scene
            case Health() as health:
                came.health.append(health)
            case Playback() as playback:
                came.playback = playback
            case Rerouting() as rerouting:
                came.rerouting = rerouting
    return dict(steps)


def _settings(reader: RunReader) -> Settings:
    chosen = reader.manifest.settings
    return Settings(
        lang="en" if chosen.get("lang") == "en" else "ja",
        verbosity="short" if chosen.get("verbosity") == "short" else "normal",
        clock=chosen.get("clock") is True,
        shared=chosen.get("shared") is True,
        camera=chosen.get("camera") is not False,
        reroute=chosen.get("reroute") is True,
    )


def _number(settings: dict[str, Setting], name: str, otherwise: float) -> float:
    value = settings.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
        raise RecordError(f"run.json: settings.{name} must be a number above 0, not {value!r}")
    return float(value)
