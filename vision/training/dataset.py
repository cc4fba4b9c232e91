"""Training samples: pictures in memory, drawn by source weight, changed at random, in the network's shape."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision.training.affine import Affine, mosaic_windows, moved, plain_affine, random_affine
from vision.training.errors import DataError
from vision.training.labels import CLASSES, NONE, UNSURE, Instance, parse_labels
from vision.training.recipe import Recipe
from vision.training.recolour import recolour
from vision.types import SURFACES, Image, ObjectClass

PAD = 114
PASTE_FROM = "scenes"  # the source whose outlines are exact
STRIDE = 4  # of the surface logits
LEAST_BOX_PX = 4
LEAST_VISIBLE = 0.15  # share of a box left in the picture below which it is not labelled

Window = tuple[int, int, int, int]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture with its labels. `known`: one 0/1 per class; `surfaces_known`: guide and warning blocks."""

    image: Image
    surfaces: Image
    instances: tuple[Instance, ...]
    known: Flags
    surfaces_known: tuple[bool, bool]
    real: bool


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What the network gets: canvas, class ids, boxes (x, y, w, h in 0..1), surface index at 1/4 size."""

    canvas: Image
    classes: Floats
    boxes: Floats
    surfaces: Image
    known: Flags
    surfaces_known: npt.NDArray[np.float32]
    real: bool


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


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A thing on the canvas: class id, outline in pixels, box in pixels."""

    cls: int
    outline: npt.NDArray[np.float64]
    box: tuple[float, float, float, float]


def load_pool(folder: Path, split: str, recipe: Recipe) -> Pool:
    """All samples of a split. Raises DataError where the index or a file is missing."""
    index = folder / "index.jsonl"
    if not index.is_file():
        raise DataError(f"{index} is missing: run `shirube vision train --prepare-only` first")
    samples: dict[str, list[Sample]] = {}
    for line in index.read_text().splitlines():
        entry = json.loads(line)
        if recipe.split_of(entry) == split and entry["source"] in recipe.sources:
            samples.setdefault(entry["source"], []).append(_read(folder, entry))
    if not samples:
        raise DataError(f"{index} has no {split} pictures")
    return Pool(samples, {n: recipe.sources[n] for n in samples})


def _read(folder: Path, entry: dict[str, str]) -> Sample:
    image = cv2.imread(str(folder / entry["image"]))
    surfaces = cv2.imread(str(folder / entry["surfaces"]), cv2.IMREAD_GRAYSCALE)
    if image is None or surfaces is None:
        raise DataError(f"{folder / entry['image']} or its surfaces cannot be read")
    return Sample(
        np.asarray(image, np.uint8),
        np.asarray(surfaces, np.uint8),
        tuple(parse_labels((folder / entry["outlines"]).read_text(), entry["outlines"])),
        known_classes(entry["things"]),
        (bool(entry["paving_known"]), bool(entry["paving_known"] and entry["warning_known"])),
        entry["source"] != PASTE_FROM,
    )


# What COCO names and, where it is there, labels.
_COCO_KNOWN = frozenset({
    ObjectClass.PERSON, ObjectClass.BICYCLE, ObjectClass.CAR, ObjectClass.MOTORCYCLE, ObjectClass.BUS,
    ObjectClass.TRUCK, ObjectClass.BENCH, ObjectClass.DOG, ObjectClass.PLANTER,
})  # fmt: skip


def known_classes(things: str) -> Flags:
    """One 0/1 per class for what an index entry's `things` says. Surfaces are not boxed: always 0."""
    if things == "all":
        bits = [c not in SURFACES for c in CLASSES]
    elif things == "coco":
        bits = [c in _COCO_KNOWN for c in CLASSES]
    elif things == "some":
        bits = [False] * len(CLASSES)
    else:
        raise DataError(f"things {things!r}: all, coco or some")
    return np.array(bits, np.float32)


def example(pool: Pool, recipe: Recipe, rng: np.random.Generator) -> Example:
    """One training example: a mosaic, a plain letterboxed picture, or one freely scaled and turned."""
    size, how, roll = (recipe.width, recipe.height), recipe.augment, rng.random()
    canvas = np.full((size[1], size[0], 3), PAD, np.uint8)
    surfaces = np.zeros((size[1], size[0]), np.uint8)
    if roll < how.mosaic:
        parts: list[tuple[Sample, Window]] = [(pool.draw(rng), w) for w in mosaic_windows(size, rng)]
    else:
        parts = [(pool.draw(rng), (0, 0, *size))]
    placed: list[Placed] = []
    for sample, window in parts:
        picture_size = (sample.image.shape[1], sample.image.shape[0])
        if roll >= 1 - how.plain:
            matrix = plain_affine(picture_size, window, rng.random() < 0.5)
        else:
            matrix = random_affine(picture_size, window, how, rng)
        placed += place(canvas, surfaces, sample, window, matrix)
    if PASTE_FROM in pool.samples and rng.random() < how.paste:
        own = pool.samples[PASTE_FROM]
        for _ in range(int(rng.integers(1, 3))):
            placed = paste(canvas, surfaces, placed, own[int(rng.integers(len(own)))], rng)
    known = np.min([s.known for s, _ in parts], axis=0)
    both = np.min([np.array(s.surfaces_known, np.float32) for s, _ in parts], axis=0)
    return _finish(recolour(canvas, how, rng), surfaces, placed, known, both, all(s.real for s, _ in parts))


def place(canvas: Image, surfaces: Image, sample: Sample, window: Window, matrix: Affine) -> list[Placed]:
    """Paint the sample and its surfaces into the window; returns the things of which enough is to be seen."""
    x1, y1, x2, y2 = window
    shifted = matrix - np.array([[0, 0, x1], [0, 0, y1]])
    area = (x2 - x1, y2 - y1)
    canvas[y1:y2, x1:x2] = cv2.warpAffine(
        sample.image, shifted, area, flags=cv2.INTER_LINEAR, borderValue=(PAD, PAD, PAD)
    )
    surfaces[y1:y2, x1:x2] = cv2.warpAffine(
        sample.surfaces, shifted, area, flags=cv2.INTER_NEAREST, borderValue=(NONE,)
    )
    scale = np.array(sample.image.shape[1::-1], np.float64)
    found = []
    for instance in sample.instances:
        outline = moved(instance.polygon * scale, matrix)
        thing = _clipped(CLASSES.index(instance.cls), outline, window)
        if thing:
            found.append(thing)
    return found


def _clipped(cls: int, outline: npt.NDArray[np.float64], window: Window) -> Placed | None:
    low, high = outline.min(0), outline.max(0)
    inner_low = np.maximum(low, window[:2])
    inner_high = np.minimum(high, window[2:])
    wide, tall = inner_high - inner_low
    if wide < LEAST_BOX_PX or tall < LEAST_BOX_PX:
        return None
    if wide * tall < LEAST_VISIBLE * max(float(np.prod(high - low)), 1.0):
        return None
    inside = outline.clip(np.array(window[:2]), np.array(window[2:]))
    return Placed(cls, inside, (*inner_low.tolist(), *inner_high.tolist()))


def paste(
    canvas: Image, surfaces: Image, placed: list[Placed], sample: Sample, rng: np.random.Generator
) -> list[Placed]:
    """Cut one whole thing out of an exactly labelled sample and stand it in the canvas, over what is there.

    It teaches things on real ground that no photograph here shows: half of them are stood on paving, where
    the canvas has some.
    """
    height, width = canvas.shape[:2]
    whole = [i for i in sample.instances if _whole(i)]
    if not whole:
        return placed
    chosen = whole[int(rng.integers(len(whole)))]
    points = chosen.polygon * np.array(sample.image.shape[1::-1], np.float64)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    scale = min(3.0, height * np.exp(rng.uniform(np.log(0.15), np.log(1.2))) / (bottom - top))
    sx = scale * (-1 if rng.random() < 0.5 else 1)
    foot = _foot(surfaces, rng)
    shift = foot - np.array([sx * (left + right) / 2, scale * bottom])
    matrix = np.array([[sx, 0, shift[0]], [0, scale, shift[1]]])
    thing = _clipped(CLASSES.index(chosen.cls), moved(points, matrix), (0, 0, width, height))
    if thing is None:
        return placed
    cut = np.zeros((height, width), np.uint8)
    cv2.fillPoly(cut, [np.round(moved(points, matrix)).astype(np.int32)], 1)
    warped = cv2.warpAffine(sample.image, matrix, (width, height), flags=cv2.INTER_AREA)
    canvas[cut > 0] = warped[cut > 0]
    surfaces[cut > 0] = NONE
    kept = [p for p in placed if _left_over(p, cut) >= LEAST_VISIBLE]
    return [*kept, thing]


def _foot(surfaces: Image, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    height, width = surfaces.shape
    if rng.random() < 0.5:
        y, x = np.nonzero((surfaces[::4, ::4] > NONE) & (surfaces[::4, ::4] != UNSURE))
        if len(x):
            k = int(rng.integers(len(x)))
            return np.array([x[k] * 4.0 + rng.normal(0, 6), y[k] * 4.0])
    return np.array([rng.uniform(0.05, 0.95) * width, rng.uniform(0.3, 1.1) * height])


def _left_over(thing: Placed, cut: Image) -> float:
    """The share of a thing's box that a pasted thing leaves to be seen."""
    x1, y1, x2, y2 = (int(v) for v in thing.box)
    return 1.0 - float(cut[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)].mean())


def _whole(instance: Instance) -> bool:
    """Large enough to be cut out, and not itself cut off at a side or the bottom of its picture."""
    (x1, y1), (x2, y2) = instance.polygon.min(0), instance.polygon.max(0)
    box = (x2 - x1) * (y2 - y1)
    filled = cv2.contourArea(instance.polygon) / max(float(box), 1e-6)  # a mere part of a thing is ragged
    flat = instance.cls in (ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE, ObjectClass.OVERHEAD)
    return bool(not flat and x1 > 0.005 and x2 < 0.995 and y2 < 0.995 and box > 0.004 and filled > 0.25)


def _finish(
    canvas: Image, surfaces: Image, placed: list[Placed], known: Flags, surfaces_known: Flags, real: bool
) -> Example:
    height, width = canvas.shape[:2]
    boxes = np.array([p.box for p in placed], np.float32).reshape(-1, 4) / np.array([width, height] * 2)
    middle, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    centre = STRIDE // 2
    return Example(
        canvas,
        np.array([p.cls for p in placed], np.float32),
        np.concatenate([middle, size], 1).astype(np.float32),
        np.ascontiguousarray(surfaces[centre::STRIDE, centre::STRIDE]),
        known,
        surfaces_known,
        real,
    )
