"""Ledgers of a small trial, for tests of fees: all start in June, after two whole months of baseline."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from field_tests.fees.tariff import Tariff
from field_tests.fees.tariff_file import read as read_tariff
from field_tests.study.found import Found
from field_tests.study.gates import GATES
from field_tests.study.protocol import Gates, Participant, Phase, PhaseKind, Protocol
from field_tests.study.reading_context import FeeFiles
from field_tests.study.reading_csv import Row, Table
from field_tests.study.result import Gate, InputFile
from field_tests.study.tables import PersonDay, TrialTables

HEAD = ("person", "day", "service", "hours", "gross_yen", "self_pay_yen", "public_yen", "note")
PERSONS = tuple(f"P{number:02}" for number in range(1, 10))
BEFORE, AFTER = ("2026-04", "2026-05"), ("2026-08", "2026-09")
TARIFF = """
name_ja = "試験"
name_en = "test"
[[version]]
since = 2026-01-01
source = "made up"
caps = { low = 9300 }
[[version.service]]
name = "同行援護"
bands = [[30, 1260]]
beyond = [30, 1260]
at_edge = "same"
"""


def tables(persons: Iterable[str] = PERSONS, *, days: Iterable[PersonDay] = ()) -> TrialTables:
    """A trial from April to September: device from 1 June, eight weeks of wash-in, compared from 27 July."""
    listed = tuple(persons)
    return TrialTables(
        protocol=Protocol(
            title_ja="試験",
            title_en="trial",
            frozen=date(2026, 3, 1),
            first=date(2026, 4, 1),
            last=date(2026, 9, 30),
            design="randomised_start",
            definitions_sha256="d",
            sha256="p",
            seed=7,
            gates=Gates(least_persons=8),
        ),
        participants=tuple(Participant(who, date(2026, 4, 1), date(2026, 6, 1)) for who in listed),
        phases=tuple(phase for who in listed for phase in _phases(who)),
        days=tuple(days),
        weather=(),
        adverse=(),
        issues=(),
    )


def _phases(who: str) -> tuple[Phase, ...]:
    spans: tuple[tuple[PhaseKind, date, date], ...] = (
        ("baseline", date(2026, 4, 1), date(2026, 5, 31)),
        ("wash_in", date(2026, 6, 1), date(2026, 7, 26)),
        ("active", date(2026, 7, 27), date(2026, 9, 30)),
    )
    return tuple(Phase(who, kind, first, last) for kind, first, last in spans)


def ended(trial: TrialTables, person: str, day: date) -> TrialTables:
    """The same, with one who stopped."""
    return replace(
        trial,
        participants=tuple(
            replace(who, ended=day) if who.person == person else who for who in trial.participants
        ),
    )


def service(person: str, day: str, half_hours: int, **cells: str) -> dict[str, str]:
    """A line of the ledger that adds up: 1,260 yen a half hour, a tenth paid by the person."""
    gross = 1260 * half_hours
    return {
        "person": person,
        "day": day,
        "service": "同行援護",
        "hours": str(half_hours / 2),
        "gross_yen": str(gross),
        "self_pay_yen": str(gross // 10),
        "public_yen": str(gross - gross // 10),
        "note": "",
        **cells,
    }


def halved(persons: Iterable[str] = PERSONS) -> list[dict[str, str]]:
    """Sixteen half hours a month and person before, seven or eight of them after."""
    return [
        service(who, f"{month}-{day:02}", 8 if month in BEFORE else 4 - (number % 2) * (day == 20))
        for number, who in enumerate(persons)
        for month in (*BEFORE, "2026-06", *AFTER)
        for day in (10, 20)
    ]


def bills(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """What the office would bill of these lines, each of them once."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for cells in {tuple(row.items()): row for row in rows}.values():
        if cells["person"] and cells["gross_yen"].isdigit():
            found[cells["person"], cells["day"][:7]] += int(cells["gross_yen"])
    return [
        {"person": person, "month": month, "gross_yen": str(gross)}
        for (person, month), gross in sorted(found.items())
    ]


def files(
    rows: Iterable[Mapping[str, str]],
    tariff: str | None = TARIFF,
    costs: Iterable[Mapping[str, str]] = (),
    billed: Iterable[Mapping[str, str]] | None = (),
) -> FeeFiles:
    """The files of these lines, as a folder's reader hands them over; `billed` None: there are no bills."""
    told = None if billed is None else _table("fees/bills.csv", billed)
    return FeeFiles(_table("fees/ledger.csv", rows), tariff, _table("fees/costs.csv", costs), told)


def outing_gates(*failed: str) -> tuple[Gate, ...]:
    """All gates of a verdict on outing time, of which those named failed."""
    return tuple(
        Gate(
            name=row.name,
            passed=row.name not in failed,
            measured_ja="実際",
            measured_en="seen",
            limit_ja="条件",
            limit_en="asked",
            sentence_ja=row.ja,
            sentence_en=row.en,
        )
        for row in GATES
    )


def _table(name: str, rows: Iterable[Mapping[str, str]]) -> Table:
    lines = tuple(Row(number, dict(cells)) for number, cells in enumerate(rows, start=2))
    return Table(name, lines, InputFile(path=name, sha256="0", bytes=0))


def tariff(text: str = TARIFF) -> tuple[Tariff, Found]:
    """A tariff, and what was wrong with its dates."""
    found = Found()
    return read_tariff(text, found), found


def month_of_days(person: str, first: date, count: int, minutes: float, spread: float) -> list[PersonDay]:
    """So many days out for so long, with bounds `spread` apart."""
    return [
        PersonDay(
            person=person,
            day=first + timedelta(days=number),
            phase="baseline",
            minutes=minutes,
            minutes_min=minutes - spread / 2.0,
            minutes_max=minutes + spread / 2.0,
            coverage=1.0,
            waking_coverage=1.0,
            valid=True,
            out=True,
        )
        for number in range(count)
    ]
