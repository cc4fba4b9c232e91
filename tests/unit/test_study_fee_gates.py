"""The verdict on fees: cases on the edge of each gate, and that a change of any of them is noticed."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest

from field_tests.fees import gates
from field_tests.fees.gates import FeeTrial
from field_tests.study.protocol import FeeTarget, Gates
from field_tests.study.result import Estimate, Word
from tests.fee_records import outing_gates
from tests.mutants import survivors

_MODULES: Final = {gates.__name__: Path(gates.__file__)}
_TRIAL: Final = ["frozen", "definitions", "data", "drawn"]
_NAMES: Final = [
    *_TRIAL,
    "record",
    "ledger",
    "bills",
    "design",
    "least_persons",
    "most_lost",
    "tariff",
    "interval",
    "prices",
]


def _change(percent: float | None, low: float | None = -60.0, high: float | None = -30.0) -> Estimate:
    return Estimate(key="fees", percent=percent, low=low, high=high)


# On every edge, and it holds: as few persons, as many lost, as small a fall as there may be.
GOOD: Final = FeeTrial(
    outing=outing_gates("controls"),
    design="randomised_start",
    gates=Gates(least_persons=8, most_lost=0.2),
    target=FeeTarget(),
    enrolled=10,
    persons=8,
    unusable=0,
    without_bill=0,
    without_tariff=0,
    gross=_change(-50.0, -60.0, -19.005),
    fixed=_change(-50.0),
    before_yen=20_300,
    after_yen=10_080,
    after_low=10_080.0,
)


@dataclass(frozen=True)
class Case:
    """A trial's fees, their word, what decided, and all gates that do not hold."""

    name: str
    trial: FeeTrial
    word: Word
    decided_by: str
    failed: tuple[str, ...] = ()


def _held(name: str, trial: FeeTrial) -> Case:
    return Case(name, trial, "achieved", "estimate")


def _refused(name: str, trial: FeeTrial, *failed: str) -> Case:
    return Case(name, trial, "cannot_tell", failed[0], failed)


def _missed(name: str, trial: FeeTrial) -> Case:
    return Case(name, trial, "not_achieved", "interval")


def _open(name: str, trial: FeeTrial) -> Case:
    return Case(name, trial, "cannot_tell", "interval")


CASES: Final = (
    _held("on every edge", GOOD),
    # With silent weeks all have the device in the same months: half is asked for times 0.81, or 1.19.
    _open("silent weeks, half", replace(GOOD, design="silent_weeks")),
    _held("silent weeks, beyond season", replace(GOOD, design="silent_weeks", gross=_change(-59.505, -70.0))),
    _open("silent weeks, nearly", replace(GOOD, design="silent_weeks", gross=_change(-59.495, -70.0))),
    _missed(
        "silent weeks, missed beyond season",
        replace(GOOD, design="silent_weeks", gross=_change(-35.0, -40.495), fixed=_change(-35.0)),
    ),
    _open(
        "silent weeks, missed by season",
        replace(GOOD, design="silent_weeks", gross=_change(-35.0, -40.505), fixed=_change(-35.0)),
    ),
    _missed(
        "silent weeks, level", replace(GOOD, design="silent_weeks", after_yen=13_000, after_low=11_995.5)
    ),
    _open(
        "silent weeks, no level", replace(GOOD, design="silent_weeks", after_yen=13_000, after_low=11_995.0)
    ),
    _held(
        "far beyond", replace(GOOD, gross=_change(-70.0, -80.0, -60.0), after_yen=6_000, after_low=5_000.0)
    ),
    _refused("no record of the level", replace(GOOD, after_yen=None), "record"),
    _refused(
        "nobody, and none asked", replace(GOOD, persons=0, enrolled=0, gates=Gates(least_persons=0)), "record"
    ),
    _held(
        "one person, if the plan says so", replace(GOOD, persons=1, enrolled=1, gates=Gates(least_persons=1))
    ),
    _refused("a line that nobody can place", replace(GOOD, unusable=1), "ledger"),
    _refused("a month without its bill", replace(GOOD, without_bill=1), "bills"),
    *(_refused(f"outings: {name}", replace(GOOD, outing=outing_gates(name)), name) for name in _TRIAL),
    _refused("outings not judged", replace(GOOD, outing=()), *_TRIAL),
    _refused("before and after", replace(GOOD, design="before_after"), "design"),
    _refused("a person too few", replace(GOOD, persons=7, enrolled=7), "least_persons"),
    _refused("one lost too many", replace(GOOD, enrolled=11), "most_lost"),
    _held(
        "a plan that lets many go", replace(GOOD, enrolled=40, gates=Gates(least_persons=8, most_lost=0.8))
    ),
    _refused("a service without a price", replace(GOOD, without_tariff=1), "tariff"),
    _refused("no estimate", replace(GOOD, gross=_change(None)), "interval", "prices"),
    _refused("no low end", replace(GOOD, gross=_change(-50.0, None)), "interval"),
    _refused("no high end", replace(GOOD, gross=_change(-50.0, high=None)), "interval"),
    _refused("no low end after", replace(GOOD, after_low=None), "interval"),
    _refused("fixed prices not known", replace(GOOD, fixed=_change(None)), "prices"),
    _refused("only the prices fell", replace(GOOD, fixed=_change(-49.9975)), "prices"),
    _refused("the prices rose", replace(GOOD, gross=_change(-49.99), fixed=_change(-50.0)), "prices"),
    _missed(
        "all of the interval above half", replace(GOOD, gross=_change(-40.0, -49.995), fixed=_change(-40.0))
    ),
    _missed("all of the level above the target", replace(GOOD, after_yen=11_000, after_low=10_080.5)),
    _open("half, not below", replace(GOOD, gross=_change(-49.9, -50.0), fixed=_change(-49.9))),
    _open("half of more than was claimed", replace(GOOD, after_yen=10_081)),
    _open("no more than season could do", replace(GOOD, gross=_change(-50.0, -80.0, -19.0))),
    _open("hardly more than season could do", replace(GOOD, gross=_change(-50.0, -80.0, -18.995))),
)


def _right(case: Case) -> bool:
    judge = sys.modules[gates.__name__].judge
    try:
        seen = judge(case.trial)
        failed = tuple(gate.name for gate in seen.gates if not gate.passed)
        names = [gate.name for gate in seen.gates]
    except Exception:  # noqa: BLE001 - whatever a mutant does instead of answering
        return False
    return (seen.word, seen.decided_by, failed, names) == (case.word, case.decided_by, case.failed, _NAMES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_gates_on_fees_answer_every_case(case: Case) -> None:
    assert _right(case), gates.judge(case.trial)


def test_every_mutant_is_noticed() -> None:
    assert survivors(_MODULES, gates.__name__, _right, CASES) == []


def test_the_sentence_tells_levels_change_and_targets() -> None:
    said = gates.judge(GOOD)
    assert "20,300 円（主張では 20,160 円）" in said.sentence_ja
    assert "-50.0 % (95 % interval -60.0 to -19.0)" in said.sentence_en
    assert "target -50.0 %" in said.sentence_en
    assert said.sentence_ja.startswith("達成。")
