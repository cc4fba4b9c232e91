"""Pixels to metres, against the formulas written out by hand."""

from dataclasses import replace
from math import atan, radians, tan

import pytest

from vision.camera import Camera, Distance, fuse, ground_distance, height_distance

CAMERA = Camera(480, 360, hfov_deg=70, lens_height_m=1.55, pitch_deg=12, pitch_sigma_deg=3)


def standing_box(camera: Camera, x_m: float, z_m: float, tall_m: float, wide_m: float) -> tuple[float, ...]:
    foot = camera.project(x_m, z_m)
    top = camera.project(x_m, z_m, tall_m)
    side = camera.project(x_m + wide_m / 2, z_m)
    assert foot
    assert top
    assert side
    half = side[0] - foot[0]
    return foot[0] - half, top[1], foot[0] + half, foot[1]


def test_focal_length_is_half_the_width_over_the_tangent() -> None:
    assert CAMERA.focal_px == pytest.approx(240 / tan(radians(35)))


@pytest.mark.parametrize("y_px", [200.0, 250.0, 300.0, 359.0])
def test_the_ground_is_where_height_over_tangent_says(y_px: float) -> None:
    point = CAMERA.ground(240, y_px)
    assert point
    assert point[0] == pytest.approx(0)
    assert point[1] == pytest.approx(1.55 / tan(radians(12) + atan((y_px - 180) / CAMERA.focal_px)))


def test_above_the_horizon_there_is_no_ground() -> None:
    assert CAMERA.ground(240, CAMERA.horizon_px) is None
    assert CAMERA.ground(240, 0) is None


def test_right_is_positive() -> None:
    right, left = CAMERA.ground(400, 300), CAMERA.ground(80, 300)
    assert right
    assert left
    assert right[0] > 0 > left[0]
    assert CAMERA.bearing_deg(400, 300) > 0 > CAMERA.bearing_deg(80, 300)


def test_the_edge_of_the_picture_is_at_half_the_field_of_view_when_level() -> None:
    assert Camera(480, 360, pitch_deg=0).bearing_deg(480) == pytest.approx(35)


@pytest.mark.parametrize("z_m", [1.5, 3.0, 5.0, 9.0])
def test_both_distances_find_a_thing_of_known_height(z_m: float) -> None:
    box = standing_box(CAMERA, 0.0, z_m, 1.63, 0.5)
    by_ground = ground_distance(CAMERA, box, 1.5)
    by_height = height_distance(CAMERA, box, 1.63, 0.11, 1.5)
    assert by_ground
    assert by_height
    assert by_ground.distance_m == pytest.approx(z_m, rel=1e-6)
    assert by_height.distance_m == pytest.approx(z_m, rel=1e-6)


def test_a_degree_of_pitch_costs_what_the_field_notes_say() -> None:
    """Lens at 1.6 m: 4 % at 3 m, 6 % at 5 m, 11 % at 10 m."""
    camera = Camera(480, 360, lens_height_m=1.6, pitch_sigma_deg=1.0, lens_height_sigma_m=0.0)
    for z_m, share in ((3.0, 0.04), (5.0, 0.06), (10.0, 0.11)):
        found = ground_distance(camera, standing_box(camera, 0, z_m, 1.6, 0.5), 0.0)
        assert found
        assert found.sigma_m / z_m == pytest.approx(share, abs=0.006)


def test_known_height_needs_little_of_the_pitch() -> None:
    box = standing_box(CAMERA, 0.0, 5.0, 1.63, 0.5)
    wrong = replace(CAMERA, pitch_deg=CAMERA.pitch_deg + 3)
    by_ground = ground_distance(wrong, box, 1.5)
    by_height = height_distance(wrong, box, 1.63, 0.11, 1.5)
    assert by_ground
    assert by_height
    assert abs(by_height.distance_m - 5) < 0.25 < abs(by_ground.distance_m - 5)


def test_fusing_narrows_where_they_agree_and_widens_where_not() -> None:
    near, far = Distance(3.0, 0.3, 0.1), Distance(3.1, 0.3, 0.1)
    agreed = fuse(near, far)
    assert agreed
    assert 3.0 < agreed.distance_m < 3.1
    assert agreed.sigma_m < 0.3
    fought = fuse(near, Distance(5.0, 0.3, 0.1))
    assert fought
    assert fought.sigma_m > 0.9
    assert fuse(None, far) == far
    assert fuse(near, None) == near
    assert fuse(None, None) is None
