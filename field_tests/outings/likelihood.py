"""How much each fix speaks for being out, against being at home. Pure; natural logarithms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from field_tests.outings.columns import Columns, Floats, distance_m
from field_tests.outings.definitions import Definitions
from field_tests.outings.track import Home

# 68 % radius of a circular normal error in its one-dimensional sigma (wire.position.Fix).
_SIGMAS_PER_ACCURACY = 1.51
_BLOCK = 100_000  # fixes at a time: what is worked out of them need not fit into memory


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """Beside each fix: metres from the nearest home of its time, and log odds of out, not yet tempered."""

    away_m: Floats
    odds: Floats


def heard(columns: Columns, homes: Sequence[Home], rules: Definitions) -> tuple[Columns, Spoken]:
    """The fixes of times that have a home, and what they say."""
    away, odds = np.empty(len(columns)), np.empty(len(columns))
    for start in range(0, len(columns), _BLOCK):
        block = slice(start, start + _BLOCK)
        away[block], odds[block] = _said(columns.taken(block), homes, rules)
    known: NDArray[np.bool_] = np.isfinite(away)
    if bool(np.all(known)):
        return columns, Spoken(away, odds)
    return columns.taken(known), Spoken(away[known], odds[known])


def _said(columns: Columns, homes: Sequence[Home], rules: Definitions) -> tuple[Floats, Floats]:
    """Metres from the nearest home of each fix's time (infinite: there is none), and log odds of out."""
    away = np.full(len(columns), np.inf)
    at_home = np.full(len(columns), -np.inf)
    error_2 = (rules.accuracy_factor * columns.accuracy_m / _SIGMAS_PER_ACCURACY) ** 2
    for home in homes:
        valid = (columns.utc_s >= home.since_utc_s) & (columns.utc_s < home.until_utc_s)
        metres = np.where(valid, distance_m(columns.lat, columns.lon, home.lat, home.lon), np.inf)
        spread_2 = error_2 + (rules.home_share * home.radius_m) ** 2
        at_home = np.maximum(at_home, _student(metres, spread_2, rules.tail))
        away = np.minimum(away, metres)
    known = np.isfinite(away)
    odds = np.zeros(len(columns))
    odds[known] = _student(away[known], error_2[known] + rules.away_m**2, rules.away_tail) - at_home[known]
    return away, np.clip(odds, -rules.most_odds, rules.most_odds)


def tempered(utc_s: Floats, odds: Floats, correlation_s: float) -> Floats:
    """The odds, each weighted by the share of a correlation time since the fix before it.

    A reflection moves all fixes of a minute alike: they are one witness, however many they are.
    """
    apart = np.diff(utc_s, prepend=-np.inf)
    return odds * np.minimum(1.0, apart / correlation_s)


def _student(metres: Floats, spread_2: Floats, tail: float) -> Floats:
    """Log density, a square metre, of a round two-dimensional Student's t; without 1 / (2 pi)."""
    return -np.log(spread_2) - (tail + 2.0) / 2.0 * np.log1p(metres * metres / (tail * spread_2))
