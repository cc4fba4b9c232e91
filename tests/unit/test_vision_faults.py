"""A camera that sees nothing is told within a second; a street at night, in fog or by a wall is not."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest

from vision.fault_injection import inject
from vision.faults import BLIND, BLURRED, COVERED, DARK, FAULTS, FROZEN, UNDECODABLE, Watch, watch
from vision.faults_clean import clean
from vision.faults_injected import KINDS, Fault
from vision.faults_measure import Measures, measure
from vision.types import Image

RATE_HZ = 10.0
SIZE = (240, 320)  # rows, columns
RNG = np.random.default_rng(4)
GRAIN = RNG.normal(0.0, 1.0, SIZE).astype(np.float32)

Told = list[str | None]


def _octaves(finest: int, coarsest: int) -> np.ndarray:
    """Detail of the same strength at every size, as outdoors; sizes in pixels."""
    total, size = np.zeros(SIZE, np.float32), finest
    while size <= coarsest:
        grid = RNG.normal(0.0, 1.0, (max(SIZE[0] // size, 2), max(SIZE[1] // size, 2))).astype(np.float32)
        total += cv2.resize(grid, SIZE[::-1], interpolation=cv2.INTER_LINEAR)
        size *= 2
    return total


def _street() -> np.ndarray:
    """Ground with texture, fronts with windows, a pale sky."""
    grey = 115 + 9 * _octaves(1, 64)
    grey[:60] = 215 + 2 * _octaves(16, 64)[:60]
    for left in range(10, 300, 42):
        grey[40 + left % 30 : 130, left : left + 30] -= 45
        grey[60:80, left + 6 : left + 14] += 60
    cv2.line(grey, (150, 239), (165, 110), 190.0, 14)
    return np.asarray(np.clip(np.repeat(grey[:, :, None], 3, axis=2), 0, 250))


STREET = _street()


def picture(scene: np.ndarray, number: int, grain: float = 1.5) -> Image:
    """What a walking camera makes of `scene`: it sways, and no grain is twice the same."""
    moved = np.roll(scene, (number % 3, 4 * number), axis=(0, 1))
    noise = grain * np.roll(GRAIN, 37 * number + 11)[:, :, None]
    return np.asarray(np.clip(moved + noise, 0, 255), np.uint8)


def street(count: int) -> list[Image]:
    return [picture(STREET, number) for number in range(count)]


def told(images: Iterable[Image | None], rate_hz: float = RATE_HZ) -> Told:
    state, faults = Watch(), []
    for number, image in enumerate(images):
        state = watch(state, image, number / rate_hz)
        faults.append(state.fault)
    return faults


def changes(faults: Sequence[str | None]) -> list[str | None]:
    return [after for before, after in pairwise([None, *faults]) if before != after]


@pytest.mark.parametrize("fault", KINDS, ids=lambda fault: fault.name)
def test_each_injected_fault_is_told_within_a_second_and_so_is_its_end(fault: Fault) -> None:
    result = inject("street", fault, street(12), RATE_HZ)
    assert result.right, result
    assert result.back_after_s is not None
    assert 0.5 <= result.back_after_s <= 1.5


@pytest.mark.parametrize("rate_hz", [4.0, 20.0])
def test_the_pace_of_the_camera_does_not_matter(rate_hz: float) -> None:
    for fault in (KINDS[0], KINDS[3]):
        assert inject("street", fault, street(12), rate_hz).right, fault.name


def test_kinds_have_names_of_their_own_and_reasons_that_exist() -> None:
    assert len({fault.name for fault in KINDS}) == len(KINDS)
    assert {reason for fault in KINDS for reason in fault.reasons} == set(FAULTS)
    assert BLURRED not in BLIND


def _night(number: int) -> Image:
    scene = STREET * 0.16 + 4
    scene[50:70, 40:60] = 240  # a lamp
    scene[130:150, 200:290] += 60  # and what it lights
    return picture(scene, number, 4.0)


def _plaster(number: int) -> Image:
    """A white wall an arm's length away, its floor below."""
    wall = 190 + 1.5 * _WALL
    wall[200:] -= 70
    return picture(np.repeat(wall[:, :, None], 3, axis=2), number)


_WALL = _octaves(1, 64)
_LEAVES = np.repeat((80 + 30 * _octaves(1, 4))[:, :, None], 3, axis=2)

NORMAL: dict[str, Callable[[int], Image]] = {
    "street": lambda n: picture(STREET, n),
    "street at night": _night,
    "fog": lambda n: picture(STREET * 0.25 + 150, n),
    "white wall": _plaster,
    "hedge": lambda n: picture(_LEAVES, n),
    "low sun": lambda n: picture(np.where(np.arange(SIZE[0])[:, None, None] < 130, 255, STREET * 1.2), n),
    "standing still": lambda n: picture(np.roll(STREET, (-(n % 3), -4 * n), axis=(0, 1)), n),
}


@pytest.mark.parametrize("scene", NORMAL)
def test_what_is_hard_to_see_is_no_fault(scene: str) -> None:
    assert set(told(NORMAL[scene](n) for n in range(24))) == {None}


def _turned(image: Image) -> Image:
    """As the head turns: smeared over 40 of 640 pixels, across and a little down."""
    kernel = np.zeros((21, 21), np.float32)
    cv2.line(kernel, (0, 7), (20, 13), 1.0)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.uint8)


def test_turns_of_the_head_are_no_fault() -> None:
    images = [_turned(image) if n % 12 >= 8 else image for n, image in enumerate(street(60))]
    assert set(told(images)) == {None}


def test_a_blur_of_both_ways_that_lasts_half_a_second_is_no_fault() -> None:
    soft = [
        np.asarray(cv2.GaussianBlur(image, (0, 0), 5), np.uint8) if n % 15 >= 10 else image
        for n, image in enumerate(street(60))
    ]
    assert measure(soft[12]).sharpness < 0.2
    assert set(told(soft)) == {None}


@pytest.mark.parametrize("bad", [None, np.zeros((*SIZE, 3), np.uint8)], ids=["undecodable", "black"])
def test_one_bad_picture_is_no_fault(bad: Image | None) -> None:
    assert set(told([bad if n % 5 == 2 else image for n, image in enumerate(street(40))])) == {None}


def test_a_camera_slower_than_its_driver_gives_pictures_twice_and_is_not_frozen() -> None:
    thrice = [image for image in street(12) for _ in range(3)]
    assert set(told(thrice, 30.0)) == {None}


def test_two_pictures_a_second_are_enough_to_find_it_frozen() -> None:
    assert told([*street(2), *[street(2)[-1]] * 3], 2.0) == [None, None, None, FROZEN, FROZEN]


def test_a_limit_that_is_crossed_to_and_fro_is_told_once() -> None:
    dim = [np.full((*SIZE, 3), 24 + 8 * (n % 2), np.uint8) for n in range(60)]
    images = [*street(10), *([np.zeros((*SIZE, 3), np.uint8)] * 8), *dim]
    assert changes(told(images)) == [DARK]


def test_a_white_sheet_is_told_within_a_second() -> None:
    """A wall so near and so even shows as little: that nothing can be seen is true of it too."""
    white = [picture(np.full((*SIZE, 3), 200.0), n) for n in range(20)]
    faults = told([*street(10), *white])
    assert faults.index(COVERED) <= 20
    assert changes(faults) == [COVERED]


def test_the_first_reason_stays_while_nothing_can_be_seen() -> None:
    black = [picture(np.full((*SIZE, 3), 5.0), n) for n in range(10)]
    brown = [picture(np.full((*SIZE, 3), 60.0), n) for n in range(20)]
    assert changes(told([*street(5), *black, *brown, *street(12)])) == [DARK, None]


def test_a_hand_that_leaves_grease_behind_is_told_as_a_worse_and_then_a_better_fault() -> None:
    brown = [picture(np.full((*SIZE, 3), 60.0), n) for n in range(12)]
    greasy = [picture(cv2.GaussianBlur(STREET, (0, 0), 3), n) for n in range(15)]
    faults = told([*street(5), *brown, *greasy, *street(12)])
    assert changes(faults) == [COVERED, BLURRED, None]


def test_a_picture_that_cannot_be_decoded_is_not_given_to_the_network() -> None:
    state = watch(Watch(), None, 0.0)
    assert (state.now, state.usable, state.fault) == (UNDECODABLE, False, None)
    assert watch(state, street(1)[0], 0.1).usable


def test_time_that_stands_still_or_runs_back_is_no_evidence() -> None:
    state = Watch()
    for t_s in (5.0, 5.0, 4.0, 3.0, 3.0):
        state = watch(state, np.zeros((*SIZE, 3), np.uint8), t_s)
    assert state.fault is None


def test_measures_of_grain_alone_hold_no_detail() -> None:
    grainy = measure(picture(np.full((*SIZE, 3), 120.0), 0, 3.0))
    assert grainy.detail < 0.35
    assert grainy.live == 0.0


def _with_grain(soft: float, grain: float) -> Measures:
    return measure(picture(cv2.GaussianBlur(STREET, (0, 0), soft), 0, grain))


def test_sharpness_falls_with_blur_and_hardly_with_contrast_or_grain() -> None:
    sharp, soft = measure(picture(STREET, 0)), _with_grain(4.0, 1.5)
    assert soft.sharpness < 0.2 < 0.35 < sharp.sharpness
    assert _with_grain(4.0, 3.0).sharpness == pytest.approx(soft.sharpness, abs=0.05)
    assert measure(picture(STREET * 0.4 + 80, 0)).sharpness == pytest.approx(sharp.sharpness, rel=0.15)


def test_a_clean_clip_counts_its_minutes_and_its_notices() -> None:
    quiet = clean("a", ((n / RATE_HZ, image) for n, image in enumerate(street(30))), RATE_HZ)
    assert quiet.minutes == pytest.approx(0.05)
    assert quiet.notices == ()
    black = clean("b", ((n / RATE_HZ, np.zeros((*SIZE, 3), np.uint8)) for n in range(30)), RATE_HZ)
    assert [reason for _, reason in black.notices] == [DARK]


@pytest.mark.parametrize("size", [(240, 320), (360, 480), (360, 640), (359, 640), (720, 1280)])
def test_grain_alone_is_a_cover_at_every_size_and_shape_of_cameras(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    images = [np.asarray(70 + rng.normal(0.0, 2.0, (*size, 1)).repeat(3, 2), np.uint8) for _ in range(8)]
    assert max(measure(image).detail for image in images) < 0.35
    assert told(images)[-1] == COVERED


@pytest.mark.parametrize("size", [(480, 640), (404, 720), (481, 641), (66, 70)])
def test_whether_pictures_repeat_is_asked_of_every_fourth_pixel(size: tuple[int, int]) -> None:
    image = np.random.default_rng(2).integers(0, 256, (*size, 3), np.uint8)
    pixels = watch(Watch(), image, 0.0).repeats.pixels
    assert pixels is not None
    assert pixels.flags.c_contiguous
    assert (pixels == image[::4, ::4]).all()
