"""What holds for every camera, every line and every walk along it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.camera import Camera
from vision.lens import Lens
from vision.paving import PavingLine
from vision.paving_ahead import look_ahead
from vision.paving_places import Moment, estimate, followed
from vision.paving_straight import project_many, straighten

cameras = st.builds(
    Camera,
    st.sampled_from([320, 480, 640]),
    st.sampled_from([240, 360, 480]),
    hfov_deg=st.floats(45, 100),
    lens_height_m=st.floats(1.0, 2.0),
    pitch_deg=st.floats(-5, 40),
    roll_deg=st.floats(-15, 15),
)
lenses = st.builds(
    lambda f, k1: Lens("fisheye", 640, 480, f, f, 320, 240, (k1, 0.0, 0.0, 0.0)),
    st.floats(220, 400),
    st.integers(-20, 50).map(lambda k: k / 1000),
)
straight_lines = st.builds(
    lambda a, b, near, far: PavingLine(a, b, 0.0, near, near + far, 0.03),
    st.floats(-1, 1), st.floats(-0.6, 0.6), st.floats(0.5, 2), st.floats(1, 6),
)  # fmt: skip


@given(cameras, st.one_of(st.none(), lenses), st.floats(-3, 3), st.floats(0.3, 12))
def test_many_points_are_projected_as_one_is(
    camera: Camera, lens: Lens | None, x_m: float, z_m: float
) -> None:
    if lens:
        camera = replace(camera, width=640, height=480, lens=lens)
    one = camera.project(x_m, z_m)
    x, y = project_many(camera, np.array([[x_m]]), np.array([[z_m]]))
    assert (float(x[0, 0]), float(y[0, 0])) == pytest.approx(one or (-1.0, -1.0), abs=1e-6)


@given(straight_lines)
def test_a_row_is_so_many_metres_along_the_line_from_where_the_wearer_is_abreast(line: PavingLine) -> None:
    nothing = np.zeros((480, 640), np.bool_)
    straight = straighten(line, Camera(640, 480), nothing, None, ())
    for row in (0, 30, 80):
        ahead = row * 0.1
        x, heading = line.at(ahead), straight.heading_rad[row]
        along = x * np.sin(heading) + ahead * np.cos(heading)
        assert straight.along_m[row] == pytest.approx(along, abs=1e-6)


@given(straight_lines, st.integers(0, 2**32 - 1))
def test_any_mask_in_the_mirror_shows_the_same_with_left_and_right_swapped(
    line: PavingLine, seed: int
) -> None:
    camera = Camera(640, 480, pitch_deg=25)
    cells = np.random.default_rng(seed).random((2, 12, 17)) < 0.5
    # No cell ends in the middle column, which is its own mirror image.
    whole = (np.kron(cell, np.ones((40, 40), np.bool_)) for cell in (cells[0], cells[0] & cells[1]))
    paving, dots = (mask[:, 20:660] for mask in whole)
    seen = look_ahead(straighten(line, camera, paving, dots, ()), line)
    back = replace(line, a=-line.a, b=-line.b, c=-line.c)
    flipped = look_ahead(straighten(back, camera, paving[:, ::-1], dots[:, ::-1], ()), back)
    assert flipped.end_m == pytest.approx(seen.end_m)
    assert flipped.goes_on == seen.goes_on
    for one, other in ((seen.left, flipped.right), (seen.right, flipped.left), (seen.dots, flipped.dots)):
        assert (one is None) == (other is None)
        if one and other:
            assert one.distance_m == pytest.approx(other.distance_m)


SURE = Camera(640, 480, pitch_sigma_deg=1.0)


@settings(deadline=None)
@given(st.floats(0.4, 1.8), st.floats(3, 6), st.integers(0, 2**32 - 1))
def test_a_place_keeps_its_number_and_its_distance_while_one_walks_to_it(
    speed_mps: float, start_m: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    place, checked = None, 0
    for frame in range(int((start_m - 1.2) / speed_mps * 10)):
        truth = start_m - speed_mps * frame / 10
        look = truth + 0.05 * float(rng.standard_normal()) if frame % 5 else None
        place = followed(place, look, Moment(frame / 10, 0.1, SURE, 1.0, 7.0), 1 if place is None else 2)
        if place is not None and place.evidence_s >= 0.5:
            checked += 1
            assert place.number == 1
            assert estimate(place, frame / 10).distance_m == pytest.approx(truth, abs=0.3)
    assert checked or (start_m - 1.2) / speed_mps < 2.0
