"""Ways in which positions go missing and arrive wrong. Shares count seconds, of all. Pure; seeded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from field_tests.bench.extra import bonsai
from field_tests.bench.independent import DAY_S, Life
from field_tests.bench.noise import Fixes, stays

Mask = NDArray[np.bool_]  # of the rows of a life: whether a fix is there
# cycles: forest's own, the logger on and off by turns; hours: a battery that dies on the way, rooms without
# reception, and hours in which the logger was stopped.
Scheme = Literal["cycles", "hours"]
CYCLE_MINUTES: Final = 15
_DEATHS_A_WEEK: Final = 1.0
_DEAF_STAYS: Final = 0.08  # share of stays with hardly any reception
_HEARD_IN_DEAF: Final = 0.03
_DROPOUT_MEDIAN_S, _DROPOUT_SPREAD, _DROPOUT_MOST_S = 2.0 * 3600.0, 0.8, 12.0 * 3600.0
_RETURN_H: Final = 7.0  # charged over night: back in the morning


@dataclass(frozen=True, slots=True)
class Delivery:
    """Faults of what arrives: share of fixes that come twice, and that come late; clock jumps a week."""

    doubled: float = 0.02
    late: float = 0.02
    jumps_a_week: float = 1.0
    jump_most_s: float = 3600.0
    jump_lasts_s: float = 600.0


def cycles(life: Life, share: float, seed: int) -> Mask:
    """Forest's `remove_data`: on for 1 - `share` of each quarter of an hour; the phase is drawn a day."""
    seconds = np.arange(DAY_S * len(life.days)).reshape(-1, 1)
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        kept = bonsai().remove_data(seconds, CYCLE_MINUTES, share, len(life.days))[:, 0]
    finally:
        np.random.set_state(before)
    there = np.zeros(len(seconds), dtype=bool)
    there[kept] = True
    return there[:: life.step_s][: len(life.utc_s)]


def hours(life: Life, share: float, rng: np.random.Generator) -> Mask:
    """`share` of the time is missing in long pieces, some of them because of where the person was."""
    there = ~(_dead(life, rng) | _deaf(life, rng))
    if np.mean(~there) > share:  # a good week: fewer faults than usual
        return ~_most(~there, share)
    while np.mean(~there) < share:
        length = min(_DROPOUT_MEDIAN_S * np.exp(_DROPOUT_SPREAD * rng.standard_normal()), _DROPOUT_MOST_S)
        start = int(rng.integers(0, len(there)))
        there[start : start + int(length / life.step_s)] = False
    return there


def _dead(life: Life, rng: np.random.Generator) -> Mask:
    """The battery dies in an afternoon or evening and is charged until the next morning."""
    dead = np.zeros(len(life.utc_s), dtype=bool)
    per_hour = 3600 // life.step_s
    for day in range(len(life.days)):
        if rng.random() < _DEATHS_A_WEEK / 7.0:
            start = int((24 * day + rng.uniform(13.0, 21.0)) * per_hour)
            dead[start : int((24 * (day + 1) + _RETURN_H) * per_hour)] = True
    return dead


def _deaf(life: Life, rng: np.random.Generator) -> Mask:
    """Stays in which only a fix now and then gets through."""
    stay = stays(life)
    lost = rng.random(int(stay.max()) + 2) < _DEAF_STAYS
    lost[-1] = False  # on the way: index -1
    return lost[stay] & (rng.random(len(stay)) >= _HEARD_IN_DEAF)


def _most(missing: Mask, share: float) -> Mask:
    """The first of what is missing, up to `share` of all."""
    return np.asarray(missing & (np.cumsum(missing) <= share * len(missing)))


def delivered(fixes: Fixes, days: int, rng: np.random.Generator, faults: Delivery | None = None) -> Fixes:
    """As it arrives: some twice, some late, some with a clock that jumped."""
    kind = faults or Delivery()
    moved = Fixes(_jumped(fixes.utc_s, days, rng, kind), fixes.lat, fixes.lon, fixes.accuracy_m, fixes.row)
    index = np.arange(len(fixes))
    again = index[rng.random(len(index)) < kind.doubled]
    place = np.concatenate((index, again)).astype(float)
    late = rng.random(len(place)) < kind.late
    place[late] += rng.uniform(1.0, 500.0, int(late.sum()))
    order = np.argsort(place, kind="stable")
    return moved.at(np.concatenate((index, again))[order])


def _jumped(
    utc_s: NDArray[np.float64], days: int, rng: np.random.Generator, kind: Delivery
) -> NDArray[np.float64]:
    """Stretches whose clock was wrong until it was set again."""
    told = utc_s.copy()
    for _ in range(int(rng.poisson(kind.jumps_a_week * days / 7.0)) if len(utc_s) else 0):
        start = utc_s[int(rng.integers(0, len(utc_s)))]
        wrong = (utc_s >= start) & (utc_s < start + rng.uniform(0.1, 1.0) * kind.jump_lasts_s)
        told[wrong] = utc_s[wrong] + rng.uniform(-kind.jump_most_s, kind.jump_most_s)
    return told


MASKS: Final[dict[Scheme, Callable[[Life, float, int], Mask]]] = {
    "cycles": cycles,
    "hours": lambda life, share, seed: hours(life, share, np.random.default_rng([seed, 3])),
}
