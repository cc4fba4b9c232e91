"""What the office billed in each month, beside the ledger: a line that is missing there shows here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from field_tests.fees.ledger import LEDGER, Record, yen
from field_tests.study.found import Found
from field_tests.study.moments import day
from field_tests.study.reading_csv import Row, Table, person_of

BILLS: Final = "fees/bills.csv"

# (person, 2026-11)
Month = tuple[str, str]


@dataclass(slots=True)
class _Bills:
    """Gross yen by month, and the months whose bills contradict each other."""

    gross_yen: dict[Month, int] = field(default_factory=dict)
    spoilt: set[Month] = field(default_factory=set)


def with_bills(record: Record, table: Table | None, found: Found) -> Record:
    """The record held against the bills of `table`: a month that does not add up to its bill has no sum."""
    if table is None:
        return record
    bills = _Bills()
    for row in table.rows:
        _take(bills, table.name, row, found)
    different = _different(record, bills.gross_yen, found)
    return replace(record, billed=frozenset(bills.gross_yen), spoilt=record.spoilt | bills.spoilt | different)


def _take(bills: _Bills, name: str, row: Row, found: Found) -> None:
    try:
        person, gross = person_of(row.cells), yen(row.cells, "gross_yen")
        month = f"{day(row.cells['month'] + '-01'):%Y-%m}"
    except ValueError as error:
        found.add("line_unreadable", "left_out", name, row.line, detail=str(error))
        return
    known = bills.gross_yen.setdefault((person, month), gross)
    if known != gross:
        bills.spoilt.add((person, month))
        odd = f"{month}: {known} != {gross}"
        found.add("fee_bill_differs", "left_out", name, row.line, person=person, detail=odd)


def _different(record: Record, billed: Mapping[Month, int], found: Found) -> set[Month]:
    """The months whose lines come to another sum than the bill; told, but for those known to be spoilt."""
    sums = _sums((line.person, line.month, line.gross_yen) for line in record.lines)
    different = {month for month, gross in billed.items() if sums.get(month, 0) != gross}
    for person, month in sorted(different - record.spoilt):
        odd = f"{month}: {sums.get((person, month), 0)} != {billed[person, month]}"
        found.add("fee_bill_differs", "left_out", LEDGER, person=person, detail=odd)
    return different


def _sums(lines: Iterable[tuple[str, str, int]]) -> Mapping[Month, int]:
    found: dict[Month, int] = defaultdict(int)
    for person, month, gross in lines:
        found[person, month] += gross
    return found
