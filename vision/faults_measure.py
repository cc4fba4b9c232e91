"""What of a picture tells whether anything can be seen on it: light, and detail fine beside coarse. Pure.

Detail is the second difference of brightness, across and down, at three sizes of the picture: about
320 x 240, 160 x 120 and 40 x 30. A street has as much of it at each (its spectrum falls as 1/f); out of
focus the fine one goes and the coarse one stays, at any contrast, so fog and night are not taken for it. A
turning head smears one direction only, so the sharper direction decides. A sensor's grain is white:
averaging 2 x 2 pixels halves it, so what is at 320 x 240 tells how much of the detail at 160 x 120 is grain.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Image

# 8-bit levels of the blue, green and red mean, and of luminance, throughout.
CLIPPED_FROM = 250  # luminance; JPEG and video rarely give a whole 255 back
MOST_GRAIN = 3.0  # mean second difference that grain gives at 160 x 120; more is gravel or leaves
BASE = 320  # pixels across
LEAST_SIDE = 64  # pixels of a picture; a smaller one is enlarged
CELLS = (8, 6)  # across, down
LIVE_DETAIL = 0.7  # mean second difference of a cell in which something can be seen
LIVE_RATIO = 0.2  # and beside the coarse one: below, a smooth or blurred edge
OVER_GRAIN = 0.6  # and beside its grain: over the 400 points of a cell chance makes 0.3 of it

Grid = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measures:
    """One picture in numbers. Levels are 8-bit; `detail` and `coarse` mean second differences."""

    bright: float  # luminance that 98 % of the picture stays under
    mean: float
    cast: float  # between the means of the most and the least of blue, green and red
    clipped: float  # share of the picture at or above CLIPPED_FROM
    detail: float  # at 160 x 120, without grain, of the sharper direction
    coarse: float  # at 40 x 30, of the richer direction
    sharpness: float  # detail / coarse of the sharper direction: a street 0.3 to 1.5, out of focus 0.1
    live: float  # share of the cells in which something can be seen


def measure(image: Image) -> Measures:
    """`image`: H x W x 3 uint8, BGR, any shape; 320 pixels across or more (less tells less)."""
    small = _base(image)
    height, width = small.shape[:2]
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    histogram = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    share = np.cumsum(histogram) / grey.size
    colours = cv2.mean(small)[:3]
    halved = _smaller(grey.astype(np.float32), (width // 2, height // 2))
    tiny = _smaller(halved, (width // 8, height // 8))
    grain = np.minimum(_detail(np.asarray(grey, np.uint8)) / 2, MOST_GRAIN)
    fine, coarse = _detail(halved), _detail(tiny)
    clean = _without(fine, grain)
    whole, whole_coarse = _without(_mean(fine), _mean(grain)), _mean(coarse)
    best, most = clean.max(axis=0), coarse.max(axis=0)
    seen = (best >= LIVE_DETAIL) & (best >= LIVE_RATIO * most) & (best >= OVER_GRAIN * grain.max(axis=0))
    return Measures(
        bright=float(np.searchsorted(share, 0.98)),
        mean=float(histogram @ np.arange(256) / grey.size),
        cast=float(max(colours) - min(colours)),
        clipped=float(histogram[CLIPPED_FROM:].sum() / grey.size),
        detail=float(whole.max()),
        coarse=float(whole_coarse.max()),
        sharpness=float((whole / np.maximum(whole_coarse, 0.1)).max()),
        live=float(seen.mean()),
    )


def _base(image: Image) -> Image:
    """About BASE wide, by a whole factor: where blocks overlap they share grain, and it is white no more."""
    if min(image.shape[:2]) < LEAST_SIDE:
        image = np.asarray(cv2.resize(image, (320, 240)), np.uint8)
    factor = max(1, round(image.shape[1] / BASE))
    height, width = (side // (8 * factor) * 8 for side in image.shape[:2])
    whole = image[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _smaller(grey: Grid, size: tuple[int, int]) -> Grid:
    """`size`: across, down."""
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _mean(cells: Grid) -> Grid:
    """Over the picture, each way for itself."""
    return np.asarray(cells.mean(axis=(1, 2)), np.float32)


def _without(detail: Grid, grain: Grid) -> Grid:
    """Independent of each other, their squares add."""
    return np.asarray(np.sqrt(np.maximum(detail**2 - grain**2, 0.0)), np.float32)


def _detail(grey: npt.NDArray[np.uint8] | Grid) -> Grid:
    """Mean absolute second difference a cell, across and down: 2 x 6 x 8."""
    ways = []
    for across, down in ((2, 0), (0, 2)):
        second = cv2.Sobel(grey, cv2.CV_32F, across, down, ksize=1)
        np.abs(second, out=second)
        ways.append(cv2.resize(second, CELLS, interpolation=cv2.INTER_AREA))
    return np.asarray(ways, np.float32)
