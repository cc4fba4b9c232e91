"""Drawing labels over their pictures for review: outlines, boxes, and a grid to read coordinates from."""

from collections.abc import Sequence

import cv2
import numpy as np

from vision.labelling.records import LabelledThing, Outline, Record
from vision.types import Image

_PAVING, _WARNING, _UNSURE = (255, 0, 255), (255, 255, 0), (128, 128, 128)
_ON, _OFF = (0, 0, 255), (0, 200, 0)
GRID_LINES = 16  # about so many across the longer side


def drawn(image: Image, record: Record, grid: bool = True, long_side: int = 1280) -> Image:
    """The picture, enlarged or reduced, with its labels; the grid's numbers are pixels of the original."""
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    size = (round(width * scale), round(height * scale))
    sheet = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    if grid:
        _grid(sheet, scale, width, height)
    for outlines, colour in ((record.paving, _PAVING), (record.warning, _WARNING), (record.unsure, _UNSURE)):
        _fill(sheet, outlines, colour, scale)
    for thing in record.things:
        x1, y1, x2, y2 = (round(v * scale) for v in thing.box)
        colour = _ON if thing.on_paving else _OFF
        cv2.rectangle(sheet, (x1, y1), (x2, y2), colour, 2)
        words = f"{thing.cls.value}{' ON' if thing.on_paving else ''}{' near' if thing.near else ''}"
        letters, at = (0.5 if long_side >= 800 else 0.36), (x1 + 2, max(12, y1 - 4))
        cv2.putText(sheet, words, at, cv2.FONT_HERSHEY_SIMPLEX, letters, (0, 0, 0), 2, cv2.LINE_AA)
        cv2.putText(sheet, words, at, cv2.FONT_HERSHEY_SIMPLEX, letters, _words_colour(thing), 1, cv2.LINE_AA)
    return sheet


def _words_colour(thing: LabelledThing) -> tuple[int, int, int]:
    """Lighter than the box: dark red and dark green cannot be read on a street."""
    return (150, 150, 255) if thing.on_paving else (150, 255, 150)


def _fill(sheet: Image, outlines: Sequence[Outline], colour: tuple[int, int, int], scale: float) -> None:
    polygons = [np.round(np.array(o) * scale).astype(np.int32) for o in outlines]
    if not polygons:
        return
    layer = sheet.copy()
    for polygon in polygons:
        cv2.fillPoly(layer, [polygon], colour)
    cv2.addWeighted(layer, 0.25, sheet, 0.75, 0, dst=sheet)
    cv2.polylines(sheet, polygons, True, colour, 1)


def _grid(sheet: Image, scale: float, width: int, height: int) -> None:
    raw = max(width, height) / GRID_LINES
    step = next(s for s in (10, 20, 25, 50, 100, 200, 250, 500, 1000) if s >= raw)
    for x in range(0, width, step):
        cv2.line(sheet, (round(x * scale), 0), (round(x * scale), sheet.shape[0]), (255, 255, 255), 1)
        _number(sheet, x, (round(x * scale) + 2, 10))
    for y in range(step, height, step):
        cv2.line(sheet, (0, round(y * scale)), (sheet.shape[1], round(y * scale)), (255, 255, 255), 1)
        _number(sheet, y, (2, round(y * scale) - 2))


def _number(sheet: Image, value: int, at: tuple[int, int]) -> None:
    cv2.putText(sheet, str(value), at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 3)
    cv2.putText(sheet, str(value), at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1)
