"""Labels of training pictures: outlines of things, an index mask of the surfaces. Pure functions of arrays.

Outlines are N x 2 float arrays of x, y in 0..1 of the picture, as YOLO segmentation labels have them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.training.errors import DataError
from vision.types import Image, Mask, ObjectClass

Polygon = npt.NDArray[np.float32]
Ladder = Sequence[tuple[float, float, float]]
# Values of a surface mask: nothing, guide blocks (bars, or not told), warning blocks, not known.
NONE, PAVING, WARNING, UNSURE = 0, 1, 2, 255

CLASSES = tuple(ObjectClass)


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One labelled thing."""

    cls: ObjectClass
    polygon: Polygon


def yellow_mask(bgr: Image, min_share: float = 0.002) -> Mask:
    """Pixels as yellow as guide blocks are, in sun or shade, in pieces of at least a share of the picture.

    Hue survives shade where value and saturation do not; Lab's b relative to lightness keeps brown walls and
    grey stone out. The limits were set by eye on two of the clips, never on the held-out one.
    """
    soft = cv2.GaussianBlur(bgr, (0, 0), 1.2)
    hue, saturation, value = cv2.split(cv2.cvtColor(soft, cv2.COLOR_BGR2HSV))
    lab = cv2.cvtColor(soft, cv2.COLOR_BGR2Lab).astype(np.int16)
    lightness, a, b = lab[..., 0] * 100 / 255, lab[..., 1] - 128, lab[..., 2] - 128
    hit = (hue >= 11) & (hue <= 30) & (saturation > 60) & (value > 35)
    hit &= (b > 0.16 * lightness + 3) & (a < 0.62 * b)
    return clean_mask(hit, min_share)


def clean_mask(hit: Mask, min_share: float) -> Mask:
    """The mask without specks and pieces below a share of the picture; joints between blocks closed."""
    m = cv2.morphologyEx(hit.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    m = cv2.morphologyEx(m, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(m)
    large = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= min_share * m.size)
    return np.isin(pieces, large[large != 0])


def hsv_yellow(bgr: Image) -> Mask:
    """The baseline: an HSV threshold and nothing else.

    Its four limits are the best of 320 combinations on the training and validation masks, so that the
    model is compared with a threshold as good as a threshold gets.
    """
    hsv = cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)
    return cv2.inRange(hsv, np.array([15, 40, 150]), np.array([28, 255, 255])) > 0


def ladder_between(before: Ladder, after: Ladder, share: float, height: int) -> Polygon:
    """The strip's outline in pixels, `share` (0..1) of the way from one keyframe's rows to the next one's."""
    rows = np.arange(0, height, 4, dtype=np.float32)

    def sides(ladder: Ladder) -> npt.NDArray[np.float64]:
        y, left, right = np.array(sorted(ladder), np.float64).T
        outside = (rows < y[0] - 2) | (rows > y[-1] + 2)
        both = np.stack([np.interp(rows, y, left), np.interp(rows, y, right)])
        both[:, outside] = np.nan
        return both

    left, right = sides(before) * (1 - share) + sides(after) * share
    seen = ~np.isnan(left)
    edge = [(x, y) for x, y in zip(left[seen], rows[seen], strict=True)]
    edge += [(x, y) for x, y in zip(right[seen][::-1], rows[seen][::-1], strict=True)]
    return np.array(edge, np.float32)


def filled(polygons: Sequence[npt.NDArray[np.floating]], width: int, height: int) -> Mask:
    """The union of polygons given in pixels."""
    canvas = np.zeros((height, width), np.uint8)
    for polygon in polygons:
        cv2.fillPoly(canvas, [np.round(polygon).astype(np.int32)], 1)
    return canvas > 0


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
