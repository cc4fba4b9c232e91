"""What is below its threshold is told apart, once, and drives nothing out; in every layout."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from vision import layout_paving, layout_seg
from vision.decode import COMMON, Decoded, Floats, letterbox, sureness
from vision.faint import FAINT, LEAST_SHARE, MOST_FAINT, left_over
from vision.layout_plain import plain
from vision.model_spec import ModelInput, ModelSpec
from vision.types import THINGS, ObjectClass

C = ObjectClass
CLASSES = tuple(C)
LIMITS = dict.fromkeys(CLASSES, 0.5) | {C.DOG: 0.2}
SPEC = ModelSpec(
    "tiny", "tiny.onnx", "", 0, "detect+paving", "yolov8-paving", "AGPL-3.0-or-later", "tiny.md", CLASSES,
    ModelInput(384, 288, "RGB", 114), LIMITS,
)  # fmt: skip
SIZE = (384, 288)
FIT = letterbox(SIZE, SIZE)
Box = tuple[float, float, float, float]
HERE: Box = (100, 144, 60, 120)
Places = tuple[tuple[Box, dict[C, float]], ...]


def raw(places: Places, more: int = 0) -> Floats:
    answer = np.zeros((4 + len(CLASSES) + more, SPEC.input.anchors), np.float32)
    for column, (box, scores) in enumerate(places):
        answer[:4, column] = box
        for cls, score in scores.items():
            answer[4 + CLASSES.index(cls), column] = score
    return answer


def with_paving(*places: tuple[Box, dict[C, float]], least: float | None = None) -> Decoded:
    nothing = np.full((2, 72, 96), -5, np.float32)
    return layout_paving.LAYOUT.decode((raw(places), nothing), SPEC, FIT, least)


def as_instances(*places: tuple[Box, dict[C, float]], least: float | None = None) -> Decoded:
    spec = replace(SPEC, task="segment", output="yolov8-seg")
    return layout_seg.LAYOUT.decode(
        (raw(places, 32), np.full((32, 72, 96), -4, np.float32)), spec, FIT, least
    )


def by_others(*places: tuple[Box, dict[C, float]], least: float | None = None) -> Decoded:
    spec, layout = plain("net.pt", CLASSES, SIZE, [[1, 4 + len(CLASSES), SPEC.input.anchors]])
    return layout.decode([raw(places)], replace(spec, thresholds=dict.fromkeys(THINGS, 0.5)), FIT, least)


Decode = Callable[..., Decoded]
LAYOUTS = pytest.mark.parametrize("decode", [with_paving, as_instances, by_others])


def moved(x: float) -> Box:
    return HERE[0] + x, *HERE[1:]


@LAYOUTS
def test_a_box_below_its_threshold_is_faint_and_never_found(decode: Decode) -> None:
    seen = decode((HERE, {C.POLE: 0.3}), (moved(150), {C.PERSON: 0.8}))
    assert [(d.cls, d.score) for d in seen.objects] == [(C.PERSON, pytest.approx(0.8))]
    (pole,) = seen.faint
    assert (pole.cls, pole.score, pole.box) == (C.POLE, pytest.approx(0.3), pytest.approx((70, 84, 130, 204)))
    assert decode((HERE, {C.POLE: 0.5 * LEAST_SHARE - 0.01})).faint == ()
    assert decode((HERE, {C.PAVING: 0.3})).faint == ()


@LAYOUTS
def test_figures_with_their_own_limit_know_nothing_faint(decode: Decode) -> None:
    seen = decode((HERE, {C.POLE: 0.3}), least=0.2)
    assert [d.cls for d in seen.objects] == [C.POLE]
    assert seen.faint == ()


@LAYOUTS
def test_what_a_surer_box_says_already_is_not_faint_once_more(decode: Decode) -> None:
    sure = (HERE, {C.POLE: 0.8})
    assert decode(sure, (moved(6), {C.BOLLARD: 0.4})).faint == ()
    assert decode(sure, (moved(6), {C.OBSTACLE: 0.4})).faint == ()
    assert decode(sure, (moved(0), {C.PERSON: 0.4})).faint == ()
    assert [d.cls for d in decode(sure, (moved(6), {C.PERSON: 0.4})).faint] == [C.PERSON]
    assert [d.cls for d in decode(sure, (moved(60), {C.BOLLARD: 0.4})).faint] == [C.BOLLARD]
    two = decode((HERE, {C.POLE: 0.3}), (moved(6), {C.BOLLARD: 0.4}), (moved(100), {C.BOX: 0.35})).faint
    assert [d.cls for d in two] == [C.BOLLARD, C.BOX]


@LAYOUTS
def test_a_rider_may_be_faint_on_what_is_ridden(decode: Decode) -> None:
    seen = decode((HERE, {C.BICYCLE: 0.8}), (HERE, {C.PERSON: 0.4}))
    assert [d.cls for d in seen.faint] == [C.PERSON]


@LAYOUTS
def test_noise_gives_a_bounded_number_and_changes_nothing_that_is_found(decode: Decode) -> None:
    rng = np.random.default_rng(5)
    boxes = np.column_stack([rng.uniform(20, 360, 2000), rng.uniform(20, 260, 2000), np.full((2000, 2), 14)])
    noise: Places = tuple((tuple(box), {C.POLE: float(rng.uniform(0.25, 0.5))}) for box in boxes.tolist())
    some = tuple((moved(70 * n), {C.PERSON: 0.7}) for n in range(3))
    seen = decode(*noise, *some)
    assert len(seen.faint) == MOST_FAINT
    scores = [d.score for d in seen.faint]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0.45  # the surest of them
    assert seen.objects == decode(*some).objects


def test_a_place_that_has_a_sure_name_has_no_faint_one() -> None:
    seen = with_paving((HERE, {C.POLE: 0.8, C.PERSON: 0.4, C.OBSTACLE: 0.9}))
    assert [d.cls for d in seen.objects] == [C.POLE]
    assert seen.faint == ()


def test_the_name_of_a_faint_box_is_that_nearest_to_its_threshold() -> None:
    (dog,) = with_paving((HERE, {C.PERSON: 0.3, C.DOG: 0.18})).faint
    assert dog.cls is C.DOG
    assert sureness(dog.score, LIMITS[C.DOG]) == pytest.approx(0.27)


def test_the_faintest_is_told_on_the_common_scale() -> None:
    assert sureness(LEAST_SHARE * 0.4, 0.4) == pytest.approx(FAINT)
    assert FAINT < COMMON
    nothing = np.zeros((0, 4), np.float32), np.zeros(0, np.intp)
    assert left_over(CLASSES, nothing, nothing[0], np.zeros(0, np.float32), nothing[1]).size == 0
