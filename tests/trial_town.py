"""A small published trial, for tests of pages and of the API."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from field_tests.study.result import RESULT, StudyResult
from field_tests.study.verdict_file import VERDICT_FILE, verdict_file
from tests.trial_result import trial_result
from wire.spreadsheets import table

VERDICT, DAYS, COVERAGE, PAPER = "verdict.json", "days.csv", "coverage.csv", "report.pdf"


def report_of(persons: Sequence[str], *, simulated: bool = False) -> StudyResult:
    """The result of a trial with these participants, who are in it from the first to the last word."""
    text = RESULT.encode(trial_result(len(persons)))
    for number, person in enumerate(persons, 1):
        text = text.replace(f'"P{number:02d}"', f'"{person}"')
    return replace(_without_others(RESULT.decode(text), persons), simulated=simulated)


def _without_others(result: StudyResult, persons: Sequence[str]) -> StudyResult:
    """The first of them fell; whom the example names beside them is not in it."""
    return replace(
        result,
        flow=tuple(replace(step, left=()) for step in result.flow),
        adverse=tuple(replace(event, person=persons[0]) for event in result.adverse[:1]),
        issues=tuple(one for one in result.issues if one.person in (None, *persons)),
        sensitivity=tuple(
            one for one in result.sensitivity if one.what != "leave_out" or one.value in persons
        ),
    )


def files_of(result: StudyResult) -> dict[str, bytes]:
    """A table with participants, one without, a verdict, and paper that cannot be cut."""
    days = [(one.person, day.day, day.minutes) for one in result.persons for day in one.days]
    coverage = [(one.phase, one.persons, one.valid_days) for one in result.coverage]
    return {
        VERDICT: VERDICT_FILE.encode(verdict_file(result)).encode(),
        DAYS: table(("person", "day", "minutes"), days).encode(),
        COVERAGE: table(("phase", "persons", "valid_days"), coverage).encode(),
        PAPER: b"%PDF-1.7 " + b" ".join(one.person.encode() for one in result.persons),
    }


def write_report(folder: Path, result: StudyResult) -> Path:
    """As `shirube study report` leaves it."""
    folder.mkdir()
    (folder / "result.json").write_text(RESULT.encode(result), "utf-8")
    for name, body in files_of(result).items():
        (folder / name).write_bytes(body)
    return folder
