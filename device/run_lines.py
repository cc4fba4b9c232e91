"""The lines of a recorded run that one step makes. Pure: who writes them may be another process."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from device.errors import RecordError
from device.nmea import sentences
from device.ports import Playback
from device.run_format import (
    ANNOUNCEMENTS,
    EVENTS,
    HEALTH,
    PLAYBACK,
    POSITION,
    REROUTES,
    REST,
    SAID,
    SCENES,
    STEPS,
    TOLD,
    Moment,
    Rerouting,
    Said,
    Step,
    Told,
    as_recorded,
    encode,
    encode_position,
)
from device.senses import Say, Senses, Turn
from wire.trip import Announced, Happening, Moved, Rerouted, TripStarted

Lines = tuple[tuple[str, str], ...]  # (file's name, line without its end)

# A clock that is disciplined drifts by less; one that is corrected jumps by more.
_OFFSET_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class LineState:
    """What was written last of that which is written only where it changes; begin with `LineState()`."""

    playback: Playback = field(default_factory=Playback)
    utc_offset_s: float | None = None


def lines_of(state: LineState, senses: Senses, turn: Turn) -> tuple[LineState, Lines]:
    """The lines of one step: what came in, then what came out. `RecordError` for what JSON cannot hold."""
    state, came = lines_in(state, senses)
    return state, (*came, *lines_out(senses.now_s, turn))


def lines_in(state: LineState, senses: Senses) -> tuple[LineState, Lines]:
    """What came in with one step."""
    now_s = senses.now_s
    offset_s = round(senses.utc_s - now_s, 6)
    known = state.utc_offset_s is not None and abs(offset_s - state.utc_offset_s) < _OFFSET_S
    playback = senses.playback
    changed = playback != state.playback or playback.failed or playback.finished
    lines = [_line(STEPS, now_s, Step(senses.frame))]
    lines += [(POSITION, encode_position(now_s, text)) for fix in senses.fixes for text in sentences(fix)]
    if senses.scene is not None:
        lines.append(_line(SCENES, now_s, as_recorded(senses.scene)))
    lines += [_line(HEALTH, now_s, change) for change in senses.health]
    if senses.path_closed or senses.rerouted is not None:
        lines.append(_line(REROUTES, now_s, Rerouting(senses.path_closed, senses.rerouted)))
    if changed:
        lines.append(_line(PLAYBACK, now_s, playback))
    told = Told(dict(_rest(senses)), None if known else offset_s)
    if told.values or not known:
        lines.append(_line(TOLD, now_s, told))
    return LineState(playback, state.utc_offset_s if known else offset_s), tuple(lines)


def lines_out(now_s: float, turn: Turn) -> Lines:
    """What came out of one step: what is said, what became of announcements, and what else was logged."""
    lines = [_line(SAID, now_s, said_of(command)) for command in turn.commands if isinstance(command, Say)]
    for happening in turn.happenings:
        if isinstance(happening, Announced):
            lines.append(_line(ANNOUNCEMENTS, now_s, happening))
        elif not isinstance(happening, Moved):
            lines.append(_line(EVENTS, now_s, without_route(happening)))
    return tuple(lines)


def said_of(say: Say) -> Said:
    """What is begun to be said, as it is recorded."""
    return Said(
        utterance=say.utterance,
        kind=str(say.announcement.kind),
        urgency=say.urgency.wire,
        text_ja=say.words["ja"].text,
        text_en=say.words["en"].text,
    )


def without_route(happening: Happening) -> Happening:
    """The same, a route by its name only: in full it is among what came in."""
    if isinstance(happening, (TripStarted, Rerouted)):
        return replace(happening, route=None)
    return happening


def _rest(senses: Senses) -> Iterator[tuple[str, object]]:
    for name, (_, nothing) in REST.items():
        value = getattr(senses, name)
        if value != nothing:
            yield name, value


def _line(name: str, now_s: float, what: Any) -> tuple[str, str]:  # noqa: ANN401 - of the file's kind
    try:
        return name, encode(name, Moment(now_s, what))
    except ValueError as error:
        raise RecordError(f"{name}: {what!r} cannot be recorded ({error})") from None
