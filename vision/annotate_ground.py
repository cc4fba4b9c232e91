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
FARTHEST_PX = 4000.0  # from the picture's corner: no line is drawn farther


def draw_paving(canvas: Image, mask: Mask, dots: Mask | None) -> None:
    """What the network took for guide blocks, into `canvas`. `dots`: the part of it that is dots."""
    if not mask.any():
        return
    cover = mask.view(np.uint8)
    x, y, w, h = cv2.boundingRect(cover)
    place = np.s_[y : y + h, x : x + w]
    part, cover = canvas[place], np.ascontiguousarray(cover[place])
    # Hatched, not tinted: blue over yellow would be green.
    blue, falling, rising = _inks(canvas.shape[1], canvas.shape[0])
    lines = cv2.bitwise_and(cover, falling[:h, :w])
    if dots is not None:
        across = np.ascontiguousarray(dots[place]).view(np.uint8)
        lines = cv2.bitwise_or(lines, cv2.bitwise_and(across, rising[:h, canvas.shape[1] - w :]))
    cv2.copyTo(blue[:h, :w], lines, part)
    outlines, _ = cv2.findContours(cover, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(part, outlines, -1, BLUE, 2, cv2.LINE_AA)


@lru_cache(maxsize=2)
def _inks(width: int, height: int) -> tuple[Image, npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """For a picture of this size and for any part of it: all blue, and thin stripes of ones, both ways."""
    down, across = np.ogrid[:height, :width]
    stripes = ((across + down) % 9 < 2).astype(np.uint8)
    return np.full((height, width, 3), BLUE, np.uint8), stripes, np.ascontiguousarray(np.fliplr(stripes))


def draw_corridor(canvas: Image, corridor: Corridor, camera: Camera) -> None:
    """Both edges of where the wearer walks, into `canvas`."""
    ahead = np.linspace(0.4, CORRIDOR_FAR_M, 16)
    middle = np.array([corridor.middle_m(z) for z in ahead.tolist()])
    half = np.array([corridor.half_width_m(z) for z in ahead.tolist()])
    for side in (-1, 1):
        points = camera.project_rows(middle + side * half, ahead, np.zeros(len(ahead)))
        # What is behind the camera is not a number, and so not within.
        points = points[(np.abs(points) < FARTHEST_PX).all(axis=1)].round().astype(np.int32)
        if len(points) > 1:
            cv2.polylines(canvas, [points], False, INK, 3, cv2.LINE_AA)
            cv2.polylines(canvas, [points], False, WHITE, 1, cv2.LINE_AA)
