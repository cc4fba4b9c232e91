"""A model, a board and a motion sensor that fail are told in time, once, and again when they are well."""

from itertools import pairwise

import pytest

from vision.fault_injection import part
from vision.faults_parts import PARTS, Part, failing
from vision.health import FAILED, HOT, LOW_POWER, SLOW, STALLED, Heat, HeatWatch, ImuWatch, ModelWatch
from vision.steady import Level, Pace, observed


@pytest.mark.parametrize("trial", PARTS, ids=lambda trial: trial.name)
def test_each_part_that_fails_is_told_within_a_second_and_so_is_its_end(trial: Part) -> None:
    result = part(trial)
    assert result.right, result
    said = [after for before, after in pairwise(fault for _, fault in trial.play()) if before != after]
    assert said == [trial.reason, None]


@pytest.mark.parametrize("trial", PARTS, ids=lambda trial: trial.name)
def test_nothing_is_told_before_it_fails(trial: Part) -> None:
    assert not [t_s for t_s, fault in trial.play() if fault and t_s < 6.0]
    assert any(failing(t_s) for t_s, _ in trial.play())


def answers(took_s: float, count: int, state: ModelWatch, t_s: float) -> ModelWatch:
    for _ in range(count):
        state = state.asked(t_s).at(t_s)
        t_s += took_s
        state = state.answered(t_s).at(t_s)
    return state


def test_the_first_answer_may_take_longer() -> None:
    state = ModelWatch().asked(0.0)
    for tenth in range(49):
        state = state.at(tenth / 10)
    assert state.fault is None
    assert state.at(5.2).fault == STALLED


def test_one_slow_answer_is_not_a_slow_model() -> None:
    state = answers(0.1, 10, ModelWatch(), 0.0)
    state = answers(0.58, 1, state, 2.0)
    state = answers(0.1, 4, state, 3.0)
    assert state.fault is None


@pytest.mark.parametrize("tick_s", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("took_s", [0.501, 0.51, 0.55, 0.58, 0.599, 0.601, 0.7, 0.9, 1.0, 10.0])
@pytest.mark.parametrize("waited_s", [0.0, 0.04, 0.1])
def test_a_model_that_becomes_too_slow_is_told_within_a_second_while_it_is_still_at_it(
    tick_s: float, took_s: float, waited_s: float
) -> None:
    """Whatever it takes from now on, however often it is asked, and however old its pictures are."""
    state = answers(0.1, 10, ModelWatch(), 0.0)
    begun_s, began_s, told_s = 1.0, 1.0, None
    state = state.asked(begun_s)
    for number in range(1, round(3.0 / tick_s)):
        now_s = begun_s + number * tick_s
        while began_s + took_s <= now_s:
            ended_s = began_s + took_s
            state = state.answered(ended_s, taken_s=began_s - waited_s).asked(ended_s)
            began_s = ended_s
        state = state.at(now_s)
        if state.fault is not None and told_s is None:
            told_s, fault = now_s, state.fault
    assert told_s is not None
    assert told_s - begun_s <= 1.0 + 1e-6
    assert fault == (SLOW if took_s <= 0.6 else STALLED)


@pytest.mark.parametrize("usual_s", [0.1, 0.2, 0.3])
def test_one_late_answer_among_quick_ones_tells_nothing_while_the_next_is_waited_for(usual_s: float) -> None:
    state = answers(usual_s, 10, ModelWatch(), 0.0).asked(4.0)
    faults, began_s, due_s = [], 4.0, 4.58
    for hundredth in range(300):
        now_s = 4.0 + hundredth / 100
        if now_s >= due_s:
            state = state.answered(due_s, taken_s=began_s).asked(due_s)
            began_s, due_s = due_s, due_s + usual_s
        state = state.at(now_s)
        faults.append(state.fault)
    assert set(faults) == {None}


def test_after_one_answer_that_was_waited_for_too_long_nothing_is_left_of_it_but_that() -> None:
    state, told = answers(0.1, 10, ModelWatch(), 0.0).asked(2.0), []
    for twentieth in range(200):
        now_s = 2.0 + twentieth / 20
        if twentieth >= 15 and twentieth % 2:
            state = state.answered(now_s).asked(now_s)
        state = state.at(now_s)
        told.append(state.fault)
    assert [after for before, after in pairwise(told) if before != after] == [STALLED, None]


def test_a_model_that_answers_late_is_slow_until_it_is_well_below_the_limit() -> None:
    state = answers(0.55, 10, ModelWatch(), 0.0)
    assert state.fault == SLOW
    state = answers(0.45, 20, state, 10.0)
    assert state.fault == SLOW
    assert answers(0.1, 40, state, 30.0).fault is None


def test_a_newer_picture_does_not_hide_that_the_first_is_unanswered() -> None:
    state = answers(0.1, 3, ModelWatch(), 0.0)
    for tenth in range(10):
        state = state.asked(1.0 + tenth / 10).at(1.0 + tenth / 10)
    assert state.fault == STALLED


def test_an_answer_too_old_to_be_used_is_as_good_as_none() -> None:
    state = answers(0.1, 5, ModelWatch(), 0.0)
    state = state.asked(2.0).answered(3.0).at(3.0)  # in one step, so that nobody saw it waiting
    assert (state.fault, state.lost) == (STALLED, True)
    state = answers(0.1, 20, state, 4.0)
    assert (state.fault, state.lost) == (None, False)


def test_who_waited_for_its_turn_is_as_late_as_its_picture_is_old() -> None:
    state = ModelWatch()
    for number in range(8):
        began_s = 10.0 + number
        state = state.asked(began_s).answered(began_s + 0.3, taken_s=began_s - 0.3).at(began_s + 0.3)
    assert state.fault == SLOW


def test_a_model_known_to_be_slow_is_not_called_stalled_at_each_answer() -> None:
    state, faults = ModelWatch(), []
    for number in range(20):
        t_s = 0.8 * number
        state = state.asked(t_s)
        for tenth in range(1, 8):
            state = state.at(t_s + tenth / 10)
            faults.append(state.fault)
        state = state.answered(t_s + 0.8).at(t_s + 0.8)
    assert faults[-7 * 12 :] == [SLOW] * 7 * 12
    state = state.asked(20.0).at(20.95)
    assert state.fault == STALLED  # and within a second all the same


def test_errors_are_told_at_once_and_over_only_after_steady_answers() -> None:
    state = answers(0.1, 5, ModelWatch(), 0.0).asked(1.0).broke().at(1.0)
    assert (state.fault, state.lost, state.waiting_since_s) == (FAILED, True, None)
    assert answers(0.1, 3, state, 1.1).fault == FAILED
    assert answers(0.1, 25, state, 1.1).fault is None


def test_a_picture_that_was_not_looked_at_neither_waits_nor_answers() -> None:
    state = answers(0.1, 5, ModelWatch(), 0.0)
    assert state.asked(1.0).spared().at(60.0) == state.at(60.0)


def test_an_answer_that_nobody_waits_for_tells_nothing() -> None:
    assert ModelWatch().answered(1.0) == ModelWatch()


def test_a_model_that_is_not_asked_is_not_stalled() -> None:
    state = answers(0.1, 3, ModelWatch(), 0.0)
    assert state.at(60.0).fault is None


def heat(state: HeatWatch, reading: Heat | None, seconds: float, t_s: float) -> HeatWatch:
    for quarter in range(round(seconds * 4)):
        state = state.at(t_s + quarter / 4, reading)
    return state


def test_a_short_peak_is_no_heat() -> None:
    state = heat(HeatWatch(), Heat(86.0, -1.0), 0.5, 0.0)
    assert heat(state, Heat(80.0, 5.0), 1.0, 0.5).fault is None


def test_heat_is_over_only_well_below_the_limit_and_after_a_while() -> None:
    state = heat(HeatWatch(), Heat(86.0, -1.0), 2.0, 0.0)
    assert state.fault == HOT
    state = heat(state, Heat(83.0, 2.0), 60.0, 2.0)
    assert state.fault == HOT
    state = heat(state, Heat(70.0, 15.0), 8.0, 62.0)
    assert state.fault == HOT
    assert heat(state, Heat(70.0, 15.0), 4.0, 70.0).fault is None


def test_a_weak_supply_is_told_as_the_cause_of_a_slow_clock() -> None:
    state = heat(HeatWatch(), Heat(60.0, 20.0, throttled=True, low_power=True), 2.0, 0.0)
    assert state.fault == LOW_POWER


def test_a_board_that_tells_nothing_changes_nothing() -> None:
    assert heat(HeatWatch(), None, 5.0, 0.0) == HeatWatch()
    told = heat(HeatWatch(), Heat(86.0, -1.0), 2.0, 0.0)
    assert heat(told, None, 60.0, 2.0) == told


@pytest.mark.parametrize(
    "accel", [(0.0, 0.0, 0.0), (float("nan"), 9.8, 0.0), (500.0, 0.0, 0.0)], ids=["zeros", "nan", "too much"]
)
def test_numbers_that_no_head_makes_are_a_lost_sensor(accel: tuple[float, float, float]) -> None:
    state = ImuWatch().sample(0.0, (0.0, 9.8, 0.1)).at(0.0)
    for tenth in range(1, 9):
        state = state.sample(tenth / 10, (accel[0], accel[1] + tenth, accel[2]) if accel[0] > 1 else accel)
        state = state.at(tenth / 10)
    assert state.fault == "lost"


def test_a_sensor_that_never_came_is_told() -> None:
    state = ImuWatch().at(10.0)
    assert state.fault is None
    assert state.at(10.6).fault == "lost"


def test_an_attitude_is_a_sign_of_life_unless_it_never_changes() -> None:
    live = stuck = ImuWatch().at(0.0)
    for tenth in range(1, 20):
        live = live.held(tenth / 10, 20.0 + 0.01 * tenth, 1.0).at(tenth / 10)
        stuck = stuck.held(tenth / 10, 20.0, 1.0).at(tenth / 10)
    assert (live.fault, stuck.fault) == (None, "lost")


def test_who_asks_more_often_than_the_sensor_tells_does_not_make_it_stuck() -> None:
    state = ImuWatch().at(0.0)
    for hundredth in range(1, 200):
        told_s = hundredth // 20 / 5  # five a second, asked for a hundred times
        state = state.held(told_s, 20.0 + told_s, 1.0).at(hundredth / 100)
    assert state.fault is None


def test_one_sample_is_no_recovery() -> None:
    state = ImuWatch().at(0.0).at(0.6).sample(0.7, (0.0, 9.8, 0.1))
    faults = []
    for tenth in range(7, 20):
        state = state.at(tenth / 10)
        faults.append(state.fault)
    assert set(faults) == {"lost"}


def test_evidence_counts_against_a_fault_at_once_and_for_it_from_the_second_look() -> None:
    pace = Pace(0.5, 1.0)
    level = observed(Level(), True, 0.0, pace)
    assert level.evidence == 0.0
    level = observed(level, True, 0.25, pace)
    assert level.evidence == pytest.approx(0.5)
    level = observed(level, False, 0.5, pace)
    assert level.evidence == pytest.approx(0.25)
    assert not level.told


def test_a_long_gap_is_no_more_evidence_than_half_a_second() -> None:
    level = observed(observed(Level(), True, 0.0, Pace(2.0, 1.0)), True, 60.0, Pace(2.0, 1.0))
    assert level.evidence == pytest.approx(0.25)
