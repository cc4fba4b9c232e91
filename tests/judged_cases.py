"""Trials on the edge of each gate, and the verdict each must get: what tests of gates and mutants share."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from field_tests.issues import Issue
from field_tests.study.protocol import ValidDay
from field_tests.study.result import (
    Word,
)
from tests import judged_changes as to
from tests.judged_trials import STARTS, Trial, coverage_of, dealt, good, silent, small

_UNSEALED = Issue(code="plan_unsealed", effect="refused", where="frozen.sha256")


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
    start = to.start_of(trial, "P10")
    before, day = start - timedelta(days=1), timedelta(days=1)
    return [
        refused("a start that was not drawn", to.started(trial, "P01", date(2026, 5, 10)), "drawn"),
        refused(
            "a lost one's start that was not drawn", to.started(trial, "P10", date(2026, 5, 10)), "drawn"
        ),
        refused("begun a day after the draw", to.begun(trial, 1), "drawn"),
        held("phases in any order", trial.phases(*trial.tables.phases[::-1])),
        refused("all start on a day", to.all_started(trial, STARTS[0]), "drawn"),
        refused("one start only was possible", dealt(trial.plan(possible_starts=STARTS[:1])), "drawn"),
        held("the other start is a lost one's", to.two_persons()),
        refused("another seed", trial.plan(seed=8), "drawn"),
        replace(
            refused("no lots", trial.with_tables(lots=()), "drawn"), says="It was: no record of the draw"
        ),
        replace(
            refused("no possible starts", trial.plan(possible_starts=()), "drawn"),
            says="It was: no record of the draw",
        ),
        refused("a lot that was written over", to.lot_changed(trial), "drawn"),
        refused("somebody drawn again alone", to.drawn_again(trial), "drawn"),
        held("somebody who came later", to.later(trial)),
        held("somebody whom nobody drew, and who never began", to.undrawn(trial, None)),
        refused("somebody whom nobody drew", to.undrawn(trial, STARTS[0]), "drawn"),
        refused("somebody whom nobody drew, with phases", to.undrawn(trial, None, phases=True), "drawn"),
        held("stopped, phases as drawn", to.ended(trial, start + 9 * day, cut=False)),
        held("stopped, phases cut", to.ended(trial, start + 9 * day)),
        refused("stopped, phases cut a day too early", to.ended(trial, start + 9 * day, less=1), "drawn"),
        refused("cut, and not stopped", to.ended(trial, start + 9 * day, told=False), "drawn"),
        held("stopped on the first day", to.ended(trial, start)),
        held("stopped before the start, which stays", to.ended(trial, before)),
        held("stopped before the start", to.started(to.ended(trial, before), "P10", None)),
        refused(
            "stopped on the start, taken out",
            to.started(to.ended(trial, start), "P10", None),
            "drawn",
        ),
        refused("a start taken out", to.started(trial, "P10", None), "drawn"),
        refused(
            "stopped before another",
            to.started(to.ended(trial, before), "P10", STARTS[0] - day),
            "drawn",
        ),
        refused("silent weeks of another seed", quiet.plan(seed=8), "drawn"),
        refused("silent weeks that were chosen", to.swapped(quiet), "drawn"),
        refused("a silent week left out", to.without_a_silent_week(quiet), "drawn"),
        refused("a lost one's weeks left out", to.lost_without_phases(quiet), "drawn"),
        refused("no phases", quiet.phases(), "drawn", "wash_in"),
    ]


def _of_the_data() -> list[Case]:
    trial = good()
    faulty = Issue(code="phases_overlap", effect="refused", where="phases.csv:2")
    return [
        refused("a fault that forbids", trial.with_tables(issues=(faulty,)), "data"),
        held("wash-in of six weeks, all kept", dealt(trial.plan(wash_in_days=42))),
        refused("a day less than six weeks", dealt(trial.plan(wash_in_days=41)), "wash_in"),
        refused("a day less than the plan", to.compared_after(trial, 55), "drawn", "wash_in"),
        refused("one person without a start", to.started(trial, "P01", None), "drawn", "wash_in"),
        refused("one person without phases", trial.phases(*trial.tables.phases[3:]), "drawn", "wash_in"),
        refused("a silent week in the wash-in", to.silent_early(trial), "drawn", "wash_in"),
        refused("logger of the device only", to.loggerless(trial, "baseline"), "logger"),
        refused("no logger when active", to.loggerless(trial, "active"), "logger"),
        refused(
            "the logger's hours not counted", trial.days(lambda d: replace(d, logger_hours=None)), "logger"
        ),
        refused("the logger on a few days less", to.many_days(21), "logger"),
        held("the logger on just enough of many days", to.many_days(20)),
        refused("a day of baseline less", to.shorter(trial, "baseline"), "baseline"),
        held("an active day less is the analysis' own matter", to.shorter(trial, "active")),
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
            to.nobody(trial),
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
            to.nobody(trial.with_tables(participants=trial.tables.participants[:1])).gates(most_lost=0.6),
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
            to.nobody(trial.with_tables(participants=(), days=()).plan(valid=ValidDay(8.0, 1))),
            "least_persons",
            "drawn",
            "wash_in",
            "logger",
            "baseline",
            "most_bounds_width",
            "homes_alike",
            "bounds_alike",
        ),
        refused("too few valid days before", to.covered(trial, 59, 70), "least_valid_share"),
        refused("too few valid days after", to.covered(trial, 70, 59), "least_valid_share"),
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
            trial.found(coverage=(coverage_of("baseline", 0, 0), coverage_of("active", 1, 1))),
            "least_valid_share",
        ),
        refused("bounds too wide", to.spread(trial, "active", 50.02), "most_bounds_width", "bounds_alike"),
        refused("bounds a little wide before", to.spread(trial, "baseline", 50.02), "most_bounds_width"),
        refused("nobody out before", to.minutes(trial, "baseline", 0.0), "most_bounds_width", "bounds_alike"),
        refused("hardly a second out before", to.minutes(trial, "baseline", 0.0001), "bounds_alike"),
        held("a second out in both", to.minutes(to.minutes(trial, "baseline", 0.0001), "active", 0.0001)),
    ]


def _of_likeness() -> list[Case]:
    trial = good()
    return [
        held("five nights of 200 elsewhere", to.nights_away("active", 5)),
        refused("six nights elsewhere", to.nights_away("active", 6), "homes_alike"),
        refused("six nights elsewhere before", to.nights_away("baseline", 6), "homes_alike"),
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
        refused("somebody's word when active", to.told(trial, "active", 0.0501), "evidence_alike"),
        refused("somebody's word before", to.told(trial, "baseline", 0.1001), "evidence_alike"),
        held("somebody's word, on the other edge", to.told(trial, "baseline", 0.1)),
        refused("somebody's word of one day", to.told(small(), "active", 0.06), "evidence_alike"),
        refused("less unknown before", to.spread(trial, "baseline", 39.99), "bounds_alike"),
        refused("less unknown after", to.spread(trial, "active", 29.99), "bounds_alike"),
        held("less unknown after, on the edge", to.spread(trial, "active", 30.0)),
    ]


def _of_the_statistics() -> list[Case]:
    trial = good()
    return [
        refused("coverage rose", to.difference(trial, -5.0, 5.0003), "most_coverage_difference"),
        refused("coverage fell", to.difference(trial, -5.0003, 5.0), "most_coverage_difference"),
        refused("coverage without low", to.difference(trial, None, 5.0), "most_coverage_difference"),
        refused("coverage without high", to.difference(trial, -5.0, None), "most_coverage_difference"),
        refused("no estimate", trial.primary(None, 1.0, 30.0, 0.01), "interval", "robust"),
        refused("no low end", trial.primary(20.0, None, 30.0, 0.01), "interval"),
        refused("no high end", trial.primary(20.0, 1.0, None, 0.01), "interval"),
        refused("estimate below its interval", trial.primary(20.0, 21.0, 30.0, 0.01), "interval"),
        refused("estimate above its interval", trial.primary(20.0, 1.0, 19.0, 0.01), "interval"),
        held("an interval of one point", trial.primary(15.0, 15.0, 15.0, 0.01)),
        refused("no control", trial.found(controls=()), "controls"),
        refused("a control above 0", to.control(trial, 0.001, 6.0), "controls"),
        refused("a control below 0", to.control(trial, -6.0, -0.001), "controls"),
        held("one control that cannot be computed", to.silent_control(trial)),
        refused("that one, and the other loud", to.silent_control(to.control(trial, 0.001, 6.0)), "controls"),
        refused("no control can be computed", to.silent_control(trial, both=True), "controls"),
        held("a control without low", to.control(trial, None, -6.0)),
        held("a control without high", to.control(trial, 6.0, None)),
        held("a control far from its edges", to.control(trial, -6.0, 6.0)),
        refused("another radius finds nothing", to.varied(trial, 0.0, 18.0), "robust"),
        refused("without one person nothing", to.varied(trial, 16.0, 0.0), "robust"),
        refused("unknown at home: nothing", to.bounds(trial, 0.0, 16.0), "robust"),
        refused("unknown out: nothing", to.bounds(trial, 16.0, 0.0), "robust"),
        refused("a way not computed", to.varied(trial, None, 18.0), "robust"),
        refused("a bound not computed", to.bounds(trial, None, 16.0), "robust"),
        refused("nothing varied", trial.found(sensitivity=()), "robust"),
        refused("only left out", trial.found(sensitivity=trial.analysis.sensitivity[1:]), "robust"),
        refused("nobody left out", to.nobody_left_out(trial), "robust"),
        refused("below the target, and not in another way", to.missed(to.varied(trial, 15.0, 5.0)), "robust"),
        refused(
            "below the target, and not with unknown out",
            to.missed(to.varied(to.bounds(trial, 5.0, 15.0), 5.0, 5.0)),
            "robust",
        ),
    ]


def _of_the_words() -> list[Case]:
    trial = good()
    low = to.varied(to.bounds(trial, -5.0, 5.0), -9.0, 14.99)
    return [
        held("surely above the target", trial.primary(30.0, 20.0, 40.0, 0.001)),
        Case("missed, all of the interval", to.missed(low), "not_achieved", "interval"),
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
