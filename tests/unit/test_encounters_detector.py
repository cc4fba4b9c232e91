"""The simulated detector fails as often, as long and as much as its figures say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision.encounters.detector import FALSE, EncounterDetector, perfect
from vision.encounters.errors import FiguresError
from vision.encounters.eye import Look, assumed_camera, look, view_of
from vision.encounters.figures import EDGE_PLACES, FIGURES, Figures, read_figures
from vision.encounters.gait import Head
from vision.encounters.measure import Tally, add, edge_errors, matched, scene_share, size_bin
from vision.encounters.persistence import correlation, tau_s
from vision.encounters.sheet import sheet
from vision.encounters.sight import found, in_view
from vision.encounters.world import Encounter, Kind, Thing
from vision.evaluation.cases import TrueThing, Truth
from vision.types import Detection, Detections, Frame
from vision.types import ObjectClass as C

MEASURED = read_figures()
KNOWN = frozenset(C)
BICYCLE = Thing(0, C.BICYCLE, 0.2, 4.0, 0.6, 1.0, 1.05)
STILL = Encounter(0, 1, Kind.STATIC, False, 1e-6, 0.0, 0.0, 1.55, 12.0, 10.0, (BICYCLE,))


def standing(count: int, encounter: Encounter = STILL, rate_hz: float = 10.0) -> tuple[Look, ...]:
    """The same look again and again."""
    head = Head(0.0, 0.0, 0.0, 0.0)
    first = look(encounter, 0, 0.0, view_of(encounter, 0.0, head, assumed_camera()))
    return tuple(replace(first, index=k, t_s=k / rate_hz) for k in range(count))


def one_scene(figures: Figures, **model: object) -> Figures:
    """Without the part that a whole scene shares, so that one run tells the rate."""
    return replace(figures, model=replace(figures.model, scene_share=0.0, **model))


def test_a_thing_is_found_as_often_as_its_class_and_size_say() -> None:
    figures = one_scene(MEASURED, false_per_frame=0.0)
    looks = standing(3000)
    detector = EncounterDetector(looks, figures, (1, 0))
    found = [
        bool(detector.detect(Frame(k.index, k.t_s, np.zeros((1, 1, 3), np.uint8))).objects) for k in looks
    ]
    x1, y1, x2, y2 = looks[0].glimpses[0].box
    chance = figures.model.chance(C.BICYCLE, ((x2 - x1) * (y2 - y1)) ** 0.5)
    assert 0.5 < chance < 0.95
    assert np.mean(found) == pytest.approx(chance, abs=0.05)
    # A miss is followed by another more often than by chance: mistakes last.
    lost = ~np.array(found)
    assert lost[1:][lost[:-1]].mean() > 1.8 * lost.mean()


def test_small_things_and_rare_classes_are_found_less_than_large_and_common_ones() -> None:
    chance = MEASURED.model.chance
    assert chance(C.PERSON, 20) < chance(C.PERSON, 50) < chance(C.PERSON, 100)
    assert chance(C.TREE, 100) < chance(C.PERSON, 100)
    # Of a class of which nothing is known, as of any thing.
    assert chance(C.BOX, 100) != chance(C.TRUCK, 100)


def test_scores_names_and_edges_have_the_measured_spread() -> None:
    figures = one_scene(MEASURED, false_per_frame=0.0, found_tau_s=0.05, score_tau_s=0.05)
    looks = standing(2500)
    detector = EncounterDetector(looks, figures, (2, 0))
    seen = [d for each in looks for d in detector.answer(each.index).detections.objects]
    assert np.median([d.score for d in seen]) == pytest.approx(figures.model.true_scores[5], abs=0.02)
    right = np.mean([d.cls is C.BICYCLE for d in seen])
    assert right == pytest.approx(figures.model.names["right"], abs=0.03)
    assert {d.cls for d in seen} <= {C.BICYCLE, C.OBSTACLE, C.MOTORCYCLE, C.KICK_SCOOTER}
    true = looks[0].glimpses[0].box
    off = np.array([d.box for d in seen]) - np.array(true)
    tall = true[3] - true[1]
    middle, far = (np.quantile(np.abs(off[:, 3]) / tall, q) for q in (0.5, 0.95))
    assert middle == pytest.approx(0.6745 * figures.model.edge_sigma[3], rel=0.1)
    # One edge in twenty is off by much more than a normal distribution with that middle would have it.
    assert far > 5 * figures.model.edge_sigma[3]


def test_false_boxes_come_as_often_as_measured_and_are_of_nothing() -> None:
    empty = replace(STILL, things=())
    counts = []
    for number in range(40):
        looks = standing(40, empty)
        detector = EncounterDetector(looks, MEASURED, (3, number))
        answers = [detector.answer(each.index) for each in looks]
        counts += [len(answer.things) for answer in answers]
        assert {thing for answer in answers for thing in answer.things} <= {FALSE}
    assert np.mean(counts) == pytest.approx(MEASURED.model.false_per_frame, rel=0.25)


def test_paving_is_lost_in_part_or_whole_as_measured() -> None:
    figures = one_scene(MEASURED, found_tau_s=0.05)
    looks = standing(800, replace(STILL, things=()))
    detector = EncounterDetector(looks, figures, (4, 0))
    whole = EncounterDetector(looks[:1], perfect(MEASURED), (4, 0)).answer(0).detections.paving.sum()
    shares = [detector.answer(each.index).detections.paving.sum() / whole for each in looks]
    lost = float(np.interp(0.2, figures.model.covered, np.linspace(0, 1, 11)))
    assert np.mean(np.array(shares) == 0) == pytest.approx(lost, abs=0.04)
    assert np.median(shares) > 0.8


def test_the_same_seed_gives_the_same_detections_and_another_others() -> None:
    looks = standing(50)

    def seen(*seed: int) -> list[tuple[Detection, ...]]:
        detector = EncounterDetector(looks, MEASURED, seed)
        return [detector.answer(each.index).detections.objects for each in looks]

    assert seen(5, 1) == seen(5, 1)
    assert seen(5, 1) != seen(5, 2)


def test_a_detector_that_never_fails_gives_the_truth() -> None:
    looks = standing(20)
    detector = EncounterDetector(looks, perfect(MEASURED), (6, 0))
    for each in looks:
        answer = detector.answer(each.index)
        (found,) = answer.detections.objects
        assert found.cls is C.BICYCLE
        assert found.box == pytest.approx(each.glimpses[0].box)
        assert answer.things == (0,)


def test_figures_that_cannot_be_used_are_refused_with_the_figure_that_is_wrong(tmp_path: Path) -> None:
    text = FIGURES.read_text(encoding="utf-8")
    for old, new, told in (
        ("rate_hz = 10.0", "rate_hz = 0.0", "time.rate_hz"),
        ("[scenes]", "[other]", "scenes.share"),
        ("person = [86, 99]", "person = [100, 99]", "recall.person"),
        ("person = [86, 99]", "ghost = [86, 99]", "recall.ghost"),
        ("foot_shape = [", "foot_shape = [1.0, ", "box.foot_shape"),
        ("counts = [[0, 9], ", "counts = [", "recall_by_size.counts"),
        ("[model]", "[model", "not TOML"),
    ):
        assert old in text
        path = tmp_path / "figures.toml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(FiguresError, match=told):
            read_figures(path)
    with pytest.raises(FiguresError, match="give --figures"):
        read_figures(tmp_path / "none.toml")


def test_what_was_found_is_matched_once_and_by_the_surest() -> None:
    things = [TrueThing(C.PERSON, (0, 0, 10, 20)), TrueThing(C.BOX, (50, 0, 60, 20))]
    sure, unsure = Detection(C.BOX, 0.9, (0, 0, 10, 19)), Detection(C.PERSON, 0.4, (0, 0, 10, 20))
    assert matched([unsure, sure], things) == {0: sure}
    assert size_bin((0, 0, 30, 30), 640) == 1
    assert size_bin((0, 0, 30, 30), 320) == 2


def test_a_box_that_overlaps_less_is_of_the_thing_or_of_nothing_never_neither() -> None:
    truth = Truth(
        np.zeros((100, 100, 3), np.uint8), things=(TrueThing(C.POLE, (10, 10, 20, 50)),), known=KNOWN
    )
    narrow = Detection(C.POLE, 0.9, (10, 10, 14, 50))  # IoU .4
    for least, hits, false in ((0.3, 1, 0), (0.5, 0, 1)):
        tally = Tally()
        add(
            tally,
            "a",
            truth,
            Detections(0, 0.0, (100, 100), (narrow,), np.zeros((100, 100), np.bool_)),
            least,
        )
        assert tally.by_class[C.POLE] == [hits, 1]
        assert len(tally.false) == len(tally.doubts) == false
    assert sheet(tally.doubts).any(axis=2).any()


def test_edges_are_told_by_their_middle_and_their_tails() -> None:
    off = [(0.1 * k, 0.0, 0.0, 0.0) for k in (-1, -1, 1, 1, 20)]
    sigma, shape = edge_errors(off)
    assert sigma[0] == pytest.approx(0.1 / 0.6745)
    assert shape[0][-1] == pytest.approx(20 * 0.6745)
    assert shape[1] == [0.0] * len(EDGE_PLACES)


def test_a_wide_lens_holds_more_of_who_crosses_and_finds_less_far_away() -> None:
    narrow, wide = assumed_camera(70.0), assumed_camera(120.0, bent=True)
    seen = [in_view(camera, 60, 3, MEASURED)[Kind.CROSSING] for camera in (narrow, wide)]
    assert seen[0][1] == seen[1][1] > 0
    assert seen[0][0] < seen[1][0]
    bollard = [found(camera, C.BOLLARD, 4.0, MEASURED.model) for camera in (narrow, wide)]
    assert 0 < bollard[1] < bollard[0] < 1


def test_scenes_that_are_all_found_or_all_missed_share_everything() -> None:
    assert scene_share({"a": [5, 5], "b": [0, 5]}) == pytest.approx(1.0)
    assert scene_share({"a": [2, 4], "b": [2, 4]}) == 0.0


def test_a_memory_is_read_from_how_correlation_falls() -> None:
    assert correlation([(0, 0), (1, 1), (0, 0)]) == pytest.approx(1.0)
    assert correlation([(1, 0), (1, 1), (1, 0)]) is None
    assert tau_s([(0.1, float(np.exp(-0.1 / 0.4))), (0.3, float(np.exp(-0.3 / 0.4)))]) == pytest.approx(0.4)
    assert tau_s([(0.1, None), (0.2, -0.3)]) is None
