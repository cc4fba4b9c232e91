"""Labels from colour, geometry and boxes, on pictures made here."""

import cv2
import numpy as np
import pytest

from vision.training import labels
from vision.training.errors import DataError
from vision.types import ObjectClass

YELLOW_BGR = (40, 170, 225)
GREY_BGR = (130, 135, 138)


def street(paving: tuple[int, int, int], ground: tuple[int, int, int] = GREY_BGR) -> np.ndarray:
    picture = np.full((288, 384, 3), ground, np.uint8)
    cv2.fillPoly(picture, [np.array([[180, 40], [204, 40], [240, 287], [150, 287]])], paving)
    return picture


def strip() -> np.ndarray:
    return street((255, 255, 255), (0, 0, 0))[..., 0] > 0


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("light", [1.0, 0.45])
def test_yellow_strip_is_found_in_sun_and_in_shade(light: float) -> None:
    picture = (street(YELLOW_BGR) * light).astype(np.uint8)
    assert iou(labels.yellow_mask(picture), strip()) > 0.93


@pytest.mark.parametrize("colour", [GREY_BGR, (60, 80, 130), (200, 120, 60), (70, 120, 80)])
def test_grey_brown_brick_blue_and_green_are_not_yellow(colour: tuple[int, int, int]) -> None:
    assert not labels.yellow_mask(street(colour)).any()


def test_specks_are_dropped_and_joints_closed() -> None:
    hit = strip()
    hit[100:104] = False  # a joint between two blocks
    hit[10:14, 10:14] = True  # a leaf
    cleaned = labels.clean_mask(hit, 0.002)
    assert cleaned[102, 190]
    assert not cleaned[12, 12]


def test_mask_to_polygons_and_back() -> None:
    mask = strip()
    mask[20:60, 300:360] = True
    polygons = labels.mask_polygons(mask)
    assert len(polygons) == 2
    again = labels.filled([p * [384, 288] for p in polygons], 384, 288)
    assert iou(again, mask) > 0.97


def test_label_text_goes_round() -> None:
    polygon = np.array([[0.1, 0.2], [0.5, 0.2], [0.3, 0.9]], np.float32)
    text = labels.format_labels([labels.Instance(ObjectClass.POLE, polygon)])
    [back] = labels.parse_labels(text, "a.txt")
    assert text.startswith("6 ")
    assert back.cls is ObjectClass.POLE
    np.testing.assert_allclose(back.polygon, polygon, atol=1e-5)


@pytest.mark.parametrize(
    "line", ["9 0 0 1 0 1 1", "x 0 0 1 0 1 1", "0 0.1 0.1", "0 0 0 1 0 1 1 1", "0 a b c d e f"]
)
def test_a_wrong_label_line_is_named(line: str) -> None:
    with pytest.raises(DataError, match=r"b\.txt:2"):
        labels.parse_labels("0 0 0 1 0 1 1\n" + line, "b.txt")


def test_box_polygon_touches_all_four_sides() -> None:
    polygon = labels.box_polygon(0.2, 0.1, 0.6, 0.9)
    np.testing.assert_allclose([*polygon.min(0), *polygon.max(0)], [0.2, 0.1, 0.6, 0.9], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "aspect", "expected"),
    [
        ("people", 2.5, ObjectClass.PERSON),
        ("roadblocks", 2.4, ObjectClass.POLE),
        ("roadblocks", 0.6, ObjectClass.SIGN),
        ("tree", 3.0, None),
    ],
)
def test_source_names_are_mapped(name: str, aspect: float, expected: ObjectClass | None) -> None:
    mapping = {"people": "person", "roadblocks": "tall_or_low"}
    assert labels.mapped_class(name, aspect, mapping) is expected


def test_strip_halfway_between_two_keyframes() -> None:
    before, after = [(0, 100, 110), (200, 80, 130)], [(0, 140, 150), (200, 120, 170)]
    middle = labels.filled([labels.ladder_between(before, after, 0.5, 288)], 384, 288)
    rows = np.flatnonzero(middle[100])
    assert (rows.min(), rows.max()) == pytest.approx((110, 140), abs=1)
    assert not middle[220:].any()
