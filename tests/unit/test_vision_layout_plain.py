"""Networks of other makers: which form their answers have, and which of their names are ours."""

import numpy as np
import pytest

from vision.decode import Floats, Letterbox, letterbox
from vision.errors import ModelError
from vision.layout_plain import USUAL, plain
from vision.types import ObjectClass

NAMES = ("person", "train", "cat", "chair", "bench", "fire hydrant")
SIZE = (128, 96)
ANCHORS = 12 * 16 + 6 * 8 + 3 * 4
RAW = [1, 4 + len(NAMES), ANCHORS]
ROWS = [1, 300, 6]
PROTOTYPES = [1, 32, 24, 32]


def fit() -> Letterbox:
    """A frame of twice the input's size."""
    return letterbox((256, 192), SIZE)


def raw(*things: tuple[int, str, float, tuple[float, float, float, float]]) -> Floats:
    answer = np.zeros(RAW[1:], np.float32)
    for place, name, score, box in things:
        answer[:4, place], answer[4 + NAMES.index(name), place] = box, score
    return answer


def test_raw_answers_become_our_names_in_frame_pixels() -> None:
    spec, layout = plain("net.pt", NAMES, SIZE, [RAW])
    answer = raw(
        (3, "person", 0.8, (64, 48, 32, 40)),
        (9, "cat", 0.5, (20, 20, 10, 10)),
        (40, "train", 0.9, (100, 50, 30, 30)),
        (41, "person", USUAL - 0.01, (20, 70, 10, 10)),
    )
    found = layout.decode([answer], spec, fit(), None)
    assert [(thing.cls, thing.score) for thing in found.objects] == [
        (ObjectClass.PERSON, pytest.approx(0.8)),
        (ObjectClass.OBSTACLE, pytest.approx(0.5)),
    ]
    assert found.objects[0].box == pytest.approx((96, 56, 160, 136))
    assert found.paving.shape == (192, 256)
    assert not found.paving.any()
    assert len(layout.decode([answer], spec, fit(), 0.1).objects) == 3


def test_two_of_its_names_that_are_one_of_ours_are_one_thing() -> None:
    spec, layout = plain("net.pt", NAMES, SIZE, [RAW])
    answer = raw((3, "chair", 0.6, (64, 48, 32, 40)), (4, "bench", 0.7, (64, 49, 32, 40)))
    (thing,) = layout.decode([answer], spec, fit(), None).objects
    assert (thing.cls, thing.score) == (ObjectClass.BENCH, pytest.approx(0.7))


def test_a_place_whose_best_name_is_not_ours_is_not_ours() -> None:
    spec, layout = plain("net.pt", NAMES, SIZE, [RAW])
    answer = raw((3, "train", 0.9, (64, 48, 32, 40)), (3, "person", 0.5, (64, 48, 32, 40)))
    assert layout.decode([answer], spec, fit(), None).objects == ()


def test_rows_of_an_end_to_end_network_are_read_as_corners() -> None:
    spec, layout = plain("net.engine", NAMES, SIZE, [ROWS])
    answer = np.zeros(ROWS[1:], np.float32)
    answer[0] = (48, 28, 80, 68, 0.8, 0)
    answer[1] = (10, 10, 30, 30, 0.7, 1)
    (thing,) = layout.decode([answer], spec, fit(), None).objects
    assert (thing.cls, thing.box) == (ObjectClass.PERSON, pytest.approx((96, 56, 160, 136)))
    answer[2] = (10, 10, 30, 30, 0.7, len(NAMES))
    with pytest.raises(ModelError, match=f"class {len(NAMES)} of {len(NAMES)}"):
        layout.decode([answer], spec, fit(), None)


def test_masks_beside_the_boxes_are_left_out() -> None:
    spec, layout = plain("net-seg.pt", NAMES, SIZE, [[1, RAW[1] + 32, ANCHORS], PROTOTYPES])
    answer = np.concatenate([raw((3, "person", 0.8, (64, 48, 32, 40))), np.ones((32, ANCHORS), np.float32)])
    (thing,) = layout.decode([answer, np.ones(PROTOTYPES[1:], np.float32)], spec, fit(), None).objects
    assert thing.cls is ObjectClass.PERSON
    assert plain("net-seg.pt", NAMES, SIZE, [[1, 300, 38], PROTOTYPES])[0].output == "plain-rows-masks"


@pytest.mark.parametrize(
    "shapes",
    [
        [[1, RAW[1] + 1, ANCHORS]],  # turned boxes
        [[1, RAW[1] + 51, ANCHORS]],  # poses
        [[1, RAW[1], ANCHORS - 1]],  # another input
        [[1, len(NAMES)]],  # names for the whole picture
        [[1, RAW[1] + 32, ANCHORS], [1, 32, 12, 16]],
        [RAW, RAW, RAW],
        [],
    ],
)
def test_another_layout_is_refused_with_one_line(shapes: list[list[int]]) -> None:
    with pytest.raises(ModelError, match=r"^net\.pt: outputs are .* no layout of a detector of 6") as caught:
        plain("net.pt", NAMES, SIZE, shapes)
    assert "\n" not in str(caught.value)


def test_a_network_without_a_class_of_ours_or_of_an_odd_size_is_refused() -> None:
    with pytest.raises(ModelError, match=r"none of its 2 classes \(train, kite\)"):
        plain("net.pt", ("train", "kite"), SIZE, [[1, 6, ANCHORS]])
    with pytest.raises(ModelError, match="steps of 32"):
        plain("net.pt", NAMES, (130, 96), [RAW])
