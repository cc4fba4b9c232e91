"""Who lives in the simulation: habits of a week, drawn. Nobody real stands behind them. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.random import Generator

# shop, clinic, day_care, friends, park, walk, evening: from home and back; family: nights away.
OutingKind = Literal["shop", "clinic", "day_care", "friends", "park", "walk", "evening", "family"]
KINDS: Final[tuple[OutingKind, ...]] = (
    "shop", "clinic", "day_care", "friends", "park", "walk", "evening", "family",
)  # fmt: skip
Week = tuple[float, float, float, float, float, float, float]  # Monday first


@dataclass(frozen=True, slots=True)
class Habit:
    """Something a person goes out for: how often by weekday, when, for how long.

    `hour`, `hour_sd`: local hours at which it begins. `minutes`: mean length; `spread`: SD of its logarithm.
    `free`: it follows mood, weather and the device; a clinic's and a day care's days do not.
    """

    kind: OutingKind
    often: Week
    hour: float
    hour_sd: float
    minutes: float
    spread: float
    free: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """What is particular to one participant.

    `effect_z`, `season_gain`, `rain_gain`: how the device, the season and rain act on them (mean 0, 1, 1).
    `stay_days`: mean days between nights at the family's, 0 never; `stay_registered`: that house is
    registered as a second home. `week_sd`: SD of the logarithm of good and bad weeks.
    """

    name: str
    habits: tuple[Habit, ...]
    effect_z: float
    season_gain: float
    rain_gain: float
    week_sd: float
    stay_days: float
    stay_registered: bool

    @property
    def fixed_share(self) -> float:
        """Share of the usual minutes out that nothing changes."""
        fixed = sum(sum(habit.often) * habit.minutes for habit in self.habits if not habit.free)
        fixed += 7.0 * self.stay_minutes / self.stay_days if self.stay_days else 0.0
        return fixed / (fixed + sum(sum(habit.often) * habit.minutes for habit in self.habits if habit.free))

    @property
    def stay_minutes(self) -> float:
        """Mean minutes out of one stay at the family's."""
        return 2.0 * MEAN_RIDE_MIN if self.stay_registered else MEAN_STAY_MIN


# A night or two from ten in the morning to four in the afternoon; the ride there.
MEAN_STAY_MIN: Final = 1.5 * 1440.0 + 360.0
MEAN_RIDE_MIN: Final = 47.0

# Reluctant people go out half as often. Days without any outing come of themselves: a third to two thirds.
_RELUCTANT: Final = (0.55, 1.35)
_HAS_DAY_CARE, _HAS_EVENINGS, _HAS_FAMILY, _FAMILY_REGISTERED = 0.25, 0.2, 0.35, 0.9
# With the counts of outings this makes a CV of weekly minutes of about 0.4.
_WEEK_SD: Final = (0.05, 0.25)


def person(name: str, number: int, seed: int) -> Person:
    """Participant `number` of the trial `seed`; the same arguments give the same person."""
    rng = np.random.default_rng([seed, number, 0xBE])
    will = rng.uniform(*_RELUCTANT)
    habits = [_shop(rng, will), _friends(rng, will), _park(rng, will), _walk(rng, will), _clinic(rng)]
    if rng.random() < _HAS_DAY_CARE:
        habits.append(_day_care(rng))
    if rng.random() < _HAS_EVENINGS:
        habits.append(Habit("evening", (0.02, 0.02, 0.05, 0.05, 0.2, 0.2, 0.02), 18.5, 0.6, 190.0, 0.3))
    has_family = rng.random() < _HAS_FAMILY
    return Person(
        name=name,
        habits=tuple(habits),
        effect_z=float(rng.standard_normal()),
        season_gain=float(rng.normal(1.0, 0.3)),
        rain_gain=float(np.clip(rng.normal(1.0, 0.3), 0.0, 2.0)),
        week_sd=float(rng.uniform(*_WEEK_SD)),
        stay_days=float(rng.uniform(40.0, 100.0)) if has_family else 0.0,
        stay_registered=bool(rng.random() < _FAMILY_REGISTERED),
    )


def _some_days(rng: Generator, days: int, at: float, else_: float, among: int = 7) -> Week:
    """`days` weekdays of the first `among` with a rate of `at`, the others with `else_`."""
    chosen = set(rng.permutation(among)[:days].tolist())
    week = [at if day in chosen else else_ for day in range(7)]
    return (week[0], week[1], week[2], week[3], week[4], week[5], week[6])


def _shop(rng: Generator, will: float) -> Habit:
    often = _some_days(rng, int(rng.integers(2, 4)), 0.75 * will, 0.12 * will)
    return Habit("shop", often, rng.uniform(9.5, 15.5), 0.8, rng.uniform(45.0, 80.0), 0.35)


def _friends(rng: Generator, will: float) -> Habit:
    often = _some_days(rng, 1, 0.55 * will, 0.06 * will)
    return Habit("friends", often, rng.uniform(10.0, 14.5), 0.7, rng.uniform(110.0, 170.0), 0.35)


def _park(rng: Generator, will: float) -> Habit:
    often = _some_days(rng, 2, 0.3 * will, 0.08 * will)
    return Habit("park", often, rng.uniform(8.0, 16.0), 1.0, rng.uniform(40.0, 75.0), 0.4)


def _walk(rng: Generator, will: float) -> Habit:
    often = _some_days(rng, 3, 0.4 * will, 0.15 * will)
    return Habit("walk", often, rng.uniform(7.0, 17.0), 1.2, rng.uniform(22.0, 40.0), 0.3)


def _clinic(rng: Generator) -> Habit:
    return Habit(
        "clinic", _some_days(rng, 1, 0.35, 0.02, 5), rng.uniform(8.8, 11.0), 0.4, 95.0, 0.3, free=False
    )


def _day_care(rng: Generator) -> Habit:
    return Habit("day_care", _some_days(rng, 1, 0.92, 0.0, 5), 9.0, 0.15, 390.0, 0.06, free=False)
