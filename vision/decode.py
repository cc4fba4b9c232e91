"""From a picture to the network's input, and from its raw output to detections. Pure functions of arrays.

Layout `yolov8-seg`: out0 [4 + classes + 32, N] = box centre and size in input pixels, class scores 0..1,
mask coefficients; out1 [32, h/4, w/4] = prototypes. A mask is sigmoid(coefficients x prototypes) > 0.5,
which is the same as the product > 0, so no sigmoid is computed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.errors import FrameError
from vision.model_files import MASK_STRIDE, ModelSpec
from vision.types import Detection, Image, Mask, ObjectClass

Floats = npt.NDArray[np.float32]

NMS_IOU = 0.55  # two riders side by side overlap less; two boxes of one thing overlap more
# More candidates than this in one class is noise (a street holds some tens); it bounds the time of NMS.
MOST_CANDIDATES = 200
SMALLEST_SIDE, LARGEST_SIDE = 32, 8192
NOT_PAVING = -8.0  # a mask logit: sigmoid 0.0003


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a frame lies in the network's input: scale, then offset in input pixels."""

    scale: float
    left: int
    top: int
    inner: tuple[int, int]  # width, height of the scaled frame
    frame: tuple[int, int]  # width, height of the frame

    def to_frame(self, boxes: Floats) -> Floats:
        """(x1, y1, x2, y2) rows in input pixels -> in frame pixels, clipped to the frame."""
        moved = (boxes - np.array([self.left, self.top] * 2, np.float32)) / np.float32(self.scale)
        limit = np.array(self.frame * 2, np.float32)
        return np.asarray(np.clip(moved, 0, limit), np.float32)


def check_frame(image: Image) -> None:
    """Raise `FrameError` unless `image` is a H x W x 3 uint8 picture of a usable size."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        raise FrameError(f"frame is {getattr(image, 'dtype', type(image).__name__)}, not 8-bit pixels")
    if image.ndim != 3 or image.shape[2] != 3:
        raise FrameError(f"frame has shape {image.shape}, not height x width x 3 (BGR)")
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise FrameError(f"frame is {width}x{height}: smaller than {SMALLEST_SIDE} pixels a side")
    if max(height, width) > LARGEST_SIDE:
        raise FrameError(f"frame is {width}x{height}: larger than {LARGEST_SIDE} pixels a side")


def letterbox(frame: tuple[int, int], target: tuple[int, int]) -> Letterbox:
    """Fit `frame` (width, height) into `target` without changing its proportions, centred."""
    scale = min(target[0] / frame[0], target[1] / frame[1])
    inner = (max(1, round(frame[0] * scale)), max(1, round(frame[1] * scale)))
    return Letterbox(scale, (target[0] - inner[0]) // 2, (target[1] - inner[1]) // 2, inner, frame)


def to_input(image: Image, fit: Letterbox, spec: ModelSpec) -> Floats:
    """The [1, 3, H, W] RGB 0..1 array that the network takes."""
    width, height = spec.input.width, spec.input.height
    inner = image if fit.inner == fit.frame else cv2.resize(image, fit.inner, interpolation=cv2.INTER_LINEAR)
    if fit.inner == (width, height):
        canvas = inner
    else:
        canvas = np.full((height, width, 3), spec.input.pad, np.uint8)
        canvas[fit.top : fit.top + fit.inner[1], fit.left : fit.left + fit.inner[0]] = inner
    return np.asarray(cv2.dnn.blobFromImage(canvas, 1 / 255.0, swapRB=True), np.float32)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What `decode` returns: objects, the union of paving masks, the best paving score."""

    objects: tuple[Detection, ...]
    paving: Mask
    paving_score: float


def decode(raw: Floats, prototypes: Floats, spec: ModelSpec, fit: Letterbox) -> Decoded:
    """Detections in frame pixels from one picture's raw output ([rows, N] and [32, h/4, w/4])."""
    count = len(spec.classes)
    scores = raw[4 : 4 + count]
    best = scores.argmax(axis=0)
    top = scores[best, np.arange(raw.shape[1])]
    limits = np.array([spec.thresholds[cls] for cls in spec.classes], np.float32)
    keep = np.flatnonzero(top >= limits[best])
    boxes = _corners(raw[:4, keep])
    objects: list[Detection] = []
    paving_rows = keep[:0]
    for index, cls in enumerate(spec.classes):
        mine = np.flatnonzero(best[keep] == index)
        mine = mine[suppress(boxes[mine], top[keep[mine]])]
        if cls is ObjectClass.PAVING:
            paving_rows = mine
        else:
            objects.extend(_detections(cls, top[keep[mine]], fit.to_frame(boxes[mine])))
    logits = _paving_logits(raw[4 + count :, keep[paving_rows]], prototypes, boxes[paving_rows])
    score = float(top[keep[paving_rows]].max()) if paving_rows.size else 0.0
    objects.sort(key=lambda d: -d.score)
    return Decoded(tuple(objects), _to_frame_mask(logits, fit), score)


def _corners(centres: Floats) -> Floats:
    x, y, w, h = centres
    return np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)


def _detections(cls: ObjectClass, scores: Floats, boxes: Floats) -> list[Detection]:
    found = []
    for score, (x1, y1, x2, y2) in zip(scores.tolist(), boxes.tolist(), strict=True):
        if x2 - x1 >= 1 and y2 - y1 >= 1:
            found.append(Detection(cls, min(score, 1.0), (x1, y1, x2, y2)))
    return found


def suppress(boxes: Floats, scores: Floats, limit: float = NMS_IOU) -> npt.NDArray[np.intp]:
    """Indices of the boxes that no better box overlaps by more than `limit`, best first."""
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    kept: list[int] = []
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while order.size:
        first, rest = order[0], order[1:]
        kept.append(int(first))
        low = np.maximum(boxes[first, :2], boxes[rest, :2])
        high = np.minimum(boxes[first, 2:], boxes[rest, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        order = rest[shared <= limit * (areas[first] + areas[rest] - shared)]
    return np.array(kept, np.intp)


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


def _to_frame_mask(logits: Floats, fit: Letterbox) -> Mask:
    width, height = fit.frame
    if float(logits.max()) <= 0:
        return np.zeros((height, width), np.bool_)
    # Frame pixel centre -> prototype pixel centre, both in continuous coordinates.
    step = fit.scale / MASK_STRIDE
    shift_x = (0.5 * fit.scale + fit.left) / MASK_STRIDE - 0.5
    shift_y = (0.5 * fit.scale + fit.top) / MASK_STRIDE - 0.5
    pull = np.array([[step, 0, shift_x], [0, step, shift_y]], np.float64)
    grown = cv2.warpAffine(
        np.maximum(logits, NOT_PAVING),
        pull,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(grown > 0, np.bool_)
