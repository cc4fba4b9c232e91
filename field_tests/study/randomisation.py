"""The randomisation test.

What would the trial have shown, had the lots fallen otherwise and the device done nothing?

Under that hypothesis minutes do not depend on the lots. Levels of persons and factors of weeks are fitted
once, without sides; what is left over is compared between the sides that each draw makes. Starts are re-drawn
by dealing those that were drawn to the participants anew, which is right both for starts drawn one by one
from `possible_starts` and for starts drawn in equal numbers. Silent weeks are re-drawn within each person.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from field_tests.study.panel import ACTIVE, COMPARISON, DAYS, NEITHER, Floats, Grid, Panel, Sides
from field_tests.study.protocol import Protocol
from field_tests.study.season import cells, fit

DRAWS: Final = 19_999  # of a trial that is judged: p stands to a thousandth or two


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """Normalised minutes `seen` beside those `expected` without any device, day by day: (persons, days)."""

    seen: Floats
    expected: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """First day with the device as a day's number in the grid; of persons whose lot is known."""

    who: NDArray[np.int64]
    day: NDArray[np.int64]
    wash_in: int


def p_value(
    grid: Grid, starts: dict[str, date], protocol: Protocol, rng: Generator, draws: int = DRAWS
) -> float | None:
    """Two-sided p of the lots that were drawn; None where no lots were drawn, or all were the same."""
    if grid.design == "randomised_start":
        return _p_of_starts(grid, drawn(grid, starts, protocol.wash_in_days), rng, draws)
    if grid.design == "silent_weeks":
        return _p_of_weeks(grid, rng, draws)
    return None


def drawn(grid: Grid, starts: dict[str, date], wash_in: int) -> Starts:
    """The lots of those who began."""
    known = [(i, starts[person]) for i, person in enumerate(grid.persons) if person in starts]
    who = np.array([i for i, _ in known], dtype=np.int64)
    day = np.array([(start - grid.monday).days for _, start in known], dtype=np.int64)
    return Starts(who, day, wash_in)


def dealt(shape: tuple[int, int, int], lots: Starts, rng: Generator) -> Sides:
    """Sides after the starts were dealt anew."""
    side = np.full((shape[0], shape[1] * DAYS), NEITHER, dtype=np.int8)
    for person, start in zip(lots.who, rng.permutation(lots.day), strict=True):
        side[person, : max(start, 0)] = COMPARISON
        side[person, max(start + lots.wash_in, 0) :] = ACTIVE
    return side.reshape(shape)


def relabelled(side: Sides, rng: Generator) -> Sides:
    """Sides after each person's compared weeks were dealt anew to active and silent.

    As many of each as before.
    """
    new = side.copy()
    for person in range(len(side)):
        flat = new[person].reshape(-1)
        for block, label in zip(*_dealt_weeks(flat, rng), strict=True):
            flat[block] = label
    return new


def _dealt_weeks(flat: Sides, rng: Generator) -> tuple[list[NDArray[np.int64]], Sides]:
    blocks = weeks_of(flat)
    labels = np.array([flat[block[0]] for block in blocks], dtype=np.int8)
    return blocks, rng.permutation(labels)


def weeks_of(flat: Sides) -> list[NDArray[np.int64]]:
    """Days of one person's compared weeks.

    Stretches of one side, seven days each from the stretch's first.
    """
    compared = np.flatnonzero(flat != NEITHER)
    if not len(compared):
        return []
    breaks = np.flatnonzero((np.diff(compared) > 1) | (np.diff(flat[compared]) != 0)) + 1
    stretches = np.split(compared, breaks)
    return [stretch[at : at + DAYS] for stretch in stretches for at in range(0, len(stretch), DAYS)]


def left_over(panel: Panel) -> Left:
    """What is seen and expected on each used day, with no device in the model."""
    used = panel.used
    plain = panel.on(np.where(used, COMPARISON, NEITHER).astype(np.int8))
    cell = cells(plain)
    found = fit(cell)
    days, sums = cell.days[:, 0], cell.minutes[:, 0]
    offered = days @ found.factor
    level = np.divide(sums.sum(axis=2), offered, out=np.zeros_like(offered), where=offered > 0.0)
    expected = level[:, None, :] * found.factor[None, :, None] * days.transpose(0, 2, 1)
    flat = (len(panel.persons), panel.values.shape[1] * DAYS)
    return Left(sums.transpose(0, 2, 1).reshape(flat), expected.reshape(flat))


def _p_of_starts(grid: Grid, lots: Starts, rng: Generator, draws: int) -> float | None:
    choices, lot = np.unique(lots.day, return_inverse=True)
    if len(choices) < 2:
        return None
    begun = grid.panel().on(np.where(grid.kind >= 0, COMPARISON, NEITHER).astype(np.int8))
    table = _by_start(left_over(begun), lots, choices)
    own = np.arange(len(lot))
    dealt_anew = rng.permuted(np.tile(lot, (draws, 1)), axis=1)
    return _share(_student(table[own, lot][None])[0], _student(table[own[None, :], dealt_anew]))


def _by_start(left: Left, lots: Starts, choices: NDArray[np.int64]) -> Floats:
    """Excess of active over comparison of each person (row).

    Had that person begun at each choice (column).
    """
    seen, expected = (_running(part[lots.who]) for part in (left.seen, left.expected))
    last = seen.shape[1] - 1
    start = np.clip(choices, 0, last)
    compared = np.clip(choices + lots.wash_in, 0, last)
    before = _ratio(seen[:, start], expected[:, start])
    after = _ratio(
        seen[:, [last]] - seen[:, compared],
        expected[:, [last]] - expected[:, compared],
    )
    return after - before


def _p_of_weeks(grid: Grid, rng: Generator, draws: int) -> float | None:
    panel = grid.panel()
    left = left_over(panel)
    columns = [
        _by_draw(panel.side[i].reshape(-1), left.seen[i], left.expected[i], rng, draws)
        for i in range(len(panel.persons))
    ]
    excess = (
        np.stack([column for column in columns if column is not None], axis=1)
        if any(column is not None for column in columns)
        else np.empty((draws + 1, 0))
    )
    if excess.shape[1] < 1:
        return None
    tried = _student(excess)
    return _share(tried[0], tried[1:])


def _by_draw(side: Sides, seen: Floats, expected: Floats, rng: Generator, draws: int) -> Floats | None:
    """Excess of one person with the weeks as drawn (first) and dealt anew.

    None without weeks of both sides.
    """
    blocks = weeks_of(side)
    active = np.array([side[block[0]] == ACTIVE for block in blocks], dtype=np.float64)
    if not 0.0 < active.sum() < len(active):
        return None
    sums = np.array([[seen[block].sum(), expected[block].sum()] for block in blocks])
    order = np.argsort(rng.random((draws, len(blocks))), axis=1)
    labels = np.concatenate([active[None], active[order]])
    with_device = labels @ sums
    without = (1.0 - labels) @ sums
    return _ratio(with_device[:, 0], with_device[:, 1]) - _ratio(without[:, 0], without[:, 1])


def _running(values: Floats) -> Floats:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _ratio(seen: Floats, expected: Floats) -> Floats:
    return np.asarray(np.divide(seen, expected, out=np.full(seen.shape, np.nan), where=expected > 1e-9))


def _student(excess: Floats) -> Floats:
    """Mean over its error, of each draw (rows) over persons (columns).

    Persons without both sides are left out.
    """
    told = np.isfinite(excess)
    count = np.maximum(told.sum(axis=1), 1)
    mean = np.where(told, excess, 0.0).sum(axis=1) / count
    spread = np.where(told, (excess - mean[:, None]) ** 2, 0.0).sum(axis=1)
    error = np.sqrt(spread / (np.maximum(count - 1, 1) * count))
    # One person alone has no spread: the mean itself is compared.
    return np.asarray(np.where(count > 1, mean / np.maximum(error, 1e-12), mean))


def _share(seen: float, tried: Floats) -> float:
    return float((1 + (np.abs(tried) >= abs(seen) - 1e-12).sum()) / (1 + len(tried)))
