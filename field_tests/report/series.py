"""The raw days of one person: what was counted on each, with its bounds, in all phases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from field_tests.report.drawing import Figure, Scale, Sheet, ticks, width_of
from field_tests.report.words import Words
from field_tests.study.names import PHASES
from field_tests.study.result import PersonResult, SeriesDay

_WIDTH: Final = 344.0
_HEIGHT: Final = 164.0
_LEFT, _RIGHT = 34.0, 338.0
_TOP, _BOTTOM = 30.0, 132.0
_SMALL: Final = 11.0
_LEAST_TOP: Final = 120.0  # minutes: an axis shorter than this would make much of little


@dataclass(frozen=True, slots=True)
class Span:
    """What all persons' drawings share: the days of the trial."""

    first: date
    last: date


def span_of(first: str, last: str, persons: Sequence[PersonResult]) -> Span:
    """From the trial's days and all that was recorded."""
    days = [date.fromisoformat(day.day) for one in persons for day in one.days]
    begin, end = min([date.fromisoformat(first), *days]), max([date.fromisoformat(last), *days])
    return Span(begin, end)


def series(person: PersonResult, span: Span, words: Words) -> Figure:
    """Dots: a valid day's minutes; thin lines: from min to max; ticks below: days that do not count."""
    across = Scale(
        float(span.first.toordinal()),
        float(max(span.last.toordinal(), span.first.toordinal() + 1)),
        _LEFT,
        _RIGHT,
    )
    # The height is the person's own: half an hour a day must be read as well as six.
    highest = max((day.minutes for day in person.days if day.valid), default=0.0)
    up = Scale(0.0, max(highest, _LEAST_TOP) * 1.05, _BOTTOM, _TOP)
    sheet = Sheet(_WIDTH, _HEIGHT)
    _axes(sheet, across, up, span, words)
    _days(sheet, across, up, person.days)
    _phases(sheet, across, up, person, words)
    return Figure(f"series_{person.person}", sheet.written(alt := _told(person, words)), alt)


def _axes(sheet: Sheet, across: Scale, up: Scale, span: Span, words: Words) -> None:
    for value in ticks(0.0, up.high, 4):
        y = up.at(value)
        sheet.line(_LEFT, y, _RIGHT, y, "soft", wide=0.5, dash="1 3")
        sheet.text(_LEFT - 4, y + 4, words.number(value), "soft", size=_SMALL, anchor="end")
    sheet.line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, "ink")
    months = [(y, m) for y in range(span.first.year, span.last.year + 1) for m in range(1, 13)]
    begun = [date(y, m, 1) for y, m in months if span.first <= date(y, m, 1) <= span.last]
    step = -(-len(begun) // 6)
    for day in begun[::step] if begun else ():
        x = across.at(day.toordinal())
        sheet.line(x, _BOTTOM, x, _BOTTOM + 13, "soft", wide=0.6)
        sheet.text(x + 2, _BOTTOM + 24, words.say(f"{day.month}月", f"{day:%b}"), "soft", size=_SMALL)


def _days(sheet: Sheet, across: Scale, up: Scale, days: Sequence[SeriesDay]) -> None:
    bounds, points, missed = [], [], []
    for day in days:
        x = across.at(date.fromisoformat(day.day).toordinal())
        if day.valid:
            high, low = up.at(day.minutes_max), up.at(day.minutes_min)
            bounds.append(f"M{x:.1f} {high:.1f}V{low:.1f}")
            points.append(f"M{x:.1f} {up.at(day.minutes):.1f}h.01")
        elif day.phase is not None:  # after somebody left, no day is missed
            missed.append(f"M{x:.1f} {_BOTTOM + 3:.1f}v5")
    sheet.strokes(bounds, "faint", 0.7)
    sheet.strokes(points, "mark", 3, round_ends=True)
    sheet.strokes(missed, "ink", 1.1)


def _phases(sheet: Sheet, across: Scale, up: Scale, person: PersonResult, words: Words) -> None:
    means = {_compared(person): person.baseline_weekly_minutes, "active": person.active_weekly_minutes}
    free = _LEFT
    for kind, grouped in groupby(person.days, key=lambda day: day.phase):
        days = list(grouped)
        left = across.at(date.fromisoformat(days[0].day).toordinal())
        right = across.at(date.fromisoformat(days[-1].day).toordinal())
        if left > _LEFT + 1:
            sheet.line(left, 16, left, _BOTTOM, "soft", wide=0.8)
        label = "" if kind is None else _short(kind, words)
        if label and left >= free and width_of(label, _SMALL) <= right - left + 6:
            sheet.text(left + 2, 12, label, size=_SMALL)
            free = left + width_of(label, _SMALL)
        weekly = means.get(kind or "")
        if weekly is not None:
            y = up.at(weekly / 7.0)
            sheet.line(left, y, right, y, "ink", wide=1.6)


def _compared(person: PersonResult) -> str:
    """The phase to which the active one is compared: silent weeks, where there are some."""
    return "silent" if any(day.phase == "silent" for day in person.days) else "baseline"


def _short(kind: str, words: Words) -> str:
    short = {
        "baseline": ("基準期", "baseline"),
        "wash_in": ("慣れ", "wash-in"),
        "active": ("使用期", "active"),
        "silent": ("無案内", "silent"),
        "closing": ("結び", "closing"),
    }
    return words.named(short, kind)


def _told(person: PersonResult, words: Words) -> str:
    valid = [day for day in person.days if day.valid]
    highest = words.minutes(max((day.minutes for day in valid), default=None))
    before, after = words.minutes(person.baseline_weekly_minutes), words.minutes(person.active_weekly_minutes)
    change = words.percent(person.percent)
    compared = _short(_compared(person), words)
    phases = words.say("、", ", ").join(
        f"{words.named(PHASES, kind)} {words.days(sum(1 for day in valid if day.phase == kind))}"
        for kind in PHASES
        if any(day.phase == kind for day in person.days)
    )
    return words.say(
        f"{person.person} の毎日の外出時間。記録 {len(person.days)}日、有効 {len(valid)}日（{phases}）。"
        f"いちばん長い日 {highest}。"
        f"週の平均は{compared} {before}、使用期 {after}、主な推定の式による変化 {change}。",
        f"Minutes out of {person.person} on each day. {len(person.days)} days recorded, {len(valid)} valid "
        f"({phases}). Longest day {highest}. Weekly mean: {compared} {before}, active {after}; change by "
        f"the primary formula {change}.",
    )
