"""Pictures become the network's input; what a segmentation network answers becomes boxes and masks."""

import cv2
import numpy as np
import pytest

from vision.decode import (
    Decoded,
    Floats,
    Letterbox,
    check_frame,
    frame_mask,
    letterbox,
    suppress,
    sureness,
    to_input,
)
from vision.errors import FrameError
from vision.layout_seg import LAYOUT
from vision.model_spec import ModelInput, ModelSpec
from vision.types import ObjectClass

CLASSES = tuple(ObjectClass)
SPEC = ModelSpec(
    "tiny", "tiny.onnx", "", 0, "segment", "yolov8-seg", "AGPL-3.0-or-later", "tiny.md", CLASSES,
    ModelInput(384, 288, "RGB", 114), dict.fromkeys(CLASSES, 0.3),
)  # fmt: skip


def raw_with(*things: tuple[ObjectClass, float, tuple[float, float, float, float], int]) -> Floats:
    """One anchor a thing: class, score, (x, y, w, h), index of its only mask coefficient."""
    raw = np.zeros((4 + len(CLASSES) + 32, 20), np.float32)
    for column, (cls, score, box, coefficient) in enumerate(things):
        raw[:4, column] = box
        raw[4 + CLASSES.index(cls), column] = score
        raw[4 + len(CLASSES) + coefficient, column] = 1.0
    return raw


def prototypes(plus: slice = slice(0, 72)) -> Floats:
    """Prototype 0 is +4 in the rows `plus` and -4 elsewhere; prototype 1 is -4 everywhere."""
    made = np.full((32, 72, 96), -4, np.float32)
    made[0, plus] = 4
    return made


def decode(
    raw: Floats, prototypes: Floats, spec: ModelSpec, fit: Letterbox, least: float | None = None
) -> Decoded:
    return LAYOUT.decode((raw, prototypes), spec, fit, least)


def test_a_box_comes_back_in_frame_pixels() -> None:
    fit = letterbox((480, 360), (384, 288))
    raw = raw_with((ObjectClass.PERSON, 0.9, (192, 144, 80, 160), 1))
    found = decode(raw, prototypes(), SPEC, fit)
    assert [d.cls for d in found.objects] == [ObjectClass.PERSON]
    assert found.objects[0].score == pytest.approx(0.9)
    assert found.objects[0].box == pytest.approx((190, 80, 290, 280), abs=0.01)
    assert not found.paving.any()
    assert found.paving_score == 0.0


def test_letterboxed_boxes_lose_the_border_and_stay_inside() -> None:
    fit = letterbox((720, 404), (384, 288))
    assert fit.inner[0] == 384
    assert fit.top > 0
    raw = raw_with((ObjectClass.CAR, 0.8, (192, 144, 400, 400), 1))
    assert decode(raw, prototypes(), SPEC, fit).objects[0].box == pytest.approx((0, 0, 720, 404))


def test_a_score_below_its_class_threshold_is_nothing() -> None:
    fit = letterbox((480, 360), (384, 288))
    raw = raw_with((ObjectClass.PERSON, 0.29, (192, 144, 80, 160), 1))
    assert decode(raw, prototypes(), SPEC, fit).objects == ()
    assert len(decode(raw, prototypes(), SPEC, fit, 0.2).objects) == 1


def test_nms_is_class_by_class() -> None:
    fit = letterbox((480, 360), (384, 288))
    raw = raw_with(
        (ObjectClass.PERSON, 0.9, (192, 144, 80, 160), 1),
        (ObjectClass.PERSON, 0.8, (194, 146, 80, 160), 1),
        (ObjectClass.BICYCLE, 0.7, (192, 144, 80, 160), 1),
    )
    found = decode(raw, prototypes(), SPEC, fit).objects
    assert [(d.cls, round(d.score, 2)) for d in found] == [
        (ObjectClass.PERSON, 0.9),
        (ObjectClass.BICYCLE, 0.7),
    ]


def test_suppress_keeps_boxes_apart() -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [1, 0, 11, 10]], np.float32)
    scores = np.array([0.5, 0.9, 0.6], np.float32)
    assert suppress(boxes, scores, np.zeros(3, np.intp)).tolist() == [1, 2]
    assert suppress(boxes, scores, np.array([0, 0, 4])).tolist() == [1, 2, 0]
    assert suppress(boxes[:0], scores[:0], np.zeros(0, np.intp)).size == 0


def test_suppress_looks_at_a_bounded_number_of_each_class() -> None:
    places = np.arange(500, dtype=np.float32)[:, None] * 20
    boxes = np.concatenate([places, places * 0, places + 10, places * 0 + 10], axis=1)
    ids = np.array([0] * 490 + [1] * 10)
    kept = suppress(boxes, np.linspace(0.9, 0.1, 500, dtype=np.float32), ids)
    assert (np.bincount(ids[kept]) == [200, 10]).all()
    assert (np.diff(kept) > 0).all()


@pytest.mark.parametrize("frame", [(480, 360), (720, 404), (360, 640), (1280, 720)])
def test_a_mask_has_the_same_edges_whatever_part_of_it_is_drawn(frame: tuple[int, int]) -> None:
    fit = letterbox(frame, (384, 288))
    logits = np.full((72, 96), -1, np.float32)
    logits[30:40, 45:50] = 1
    lonely = frame_mask(logits, fit)
    logits[:, 0] = logits[:, -1] = logits[0] = logits[-1] = 1  # now all of the frame is drawn
    whole = frame_mask(logits, fit)
    rows, columns = np.nonzero(lonely)
    near = (slice(rows.min() - 4, rows.max() + 5), slice(columns.min() - 4, columns.max() + 5))
    # OpenCV rounds coordinates to 1/32 pixel: an edge that falls onto a pixel's middle may go either way.
    assert (lonely[near] != whole[near]).sum() <= max(lonely.shape) // 8
    scale = 4 / fit.scale
    assert rows.size == pytest.approx(50 * scale**2, rel=0.1)
    assert columns.mean() == pytest.approx((47.5 * 4 - fit.left) / fit.scale, abs=1.5)


def test_paving_is_the_mask_cropped_to_its_box() -> None:
    fit = letterbox((480, 360), (384, 288))
    raw = raw_with((ObjectClass.PAVING, 0.7, (192, 216, 96, 144), 0))
    found = decode(raw, prototypes(slice(36, 72)), SPEC, fit)
    assert found.objects == ()
    assert found.paving_score == pytest.approx(0.7)
    truth = np.zeros((360, 480), bool)
    truth[180:, 180:300] = True
    both = (found.paving & truth).sum() / (found.paving | truth).sum()
    assert both > 0.95  # the prototypes' cells are 5 pixels wide


def test_two_pavings_join_and_each_keeps_its_own_crop() -> None:
    fit = letterbox((480, 360), (384, 288))
    raw = raw_with(
        (ObjectClass.PAVING, 0.7, (48, 216, 40, 100), 0), (ObjectClass.PAVING, 0.5, (336, 216, 40, 100), 0)
    )
    mask = decode(raw, prototypes(), SPEC, fit).paving
    assert mask[270, 60]
    assert mask[270, 420]
    assert not mask[270, 240]


def test_the_input_is_rgb_between_0_and_1_with_a_grey_border() -> None:
    image = np.zeros((100, 400, 3), np.uint8)
    image[:, :, 0] = 255  # blue
    blob = to_input(image, letterbox((400, 100), (384, 288)), SPEC)
    assert blob.shape == (1, 3, 288, 384)
    assert blob[0, :, 144, 192] == pytest.approx([0, 0, 1])
    assert blob[0, :, 0, 0] == pytest.approx([114 / 255] * 3)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((360, 480), np.uint8),
        np.zeros((360, 480, 4), np.uint8),
        np.zeros((360, 480, 3), np.float32),
        np.zeros((0, 480, 3), np.uint8),
        np.zeros((8, 8, 3), np.uint8),
        np.zeros((32, 9000, 3), np.uint8),
        None,
    ],
)
def test_what_cannot_be_a_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(FrameError):
        check_frame(image)


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.55])
def test_scores_of_all_classes_are_put_on_one_scale(threshold: float) -> None:
    assert sureness(threshold, threshold) == pytest.approx(0.30)
    assert sureness(0.0, threshold) == 0.0
    assert sureness(1.0, threshold) == pytest.approx(1.0)
    values = [sureness(s, threshold) for s in np.linspace(0, 1, 50).tolist()]
    assert values == sorted(values)


@pytest.mark.parametrize("size", [(384, 288), (640, 480), (300, 500)])
def test_the_input_is_to_the_last_bit_what_opencv_makes_of_a_picture(size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    fit = letterbox(size, (384, 288))
    canvas = np.full((288, 384, 3), 114, np.uint8)
    inner = cv2.resize(image, fit.inner, interpolation=cv2.INTER_LINEAR)
    canvas[fit.top : fit.top + fit.inner[1], fit.left : fit.left + fit.inner[0]] = inner
    wanted = cv2.dnn.blobFromImage(canvas, 1 / 255.0, swapRB=True)
    found = to_input(image, fit, SPEC)
    assert found.dtype == np.float32
    assert (found == wanted).all()
