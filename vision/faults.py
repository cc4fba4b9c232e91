"""Pictures that tell nothing: dark, covered, frozen. Silence about them would look like safety. Pure."""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from vision.types import Image

DARK = "dark"
COVERED = "covered"
FROZEN = "frozen"
UNDECODABLE = "undecodable"

# 8-bit luminance that 98 % of the picture stays under: only noise and a lamp or two are left.
DARK_LEVEL = 28.0
# Standard deviation of luminance at 1/8 size: a hand, a mask or a lens cap is this even, a street never.
COVERED_SPREAD = 5.0
# A sensor's noise changes some pixel in every frame; the same bytes this long are not a picture of now.
FROZEN_S = 2.0


@dataclass(frozen=True, slots=True)
class LastPicture:
    """The bytes last seen, and since when."""

    digest: int
    since_s: float


def picture_fault(image: Image, last: LastPicture | None, t_s: float) -> tuple[LastPicture, str | None]:
    """The picture to remember, and what is wrong with this one (None: nothing known)."""
    digest = zlib.crc32(np.ascontiguousarray(image).data)
    if last is None or digest != last.digest:
        last = LastPicture(digest, t_s)
    if t_s - last.since_s > FROZEN_S:
        return last, FROZEN
    small = cv2.cvtColor(image[::8, ::8], cv2.COLOR_BGR2GRAY)
    if float(np.quantile(small, 0.98)) < DARK_LEVEL:
        return last, DARK
    if float(small.std()) < COVERED_SPREAD:
        return last, COVERED
    return last, None
