"""Leave-scene-out: each picture is judged by the copy that has not seen it; what is missing is named."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.evaluation.folders import folder_source
from vision.evaluation.systems import Answer
from vision.training import folds, recipe
from vision.training.errors import DataError
from vision.types import Image, ObjectClass


class Paints:
    """Calls a share of every picture paving, from the left."""

    name = "paints"
    names: frozenset[ObjectClass] = frozenset()
    finds_paving = True

    def __init__(self, share: float) -> None:
        self.share = share

    def look(self, image: Image, scored: bool) -> Answer:
        found = np.zeros(image.shape[:2], np.bool_)
        found[:, : round(self.share * image.shape[1])] = True
        return Answer((), 0.0, None, found)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two pictures, the left half of each paving, and an index that puts them into folds 1 and 2."""
    index = []
    for number, name in ((5, "a"), (6, "b")):
        drawn = np.zeros((40, 60, 3), np.uint8)
        drawn[:, :30] = (0, 255, 255)
        for part in ("images", "masks"):
            (tmp_path / part).mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / part / f"{name}.png"), drawn)
        index.append({"image": f"paving_masks/{number:05d}.jpg", "source": "paving_masks", "scene": name})
    index.append({"image": "coco/00007.jpg", "source": "coco", "scene": "c"})
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "index.jsonl").write_text("".join(json.dumps(e) + "\n" for e in index))
    return tmp_path


def test_each_picture_is_judged_by_the_copy_that_has_not_seen_it(pictures: Path) -> None:
    left_out = folds.held_out(pictures / "pictures" / "index.jsonl", recipe.Folds("paving_masks", 4))
    assert left_out == {"a": 1, "b": 2}
    cases = folder_source(pictures).cases
    told = folds.rows(cases, left_out, {1: Paints(0.5), 2: Paints(0.25)})
    text = folds.as_text({"copies": told})
    assert [line.split()[1:] for line in text.splitlines()[1:3]] == [["1", "1.000"], ["2", "0.500"]]
    assert json.loads(folds.as_json({"copies": told}))["copies"]["paving_iou"] == pytest.approx(0.75)
    with pytest.raises(DataError, match="none of these pictures"):
        folds.rows(cases, {"other": 0}, {0: Paints(0.5)})


def test_what_is_missing_is_named(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert folds.main([str(pictures), "--out", str(pictures)]) == 2
    assert "shirube vision train --run run --fold 0" in capsys.readouterr().err
    assert folds.main([str(pictures), "--out", str(pictures / "none")]) == 2
    assert "prepare-only" in capsys.readouterr().err
