"""Change any gate, and a case fails: each mutant of gates and verdict gives a wrong answer somewhere."""

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from field_tests.study import (
    conditions,
    deciding,
    drawing,
    gates,
    measures,
    measures_data,
    measures_draw,
    verdict,
)
from tests import judged_cases
from tests.judged_cases import Case
from tests.mutants import mutants, survivors

_MODULES: Final = {
    module.__name__: Path(module.__file__)
    for module in (conditions, measures, measures_data, measures_draw, gates, deciding, verdict)
}
_CASES: Final = judged_cases.cases()
# All gates, in the order in which they decide.
_NAMES: Final = [
    "frozen",
    "definitions",
    "data",
    "design",
    "least_persons",
    "drawn",
    "wash_in",
    "logger",
    "baseline",
    "most_lost",
    "least_valid_share",
    "most_coverage_difference",
    "most_bounds_width",
    "homes_alike",
    "evidence_alike",
    "bounds_alike",
    "interval",
    "controls",
    "robust",
]
_KEPT = (
    "kept = min((_days_before_compared(trial, who, starts.get(who)) for who in trial.analysed), default=0)"
)
_FEWEST = "fewest = min((count[who] for who in trial.analysed), default=0)"
_NOBODY = "for nobody any number of days below the six weeks asked for is too few"
# Mutants that change nothing that can be seen, and why.
SAME: Final[dict[str, str]] = {
    "0 -> 1 in: return 0": _NOBODY,
    "0 -> -1 in: return 0": _NOBODY,
    f"0 -> 1 in: {_KEPT}": _NOBODY,
    f"0 -> -1 in: {_KEPT}": _NOBODY,
    f"0 -> -1 in: {_FEWEST}": "a plan asks for one day or more",
}


def _right(case: Case) -> bool:
    """Whether the modules that are in place now answer as the case says; a crash is a wrong answer."""
    judge = sys.modules[verdict.__name__].judge
    try:
        seen = judge(case.trial.tables, case.trial.analysis)
        failed = tuple(gate.name for gate in seen.gates if not gate.passed)
        names = [gate.name for gate in seen.gates]
    except Exception:  # noqa: BLE001 - whatever a mutant does instead of answering
        return False
    return (
        (seen.word, seen.decided_by, failed) == (case.word, case.decided_by, case.failed)
        and names == _NAMES
        and case.says in seen.sentence_en
    )


def _survivors(changed: str, cases: Sequence[Case]) -> list[str]:
    return survivors(_MODULES, changed, _right, cases)


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn again comes out the same each time: no mutant is of `drawing`, which took most of it."""
    days, again = cache(drawing.days), cache(drawing.again)
    monkeypatch.setattr(drawing, "days", lambda of: days(tuple(of)))
    monkeypatch.setattr(drawing, "again", lambda lots, plan: again(tuple(lots), plan))


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_the_gates_as_they_are_answer_every_case(case: Case) -> None:
    assert _right(case), verdict.judge(case.trial.tables, case.trial.analysis)


@pytest.mark.parametrize("changed", _MODULES)
def test_every_mutant_is_noticed(changed: str) -> None:
    assert sorted(set(_survivors(changed, _CASES)) - set(SAME)) == []


def test_a_case_less_is_found() -> None:
    """The test can fail: without the cases that stand on it, a changed limit would go unnoticed."""
    fewer = [case for case in _CASES if not case.name.startswith("by chance")]
    assert [what for what in _survivors(deciding.__name__, fewer) if "0.05 -> 0.06" in what]


def test_what_is_said_to_be_the_same_is_still_there() -> None:
    """An entry that no mutant has any more excuses nothing."""
    assert set(SAME) <= {what for path in _MODULES.values() for what, _ in mutants(path)}
