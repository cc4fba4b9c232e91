"""Augmentation keeps labels on their things; decoding undoes the letterbox."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.training import dataset, recipe
from vision.training.decode import decode, letterbox, suppress
from vision.training.errors import DataError, RecipeError
from vision.training.labels import CLASSES, Instance, box_polygon, format_labels
from vision.types import ObjectClass

RED_BGR = (0, 0, 255)


def pool(chosen: recipe.Recipe) -> dataset.Pool:
    """One source of one picture: a red box on grey, labelled as a sign."""
    image = np.full((360, 640, 3), 120, np.uint8)
    cv2.rectangle(image, (160, 90), (319, 269), RED_BGR, -1)
    sign = Instance(
        ObjectClass.SIGN, np.array([[0.25, 0.25], [0.5, 0.25], [0.5, 0.75], [0.25, 0.75]], np.float32)
    )
    known = np.ones(len(CLASSES), np.float32)
    return dataset.Pool({"scenes": [dataset.Sample(image, (sign,), known)]}, {"scenes": 1.0})


@pytest.mark.parametrize("seed", range(12))
def test_boxes_and_masks_stay_on_the_thing(seed: int) -> None:
    chosen = recipe.load()
    made = dataset.example(pool(chosen), chosen, np.random.default_rng(seed))
    assert made.canvas.shape == (288, 384, 3)
    hue, saturation, _ = cv2.split(cv2.cvtColor(made.canvas, cv2.COLOR_BGR2HSV))
    red = (saturation > 100) & ((hue < 12) | (hue > 168))
    covered = cv2.resize(made.mask, (384, 288), interpolation=cv2.INTER_NEAREST) > 0
    assert (red & covered).sum() >= 0.8 * covered.sum()
    for x, y, w, h in made.boxes:
        assert x - w / 2 + 1e-6 >= 0
        assert y + h / 2 <= 1 + 1e-6
        inside = red[
            int((y - h / 2) * 288) : int((y + h / 2) * 288), int((x - w / 2) * 384) : int((x + w / 2) * 384)
        ]
        assert inside.mean() > 0.5


def test_same_seed_same_example() -> None:
    chosen = recipe.load()
    first, second = (dataset.example(pool(chosen), chosen, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first.canvas, second.canvas)
    np.testing.assert_array_equal(first.boxes, second.boxes)


def test_a_pool_holds_only_its_split(tmp_path: Path) -> None:
    for name, split in (("a", "train"), ("b", "test")):
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.zeros((20, 20, 3), np.uint8))
        polygon = box_polygon(0.1, 0.1, 0.9, 0.9)
        (tmp_path / f"{name}.txt").write_text(format_labels([Instance(ObjectClass.CAR, polygon)]))
        with (tmp_path / "index.jsonl").open("a") as index:
            entry = {"image": f"{name}.jpg", "label": f"{name}.txt", "source": "coco", "split": split}
            index.write(json.dumps(entry) + "\n")
    found = dataset.load_pool(tmp_path, "train", recipe.load())
    assert [len(s) for s in found.samples.values()] == [1]
    with pytest.raises(DataError, match="no val pictures"):
        dataset.load_pool(tmp_path, "val", recipe.load())


def test_data_not_prepared_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="prepare"):
        dataset.load_pool(tmp_path, "train", recipe.load())


def test_letterbox_and_decode_are_inverse() -> None:
    image = np.zeros((404, 720, 3), np.uint8)
    canvas, fit = letterbox(image, 384, 288)
    assert canvas.shape == (288, 384, 3)
    assert (canvas[0] == 114).all()
    raw = np.zeros((4 + len(CLASSES) + 32, 2), np.float32)
    centre = np.array([360, 202]) * fit.scale + [fit.left, fit.top]
    raw[:4, 0] = [*centre, 100 * fit.scale, 60 * fit.scale]
    raw[4 + 1, 0] = 0.8
    found = decode(raw, fit, len(CLASSES), 0.3)
    np.testing.assert_allclose(found.boxes, [[310, 172, 410, 232]], atol=0.01)
    assert found.classes.tolist() == [1]


def test_suppression_is_by_class() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 9]], np.float32)
    assert suppress(boxes, np.array([0.5, 0.9, 0.4], np.float32), np.array([0, 0, 1]), 0.5) == [1, 2]


def test_held_out_pictures_are_disjoint() -> None:
    chosen = recipe.load()
    assert not set(chosen.masks_test) & set(chosen.masks_val)
    assert len(chosen.masks_test) == 5


def test_a_recipe_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("seed = 1\n")
    with pytest.raises(RecipeError, match="not a recipe"):
        recipe.load(path)
    path.write_text(recipe.DEFAULT.read_text().replace("width = 384", "width = 380"))
    with pytest.raises(RecipeError, match="multiples of 32"):
        recipe.load(path)
