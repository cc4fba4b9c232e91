"""What a receiver makes of a true way: lasting errors with heavy tails, and an accuracy that guesses.

bonsai's own error is 1 m and white: no reflection stays long enough to look like an outing. Pure; seeded.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from field_tests.bench.independent import METRES_PER_DEGREE, Life

Column = NDArray[np.float64]
_TAILS: Final = 3.0  # degrees of freedom of Student's t: the fewest with a variance, so the heaviest tails
_PER_AXIS: Final = 1.51  # radius that holds 68 % of a round normal error, in standard deviations of an axis
_STILL_M, _STILL_S = 15.0, 30.0  # who moves less than that in so long stands, and in bonsai stands indoors


@dataclass(frozen=True, slots=True)
class Receiver:
    """Radii that hold 68 % of the errors, metres; how long an error holds on, seconds."""

    moving_m: float = 15.0
    indoors_m: float = 30.0
    holds_s: float = 45.0
    # Each stay has its own windows and neighbours: a factor on its error, and a shift that stays as long.
    stay_spread: float = 0.35
    stay_shift_m: float = 10.0
    # The stated accuracy is the usual error times a guess, and follows the true error only a little.
    guess_spread: float = 0.35
    follows: float = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Positions as a receiver gives them, in four columns; `row`: of the life they are from."""

    utc_s: Column
    lat: Column
    lon: Column
    accuracy_m: Column
    row: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.utc_s)

    def at(self, index: NDArray[np.int64] | NDArray[np.bool_]) -> "Fixes":
        """Those of `index`, in its order."""
        return Fixes(
            self.utc_s[index], self.lat[index], self.lon[index], self.accuracy_m[index], self.row[index]
        )


def clean(life: Life) -> Fixes:
    """Bonsai's own positions, with the accuracy that forest states for them (20 m)."""
    rows = len(life.utc_s)
    return Fixes(life.utc_s, life.lat, life.lon, np.full(rows, 20.0), np.arange(rows))


def heard(life: Life, rng: np.random.Generator, receiver: Receiver | None = None) -> Fixes:
    """The life as `receiver` tells it: a fix for each row."""
    kind = receiver or Receiver()
    stay = stays(life)
    usual = _usual_m(stay, rng, kind)
    north, east = (_error(usual, life.step_s, rng, kind) + _shift(stay, rng, kind) for _ in range(2))
    lat = life.lat + north / METRES_PER_DEGREE
    lon = life.lon + east / (METRES_PER_DEGREE * math.cos(math.radians(life.home.lat)))
    accuracy = _accuracy(usual, np.hypot(north, east), life.step_s, rng, kind)
    return Fixes(life.utc_s, lat, lon, accuracy, np.arange(len(lat)))


def stays(life: Life) -> NDArray[np.int64]:
    """Of each row the number of its stay at a place, or -1 on the way."""
    reach = max(1, int(_STILL_S / life.step_s / 2))
    north = life.lat * METRES_PER_DEGREE
    east = life.lon * METRES_PER_DEGREE * math.cos(math.radians(life.home.lat))
    ahead = np.minimum(np.arange(len(north)) + reach, len(north) - 1)
    behind = np.maximum(np.arange(len(north)) - reach, 0)
    still = np.hypot(north[ahead] - north[behind], east[ahead] - east[behind]) < _STILL_M
    begins = still & ~np.concatenate(([False], still[:-1]))
    return np.where(still, np.cumsum(begins) - 1, -1)


def _usual_m(stay: NDArray[np.int64], rng: np.random.Generator, kind: Receiver) -> Column:
    factors = np.exp(kind.stay_spread * rng.standard_normal(int(stay.max()) + 2))
    factors[-1] = 1.0  # on the way: index -1
    return np.where(stay >= 0, kind.indoors_m, kind.moving_m) * factors[stay]


def _shift(stay: NDArray[np.int64], rng: np.random.Generator, kind: Receiver) -> Column:
    shifts = kind.stay_shift_m / _PER_AXIS * rng.standard_normal(int(stay.max()) + 2)
    shifts[-1] = 0.0
    return np.asarray(shifts[stay])


def held(innovations: Column, step_s: float, holds_s: float) -> Column:
    """An AR(1) series of variance 1 from innovations of variance 1: correlation 1/e after `holds_s`."""
    keep = math.exp(-step_s / holds_s)
    return np.asarray(lfilter([math.sqrt(1.0 - keep * keep)], [1.0, -keep], innovations))


def _error(usual_m: Column, step_s: float, rng: np.random.Generator, kind: Receiver) -> Column:
    tails = rng.standard_t(_TAILS, len(usual_m)) / math.sqrt(_TAILS / (_TAILS - 2.0))
    return usual_m / _PER_AXIS * held(tails, step_s, kind.holds_s)


def _accuracy(
    usual_m: Column, error_m: Column, step_s: float, rng: np.random.Generator, kind: Receiver
) -> Column:
    guess = np.exp(kind.guess_spread * held(rng.standard_normal(len(usual_m)), step_s, 4.0 * kind.holds_s))
    followed = np.maximum(error_m / usual_m, 0.05) ** kind.follows
    return np.asarray(np.clip(usual_m * guess * followed, 3.0, 500.0))
