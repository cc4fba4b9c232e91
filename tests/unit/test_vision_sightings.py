"""One box, measured: every class has a distance where its box says one, and what hangs an honest one."""

import pytest

from vision.camera import Camera
from vision.sightings import HANGING_SHARE, HEIGHTS, Sighting, measure
from vision.types import SURFACES, THINGS, Detection, ObjectClass

CAMERA = Camera(480, 360, pitch_deg=12)


def standing(
    cls: ObjectClass, z_m: float, tall_m: float, wide_m: float = 0.5, foot_m: float = 0.0
) -> Sighting:
    back_m = HEIGHTS[cls].back_m if cls in HEIGHTS else 0.0
    foot, top = CAMERA.project(0.0, z_m, foot_m), CAMERA.project(0.0, z_m + back_m, foot_m + tall_m)
    side = CAMERA.project(wide_m / 2, z_m, foot_m)
    assert foot
    assert top
    assert side
    half = side[0] - foot[0]
    found = measure(CAMERA, Detection(cls, 0.8, (foot[0] - half, top[1], foot[0] + half, foot[1])))
    assert found
    return found


@pytest.mark.parametrize("cls", sorted(set(THINGS) - {ObjectClass.OVERHEAD}))
@pytest.mark.parametrize("z_m", [3.0, 6.0])
def test_every_thing_on_the_ground_has_its_distance(cls: ObjectClass, z_m: float) -> None:
    known = HEIGHTS.get(cls)
    found = standing(cls, z_m, known.mean_m if known else 1.2)
    assert found.distance.distance_m == pytest.approx(z_m, rel=0.05)
    assert 0 < found.distance.sigma_m < z_m


def test_heights_are_those_of_things() -> None:
    assert not set(HEIGHTS) & SURFACES
    assert all(0 < height.sigma_m < height.mean_m / 2 for height in HEIGHTS.values())


@pytest.mark.parametrize("lowest_m", [1.3, 1.55, 1.9])
def test_what_hangs_is_measured_by_its_size_and_not_by_where_its_foot_would_be(lowest_m: float) -> None:
    """Level with the lens, a lowest point is on the horizon however near it is."""
    found = standing(ObjectClass.OVERHEAD, 5.5, 0.8, 1.25, lowest_m)
    assert found.distance.distance_m == pytest.approx(5.5, rel=0.15)
    assert found.distance.sigma_m >= HANGING_SHARE * found.distance.distance_m
    assert found.bearing_deg == pytest.approx(0.0, abs=0.1)
    assert (found.left_m, found.right_m) == (pytest.approx(-0.62, abs=0.12), pytest.approx(0.62, abs=0.12))


def test_what_hangs_comes_nearer_as_it_grows_and_is_nearer_where_the_picture_cuts_it() -> None:
    far, near = (standing(ObjectClass.OVERHEAD, z, 0.6, 0.9, 1.4) for z in (6.0, 3.0))
    assert near.distance.distance_m == pytest.approx(far.distance.distance_m / 2, rel=0.1)
    whole = measure(CAMERA, Detection(ObjectClass.OVERHEAD, 0.8, (200, 30, 280, 110)))
    cut = measure(CAMERA, Detection(ObjectClass.OVERHEAD, 0.8, (200, 0, 280, 80)))
    assert whole
    assert cut
    assert cut.distance.distance_m < whole.distance.distance_m
