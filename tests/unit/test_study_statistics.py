"""The primary formula: against statsmodels, by hand, and where nothing can be told."""

import math

import numpy as np
import pytest

stats = pytest.importorskip("scipy.stats", reason="the extra `study` is not installed")
glm = pytest.importorskip(
    "statsmodels.genmod.generalized_linear_model", reason="the extra `study` is not installed"
)

from field_tests.study import sensitivity  # noqa: E402
from field_tests.study.analyse import count, primary  # noqa: E402
from field_tests.study.panel import grid  # noqa: E402
from field_tests.study.primary import balanced_week, change  # noqa: E402
from field_tests.study.season import cells, fit  # noqa: E402
from tests.small_trials import plan_of, trial  # noqa: E402

_STARTS = (2, 3, 5, 6, 8, 9)
_OWN = (0.10, 0.25, -0.05, 0.15, 0.30, 0.05)  # log ratios of the persons
_WEEKS = 14


def _exact(number: int, day: int, kind: str) -> float:
    """Weekday's level times a week's factor times the person's own change: nothing by chance."""
    level = (30.0 + 10.0 * number) * (1.0 + day % 7)
    season = math.exp(0.4 * math.sin(day // 7 / 2.0))
    return level * season * (math.exp(_OWN[number]) if kind == "active" else 1.0)


def _plans() -> list[list[str]]:
    return [plan_of(start, _WEEKS) for start in _STARTS]


def test_exact_changes_are_found_whatever_the_season() -> None:
    found = change(grid(trial(_plans(), _exact)).panel())
    assert found.each == pytest.approx(_OWN, abs=1e-6)
    assert found.mean == pytest.approx(np.mean(_OWN), abs=1e-6)


def test_with_a_known_season_the_interval_is_students() -> None:
    """Nothing by chance but the persons: the jackknife of a mean is the usual standard error."""
    found = change(grid(trial(_plans(), _exact)).panel())
    expected = stats.ttest_1samp(_OWN, 0.0).confidence_interval(0.95)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-5)
    assert found.pseudo == pytest.approx(_OWN, abs=1e-5)


def test_factors_and_levels_are_those_of_a_poisson_regression() -> None:
    rng = np.random.default_rng(3)
    noise = rng.gamma(4.0, 0.25, (6, 7 * _WEEKS))
    panel = grid(trial(_plans(), lambda n, day, kind: _exact(n, day, kind) * noise[n, day])).panel()
    used = panel.used
    who, week, weekday = np.nonzero(used)
    own = np.array([panel.values[n][used[n]].mean() for n in range(6)])
    cell = (who * 2 + panel.side[used]) * 7 + weekday
    design = np.column_stack([np.eye(84)[cell], np.eye(_WEEKS)[week][:, 1:]])
    peer = glm.GLM(panel.values[used] / own[who], design, family=glm.families.Poisson()).fit(tol=1e-12)
    levels = np.exp(peer.params[:84]).reshape(6, 2, 7).sum(axis=2)
    ours = fit(cells(panel))
    assert ours.change == pytest.approx(np.log(levels[:, 1] / levels[:, 0]), abs=1e-6)
    assert np.diff(np.log(ours.factor)) == pytest.approx(np.diff([0.0, *peer.params[84:]]), abs=1e-6)


def test_missing_sundays_shift_nothing() -> None:
    """Sundays are the longest days; none of the active ones of two months counts but one."""
    week = np.tile(np.arange(1.0, 8.0), (8, 1))
    thinned = week.copy()
    thinned[1:, 6] = np.nan
    assert balanced_week(thinned) == balanced_week(week) == 28.0
    fewer = trial(_plans(), _exact, valid=lambda n, day: day % 7 != 6 or day // 7 in (0, 12))
    assert change(grid(fewer).panel()).each == pytest.approx(_OWN, abs=1e-6)


def test_weekdays_of_one_side_alone_are_left_out() -> None:
    gone = trial(_plans(), _exact, valid=lambda n, day: day % 7 != 6 or day // 7 < 2)
    assert change(grid(gone).panel()).each == pytest.approx(_OWN, abs=1e-6)


def test_those_who_never_begin_tell_the_season_and_are_not_averaged() -> None:
    plans = [plan_of(3, _WEEKS), plan_of(3, _WEEKS), plan_of(3, _WEEKS)]
    waiting = [["baseline"] * _WEEKS, ["baseline"] * _WEEKS]
    found = change(grid(trial([*plans, *waiting], _exact)).panel())
    assert found.persons == 3
    assert found.each[:3] == pytest.approx(_OWN[:3], abs=1e-6)
    assert np.isnan(found.each[3:]).all()


def test_a_season_that_hangs_on_one_person_gives_no_interval() -> None:
    plans = [plan_of(3, _WEEKS)] * 4 + [["baseline"] * _WEEKS]
    found = primary(count(trial(plans, _exact)))
    assert found.percent == pytest.approx(100.0 * math.expm1(np.mean(_OWN[:4])), abs=1e-3)
    assert (found.low, found.high) == (None, None)
    assert "one person" in found.note_en


def test_where_no_week_is_shared_nothing_is_said() -> None:
    """Two starts two weeks apart with two weeks between: nobody waits while others are compared."""
    plans = [plan_of(4, 12, wash_in=2), plan_of(4, 12, wash_in=2), plan_of(6, 12, wash_in=2)]
    found = primary(count(trial(plans, _exact)))
    assert (found.percent, found.low, found.p) == (None, None, None)
    assert "season" in found.note_en
    assert "季節" in found.note_ja


def test_before_and_after_is_given_with_its_warning() -> None:
    found = primary(count(trial([plan_of(6, 13)] * 5, _exact, design="before_after")))
    assert found.percent is not None
    assert found.p is None
    assert "not told from the device" in found.note_en


def test_before_and_after_in_the_same_season_of_two_years() -> None:
    """With a baseline a year before, a week's factor is that of the same week of the other year."""
    plan = [*["baseline"] * 6, *["wash_in"] * 46, *["active"] * 6]

    def lived(number: int, day: int, kind: str) -> float:
        season = 1.0 + 0.1 * (day // 7 % 52)
        return 60.0 * season * (1.2 if kind == "active" else 1.0)

    found = primary(count(trial([plan] * 4, lived, design="before_after")))
    assert found.percent == pytest.approx(20.0, abs=0.01)
    assert found.note_en == ""


def test_zero_days_are_days() -> None:
    """Every other day at home, before and after: the change of the mean is that of the days out."""
    half = trial(_plans(), lambda n, day, kind: _exact(n, day, kind) if (day + n) % 2 else 0.0)
    counted = grid(half)
    assert np.nanmean(change(counted.panel()).each) == pytest.approx(np.mean(_OWN), abs=0.02)
    out = change(counted.panel(counted.out))
    assert out.mean == pytest.approx(0.0, abs=0.05)


def test_bounds_lie_around_and_worst_below_best() -> None:
    counted = count(trial(_plans(), _exact))
    low, high, worst, best = sensitivity.bounds(counted.grid, counted.eligible)
    middle = 100.0 * math.expm1(np.mean(_OWN))
    assert low.percent == pytest.approx(middle, abs=1e-3)  # the same share is unknown on both sides
    assert high.percent == pytest.approx(middle, abs=1e-3)
    assert worst.percent == pytest.approx(100.0 * math.expm1(np.mean(_OWN) + math.log(0.9 / 1.2)), abs=1e-3)
    assert best.percent == pytest.approx(100.0 * math.expm1(np.mean(_OWN) + math.log(1.2 / 0.9)), abs=1e-3)


def test_leave_one_out_names_who_pulls_most() -> None:
    counted = count(trial(_plans(), _exact))
    lowest, highest = sensitivity.leave_one_out(counted.grid.panel(), counted.eligible, counted.found)
    assert (lowest.value, highest.value) == ("P05", "P03")
    rest = [own for own in _OWN if own != 0.30]
    assert lowest.estimate.percent == pytest.approx(100.0 * math.expm1(np.mean(rest)), abs=1e-3)
