"""Labels of training pictures: outlines of things, an index mask of the surfaces. Pure functions of arrays.

Outlines are N x 2 float arrays of x, y in 0..1 of the picture, as YOLO segmentation labels have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.training.errors import DataError
from vision.types import Image, ObjectClass

Polygon = npt.NDArray[np.float32]
# Values of a surface mask: nothing, guide blocks (bars, or not told), warning blocks, not known.
NONE, PAVING, WARNING, UNSURE = 0, 1, 2, 255

CLASSES = tuple(ObjectClass)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One labelled thing."""

    cls: ObjectClass
    polygon: Polygon


def box_polygon(x1: float, y1: float, x2: float, y2: float) -> Polygon:
    """An octagon that touches all four sides of the box: a rough outline whose bounding box is exact."""
    dx, dy = (x2 - x1) * 0.25, (y2 - y1) * 0.12
    corners = [(x1 + dx, y1), (x2 - dx, y1), (x2, y1 + dy), (x2, y2 - dy)]
    corners += [(x2 - dx, y2), (x1 + dx, y2), (x1, y2 - dy), (x1, y1 + dy)]
    return np.array(corners, np.float32)


def surface_mask(
    size: tuple[int, int],
    paving: Sequence[Sequence[tuple[float, float]]],
    warning: Sequence[Sequence[tuple[float, float]]],
    unsure: Sequence[Sequence[tuple[float, float]]],
) -> Image:
    """The index mask of a picture of `size` (width, height) from outlines in its pixels."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for outlines, value in ((unsure, UNSURE), (paving, PAVING), (warning, WARNING)):
        for outline in outlines:
            cv2.fillPoly(mask, [np.round(np.array(outline)).astype(np.int32)], value)
    return mask


def format_labels(instances: Sequence[Instance]) -> str:
    """The text of a YOLO segmentation label file."""
    rows = (
        f"{CLASSES.index(i.cls)} " + " ".join(f"{v:.5f}" for v in i.polygon.clip(0, 1).ravel())
        for i in instances
    )
    return "".join(row + "\n" for row in rows)


def parse_labels(text: str, where: str) -> list[Instance]:
    """The instances of a label file; raises DataError that names `where` and the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        try:
            cls, values = CLASSES[int(fields[0])], np.array(fields[1:], np.float32)
        except (ValueError, IndexError) as error:
            raise DataError(f"{where}:{number}: not a segmentation label ({error})") from error
        if len(values) < 6 or len(values) % 2:
            raise DataError(f"{where}:{number}: a polygon needs at least 3 points, has {len(values) / 2:g}")
        found.append(Instance(cls, values.reshape(-1, 2)))
    return found
