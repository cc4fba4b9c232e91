"""Labels drawn over their pictures for review: one picture a file, or many on a contact sheet."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from vision.labelling.pictures import Labelled, labelled_pictures, name_of
from vision.labelling.records import LabelError, Record
from vision.labelling.sheet import drawn
from vision.lettering import put
from vision.types import Image

SINGLE_PX = 1280  # the longer side of a picture drawn alone
TILE_PX, CAPTION_PX = 480, 20
GROUND, INK, GREY = (40, 40, 40), (235, 235, 235), (150, 150, 150)  # BGR
MOST_TILES = 8  # a side: smaller ones cannot be judged


@dataclass(frozen=True, slots=True)
class Layout:
    """Pictures across and down on a contact sheet."""

    columns: int
    rows: int


def parse_layout(text: str) -> Layout:
    """`4x3` as four across and three down. Raises LabelError."""
    match = re.fullmatch(r"([1-9])x([1-9])", text.strip().lower())
    if not match or max(int(side) for side in match.groups()) > MOST_TILES:
        raise LabelError(
            f"--sheet {text}: 4x3 のように書いてください / write like 4x3, at most {MOST_TILES}x{MOST_TILES}"
        )
    return Layout(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn: the files, how many pictures, and what could not be had."""

    files: tuple[Path, ...]
    pictures: int
    faults: tuple[str, ...]


def draw_all(records: Sequence[Record], root: Path, out: Path, layout: Layout | None, grid: bool) -> Drawn:
    """Draw every record whose picture is below `root` into `out`. Raises LabelError if none is."""
    faults: list[str] = []
    whole = _having(labelled_pictures(root, records), faults)
    out.mkdir(parents=True, exist_ok=True)
    pages = _singles(whole, grid) if layout is None else _sheets(whole, layout, grid)
    files: list[Path] = []
    pictures = 0
    for name, page, count in pages:
        path = out / name
        if not cv2.imwrite(str(path), page, [cv2.IMWRITE_JPEG_QUALITY, 90]):
            raise LabelError(f"{path}: 書けません。空きはありますか / cannot be written: is the disk full?")
        files.append(path)
        pictures += count
    if not files:
        why = faults[0] if faults else "ラベルがありません / no labels"
        raise LabelError(f"{root}: 描ける写真がありません / nothing to draw: {why}")
    return Drawn(tuple(files), pictures, tuple(dict.fromkeys(faults)))


def _having(all_: Iterable[Labelled], faults: list[str]) -> Iterator[tuple[Record, Image]]:
    for labelled in all_:
        if labelled.image is None:
            faults.append(labelled.fault or name_of(labelled.record))
        else:
            yield labelled.record, labelled.image


def _singles(pictures: Iterable[tuple[Record, Image]], grid: bool) -> Iterator[tuple[str, Image, int]]:
    for record, image in pictures:
        name = re.sub(r"[^\w.#-]+", "_", name_of(record)).replace("#", "-").removesuffix(".jpg")
        yield f"{name}.jpg", drawn(image, record, grid, SINGLE_PX), 1


def _sheets(
    pictures: Iterable[tuple[Record, Image]], layout: Layout, grid: bool
) -> Iterator[tuple[str, Image, int]]:
    waiting = iter(pictures)
    number = 0
    while page := tuple(islice(waiting, layout.columns * layout.rows)):
        number += 1
        yield f"sheet-{number:03d}.jpg", _sheet(page, layout, grid), len(page)


def _sheet(page: Sequence[tuple[Record, Image]], layout: Layout, grid: bool) -> Image:
    """Rows as high as their highest picture."""
    across = layout.columns
    rows = [page[start : start + across] for start in range(0, len(page), across)]
    return np.asarray(np.vstack([_row(row, across, grid) for row in rows]), np.uint8)


def _row(row: Sequence[tuple[Record, Image]], columns: int, grid: bool) -> Image:
    tiles = [drawn(image, record, grid, TILE_PX) for record, image in row]
    strip = np.full((max(len(t) for t in tiles) + CAPTION_PX, columns * TILE_PX, 3), GROUND, np.uint8)
    for number, ((record, _), tile) in enumerate(zip(row, tiles, strict=True)):
        left = number * TILE_PX
        strip[CAPTION_PX : CAPTION_PX + tile.shape[0], left : left + tile.shape[1]] = tile
        _caption(strip, record, (left + 3, 2))
    return strip


def _caption(sheet: Image, record: Record, at: tuple[int, int]) -> None:
    name = name_of(record)
    name = name if len(name) <= 38 else f"…{name[-37:]}"
    put(sheet, name, at, 13, INK)
    doubts = [
        word
        for word, known in (("paving?", record.paving_known), ("things?", record.things_complete))
        if not known
    ]
    marks = " ".join((record.split, *record.slices, *doubts, *(["proposed"] if record.proposed else [])))
    put(sheet, marks, (at[0] + 290, at[1]), 12, GREY)
