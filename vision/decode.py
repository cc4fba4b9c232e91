"""From a picture to the network's input, and the parts of the way back that every output layout shares.

Pure functions of arrays. The layouts themselves: `vision.layouts`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.errors import FrameError
from vision.model_spec import MASK_STRIDE, ModelSpec
from vision.types import Detection, Image, Mask, ObjectClass

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]

NMS_IOU = 0.55  # two riders side by side overlap less; two boxes of one thing overlap more
# More candidates than this in one class is noise (a street holds some tens); it bounds the time of NMS.
MOST_CANDIDATES = 200
COMMON = 0.30  # what `sureness` makes of a class's threshold
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


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a layout makes of one picture's raw output, in frame pixels. Fields as in `Detections`."""

    objects: tuple[Detection, ...]
    paving: Mask
    paving_score: float
    warning: Mask | None = None
    faint: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which a network answers. `names` and `shapes` (with the leading 1) are in one order.

    `decode(outputs, spec, fit, least)` takes the outputs without the leading 1. `least` None: what
    reaches its class's threshold, and the faint apart; else every box of at least this score, for figures.
    """

    task: str
    names: tuple[str, ...]
    shapes: Callable[[ModelSpec], list[list[int]]]
    decode: Callable[[Sequence[Floats], ModelSpec, Letterbox, float | None], Decoded]


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
    blob = np.empty((1, 3, height, width), np.float32)
    # What `cv2.dnn.blobFromImage` does, to the last bit, in half the time.
    for place, plane in zip((2, 1, 0), cv2.split(canvas), strict=True):
        np.multiply(plane, np.float32(1 / 255.0), out=blob[0, place])
    return blob


def corners(centres: Floats) -> Floats:
    """Rows x, y, w, h of N boxes -> N x (x1, y1, x2, y2)."""
    x, y, w, h = centres
    return np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)


def areas(boxes: Floats) -> Floats:
    """Square pixels of each box."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)


def shared_areas(first: Floats, second: Floats) -> Floats:
    """Square pixels that each box of `first` shares with each of `second`: N x M."""
    wide = np.minimum(first[:, None, 2], second[None, :, 2]) - np.maximum(
        first[:, None, 0], second[None, :, 0]
    )
    tall = np.minimum(first[:, None, 3], second[None, :, 3]) - np.maximum(
        first[:, None, 1], second[None, :, 1]
    )
    return np.asarray(np.maximum(wide, 0) * np.maximum(tall, 0), np.float32)


def overlaps(first: Floats, second: Floats) -> Floats:
    """Intersection over union of each box of `first` with each of `second`: N x M."""
    shared = shared_areas(first, second)
    union = areas(first)[:, None] + areas(second)[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def suppress(boxes: Floats, scores: Floats, ids: Ints, limit: float = NMS_IOU) -> Ints:
    """Indices of the boxes that no better box of the same id overlaps by more than `limit`, best first."""
    order = np.argsort(-scores, kind="stable").astype(np.intp)
    counts = np.bincount(ids)
    if counts.size and counts.max() > MOST_CANDIDATES:
        runs = [order[ids[order] == each][:MOST_CANDIDATES] for each in np.flatnonzero(counts)]
        order = np.sort(np.concatenate(runs))
        order = order[np.argsort(-scores[order], kind="stable")]
    if order.size < 2:
        return order
    first = boxes[order]
    sides = np.concatenate([first[:, :2], first[:, 2:] - first[:, :2]], axis=1).astype(np.float64)
    # Scores fall from 1: they only carry the order, which ties must not change.
    falling = np.linspace(1.0, 0.5, order.size, dtype=np.float32)
    kept = cv2.dnn.NMSBoxesBatched(sides, falling, ids[order].astype(np.int32), 0.0, limit)  # type: ignore[arg-type]
    return order[np.sort(np.asarray(kept, np.intp).ravel())]


def detection(cls: ObjectClass, score: float, box: list[float]) -> Detection | None:
    """A detection in frame pixels; None where clipping to the frame left nothing of it."""
    x1, y1, x2, y2 = box
    return Detection(cls, min(score, 1.0), (x1, y1, x2, y2)) if x2 - x1 >= 1 and y2 - y1 >= 1 else None


def detected(
    classes: Sequence[ObjectClass], boxes: Floats, scores: Floats, ids: Ints, fit: Letterbox
) -> tuple[Detection, ...]:
    """Boxes in input pixels as detections of `classes[id]` in frame pixels, in their order."""
    found = zip(ids.tolist(), scores.tolist(), fit.to_frame(boxes).tolist(), strict=True)
    things = (detection(classes[cls], score, box) for cls, score, box in found)
    return tuple(thing for thing in things if thing)


def sureness(score: float, threshold: float) -> float:
    """A score on one scale for all classes: 0 stays 0, the class's own threshold becomes COMMON, 1 stays 1.

    A rare class never scores as a common one does. What follows the detector confirms, weighs and words
    by one number, so that number must mean the same of a bollard as of a person: how far it lies above
    the point that was found best for its class.
    """
    if score < threshold:
        return COMMON * score / threshold
    return COMMON + (1 - COMMON) * (score - threshold) / (1 - threshold)


def frame_mask(logits: Floats, fit: Letterbox) -> Mask:
    """Where logits of cells of `MASK_STRIDE` input pixels are above 0, as a mask of the frame."""
    width, height = fit.frame
    mask = np.zeros((height, width), np.bool_)
    cells = cv2.boundingRect((logits > 0).view(np.uint8))
    if not cells[2]:
        return mask
    # Frame pixel centre -> cell centre, both in continuous coordinates.
    step = fit.scale / MASK_STRIDE
    shift_x = (0.5 * fit.scale + fit.left) / MASK_STRIDE - 0.5
    shift_y = (0.5 * fit.scale + fit.top) / MASK_STRIDE - 0.5
    # Only the part that can be above 0 is drawn: to the centres of the cells around it.
    x1, x2 = _reach(cells[0], cells[2], step, shift_x, width)
    y1, y2 = _reach(cells[1], cells[3], step, shift_y, height)
    if x2 <= x1 or y2 <= y1:
        return mask  # all of it lies in the grey border
    pull = np.array([[step, 0, shift_x + step * x1], [0, step, shift_y + step * y1]], np.float64)
    grown = cv2.warpAffine(
        np.maximum(logits, NOT_PAVING),
        pull,
        (x2 - x1, y2 - y1),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    np.greater(grown, 0, out=mask[y1:y2, x1:x2])
    return mask


def _reach(first: int, count: int, step: float, shift: float, limit: int) -> tuple[int, int]:
    """The frame pixels that cells `first` .. `first + count - 1` can colour."""
    low = int((first - 1 - shift) / step)
    high = int((first + count - shift) / step) + 2
    return min(max(low, 0), limit), min(max(high, 0), limit)
