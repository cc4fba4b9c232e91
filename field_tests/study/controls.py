"""Negative controls: comparisons in which there can be no effect of the device.

Seeing one means something is wrong.
"""

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from field_tests.study.estimates import NO_PERSONS, NOTHING_DRAWN, missing, of_change, of_log
from field_tests.study.panel import ACTIVE, COMPARISON, DAYS, KINDS, NEITHER, Grid, Sides
from field_tests.study.primary import CONFIDENCE, change
from field_tests.study.randomisation import Starts, dealt, relabelled
from field_tests.study.result import Estimate


def controls(
    counted: Grid, eligible: NDArray[np.bool_], lots: Starts, rng: Generator, draws: int
) -> tuple[Estimate, ...]:
    """The start moved to where nothing began, and the lots dealt anew."""
    return (shifted_start(counted, eligible), permuted_labels(counted, eligible, lots, rng, draws))


def shifted_start(counted: Grid, eligible: NDArray[np.bool_]) -> Estimate:
    """The primary formula with each start moved to the middle of the baseline; the device was not there yet.

    With silent weeks: the active week before each silent one is taken for it, and the silent ones are left
    out.
    """
    panel = counted.panel()
    moved = _week_earlier(panel.side) if counted.design == "silent_weeks" else _halves(counted.kind)
    return of_change("shifted_start", change(panel.on(moved), eligible))


def _halves(kind: Sides) -> Sides:
    flat = (kind == KINDS.index("baseline")).reshape(len(kind), math.prod(kind.shape[1:]))
    side = np.full(flat.shape, NEITHER, dtype=np.int8)
    for person, there in enumerate(flat):
        days = np.flatnonzero(there)
        if len(days):
            middle = days[0] + (days[-1] - days[0] + 1) // 2
            side[person, days] = np.where(days < middle, COMPARISON, ACTIVE)
    return side.reshape(kind.shape)


def _week_earlier(side: Sides) -> Sides:
    flat = side.reshape(len(side), math.prod(side.shape[1:]))
    silent = flat == COMPARISON
    before = np.zeros_like(silent)
    before[:, :-DAYS] = silent[:, DAYS:]
    moved = np.where(flat == ACTIVE, np.where(before, COMPARISON, ACTIVE), NEITHER).astype(np.int8)
    return np.asarray(moved.reshape(side.shape))


def permuted_labels(
    counted: Grid, eligible: NDArray[np.bool_], lots: Starts, rng: Generator, draws: int
) -> Estimate:
    """The primary formula with the lots dealt anew, many times: the middle, and where 95 % of them lie."""
    panel = counted.panel()
    persons, days = int(eligible.sum()), int(panel.used[eligible].sum())
    if counted.design == "before_after":
        return missing("permuted_labels", NOTHING_DRAWN, persons=persons, days=days)
    means = []
    for _ in range(draws):
        if counted.design == "silent_weeks":
            side = relabelled(panel.side, rng)
        else:
            side = dealt(panel.side.shape, lots, rng)
            side[counted.kind < 0] = NEITHER
        means.append(change(panel.on(side), eligible, jackknife=False).mean)
    told = np.array([mean for mean in means if np.isfinite(mean)])
    if len(told) < draws // 2:
        return missing("permuted_labels", NO_PERSONS, persons=persons, days=days)
    low, middle, high = np.quantile(told, [(1.0 - CONFIDENCE) / 2.0, 0.5, (1.0 + CONFIDENCE) / 2.0])
    note = (
        f"割り付けを {len(told)} 回入れ替えた中央値と、95 % の範囲。",
        f"The median of {len(told)} permuted allocations, and where 95 % of them lie.",
    )
    return of_log(
        "permuted_labels",
        float(middle),
        (float(low), float(high)),
        persons=persons,
        days=days,
        note=note,
    )
