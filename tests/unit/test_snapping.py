"""From places to links: nearest, fit to start on, and on the right side of large roads."""

import math
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.columns import APART, BACKWARD, FORWARD, HIGHWAYS, KINDS, MAINLAND, TIE
from routing.errors import OutsideMap, TooFarFromWay
from routing.geo import Local, Point, distance_m
from routing.snapping import SNAP_LIMIT_M, grid_of, snaps
from wire.route import StretchKind

PLANE = Local.around((33.2334, 131.6066))
BOTH = FORWARD | BACKWARD

# (points in metres east and north, kind, highway, flags, mainland)
Drawn = tuple[list[tuple[float, float]], StretchKind, str, int, bool]


def drawn(*points: tuple[float, float], kind: StretchKind = StretchKind.SIDEWALK, highway: str = "footway",
          flags: int = BOTH, mainland: bool = True) -> Drawn:  # fmt: skip
    return list(points), kind, highway, flags, mainland


def town(*links: Drawn) -> Any:
    """A map of these links; every link has nodes of its own."""
    e7 = [[PLANE.from_xy(point) for point in points] for points, *_ in links]
    shape = np.round(np.array([point for points in e7 for point in points]) * 1e7).astype(np.int32)
    nodes = np.arange(2 * len(links), dtype=np.int32)
    columns: Any = SimpleNamespace(
        link_a=nodes[::2],
        link_b=nodes[1::2],
        shape_first=np.cumsum([0, *(len(points) for points in e7)]).astype(np.int32),
        shape_lat_e7=shape[:, 0].copy(),
        shape_lon_e7=shape[:, 1].copy(),
        link_flags=np.array([flags for *_, flags, _ in links], np.uint16),
        link_kind=np.array([KINDS.index(kind) for _, kind, *_ in links], np.uint8),
        link_highway=np.array([HIGHWAYS.index(highway) for _, _, highway, *_ in links], np.uint8),
        node_flags=np.repeat([MAINLAND if mainland else 0 for *_, mainland in links], 2).astype(np.uint8),
    )
    (south, west), (north, east) = shape.min(axis=0) / 1e7, shape.max(axis=0) / 1e7
    return SimpleNamespace(columns=columns, grid=grid_of(columns), bounds=(south, west, north, east))


def at(east_m: float, north_m: float) -> Point:
    return PLANE.from_xy((east_m, north_m))


ROAD, CROSSING = StretchKind.ROAD, StretchKind.CROSSING
ALONG = ((-200.0, 0.0), (200.0, 0.0))


def test_a_place_on_a_link_is_that_place() -> None:
    on = town(drawn((0, 0), (100, 0), (100, 100)), drawn((0, 30), (90, 30)))
    (only,) = snaps(on, at(100.0, 50.0))
    assert only.link == 0
    assert only.share == pytest.approx(0.75, abs=1e-4)
    assert only.off_m == pytest.approx(0.0, abs=0.02)
    assert only.access_s == only.off_m
    assert distance_m(only.point, at(100.0, 50.0)) < 0.03


def test_the_nearest_of_several_links_with_how_far_it_is() -> None:
    on = town(drawn((0, 0), (100, 0)), drawn((0, 30), (100, 30)))
    (only,) = snaps(on, at(40.0, 20.0))
    assert only.link == 1
    assert only.off_m == pytest.approx(10.0, abs=0.05)
    assert only.access_s == pytest.approx(10.0, abs=0.05)


def test_a_place_off_the_end_of_a_link_is_at_its_end() -> None:
    on = town(drawn((0, 0), (100, 0)))
    assert snaps(on, at(-20.0, 5.0))[0].share == 0.0
    assert snaps(on, at(99.7, 5.0))[0].share == 1.0  # as good as at the node
    assert snaps(on, at(99.7, 5.0))[0].point == pytest.approx(at(100.0, 0.0), abs=1e-7)


@pytest.mark.parametrize(
    "unfit",
    [
        drawn((0, 0), (100, 0), kind=CROSSING),
        drawn((0, 0), (100, 0), kind=StretchKind.STEPS, highway="steps"),
        drawn((0, 0), (100, 0), kind=StretchKind.LEVEL_CROSSING),
        drawn((0, 0), (100, 0), kind=ROAD, highway="secondary"),
        drawn((0, 0), (100, 0), kind=ROAD, highway="residential", flags=BOTH | APART),
        drawn((0, 0), (100, 0), flags=BOTH | TIE),
        drawn((0, 0), (100, 0), mainland=False),
    ],
)
def test_nobody_starts_on_what_is_unfit_if_a_way_is_hardly_further(unfit: Drawn) -> None:
    on = town(unfit, drawn((0, 30), (100, 30)))
    assert snaps(on, at(50.0, 10.0))[0].link == 1


def test_a_link_that_nobody_may_walk_is_no_link() -> None:
    on = town(drawn((0, 0), (100, 0), flags=0), drawn((0, 100), (100, 100)))
    assert [snap.link for snap in snaps(on, at(50.0, 1.0))] == [1]


def test_the_way_on_this_side_of_a_large_road_wins_over_a_nearer_one_beyond_it() -> None:
    road = drawn(*ALONG, kind=ROAD, highway="primary")
    near, beyond = drawn((-200, 40), (200, 40)), drawn((-200, -8), (200, -8))
    on = town(road, near, beyond)
    first, *others = snaps(on, at(0.0, 12.0))
    assert first.link == 1
    assert others == []
    # A lane is no barrier.
    lane = town(drawn(*ALONG, kind=ROAD, highway="service", flags=BOTH | APART), near, beyond)
    assert snaps(lane, at(0.0, 12.0))[0].link == 2


def test_of_a_place_on_a_large_road_both_sides_are_offered() -> None:
    road = drawn(*ALONG, kind=ROAD, highway="primary", flags=BOTH | APART)
    on = town(road, drawn((-200, 8), (200, 8)), drawn((-200, -8), (200, -8)))
    assert sorted(snap.link for snap in snaps(on, at(0.0, 0.0))) == [1, 2]


def test_a_bridge_is_no_barrier() -> None:
    bridge = drawn(*ALONG, kind=StretchKind.BRIDGE, highway="primary")
    on = town(bridge, drawn((-200, 60), (200, 60)), drawn((-200, -8), (200, -8)))
    assert snaps(on, at(0.0, 10.0))[0].link in {0, 2}


def test_beside_a_piece_that_leads_nowhere_one_that_does_is_offered_too() -> None:
    on = town(drawn((0, 0), (100, 0), mainland=False), drawn((0, 90), (100, 90)))
    island, mainland = snaps(on, at(50.0, 5.0))
    assert (island.link, mainland.link) == (0, 1)
    assert island.access_s == pytest.approx(45.0, abs=0.1)
    assert mainland.access_s == pytest.approx(85.0, abs=0.1)


def test_beside_a_one_way_link_one_that_is_not_is_offered_too() -> None:
    on = town(drawn((0, 0), (100, 0), flags=FORWARD), drawn((0, 90), (100, 90)))
    assert [snap.link for snap in snaps(on, at(50.0, 5.0))] == [0, 1]


def test_too_far_says_how_far() -> None:
    on = town(drawn((0, 0), (10, 0)), drawn((1000, 0), (1010, 0)))
    with pytest.raises(TooFarFromWay, match=r"約490メートル.*490 m"):
        snaps(on, at(500.0, 0.0))


def test_outside_the_map_says_so_and_where_latitude_and_longitude_are_swapped() -> None:
    on = town(drawn((0, 0), (100, 0)))
    lat, lon = at(50.0, 0.0)
    with pytest.raises(OutsideMap, match=r"緯度と経度が逆のようです.*swapped"):
        snaps(on, (lon, lat))
    with pytest.raises(OutsideMap, match="use a map that holds the place"):
        snaps(on, (lat + 1.0, lon))
    for wrong in ((math.nan, lon), (lat, math.inf), (math.nan, math.nan), (95.0, lon)):
        with pytest.raises(OutsideMap, match="latitude is -90 to 90"):
            snaps(on, wrong)


def test_a_place_just_outside_the_box_of_the_ways_is_on_the_map() -> None:
    on = town(drawn((0, 0), (100, 0)))
    assert snaps(on, at(50.0, 140.0))[0].off_m == pytest.approx(140.0, abs=0.2)
    with pytest.raises(OutsideMap):
        snaps(on, at(50.0, 160.0))


def brute(on: Any, point: Point) -> float:
    """Metres to the nearest link by looking at all of them."""
    columns, plane, found = on.columns, Local.around(point), math.inf
    for link in range(len(columns.link_a)):
        rows = range(int(columns.shape_first[link]), int(columns.shape_first[link + 1]))
        xy = [plane.to_xy((columns.shape_lat_e7[row] / 1e7, columns.shape_lon_e7[row] / 1e7)) for row in rows]
        for (ax, ay), (bx, by) in pairwise(xy):
            squared = (bx - ax) ** 2 + (by - ay) ** 2
            along = min(max(-(ax * (bx - ax) + ay * (by - ay)) / squared, 0.0), 1.0) if squared > 0.0 else 0.0
            found = min(found, math.hypot(ax + along * (bx - ax), ay + along * (by - ay)))
    return found


metres = st.integers(-400, 400).map(float)
lines = st.lists(st.tuples(metres, metres), min_size=2, max_size=5)


@given(lines=st.lists(lines, min_size=1, max_size=12), east_m=metres, north_m=metres)
def test_no_link_is_nearer_than_the_one_that_is_found(
    lines: list[list[tuple[float, float]]], east_m: float, north_m: float
) -> None:
    on, point = town(*(drawn(*points) for points in lines)), at(east_m, north_m)
    nearest = brute(on, point)
    try:
        best = snaps(on, point)[0]
    except (TooFarFromWay, OutsideMap):
        assert nearest > SNAP_LIMIT_M - 0.1
        return
    assert best.off_m == pytest.approx(nearest, abs=0.01)
    assert 0.0 <= best.share <= 1.0
    assert distance_m(best.point, point) == pytest.approx(best.off_m, abs=0.6)
