"""The questions that every engine is asked, and the rounds in which they are timed."""

import pytest

from routing.bench import rounds
from routing.bench.pairs import NEAR_M, Pair, moved, pairs

CITY = (59.90, 10.75, 59.95, 10.85)
VILLAGE = (33.2325, 131.5997, 33.2406, 131.6134)


def test_pairs_are_the_same_for_a_seed_and_others_for_another() -> None:
    assert pairs(CITY, 20, 1) == pairs(CITY, 20, 1)
    assert pairs(CITY, 20, 1) != pairs(CITY, 20, 2)


@pytest.mark.parametrize("bounds", [CITY, VILLAGE])
def test_pairs_lie_in_the_box_half_of_them_near(bounds: tuple[float, float, float, float]) -> None:
    south, west, north, east = bounds
    asked = pairs(bounds, 40, 3)
    assert sum(pair.near for pair in asked) == 20
    for pair in asked:
        for lat, lon in (pair.start, pair.end):
            assert south <= lat <= north
            assert west <= lon <= east
        assert pair.crow_m <= NEAR_M + 1.0 or not pair.near


def test_points_in_a_lake_are_drawn_again() -> None:
    def ashore(point: tuple[float, float]) -> bool:
        return point[0] > 59.92

    asked = pairs(CITY, 20, 1, ashore)
    assert all(ashore(pair.start) and ashore(pair.end) for pair in asked)
    elsewhere = moved(asked, (59.80, 10.75, 60.0, 10.95), 2, ashore)
    assert all(ashore(pair.start) and ashore(pair.end) for pair in elsewhere)


def test_moved_pairs_keep_their_distance_and_spread_over_the_larger_box() -> None:
    asked = pairs(CITY, 20, 1)
    south, west, north, east = CITY
    larger = (south, west, north + (north - south), west + 5 * (east - west))
    elsewhere = moved(asked, larger, 10)
    assert [pair.near for pair in elsewhere] == [pair.near for pair in asked]
    for before, after in zip(asked, elsewhere, strict=True):
        assert after.crow_m == pytest.approx(before.crow_m, rel=2e-3)
    assert sum(pair.start[1] > east for pair in elsewhere) > 5


def test_rounds_ask_every_engine_every_pair_by_turns() -> None:
    asked = pairs(CITY, 4, 1)
    order: list[tuple[str, Pair]] = []

    def engine(name: str, lost: int) -> rounds.Answer:
        def answer(pair: Pair) -> object:
            order.append((name, pair))
            return None if asked.index(pair) < lost else "way"

        return answer

    taken = rounds.timed({"a": engine("a", 0), "b": engine("b", 1)}, asked, 2)
    assert [name for name, _ in order] == list("aaaabbbb" + "aaaabbbb" + "bbbbaaaa")
    assert [pair for _, pair in order] == list(asked) * 6
    assert (taken["a"].no_route, taken["b"].no_route) == (0, 1)
    assert [ms is None for ms in taken["b"].ms] == [True, False, False, False]


def test_spread_of_nothing_is_nothing() -> None:
    assert rounds.spread([]) == {}
    assert rounds.spread([1.0, 2.0, 3.0]) == {"p50_ms": 2.0, "p95_ms": 2.9}
