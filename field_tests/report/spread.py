"""A result as tables for spreadsheets. Unknown is empty, not 0; numbers are whole, not rounded."""

from collections.abc import Iterable, Sequence
from typing import Final

from field_tests.study.result import Estimate, StudyResult
from wire.spreadsheets import table

_ESTIMATE: Final = ("percent", "low", "high", "p", "persons", "days", "note_ja", "note_en")


def spread(result: StudyResult) -> dict[str, str]:
    """The text of each file by its name."""
    return {
        "days.csv": _days(result),
        "persons.csv": _persons(result),
        "estimates.csv": _estimates(result),
        "sensitivity.csv": _sensitivity(result),
        "coverage.csv": _rows(result.coverage, _COVERAGE),
        "flow.csv": _flow(result),
        "fees.csv": _rows(() if result.fees is None else result.fees.months, _MONTH),
        "issues.csv": _rows(result.issues, _ISSUE),
        "adverse.csv": _rows(result.adverse, ("person", "day", "kind", "severity", "words")),
    }


_COVERAGE: Final = (
    *("phase", "persons", "planned_days", "observed_days", "valid_days"),
    *("mean_waking_coverage", "mean_device_hours"),
)
_MONTH: Final = (
    *("person", "month", "phase", "gross_yen", "self_pay_yen", "public_yen"),
    *("accompanied_hours", "alone_hours"),
)
_ISSUE: Final = ("code", "effect", "where", "count", "person", "detail")
_DAY: Final = ("day", "phase", "minutes", "minutes_min", "minutes_max", "waking_coverage", "valid", "out")
_PERSON: Final = (
    *("person", "analysed", "start", "baseline_weekly_minutes", "active_weekly_minutes"),
    *("baseline_days_out", "active_days_out", "percent"),
)


def _rows(values: Iterable[object], columns: Sequence[str]) -> str:
    return table(columns, ([getattr(value, column) for column in columns] for value in values))


def _days(result: StudyResult) -> str:
    rows = (
        [person.person, *(getattr(day, column) for column in _DAY)]
        for person in result.persons
        for day in person.days
    )
    return table(("person", *_DAY), rows)


def _persons(result: StudyResult) -> str:
    return _rows(result.persons, _PERSON)


def _estimates(result: StudyResult) -> str:
    fees = () if result.fees is None else (result.fees.change, *result.fees.others)
    groups: tuple[tuple[str, Sequence[Estimate]], ...] = (
        ("primary", (result.primary,)),
        ("other", result.others),
        ("bound", result.bounds),
        ("days_out", (result.days_out,)),
        ("control", result.controls),
        ("coverage_difference", (result.coverage_difference,)),
        ("fees", fees),
    )
    rows = ([group, one.key, *_estimate(one)] for group, ones in groups for one in ones)
    return table(("group", "key", *_ESTIMATE), rows)


def _sensitivity(result: StudyResult) -> str:
    rows = ([one.what, one.value, *_estimate(one.estimate)] for one in result.sensitivity)
    return table(("what", "value", *_ESTIMATE), rows)


def _estimate(one: Estimate) -> list[object]:
    return [getattr(one, column) for column in _ESTIMATE]


def _flow(result: StudyResult) -> str:
    rows: list[list[object]] = []
    for step in result.flow:
        left = step.left or (("", ""),)
        rows += [[step.name, step.persons, person, why] for person, why in left]
    return table(("step", "persons", "left", "why"), rows)
