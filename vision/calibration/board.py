"""The chessboard: what it measures, and how it is drawn on A4, true to scale.

Columns and rows are counted in inner corners, as OpenCV counts them: 9 x 6 has 10 x 7 squares.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from vision.calibration.errors import CalibrationError

A4_MM = (297.0, 210.0)
MARGIN_MM = 8.0  # white that the corner finder needs, and that printers cannot reach
RULER_MM = 100.0
FEWEST, MOST = 3, 40  # corners a side
DPI = 300
POINT_MM = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Board:
    """`columns` x `rows` inner corners, `square_mm` apart. Raises `CalibrationError`."""

    columns: int
    rows: int
    square_mm: float

    def __post_init__(self) -> None:
        if not FEWEST <= min(self.columns, self.rows) <= max(self.columns, self.rows) <= MOST:
            told = f"a board of {self.columns} x {self.rows} inner corners"
            raise CalibrationError(f"{told}: give {FEWEST} to {MOST} a side (one less than its squares)")
        if not 1 <= self.square_mm <= 1000:
            raise CalibrationError(
                f"squares of {self.square_mm:g} mm: give 1 to 1000, as measured on the print"
            )

    @property
    def corners_mm(self) -> npt.NDArray[np.float32]:
        """N x 3: the inner corners row by row, z = 0."""
        y, x = np.mgrid[: self.rows, : self.columns]
        flat = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
        return np.asarray(flat * self.square_mm, np.float32)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of all squares together."""
        return (self.columns + 1) * self.square_mm, (self.rows + 1) * self.square_mm

    @property
    def title(self) -> str:
        """What stands on the sheet, so that nobody has to count."""
        return f"--columns {self.columns} --rows {self.rows} --square-mm {self.square_mm:g}"


class Rectangle(NamedTuple):
    """Black, in millimetres of the sheet; the origin is its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed. `labels`: (x, y of the baseline, text)."""

    width: float
    height: float
    black: tuple[Rectangle, ...]
    labels: tuple[tuple[float, float, str], ...]


def sheet(board: Board) -> Sheet:
    """The board in the middle of an A4 sheet, and a ruler below it. Raises `CalibrationError`."""
    wide, tall = board.size_mm
    paper = A4_MM if wide >= tall else A4_MM[::-1]
    if wide > paper[0] - 2 * MARGIN_MM or tall > paper[1] - 3 * MARGIN_MM:
        fits = min((paper[0] - 2 * MARGIN_MM) / wide, (paper[1] - 3 * MARGIN_MM) / tall) * board.square_mm
        raise CalibrationError(
            f"{wide:g} x {tall:g} mm do not fit on A4: squares of at most {int(fits * 2) / 2:g} mm do"
        )
    left, top = (paper[0] - wide) / 2, (paper[1] - MARGIN_MM - tall) / 2
    side = board.square_mm
    squares = tuple(
        Rectangle(left + column * side, top + row * side, side, side)
        for row in range(board.rows + 1)
        for column in range(board.columns + 1)
        if (row + column) % 2 == 0
    )
    foot = paper[1] - MARGIN_MM
    ruler = (
        Rectangle(MARGIN_MM, foot, RULER_MM, 0.3),
        *(Rectangle(x - 0.15, foot - 2, 0.3, 4) for x in (MARGIN_MM, MARGIN_MM + RULER_MM)),
    )
    labels = (
        (MARGIN_MM + RULER_MM + 3, foot + 1, f"{RULER_MM:g} mm"),
        (MARGIN_MM + RULER_MM + 25, foot + 1, board.title),
    )
    return Sheet(*paper, squares + ruler, labels)


def draw_board(board: Board, path: Path) -> None:
    """The sheet as .pdf, .svg or .png, by the ending. Raises `CalibrationError`, `OSError`."""
    writers = {".pdf": _pdf, ".svg": _svg, ".png": _png}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise CalibrationError(f"{path}: この形では描けません / a board is drawn as {', '.join(writers)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    writer(sheet(board), path)


def _svg(drawn: Sheet, path: Path) -> None:
    boxes = "".join(
        f'<rect x="{r.x:.4f}" y="{r.y:.4f}" width="{r.width:.4f}" height="{r.height:.4f}"/>'
        for r in drawn.black
    )
    texts = "".join(
        f'<text x="{x:.4f}" y="{y:.4f}" font-size="3.5" font-family="sans-serif">{text}</text>'
        for x, y, text in drawn.labels
    )
    w, h = f"{drawn.width:g}", f"{drawn.height:g}"
    size = f'width="{w}mm" height="{h}mm" viewBox="0 0 {w} {h}"'
    white = '<rect width="100%" height="100%" fill="#fff"/>'
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{white}{boxes}{texts}</svg>\n', "utf-8")


def _pdf(drawn: Sheet, path: Path) -> None:
    """PDF's origin is the lower left corner, its unit 1/72 inch."""
    scale = 1 / POINT_MM
    lines = [
        f"{r.x * scale:.4f} {(drawn.height - r.y - r.height) * scale:.4f} "
        f"{r.width * scale:.4f} {r.height * scale:.4f} re f"
        for r in drawn.black
    ]
    lines += [
        f"BT /F1 10 Tf {x * scale:.4f} {(drawn.height - y) * scale:.4f} Td ({text}) Tj ET"
        for x, y, text in drawn.labels
    ]
    stream = "\n".join(lines)
    page = f"/MediaBox [0 0 {drawn.width * scale:.4f} {drawn.height * scale:.4f}]"
    font = "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    objects = [
        # Viewers that honour it print without "fit to page", which would change the scale.
        "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R {page} /Contents 4 0 R /Resources {font} >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    text, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(text))
        text += f"{number} 0 obj\n{content}\nendobj\n"
    rows = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}"
    end += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(text)}\n%%EOF\n"
    path.write_bytes((text + end).encode("ascii"))


def _png(drawn: Sheet, path: Path) -> None:
    scale = DPI / 25.4
    picture = Image.new("L", (round(drawn.width * scale), round(drawn.height * scale)), 255)
    pen = ImageDraw.Draw(picture)
    for r in drawn.black:
        # The last pixel is drawn too: one less, so that neighbours meet and do not overlap.
        corner = (round((r.x + r.width) * scale) - 1, round((r.y + r.height) * scale) - 1)
        pen.rectangle(((round(r.x * scale), round(r.y * scale)), corner), fill=0)
    font = ImageFont.load_default(3.5 * scale)
    for x, y, text in drawn.labels:
        pen.text((x * scale, y * scale), text, fill=0, font=font, anchor="ls")
    picture.save(path, dpi=(DPI, DPI))
