"""What the bench's plans could find, from simulated baselines: means over cohorts without any change."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from field_tests.bench.cohorts import SCENARIOS
from field_tests.bench.cohorts_world import PLANS, Plan, Watching, cohort
from field_tests.study.flow import enough
from field_tests.study.power import power
from field_tests.study.primary import change
from field_tests.study.result import Power

_NOTHING: Final = next(each for each in SCENARIOS if each.name == "nothing")
_TARGET_PERCENT: Final = 15.0


@dataclass(frozen=True, slots=True)
class PlanPower:
    """Of one plan: the change in percent found with 80 % power, and the persons whom +15 % takes."""

    design: str
    persons: int
    weekly_cv: float
    detectable_percent: float
    persons_needed: int


def powers(persons: int, seed: int, cohorts: int) -> tuple[PlanPower, ...]:
    """One row a plan; cohorts that cannot tell it are left out, a plan none of whose cohorts can, too."""
    rows = (_row(plan, persons, seed, cohorts) for plan in PLANS.values())
    return tuple(row for row in rows if row is not None)


def _row(plan: Plan, persons: int, seed: int, cohorts: int) -> PlanPower | None:
    found = [_of(plan, persons, seed * cohorts + number) for number in range(cohorts)]
    told = [
        (each.weekly_cv, each.detectable_percent, each.persons_needed)
        for each in found
        if each.weekly_cv is not None
        and each.detectable_percent is not None
        and each.persons_needed is not None
    ]
    if not told:
        return None
    cv, percent, needed = np.mean(np.array(told), axis=0)
    return PlanPower(plan.design, persons, float(cv), float(percent), round(float(needed)))


def _of(plan: Plan, persons: int, seed: int) -> Power:
    made = cohort(plan, _NOTHING, persons, seed, Watching())
    eligible = enough(made.grid, made.protocol.valid.days_per_phase)
    each = change(made.grid.panel(), eligible, jackknife=False).each
    return power(made.grid, np.isfinite(each), _TARGET_PERCENT)
