"""Training samples: pictures in memory, drawn by source weight, changed at random, in the network's shape."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision.training.decode import PAD
from vision.training.errors import DataError
from vision.training.labels import CLASSES, Instance, parse_labels
from vision.training.recipe import Augment, Recipe
from vision.types import Image, ObjectClass

PASTE_FROM = "scenes"  # the source whose outlines are exact
MASK_STRIDE = 4  # of the network's prototypes
LEAST_BOX_PX = 4
LEAST_VISIBLE = 0.12  # share of a thing left in the picture below which it is not labelled

Affine = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture with its labels; `known` has one 0/1 per class."""

    image: Image
    instances: tuple[Instance, ...]
    known: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What the network gets: canvas, class ids, boxes (x, y, w, h in 0..1) and the index mask at 1/4 size."""

    canvas: Image
    classes: npt.NDArray[np.float32]
    boxes: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8]
    known: npt.NDArray[np.float32]


@dataclass(slots=True, eq=False)
class Pool:
    """The samples of one split by source."""

    samples: dict[str, list[Sample]]
    weights: dict[str, float]

    def draw(self, rng: np.random.Generator) -> Sample:
        """One sample: the source by weight, the picture evenly."""
        names = list(self.samples)
        share = np.array([self.weights[n] for n in names])
        source = self.samples[names[int(rng.choice(len(names), p=share / share.sum()))]]
        return source[int(rng.integers(len(source)))]


def load_pool(folder: Path, split: str, recipe: Recipe) -> Pool:
    """All samples of a split. Raises DataError where the index or a file is missing."""
    index = folder / "index.jsonl"
    if not index.is_file():
        raise DataError(f"{index} is missing: run `python -m vision.training prepare` first")
    samples: dict[str, list[Sample]] = {}
    for line in index.read_text().splitlines():
        entry = json.loads(line)
        if entry["split"] == split and entry["source"] in recipe.sources:
            known = recipe.sources[entry["source"]].known
            samples.setdefault(entry["source"], []).append(_read(folder, entry, known))
    if not samples:
        raise DataError(f"{index} has no {split} pictures")
    return Pool(samples, {n: recipe.sources[n].weight for n in samples})


def _read(folder: Path, entry: dict[str, str], known: Sequence[str]) -> Sample:
    image = cv2.imread(str(folder / entry["image"]))
    if image is None:
        raise DataError(f"{folder / entry['image']} is not a picture")
    instances = parse_labels((folder / entry["label"]).read_text(), entry["label"])
    bits = np.array([c in known for c in CLASSES], np.float32)
    return Sample(np.asarray(image, np.uint8), tuple(instances), bits)


def example(pool: Pool, recipe: Recipe, rng: np.random.Generator) -> Example:
    """One training example: a mosaic, a plain letterboxed picture, or one freely scaled and turned."""
    size, how, roll = (recipe.width, recipe.height), recipe.augment, rng.random()
    canvas = np.full((size[1], size[0], 3), PAD, np.uint8)
    if roll < how.mosaic:
        parts = [(pool.draw(rng), window) for window in mosaic_windows(size, rng)]
    else:
        parts = [(pool.draw(rng), (0, 0, *size))]
    placed: list[tuple[int, npt.NDArray[np.uint8]]] = []
    for sample, window in parts:
        if roll >= 1 - how.plain:
            matrix = plain_affine(sample.image, window, rng.random() < 0.5)
        else:
            matrix = random_affine(sample.image, window, how, rng)
        placed += place(canvas, sample, window, matrix)
    if PASTE_FROM in pool.samples and rng.random() < how.paste:
        own = pool.samples[PASTE_FROM]
        placed = paste(canvas, placed, own[int(rng.integers(len(own)))], rng)
    known = np.min([s.known for s, _ in parts], axis=0)
    return _finish(recolour(canvas, how, rng), placed, known)


def mosaic_windows(size: tuple[int, int], rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Four windows (x1, y1, x2, y2) that share a random corner point."""
    w, h = size
    x, y = int(rng.uniform(0.3, 0.7) * w), int(rng.uniform(0.3, 0.7) * h)
    return [(0, 0, x, y), (x, 0, w, y), (0, y, x, h), (x, y, w, h)]


def plain_affine(image: Image, window: tuple[int, int, int, int], flip: bool) -> Affine:
    """The run-time letterbox, mirrored or not."""
    h, w = image.shape[:2]
    x1, y1, x2, y2 = window
    scale = min((x2 - x1) / w, (y2 - y1) / h)
    sx = -scale if flip else scale
    cx, cy = (x1 + x2) / 2, (y1 + y2) / 2
    return np.array([[sx, 0, cx - sx * w / 2], [0, scale, cy - scale * h / 2]], np.float64)


def random_affine(
    image: Image, window: tuple[int, int, int, int], how: Augment, rng: np.random.Generator
) -> Affine:
    """Scale, turn, mirror and shift; large scales cut people at the waist, as a downward camera does."""
    h, w = image.shape[:2]
    x1, y1, x2, y2 = window
    # between fitting and covering the window
    fit = np.sqrt((x2 - x1) * (y2 - y1) / (w * h)) * np.exp(rng.uniform(*np.log(how.scale)))
    stretch = np.exp(rng.uniform(-0.12, 0.12))
    angle = np.deg2rad(rng.uniform(-how.rotate_deg, how.rotate_deg))
    sx = fit * stretch * (-1 if rng.random() < 0.5 else 1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.diag([sx, fit / stretch])
    # the picture's centre may wander as far as the window still shows half of the smaller of the two
    slack = np.abs(np.array([w * fit - (x2 - x1), h * fit - (y2 - y1)])) / 2
    centre = np.array([x1 + x2, y1 + y2]) / 2 + rng.uniform(-1, 1, 2) * (slack + 12)
    return np.hstack([linear, (centre - linear @ np.array([w / 2, h / 2]))[:, None]])


def place(
    canvas: Image, sample: Sample, window: tuple[int, int, int, int], matrix: Affine
) -> list[tuple[int, npt.NDArray[np.uint8]]]:
    """Paint the sample into the window; returns class id and full-size mask of what is still to be seen."""
    x1, y1, x2, y2 = window
    height, width = canvas.shape[:2]
    warped = cv2.warpAffine(
        sample.image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(PAD, PAD, PAD)
    )
    canvas[y1:y2, x1:x2] = warped[y1:y2, x1:x2]
    found = []
    scale = np.array(sample.image.shape[1::-1], np.float64)
    for instance in sample.instances:
        points = (instance.polygon * scale) @ matrix[:, :2].T + matrix[:, 2]
        whole = cv2.contourArea(points.astype(np.float32))
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1)
        mask[:y1], mask[y2:], mask[:, :x1], mask[:, x2:] = 0, 0, 0, 0
        if mask.sum() >= LEAST_VISIBLE * max(whole, 1):
            found.append((CLASSES.index(instance.cls), mask))
    return found


def paste(
    canvas: Image,
    placed: list[tuple[int, npt.NDArray[np.uint8]]],
    sample: Sample,
    rng: np.random.Generator,
) -> list[tuple[int, npt.NDArray[np.uint8]]]:
    """Cut one whole thing out of an exactly labelled sample and stand it in the canvas, over what is there.

    It teaches things on real ground that no photograph here shows, and paving interrupted by them.
    """
    height, width = canvas.shape[:2]
    size = np.array(sample.image.shape[1::-1], np.float64)
    whole = [i for i in sample.instances if i.cls is not ObjectClass.PAVING and _whole(i)]
    if not whole:
        return placed
    chosen = whole[int(rng.integers(len(whole)))]
    points = chosen.polygon * size
    (left, top), (right, bottom) = points.min(0), points.max(0)
    scale = min(3.0, height * np.exp(rng.uniform(np.log(0.15), np.log(1.3))) / (bottom - top))
    sx = scale * (-1 if rng.random() < 0.5 else 1)
    foot = np.array([rng.uniform(0.05, 0.95) * width, rng.uniform(0.3, 1.1) * height])
    shift = foot - np.array([sx * (left + right) / 2, scale * bottom])
    matrix = np.array([[sx, 0, shift[0]], [0, scale, shift[1]]])
    cut = np.zeros((height, width), np.uint8)
    cv2.fillPoly(cut, [np.round(points @ matrix[:, :2].T + matrix[:, 2]).astype(np.int32)], 1)
    warped = cv2.warpAffine(sample.image, matrix, (width, height), flags=cv2.INTER_AREA)
    canvas[cut > 0] = warped[cut > 0]
    left_over = [(cls, mask * (1 - cut), int(mask.sum())) for cls, mask in placed]
    kept = [(cls, mask) for cls, mask, before in left_over if mask.sum() >= LEAST_VISIBLE * max(before, 1)]
    return [*kept, (CLASSES.index(chosen.cls), cut)]


def _whole(instance: Instance) -> bool:
    """Large enough to be cut out, and not itself cut off at a side or the bottom of its picture."""
    (x1, y1), (x2, y2) = instance.polygon.min(0), instance.polygon.max(0)
    box = (x2 - x1) * (y2 - y1)
    filled = cv2.contourArea(instance.polygon) / max(float(box), 1e-6)  # a mere part of a thing is ragged
    return bool(x1 > 0.005 and x2 < 0.995 and y2 < 0.995 and box > 0.004 and filled > 0.25)


def recolour(canvas: Image, how: Augment, rng: np.random.Generator) -> Image:
    """Light, colour, cast shadows and blur."""
    gains = 1 + rng.uniform(-1, 1, 3) * np.array([how.hue, how.saturation, how.value])
    hue, saturation, value = cv2.split(cv2.cvtColor(canvas, cv2.COLOR_BGR2HSV))
    ramp = np.arange(256)
    tables = [(ramp * gains[0]) % 180, (ramp * gains[1]).clip(0, 255), (ramp * gains[2]).clip(0, 255)]
    parts = [cv2.LUT(c, t.astype(np.uint8)) for c, t in zip((hue, saturation, value), tables, strict=True)]
    out = np.asarray(cv2.cvtColor(cv2.merge(parts), cv2.COLOR_HSV2BGR), np.uint8)
    if rng.random() < how.shadow:
        out = shaded(out, rng)
    if rng.random() < how.blur:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.4)), np.uint8)
    return out


def shaded(image: Image, rng: np.random.Generator) -> Image:
    """Blotches of shade with soft edges, like those of a tree."""
    height, width = image.shape[:2]
    coarse = rng.random((int(rng.integers(3, 14)), int(rng.integers(3, 14)))).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    dark, edge = rng.uniform(0.35, 0.75), rng.uniform(0.02, 0.15)
    lit = 1 / (1 + np.exp(-(field - rng.uniform(0.35, 0.65)) / edge))
    return np.asarray(image * (dark + (1 - dark) * lit)[..., None], np.uint8)


def _finish(
    canvas: Image, placed: list[tuple[int, npt.NDArray[np.uint8]]], known: npt.NDArray[np.float32]
) -> Example:
    """Boxes from what is visible; the index mask with smaller things over larger ones."""
    height, width = canvas.shape[:2]
    mask = np.zeros((height // MASK_STRIDE, width // MASK_STRIDE), np.uint8)
    classes: list[int] = []
    boxes: list[list[float]] = []
    for cls, whole in sorted(placed, key=lambda p: -int(p[1].sum())):
        x, y, w, h = cv2.boundingRect(whole)
        if w < LEAST_BOX_PX or h < LEAST_BOX_PX or len(classes) == 255:
            continue
        classes.append(cls)
        boxes.append([(x + w / 2) / width, (y + h / 2) / height, w / width, h / height])
        centre = MASK_STRIDE // 2
        mask[whole[centre::MASK_STRIDE, centre::MASK_STRIDE] > 0] = len(classes)
    return Example(
        canvas, np.array(classes, np.float32), np.array(boxes, np.float32).reshape(-1, 4), mask, known
    )
