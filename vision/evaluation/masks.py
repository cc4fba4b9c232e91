"""Drawn masks of paving, in the colours of the Korean set or as index values."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vision.errors import FrameError
from vision.pictures import read_colours
from vision.types import Mask

Pixels = npt.NDArray[np.uint8]
# RGB of guide blocks: FFFF00 of any kind, FFC000 where dots are told from bars.
COLOURS = ((255, 255, 0), (255, 192, 0))
COLOUR_SLACK = 24  # a mask that was stored as JPEG; the next colour of the set (FF8000) is 64 away
PAVING, WARNING, UNSURE = 1, 2, 255
SHAPE_SLACK = 0.02


def read_mask(path: Path, size: tuple[int, int]) -> tuple[Mask, Mask | None]:
    """(paving, unsure) of a picture of `size` (width, height); unsure None where nothing is.

    A mask of another size but the same shape is enlarged or reduced; raises `FrameError` otherwise.
    """
    drawn = read_colours(path)
    height, width = drawn.shape[:2]
    if abs(width * size[1] - height * size[0]) > SHAPE_SLACK * width * size[1]:
        raise FrameError(f"{path}: {width}x{height}, another shape than its picture ({size[0]}x{size[1]})")
    paving, unsure = _of_values(path, drawn) if drawn.ndim == 2 else (_of_colours(drawn), None)
    return _sized(paving, size), None if unsure is None else _sized(unsure, size)


def _of_colours(drawn: Pixels) -> Mask:
    wide = drawn.astype(np.int16)
    near = [(np.abs(wide - np.array(colour, np.int16)) <= COLOUR_SLACK).all(axis=2) for colour in COLOURS]
    return np.asarray(np.logical_or.reduce(near), np.bool_)


def _of_values(path: Path, drawn: Pixels) -> tuple[Mask, Mask | None]:
    """Grey values: 0 and 255, or the index values none, paving, warning, unsure."""
    values = set(np.unique(drawn).tolist())
    if values <= {0, UNSURE}:
        return drawn == UNSURE, None
    if values <= {0, PAVING, WARNING, UNSURE}:
        unsure = drawn == UNSURE
        return (drawn == PAVING) | (drawn == WARNING), unsure if unsure.any() else None
    odd = min(values - {0, PAVING, WARNING, UNSURE})
    raise FrameError(
        f"{path}: grey value {odd} says nothing: 0 and 255, or 0, 1 (paving), 2 (dots), 255 (unsure)"
    )


def _sized(mask: Mask, size: tuple[int, int]) -> Mask:
    if mask.shape == (size[1], size[0]):
        return mask
    resized = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized > 0, np.bool_)
