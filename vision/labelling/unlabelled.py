"""What the labels leave out: boxes of the detector where nothing is labelled, each judged by eye.

`unlabelled.jsonl` holds a picture a line, of those of the split "test" whose things are labelled completely.
The boxes are those of the shipped detector that overlap no labelled thing by IoU .3. `python -m
vision.labelling.unlabelled` counts the verdicts. What the detector did not find was not looked for: the real
things here make false boxes fewer, but belong into no recall, for which they would be finds alone.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from vision.camera import Box
from vision.decode import COMMON
from vision.labelling.records import LabelError
from vision.types import THINGS, ObjectClass

UNLABELLED = Path(__file__).with_name("unlabelled.jsonl")
TIERS = (COMMON, 0.15)  # the least score of each tier, on the scale of `vision.decode.sureness`

# real: a thing on the ground or hanging, in or beside a way, and the found box overlaps it by IoU .3 or more.
# part: of a thing, labelled or not, or of several. structure: of a building; a cane meets it, nobody calls it
# a thing. nothing: ground, shadow, stain, print, reflection. unsure: cannot be told. All but real stay false.
Verdict = Literal["real", "part", "structure", "nothing", "unsure"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One box that the detector `found`, pixels of the picture.

    `box`: the thing's true box as seen by eye where it is real, else `found`; `cls` likewise: the thing's
    name, else the detector's. `again`: the verdict of a second look, at some.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)

    cls: ObjectClass
    box: Box
    verdict: Verdict
    score: Annotated[float, Field(ge=0, le=1)]  # on the common scale
    found: Box
    again: Verdict | None = None


@dataclass(frozen=True, slots=True)
class JudgedPicture:
    """All boxes judged in one picture, or in one frame of a clip; names as in `records.Record`."""

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    source: Annotated[str, Field(min_length=1)]
    file: Annotated[str, Field(min_length=1)]
    frame: Annotated[int, Field(ge=0)] | None
    judged: Annotated[tuple[Judged, ...], Field(min_length=1)]


_PICTURE = TypeAdapter(JudgedPicture)


def read_unlabelled(path: Path = UNLABELLED) -> Mapping[tuple[str, int | None], tuple[Box, ...]]:
    """True boxes of the real things, pixels, each once, by the picture's sha256 and frame (None: a still).

    Pictures without any are left out. Raises LabelError, one line that names file and line.
    """
    true = {
        (picture.sha256, picture.frame): tuple(
            dict.fromkeys(judged.box for judged in picture.judged if judged.verdict == "real")
        )
        for picture in read_judged(path)
    }
    return {key: boxes for key, boxes in true.items() if boxes}


def counts(path: Path = UNLABELLED) -> Mapping[float, Mapping[Verdict, int]]:
    """How many boxes got each verdict, by tier: those from its least score up to the tier above it."""
    tally: Counter[tuple[float, Verdict]] = Counter()
    for picture in read_judged(path):
        tally.update((_tier(judged.score), judged.verdict) for judged in picture.judged)
    return {tier: {verdict: tally[tier, verdict] for verdict in get_args(Verdict)} for tier in TIERS}


def agreement(path: Path = UNLABELLED) -> tuple[int, int, int]:
    """Of the boxes looked at twice: the same verdict, the same answer to "is it real", how many they are."""
    twice = [judged for picture in read_judged(path) for judged in picture.judged if judged.again]
    same = sum(judged.again == judged.verdict for judged in twice)
    as_real = sum((judged.again == "real") == (judged.verdict == "real") for judged in twice)
    return same, as_real, len(twice)


def read_judged(path: Path = UNLABELLED) -> tuple[JudgedPicture, ...]:
    """Every picture of the file with all verdicts. Raises LabelError, one line that names file and line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise LabelError(f"{path}: 読めません / cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        raise LabelError(
            f"{path}: UTF-8 ではありません / not UTF-8 text: is it a file of verdicts?"
        ) from None
    pictures: dict[tuple[str, int | None], JudgedPicture] = {}
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        picture = _parsed(line, f"{path}:{n}")
        key = (picture.sha256, picture.frame)
        if key in pictures:
            raise LabelError(f"{path}:{n}: この写真は二度目です / judged twice: put all in one line")
        pictures[key] = picture
    return tuple(pictures.values())


def _parsed(line: str, where: str) -> JudgedPicture:
    try:
        picture = _PICTURE.validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        at = ".".join(str(part) for part in fault["loc"])
        raise LabelError(f"{where}: 値が正しくありません / {at or 'the line'}: {fault['msg']}") from None
    for number, judged in enumerate(picture.judged):
        problem = _fault_of(judged)
        if problem:
            raise LabelError(f"{where}: judged.{number}: {problem}")
    return picture


def _fault_of(judged: Judged) -> str | None:
    for name, (x1, y1, x2, y2) in (("box", judged.box), ("found", judged.found)):
        if not (0 <= x1 < x2 and 0 <= y1 < y2):
            return f"{name}: 左・上・右・下の順に、0 以上で / left, top, right, foot in pixels from 0"
    if judged.cls not in THINGS:
        return f"cls: {judged.cls.value} は面です / is a surface, no thing"
    if judged.score < min(TIERS):
        return f"score: {min(TIERS):g} 以上だけ / {judged.score:g} is below the lowest tier, {min(TIERS):g}"
    if judged.verdict != "real" and judged.box != judged.found:
        return "box: real でなければ found と同じに / the true box of a real thing only, else as found"
    return None


def _tier(score: float) -> float:
    return max(tier for tier in TIERS if score >= tier)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts; 2 with one line where the file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m vision.labelling.unlabelled")
    parser.add_argument("--file", type=Path, default=UNLABELLED)
    asked = parser.parse_args(arguments)
    try:
        table, twice = counts(asked.file), agreement(asked.file)
        things = sum(len(boxes) for boxes in read_unlabelled(asked.file).values())
    except LabelError as error:
        print(f"shirube: {error}", file=sys.stderr)  # noqa: T201
        return 2
    sys.stdout.write("点数 / score" + "".join(f"{verdict:>11}" for verdict in get_args(Verdict)) + "\n")
    for tier, row in table.items():
        sys.stdout.write(f">= {tier:<9.2f}" + "".join(f"{count:>11}" for count in row.values()) + "\n")
    sys.stdout.write(f"ラベルのない物 / real things without a label: {things}\n")
    same, as_real, number = twice
    sys.stdout.write(
        f"二度見た {number} のうち、同じ判定 {same}、物かどうかが同じ {as_real} / "
        f"of {number} looked at twice, {same} got the same verdict, {as_real} the same real or not\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
