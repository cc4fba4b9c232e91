"""Outings from a timeline: from leaving home to being back. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from field_tests.outings.definitions import Definitions
from field_tests.outings.explained import days_of
from field_tests.outings.intervals import DOOR
from field_tests.outings.rates import HOUR_S, midnight_before
from field_tests.outings.seen import Interval, Outing
from field_tests.outings.stretches import Stretch
from field_tests.outings.witness import OTHER_OUT


def outings(
    intervals: Sequence[Interval], known: Sequence[Stretch], rules: Definitions
) -> tuple[Outing, ...]:
    """The outings that were seen; an outing wholly within a gap is in the minutes of its day alone."""
    out = [part for part in known if part.out]
    starts = [part.start_s for part in out]
    found = []
    for first, last in _runs(intervals):
        start_s, end_s = intervals[first].start_utc_s, intervals[last].end_utc_s
        within = out[bisect_left(starts, start_s) : bisect_left(starts, end_s)]
        doors = [i for i in intervals[max(first - 1, 0) : last + 2] if i.state == "home" and DOOR in i.why]
        found.append(_outing(intervals[first : last + 1], doors, within, rules))
    return tuple(found)


def _runs(intervals: Sequence[Interval]) -> Iterator[tuple[int, int]]:
    """First and last interval of each outing: those out, and gaps beside them with a change in them."""
    first: int | None = None
    for i, interval in enumerate(intervals):
        if _apart(interval):
            if first is not None and any(part.state == "out" for part in intervals[first:i]):
                yield first, i - 1
            first = None
        elif first is None:
            first = i
    if first is not None and any(part.state == "out" for part in intervals[first:]):
        yield first, len(intervals) - 1


def _apart(interval: Interval) -> bool:
    """At home; or so long gone from sight that what came after was probably another outing."""
    if interval.state != "unknown":
        return interval.state == "home"
    if OTHER_OUT in interval.why or "gap_home" in interval.why:
        return True
    return "gap_away" in interval.why and interval.best < 0.5


def _outing(
    run: Sequence[Interval], doors: Sequence[Interval], within: Sequence[Stretch], rules: Definitions
) -> Outing:
    start_s, end_s = run[0].start_utc_s, run[-1].end_utc_s
    seen_s = sum(i.end_utc_s - i.start_utc_s for i in run if i.gap is None)
    labels = list(dict.fromkeys(label for part in within for label in part.labels))
    if any(_night_s(*day, rules.night) >= rules.night_h * HOUR_S for day in days_of(start_s, end_s)):
        labels.append("night_away")
    return Outing(
        start_utc_s=start_s,
        end_utc_s=end_s,
        minutes=sum(i.best * i.minutes for i in run),
        minutes_min=sum(i.low * i.minutes for i in run),
        minutes_max=sum(i.high * i.minutes for i in (*run, *doors)),
        coverage=min(1.0, seen_s / (end_s - start_s)),
        max_distance_m=max((part.away_m for part in within), default=0.0),
        fixes=sum(part.fixes for part in within),
        why=tuple(dict.fromkeys(why for i in run for why in i.why)),
        labels=tuple(labels),
    )


def _night_s(start_s: float, end_s: float, night: tuple[int, int]) -> float:
    """Seconds of the small hours within a part of one day."""
    midnight_s = midnight_before(start_s)
    return min(end_s, midnight_s + night[1] * HOUR_S) - max(start_s, midnight_s + night[0] * HOUR_S)
