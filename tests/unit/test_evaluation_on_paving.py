"""Where a thing stands is told in the picture alone: on the strip, beside it, or it cannot be told."""

import cv2
import numpy as np
import pytest

from vision.camera import Camera
from vision.on_paving import follow, on_paving
from vision.types import Mask, ObjectClass

CAMERA = Camera(480, 360, hfov_deg=70, lens_height_m=1.55, pitch_deg=14)
Box = tuple[float, float, float, float]


def strip(*corners: tuple[float, float]) -> Mask:
    """A strip on the ground by its corners (X, Z), metres."""
    points = [CAMERA.project(x, z) for x, z in corners]
    mask = np.zeros((360, 480), np.uint8)
    cv2.fillPoly(mask, [np.array([p for p in points if p]).round().astype(np.int32)], 1)
    return mask > 0


def ahead() -> Mask:
    return strip((-0.15, 0.5), (0.15, 0.5), (0.15, 12), (-0.15, 12))


def thing(x_m: float, z_m: float, wide_m: float, tall_m: float) -> Box:
    left, right = CAMERA.project(x_m - wide_m / 2, z_m), CAMERA.project(x_m + wide_m / 2, z_m)
    top = CAMERA.project(x_m, z_m, tall_m)
    assert left
    assert right
    assert top
    return (left[0], max(top[1], 0.0), right[0], min(left[1], 360.0))


def behind(mask: Mask, box: Box) -> Mask:
    """The mask where the thing does not hide it."""
    seen = mask.copy()
    x1, y1, x2, y2 = (round(v) for v in box)
    seen[y1:y2, max(x1, 0) : x2] = False
    return seen


@pytest.mark.parametrize("z_m", [2.0, 2.5, 4.0, 5.0])
@pytest.mark.parametrize(
    ("cls", "wide_m", "tall_m"),
    [
        (ObjectClass.POLE, 0.12, 3.0),
        (ObjectClass.CONE, 0.38, 0.7),
        (ObjectClass.PERSON, 0.5, 1.65),
        (ObjectClass.CAR, 1.7, 1.5),
    ],
)
def test_what_stands_on_the_strip_is_on_it(
    cls: ObjectClass, wide_m: float, tall_m: float, z_m: float
) -> None:
    box = thing(0.0, z_m, wide_m, tall_m)
    assert on_paving(follow(behind(ahead(), box)), box, cls)


@pytest.mark.parametrize("z_m", [1.5, 2.5, 4.0])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_pole_ten_centimetres_beside_it_is_not(side: int, z_m: float) -> None:
    box = thing(side * (0.15 + 0.10 + 0.06), z_m, 0.12, 3.0)
    assert not on_paving(follow(behind(ahead(), box)), box, ObjectClass.POLE)


def test_a_person_two_steps_beside_it_is_not() -> None:
    box = thing(0.9, 3.0, 0.5, 1.65)
    assert not on_paving(follow(behind(ahead(), box)), box, ObjectClass.PERSON)


def test_a_thing_that_hides_half_of_the_strip_is_on_it() -> None:
    box = thing(0.25, 3.0, 0.4, 1.0)
    assert on_paving(follow(behind(ahead(), box)), box, ObjectClass.SIGN)


def test_a_corner_of_a_box_over_a_strip_that_goes_on_is_not() -> None:
    """A car along the strip: its far end draws the box over the strip, which is seen whole."""
    box = thing(0.0, 3.0, 0.2, 1.5)
    assert not on_paving(follow(ahead()), (box[0], box[1], box[2] + 150, box[3]), ObjectClass.CAR)


def test_a_strip_that_ends_before_the_thing_is_not_under_it() -> None:
    short = strip((-0.15, 0.5), (0.15, 0.5), (0.15, 2.0), (-0.15, 2.0))
    assert not on_paving(follow(short), thing(0.0, 4.0, 0.5, 1.65), ObjectClass.PERSON)


def test_a_car_across_a_strip_that_runs_across_bridges_it() -> None:
    across = strip((-4.0, 3.2), (4.0, 3.2), (4.0, 3.5), (-4.0, 3.5))
    box = thing(0.0, 3.0, 2.0, 1.5)
    assert on_paving(follow(behind(across, box)), box, ObjectClass.CAR)


def test_a_thing_cut_by_the_lower_edge_is_told_by_the_strip_above_it() -> None:
    box = (200.0, 250.0, 290.0, 360.0)
    assert on_paving(follow(behind(ahead(), box)), box, ObjectClass.BOX)


def test_stairs_are_where_the_paving_leads_and_a_branch_hangs_over_it() -> None:
    paving = follow(ahead())
    assert not on_paving(paving, thing(0.0, 3.0, 2.0, 2.0), ObjectClass.STAIRS)
    assert on_paving(paving, (180.0, 0.0, 300.0, 90.0), ObjectClass.OVERHEAD)
    assert not on_paving(paving, (0.0, 0.0, 60.0, 90.0), ObjectClass.OVERHEAD)


def test_no_paving_and_specks_of_it_hold_nothing() -> None:
    assert not on_paving(follow(np.zeros((360, 480), np.bool_)), thing(0, 3, 1, 1))
    specks = np.zeros((360, 480), np.bool_)
    specks[200:203, 230:235] = True
    assert follow(specks).strands == ()
