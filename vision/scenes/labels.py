"""Masks as YOLO segmentation lines: one polygon an instance, holes and pieces joined by slits."""

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Mask, ObjectClass

I32 = npt.NDArray[np.int32]
CLASS_ID = {cls: index for index, cls in enumerate(ObjectClass)}
SMALLEST_PX = 30  # fewer pixels than this teach nothing


def _slit(one: I32, two: I32) -> I32:
    """One closed walk round both outlines, across the shortest gap and back."""
    gap = np.linalg.norm(one[:, None, :].astype(np.float64) - two[None, :, :], axis=2)
    i, j = np.unravel_index(int(gap.argmin()), gap.shape)
    around = np.vstack([two[j:], two[: j + 1]])
    return np.vstack([one[: i + 1], around, one[i:]])


def outline(mask: Mask, holes: bool) -> I32 | None:
    """The mask's border as one polygon (n x 2 pixels), None where nothing is left of it."""
    mode = cv2.RETR_CCOMP if holes else cv2.RETR_EXTERNAL
    contours, _ = cv2.findContours(mask.astype(np.uint8), mode, cv2.CHAIN_APPROX_SIMPLE)
    rings = [np.asarray(c[:, 0], np.int32) for c in contours if cv2.contourArea(c) >= 4 and len(c) >= 3]
    if not rings:
        return None
    rings.sort(key=lambda ring: -cv2.contourArea(ring))
    whole = rings[0]
    for ring in rings[1:]:
        whole = _slit(whole, ring)
    return whole


def instances(mask: Mask) -> list[Mask]:
    """Pieces of paving that belong together: what a pole or a leg parts stays one."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels = cv2.connectedComponents(closed)
    return [mask & (labels == k) for k in range(1, count)]


def line(cls: ObjectClass, polygon: I32, width: int, height: int) -> str:
    """`class x1 y1 x2 y2 …`, normalised to 0..1."""
    # A contour runs through pixel centres; half a pixel brings it to picture coordinates.
    xy = (polygon + 0.5) / np.array([width, height])
    return " ".join([str(CLASS_ID[cls]), *(f"{v:.5f}" for v in np.clip(xy, 0, 1).ravel())])


def lines(masks: list[tuple[ObjectClass, Mask]]) -> list[str]:
    """A label file's lines; things too small to learn from are left out."""
    result = []
    for cls, mask in masks:
        parts = instances(mask) if cls is ObjectClass.PAVING else [mask]
        for part in parts:
            polygon = outline(part, holes=cls is ObjectClass.PAVING) if part.sum() >= SMALLEST_PX else None
            if polygon is not None:
                result.append(line(cls, polygon, mask.shape[1], mask.shape[0]))
    return result


def rasterise(text: str, width: int, height: int) -> tuple[ObjectClass, Mask]:
    """A label line back as class and mask, as trainers read it."""
    number, *values = text.split()
    xy = np.asarray(values, np.float64).reshape(-1, 2) * np.array([width, height]) - 0.5
    canvas = np.zeros((height, width), np.uint8)
    cv2.fillPoly(canvas, [np.round(xy).astype(np.int32)], 1)
    return list(ObjectClass)[int(number)], canvas > 0
