"""Estimates beside each other: a point, its 95 % interval, zero and the target, in one drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from field_tests.report.drawing import Figure, Scale, Sheet, ticks, wrapped
from field_tests.report.words import Words
from field_tests.study.result import Estimate

_WIDTH: Final = 680.0
_LABEL: Final = 228.0
_PLOT: Final = (240.0, 496.0)
_FIGURES: Final = 508.0
_SIZE: Final = 12.5
_ROW: Final = 22.0
_LINE: Final = 15.0
_TOP: Final = 40.0
# One wide interval would press all others into a smudge: what lies further from the chief one's ends than so
# many of its widths, or beyond so many percent, ends in an arrow.
_WIDTHS: Final = 1.0
_WIDEST: Final = 100.0


@dataclass(frozen=True, slots=True)
class Row:
    """An estimate and what it is called; `chief`: the one by which is judged, drawn as a diamond."""

    label: str
    estimate: Estimate
    chief: bool = False


def forest(name: str, title: str, rows: Sequence[Row], target: float | None, words: Words) -> Figure:
    """All rows on one scale of percent. `target` None: there is none to compare with."""
    labels = [wrapped(row.label, _LABEL, _SIZE) for row in rows]
    heights = [max(_ROW, _LINE * len(lines) + 11.0) for lines in labels]
    bottom = _TOP + sum(heights)
    sheet = Sheet(_WIDTH, bottom + 40.0)
    scale = _scale(rows, target)
    _frame(sheet, scale, bottom, target, words)
    y = _TOP
    for row, lines, height in zip(rows, labels, heights, strict=True):
        _row(sheet, scale, y + height / 2, row, lines, words)
        y += height
    return Figure(name, sheet.written(alt := _told(title, rows, target, words)), alt)


def _scale(rows: Sequence[Row], target: float | None) -> Scale:
    always = [0.0, *([] if target is None else [target])]
    least, most = -_WIDEST, _WIDEST
    seen = list(always)
    for row in rows:
        one = row.estimate
        seen += [value for value in (one.percent, one.low, one.high) if value is not None]
        if row.chief and one.low is not None and one.high is not None:
            beyond = _WIDTHS * (one.high - one.low)
            least, most = max(one.low - beyond, least), min(one.high + beyond, most)
    low, high = min(*always, max(min(seen), least), 0.0), max(*always, min(max(seen), most), 0.0)
    margin = max((high - low) * 0.06, 1.0)
    return Scale(low - margin, high + margin, *_PLOT)


def _frame(sheet: Sheet, scale: Scale, bottom: float, target: float | None, words: Words) -> None:
    for value in ticks(scale.low, scale.high, 7):
        x = scale.at(value)
        sheet.line(x, bottom, x, bottom + 4, "soft")
        sheet.text(
            x, bottom + 17, words.percent(value, 0) if value else "0", "soft", size=11, anchor="middle"
        )
    sheet.line(scale.start, bottom, scale.end, bottom, "soft")
    zero = scale.at(0.0)
    sheet.line(zero, _TOP - 6, zero, bottom, "ink", wide=1.2)
    sheet.text(zero, 14, words.say("変化なし", "no change"), size=11.5, anchor="middle")
    if target is not None:
        x = scale.at(target)
        sheet.line(x, _TOP - 6, x, bottom, "goal", wide=1.5, dash="5 3")
        # One line lower than the other's name: the two lie close together where intervals are wide.
        told = words.say(f"目標 {words.percent(target, 0)}", f"target {words.percent(target, 0)}")
        sheet.text(x, 29, told, "goal", size=11.5, anchor="middle")
    axis = words.say("変化（％）。線は95％区間", "change in percent; lines are 95 % intervals")
    sheet.text((scale.start + scale.end) / 2, bottom + 34, axis, "soft", size=11, anchor="middle")


def _row(sheet: Sheet, scale: Scale, y: float, row: Row, lines: Sequence[str], words: Words) -> None:
    first = y + 4.5 - (len(lines) - 1) * _LINE / 2
    for number, line in enumerate(lines):
        sheet.text(0, first + number * _LINE, line, size=_SIZE)
    one = row.estimate
    if one.percent is None:
        sheet.text(_FIGURES, y + 4.5, words.say("計算できない", "not computed"), "soft", size=11.5)
        return
    if one.low is not None and one.high is not None:
        _interval(sheet, scale, y, one.low, one.high, 2.4 if row.chief else 1.4)
    _point(sheet, scale, y, one.percent, row.chief)
    sheet.text(_FIGURES + 52, y + 4.5, words.percent(one.percent), size=12.5, anchor="end")
    if one.low is not None and one.high is not None:
        unit = words.say("％", " %")
        low, high = (words.percent(value).removesuffix(unit) for value in (one.low, one.high))
        sheet.text(_FIGURES + 60, y + 4.5, words.say(f"{low}～{high}", f"{low} to {high}"), "soft", size=11.5)


def _interval(sheet: Sheet, scale: Scale, y: float, low: float, high: float, wide: float) -> None:
    left, right = scale.at(low), scale.at(high)
    sheet.line(left, y, right, y, "mark", wide=wide)
    for value, x in ((low, left), (high, right)):
        if scale.holds(value):
            sheet.line(x, y - 4, x, y + 4, "mark", wide=wide)
        else:  # it goes on outside, or lies there whole
            back = x + (-6 if value > scale.high else 6)
            sheet.strokes((f"M{back:.1f} {y - 4:.1f}L{x:.1f} {y:.1f}L{back:.1f} {y + 4:.1f}",), "mark", wide)


def _point(sheet: Sheet, scale: Scale, y: float, percent: float, chief: bool) -> None:
    if not scale.holds(percent):
        return
    if chief:
        sheet.diamond(scale.at(percent), y, 7, "mark")
    else:
        sheet.dot(scale.at(percent), y, 3.6, "mark")


def _told(title: str, rows: Sequence[Row], target: float | None, words: Words) -> str:
    colon, stop = words.say("：", ": "), words.say("。", "; ")
    goal = (
        ""
        if target is None
        else words.say(f"目標 {words.percent(target)}。", f" Target {words.percent(target)}.")
    )
    each = stop.join(f"{row.label}{colon}{words.estimate(row.estimate)}" for row in rows)
    return words.say(f"{title}。{goal}{each}。", f"{title}.{goal} {each}.")
