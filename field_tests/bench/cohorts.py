"""Many trials whose truth is known.

Is the effect found, does the interval hold it, is nothing found where nothing is?

Each cohort is analysed by the functions that analyse a real trial (`field_tests.study`): the primary
estimate, its interval, and the randomisation test, beside a naive paired t of before and after.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.bench.cohorts_world import PLANS, Plan, Scenario, Watching, cohort
from field_tests.simulator.lives import Conditions
from field_tests.study.estimates import of_change
from field_tests.study.flow import enough
from field_tests.study.pairs import paired_t
from field_tests.study.panel import ACTIVE, COMPARISON, KINDS, NEITHER, Grid, Sides
from field_tests.study.primary import change
from field_tests.study.protocol import Design
from field_tests.study.randomisation import p_value
from field_tests.study.result import Estimate

_CALM: Final = Conditions(effect=0.0, effect_sd=0.0, season=0.0, rain=0.0, novelty=0.0)
_ALL: Final = Conditions(effect=0.0, effect_sd=0.0)
EFFECT: Final = 0.15
EFFECT_SD: Final = 0.15
DRIFT: Final = 0.05
SCENARIOS: Final = (
    Scenario("effect", Conditions(effect=EFFECT, effect_sd=EFFECT_SD, season=0.0, rain=0.0, novelty=0.0)),
    Scenario("effect_all", Conditions(effect=EFFECT, effect_sd=EFFECT_SD), DRIFT),
    Scenario("nothing", _CALM),
    Scenario("nothing_mixed", Conditions(effect=0.0, effect_sd=EFFECT_SD, season=0.0, rain=0.0, novelty=0.0)),
    Scenario("season", Conditions(effect=0.0, effect_sd=0.0, rain=0.0, novelty=0.0)),
    Scenario("rain", Conditions(effect=0.0, effect_sd=0.0, season=0.0, novelty=0.0)),
    Scenario("novelty", Conditions(effect=0.0, effect_sd=0.0, season=0.0, rain=0.0)),
    Scenario("drift", _CALM, DRIFT),
    Scenario("season_rain_novelty_drift", _ALL, DRIFT),
)
# A cohort's seed is this many times the run's, and its number: runs share none.
_APART: Final = 100_000
_SIGNIFICANT: Final = 0.05
# Of each cohort's randomisation test; a report's has ten times as many.
_DRAWS: Final = 1999


@dataclass(frozen=True, slots=True)
class Task:
    """One cohort to be lived and analysed."""

    plan: Plan
    scenario: Scenario
    persons: int
    seed: int
    watching: Watching


@dataclass(frozen=True, slots=True)
class Trialled:
    """What came out of one cohort.

    Logs. NaN: cannot be told. `truth`: mean of the persons' own true log ratios.
    """

    design: Design
    scenario: str
    mean: float
    low: float
    high: float
    p: float
    truth: float
    naive: float
    naive_low: float
    naive_high: float
    naive_p: float


def tasks(
    cohorts: int, persons: int, seed: int, designs: tuple[Design, ...], watching: Watching
) -> tuple[Task, ...]:
    """Every cohort of every scenario; the same number has the same people and weather in each scenario."""
    return tuple(
        Task(PLANS[design], scenario, persons, seed * _APART + number, watching)
        for design in designs
        for scenario in SCENARIOS
        for number in range(cohorts)
    )


def tried(task: Task) -> Trialled:
    """Live a cohort and analyse it."""
    made = cohort(task.plan, task.scenario, task.persons, task.seed, task.watching)
    eligible = enough(made.grid, made.protocol.valid.days_per_phase)
    p = p_value(made.grid, made.starts, made.protocol, np.random.default_rng([task.seed, 1]), _DRAWS)
    found = of_change("primary", change(made.grid.panel(), eligible), p=p)
    naive = paired_t(made.grid.panel().on(_before_after(made.grid)), eligible)
    return Trialled(
        task.plan.design,
        task.scenario.name,
        *_logs(found),
        float(made.truth[eligible].mean()) if eligible.any() else 0.0,
        *_logs(naive),
    )


def _before_after(grid: Grid) -> Sides:
    """What a trial without lots compares: all time with the device, from the first day, with all before."""
    side = np.full(grid.kind.shape, NEITHER, dtype=np.int8)
    side[grid.kind == KINDS.index("baseline")] = COMPARISON
    side[(grid.kind == KINDS.index("wash_in")) | (grid.kind == KINDS.index("active"))] = ACTIVE
    return side


def _logs(found: Estimate) -> tuple[float, float, float, float]:
    values = [
        np.nan if value is None else float(np.log1p(value / 100.0))
        for value in (found.percent, found.low, found.high)
    ]
    return (values[0], values[1], values[2], np.nan if found.p is None else found.p)


def run(todo: tuple[Task, ...], jobs: int, progress: Callable[[int, int], None]) -> tuple[Trialled, ...]:
    """All of them, on `jobs` processes; `progress` is told how many of how many are done."""
    found = []
    for result in _results(todo, jobs):
        found.append(result)
        progress(len(found), len(todo))
    return tuple(found)


def _results(todo: tuple[Task, ...], jobs: int) -> Iterator[Trialled]:
    if jobs == 1:
        yield from map(tried, todo)
        return
    # Matrices of fifty columns: threads of the linear algebra would only wait for each other.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap(tried, todo, chunksize=4)


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario's figures over its cohorts. Percent and points; rates from 0 to 1.

    `covered`: intervals that hold the truth; `found`: randomisation tests with p <= 0.05; `outside`:
    intervals without 0. `naive`: paired t of before and after. `untold`: cohorts without an estimate or
    interval.
    """

    design: Design
    scenario: str
    cohorts: int
    untold: int
    truth_percent: float
    percent: float
    bias_points: float
    sd_points: float
    covered: float
    found: float
    outside: float
    naive_percent: float
    naive_covered: float
    naive_found: float


def table(results: tuple[Trialled, ...]) -> tuple[Row, ...]:
    """One row a design and scenario, in the order in which they come."""
    keys = list(dict.fromkeys((each.design, each.scenario) for each in results))
    return tuple(_row([each for each in results if (each.design, each.scenario) == key]) for key in keys)


def _row(results: list[Trialled]) -> Row:
    mean, low, high, p = (_column(results, name) for name in ("mean", "low", "high", "p"))
    naive_low, naive_high = _column(results, "naive_low"), _column(results, "naive_high")
    told = np.isfinite(low)
    truth = float(_column(results, "truth").mean())
    percent = 100.0 * float(np.expm1(np.nanmean(mean)))
    return Row(
        design=results[0].design,
        scenario=results[0].scenario,
        cohorts=len(results),
        untold=int((~told).sum()),
        truth_percent=100.0 * float(np.expm1(truth)),
        percent=percent,
        bias_points=percent - 100.0 * float(np.expm1(truth)),
        sd_points=100.0 * float(np.nanstd(mean)),
        covered=_rate((low <= truth) & (truth <= high), told),
        found=_rate(p <= _SIGNIFICANT, np.isfinite(p)),
        outside=_rate((low > 0.0) | (high < 0.0), told),
        naive_percent=100.0 * float(np.expm1(np.nanmean(_column(results, "naive")))),
        naive_covered=_rate((naive_low <= truth) & (truth <= naive_high), np.isfinite(naive_low)),
        naive_found=_rate(_column(results, "naive_p") <= _SIGNIFICANT, np.isfinite(naive_low)),
    )


def _column(results: list[Trialled], name: str) -> NDArray[np.float64]:
    return np.array([getattr(each, name) for each in results], dtype=np.float64)


def _rate(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float(hits[among].mean()) if among.any() else float("nan")
