"""The worn camera's geometry from its configuration. Pure but for the lens file."""

from dataclasses import replace
from math import atan, degrees, radians, tan

from device.config import CameraConfig
from vision.calibration.files import read_lens
from vision.camera import TOLD_HEIGHT_SIGMA_M, Camera, calibrated
from vision.lens import Lens


def lens_of(config: CameraConfig) -> Lens | None:
    """The measured lens, where one is configured; raises `CalibrationError`."""
    return None if config.calibration is None else read_lens(config.calibration)


def geometry(config: CameraConfig, lens: Lens | None, width: int, height: int) -> Camera:
    """The camera of upright pictures of this size; `LensError` where the lens was measured at another.

    `config.hfov_deg` is told by makers along the longer side: a phone held upright sees less across. A height
    that is configured was measured, and is believed; else it is assumed, and believed less.
    """
    camera = Camera(width, height, hfov_deg=hfov_across(config.hfov_deg, width, height))
    if config.height_m is not None:
        camera = replace(camera, lens_height_m=config.height_m, lens_height_sigma_m=TOLD_HEIGHT_SIGMA_M)
    return camera if lens is None else calibrated(camera, lens)


def hfov_across(long_deg: float, width: int, height: int) -> float:
    """The horizontal field of view of a picture whose longer side spans `long_deg`, square pixels."""
    return degrees(2 * atan(tan(radians(long_deg) / 2) * width / max(width, height)))
