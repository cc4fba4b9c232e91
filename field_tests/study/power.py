"""What a trial of this size could find: from the baseline's scatter, by the noncentral t (statsmodels)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from statsmodels.stats.power import TTestPower

from field_tests.study.panel import COMPARISON, KINDS, NEITHER, Floats, Grid, Panel
from field_tests.study.result import Power
from field_tests.study.season import cells, fit

POWER: Final = 0.8
ALPHA: Final = 0.05
# How much the device's effect differs between persons: SD of its logarithm. Of the planning table in
# docs/trial-statistics.md; no baseline can tell it.
EFFECT_SD: Final = 0.15
_LEAST_DAYS: Final = 5  # of a week, to count for the scatter of weeks
_LEAST_WEEKS: Final = 4  # of a person
_LEAST_PERSONS: Final = 3  # two have one degree of freedom: they find nothing that can happen
NO_BASELINE: Final = ("基準期間の週が足りません。", "Too few weeks of baseline to tell the scatter.")
NO_PLAN: Final = ("この計画では季節と区別できません。", "This plan cannot tell the season from the device.")
ASSUMED: Final = (
    f"検出力 80 %、両側 5 %。効果の個人差（対数の SD）は {EFFECT_SD} と仮定。",
    f"80 % power, 5 % two-sided; the effect's SD between persons (of the logarithm) is taken as {EFFECT_SD}.",
)


@dataclass(frozen=True, slots=True)
class Scatter:
    """`sd` of what one person contributes, on the log scale, and how many `persons` contribute."""

    sd: float
    persons: int


def persons_needed(percent: float, sd: float) -> int:
    """How many persons find a change of `percent` with 80 % power at 5 %, two-sided."""
    size = math.log1p(percent / 100.0) / sd
    enough = 2
    while _power(size, enough) < POWER:
        enough *= 2
    needed = brentq(lambda count: _power(size, count) - POWER, enough / 2, enough) if enough > 2 else 2.0
    return math.ceil(needed)


def detectable_percent(persons: int, sd: float) -> float:
    """The least change in percent that `persons` find with 80 % power."""
    high = 1.0 / math.sqrt(persons)
    while _power(high, float(persons)) < POWER:
        high *= 1.5
    size = brentq(lambda size: _power(size, float(persons)) - POWER, 0.0, high)
    return 100.0 * math.expm1(size * sd)


def _power(size: float, persons: float) -> float:
    return float(TTestPower().power(size, persons, ALPHA, alternative="two-sided"))


def weekly_cv(grid: Grid) -> float | None:
    """Scatter of a person's weeks in the baseline, season and weekday taken out; None with too few weeks."""
    panel = grid.panel()
    side = np.where(grid.kind == KINDS.index("baseline"), COMPARISON, NEITHER).astype(np.int8)
    cell = cells(panel.on(side))
    days, sums = cell.days[:, 0], cell.minutes[:, 0]
    offered = days @ fit(cell).factor
    level = np.divide(sums.sum(axis=2), offered, out=np.zeros_like(offered), where=offered > 0.0)
    expected = np.einsum("id,idl,l->il", level, days, fit(cell).factor)
    ratio = np.divide(sums.sum(axis=1), expected, out=np.full(expected.shape, np.nan), where=expected > 0.0)
    return _scatter(ratio, days.sum(axis=1))


def _scatter(ratio: Floats, days: Floats) -> float | None:
    counted = np.isfinite(ratio) & (days >= _LEAST_DAYS)
    weeks = counted.sum(axis=1)
    kept = weeks >= _LEAST_WEEKS
    if not kept.any():
        return None
    # A week of five days scatters as seven days would, times 7/5.
    squares = np.where(counted, (ratio - 1.0) ** 2 * days / 7.0, 0.0).sum(axis=1)
    return float(np.sqrt((squares[kept] / (weeks[kept] - 1)).mean()))


def scatter(panel: Panel, told: NDArray[np.bool_], cv: float) -> Scatter | None:
    """What one person contributes in this trial's own plan, the weeks' factors told with it; None: no plan.

    Linear in the logarithms: independent weeks of persons with SD `cv`, persons' changes with EFFECT_SD.
    """
    days = _weekly_days(panel)
    who, side, week = np.nonzero(days)
    persons, weeks = len(panel.persons), days.shape[2]
    count = int(told.sum())
    if count < _LEAST_PERSONS:
        return None
    level = who * 2 + side
    size = 2 * persons + weeks
    design = np.zeros((len(who), size))
    design[np.arange(len(who)), level] = 1.0
    design[np.arange(len(who)), 2 * persons + week] = 1.0
    weight = days[who, side, week] / 7.0
    wanted = np.zeros(size)
    wanted[2 * np.flatnonzero(told)] = -1.0 / count
    wanted[2 * np.flatnonzero(told) + 1] = 1.0 / count
    information = design.T @ (weight[:, None] * design)
    share = np.linalg.pinv(information) @ wanted
    if np.abs(information @ share - wanted).max() > 1e-6:
        return None
    variance = cv**2 * float(wanted @ share) + EFFECT_SD**2 / count
    return Scatter(math.sqrt(variance * count), count)


def _weekly_days(panel: Panel) -> Floats:
    used = panel.used
    groups = np.unique(panel.label)
    by_label = (panel.label[:, None] == groups[None, :]).astype(np.float64)
    sided = np.stack([(used & (panel.side == side)).sum(axis=2) for side in (0, 1)], axis=1)
    return np.asarray(sided @ by_label)


def power(grid: Grid, told: NDArray[np.bool_], target_percent: float) -> Power:
    """The baseline's scatter, and what it means for this trial's persons and weeks."""
    cv = weekly_cv(grid)
    if cv is None:
        return _power_line(None, NO_BASELINE)
    found = scatter(grid.panel(), told, cv)
    if found is None:
        return _power_line(cv, NO_PLAN)
    return _power_line(
        cv, ASSUMED, detectable_percent(found.persons, found.sd), persons_needed(target_percent, found.sd)
    )


def _power_line(
    cv: float | None, note: tuple[str, str], detectable: float | None = None, needed: int | None = None
) -> Power:
    return Power(
        weekly_cv=cv, detectable_percent=detectable, persons_needed=needed, note_ja=note[0], note_en=note[1]
    )
