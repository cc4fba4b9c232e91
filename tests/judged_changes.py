"""What makes a trial fail a gate, or nearly: each takes the good trial and gives another one."""

from dataclasses import replace
from datetime import date, timedelta

from field_tests.study import drawing
from field_tests.study.protocol import Lot, Participant, Phase, PhaseKind
from tests.judged_trials import (
    LOST,
    PERSONS,
    STARTS,
    Trial,
    coverage_of,
    days_of,
    dealt,
    estimate,
    good,
    person_result,
    phases_of,
)


def started(trial: Trial, person: str, start: date | None) -> Trial:
    return trial.with_tables(
        participants=tuple(
            replace(who, start=start) if who.person == person else who for who in trial.tables.participants
        )
    )


def all_started(trial: Trial, start: date) -> Trial:
    return trial.with_tables(
        participants=tuple(replace(who, start=start) for who in trial.tables.participants)
    ).phases(*(phase for who in PERSONS for phase in phases_of(who, start)))


def begun(trial: Trial, days: int) -> Trial:
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


def compared_after(trial: Trial, days: int) -> Trial:
    """The first of them is compared so many days after the start."""
    changed = [
        replace(phase, first=start_of(trial, "P01") + timedelta(days=days))
        if phase.person == "P01" and phase.kind == "active"
        else phase
        for phase in trial.tables.phases
    ]
    return trial.phases(*changed)


def silent_early(trial: Trial) -> Trial:
    start = start_of(trial, "P01")
    early = Phase("P01", "silent", start + timedelta(days=7), start + timedelta(days=13))
    return trial.phases(*trial.tables.phases, early)


def loggerless(trial: Trial, phase: PhaseKind) -> Trial:
    return trial.days(lambda day: replace(day, logger_hours=7.99) if day.phase == phase else day)


def many_days(unseen: int) -> Trial:
    """200 valid days of each phase, `unseen` of them not by the logger."""
    days = [day for who in PERSONS for day in days_of(who, 25, loggerless=())]
    blind = [day for day in days if day.phase == "active"][:unseen]
    return good().with_tables(
        days=tuple(replace(day, logger_hours=0.0) if day in blind else day for day in days)
    )


def shorter(trial: Trial, phase: PhaseKind) -> Trial:
    last = [day for day in trial.tables.days if day.person == "P08" and day.phase == phase][-1]
    return trial.days(lambda day: None if day is last else replace(day, logger_hours=9.0))


def nobody(trial: Trial) -> Trial:
    return trial.found(persons=())


def covered(trial: Trial, before: int, after: int) -> Trial:
    return trial.found(coverage=(coverage_of("baseline", 100, before), coverage_of("active", 100, after)))


def spread(trial: Trial, phase: PhaseKind, spread: float) -> Trial:
    return trial.days(
        lambda day: (
            replace(day, minutes_min=100.0 - spread, minutes_max=100.0 + spread)
            if day.phase == phase
            else day
        )
    )


def nights_away(phase: PhaseKind, nights: int) -> Trial:
    """200 days of each phase; so many nights of one of them were spent elsewhere, by all in turn."""
    days = [day for who in PERSONS for day in days_of(who, 25, loggerless=())]
    own = [day for number in range(25) for day in days[number::25] if day.phase == phase]
    away = {id(day) for day in own[:nights]}
    return good().with_tables(days=tuple(replace(day, night_home=id(day) not in away) for day in days))


def told(trial: Trial, phase: PhaseKind, told: float) -> Trial:
    return trial.days(lambda day: replace(day, told=told) if day.phase == phase else day)


def minutes(trial: Trial, phase: PhaseKind, minutes: float) -> Trial:
    return trial.days(
        lambda day: (
            replace(day, minutes=minutes, minutes_min=minutes, minutes_max=minutes)
            if day.phase == phase
            else day
        )
    )


def difference(trial: Trial, low: float | None, high: float | None) -> Trial:
    return trial.found(coverage_difference=estimate("coverage_difference", 0.0, low, high))


def control(trial: Trial, low: float | None, high: float | None) -> Trial:
    quiet = trial.analysis.controls[0]
    return trial.found(controls=(quiet, estimate("permuted_labels", 1.0, low, high)))


def silent_control(trial: Trial, *, both: bool = False) -> Trial:
    permuted = trial.analysis.controls[1]
    none = estimate("shifted_start", None)
    return trial.found(controls=(none, replace(none, key="permuted_labels") if both else permuted))


def varied(trial: Trial, radius: float | None, left_out: float | None) -> Trial:
    first, second = trial.analysis.sensitivity
    return trial.found(
        sensitivity=(
            replace(first, estimate=estimate("primary", radius)),
            replace(second, estimate=estimate("primary", left_out)),
        )
    )


def nobody_left_out(trial: Trial) -> Trial:
    first, second = trial.analysis.sensitivity
    return trial.found(sensitivity=(first, replace(second, what="valid_hours")))


def bounds(trial: Trial, home: float | None, out: float | None) -> Trial:
    rest = trial.analysis.bounds[2:]
    return trial.found(bounds=(estimate("unknown_home", home), estimate("unknown_out", out), *rest))


def missed(trial: Trial) -> Trial:
    given = bounds(trial, 5.0, 5.0) if trial.analysis.bounds[0].percent == 14.0 else trial
    return given.primary(5.0, -3.0, 14.99, 0.2)


def start_of(trial: Trial, person: str) -> date:
    return next(lot.start for lot in trial.tables.lots if lot.person == person)


def lot_changed(trial: Trial) -> Trial:
    """What was written of one lot is the other start; the start itself is as drawn."""
    first, *rest = trial.tables.lots
    other = next(start for start in STARTS if start != first.start)
    return trial.with_tables(lots=(replace(first, start=other), *rest))


def drawn_again(trial: Trial) -> Trial:
    """One person's lot is said to have been drawn later, alone, and gave the other start."""
    plan, lots = trial.tables.protocol, trial.tables.lots
    for lot in lots:
        own = drawing.starts([lot.person], plan, already=len(lots))[lot.person]
        if own != lot.start:
            begun = started(trial, lot.person, own)
            rest = [phase for phase in trial.tables.phases if phase.person != lot.person]
            return begun.phases(*rest, *drawing.course(lot.person, own, plan))
    raise AssertionError("the seed gives nobody another start")


def later(trial: Trial) -> Trial:
    """The last of the list was drawn in a second round."""
    plan, listed = trial.tables.protocol, trial.tables.participants
    first = drawing.starts([who.person for who in listed[:-1]], plan)
    starts = first | drawing.starts([listed[-1].person], plan, already=len(first))
    return trial.with_tables(
        lots=tuple(Lot(person, int(person not in first), start) for person, start in starts.items()),
        participants=tuple(replace(who, start=starts[who.person]) for who in listed),
        phases=drawing.phases(starts, plan),
    )


def undrawn(trial: Trial, start: date | None, *, phases: bool = False) -> Trial:
    """Nobody drew a lot for the last of the list."""
    person = trial.tables.participants[-1].person
    others = dealt(trial.with_tables(participants=trial.tables.participants[:-1]))
    listed = (*others.tables.participants, Participant(person, date(2026, 4, 1), start))
    own = drawing.course(person, STARTS[0], trial.tables.protocol) if phases else ()
    return others.with_tables(participants=listed).phases(*others.tables.phases, *own)


def ended(trial: Trial, ended: date, *, cut: bool = True, less: int = 0, told: bool = True) -> Trial:
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


def swapped(trial: Trial) -> Trial:
    """Active and silent weeks of one person changed places."""
    other: dict[PhaseKind, PhaseKind] = {"active": "silent", "silent": "active"}
    return trial.phases(
        *(
            replace(phase, kind=other.get(phase.kind, phase.kind)) if phase.person == "P01" else phase
            for phase in trial.tables.phases
        )
    )


def without_a_silent_week(trial: Trial) -> Trial:
    last = [phase for phase in trial.tables.phases if (phase.person, phase.kind) == ("P01", "silent")][-1]
    return trial.phases(*(phase for phase in trial.tables.phases if phase is not last))


def lost_without_phases(trial: Trial) -> Trial:
    return trial.phases(*(phase for phase in trial.tables.phases if phase.person != "P09"))


def two_persons() -> Trial:
    trial = good()
    one, other = PERSONS[-1], LOST[0]
    listed = tuple(who for who in trial.tables.participants if who.person in (one, other))
    return (
        dealt(trial.with_tables(participants=listed))
        .days(lambda day: replace(day, logger_hours=8.0) if day.person == one else None)
        .found(persons=(person_result(one, analysed=True), person_result(other, analysed=False)))
        .gates(least_persons=1, most_lost=0.5)
    )
