"""Counted outings as lines that a person reads, or hears: one thing a line, in one language. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from field_tests.japan import JST
from field_tests.outings.rules import RULES
from field_tests.outings.seen import Day, Interval, Outing
from field_tests.study.counted import Counted
from field_tests.study.names import PHASES
from field_tests.study.telling_issues import Language, issue_lines

_WEEKDAYS: Final[Mapping[Language, str]] = {"ja": "月火水木金土日", "en": "MTWTFSS"}
_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "home": ("在宅", "at home"),
    "out": ("外出", "out"),
    "unknown": ("不明", "unknown"),
}


def person_lines(counted: Counted, lang: Language, *, explain: bool) -> Iterator[str]:
    """Everything of one person: faults, days, outings; with `explain` which rule made which part."""
    yield f"== {counted.person}"
    yield from issue_lines(counted.issues, lang)
    for day in counted.seen.days:
        yield _day_line(day, counted, lang)
        for outing in counted.seen.outings:
            if datetime.fromtimestamp(outing.start_utc_s, JST).date() == day.day:
                yield from outing_lines(outing, counted.seen.intervals if explain else (), lang)


def summary_lines(counted: Counted, lang: Language) -> Iterator[str]:
    """One person in a line for each phase: minutes and days out a week, how much was seen."""
    yield f"== {counted.person}"
    yield from issue_lines(counted.issues, lang)
    phases = [phase for phase in PHASES if phase in counted.phases.values()]
    for phase in phases:
        days = [day for day in counted.seen.days if counted.phases.get(day.day) == phase]
        if days:
            yield f"{PHASES[phase][lang == 'en']}: {_mean_line(days, lang)}"
    if not phases and counted.seen.days:
        yield _mean_line(counted.seen.days, lang)


def outing_lines(outing: Outing, intervals: Sequence[Interval], lang: Language) -> Iterator[str]:
    """One outing, and the parts of the time around it with their reasons."""
    span = _span(outing.start_utc_s, outing.end_utc_s)
    bounds = f"{outing.minutes:.0f} [{outing.minutes_min:.0f}-{outing.minutes_max:.0f}]"
    far, seen = f"{outing.max_distance_m / 1000.0:.1f} km", f"{outing.coverage:.0%}"
    labels = f" ({', '.join(outing.labels)})" if outing.labels else ""
    if lang == "ja":
        yield f"  {span} 外出 {bounds} 分、最も遠く {far}、観測 {seen}{labels}"
    else:
        yield f"  {span} out {bounds} min, at most {far} away, {seen} observed{labels}"
    if intervals:
        yield from (f"    {line}" for line in reasons(outing.why, lang))
    for interval in _around(outing, intervals):
        yield from _interval_lines(interval, lang)


def reasons(codes: Iterable[str], lang: Language) -> Iterator[str]:
    """The sentences of rules."""
    for code in codes:
        yield f"- {RULES[code][lang == 'en']}"


def _around(outing: Outing, intervals: Sequence[Interval]) -> list[Interval]:
    """The parts of an outing, and those that end and begin beside it."""
    return [
        interval
        for interval in intervals
        if interval.end_utc_s >= outing.start_utc_s and interval.start_utc_s <= outing.end_utc_s
    ]


def _interval_lines(interval: Interval, lang: Language) -> Iterator[str]:
    state = _STATES[interval.state][lang == "en"]
    share = f"{interval.best:.0%} [{interval.low:.0%}-{interval.high:.0%}]"
    out = f"うち外出 {share}" if lang == "ja" else f"out {share}"
    told = "" if interval.state != "unknown" and interval.gap is None else f", {out}"
    yield f"    {_span(interval.start_utc_s, interval.end_utc_s)} {state}{told}"
    yield from (f"      {line}" for line in reasons(interval.why, lang))


def _day_line(day: Day, counted: Counted, lang: Language) -> str:
    weekday = _WEEKDAYS[lang][day.day.weekday()]
    bounds = f"{day.minutes:.0f} [{day.minutes_min:.0f}-{day.minutes_max:.0f}]"
    phase = counted.phases.get(day.day)
    named = f" {PHASES[phase][lang == 'en']}" if phase else ""
    seen = f"{day.waking_coverage:.0%}"
    if lang == "ja":
        return f"{day.day} ({weekday}){named} {bounds} 分、外出 {_times(day, lang)}、日中の観測 {seen}"
    return (
        f"{day.day} ({weekday}){named} {bounds} min, outings {_times(day, lang)}, {seen} of waking hours seen"
    )


def _times(day: Day, lang: Language) -> str:
    if day.out is None:
        return "不明" if lang == "ja" else "unknown"
    return f"{day.outings} 回" if lang == "ja" else f"{day.outings}"


def _mean_line(days: Sequence[Day], lang: Language) -> str:
    week = 7.0 / len(days)
    minutes, low, high = (
        sum(values) * week
        for values in zip(*((day.minutes, day.minutes_min, day.minutes_max) for day in days), strict=True)
    )
    told = [day for day in days if day.out is not None]
    out = f"{7.0 * sum(bool(day.out) for day in told) / len(told):.1f}" if told else "?"
    seen = f"{sum(day.waking_coverage for day in days) / len(days):.0%}"
    if lang == "ja":
        return (
            f"{len(days)} 日、週に {minutes:.0f} 分 [{low:.0f}-{high:.0f}]、外出した日 週に {out} 日、"
            f"日中の観測 {seen}"
        )
    return (
        f"{len(days)} days, {minutes:.0f} min a week [{low:.0f}-{high:.0f}], {out} days out a week, "
        f"waking hours observed {seen}"
    )


def _span(start_s: float, end_s: float) -> str:
    """Hours and minutes; the date of the end where it is another day."""
    start, end = (datetime.fromtimestamp(utc_s, JST) for utc_s in (start_s, end_s))
    ends = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%m-%d %H:%M}"
    return f"{start:%H:%M}-{ends}"
