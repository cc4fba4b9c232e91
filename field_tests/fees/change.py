"""The change of a monthly mean from before to after, with its interval by a bootstrap over persons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from field_tests.fees.ledger import Line
from field_tests.fees.months import Pair, Side
from field_tests.study.result import Estimate

_RESAMPLES: Final = 9_999
_ALPHA: Final = 0.05
# An interval of one person is none.
_LEAST: Final = 2

Value = Callable[[Line], int]


@dataclass(frozen=True, slots=True)
class Means:
    """Each person's mean month on both sides, exact."""

    before: tuple[Fraction, ...]
    after: tuple[Fraction, ...]

    @property
    def of_all(self) -> tuple[Fraction, Fraction] | None:
        """The mean over persons, each with the same weight; None of nobody."""
        if not self.before:
            return None
        return sum(self.before, Fraction()) / len(self.before), sum(self.after, Fraction()) / len(self.after)


def means(pairs: Sequence[Pair], value: Value) -> Means:
    """What `value` of each line comes to in a mean month of each person."""
    return Means(
        tuple(_monthly(pair.before, value) for pair in pairs),
        tuple(_monthly(pair.after, value) for pair in pairs),
    )


def _monthly(side: Side, value: Value) -> Fraction:
    return Fraction(sum(value(line) for line in side.lines), len(side.months))


def whole(mean: Fraction) -> int:
    """To the nearest yen, a half upwards."""
    return int(mean + Fraction(1, 2)) if mean >= 0 else -whole(-mean)


def change(key: str, seen: Means, seed: int, *, days: int = 0) -> Estimate:
    """Percent of the ratio of means; None where nothing was paid before."""
    both = seen.of_all
    if both is None or both[0] == 0:
        return Estimate(
            key=key, percent=None, low=None, high=None, persons=len(seen.before), days=days,
            note_ja="前の記録がないか、前に支払いがありません。",
            note_en="There is no record before, or nothing was paid.",
        )  # fmt: skip
    percent = float(both[1] / both[0] - 1) * 100.0
    low, high = _interval(seen, seed, lambda before, after: (after / before - 1.0) * 100.0)
    return Estimate(key=key, percent=percent, low=low, high=high, persons=len(seen.before), days=days)


def after_low(seen: Means, seed: int) -> float | None:
    """Lower end of the interval of the mean month after; None of fewer than two persons."""
    return _interval(seen, seed, lambda _, after: after)[0]


def _interval(
    seen: Means,
    seed: int,
    of: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
) -> tuple[float | None, float | None]:
    count = len(seen.before)
    if count < _LEAST:
        return None, None
    chosen = np.random.default_rng(seed).integers(0, count, (_RESAMPLES, count))
    before, after = (
        np.array(side, dtype=np.float64)[chosen].mean(axis=1) for side in (seen.before, seen.after)
    )
    if not (before > 0.0).all():
        return None, None
    low, high = np.quantile(of(before, after), _levels(count))
    return float(low), float(high)


def _levels(count: int) -> tuple[float, float]:
    """Quantiles of an interval that is not too narrow for few persons (Hesterberg, Am. Stat. 2015)."""
    wide = np.sqrt(count / (count - 1)) * stats.t.ppf(1.0 - _ALPHA / 2.0, count - 1)
    return float(stats.norm.cdf(-wide)), float(stats.norm.cdf(wide))
