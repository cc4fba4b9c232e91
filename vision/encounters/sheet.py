"""Boxes where no label is, cut out of their pictures on one sheet, to see whether there is really nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from vision.errors import VideoError
from vision.evaluation.cases import Box
from vision.types import Detection, Image

CELL_PX, ACROSS = 220, 9
AROUND = 0.8  # of its own size is shown of what is about a box, on each side
LEAST_PX = 60.0  # so much of the picture is shown at least
FALSE_BGR, LABEL_BGR, TEXT_BGR = (40, 40, 230), (60, 190, 60), (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A box where nothing is labelled, its picture, and what is labelled there."""

    image: Image = field(repr=False)
    detection: Detection
    labelled: tuple[Box, ...]


def sheet(doubts: Sequence[Doubt]) -> Image:
    """All of them in the order given, numbered from 0: the box red, labelled things green."""
    cells = [_cell(number, doubt) for number, doubt in enumerate(doubts)]
    rows = max(-(-len(cells) // ACROSS), 1)
    whole = np.zeros((rows * CELL_PX, ACROSS * CELL_PX, 3), np.uint8)
    for number, cell in enumerate(cells):
        y, x = number // ACROSS * CELL_PX, number % ACROSS * CELL_PX
        whole[y : y + CELL_PX, x : x + CELL_PX] = cell
    return whole


def write_sheet(doubts: Sequence[Doubt], path: Path) -> None:
    """`sheet` as a picture file. Raises `VideoError` where it cannot be written."""
    try:
        written = cv2.imwrite(str(path), sheet(doubts))
    except cv2.error:  # an ending that is no picture's
        written = False
    if not written:
        told = "書けません。あるフォルダーの .png を / cannot be written: give a .png in a folder that exists"
        raise VideoError(f"{path}: {told}")


def _cell(number: int, doubt: Doubt) -> Image:
    x1, y1, x2, y2 = doubt.detection.box
    side = max((x2 - x1), (y2 - y1), LEAST_PX / (1 + 2 * AROUND)) * (1 + 2 * AROUND)
    left, top, scale = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2, CELL_PX / side
    into = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]], np.float64)
    cell = np.asarray(cv2.warpAffine(doubt.image, into, (CELL_PX, CELL_PX), flags=cv2.INTER_AREA), np.uint8)
    for box, colour in (*((b, LABEL_BGR) for b in doubt.labelled), (doubt.detection.box, FALSE_BGR)):
        corners = [round((v - (left, top)[n % 2]) * scale) for n, v in enumerate(box)]
        cv2.rectangle(cell, (corners[0], corners[1]), (corners[2], corners[3]), colour, 2)
    told = f"{number} {doubt.detection.cls.value} {doubt.detection.score:.2f}"
    cv2.putText(cell, told, (3, CELL_PX - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(cell, told, (3, CELL_PX - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.45, TEXT_BGR, 1, cv2.LINE_AA)
    return cell
