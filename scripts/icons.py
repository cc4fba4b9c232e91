"""Draws server/pages/static/icon.svg, which is rectangles only, as the PNG files that browsers install.

    python scripts/icons.py        # after a change of the SVG; the files are in the repository

A test draws them again and compares.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree

from PIL import Image, ImageDraw

STATIC: Final = Path(__file__).resolve().parent.parent / "server" / "pages" / "static"
SVG: Final = STATIC / "icon.svg"
_TAG: Final = "{http://www.w3.org/2000/svg}"
_FINE: Final = 4  # drawn so much larger, then made smaller: smooth edges
# A launcher may cut all but a circle of 80 % (W3C, maskable icons): the corners of the bars lie within it so.
_MASKED: Final = 0.85


class Rect(NamedTuple):
    """In units of the view box; `radius` of its corners."""

    x: float
    y: float
    width: float
    height: float
    radius: float
    fill: str


def rects(svg: str) -> tuple[float, list[Rect]]:
    """The side of the view box, and its rectangles from the ground up."""
    root = ElementTree.fromstring(svg)  # noqa: S314  (our own file)
    side = float(root.attrib["viewBox"].split()[2])
    return side, list(_rects(root, ""))


def _rects(element: ElementTree.Element, fill: str) -> Sequence[Rect]:
    found: list[Rect] = []
    for child in element:
        colour = child.get("fill", fill)
        if child.tag == f"{_TAG}rect":
            x, y = float(child.get("x", "0")), float(child.get("y", "0"))
            size = float(child.attrib["width"]), float(child.attrib["height"])
            found.append(Rect(x, y, *size, float(child.get("rx", "0")), colour))
        found += _rects(child, colour)
    return found


def drawn(svg: str, size: int, *, whole: bool, scale: float = 1.0) -> Image.Image:
    """The icon, `size` pixels wide. `whole`: the ground reaches the corners; `scale`: of its figures."""
    side, shapes = rects(svg)
    unit = size * _FINE / side
    canvas = Image.new("RGBA", (size * _FINE, size * _FINE))
    pen = ImageDraw.Draw(canvas)
    ground, *figures = shapes
    radius = 0.0 if whole else ground.radius * unit
    pen.rounded_rectangle((0, 0, size * _FINE - 1, size * _FINE - 1), radius, ground.fill)
    for one in figures:
        left, top = ((value - side / 2) * scale + side / 2 for value in (one.x, one.y))
        right, bottom = left + one.width * scale, top + one.height * scale
        box = (left * unit, top * unit, right * unit - 1, bottom * unit - 1)
        pen.rounded_rectangle(box, one.radius * scale * unit, one.fill)
    return canvas.resize((size, size), Image.Resampling.LANCZOS)


def icons(svg: str) -> dict[str, Image.Image]:
    """All files by their name."""
    return {
        "icon-192.png": drawn(svg, 192, whole=False),
        "icon-512.png": drawn(svg, 512, whole=False),
        "icon-maskable-512.png": drawn(svg, 512, whole=True, scale=_MASKED),
        "icon-180.png": drawn(svg, 180, whole=True).convert("RGB"),  # iOS rounds the corners itself
    }


def main() -> None:
    """Write them beside the SVG."""
    for name, image in icons(SVG.read_text(encoding="utf-8")).items():
        image.save(STATIC / name, optimize=True)


if __name__ == "__main__":
    main()
