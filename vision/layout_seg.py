"""Layout `yolov8-seg`: paving as instances with masks, the way of Ultralytics' segmentation networks.

out0 [4 + classes + 32, N] = box centre and size in input pixels, class scores 0..1, mask coefficients;
out1 [32, h/4, w/4] = prototypes. A mask is sigmoid(coefficients x prototypes) > 0.5, which is the same as
the product > 0, so no sigmoid is computed.
"""

from collections.abc import Sequence

import numpy as np

from vision.decode import (
    NOT_PAVING,
    Decoded,
    Floats,
    Ints,
    Layout,
    Letterbox,
    corners,
    detected,
    frame_mask,
    suppress,
)
from vision.faint import left_over, places
from vision.model_spec import MASK_STRIDE, ModelSpec
from vision.types import Detection, ObjectClass

MASK_COEFFICIENTS = 32


def shapes(spec: ModelSpec) -> list[list[int]]:
    """Of out0 and out1."""
    rows = 4 + len(spec.classes) + MASK_COEFFICIENTS
    size = [spec.input.height // MASK_STRIDE, spec.input.width // MASK_STRIDE]
    return [[1, rows, spec.input.anchors], [1, MASK_COEFFICIENTS, *size]]


def decode(outputs: Sequence[Floats], spec: ModelSpec, fit: Letterbox, least: float | None = None) -> Decoded:
    """As `Layout.decode`; each place of the picture has one name, its best."""
    raw, prototypes = outputs
    count = len(spec.classes)
    scores = raw[4 : 4 + count]
    best = scores.argmax(axis=0)
    top = scores[best, np.arange(raw.shape[1])]
    limits = np.array([_limit(cls, spec, least) for cls in spec.classes], np.float32)[best]
    keep = np.flatnonzero(top >= limits)
    keep = keep[suppress(corners(raw[:4, keep]), top[keep], best[keep])]
    flat = np.array([cls is ObjectClass.PAVING for cls in spec.classes])[best]
    paving, there = keep[flat[keep]], keep[~flat[keep]]
    things = detected(spec.classes, corners(raw[:4, there]), top[there], best[there], fit)
    logits = _paving_logits(raw[4 + count :, paving], prototypes, corners(raw[:4, paving]))
    score = float(top[paving].max()) if paving.size else 0.0
    faint = () if least is not None else _faint(raw, spec, fit, there)
    return Decoded(things, frame_mask(logits, fit), score, None, faint)


def _faint(raw: Floats, spec: ModelSpec, fit: Letterbox, told: Ints) -> tuple[Detection, ...]:
    """What is below its threshold; `told`: the places of the things that are not."""
    scores = raw[4 : 4 + len(spec.classes)]
    best = scores.argmax(axis=0)
    limits = np.array([spec.thresholds[cls] for cls in spec.classes], np.float32)[best]
    top = scores[best, np.arange(raw.shape[1])]
    named = np.array([cls is not ObjectClass.PAVING for cls in spec.classes])
    there = places(top / limits)
    there = there[named[best[there]]]
    boxes, shares = corners(raw[:4, there]), (top / limits)[there]
    known = corners(raw[:4, told]), best[told]
    mine = left_over(spec.classes, known, boxes, shares, best[there])
    return detected(spec.classes, boxes[mine], top[there[mine]], best[there[mine]], fit)


def _limit(cls: ObjectClass, spec: ModelSpec, least: float | None) -> float:
    return spec.thresholds[cls] if least is None or cls is ObjectClass.PAVING else least


def _paving_logits(coefficients: Floats, prototypes: Floats, boxes: Floats) -> Floats:
    """The greatest logit over the paving instances, each cropped to its box, at the prototypes' size."""
    depth, height, width = prototypes.shape
    union = np.full((height, width), NOT_PAVING, np.float32)
    for row, box in zip(coefficients.T, boxes / MASK_STRIDE, strict=True):
        x1, y1 = np.maximum(np.floor(box[:2]).astype(int), 0)
        x2, y2 = np.minimum(np.ceil(box[2:]).astype(int), (width, height))
        if x2 <= x1 or y2 <= y1:
            continue
        part = prototypes[:, y1:y2, x1:x2]
        logits = (row @ part.reshape(depth, -1)).reshape(y2 - y1, x2 - x1)
        np.maximum(union[y1:y2, x1:x2], logits, out=union[y1:y2, x1:x2])
    return union


LAYOUT = Layout("segment", ("out0", "out1"), shapes, decode)
