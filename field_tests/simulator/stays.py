"""Nights away at the family's: there by car, back some days later. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from field_tests.simulator.people import MEAN_RIDE_MIN, Person

_DAY_MIN: Final = 1440.0
_LEAVES_MIN, _RETURNS_MIN = 10 * 60.0, 16 * 60.0
_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True)
class Stay:
    """From leaving home to being back, minutes from the first day's midnight; `ride_min` each way.

    `registered`: the family's house is a home too, so that only the rides are out.
    """

    leave_min: float
    back_min: float
    ride_min: float
    registered: bool

    def legs(self, number: int) -> tuple[tuple[float, float, int], ...]:
        """(start, end, number of the stay or -1) of what counts as out."""
        if not self.registered:
            return ((self.leave_min, self.back_min, -1),)
        there, back = self.leave_min + self.ride_min, self.back_min - self.ride_min
        return (self.leave_min, there, number), (back, self.back_min, number)


def stays(
    person: Person, weekday: NDArray[np.int64], holiday: NDArray[np.bool_], rng: Generator
) -> tuple[Stay, ...]:
    """The person's stays: around weekends and holidays, one or two nights, never two at once."""
    days = len(weekday)
    chances, nights = rng.random(days), rng.integers(1, 3, days)
    late, ride = rng.normal(0.0, 60.0, (days, 2)), rng.uniform(0.5, 1.5) * MEAN_RIDE_MIN
    if not person.stay_days:
        return ()
    good = (weekday == _FRIDAY + 1) | holiday
    rate = 7.0 / person.stay_days
    found: list[Stay] = []
    for day in np.flatnonzero(good & (chances < rate)):
        last = int(day + nights[day])
        if last < days and (not found or found[-1].back_min < day * _DAY_MIN):
            leave = float(day * _DAY_MIN + _LEAVES_MIN + late[day, 0])
            back = float(last * _DAY_MIN + _RETURNS_MIN + late[day, 1])
            found.append(Stay(leave, back, float(ride), person.stay_registered))
    return tuple(found)
