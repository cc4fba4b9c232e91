"""The whole analysis: estimates against their libraries, flow, coverage, power, degenerate trials."""

import dataclasses
import math
from datetime import date, timedelta

import numpy as np
import pytest

stats = pytest.importorskip("scipy.stats", reason="the extra `study` is not installed")
power_of = pytest.importorskip("statsmodels.stats.power", reason="the extra `study` is not installed")

from field_tests.issues import Issue  # noqa: E402
from field_tests.study import names  # noqa: E402
from field_tests.study.analyse import Analysis, Draws, analyse, count  # noqa: E402
from field_tests.study.bootstrap import bootstrap  # noqa: E402
from field_tests.study.mixed import daylight_hours, mixed_model  # noqa: E402
from field_tests.study.pairs import coverage_difference, paired_t, wilcoxon  # noqa: E402
from field_tests.study.panel import grid  # noqa: E402
from field_tests.study.power import EFFECT_SD, detectable_percent, persons_needed, scatter, weekly_cv  # noqa: E402
from field_tests.study.primary import change  # noqa: E402
from field_tests.study.tables import TrialTables, Weather  # noqa: E402
from tests.small_trials import FIRST, plan_of, trial  # noqa: E402

_NOISE = np.random.default_rng(8).gamma(4.0, 0.25, (8, 7 * 16))
_FEW = Draws(bootstrap=40, permuted=20)
_STARTS = (3, 5, 7, 9, 3, 5, 7, 9)


def _tables(ratio: float = 1.25) -> TrialTables:
    plans = [plan_of(start, 16) for start in _STARTS]
    days = tuple(
        Weather(FIRST + timedelta(days=n), 5.0 * (n % 4 == 0), 15.0 + 0.1 * n) for n in range(7 * 16)
    )
    return trial(
        plans,
        lambda n, day, kind: 50.0 * _NOISE[n, day] * (ratio if kind == "active" else 1.0),
        weather=days,
    )


@pytest.fixture(scope="module")
def whole() -> Analysis:
    return analyse(_tables(1.6), {("least_minutes", "5"): _tables(1.7)}, _FEW)


def test_paired_t_is_scipys() -> None:
    found = paired_t(grid(_tables()).panel(), np.ones(8, dtype=np.bool_))
    logs = []
    for n, start in enumerate(_STARTS):
        weeks = 50.0 * _NOISE[n].reshape(16, 7)
        logs.append(math.log(1.25 * weeks[start + 1 :].mean() / weeks[:start].mean()))
    tested = stats.ttest_1samp(logs, 0.0)
    bounds = tested.confidence_interval(0.95)
    assert found.percent == pytest.approx(100.0 * math.expm1(np.mean(logs)))
    assert (found.low, found.high) == pytest.approx(
        (100 * math.expm1(bounds.low), 100 * math.expm1(bounds.high))
    )
    assert found.p == pytest.approx(tested.pvalue)


@pytest.mark.parametrize(("persons", "outside"), [(5, None), (6, 0), (8, 3), (10, 8), (20, 52)])
def test_wilcoxon_interval_is_that_of_the_tables(persons: int, outside: int | None) -> None:
    """Critical values of the signed-rank test, 5 % two-sided."""
    found = change(grid(_tables()).panel())
    values = np.random.default_rng(persons).normal(0.2, 0.3, persons)
    without = (values.sum() - values) / (persons - 1)
    made = dataclasses.replace(found, mean=values.mean(), error=1.0, without=without, persons=persons)
    told = wilcoxon(made)
    walsh = np.sort([(a + b) / 2.0 for i, a in enumerate(values) for b in values[i:]])
    assert told.percent == pytest.approx(100.0 * math.expm1(np.median(walsh)))
    assert told.p == pytest.approx(stats.wilcoxon(values).pvalue)
    if outside is None:
        assert told.low is None
    else:
        assert told.low == pytest.approx(100.0 * math.expm1(walsh[outside]))
        assert told.high == pytest.approx(100.0 * math.expm1(walsh[-1 - outside]))


def test_bootstrap_of_people_who_all_change_alike_has_no_width() -> None:
    def alike(number: int, day: int, kind: str) -> float:
        return (20.0 + number) * (1.0 + day // 7) * (1.2 if kind == "active" else 1.0)

    panel = grid(trial([plan_of(start, 16) for start in _STARTS], alike)).panel()
    found = bootstrap(panel, np.ones(8, dtype=np.bool_), change(panel), np.random.default_rng(1), 60)
    assert (found.low, found.percent, found.high) == pytest.approx((20.0, 20.0, 20.0), abs=0.01)


def test_mixed_model_finds_the_change_beside_weekday_and_rain() -> None:
    rain = [20.0 * (n % 5 == 0) for n in range(7 * 16)]

    def lived(number: int, day: int, kind: str) -> float:
        share = 1.0 + 0.2 * (day % 7 == 2) - 0.05 * math.log1p(rain[day]) + (0.2 if kind == "active" else 0.0)
        return 80.0 * share * (1.0 + 0.1 * (_NOISE[number, day] - 1.0))

    days = tuple(Weather(FIRST + timedelta(days=n), rain[n], 18.0 + (n * 7) % 5) for n in range(7 * 16))
    tables = trial([plan_of(start, 16) for start in _STARTS], lived, weather=days)
    starts = {who.person: who.start for who in tables.participants if who.start is not None}
    found = mixed_model(grid(tables).panel(), np.ones(8, dtype=np.bool_), days, starts)
    usual = 1.0 + 0.2 / 7.0 - 0.05 * math.log1p(20.0) / 5.0
    assert found.percent == pytest.approx(20.0 / usual, abs=1.5)
    assert found.low < found.percent < found.high
    assert found.note_en == ""


def test_daylight_of_oita() -> None:
    """Centre of the sun, without refraction: 14.2 h at midsummer, 9.8 h at midwinter, 12 h between."""
    assert daylight_hours(date(2026, 6, 21)) == pytest.approx(14.2, abs=0.1)
    assert daylight_hours(date(2026, 12, 22)) == pytest.approx(9.8, abs=0.1)
    assert daylight_hours(date(2026, 3, 21)) == pytest.approx(12.0, abs=0.1)


def _paired_sd(cv: float, before: float, after: float) -> float:
    """SD of one person's log ratio of weekly means, where the season is known."""
    return math.sqrt(cv**2 * (1.0 / before + 1.0 / after) + EFFECT_SD**2)


def test_the_planning_table() -> None:
    """CV 0.4, SD of the effect 0.15, +15 %, 80 %: 44, 28, 22 persons with 4, 8, 12 weeks before and after."""
    assert [persons_needed(15.0, _paired_sd(0.4, weeks, weeks)) for weeks in (4, 8, 12)] == [44, 28, 22]
    size = power_of.TTestPower().solve_power(nobs=28, alpha=0.05, power=0.8)
    assert detectable_percent(28, 0.3) == pytest.approx(100.0 * math.expm1(0.3 * size), rel=1e-4)


def test_scatter_is_the_paired_one_where_others_tell_the_season() -> None:
    """A crowd who only waits fixes the weeks: each person stands alone. Fewer cost precision."""
    own = [plan_of(4, 9) for _ in range(4)]
    crowd = [["baseline"] * 9 for _ in range(120)]
    told = np.arange(124) < 4
    few, many = ([*own, *crowd[:2]], [*own, *crowd])
    found = [
        scatter(grid(trial(plans, lambda n, day, kind: 30.0)).panel(), told[: len(plans)], 0.4)
        for plans in (many, few)
    ]
    assert found[0].sd == pytest.approx(_paired_sd(0.4, 4, 4), rel=0.05)
    assert found[1].sd > 1.3 * found[0].sd


def test_weekly_cv_is_the_scatter_of_weeks() -> None:
    """Weeks that alternate between 0.6 and 1.4 of the mean, in step with nobody else: SD 0.4."""
    plans = [["baseline"] * 16 for _ in range(40)]
    signs = np.random.default_rng(5).permuted(np.tile([0.6, 1.4], (40, 8)), axis=1)
    cv = weekly_cv(grid(trial(plans, lambda n, day, kind: 30.0 * signs[n, day // 7])))
    assert cv == pytest.approx(0.4, abs=0.03)


def test_coverage_difference_in_points() -> None:
    shares = np.array([[0.80, 0.70], [0.90, 0.84], [0.70, 0.62], [np.nan, 0.9]])
    found = coverage_difference(shares, np.full(shares.shape, 14.0))
    bounds = stats.ttest_1samp([-10.0, -6.0, -8.0], 0.0).confidence_interval(0.95)
    assert found.percent == pytest.approx(-8.0)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))
    assert (found.persons, found.days) == (3, 3 * 2 * 14)
    same = coverage_difference(np.array([[0.8, 0.8], [0.9, 0.9]]), np.full((2, 2), 14.0))
    assert (same.percent, same.low, same.high) == (0.0, 0.0, 0.0)


def test_before_and_after_permutes_nothing_and_still_draws_persons() -> None:
    def lived(number: int, day: int, kind: str) -> float:
        return 80.0 * _NOISE[number, day] * (1.2 if kind == "active" else 1.0)

    found = analyse(trial([plan_of(6, 13)] * 8, lived, design="before_after"), {}, _FEW)
    drawn = next(one for one in found.others if one.key == "bootstrap")
    permuted = next(one for one in found.controls if one.key == "permuted_labels")
    assert drawn.percent == pytest.approx(found.primary.percent)
    assert drawn.low < drawn.percent < drawn.high
    assert "Season and novelty" in drawn.note_en
    assert (permuted.percent, permuted.persons, permuted.days) == (None, 8, found.primary.days)
    assert permuted.note_en == "Nothing was drawn by lot: there is nothing to permute."
    assert found.coverage_difference.days > 0


def test_everybody_lost_is_lost_once_with_a_reason() -> None:
    plans = [plan_of(start, 16) for start in _STARTS]
    plans[1] = ["baseline"] * 6
    plans[2] = ["active"] * 16
    few = {3}
    tables = trial(
        plans,
        lambda n, day, kind: 0.0 if n == 4 and kind == "active" else 50.0 * _NOISE[n, day],
        valid=lambda n, day: n not in few or day < 3,
    )
    people = list(tables.participants)
    people[1] = dataclasses.replace(people[1], ended=FIRST + timedelta(days=41), why="転居")
    unlogged = Issue(code="no_logger", effect="left_out", where="fixes", person="P01")
    tables = dataclasses.replace(tables, participants=tuple(people), issues=(unlogged,))
    found = analyse(tables, {}, _FEW)
    assert [(step.name, step.persons, step.left) for step in found.flow] == [
        ("enrolled", 8, ()),
        ("has_comparison", 7, (("P03", "no_comparison"),)),
        ("has_active", 6, (("P02", "転居"),)),
        ("has_logger", 5, (("P01", "no_logger"),)),
        ("enough_valid_days", 4, (("P04", "few_valid_days"),)),
        ("analysed", 3, (("P05", "no_minutes"),)),
    ]
    assert found.primary.persons == 3
    assert {person.person for person in found.persons if person.analysed} == {"P06", "P07", "P08"}


def test_every_key_has_its_name(whole: Analysis) -> None:
    told = (whole.primary, whole.coverage_difference, whole.days_out, *whole.others, *whole.bounds)
    assert {estimate.key for estimate in (*told, *whole.controls)} <= set(names.ESTIMATES)
    assert {step.name for step in whole.flow} <= set(names.FLOW)
    assert {row.what for row in whole.sensitivity} <= set(names.SENSITIVITY)


def test_the_whole_is_of_one_piece(whole: Analysis) -> None:
    assert whole.primary.low < 60.0 < whole.primary.high
    assert whole.primary.p < 0.05
    assert [row.key for row in whole.others] == [
        "paired_t", "wilcoxon", "bootstrap", "mixed_model", "minutes_per_day_out",
    ]  # fmt: skip
    assert whole.days_out.percent == pytest.approx(0.0, abs=1e-6)
    assert whole.sensitivity[0].estimate.percent > whole.primary.percent
    phases = {row.phase: row for row in whole.coverage}
    assert phases["active"].planned_days == phases["active"].valid_days == 7 * sum(15 - s for s in _STARTS)
    assert phases["active"].mean_waking_coverage == pytest.approx(0.9)
    first = whole.persons[0]
    assert first.active_weekly_minutes == pytest.approx(7 * 80.0 * _NOISE[0, 28:].mean(), rel=1e-9)
    assert first.baseline_days_out == pytest.approx(7.0)
    assert len(first.days) == 7 * 16
    assert whole.power.persons_needed > 1


def _no_nan(value: object, where: str = "") -> None:
    if isinstance(value, float):
        assert math.isfinite(value), where
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            _no_nan(getattr(value, field.name), f"{where}.{field.name}")
    elif isinstance(value, tuple):
        for n, each in enumerate(value):
            _no_nan(each, f"{where}[{n}]")


@pytest.mark.parametrize(
    ("plans", "ratio"),
    [
        ([], 1.0),
        ([plan_of(6, 14)], 1.0),
        ([plan_of(6, 14), plan_of(4, 14)], 1.0),
        ([plan_of(s, 14) for s in _STARTS], 0.0),
        ([["active"] * 14 for _ in _STARTS], 1.0),
        ([["baseline"] * 14 for _ in _STARTS], 1.0),
    ],
    ids=["nobody", "one", "two", "zero_minutes", "no_comparison", "no_active"],
)
@pytest.mark.parametrize("design", ["randomised_start", "silent_weeks", "before_after"])
def test_a_trial_that_cannot_tell_says_why(plans: list[list[str]], ratio: float, design: str) -> None:
    if not plans:
        tables = dataclasses.replace(
            trial([["baseline"]], lambda n, day, kind: 0.0), participants=(), phases=(), days=()
        )
        tables = dataclasses.replace(tables, protocol=dataclasses.replace(tables.protocol, design=design))
    else:
        tables = trial(plans, lambda n, day, kind: ratio * 50.0 * _NOISE[n, day], design=design)
    found = analyse(tables, {}, _FEW)
    _no_nan(found)
    told = (found.primary, found.days_out, *found.others, *found.bounds, *found.controls)
    assert all(row.note_en and row.note_ja for row in told if row.percent is None or row.low is None)
    if design == "silent_weeks" or len(plans) < 2 or ratio == 0.0:
        assert design == "before_after" or found.primary.percent is None
    assert found.power.detectable_percent is None or found.power.detectable_percent > 0.0


def test_counting_is_the_same_twice() -> None:
    assert np.array_equal(count(_tables()).found.each, count(_tables()).found.each)
