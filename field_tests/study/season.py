"""The frozen primary formula: levels of persons and phases beside factors of calendar weeks, fitted together.

    minutes(person, side, weekday, week) ~ level(person, side, weekday) x factor(week)

by the Poisson score equations, which ask only that this mean is right (quasi-likelihood), and take days of
zero minutes as they are. Each person's minutes are first divided by that person's mean: everybody tells the
season with the same voice. A level is a mean over the valid days of one weekday with the week's factor taken
out; a weekly level is the sum over the weekdays that both sides have, so that missing Sundays do not shift
it. The week's factors are told by those who do not change sides in that time; each person's change is that
person's own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from field_tests.study.panel import DAYS, Floats, Ints, Panel

_STEPS = 60
_CLOSE = 1e-6  # of a day of an average person
# Keeps a factor that no day speaks of in place; 1e-9 of a day moves no digit that is printed.
_RIDGE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Days counted by cell (person, side, weekday) and week, and the sums of normalised minutes in them.

    `days` and `minutes` are (persons, 2 sides, 7, labels); `joined` (persons, 2 sides): this side's weekdays
    are linked with all others through shared weeks. `common` (persons, 7): weekdays that both sides have.
    """

    days: Floats
    minutes: Floats
    common: NDArray[np.bool_]
    joined: NDArray[np.bool_]

    def of(self, persons: NDArray[np.bool_]) -> "Cells":
        """These persons alone: what hangs together is worked out anew."""
        days = self.days[persons]
        return Cells(days, self.minutes[persons], self.common[persons], _joined(days))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Weeks' factors, and what is left of each person without them.

    `factor` of each week (mean log 0). `levels` (persons, 2): weekly minutes without season, in the person's
    own means. `change` (persons): log ratio, NaN where it cannot be told.
    """

    factor: Floats
    levels: Floats
    change: Floats


def cells(panel: Panel) -> Cells:
    """Sums of what the formula needs of `panel`."""
    used = panel.used
    minutes = np.where(used, panel.values, 0.0)
    count = used.sum(axis=(1, 2))
    mean = np.divide(minutes.sum(axis=(1, 2)), count, out=np.ones(len(count)), where=count > 0)
    minutes = minutes / np.where(mean > 0.0, mean, 1.0)[:, None, None]
    by_label = _labelled(panel.label)
    both = []
    for values in (used.astype(np.float64), minutes):
        sided = np.stack([np.where(panel.side == side, values, 0.0) for side in (0, 1)], axis=1)
        both.append(np.einsum("isdw,wl->isdl", sided.transpose(0, 1, 3, 2), by_label))
    days, sums = both
    # A week in which nobody at all went out says nothing of anybody's level.
    silent = sums.sum(axis=(0, 1, 2)) <= 0.0
    days[..., silent] = 0.0
    seen = days.sum(axis=3) > 0.0
    return Cells(days, sums, seen.all(axis=1), _joined(days))


def _labelled(label: Ints) -> Floats:
    found = np.unique(label)
    return np.asarray(label[:, None] == found[None, :], dtype=np.float64)


def _joined(days: Floats) -> NDArray[np.bool_]:
    """Sides (persons, 2) whose every cell hangs together with most of the trial by shared weeks."""
    flat = days.reshape(-1, days.shape[-1])
    seen = np.asarray(days.any(axis=(2, 3)))
    if _reached(flat > 0.0):
        return seen
    return np.asarray(_largest(flat).reshape(days.shape[:3]).all(axis=2) & seen)


def _reached(there: NDArray[np.bool_]) -> bool:
    """Whether every week that counts is reached from the fullest one, from cell to week to cell."""
    week = np.asarray(there.any(axis=0))
    reached = np.zeros_like(week)
    if there.size:
        reached[there.sum(axis=0).argmax()] = True
    while True:
        further = np.asarray(there[there[:, reached].any(axis=1)].any(axis=0))
        if np.array_equal(further, reached):
            return bool(np.array_equal(reached & week, week))
        reached = further


def _largest(flat: Floats) -> NDArray[np.bool_]:
    """Cells of the part of the trial with most days; a cell without days is in no other part."""
    count, weeks = flat.shape
    row, column = np.nonzero(flat)
    size = count + weeks
    links = csr_matrix((np.ones(len(row)), (row, column + count)), shape=(size, size))
    _, part = connected_components(links, directed=False)
    weight = np.bincount(part[:count], weights=flat.sum(axis=1), minlength=part.max(initial=0) + 1)
    return np.asarray((part[:count] == weight.argmax()) | (flat.sum(axis=1) == 0.0))


def fit(cell: Cells, weight: Floats | None = None, start: Floats | None = None) -> Fit:
    """The factors and levels that solve the score equations.

    `weight` of each person (1), `start`: log factors.
    """
    voice = np.ones(len(cell.days)) if weight is None else weight
    days = cell.days.reshape(-1, cell.days.shape[-1])
    sums = cell.minutes.reshape(days.shape)
    share = np.repeat(voice, cell.days.shape[1] * DAYS)
    log_factor = _solve(days, sums, share, start)
    factor = np.exp(log_factor)
    levels = _levels(cell, factor)
    known = cell.joined.all(axis=1) & (levels > 0.0).all(axis=1)
    change = np.full(len(levels), np.nan)
    change[known] = np.log(levels[known, 1]) - np.log(levels[known, 0])
    return Fit(factor, levels, change)


def _solve(days: Floats, sums: Floats, share: Floats, start: Floats | None) -> Floats:
    """Newton's steps on the log factors, levels profiled out.

    The likelihood is concave, a step is halved if not up.
    """
    total = sums.sum(axis=1) * share
    by_week = sums.T @ share
    live = (days.T @ share) > 0.0
    x = np.zeros(days.shape[1]) if start is None else start
    value = _likelihood(days, total, by_week, x)
    for _ in range(_STEPS):
        step, steep = _step(days, total, by_week, x, live)
        if steep < _CLOSE:
            break
        for _ in range(20):
            tried = x + step
            new = _likelihood(days, total, by_week, tried)
            if new >= value - 1e-12:
                break
            step = step / 2.0
        x, value = tried, new
    x = np.where(live, x, 0.0)
    centred: Floats = np.where(live, x - x[live].mean() if live.any() else x, 0.0)
    return centred


def _likelihood(days: Floats, total: Floats, by_week: Floats, x: Floats) -> float:
    offered = days @ np.exp(x)
    seen = total > 0.0
    return float(by_week @ x - total[seen] @ np.log(offered[seen]) - _RIDGE / 2.0 * (x @ x))


def _step(
    days: Floats, total: Floats, by_week: Floats, x: Floats, live: NDArray[np.bool_]
) -> tuple[Floats, float]:
    factor = np.exp(x)
    offered = days @ factor
    share = np.divide(days * factor, offered[:, None], out=np.zeros_like(days), where=offered[:, None] > 0.0)
    expected = total @ share
    score = np.where(live, by_week - expected - _RIDGE * x, 0.0)
    curve = np.diag(expected + _RIDGE + np.where(live, 0.0, 1.0)) - (share * total[:, None]).T @ share
    # The factors' common height is free: pin it at where it is, by a curve along that direction only.
    ones = live.astype(np.float64)
    curve += np.outer(ones, ones) / max(ones.sum(), 1.0)
    step = np.clip(np.linalg.solve(curve, score), -2.0, 2.0)
    return np.asarray(step, dtype=np.float64), float(np.abs(score).max(initial=0.0))


def _levels(cell: Cells, factor: Floats) -> Floats:
    """Weekly minutes (persons, 2) without season, over weekdays of both sides, raised to seven days."""
    offered = cell.days @ factor
    sums = np.where(cell.days > 0.0, cell.minutes, 0.0).sum(axis=3)
    by_weekday = np.divide(sums, offered, out=np.zeros_like(sums), where=offered > 0.0)
    common = cell.common[:, None, :]
    count = cell.common.sum(axis=1)
    raised = np.divide(DAYS, count, out=np.zeros(len(count)), where=count > 0)
    levels: Floats = np.where(common, by_weekday, 0.0).sum(axis=2) * raised[:, None]
    return levels
