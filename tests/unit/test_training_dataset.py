"""Augmentation keeps labels on their things and surfaces on their pixels."""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.training import dataset, recipe
from vision.training.errors import DataError, RecipeError
from vision.training.labels import (
    CLASSES,
    NONE,
    PAVING,
    UNSURE,
    WARNING,
    Instance,
    box_polygon,
    format_labels,
)
from vision.types import ObjectClass

RED_BGR, YELLOW_BGR = (0, 0, 255), (0, 200, 255)


def sample() -> dataset.Sample:
    """A red box, labelled as a sign, above a yellow band of paving on grey."""
    image = np.full((360, 640, 3), 120, np.uint8)
    cv2.rectangle(image, (160, 90), (319, 269), RED_BGR, -1)
    cv2.rectangle(image, (0, 290), (639, 339), YELLOW_BGR, -1)
    surfaces = np.zeros((360, 640), np.uint8)
    surfaces[290:340] = PAVING
    sign = Instance(
        ObjectClass.SIGN, np.array([[0.25, 0.25], [0.5, 0.25], [0.5, 0.75], [0.25, 0.75]], np.float32)
    )
    return dataset.Sample(image, surfaces, (sign,), dataset.known_classes("all"), (True, True), real=False)


def pool() -> dataset.Pool:
    return dataset.Pool({"scenes": [sample()]}, {"scenes": 1.0})


def unlit(chosen: recipe.Recipe) -> recipe.Recipe:
    """The recipe without what changes colours, so that they tell what is where."""
    how = dataclasses.replace(chosen.augment, night=0, glare=0, grey=0, blur=0, shadow=0, hue=0, cast=0)
    return dataclasses.replace(chosen, augment=how)


@pytest.mark.parametrize("seed", range(16))
def test_boxes_and_surfaces_stay_on_what_they_name(seed: int) -> None:
    whole = recipe.load()
    chosen = unlit(whole.at(whole.stages[0]))
    made = dataset.example(pool(), chosen, np.random.default_rng(seed))
    assert made.canvas.shape == (288, 384, 3)
    assert made.surfaces.shape == (72, 96)
    hue, saturation, _ = cv2.split(cv2.cvtColor(made.canvas, cv2.COLOR_BGR2HSV))
    yellow = ((saturation > 80) & (hue > 14) & (hue < 32))[2::4, 2::4]
    paving = made.surfaces == PAVING
    assert (yellow & paving).sum() >= 0.9 * paving.sum()
    red = (saturation > 80) & ((hue < 8) | (hue > 172))
    for x, y, w, h in made.boxes:
        assert x - w / 2 + 1e-6 >= 0
        assert y + h / 2 <= 1 + 1e-6
        inside = red[
            int((y - h / 2) * 288) : int((y + h / 2) * 288), int((x - w / 2) * 384) : int((x + w / 2) * 384)
        ]
        assert inside.mean() > 0.5


def test_a_pasted_thing_hides_the_paving_below_it() -> None:
    canvas, surfaces = np.full((288, 384, 3), 120, np.uint8), np.full((288, 384), PAVING, np.uint8)
    placed = dataset.paste(canvas, surfaces, [], sample(), np.random.default_rng(3))
    (thing,) = placed
    assert CLASSES[thing.cls] is ObjectClass.SIGN
    x1, y1, x2, y2 = (int(v) for v in thing.box)
    assert (surfaces[y1 + 2 : y2 - 2, x1 + 2 : x2 - 2] == NONE).mean() > 0.9
    assert (surfaces == PAVING).any()


def test_same_seed_same_example() -> None:
    chosen = recipe.load()
    first, second = (dataset.example(pool(), chosen, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first.canvas, second.canvas)
    np.testing.assert_array_equal(first.boxes, second.boxes)
    np.testing.assert_array_equal(first.surfaces, second.surfaces)


def test_what_is_not_known_is_not_taught() -> None:
    assert dataset.known_classes("some").sum() == 0
    coco = dataset.known_classes("coco")
    assert coco[CLASSES.index(ObjectClass.PERSON)] == 1
    assert coco[CLASSES.index(ObjectClass.POLE)] == 0
    assert dataset.known_classes("all")[CLASSES.index(ObjectClass.PAVING)] == 0
    with pytest.raises(DataError, match="all, coco or some"):
        dataset.known_classes("every")


def entry(tmp_path: Path, name: str, split: str, source: str = "coco") -> dict[str, object]:
    cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.zeros((20, 20, 3), np.uint8))
    mask = np.array([[NONE, PAVING], [WARNING, UNSURE]], np.uint8)
    cv2.imwrite(str(tmp_path / f"{name}.png"), cv2.resize(mask, (20, 20), interpolation=cv2.INTER_NEAREST))
    polygon = box_polygon(0.1, 0.1, 0.9, 0.9)
    (tmp_path / f"{name}.txt").write_text(format_labels([Instance(ObjectClass.CAR, polygon)]))
    return {
        "image": f"{name}.jpg", "outlines": f"{name}.txt", "surfaces": f"{name}.png", "source": source,
        "split": split, "scene": name, "things": "coco", "paving_known": True, "warning_known": False,
    }  # fmt: skip


def test_a_pool_holds_only_its_split(tmp_path: Path) -> None:
    rows = [entry(tmp_path, "00001", "train"), entry(tmp_path, "00002", "test")]
    (tmp_path / "index.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    found = dataset.load_pool(tmp_path, "train", recipe.load())
    ((only,),) = found.samples.values()
    assert set(np.unique(only.surfaces).tolist()) == {NONE, PAVING, WARNING, UNSURE}
    assert only.surfaces_known == (True, False)
    with pytest.raises(DataError, match="no val pictures"):
        dataset.load_pool(tmp_path, "val", recipe.load())


def test_a_fold_holds_out_its_part_and_trains_on_the_rest(tmp_path: Path) -> None:
    folds = recipe.Folds("paving_masks", 4)
    chosen = dataclasses.replace(recipe.load(), folds=folds)
    rows = [
        {"image": f"paving_masks/{n:05d}.jpg", "source": "paving_masks", "split": "test"} for n in range(16)
    ]
    assert {chosen.split_of(r) for r in rows} == {"train"}
    assert {dataclasses.replace(chosen, folds=None).split_of(r) for r in rows} == {"test"}
    seen: list[int] = []
    for k in range(4):
        part = dataclasses.replace(chosen, folds=dataclasses.replace(folds, held_out=k))
        held = [n for n, r in enumerate(rows) if part.split_of(r) == "test"]
        assert len(held) == 4
        seen += held
    assert sorted(seen) == list(range(16))
    assert part.split_of({"image": "coco/00003.jpg", "source": "coco", "split": "test"}) == "test"


def test_data_not_prepared_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="prepare"):
        dataset.load_pool(tmp_path, "train", recipe.load())


def test_a_recipe_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("seed = 1\n")
    with pytest.raises(RecipeError, match="not a recipe"):
        recipe.load(path)
    path.write_text(recipe.DEFAULT.read_text().replace("width = 512", "width = 510"))
    with pytest.raises(RecipeError, match="multiples of 32"):
        recipe.load(path)
