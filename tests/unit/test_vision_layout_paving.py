"""Raw output of the second model's layout, made by hand: each thing once, by its best name, or nameless."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from vision.decode import Decoded, Floats, letterbox
from vision.layout_paving import LAYOUT
from vision.model_spec import ModelInput, ModelSpec
from vision.types import SURFACES, THINGS, Detection, ObjectClass

CLASSES = tuple(ObjectClass)
LIMITS = dict.fromkeys(CLASSES, 0.5) | {ObjectClass.DOG: 0.3, ObjectClass.OBSTACLE: 0.4}
SPEC = ModelSpec(
    "tiny", "tiny.onnx", "", 0, "detect+paving", "yolov8-paving", "AGPL-3.0-or-later", "tiny.md", CLASSES,
    ModelInput(384, 288, "RGB", 114), LIMITS,
)  # fmt: skip
FIT = letterbox((384, 288), (384, 288))
NOTHING = np.full((2, 72, 96), -5, np.float32)
Box = tuple[float, float, float, float]
HERE: Box = (100, 144, 60, 120)
C = ObjectClass


def raw_with(*places: tuple[Box, dict[ObjectClass, float]]) -> Floats:
    raw = np.zeros((4 + len(CLASSES), SPEC.input.anchors), np.float32)
    for column, (box, scores) in enumerate(places):
        raw[:4, column] = box
        for cls, score in scores.items():
            raw[4 + CLASSES.index(cls), column] = score
    return raw


def things(
    *places: tuple[Box, dict[ObjectClass, float]], least: float | None = None
) -> tuple[Detection, ...]:
    return LAYOUT.decode((raw_with(*places), NOTHING), SPEC, FIT, least).objects


def names(*places: tuple[Box, dict[ObjectClass, float]]) -> list[ObjectClass]:
    return [thing.cls for thing in things(*places)]


def moved(box: Box, x: float, y: float) -> Box:
    return box[0] + x, box[1] + y, box[2], box[3]


def test_the_shapes_are_those_of_the_contract() -> None:
    assert LAYOUT.shapes(SPEC) == [[1, 26, 2268], [1, 2, 72, 96]]


@pytest.mark.parametrize("cls", THINGS)
def test_every_thing_comes_back_in_its_place(cls: ObjectClass) -> None:
    (thing,) = things((HERE, {cls: 0.8, C.OBSTACLE: 0.8}))
    assert (thing.cls, thing.score) == (cls, pytest.approx(0.8))
    assert thing.box == pytest.approx((70, 84, 130, 204))


@pytest.mark.parametrize("cls", sorted(SURFACES))
def test_a_surface_has_no_box(cls: ObjectClass) -> None:
    assert names((HERE, {cls: 0.99})) == []
    assert things((HERE, {cls: 0.99}), least=0.01) == ()


def test_a_thing_that_is_surely_there_but_not_surely_named_is_an_obstacle() -> None:
    assert names((HERE, {C.POLE: 0.45, C.OBSTACLE: 0.7})) == [C.OBSTACLE]
    assert names((HERE, {C.POLE: 0.55, C.OBSTACLE: 0.9})) == [C.POLE]
    assert names((HERE, {C.DOG: 0.35, C.POLE: 0.45, C.OBSTACLE: 0.9})) == [C.DOG]
    assert names((HERE, {C.POLE: 0.45, C.OBSTACLE: 0.35})) == []


def test_a_named_thing_is_not_an_obstacle_once_more() -> None:
    named = (HERE, {C.BICYCLE: 0.6, C.OBSTACLE: 0.9})
    assert names(named, (moved(HERE, 8, 4), {C.OBSTACLE: 0.95})) == [C.BICYCLE]
    part = (100.0, 130.0, 30.0, 50.0)  # its saddle and basket
    assert names(named, (part, {C.OBSTACLE: 0.8})) == [C.BICYCLE]
    assert names(named, (moved(HERE, 70, 0), {C.OBSTACLE: 0.8})) == [C.OBSTACLE, C.BICYCLE]


def test_what_stands_before_a_large_thing_is_still_told() -> None:
    bus = ((190.0, 120.0, 300.0, 200.0), {C.BUS: 0.9, C.OBSTACLE: 0.9})
    assert names(bus, ((190.0, 215.0, 40.0, 60.0), {C.OBSTACLE: 0.6})) == [C.BUS, C.OBSTACLE]
    assert names(bus, ((190.0, 180.0, 40.0, 60.0), {C.OBSTACLE: 0.6})) == [C.BUS]


@pytest.mark.parametrize("ground", [C.STAIRS, C.PLATFORM_EDGE, C.OVERHEAD])
def test_what_stands_on_stairs_or_an_edge_is_still_told(ground: ObjectClass) -> None:
    wide = ((190.0, 180.0, 300.0, 200.0), {ground: 0.9})
    assert set(names(wide, ((190.0, 180.0, 40.0, 60.0), {C.OBSTACLE: 0.6}))) == {ground, C.OBSTACLE}


@pytest.mark.parametrize(
    ("first", "second"),
    [(C.CAR, C.TRUCK), (C.POLE, C.BOLLARD), (C.BICYCLE, C.MOTORCYCLE), (C.SIGN, C.BOX)],
)
def test_one_thing_has_one_of_two_names_that_are_alike(first: ObjectClass, second: ObjectClass) -> None:
    assert names((HERE, {first: 0.7, second: 0.6})) == [first]
    assert names((HERE, {first: 0.6}), (moved(HERE, 6, 3), {second: 0.7})) == [second]
    assert names((HERE, {first: 0.6}), (moved(HERE, 30, 0), {second: 0.7})) == [second, first]


def test_names_that_are_not_alike_share_a_place_unless_it_is_the_very_same() -> None:
    assert names((HERE, {C.DOG: 0.7}), (moved(HERE, 6, 3), {C.CONE: 0.6})) == [C.DOG, C.CONE]
    assert names((HERE, {C.DOG: 0.7, C.CONE: 0.6})) == [C.DOG]


def test_a_rider_and_what_is_ridden_are_two() -> None:
    assert names((HERE, {C.PERSON: 0.9, C.BICYCLE: 0.8})) == [C.PERSON, C.BICYCLE]


def test_boxes_for_figures_hold_those_of_the_walk() -> None:
    rng = np.random.default_rng(4)
    raw = np.zeros((4 + len(CLASSES), SPEC.input.anchors), np.float32)
    raw[:4] = rng.uniform(30, 250, raw[:4].shape)
    raw[4:] = rng.uniform(0, 1, (len(CLASSES), SPEC.input.anchors)) ** 60
    walk = LAYOUT.decode((raw, NOTHING), SPEC, FIT, None).objects
    many = LAYOUT.decode((raw, NOTHING), SPEC, FIT, 0.01).objects
    assert len(many) > 2 * len(walk) > 100
    assert all(thing.score >= 0.01 for thing in many)
    assert set(walk) == {thing for thing in many if thing.score >= LIMITS[thing.cls]}


# --- surfaces


def surfaces(paving: tuple[slice, slice], warning: tuple[slice, slice] | None = None) -> Floats:
    logits = np.full((2, 72, 96), -5, np.float32)
    logits[0][paving] = 2
    if warning:
        logits[1][warning] = 2
    return logits


def looked(logits: Floats, spec: ModelSpec = SPEC, frame: tuple[int, int] = (384, 288)) -> Decoded:
    return LAYOUT.decode((raw_with(), logits), spec, letterbox(frame, (384, 288)), None)


def test_paving_and_its_dots_are_masks_of_the_frame() -> None:
    found = looked(surfaces(np.s_[20:72, 40:60], np.s_[60:72, 30:60]), frame=(768, 576))
    assert found.paving.shape == (576, 768)
    assert found.paving[200:, 330:470].all()
    assert not found.paving[:150].any()
    assert found.warning is not None
    assert found.warning[490:, 330:470].all()
    assert not (found.warning & ~found.paving).any()
    assert found.paving_score == pytest.approx(1 / (1 + np.exp(-2)))


def test_no_paving_is_no_mask_and_no_score() -> None:
    found = looked(NOTHING)
    assert not found.paving.any()
    assert found.paving_score == 0.0
    assert found.warning is not None
    assert not found.warning.any()


def test_dots_that_nobody_sees_paving_under_are_none() -> None:
    found = looked(surfaces(np.s_[50:72, 40:60], np.s_[10:30, 40:60]))
    assert found.warning is not None
    assert not found.warning.any()


def test_specks_are_no_paving() -> None:
    logits = surfaces(np.s_[40:72, 40:60])
    logits[0, 10:12, 10:12] = 4
    logits[0, 20:26, 70:76] = 4
    found = looked(logits)
    assert not found.paving[30:60, 30:60].any()
    assert found.paving[90, 292]
    assert found.paving_score > 0.88


def test_the_threshold_is_a_probability() -> None:
    logits = np.full((2, 72, 96), log(0.3 / 0.7), np.float32)
    for threshold, seen in ((0.25, True), (0.35, False)):
        thresholds = LIMITS | {C.PAVING: threshold}
        spec = replace(SPEC, thresholds=thresholds)
        assert looked(logits, spec).paving.all() == seen


def test_the_grey_border_is_not_looked_at() -> None:
    logits = np.full((2, 72, 96), -5, np.float32)
    logits[0, :8] = 5
    found = looked(logits, frame=(720, 300))
    assert not found.paving.any()
    assert found.paving_score == 0.0


def test_a_model_without_dots_tells_none() -> None:
    classes = tuple(cls for cls in CLASSES if cls is not C.WARNING)
    spec = replace(SPEC, classes=classes)
    raw = np.zeros((4 + len(classes), SPEC.input.anchors), np.float32)
    assert LAYOUT.decode((raw, NOTHING), spec, FIT, None).warning is None
