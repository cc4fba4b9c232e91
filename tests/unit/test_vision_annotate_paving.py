"""The course of the guide blocks as drawn: in its place, on its side, never green; nothing if it is lost."""

import numpy as np
import pytest

from vision.annotate_paving import draw_course
from vision.camera import Camera
from vision.paving import PavingLine
from vision.types import Bend, Branch, Dots, Drift, End, Image, PavingSight, Quality

CAMERA = Camera(640, 480, pitch_deg=25)
LINE = PavingLine(0.0, 0.0, 0.0, 1.2, 6.0, 0.03)


def drawn(line: PavingLine | None = LINE, quality: Quality = Quality.KNOWN, **ahead: object) -> Image:
    canvas = np.full((480, 640, 3), 90, np.uint8)
    sight = PavingSight(True, 0.0, 0.0, quality, 5.0, 0.0, True, **ahead)  # type: ignore[arg-type]
    draw_course(canvas, sight, line, CAMERA, 14)
    return canvas


def touched(canvas: Image, beside: Image) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of what is on the one and not on the other."""
    rows, columns = np.nonzero((canvas != beside).any(axis=2))
    return rows, columns


def test_nothing_is_drawn_where_the_line_is_not_known() -> None:
    dots = Dots(1, 3.0, 0.2, True)
    for canvas in (drawn(quality=Quality.LOST, dots=dots), drawn(line=None, dots=dots)):
        assert (canvas == 90).all()


@pytest.mark.parametrize("distance_m", [2.0, 3.0, 5.0])
def test_a_place_is_drawn_where_it_is(distance_m: float) -> None:
    point = CAMERA.project(0.0, distance_m)
    assert point
    rows, columns = touched(drawn(end=End(1, distance_m, 0.2, True)), drawn())
    on_the_line = rows[(columns > 290) & (columns < 350)]
    assert on_the_line.min() - 4 <= point[1] <= on_the_line.max() + 4
    assert np.ptp(on_the_line) < 12


@pytest.mark.parametrize(("side", "sides"), [("left", {-1}), ("right", {1}), ("both", {-1, 1})])
def test_an_arm_is_drawn_to_its_side(side: str, sides: set[int]) -> None:
    point, tip = CAMERA.project(0.0, 3.0), CAMERA.project(1.2, 3.0)
    assert point
    assert tip
    rows, columns = touched(drawn(branch=Branch(2, 3.0, 0.2, side, True)), drawn())
    # Left of the label's place on the right side, an arrow's shaft alone is on its row.
    shaft = columns[np.abs(rows - point[1]) <= 1]
    reach = tip[0] - point[0]
    assert {-1} & sides == ({-1} if (shaft < point[0] - 0.8 * reach).any() else set())
    half_way = (shaft > point[0] + 0.15 * reach) & (shaft < point[0] + 0.25 * reach)
    assert {1} & sides == ({1} if half_way.any() else set())


def test_wide_dots_are_drawn_wider() -> None:
    spans = []
    for wide in (False, True):
        rows, columns = touched(drawn(dots=Dots(1, 3.0, 0.2, wide)), drawn())
        spans.append(320 - int(columns[rows > 0].min()))
    assert spans[1] > 1.4 * spans[0]


def test_no_colour_says_safe() -> None:
    canvas = drawn(
        dots=Dots(1, 2.0, 0.2, True),
        branch=Branch(2, 3.0, 0.2, "both", False),
        end=End(3, 4.0, 0.2, False),
        bend=Bend(4, 2.5, 0.5, 30.0),
        drift=Drift(1, 0.6, 0.1, 0.2),
    ).astype(int)
    green = (canvas[..., 1] > canvas[..., 0] + 60) & (canvas[..., 1] > canvas[..., 2] + 60)
    assert not green.any()
    assert (canvas != 90).any()
