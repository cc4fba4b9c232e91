"""What is written for each picture: boxes, outlines, the paving's mask, the truth."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from vision.scenes.camera import Camera
from vision.scenes.labels import CLASS_ID, lines
from vision.scenes.lens import Lens
from vision.scenes.truth import PAVING_ID, WARNING_ID, Ids, Sighting
from vision.types import Image, ObjectClass

BARS_RGB, DOTS_RGB = (255, 255, 0), (255, 192, 0)
NEAR_M = 5.0  # what blocks the way nearer than this is named in the truth
_LEAST_SHARE, _LEAST_PX = 0.12, 5.0
_SMALL_REACH_M, _LARGE_REACH_M = 25.0, 60.0
_LARGE = frozenset(
    {ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK, ObjectClass.STAIRS, ObjectClass.PLATFORM_EDGE}
)
_AHEAD_DEG = 60.0


@dataclass(frozen=True, slots=True)
class Record:
    """One picture of a set with all that is known of it."""

    number: int
    image: Image
    ids: Ids
    camera: Camera
    lens: Lens
    seen: tuple[Sighting, ...]
    slices: tuple[str, ...]
    quality: int  # of the JPEG, 1..100


def labelled(seen: Sighting) -> bool:
    """Whether enough of the thing is seen, and near enough, to learn it from."""
    x1, y1, x2, y2 = seen.box
    reach = _LARGE_REACH_M if seen.cls in _LARGE else _SMALL_REACH_M
    big = x2 - x1 >= _LEAST_PX and y2 - y1 >= _LEAST_PX
    return big and seen.visible_share > _LEAST_SHARE and seen.distance_m <= reach


def box_line(seen: Sighting, width: int, height: int) -> str:
    """`class cx cy w h`, of the picture's size."""
    x1, y1, x2, y2 = seen.box
    values = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
    return " ".join([str(CLASS_ID[seen.cls]), *(f"{v:.5f}" for v in values)])


def mask_of(ids: Ids) -> Image:
    """The paving in colours (BGR): bars yellow, dots orange, all else black."""
    drawn = np.zeros((*ids.shape, 3), np.uint8)
    drawn[ids == PAVING_ID] = BARS_RGB[::-1]
    drawn[ids == WARNING_ID] = DOTS_RGB[::-1]
    return drawn


def blocked(seen: tuple[Sighting, ...]) -> dict[str, object] | None:
    """The nearest thing on (or hanging over) the paving, ahead, within `NEAR_M` and visible."""
    near = [
        s for s in seen
        if s.on_paving and s.distance_m <= NEAR_M and abs(s.bearing_deg) < _AHEAD_DEG and labelled(s)
    ]  # fmt: skip
    if not near:
        return None
    first = min(near, key=lambda s: s.distance_m)
    return {"id": first.id, "cls": first.cls.value, "distance_m": round(first.distance_m, 3)}


def truth_of(record: Record) -> dict[str, object]:
    """The picture's line in truth.jsonl."""
    return {
        "image": f"{record.number:06d}.jpg",
        "camera": asdict(record.camera),
        "lens": asdict(record.lens),
        "slices": list(record.slices),
        "paving_share": round(float((abs(record.ids) == 1).mean()), 5),
        "warning_share": round(float((record.ids == WARNING_ID).mean()), 5),
        "blocked": blocked(record.seen),
        "objects": [_rounded(s) for s in record.seen],
    }


def _rounded(seen: Sighting) -> dict[str, object]:
    plain = asdict(seen)
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in plain.items()}


def save(record: Record, out: Path) -> str:
    """Write picture, labels, mask and outlines; the truth's line comes back."""
    name, (height, width) = f"{record.number:06d}", record.ids.shape
    kept = [s for s in record.seen if labelled(s)]
    cv2.imwrite(str(out / "images" / f"{name}.jpg"), record.image, [cv2.IMWRITE_JPEG_QUALITY, record.quality])
    fast = [cv2.IMWRITE_PNG_COMPRESSION, 3]
    cv2.imwrite(str(out / "masks" / f"{name}.png"), mask_of(record.ids), fast)
    _text(out / "labels" / f"{name}.txt", [box_line(s, width, height) for s in kept])
    _text(out / "outlines" / f"{name}.txt", lines([(s.cls, record.ids == s.id) for s in kept]))
    return json.dumps(truth_of(record))


def _text(path: Path, rows: list[str]) -> None:
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
