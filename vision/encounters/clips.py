"""Clips with labelled frames: what the detector says of each frame, and which box goes on as which."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import hypot
from pathlib import Path

import cv2
import numpy as np

from vision.errors import VideoError
from vision.evaluation.cases import Box
from vision.evaluation.matching import iou
from vision.families import alike
from vision.labelling.records import Record
from vision.network_detector import NetworkDetector
from vision.types import Detection, Detections, Frame

LINKED_IOU = 0.3  # boxes of neighbouring frames that overlap so much, and may have one name, are of one thing
GAP = 3  # frames that a thing may be unseen between two boxes of it
REACH = 2.0  # sizes of a labelled thing, from one labelled frame to the next


@dataclass(frozen=True, slots=True)
class Clip:
    """`answers`: one a frame; `records`: the labelled frames in order."""

    name: str
    fps: float
    size: tuple[int, int]
    answers: tuple[Detections, ...] = field(repr=False)
    records: tuple[Record, ...] = field(repr=False)


def watched(path: Path, name: str, records: Sequence[Record], detector: NetworkDetector) -> Clip:
    """Every frame of a clip through the detector. Raises `VideoError`."""
    capture = cv2.VideoCapture(str(path))
    fps = float(capture.get(cv2.CAP_PROP_FPS))
    answers: list[Detections] = []
    while fps > 0:
        ok, picture = capture.read()
        if not ok:
            break
        number = len(answers)
        answers.append(detector.detect(Frame(number, number / fps, np.asarray(picture, np.uint8))))
    if not answers:
        raise VideoError(f"{path}: 動画として読めません / cannot be read as a clip")
    ordered = sorted((r for r in records if r.frame is not None), key=lambda r: r.frame or 0)
    mine = tuple(r for r in ordered if (r.frame or 0) < len(answers))
    return Clip(name, fps, answers[0].size, tuple(answers), mine)


def linked(one: Detection, others: Sequence[Detection]) -> int | None:
    """The place in `others` of the same thing a moment before or after; None: not found there."""
    best, found = LINKED_IOU, None
    for place, other in enumerate(others):
        if alike(one.cls, other.cls) and (shared := iou(one.box, other.box)) >= best:
            best, found = shared, place
    return found


def chains(clip: Clip) -> tuple[tuple[int, ...], ...]:
    """A number for each sure box of each frame: the same for one thing as long as it is linked."""
    numbers: list[tuple[int, ...]] = []
    fresh = 0
    for place, answer in enumerate(clip.answers):
        mine = []
        for detection in answer.objects:
            number = next(_before(clip, numbers, place, detection), None)
            if number is None:
                number, fresh = fresh, fresh + 1
            mine.append(number)
        numbers.append(tuple(mine))
    return tuple(numbers)


def _before(
    clip: Clip, numbers: Sequence[tuple[int, ...]], place: int, detection: Detection
) -> Iterator[int]:
    for back in range(1, min(GAP, place) + 1):
        found = linked(detection, clip.answers[place - back].objects)
        if found is not None:
            yield numbers[place - back][found]


def followed(records: Sequence[Record]) -> tuple[tuple[int, ...], ...]:
    """A number for each labelled thing of each record: the same for one thing from one to the next.

    The nearest of its class within `REACH` of its size, nearest pairs first.
    """
    numbers: list[tuple[int, ...]] = []
    fresh = 0
    for place, record in enumerate(records):
        before = records[place - 1].things if place else ()
        pairs = sorted(
            (_apart(old.box, new.box), m, n)
            for m, old in enumerate(before)
            for n, new in enumerate(record.things)
            if old.cls is new.cls and _apart(old.box, new.box) < REACH
        )
        same: dict[int, int] = {}
        for _, m, n in pairs:
            if n not in same and m not in same.values():
                same[n] = m
        mine = []
        for n in range(len(record.things)):
            if n in same:
                mine.append(numbers[-1][same[n]])
            else:
                mine.append(fresh)
                fresh += 1
        numbers.append(tuple(mine))
    return tuple(numbers)


def _apart(first: Box, second: Box) -> float:
    """How far the middles of two boxes are apart, in the longer side of the second."""
    x, y = ((first[k] + first[k + 2] - second[k] - second[k + 2]) / 2 for k in (0, 1))
    return hypot(x, y) / max(second[2] - second[0], second[3] - second[1], 1.0)
