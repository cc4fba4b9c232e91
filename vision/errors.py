"""What can go wrong in vision.

VisionError
├── FrameError        a picture that cannot be one: wrong type, shape, empty, huge
├── ModelError        a model file that is missing, changed, or not what the manifest says
├── VideoError        a clip that cannot be read or written
├── LensError         (vision/lens.py) numbers that no lens has
└── CalibrationError  (vision/calibration) pictures, or a board, from which no lens can be told
"""


class VisionError(Exception):
    """The root: catch this to catch all of vision."""


class FrameError(VisionError):
    """A picture that cannot be one."""


class ModelError(VisionError):
    """A model that must not be run."""


class VideoError(VisionError):
    """A clip that cannot be read or written."""
