"""Detections against true things: boxes that match, average precision. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.evaluation.cases import Box, TrueThing
from vision.types import Detection, ObjectClass

MATCH_IOU = 0.5
Floats = npt.NDArray[np.float64]


def iou(one: Box, two: Box) -> float:
    """Intersection over union."""
    across = min(one[2], two[2]) - max(one[0], two[0])
    down = min(one[3], two[3]) - max(one[1], two[1])
    if across <= 0 or down <= 0:
        return 0.0
    both = across * down
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, two))
    return both / (areas - both)


@dataclass(frozen=True, slots=True)
class Scored:
    """The detections of one class in one picture that count: their scores, whether each is right."""

    scores: tuple[float, ...]
    hits: tuple[bool, ...]
    truths: int


def score(found: Sequence[Detection], things: Sequence[TrueThing], cls: ObjectClass) -> Scored:
    """Each true thing is taken once, by the best score that overlaps it by `MATCH_IOU` or more.

    What overlaps a thing that cannot be judged so is left out: a thing of a kind that we do not name; for
    `obstacle` every named thing, since it is one; for a named class a thing of which only that is told.
    """
    right = [thing.box for thing in things if thing.cls is cls]
    left_out = [thing.box for thing in things if _is_left_out(thing.cls, cls)]
    free = [True] * len(right)
    scores, hits = [], []
    for detection in sorted((d for d in found if d.cls is cls), key=lambda d: -d.score):
        overlaps = [iou(detection.box, box) if open_ else 0.0 for box, open_ in zip(right, free, strict=True)]
        hit = bool(overlaps) and max(overlaps) >= MATCH_IOU
        if hit:
            free[overlaps.index(max(overlaps))] = False
        elif any(iou(detection.box, box) >= MATCH_IOU for box in left_out):
            continue
        scores.append(detection.score)
        hits.append(hit)
    return Scored(tuple(scores), tuple(hits), len(right))


def _is_left_out(true: ObjectClass | None, cls: ObjectClass) -> bool:
    if true is None:
        return True
    return true is not cls and ObjectClass.OBSTACLE in (true, cls)


def found_count(found: Sequence[Detection], things: Sequence[TrueThing], cls: ObjectClass | None) -> int:
    """How many true things of `cls` (None: of any) are found, each by a detection of its own.

    The class of the detection has to be theirs; of an `obstacle`, and where `cls` is None, it does not.
    """
    named = cls not in (None, ObjectClass.OBSTACLE)
    right = [t.box for t in things if t.cls is not None and cls in (None, t.cls)]
    mine = [d.box for d in sorted(found, key=lambda d: -d.score) if not named or d.cls is cls]
    count = 0
    for box in mine:
        overlaps = [iou(box, true) for true in right]
        if overlaps and max(overlaps) >= MATCH_IOU:
            right.pop(overlaps.index(max(overlaps)))
            count += 1
    return count


def average_precision(scores: Floats, hits: npt.NDArray[np.bool_], weights: Floats, truths: float) -> float:
    """Area under the precision-recall curve, every point, precision made monotone; 0.0 without truths.

    `weights`: how often each detection counts (a bootstrap draws pictures twice, or not).
    """
    if not truths or not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    weight, right = weights[order], hits[order]
    true, all_ = np.cumsum(weight * right), np.cumsum(weight)
    precision = np.divide(true, all_, out=np.ones_like(true), where=all_ > 0)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(true / truths, prepend=0.0) * envelope))
