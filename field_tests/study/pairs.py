"""Pairs of one person's two phases: t and signed ranks, from SciPy.

And how much better one phase was watched.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from field_tests.study.estimates import NO_INTERVAL, NO_PERSONS, NOT_ADJUSTED, line, missing, of_log
from field_tests.study.panel import ACTIVE, COMPARISON, Floats, Panel
from field_tests.study.primary import CONFIDENCE, Change, balanced_week
from field_tests.study.result import Estimate

# Chances of the signed-rank distribution below this many pairs are counted exactly, as SciPy does.
_EXACT_BELOW: Final = 51


def weekly(panel: Panel) -> Floats:
    """Weekly values of comparison and active, (persons, 2), over the weekdays that both have.

    Season not adjusted.
    """
    found = np.full((len(panel.persons), 2), np.nan)
    for i, (values, side) in enumerate(zip(panel.values, panel.side, strict=True)):
        parts = [np.where(side == each, values, np.nan) for each in (COMPARISON, ACTIVE)]
        common = np.logical_and.reduce([np.isfinite(part).any(axis=0) for part in parts])
        found[i] = [balanced_week(part, common) for part in parts]
    return found


def paired_t(panel: Panel, eligible: NDArray[np.bool_]) -> Estimate:
    """Student's t on persons' log ratios of plain weekly means.

    What a trial that forgets the season would say.
    """
    pairs = weekly(panel)
    kept = eligible & (np.nan_to_num(pairs) > 0.0).all(axis=1)
    logs = np.log(pairs[kept, 1]) - np.log(pairs[kept, 0])
    days = int(panel.used[kept].sum())
    if not len(logs):
        return missing("paired_t", NO_PERSONS)
    mean, low, high, p = t_interval(logs)
    note = NOT_ADJUSTED if math.isfinite(low) else NO_INTERVAL
    return of_log("paired_t", mean, (low, high), p=p, persons=len(logs), days=days, note=note)


def wilcoxon(found: Change) -> Estimate:
    """Signed ranks of the primary estimate's pseudo-values, with the Hodges-Lehmann interval.

    Persons' own ratios share the season's error; their pseudo-values are nearly independent.
    """
    values = found.pseudo
    if len(values) < 2 or not math.isfinite(found.error):
        return missing("wilcoxon", NO_INTERVAL, persons=found.persons, days=found.days)
    upper = np.triu_indices(len(values))
    walsh = np.sort((values[:, None] + values[None, :])[upper] / 2.0)
    cut = _signed_rank_cut(len(values))
    low, high = (walsh[cut], walsh[-1 - cut]) if cut >= 0 else (math.nan, math.nan)
    p = float(stats.wilcoxon(values).pvalue)
    note = ("", "") if cut >= 0 else NO_INTERVAL
    return of_log(
        "wilcoxon",
        float(np.median(walsh)),
        (float(low), float(high)),
        p=p,
        persons=found.persons,
        days=found.days,
        note=note,
    )


def t_interval(values: Sequence[float] | Floats) -> tuple[float, float, float, float | None]:
    """Mean, 95 % interval and p of Student's t against 0; NaN and None with fewer than two values."""
    sample = np.asarray(values, dtype=np.float64)
    if len(sample) < 2 or np.ptp(sample) == 0.0:
        return (float(sample.mean()) if len(sample) else math.nan, math.nan, math.nan, None)
    tested = stats.ttest_1samp(sample, 0.0)
    bounds = tested.confidence_interval(CONFIDENCE)
    return (float(sample.mean()), float(bounds.low), float(bounds.high), float(tested.pvalue))


def coverage_difference(shares: Floats, planned: Floats) -> Estimate:
    """Waking coverage of active less that of comparison, in points; `shares` (persons, 2) from 0 to 1.

    `planned` (persons, 2): over how many days.
    """
    kept = np.isfinite(shares).all(axis=1)
    points = 100.0 * (shares[kept, 1] - shares[kept, 0])
    if not len(points):
        return missing("coverage_difference", NO_PERSONS)
    mean, low, high, p = t_interval(points)
    if not math.isfinite(low) and len(points) > 1:
        low, high = mean, mean  # everybody was watched equally well: there is nothing to be unsure of
    told = math.isfinite(low)
    return line(
        "coverage_difference",
        mean,
        low if told else None,
        high if told else None,
        p=p,
        persons=len(points),
        days=int(planned[kept].sum()),
        note=("", "") if told else NO_INTERVAL,
    )


def _signed_rank_cut(count: int) -> int:
    """How many Walsh averages lie outside the interval at each end; -1: too few pairs for 95 %."""
    tail = (1.0 - CONFIDENCE) / 2.0
    if count >= _EXACT_BELOW:
        mean, spread = count * (count + 1) / 4.0, math.sqrt(count * (count + 1) * (2 * count + 1) / 24.0)
        return math.floor(mean + spread * float(stats.norm.ppf(tail)))
    ways = np.ones(1)
    for rank in range(1, count + 1):
        ways = np.concatenate([ways, np.zeros(rank)]) + np.concatenate([np.zeros(rank), ways])
    below = np.cumsum(ways) / 2.0**count
    return int(np.searchsorted(below, tail, side="right")) - 1
