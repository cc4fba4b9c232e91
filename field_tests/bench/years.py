"""A year of positions to be counted for speed, made as it is read: it is never held whole. Seeded."""

import math
from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np

from field_tests.bench.independent import DAY_S, METRES_PER_DEGREE, midnight_s
from field_tests.bench.noise import Column, Receiver, held
from field_tests.outings.track import Home, Track

HOME: Final = Home(33.2335, 131.6065)
FIRST_DAY: Final = date(2026, 4, 1)
_WALK_MPS: Final = 1.2
_CHUNK_DAYS: Final = 7
_INDOORS_M: Final = Receiver().indoors_m


def year(seed: int, days: int = 365, step_s: int = 5) -> Iterator[Track]:
    """Weeks of fixes every `step_s` of somebody who walks out up to twice a day, with a receiver's noise."""
    rng = np.random.default_rng(seed)
    for first in range(0, days, _CHUNK_DAYS):
        last = min(days, first + _CHUNK_DAYS)
        away = np.concatenate([_day(rng, step_s) for _ in range(first, last)])
        yield _track(midnight_s(FIRST_DAY) + first * DAY_S, away, step_s, rng)


def _day(rng: np.random.Generator, step_s: int) -> Column:
    """Metres from home through a day: out on foot, there for a while, and back."""
    time_s = np.arange(0, DAY_S, step_s, dtype=float)
    away = np.zeros(len(time_s))
    for earliest in (9.0, 14.5)[: int(rng.integers(0, 3))]:
        leaves = 3600.0 * (earliest + 2.0 * rng.random())
        reach, stays = rng.uniform(200.0, 2500.0), rng.uniform(900.0, 5400.0)
        returns = leaves + 2.0 * reach / _WALK_MPS + stays
        outwards, homewards = _WALK_MPS * (time_s - leaves), _WALK_MPS * (returns - time_s)
        away = np.maximum(away, np.clip(np.minimum(outwards, homewards), 0.0, reach))
    return away


def _track(start_s: float, away: Column, step_s: int, rng: np.random.Generator) -> Track:
    usual = np.where(away > 0.0, Receiver().moving_m, _INDOORS_M)
    north, east = (usual / 1.5 * held(rng.standard_normal(len(away)), step_s, 45.0) for _ in range(2))
    return Track(
        "logger",
        start_s + step_s * np.arange(len(away), dtype=float),
        HOME.lat + (north + away) / METRES_PER_DEGREE,
        HOME.lon + east / (METRES_PER_DEGREE * math.cos(math.radians(HOME.lat))),
        usual * np.exp(0.3 * rng.standard_normal(len(away))),
    )
