"""What can go wrong in a calibration."""

from vision.errors import VisionError


class CalibrationError(VisionError):
    """Pictures, or a board, from which no lens can be told."""
