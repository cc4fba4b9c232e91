"""Outings from positions: noise at home, midnight, gaps, disorder, and trips without a home."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import chain

import pytest

from field_tests.outings.days import JST, daily_minutes
from field_tests.errors import OutingError
from field_tests.outings.fixes import apart_m, cleaned
from field_tests.outings.hysteresis import Home, estimate
from field_tests.outings.trips import trip_minutes
from wire.position import Fix

HOME = Home(lat=33.2334, lon=131.6066)
_NORTH = 1.0 / 110_900.0  # degrees of latitude a metre


def at(hour: int, minute: int = 0, day: int = 1) -> float:
    return datetime(2026, 6, day, hour, minute, tzinfo=JST).timestamp()


def fixes(
    start_s: float,
    end_s: float,
    north_m: Callable[[float], float],
    *,
    every_s: float = 10.0,
    accuracy_m: float = 8.0,
    seed: int = 1,
) -> Iterator[Fix]:
    """Fixes at `north_m(seconds since start)` metres north of home, with AR(1) heavy-tailed noise."""
    rng = random.Random(seed)  # noqa: S311 - a simulation
    keep = math.exp(-every_s / 30.0)
    east = north = 0.0
    for step in range(int((end_s - start_s) / every_s)):
        scale = accuracy_m / 1.51 * math.sqrt(1.0 - keep * keep) / math.sqrt(2.0)
        tail = math.sqrt(rng.gammavariate(2.0, 2.0) / 4.0)
        east = keep * east + scale * rng.gauss(0, 1) / tail
        north = keep * north + scale * rng.gauss(0, 1) / tail
        where = north_m(step * every_s) + north
        yield Fix(
            utc_s=start_s + step * every_s,
            lat=HOME.lat + where * _NORTH,
            lon=HOME.lon + east * _NORTH / math.cos(math.radians(HOME.lat)),
            accuracy_m=accuracy_m,
            source="nmea",
        )


def at_home(_: float) -> float:
    return 0.0


def there_and_back(minutes: float, mps: float = 1.0) -> Callable[[float], float]:
    """Out at once, turn at half time, home at the end."""
    half = minutes * 30.0
    return lambda t: max(0.0, mps * (half - abs(t - half)))


@pytest.mark.parametrize("accuracy_m", [8.0, 20.0, 30.0, 45.0])
@pytest.mark.parametrize("seed", range(3))
def test_noise_at_home_is_no_outing(accuracy_m: float, seed: int) -> None:
    day = list(fixes(at(0), at(23, 59), at_home, accuracy_m=accuracy_m, seed=seed))
    assert estimate(day, HOME) == ()
    (row,) = daily_minutes(day, HOME)
    assert row.minutes == 0.0
    assert row.minutes_max < 5.0
    assert row.coverage == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_an_outing_is_measured_within_two_minutes(seed: int) -> None:
    whole = chain(
        fixes(at(9), at(10), at_home, seed=seed),
        fixes(at(10), at(11), there_and_back(60.0), seed=seed + 100),
        fixes(at(11), at(12), at_home, seed=seed + 200),
    )
    (outing,) = estimate(whole, HOME)
    # The home has a radius of 50 m: it is left and entered 50 s into the walk.
    assert outing.minutes == pytest.approx(60.0 - 100.0 / 60.0, abs=2.0)
    assert outing.minutes_min <= outing.minutes <= outing.minutes_max
    assert outing.minutes_max - outing.minutes_min < 1.0
    assert outing.start_utc_s == pytest.approx(at(10), abs=150.0)
    assert outing.end_utc_s == pytest.approx(at(11), abs=150.0)
    assert outing.max_distance_m == pytest.approx(1800.0, abs=40.0)
    assert outing.coverage == 1.0


def test_the_mailbox_is_no_outing_and_neither_is_a_short_errand() -> None:
    short = chain(
        fixes(at(9), at(10), at_home),
        fixes(at(10), at(10, 8), there_and_back(8.0)),
        fixes(at(10, 8), at(11), at_home),
    )
    assert estimate(short, HOME) == ()


def test_order_and_repetition_of_the_fixes_mean_nothing() -> None:
    whole = list(
        chain(
            fixes(at(9), at(10), at_home),
            fixes(at(10), at(11), there_and_back(60.0)),
            fixes(at(11), at(12), at_home),
        )
    )
    shuffled = whole + whole[::3]
    random.Random(5).shuffle(shuffled)  # noqa: S311 - a seeded order
    assert estimate(shuffled, HOME) == estimate(whole, HOME)


def test_poor_fixes_are_not_believed() -> None:
    far = Fix(utc_s=at(9), lat=34.0, lon=131.0, accuracy_m=900.0)
    assert cleaned([far]) == ()
    at_desk = [*fixes(at(9), at(10), at_home), *(replace(far, utc_s=at(9) + 5 * n) for n in range(700))]
    assert estimate(at_desk, HOME) == ()


def test_of_two_fixes_of_one_moment_the_better_counts() -> None:
    good = Fix(utc_s=1.0, lat=33.0, lon=131.0, accuracy_m=5.0)
    assert cleaned([replace(good, accuracy_m=40.0), good]) == (good,)


def test_a_gap_inside_an_outing_widens_its_bounds_and_lowers_its_coverage() -> None:
    walk = [
        fix
        for fix in fixes(at(10), at(12), there_and_back(120.0))
        if not at(10, 40) <= fix.utc_s < at(11, 20)
    ]
    (outing,) = estimate([*fixes(at(9), at(10), at_home), *walk, *fixes(at(12), at(13), at_home)], HOME)
    assert outing.minutes == pytest.approx(118.0, abs=2.5)
    assert outing.minutes_max - outing.minutes_min == pytest.approx(40.0, abs=1.0)
    assert outing.coverage == pytest.approx(1.0 - 40.0 / 118.0, abs=0.02)


def test_a_gap_of_fifteen_minutes_is_still_seen() -> None:
    walk = [
        fix
        for fix in fixes(at(10), at(12), there_and_back(120.0))
        if not at(10, 40) <= fix.utc_s < at(10, 54)
    ]
    (outing,) = estimate([*fixes(at(9), at(10), at_home), *walk, *fixes(at(12), at(13), at_home)], HOME)
    assert outing.coverage == 1.0


def test_a_gap_at_home_is_no_outing_but_may_have_been_one() -> None:
    day = [*fixes(at(8), at(10), at_home), *fixes(at(14), at(20), at_home)]
    assert estimate(day, HOME) == ()
    (row,) = daily_minutes(day, HOME)
    assert row.minutes == 0.0
    assert row.minutes_min == 0.0
    assert row.minutes_max == pytest.approx(24 * 60 - 8 * 60, abs=1.0)
    assert row.coverage == pytest.approx(8.0 / 24.0, abs=0.01)


def test_leaving_during_a_gap_counts_half_of_it_within_all_and_nothing() -> None:
    walk = [fix for fix in fixes(at(10), at(12), there_and_back(120.0)) if fix.utc_s >= at(10, 30)]
    (outing,) = estimate([*fixes(at(9), at(10), at_home), *walk, *fixes(at(12), at(13), at_home)], HOME)
    assert outing.minutes_max - outing.minutes_min == pytest.approx(30.0, abs=1.0)
    assert outing.minutes == pytest.approx((outing.minutes_min + outing.minutes_max) / 2.0, abs=0.5)


def test_an_outing_over_midnight_belongs_to_both_days() -> None:
    whole = [
        *fixes(at(20), at(23), at_home),
        *fixes(at(23), at(1, day=2), there_and_back(120.0)),
        *fixes(at(1, day=2), at(3, day=2), at_home),
    ]
    assert len(estimate(whole, HOME)) == 1
    first, second = daily_minutes(whole, HOME)
    assert (first.day, second.day) == (date(2026, 6, 1), date(2026, 6, 2))
    assert first.minutes == pytest.approx(59.0, abs=1.5)
    assert second.minutes == pytest.approx(59.0, abs=1.5)
    assert first.coverage == pytest.approx(4.0 / 24.0, abs=0.01)


def test_days_without_fixes_are_rows_too() -> None:
    whole = [*fixes(at(8), at(9), at_home), *fixes(at(8, day=4), at(9, day=4), at_home)]
    rows = daily_minutes(whole, HOME)
    assert [row.day.day for row in rows] == [1, 2, 3, 4]
    assert rows[1].coverage == 0.0
    assert rows[1].minutes == 0.0
    assert rows[1].minutes_max == pytest.approx(24 * 60.0)


def test_two_outings_with_home_between_are_two() -> None:
    whole = [
        *fixes(at(9), at(10), there_and_back(60.0)),
        *fixes(at(10), at(11), at_home),
        *fixes(at(11), at(12), there_and_back(60.0)),
        *fixes(at(12), at(13), at_home),
    ]
    assert len(estimate(whole, HOME)) == 2


def test_no_fixes_are_no_outing() -> None:
    assert estimate([], HOME) == ()
    assert daily_minutes([], HOME) == ()
    assert trip_minutes([]) is None


@pytest.mark.parametrize("accuracy_m", [5.0, 10.0, 15.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_trip_lasts_from_the_first_to_the_last_movement(accuracy_m: float, seed: int) -> None:
    stood, walked_s, mps = 120.0, 1080.0, 1.1
    track = fixes(
        at(10),
        at(10) + stood + walked_s + 180.0,
        lambda t: mps * min(max(t - stood, 0.0), walked_s),
        every_s=1.0,
        accuracy_m=accuracy_m,
        seed=seed,
    )
    trip = trip_minutes(list(track))
    assert trip is not None
    assert trip.minutes == pytest.approx(walked_s / 60.0, abs=1.5)
    assert trip.coverage == 1.0
    assert trip.minutes_min == trip.minutes == trip.minutes_max
    assert trip.max_distance_m == pytest.approx(mps * walked_s, abs=60.0)


@pytest.mark.parametrize("seed", range(4))
def test_a_device_that_lies_still_makes_no_trip(seed: int) -> None:
    still = list(fixes(at(10), at(12), at_home, every_s=1.0, accuracy_m=15.0, seed=seed))
    assert trip_minutes(still) is None


def test_a_trip_with_a_long_gap_says_so() -> None:
    walk = fixes(at(10), at(11), lambda t: 1.0 * t, every_s=1.0)
    trip = trip_minutes([fix for fix in walk if not at(10, 20) <= fix.utc_s < at(10, 40)])
    assert trip is not None
    assert trip.minutes == pytest.approx(60.0, abs=1.0)
    assert trip.minutes_max - trip.minutes_min == pytest.approx(20.0, abs=0.1)
    assert trip.coverage == pytest.approx(2.0 / 3.0, abs=0.01)


def test_a_home_without_a_radius_is_refused() -> None:
    with pytest.raises(OutingError, match="radius above 0 m"):
        Home(lat=33.0, lon=131.0, radius_m=0.0)


def test_distances_hold_near_and_far() -> None:
    assert apart_m(33.0, 131.0, 33.001, 131.0) == pytest.approx(111.2, abs=0.5)
    assert apart_m(33.2334, 131.6066, 35.6812, 139.7671) == pytest.approx(792_000.0, rel=0.01)
