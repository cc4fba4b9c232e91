"""Pixel -> ray and back, against OpenCV's own functions."""

from dataclasses import replace
from math import radians, tan

import cv2
import numpy as np
import pytest

from vision.lens import Floats, Lens, LensError, ideal_lens

BARREL = Lens("pinhole", 640, 480, 520.0, 515.0, 322.0, 236.0, (-0.28, 0.09, 0.001, -0.002, -0.01))
CUSHION = Lens("pinhole", 640, 480, 700.0, 700.0, 318.0, 243.0, (0.12, -0.05, -0.001, 0.001, 0.0))
FISHEYE = Lens("fisheye", 640, 480, 210.0, 212.0, 318.0, 243.0, (-0.02, 0.006, -0.003, 0.0004))
LENSES = [BARREL, CUSHION, FISHEYE]


def matrix(lens: Lens) -> Floats:
    """OpenCV counts from the middle of the first pixel."""
    return np.array([[lens.fx, 0, lens.cx - 0.5], [0, lens.fy, lens.cy - 0.5], [0, 0, 1]])


def grid(lens: Lens, step: int = 40) -> Floats:
    x, y = np.meshgrid(np.arange(10, lens.width, step), np.arange(10, lens.height, step))
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)


@pytest.mark.parametrize("lens", LENSES)
def test_rays_are_opencvs(lens: Lens) -> None:
    points = grid(lens)
    if lens.model == "fisheye":
        points = points[np.hypot(*(points - (lens.cx, lens.cy)).T) < 250]  # OpenCV's own end at 90 degrees
        undistort = cv2.fisheye.undistortPoints
        theirs = undistort(points[:, None] - 0.5, matrix(lens), np.array(lens.distortion))[:, 0]
    else:
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-12)
        theirs = cv2.undistortPoints(
            points[:, None] - 0.5, matrix(lens), np.array(lens.distortion), criteria=criteria
        )[:, 0]
    rays = lens.rays(points)
    assert np.linalg.norm(rays, axis=1) == pytest.approx(1.0)
    assert rays[:, :2] / rays[:, 2:] == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("lens", LENSES)
def test_pixels_are_opencvs(lens: Lens) -> None:
    points = np.random.default_rng(2).uniform((-1, -0.8, 1.5), (1, 0.8, 4), (200, 3))
    project = cv2.fisheye.projectPoints if lens.model == "fisheye" else cv2.projectPoints
    none = np.zeros(3)
    theirs = project(points[:, None], none, none, matrix(lens), np.array(lens.distortion))[0]
    assert lens.pixels(points) == pytest.approx(theirs.reshape(-1, 2) + 0.5, abs=1e-6)


@pytest.mark.parametrize("lens", LENSES)
def test_there_and_back_is_the_same_pixel(lens: Lens) -> None:
    points = grid(lens)
    assert lens.pixels(7 * lens.rays(points)) == pytest.approx(points, abs=1e-5)


def test_a_fisheye_sees_behind_itself_and_a_pinhole_does_not() -> None:
    wide = Lens("fisheye", 640, 640, 180.0, 180.0, 320.0, 320.0, (0.0,) * 4)
    ray = wide.rays(np.array([[320.0 - 180.0 * 1.7, 320.0]]))
    assert ray[0, 2] < 0
    assert wide.pixels(ray)[0, 0] == pytest.approx(320 - 306)
    assert np.isnan(wide.straight(np.array([[320.0 - 306, 320.0]]))).all()
    assert np.isnan(BARREL.pixels(np.array([[0.1, 0.0, -1.0], [0.0, 0.1, 0.0]]))).all()


def test_where_the_curve_folds_back_there_is_no_answer() -> None:
    """This barrel reaches at most 0.73 of a focal length; a ray at 60 degrees would come back inside."""
    lens = replace(BARREL, distortion=(-0.28, 0.0, 0.0, 0.0, 0.0))
    steep = np.array([[tan(radians(60)), 0.0, 1.0]])
    assert np.isnan(lens.pixels(steep)).all()
    beyond = np.array([[lens.cx + 0.8 * lens.fx, lens.cy]])
    assert np.isnan(lens.rays(beyond)).all()
    assert not np.isnan(lens.rays(np.array([[lens.cx + 0.7 * lens.fx, lens.cy]]))).any()


def test_an_ideal_lens_changes_nothing() -> None:
    lens = ideal_lens(640, 480, 70)
    assert lens.straight(grid(lens)) == pytest.approx(grid(lens))
    assert lens.straight_box((100, 50, 200, 300)) == pytest.approx((100, 50, 200, 300))
    assert lens.field_of_view_deg[0] == pytest.approx(70)
    assert lens.straight_hfov_deg == pytest.approx(70)


def test_a_straight_edge_in_the_world_is_straight_again() -> None:
    up = np.linspace(-1, 1, 30)
    edge = np.stack([np.full(30, 0.9), up, np.full(30, 2.0)], axis=1)
    for lens in LENSES:
        bent = lens.pixels(edge)
        assert np.ptp(bent[:, 0]) > 3
        straight = lens.straight(bent)
        assert np.ptp(straight[:, 0]) < 1e-3
        assert straight[:, 0] == pytest.approx(lens.width / 2 + lens.focal_px * 0.45, abs=1e-3)


def test_a_box_is_taken_by_the_middles_of_its_sides() -> None:
    box = (60.0, 80.0, 160.0, 400.0)
    x1, y1, x2, y2 = BARREL.straight_box(box)
    middles = BARREL.straight(np.array([(60, 240), (110, 80), (160, 240), (110, 400)], np.float64))
    assert (x1, y1, x2, y2) == pytest.approx((middles[0, 0], middles[1, 1], middles[2, 0], middles[3, 1]))
    assert x1 < box[0]  # a barrel draws everything inwards
    assert y2 > box[3]


@pytest.mark.parametrize("lens", LENSES)
def test_another_size_of_the_same_picture_sees_the_same_rays(lens: Lens) -> None:
    half = lens.resized(320, 240)
    assert half.rays(grid(lens) / 2) == pytest.approx(lens.rays(grid(lens)), abs=1e-9)
    with pytest.raises(LensError, match="calibrated at 640x480"):
        lens.resized(640, 360)


def test_numbers_that_no_lens_has_are_refused() -> None:
    for change, said in (
        ({"distortion": (0.0,) * 4}, "5 numbers"),
        ({"fx": 0.0}, "above 0"),
        ({"cx": float("nan")}, "finite"),
        ({"model": "mirror"}, "pinhole or fisheye"),
        ({"width": 0}, "0x480"),
    ):
        with pytest.raises(LensError, match=said):
            replace(BARREL, **change)  # type: ignore[arg-type]
