"""A few shapes, drawn twice: as SVG text and as a picture."""

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

XY = tuple[float, float]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Line:
    """An open line; `dash` in pixels."""

    points: tuple[XY, ...]
    colour: str
    width: float
    dash: float = 0.0


@dataclass(frozen=True, slots=True)
class Area:
    """A filled polygon."""

    points: tuple[XY, ...]
    fill: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    centre: XY
    radius: float
    fill: str
    edge: str = "#ffffff"


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `anchor` start, middle or end. A halo keeps it legible on lines."""

    at: XY
    text: str
    size: int
    colour: str = "#1b1b1b"
    anchor: str = "start"
    halo: bool = True


Shape = Line | Area | Dot | Text


@lru_cache(maxsize=16)
def japanese_font(size: int) -> Font:
    """IPAexGothic, which comes as a file inside the package matplotlib-fontja."""
    spec = find_spec("matplotlib_fontja")
    if spec is not None and spec.origin is not None:
        found = sorted(Path(spec.origin).parent.rglob("ipaexg.ttf"))
        if found:
            return ImageFont.truetype(str(found[0]), size)
    return ImageFont.load_default(size)


def to_svg(shapes: list[Shape], width: int, height: int, title: str) -> str:
    """A self-contained SVG with a title for screen readers."""
    body = "\n".join(_svg(shape) for shape in shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'font-family="IPAexGothic, Noto Sans CJK JP, sans-serif">\n<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" fill="#f5f2ea"/>\n{body}\n</svg>\n'
    )


def _path(points: tuple[XY, ...]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _svg(shape: Shape) -> str:
    match shape:
        case Line():
            dash = f' stroke-dasharray="{shape.dash:g}"' if shape.dash else ""
            return (
                f'<polyline points="{_path(shape.points)}" fill="none" stroke="{shape.colour}" '
                f'stroke-width="{shape.width:g}" stroke-linejoin="round" stroke-linecap="round"{dash}/>'
            )
        case Area():
            return f'<polygon points="{_path(shape.points)}" fill="{shape.fill}"/>'
        case Dot():
            x, y = shape.centre
            return (
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{shape.radius:g}" fill="{shape.fill}" '
                f'stroke="{shape.edge}" stroke-width="1.5"/>'
            )
        case Text():
            x, y = shape.at
            halo = ' paint-order="stroke" stroke="#ffffff" stroke-width="4"' if shape.halo else ""
            return (
                f'<text x="{x:.1f}" y="{y:.1f}" font-size="{shape.size}" fill="{shape.colour}" '
                f'text-anchor="{shape.anchor}"{halo}>{escape(shape.text)}</text>'
            )


def to_image(shapes: list[Shape], width: int, height: int, background: str = "#f5f2ea") -> Image.Image:
    """The same shapes as an RGB picture, drawn at twice the size and reduced (smooth edges)."""
    picture = Image.new("RGB", (width * 2, height * 2), background)
    draw = ImageDraw.Draw(picture)
    for shape in shapes:
        _paint(draw, shape)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _twice(points: tuple[XY, ...]) -> list[XY]:
    return [(2 * x, 2 * y) for x, y in points]


def _paint(draw: ImageDraw.ImageDraw, shape: Shape) -> None:
    match shape:
        case Line():
            width = max(1, round(2 * shape.width))
            for piece in _dashes(shape) if shape.dash else [_twice(shape.points)]:
                draw.line(piece, fill=shape.colour, width=width, joint="curve")
        case Area():
            draw.polygon(_twice(shape.points), fill=shape.fill)
        case Dot():
            x, y = 2 * shape.centre[0], 2 * shape.centre[1]
            r = 2 * shape.radius
            draw.ellipse((x - r, y - r, x + r, y + r), fill=shape.fill, outline=shape.edge, width=3)
        case Text():
            anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
            draw.text(
                (2 * shape.at[0], 2 * shape.at[1]),
                shape.text,
                fill=shape.colour,
                font=japanese_font(2 * shape.size),
                anchor=anchor,
                stroke_width=4 if shape.halo else 0,
                stroke_fill="#ffffff",
            )


def _dashes(line: Line) -> list[list[XY]]:
    pieces: list[list[XY]] = []
    for (ax, ay), (bx, by) in zip(line.points, line.points[1:], strict=False):
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        count = max(1, round(length / (2 * line.dash)))
        for number in range(count):
            low, high = number / count, (number + 0.5) / count
            pieces.append(
                _twice(
                    (
                        (ax + low * (bx - ax), ay + low * (by - ay)),
                        (ax + high * (bx - ax), ay + high * (by - ay)),
                    )
                )
            )
    return pieces
