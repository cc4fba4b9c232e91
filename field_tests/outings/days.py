"""Outing minutes by day in Japan, each with how much of the day is known. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime

from field_tests.japan import DAY_S, JST
from field_tests.outings.definitions import Definitions
from field_tests.outings.explained import days_of
from field_tests.outings.rates import HOUR_S, midnight_before
from field_tests.outings.seen import Day, Interval, Outing


def days(intervals: Sequence[Interval], outings: Sequence[Outing], rules: Definitions) -> tuple[Day, ...]:
    """One row for each day that the timeline touches, also days of which nothing is known."""
    parts: defaultdict[float, list[tuple[float, float, Interval]]] = defaultdict(list)
    for interval in intervals:
        for start_s, end_s in days_of(interval.start_utc_s, interval.end_utc_s):
            parts[midnight_before(start_s)].append((start_s, end_s, interval))
    touched: defaultdict[float, int] = defaultdict(int)
    for outing in outings:
        for start_s, _ in days_of(outing.start_utc_s, outing.end_utc_s):
            touched[midnight_before(start_s)] += 1
    return tuple(
        _day(midnight_s, parts[midnight_s], touched[midnight_s], rules) for midnight_s in sorted(parts)
    )


def day_of(utc_s: float) -> date:
    """The day in Japan."""
    return datetime.fromtimestamp(utc_s, UTC).astimezone(JST).date()


def _day(
    midnight_s: float, parts: Sequence[tuple[float, float, Interval]], outings: int, rules: Definitions
) -> Day:
    low = sum(i.low * (b - a) for a, b, i in parts) / 60.0
    high = sum(i.high * (b - a) for a, b, i in parts) / 60.0
    known = [(a, b) for a, b, i in parts if i.gap != "unknown"]
    first_s, last_s = (midnight_s + hour * HOUR_S for hour in rules.waking)
    awake_s = sum(max(0.0, min(b, last_s) - max(a, first_s)) for a, b in known)
    return Day(
        day=day_of(midnight_s),
        minutes=sum(i.best * (b - a) for a, b, i in parts) / 60.0,
        minutes_min=low,
        minutes_max=high,
        coverage=min(1.0, sum(b - a for a, b in known) / DAY_S),
        waking_coverage=min(1.0, awake_s / (last_s - first_s)),
        outings=outings,
        out=True if outings else (None if high >= rules.least_minutes else False),
    )
