"""Pixels to metres, against the formulas written out by hand."""

from dataclasses import replace
from math import atan, cos, hypot, pi, radians, sin, tan

import numpy as np
import pytest

from vision.camera import Box, Camera, calibrated
from vision.encounters.eye import View
from vision.lens import Lens, LensError
from vision.ranging import ground_distance, height_distance
from vision.sightings import measure
from vision.types import Detection, ObjectClass

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
    assert Camera(480, 360, pitch_deg=0).bearing_deg(480, 180) == pytest.approx(35)


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


# --- lenses that bend, heads that lean

WIDE = Lens("pinhole", 480, 360, 300.0, 305.0, 247.0, 171.0, (-0.28, 0.09, 0.001, -0.002, 0.0))
FISHEYE = Lens("fisheye", 480, 360, 190.0, 190.0, 238.0, 184.0, (0.02, -0.01, 0.002, 0.0))
LENSES = [None, WIDE, FISHEYE]


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("roll_deg", [0.0, 4.0, -7.0])
def test_the_same_scene_gives_the_same_metres_through_every_lens(lens: Lens | None, roll_deg: float) -> None:
    camera = replace(CAMERA, lens=lens, roll_deg=roll_deg)
    for z_m in (2.2, 3.0, 5.0):
        box = leaning_box(camera, 0.4, z_m, 1.63, 0.5)
        by_ground = ground_distance(camera, box, 1.5)
        by_height = height_distance(camera, box, 1.63, 0.11, 1.5)
        assert by_ground
        assert by_height
        # A bent thing has no straight box: 4 % is what its middles lose against its corners.
        assert by_ground.distance_m == pytest.approx(hypot(0.15, z_m), rel=0.04)
        assert by_height.distance_m == pytest.approx(hypot(0.15, z_m), rel=0.04)


def leaning_box(camera: Camera, x_m: float, z_m: float, tall_m: float, wide_m: float) -> Box:
    """Of a thing like an ellipse, as it is in the picture."""
    turns = np.linspace(0, 2 * pi, 72, endpoint=False)
    points = [camera.project(x_m + wide_m / 2 * cos(t), z_m, tall_m / 2 * (1 + sin(t))) for t in turns]
    xs, ys = zip(*(p for p in points if p), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def test_what_ignores_the_lens_is_wrong_by_more() -> None:
    """The check above would find a camera whose calibration nobody reads."""
    bent = replace(CAMERA, lens=WIDE)
    box = leaning_box(bent, 0.0, 3.0, 1.63, 0.5)
    naive = ground_distance(replace(bent, lens=None, hfov_deg=WIDE.straight_hfov_deg), box, 1.5)
    assert naive
    assert abs(naive.distance_m - 3.0) > 0.1


def test_a_head_that_leans_right_sees_the_right_higher() -> None:
    leaning = replace(CAMERA, roll_deg=10)
    right, left = leaning.project(1.0, 4.0), leaning.project(-1.0, 4.0)
    assert right
    assert left
    assert right[1] < left[1]


def test_the_simulator_s_eye_turns_the_same_way() -> None:
    view = View(CAMERA, 0.0, 0.0, 6.0)
    assert view.pixel(0.7, 4.0, 0.5) == pytest.approx(replace(CAMERA, roll_deg=6.0).project(0.7, 4.0, 0.5))


def test_a_calibration_is_scaled_and_a_wrong_shape_refused() -> None:
    camera = calibrated(CAMERA, WIDE.resized(960, 720))
    assert camera.focal_px == pytest.approx(WIDE.focal_px)
    assert camera.resized(240, 180).focal_px == pytest.approx(WIDE.focal_px / 2)
    with pytest.raises(LensError, match="calibrate at that size"):
        camera.resized(640, 360)


def test_beside_the_lens_there_is_nothing() -> None:
    blind = replace(
        CAMERA, width=800, height=600, lens=Lens("fisheye", 800, 600, 100, 100, 400, 300, (0.0,) * 4)
    )
    assert blind.ground(-4000.0, 300.0) is None
    assert measure(blind, Detection(ObjectClass.PERSON, 0.9, (0.0, 0.0, 3.0, 3.0))) is None


@pytest.mark.parametrize("roll_deg", [0.0, 7.0])
@pytest.mark.parametrize("bent", [False, True])
def test_many_points_are_projected_as_one_is(bent: bool, roll_deg: float) -> None:
    camera = replace(CAMERA, roll_deg=roll_deg)
    if bent:
        lens = Lens("fisheye", 480, 360, 230.0, 230.0, 240.0, 180.0, (0.0,) * 4)
        camera = calibrated(camera, lens)
    points = np.array([(0.4, 3.0, 0.0), (-2.0, 1.5, 1.2), (0.0, -3.0, 0.0), (1.0, 8.0, 2.0)])
    rows = camera.project_rows(*points.T)
    for point, row in zip(points, rows, strict=True):
        alone = camera.project(*point)
        assert np.isnan(row).all() if alone is None else row == pytest.approx(alone)


def test_the_field_of_view_is_told_both_ways() -> None:
    assert Camera(640, 480, hfov_deg=90.0).field_of_view_deg == pytest.approx((90.0, 73.74), abs=0.01)
