"""What else a folder tells: weather, adverse events, and the fees' tables as they are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from field_tests.study.found import Found
from field_tests.study.moments import day
from field_tests.study.protocol import Protocol
from field_tests.study.reading_csv import Row, Table, number, person_of
from field_tests.study.reading_people import each
from field_tests.study.tables import Adverse, Weather

WEATHER: Final = ("day", "rain_mm", "mean_c")
ADVERSE: Final = ("person", "day", "kind", "severity", "words")
LEDGER: Final = ("person", "day", "service", "hours", "gross_yen", "self_pay_yen", "public_yen", "note?")
COSTS: Final = ("month", "what", "yen")
BILLS: Final = ("person", "month", "gross_yen")


@dataclass(frozen=True, slots=True)
class FeeFiles:
    """The fees as they stand in the folder, for whoever adds them up; None: there is no such file.

    `tariff`: the text of fees/tariff.toml; `bills`: the office's totals.
    """

    ledger: Table | None
    tariff: str | None
    costs: Table | None
    bills: Table | None = None


def weather(table: Table, found: Found) -> tuple[Weather, ...]:
    """The days' weather, by day; a day that comes twice keeps its first line."""

    def one(row: Row) -> tuple[int, Weather]:
        cells = row.cells
        read = Weather(day(cells["day"]), number(cells, "rain_mm"), number(cells, "mean_c"))
        if read.rain_mm < 0.0 or not -60.0 < read.mean_c < 60.0:
            raise ValueError("no weather of this earth")
        return row.line, read

    days: dict[date, Weather] = {}
    for line, read in each(table, one, found):
        if read.day in days:
            found.add("line_unreadable", "left_out", table.name, line, detail=f"{read.day} is there already")
        days.setdefault(read.day, read)
    return tuple(days[when] for when in sorted(days))


def without_weather(days: Iterable[Weather], plan: Protocol, file: str, found: Found) -> None:
    """Tells the days of the trial without weather."""
    inside = {read.day for read in days if plan.first <= read.day <= plan.last}
    all_days = (date.fromordinal(at) for at in range(plan.first.toordinal(), plan.last.toordinal() + 1))
    missing = [when for when in all_days if when not in inside]
    if missing:
        detail = f"{missing[0]} - {missing[-1]}"
        found.add("weather_missing", "note", file, detail=detail, count=len(missing))


def adverse(table: Table, found: Found) -> tuple[Adverse, ...]:
    """Falls, near misses, faults and weeks without use, by day and person."""

    def one(row: Row) -> Adverse:
        cells = row.cells
        if not cells["kind"]:
            raise ValueError("kind: is empty")
        return Adverse(person_of(cells), day(cells["day"]), cells["kind"], cells["severity"], cells["words"])

    return tuple(sorted(each(table, one, found), key=lambda event: (event.day, event.person)))
