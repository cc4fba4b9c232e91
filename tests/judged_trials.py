"""Trials on the edge of each gate, and the verdict each must get: what tests of gates and mutants share."""

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
    Word,
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
        days=tuple(day for who in PERSONS for day in _days_of(who, DAYS)),
        weather=(),
        adverse=(),
        issues=(Issue(code="clock_jump", effect="mended", where="fixes/P01.logger.csv"),),
        definitions_sha256=HASH,
    )


def _phases(who: str, start: date) -> tuple[Phase, ...]:
    compared = start + timedelta(days=56)
    return (
        Phase(who, "baseline", date(2026, 4, 13), start - timedelta(days=1)),
        Phase(who, "wash_in", start, compared - timedelta(days=1)),
        Phase(who, "active", compared, date(2026, 9, 30)),
    )


def _days_of(who: str, count: int, loggerless: Sequence[str] = PERSONS[:4]) -> list[PersonDay]:
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
        coverage=(_coverage("baseline", 10, 6), _coverage("wash_in", 10, 1), _coverage("active", 10, 7)),
        coverage_difference=estimate("coverage_difference", 0.0, -5.0, 5.0),
        persons=tuple(_person(who, analysed=True) for who in PERSONS)
        + tuple(_person(who, analysed=False) for who in LOST),
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


def _coverage(phase: str, planned: int, valid: int) -> PhaseCoverage:
    return PhaseCoverage(
        phase=phase,
        persons=8,
        planned_days=planned,
        observed_days=planned,
        valid_days=valid,
        mean_waking_coverage=0.9,
        mean_device_hours=2.0,
    )


def _person(who: str, *, analysed: bool) -> PersonResult:
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
        coverage=(_coverage("silent", 10, 6), _coverage("active", 10, 7))
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
        persons=(_person("P08", analysed=True),),
        coverage=(_coverage("silent", 1, 1), _coverage("active", 1, 1)),
    )


@dataclass(frozen=True)
class Case:
    """A trial, its word, what decided, and all gates that do not hold."""

    name: str
    trial: Trial
    word: Word
    decided_by: str
    failed: tuple[str, ...] = ()
    says: str = ""  # in the English sentence


def refused(name: str, trial: Trial, *failed: str) -> Case:
    """A trial in which these gates do not hold, the first of them deciding."""
    return Case(name, trial, "cannot_tell", failed[0], failed)


def held(name: str, trial: Trial) -> Case:
    """A trial that still holds."""
    return Case(name, trial, "achieved", "estimate")


def cases() -> list[Case]:
    """All of them."""
    return [
        *_of_the_plan(),
        *_of_the_draw(),
        *_of_the_data(),
        *_of_likeness(),
        *_of_the_statistics(),
        *_of_the_words(),
    ]


def _of_the_plan() -> list[Case]:
    trial = good()
    return [
        held("on every edge", trial),
        held("silent weeks", silent()),
        held("one person", small()),
        refused("frozen on the first day", trial.plan(frozen=date(2026, 4, 13)), "frozen"),
        refused("frozen later", trial.plan(frozen=date(2026, 4, 14)), "frozen"),
        refused("other definitions", trial.with_tables(definitions_sha256="e" * 64), "definitions"),
        refused(
            "definitions not told",
            trial.with_tables(definitions_sha256="").plan(definitions_sha256=""),
            "definitions",
        ),
        refused("before and after", trial.plan(design="before_after"), "design"),
        replace(
            refused("never sealed", trial.with_tables(issues=(_UNSEALED,)), "frozen", "data"),
            says="It was: no frozen.sha256",
        ),
    ]


def _of_the_draw() -> list[Case]:
    trial, quiet = good(), silent()
    start = _start_of(trial, "P10")
    before, day = start - timedelta(days=1), timedelta(days=1)
    return [
        refused("a start that was not drawn", _started(trial, "P01", date(2026, 5, 10)), "drawn"),
        refused("a lost one's start that was not drawn", _started(trial, "P10", date(2026, 5, 10)), "drawn"),
        refused("begun a day after the draw", _begun(trial, 1), "drawn"),
        held("phases in any order", trial.phases(*trial.tables.phases[::-1])),
        refused("all start on a day", _all_started(trial, STARTS[0]), "drawn"),
        refused("one start only was possible", dealt(trial.plan(possible_starts=STARTS[:1])), "drawn"),
        held("the other start is a lost one's", _two_persons()),
        refused("another seed", trial.plan(seed=8), "drawn"),
        replace(
            refused("no lots", trial.with_tables(lots=()), "drawn"), says="It was: no record of the draw"
        ),
        replace(
            refused("no possible starts", trial.plan(possible_starts=()), "drawn"),
            says="It was: no record of the draw",
        ),
        refused("a lot that was written over", _lot_changed(trial), "drawn"),
        refused("somebody drawn again alone", _drawn_again(trial), "drawn"),
        held("somebody who came later", _later(trial)),
        held("somebody whom nobody drew, and who never began", _undrawn(trial, None)),
        refused("somebody whom nobody drew", _undrawn(trial, STARTS[0]), "drawn"),
        refused("somebody whom nobody drew, with phases", _undrawn(trial, None, phases=True), "drawn"),
        held("stopped, phases as drawn", _ended(trial, start + 9 * day, cut=False)),
        held("stopped, phases cut", _ended(trial, start + 9 * day)),
        refused("stopped, phases cut a day too early", _ended(trial, start + 9 * day, less=1), "drawn"),
        refused("cut, and not stopped", _ended(trial, start + 9 * day, told=False), "drawn"),
        held("stopped on the first day", _ended(trial, start)),
        held("stopped before the start, which stays", _ended(trial, before)),
        held("stopped before the start", _started(_ended(trial, before), "P10", None)),
        refused(
            "stopped on the start, which was taken out", _started(_ended(trial, start), "P10", None), "drawn"
        ),
        refused("a start taken out", _started(trial, "P10", None), "drawn"),
        refused(
            "stopped before another start", _started(_ended(trial, before), "P10", STARTS[0] - day), "drawn"
        ),
        refused("silent weeks of another seed", quiet.plan(seed=8), "drawn"),
        refused("silent weeks that were chosen", _swapped(quiet), "drawn"),
        refused("a silent week left out", _without_a_silent_week(quiet), "drawn"),
        refused("a lost one's weeks left out", _lost_without_phases(quiet), "drawn"),
        refused("no phases", quiet.phases(), "drawn", "wash_in"),
    ]


def _of_the_data() -> list[Case]:
    trial = good()
    faulty = Issue(code="phases_overlap", effect="refused", where="phases.csv:2")
    return [
        refused("a fault that forbids", trial.with_tables(issues=(faulty,)), "data"),
        held("wash-in of six weeks, all kept", dealt(trial.plan(wash_in_days=42))),
        refused("a day less than six weeks", dealt(trial.plan(wash_in_days=41)), "wash_in"),
        refused("a day less than the plan", _compared_after(trial, 55), "drawn", "wash_in"),
        refused("one person without a start", _started(trial, "P01", None), "drawn", "wash_in"),
        refused("one person without phases", trial.phases(*trial.tables.phases[3:]), "drawn", "wash_in"),
        refused("a silent week in the wash-in", _silent_early(trial), "drawn", "wash_in"),
        refused("logger of the device only", _loggerless(trial, "baseline"), "logger"),
        refused("no logger when active", _loggerless(trial, "active"), "logger"),
        refused(
            "the logger's hours not counted", trial.days(lambda d: replace(d, logger_hours=None)), "logger"
        ),
        refused("the logger on a few days less", _many_days(21), "logger"),
        held("the logger on just enough of many days", _many_days(20)),
        refused("a day of baseline less", _shorter(trial, "baseline"), "baseline"),
        held("an active day less is the analysis' own matter", _shorter(trial, "active")),
        refused(
            "one phase unseen",
            trial.days(lambda d: d if d.phase == "active" else None),
            "logger",
            "baseline",
            "most_bounds_width",
            "homes_alike",
            "bounds_alike",
        ),
        refused(
            "days that do not count",
            trial.days(lambda d: replace(d, valid=False)),
            "logger",
            "baseline",
            "most_bounds_width",
            "homes_alike",
            "bounds_alike",
        ),
        refused(
            "days of others",
            trial.days(lambda d: replace(d, person="P09")),
            "logger",
            "baseline",
            "most_bounds_width",
            "homes_alike",
            "bounds_alike",
        ),
        refused("a person less", trial.gates(least_persons=9), "least_persons"),
        refused("one lost too many", trial.gates(most_lost=0.19), "most_lost"),
        refused(
            "nobody",
            _nobody(trial),
            "least_persons",
            "wash_in",
            "logger",
            "baseline",
            "most_lost",
            "most_bounds_width",
            "homes_alike",
            "bounds_alike",
        ),
        replace(
            refused(
                "one beside it", trial.gates(least_persons=9, most_lost=0.19), "least_persons", "most_lost"
            ),
            says="Other conditions that fail: 1.",
        ),
        refused(
            "one enrolled, and lost",
            _nobody(trial.with_tables(participants=trial.tables.participants[:1])).gates(most_lost=0.6),
            "least_persons",
            "drawn",
            "wash_in",
            "logger",
            "baseline",
            "most_lost",
            "most_bounds_width",
            "homes_alike",
            "bounds_alike",
        ),
        refused(
            "nobody at all",
            _nobody(trial.with_tables(participants=(), days=()).plan(valid=ValidDay(8.0, 1))),
            "least_persons",
            "drawn",
            "wash_in",
            "logger",
            "baseline",
            "most_bounds_width",
            "homes_alike",
            "bounds_alike",
        ),
        refused("too few valid days before", _covered(trial, 59, 70), "least_valid_share"),
        refused("too few valid days after", _covered(trial, 70, 59), "least_valid_share"),
        refused(
            "a phase without coverage", trial.found(coverage=trial.analysis.coverage[1:]), "least_valid_share"
        ),
        held(
            "a phase without coverage, and none asked",
            trial.gates(least_valid_share=0.0).found(coverage=trial.analysis.coverage[1:]),
        ),
        refused(
            "a phase without coverage, and hardly any asked",
            trial.gates(least_valid_share=0.005).found(coverage=trial.analysis.coverage[1:]),
            "least_valid_share",
        ),
        refused(
            "nothing planned",
            trial.found(coverage=(_coverage("baseline", 0, 0), _coverage("active", 1, 1))),
            "least_valid_share",
        ),
        refused("bounds a little wide", _spread(trial, "active", 50.02), "most_bounds_width", "bounds_alike"),
        refused("bounds a little wide before", _spread(trial, "baseline", 50.02), "most_bounds_width"),
        refused("nobody out before", _minutes(trial, "baseline", 0.0), "most_bounds_width", "bounds_alike"),
        refused("hardly a second out before", _minutes(trial, "baseline", 0.0001), "bounds_alike"),
        held("hardly a second out in both", _minutes(_minutes(trial, "baseline", 0.0001), "active", 0.0001)),
    ]


def _of_likeness() -> list[Case]:
    trial = good()
    return [
        held("five nights of 200 elsewhere", _nights_away("active", 5)),
        refused("six nights elsewhere", _nights_away("active", 6), "homes_alike"),
        refused("six nights elsewhere before", _nights_away("baseline", 6), "homes_alike"),
        held(
            "nights that nobody saw",
            trial.days(lambda day: replace(day, night_home=None) if day.night_home is False else day),
        ),
        refused(
            "no night of one person seen before",
            trial.days(
                lambda day: (
                    replace(day, night_home=None) if (day.person, day.phase) == ("P08", "baseline") else day
                )
            ),
            "homes_alike",
        ),
        held("no night at home, in both", trial.days(lambda day: replace(day, night_home=False))),
        refused("nights not told", trial.days(lambda day: replace(day, night_home=None)), "homes_alike"),
        replace(
            refused(
                "one person's one night elsewhere",
                small().days(lambda day: replace(day, night_home=day.phase == "silent")),
                "homes_alike",
            ),
            says="It was: 100.0 %",
        ),
        refused("somebody's word when active", _told(trial, "active", 0.0501), "evidence_alike"),
        refused("somebody's word before", _told(trial, "baseline", 0.1001), "evidence_alike"),
        held("somebody's word, on the other edge", _told(trial, "baseline", 0.1)),
        refused("somebody's word of one day", _told(small(), "active", 0.06), "evidence_alike"),
        refused("less unknown before", _spread(trial, "baseline", 39.99), "bounds_alike"),
        refused("less unknown after", _spread(trial, "active", 29.99), "bounds_alike"),
        held("less unknown after, on the edge", _spread(trial, "active", 30.0)),
    ]


def _of_the_statistics() -> list[Case]:
    trial = good()
    return [
        refused("coverage rose", _difference(trial, -5.0, 5.0003), "most_coverage_difference"),
        refused("coverage fell", _difference(trial, -5.0003, 5.0), "most_coverage_difference"),
        refused("coverage without low", _difference(trial, None, 5.0), "most_coverage_difference"),
        refused("coverage without high", _difference(trial, -5.0, None), "most_coverage_difference"),
        refused("no estimate", trial.primary(None, 1.0, 30.0, 0.01), "interval", "robust"),
        refused("no low end", trial.primary(20.0, None, 30.0, 0.01), "interval"),
        refused("no high end", trial.primary(20.0, 1.0, None, 0.01), "interval"),
        refused("estimate below its interval", trial.primary(20.0, 21.0, 30.0, 0.01), "interval"),
        refused("estimate above its interval", trial.primary(20.0, 1.0, 19.0, 0.01), "interval"),
        held("an interval of one point", trial.primary(15.0, 15.0, 15.0, 0.01)),
        refused("no control", trial.found(controls=()), "controls"),
        refused("a control above 0", _control(trial, 0.001, 6.0), "controls"),
        refused("a control below 0", _control(trial, -6.0, -0.001), "controls"),
        held("one control that cannot be computed", _silent_control(trial)),
        refused("that one, and the other loud", _silent_control(_control(trial, 0.001, 6.0)), "controls"),
        refused("no control can be computed", _silent_control(trial, both=True), "controls"),
        held("a control without low", _control(trial, None, -6.0)),
        held("a control without high", _control(trial, 6.0, None)),
        held("a control far from its edges", _control(trial, -6.0, 6.0)),
        refused("another radius finds nothing", _varied(trial, 0.0, 18.0), "robust"),
        refused("without one person nothing", _varied(trial, 16.0, 0.0), "robust"),
        refused("unknown at home: nothing", _bounds(trial, 0.0, 16.0), "robust"),
        refused("unknown out: nothing", _bounds(trial, 16.0, 0.0), "robust"),
        refused("a way not computed", _varied(trial, None, 18.0), "robust"),
        refused("a bound not computed", _bounds(trial, None, 16.0), "robust"),
        refused("nothing varied", trial.found(sensitivity=()), "robust"),
        refused("only left out", trial.found(sensitivity=trial.analysis.sensitivity[1:]), "robust"),
        refused("nobody left out", _nobody_left_out(trial), "robust"),
        refused("below the target, and not in another way", _missed(_varied(trial, 15.0, 5.0)), "robust"),
        refused(
            "below the target, and not with unknown out",
            _missed(_varied(_bounds(trial, 5.0, 15.0), 5.0, 5.0)),
            "robust",
        ),
    ]


def _of_the_words() -> list[Case]:
    trial = good()
    low = _varied(_bounds(trial, -5.0, 5.0), -9.0, 14.99)
    return [
        held("surely above the target", trial.primary(30.0, 20.0, 40.0, 0.001)),
        Case("missed, all of the interval", _missed(low), "not_achieved", "interval"),
        Case("fell", low.primary(-20.0, -30.0, -10.0, 0.001), "not_achieved", "interval"),
        Case("the interval touches the target", low.primary(7.0, 1.0, 15.0, 0.01), "cannot_tell", "interval"),
        Case("below, the target inside", low.primary(14.99, 1.0, 29.0, 0.01), "cannot_tell", "interval"),
        Case("above, nothing inside", trial.primary(15.0, 0.0, 30.0, 0.01), "cannot_tell", "interval"),
        Case("above, a loss inside", trial.primary(20.0, -3.0, 43.0, 0.01), "cannot_tell", "interval"),
        held("hardly more than nothing", trial.primary(15.0, 0.005, 30.0, 0.01)),
        Case("by chance, on the edge", trial.primary(15.0, 1.0, 30.0, 0.05), "cannot_tell", "randomisation"),
        Case("by chance", trial.primary(15.0, 1.0, 30.0, 0.055), "cannot_tell", "randomisation"),
        Case("no randomisation test", trial.primary(15.0, 1.0, 30.0, None), "cannot_tell", "randomisation"),
    ]


def _started(trial: Trial, person: str, start: date | None) -> Trial:
    return trial.with_tables(
        participants=tuple(
            replace(who, start=start) if who.person == person else who for who in trial.tables.participants
        )
    )


def _all_started(trial: Trial, start: date) -> Trial:
    return trial.with_tables(
        participants=tuple(replace(who, start=start) for who in trial.tables.participants)
    ).phases(*(phase for who in PERSONS for phase in _phases(who, start)))


def _begun(trial: Trial, days: int) -> Trial:
    """The first of them got the device so many days after the draw, and is compared as late."""
    late = timedelta(days=days)
    return trial.phases(
        *(
            replace(phase, first=phase.first + late)
            if phase.person == "P01" and phase.kind != "baseline"
            else phase
            for phase in trial.tables.phases
        )
    )


def _compared_after(trial: Trial, days: int) -> Trial:
    """The first of them is compared so many days after the start."""
    changed = [
        replace(phase, first=_start_of(trial, "P01") + timedelta(days=days))
        if phase.person == "P01" and phase.kind == "active"
        else phase
        for phase in trial.tables.phases
    ]
    return trial.phases(*changed)


def _silent_early(trial: Trial) -> Trial:
    start = _start_of(trial, "P01")
    early = Phase("P01", "silent", start + timedelta(days=7), start + timedelta(days=13))
    return trial.phases(*trial.tables.phases, early)


def _loggerless(trial: Trial, phase: PhaseKind) -> Trial:
    return trial.days(lambda day: replace(day, logger_hours=7.99) if day.phase == phase else day)


def _many_days(unseen: int) -> Trial:
    """200 valid days of each phase, `unseen` of them not by the logger."""
    days = [day for who in PERSONS for day in _days_of(who, 25, loggerless=())]
    blind = [day for day in days if day.phase == "active"][:unseen]
    return good().with_tables(
        days=tuple(replace(day, logger_hours=0.0) if day in blind else day for day in days)
    )


def _shorter(trial: Trial, phase: PhaseKind) -> Trial:
    last = [day for day in trial.tables.days if day.person == "P08" and day.phase == phase][-1]
    return trial.days(lambda day: None if day is last else replace(day, logger_hours=9.0))


def _nobody(trial: Trial) -> Trial:
    return trial.found(persons=())


def _covered(trial: Trial, before: int, after: int) -> Trial:
    return trial.found(coverage=(_coverage("baseline", 100, before), _coverage("active", 100, after)))


def _spread(trial: Trial, phase: PhaseKind, spread: float) -> Trial:
    return trial.days(
        lambda day: (
            replace(day, minutes_min=100.0 - spread, minutes_max=100.0 + spread)
            if day.phase == phase
            else day
        )
    )


def _nights_away(phase: PhaseKind, nights: int) -> Trial:
    """200 days of each phase; so many nights of one of them were spent elsewhere, by all in turn."""
    days = [day for who in PERSONS for day in _days_of(who, 25, loggerless=())]
    own = [day for number in range(25) for day in days[number::25] if day.phase == phase]
    away = {id(day) for day in own[:nights]}
    return good().with_tables(days=tuple(replace(day, night_home=id(day) not in away) for day in days))


def _told(trial: Trial, phase: PhaseKind, told: float) -> Trial:
    return trial.days(lambda day: replace(day, told=told) if day.phase == phase else day)


def _minutes(trial: Trial, phase: PhaseKind, minutes: float) -> Trial:
    return trial.days(
        lambda day: (
            replace(day, minutes=minutes, minutes_min=minutes, minutes_max=minutes)
            if day.phase == phase
            else day
        )
    )


def _difference(trial: Trial, low: float | None, high: float | None) -> Trial:
    return trial.found(coverage_difference=estimate("coverage_difference", 0.0, low, high))


def _control(trial: Trial, low: float | None, high: float | None) -> Trial:
    quiet = trial.analysis.controls[0]
    return trial.found(controls=(quiet, estimate("permuted_labels", 1.0, low, high)))


def _silent_control(trial: Trial, *, both: bool = False) -> Trial:
    permuted = trial.analysis.controls[1]
    none = estimate("shifted_start", None)
    return trial.found(controls=(none, replace(none, key="permuted_labels") if both else permuted))


def _varied(trial: Trial, radius: float | None, left_out: float | None) -> Trial:
    first, second = trial.analysis.sensitivity
    return trial.found(
        sensitivity=(
            replace(first, estimate=estimate("primary", radius)),
            replace(second, estimate=estimate("primary", left_out)),
        )
    )


def _nobody_left_out(trial: Trial) -> Trial:
    first, second = trial.analysis.sensitivity
    return trial.found(sensitivity=(first, replace(second, what="valid_hours")))


def _bounds(trial: Trial, home: float | None, out: float | None) -> Trial:
    rest = trial.analysis.bounds[2:]
    return trial.found(bounds=(estimate("unknown_home", home), estimate("unknown_out", out), *rest))


def _missed(trial: Trial) -> Trial:
    bounds = _bounds(trial, 5.0, 5.0) if trial.analysis.bounds[0].percent == 14.0 else trial
    return bounds.primary(5.0, -3.0, 14.99, 0.2)


_UNSEALED = Issue(code="plan_unsealed", effect="refused", where="frozen.sha256")


def _start_of(trial: Trial, person: str) -> date:
    return next(lot.start for lot in trial.tables.lots if lot.person == person)


def _lot_changed(trial: Trial) -> Trial:
    """What was written of one lot is the other start; the start itself is as drawn."""
    first, *rest = trial.tables.lots
    other = next(start for start in STARTS if start != first.start)
    return trial.with_tables(lots=(replace(first, start=other), *rest))


def _drawn_again(trial: Trial) -> Trial:
    """One person's lot is said to have been drawn later, alone, and gave the other start."""
    plan, lots = trial.tables.protocol, trial.tables.lots
    for lot in lots:
        own = drawing.starts([lot.person], plan, already=len(lots))[lot.person]
        if own != lot.start:
            begun = _started(trial, lot.person, own)
            rest = [phase for phase in trial.tables.phases if phase.person != lot.person]
            return begun.phases(*rest, *drawing.course(lot.person, own, plan))
    raise AssertionError("the seed gives nobody another start")


def _later(trial: Trial) -> Trial:
    """The last of the list was drawn in a second round."""
    plan, listed = trial.tables.protocol, trial.tables.participants
    first = drawing.starts([who.person for who in listed[:-1]], plan)
    starts = first | drawing.starts([listed[-1].person], plan, already=len(first))
    return trial.with_tables(
        lots=tuple(Lot(person, int(person not in first), start) for person, start in starts.items()),
        participants=tuple(replace(who, start=starts[who.person]) for who in listed),
        phases=drawing.phases(starts, plan),
    )


def _undrawn(trial: Trial, start: date | None, *, phases: bool = False) -> Trial:
    """Nobody drew a lot for the last of the list."""
    person = trial.tables.participants[-1].person
    others = dealt(trial.with_tables(participants=trial.tables.participants[:-1]))
    listed = (*others.tables.participants, Participant(person, date(2026, 4, 1), start))
    own = drawing.course(person, STARTS[0], trial.tables.protocol) if phases else ()
    return others.with_tables(participants=listed).phases(*others.tables.phases, *own)


def _ended(trial: Trial, ended: date, *, cut: bool = True, less: int = 0, told: bool = True) -> Trial:
    """The last of the list stopped, and their phases are cut there or `less` days before."""
    until = ended - timedelta(days=less)
    phases = [
        replace(phase, last=min(phase.last, until)) if phase.person == "P10" and cut else phase
        for phase in trial.tables.phases
        if phase.person != "P10" or not cut or phase.first <= until
    ]
    listed = [
        replace(who, ended=ended) if who.person == "P10" and told else who
        for who in trial.tables.participants
    ]
    return trial.with_tables(participants=tuple(listed)).phases(*phases)


def _swapped(trial: Trial) -> Trial:
    """Active and silent weeks of one person changed places."""
    other: dict[PhaseKind, PhaseKind] = {"active": "silent", "silent": "active"}
    return trial.phases(
        *(
            replace(phase, kind=other.get(phase.kind, phase.kind)) if phase.person == "P01" else phase
            for phase in trial.tables.phases
        )
    )


def _without_a_silent_week(trial: Trial) -> Trial:
    last = [phase for phase in trial.tables.phases if (phase.person, phase.kind) == ("P01", "silent")][-1]
    return trial.phases(*(phase for phase in trial.tables.phases if phase is not last))


def _lost_without_phases(trial: Trial) -> Trial:
    return trial.phases(*(phase for phase in trial.tables.phases if phase.person != "P09"))


def _two_persons() -> Trial:
    trial = good()
    one, other = PERSONS[-1], LOST[0]
    listed = tuple(who for who in trial.tables.participants if who.person in (one, other))
    return (
        dealt(trial.with_tables(participants=listed))
        .days(lambda day: replace(day, logger_hours=8.0) if day.person == one else None)
        .found(persons=(_person(one, analysed=True), _person(other, analysed=False)))
        .gates(least_persons=1, most_lost=0.5)
    )
