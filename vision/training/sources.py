"""From labelled pictures to one folder of training pictures, outlines, surface masks and an index.

Splits go by scene or whole clip, as the records say: what a record calls "test" is written with that
split, and no trainer reads it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from vision.labelling.records import REAL, Record, read_records, sha256_of
from vision.training.errors import DataError
from vision.training.labels import (
    NONE,
    PAVING,
    WARNING,
    Instance,
    box_polygon,
    format_labels,
    parse_labels,
    surface_mask,
)
from vision.types import Image, ObjectClass

MASK_SOURCE = "paving_masks"
COCO_OURS = {
    0: ObjectClass.PERSON,
    1: ObjectClass.BICYCLE,
    2: ObjectClass.CAR,
    3: ObjectClass.MOTORCYCLE,
    5: ObjectClass.BUS,
    7: ObjectClass.TRUCK,
    10: ObjectClass.OBSTACLE,  # fire hydrant
    12: ObjectClass.OBSTACLE,  # parking meter
    13: ObjectClass.BENCH,
    15: ObjectClass.OBSTACLE,  # cat
    16: ObjectClass.DOG,
    28: ObjectClass.BOX,  # suitcase
    56: ObjectClass.BENCH,  # chair
    58: ObjectClass.PLANTER,  # potted plant
}
# train2017 here is below or among these numbers; the start weights have seen it, so it may be trained on.
COCO_TRAIN_UP_TO, COCO_VAL_BELOW = 650, (139, 285, 632)
GUIDE_BLOCK_BGR, WARNING_BGR = (0, 255, 255), (0, 192, 255)  # FFFF00, FFC000
LONG_SIDE = 640


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: paths relative to the folder; what is known of the picture.

    `things`: "all" where what is not labelled is not there, "coco" where that holds for COCO's classes,
    "some" where it never holds.
    """

    image: str
    outlines: str
    surfaces: str
    source: str
    split: str
    scene: str
    things: str
    paving_known: bool
    warning_known: bool


class Writer:
    """Writes pictures, labels and the index."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.entries: list[Entry] = []

    def add(
        self, entry: tuple[str, str, str], image: Image, surfaces: Image, things: Sequence[Instance],
        known: str, paving_known: bool = True, warning_known: bool = True,
    ) -> None:  # fmt: skip
        """Store one picture, its long side at most LONG_SIDE px; `entry`: source, split, scene."""
        source, split, scene = entry
        folder = self.out / source
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{len(self.entries):05d}"
        scale = LONG_SIDE / max(image.shape[:2])
        if scale < 1:
            image = np.asarray(
                cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
            )
            surfaces = np.asarray(
                cv2.resize(surfaces, image.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8
            )
        paths = [f"{source}/{name}{end}" for end in (".jpg", ".txt", ".png")]
        written = cv2.imwrite(str(self.out / paths[0]), image, [cv2.IMWRITE_JPEG_QUALITY, 93])
        if not (written and cv2.imwrite(str(self.out / paths[2]), surfaces)):
            raise DataError(f"{self.out / paths[0]} cannot be written: is the disk full?")
        (self.out / paths[1]).write_text(format_labels(things))
        image_at, outlines_at, surfaces_at = paths
        self.entries.append(
            Entry(
                image_at, outlines_at, surfaces_at, source, split, scene, known, paving_known, warning_known
            )
        )

    def close(self) -> None:
        """Write the index."""
        text = "".join(json.dumps(asdict(e)) + "\n" for e in self.entries)
        (self.out / "index.jsonl").write_text(text)


def read_image(path: Path, flag: int = cv2.IMREAD_COLOR) -> Image:
    """A BGR picture. Raises DataError."""
    image = cv2.imread(str(path), flag)
    if image is None:
        raise DataError(f"{path} is not a picture that OpenCV can read")
    return np.asarray(image, np.uint8)


def add_real(writer: Writer, vision: Path, say: Callable[[str], None]) -> None:
    """All labelled real pictures below `vision`; those that are not there are counted and told."""
    missing = 0
    for file in sorted(REAL.glob("*.jsonl")):
        by_picture: dict[str, list[Record]] = {}
        for record in read_records(file):
            by_picture.setdefault(f"{record.source}/{record.file}", []).append(record)
        for name, records in by_picture.items():
            path = vision / name
            if not path.is_file() or sha256_of(path) != records[0].sha256:
                missing += len(records)
                continue
            for record, image in _pictures(path, records):
                _add_record(writer, vision, record, image)
    if missing:
        say(f"{missing} labelled pictures are not below {vision}: left out")


def _pictures(path: Path, records: Sequence[Record]) -> Iterable[tuple[Record, Image]]:
    if records[0].frame is None:
        for record in records:
            yield record, read_image(path)
        return
    wanted = {r.frame: r for r in records}
    capture = cv2.VideoCapture(str(path))
    for number in range(max(f for f in wanted if f is not None) + 1):
        found, frame = capture.read()
        if not found:
            raise DataError(f"{path} ends before frame {number}")
        if number in wanted:
            yield wanted[number], np.asarray(frame, np.uint8)
    capture.release()


def _add_record(writer: Writer, vision: Path, record: Record, image: Image) -> None:
    height, width = image.shape[:2]
    surfaces = surface_mask((width, height), record.paving, record.warning, record.unsure)
    known = record.paving_known
    if record.source == MASK_SOURCE:
        drawn = read_image(vision / MASK_SOURCE / "masks" / f"{Path(record.file).stem}.png")
        blocks = (drawn == GUIDE_BLOCK_BGR).all(2)
        surfaces = np.where(blocks, np.maximum(surfaces, PAVING), NONE).astype(np.uint8)
        known = True
    size = np.array([record.width, record.height] * 2, np.float64)
    things = [Instance(t.cls, box_polygon(*(np.array(t.box) / size).tolist())) for t in record.things]
    writer.add(
        (record.source, record.split, record.scene), image, surfaces, things,
        "all" if record.things_complete else "some", known, record.warning_known,
    )  # fmt: skip


def add_coco(writer: Writer, vision: Path) -> None:
    """Pictures of COCO: train2017 for training; val2017, which the start weights have not seen, for test."""
    folder = vision / "coco"
    for path in sorted((folder / "images").glob("*.jpg")):
        number = int(path.stem)
        fresh = number > COCO_TRAIN_UP_TO or number in COCO_VAL_BELOW
        image = read_image(path)
        things = [
            Instance(COCO_OURS[c], _centred(b))
            for c, b in _yolo_boxes(folder / f"labels/{path.stem}.txt")
            if c in COCO_OURS
        ]
        nothing = np.zeros(image.shape[:2], np.uint8)
        writer.add(("coco", "test" if fresh else "train", path.stem), image, nothing, things, "coco")


def add_scenes(writer: Writer, scenes: Path) -> None:
    """Rendered scenes as `vision.scenes.dataset` writes them; one in twenty for val."""
    for number, path in enumerate(sorted((scenes / "images").glob("*.jpg"))):
        drawn = read_image(scenes / f"masks/{path.stem}.png")
        surfaces = np.zeros(drawn.shape[:2], np.uint8)
        surfaces[(drawn == GUIDE_BLOCK_BGR).all(2)] = PAVING
        surfaces[(drawn == WARNING_BGR).all(2)] = WARNING
        outlines = scenes / f"outlines/{path.stem}.txt"
        text = outlines.read_text() if outlines.is_file() else ""
        scene = f"{scenes.name}/{path.stem}"
        split = "val" if number % 20 == 3 else "train"
        things = parse_labels(text, str(outlines))
        writer.add(("scenes", split, scene), read_image(path), surfaces, things, "all")


def _yolo_boxes(path: Path) -> list[tuple[int, tuple[float, float, float, float]]]:
    if not path.is_file():
        return []
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return [(int(r[0]), (float(r[1]), float(r[2]), float(r[3]), float(r[4]))) for r in rows]


def _centred(box: tuple[float, float, float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    x, y, w, h = box
    return box_polygon(x - w / 2, y - h / 2, x + w / 2, y + h / 2)
