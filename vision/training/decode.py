"""The network's raw output to boxes and paving pixels, in numpy: for labels and figures, not for the walk."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Image, Mask

Floats = npt.NDArray[np.float32]
PAD = 114
MASK_VALUES = 32


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture lies on the network's canvas: canvas = picture * scale + (left, top)."""

    scale: float
    left: int
    top: int
    width: int  # of the picture, px
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Detections after suppression: boxes in pixels of the picture, N x 4; `values` for their masks."""

    boxes: Floats
    scores: Floats
    classes: npt.NDArray[np.intp]
    values: Floats


def letterbox(bgr: Image, width: int, height: int) -> tuple[Image, Fit]:
    """The picture scaled to fit and centred on a canvas of grey `PAD`."""
    h, w = bgr.shape[:2]
    scale = min(width / w, height / h)
    inner_w, inner_h = round(w * scale), round(h * scale)
    left, top = (width - inner_w) // 2, (height - inner_h) // 2
    canvas = np.full((height, width, 3), PAD, np.uint8)
    canvas[top : top + inner_h, left : left + inner_w] = cv2.resize(
        bgr, (inner_w, inner_h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return canvas, Fit(scale, left, top, w, h)


def to_blob(canvas: Image) -> Floats:
    """1 x 3 x H x W, RGB, 0..1."""
    return np.ascontiguousarray(canvas[None, :, :, ::-1].transpose(0, 3, 1, 2), np.float32) / np.float32(255)


def decode(raw: Floats, fit: Fit, classes: int, least: float, iou: float = 0.55) -> Found:
    """Raw `[4 + classes (+ 32), N]` to detections of score >= `least`, suppressed class by class."""
    scores_all = raw[4 : 4 + classes]
    cls = scores_all.argmax(0)
    score = scores_all.max(0)
    keep = score >= least
    xywh, cls, score = raw[:4, keep].T, cls[keep], score[keep]
    values = raw[4 + classes :, keep].T
    corner = np.concatenate([xywh[:, :2] - xywh[:, 2:] / 2, xywh[:, :2] + xywh[:, 2:] / 2], 1)
    boxes = (corner - np.array([fit.left, fit.top] * 2)) / fit.scale
    boxes = boxes.clip(0, np.array([fit.width, fit.height] * 2)).astype(np.float32)
    order = suppress(boxes, score, cls, iou)
    return Found(boxes[order], score[order], cls[order], values[order])


def suppress(boxes: Floats, scores: Floats, classes: npt.NDArray[np.intp], iou: float) -> list[int]:
    """Indices kept by greedy suppression inside each class, best first."""
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable"):
        same = [k for k in kept if classes[k] == classes[i]]
        if not same or ious(boxes[i], boxes[same]).max() < iou:
            kept.append(int(i))
    return kept


def ious(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box with N others."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    inner = np.prod((high - low).clip(0), 1)
    area = np.prod(box[2:] - box[:2]) + np.prod(others[:, 2:] - others[:, :2], 1) - inner
    return np.asarray(inner / np.maximum(area, 1e-6), np.float32)


def union_mask(found: Found, cls: int, prototypes: Floats, fit: Fit) -> Mask:
    """Union of the masks of one class over the picture; `prototypes` 32 x H/4 x W/4 of the canvas."""
    rows = np.flatnonzero(found.classes == cls)
    whole = np.zeros((fit.height, fit.width), bool)
    ph, pw = prototypes.shape[1:]
    for row in rows:
        small = np.tensordot(found.values[row], prototypes, 1)
        canvas = cv2.resize(small, (pw * 4, ph * 4), interpolation=cv2.INTER_LINEAR)
        inner = canvas[
            fit.top : fit.top + round(fit.height * fit.scale),
            fit.left : fit.left + round(fit.width * fit.scale),
        ]
        full = cv2.resize(inner, (fit.width, fit.height), interpolation=cv2.INTER_LINEAR) > 0
        x1, y1, x2, y2 = found.boxes[row].round().astype(int)
        whole[y1:y2, x1:x2] |= full[y1:y2, x1:x2]
    return whole
