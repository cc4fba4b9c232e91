"""One labelled picture, as a line of a JSONL file. Pixels of the original picture throughout."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from vision.errors import VisionError
from vision.types import THINGS, ObjectClass

Point: TypeAlias = tuple[float, float]
Outline: TypeAlias = tuple[Point, ...]
Split = Literal["train", "val", "test"]
SLICES = ("worn", "non_yellow", "shadow", "wet", "night", "tiled", "crowded", "indoor")


class LabelError(VisionError):
    """A label file that cannot be read; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class LabelledThing:
    """A thing in the way. `on_paving`: its foot stands on guide blocks, or hangs over them at head height.

    `near`: within about 5 m of the camera.
    """

    cls: ObjectClass
    box: tuple[float, float, float, float]  # x1, y1, x2, y2
    on_paving: bool = False
    near: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """The labels of one picture, or of one frame of a clip (`frame` is its number from 0).

    `sha256` is the picture's or the clip's. `scene`: pictures of one scene share it and never part into
    two splits. `paving` covers guide blocks of every kind, `warning` the dots among them, as outlines of
    what is visible. `unsure`: areas where neither paving nor its absence is claimed.
    `paving_known`, `things_complete`: whether what is not labelled is not there.
    """

    sha256: str
    source: str  # folder below data/vision
    file: str  # below that folder
    width: int
    height: int
    scene: str
    split: Split
    frame: int | None = None
    paving: tuple[Outline, ...] = ()
    warning: tuple[Outline, ...] = ()
    unsure: tuple[Outline, ...] = ()
    paving_known: bool = True
    warning_known: bool = True
    things: tuple[LabelledThing, ...] = ()
    things_complete: bool = True
    slices: tuple[str, ...] = ()


_RECORD = TypeAdapter(Record)


def sha256_of(path: Path) -> str:
    """The file's digest in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_records(path: Path) -> tuple[Record, ...]:
    """All records of a file. Raises LabelError that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read ({error.strerror})") from error
    return tuple(_parse(line, f"{path}:{n}") for n, line in enumerate(lines, 1) if line.strip())


def _parse(line: str, where: str) -> Record:
    try:
        record = _RECORD.validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        at = ".".join(str(part) for part in fault["loc"])
        raise LabelError(f"{where}: {at}: {fault['msg']}") from None
    problem = fault_of(record)
    if problem:
        raise LabelError(f"{where}: {problem}")
    return record


def fault_of(record: Record) -> str | None:
    """What is wrong with a record's values, None where nothing is."""
    for outline in (*record.paving, *record.warning, *record.unsure):
        if len(outline) < 3:
            return f"an outline needs at least 3 points, has {len(outline)}"
    for thing in record.things:
        x1, y1, x2, y2 = thing.box
        if not (0 <= x1 < x2 <= record.width and 0 <= y1 < y2 <= record.height):
            return f"box {thing.box} is not inside the {record.width} x {record.height} picture"
        if thing.cls not in THINGS:
            return f"{thing.cls.value} is a surface: give an outline"
    unknown = set(record.slices) - set(SLICES)
    if unknown:
        return f"unknown slice {min(unknown)}: one of {', '.join(SLICES)}"
    return None


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write a file, sorted by file and frame, numbers to a tenth of a pixel."""
    ordered = sorted(records, key=lambda r: (r.source, r.file, -1 if r.frame is None else r.frame))
    text = "".join(json.dumps(_plain(asdict(r)), ensure_ascii=False) + "\n" for r in ordered)
    path.write_text(text, encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
