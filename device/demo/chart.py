"""The map of the walk: streets, the planned route, the noisy track, and where each thing was said."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from device.demo.canvas import XY, Dot, Line, Shape, Text, to_image, to_svg
from device.errors import RecordError
from routing.geo import Local, Point
from wire.route import Route
from wire.trip import Announced

Image = npt.NDArray[np.uint8]

_URGENCY_FILL = {
    "info": "#8a8f98",
    "guidance": "#1f6fd6",
    "caution": "#c98a00",
    "hazard": "#d6431f",
    "stop": "#a3001e",
}
_ROUTE, _TRACK, _TRUTH = "#1f6fd6", "#e07a1f", "#2a2a2a"


@dataclass(frozen=True, slots=True)
class Way:
    """A line of the map with the style that its tags ask for."""

    points: tuple[Point, ...]
    kind: str  # road | street | footway | crossing | arcade | steps | rail
    tactile: bool


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a map is drawn: lines and named points."""

    ways: tuple[Way, ...]
    places: tuple[tuple[Point, str], ...]


def read_sketch(osm: Path) -> Sketch:
    """The lines and names of an OSM XML file, for drawing only (planning reads it through `routing`)."""
    root = ET.parse(osm).getroot()  # noqa: S314 - our own packaged file, not input from outside
    nodes = {n.attrib["id"]: (float(n.attrib["lat"]), float(n.attrib["lon"])) for n in root.iter("node")}
    ways = []
    for way in root.iter("way"):
        tags = _tags(way)
        kind = _kind(tags)
        points = tuple(nodes[nd.attrib["ref"]] for nd in way.iter("nd") if nd.attrib["ref"] in nodes)
        if kind and len(points) > 1:
            ways.append(Way(points, kind, tags.get("tactile_paving") == "yes"))
    places = []
    for node in root.iter("node"):
        tags = _tags(node)
        if "name" in tags and {
            "amenity",
            "tourism",
            "railway",
            "shop",
            "leisure",
            "office",
            "public_transport",
        } & set(tags):
            places.append((nodes[node.attrib["id"]], tags["name"]))
    return Sketch(tuple(ways), tuple(places))


def _tags(element: ET.Element) -> dict[str, str]:
    return {tag.attrib["k"]: tag.attrib["v"] for tag in element.iter("tag")}


def _kind(tags: dict[str, str]) -> str:
    highway = tags.get("highway", "")
    if tags.get("railway") in ("rail", "light_rail"):
        return "rail"
    if tags.get("footway") == "crossing":
        return "crossing"
    if highway == "steps":
        return "steps"
    if highway == "pedestrian":
        return "arcade" if tags.get("covered") in ("yes", "arcade") else "street"
    if highway in ("trunk", "primary", "secondary", "tertiary"):
        return "road"
    if highway in ("residential", "unclassified", "service", "living_street"):
        return "street"
    return "footway" if highway in ("footway", "path", "cycleway", "corridor") else ""


_STYLE = {
    "rail": ("#8b8b8b", 3.0),
    "road": ("#ffffff", 9.0),
    "street": ("#ffffff", 5.0),
    "arcade": ("#f3d9e4", 6.0),
    "footway": ("#cfc7b4", 1.6),
    "crossing": ("#9a9a9a", 2.4),
    "steps": ("#b06f5e", 3.0),
}
_ORDER = ("rail", "road", "street", "arcade", "footway", "steps", "crossing")


class Chart:
    """A plane picture of an area: places points in pixels, y down."""

    def __init__(self, points: Sequence[Point], *, pixels_per_m: float, margin_m: float) -> None:
        self._plane = Local.around(points[0])
        xy = [self._plane.to_xy(p) for p in points]
        self._west = min(x for x, _ in xy) - margin_m
        self._north = max(y for _, y in xy) + margin_m
        self._scale = pixels_per_m
        self.width = round((max(x for x, _ in xy) + margin_m - self._west) * pixels_per_m)
        self.height = round((self._north - min(y for _, y in xy) + margin_m) * pixels_per_m)

    def px(self, point: Point) -> XY:
        """Where a (lat, lon) lies in the picture."""
        x, y = self._plane.to_xy(point)
        return ((x - self._west) * self._scale, (self._north - y) * self._scale)

    def line(self, points: Iterable[Point], colour: str, width: float, dash: float = 0.0) -> Line:
        """A line through geographic points."""
        return Line(tuple(self.px(p) for p in points), colour, width, dash)


def base_shapes(chart: Chart, sketch: Sketch) -> list[Shape]:
    """Streets first, then what a walker uses, guide blocks on top."""
    shapes: list[Shape] = []
    for kind in _ORDER:
        colour, width = _STYLE[kind]
        shapes += [
            chart.line(w.points, colour, width, 3.0 if kind == "crossing" else 0.0)
            for w in sketch.ways
            if w.kind == kind
        ]
    shapes += [chart.line(w.points, "#f2c200", 2.6) for w in sketch.ways if w.tactile]
    return shapes


def route_shapes(chart: Chart, route: Route) -> list[Shape]:
    """The planned route with its ends."""
    start, end = chart.px(route.points[0]), chart.px(route.points[-1])
    return [
        chart.line(route.points, "#ffffff", 7.0),
        chart.line(route.points, _ROUTE, 5.0),
        *_paving_on(chart, route),
        Dot(start, 6, "#1b8a3a"),
        Dot(end, 6, "#a3001e"),
        Text((start[0] + 9, start[1] + 16), route.origin.name.ja, 14),
        Text((end[0] + 9, end[1] + 16), route.destination.name.ja, 14),
    ]


def _paving_on(chart: Chart, route: Route) -> list[Shape]:
    return [
        chart.line(route.points[stretch.first : stretch.last + 1], "#f2c200", 1.8)
        for stretch in route.stretches
        if stretch.tactile == "yes"
    ]


def walk_chart(
    sketch: Sketch, route: Route, track: Sequence[Point], truth: Sequence[Point], said: Sequence[Announced]
) -> tuple[list[Shape], Chart]:
    """Everything of one walk; announcements are numbered as in the transcript."""
    chart = Chart([*route.points, *truth], pixels_per_m=1.6, margin_m=45.0)
    shapes = base_shapes(chart, sketch)
    ends = {route.origin.name.ja, route.destination.name.ja}
    for point, name in sketch.places:
        if name in ends:
            continue
        x, y = chart.px(point)
        if 0 < x < chart.width - 60 and 10 < y < chart.height - 10:
            shapes += [Dot((x, y), 2.5, "#6b6b6b"), Text((x + 5, y + 4), name, 10, "#6b6b6b")]
    shapes += route_shapes(chart, route)
    shapes += [chart.line(track, _TRACK, 1.2), chart.line(truth, _TRUTH, 1.0, 3.0)]
    shapes += _said_shapes(chart, said)
    shapes += _legend(chart)
    return shapes, chart


def _said_shapes(chart: Chart, said: Sequence[Announced]) -> list[Shape]:
    shapes: list[Shape] = []
    taken: list[XY] = []
    for number, item in enumerate(said, 1):
        if item.lat is None or item.lon is None or item.outcome != "spoken":
            continue
        x, y = chart.px((item.lat, item.lon))
        shapes.append(Dot((x, y), 4.0, _URGENCY_FILL[item.urgency]))
        # One number per 16 pixels: more would be a smear; the transcript has them all.
        if all(abs(x - a) + abs(y - b) > 16 for a, b in taken):
            taken.append((x, y))
            shapes.append(Text((x + 6, y - 5), str(number), 10, _URGENCY_FILL[item.urgency]))
    return shapes


def _legend(chart: Chart) -> list[Shape]:
    rows = [
        (_ROUTE, "計画した経路 planned route"),
        (_TRACK, "測位の記録 positions (noisy)"),
        (_TRUTH, "実際の歩行 true walk"),
        ("#f2c200", "点字ブロック guide blocks"),
    ]
    # The route runs along the top and the right: the lower left is free.
    top = chart.height - 180.0
    shapes: list[Shape] = []
    for number, (colour, text) in enumerate(rows):
        y = top + 20 * number
        shapes += [Line(((14, y - 5), (40, y - 5)), colour, 4.0), Text((48, y), text, 13)]
    for number, (urgency, text) in enumerate(
        (("guidance", "案内 guidance"), ("caution", "注意 caution"), ("hazard", "危険 hazard"))
    ):
        y = top + 20 * (len(rows) + number)
        shapes += [Dot((27, y - 5), 5, _URGENCY_FILL[urgency]), Text((48, y), text, 13)]
    shapes.append(
        Text(
            (14, chart.height - 12),
            "練習用の手描き地図。実際の案内には使えません / hand-drawn practice map",
            12,
        )
    )
    return shapes


def svg(shapes: list[Shape], chart: Chart, route: Route) -> str:
    """The chart as SVG text."""
    return to_svg(shapes, chart.width, chart.height, f"{route.origin.name.ja} → {route.destination.name.ja}")


def save_png(shapes: list[Shape], chart: Chart, path: Path) -> None:
    """The chart as a picture; `RecordError` where it cannot be written."""
    try:
        to_image(shapes, chart.width, chart.height).save(path)
    except OSError as error:
        raise RecordError(f"{path}: cannot be written ({error.strerror})") from None


class Panel:
    """The moving map beside the camera: a window that follows the wearer."""

    def __init__(
        self, sketch: Sketch, route: Route, around: Sequence[Point], width: int, height: int
    ) -> None:
        self._chart = Chart([*route.points, *around], pixels_per_m=2.0, margin_m=110.0)
        shapes = base_shapes(self._chart, sketch) + route_shapes(self._chart, route)
        picture = to_image(shapes, self._chart.width, self._chart.height)
        self._base: Image = np.asarray(picture, dtype=np.uint8)[:, :, ::-1].copy()
        self._width, self._height = width, height

    def view(self, true: Point, heading_deg: float, estimate: Point | None) -> Image:
        """BGR picture around `true`: the wearer with heading, and where the receiver puts them."""
        x, y = self._chart.px(true)
        left = int(min(max(x - self._width / 2, 0), self._chart.width - self._width))
        top = int(min(max(y - self._height / 2, 0), self._chart.height - self._height))
        view = self._base[top : top + self._height, left : left + self._width].copy()
        if estimate is not None:
            ex, ey = self._chart.px(estimate)
            cv2.circle(view, (round(ex - left), round(ey - top)), 6, (31, 122, 224), 2, cv2.LINE_AA)
        centre = np.array([x - left, y - top])
        angle = np.radians(heading_deg)
        ahead = np.array([np.sin(angle), -np.cos(angle)])
        aside = np.array([ahead[1], -ahead[0]])
        arrow = np.array(
            [centre + 13 * ahead, centre - 8 * ahead + 7 * aside, centre - 8 * ahead - 7 * aside]
        )
        cv2.fillPoly(view, [arrow.round().astype(np.int32)], (60, 30, 20), cv2.LINE_AA)
        return view
