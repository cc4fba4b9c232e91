"""Which frames are worth storing for labelling: whole, sharp, and of something new."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from vision.faults import LastPicture, picture_fault
from vision.types import Frame, Image

SAME_LEVELS: Final = (
    5.0  # mean change of 32x24 grey cells: noise 1, head sway 3 a frame, 2 s of walk 13 to 50
)
SMEARED: Final = 30.0  # variance of the Laplacian at 640 px: street pictures 48 to 2000, out of focus 1 to 3
LOOK_AGAIN_S: Final = 0.25  # after a refusal
HALF_FRAME_S: Final = 0.01  # a camera's clock trembles
SMEARED_FAULT, SAME = "smeared", "same"


class Chooser:
    """Which frames are worth storing. Pure but for what it remembers; time is the frames' own."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._bytes: LastPicture | None = None
        self._stored: npt.NDArray[np.float32] | None = None
        self._next_s = float("-inf")

    def is_due(self, frame: Frame) -> bool:
        """Whether it is time to look at a picture again."""
        return frame.t_s >= self._next_s

    def refusal(self, frame: Frame) -> str | None:
        """Why this picture is not worth storing, in a word; None: it is, and counts as stored."""
        self._next_s = frame.t_s + LOOK_AGAIN_S
        self._bytes, fault = picture_fault(frame.image, self._bytes, frame.t_s)
        if fault is not None:
            return fault
        if sharpness(frame.image) < SMEARED:
            return SMEARED_FAULT
        cells = _cells(frame.image)
        if self._stored is not None and float(np.abs(cells - self._stored).mean()) < SAME_LEVELS:
            return SAME
        self._stored, self._next_s = cells, frame.t_s + self._every_s - HALF_FRAME_S
        return None


def sharpness(image: Image) -> float:
    """Variance of the Laplacian, the longer side at 640 px: low where the picture is smeared."""
    scale = 640 / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def _cells(image: Image) -> npt.NDArray[np.float32]:
    """Grey values less their mean: a change of exposure is no change of place."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    cells = cv2.resize(grey, (32, 24), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cells - cells.mean(), np.float32)
