import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.true_time import ERA_S, FLOOR_UTC_S, LogClock, TrueTime, agreed, kernel_is_synchronised, unrolled

TRUE = 1_795_314_465.0  # UTC at monotonic second 0
DAY_S = 86_400.0


def heard(time: TrueTime, *samples: tuple[float, float]) -> TrueTime:
    for now_s, utc_s in samples:
        time = time.told(now_s, utc_s)
    return time


def each_second(first: int, count: int, late_s: float = 0.3, off_s: float = 0.0) -> list[tuple[float, float]]:
    return [(n + late_s, TRUE + off_s + n) for n in range(first, first + count)]


def test_nobody_knows_before_three_agree() -> None:
    assert TrueTime().utc_s(5.0) is None
    assert heard(TrueTime(), *each_second(0, 2)).utc_s(5.0) is None
    assert heard(TrueTime(), *each_second(0, 3)).utc_s(5.0) == pytest.approx(TRUE + 5.0, abs=0.5)


def test_the_quickest_of_those_who_agree_is_believed() -> None:
    late = [(n + late_s, TRUE + n) for n, late_s in enumerate([0.9, 0.2, 0.7, 0.8, 0.4])]
    assert heard(TrueTime(), *late).utc_s(0.0) == pytest.approx(TRUE - 0.2, abs=1e-6)


@pytest.mark.parametrize("off_s", [DAY_S, -DAY_S, 3600.0, 50 * DAY_S, -18.0])
def test_a_few_that_are_nonsense_move_nothing(off_s: float) -> None:
    good, bad = each_second(0, 9), each_second(3, 3, off_s=off_s)
    time = heard(TrueTime(), *good[:3], *bad, *good[6:])
    assert time.utc_s(0.0) == pytest.approx(TRUE, abs=0.5)


@pytest.mark.parametrize("off_s", [-18.0, 18.0, DAY_S])
def test_a_receiver_that_corrects_itself_is_believed_after_a_few_seconds(off_s: float) -> None:
    time = heard(TrueTime(), *each_second(0, 20, off_s=off_s), *each_second(20, 6))
    assert time.utc_s(0.0) == pytest.approx(TRUE, abs=0.5)


@pytest.mark.parametrize("eras", [0, 1, 2])
def test_lost_weeks_are_put_back(eras: int) -> None:
    assert unrolled(TRUE - eras * ERA_S) == pytest.approx(TRUE)
    time = heard(TrueTime(), *each_second(0, 3, off_s=-eras * ERA_S))
    assert time.utc_s(0.0) == pytest.approx(TRUE, abs=0.5)


@given(st.floats(0.0, FLOOR_UTC_S + ERA_S - 1.0))
def test_every_time_is_brought_into_this_era(utc_s: float) -> None:
    got = unrolled(utc_s)
    assert FLOOR_UTC_S <= got < FLOOR_UTC_S + ERA_S
    eras = (got - utc_s) / ERA_S
    assert eras == pytest.approx(round(eras), abs=1e-9)


def test_impossible_times_are_left_out() -> None:
    assert heard(TrueTime(), *each_second(0, 9, off_s=30 * 365 * DAY_S)).utc_s(0.0) is None


def test_ntp_comes_first_and_its_word_stays_when_it_is_taken_back() -> None:
    time = heard(TrueTime(), *each_second(0, 3, off_s=7.0)).synchronised(3.0, TRUE + 3.0)
    assert time.utc_s(9.0) == pytest.approx(TRUE + 9.0)
    time = heard(time, *each_second(4, 3, off_s=7.0))
    assert time.utc_s(9.0) == pytest.approx(TRUE + 9.0), "while NTP is there"
    gone = TrueTime().synchronised(3.0, TRUE + 3.0).synchronised(4.0, None)
    assert gone.utc_s(9.0) == pytest.approx(TRUE + 9.0)


def test_a_jump_of_the_machines_clock_is_not_seen() -> None:
    # NTP's word is taken back by the jump itself; from then on only the monotonic clock counts.
    time = TrueTime().synchronised(3.0, TRUE + 3.0).synchronised(4.0, None)
    assert time.utc_s(1000.0) == pytest.approx(TRUE + 1000.0)


def test_age_is_told_by_the_receivers_own_time() -> None:
    time = heard(TrueTime(), *each_second(0, 5, off_s=-18.0))
    assert time.age_s(20.3, TRUE - 18.0 + 20.0) == pytest.approx(0.0, abs=0.01)
    assert time.age_s(20.3, TRUE - 18.0 + 10.0) == pytest.approx(10.0, abs=0.01)
    assert TrueTime().age_s(20.3, TRUE) == 0.0


@given(st.lists(st.floats(-1e10, 1e10), max_size=12))
def test_what_is_agreed_is_one_of_them_and_has_company(origins: list[float]) -> None:
    got = agreed(origins)
    if got is not None:
        assert got in origins
        assert sum(1 for origin in origins if 0.0 <= got - origin <= 1.0) >= 3


def test_asking_the_kernel_changes_nothing_and_answers() -> None:
    assert kernel_is_synchronised() in (True, False)


# --- the log's clock


def test_a_forward_correction_jumps_at_once() -> None:
    clock = LogClock(0.0, 1000.0)  # woke up in 1970
    assert clock.utc_s(1.0) == 1001.0
    clock.correct(1.5, TRUE + 1.5)
    assert clock.utc_s(2.0) == pytest.approx(TRUE + 2.0)
    assert clock.corrections() == (pytest.approx(TRUE - 1000.0),)
    assert clock.corrections() == ()


def test_a_backward_correction_waits_and_creeps() -> None:
    clock = LogClock(0.0, TRUE + 100.0)
    before = clock.utc_s(10.0)
    clock.correct(10.0, TRUE + 10.0)
    stamps = [clock.utc_s(10.0 + n) for n in range(1, 100)]
    assert all(0.0 < after - first < 0.0011 for first, after in itertools.pairwise([before, *stamps]))
    assert clock.utc_s(110.2) == pytest.approx(TRUE + 110.2), "caught up"
    assert clock.utc_s(111.2) == pytest.approx(TRUE + 111.2)


def test_what_a_sentence_lasts_is_no_correction() -> None:
    clock = LogClock(0.0, TRUE)
    for n in range(100):
        clock.correct(float(n), TRUE + n - 0.9)
    assert clock.corrections() == ()
    assert clock.utc_s(100.0) == TRUE + 100.0


def test_an_impossible_truth_is_not_believed() -> None:
    clock = LogClock(0.0, TRUE)
    clock.correct(1.0, 4e9)
    clock.correct(1.0, 0.0)
    clock.correct(1.0, float("nan"))
    assert clock.utc_s(1.0) == TRUE + 1.0


steps = st.lists(
    st.tuples(
        st.floats(0.0, 5000.0),  # seconds that pass
        st.none() | st.floats(-3 * DAY_S, 3 * DAY_S),  # what is believed to be true, beside the truth
    ),
    max_size=40,
)


@given(steps, st.floats(-3 * DAY_S, 3 * DAY_S))
def test_stamps_never_go_back_and_end_at_the_truth(
    way: list[tuple[float, float | None]], wrong_s: float
) -> None:
    now_s = 0.0
    clock = LogClock(now_s, TRUE + wrong_s)
    before = clock.utc_s(now_s)
    for passed_s, believed in way:
        now_s += passed_s
        if believed is not None:
            clock.correct(now_s, TRUE + now_s + believed)
        after = clock.utc_s(now_s)
        assert after >= before
        before = after
    clock.correct(now_s, TRUE + now_s)
    later_s = now_s + 8 * DAY_S
    assert clock.utc_s(later_s) == pytest.approx(TRUE + later_s, abs=1.0)


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=30), st.floats(1.0, DAY_S))
def test_how_often_one_asks_does_not_matter(waits: list[float], ahead_s: float) -> None:
    often, once = LogClock(0.0, TRUE + ahead_s), LogClock(0.0, TRUE + ahead_s)
    for clock in (often, once):
        clock.correct(0.0, TRUE)
    now_s = 0.0
    for wait_s in waits:
        now_s += wait_s
        stamp = often.utc_s(now_s)
    assert once.utc_s(now_s) == pytest.approx(stamp, abs=1e-3)
