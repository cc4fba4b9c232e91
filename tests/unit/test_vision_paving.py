"""A strip painted onto the ground and projected comes back as the line that was painted."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from vision.camera import Camera
from vision.paving import fit_line, strip_rows, unhidden
from vision.types import Mask

CAMERA = Camera(480, 360, pitch_deg=15)


def painted(camera: Camera, middle: Callable[[float], float], near: float = 0.5, far: float = 9.0) -> Mask:
    """The mask of a 30 cm strip whose middle runs along X = middle(Z)."""
    left, right = [], []
    for z in np.linspace(near, far, 60):
        left.append(camera.project(middle(z) - 0.15, z))
        right.append(camera.project(middle(z) + 0.15, z))
    outline = np.array([p for p in left + right[::-1] if p], np.float64)
    canvas = np.zeros((camera.height, camera.width), np.uint8)
    cv2.fillPoly(canvas, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
    return canvas.astype(bool)


@pytest.mark.parametrize(("offset", "slope"), [(0.0, 0.0), (0.4, 0.0), (-0.3, 0.1), (0.2, -0.15)])
def test_a_straight_strip(offset: float, slope: float) -> None:
    line = fit_line(strip_rows(painted(CAMERA, lambda z: offset + slope * z)), CAMERA)
    assert line
    for z in (1.5, 3.0, 6.0):
        assert line.at(z) == pytest.approx(offset + slope * z, abs=0.06)
    assert line.at(0.0) == pytest.approx(offset, abs=0.12)


def test_bearing_and_side_have_the_right_sign() -> None:
    line = fit_line(strip_rows(painted(CAMERA, lambda z: 0.1 * z)), CAMERA)
    assert line
    assert line.bearing_deg(3.0) == pytest.approx(5.7, abs=1.0)
    assert line.across_m(1.0, 3.0) > 0 > line.across_m(-1.0, 3.0)


def test_a_bend_is_followed() -> None:
    line = fit_line(strip_rows(painted(CAMERA, lambda z: 0.04 * z * z, far=6.0)), CAMERA)
    assert line
    for z in (1.5, 3.0, 5.0):
        assert line.at(z) == pytest.approx(0.04 * z * z, abs=0.12)


def test_an_obstacle_on_the_strip_does_not_break_the_line() -> None:
    mask = painted(CAMERA, lambda z: 0.05 * z)
    foot, top = CAMERA.project(0, 2.2), CAMERA.project(0, 4.5)
    assert foot
    assert top
    mask[int(top[1]) : int(foot[1])] = False
    line = fit_line(strip_rows(mask), CAMERA)
    assert line
    assert line.at(3.0) == pytest.approx(0.15, abs=0.08)
    assert line.far_m > 5


def test_a_second_strip_far_to_the_side_is_not_mixed_in() -> None:
    mask = painted(CAMERA, lambda _: 0.0) | painted(CAMERA, lambda _: -2.0, near=2.5)
    line = fit_line(strip_rows(mask), CAMERA)
    assert line
    assert line.at(4.0) == pytest.approx(0.0, abs=0.08)


def test_blobs_are_no_line() -> None:
    mask = np.zeros((360, 480), bool)
    assert fit_line(strip_rows(mask), CAMERA) is None
    mask[340:350, 100:140] = True
    assert fit_line(strip_rows(mask), CAMERA) is None


def test_junction_plates_do_not_bend_the_line() -> None:
    mask = painted(CAMERA, lambda _: 0.1)
    plate = [CAMERA.project(x, z) for x, z in ((-0.9, 3.0), (0.25, 3.0), (0.25, 3.6), (-0.9, 3.6))]
    canvas = mask.astype(np.uint8)
    cv2.fillPoly(canvas, [np.array(plate, np.float64).astype(np.int32)], 1)
    line = fit_line(strip_rows(canvas.astype(bool)), CAMERA)
    assert line
    assert line.at(3.3) == pytest.approx(0.1, abs=0.15)


def test_rows_behind_a_thing_are_left_out() -> None:
    rows = strip_rows(painted(CAMERA, lambda _: 0.0))
    behind = rows.only(unhidden(rows, [(230.0, 200.0, 244.0, 260.0)]))
    assert len(behind.y) < len(rows.y)
    assert not ((behind.y > 200) & (behind.y < 260)).any()
    assert unhidden(rows, [(0.0, 200.0, 100.0, 260.0)]).all()
