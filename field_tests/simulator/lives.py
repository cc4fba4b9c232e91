"""What simulated people do, by day, without where: the truth that an estimate is held against.

Pure and quick: columns in, columns out. A person's usual minutes are multiplied, day by day, by season, rain,
novelty, the device's effect and how the week goes; half of the change is more outings, half longer ones.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from field_tests.holidays import holidays
from field_tests.simulator.people import KINDS, Habit, Person
from field_tests.simulator.stays import Stay, stays
from field_tests.study.tables import Weather

F64 = NDArray[np.float64]
DAY_MIN: Final = 1440.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What moves outing time. Shares: 0.15 is +15 %.

    `effect`: of the device, the median person's; `effect_sd`: SD between persons of its logarithm.
    `season`: the year's best day over its worst, less one. `rain`: what a wet day takes away. `novelty`:
    the most that a new thing adds, five weeks after the start.
    """

    effect: float = 0.15
    effect_sd: float = 0.15
    season: float = 0.17
    rain: float = 0.2
    novelty: float = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Days in columns: weekday (0 Monday), holiday, season (span 1 in a year, mean 0), wet from 0 to 1."""

    first: date
    weekday: NDArray[np.int64]
    holiday: NDArray[np.bool_]
    season: F64
    wet: F64

    def __len__(self) -> int:
        return len(self.weekday)


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """One person's device by day.

    `guided`: it guides: not before the start, not in silent weeks. `weeks`: since its first day, NaN before.
    """

    guided: NDArray[np.bool_]
    weeks: F64


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """A person's outings by time: minutes from the first day's midnight; and the minutes out of each day.

    `kind`: index into KINDS. `stay`: index into `stays` of the ways to and from a second home, else -1.
    """

    start_min: F64
    end_min: F64
    kind: NDArray[np.int64]
    stay: NDArray[np.int64]
    minutes: F64
    stays: tuple[Stay, ...]


# Two waves: least in January, most in May, again good in November, less in the heat of August.
_YEAR_DAYS, _COLDEST, _MILDEST = 365.25, 20, 125
_WET_MM: Final = 5.0  # rain of this depth takes 63 % of what heavy rain takes
_NOVELTY_PEAK_WEEKS, _NOVELTY_SHARP = 5.0, 4.0
_SLOTS: Final = 3  # outings of one habit on one day, at most
_REST_MIN: Final = 25.0  # between two outings
_WEEK_KEEPS: Final = 0.4  # a good week follows a good week
_ILL_CHANCE, _ILL_MOST_DAYS = 0.008, 6
_SHORTEST_MIN: Final = 12.0


def calendar(days: tuple[Weather, ...]) -> Calendar:
    """The columns of consecutive days with their weather."""
    first = days[0].day
    dates = [first + timedelta(days=n) for n in range(len(days))]
    of_year = np.array([day.timetuple().tm_yday for day in dates], dtype=np.float64)
    return Calendar(
        first=first,
        weekday=np.array([day.weekday() for day in dates]),
        holiday=np.array([day in holidays(day.year) for day in dates]),
        season=_season(of_year),
        wet=1.0 - np.exp(-np.array([day.rain_mm for day in days]) / _WET_MM),
    )


def exposure(days: Calendar, start: date | None, silent: frozenset[date] = frozenset()) -> Exposure:
    """The device from `start` on, silent on those days."""
    since = np.arange(len(days), dtype=np.float64)
    weeks = (since - (start - days.first).days) / 7.0 if start else np.full(len(days), np.nan)
    weeks = np.where(weeks >= 0.0, weeks, np.nan)
    quiet = np.array([days.first + timedelta(days=n) in silent for n in range(len(days))])
    return Exposure(guided=~np.isnan(weeks) & ~quiet, weeks=weeks)


def life(person: Person, days: Calendar, device: Exposure, on: Conditions, rng: Generator) -> Life:
    """What `person` does on those days."""
    factor = factors(person, days, device, on) * _weeks(person.week_sd, len(days), rng)
    rest = person.fixed_share
    free = np.maximum((factor - rest) / (1.0 - rest), 0.0)
    well = ~_ill(len(days), rng)
    made = [_outings(habit, days, free, well, rng) for habit in person.habits]
    away = stays(person, days.weekday, days.holiday, rng)
    return _lived(made, away, len(days))


def factors(person: Person, days: Calendar, device: Exposure, on: Conditions) -> F64:
    """By how much each day's minutes differ from the person's usual, before chance."""
    season = person.season_gain * math.log1p(on.season) * days.season
    rain = np.log1p(-np.minimum(on.rain * person.rain_gain * days.wet, 0.9))
    effect = math.log1p(on.effect) + on.effect_sd * person.effect_z
    novelty = np.log1p(on.novelty * novelty_shape(device.weeks))
    return np.asarray(np.exp(season + rain + novelty + np.where(device.guided, effect, 0.0)))


def novelty_shape(weeks: F64) -> F64:
    """0 before the start, 1 five weeks after it, a tenth three months after it."""
    at = np.nan_to_num(weeks, nan=0.0) / _NOVELTY_PEAK_WEEKS
    return np.asarray((at * np.exp(1.0 - at)) ** _NOVELTY_SHARP)


def _season(of_year: F64) -> F64:
    whole = _waves(np.arange(1.0, _YEAR_DAYS))
    return np.asarray((_waves(of_year) - whole.mean()) / (whole.max() - whole.min()))


def _waves(of_year: F64) -> F64:
    turn = 2.0 * np.pi / _YEAR_DAYS
    return np.asarray(np.cos(2.0 * turn * (of_year - _MILDEST)) - np.cos(turn * (of_year - _COLDEST)))


def _weeks(sd: float, days: int, rng: Generator) -> F64:
    """Good and bad weeks, mean 1."""
    weeks = days // 7 + 1
    log, steps = np.empty(weeks), rng.standard_normal(weeks)
    log[0] = steps[0]
    for n in range(1, weeks):
        log[n] = _WEEK_KEEPS * log[n - 1] + math.sqrt(1.0 - _WEEK_KEEPS**2) * steps[n]
    return np.asarray(np.repeat(np.exp(sd * log - sd**2 / 2.0), 7)[:days])


def _ill(days: int, rng: Generator) -> NDArray[np.bool_]:
    """Spells of some days in bed."""
    ill = np.zeros(days, dtype=np.bool_)
    lengths = rng.integers(1, _ILL_MOST_DAYS + 1, days)
    for day in np.flatnonzero(rng.random(days) < _ILL_CHANCE):
        ill[day : day + lengths[day]] = True
    return ill


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    start: F64
    minutes: F64
    kind: NDArray[np.int64]


def _outings(habit: Habit, days: Calendar, free: F64, well: NDArray[np.bool_], rng: Generator) -> _Made:
    often = np.array(habit.often)[days.weekday] * well
    if habit.kind == "clinic":
        often = often * ~days.holiday
    gain = free if habit.free else np.ones(len(days))
    # Rounded up or down by chance: no more scatter than a habit has, and exactly this many in the mean.
    count = np.minimum(np.floor(often * np.sqrt(gain) + rng.random(len(days))), _SLOTS)
    shape = (len(days), _SLOTS)
    tired = rng.standard_normal(shape)
    minutes = habit.minutes * np.exp(habit.spread * tired - habit.spread**2 / 2.0) * np.sqrt(gain)[:, None]
    hour = habit.hour + habit.hour_sd * rng.standard_normal(shape)
    start = np.arange(len(days))[:, None] * DAY_MIN + 60.0 * np.clip(hour, 6.0, 21.0)
    takes = np.arange(_SLOTS) < count[:, None]
    kind = np.full(int(takes.sum()), KINDS.index(habit.kind))
    return _Made(start[takes], np.maximum(minutes[takes], _SHORTEST_MIN), kind)


def _lived(made: list[_Made], away: tuple[Stay, ...], days: int) -> Life:
    start = np.concatenate([each.start for each in made])
    length = np.concatenate([each.minutes for each in made])
    kind = np.concatenate([each.kind for each in made])
    order = np.argsort(start, kind="stable")
    start, length, kind = _queued(start[order], length[order]), length[order], kind[order]
    end = start + length
    keep = end <= days * DAY_MIN
    for stay in away:
        keep &= (end + _REST_MIN <= stay.leave_min) | (start >= stay.back_min + _REST_MIN)
    trips = [leg for number, stay in enumerate(away) for leg in stay.legs(number)]
    start = np.concatenate([start[keep], [leg[0] for leg in trips]])
    end = np.concatenate([end[keep], [leg[1] for leg in trips]])
    kind = np.concatenate([kind[keep], np.full(len(trips), KINDS.index("family"))])
    stay_of = np.concatenate(
        [np.full(int(keep.sum()), -1), np.array([leg[2] for leg in trips], dtype=np.int64)]
    )
    order = np.argsort(start, kind="stable")
    start, end = start[order], end[order]
    return Life(start, end, kind[order], stay_of[order], by_day(start, end, days), away)


def _queued(start: F64, length: F64) -> F64:
    """Starts put off until the outing before is over and a rest was taken."""
    before = np.concatenate([[0.0], np.cumsum(length + _REST_MIN)[:-1]])
    return np.asarray(np.maximum.accumulate(start - before) + before)


def by_day(start_min: F64, end_min: F64, days: int) -> F64:
    """Minutes out of each day; an outing over midnight counts on both."""
    ends = np.arange(1, days + 1) * DAY_MIN
    out_before = np.zeros(days)
    for edge, sign in ((start_min, 1.0), (end_min, -1.0)):
        sums = np.concatenate([[0.0], np.cumsum(edge)])
        count = np.searchsorted(edge, ends, side="right")
        out_before += sign * (ends * count - sums[count])
    return np.asarray(np.diff(np.concatenate([[0.0], out_before])))
