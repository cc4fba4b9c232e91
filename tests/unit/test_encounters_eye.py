"""Boxes and blocks of the simulated camera against pixels computed by hand."""

from dataclasses import replace
from math import cos, radians, sin, tan

import pytest

from vision.camera import Camera
from vision.encounters.eye import (
    HEIGHT,
    WIDTH,
    View,
    assumed_camera,
    glimpse,
    look,
    picture,
    strip_mask,
    view_of,
)
from vision.encounters.gait import Head
from vision.encounters.world import Encounter, Kind, Thing
from vision.types import ObjectClass as C

LEVEL = Camera(WIDTH, HEIGHT, hfov_deg=90.0, lens_height_m=1.5, pitch_deg=0.0)  # focal length 320 px
STILL = Head(0.0, 0.0, 0.0, 0.0)
SCRIPT = Encounter(0, 1, Kind.STATIC, False, 1.0, 0.0, 0.0, 1.5, 0.0, 8.0, ())


def post(x: float, z: float, **other: float) -> Thing:
    return Thing(0, C.POLE, x, z, 0.5, 1e-9, other.pop("top", 1.0), **other)


def test_a_level_lens_sees_a_post_where_similar_triangles_say() -> None:
    seen = glimpse(post(1.0, 4.0), 0.0, View(LEVEL, 0.0, 0.0, 0.0))
    assert seen is not None
    # 320 px to a metre at a metre: at 4 m a metre is 80 px; the foot is 1.5 m below the lens.
    assert seen.box == pytest.approx((320 + 0.75 * 80, 240 + 0.5 * 80, 320 + 1.25 * 80, 240 + 1.5 * 80))
    assert seen.ahead_m == pytest.approx(4.0)


def test_walking_on_by_a_metre_is_the_thing_a_metre_nearer() -> None:
    walked = glimpse(post(0.0, 4.0), 0.0, View(LEVEL, 1.0, 0.0, 0.0))
    nearer = glimpse(post(0.0, 3.0), 0.0, View(LEVEL, 0.0, 0.0, 0.0))
    assert walked is not None
    assert nearer is not None
    assert walked.box == pytest.approx(nearer.box)


def test_a_turn_to_the_right_moves_what_is_ahead_to_the_left() -> None:
    straight = View(LEVEL, 0.0, 0.0, 0.0).pixel(0.0, 4.0, 0.0)
    turned = View(LEVEL, 0.0, 10.0, 0.0).pixel(0.0, 4.0, 0.0)
    assert straight is not None
    assert turned is not None
    assert turned[0] == pytest.approx(320 - 320 * tan(radians(10)))


def test_a_head_that_leans_right_turns_the_picture_left_about_its_middle() -> None:
    leaning = View(LEVEL, 0.0, 0.0, 6.0).pixel(0.0, 4.0, 0.0)
    below = 120.0  # px under the middle, as above
    assert leaning == pytest.approx((320 + below * sin(radians(6)), 240 + below * cos(radians(6))))


def test_a_rising_way_is_seen_as_by_a_lens_that_looks_down_more() -> None:
    rising = view_of(replace(SCRIPT, grade=0.05), 0.0, STILL, LEVEL)
    assert rising.camera.pitch_deg == pytest.approx(2.86, abs=0.01)
    assert view_of(SCRIPT, 3.0, STILL, LEVEL).walked_m == pytest.approx(3.0)


def test_what_is_cut_by_the_edge_ends_there_and_what_is_behind_is_not_seen() -> None:
    cut = glimpse(post(3.9, 4.0), 0.0, View(LEVEL, 0.0, 0.0, 0.0))
    assert cut is not None
    assert cut.box[2] == WIDTH
    assert glimpse(post(9.0, 4.0), 0.0, View(LEVEL, 0.0, 0.0, 0.0)) is None
    assert glimpse(post(0.0, -2.0), 0.0, View(LEVEL, 0.0, 0.0, 0.0)) is None


def test_who_stands_behind_another_is_not_seen() -> None:
    near, far = post(0.0, 3.0, top=1.6), replace(post(0.0, 6.0, top=1.6), id=1)
    view = View(LEVEL, 0.0, 0.0, 0.0)
    assert [g.thing for g in look(replace(SCRIPT, things=(far, near)), 0, 0.0, view).glimpses] == [0]
    beside = replace(far, x_m=2.0)
    assert len(look(replace(SCRIPT, things=(beside, near)), 0, 0.0, view).glimpses) == 2


def test_the_blocks_are_thirty_centimetres_wide_and_hidden_by_what_stands_on_them() -> None:
    view = View(LEVEL, 0.0, 0.0, 0.0)
    mask = strip_mask(look(SCRIPT, 0, 0.0, view))
    row = 240 + round(320 * 1.5 / 4.0)  # the ground 4 m ahead
    assert int(mask[row].sum()) == pytest.approx(0.30 * 80, abs=2)
    assert not mask[:240].any()
    blocked = strip_mask(look(replace(SCRIPT, things=(post(0.0, 4.0),)), 0, 0.0, view))
    assert not blocked[row - 5].any()
    assert blocked[row + 40].any()
    assert not strip_mask(look(replace(SCRIPT, paving_x_m=None), 0, 0.0, view)).any()


def test_half_a_strip_is_the_near_half() -> None:
    view = View(LEVEL, 0.0, 0.0, 0.0)
    whole, half = (strip_mask(look(SCRIPT, 0, 0.0, view), reach) for reach in (1.0, 0.5))
    assert half.any(axis=1).sum() == pytest.approx(whole.any(axis=1).sum() / 2, abs=2)
    assert half[HEIGHT - 1].any()


def test_the_picture_shows_things_darker_than_the_ground() -> None:
    seen = look(replace(SCRIPT, things=(post(0.0, 4.0),)), 0, 0.0, View(LEVEL, 0.0, 0.0, 0.0))
    image = picture(seen)
    assert image.shape == (HEIGHT, WIDTH, 3)
    x1, y1, x2, y2 = (round(v) for v in seen.glimpses[0].box)
    assert image[(y1 + y2) // 2, (x1 + x2) // 2].max() < 80 < image[y2 + 20, 20].min()


def test_a_fisheye_spreads_its_pixels_evenly_over_the_angles() -> None:
    worn = replace(assumed_camera(120.0, bent=True), pitch_deg=0.0, lens_height_m=1.5)
    assert worn.field_of_view_deg == pytest.approx((120.0, 90.0))
    view = View(worn, 0.0, 0.0, 0.0)
    for turn in (15.0, 45.0):
        point = view.pixel(4.0 * tan(radians(turn)), 4.0, 1.5)  # at eye height
        assert point == pytest.approx((320 + turn / 60 * 320, 240))
    # Who stands 45 degrees aside is there, straight and upright once the lens is undone.
    seen = glimpse(post(4.0, 4.0, top=1.6), 0.0, view)
    assert seen is not None
    x1, _, x2, foot = worn.level_box(seen.box)
    assert worn.levelled.ground((x1 + x2) / 2, foot) == pytest.approx((4.0, 4.0), rel=0.05)
    assert glimpse(post(4.0, 4.0, top=1.6), 0.0, View(Camera(WIDTH, HEIGHT), 0.0, 0.0, 0.0)) is None


def test_a_picture_of_another_shape_keeps_the_angle_across_and_loses_it_downwards() -> None:
    whole, cinema = assumed_camera(90.0), assumed_camera(90.0, (640, 360))
    assert cinema.field_of_view_deg[0] == pytest.approx(whole.field_of_view_deg[0])
    assert cinema.field_of_view_deg[1] < whole.field_of_view_deg[1]
    seen = look(replace(SCRIPT, things=(post(0.0, 1.0),)), 0, 0.0, View(cinema, 0.0, 0.0, 0.0))
    assert picture(seen).shape == (360, 640, 3)
    assert strip_mask(seen).shape == (360, 640)
    assert seen.glimpses[0].box[3] == 360.0
