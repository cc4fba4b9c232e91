"""Layout `yolov8-paving`: boxes of things, and paving pixel by pixel.

`detections` [4 + classes, N] = box centre and size in input pixels, then scores 0..1, each class for
itself. The rows of the surfaces mean nothing. The row `obstacle` is high on everything that stands in a
way: it tells of what has no name here.
`paving` [2, h/4, w/4] = logits of guide blocks of any kind, and of the part of them that is dots.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import inf, log

import cv2
import numpy as np
import numpy.typing as npt

from vision.decode import (
    NOT_PAVING,
    Decoded,
    Floats,
    Ints,
    Layout,
    Letterbox,
    areas,
    corners,
    detected,
    frame_mask,
    overlaps,
    shared_areas,
    suppress,
)
from vision.faint import ANY_IOU, LEAST_SHARE, left_over, places
from vision.families import GROUND, HANGING, alike, rides
from vision.model_spec import MASK_STRIDE, ModelSpec
from vision.types import SURFACES, Detection, Mask, ObjectClass

# One thing under two names: less overlap is enough where the names are often mistaken for each other.
ALIKE_IOU = 0.7
# A nameless box is a named thing again where they overlap by this much, or most of it lies inside …
OBSTACLE_IOU, INSIDE = 0.5, 0.75
# … and does not stand clearly before it: then its foot is lower, by this share of the named box's height.
BEFORE = 0.06
# Within boxes of these other things stand.
WIDE = GROUND | HANGING
LOOSER = 0.99  # than what is asked next: its rounding is another
# Smaller pieces are specks, shares of the picture. A strip 8 m ahead that an obstacle parts from the rest
# covers 0.0025, one warning block 5 m ahead 0.0007.
LEAST_PAVING, LEAST_WARNING = 0.001, 0.0003


def shapes(spec: ModelSpec) -> list[list[int]]:
    """Of `detections` and `paving`."""
    size = [spec.input.height // MASK_STRIDE, spec.input.width // MASK_STRIDE]
    return [[1, 4 + len(spec.classes), spec.input.anchors], [1, 2, *size]]


def decode(outputs: Sequence[Floats], spec: ModelSpec, fit: Letterbox, least: float | None = None) -> Decoded:
    """As `Layout.decode`. Of the boxes that `least` gives, those above their thresholds are the same."""
    raw, surfaces = outputs
    if least is None:
        raw = _worth_a_look(raw, spec)
    boxes, scores, ids = _candidates(raw, spec, least)
    keep = _one_name_each(boxes, scores, ids, spec)
    things = detected(spec.classes, boxes[keep], scores[keep], ids[keep], fit)
    unsure = () if least is not None else _faint(raw, spec, boxes[keep], ids[keep], fit)
    paving, score, warning = _surfaces(surfaces, spec, fit)
    return Decoded(things, paving, score, warning, unsure)


# --- things


def _limits(spec: ModelSpec) -> Floats:
    """Least score by row; a surface's row never counts."""
    limits = (inf if cls in SURFACES else spec.thresholds[cls] for cls in spec.classes)
    return np.fromiter(limits, np.float32, len(spec.classes))


def _worth_a_look(raw: Floats, spec: ModelSpec) -> Floats:
    """The columns of `raw` in which anything is at least faint, and a few more: one in a hundred."""
    least = _limits(spec) * np.float32(LOOSER * LEAST_SHARE)
    return raw[:, np.flatnonzero((raw[4:] >= least[:, None]).any(axis=0))]


def _candidates(raw: Floats, spec: ModelSpec, least: float | None) -> tuple[Floats, Floats, Ints]:
    """Boxes, scores and rows of every name that a place may have, suppressed within each; best first."""
    scores = raw[4:]
    limits = _limits(spec)
    above = scores >= limits[:, None]
    wanted = above if least is None else scores >= np.where(np.isinf(limits), limits, least)[:, None]
    if ObjectClass.OBSTACLE in spec.classes:
        nameless = spec.classes.index(ObjectClass.OBSTACLE)
        named = np.delete(above, nameless, axis=0).any(axis=0)
        wanted[nameless] &= ~named
    rows, places = np.nonzero(wanted)
    boxes, values = corners(raw[:4, places]), scores[rows, places]
    mine = suppress(boxes, values, rows)
    return boxes[mine], values[mine], rows[mine]


def _one_name_each(boxes: Floats, scores: Floats, ids: Ints, spec: ModelSpec) -> npt.NDArray[np.bool_]:
    """Which boxes stay when each thing keeps its best name; only what reaches its threshold drives out."""
    strong = np.flatnonzero(scores >= _limits(spec)[ids])
    stay = np.ones(ids.size, np.bool_)
    if not strong.size:
        return stay
    limits = _name_limits(spec.classes)[ids[strong]][:, ids]
    apart = overlaps(boxes[strong], boxes) <= limits
    for row, place in enumerate(strong.tolist()):
        if stay[place]:
            stay[place + 1 :] &= apart[row, place + 1 :]
    if ObjectClass.OBSTACLE in spec.classes:
        nameless = ids == spec.classes.index(ObjectClass.OBSTACLE)
        named = strong[stay[strong] & ~nameless[strong]]
        flat = np.array([cls in WIDE for cls in spec.classes])[ids[named]]
        stay[nameless] &= ~_explained(boxes[nameless], boxes[named], flat)
    return stay


def _faint(raw: Floats, spec: ModelSpec, known: Floats, names: Ints, fit: Letterbox) -> tuple[Detection, ...]:
    """What is below its threshold, each place by its best name; `known`, `names`: boxes that are told."""
    shares = raw[4:] / _limits(spec)[:, None]
    where = places(shares.max(axis=0))
    boxes, ids = corners(raw[:4, where]), shares[:, where].argmax(axis=0)
    mine = left_over(spec.classes, (known, names), boxes, shares[ids, where], ids)
    return detected(spec.classes, boxes[mine], raw[4 + ids[mine], where[mine]], ids[mine], fit)


@lru_cache(maxsize=4)
def _name_limits(classes: tuple[ObjectClass, ...]) -> Floats:
    """IoU beyond which a box of the row's class drives out a worse one of the column's."""

    def limit(first: ObjectClass, second: ObjectClass) -> float:
        if first is second or ObjectClass.OBSTACLE in (first, second) or rides(first, second):
            return inf  # settled elsewhere, or truly two
        return ALIKE_IOU if alike(first, second) else ANY_IOU

    return np.array([[limit(first, second) for second in classes] for first in classes], np.float32)


def _explained(nameless: Floats, named: Floats, wide: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which nameless boxes only say again what a named box says. `wide`: of the named, see `WIDE`."""
    shared = shared_areas(nameless, named)
    own, theirs = areas(nameless)[:, None], areas(named)[None, :]
    same = shared > OBSTACLE_IOU * (own + theirs - shared)
    tall = named[:, 3] - named[:, 1]
    before = nameless[:, None, 3] > (named[:, 3] + BEFORE * tall)[None, :]
    inside = (shared > INSIDE * own) & ~before & ~wide[None, :]
    return np.asarray((same | inside).any(axis=1), np.bool_)


# --- surfaces


def _surfaces(logits: Floats, spec: ModelSpec, fit: Letterbox) -> tuple[Mask, float, Mask | None]:
    """The masks of paving and of its warning part, and the mean probability of the paving's cells."""
    cells = _above(logits[0], spec.thresholds[ObjectClass.PAVING], fit, LEAST_PAVING)
    seen = cells > 0
    sure = float((1 / (1 + np.exp(-logits[0][seen]))).mean()) if seen.any() else 0.0
    paving = frame_mask(cells, fit)
    if ObjectClass.WARNING not in spec.classes:
        return paving, sure, None
    dots = frame_mask(_above(logits[1], spec.thresholds[ObjectClass.WARNING], fit, LEAST_WARNING), fit)
    dots &= paving
    return paving, sure, dots


def _above(logits: Floats, threshold: float, fit: Letterbox, least: float) -> Floats:
    """Logits relative to the threshold's, without the grey border and specks."""
    left, top = fit.left // MASK_STRIDE, fit.top // MASK_STRIDE
    right = -((fit.left + fit.inner[0]) // -MASK_STRIDE)
    foot = -((fit.top + fit.inner[1]) // -MASK_STRIDE)
    inner = (slice(top, foot), slice(left, right))
    cells = np.full_like(logits, NOT_PAVING)
    np.subtract(logits[inner], np.float32(log(threshold / (1 - threshold))), out=cells[inner])
    seen = (cells > 0).view(np.uint8)
    x, y, wide, tall = cv2.boundingRect(seen)
    if not wide:
        return cells
    part = np.s_[y : y + tall, x : x + wide]
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(seen[part])
    specks = stats[:, cv2.CC_STAT_AREA] < least * (foot - top) * (right - left)
    specks[0] = False  # all that is none
    if specks.any():
        cells[part][specks[pieces]] = NOT_PAVING
    return cells


LAYOUT = Layout("detect+paving", ("detections", "paving"), shapes, decode)
