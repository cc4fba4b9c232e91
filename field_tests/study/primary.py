"""The primary estimate.

The mean of persons' log ratios, season adjusted, with an interval by jackknife over persons.

Whoever leaves the sample also takes away what that person told of the season, so that the jackknife sees both
sources of chance: people differ, and the season is told by few.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from field_tests.study.panel import Floats, Panel
from field_tests.study.season import Cells, Fit, cells, fit

CONFIDENCE: Final = 0.95
LEAST_FOR_INTERVAL: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A mean log ratio of active to comparison. NaN: cannot be told.

    `each` (persons): own log ratio, NaN where there is none. `without` (persons): the mean when that person's
    data are taken out. `seasonal`: weeks' factors were told from the data. `days`: how many were used, of its
    `persons`.
    """

    mean: float
    error: float
    persons: int
    days: int
    each: Floats
    without: Floats
    fit: Fit
    seasonal: bool

    @property
    def interval(self) -> tuple[float, float]:
        """95 % on the log scale, Student's t with one degree of freedom less than persons."""
        if not np.isfinite(self.error):
            return (np.nan, np.nan)
        reach = self.error * float(stats.t.ppf((1.0 + CONFIDENCE) / 2.0, self.persons - 1))
        return (self.mean - reach, self.mean + reach)

    @property
    def pseudo(self) -> Floats:
        """Jackknife pseudo-values: one a person, nearly independent, with the estimate as their mean."""
        told = np.isfinite(self.without)
        count = int(told.sum())
        return np.asarray(count * self.mean - (count - 1) * self.without[told])


def change(panel: Panel, eligible: NDArray[np.bool_] | None = None, *, jackknife: bool = True) -> Change:
    """The primary formula on `panel`; `eligible` persons are averaged, all tell the season.

    Before and after with no season in common, the estimate is given without the season's factors.
    """
    wanted = np.ones(len(panel.persons), dtype=np.bool_) if eligible is None else eligible
    found = _change(panel, wanted, jackknife)
    if found.persons == 0 and panel.unseasoned_allowed:
        return replace(_change(unseasoned(panel), wanted, jackknife), seasonal=False)
    return found


def unseasoned(panel: Panel) -> Panel:
    """All days as of one week: nothing is told of the season."""
    return replace(panel, label=np.zeros_like(panel.label))


def _change(panel: Panel, wanted: NDArray[np.bool_], jackknife: bool) -> Change:
    cell = cells(panel)
    whole = fit(cell)
    each = np.where(wanted, whole.change, np.nan)
    told = np.isfinite(each)
    persons = int(told.sum())
    mean = float(each[told].mean()) if persons else np.nan
    without = np.full(len(each), np.nan)
    if jackknife and persons >= LEAST_FOR_INTERVAL:
        without = _without_each(cell, whole, told)
    days = int(panel.used[told].sum())
    return Change(mean, _error(without, cell), persons, days, each, without, whole, seasonal=True)


def _without_each(cell: Cells, whole: Fit, told: NDArray[np.bool_]) -> Floats:
    """The mean without each person who has days; all NaN where the season hangs on one person."""
    start = np.log(np.where(whole.factor > 0.0, whole.factor, 1.0))
    means = np.full(len(told), np.nan)
    for i in np.flatnonzero(cell.days.any(axis=(1, 2, 3))):
        rest = np.arange(len(told)) != i
        left = fit(cell.of(rest), start=start).change[told[rest]]
        if not np.isfinite(left).all():
            return np.full(len(told), np.nan)
        means[i] = left.mean()
    return means


def _error(without: Floats, cell: Cells) -> float:
    told = np.isfinite(without)
    count = int(told.sum())
    if count < LEAST_FOR_INTERVAL or count < int(cell.days.any(axis=(1, 2, 3)).sum()):
        return np.nan
    spread = without[told] - without[told].mean()
    return float(np.sqrt((count - 1) / count * (spread @ spread)))


def balanced_week(values: Floats, weekdays: Sequence[bool] | NDArray[np.bool_] | None = None) -> float:
    """Seven times the mean over weekdays' means of `values` (weeks, 7; NaN: not counted).

    NaN where none counts.

    A day of the week that is missing more often than others does not shift it. `weekdays`: only these.
    """
    seen = np.isfinite(values)
    count = seen.sum(axis=0)
    sums = np.where(seen, values, 0.0).sum(axis=0)
    kept = count > 0 if weekdays is None else (count > 0) & np.asarray(weekdays)
    return 7.0 * float((sums[kept] / count[kept]).mean()) if kept.any() else np.nan
