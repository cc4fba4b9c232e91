"""Faults as they are met while a folder is read, gathered into one `Issue` a kind and place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from field_tests.issues import ISSUES, Effect, Issue


@dataclass(slots=True)
class _Met:
    line: int | None
    count: int
    detail: str


class Found:
    """Faults of one kind, file and person are counted together; the first line and detail stand for all."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, Effect, str, str | None], _Met] = {}

    def add(
        self,
        code: str,
        effect: Effect,
        file: str,
        line: int | None = None,
        *,
        person: str | None = None,
        detail: str = "",
        count: int = 1,
    ) -> None:
        """One fault, or `count` of them of which the first is at `line`; none where `count` is 0."""
        if count == 0:
            return
        key = (_known(code), effect, file, person)
        met = self._met.get(key)
        if met is None:
            self._met[key] = _Met(line, count, detail)
            return
        met.count += count
        if line is not None and (met.line is None or line < met.line):
            met.line, met.detail = line, detail

    def issues(self) -> tuple[Issue, ...]:
        """All that was met, in the order in which it was first met."""
        return tuple(
            Issue(
                code=code,
                effect=effect,
                where=file if met.line is None else f"{file}:{met.line}",
                count=met.count,
                person=person,
                detail=met.detail,
            )
            for (code, effect, file, person), met in self._met.items()
        )


def in_order(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Issues by how much they weigh, then by the table's order, then by place; equal ones together."""
    weight = {"refused": 0, "left_out": 1, "mended": 2, "note": 3}
    rows = {code: number for number, code in enumerate(ISSUES)}
    together: dict[tuple[str, Effect, str, str | None, str], Issue] = {}
    for issue in issues:
        key = (issue.code, issue.effect, issue.where, issue.person, issue.detail)
        known = together.get(key)
        together[key] = issue if known is None else replace(known, count=known.count + issue.count)
    return tuple(sorted(together.values(), key=lambda one: (weight[one.effect], rows[one.code], one.where)))


def _known(code: str) -> str:
    if code not in ISSUES:
        raise KeyError(f"{code} is no row of ISSUES")
    return code
