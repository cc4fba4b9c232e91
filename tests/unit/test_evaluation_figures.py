"""Matching, average precision, shares and their intervals."""

import numpy as np
import pytest

from vision.evaluation.blocked import is_false_alarm, is_told
from vision.evaluation.cases import TrueThing
from vision.evaluation.figures import Figures, figures, share
from vision.evaluation.matching import Scored, average_precision, found_count, score
from vision.evaluation.measured import Pixels, Row
from vision.types import Detection, ObjectClass

PERSON, CAR, OBSTACLE = ObjectClass.PERSON, ObjectClass.CAR, ObjectClass.OBSTACLE
BOX = (10.0, 10.0, 50.0, 90.0)
FAR = (200.0, 10.0, 240.0, 90.0)


def seen(cls: ObjectClass, value: float, box: tuple[float, float, float, float] = BOX) -> Detection:
    return Detection(cls, value, box)


def test_a_true_thing_is_taken_once_by_the_best_score() -> None:
    scored = score([seen(PERSON, 0.4), seen(PERSON, 0.9), seen(CAR, 0.8)], [TrueThing(PERSON, BOX)], PERSON)
    assert scored == Scored((0.9, 0.4), (True, False), 1)


def test_what_overlaps_a_thing_that_we_do_not_name_is_left_out() -> None:
    assert score([seen(CAR, 0.9)], [TrueThing(None, BOX)], CAR) == Scored((), (), 0)
    assert score([seen(CAR, 0.9, FAR)], [TrueThing(None, BOX)], CAR).hits == (False,)
    # An obstacle where a car stands is not wrong, nor is a car where only an obstacle is told.
    assert score([seen(OBSTACLE, 0.9)], [TrueThing(CAR, BOX)], OBSTACLE) == Scored((), (), 0)
    assert score([seen(CAR, 0.9)], [TrueThing(OBSTACLE, BOX)], CAR) == Scored((), (), 0)


def test_an_obstacle_is_found_by_any_class_and_a_named_thing_by_its_own() -> None:
    things = [TrueThing(OBSTACLE, BOX), TrueThing(PERSON, FAR)]
    found = [seen(CAR, 0.9), seen(CAR, 0.8, FAR)]
    assert found_count(found, things, OBSTACLE) == 1
    assert found_count(found, things, PERSON) == 0
    assert found_count(found, things, None) == 2


def ap(hits: list[bool], truths: int) -> float:
    scores = np.linspace(0.9, 0.1, len(hits))
    return average_precision(scores, np.array(hits), np.ones(len(hits)), truths)


def test_average_precision_by_hand() -> None:
    assert ap([True, True], 2) == pytest.approx(1.0)
    assert ap([True, False, True], 2) == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert ap([False, True], 4) == pytest.approx(0.25 * 0.5)
    assert ap([], 3) == 0.0


def test_drawing_a_picture_twice_is_having_it_twice() -> None:
    scores, hits = np.array([0.9, 0.8, 0.7]), np.array([True, False, True])
    twice = average_precision(scores, hits, np.array([2.0, 1.0, 0.0]), 3.0)
    again = average_precision(np.array([0.9, 0.9, 0.8]), np.array([True, True, False]), np.ones(3), 3.0)
    assert twice == pytest.approx(again)


def test_an_interval_comes_from_scenes_not_from_pictures() -> None:
    assert share([1, 0, 1], [1, 1, 1], ["a", "a", "a"]).interval is None
    many = share([1.0, 0.0] * 20, [1.0] * 40, [str(k) for k in range(40)])
    assert many.value == 0.5
    assert many.interval
    assert 0.3 < many.interval[0] < 0.5 < many.interval[1] < 0.7
    assert many == share([1.0, 0.0] * 20, [1.0] * 40, [str(k) for k in range(40)])


def test_what_the_rows_do_not_tell_is_none_not_nought() -> None:
    told = figures([Row("a", (), 5.0)])
    assert told.paving_iou.value is None
    assert told.blocked_path_recall.value is None
    assert told.blocked is None
    assert told.recall == {}
    assert figures([]) == Figures()


def test_figures_of_masks_things_and_blocked_paths_by_hand() -> None:
    rows = [
        Row("a", ("worn",), 4.0, Pixels(50, 100, 900, 950), blocked=True, blocked_by=(PERSON,)),
        Row("b", ("worn", "wet"), 6.0, Pixels(0, 0, 1000, 1000), blocked=False, blocked_by=(CAR,)),
        Row("c", (), 8.0, Pixels(90, 100, 900, 910), false_alarm=True),
        Row("d", (), 8.0, truths={PERSON: 2}, recall={PERSON: (1, 2), None: (2, 2)}),
    ]
    told = figures(rows, ["worn", "wet", "night"])
    assert told.paving_iou.value == pytest.approx(0.7)  # where there is none and none is found, no share
    assert told.paving_iou_pooled.value == pytest.approx(140 / 200)
    assert told.miou.value == pytest.approx((140 / 200 + 2800 / 2860) / 2)
    assert told.blocked_path_recall.value == 0.5
    assert told.blocked_by == {PERSON: (1, 1), CAR: (0, 1)}
    assert told.false_alarm_share.value == 1.0
    assert told.recall[PERSON].value == 0.5
    assert told.recall_any_class.value == 1.0
    assert told.slices["worn"].blocked_path_recall == 0.5
    assert told.slices["worn"].paving_iou == 0.5
    assert (told.slices["night"].paving_iou, told.slices["night"].count) == (None, 0)
    assert told.ms_per_picture == 7.0


def test_a_class_that_the_system_cannot_name_is_none() -> None:
    told = figures([Row("a", (), 4.0, truths={CAR: 3}, recall={None: (1, 3)})])
    assert told.recall[CAR].value is None
    assert told.ap50[CAR].value is None
    assert told.truths == {CAR: 3}


def test_a_blocker_is_told_by_its_place_whatever_its_class() -> None:
    blocker = TrueThing(CAR, (100.0, 100.0, 300.0, 300.0), on_paving=True, near=True)
    assert is_told([seen(PERSON, 0.9, (110.0, 110.0, 290.0, 300.0))], [blocker])
    assert is_told([seen(OBSTACLE, 0.9, (180.0, 220.0, 220.0, 290.0))], [blocker])  # its foot is there
    assert not is_told([seen(CAR, 0.9, (180.0, 110.0, 220.0, 150.0))], [blocker])
    assert not is_told([], [blocker])


def test_what_truly_stands_farther_on_the_paving_is_no_false_alarm() -> None:
    far = TrueThing(CAR, FAR, on_paving=True, near=False)
    beside = TrueThing(CAR, FAR, on_paving=False, near=True)
    assert not is_false_alarm([seen(CAR, 0.9, FAR)], [far])
    assert is_false_alarm([seen(CAR, 0.9, FAR)], [beside])
    assert not is_false_alarm([], [beside])
