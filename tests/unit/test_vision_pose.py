"""Pitch and height of the camera, learned from a strip painted onto the ground."""

from collections.abc import Callable
from dataclasses import replace
from math import degrees

import cv2
import numpy as np
import pytest

from vision.attitude import Attitude, worn
from vision.camera import Camera, unknown_camera
from vision.lens import Lens
from vision.narrowing import narrowing
from vision.paving import Rows, fit_line, strip_rows
from vision.pose import Pose, assumed, carried, learned, posed

WORN = Camera(480, 360, pitch_deg=12, pitch_sigma_deg=5)
SOMEBODYS = unknown_camera(480, 360)


def rows_of(camera: Camera, middle: Callable[[float], float], width_m: float = 0.30) -> Rows:
    left, right = [], []
    for z in np.linspace(0.4, 9.0, 80):
        left.append(camera.project(middle(z) - width_m / 2, z))
        right.append(camera.project(middle(z) + width_m / 2, z))
    canvas = np.zeros((camera.height, camera.width), np.uint8)
    outline = np.array([p for p in left + right[::-1] if p], np.float64)
    cv2.fillPoly(canvas, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
    return strip_rows(canvas.astype(bool))


def after_looks(start: Camera, rows: Rows, looks: int = 8) -> tuple[Pose, Camera]:
    pose = assumed(start)
    for _ in range(looks):
        pose = carried(pose, start, 0.2, 0.5)
        view = posed(start, pose)
        told = narrowing(rows, view, fit_line(rows, view))
        assert told
        pose = learned(pose, told, start, 0.2)
    return pose, posed(start, pose)


@pytest.mark.parametrize("pitch_deg", [4.0, 12.0, 20.0])
@pytest.mark.parametrize("bend", [(0.0, 0.0), (0.12, 0.0), (0.0, 0.02)])
def test_the_pitch_is_found_whatever_was_assumed(pitch_deg: float, bend: tuple[float, float]) -> None:
    true = replace(WORN, pitch_deg=pitch_deg)
    _, view = after_looks(WORN, rows_of(true, lambda z: bend[0] * z + bend[1] * z * z))
    # The assumption, 8 degrees off at worst, still draws a little: no mask is trusted without end.
    assert view.pitch_deg == pytest.approx(pitch_deg, abs=2.0)
    assert abs(view.pitch_deg - pitch_deg) < 1.5 * view.pitch_sigma_deg
    assert 1.0 <= view.pitch_sigma_deg < 2.5


@pytest.mark.parametrize(("pitch_deg", "height_m"), [(30.0, 1.15), (25.0, 1.4), (40.0, 1.2), (10.0, 1.6)])
def test_height_and_pitch_of_somebody_s_camera(pitch_deg: float, height_m: float) -> None:
    true = replace(SOMEBODYS, pitch_deg=pitch_deg, lens_height_m=height_m)
    _, view = after_looks(SOMEBODYS, rows_of(true, lambda z: 0.05 * z))
    assert view.pitch_deg == pytest.approx(pitch_deg, abs=2.0)
    assert view.lens_height_m == pytest.approx(height_m, rel=0.08)


def test_a_mask_that_narrows_wrongly_is_not_believed() -> None:
    """The lower half bleeds to twice its width: the taper points 15 degrees too low."""
    rows = rows_of(WORN, lambda _: 0.0)
    wide = rows.right - rows.left
    grown = wide * np.interp(rows.y, [rows.y.min(), rows.y.max()], [0.45, 1.6])
    middle = (rows.left + rows.right) / 2
    bad = Rows(rows.y, middle - grown / 2, middle + grown / 2)
    pose = assumed(replace(WORN, pitch_sigma_deg=3))
    told = narrowing(bad, WORN, fit_line(bad, WORN))
    assert told
    after = learned(pose, told, WORN)
    assert (after.pitch, after.log_height, after.doubts) == (pose.pitch, pose.log_height, 1)


def test_glasses_that_sit_quite_otherwise_are_believed_after_many_looks() -> None:
    start = replace(WORN, pitch_sigma_deg=3)
    rows = rows_of(replace(WORN, pitch_deg=32), lambda _: 0.0)
    _, soon = after_looks(start, rows, looks=4)
    assert soon.pitch_deg == pytest.approx(12)
    _, late = after_looks(start, rows, looks=25)
    assert late.pitch_deg == pytest.approx(32, abs=2)


def test_without_a_look_it_grows_unsure_and_returns_to_what_was_assumed() -> None:
    true = replace(WORN, pitch_deg=18)
    pose, view = after_looks(WORN, rows_of(true, lambda _: 0.0))
    assert view.pitch_deg > 16
    soon = carried(pose, WORN, 1.0, 0.5)
    assert soon.pitch == pytest.approx(pose.pitch, abs=0.03)
    assert soon.var_p > pose.var_p
    late = carried(pose, WORN, 300.0, 0.5)
    assert late.pitch == pytest.approx(assumed(WORN).pitch, abs=1e-4)
    assert late.var_p == pytest.approx(assumed(WORN).var_p, rel=1e-3)


def test_a_blob_tells_nothing() -> None:
    mask = np.zeros((360, 480), bool)
    mask[100:360, 200:260] = True  # does not narrow
    assert narrowing(strip_rows(mask), WORN, None) is None


@pytest.mark.parametrize("roll_deg", [-6.0, 3.0])
def test_a_leaning_head_and_a_bent_lens_see_the_same_narrowing(roll_deg: float) -> None:
    lens = Lens("pinhole", 480, 360, 340.0, 340.0, 243.0, 176.0, (-0.2, 0.04, 0.0, 0.0, 0.0))
    straight = replace(WORN, hfov_deg=lens.straight_hfov_deg)
    bent = replace(straight, roll_deg=roll_deg, lens=lens)
    plain, undone = (narrowing(rows_of(c, lambda _: 0.1), c, None) for c in (straight, bent))
    assert plain
    assert undone
    # 10 pixels are 1.7 degrees; a bent strip's mask is a polygon of fewer rows.
    assert undone.horizon_px == pytest.approx(plain.horizon_px, abs=10)
    width = undone.width_px / (undone.row_px - undone.horizon_px)
    assert width == pytest.approx(plain.width_px / (plain.row_px - plain.horizon_px), rel=0.05)
    naive = narrowing(rows_of(bent, lambda _: 0.1), straight, None)
    assert naive is None or abs(naive.horizon_px - plain.horizon_px) > abs(
        undone.horizon_px - plain.horizon_px
    )


def test_an_imu_that_comes_or_goes_starts_the_pitch_anew_and_keeps_the_height() -> None:
    true = replace(WORN, pitch_deg=16, lens_height_m=1.48)
    pose, view = after_looks(WORN, rows_of(true, lambda _: 0.0), looks=20)
    assert view.lens_height_m < 1.53
    by_imu = worn(WORN, Attitude(0.0, 16.5, 0.0, 0.5))
    level = carried(pose, by_imu, 0.1, 0.5, levelled=True)
    assert degrees(level.pitch) == pytest.approx(16.5)
    assert level.log_height == pytest.approx(pose.log_height, abs=1e-3)
    assert degrees(level.var_p**0.5) == pytest.approx(by_imu.pitch_sigma_deg, rel=0.01)
    alone = carried(level, WORN, 0.1, 0.5)
    assert degrees(alone.pitch) == pytest.approx(12, abs=0.1)
    assert degrees(alone.var_p**0.5) == pytest.approx(5, rel=0.01)
