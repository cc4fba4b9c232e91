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
    Layout,
    Letterbox,
    corners,
    detection,
    frame_mask,
    suppress,
)
from vision.model_spec import MASK_STRIDE, ModelSpec
from vision.types import ObjectClass

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
    limits = np.array([_limit(cls, spec, least) for cls in spec.classes], np.float32)
    keep = np.flatnonzero(top >= limits[best])
    keep = keep[suppress(corners(raw[:4, keep]), top[keep], best[keep])]
    boxes, names = corners(raw[:4, keep]), [spec.classes[row] for row in best[keep].tolist()]
    found = zip(names, top[keep].tolist(), fit.to_frame(boxes).tolist(), strict=True)
    things = (detection(*each) for each in found if each[0] is not ObjectClass.PAVING)
    paving = np.flatnonzero([name is ObjectClass.PAVING for name in names])
    logits = _paving_logits(raw[4 + count :, keep[paving]], prototypes, boxes[paving])
    score = float(top[keep[paving]].max()) if paving.size else 0.0
    return Decoded(tuple(thing for thing in things if thing), frame_mask(logits, fit), score)


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
