"""A trial's report in parts: what is all participants' together, and what is each one's own. Pure.

So that a participant who withdraws, or is erased, takes with them what is theirs: days, means, fees, events,
why they left, faults of their data. What was computed of all of them stays.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from pydantic import TypeAdapter

from field_tests.issues import Issue
from field_tests.study.result import (
    AdverseEvent,
    FeeMonth,
    PersonResult,
    Sensitivity,
    SeriesDay,
    StudyResult,
)
from wire.base import message
from wire.codec import Codec

T = TypeVar("T", AdverseEvent, FeeMonth, Issue)
_INPUT: Final = re.compile(r'"fixes/[^"]*"')


@message
class OwnPart:
    """What is one participant's own, but for their days.

    `left`: (step of the flow, why). `without`: the estimate without them: beside that of all it tells theirs.
    """

    name: str  # as the report calls them
    person: PersonResult | None  # without days; None: named, and without figures
    left: tuple[tuple[str, str], ...] = ()
    adverse: tuple[AdverseEvent, ...] = ()
    months: tuple[FeeMonth, ...] = ()
    issues: tuple[Issue, ...] = ()
    without: tuple[Sensitivity, ...] = ()


OWN_PART: Final[Codec[OwnPart]] = Codec("part of a trial's report", TypeAdapter(OwnPart))
DAYS: Final[Codec[tuple[SeriesDay, ...]]] = Codec("days of a participant", TypeAdapter(tuple[SeriesDay, ...]))


def split(result: StudyResult) -> tuple[StudyResult, dict[str, OwnPart]]:
    """The report without anybody's own part, and those parts by participant.

    Also of who is named without figures: they left, or an event or a fee is theirs.
    """
    months = () if result.fees is None else result.fees.months
    parts = {
        person: OwnPart(
            name=person,
            person=known,
            left=tuple((step.name, why) for step in result.flow for who, why in step.left if who == person),
            adverse=_of(person, result.adverse),
            months=_of(person, months),
            issues=_of(person, result.issues),
            without=tuple(one for one in result.sensitivity if one.value == person),
        )
        for person, known in _named(result).items()
    }
    common = replace(
        result,
        issues=tuple(issue for issue in result.issues if issue.person is None),
        flow=tuple(replace(step, left=()) for step in result.flow),
        persons=(),
        sensitivity=tuple(one for one in result.sensitivity if one.value not in parts),
        adverse=(),
        fees=None if result.fees is None else replace(result.fees, months=()),
    )
    return common, parts


def joined(common: StudyResult, parts: Iterable[OwnPart]) -> StudyResult:
    """The report with the parts of those who are shown, by participant; without days."""
    shown = sorted(parts, key=lambda part: part.name)
    fees = common.fees
    if fees is not None:
        fees = replace(fees, months=tuple(month for part in shown for month in part.months))
    return replace(
        common,
        issues=(*common.issues, *(issue for part in shown for issue in part.issues)),
        flow=tuple(replace(step, left=tuple(_left(step.name, shown))) for step in common.flow),
        persons=tuple(part.person for part in shown if part.person is not None),
        sensitivity=(*common.sensitivity, *(one for part in shown for one in part.without)),
        adverse=tuple(
            sorted((one for part in shown for one in part.adverse), key=lambda one: (one.day, one.person))
        ),
        fees=fees,
    )


def days_of(result: StudyResult) -> dict[str, tuple[SeriesDay, ...]]:
    """The raw series by participant."""
    return {person.person: person.days for person in result.persons}


def _named(result: StudyResult) -> dict[str, PersonResult | None]:
    """Everybody whom the report names, in order."""
    others = [who for step in result.flow for who, _ in step.left]
    others += [one.person for one in result.adverse]
    others += [month.person for month in (() if result.fees is None else result.fees.months)]
    others += [issue.person for issue in result.issues if issue.person is not None]
    analysed = {person.person: replace(person, days=()) for person in result.persons}
    return {who: analysed.get(who) for who in sorted({*analysed, *others})}


def _of(person: str, found: Iterable[T]) -> tuple[T, ...]:
    return tuple(one for one in found if one.person == person)


def _left(step: str, parts: Iterable[OwnPart]) -> Iterable[tuple[str, str]]:
    return ((part.name, why) for part in parts for name, why in part.left if name == step)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file, in order. `person`: whose lines these are; None: nobody's.

    `of_all`: it holds what is everybody's own and cannot be cut.
    """

    person: str | None
    of_all: bool
    body: bytes


def pieces_of(name: str, body: bytes, persons: Iterable[str]) -> tuple[Piece, ...]:
    """The file so that each participant's own can be taken out of it.

    A line of a table is theirs whom it names; JSON that names no participant is nobody's; all else (HTML,
    PDF, drawings) may show anybody's days.
    """
    named = re.compile(rf"(?<![0-9A-Za-z])(?:{'|'.join(map(re.escape, persons)) or '(?!)'})(?![0-9A-Za-z])")
    if name.endswith(".csv"):
        return _cut(body.decode("utf-8"), named)
    # The name of a file of positions is how its hash is told, and nothing of what is in it.
    told = _INPUT.sub("", body.decode("utf-8")) if name.endswith(".json") else None
    return (Piece(None, told is None or named.search(told) is not None, body),)


def _cut(text: str, named: re.Pattern[str]) -> tuple[Piece, ...]:
    """In order: what names nobody, each participant's lines, and lines that name several."""
    head, *lines = _lines(text)
    groups: dict[tuple[str, ...], list[str]] = {(): [head]}
    for line in lines:
        groups.setdefault(tuple(sorted(set(named.findall(line)))), []).append(line)
    return tuple(
        Piece(who[0] if len(who) == 1 else None, len(who) > 1, "".join(theirs).encode())
        for who, theirs in groups.items()
    )


def _lines(text: str) -> list[str]:
    """The lines of a table as they were written; a cell may hold the end of one."""
    found, open_cell = [""], False
    for line in io.StringIO(text, newline=""):
        found[-1] += line
        open_cell ^= line.count('"') % 2 == 1
        if not open_cell:
            found.append("")
    return found[:-1] or [""]
