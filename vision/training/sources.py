"""From the sources in ../shared to one folder of pictures, segmentation labels and an index.

Splits go by picture or whole clip, never by frame: `pedestrian_on_paving` and the test masks are written
with split "test" and no trainer reads them.
"""

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from vision.training.errors import DataError
from vision.training.labels import (
    Instance,
    Polygon,
    box_polygon,
    filled,
    format_labels,
    ladder_between,
    mapped_class,
    mask_polygons,
    yellow_mask,
)
from vision.training.recipe import Recipe
from vision.types import Image, Mask, ObjectClass

TRAIN_CLIPS = ("curve_to_crossing", "kick_scooter_and_tree_shade")
TEST_CLIP = "pedestrian_on_paving"
KEYFRAMES = Path(__file__).with_name("keyframes.toml")
COCO_OURS = {
    0: ObjectClass.PERSON,
    1: ObjectClass.BICYCLE,
    2: ObjectClass.CAR,
    3: ObjectClass.MOTORCYCLE,
    5: ObjectClass.CAR,
    7: ObjectClass.CAR,
}
GUIDE_BLOCK_BGR = (0, 255, 255)  # FFFF00 of the masks
# how far colour may correct a hand-set outline, px of 720: the keyframes were read to about 5 px
KEYFRAME_SLACK_PX = 13
LONG_SIDE = 640


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: paths relative to the folder."""

    image: str
    label: str
    source: str
    split: str


class Teacher(Protocol):
    """Finds people and vehicles where a source names none."""

    def __call__(self, image: Image) -> list[Instance]:
        """Instances with rough polygons."""


class Writer:
    """Writes pictures, labels and the index."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.entries: list[Entry] = []

    def add(self, source: str, split: str, name: str, image: Image, instances: Sequence[Instance]) -> None:
        """Store one picture, its long side at most LONG_SIDE px."""
        folder = self.out / source
        folder.mkdir(parents=True, exist_ok=True)
        scale = LONG_SIDE / max(image.shape[:2])
        if scale < 1:
            image = np.asarray(
                cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
            )
        if not cv2.imwrite(str(folder / f"{name}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 92]):
            raise DataError(f"{folder / name}.jpg cannot be written: is the disk full?")
        (folder / f"{name}.txt").write_text(format_labels(instances))
        self.entries.append(Entry(f"{source}/{name}.jpg", f"{source}/{name}.txt", source, split))

    def close(self) -> None:
        """Write the index."""
        text = "".join(json.dumps(asdict(e)) + "\n" for e in self.entries)
        (self.out / "index.jsonl").write_text(text)


def read_image(path: Path) -> Image:
    """A BGR picture. Raises DataError."""
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise DataError(f"{path} is not a picture that OpenCV can read")
    return np.asarray(image, np.uint8)


def clip_frames(path: Path, step: int) -> Iterator[tuple[int, Image]]:
    """Every `step`-th frame of a clip. Raises DataError."""
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise DataError(f"{path} is not a video that OpenCV can read")
    index = 0
    while True:
        found, frame = capture.read()
        if not found:
            break
        if index % step == 0:
            yield index, np.asarray(frame, np.uint8)
        index += 1
    capture.release()


def add_masks(writer: Writer, vision: Path, recipe: Recipe, teacher: Teacher) -> None:
    """Human masks; people and vehicles by the teacher; test and val by the recipe's names."""
    for path in sorted((vision / "paving_masks/images").glob("*.jpg")):
        image, mask = read_image(path), read_image(vision / f"paving_masks/masks/{path.stem}.png")
        paving = (mask == GUIDE_BLOCK_BGR).all(2)
        split = (
            "test" if path.stem in recipe.masks_test else "val" if path.stem in recipe.masks_val else "train"
        )
        writer.add("masks", split, path.stem, image, _paving(paving) + teacher(image))


def add_clips(writer: Writer, vision: Path, recipe: Recipe, teacher: Teacher) -> None:
    """The two training clips: paving by colour, inside hand-set outlines where there are some."""
    keyframes = tomllib.loads(KEYFRAMES.read_text(encoding="utf-8"))
    for clip in TRAIN_CLIPS:
        hand = sorted(keyframes.get(clip, []), key=lambda k: int(k["frame"]))
        bad = keyframes["drop"].get(clip, [])
        for index, image in clip_frames(vision / f"walk_videos/{clip}.mp4", recipe.clip_step):
            if any(first <= index <= last for first, last in bad):
                continue
            paving = hand_and_colour(image, hand, index) if hand else yellow_mask(image)
            things = teacher(image) + hand_boxes(hand, index, image)
            paving &= ~filled(
                [i.polygon * image.shape[1::-1] for i in things], image.shape[1], image.shape[0]
            )
            writer.add("clips", "train", f"{clip}_{index:04d}", image, _paving(paving) + things)


def add_stations(writer: Writer, vision: Path, recipe: Recipe, teacher: Teacher) -> None:
    """Station photographs whose colour labels were seen to be right, and flights of steps without paving."""
    for stem in recipe.stations_clean + recipe.stations_none:
        image = read_image(vision / f"station_photos/{stem}.jpg")
        scale = LONG_SIDE / max(image.shape[:2])
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
        paving = [] if stem in recipe.stations_none else _paving(yellow_mask(image, 0.004))
        writer.add("stations", "train", stem, image, paving + teacher(image))


def hand_and_colour(image: Image, hand: Sequence[dict[str, Any]], index: int) -> Mask:
    """Paving at a frame: the hand-set outline of the nearest rows, corrected by colour near its edge."""
    height, width = image.shape[:2]
    before = max((k for k in hand if k["frame"] <= index), key=lambda k: int(k["frame"]))
    after = min((k for k in hand if k["frame"] >= index), key=lambda k: int(k["frame"]), default=before)
    span = max(1, after["frame"] - before["frame"])
    share = (index - before["frame"]) / span
    near = before if share < 0.5 else after
    line = filled([ladder_between(before["line"], after["line"], share, height)], width, height)
    areas = filled([np.array(a, np.float32) for a in near["areas"]], width, height)
    colour = yellow_mask(image, 0.0005)
    core = cv2.erode(line.astype(np.uint8), _disc(KEYFRAME_SLACK_PX // 2)) > 0
    around_line = cv2.dilate(line.astype(np.uint8), _disc(KEYFRAME_SLACK_PX // 2)) > 0
    around_areas = cv2.dilate(areas.astype(np.uint8), _disc(KEYFRAME_SLACK_PX * 2)) > 0
    if index == near["frame"]:
        return line | areas
    return core | (colour & (around_line | around_areas))


def hand_boxes(hand: Sequence[dict[str, Any]], index: int, image: Image) -> list[Instance]:
    """Boxes interpolated between keyframes that both have a box of the class."""
    height, width = image.shape[:2]
    for before, after in pairwise(hand):
        if before["frame"] <= index <= after["frame"]:
            share = (index - before["frame"]) / (after["frame"] - before["frame"])
            ends = {b[0]: b[1:] for b in after["boxes"]}
            pairs = [(b[0], b[1:], ends[b[0]]) for b in before["boxes"] if b[0] in ends]
            return [
                Instance(
                    ObjectClass(name), _scaled(np.array(a) * (1 - share) + np.array(b) * share, width, height)
                )
                for name, a, b in pairs
            ]
    return []


def add_blindwalk(writer: Writer, vision: Path, recipe: Recipe) -> None:
    """Boxes of 21 classes mapped by the recipe; every fifth picture for test, every tenth for val."""
    folder = vision / "blindwalk21"
    names = (folder / "classes.txt").read_text().splitlines()
    for number, path in enumerate(sorted((folder / "images").iterdir())):
        boxes = _yolo_boxes(folder / f"labels/{path.stem}.txt")
        mapped = [(mapped_class(names[c], b[3] / b[2], recipe.blindwalk), b) for c, b in boxes]
        image = read_image(path)
        pixel = [(cls, b) for cls, b in mapped if cls]
        split = "test" if number % 5 == 3 else "val" if number % 10 == 0 else "train"
        writer.add("blindwalk", split, path.stem, image, [Instance(c, _centred(b)) for c, b in pixel])


def add_coco(writer: Writer, vision: Path) -> None:
    """People and vehicles. The start weights have seen train2017: test and val are of val2017 only."""
    folder = vision / "coco"
    for number, path in enumerate(sorted((folder / "images").glob("*.jpg"))):
        boxes = _yolo_boxes(folder / f"labels/{path.stem}.txt")
        things = [Instance(COCO_OURS[c], _centred(b)) for c, b in boxes if c in COCO_OURS]
        fresh = int(path.stem) > 650 or int(path.stem) in (139, 285, 632)
        split = "train" if not fresh else "val" if number % 3 == 0 else "test"
        writer.add("coco", split, path.stem, read_image(path), things)


def add_scenes(writer: Writer, scenes: Path) -> None:
    """Rendered scenes as `vision.scenes.dataset` writes them; one in ten for val, one in ten for test."""
    for number, path in enumerate(sorted((scenes / "images").glob("*.jpg"))):
        label = scenes / f"labels/{path.stem}.txt"
        from_text = label.read_text() if label.is_file() else ""
        split = {3: "val", 7: "test"}.get(number % 10, "train")
        folder = writer.out / "scenes"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{scenes.name}_{path.stem}"
        (folder / f"{name}.jpg").write_bytes(path.read_bytes())
        (folder / f"{name}.txt").write_text(from_text)
        writer.entries.append(Entry(f"scenes/{name}.jpg", f"scenes/{name}.txt", "scenes", split))


def _paving(mask: Mask) -> list[Instance]:
    return [Instance(ObjectClass.PAVING, p) for p in mask_polygons(mask)]


def _disc(radius: int) -> Image:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _yolo_boxes(path: Path) -> list[tuple[int, tuple[float, float, float, float]]]:
    if not path.is_file():
        return []
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return [(int(r[0]), (float(r[1]), float(r[2]), float(r[3]), float(r[4]))) for r in rows]


def _centred(box: tuple[float, float, float, float]) -> Polygon:
    x, y, w, h = box
    return box_polygon(x - w / 2, y - h / 2, x + w / 2, y + h / 2)


def _scaled(box: npt.NDArray[np.float64], width: int, height: int) -> Polygon:
    x1, y1, x2, y2 = (box / np.array([width, height] * 2)).tolist()
    return box_polygon(x1, y1, x2, y2)
