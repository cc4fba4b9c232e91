"""Overlap, average precision and thresholds against values worked out by hand."""

import math

import numpy as np
import pytest

from vision.training import figures


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def half(width: int) -> np.ndarray:
    mask = np.zeros((10, 10), bool)
    mask[:, :width] = True
    return mask


def test_overlap_leaves_out_pictures_where_nothing_is_and_nothing_is_found() -> None:
    empty = np.zeros((10, 10), bool)
    result = figures.overlap([(half(5), half(10)), (half(4), half(4)), (empty, empty)])
    assert result.mean == pytest.approx(0.75)
    assert result.pooled == pytest.approx(90 / 140)
    assert result.pictures == 3


def test_a_false_alarm_on_an_empty_picture_counts_as_zero() -> None:
    assert figures.overlap([(half(1), np.zeros((10, 10), bool))]).mean == 0.0


def test_average_precision_of_a_worked_example() -> None:
    true = boxes((0, 0, 10, 10), (20, 0, 30, 10))
    found = boxes((0, 0, 10, 10), (50, 50, 60, 60), (20, 0, 30, 10))
    scored = figures.score_class([(found, np.array([0.9, 0.8, 0.7], np.float32), true)], 0.5)
    assert scored.hits.tolist() == [True, False, True]
    assert figures.average_precision(scored) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert figures.at_threshold(scored, 0.75) == pytest.approx((0.5, 0.5))


def test_two_detections_of_one_thing_are_one_hit() -> None:
    true = boxes((0, 0, 10, 10))
    scored = figures.score_class(
        [(boxes((0, 0, 10, 10), (0, 0, 10, 9)), np.array([0.6, 0.9], np.float32), true)], 0.5
    )
    assert scored.hits.tolist() == [True, False]
    assert scored.truths == 1


def test_without_truths_there_is_no_precision_to_tell() -> None:
    scored = figures.score_class([(boxes(), np.zeros(0, np.float32), boxes())], 0.5)
    assert math.isnan(figures.average_precision(scored))


def test_the_threshold_weighs_misses_by_beta() -> None:
    scored = figures.Scored(np.array([0.9, 0.5, 0.4, 0.3]), np.array([True, False, False, True]), 2)
    assert figures.best_threshold(scored, (0.3, 0.6), beta=0.5) == 0.6
    assert figures.best_threshold(scored, (0.3, 0.6), beta=3.0) == 0.3


def test_a_higher_threshold_is_taken_while_it_costs_little() -> None:
    values = {0.2: 0.70, 0.3: 0.695, 0.4: 0.60}
    assert figures.highest_within(values, 0.01) == 0.3
    assert figures.highest_within(values, 0.0) == 0.2
