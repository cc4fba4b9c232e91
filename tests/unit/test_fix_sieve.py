import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.fix_health import Freshness
from device.fix_sieve import Sieve
from device.true_time import ERA_S
from device.whereabouts import Whereabouts
from wire.position import Fix

UTC_S = 1_795_314_465.0
METRE = 1.0 / 111_000.0  # of latitude, in degrees
HERE = Fix(utc_s=UTC_S, lat=33.2, lon=131.6, accuracy_m=7.5, speed_mps=1.1, course_deg=0.0)


def walk(second: float, north_m: float = 0.0) -> Fix:
    return replace(HERE, utc_s=UTC_S + second, lat=HERE.lat + (second * 1.1 + north_m) * METRE)


def passed(*arrivals: tuple[float, Fix]) -> list[float]:
    """The seconds of those that are passed on."""
    sieve, out = Sieve(), []
    for now_s, fix in arrivals:
        sieve, good = sieve.sift(now_s, fix, 0.0)
        if good:
            out.append(fix.utc_s - UTC_S)
    return out


def test_a_plain_walk_passes_whole() -> None:
    assert passed(*((n, walk(n)) for n in range(6))) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("off_m", [100.0, -100.0, 3000.0])
def test_one_fix_that_leaps_is_left_out(off_m: float) -> None:
    assert passed((0, walk(0)), (1, walk(1)), (2, walk(2, off_m)), (3, walk(3)), (4, walk(4))) == [0, 1, 3, 4]


def test_a_leap_of_a_second_of_a_fast_receiver_is_left_out() -> None:
    arrivals = [(n / 5, walk(n / 5, 100.0 if 10 <= n < 15 else 0.0)) for n in range(20)]
    assert [round(s * 5) for s in passed(*arrivals)] == [*range(10), *range(15, 20)]


def test_a_receiver_that_insists_is_believed_by_the_third_second() -> None:
    arrivals = [(n, walk(n, 0.0 if n < 3 else 150.0)) for n in range(10)]
    assert passed(*arrivals) == [0, 1, 2, 5, 6, 7, 8, 9]


def test_a_leap_within_its_own_accuracy_passes() -> None:
    assert passed((0, walk(0)), (1, replace(walk(1, 60.0), accuracy_m=40.0))) == [0, 1]


def test_a_bus_is_no_leap() -> None:
    bus = [(n, replace(walk(0, 15.0 * n), utc_s=UTC_S + n, speed_mps=15.0)) for n in range(5)]
    assert passed(*bus) == [0, 1, 2, 3, 4]


def test_after_a_tunnel_one_is_where_one_is() -> None:
    assert passed((0, walk(0)), (60, walk(60, 120.0))) == [0, 60]


def test_repeats_are_left_out_and_counted() -> None:
    sieve, _ = Sieve().sift(0.0, HERE, 0.0)
    for n in range(5):
        sieve, good = sieve.sift(n * 0.2, HERE, 0.0)
        assert not good
    assert sieve.refused == {"repeated": 5}


def test_going_back_in_time_is_left_out_unless_it_goes_on() -> None:
    assert passed((0, walk(10)), (1, walk(9)), (2, walk(12))) == [10, 12]
    back = [(n, walk(n if n < 3 else n - 100)) for n in range(8)]
    assert passed(*back) == [0, 1, 2, -95, -94, -93]


def test_old_ones_are_left_out_and_counted() -> None:
    sieve, good = Sieve().sift(0.0, HERE, 4.1)
    assert (good, sieve.refused) == (False, {"old": 1})
    assert Sieve().sift(0.0, HERE, 3.9)[1]


@given(st.lists(st.tuples(st.integers(-3, 5), st.floats(-5000, 5000), st.floats(0.5, 50)), max_size=60))
def test_never_dark_for_long_where_time_goes_on(steps: list[tuple[int, float, float]]) -> None:
    """Whatever comes, of every two seconds and a bit of newer and newer fixes one passes."""
    sieve, refused_since = Sieve(), None
    for n, (_, north_m, accuracy_m) in enumerate(steps):
        fix = replace(walk(n, north_m), accuracy_m=accuracy_m)
        sieve, good = sieve.sift(float(n), fix, 0.0)
        refused_since = None if good else n if refused_since is None else refused_since
        assert refused_since is None or n - refused_since < 2


# --- all together


def test_a_burst_of_old_fixes_after_a_stall_is_left_out() -> None:
    now = Whereabouts(live=True, by_satellites=True)
    for n in range(6):
        now, good = now.located(n + 0.3, [walk(n)])
        assert len(good) == 1
    now, good = now.located(16.4, [walk(n) for n in range(6, 17)])
    assert [fix.utc_s - UTC_S for fix in good] == [13, 14, 15, 16], "none older than 4 s"
    assert now.sieve.refused["old"] == 7


@pytest.mark.parametrize("off_s", [-18.0, 18.0, -3600.0])
def test_a_receiver_that_corrects_its_leap_seconds_is_dark_for_five_seconds_at_most(off_s: float) -> None:
    now, passed_s = Whereabouts(live=True, by_satellites=True), []
    for n in range(40):
        fix = walk(n) if n < 20 else replace(walk(n), utc_s=UTC_S + n + off_s)
        now, good = now.located(n + 0.3, [fix])
        passed_s += [n] if good else []
    dark_s = max(after - before for before, after in itertools.pairwise([*passed_s, 40])) - 1
    assert dark_s <= (5 if off_s < 0.0 else 0)


def test_lost_weeks_are_put_back_in_fixes_that_are_live_and_only_there() -> None:
    old = replace(HERE, utc_s=HERE.utc_s - ERA_S)
    assert Whereabouts(live=True, by_satellites=True).located(0.0, [old])[1] == (HERE,)
    assert Whereabouts(live=False, by_satellites=True).located(0.0, [old])[1] == (old,)


def test_satellites_time_is_told_only_where_it_may_be() -> None:
    for allowed in (True, False):
        now = Whereabouts(live=True, by_satellites=allowed)
        for n in range(4):
            now, _ = now.located(float(n), [walk(n)])
        assert (now.utc_s(3.0) is not None) == allowed
        assert now.sensed(None, UTC_S + 500.0, 4.0).utc_s(4.0) == UTC_S + 500.0


def test_a_replay_tells_no_time() -> None:
    now = Whereabouts(live=False, by_satellites=True)
    for n in range(9):
        now, _ = now.located(float(n), [walk(n)])
    assert now.utc_s(9.0) is None


# --- freshness


def test_stale_by_the_receivers_own_pace() -> None:
    fresh = Freshness()
    assert fresh.judge(0.0).state == "warn"
    for n in range(5):
        fresh.arrived(float(n))
    assert fresh.judge(6.4).state == "ok"
    assert fresh.judge(6.6).state == "stale"
    slow = Freshness()
    for n in range(5):
        slow.arrived(n * 3.0)
    assert slow.judge(12.0 + 7.4).state == "ok"
    assert slow.judge(12.0 + 7.6).state == "stale"


def test_what_the_receiver_says_counts_once_the_position_is_old() -> None:
    fresh = Freshness()
    fresh.arrived(0.0)
    assert fresh.judge(1.0, "no sky").state == "ok"
    assert (fresh.judge(3.0, "no sky").state, fresh.judge(3.0, "no sky").detail) == ("warn", "no sky")
    assert fresh.broken(3.0, "gone").state == "error"
