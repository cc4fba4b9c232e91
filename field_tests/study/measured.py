"""What measures a person: which source tells minutes, what else is known of it, and days as they are kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np

from field_tests.japan import DAY_S
from field_tests.outings.definitions import Definitions
from field_tests.outings.overlay import WORDS
from field_tests.outings.seen import Day, Interval, PersonOutings
from field_tests.outings.track import Evidence, Source, Track
from field_tests.study.moments import day_of, midnight_s

# What measures must be the same in all phases: the device is worn in some of them only, and where people go.
MEASURED_BY: Final[tuple[Source, ...]] = ("logger",)
# Positions this far apart are still one wearing (the gap of trackintel).
_WORN_GAP_S: Final = 900.0
_HOUR_S = 3600.0

# Where positions or evidence saw somebody on a day: at home at least once, only elsewhere, nowhere.
SeenAt = Literal["home", "away", ""]


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """A person's day as it was measured, of no phase yet. `device_hours`: the device gave positions.

    `night`: where its small hours were spent, seen or explained; `told`: share of its waking hours that is
    somebody's word.
    """

    day: Day
    seen: SeenAt
    device_hours: float = 0.0
    night: SeenAt = ""
    told: float = 0.0

    @property
    def night_home(self) -> bool | None:
        """Whether its night was at home; None: nothing tells."""
        return None if self.night == "" else self.night == "home"


def measured_days(
    seen: PersonOutings, worn: Mapping[date, float], rules: Definitions
) -> tuple[MeasuredDay, ...]:
    """The days of an estimate with what else a trial needs of them."""
    at = _seen_at(seen)
    nights, told = nights_and_words(seen.intervals, rules)
    return tuple(
        MeasuredDay(
            day,
            at.get(day.day, ""),
            worn.get(day.day, 0.0),
            nights.get(day.day, ""),
            min(1.0, told.get(day.day, 0.0)),
        )
        for day in seen.days
    )


def never_home(days: Iterable[MeasuredDay]) -> bool:
    """Nothing of these days was at home: the registered place is wrong, or the logger somebody else's.

    Who only passes it by day, and sleeps elsewhere, was not seen at home either.
    """
    days = tuple(days)
    at, nights = {one.seen for one in days}, [one.night for one in days]
    slept_elsewhere = "home" not in nights and 2 * nights.count("away") > len(nights)
    return slept_elsewhere or ("away" in at and "home" not in at)


def nights_and_words(
    intervals: Iterable[Interval], rules: Definitions
) -> tuple[dict[date, SeenAt], dict[date, float]]:
    """Where each night was spent, and which share of each day's waking hours is somebody's word."""
    nights: dict[date, SeenAt] = {}
    told: dict[date, float] = {}
    waking_s = (rules.waking[1] - rules.waking[0]) * _HOUR_S
    for interval in intervals:
        if interval.gap == "unknown":
            continue
        for day in _days_of(interval):
            if _overlap_s(interval, day, rules.night) > 0.0:
                nights[day] = "home" if interval.state == "home" else nights.get(day, "away")
            if WORDS & set(interval.why):
                told[day] = told.get(day, 0.0) + _overlap_s(interval, day, rules.waking) / waking_s
    return nights, told


def _days_of(interval: Interval) -> Iterator[date]:
    day = day_of(interval.start_utc_s)
    while midnight_s(day) < interval.end_utc_s:
        yield day
        day += timedelta(days=1)


def _overlap_s(interval: Interval, day: date, hours: tuple[int, int]) -> float:
    first_s, last_s = (midnight_s(day) + hour * _HOUR_S for hour in hours)
    return max(0.0, min(interval.end_utc_s, last_s) - max(interval.start_utc_s, first_s))


def evidence_of(told: Iterable[Evidence], sources: Sequence[Source]) -> tuple[Evidence, ...]:
    """About the person, or about a source that is used."""
    return tuple(one for one in told if one.source is None or one.source in sources)


def worn_hours(tracks: Iterable[Track], first: date, last: date) -> dict[date, float]:
    """Hours a day in Japan, `first` to `last`, in which the device gave these positions."""
    start_s = midnight_s(first)
    whole = np.zeros((last - first).days + 1)
    # The same positions may be in two exports: they were worn once.
    utc_s = np.unique(np.concatenate([np.zeros(0), *(track.utc_s for track in tracks)]))
    gaps = np.diff(utc_s)
    days = ((utc_s[:-1] - start_s) // DAY_S).astype(int)
    np.add.at(whole, days, np.where(gaps <= _WORN_GAP_S, gaps, 0.0) / _HOUR_S)
    return {first + timedelta(days=number): hours for number, hours in enumerate(whole.tolist()) if hours}


def _seen_at(seen: PersonOutings) -> dict[date, SeenAt]:
    found: dict[date, SeenAt] = {}
    for interval in seen.intervals:
        if interval.gap is not None:
            continue
        for day in _days_of(interval):
            found[day] = "home" if interval.state == "home" else found.get(day, "away")
    return found
