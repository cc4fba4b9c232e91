"""The independent truth: people of forest's generator. Skipped without the extra study-bench."""

import warnings
from contextlib import nullcontext
from datetime import date

import numpy as np
import pytest

pytest.importorskip("numba", reason="needs the extra study: pip install 'shirube[study]'")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what forest imports is not ours to mend
    pytest.importorskip(
        "forest.bonsai.simulate_gps_data",
        reason="needs the extra study-bench: pip install 'shirube[study-bench]'",
    )

from field_tests.bench import ours, peers
from field_tests.bench.independent import METRES_PER_DEGREE, Life, blocks, live
from field_tests.bench.jasmine_pairs import largest_m
from field_tests.bench.missing import cycles
from field_tests.bench.noise import clean
from field_tests.outings.definitions import shipped


@pytest.fixture(scope="module")
def life() -> Life:
    return live(3, 7, date(2026, 4, 13), 2, step_s=5)


def test_the_truth_of_a_day_agrees_with_the_way(life: Life) -> None:
    north = (life.lat - life.home.lat) * METRES_PER_DEGREE
    east = (life.lon - life.home.lon) * METRES_PER_DEGREE * np.cos(np.radians(life.home.lat))
    away = np.hypot(north, east).reshape(2, 17_280)
    beyond = (away > 30.0).sum(axis=1) * 5.0 / 60.0  # minutes; bonsai's own error is a metre
    assert sum(life.out_minutes) > 30.0
    assert np.all(beyond <= np.array(life.out_minutes) + 0.1)
    assert np.all(np.array(life.out_minutes) - beyond < 10.0)


def test_a_person_is_drawn_from_the_seed_and_numpys_own_state_is_put_back() -> None:
    np.random.seed(4)
    expected = np.random.random()
    np.random.seed(4)
    one = live(1, 7, date(2026, 4, 13), 1, step_s=60)
    assert np.random.random() == expected
    assert np.array_equal(one.lat, live(1, 7, date(2026, 4, 13), 1, step_s=60).lat)


def test_forests_own_way_of_losing_data_loses_the_share(life: Life) -> None:
    there = cycles(life, 0.5, 11)
    assert np.mean(there) == pytest.approx(0.5, abs=0.02)


def test_ours_is_right_to_a_minute_on_clean_days(life: Life) -> None:
    for figure in ours.figures(clean(life), life, shipped()):
        assert not figure.withheld
        assert figure.minutes == pytest.approx(figure.truth, abs=1.0)
        assert figure.low <= figure.truth <= figure.high


def test_a_way_through_blocks_begins_and_ends_where_it_should() -> None:
    way = blocks((33.0, 131.0), (33.01, 131.02), True)
    assert way[0] == (33.0, 131.0)
    assert way[-1] == pytest.approx((33.01, 131.02))


def test_jasmine_answers_as_it_does_with_its_own_list_of_pairs(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = cycles(life, 0.5, 11) & (np.arange(len(life.lat)) < 17_280)
    some = peers.ordered(clean(life).at(np.flatnonzero(there)))
    quick = peers.jasmine(some, life.days)
    monkeypatch.setattr(peers, "quick_pairs", lambda *_: nullcontext())
    assert quick == peers.jasmine(some, life.days)
    assert quick


def test_the_largest_of_all_pairs_is_found_or_one_that_is_enough() -> None:
    def along_a_line(lat: float, lon: float, lats: np.ndarray, lons: np.ndarray) -> np.ndarray:
        return np.hypot(lats - lat, lons - lon)

    places = np.array([[0.0, 0.0], [1.0, 0.0], [-2.0, 0.0]])
    assert largest_m(along_a_line, places, 10.0) == 3.0
    assert largest_m(along_a_line, places, 1.5) == 2.0
