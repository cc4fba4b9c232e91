"""Participants' flow (CONSORT, TREND): how many were left after each step, and who was lost and why.

And coverage.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from field_tests.study.panel import ACTIVE, COMPARED_TO, COMPARISON, KINDS, Floats, Grid
from field_tests.study.protocol import Participant, PhaseKind
from field_tests.study.result import FlowStep, PhaseCoverage
from field_tests.study.tables import TrialTables

Reason = Callable[[Participant], str | None]


def enough(counted: Grid, days_per_phase: int) -> NDArray[np.bool_]:
    """Who has that many valid days on both sides of the comparison."""
    panel = counted.panel()
    both = [(panel.used & (panel.side == side)).sum(axis=(1, 2)) for side in (COMPARISON, ACTIVE)]
    return np.asarray(np.minimum(*both) >= days_per_phase)


def eligible(tables: TrialTables, counted: Grid) -> NDArray[np.bool_]:
    """Who is averaged, if the season can be told.

    Enough valid days on both sides, and seen without the device.
    """
    unseen = without_logger(tables)
    logged = np.array([person not in unseen for person in counted.persons], dtype=np.bool_)
    return enough(counted, tables.protocol.valid.days_per_phase) & logged


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the steps look at.

    Phases a person had, persons without a logger, with enough days, with a change.
    """

    phases: frozenset[tuple[str, PhaseKind]]
    no_logger: frozenset[str]
    enough: frozenset[str]
    no_minutes: frozenset[str]
    analysed: frozenset[str]


def flow(tables: TrialTables, known: Known) -> tuple[FlowStep, ...]:
    """The steps in order; a person is lost at the first that is not passed.

    With the folder's own words if any.
    """
    to = COMPARED_TO[tables.protocol.design]
    checks: tuple[tuple[str, Reason], ...] = (
        (
            "has_comparison",
            lambda who: None if (who.person, to) in known.phases else _own(who, "no_comparison"),
        ),
        (
            "has_active",
            lambda who: None if (who.person, "active") in known.phases else _own(who, "no_active"),
        ),
        ("has_logger", lambda who: "no_logger" if who.person in known.no_logger else None),
        (
            "enough_valid_days",
            lambda who: None if who.person in known.enough else _own(who, "few_valid_days"),
        ),
        ("analysed", lambda who: None if who.person in known.analysed else _last(who, known)),
    )
    there = list(tables.participants)
    steps = [FlowStep(name="enrolled", persons=len(there))]
    for name, check in checks:
        lost = [(who, reason) for who in there if (reason := check(who)) is not None]
        gone = {who.person for who, _ in lost}
        there = [who for who in there if who.person not in gone]
        steps.append(
            FlowStep(name=name, persons=len(there), left=tuple((who.person, reason) for who, reason in lost))
        )
    return tuple(steps)


def _own(who: Participant, reason: str) -> str:
    """Why they stopped, in the folder's words, for those who stopped; else the row of names.LEFT."""
    return who.why if who.ended is not None and who.why else reason


def _last(who: Participant, known: Known) -> str:
    return "no_minutes" if who.person in known.no_minutes else "no_season"


def without_logger(tables: TrialTables) -> frozenset[str]:
    """Persons whose outings nothing but the device could see.

    Named so in the data, or no hour of the logger.
    """
    named = {
        issue.person for issue in tables.issues if issue.code in ("no_logger", "no_fixes") and issue.person
    }
    hours: dict[str, float] = {who.person: 0.0 for who in tables.participants}
    for day in tables.days:
        # None: this folder does not tell sources apart; the gate `logger` deals with that.
        hours[day.person] = hours.get(day.person, 0.0) + (
            1.0 if day.logger_hours is None else day.logger_hours
        )
    return frozenset(named | {person for person, total in hours.items() if total <= 0.0})


def coverage(tables: TrialTables) -> tuple[PhaseCoverage, ...]:
    """How each phase was observed; days of the plan without a row count as not observed at all."""
    return tuple(_phase(tables, kind) for kind in KINDS if any(phase.kind == kind for phase in tables.phases))


def _phase(tables: TrialTables, kind: PhaseKind) -> PhaseCoverage:
    phases = [phase for phase in tables.phases if phase.kind == kind]
    planned = sum((phase.last - phase.first).days + 1 for phase in phases)
    days = [day for day in tables.days if day.phase == kind]
    share = 1.0 / max(planned, 1)
    return PhaseCoverage(
        phase=kind,
        persons=len({phase.person for phase in phases}),
        planned_days=planned,
        observed_days=sum(day.coverage > 0.0 for day in days),
        valid_days=sum(day.valid for day in days),
        mean_waking_coverage=share * sum(day.waking_coverage for day in days),
        mean_device_hours=share * sum(day.device_hours for day in days),
    )


def covered(tables: TrialTables) -> tuple[Floats, Floats]:
    """Mean waking coverage of comparison and active by person, (persons, 2), and their planned days.

    Coverage is NaN where the phase is missing.
    """
    kinds = (COMPARED_TO[tables.protocol.design], "active")
    at = {who.person: i for i, who in enumerate(tables.participants)}
    planned, seen = np.zeros((len(at), 2)), np.zeros((len(at), 2))
    for phase in tables.phases:
        if phase.kind in kinds and phase.person in at:
            planned[at[phase.person], kinds.index(phase.kind)] += (phase.last - phase.first).days + 1
    for day in tables.days:
        if day.phase in kinds and day.person in at:
            seen[at[day.person], kinds.index(day.phase)] += day.waking_coverage
    shares = np.divide(seen, planned, out=np.full(planned.shape, np.nan), where=planned > 0.0)
    return shares, planned
