"""Maps for evaluators: nothing near home leaves, and what is cut out does not say where home is."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.geo import Point, distance_m
from server.blurred import CELL_M, CLEAR_M, GRID_DEG, JOIN_M, blurred, circle_round, homes_from

SECRET = b"a wearer's own"
# Beppu and Oita; and the ends of Japan, where a degree of longitude is longest and shortest.
PLACES = st.one_of(
    st.tuples(st.floats(33.1, 33.4), st.floats(131.4, 131.8)),
    st.tuples(st.floats(24.0, 45.6), st.floats(122.9, 146.0)),
)


def moved(start: Point, east_m: float, north_m: float) -> Point:
    wide = 111_320.0 * math.cos(math.radians(start[0]))
    return start[0] + north_m / 111_320.0, start[1] + east_m / wide


def walk(home: Point, turns: list[tuple[float, float]]) -> list[Point]:
    """A track from the door on: each turn is a course and a length, a point every 5 m."""
    track, here = [home], home
    for course, length_m in turns:
        for _ in range(int(length_m // 5.0)):
            here = moved(here, 5.0 * math.sin(course), 5.0 * math.cos(course))
            track.append(here)
    return track


TURNS = st.lists(st.tuples(st.floats(0.0, 6.3), st.floats(50.0, 1500.0)), min_size=1, max_size=4)


def nearest_m(home: Point, line: tuple[Point, ...]) -> float:
    """Of a line with its segments, not only of its points."""
    return min(
        distance_m(home, (a[0] + (b[0] - a[0]) * t / 20, a[1] + (b[1] - a[1]) * t / 20))
        for a, b in pairwise(line)
        for t in range(21)
    )


@settings(max_examples=60, deadline=None)
@given(PLACES, TURNS, st.binary(min_size=4, max_size=8))
def test_nothing_within_300_m_of_home_ever_leaves(
    home: Point, turns: list[tuple[float, float]], secret: bytes
) -> None:
    there = walk(home, turns)
    for track in (there, there[::-1], [*there, *there[::-1]]):
        found = blurred(track, (circle_round(home, secret),), secret)
        for line in found.lines:
            assert nearest_m(home, line) > CLEAR_M


@settings(max_examples=100, deadline=None)
@given(PLACES, TURNS, st.floats(0.0, 6.3), st.floats(0.0, JOIN_M - 1.0), st.binary(min_size=4, max_size=8))
def test_nor_where_home_is_known_from_the_ends_of_trips_only(
    home: Point, turns: list[tuple[float, float]], course: float, off_m: float, secret: bytes
) -> None:
    """The receiver found itself some metres down the road when the trip began."""
    end = moved(home, off_m * math.sin(course), off_m * math.cos(course))
    circles = tuple(circle_round(place, secret, inferred=True) for place in homes_from([end]))
    for line in blurred(walk(home, turns), circles, secret).lines:
        assert nearest_m(home, line) > CLEAR_M


@settings(max_examples=150, deadline=None)
@given(PLACES, st.floats(-0.49, 0.49), st.floats(-0.49, 0.49), st.binary(min_size=4, max_size=8))
def test_the_circle_says_the_cell_and_nothing_more(
    home: Point, east: float, north: float, secret: bytes
) -> None:
    """Every home of the cell has the same circle: nothing that is shown can tell them apart."""
    circle = circle_round(home, secret)
    middle = (circle.lat, circle.lon)
    neighbour = moved(middle, east * CELL_M, north * CELL_M)
    assert circle_round(neighbour, secret) == circle
    assert distance_m(home, middle) <= CELL_M / math.sqrt(2.0) + 2.0


def test_homes_are_spread_over_the_whole_cell_by_the_secret() -> None:
    """Seen over many secrets the middle lies anywhere round a home: its mean offset is that of a square."""
    home = (33.2334, 131.6066)
    offsets = [
        distance_m(home, (circle.lat, circle.lon))
        for circle in (circle_round(home, str(number).encode()) for number in range(400))
    ]
    # The mean distance from the middle of a square of side a is 0.3826 a; 400 samples: to 5 %.
    assert sum(offsets) / 400 == pytest.approx(0.3826 * CELL_M, rel=0.1)
    assert min(offsets) < 0.1 * CELL_M < 0.5 * CELL_M < max(offsets)


def test_what_is_left_is_on_the_grid_without_repeats() -> None:
    home = (33.2334, 131.6066)
    found = blurred(walk(home, [(1.0, 4000.0)]), (circle_round(home, SECRET),), SECRET)
    (line,) = found.lines
    assert found.hidden
    for lat, lon in line:
        assert lat == round(round(lat / GRID_DEG) * GRID_DEG, 3)
        assert lon == round(round(lon / GRID_DEG) * GRID_DEG, 3)
    assert all(a != b for a, b in pairwise(line))


def test_a_gap_is_not_drawn_over() -> None:
    start = (33.2334, 131.6066)
    there = walk(start, [(0.0, 1000.0)])
    later = walk(moved(start, 0.0, 3000.0), [(0.0, 1000.0)])
    assert len(blurred([*there, *later], (), SECRET).lines) == 2


def test_a_trip_far_from_home_tells_no_circle() -> None:
    track = walk((33.30, 131.50), [(0.0, 1000.0)])
    assert blurred(track, (circle_round((33.2334, 131.6066), SECRET),), SECRET).hidden == ()


def test_ends_that_lie_together_are_one_home_and_stay_it() -> None:
    home = (33.2334, 131.6066)
    ends = [home, moved(home, 60.0, 40.0), moved(home, 2000.0, 0.0), moved(home, -90.0, 30.0)]
    assert homes_from(ends) == (home, ends[2])


def test_the_cut_does_not_tell_how_far_behind_it_home_lies() -> None:
    """Up to 300 m more are taken off, by the trip: equal walks end at different spots."""
    home = (33.2334, 131.6066)
    track, circle = walk(home, [(1.0, 4000.0)]), circle_round(home, SECRET)
    starts = {blurred(track, (circle,), str(number).encode()).lines[0][0] for number in range(30)}
    assert len(starts) >= 3
