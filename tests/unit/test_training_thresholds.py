"""Thresholds, and what is lost by rounding, against values worked out by hand."""

import dataclasses

import numpy as np

from vision.decode import letterbox
from vision.evaluation.matching import Scored
from vision.model_spec import ModelInput, ModelSpec
from vision.training import gate, thresholds
from vision.training.dataset import Sample, known_classes
from vision.training.held import Seen
from vision.training.labels import NONE, PAVING, UNSURE, Instance, box_polygon
from vision.types import ObjectClass

CLASSES = tuple(ObjectClass)
SIDE = 64
SPEC = ModelSpec(
    id="m", file="m.onnx", sha256="", bytes=0, task="detect+paving", output="yolov8-paving", licence="",
    card="", classes=CLASSES, input=ModelInput(SIDE, SIDE, "RGB", 114),
    thresholds=dict.fromkeys(CLASSES, 0.5),
)  # fmt: skip
Box = tuple[int, int, int, int]


def seen(
    true: dict[ObjectClass, list[Box]],
    found: list[tuple[ObjectClass, float, Box]],
    *,
    paving: float = -9.0,
    truth: int = NONE,
    things: str = "all",
    real: bool = True,
) -> Seen:
    """One picture of 64 x 64; `paving`: the logit of its right half, `truth`: the label of that half."""
    surfaces = np.zeros((SIDE, SIDE), np.uint8)
    surfaces[:, SIDE // 2 :] = truth
    raw = np.zeros((4 + len(CLASSES), SPEC.input.anchors), np.float32)
    for place, (cls, score, (x1, y1, x2, y2)) in enumerate(found):
        raw[:4, place] = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
        raw[4 + CLASSES.index(cls), place] = score
    logits = np.full((2, SIDE // 4, SIDE // 4), -9.0, np.float32)
    logits[0, :, SIDE // 8 :] = paving
    outlines = [
        Instance(c, box_polygon(*(np.array(b) / SIDE).tolist())) for c, boxes in true.items() for b in boxes
    ]
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    sample = Sample(image, surfaces, tuple(outlines), known_classes(things), (True, False), real)
    return Seen(sample, letterbox((SIDE, SIDE), (SIDE, SIDE)), (raw, logits))


HERE, THERE = (4, 4, 24, 44), (36, 4, 60, 44)


def scored(*pairs: tuple[float, bool], truths: int) -> Scored:
    return Scored(tuple(s for s, _ in pairs), tuple(h for _, h in pairs), truths)


def test_the_threshold_weighs_misses_by_beta() -> None:
    found = [(True, scored((0.9, True), (0.5, False), (0.45, False), (0.3, True), truths=2))]
    assert thresholds.best_f(found, 0.5) == 0.80
    assert thresholds.best_f(found, 3.0) == 0.30


def test_where_nothing_is_ever_right_the_threshold_is_not_silence() -> None:
    assert thresholds.best_f([(True, scored((0.9, False), truths=3))], 1.0) == thresholds.FIRST
    assert thresholds.best_f([], 1.0) == thresholds.FIRST


def test_few_real_pictures_are_not_outvoted_by_many_rendered_ones() -> None:
    real = [(True, scored(*[(0.3, True)] * 10, truths=10))]
    rendered = [(False, scored((0.7, True), (0.3, False), (0.3, False), truths=1))] * 20
    assert thresholds.best_f([*real, *rendered], 1.0) == 0.30
    assert thresholds.best_f(rendered, 1.0) == 0.70


def test_each_class_gets_its_own_and_rare_ones_share() -> None:
    people = [
        seen(
            {ObjectClass.PERSON: [HERE]}, [(ObjectClass.PERSON, 0.6, HERE), (ObjectClass.PERSON, 0.4, THERE)]
        )
    ] * 10
    cones = [seen({ObjectClass.CONE: [HERE]}, [(ObjectClass.CONE, 0.3, HERE)])]
    chosen = thresholds.choose([*people, *cones], SPEC)
    assert chosen.thresholds[ObjectClass.PERSON] == 0.60
    assert chosen.thresholds[ObjectClass.CONE] == chosen.thresholds[ObjectClass.TREE] == 0.30
    assert chosen.few[ObjectClass.CONE] == 1
    assert ObjectClass.PERSON not in chosen.few
    assert tuple(chosen.thresholds) == CLASSES


def test_obstacle_is_judged_against_every_thing() -> None:
    truth = {ObjectClass.PERSON: [HERE], ObjectClass.BOX: [THERE]}
    rows = [(ObjectClass.OBSTACLE, 0.7, HERE), (ObjectClass.OBSTACLE, 0.4, THERE)]
    chosen = thresholds.choose([seen(truth, rows)] * 6, SPEC)
    assert chosen.thresholds[ObjectClass.OBSTACLE] == 0.40


def test_pictures_in_which_not_all_is_labelled_do_not_count() -> None:
    part = seen({}, [(ObjectClass.POLE, 0.9, HERE)], things="coco")
    assert thresholds.recalls([part], SPEC)[ObjectClass.POLE] == (0, 0)
    assert not thresholds.knows(part.sample, ObjectClass.OBSTACLE)


def test_the_surface_gets_the_threshold_with_the_best_overlap() -> None:
    shown = seen({}, [], paving=0.0, truth=PAVING)  # probability 0.5
    ghost = seen({}, [], paving=-1.0)  # 0.27, where there is none
    assert 0.25 < thresholds.best_surface([shown, ghost], SPEC, ObjectClass.PAVING) < 0.5
    assert thresholds.best_surface([], SPEC, ObjectClass.PAVING) == thresholds.FIRST
    # of dots no picture tells here
    assert thresholds.best_surface([shown], SPEC, ObjectClass.WARNING) == thresholds.FIRST


def test_unsure_pixels_do_not_count() -> None:
    assert thresholds.surface_iou([seen({}, [], paving=4.0, truth=UNSURE)], SPEC) == 0.0
    assert thresholds.surface_iou([seen({}, [], paving=4.0, truth=PAVING)], SPEC) > 0.95


def test_recall_of_everything_does_not_ask_for_the_name() -> None:
    picture = seen({ObjectClass.PERSON: [HERE]}, [(ObjectClass.POLE, 0.9, HERE)])
    recall = thresholds.recalls([picture], SPEC)
    assert recall[ObjectClass.PERSON] == (0, 1)
    assert recall[ObjectClass.OBSTACLE] == (1, 1)
    assert thresholds.said([picture], SPEC) == (1, 1)


def test_what_rounding_loses_is_told_by_class() -> None:
    before = gate.Quality({ObjectClass.PERSON: (90, 100), ObjectClass.CAR: (80, 100)}, 0.9, 1, 1)
    after = dataclasses.replace(before, recall={ObjectClass.PERSON: (87, 100), ObjectClass.CAR: (79, 100)})
    assert gate.losses(before, after) == ["person: recall 90/100 -> 87/100 (-3.0 points)"]
    assert gate.losses(before, before) == []
    few = dataclasses.replace(before, recall={ObjectClass.CAR: (20, 40)})
    assert gate.losses(few, dataclasses.replace(few, recall={ObjectClass.CAR: (19, 40)})) == []  # one thing
    assert gate.losses(few, dataclasses.replace(few, recall={ObjectClass.CAR: (18, 40)}))
    [paving] = gate.losses(before, dataclasses.replace(before, paving_iou=0.88))
    assert paving.startswith("paving IoU 0.900 -> 0.880")


def test_rare_classes_are_held_to_it_together() -> None:
    before = gate.Quality(
        {ObjectClass.DOG: (1, 2), ObjectClass.CONE: (3, 5), ObjectClass.BUS: (0, 0)}, 0, 0, 0
    )
    after = dataclasses.replace(
        before, recall={**before.recall, ObjectClass.DOG: (2, 2), ObjectClass.CONE: (2, 5)}
    )
    assert gate.pooled(before.recall) == {gate.RARE: (4, 7)}
    assert gate.losses(before, after) == []


def test_thresholds_go_down_until_the_coarse_copy_finds_as_much() -> None:
    exact = [seen({ObjectClass.PERSON: [HERE]}, [(ObjectClass.PERSON, 0.52, HERE)])] * 12
    coarse = [seen({ObjectClass.PERSON: [HERE]}, [(ObjectClass.PERSON, 0.47, HERE)])] * 12
    before = gate.quality(exact, SPEC)
    own = gate.made_up(before, coarse, SPEC)
    assert own.thresholds[ObjectClass.PERSON] == 0.47
    assert own.thresholds[ObjectClass.CAR] == 0.5
    assert gate.losses(before, gate.quality(coarse, own)) == []
    lost = [seen({ObjectClass.PERSON: [HERE]}, [])] * 12
    assert gate.losses(before, gate.quality(lost, gate.made_up(before, lost, SPEC)))


def test_more_false_alarms_are_a_loss_too() -> None:
    before = gate.Quality({}, 0.9, 90, 100)
    assert gate.losses(before, dataclasses.replace(before, said=110)) == [
        "right of what is said 0.900 -> 0.818 (-8.2 points)"
    ]
