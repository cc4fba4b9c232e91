"""The ground as the pipeline sees it, drawn onto the frame: paving, and where the wearer walks.

Paving is hatched, both ways where it is dots.
"""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from vision.annotate_colours import BLUE, INK, WHITE
from vision.camera import Camera
from vision.corridor import Corridor
from vision.types import Image, Mask

CORRIDOR_FAR_M = 6.0


def draw_paving(canvas: Image, mask: Mask, dots: Mask | None) -> None:
    """What the network took for guide blocks, into `canvas`. `dots`: the part of it that is dots."""
    if not mask.any():
        return
    cover = mask.view(np.uint8)
    x, y, w, h = cv2.boundingRect(cover)
    place = np.s_[y : y + h, x : x + w]
    part, cover = canvas[place], np.ascontiguousarray(cover[place])
    # Hatched, not tinted: blue over yellow would be green.
    lines = cv2.bitwise_and(cover, _hatch(w, h))
    if dots is not None:
        across = np.ascontiguousarray(dots[place]).view(np.uint8)
        lines = cv2.bitwise_or(lines, cv2.bitwise_and(across, np.ascontiguousarray(np.fliplr(_hatch(w, h)))))
    cv2.copyTo(np.full_like(part, BLUE), lines, part)
    outlines, _ = cv2.findContours(cover, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(part, outlines, -1, BLUE, 2, cv2.LINE_AA)


@lru_cache(maxsize=64)
def _hatch(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Thin diagonal stripes of ones."""
    down, across = np.ogrid[:height, :width]
    return ((across + down) % 9 < 2).astype(np.uint8)


def draw_corridor(canvas: Image, corridor: Corridor, camera: Camera) -> None:
    """Both edges of where the wearer walks, into `canvas`."""
    for side in (-1, 1):
        points = _edge(corridor, camera, side)
        if len(points) > 1:
            cv2.polylines(canvas, [points], False, INK, 3, cv2.LINE_AA)
            cv2.polylines(canvas, [points], False, WHITE, 1, cv2.LINE_AA)


def _edge(corridor: Corridor, camera: Camera, side: int) -> npt.NDArray[np.int32]:
    found = []
    for z in np.linspace(0.4, CORRIDOR_FAR_M, 16).tolist():
        middle = corridor.middle_m(z)
        point = camera.project(middle + side * corridor.half_width_m(z), z)
        if point and abs(point[0]) < 4000 and abs(point[1]) < 4000:
            found.append(point)
    return np.array(found, np.float64).round().astype(np.int32).reshape(-1, 2)
