"""Whether label files can be trusted: faults that would spoil a figure, notices to look at by eye.

Pure but for `picture_faults`, which reads the pictures.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vision.labelling.pictures import labelled_pictures, name_of
from vision.labelling.records import Line, Outline, Record, fault_of
from vision.types import Image, Mask, ObjectClass

OUTSIDE_PX = 1.0  # an outline may touch the picture's border
FOOT_SHARE, REACH_SHARE = 0.2, 0.15  # of a box's height, of its width: what counts as below its foot
DOTS_COVERED = 0.8  # of the dots' area lies in paving
MASK_SOURCE = "paving_masks"  # its paving is in mask pictures of its own
HASH_BITS_APART = 3  # of 64: the same view, saved or cropped anew


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found: `kind` is one word, `text` one line, Japanese first. A fault, unless `notice`."""

    kind: str
    text: str
    notice: bool = False


def label_findings(lines: Sequence[Line]) -> tuple[Finding, ...]:
    """All that the labels alone tell."""
    return (
        *(finding for line in lines for finding in _of_values(line)),
        *_duplicates(lines),
        *_parted(lines, "scene", "場面", lambda record: record.scene),
        *_parted(lines, "picture", "写真", lambda record: record.sha256),
        *(finding for line in lines for finding in _of_sense(line)),
    )


def _of_values(line: Line) -> Iterable[Finding]:
    record = line.record
    fault = fault_of(record)
    if fault:
        yield Finding("values", f"{line.where}: 値が正しくありません / {fault}")
    beyond = [
        (x, y)
        for outline in (*record.paving, *record.warning, *record.unsure)
        for x, y in outline
        if not _inside(x, record.width) or not _inside(y, record.height)
    ]
    if beyond:
        x, y = beyond[0]
        size = f"{record.width}x{record.height}"
        yield Finding(
            "outside",
            f"{line.where}: 輪郭が写真の外です / an outline leaves the {size} picture at {x:g}, {y:g}",
        )


def _inside(value: float, limit: int) -> bool:
    return -OUTSIDE_PX <= value <= limit + OUTSIDE_PX


def _duplicates(lines: Sequence[Line]) -> Iterable[Finding]:
    """A picture labelled twice counts twice, under whatever name."""
    by_picture: dict[Hashable, list[Line]] = defaultdict(list)
    for line in lines:
        by_picture[line.record.sha256, line.record.frame].append(line)
    for same in by_picture.values():
        if len(same) > 1:
            places = ", ".join(line.where for line in same)
            name = name_of(same[0].record)
            yield Finding("duplicate", f"{name}: 二重のラベル / labelled {len(same)} times: {places}")


def _parted(lines: Sequence[Line], what: str, ja: str, key: Callable[[Record], str]) -> Iterable[Finding]:
    """What lies in two splits is learnt and then asked."""
    splits: dict[str, dict[str, Line]] = defaultdict(dict)
    for line in lines:
        splits[key(line.record)].setdefault(line.record.split, line)
    for name, found in sorted(splits.items()):
        if len(found) > 1:
            where = ", ".join(f"{split} ({line.where})" for split, line in sorted(found.items()))
            yield Finding(
                "split", f"{ja} {name[:40]} が二つの組に分かれています / one {what} in two splits: {where}"
            )


def _of_sense(line: Line) -> Iterable[Finding]:
    """What may well be right, but is worth a look."""
    record = line.record
    size = (record.height, record.width)
    paving = _filled(record.paving, size) | _filled(record.warning, size)
    if record.warning and record.paving_known:
        dots = _filled(record.warning, size)
        covered = float((dots & _filled(record.paving, size)).sum()) / max(1, int(dots.sum()))
        if covered < DOTS_COVERED:
            text = f"点状は paving の外にもあります / only {covered:.0%} of the dots lie in the paving"
            yield Finding("dots", f"{line.where}: {text}", notice=True)
    if not record.paving_known or record.source == MASK_SOURCE:
        return
    for thing in record.things:
        if thing.on_paving and thing.cls is not ObjectClass.OVERHEAD and not _touches(paving, thing.box):
            text = "on_paving ですが足元に paving がありません / on_paving, but no paving at its foot"
            yield Finding("foot", f"{line.where}: {thing.cls.value}: {text}", notice=True)


def _touches(paving: Mask, box: tuple[float, float, float, float]) -> bool:
    x1, y1, x2, y2 = box
    side, high = REACH_SHARE * (x2 - x1), FOOT_SHARE * (y2 - y1)
    left, right = max(0, round(x1 - side)), round(x2 + side)
    return bool(paving[max(0, round(y2 - high)) : round(y2 + high) + 2, left:right].any())


def _filled(outlines: Iterable[Outline], size: tuple[int, int]) -> Mask:
    canvas = np.zeros(size, np.uint8)
    for outline in outlines:
        cv2.fillPoly(canvas, [np.round(np.array(outline, np.float64)).astype(np.int32).reshape(-1, 2)], 1)
    return np.asarray(canvas > 0, np.bool_)


def picture_findings(root: Path, lines: Sequence[Line]) -> tuple[Finding, ...]:
    """What the pictures below `root` tell: missing, another file, another size, alike in two splits."""
    found: dict[str, Finding] = {}
    hashes: list[tuple[int, Record]] = []
    for labelled in labelled_pictures(root, [line.record for line in lines]):
        if labelled.image is None:
            text = labelled.fault or name_of(labelled.record)
            found.setdefault(text, Finding("picture", text))
        else:
            hashes.append((look_hash(labelled.image), labelled.record))
    return (*found.values(), *_alike(hashes))


def look_hash(image: Image) -> int:
    """64 bits that stay nearly the same when a picture is scaled or saved anew: which cell is brighter."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    cells = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    bits = (cells[:, 1:] > cells[:, :-1]).ravel()
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _alike(hashes: Sequence[tuple[int, Record]]) -> Iterable[Finding]:
    for number, (one, first) in enumerate(hashes):
        for other, second in hashes[number + 1 :]:
            if first.split != second.split and (one ^ other).bit_count() <= HASH_BITS_APART:
                names = f"{name_of(first)} ({first.split}), {name_of(second)} ({second.split})"
                text = f"二つの組に似た写真 / look alike in two splits: {names}"
                yield Finding("alike", text, notice=True)
