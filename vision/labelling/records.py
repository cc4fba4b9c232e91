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
REAL = Path(__file__).with_name("real")  # the labels of this repository
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
    `paving_known`, `things_complete`: whether what is not labelled is not there. `proposed`: a model's
    guess that nobody has corrected yet; such a line is no label and `read_records` refuses it.
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
    proposed: bool = False


_RECORD = TypeAdapter(Record)


def sha256_of(path: Path) -> str:
    """The file's digest in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """A record and where it stands, as FILE:LINE."""

    where: str
    record: Record


def read_records(path: Path) -> tuple[Record, ...]:
    """All records of a file. Raises LabelError that names the line, also for values that cannot be."""
    return tuple(_faultless(line) for line in read_lines(path))


def read_lines(path: Path) -> tuple[Line, ...]:
    """All records of a file, whatever `fault_of` says of them. Raises LabelError that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise LabelError(f"{path}: not UTF-8 text: is it a label file?") from None
    return tuple(
        Line(f"{path}:{n}", parse_record(line, f"{path}:{n}"))
        for n, line in enumerate(lines, 1)
        if line.strip()
    )


def parse_record(line: str, where: str) -> Record:
    """One line. Raises LabelError that begins with `where`; the values are not looked at."""
    try:
        return _RECORD.validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        at = ".".join(str(part) for part in fault["loc"])
        raise LabelError(f"{where}: {f'{at}: ' if at else ''}{fault['msg']}") from None


def _faultless(line: Line) -> Record:
    problem = fault_of(line.record)
    if problem:
        raise LabelError(f"{line.where}: {problem}")
    return line.record


def fault_of(record: Record) -> str | None:
    """What is wrong with a record's values, None where nothing is."""
    if record.proposed:
        return 'a model\'s proposal: correct it by eye, then take "proposed" out of the line'
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
    path.write_text("".join(record_line(r) + "\n" for r in ordered), encoding="utf-8")


def record_line(record: Record) -> str:
    """A record as a line of JSON without its end."""
    fields = asdict(record)
    if not record.proposed:
        del fields["proposed"]  # said only where it is so
    return json.dumps(_plain(fields), ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
