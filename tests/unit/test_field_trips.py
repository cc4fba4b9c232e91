"""Trips without a registered home: from the first to the last believable movement."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from field_tests.japan import JST
from field_tests.outings.fixes import apart_m, cleaned
from field_tests.outings.track import Home
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


def test_of_two_fixes_of_one_moment_the_better_counts() -> None:
    good = Fix(utc_s=1.0, lat=33.0, lon=131.0, accuracy_m=5.0)
    assert cleaned([replace(good, accuracy_m=40.0), good]) == (good,)


def test_distances_hold_near_and_far() -> None:
    assert apart_m(33.0, 131.0, 33.001, 131.0) == pytest.approx(111.2, abs=0.5)
    assert apart_m(33.2334, 131.6066, 35.6812, 139.7671) == pytest.approx(792_000.0, rel=0.01)


def test_poor_fixes_are_not_believed() -> None:
    assert cleaned([Fix(utc_s=at(9), lat=34.0, lon=131.0, accuracy_m=900.0)]) == ()


def test_no_fixes_are_no_trip() -> None:
    assert trip_minutes([]) is None
