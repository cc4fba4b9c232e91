import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.facing import Facing
from wire.position import Fix


def fix(course_deg: float | None, speed_mps: float | None = 1.1) -> Fix:
    return Fix(
        utc_s=1_795_314_465.0,
        lat=33.2,
        lon=131.6,
        accuracy_m=5.0,
        speed_mps=speed_mps,
        course_deg=course_deg,
    )


def walked(*courses_deg: float, start_s: float = 0.0) -> Facing:
    facing = Facing()
    for n, course_deg in enumerate(courses_deg):
        facing = facing.moved(start_s + n, fix(course_deg % 360.0))
    return facing


def apart_deg(one: float, other: float) -> float:
    return abs((one - other + 180.0) % 360.0 - 180.0)


@pytest.mark.parametrize(
    "course_deg", [0, 1, 45, 89, 90, 91, 135, 179, 180, 181, 225, 269, 270, 271, 315, 359]
)
def test_walking_any_way_is_facing_that_way(course_deg: int) -> None:
    heading_deg = walked(course_deg, course_deg, course_deg).heading_deg(2.5)
    assert heading_deg is not None
    assert apart_deg(heading_deg, course_deg) < 0.01
    assert 0.0 <= heading_deg < 360.0


@given(st.floats(0, 360, exclude_max=True), st.lists(st.floats(-30, 30), min_size=1, max_size=3))
def test_noise_never_reverses(course_deg: float, noise_deg: list[float]) -> None:
    heading_deg = walked(*(course_deg + each for each in noise_deg)).heading_deg(len(noise_deg) - 0.5)
    assert heading_deg is not None
    assert apart_deg(heading_deg, course_deg) <= 31.0
    assert 0.0 <= heading_deg < 360.0


def test_across_north_is_north() -> None:
    heading_deg = walked(350.0, 10.0, 0.0).heading_deg(2.0)
    assert heading_deg is not None
    assert apart_deg(heading_deg, 0.0) < 0.01


def test_turning_round_is_unknown_until_the_courses_agree_again() -> None:
    assert walked(90, 90, 90, 270).heading_deg(3.0) is None
    assert walked(90, 90, 270, 270, 270, 270).heading_deg(5.5) == pytest.approx(270.0)


def test_one_reversed_course_among_good_ones_does_not_reverse() -> None:
    assert walked(90, 90, 270, 90).heading_deg(3.0) in (None, pytest.approx(90.0))


def test_standing_is_the_compass() -> None:
    facing = walked(90, 90, 90).moved(3.0, fix(200.0, 0.3)).turned(3.1, -90.0)
    assert facing.heading_deg(3.2) == 270.0
    assert walked(90, 90).turned(1.0, 200.0).heading_deg(1.5) == pytest.approx(90.0), "walking: the course"


def test_nothing_is_known_at_first_and_after_three_seconds() -> None:
    assert Facing().heading_deg(0.0) is None
    assert walked(90, 90).heading_deg(1.0 + 3.1) is None
    compass = Facing().turned(10.0, 45.0)
    assert compass.heading_deg(12.9) == 45.0
    assert compass.heading_deg(13.1) is None


def test_a_fix_without_speed_tells_nothing_of_the_way() -> None:
    assert Facing().moved(0.0, fix(90.0, None)).heading_deg(0.1) is None
    assert Facing().moved(0.0, fix(None, 1.2)).heading_deg(0.1) is None


def test_an_older_reading_of_the_compass_does_not_stand_above_a_newer() -> None:
    assert Facing().turned(5.0, 10.0).turned(4.0, 190.0).heading_deg(5.0) == 10.0
