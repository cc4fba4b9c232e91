"""Figures from detections and truth: IoU, average precision, thresholds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vision.training.decode import Floats, ious
from vision.types import Mask


@dataclass(frozen=True, slots=True)
class Overlap:
    """Intersection over union of masks: mean over the pictures that have or get paving, and pooled."""

    mean: float
    pooled: float
    pictures: int


def overlap(pairs: Iterable[tuple[Mask, Mask]]) -> Overlap:
    """Of (found, truth) masks. A picture without paving in which none is found does not count in the mean."""
    counts = [(int((f & t).sum()), int((f | t).sum())) for f, t in pairs]
    shares = [both / either for both, either in counts if either]
    pooled = sum(b for b, _ in counts) / max(1, sum(e for _, e in counts))
    return Overlap(float(np.mean(shares)) if shares else 0.0, pooled, len(counts))


@dataclass(frozen=True, slots=True)
class Scored:
    """All detections of one class over a set of pictures, best first, against the number of true things."""

    scores: npt.NDArray[np.float64]
    hits: npt.NDArray[np.bool_]
    truths: int


def score_class(pictures: Iterable[tuple[Floats, Floats, Floats]], least_iou: float) -> Scored:
    """From (boxes, scores, true boxes) per picture; each true box is taken once, by the best score."""
    scores: list[float] = []
    hits: list[bool] = []
    truths = 0
    for boxes, values, true in pictures:
        truths += len(true)
        free = np.ones(len(true), bool)
        for i in np.argsort(-values, kind="stable"):
            match = np.where(free, ious(boxes[i], true), 0.0) if len(true) else np.zeros(0)
            hit = bool(len(match)) and float(match.max()) >= least_iou
            if hit:
                free[int(match.argmax())] = False
            scores.append(float(values[i]))
            hits.append(hit)
    order = np.argsort(-np.array(scores), kind="stable")
    return Scored(np.array(scores)[order], np.array(hits, bool)[order], truths)


def average_precision(scored: Scored) -> float:
    """Area under the precision-recall curve (every point, precision made monotone); nan without truths."""
    if not scored.truths:
        return float("nan")
    true = np.cumsum(scored.hits)
    recall = true / scored.truths
    precision = true / np.arange(1, len(true) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * envelope))


def at_threshold(scored: Scored, threshold: float) -> tuple[float, float]:
    """(precision, recall) of the detections at or above the threshold; without any, precision is nan."""
    kept = scored.hits[scored.scores >= threshold]
    precision = float(kept.mean()) if len(kept) else float("nan")
    return precision, float(kept.sum()) / max(1, scored.truths)


def best_threshold(scored: Scored, candidates: Sequence[float], beta: float) -> float:
    """The candidate with the best F-beta (beta > 1: a miss costs more than a false alarm)."""

    def f(threshold: float) -> float:
        precision, recall = at_threshold(scored, threshold)
        if not precision > 0 or recall == 0:
            return 0.0
        return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)

    return max(candidates, key=lambda c: (f(c), c))


def highest_within(values: Mapping[float, float], slack: float) -> float:
    """The highest threshold whose value is at most `slack` below the best one."""
    best = max(values.values())
    return max(threshold for threshold, value in values.items() if value >= best - slack)
