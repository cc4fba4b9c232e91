"""A route on its map as one SVG, to be read beside its words: for developers and mobility instructors.

Numbers on the line are the numbers of the sentences that `routing.phrases.rehearsal` gives.
"""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from routing.columns import E7, KINDS
from routing.geo import XY, Local, Point, Polyline
from routing.manner import Lang
from routing.phrases import places
from wire.route import Route, StretchKind

if TYPE_CHECKING:
    from routing.network import WalkingMap

_MARGIN_M = 60.0
_WIDTH_PX = 1400
_INK: Final = {
    StretchKind.ROAD: "#c9c9c9", StretchKind.CROSSING: "#e39b2d", StretchKind.STEPS: "#8a4fb0",
    StretchKind.LEVEL_CROSSING: "#b00020", StretchKind.SIDEWALK: "#7fa8d9",
}  # fmt: skip
_OTHER_INK = "#9fc49a"
_ROUTE_INK: Final = {
    StretchKind.ROAD: "#d43d2a", StretchKind.CROSSING: "#e38b00", StretchKind.STEPS: "#8a2fb0",
}  # fmt: skip
_OTHER_ROUTE_INK = "#1a5fb4"
_ON_BLOCKS = "#e0b400"


def svg(on: "WalkingMap", route: Route, lang: Lang) -> str:
    """The route's surroundings, the route by what is underfoot, and a number at each instruction."""
    plane = Local.around(route.points[len(route.points) // 2])
    line = [plane.to_xy(point) for point in route.points]
    west, east = min(x for x, _ in line) - _MARGIN_M, max(x for x, _ in line) + _MARGIN_M
    south, north = min(y for _, y in line) - _MARGIN_M, max(y for _, y in line) + _MARGIN_M
    shapes = [
        *_streets(on, plane, (west, south, east, north)),
        *_walk(route, line),
        *_numbers(route, plane, lang),
    ]
    height = round(_WIDTH_PX * (north - south) / (east - west))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH_PX}" height="{height}" '
        f'viewBox="{west:.1f} {-north:.1f} {east - west:.1f} {north - south:.1f}" '
        f'font-family="IPAexGothic, sans-serif" stroke-linecap="round" stroke-linejoin="round">\n'
        f'<rect x="{west:.1f}" y="{-north:.1f}" width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(shapes)
        + f'\n<text x="{west + 5:.1f}" y="{-south - 5:.1f}" font-size="9" fill="#555">'
        f"{escape(route.source.attribution)}</text>\n</svg>\n"
    )


def _streets(on: "WalkingMap", plane: Local, box: tuple[float, float, float, float]) -> Iterator[str]:
    columns = on.columns
    low, high = plane.from_xy(box[:2]), plane.from_xy(box[2:])
    lat, lon = columns.shape_lat_e7, columns.shape_lon_e7
    inside = (lat > low[0] * E7) & (lat < high[0] * E7) & (lon > low[1] * E7) & (lon < high[1] * E7)
    first = columns.shape_first.tolist()
    for link, kind in enumerate(columns.link_kind.tolist()):
        begin, end = first[link], first[link + 1]
        if inside[begin:end].any():
            points = zip((lat[begin:end] / E7).tolist(), (lon[begin:end] / E7).tolist(), strict=True)
            ink = _INK.get(KINDS[kind], _OTHER_INK)
            yield _polyline([plane.to_xy(point) for point in points], ink, 1.2)


def _walk(route: Route, line: Sequence[XY]) -> Iterator[str]:
    for stretch in route.stretches:
        piece = line[stretch.first : stretch.last + 1]
        yield _polyline(piece, _ROUTE_INK.get(stretch.kind, _OTHER_ROUTE_INK), 4.0, opacity=0.75)
        if stretch.tactile == "yes" or (stretch.crossing and stretch.crossing.escort == "yes"):
            yield _polyline(piece, _ON_BLOCKS, 1.6)


def _numbers(route: Route, plane: Local, lang: Lang) -> Iterator[str]:
    line = Polyline.through(route.points)
    yield _number(plane, route.points[0], "S")
    # Sentences of one place share its number: "12-14".
    for at_m, those in groupby(places(route, lang), key=lambda each: round(each[1])):
        numbers = [number for number, _ in those]
        text = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
        yield _number(plane, line.at(at_m), text)
    yield _number(plane, route.points[-1], "G")


def _number(plane: Local, point: Point, text: str) -> str:
    x, y = plane.to_xy(point)
    return (
        f'<circle cx="{x:.1f}" cy="{-y:.1f}" r="2" fill="#000"/>'
        f'<text x="{x + 3:.1f}" y="{-y - 2:.1f}" font-size="9" stroke="#fff" stroke-width="2.5" '
        f'paint-order="stroke">{text}</text>'
    )


def _polyline(points: Sequence[XY], ink: str, width: float, *, opacity: float = 1.0) -> str:
    drawn = " ".join(f"{x:.1f},{-y:.1f}" for x, y in points)
    return (
        f'<polyline points="{drawn}" fill="none" stroke="{ink}" stroke-width="{width}" opacity="{opacity}"/>'
    )
