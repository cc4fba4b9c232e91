"""A recorded run, walked again through today's companion: the same inputs must give the same words.

`check` feeds exactly what was recorded, the speaker's answers too, and compares what comes out.
`update` walks it again with a speaker of its own (sentences take as long as they took, new ones as long
as their letters need) and makes the result the new expectation. `view` tells what was said. `migrate`
writes a run of an older format in today's.
"""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from device.errors import RecordError
from device.recorder import RunWriter
from device.replay_walk import EstimatedSound, RecordedSound, Sound, Step, walk
from device.run_format import FORMAT, MANIFEST, Said
from device.run_lines import said_of, without_route
from device.run_settings import settings_from
from device.runs import RunReader
from device.senses import Say
from wire.trip import Announced, Happening, HealthChanged, Moved

_NOTHING_MORE: Final = "(nothing more)"


def runs_in(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The runs that are named, and those within folders that are none themselves. `RecordError` for none."""
    found: list[Path] = []
    for path in paths:
        inside = (
            [path]
            if (path / MANIFEST).exists()
            else sorted(each.parent for each in path.glob(f"*/{MANIFEST}"))
        )
        if not inside:
            RunReader(path)  # says why it is none
        found += inside
    return tuple(dict.fromkeys(found))


def check(folder: Path) -> str | None:
    """None where the same comes out, else the first difference in three lines."""
    reader = RunReader(folder)
    if not (reader.announcements() or reader.said()):
        raise RecordError(f"{folder}: holds no announcements: nothing to compare; record a longer walk")
    return _difference(folder, reader, tuple(walk(reader, RecordedSound())))


def _difference(folder: Path, reader: RunReader, steps: tuple[Step, ...]) -> str | None:
    said = [line(moment.t_s, moment.what) for moment in reader.announcements()]
    told = _compared("announcement", folder, said, [line(t_s, item) for t_s, item in _announced(steps)])
    events, said_then = reader.events(), reader.said()
    if told is not None or events is None or said_then is None:
        return told
    then = [_said(moment.t_s, moment.what) for moment in said_then]
    told = _compared("sentence", folder, then, [_said(t_s, said) for t_s, said in _sentences(steps)])
    if told is not None:
        return told
    logged = [_event(moment.t_s, moment.what) for moment in events]
    return _compared("event", folder, logged, [_event(t_s, item) for t_s, item in _others(steps)])


def _compared(what: str, folder: Path, then: list[str], now: list[str]) -> str | None:
    for number in range(max(len(then), len(now))):
        old = then[number] if number < len(then) else _NOTHING_MORE
        new = now[number] if number < len(now) else _NOTHING_MORE
        if old != new:
            return f"{folder}: {what} {number + 1} differs\n  recorded: {old}\n  replayed: {new}"
    return None


def update(folder: Path) -> int:
    """Walk the run again and keep what comes out; how many sentences it has now."""
    reader = RunReader(folder)
    lengths_s = {
        item.text_ja: item.ended_s - item.started_s
        for item in (moment.what for moment in reader.announcements())
        if item.outcome == "spoken" and item.started_s is not None and item.ended_s is not None
    }
    lang = settings_from(reader.manifest.settings).lang
    return _rewritten(folder, reader, EstimatedSound(lang, lengths_s))


def migrate(folder: Path) -> bool:
    """Write a run of an older format in today's; False where it is so already.

    `RecordError` where other words come out today: then a person looks first.
    """
    reader = RunReader(folder)
    if reader.manifest.format == FORMAT:
        return False
    difference = check(folder)
    if difference is not None:
        first = difference.splitlines()[0]
        raise RecordError(f"{first}: look at it with `replay check`, then run `replay update`")
    _rewritten(folder, reader, RecordedSound())
    return True


def view(folder: Path) -> Iterator[str]:
    """What was said, a line each, on a trip or not; what was never said, with why."""
    reader = RunReader(folder)
    said, finished = reader.said(), reader.finished()
    lines = [
        (moment.t_s, line(moment.t_s, moment.what))
        for moment in reader.announcements()
        if said is None or moment.what.started_s is None
    ]
    for moment in said or ():
        outcome = "spoken" if moment.what.utterance in finished else "cut"
        lines.append((moment.t_s, _said(moment.t_s, moment.what, outcome)))
    yield from (text for _, text in sorted(lines, key=lambda one: one[0]))


def line(t_s: float, item: Announced) -> str:
    """One announcement as a person reads it: when, how urgent, what became of it, its words."""
    return f"{t_s:8.2f} {item.urgency:<8} {item.outcome:<9} {item.kind:<22} {item.text_ja} / {item.text_en}"


def _rewritten(folder: Path, reader: RunReader, sound: Sound) -> int:
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    count = 0  # of what is said
    with RunWriter.begin(fresh, reader.route, reader.manifest.settings) as writer:
        for step in walk(reader, sound):
            writer.senses(step.senses)
            writer.turn(step.senses.now_s, step.turn)
            count += sum(isinstance(command, Say) for command in step.turn.commands)
        writer.finish()
    shutil.rmtree(folder)
    fresh.rename(folder)
    return count


def _announced(steps: tuple[Step, ...]) -> Iterator[tuple[float, Announced]]:
    for step in steps:
        for item in step.turn.happenings:
            if isinstance(item, Announced):
                yield step.senses.now_s, item


def _others(steps: tuple[Step, ...]) -> Iterator[tuple[float, Happening]]:
    for step in steps:
        for item in step.turn.happenings:
            if not isinstance(item, (Announced, Moved)):
                yield step.senses.now_s, item


def _sentences(steps: tuple[Step, ...]) -> Iterator[tuple[float, Said]]:
    for step in steps:
        for command in step.turn.commands:
            if isinstance(command, Say):
                yield step.senses.now_s, said_of(command)


def _said(t_s: float, said: Said, outcome: str = "") -> str:
    return f"{t_s:8.2f} {said.urgency:<8} {outcome:<9} {said.kind:<22} {said.text_ja} / {said.text_en}"


def _event(t_s: float, item: Happening) -> str:
    """One event in a line. UTC is the clock's business, not the companion's."""
    if isinstance(item, HealthChanged):
        return f"{t_s:8.2f} {item.type} {item.part} {item.health} {item.detail}"
    return f"{t_s:8.2f} {without_route(item)}"
