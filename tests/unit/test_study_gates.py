"""What a verdict says: three words, what decided, and plain sentences of both languages."""

import re
from dataclasses import replace

import pytest

from field_tests.fees.gates import FEE_GATES
from field_tests.study import names
from field_tests.study.gates import GATES
from field_tests.study.result import Verdict
from field_tests.study.verdict import judge
from tests.judged_cases import cases
from tests.judged_trials import Trial, good

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3,}")


def _judged(trial: Trial) -> Verdict:
    return judge(trial.tables, trial.analysis)


@pytest.mark.parametrize("row", [*GATES, *FEE_GATES], ids=lambda row: row.name)
def test_each_gate_says_what_must_hold_and_why(row: object) -> None:
    assert row.name in names.GATES  # type: ignore[attr-defined]
    for text, end in ((row.ja, "。"), (row.en, "."), (row.why, ".")):  # type: ignore[attr-defined]
        assert text.endswith(end)
    assert "!" not in row.ja + row.en  # type: ignore[attr-defined]


def test_what_decides_has_a_name() -> None:
    assert {_judged(case.trial).decided_by for case in cases()} <= set(names.GATES)


def test_achieved_tells_estimate_interval_and_target_and_that_the_target_is_not_sure() -> None:
    said = _judged(good().primary(18.24, 4.1, 33.0, 0.012))
    assert said.word == "achieved"
    assert said.sentence_ja == (
        "達成。外出時間の変化の推定は +18.2 %（95 % 区間 +4.1 % から +33.0 %）です。"
        "推定は目標の +15.0 % 以上で、区間の下端は 0 % より上です（無作為化検定 p = 0.012）。"
        "目標を確実に超えたという意味ではありません。"
    )
    assert said.sentence_en == (
        "Achieved. Outing time changed by an estimated +18.2 % (95 % interval +4.1 % to +33.0 %)."
        " The estimate is at least the target of +15.0 %, and the interval lies above 0 %"
        " (randomisation test p = 0.012). It does not say that the target was surely exceeded."
    )


def test_an_interval_that_lies_above_the_target_is_not_belittled() -> None:
    said = _judged(good().primary(40.0, 20.0, 60.0, 0.001))
    assert "区間のすべてが目標以上です。" in said.sentence_ja
    assert "All of the interval reaches the target." in said.sentence_en
    assert "surely exceeded" not in said.sentence_en
    # A p from 20,000 deals is never 0.
    assert "(randomisation test p = 0.001)" in said.sentence_en
    assert "（無作為化検定 p < 0.001）" in _judged(good().primary(40.0, 20.0, 60.0, 0.0001)).sentence_ja


def test_a_refusal_tells_what_was_asked_what_was_found_and_how_many_more_failed() -> None:
    said = _judged(good().plan(design="before_after").gates(least_persons=9))
    assert (said.word, said.decided_by) == ("cannot_tell", "design")
    assert said.sentence_ja == (
        "判定できない。季節や目新しさと、装置の効果を区別できる計画でなければなりません。"
        "実際: 前後比較だけ（季節や目新しさと区別できない）"
        "（条件: 開始日を一人ずつくじで決めた（多層ベースライン）、"
        "または案内しない週をくじで決めた）。ほかに満たさない条件が1つあります。"
    )
    assert said.sentence_en.endswith(
        "It was: before and after only (cannot be told from season or novelty) (asked: each"
        " participant's start was drawn by lot (multiple baseline); or weeks without guidance were drawn by"
        " lot). Other conditions that fail: 1."
    )


def test_before_and_after_cannot_tell_however_large_and_sure_the_change() -> None:
    huge = good().plan(design="before_after").primary(80.0, 70.0, 90.0, 0.0001)
    assert _judged(huge).word == "cannot_tell"


def test_the_device_alone_does_not_stand_for_the_logger() -> None:
    """Days full of the device's hours, and none of the logger's: the confound to be kept out."""
    worn = good().days(lambda day: replace(day, device_hours=16.0, logger_hours=0.0))
    said = _judged(worn)
    assert said.decided_by == "logger"
    assert "0.0 %" in next(gate.measured_en for gate in said.gates if gate.name == "logger")


def test_every_gate_is_told_also_when_all_hold() -> None:
    said = _judged(good())
    assert [gate.name for gate in said.gates] == [row.name for row in GATES]
    assert all(gate.measured_ja and gate.limit_ja for gate in said.gates)


def test_what_was_measured_is_told_in_each_language_by_itself() -> None:
    gates = [gate for case in cases() for gate in _judged(case.trial).gates]
    for gate in gates:
        assert not JAPANESE.search(gate.measured_en + gate.limit_en), gate
        # Hashes are no words.
        assert gate.name == "definitions" or not ENGLISH.search(gate.measured_ja + gate.limit_ja), gate


def test_a_loss_is_told_as_a_loss() -> None:
    low = next(case.trial for case in cases() if case.name == "fell")
    said = _judged(low)
    assert said.word == "not_achieved"
    assert "-20.0 %" in said.sentence_ja
    assert "区間のすべてが 0 % より下で、外出時間は減りました。" in said.sentence_ja
    assert "All of it is below 0 %: outing time fell." in said.sentence_en
