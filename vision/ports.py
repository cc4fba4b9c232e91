"""The detector port."""

from typing import Protocol

from vision.types import Detections, Frame


class Detector(Protocol):
    """Finds tactile paving and things in one frame. Same frame, same answer."""

    def detect(self, frame: Frame) -> Detections:
        """Raises `vision.errors.FrameError` for a picture that cannot be one."""
