"""Whole months of each person, on which side of the comparison they are, and what they cost. Pure.

A bill is of a month, and so is a cap on self-pay: a month of which only a part is known, or which has two
phases, is shown and never compared, and never scaled to a whole one.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from field_tests.fees.ledger import Line, Record
from field_tests.study.closing import fees_after
from field_tests.study.protocol import Participant, Phase
from field_tests.study.result import FeeMonth
from field_tests.study.tables import PersonDay, TrialTables

# What months are compared with; the other side is that of the design (`closing.fees_after`).
BEFORE: Final = "baseline"
PART: Final = "part"


@dataclass(frozen=True, slots=True)
class Side:
    """A person's whole months on one side: all known, with their lines."""

    months: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A person with a whole record of both sides."""

    person: str
    before: Side
    after: Side


def days_of(month: str) -> tuple[date, date]:
    """First and last day of 2026-11."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def sides(who: Participant, tables: TrialTables, lines: Sequence[Line]) -> dict[str, str]:
    """Each month from the first to the last of which the person's record tells: its phase, or `part`."""
    if not lines:
        return {}
    since, until = _kept(who, tables, lines)
    phases = [phase for phase in tables.phases if phase.person == who.person]
    starts = [phase.first for phase in phases if phase.kind != "baseline"]
    device = min([*starts, *([who.start] if who.start else [])], default=None)
    return {
        month: _side(days_of(month), since, until, device, phases) for month in months_between(since, until)
    }


def _kept(who: Participant, tables: TrialTables, lines: Sequence[Line]) -> tuple[date, date]:
    """From when to when a record was kept: of bills from before the trial, their whole months."""
    begun = max(who.enrolled, tables.protocol.first)
    first = min(line.day for line in lines)
    since = begun if first >= begun else first.replace(day=1)
    return since, min(who.ended or tables.protocol.last, tables.protocol.last)


def months_between(since: date, until: date) -> Iterator[str]:
    """Months from the one of `since` to the one of `until`."""
    at = since.replace(day=1)
    while at <= until:
        yield f"{at:%Y-%m}"
        at = days_of(f"{at:%Y-%m}")[1] + timedelta(days=1)


def _side(
    days: tuple[date, date], since: date, until: date, device: date | None, phases: Sequence[Phase]
) -> str:
    first, last = days
    if first < since or last > until:
        return PART
    if device is None or last < device:
        return BEFORE
    kinds = {_kind_on(first + timedelta(days=number), phases) for number in range((last - first).days + 1)}
    only = kinds.pop()
    return PART if only is None or kinds else only


def _kind_on(when: date, phases: Sequence[Phase]) -> str | None:
    """A phase may be written in pieces, week after week; None where there is none, or more than one."""
    kinds = [phase.kind for phase in phases if phase.first <= when <= phase.last]
    return kinds[0] if len(kinds) == 1 else None


def pairs(record: Record, tables: TrialTables) -> tuple[Pair, ...]:
    """Those of whom each whole month of both sides is known, by name. A month without a line is not known."""
    by_person = _by_person(record.lines)
    compared = (BEFORE, fees_after(tables.protocol.design))
    found = []
    for person, who in sorted(_listed(tables).items()):
        lines = by_person.get(person, [])
        side_of = sides(who, tables, lines)
        before, after = (_whole(person, side_of, side, record, lines) for side in compared)
        if before is not None and after is not None:
            found.append(Pair(person, before, after))
    return tuple(found)


def _listed(tables: TrialTables) -> dict[str, Participant]:
    return {who.person: who for who in tables.participants}


def _by_person(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.person].append(line)
    return found


def _whole(
    person: str, side_of: dict[str, str], side: str, record: Record, lines: Sequence[Line]
) -> Side | None:
    months = tuple(month for month, of in side_of.items() if of == side)
    known = {line.month for line in lines}
    if not months or any(month not in known or (person, month) in record.spoilt for month in months):
        return None
    return Side(months, tuple(line for line in lines if line.month in months))


def lines_of(compared: Iterable[Pair]) -> tuple[Line, ...]:
    """All lines of the months compared."""
    return tuple(line for pair in compared for side in (pair.before, pair.after) for line in side.lines)


def months_of(compared: Iterable[Pair]) -> frozenset[tuple[str, str]]:
    """The months compared, each with its person."""
    return frozenset(
        (pair.person, month)
        for pair in compared
        for side in (pair.before, pair.after)
        for month in side.months
    )


def fee_months(record: Record, tables: TrialTables) -> tuple[FeeMonth, ...]:
    """Every month of which there is a line, by person and month."""
    days = defaultdict(list)
    for day in tables.days:
        days[day.person, f"{day.day:%Y-%m}"].append(day)
    by_person = _by_person(record.lines)
    found = []
    for person, who in sorted(_listed(tables).items()):
        side_of = sides(who, tables, by_person.get(person, []))
        for month in sorted({line.month for line in by_person.get(person, [])}):
            lines = [line for line in by_person[person] if line.month == month]
            found.append(_fee_month(lines, side_of.get(month, PART), days[person, month], tables))
    return tuple(found)


def _fee_month(lines: Sequence[Line], phase: str, days: Sequence[PersonDay], tables: TrialTables) -> FeeMonth:
    minutes = sum(line.minutes for line in lines)
    return FeeMonth(
        person=lines[0].person,
        month=lines[0].month,
        phase=phase,
        gross_yen=sum(line.gross_yen for line in lines),
        self_pay_yen=sum(line.self_pay_yen for line in lines),
        public_yen=sum(line.public_yen for line in lines),
        accompanied_hours=minutes / 60.0,
        alone_hours=_alone(minutes, lines[0].month, days, tables.protocol.gates.most_bounds_width),
    )


def _alone(accompanied: int, month: str, days: Sequence[PersonDay], most_width: float) -> float | None:
    """Hours out without a helper; None unless each day was counted, in bounds that a verdict allows."""
    first, last = days_of(month)
    out = sum(day.minutes for day in days)
    spread = sum(day.minutes_max - day.minutes_min for day in days)
    if len(days) <= (last - first).days or spread > most_width * out or out < accompanied:
        return None
    return (out - accompanied) / 60.0
