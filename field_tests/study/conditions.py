"""What must hold before a verdict: rows of a table, measured and told in two languages, that may refuse."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from field_tests.study.names import Pair
from field_tests.study.result import WORDS, Gate, Verdict

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured:
    """Whether a condition holds, and what was measured beside its limit, in words of both languages."""

    passed: bool
    measured: Pair
    limit: Pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Generic[T]):
    """One row: `ja` and `en` say what must hold; `why` it is asked for, with its source."""

    name: str
    measure: Callable[[T], Measured]
    ja: str
    en: str
    why: str


def gates_of(table: Iterable[Condition[T]], subject: T) -> tuple[Gate, ...]:
    """Every condition of the table, measured, in the table's order."""
    return tuple(_gate(row, row.measure(subject)) for row in table)


def _gate(row: Condition[T], seen: Measured) -> Gate:
    return Gate(
        name=row.name,
        passed=seen.passed,
        measured_ja=seen.measured[0],
        measured_en=seen.measured[1],
        limit_ja=seen.limit[0],
        limit_en=seen.limit[1],
        sentence_ja=row.ja,
        sentence_en=row.en,
    )


def _beside(others: Sequence[Gate]) -> tuple[str, str]:
    if not others:
        return "", ""
    return (
        f"ほかに満たさない条件が{len(others)}つあります。",
        f" Other conditions that fail: {len(others)}.",
    )


def refusal(gates: Sequence[Gate]) -> Verdict | None:
    """The word "cannot tell" by the first gate that failed; None where all hold."""
    failed = [gate for gate in gates if not gate.passed]
    if not failed:
        return None
    first = failed[0]
    word_ja, word_en = WORDS["cannot_tell"]
    more_ja, more_en = _beside(failed[1:])
    return Verdict(
        word="cannot_tell",
        decided_by=first.name,
        sentence_ja=f"{word_ja}。{first.sentence_ja}実際: {first.measured_ja}"
        f"（条件: {first.limit_ja}）。{more_ja}",
        sentence_en=f"{word_en.capitalize()}. {first.sentence_en} It was: {first.measured_en}"
        f" (asked: {first.limit_en}).{more_en}",
        gates=tuple(gates),
    )
