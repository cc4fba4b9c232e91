"""The simulated detector fails as often, as long and as much as its figures say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vision.encounters.detector import FALSE, EncounterDetector, perfect
from vision.encounters.errors import FiguresError
from vision.encounters.eye import Look, assumed_camera, look, view_of
from vision.encounters.failing import EDGE_PLACES, Tier
from vision.encounters.figures import FIGURES, Figures, read_figures
from vision.encounters.gait import Head
from vision.encounters.measure import edge_errors, scene_share
from vision.encounters.persistence import correlation, tau_s
from vision.encounters.sheet import sheet
from vision.encounters.sight import found, in_view
from vision.encounters.tally import Tally, add, matched, size_bin
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


def one_scene(figures: Figures, tau_s: float | None = None) -> Figures:
    """Without the part that a whole scene shares, so that one run tells the rate; and nothing false.

    `tau_s`: how long being found, and a name, last.
    """
    model, lasts = figures.model, tau_s or figures.model.found_tau_s
    assert model.faint is not None
    faint = replace(model.faint, false_per_frame=0.0)
    bare = replace(model, scene_share=0.0, false_per_frame=0.0, faint=faint)
    return replace(figures, model=replace(bare, found_tau_s=lasts, score_tau_s=tau_s or model.score_tau_s))


def test_a_thing_is_found_or_found_faintly_as_often_as_its_class_and_size_say() -> None:
    figures = one_scene(MEASURED)
    looks = standing(3000)
    detector = EncounterDetector(looks, figures, (1, 0))
    seen = [detector.detect(Frame(k.index, k.t_s, np.zeros((1, 1, 3), np.uint8))) for k in looks]
    found, faint = (np.array([bool(getattr(s, tier)) for s in seen]) for tier in ("objects", "faint"))
    x1, y1, x2, y2 = looks[0].glimpses[0].box
    side = ((x2 - x1) * (y2 - y1)) ** 0.5
    chance, either = figures.model.chance(C.BICYCLE, side), figures.model.faint_chance(C.BICYCLE, side)
    assert 0.5 < chance < either - 0.05 < 0.95
    assert not (found & faint).any()
    assert found.mean() == pytest.approx(chance, abs=0.05)
    assert (found | faint).mean() == pytest.approx(either, abs=0.03)
    # A miss is followed by another more often than by chance: mistakes last.
    lost = ~found
    assert lost[1:][lost[:-1]].mean() > 1.8 * lost.mean()
    # How sure it is falls before it is lost: one mind about a thing, not two.
    scores = np.array([s.objects[0].score if s.objects else 0.0 for s in seen])
    assert np.median(scores[:-1][found[:-1] & lost[1:]]) < np.median(scores[found]) - 0.1


def test_small_things_and_rare_classes_are_found_less_than_large_and_common_ones() -> None:
    chance = MEASURED.model.chance
    assert chance(C.PERSON, 20) < chance(C.PERSON, 50) < chance(C.PERSON, 100)
    assert chance(C.TREE, 100) < chance(C.PERSON, 100)
    # Of a class of which nothing is known, as of any thing.
    assert chance(C.BOX, 100) != chance(C.TRUCK, 100)


def test_scores_names_and_edges_have_the_measured_spread() -> None:
    figures = one_scene(MEASURED, 0.05)
    looks = standing(2500)
    detector = EncounterDetector(looks, figures, (2, 0))
    answers = [detector.answer(each.index).detections for each in looks]
    true = looks[0].glimpses[0].box
    assert figures.model.faint is not None
    sure, faint = (tuple(d for a in answers for d in getattr(a, tier)) for tier in ("objects", "faint"))
    tiers: tuple[tuple[Tier, tuple[Detection, ...]], ...] = (
        (figures.model, sure),
        (figures.model.faint, faint),
    )
    for tier, seen in tiers:
        deciles = np.quantile([d.score for d in seen], (0.2, 0.5, 0.8))
        assert deciles == pytest.approx([tier.true_scores[n] for n in (2, 5, 8)], abs=0.04)
        right = np.mean([d.cls is C.BICYCLE for d in seen])
        assert right == pytest.approx(tier.names["right"], abs=0.06)
        assert {d.cls for d in seen} <= {C.BICYCLE, C.OBSTACLE, C.MOTORCYCLE, C.KICK_SCOOTER}
        off = (np.array([d.box for d in seen]) - np.array(true))[:, 3] / (true[3] - true[1])
        assert tier.edge_shape is not None
        told = tier.edge_sigma[3] * np.interp(np.linspace(0, 1, 999), EDGE_PLACES, tier.edge_shape[3])
        middle, far = (np.quantile(np.abs(off), q) for q in (0.5, 0.95))
        assert middle == pytest.approx(np.median(np.abs(told)), rel=0.2)
        # One edge in twenty is off by more than a normal distribution with that middle would have it.
        assert far > 2.5 * tier.edge_sigma[3]


def test_false_boxes_come_as_often_as_measured_and_are_of_nothing() -> None:
    looks = standing(40, replace(STILL, things=()))
    answers = [
        detector.answer(each.index)
        for number in range(40)
        for detector in (EncounterDetector(looks, MEASURED, (3, number)),)
        for each in looks
    ]
    assert {thing for answer in answers for thing in (*answer.things, *answer.faint)} == {FALSE}
    assert MEASURED.model.faint is not None
    for tier, told in ((MEASURED.model, "objects"), (MEASURED.model.faint, "faint")):
        boxes = [getattr(answer.detections, told) for answer in answers]
        assert np.mean([len(each) for each in boxes]) == pytest.approx(tier.false_per_frame, rel=0.2)
        scores = [d.score for each in boxes for d in each]
        assert tier.false_scores[0] <= min(scores) <= max(scores) <= tier.false_scores[-1]
        assert np.median(scores) == pytest.approx(tier.false_scores[5], abs=0.03)


def test_paving_is_lost_in_part_or_whole_as_measured() -> None:
    figures = one_scene(MEASURED, 0.05)
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
        ("person = [86, 91, 99]", "person = [86, 100, 99]", "recall.person"),
        ("person = [86, 91, 99]", "person = [86]", "recall.person"),
        ("person = [86, 91, 99]", "ghost = [86, 91, 99]", "recall.ghost"),
        ("[box_faint]", "[box_dim]", "box_faint.edge_sigma"),
        ("faint = ", "dim = ", "false_boxes.faint"),
        ("edge_tau_s = [", "edge_tau_s = [1.0, ", "persistence.edge_tau_s"),
        ("foot_shape = [", "foot_shape = [1.0, ", "box.foot_shape"),
        ("counts = [[0, 1, 9], ", "counts = [", "recall_by_size.counts"),
        ("[model]", "[model", "not TOML"),
    ):
        assert old in text
        path = tmp_path / "figures.toml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(FiguresError, match=told):
            read_figures(path)
    with pytest.raises(FiguresError, match="give --figures"):
        read_figures(tmp_path / "none.toml")


def test_figures_of_before_faint_boxes_were_measured_know_none(tmp_path: Path) -> None:
    path, text = tmp_path / "figures.toml", FIGURES.read_text(encoding="utf-8")
    text = text.replace("[names_faint]", "[names_of_before]").replace(
        "person = [86, 91, 99]", "person = [86, 99]"
    )
    path.write_text(text, encoding="utf-8")
    old = read_figures(path)
    assert old.model.recall[C.PERSON] == (86, 86, 99)
    assert old.model.faint is None
    assert (
        old.model.faint_chance(C.POLE, 50)
        == old.model.chance(C.POLE, 50)
        == MEASURED.model.chance(C.POLE, 50)
    )
    detector = EncounterDetector(standing(60), old, (7, 0))
    answers = [detector.answer(n) for n in range(60)]
    assert any(a.things for a in answers)
    assert not any(a.faint or a.detections.faint for a in answers)


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
        assert tally.by_class[C.POLE] == [hits, hits, 1]
        assert len(tally.sure.false) == len(tally.doubts) == false
    assert sheet(tally.doubts).any(axis=2).any()


def test_a_thing_that_only_a_faint_box_shows_is_found_faintly() -> None:
    things = TrueThing(C.POLE, (10, 10, 20, 50)), TrueThing(C.BOX, (60, 60, 80, 80))
    truth = Truth(np.zeros((100, 100, 3), np.uint8), things=things, known=KNOWN)
    pole, again = Detection(C.POLE, 0.9, (10, 10, 20, 50)), Detection(C.TREE, 0.2, (10, 14, 20, 54))
    box, nothing = Detection(C.OBSTACLE, 0.25, (60, 60, 80, 82)), Detection(C.DOG, 0.16, (40, 0, 50, 9))
    tally, mask = Tally(), np.zeros((100, 100), np.bool_)
    add(tally, "a", truth, Detections(0, 0.0, (100, 100), (pole,), mask, faint=(box, again, nothing)))
    assert (tally.by_class[C.POLE], tally.by_class[C.BOX]) == ([1, 1, 1], [0, 1, 1])
    assert (tally.sure.names["right"], tally.faint.names["obstacle"]) == (1, 1)
    assert (tally.sure.scores, tally.faint.scores) == ([0.9], [0.25])
    # A second box of what is found is of neither kind.
    assert (tally.sure.false, tally.faint.false) == ([], [0.16])
    assert (tally.sure.again, tally.faint.again) == (0, 1)


def test_a_box_of_a_real_thing_without_a_label_is_neither_found_nor_false() -> None:
    truth = Truth(np.zeros((100, 100, 3), np.uint8), things=(), known=KNOWN)
    boxes = Detection(C.CAR, 0.6, (10, 10, 30, 30)), Detection(C.POLE, 0.5, (60, 10, 70, 60))
    seen = Detections(0, 0.0, (100, 100), boxes, np.zeros((100, 100), np.bool_))
    tally = Tally()
    add(tally, "a", truth, seen, unlabelled=((12, 10, 32, 30),))
    assert (tally.sure.false, tally.sure.excused) == ([0.5], 1)
    assert sum(row[2] for row in tally.by_size) == 0


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
