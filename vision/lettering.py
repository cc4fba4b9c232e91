"""Japanese and English text on pictures, without system fonts: bitmaps made once and stamped."""

import importlib.util
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from vision.types import Image

Colour = tuple[int, int, int]  # BGR
Alpha = npt.NDArray[np.uint8]

FONT_PACKAGE = "matplotlib_fontja"  # carries IPAexGothic as a file; the package itself is not imported


@lru_cache(maxsize=1)
def japanese_font() -> Path | None:
    """The font file, or None where the package is missing: then only Latin text can be drawn."""
    found = importlib.util.find_spec(FONT_PACKAGE)
    for place in (found and found.submodule_search_locations) or ():
        path = Path(place) / "fonts" / "ipaexg.ttf"
        if path.is_file():
            return path
    return None


@lru_cache(maxsize=8)
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = japanese_font()
    return ImageFont.truetype(str(path), size_px) if path else ImageFont.load_default(size_px)


def drawable(text: str) -> str:
    """`text`, with what cannot be drawn replaced where there is no Japanese font."""
    return text if japanese_font() else text.encode("latin-1", "replace").decode("latin-1")


@lru_cache(maxsize=1024)
def stamp(text: str, size_px: int) -> Alpha:
    """The coverage (0..255) of one line of text, tight in width, one line high."""
    font = _font(size_px)
    text = drawable(text)
    canvas = Pillow.new("L", (max(1, round(font.getlength(text)) + 2), round(size_px * 1.25)))
    ImageDraw.Draw(canvas).text((1, round(size_px * 0.08)), text, fill=255, font=font)
    return np.asarray(canvas, np.uint8)


def text_width(text: str, size_px: int) -> int:
    """Pixels that `put` will take."""
    return int(stamp(text, size_px).shape[1])


def put(image: Image, text: str, at: tuple[int, int], size_px: int, colour: Colour) -> None:
    """Draw `text` with its top left corner at `at`, clipped to the picture. Changes `image`."""
    alpha = stamp(text, size_px)
    x, y = at
    top, left = max(-y, 0), max(-x, 0)
    bottom = min(alpha.shape[0], image.shape[0] - y)
    right = min(alpha.shape[1], image.shape[1] - x)
    if bottom <= top or right <= left:
        return
    part = image[y + top : y + bottom, x + left : x + right]
    cover = alpha[top:bottom, left:right, None].astype(np.uint16)
    ink = np.array(colour, np.uint16)
    part[:] = ((part * (255 - cover) + ink * cover) // 255).astype(np.uint8)


def smaller(text: str, size_px: int, width_px: int, least_px: int = 10) -> int:
    """The size at which `text` fits one line of this width; never under `least_px`."""
    wide = text_width(text, size_px)
    return size_px if wide <= width_px else max(least_px, size_px * width_px // wide)


def fitting(text: str, size_px: int, width_px: int) -> str:
    """As much of `text` as fits, with an ellipsis where something is left out."""
    if text_width(text, size_px) <= width_px:
        return text
    while text and text_width(f"{text}…", size_px) > width_px:
        text = text[:-1]
    return f"{text}…"
