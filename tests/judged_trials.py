"""A trial that passes every gate, as tables and as an analysis: what tests of gates start from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from field_tests.issues import Issue
from field_tests.study import drawing
from field_tests.study.analyse import Analysis
from field_tests.study.protocol import Gates, Lot, Participant, Phase, PhaseKind, Protocol, ValidDay
from field_tests.study.result import (
    Estimate,
    PersonResult,
    PhaseCoverage,
    Power,
    Sensitivity,
)
from field_tests.study.tables import PersonDay, TrialTables

HASH = "d" * 64
STARTS = (date(2026, 5, 11), date(2026, 5, 25))
PERSONS = tuple(f"P{number:02}" for number in range(1, 9))
LOST = ("P09", "P10")
DAYS = 5


@dataclass(frozen=True)
class Trial:
    """What `judge` is given."""

    tables: TrialTables
    analysis: Analysis

    def plan(self, **values: object) -> "Trial":
        """With another plan."""
        return self.with_tables(protocol=replace(self.tables.protocol, **values))  # type: ignore[arg-type]

    def gates(self, **values: float) -> "Trial":
        """With other limits."""
        return self.plan(gates=replace(self.tables.protocol.gates, **values))  # type: ignore[arg-type]

    def with_tables(self, **values: object) -> "Trial":
        """With other tables."""
        return replace(self, tables=replace(self.tables, **values))  # type: ignore[arg-type]

    def found(self, **values: object) -> "Trial":
        """With other statistics."""
        return replace(self, analysis=replace(self.analysis, **values))  # type: ignore[arg-type]

    def primary(
        self, percent: float | None, low: float | None, high: float | None, p: float | None
    ) -> "Trial":
        """With another primary estimate."""
        return self.found(primary=estimate("primary", percent, low, high, p))

    def days(self, change: Callable[[PersonDay], PersonDay | None]) -> "Trial":
        """With each day changed, or taken out by None."""
        changed = (change(day) for day in self.tables.days)
        return self.with_tables(days=tuple(day for day in changed if day is not None))

    def phases(self, *phases: Phase) -> "Trial":
        """With other phases."""
        return self.with_tables(phases=phases)


def estimate(
    key: str,
    percent: float | None,
    low: float | None = None,
    high: float | None = None,
    p: float | None = None,
) -> Estimate:
    """An estimate without notes."""
    return Estimate(key=key, percent=percent, low=low, high=high, p=p)


def good() -> Trial:
    """A trial that stands on the edge of every gate, and holds: achieved, by as little as there is."""
    return dealt(Trial(_tables(), _analysis()))


def dealt(trial: Trial) -> Trial:
    """The trial run as its plan draws it: lots, starts, and phases of all who are on the list."""
    plan, listed = trial.tables.protocol, trial.tables.participants
    starts = drawing.starts([who.person for who in listed], plan)
    return trial.with_tables(
        lots=tuple(Lot(person, 0, start) for person, start in starts.items()),
        participants=tuple(replace(who, start=starts[who.person]) for who in listed),
        phases=drawing.phases(starts, plan),
    )


def _tables() -> TrialTables:
    return TrialTables(
        protocol=Protocol(
            title_ja="試験",
            title_en="trial",
            frozen=date(2026, 4, 12),
            first=date(2026, 4, 13),
            last=date(2026, 9, 30),
            design="randomised_start",
            definitions_sha256=HASH,
            sha256="p" * 64,
            seed=7,
            possible_starts=STARTS,
            valid=ValidDay(waking_hours=8.0, days_per_phase=DAYS),
            gates=Gates(most_lost=0.2),
        ),
        participants=tuple(Participant(who, date(2026, 4, 1)) for who in PERSONS + LOST),
        phases=(),
        days=tuple(day for who in PERSONS for day in days_of(who, DAYS)),
        weather=(),
        adverse=(),
        issues=(Issue(code="clock_jump", effect="mended", where="fixes/P01.logger.csv"),),
        definitions_sha256=HASH,
    )


def phases_of(who: str, start: date) -> tuple[Phase, ...]:
    compared = start + timedelta(days=56)
    return (
        Phase(who, "baseline", date(2026, 4, 13), start - timedelta(days=1)),
        Phase(who, "wash_in", start, compared - timedelta(days=1)),
        Phase(who, "active", compared, date(2026, 9, 30)),
    )


def days_of(who: str, count: int, loggerless: Sequence[str] = PERSONS[:4]) -> list[PersonDay]:
    """`count` valid days of each compared phase; of these persons, the first was not seen by the logger."""
    first: dict[PhaseKind, date] = {"baseline": date(2026, 4, 13), "active": date(2026, 8, 1)}
    spread: dict[PhaseKind, float] = {"baseline": 40.0, "active": 50.0}
    return [
        PersonDay(
            person=who,
            day=start + timedelta(days=number),
            phase=phase,
            minutes=100.0,
            minutes_min=100.0 - spread[phase],
            minutes_max=100.0 + spread[phase],
            coverage=0.9,
            waking_coverage=0.9,
            valid=True,
            out=True,
            device_hours=2.0,
            logger_hours=7.99 if number == 0 and who in loggerless else 8.0,
            night_home=phase == "baseline" or number > 0 or who != "P01",
            told=0.05 if phase == "active" else 0.0,
        )
        for phase, start in first.items()
        for number in range(count)
    ]


def _analysis() -> Analysis:
    return Analysis(
        flow=(),
        coverage=(
            coverage_of("baseline", 10, 6),
            coverage_of("wash_in", 10, 1),
            coverage_of("active", 10, 7),
        ),
        coverage_difference=estimate("coverage_difference", 0.0, -5.0, 5.0),
        persons=tuple(person_result(who, analysed=True) for who in PERSONS)
        + tuple(person_result(who, analysed=False) for who in LOST),
        primary=estimate("primary", 15.0, 0.001, 30.0, 0.049),
        others=(estimate("paired_t", -3.0, -9.0, 3.0),),
        bounds=(
            estimate("unknown_home", 14.0),
            estimate("unknown_out", 16.0),
            estimate("worst_case", -5.0),
            estimate("best_case", 40.0),
        ),
        days_out=estimate("days_out", 5.0),
        sensitivity=(
            Sensitivity(what="home_radius_m", value="100", estimate=estimate("primary", 0.001)),
            Sensitivity(what="leave_out", value="P01", estimate=estimate("primary", 18.0)),
        ),
        controls=(
            estimate("shifted_start", 3.0, 0.0, 6.0),
            estimate("permuted_labels", -3.0, -6.0, 0.0),
        ),
        power=Power(weekly_cv=None, detectable_percent=None, persons_needed=None),
    )


def coverage_of(phase: str, planned: int, valid: int) -> PhaseCoverage:
    return PhaseCoverage(
        phase=phase,
        persons=8,
        planned_days=planned,
        observed_days=planned,
        valid_days=valid,
        mean_waking_coverage=0.9,
        mean_device_hours=2.0,
    )


def person_result(who: str, *, analysed: bool) -> PersonResult:
    return PersonResult(
        person=who,
        analysed=analysed,
        start=None,
        baseline_weekly_minutes=None,
        active_weekly_minutes=None,
        baseline_days_out=None,
        active_days_out=None,
        percent=None,
        days=(),
    )


def silent() -> Trial:
    """The same with silent weeks: a half, drawn for each."""
    trial = dealt(good().plan(design="silent_weeks", possible_starts=STARTS[:1], silent_share=0.5))
    return trial.days(lambda day: replace(day, phase="silent") if day.phase == "baseline" else day).found(
        coverage=(coverage_of("silent", 10, 6), coverage_of("active", 10, 7))
    )


def small() -> Trial:
    """One person, silent weeks, one valid day of each phase: no division hides behind many."""
    trial = silent().plan(valid=ValidDay(waking_hours=8.0, days_per_phase=1)).gates(least_persons=1)
    days = [day for day in trial.tables.days if day.person == "P08"]
    once = tuple(next(day for day in days if day.phase == phase) for phase in ("silent", "active"))
    return trial.with_tables(
        days=once,
        participants=tuple(who for who in trial.tables.participants if who.person == "P08"),
    ).found(
        persons=(person_result("P08", analysed=True),),
        coverage=(coverage_of("silent", 1, 1), coverage_of("active", 1, 1)),
    )
