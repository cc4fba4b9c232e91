"""Outlines of things as text, surfaces as an index mask, and the pictures of the sources."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.labelling.records import Record, sha256_of, write_records
from vision.training import labels, sources
from vision.training.errors import DataError
from vision.types import ObjectClass


def test_label_text_goes_round() -> None:
    polygon = np.array([[0.1, 0.2], [0.5, 0.2], [0.3, 0.9]], np.float32)
    text = labels.format_labels([labels.Instance(ObjectClass.POLE, polygon)])
    [back] = labels.parse_labels(text, "a.txt")
    assert text.startswith(f"{list(ObjectClass).index(ObjectClass.POLE)} ")
    assert back.cls is ObjectClass.POLE
    np.testing.assert_allclose(back.polygon, polygon, atol=1e-5)


@pytest.mark.parametrize(
    "line", ["99 0 0 1 0 1 1", "x 0 0 1 0 1 1", "0 0.1 0.1", "0 0 0 1 0 1 1 1", "0 a b c d e f"]
)
def test_a_wrong_label_line_is_named(line: str) -> None:
    with pytest.raises(DataError, match=r"b\.txt:2"):
        labels.parse_labels("0 0 0 1 0 1 1\n" + line, "b.txt")


def test_box_polygon_touches_all_four_sides() -> None:
    polygon = labels.box_polygon(0.2, 0.1, 0.6, 0.9)
    np.testing.assert_allclose([*polygon.min(0), *polygon.max(0)], [0.2, 0.1, 0.6, 0.9], atol=1e-6)


def test_what_is_sure_covers_what_is_not_and_dots_cover_bars() -> None:
    square = [(0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0)]
    left = [(0.0, 0.0), (20.0, 0.0), (20.0, 40.0), (0.0, 40.0)]
    top = [(0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)]
    mask = labels.surface_mask((60, 50), [left], [top], [square])
    assert mask.shape == (50, 60)
    assert [mask[5, 5], mask[30, 5], mask[30, 30], mask[45, 55]] == [
        labels.WARNING, labels.PAVING, labels.UNSURE, labels.NONE,
    ]  # fmt: skip


@pytest.fixture
def vision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One labelled picture that is there, and one that is not."""
    folder = tmp_path / "vision" / "somewhere"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), np.full((100, 200, 3), 90, np.uint8))
    outline = ((0.0, 0.0), (50.0, 0.0), (50.0, 99.0))
    here = Record(
        sha256_of(folder / "a.png"), "somewhere", "a.png", 200, 100, "s", "train", paving=(outline,)
    )
    gone = Record("0" * 64, "somewhere", "b.png", 200, 100, "t", "train")
    real = tmp_path / "real"
    real.mkdir()
    write_records(real / "some.jsonl", [here, gone])
    monkeypatch.setattr(sources, "REAL", real)
    return tmp_path / "vision"


def test_labelled_pictures_become_samples_and_missing_ones_are_counted(vision: Path, tmp_path: Path) -> None:
    told: list[str] = []
    writer = sources.Writer(tmp_path / "out")
    sources.add_real(writer, vision, told.append)
    writer.close()
    [entry] = [json.loads(line) for line in (tmp_path / "out" / "index.jsonl").read_text().splitlines()]
    assert (entry["source"], entry["split"], entry["things"]) == ("somewhere", "train", "all")
    mask = cv2.imread(str(tmp_path / "out" / entry["surfaces"]), cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    assert mask[10, 30] == labels.PAVING
    assert mask[50, 150] == labels.NONE
    assert told == [f"1 labelled pictures are not below {vision}: left out"]


def test_large_pictures_are_reduced_with_their_masks(tmp_path: Path) -> None:
    writer = sources.Writer(tmp_path)
    surfaces = np.zeros((1000, 2000), np.uint8)
    surfaces[:, :1000] = labels.PAVING
    writer.add(("x", "train", "s"), np.zeros((1000, 2000, 3), np.uint8), surfaces, [], "all")
    mask = cv2.imread(str(tmp_path / writer.entries[0].surfaces), cv2.IMREAD_GRAYSCALE)
    assert mask is not None
    assert mask.shape == (320, 640)
    assert set(np.unique(mask[:, :319]).tolist()) == {labels.PAVING}
