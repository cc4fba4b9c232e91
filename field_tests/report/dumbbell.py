"""Both sides of the comparison for each person: a ring and a disc on one line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from field_tests.report.drawing import Figure, Scale, Sheet, ticks, width_of
from field_tests.report.words import Words

_WIDTH: Final = 680.0
_PLOT: Final = (76.0, 560.0)
_ROW: Final = 21.0
_TOP: Final = 34.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values of one person, and what is written at the end of the line."""

    label: str
    before: float | None
    after: float | None
    told: str


@dataclass(frozen=True, slots=True)
class Level:
    """A value to compare with, drawn across all rows."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """What is measured, how a value of it is written, and what ring and disc stand for."""

    title: str
    written: Callable[[float], str]
    key: str


def dumbbells(
    name: str, title: str, pairs: Sequence[Pair], levels: Sequence[Level], axis: Axis, words: Words
) -> Figure:
    """One row a person. Ring: before; disc: after. Someone with one of the two has that one alone."""
    begin = _TOP if levels else 6.0
    bottom = begin + _ROW * max(len(pairs), 1)
    sheet = Sheet(_WIDTH, bottom + 40)
    seen = [value for pair in pairs for value in (pair.before, pair.after) if value is not None]
    top = max([*seen, *(level.value for level in levels), 1.0]) * 1.04
    scale = Scale(0.0, top, *_PLOT)
    _frame(sheet, scale, (begin, bottom), levels, axis)
    for number, pair in enumerate(pairs):
        _pair(sheet, scale, begin + _ROW * (number + 0.5), pair)
    sheet.text(_WIDTH, bottom + 34, axis.key, size=12, anchor="end")
    return Figure(name, sheet.written(alt := _told(title, pairs, levels, axis, words)), alt)


def _frame(
    sheet: Sheet, scale: Scale, height: tuple[float, float], levels: Sequence[Level], axis: Axis
) -> None:
    begin, bottom = height
    sheet.line(scale.start, bottom, scale.end, bottom, "soft")
    for value in ticks(0.0, scale.high, 6):
        x = scale.at(value)
        sheet.line(x, bottom, x, bottom + 4, "soft")
        sheet.text(x, bottom + 17, axis.written(value), "soft", size=11, anchor="middle")
    sheet.text((scale.start + scale.end) / 2, bottom + 34, axis.title, "soft", size=11, anchor="middle")
    free = 0.0
    for level in sorted(levels, key=lambda one: one.value):
        x = scale.at(level.value)
        sheet.line(x, begin - 6, x, bottom, "goal", wide=1.5, dash="5 3")
        half = width_of(level.label, 11.5) / 2
        sheet.text(x, 26 if x - half >= free else 12, level.label, "goal", size=11.5, anchor="middle")
        free = x + half + 6


def _pair(sheet: Sheet, scale: Scale, y: float, pair: Pair) -> None:
    sheet.text(0, y + 4.5, pair.label, size=12.5)
    if pair.before is not None and pair.after is not None:
        sheet.line(scale.at(pair.before), y, scale.at(pair.after), y, "mark", wide=1.4)
    if pair.before is not None:
        sheet.dot(scale.at(pair.before), y, 4, "mark", hollow=True)
    if pair.after is not None:
        sheet.dot(scale.at(pair.after), y, 4, "mark")
    sheet.text(_WIDTH, y + 4.5, pair.told, size=12, anchor="end")


def _told(title: str, pairs: Sequence[Pair], levels: Sequence[Level], axis: Axis, words: Words) -> str:
    def value(one: float | None) -> str:
        return words.unknown if one is None else axis.written(one)

    colon, stop = words.say("：", ": "), words.say("。", "; ")
    arrow = words.say("から", " to ")
    each = [f"{one.label}{colon}{value(one.before)}{arrow}{value(one.after)}, {one.told}" for one in pairs]
    goals = [level.label for level in levels]
    return words.say(f"{title}（{axis.title}）。", f"{title} ({axis.title}). ") + stop.join([*goals, *each])
