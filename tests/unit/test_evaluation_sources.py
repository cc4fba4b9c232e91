"""Data of every kind becomes cases; what is wrong in it is named."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.errors import FrameError, VisionError
from vision.evaluation.cases import Truth
from vision.evaluation.clips import Spans, read_spans, watch
from vision.evaluation.errors import EvaluationError
from vision.evaluation.folders import folder_source
from vision.evaluation.masks import read_mask
from vision.evaluation.names import known_classes, our_class, read_names
from vision.evaluation.real import real_source
from vision.labelling.records import LabelledThing, Record, sha256_of, write_records
from vision.types import Detections, Frame, ObjectClass
from vision.video import VideoWriter

SIZE = (96, 64)


def picture(path: Path, size: tuple[int, int] = SIZE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size[1], size[0], 3), 120, np.uint8))
    return path


def mask(path: Path, rgb: tuple[int, int, int] = (255, 255, 0), size: tuple[int, int] = SIZE) -> Path:
    """The left half in a colour."""
    drawn = np.zeros((size[1], size[0], 3), np.uint8)
    drawn[:, : size[0] // 2] = rgb[::-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), drawn)
    return path


def loaded(folder: Path) -> Truth:
    return folder_source(folder).cases[0].load()


@pytest.mark.parametrize(
    ("rgb", "paved"),
    [((255, 255, 0), True), ((255, 192, 0), True), ((255, 128, 0), False), ((0, 255, 0), False)],
)
def test_mask_pictures(tmp_path: Path, rgb: tuple[int, int, int], paved: bool) -> None:
    picture(tmp_path / "images" / "a.png")
    mask(tmp_path / "masks" / "a.png", rgb)
    truth = loaded(tmp_path)
    assert folder_source(tmp_path).kind == "masks"
    assert truth.paving is not None
    assert truth.paving[:, :48].all() == paved
    assert not truth.paving[:, 48:].any()
    assert truth.things is None
    assert truth.blockers is None


def test_a_mask_of_another_size_is_fitted_and_of_another_shape_refused(tmp_path: Path) -> None:
    paving, _ = read_mask(mask(tmp_path / "half.png", size=(48, 32)), SIZE)
    assert paving.shape == (64, 96)
    assert paving.mean() == 0.5
    with pytest.raises(FrameError, match="another shape"):
        read_mask(mask(tmp_path / "square.png", size=(64, 64)), SIZE)


def test_grey_masks_are_two_valued_or_indices(tmp_path: Path) -> None:
    drawn = np.zeros((64, 96), np.uint8)
    for name, value in (("two", 255), ("index", 1)):
        drawn[:, :48] = value
        cv2.imwrite(str(tmp_path / f"{name}.png"), drawn)
        assert read_mask(tmp_path / f"{name}.png", SIZE)[0][:, :48].all()
    drawn[:, 48:] = 255
    cv2.imwrite(str(tmp_path / "unsure.png"), drawn)
    paving, unsure = read_mask(tmp_path / "unsure.png", SIZE)
    assert unsure is not None
    assert not (paving & unsure).any()
    drawn[0, 0] = 77
    cv2.imwrite(str(tmp_path / "odd.png"), drawn)
    with pytest.raises(FrameError, match="grey value 77"):
        read_mask(tmp_path / "odd.png", SIZE)


def test_a_picture_without_a_mask_is_named(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "a.png")
    mask(tmp_path / "masks" / "b.png")
    with pytest.raises(FrameError, match=r"a\.png: has no mask"):
        loaded(tmp_path)


def boxes(folder: Path, text: str, names: str = "person\nhandbag\nchair\n") -> Path:
    picture(folder / "images" / "a.jpg")
    (folder / "labels").mkdir(exist_ok=True)
    (folder / "labels" / "a.txt").write_text(text)
    (folder / "classes.txt").write_text(names)
    return folder


def test_box_pictures_in_our_names(tmp_path: Path) -> None:
    truth = loaded(boxes(tmp_path, "0 0.5 0.5 0.25 0.5\n1 0.1 0.1 0.1 0.1\n2 0.5 0.5 0.2 0.2\n"))
    assert truth.things
    assert [thing.cls for thing in truth.things] == [ObjectClass.PERSON, None, ObjectClass.BENCH]
    assert truth.things[0].box == (36.0, 16.0, 60.0, 48.0)
    assert truth.known == {ObjectClass.PERSON, ObjectClass.BENCH}
    assert truth.paving is None


def test_outlines_count_by_their_box(tmp_path: Path) -> None:
    truth = loaded(boxes(tmp_path, "0 0.25 0.25 0.75 0.25 0.5 0.75\n"))
    assert truth.things
    assert truth.things[0].box == (24.0, 16.0, 72.0, 48.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7 0.5 0.5 0.1 0.1", "class 7, but the classes end at 2"),
        ("-1 0.5 0.5 0.1 0.1", "class -1"),
        ("0 0.5 0.5", "2 numbers"),
        ("person 0.5 0.5 0.1 0.1", "in numbers"),
        ("0 480 360 20 20", "not within 0..1"),
    ],
)
def test_labels_that_are_wrong_are_named_with_their_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(EvaluationError, match=r"a\.txt:1: ") as caught:
        loaded(boxes(tmp_path, text))
    assert words in str(caught.value)


def test_names_of_yaml_and_of_nobody_we_know(tmp_path: Path) -> None:
    (tmp_path / "classes.yaml").write_text("path: .\nnames:\n  0: person\n  2: 'potted plant'\nnc: 3\n")
    assert read_names(tmp_path) == ("person", "class 1", "potted plant")
    (tmp_path / "classes.yaml").write_text("names: ['car', \"dog\"]\n")
    assert read_names(tmp_path) == ("car", "dog")
    (tmp_path / "classes.txt").write_text("go\nstop\n")
    with pytest.raises(EvaluationError, match="none of its classes"):
        read_names(tmp_path)
    assert (our_class("truck"), our_class("kite")) == (ObjectClass.TRUCK, None)
    assert known_classes(["suitcase", "car"]) == {ObjectClass.CAR}


def scene(folder: Path, line: dict[str, object] | str) -> Path:
    picture(folder / "images" / "000001.jpg")
    mask(folder / "masks" / "000001.png")
    text = line if isinstance(line, str) else json.dumps(line)
    (folder / "truth.jsonl").write_text(text + "\n")
    return folder


CONE: dict[str, object] = {
    "cls": "cone", "box": [20, 20, 40, 60], "distance_m": 3.0, "on_paving": True, "visible_share": 1.0,
}  # fmt: skip


def test_rendered_scenes_tell_what_blocks_the_way(tmp_path: Path) -> None:
    far = CONE | {"distance_m": 7.0}
    line = {"image": "000001.jpg", "slices": ["wet"], "objects": [far, CONE]}
    source = folder_source(scene(tmp_path, line | {"blocked": {"cls": "cone", "distance_m": 3.0}}))
    truth = source.cases[0].load()
    assert (source.kind, source.cases[0].slices) == ("scenes", ("wet",))
    assert truth.blockers is not None
    assert [thing.near for thing in truth.blockers] == [True]
    assert loaded(scene(tmp_path, line | {"blocked": None})).blockers == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [("{", "not JSON"), ({"image": "000001.jpg", "objects": [{"cls": "ufo"}]}, "truth.jsonl:1: objects")],
)
def test_a_truth_that_is_damaged_is_named(tmp_path: Path, line: dict[str, object] | str, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        folder_source(scene(tmp_path, line))


def test_folders_that_tell_nothing(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    with pytest.raises(EvaluationError, match="no picture in it"):
        folder_source(tmp_path)
    picture(tmp_path / "images" / "a.jpg")
    with pytest.raises(EvaluationError, match="nothing to compare with"):
        folder_source(tmp_path)
    (tmp_path / "labels").mkdir()
    with pytest.raises(EvaluationError, match=r"without classes\.txt"):
        folder_source(tmp_path)


def record(path: Path, name: str, **values: object) -> Record:
    known: dict[str, object] = {"sha256": sha256_of(path), "source": "street", "file": name}
    known |= {"width": 96, "height": 64, "scene": name, "split": "test"}
    return Record(**(known | values))  # type: ignore[arg-type]


def test_records_are_found_by_their_bytes(tmp_path: Path) -> None:
    good, other = picture(tmp_path / "street" / "a.png"), picture(tmp_path / "street" / "b.png")
    strip = ((40.0, 63.0), (44.0, 10.0), (52.0, 10.0), (56.0, 63.0))
    cone = LabelledThing(ObjectClass.CONE, (42.0, 20.0, 54.0, 40.0), on_paving=True, near=True)
    records = [
        record(good, "a.png", paving=(strip,), things=(cone,), slices=("worn",)),
        record(good, "b.png", sha256="0" * 64),
        record(other, "c.png"),
        record(good, "d.png", split="train"),
    ]
    write_records(tmp_path / "labels.jsonl", records)
    source = real_source([tmp_path / "labels.jsonl"], tmp_path, "test")
    truth = source.cases[0].load()
    assert [case.name for case in source.cases] == ["street/a.png"]
    assert len(source.skipped) == 2
    assert "sha256 differs" in source.skipped[0]
    assert "no such file" in source.skipped[1]
    assert truth.blockers
    assert truth.blockers[0].cls is ObjectClass.CONE
    assert truth.paving is not None
    assert truth.paving[50, 48]
    with pytest.raises(EvaluationError, match="no record of the split 'val'"):
        real_source([tmp_path / "labels.jsonl"], tmp_path, "val")


class Nobody:
    """Sees nothing."""

    def detect(self, frame: Frame) -> Detections:
        height, width = frame.image.shape[:2]
        return Detections(frame.index, frame.t_s, (width, height), (), np.zeros((height, width), np.bool_))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "street.mp4"
    rng = np.random.default_rng(5)
    with VideoWriter(path, (96, 64), 10.0) as writer:
        for _ in range(60):
            writer.write(rng.integers(60, 200, (64, 96, 3), np.uint8))
    return path


def test_a_clip_is_counted_by_its_spans(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "spans.toml").write_text(
        '[street]\nclear = [[0, 29]]\nblocked = [{ span = [40, 59], class = "cone" }]\nunsure = [[30, 39]]\n'
    )
    result = watch(clip, read_spans(tmp_path / "spans.toml")["street"], Nobody())
    assert result.clear == ((30 / 10 / 60, 0),)
    assert result.blocked == (False,)
    assert (result.frames, result.told, result.broke_off) == (60, 0, None)
    with pytest.raises(EvaluationError, match="lies within its 60 frames"):
        watch(clip, Spans(clear=((90, 99),)), Nobody())


def test_spans_that_are_wrong_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "spans.toml"
    for text in ("[street", "[street]\nclear = [[0]]\n", '[street]\nblocked = [{ class = "cone" }]\n'):
        path.write_text(text)
        with pytest.raises(VisionError, match=r"spans\.toml") as caught:
            read_spans(path)
        assert "\n" not in str(caught.value)
