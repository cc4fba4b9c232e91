"""Clues of distance: each against the formula by hand, and all of them together."""

from dataclasses import replace
from math import radians, sqrt

import numpy as np
import pytest

from vision.camera import Camera
from vision.ranging import (
    Clue,
    Size,
    Source,
    Width,
    bound_clue,
    fused,
    ground_clue,
    height_clue,
    top_clue,
    width_clue,
    width_m,
)

CAMERA = Camera(640, 480, pitch_deg=12)
CONE = Size(0.69, 0.10, 0.18, 0.03)


def box_of(z_m: float, tall_m: float, back_m: float = 0.0, wide_m: float = 0.5) -> tuple[float, ...]:
    foot, top = CAMERA.project(0, z_m), CAMERA.project(0, z_m + back_m, tall_m)
    left, right = CAMERA.project(-wide_m / 2, z_m, 0.7), CAMERA.project(wide_m / 2, z_m, 0.7)
    assert foot
    assert top
    assert left
    assert right
    return left[0], top[1], right[0], foot[1]


def clue(nearness: float, **errors: float) -> Clue:
    return Clue(nearness, tuple(errors.get(source.name.lower(), 0.0) for source in Source))


@pytest.mark.parametrize("z_m", [1.0, 2.0, 5.0])
def test_every_clue_finds_the_distance_of_what_is_as_it_says(z_m: float) -> None:
    box = box_of(z_m, CONE.mean_m, CONE.back_m)
    width = Width(width_m(CAMERA, box, z_m), 0.05, 0.07)
    found = (
        ground_clue(CAMERA, box, 2.0),
        height_clue(CAMERA, box, CONE, 2.0),
        top_clue(CAMERA, box, CONE, 2.0),
        width_clue(CAMERA, box, width),
    )
    assert [1 / c.nearness for c in found if c] == pytest.approx([z_m] * 4, rel=1e-6)
    assert width.mean_m == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("z_m", [2.5, 4.5])
def test_errors_are_what_small_changes_do(z_m: float) -> None:
    """Every source's sigma by finite differences of the clue itself."""
    small = 1e-5
    camera = replace(CAMERA, nod_sigma_deg=0.0, pitch_sigma_deg=1.0)
    box = box_of(z_m, CONE.mean_m, CONE.back_m)
    for make in (
        lambda c, b, s: ground_clue(c, b, 1.0),
        lambda c, b, s: height_clue(c, b, s, 1.0),
        lambda c, b, s: top_clue(c, b, s, 1.0),
    ):
        base = make(camera, box, CONE)
        tipped = make(replace(camera, pitch_deg=12 + np.degrees(small)), box, CONE)
        lower = make(camera, (box[0], box[1], box[2], box[3] + 1e-3), CONE)
        below = make(camera, (box[0], box[1] + 1e-3, box[2], box[3]), CONE)
        taller = make(camera, box, replace(CONE, mean_m=CONE.mean_m + small))
        behind = make(camera, box, replace(CONE, back_m=CONE.back_m + small))
        raised = make(replace(camera, lens_height_m=1.55 + small), box, CONE)
        for source, other, step, sigma in (
            (Source.PITCH, tipped, small, radians(1.0)),
            (Source.FOOT, lower, 1e-3, 1.0),
            (Source.TOP, below, 1e-3, 1.0),
            (Source.SIZE, taller, small, CONE.sigma_m),
            (Source.SETBACK, behind, small, CONE.back_sigma_m),
            (Source.LENS, raised, small, 0.08),
        ):
            slope = (other.nearness - base.nearness) / step
            assert abs(base.errors[source]) == pytest.approx(abs(slope * sigma), rel=0.02, abs=1e-6), source


def test_two_that_share_no_error_are_fused_as_the_inverse_of_their_variances() -> None:
    both = fused([clue(0.30, foot=0.03), clue(0.33, size=0.04)])
    assert both
    weights = np.array([0.03, 0.04]) ** -2.0
    assert both.nearness == pytest.approx(float(weights @ [0.30, 0.33] / weights.sum()))
    assert both.sigma == pytest.approx(float(weights.sum()) ** -0.5)
    assert both.jitter < both.sigma


def test_a_shared_error_is_not_averaged_away() -> None:
    both = fused([clue(0.30, pitch=0.03, foot=0.01), clue(0.30, pitch=0.03, size=0.01)])
    assert both
    assert both.sigma == pytest.approx(sqrt(0.03**2 + 0.01**2 / 2))


def test_errors_that_oppose_cancel() -> None:
    both = fused([clue(0.30, foot=0.02), clue(0.30, foot=-0.02)])
    assert both
    assert both.sigma == pytest.approx(0.0, abs=1e-9)


def test_clues_that_contradict_each_other_are_doubted_and_chance_is_not() -> None:
    chance = fused([clue(0.30, foot=0.02), clue(0.34, size=0.02)])
    wrong = fused([clue(0.20, foot=0.02), clue(0.40, size=0.02)])
    assert chance
    assert wrong
    assert chance.doubt == 0.0
    assert wrong.sigma > 0.09
    assert fused([None, None]) is None
    assert fused([None, chance]) == chance


def test_a_foot_below_the_picture_is_nearer_than_the_lowest_row() -> None:
    lowest = CAMERA.ground(320, 480)
    found = bound_clue(CAMERA, (300, 100, 340, 480))
    assert lowest
    assert found
    assert 1 / found.nearness < lowest[1]
    # What differs from frame to frame: a filter keeps what it knew.
    assert found.jitter > 0.8 * found.sigma
