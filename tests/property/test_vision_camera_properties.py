"""Geometry that holds for every camera and every place."""

from hypothesis import given
from hypothesis import strategies as st

from vision.camera import Camera, Distance, fuse, ground_distance, height_distance

cameras = st.builds(
    Camera,
    st.sampled_from([320, 480, 640, 1280]),
    st.sampled_from([240, 360, 480, 720]),
    hfov_deg=st.floats(45, 100),
    lens_height_m=st.floats(1.0, 2.0),
    pitch_deg=st.floats(-5, 40),
    pitch_sigma_deg=st.floats(0.5, 8),
)
distances = st.builds(Distance, st.floats(0.3, 20), st.floats(0.05, 5), st.floats(0.01, 0.05))


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


@given(distances, distances)
def test_the_fused_distance_lies_between_and_is_symmetric(first: Distance, second: Distance) -> None:
    fused, mirrored = fuse(first, second), fuse(second, first)
    assert fused
    assert mirrored
    low, high = sorted((first.distance_m, second.distance_m))
    assert low - 1e-9 <= fused.distance_m <= high + 1e-9
    assert abs(fused.distance_m - mirrored.distance_m) < 1e-9
    assert fused.jitter_m <= fused.sigma_m
    # Two that disagree are never surer than the distance between them allows.
    assert fused.sigma_m >= min(first.sigma_m, second.sigma_m) / 2**0.5 - 1e-9
