"""Lives: the truth holds what was asked for, and nothing else."""

import math
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from field_tests.holidays import holidays
from field_tests.simulator.climate import weather
from field_tests.simulator.lives import (
    DAY_MIN,
    Calendar,
    Conditions,
    Life,
    by_day,
    calendar,
    exposure,
    factors,
    life,
    novelty_shape,
)
from field_tests.simulator.people import KINDS, Person, person

FIRST, WEEKS, START = date(2026, 4, 13), 52, 26
NOTHING = Conditions(effect=0.0, effect_sd=0.0, season=0.0, rain=0.0, novelty=0.0)
F64 = NDArray[np.float64]


@pytest.fixture(scope="module")
def days() -> Calendar:
    return calendar(weather(FIRST, FIRST + timedelta(weeks=WEEKS) - timedelta(days=1), 5))


@pytest.fixture(scope="module")
def people() -> tuple[Person, ...]:
    return tuple(person(f"P{n}", n, 5) for n in range(60))


def _lives(people: tuple[Person, ...], days: Calendar, on: Conditions, start: bool = True) -> list[Life]:
    device = exposure(days, FIRST + timedelta(weeks=START) if start else None)
    return [life(who, days, device, on, np.random.default_rng([5, n])) for n, who in enumerate(people)]


def _minutes(people: tuple[Person, ...], days: Calendar, on: Conditions, start: bool = True) -> F64:
    return np.array([each.minutes for each in _lives(people, days, on, start)])


def _after_over_before(minutes: F64) -> float:
    return float(minutes[:, 7 * START :].mean() / minutes[:, : 7 * START].mean())


def test_the_effect_is_in_the_truth(days: Calendar, people: tuple[Person, ...]) -> None:
    """The same lives with and without the device: 15 % more minutes after the start, nothing before."""
    without, with_it = (_minutes(people, days, Conditions(e, 0, 0, 0, 0)) for e in (0.0, 0.15))
    after = with_it[:, 7 * START :].sum() / without[:, 7 * START :].sum()
    assert after == pytest.approx(1.15, abs=0.01)
    assert np.array_equal(with_it[:, : 7 * START], without[:, : 7 * START])


def test_half_of_the_effect_is_more_outings(days: Calendar, people: tuple[Person, ...]) -> None:
    many = [_lives(people, days, Conditions(e, 0, 0, 0, 0)) for e in (0.0, 0.44)]
    after = 7 * START * DAY_MIN
    counts = [sum(int((each.start_min >= after).sum()) for each in lives) for lives in many]
    fixed = np.mean([who.fixed_share for who in people])
    assert 1.1 < counts[1] / counts[0] < math.sqrt(1.0 + 0.44 / (1.0 - fixed))


def test_persons_differ_in_what_the_device_does(days: Calendar) -> None:
    device = exposure(days, FIRST)
    on = Conditions(effect=0.15, effect_sd=0.15, season=0.0, rain=0.0, novelty=0.0)
    logs = np.log([factors(person("P", n, 6), days, device, on)[-1] for n in range(400)])
    assert logs.mean() == pytest.approx(math.log(1.15), abs=0.025)
    assert logs.std() == pytest.approx(0.15, abs=0.02)


def test_season_is_present_when_on_and_absent_when_off(days: Calendar, people: tuple[Person, ...]) -> None:
    average = Person("P", people[0].habits, 0.0, 1.0, 1.0, 0.0, 0.0, True)
    device = exposure(days, None)
    on = factors(average, days, device, Conditions(0, 0, 0.17, 0, 0))
    assert on.max() / on.min() == pytest.approx(1.17, abs=0.003)
    assert (FIRST + timedelta(days=int(on.argmin()))).month in {1, 2}
    assert np.all(factors(average, days, device, NOTHING) == 1.0)


def test_season_moves_the_minutes_that_are_lived(days: Calendar, people: tuple[Person, ...]) -> None:
    """Spring against winter, nobody with a device."""
    dates = np.array([(FIRST + timedelta(days=n)).month for n in range(len(days))])
    spring, winter = np.isin(dates, (5, 6)), np.isin(dates, (1, 2))
    on, off = (_minutes(people, days, Conditions(0, 0, s, 0, 0), start=False) for s in (0.3, 0.0))
    assert on[:, spring].mean() / on[:, winter].mean() > 1.17
    assert off[:, spring].mean() / off[:, winter].mean() == pytest.approx(1.0, abs=0.06)


def test_rain_keeps_people_in(days: Calendar, people: tuple[Person, ...]) -> None:
    wet = days.wet > 0.9
    on, off = (_minutes(people, days, Conditions(0, 0, 0, r, 0), start=False) for r in (0.4, 0.0))
    kept = on[:, wet].sum() / off[:, wet].sum()
    assert kept == pytest.approx(0.62, abs=0.05)


def test_novelty_peaks_in_the_fifth_week_and_goes_away(days: Calendar) -> None:
    weeks = np.array([np.nan, 0.0, 2.0, 5.0, 8.0, 16.0])
    shape = novelty_shape(weeks)
    assert shape[0] == shape[1] == 0.0
    assert shape[3] == pytest.approx(1.0)
    assert shape[2] < 1.0 > shape[4]
    assert shape[5] < 0.02


def test_novelty_is_in_the_truth_only_when_on(days: Calendar, people: tuple[Person, ...]) -> None:
    weeks = slice(7 * (START + 4), 7 * (START + 7))
    on, off = (_minutes(people, days, Conditions(0, 0, 0, 0, n)) for n in (0.3, 0.0))
    assert on[:, weeks].sum() / off[:, weeks].sum() == pytest.approx(1.29, abs=0.05)
    assert _after_over_before(off) == pytest.approx(1.0, abs=0.03)


def test_silent_weeks_have_no_effect(days: Calendar) -> None:
    quiet = frozenset(FIRST + timedelta(days=n) for n in range(70, 77))
    device = exposure(days, FIRST + timedelta(weeks=4), quiet)
    assert not device.guided[:28].any()
    assert device.guided[28:70].all()
    assert not device.guided[70:77].any()
    assert not np.isnan(device.weeks[70:77]).any()


def test_lives_look_like_life(days: Calendar, people: tuple[Person, ...]) -> None:
    """A third of the days at home; a CV of weekly minutes of about 0.4; evenings and nights away are rare."""
    minutes = _minutes(people, days, NOTHING, start=False)
    weekly = minutes.reshape(len(people), WEEKS, 7).sum(axis=2)
    assert 0.25 < (minutes == 0.0).mean() < 0.5
    assert 0.35 < np.median(weekly.std(axis=1) / weekly.mean(axis=1)) < 0.5
    assert 400.0 < weekly.mean() < 700.0
    assert (minutes > 720.0).mean() < 0.01


def test_outings_do_not_overlap_and_make_the_minutes(days: Calendar, people: tuple[Person, ...]) -> None:
    for each in _lives(people[:20], days, Conditions()):
        assert np.all(each.end_min > each.start_min)
        assert np.all(each.start_min[1:] >= each.end_min[:-1])
        assert each.minutes.sum() == pytest.approx((each.end_min - each.start_min).sum())
        assert each.minutes.max() <= DAY_MIN + 1e-6
        clinics = each.start_min[each.kind == KINDS.index("clinic")]
        assert not days.holiday[(clinics // DAY_MIN).astype(int)].any()


def test_an_outing_over_midnight_counts_on_both_days() -> None:
    minutes = by_day(np.array([100.0, 1400.0]), np.array([130.0, 1500.0]), 3)
    assert minutes.tolist() == pytest.approx([70.0, 60.0, 0.0])


def test_the_same_seed_gives_the_same_life(days: Calendar) -> None:
    who = person("P1", 1, 9)
    assert who == person("P1", 1, 9) != person("P1", 1, 10)
    device = exposure(days, FIRST)
    twice = [life(who, days, device, Conditions(), np.random.default_rng(3)) for _ in range(2)]
    assert np.array_equal(twice[0].minutes, twice[1].minutes)
    other = life(who, days, device, Conditions(), np.random.default_rng(4))
    assert not np.array_equal(twice[0].minutes, other.minutes)


def test_holidays_of_known_years() -> None:
    """As the Cabinet Office lists them: substitutes, equinoxes, and a day between two holidays."""
    in_2026 = {(day.month, day.day) for day in holidays(2026)}
    assert in_2026 == {
        (1, 1), (1, 12), (2, 11), (2, 23), (3, 20), (4, 29), (5, 3), (5, 4), (5, 5), (5, 6), (7, 20),
        (8, 11), (9, 21), (9, 22), (9, 23), (10, 12), (11, 3), (11, 23),
    }  # fmt: skip
    assert date(2025, 2, 24) in holidays(2025)
    assert date(2025, 11, 24) in holidays(2025)
    assert date(2024, 3, 20) in holidays(2024)


def test_weather_is_that_of_oita() -> None:
    days = weather(date(2020, 1, 1), date(2039, 12, 31), 3)
    rain = sum(day.rain_mm for day in days) / 20.0
    wet = sum(day.rain_mm >= 1.0 for day in days) / 20.0
    august = np.mean([day.mean_c for day in days if day.day.month == 8])
    january = np.mean([day.mean_c for day in days if day.day.month == 1])
    assert 1500.0 < rain < 1950.0
    assert 95.0 < wet < 120.0
    assert august == pytest.approx(27.5, abs=1.0)
    assert january == pytest.approx(7.0, abs=1.0)
    assert weather(date(2020, 1, 1), date(2039, 12, 31), 3) == days
