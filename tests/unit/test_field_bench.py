"""The benches' own tools: noise that is as bad as it says, shares that are missing, errors that add up."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from field_tests.bench import peers, shown
from field_tests.bench.independent import METRES_PER_DEGREE, Life, midnight_s
from field_tests.bench.keep import kept_answer, kept_life
from field_tests.bench.missing import Delivery, delivered, hours
from field_tests.bench.noise import Fixes, Receiver, clean, heard, stays
from field_tests.bench.speed import Counted, Speed
from field_tests.bench.table import DayFigure, errors, median_difference
from field_tests.bench.truth import Row, Table
from field_tests.bench.years import HOME, year
from field_tests.errors import StudyError
from field_tests.outings.track import Home

DAYS = (date(2026, 4, 13), date(2026, 4, 14))


def life(out_h: float = 2.0, reach_m: float = 1000.0) -> Life:
    """Two days, every 10 s; on the first out from 9:00 for `out_h` hours, `reach_m` to the north, walking."""
    time_s = np.arange(0, 2 * 86_400, 10.0)
    leaves, returns = 9 * 3600.0, (9.0 + out_h) * 3600.0
    away = np.clip(np.minimum(1.2 * (time_s - leaves), 1.2 * (returns - time_s)), 0.0, reach_m)
    return Life(
        person="G00",
        home=HOME,
        step_s=10,
        utc_s=midnight_s(DAYS[0]) + time_s,
        lat=HOME.lat + away / METRES_PER_DEGREE,
        lon=np.full(len(time_s), HOME.lon),
        days=DAYS,
        out_minutes=(60.0 * out_h, 0.0),
    )


def error_m(told: Fixes, true: Life) -> np.ndarray:
    north = (told.lat - true.lat) * METRES_PER_DEGREE
    east = (told.lon - true.lon) * METRES_PER_DEGREE * np.cos(np.radians(true.home.lat))
    return np.hypot(north, east)


def test_errors_are_as_large_as_the_receiver_says_hold_on_and_have_heavy_tails() -> None:
    true = life()
    even = Receiver(stay_spread=0.0, stay_shift_m=0.0)
    told = heard(true, np.random.default_rng(1), even)
    indoors = stays(true) >= 0
    far = error_m(told, true)
    assert np.percentile(far[indoors], 68) == pytest.approx(30.0, rel=0.15)
    assert np.percentile(far[indoors], 99.9) > 3.0 * 30.0  # of round normal errors: 2.5 times
    north = (told.lat - true.lat)[indoors]
    held = np.corrcoef(north[:-5], north[5:])[0, 1]  # 50 s later; the error holds on for 45 s
    assert held == pytest.approx(np.exp(-50.0 / 45.0), abs=0.08)


def test_the_stated_accuracy_follows_the_true_error_only_a_little() -> None:
    true = life()
    told = heard(true, np.random.default_rng(2))
    follows = np.corrcoef(np.log(told.accuracy_m), np.log(error_m(told, true) + 0.1))[0, 1]
    assert 0.2 < follows < 0.8
    assert np.all((told.accuracy_m >= 3.0) & (told.accuracy_m <= 500.0))


def test_the_same_seed_gives_the_same_noise() -> None:
    true = life()
    one, two = (heard(true, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.lat, two.lat)
    assert not np.array_equal(one.lat, heard(true, np.random.default_rng(6)).lat)


def test_who_walks_is_on_no_stay() -> None:
    walking = stays(life()) < 0
    assert 0.0 < walking.mean() * 2 * 86_400 / (2 * 1000.0 / 1.2) < 1.2
    assert len(set(stays(life())[~walking])) == 3  # home, there, home


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_hours_go_missing_up_to_the_share(share: float) -> None:
    there = hours(life(), share, np.random.default_rng(3))
    assert np.mean(~there) == pytest.approx(share, abs=0.13)  # the last piece may be hours too long
    borders = np.count_nonzero(np.diff(there.astype(int)))
    assert borders < 0.05 * len(there)  # long pieces, not single fixes


def test_what_arrives_is_doubled_late_and_jumped_and_nothing_is_lost() -> None:
    whole = clean(life())
    came = delivered(whole, 2, np.random.default_rng(4), Delivery(doubled=0.1, late=0.1, jumps_a_week=30.0))
    assert len(came) == pytest.approx(1.1 * len(whole), rel=0.02)
    assert set(came.row) == set(whole.row)
    assert np.any(np.diff(came.utc_s) < 0.0)
    assert np.count_nonzero(came.utc_s != whole.utc_s[came.row]) > 0  # a clock was wrong


def test_the_naive_rule_needs_100_m_to_leave_and_60_m_to_return() -> None:
    true = life(out_h=2.0, reach_m=1000.0)
    told = peers.naive(peers.ordered(clean(true)), HOME, DAYS)
    late = 100.0 / 1.2 / 60.0 + 60.0 / 1.2 / 60.0
    assert told[DAYS[0]] == pytest.approx(120.0 - late, abs=0.5)
    assert told[DAYS[1]] == 0.0
    assert peers.naive(peers.ordered(clean(life(reach_m=99.0))), HOME, DAYS)[DAYS[0]] == 0.0


def test_minutes_are_cut_at_midnight_in_japan() -> None:
    middle = midnight_s(DAYS[1])
    minutes = peers.by_day(np.array([middle - 600.0]), np.array([middle + 1200.0]), np.array([True]), DAYS)
    assert minutes == {DAYS[0]: 10.0, DAYS[1]: 20.0}


def figure(truth: float, minutes: float | None, low: float, high: float, **more: object) -> DayFigure:
    return DayFigure("G00", more.pop("day", DAYS[0]), truth, minutes, low, high, **more)  # type: ignore[arg-type]


def test_errors_count_days_told_and_days_withheld_apart() -> None:
    told = errors(
        [
            figure(100.0, 110.0, 90.0, 120.0),
            figure(100.0, 80.0, 70.0, 90.0, day=DAYS[1]),
            figure(200.0, 0.0, 0.0, 900.0, day=date(2026, 4, 20), withheld=True),
        ]
    )
    assert told.mae_min == pytest.approx(15.0)
    assert told.mae_all_min == pytest.approx(230.0 / 3.0)
    assert told.weekly_bias_percent == pytest.approx(-5.0)
    assert told.bounds_hold_percent == pytest.approx(50.0)
    assert told.safe_percent == pytest.approx(200.0 / 3.0)
    assert told.withheld_percent == pytest.approx(100.0 / 3.0)
    assert (told.days, told.told_days) == (3, 2)


def test_a_method_that_said_nothing_has_no_errors_and_is_not_perfect() -> None:
    told = errors([DayFigure("G00", DAYS[0], 100.0, None)])
    assert told.mae_min is None
    assert told.weekly_bias_percent is None
    assert told.bounds_hold_percent is None


def test_differences_are_of_days_that_both_tell() -> None:
    ours = [figure(1.0, 10.0, 0.0, 20.0), figure(1.0, 50.0, 0.0, 90.0, day=DAYS[1])]
    theirs = [DayFigure("G00", DAYS[0], 1.0, 13.0), DayFigure("G00", DAYS[1], 1.0, None)]
    assert median_difference(ours, theirs) == pytest.approx(3.0)
    assert median_difference(ours, []) is None


def table_of(truth: float, minutes: float) -> Table:
    told = errors([figure(truth, minutes, minutes - 1.0, minutes + 1.0)])
    names = [f"noisy/{scheme}/{share}" for scheme in ("cycles", "hours") for share in (20, 50, 90)]
    return Table(tuple(Row("ours", name, told, 1.0) for name in names), None, 7.0)


def test_a_target_that_is_missed_is_told_as_missed() -> None:
    told = {target.name: target.met for target in shown.outing_targets(table_of(100.0, 106.0))}
    assert told["noisy/cycles/20 MAE min/day"] is False
    assert told["noisy/cycles/50 MAE min/day"] is True
    assert told["noisy/cycles/50 |weekly bias| %"] is False
    assert told["noisy/hours/90 withheld or bounds hold %"] is False
    assert told["own/whole/0 median |ours - jasmine| min/day"] is None
    assert told["own/whole/0 median |ours - trackintel| min/day"] is False
    lines = shown.outings_text(table_of(100.0, 106.0))
    assert any("MISSED" in line for line in lines)
    assert any("not measured" in line for line in lines)


def test_unknown_methods_are_named() -> None:
    assert shown.methods("ours, naive", ("ours", "naive")) == ("ours", "naive")
    with pytest.raises(StudyError, match="garmin"):
        shown.methods("ours,garmin", ("ours", "naive"))
    with pytest.raises(StudyError, match="naive"):
        shown.methods(",", ("ours", "naive"))


def test_a_life_and_an_answer_are_kept(tmp_path: Path) -> None:
    drawn = []

    def draw() -> Life:
        drawn.append(1)
        return life()

    one, two = (kept_life(tmp_path, "life", draw) for _ in range(2))
    assert drawn == [1]
    assert one.home == Home(HOME.lat, HOME.lon)
    assert one.days == two.days == DAYS
    assert np.array_equal(one.lat, life().lat)
    asked = []

    def ask() -> tuple[dict[date, float], float]:
        asked.append(1)
        return {DAYS[0]: 12.5}, 3.0

    whole = clean(life())
    assert kept_answer(tmp_path, "jasmine", whole, ask) == kept_answer(tmp_path, "jasmine", whole, ask)
    kept_answer(tmp_path, "jasmine", whole.at(np.arange(10)), ask)  # other fixes: asked again
    assert asked == [1, 1]


def test_a_year_comes_in_weeks_that_follow_each_other() -> None:
    weeks = list(year(1, days=16, step_s=60))
    assert [len(week) for week in weeks] == [7 * 1440, 7 * 1440, 2 * 1440]
    assert np.all(np.diff(np.concatenate([week.utc_s for week in weeks])) == 60.0)


def test_growth_needs_a_process_that_counted_twice_and_scaling_is_told() -> None:
    def counted(process: int, peak_mb: float) -> Counted:
        return Counted(6_307_200, 380, 8.0, 7.0, peak_mb, process)

    one_each = Speed(counted(1, 500.0), (counted(2, 540.0), counted(3, 540.0)), 2, 60.0)
    assert one_each.growth_mb is None
    assert one_each.hundred_minutes == pytest.approx(50.0)
    grown = Speed(counted(1, 500.0), (counted(2, 540.0), counted(3, 540.0), counted(2, 690.0)), 2, 60.0)
    assert grown.growth_mb == pytest.approx(150.0)
    told = {target.name: target.met for target in shown.speed_targets(grown)}
    assert told["growth of a process over its years MB"] is False
    assert any("scaled from 3" in name for name in told)
