"""Days on which clinics and day care are shut: Japan's public holidays, by the law as of 2022. Pure."""

from datetime import date, timedelta
from functools import cache

_MONDAY, _WEDNESDAY, _SUNDAY = 0, 2, 6
_FIXED = ((1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23))
# Coming-of-age day, sea day, respect-for-the-aged day, sports day: (month, which Monday).
_MONDAYS = ((1, 2), (7, 3), (9, 3), (10, 2))


@cache
def holidays(year: int) -> frozenset[date]:
    """The public holidays of a year from 2022 to 2099, with substitutes and days between two of them."""
    named = {date(year, month, day) for month, day in _FIXED}
    named |= {_nth_monday(year, month, nth) for month, nth in _MONDAYS}
    named |= {date(year, 3, _equinox(year, 20.8431)), date(year, 9, _equinox(year, 23.2488))}
    return frozenset(named | _between(named) | {_substitute(day, named) for day in named})


def _nth_monday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_MONDAY - first.weekday()) % 7 + 7 * (nth - 1))


def _equinox(year: int, of_1980: float) -> int:
    """The day of the month; the usual formula for 1980 to 2099."""
    passed = year - 1980
    return int(of_1980 + 0.242194 * passed - passed // 4)


def _substitute(day: date, named: set[date]) -> date:
    """A holiday on a Sunday moves to the next day that is none."""
    if day.weekday() != _SUNDAY:
        return day
    while day in named:
        day += timedelta(days=1)
    return day


def _between(named: set[date]) -> set[date]:
    """A weekday between two holidays is one too: in September of some years."""
    one = timedelta(days=1)
    return {day + one for day in named if day + 2 * one in named and (day + one).weekday() != _SUNDAY}
