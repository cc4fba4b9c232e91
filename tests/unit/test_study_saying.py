"""What figures mean, in sentences: models that contradict each other, and what a trial could find."""

from dataclasses import replace

import pytest

from field_tests.report.all_grids import all_grids
from field_tests.report.refuting import refutations
from field_tests.report.saying import differing, reach
from field_tests.report.words import Words
from field_tests.study.result import Power, StudyResult
from tests.trial_result import estimate, trial_result

JA, EN = Words("ja"), Words("en")


def beside(low: float, high: float) -> StudyResult:
    """The primary +10 to +20 %, the mixed model from `low` to `high`."""
    return replace(
        trial_result(persons=2, days=2),
        primary=estimate("primary", 15.0, 10.0, 20.0),
        others=(estimate("mixed_model", (low + high) / 2.0, low, high),),
    )


@pytest.mark.parametrize(("low", "high"), [(20.1, 30.0), (-9.0, -1.0), (1.0, 9.9)])
def test_a_model_whose_interval_lies_apart_is_told(low: float, high: float) -> None:
    for words, said in ((JA, "区間が重なりません"), (EN, "intervals do not overlap")):
        told = differing(beside(low, high), words)
        assert said in told
        assert told in [line for one in refutations(beside(low, high), words) for line in one.found]


@pytest.mark.parametrize(("low", "high"), [(20.0, 30.0), (-9.0, 10.0), (-5.0, 40.0)])
def test_a_model_whose_interval_overlaps_is_not(low: float, high: float) -> None:
    assert differing(beside(low, high), EN) == ""


def test_where_there_is_no_model_or_no_interval_nothing_is_contradicted() -> None:
    assert differing(replace(beside(30.0, 40.0), others=()), EN) == ""
    open_ended = replace(beside(30.0, 40.0), primary=estimate("primary", 15.0, None, None))
    assert differing(open_ended, EN) == ""


def with_power(found: float | None, needed: int | None, design: str = "silent_weeks") -> StudyResult:
    """By a plan of 28 persons."""
    return replace(
        trial_result(persons=2, days=2),
        design=design,
        primary=replace(estimate("primary", 15.0, 10.0, 20.0), persons=28),
        power=Power(weekly_cv=0.4, detectable_percent=found, persons_needed=needed),
    )


def test_what_a_trial_could_find_is_told_in_a_sentence() -> None:
    told = reach(with_power(14.2, 26), EN)
    assert told == (
        "This trial (28 persons) could find, with 80 % power, a change of +14.2 % or more."
        " To find +15.0 % by the same plan takes 26 persons."
    )


def test_a_trial_that_is_too_small_is_called_so() -> None:
    told = reach(with_power(30.4, 86, "randomised_start"), EN)
    assert "takes 86 persons." in told
    assert 'likely to end in "cannot tell"' in told
    assert "weaker still with few different starts" in told
    assert "「判定できない」になりやすい" in reach(with_power(30.4, 86), JA)


def test_without_a_baseline_nothing_is_said_of_what_could_be_found() -> None:
    assert reach(with_power(None, None), EN) == ""


def test_every_table_of_fees_is_there_and_none_without_fees() -> None:
    result = trial_result(persons=2, days=2)
    assert result.fees is not None
    made = all_grids(result, JA)
    wanted = {"fee_gates", "fees", "fee_estimates", "fee_months", "costs"}
    assert wanted <= set(made)
    assert len(made["fee_estimates"].rows) == 1 + len(result.fees.others)
    assert not wanted & set(all_grids(replace(result, fees=None), JA))
