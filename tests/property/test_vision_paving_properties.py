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
from vision.paving_places import FORGET_S, Followed, Moment, estimate, followed, remembered
from vision.paving_straight import project_many, straighten
from vision.paving_sure import AT_FEET_M, Ahead, Sort, handed_on
from vision.types import Dots, PavingSight

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


@settings(deadline=None)
@given(cameras, st.one_of(st.none(), lenses), st.floats(-3, 3), st.floats(0.3, 12))
def test_many_points_are_projected_as_one_is(
    camera: Camera, lens: Lens | None, x_m: float, z_m: float
) -> None:
    if lens:
        camera = replace(camera, width=640, height=480, lens=lens)
    one = camera.project(x_m, z_m)
    x, y = project_many(camera, np.array([[x_m]]), np.array([[z_m]]))
    assert (float(x[0, 0]), float(y[0, 0])) == pytest.approx(one or (-1.0, -1.0), abs=1e-6)


@settings(deadline=None)
@given(straight_lines)
def test_a_row_is_so_many_metres_along_the_line_from_where_the_wearer_is_abreast(line: PavingLine) -> None:
    nothing = np.zeros((480, 640), np.bool_)
    straight = straighten(line, Camera(640, 480), nothing, None, ())
    for row in (0, 30, 80):
        ahead = row * 0.1
        x, heading = line.at(ahead), straight.heading_rad[row]
        along = x * np.sin(heading) + ahead * np.cos(heading)
        assert straight.along_m[row] == pytest.approx(along, abs=1e-6)


@settings(deadline=None)
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
            assert estimate(place).distance_m == pytest.approx(truth, abs=0.3)
    assert checked or (start_m - 1.2) / speed_mps < 2.0


def seen_for_a_second(start_m: float, speed_mps: float) -> Followed:
    place = None
    for frame in range(11):
        look = start_m - speed_mps * frame / 10
        place = followed(place, look, Moment(frame / 10, 0.1, SURE, 1.0, 7.0), 1, 1.0)
    assert place
    return place


def dots_of(place: Followed | None, own_speed_mps: float | None) -> Dots | None:
    """As it is handed on in a frame that shows nothing."""
    places = {} if place is None else {Sort.DOTS: place}
    return handed_on(PavingSight(False), Ahead(places, None, SURE, own_speed_mps, known=True, lone=True)).dots


believed_speeds = st.lists(st.floats(0.4, 2.5), min_size=1, max_size=40)
steps_s = st.floats(0.05, 0.5)


@settings(deadline=None)
@given(st.floats(2.5, 6.0), st.floats(0.0, 1.8), believed_speeds, steps_s)
def test_unseen_it_is_told_no_farther_than_is_left_by_the_own_speed_and_never_once_passed(
    start_m: float, speed_mps: float, own_mps: list[float], step_s: float
) -> None:
    place: Followed | None = seen_for_a_second(start_m, speed_mps)
    assert place
    left_m, now_s, told_yet = estimate(place).distance_m, 1.0, True
    sigma_m = estimate(place).sigma_m
    for own in own_mps:
        now_s, left_m = now_s + step_s, left_m - own * step_s
        place = None if place is None else remembered(place, Moment(now_s, step_s, SURE, own_speed_mps=own))
        dots = dots_of(place, own)
        if dots is None or place is None:
            told_yet = False
            continue
        assert told_yet  # what is given up does not come back
        assert AT_FEET_M < dots.distance_m < left_m + dots.sigma_m
        assert dots.distance_m == pytest.approx(left_m)
        assert dots.distance_m - dots.sigma_m > AT_FEET_M
        assert estimate(place).sigma_m > sigma_m
        sigma_m = estimate(place).sigma_m
        assert now_s - 1.0 <= FORGET_S + 1e-6


@settings(deadline=None)
@given(st.floats(2.5, 6.0), st.floats(-0.5, 2.5), steps_s, st.booleans())
def test_where_no_speed_is_known_it_comes_nearer_all_the_same_by_what_is_usual(
    start_m: float, seen_mps: float, step_s: float, looked: bool
) -> None:
    """Whatever the looks say, a mask's reach that moves along with the wearer too."""
    place: Followed | None = seen_for_a_second(start_m, seen_mps)
    assert place
    first, now_s = estimate(place), 1.0
    for _ in range(10):
        now_s += step_s
        moment = Moment(now_s, step_s, SURE)
        if place is not None:
            # A frame that cannot show it (`far_m` 0), or none.
            place = followed(place, None, moment, 9) if looked else remembered(place, moment)
        if place is None:
            break
        now, gone_s = estimate(place), now_s - 1.0
        assert 0.3 * gone_s - 1e-9 <= first.distance_m - now.distance_m <= 1.5 * gone_s + 1e-9
        assert now.sigma_m == pytest.approx(float(np.hypot(first.sigma_m, 0.6 * gone_s)))
        if (dots := dots_of(place, None)) is not None:
            assert dots.distance_m - dots.sigma_m > AT_FEET_M


@settings(deadline=None)
@given(st.floats(3.0, 6.0), st.floats(0.5, 1.6), st.floats(0.1, 1.5))
def test_seen_again_it_is_the_same_place_and_as_far_as_it_is_seen(
    start_m: float, speed_mps: float, away_s: float
) -> None:
    place: Followed | None = seen_for_a_second(start_m, speed_mps)
    now_s = 1.0
    for _ in range(round(away_s * 10)):
        now_s += 0.1
        assert place
        place = remembered(place, Moment(now_s, 0.1, SURE))
    truth = start_m - speed_mps * (now_s + 0.1)
    place = followed(place, truth, Moment(now_s + 0.1, 0.1, SURE, 0.5, 7.0), 2, 1.0)
    assert place
    if truth > 1.0:
        assert place.number == 1
        assert (place.walked_m, place.doubt_m) == (0.0, 0.0)
        assert estimate(place).distance_m == pytest.approx(truth, abs=0.3)
