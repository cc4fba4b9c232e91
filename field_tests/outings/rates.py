"""How often a person leaves home and comes back, by hour of day, learnt from their own record. Pure.

Weeks far away do not count: what a device changes must not be filled in from the time before it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from field_tests.japan import DAY_S
from field_tests.outings.columns import Floats
from field_tests.outings.definitions import Definitions
from field_tests.outings.stretches import Stretch

HOUR_S: Final = 3600.0
JST_S: Final = 9 * HOUR_S  # Japan has had no summer time since 1951: a fixed offset needs no zone data
# Columns of counted moves: left, came back, seconds at home, seconds out.
LEFT, BACK, AT_HOME, OUT = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """A second, for each hour since `hour_0` (hours since the epoch; a midnight in Japan)."""

    hour_0: int
    leave: Floats
    back: Floats


def midnight_before(utc_s: float) -> float:
    """The beginning of its day in Japan, UTC seconds."""
    return (utc_s + JST_S) // DAY_S * DAY_S - JST_S


def midnight_after(utc_s: float) -> float:
    """The end of the last day in Japan that begins before it, UTC seconds."""
    return math.ceil((utc_s + JST_S) / DAY_S) * DAY_S - JST_S


def no_moves(since_s: float, until_s: float) -> tuple[int, Floats]:
    """The first hour, and an empty count of moves of all whole days that a time touches."""
    first_s = midnight_before(since_s)
    days = max(1, int(np.ceil((until_s - first_s) / DAY_S)))
    return round(first_s / HOUR_S), np.zeros((days * 24, 4))


def seen_moves(known: Sequence[Stretch], since_s: float, until_s: float) -> tuple[int, Floats]:
    """Moves that were seen, and time in each state that was."""
    hour_0, moves = no_moves(since_s, until_s)
    for stretch in known:
        _add_time(moves, stretch, hour_0)
    for a, b in pairwise(known):
        if a.end_s == b.start_s and a.out is not b.out:
            hour = min(int(b.start_s // HOUR_S) - hour_0, len(moves) - 1)
            moves[hour, LEFT if b.out else BACK] += 1.0
    return hour_0, moves


def learnt(hour_0: int, moves: Floats, rules: Definitions) -> Rates:
    """Rates from counted moves, drawn to those of people in general where little was counted."""
    by_day = _alike(hour_0, moves.reshape(-1, 24, 4), rules)
    first, last = rules.waking
    awake = np.array([first <= hour < last for hour in range(24)])
    usual = 1.0 / (np.where(awake, rules.stay_home_h, rules.stay_home_night_h) * HOUR_S)
    weight_s = rules.prior_days * HOUR_S + 1.0
    left, home_s = (_blurred(by_day[..., column], rules.blur_leave) for column in (LEFT, AT_HOME))
    leave = (left + usual * weight_s) / (home_s + weight_s)
    came, out_s = (_blurred(by_day[..., column], rules.blur_back) for column in (BACK, OUT))
    weight_s *= rules.share_out
    back = (came + weight_s / (rules.stay_out_h * HOUR_S)) / (out_s + weight_s)
    return Rates(hour_0, leave.ravel(), back.ravel())


def _alike(hour_0: int, by_day: Floats, rules: Definitions) -> Floats:
    """What was counted around each day: weekdays for weekdays, weekends for weekends, others a little."""
    # 1970-01-01 was a Thursday; hour_0 is the midnight in Japan that begins a day.
    weekday = ((hour_0 + 9) // 24 + np.arange(len(by_day)) + 3) % 7
    weekend = (weekday >= 5)[:, None, None]
    reach = rules.window_weeks * 7.0
    rest, work = _around(by_day * weekend, reach), _around(by_day * ~weekend, reach)
    return np.where(weekend, rest + rules.other_days * work, work + rules.other_days * rest)


def _around(by_day: Floats, days: float) -> Floats:
    """Each day's sum with those around it, `days` before to `days` after."""
    reach = int(days)
    total = np.concatenate([np.zeros((1, *by_day.shape[1:])), np.cumsum(by_day, axis=0)])
    n = len(by_day)
    here = np.arange(n)
    return np.asarray(total[np.minimum(here + reach + 1, n)] - total[np.maximum(here - reach, 0)])


def _blurred(by_hour: Floats, weights: Sequence[float]) -> Floats:
    """Each hour of day with its neighbours, over midnight too."""
    middle = len(weights) // 2
    shifted = [weight * np.roll(by_hour, shift - middle, axis=-1) for shift, weight in enumerate(weights)]
    return np.asarray(sum(shifted) / sum(weights))


def _add_time(moves: Floats, stretch: Stretch, hour_0: int) -> None:
    column = OUT if stretch.out else AT_HOME
    start_s = stretch.start_s
    while start_s < stretch.end_s:
        hour = int(start_s // HOUR_S)
        end_s = min(stretch.end_s, (hour + 1) * HOUR_S)
        if 0 <= hour - hour_0 < len(moves):
            moves[hour - hour_0, column] += end_s - start_s
        start_s = end_s
