"""The pictures that label files speak of, below a folder: ROOT/source/file, frames of clips by number."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from vision.errors import VisionError
from vision.labelling.records import LabelError, Record, sha256_of
from vision.pictures import SUFFIXES, read_picture
from vision.types import Image
from vision.video import open_clip


@dataclass(frozen=True, slots=True)
class Labelled:
    """A record with its picture; `image` None where it cannot be had, and `fault` says why."""

    record: Record
    image: Image | None
    fault: str | None = None


def name_of(record: Record) -> str:
    """How a picture is called in what people read: source/file, and the frame of a clip after `#`."""
    name = f"{record.source}/{record.file}"
    return name if record.frame is None else f"{name}#{record.frame}"


def picture_path(root: Path, record: Record) -> Path:
    """Where the picture lies. Raises LabelError for a name that would lead out of `root`."""
    below = PurePosixPath(record.source, record.file)
    if below.is_absolute() or ".." in below.parts:
        raise LabelError(f"{name_of(record)}: leads out of the pictures' folder")
    return root / below


def labelled_pictures(root: Path, records: Iterable[Record]) -> Iterator[Labelled]:
    """Each record with its picture, those of one file together, frames of a clip in their order."""
    by_path: dict[Path, list[Record]] = defaultdict(list)
    for record in records:
        by_path[picture_path(root, record)].append(record)
    for path, own in sorted(by_path.items()):
        fault = file_fault(path, own[0].sha256)
        if fault:
            yield from (Labelled(record, None, fault) for record in own)
        else:
            yield from _still(path, [record for record in own if record.frame is None])
            yield from _clip(path, [record for record in own if record.frame is not None])


def file_fault(path: Path, sha256: str) -> str | None:
    """Why the file is not the one that was labelled; None: it is."""
    if not path.is_file():
        return f"{path}: ありません / no such file"
    if sha256_of(path) != sha256:
        return f"{path}: ラベルの写真と違います（sha256）/ not the file that was labelled (sha256 differs)"
    return None


def _still(path: Path, records: Sequence[Record]) -> Iterator[Labelled]:
    if not records:
        return
    try:
        image = read_picture(path)
    except VisionError as error:
        yield from (Labelled(record, None, str(error)) for record in records)
        return
    yield from (_sized(record, image) for record in records)


def _clip(path: Path, records: Sequence[Record]) -> Iterator[Labelled]:
    if not records:
        return
    images = frames_of(path, {record.frame for record in records if record.frame is not None})
    for record in sorted(records, key=lambda each: each.frame or 0):
        image = images.get(record.frame or 0)
        if image is None:
            why = f"{path}: 画像 {record.frame} の前で終わります / ends before frame {record.frame}"
            yield Labelled(record, None, why)
        else:
            yield _sized(record, image)


def _sized(record: Record, image: Image) -> Labelled:
    height, width = image.shape[:2]
    if (width, height) == (record.width, record.height):
        return Labelled(record, image)
    size, said = f"{width}x{height}", f"{record.width}x{record.height}"
    why = f"{name_of(record)}: 写真は {size}、ラベルは {said} / the picture is {size}, its label says {said}"
    return Labelled(record, None, why)


def frames_of(path: Path, numbers: set[int]) -> dict[int, Image]:
    """Frames by number from 0, read forward: a seek lands where the container says, not where it should."""
    found: dict[int, Image] = {}
    capture = cv2.VideoCapture(str(path))
    try:
        for number in range(max(numbers, default=-1) + 1):
            if not capture.grab():
                break
            if number in numbers:
                ok, image = capture.retrieve()
                if ok:
                    found[number] = np.asarray(image, np.uint8)
    finally:
        capture.release()
    return found


def is_picture(path: Path) -> bool:
    """Whether the name is a still picture's."""
    return path.suffix.lower() in SUFFIXES


def one_image(path: Path, frame: int | None) -> Image:
    """The picture, or frame `frame` of the clip. Raises VisionError, one line."""
    if is_picture(path):
        if frame is not None:
            raise LabelError(
                f"{path}: 写真に --frame は要りません / a picture has no frames: leave out --frame"
            )
        return read_picture(path)
    clip = open_clip(path)
    if frame is None:
        raise LabelError(f"{path}: 動画です。--frame N を付けてください / a video: give --frame N")
    image = frames_of(path, {frame}).get(frame)
    if image is None:
        raise LabelError(f"{path}: 画像 {frame} はありません / has no frame {frame} (about {clip.frames})")
    return image
