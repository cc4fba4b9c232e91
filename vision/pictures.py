"""Picture files as arrays: what a camera, a labeller or a phone wrote, or one clear line why not.

Every decoder's complaint becomes a `FrameError`: a file that is cut short must not pass as a picture
whose lower half is grey.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from vision.decode import LARGEST_SIDE, check_frame
from vision.errors import FrameError
from vision.types import Image

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "PPM")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"})
# Where a picture is transparent its colours are whatever the painter left: grey, as beside a letterbox.
BEHIND = (114, 114, 114, 255)
_A_FOLDER = "写真ではなくフォルダーです / a folder, not a picture"
_ABSENT = "ありません / no such file"
_WIDE_GREY = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I"})
# What Pillow's readers raise for bytes that are not what their header says.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    Pillow.DecompressionBombError,
    Pillow.DecompressionBombWarning,
)


def read_picture(path: Path) -> Image:
    """The picture as H x W x 3 uint8, BGR, turned upright as its EXIF says. Raises `FrameError`, one line.

    Grey, indexed, 16-bit (its upper 8 bits are kept), CMYK and transparent pictures are converted; floating
    point, larger than `LARGEST_SIDE` or smaller than the detector takes, cut short or damaged are refused.
    """
    with _decoding(path):
        with _opened(path) as picture:
            _refuse_size(picture.size)
            rgb = np.asarray(_rgb(ImageOps.exif_transpose(picture)), np.uint8)
        image = np.ascontiguousarray(rgb[:, :, ::-1])
        check_frame(image)
        return image


def read_colours(path: Path) -> Image:
    """A label picture as it was drawn: H x W (grey values) or H x W x 3 (RGB). Raises `FrameError`."""
    with _decoding(path), _opened(path) as picture:
        _refuse_size(picture.size)
        if picture.mode in _WIDE_GREY:
            raise FrameError("16-bit: a mask has 8 bits a channel")
        if picture.mode == "1":
            return np.asarray(picture.convert("L"), np.uint8)
        if picture.mode in ("L", "LA"):
            return np.asarray(picture.getchannel(0), np.uint8)
        return np.asarray(picture.convert("RGB"), np.uint8)


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Every way to fail becomes one line that names the file."""
    if not path.is_file():
        raise FrameError(f"{path}: {_A_FOLDER if path.is_dir() else _ABSENT}")
    try:
        if path.stat().st_size == 0:
            raise FrameError("空のファイルです / the file is empty")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Pillow.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # damaged EXIF beside a whole picture
            yield
    except FrameError as error:
        raise FrameError(f"{path}: {error}") from None
    except UnidentifiedImageError:
        what = f"読める写真ではありません / not a picture of a kind that is read ({', '.join(FORMATS)})"
        raise FrameError(f"{path}: {what}") from None
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
        raise FrameError(f"{path}: 大きすぎます / larger than {LARGEST_SIDE} pixels a side") from None
    except PermissionError as error:
        raise FrameError(f"{path}: 読めません / cannot be read ({error.strerror})") from None
    except _BROKEN as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        what = f"壊れているか途中で切れています / damaged or cut short ({first})"
        raise FrameError(f"{path}: {what}") from None


def _opened(path: Path) -> Pillow.Image:
    Pillow.init()  # its readers of the rarer kinds
    return Pillow.open(path, formats=FORMATS)


def _refuse_size(size: tuple[int, int]) -> None:
    """Before a pixel is decoded: a small file can hold a picture that fills the memory."""
    width, height = size
    if not (width and height):
        raise FrameError(f"{width}x{height}: 画素がありません / has no pixels")
    if max(size) > LARGEST_SIDE:
        raise FrameError(f"{width}x{height}: 大きすぎます / larger than {LARGEST_SIDE} pixels a side")


def _rgb(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode in _WIDE_GREY:
        return _from_wide(picture)
    if picture.mode == "F":
        raise FrameError("floating-point pixels: save it with 8 bits a channel")
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        return Pillow.alpha_composite(Pillow.new("RGBA", picture.size, BEHIND), coloured).convert("RGB")
    return picture.convert("RGB")


def _from_wide(picture: Pillow.Image) -> Pillow.Image:
    values = np.asarray(picture).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise FrameError("more than 16 bits a channel: save it with 8")
    return Pillow.fromarray((values >> 8).astype(np.uint8)).convert("RGB")
