"""The bootstrap over persons: persons are drawn with replacement, the season is told anew by those drawn."""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from field_tests.study.estimates import NO_INTERVAL, NO_PERSONS, NO_SEASON, joined, missing, of_log
from field_tests.study.panel import Floats, Panel
from field_tests.study.primary import CONFIDENCE, LEAST_FOR_INTERVAL, Change, unseasoned
from field_tests.study.result import Estimate
from field_tests.study.season import Cells, cells, fit

# Draws in which nobody told the season are left out; more than a tenth of them, and the interval is not
# given.
_MOST_LOST: Final = 0.1


def bootstrap(
    panel: Panel, eligible: NDArray[np.bool_], found: Change, rng: Generator, draws: int
) -> Estimate:
    """The primary formula with the percentile interval of its bootstrap over persons.

    `found`: the primary change; where it is without a season, so is this.
    """
    cell = cells(panel if found.seasonal else unseasoned(panel))
    note = ("", "") if found.seasonal else NO_SEASON
    whole = fit(cell)
    told = eligible & np.isfinite(whole.change)
    persons = int(told.sum())
    days = int(panel.used[told].sum())
    if not persons:
        return missing("bootstrap", NO_PERSONS)
    mean = float(whole.change[told].mean())
    start = np.log(np.where(whole.factor > 0.0, whole.factor, 1.0))
    means = np.array(
        [_drawn(cell, told, start, rng) for _ in range(draws if persons >= LEAST_FOR_INTERVAL else 0)]
    )
    means = means[np.isfinite(means)]
    if len(means) < (1.0 - _MOST_LOST) * draws:
        return of_log(
            "bootstrap", mean, (np.nan, np.nan), persons=persons, days=days, note=joined(note, NO_INTERVAL)
        )
    low, high = np.quantile(means, [(1.0 - CONFIDENCE) / 2.0, (1.0 + CONFIDENCE) / 2.0])
    return of_log("bootstrap", mean, (float(low), float(high)), persons=persons, days=days, note=note)


def _drawn(cell: Cells, told: NDArray[np.bool_], start: Floats, rng: Generator) -> float:
    """The mean of one draw; NaN where somebody who was drawn cannot be told."""
    count = np.bincount(rng.integers(len(told), size=len(told)), minlength=len(told))
    there = count > 0
    found = fit(cell.of(there), count[there].astype(np.float64), start).change
    wanted = told[there]
    if not wanted.any() or not np.isfinite(found[wanted]).all():
        return np.nan
    return float(np.average(found[wanted], weights=count[there][wanted]))
