"""What the gates measure: each function one row of `field_tests.study.gates`, from a trial's tables. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from field_tests.issues import ISSUES
from field_tests.study import gate_words as words
from field_tests.study import names
from field_tests.study.analyse import Analysis
from field_tests.study.conditions import Measured
from field_tests.study.panel import COMPARED_TO
from field_tests.study.protocol import Design, PhaseKind
from field_tests.study.result import Estimate
from field_tests.study.tables import PersonDay, TrialTables

# Novelty of a new thing that is worn peaks about week 5; the sixth week is the first after it.
LEAST_WASH_IN_DAYS: Final = 42
# A phone may fail on a day in ten and the person's week is still seen without the device.
LEAST_LOGGER_SHARE: Final = 0.9


@dataclass(frozen=True)
class Trial:
    """What the gates look at."""

    tables: TrialTables
    analysis: Analysis

    @property
    def compared(self) -> tuple[PhaseKind, PhaseKind]:
        """What the active phase is compared to, and the active phase."""
        return (COMPARED_TO[self.tables.protocol.design], "active")

    @cached_property
    def analysed(self) -> frozenset[str]:
        """Those in the primary estimate."""
        return frozenset(person.person for person in self.analysis.persons if person.analysed)

    @cached_property
    def valid(self) -> dict[PhaseKind, list[PersonDay]]:
        """The days of both compared phases that count, of those analysed."""
        analysed = self.analysed
        days = [day for day in self.tables.days if day.valid and day.person in analysed]
        return {phase: [day for day in days if day.phase == phase] for phase in self.compared}


def definitions(trial: Trial) -> Measured:
    """The days were counted by the frozen definitions."""
    used, frozen = trial.tables.definitions_sha256, trial.tables.protocol.definitions_sha256
    return Measured(used != "" and used == frozen, words.start_of(used), words.start_of(frozen))


def data(trial: Trial) -> Measured:
    """No fault of the data forbids a verdict."""
    refused = [issue for issue in trial.tables.issues if issue.effect == "refused"]
    codes = sorted({issue.code for issue in refused})
    return Measured(not refused, words.listed(ISSUES[code] for code in codes), words.NONE)


def design(trial: Trial) -> Measured:
    """The design tells the device from season and novelty."""
    asked: tuple[Design, ...] = ("randomised_start", "silent_weeks")
    seen = trial.tables.protocol.design
    return Measured(seen in asked, names.DESIGNS[seen], words.either(names.DESIGNS[each] for each in asked))


def wash_in(trial: Trial) -> Measured:
    """The first weeks with the device are not compared."""
    asked = max(trial.tables.protocol.wash_in_days, LEAST_WASH_IN_DAYS)
    starts = {who.person: who.start for who in trial.tables.participants}
    kept = min((_days_before_compared(trial, who, starts.get(who)) for who in trial.analysed), default=0)
    return Measured(kept >= asked, words.days(kept), words.at_least(words.days(asked)))


def _days_before_compared(trial: Trial, person: str, start: date | None) -> int:
    compared = [
        phase.first
        for phase in trial.tables.phases
        if phase.person == person and phase.kind in ("active", "silent")
    ]
    if start is None or not compared:
        return 0
    return (min(compared) - start).days


def logger(trial: Trial) -> Measured:
    """The logger saw enough in both compared phases."""
    share = min(_logger_share(trial, phase) for phase in trial.compared)
    asked = words.at_least(words.share(LEAST_LOGGER_SHARE))
    return Measured(share >= LEAST_LOGGER_SHARE, words.share(share), asked)


def _logger_share(trial: Trial, phase: PhaseKind) -> float:
    """Share of the phase's valid days that the logger alone would have made valid."""
    days = trial.valid[phase]
    asked = trial.tables.protocol.valid.waking_hours
    seen = sum(day.logger_hours is not None and day.logger_hours >= asked for day in days)
    return seen / max(len(days), 1)


def baseline(trial: Trial) -> Measured:
    """Everybody analysed has the days that the plan asks for, to compare to."""
    asked = trial.tables.protocol.valid.days_per_phase
    reference, _ = trial.compared
    count = Counter(day.person for day in trial.valid[reference])
    fewest = min((count[who] for who in trial.analysed), default=0)
    return Measured(fewest >= asked, words.days(fewest), words.at_least(words.days(asked)))


def least_persons(trial: Trial) -> Measured:
    """Enough persons are analysed."""
    asked = trial.tables.protocol.gates.least_persons
    count = len(trial.analysed)
    return Measured(count >= asked, words.persons(count), words.at_least(words.persons(asked)))


def most_lost(trial: Trial) -> Measured:
    """Not too many of those enrolled are missing."""
    limit = trial.tables.protocol.gates.most_lost
    enrolled = {who.person for who in trial.tables.participants}
    share = len(enrolled - trial.analysed) / max(len(enrolled), 1)
    return Measured(share <= limit, words.share(share), words.at_most(words.share(limit)))


def least_valid_share(trial: Trial) -> Measured:
    """Enough of the planned days count, in both compared phases."""
    limit = trial.tables.protocol.gates.least_valid_share
    shares = {row.phase: row.valid_days / max(row.planned_days, 1) for row in trial.analysis.coverage}
    worst = min(shares.get(phase, 0.0) for phase in trial.compared)
    return Measured(worst >= limit, words.share(worst), words.at_least(words.share(limit)))


def most_coverage_difference(trial: Trial) -> Measured:
    """The whole interval of the difference of coverage is small."""
    limit = trial.tables.protocol.gates.most_coverage_difference * 100.0
    seen = trial.analysis.coverage_difference
    small = seen.low is not None and seen.high is not None and seen.low >= -limit and seen.high <= limit
    return Measured(small, words.estimate(seen, words.POINTS), words.within_points(limit))


def most_bounds_width(trial: Trial) -> Measured:
    """Bounds are narrow in both compared phases."""
    limit = trial.tables.protocol.gates.most_bounds_width
    widths = [_width(trial.valid[phase]) for phase in trial.compared]
    widest = None if None in widths else max(width for width in widths if width is not None)
    return Measured(
        widest is not None and widest <= limit,
        words.NOBODY_OUT if widest is None else words.share(widest),
        words.at_most(words.share(limit)),
    )


def _width(days: Sequence[PersonDay]) -> float | None:
    best = sum(day.minutes for day in days)
    spread = sum(day.minutes_max - day.minutes_min for day in days)
    return spread / best if best > 0.0 else None


def interval(trial: Trial) -> Measured:
    """The primary estimate has its interval."""
    seen = trial.analysis.primary
    ordered = (
        seen.percent is not None
        and seen.low is not None
        and seen.high is not None
        and seen.low <= seen.percent <= seen.high
    )
    return Measured(ordered, words.estimate(seen), words.COMPUTED)


def controls(trial: Trial) -> Measured:
    """The interval of each control that has one holds 0, and there is one."""
    judged = [ends for control in trial.analysis.controls if (ends := _ends(control)) is not None]
    return Measured(
        bool(judged) and all(low <= 0.0 <= high for low, high in judged),
        words.listed(_control_told(control) for control in trial.analysis.controls),
        words.HOLDS_NOTHING,
    )


def _control_told(control: Estimate) -> tuple[str, str]:
    ja, en = names.ESTIMATES[control.key]
    told_ja, told_en = words.estimate(control)
    return (f"{ja}: {told_ja}", f"{en}: {told_en}")


def _ends(control: Estimate) -> tuple[float, float] | None:
    """Its interval; a control without one says nothing for or against, and the report shows that."""
    return None if control.low is None or control.high is None else (control.low, control.high)


def robust(trial: Trial) -> Measured:
    """No other way of counting takes the primary estimate's word back."""
    target = trial.tables.protocol.target_percent
    primary = trial.analysis.primary.percent
    ways = [row.estimate.percent for row in trial.analysis.sensitivity]
    ways += [row.percent for row in trial.analysis.bounds if row.key in ("unknown_home", "unknown_out")]
    known = [percent for percent in ways if percent is not None]
    varied = {row.what for row in trial.analysis.sensitivity}
    whole = "leave_out" in varied and len(varied) > 1 and len(known) == len(ways)
    if not whole or primary is None:
        return Measured(False, _ways_told(len(known), len(ways)), words.ALL_WAYS)
    if primary >= target:
        return Measured(min(known) > 0.0, words.span(known), words.ALL_ABOVE)
    return Measured(max(known) < target, words.span(known), _all_below(target))


def _ways_told(known: int, ways: int) -> tuple[str, str]:
    return (f"調べた{ways}通りのうち{known}通り", f"{known} of {ways} that were examined")


def _all_below(target: float) -> tuple[str, str]:
    return (f"すべて {target:+.1f} % より下", f"all below {target:+.1f} %")
