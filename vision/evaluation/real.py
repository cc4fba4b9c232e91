"""Labelled real pictures and frames of clips: records tied to their pictures by sha256."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision.errors import VideoError
from vision.evaluation.cases import LEAST_PAVING_SHARE, Case, Source, TrueThing, Truth
from vision.evaluation.errors import EvaluationError
from vision.evaluation.masks import read_mask
from vision.labelling.records import REAL, Outline, Record, read_records, sha256_of
from vision.pictures import read_picture
from vision.types import THINGS, Image, Mask, ObjectClass

MASK_FOLDER = "paving_masks"  # its own masks are the truth of its pictures
# Where a record does not tell of everything, more of these is not wrong.
ALL_KNOWN = frozenset(THINGS)


def record_files(data: Path) -> list[Path]:
    """The label files of `data`: itself, or all in the folder."""
    return [data] if data.is_file() else sorted(data.glob("*.jsonl"))


def taught(pictures: Path) -> int:
    """How many of a folder's pictures the repository's own models were trained on, by sha256."""
    known = {r.sha256 for f in record_files(REAL) for r in read_records(f) if r.split != "test"}
    return sum(sha256_of(path) in known for path in sorted(pictures.iterdir()) if path.is_file())


def real_source(files: Sequence[Path], pictures: Path, split: str) -> Source:
    """The cases of a split ("all": of every one). What is missing or differs is named in `skipped`.

    Raises `EvaluationError`, and `LabelError` for a line that is no record.
    """
    records = [record for file in files for record in read_records(file)]
    chosen = [record for record in records if split in ("all", record.split)]
    if not chosen:
        raise EvaluationError(
            f"{files[0].parent}: no record of the split {split!r} ({len(records)} of others)"
        )
    by_file: dict[str, list[Record]] = defaultdict(list)
    for record in chosen:
        by_file[f"{record.source}/{record.file}"].append(record)
    cases: list[Case] = []
    skipped: list[str] = []
    for name, own in sorted(by_file.items()):
        fault = _fault(pictures / name, own)
        if fault:
            skipped.append(fault if len(own) == 1 else f"{fault} ({len(own)} frames)")
        else:
            cases += _cases(pictures, name, own)
    if not cases:
        raise EvaluationError(
            f"{pictures}: holds none of the labelled pictures: give --pictures ({skipped[0]})"
        )
    return Source("records", tuple(cases), True, tuple(skipped))


def _fault(path: Path, records: Sequence[Record]) -> str | None:
    if not path.is_file():
        return f"{path}: no such file"
    if sha256_of(path) != records[0].sha256:
        return f"{path}: not the file that was labelled (sha256 differs)"
    return None


def _cases(pictures: Path, name: str, records: Iterable[Record]) -> list[Case]:
    path = pictures / name
    clip = _Clip(path)
    ordered = sorted(records, key=lambda record: record.frame or 0)

    def load(record: Record) -> Truth:
        image = read_picture(path) if record.frame is None else clip.frame(record.frame)
        return _truth(record, image, pictures)

    return [
        Case(
            name if record.frame is None else f"{name}#{record.frame}",
            record.scene,
            partial(load, record),
            record.slices,
        )
        for record in ordered
    ]


class _Clip:
    """Frames by number, read forward: a seek lands where the container says, not where it should."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture: Any = None
        self._next = 0

    def frame(self, number: int) -> Image:
        """Frame `number` from 0; raises `VideoError` where the clip ends before it."""
        if self._capture is None or number < self._next:
            self._capture = cv2.VideoCapture(str(self._path))
            self._next = 0
        while self._next < number and self._capture.grab():
            self._next += 1
        found, image = self._capture.read() if self._next == number else (False, None)
        if not found:
            raise VideoError(f"{self._path}: ends before frame {number}")
        self._next += 1
        return np.asarray(image, np.uint8)


def _truth(record: Record, image: Image, pictures: Path) -> Truth:
    size = (image.shape[1], image.shape[0])
    if size != (record.width, record.height):
        raise EvaluationError(
            f"{record.file}: {size[0]}x{size[1]}, the record says {record.width}x{record.height}"
        )
    paving: Mask | None = None
    unsure: Mask | None = None
    if record.source == MASK_FOLDER:
        paving, unsure = read_mask(pictures / MASK_FOLDER / "masks" / f"{Path(record.file).stem}.png", size)
    elif record.paving_known:
        paving = _filled((*record.paving, *record.warning), size)
        unsure = _filled(record.unsure, size) & ~paving if record.unsure else None
    things = tuple(TrueThing(thing.cls, thing.box, thing.on_paving, thing.near) for thing in record.things)
    known: frozenset[ObjectClass] = ALL_KNOWN if record.things_complete else frozenset()
    return Truth(image, paving, unsure, things, known, _blockers(record, things, paving))


def _blockers(
    record: Record, things: Sequence[TrueThing], paving: Mask | None
) -> tuple[TrueThing, ...] | None:
    blocking = tuple(thing for thing in things if thing.on_paving and thing.near)
    if blocking:
        return blocking
    visible = paving is not None and float(paving.mean()) >= LEAST_PAVING_SHARE
    return () if record.things_complete and visible else None


def _filled(outlines: Iterable[Outline], size: tuple[int, int]) -> Mask:
    canvas = np.zeros((size[1], size[0]), np.uint8)
    for outline in outlines:
        cv2.fillPoly(canvas, [np.round(np.array(outline)).astype(np.int32)], 1)
    return np.asarray(canvas > 0, np.bool_)


def clip_files(files: Sequence[Path], pictures: Path, split: str) -> tuple[Path, ...]:
    """The clips of a split that are there and unchanged, by their records of frames."""
    records = [record for file in files for record in read_records(file) if record.frame is not None]
    chosen = {f"{r.source}/{r.file}": r for r in records if split in ("all", r.split)}
    return tuple(pictures / name for name, r in sorted(chosen.items()) if not _fault(pictures / name, [r]))
