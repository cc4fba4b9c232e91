"""The ruler that measures every engine's route, on a map drawn by hand in metres."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from routing.bench.ruler import Figures, Ruler
from routing.bench.walked import Walked
from routing.bench.with_valhalla import decoded
from routing.columns import HIGHWAYS, KINDS, KNOWN, Columns
from routing.geo import XY, Local, Point
from wire.route import StretchKind

PLANE = Local.around((33.23, 131.6))
YES, NO = KNOWN.index("yes"), KNOWN.index("no")
LARGE_LANE_WAY = 99


def _drawn(nodes: list[XY], links: list[Mapping[str, Any]], crossings: list[Mapping[str, Any]]) -> Columns:
    """Columns of straight links: what is not said is unknown."""
    points = [PLANE.from_xy(xy) for xy in nodes]
    shape = [points[link[end]] for link in links for end in ("a", "b")]
    said: dict[str, Any] = {
        "node_lat_e7": [round(lat * 1e7) for lat, _ in points],
        "node_lon_e7": [round(lon * 1e7) for _, lon in points],
        "shape_first": range(0, 2 * len(links) + 1, 2),
        "shape_lat_e7": [round(lat * 1e7) for lat, _ in shape],
        "shape_lon_e7": [round(lon * 1e7) for _, lon in shape],
        "link_length_m": [np.hypot(*np.subtract(nodes[link["a"]], nodes[link["b"]])) for link in links],
        "link_kind": [KINDS.index(link["kind"]) for link in links],
        "link_highway": [HIGHWAYS.index(link.get("highway", "footway")) for link in links],
        "node_tags": [-1] * len(nodes),
        "link_crossing": [link.get("crossing", -1) for link in links],
    }
    for key in ("a", "b", "way", "tactile", "crossing_share", "rails_share", "flight_share"):
        said[f"link_{key}"] = [link.get(key, 0) for link in links]
    said["crossing_marked"] = [crossing.get("marked", 0) for crossing in crossings]
    said["crossing_signals"] = [crossing.get("signals", 0) for crossing in crossings]
    said["crossing_road"] = [HIGHWAYS.index(crossing["road"]) for crossing in crossings]
    whole = {"node": len(nodes), "link": len(links), "crossing": len(crossings)}
    for column in fields(Columns):
        said.setdefault(column.name, np.zeros(whole.get(column.name.split("_")[0], 0)))
    return Columns(**{column.name: np.asarray(said[column.name]) for column in fields(Columns)})


# A sidewalk with blocks, over a secondary road half and half at its middle, on along a lane; a lane
# of its own 3 m beside the sidewalk; steps and rails at the end.
MAP = _drawn(
    [(0, 0), (100, 0), (105, 0), (110, 0), (200, 0), (105, -100), (105, 100), (0, 3), (100, 3), (230, 0)],
    [
        {"a": 0, "b": 1, "kind": StretchKind.SIDEWALK, "tactile": YES, "way": 1},
        {"a": 1, "b": 2, "kind": StretchKind.CROSSING, "crossing": 0, "crossing_share": 0.5, "way": 2},
        {"a": 2, "b": 3, "kind": StretchKind.CROSSING, "crossing": 0, "crossing_share": 0.5, "way": 2},
        {"a": 3, "b": 4, "kind": StretchKind.ROAD, "highway": "residential", "way": 3},
        {"a": 5, "b": 2, "kind": StretchKind.ROAD, "highway": "secondary", "way": 4},
        {"a": 2, "b": 6, "kind": StretchKind.ROAD, "highway": "secondary", "way": 4},
        {"a": 7, "b": 8, "kind": StretchKind.ROAD, "highway": "service", "way": LARGE_LANE_WAY},
        {"a": 4, "b": 9, "kind": StretchKind.STEPS, "rails_share": 1.0, "flight_share": 1.0, "way": 5},
    ],
    [{"road": "secondary", "signals": NO}],
)  # fmt: skip


def _line(*xy: XY) -> tuple[Point, ...]:
    return tuple(PLANE.from_xy(each) for each in xy)


def _measured(walked: Walked) -> Figures:
    return Ruler.of(MAP).measured(walked)


def test_a_walk_along_the_map_is_measured_as_the_map_says() -> None:
    found = _measured(Walked(_line((0, 0), (230, 0))))
    assert found.length_m == pytest.approx(230.0, abs=0.1)
    assert found.on_foot_m == pytest.approx(140.0, abs=1.5)
    assert found.no_sidewalk_m == pytest.approx(90.0, abs=1.5)
    assert found.tactile_m == pytest.approx(100.0, abs=1.0)
    assert (found.crossings, found.unsignalled, found.unmarked) == (1.0, 1.0, 1.0)
    assert found.level_crossings == pytest.approx(1.0, abs=0.05)
    assert found.flights == pytest.approx(1.0, abs=0.05)
    assert found.unmatched_m == pytest.approx(0.0, abs=0.1)


def test_the_way_back_is_the_same() -> None:
    there, back = _measured(Walked(_line((0, 0), (230, 0)))), _measured(Walked(_line((230, 0), (0, 0))))
    assert there.per_km() == back.per_km()


def test_half_a_crossing_is_turning_into_the_road() -> None:
    found = _measured(Walked(_line((50, 0), (105, 0), (105, 80))))
    assert (found.crossings, found.unsignalled) == (0.0, 0.0)
    assert found.no_sidewalk_m == pytest.approx(80.0, abs=2.0)


def test_a_line_that_crosses_a_road_does_not_run_along_it() -> None:
    found = _measured(Walked(_line((95, 40), (115, 40))))
    assert (found.no_sidewalk_m, found.crossings) == (0.0, 0.0)
    assert found.unmatched_m == pytest.approx(found.length_m)


@pytest.mark.parametrize(
    ("out", "changes"),
    [
        ((145, 80), 0.0),  # right-hand side to right-hand side: never across
        ((65, 80), 1.0),  # from its right-hand side to its left-hand side
        ((105, 100), 0.0),  # to a place on the road: nobody knows on which side
    ],
)
def test_a_larger_road_entered_on_one_side_and_left_on_the_other_was_crossed(out: XY, changes: float) -> None:
    # From the right into the secondary road, heading up.
    found = _measured(Walked(_line((150, 0), (105, 0), (105, 80), out)))
    assert found.side_changes == changes
    assert found.per_km()["of_these_without_any_crossing_per_km"] * found.length_m / 1000.0 == pytest.approx(
        changes, abs=1e-3
    )


CROSSROADS = [(-100, 0), (0, 0), (100, 0), (0, -100), (0, 100), (70, 70)]
ARMS = ((0, 1, "tertiary"), (1, 2, "tertiary"), (3, 1, "secondary"), (1, 4, "secondary"), (1, 5, "service"))


@pytest.mark.parametrize(
    ("line", "over"),
    [
        (((-90, 0), (0, 0), (90, 0)), 1.0),
        (((-90, 0), (0, 0), (0, 90)), 0.0),  # round the corner: one side of the way has no road
        (((-90, 0), (0, 0), (60, 60)), 1.0),  # between them: the secondary's upper arm is passed over
    ],
)
def test_a_road_that_is_passed_straight_over_at_a_junction_was_crossed(
    line: tuple[XY, ...], over: float
) -> None:
    drawn = _drawn(
        CROSSROADS, [{"a": a, "b": b, "kind": StretchKind.ROAD, "highway": road} for a, b, road in ARMS], []
    )
    found = Ruler.of(drawn).measured(Walked(_line(*line)))
    assert found.passed_over == over


def test_the_nearest_parallel_link_counts_unless_the_way_is_told() -> None:
    beside = _line((10, 1), (90, 1))
    assert _measured(Walked(beside)).tactile_m == pytest.approx(80.0, abs=0.5)
    told = _measured(Walked(beside, (LARGE_LANE_WAY,)))
    assert told.tactile_m == 0.0
    assert told.no_sidewalk_m == pytest.approx(80.0, abs=0.5)


def test_what_our_map_does_not_have_is_told_as_unmatched() -> None:
    found = _measured(Walked(_line((0, 50), (80, 50)), (7,)))
    assert found.unmatched_m == pytest.approx(found.length_m)
    assert found.per_km()["unmatched_share"] == 1.0


def test_length_counts_from_the_points_asked_for() -> None:
    walked = Walked(_line((0, 0), (100, 0)))
    start, end = _line((0, 30), (100, -40))
    assert walked.length_m(start, end) == pytest.approx(170.0, abs=0.2)


def test_figures_add_up_to_kilometres_of_all_routes() -> None:
    total = Figures(length_m=400.0, unsignalled=1.0) + Figures(
        length_m=600.0, tactile_m=50.0, unsignalled=2.0
    )
    assert total.per_km()["unsignalled_larger_per_km"] == 3.0
    assert total.per_km()["tactile_m_per_km"] == 50.0
    assert Figures().per_km()["km"] == 0.0


def test_encoded_lines_are_read_with_six_decimals() -> None:
    # The format's own example, (38.5, -120.2), (40.7, -120.95), (43.252, -126.453) at five decimals.
    points = decoded("_p~iF~ps|U_ulLnnqC_mqNvxq`@")
    assert [(lat * 10.0, lon * 10.0) for lat, lon in points] == [
        pytest.approx((38.5, -120.2)), pytest.approx((40.7, -120.95)), pytest.approx((43.252, -126.453)),
    ]  # fmt: skip
