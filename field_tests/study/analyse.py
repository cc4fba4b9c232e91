"""All statistics of a trial in one value: from its tables to estimates, with nothing decided yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.study import controls as negative
from field_tests.study import flow as flowing
from field_tests.study import pairs, sensitivity
from field_tests.study.bootstrap import bootstrap
from field_tests.study.estimates import of_change
from field_tests.study.individuals import individuals
from field_tests.study.mixed import mixed_model
from field_tests.study.panel import Grid, grid
from field_tests.study.power import power
from field_tests.study.primary import Change, change
from field_tests.study.randomisation import DRAWS, drawn, p_value
from field_tests.study.result import (
    Estimate,
    FlowStep,
    PersonResult,
    PhaseCoverage,
    Power,
    Sensitivity,
)
from field_tests.study.tables import TrialTables


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the statistics say.

    The verdict is made from it elsewhere. Percent are changes, active to comparison.

    `coverage_difference.percent` is in points of waking coverage (5.0: active is watched 0.05 more).
    `others`: paired_t, wilcoxon, bootstrap, mixed_model, minutes_per_day_out. `bounds`: unknown_home,
    unknown_out, then worst_case, best_case (unknown time against, and for, the device). `controls`:
    shifted_start, permuted_labels.
    """

    flow: tuple[FlowStep, ...]
    coverage: tuple[PhaseCoverage, ...]
    coverage_difference: Estimate
    persons: tuple[PersonResult, ...]
    primary: Estimate
    others: tuple[Estimate, ...]
    bounds: tuple[Estimate, ...]
    days_out: Estimate
    sensitivity: tuple[Sensitivity, ...]
    controls: tuple[Estimate, ...]
    power: Power


@dataclass(frozen=True, slots=True)
class Draws:
    """How often chance is asked: of the bootstrap, the negative control, and the randomisation test.

    `bootstrap_seed`: of the bootstrap, which decides nothing; None: the plan's, as all that decides has.
    """

    bootstrap: int = 999
    permuted: int = 99
    lots: int = DRAWS
    bootstrap_seed: int | None = None


_USUAL: Final = Draws()


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What every part of the analysis starts from."""

    tables: TrialTables
    grid: Grid
    eligible: NDArray[np.bool_]
    found: Change


def analyse(
    tables: TrialTables, varied: Mapping[tuple[str, str], TrialTables], draws: Draws = _USUAL
) -> Analysis:
    """Everything from `tables`; `varied`: the same trial counted by other definitions, by (what, value).

    The frozen plan's seed deals the lots anew: the same tables give the same figures.
    """
    counted = count(tables)
    shares, planned = flowing.covered(tables)
    shares[~np.isfinite(counted.found.each)] = np.nan
    panel, eligible, found = counted.grid.panel(), counted.eligible, counted.found
    return Analysis(
        flow=flowing.flow(tables, _known(counted)),
        coverage=flowing.coverage(tables),
        coverage_difference=pairs.coverage_difference(shares, planned),
        persons=individuals(tables, counted.grid, found),
        primary=primary(counted, draws.lots),
        others=_others(counted, draws),
        bounds=sensitivity.bounds(counted.grid, eligible),
        days_out=of_change("days_out", change(counted.grid.panel(counted.grid.out), eligible)),
        sensitivity=sensitivity.recounted(varied) + sensitivity.leave_one_out(panel, eligible, found),
        controls=_controls(counted, draws.permuted),
        power=power(counted.grid, np.isfinite(found.each), tables.protocol.target_percent),
    )


def count(tables: TrialTables) -> Counted:
    """The days at their places, who is averaged, and the primary change."""
    counted = grid(tables)
    eligible = flowing.eligible(tables, counted)
    return Counted(tables, counted, eligible, change(counted.panel(), eligible))


def primary(counted: Counted, draws: int = DRAWS) -> Estimate:
    """The primary estimate with the p of the randomisation test."""
    rng = np.random.default_rng([counted.tables.protocol.seed, 1])
    p = p_value(counted.grid, _starts(counted.tables), counted.tables.protocol, rng, draws)
    return of_change("primary", counted.found, p=p)


def _starts(tables: TrialTables) -> dict[str, date]:
    return {who.person: who.start for who in tables.participants if who.start is not None}


def _others(counted: Counted, draws: Draws) -> tuple[Estimate, ...]:
    panel, eligible, tables = counted.grid.panel(), counted.eligible, counted.tables
    seed = tables.protocol.seed if draws.bootstrap_seed is None else draws.bootstrap_seed
    rng = np.random.default_rng([seed, 2])
    return (
        pairs.paired_t(panel, eligible),
        pairs.wilcoxon(counted.found),
        bootstrap(panel, eligible, counted.found, rng, draws.bootstrap),
        mixed_model(panel, eligible, tables.weather, _starts(tables)),
        of_change("minutes_per_day_out", change(sensitivity.on_days_out(counted.grid), eligible)),
    )


def _controls(counted: Counted, draws: int) -> tuple[Estimate, ...]:
    rng = np.random.default_rng([counted.tables.protocol.seed, 3])
    lots = drawn(counted.grid, _starts(counted.tables), counted.tables.protocol.wash_in_days)
    return negative.controls(counted.grid, counted.eligible, lots, rng, draws)


def _known(counted: Counted) -> flowing.Known:
    persons = np.array(counted.grid.persons, dtype=object)
    found = counted.found
    empty = (found.fit.levels <= 0.0).any(axis=1)
    return flowing.Known(
        phases=frozenset((phase.person, phase.kind) for phase in counted.tables.phases),
        no_logger=flowing.without_logger(counted.tables),
        enough=frozenset(persons[flowing.enough(counted.grid, counted.tables.protocol.valid.days_per_phase)]),
        no_minutes=frozenset(persons[empty]),
        analysed=frozenset(persons[np.isfinite(found.each)]),
    )
