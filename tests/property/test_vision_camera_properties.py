"""Geometry that holds for every camera and every place."""

from dataclasses import replace
from math import atan2, degrees, radians

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.camera import Camera
from vision.lens import Lens
from vision.ranging import Clue, Source, fused, ground_distance, height_distance

cameras = st.builds(
    Camera,
    st.sampled_from([320, 480, 640, 1280]),
    st.sampled_from([240, 360, 480, 720]),
    hfov_deg=st.floats(45, 100),
    lens_height_m=st.floats(1.0, 2.0),
    pitch_deg=st.floats(-5, 40),
    pitch_sigma_deg=st.floats(0.5, 8),
)
errors = st.tuples(*[st.floats(-0.1, 0.1) for _ in Source])
clues = st.builds(Clue, st.floats(0.05, 3), errors).filter(lambda clue: clue.sigma > 1e-3)
lenses = st.one_of(
    st.builds(
        lambda f, c, k1, k2: Lens("pinhole", 640, 480, f, f, 320 + c, 240 - c, (k1, k2, 0.0, 0.0, 0.0)),
        st.floats(350, 700), st.floats(-15, 15), st.floats(-0.2, 0.1), st.floats(0.0, 0.05),
    ),
    st.builds(
        lambda f, c, k1: Lens("fisheye", 640, 480, f, f, 320 + c, 240 - c, (k1, 0.0, 0.0, 0.0)),
        st.floats(220, 400), st.floats(-15, 15), st.floats(-0.02, 0.05),
    ),
)  # fmt: skip


@given(cameras, st.floats(-4, 4), st.floats(0.8, 12))
def test_ground_undoes_project(camera: Camera, x_m: float, z_m: float) -> None:
    pixel = camera.project(x_m, z_m)
    assert pixel
    point = camera.ground(*pixel)
    assert point
    assert abs(point[0] - x_m) < 1e-6
    assert abs(point[1] - z_m) < 1e-6


@given(cameras, st.floats(0.8, 10), st.floats(0.2, 3))
def test_a_lower_foot_is_nearer(camera: Camera, z_m: float, more: float) -> None:
    near, far = camera.project(0, z_m), camera.project(0, z_m + more)
    assert near
    assert far
    assert near[1] > far[1]
    first = ground_distance(camera, (near[0] - 5, near[1] - 50, near[0] + 5, near[1]), 1.0)
    second = ground_distance(camera, (far[0] - 5, far[1] - 50, far[0] + 5, far[1]), 1.0)
    assert first
    assert second
    assert first.distance_m < second.distance_m
    assert first.sigma_m > 0


@given(cameras, st.floats(1.0, 10), st.floats(0.5, 2.0), st.floats(1.01, 1.5))
def test_a_taller_thing_of_the_same_size_is_farther(
    camera: Camera, z_m: float, tall_m: float, factor: float
) -> None:
    foot, top = camera.project(0, z_m), camera.project(0, z_m, tall_m)
    assert foot
    if top is None:
        return
    box = (foot[0] - 5, top[1], foot[0] + 5, foot[1])
    small = height_distance(camera, box, tall_m, 0.1, 1.0)
    tall = height_distance(camera, box, tall_m * factor, 0.1, 1.0)
    if small and tall:
        assert small.distance_m < tall.distance_m
        assert small.jitter_m <= small.sigma_m


@given(clues, clues)
def test_the_fused_clue_lies_between_and_is_symmetric(first: Clue, second: Clue) -> None:
    fusion, mirrored = fused([first, second]), fused([second, None, first])
    assert fusion
    assert mirrored
    low, high = sorted((first.nearness, second.nearness))
    assert low - 1e-9 <= fusion.nearness <= high + 1e-9
    assert abs(fusion.nearness - mirrored.nearness) < 1e-9
    assert fusion.jitter <= fusion.sigma + 1e-12
    # Hardly worse than the better of two that agree.
    if abs(first.nearness - second.nearness) < min(first.sigma, second.sigma):
        gap = abs(first.nearness - second.nearness)
        assert fusion.sigma <= min(first.sigma, second.sigma) + gap + 1e-9


@given(cameras, lenses, st.floats(-25, 25), st.floats(-1, 1), st.floats(1.5, 8))
def test_ground_undoes_project_through_a_bent_lens_on_a_leaning_head(
    camera: Camera, lens: Lens, roll_deg: float, x_m: float, z_m: float
) -> None:
    bent = replace(
        camera,
        width=lens.width,
        height=lens.height,
        pitch_deg=min(camera.pitch_deg, 20),
        lens=lens,
        roll_deg=roll_deg,
    )
    pixel = bent.project(x_m, z_m)
    if pixel is None:  # outside of what the lens sees
        return
    point = bent.ground(*pixel)
    assert point
    assert abs(point[0] - x_m) < 1e-4
    assert abs(point[1] - z_m) < 1e-4
    rows = bent.ground_rows(np.array([pixel[0]]), np.array([pixel[1]]))
    assert abs(float(rows[1][0]) - z_m) < 1e-4
    assert abs(bent.bearing_deg(*pixel) - degrees(atan2(x_m, z_m))) < 1e-3


@given(cameras, st.floats(-20, 20), st.floats(10, 300), st.floats(10, 300))
def test_a_box_about_an_ellipse_is_turned_upright(
    camera: Camera, roll_deg: float, wide: float, tall: float
) -> None:
    turns, roll = np.linspace(0, 2 * np.pi, 720), radians(roll_deg)
    x, y = wide / 2 * np.cos(turns), tall / 2 * np.sin(turns)
    leaning = x * np.cos(roll) + y * np.sin(roll), y * np.cos(roll) - x * np.sin(roll)
    middle = camera.width / 2, camera.height / 2
    box = (
        middle[0] + leaning[0].min(), middle[1] + leaning[1].min(),
        middle[0] + leaning[0].max(), middle[1] + leaning[1].max(),
    )  # fmt: skip
    x1, y1, x2, y2 = replace(camera, roll_deg=roll_deg).level_box(box)
    for found, true, leant in ((y2 - y1, tall, box[3] - box[1]), (x2 - x1, wide, box[2] - box[0])):
        if max(tall, wide) < 8 * min(tall, wide):
            assert abs(found - true) < 0.01 * max(tall, wide)
        # What seems thinner is a part of a thing: a third of the leaning box is left of it.
        assert true - 0.01 * max(tall, wide) < found < max(true, 0.33 * leant) + 0.01 * max(tall, wide)
