import math

import pytest

from routing import geo

OITA = (33.2334, 131.6066)


def test_distances_are_those_of_the_ellipsoid() -> None:
    # Vincenty's formula, one minute of arc at 33 1/4 degrees north: 1848.5 m north, 1552.9 m east.
    assert geo.distance_m((33.25, 131.6), (33.25 + 1 / 60, 131.6)) == pytest.approx(1848.5, abs=1.0)
    assert geo.distance_m((33.25, 131.6), (33.25, 131.6 + 1 / 60)) == pytest.approx(1552.9, abs=1.0)


def test_distance_across_the_date_line() -> None:
    assert geo.distance_m((0.0, 179.9999), (0.0, -179.9999)) == pytest.approx(22.26, abs=0.01)


@pytest.mark.parametrize(("bearing", "lat", "lon"), [(0, 1, 0), (90, 0, 1), (180, -1, 0), (270, 0, -1)])
def test_bearing_of_the_four_winds(bearing: float, lat: float, lon: float) -> None:
    there = (OITA[0] + lat * 1e-4, OITA[1] + lon * 1e-4)
    assert geo.bearing_deg(OITA, there) == pytest.approx(bearing, abs=1e-2)


def test_bearing_never_is_360() -> None:
    assert geo.bearing_deg((0.0, 0.0), (1.0, -1e-20)) == 0.0


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [(0, 90, 90), (90, 0, -90), (350, 10, 20), (10, 350, -20), (0, 180, 180), (180, 0, 180), (5, 5, 0)],
)
def test_turns_are_positive_to_the_right(before: float, after: float, turn: float) -> None:
    assert geo.turn_deg(before, after) == pytest.approx(turn)


def test_local_plane_goes_there_and_back() -> None:
    plane = geo.Local.around(OITA)
    back = plane.from_xy(plane.to_xy((33.2389, 131.6010)))
    assert back == pytest.approx((33.2389, 131.6010), abs=1e-12)


def _corner() -> geo.Polyline:
    """100 m north, then 50 m east."""
    plane = geo.Local.around(OITA)
    return geo.Polyline.through([plane.from_xy(xy) for xy in [(0, 0), (0, 100), (50, 100)]])


def test_a_polyline_knows_its_length_and_points() -> None:
    line = _corner()
    assert line.length_m == pytest.approx(150.0, abs=0.01)
    assert geo.length_m(line.points) == pytest.approx(150.0, abs=0.01)
    assert geo.distance_m(line.at(100.0), line.points[1]) < 0.01
    assert line.at(-5.0) == pytest.approx(line.points[0])
    assert line.at(1e9) == pytest.approx(line.points[-1])


@pytest.mark.parametrize(
    ("east", "north", "along", "offset", "segment"),
    [(3, 40, 40, 3, 0), (-3, 40, 40, -3, 0), (30, 90, 130, 10, 1), (30, 110, 130, -10, 1)],
)
def test_projection_is_signed_to_the_right(
    east: float, north: float, along: float, offset: float, segment: int
) -> None:
    line = _corner()
    found = line.project(geo.Local.around(OITA).from_xy((east, north)))
    assert found.along_m == pytest.approx(along, abs=0.05)
    assert found.offset_m == pytest.approx(offset, abs=0.05)
    assert found.segment == segment


def test_projection_stays_inside_its_window() -> None:
    line = _corner()
    beside_the_start = geo.Local.around(OITA).from_xy((1.0, 0.0))
    assert line.project(beside_the_start, from_m=60.0, to_m=120.0).along_m == pytest.approx(60.0)
    assert line.project(beside_the_start, from_m=200.0).along_m == pytest.approx(150.0, abs=0.01)


def test_bearing_along_the_line_looks_ahead_or_back() -> None:
    line = _corner()
    assert line.bearing_at(100.0, over_m=-8.0) == pytest.approx(0.0, abs=0.01)
    assert line.bearing_at(100.0, over_m=8.0) == pytest.approx(90.0, abs=0.01)
    assert line.bearing_at(150.0, over_m=8.0) == pytest.approx(90.0, abs=0.01)
    assert line.bearing_at(96.0, over_m=8.0) == pytest.approx(45.0, abs=0.1)


def test_a_point_is_not_a_line() -> None:
    with pytest.raises(ValueError, match="two points"):
        geo.Polyline.through([OITA])


def test_destination_goes_where_it_says() -> None:
    there = geo.destination(OITA, 135.0, 1000.0)
    assert geo.distance_m(OITA, there) == pytest.approx(1000.0, rel=1e-3)
    assert geo.bearing_deg(OITA, there) == pytest.approx(135.0, abs=0.1)
    assert math.isfinite(there[0])
