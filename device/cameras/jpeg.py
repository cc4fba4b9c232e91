"""A pushed JPEG as a picture: its size is judged before a pixel is decoded, and half of one is none. Pure."""

import struct
import warnings
import zlib
from io import BytesIO
from typing import Final

import numpy as np
from PIL import ExifTags, UnidentifiedImageError
from PIL import Image as Pillow

from device.cameras.grabber import turned
from vision.decode import SMALLEST_SIDE
from vision.errors import FrameError
from vision.types import Image

# Four megapixels are 12 MB decoded; the model looks at 0.2. A bomb of a kilobyte can say 65,535 x 65,535.
MOST_PIXELS: Final = 4_000_000
# A progressive JPEG has about ten scans, each of which goes over the whole picture: thousands are a bomb too.
MOST_SCANS: Final = 32
# Pixels times scans: three of the largest picture, ten of 1280 x 900. More takes a small board a second.
MOST_WORK: Final = 12_000_000
_SCAN: Final = b"\xff\xda"  # within a scan's own bytes every ff is followed by 00
# EXIF's orientation as degrees clockwise; the mirrored ones no camera writes.
_EXIF_DEG: Final = {3: 180, 6: 90, 8: 270}
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)
TOO_LARGE, TOO_SMALL, NO_JPEG, BROKEN = "too large", "too small", "not a JPEG", "cut short or damaged"


def decoded(jpeg: bytes, rotate_deg: int = 0) -> Image:
    """H x W x 3, BGR, upright by its EXIF and `rotate_deg` (clockwise) beside it.

    Raises `FrameError` of one of the four reasons above, with what was found.
    """
    if (scans := jpeg.count(_SCAN)) > MOST_SCANS:
        raise FrameError(f"{TOO_LARGE} ({scans} scans: more than {MOST_SCANS})")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Pillow's own limit lies far above MOST_PIXELS, damaged EXIF is no harm
        try:
            with Pillow.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
                _refuse(picture.size, scans)
                exif_deg = _EXIF_DEG.get(_orientation(picture), 0)
                rgb = np.asarray(picture.convert("RGB"), np.uint8)
        except UnidentifiedImageError:
            raise FrameError(f"{NO_JPEG} ({len(jpeg)} bytes)") from None
        except Pillow.DecompressionBombError:
            raise FrameError(f"{TOO_LARGE} (beyond {MOST_PIXELS:,} pixels)") from None
        except _BROKEN:
            raise FrameError(f"{BROKEN} ({len(jpeg)} bytes)") from None
    return turned(np.ascontiguousarray(rgb[:, :, ::-1]), exif_deg + rotate_deg)


def _refuse(size: tuple[int, int], scans: int) -> None:
    width, height = size
    if width * height * scans > MOST_WORK:
        raise FrameError(f"{TOO_LARGE} ({width}x{height} in {scans} scans: send a baseline JPEG)")
    if width * height > MOST_PIXELS:
        raise FrameError(f"{TOO_LARGE} ({width}x{height}: more than {MOST_PIXELS:,} pixels)")
    if min(size) < SMALLEST_SIDE:
        raise FrameError(f"{TOO_SMALL} ({width}x{height}: less than {SMALLEST_SIDE} pixels a side)")


def _orientation(picture: Pillow.Image) -> int:
    try:
        told = picture.getexif().get(ExifTags.Base.Orientation)
    except _BROKEN:
        return 1  # the picture may be whole all the same
    return told if isinstance(told, int) else 1
