"""The ledger of fees: one line a service given, in integer yen, each line looked at before it is added."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from field_tests.fees.tariff import Tariff
from field_tests.fees.tariff_file import read as read_tariff
from field_tests.issues import Issue
from field_tests.study.found import Found
from field_tests.study.moments import day
from field_tests.study.reading_context import FeeFiles
from field_tests.study.reading_csv import Row, Table, number, person_of

LEDGER: Final = "fees/ledger.csv"
_MOST_HOURS: Final = 24.0  # a line is of one day


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A service given to a person on a day. `gross_yen` is `self_pay_yen` and `public_yen` together."""

    person: str
    day: date
    service: str
    minutes: int
    gross_yen: int
    self_pay_yen: int
    public_yen: int
    note: str = ""

    @property
    def month(self) -> str:
        """2026-11."""
        return f"{self.day:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What device or server cost in a month, for all participants."""

    month: str
    what: str
    yen: int


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of fees. `spoilt`: (person, month) with a line that cannot be used: no right sum.

    `unplaced`: lines of which not even person and month are known: then no month of anybody is right.
    `billed`: (person, month) of which the office's total is known, and the lines were held against it.
    """

    lines: tuple[Line, ...] = ()
    tariff: Tariff | None = None
    costs: tuple[Cost, ...] = ()
    spoilt: frozenset[tuple[str, str]] = frozenset()
    unplaced: int = 0
    billed: frozenset[tuple[str, str]] = frozenset()


@dataclass(slots=True)
class _Reading:
    """Lines as they come, and what was wrong with them."""

    found: Found
    name: str
    lines: list[Line] = field(default_factory=list)
    spoilt: set[tuple[str, str]] = field(default_factory=set)
    unplaced: int = 0


def read(files: FeeFiles, found: Found, told: Iterable[Issue] = ()) -> Record:
    """The record in a folder's files. `told`: what was found before, lines that could not be read."""
    tariff = None if files.tariff is None else read_tariff(files.tariff, found)
    costs = () if files.costs is None else _costs(files.costs, found)
    lost = sum(issue.count for issue in told if issue.where.startswith(LEDGER))
    if files.ledger is None:
        return Record(tariff=tariff, costs=costs, unplaced=lost)
    reading = _Reading(found, files.ledger.name)
    for row in files.ledger.rows:
        _take(reading, row)
    return Record(
        lines=_once(reading),
        tariff=tariff,
        costs=costs,
        spoilt=frozenset(reading.spoilt),
        unplaced=reading.unplaced + lost,
    )


def _take(reading: _Reading, row: Row) -> None:
    try:
        person, when = person_of(row.cells), day(row.cells["day"])
    except ValueError as error:
        reading.unplaced += 1
        reading.found.add("line_unreadable", "refused", reading.name, row.line, detail=str(error))
        return
    try:
        line = _line(row, person, when)
    except ValueError as error:
        reading.spoilt.add((person, f"{when:%Y-%m}"))
        reading.found.add(
            "line_unreadable", "left_out", reading.name, row.line, person=person, detail=str(error)
        )
        return
    if line.gross_yen != line.self_pay_yen + line.public_yen:
        reading.spoilt.add((person, line.month))
        sums = f"{line.gross_yen} != {line.self_pay_yen} + {line.public_yen}"
        reading.found.add("fee_does_not_add", "left_out", reading.name, row.line, person=person, detail=sums)
        return
    reading.lines.append(line)


def _line(row: Row, person: str, when: date) -> Line:
    cells = row.cells
    hours = number(cells, "hours")
    if not 0.0 <= hours <= _MOST_HOURS:
        raise ValueError(f"hours: {cells['hours']}")
    gross, own, public = (yen(cells, column) for column in ("gross_yen", "self_pay_yen", "public_yen"))
    return Line(person, when, cells["service"], round(hours * 60.0), gross, own, public, cells["note"])


def yen(cells: Mapping[str, str], column: str) -> int:
    """Whole yen of a cell, or ValueError: `int` would take 1_000, and no price has a fraction."""
    text = cells[column]
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{column}: {text[:40]!r} is no whole number of yen")
    return int(text)


def _once(reading: _Reading) -> tuple[Line, ...]:
    """Each line once, in order: two services that are equal in all columns differ by their note.

    A note is easily changed: services that differ in nothing else are counted, and named.
    """
    times = Counter(reading.lines)
    for line, count in sorted(Counter(replace(line, note="") for line in times).items()):
        reading.found.add(
            "fee_maybe_doubled", "note", reading.name, person=line.person, detail=str(line.day),
            count=count - 1 if line.minutes else 0,
        )  # fmt: skip
    for line in sorted(times):
        more = times[line] - 1 if line.minutes else 0
        reading.found.add(
            "fee_doubled", "mended", reading.name, person=line.person, detail=str(line.day), count=more
        )
    return tuple(sorted(times))


def _costs(table: Table, found: Found) -> tuple[Cost, ...]:
    costs = []
    for row in table.rows:
        try:
            month = f"{day(row.cells['month'] + '-01'):%Y-%m}"
            costs.append(Cost(month, row.cells["what"], yen(row.cells, "yen")))
        except ValueError as error:
            found.add("line_unreadable", "left_out", table.name, row.line, detail=str(error))
    return tuple(costs)


def only(record: Record, persons: Iterable[str], found: Found) -> Record:
    """The record of those on the list; lines of others are told."""
    listed = set(persons)
    for line in record.lines:
        if line.person not in listed:
            found.add("participant_unknown", "left_out", LEDGER, person=line.person)
    return replace(record, lines=tuple(line for line in record.lines if line.person in listed))
