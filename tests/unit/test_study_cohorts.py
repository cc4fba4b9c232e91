"""Simulated cohorts: the same seed gives the same, what is true is known, and the table adds up."""

import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the extra `study` is not installed")
pytest.importorskip("statsmodels", reason="the extra `study` is not installed")

from field_tests.bench.cohorts import SCENARIOS, Row, Trialled, table, tasks, tried
from field_tests.bench.cohorts_targets import lines, targets
from field_tests.bench.cohorts_world import PLANS, Scenario, Watching, cohort
from field_tests.simulator.lives import Conditions
from field_tests.study.panel import KINDS

_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
_SEEN = Watching(
    coverage=1.0,
    coverage_persons_sd=0.0,
    coverage_days_sd=0.0,
    per_hour_out=0.0,
    mean_error_min=(0.0, 0.0, 0.0),
)


def test_the_same_seed_lives_the_same_and_another_does_not() -> None:
    task = tasks(1, 5, 3, ("silent_weeks",), Watching())[0]
    assert tried(task) == tried(task)
    assert tried(task) != tried(dataclasses.replace(task, seed=task.seed + 1))


def test_runs_of_different_seeds_share_no_cohort() -> None:
    of = [{task.seed for task in tasks(300, 5, seed, ("silent_weeks",), Watching())} for seed in (1, 2)]
    assert not of[0] & of[1]
    assert len(of[0]) == 300


def test_the_truth_is_that_of_the_same_lives_without_the_device() -> None:
    """An effect that everybody has alike: the true ratio of each is near it, and none where there is none."""
    alike = Scenario("alike", Conditions(effect=0.3, effect_sd=0.0))
    made = cohort(PLANS["randomised_start"], alike, 6, 9, _SEEN)
    begun = made.truth[made.truth != 0.0]
    assert begun.mean() == pytest.approx(math.log(1.3), abs=0.04)
    assert (cohort(PLANS["randomised_start"], _BY_NAME["nothing"], 4, 9, _SEEN).truth == 0.0).all()


def test_drift_is_seen_with_the_device_alone() -> None:
    plan = PLANS["randomised_start"]
    made = [
        cohort(plan, Scenario("x", _BY_NAME["nothing"].conditions, drift), 6, 4, Watching())
        for drift in (0.0, 0.4)
    ]
    with_device = made[0].grid.kind > KINDS.index("baseline")
    before = made[0].grid.kind == KINDS.index("baseline")
    lost = made[0].grid.valid & ~made[1].grid.valid
    assert lost[with_device].mean() > 0.2
    assert not lost[before].any()


def test_plans_keep_their_weeks() -> None:
    for plan in PLANS.values():
        kind = cohort(plan, _BY_NAME["nothing"], 12, 2, _SEEN).grid.kind.reshape(12, -1)
        whole = kind[(kind >= 0).all(axis=1)]
        starts = {int(np.argmax(row == KINDS.index("wash_in"))) // 7 for row in whole}
        assert starts <= set(plan.starts)
        assert ((whole == KINDS.index("wash_in")).sum(axis=1) == 7 * plan.wash_in).all()
    silent = (whole == KINDS.index("silent")).sum(axis=1)
    assert (silent == (whole == KINDS.index("active")).sum(axis=1)).all()


def _result(mean: float, low: float, high: float, p: float) -> Trialled:
    return Trialled("silent_weeks", "effect", mean, low, high, p, 0.1, mean, low, high, p)


def test_the_table_counts_what_is_held_and_found() -> None:
    nan = math.nan
    results = (
        _result(0.10, 0.00, 0.20, 0.05),
        _result(0.20, 0.11, 0.29, 0.001),
        _result(0.00, -0.10, 0.09, 0.9),
        _result(nan, nan, nan, nan),
    )
    (row,) = table(results)
    assert (row.cohorts, row.untold) == (4, 1)
    assert row.percent == pytest.approx(100.0 * math.expm1(0.1))
    assert row.bias_points == pytest.approx(0.0, abs=1e-9)
    assert row.covered == pytest.approx(1 / 3)
    assert row.found == pytest.approx(2 / 3)
    assert row.outside == pytest.approx(1 / 3)


def _row(scenario: str, covered: float, found: float, bias: float) -> Row:
    return Row(
        "silent_weeks", scenario, 200, 0, 15.0, 15.0 + bias, bias, 8.0, covered, found, found, 20.0, 0.5, 0.9
    )


def test_targets_are_missed_on_either_side() -> None:
    def met(scenario: str, covered: float = 0.95, found: float = 0.05, bias: float = 0.0) -> bool:
        return all(target.met for target in targets((_row(scenario, covered, found, bias),)))

    assert met("effect_all", bias=2.0)
    assert not met("effect_all", bias=-2.1)
    assert not met("effect", covered=0.92)
    assert not met("effect", covered=0.98)
    assert met("nothing", found=0.03)
    assert not met("nothing", found=0.025)
    assert not met("nothing", found=0.08)
    assert met("season", found=0.0)
    assert not met("season_rain_novelty_drift", found=0.08)


def test_the_table_is_told_with_its_misses() -> None:
    told = lines((_row("effect", 0.90, 0.5, 0.4),), 28)
    assert told[0] == "silent_weeks, 28 人 / persons"
    assert any("未達 / missed" in line and "90.0%" in line for line in told)
    assert any("達成 / met" in line and "+0.40" in line for line in told)
