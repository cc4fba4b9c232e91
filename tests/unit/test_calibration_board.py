"""The printed board: true to scale in every format, and found again by the corner finder."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from vision.calibration.board import A4_MM, Board, draw_board, sheet
from vision.calibration.errors import CalibrationError
from vision.calibration.run import chessboard
from vision.calibration.views import find_corners
from vision.pictures import read_picture

BOARD = Board(9, 6, 25)


def test_the_sheet_holds_every_black_square_and_a_ruler() -> None:
    drawn = sheet(BOARD)
    assert (drawn.width, drawn.height) == A4_MM
    squares = [r for r in drawn.black if r.width == r.height == 25]
    assert len(squares) == 10 * 7 / 2
    assert max(r.x + r.width for r in drawn.black) < drawn.width
    assert max(r.y + r.height for r in drawn.black) < drawn.height
    assert any(r.width == 100 for r in drawn.black)
    assert sheet(Board(5, 8, 20)).height == A4_MM[0]


def test_the_png_at_its_own_resolution_has_squares_of_25_mm(tmp_path: Path) -> None:
    path = tmp_path / "board.png"
    draw_board(BOARD, path)
    with Image.open(path) as picture:
        dpi = picture.info["dpi"][0]
        assert (picture.width / dpi * 25.4, picture.height / dpi * 25.4) == pytest.approx(A4_MM, abs=0.2)
    coarse = cv2.resize(read_picture(path), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    corners = find_corners(np.asarray(coarse, np.uint8), BOARD)
    assert corners is not None
    steps = np.diff(corners.reshape(6, 9, 2), axis=1)
    assert np.linalg.norm(steps, axis=2) * 4 / dpi * 25.4 == pytest.approx(25, abs=0.2)


def test_svg_and_pdf_say_the_same_in_millimetres(tmp_path: Path) -> None:
    for ending in (".svg", ".pdf"):
        draw_board(BOARD, tmp_path / f"board{ending}")
    svg = (tmp_path / "board.svg").read_text()
    assert 'width="297mm" height="210mm"' in svg
    assert svg.count('width="25.0000" height="25.0000"') == 35
    pdf = (tmp_path / "board.pdf").read_bytes().decode("ascii")
    sizes = [
        float(n) * 25.4 / 72 for line in re.findall(r"\S+ \S+ (\S+ \S+) re f", pdf) for n in line.split()
    ]
    assert sum(abs(size - 25) < 1e-3 for size in sizes) == 70
    media = re.search(r"/MediaBox \[0 0 (\S+) (\S+)\]", pdf)
    assert media is not None
    assert [float(n) * 25.4 / 72 for n in media.groups()] == pytest.approx(A4_MM, abs=1e-3)


def test_the_pdf_is_whole(tmp_path: Path) -> None:
    """Its table gives the place of every object, and its stream is as long as it says."""
    draw_board(BOARD, tmp_path / "board.pdf")
    pdf = (tmp_path / "board.pdf").read_bytes().decode("ascii")
    places = [int(place) for place in re.findall(r"(\d{10}) 00000 n", pdf)]
    assert [pdf[place:].split(" ", 1)[0] for place in places] == ["1", "2", "3", "4"]
    stated = re.search(r"/Length (\d+)", pdf)
    assert stated is not None
    assert len(pdf.split("stream\n", 1)[1].split("\nendstream", 1)[0]) == int(stated[1])
    start = int(pdf.split("startxref\n")[1].split("\n")[0])
    assert pdf[start:].startswith("xref")


def test_what_cannot_be_drawn_is_one_line(tmp_path: Path) -> None:
    for make, said in (
        (lambda: Board(2, 6, 25), "inner corners: give 3 to 40"),
        (lambda: Board(9, 6, 0), "give 1 to 1000"),
        (lambda: sheet(Board(9, 6, 40)), "do not fit on A4: squares of at most 26.5 mm"),
        (lambda: draw_board(BOARD, tmp_path / "board.docx"), "drawn as .pdf, .svg, .png"),
    ):
        with pytest.raises(CalibrationError, match=said) as caught:
            make()
        assert "\n" not in str(caught.value)


def test_the_command_says_how_to_print_and_what_comes_next(tmp_path: Path) -> None:
    lines: list[str] = []
    chessboard(BOARD, tmp_path / "new/board.svg", lines.append)
    assert (tmp_path / "new/board.svg").is_file()
    assert any("100 %" in line for line in lines)
    assert (
        lines[-1] == "shirube vision calibrate SOURCE --columns 9 --rows 6 --square-mm 25 --out camera.toml"
    )
