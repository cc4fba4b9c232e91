"""Draw the practice maps: `python -m routing.practice.draw` writes the .osm files beside this one.

From the lists in `oita.py` and `beppu.py` it lays sidewalks beside streets, joins them at corners,
and carries them over carriageways where a crossing is listed (kerb, middle, kerb); where none is
listed the sidewalk ends at the corner.
"""

from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path as FilePath
from xml.sax.saxutils import escape, quoteattr

from routing.geo import Local
from routing.practice.beppu import BEPPU
from routing.practice.oita import OITA
from routing.practice.sketch import XY, Crossing, On, Path, Side, Sketch, Street, Tags, WalkKey

ATTRIBUTION = "練習用の手描き地図 / hand-drawn practice map; not for navigation"
SKETCHES = (OITA, BEPPU)
_ON_THE_LINE_M = 0.5  # streets that are written down to end on each other meet within rounding
_WAY_IDS_FROM = 10_001


class _Line:
    """Nodes along one walk or centre line, and what lies between them."""

    def __init__(self, base: Tags, patches: tuple[tuple[float, float, Tags], ...] = ()) -> None:
        self.nodes: dict[float, int] = {}
        self.gaps: list[tuple[float, float]] = []
        self.crossings: list[tuple[float, float, Tags]] = []
        self._base = base
        self._patches = patches

    def interrupted(self, at: float) -> bool:
        """Whether `at` lies on a carriageway."""
        between = [*self.gaps, *((start, end) for start, end, _ in self.crossings)]
        return any(start < at < end for start, end in between)

    def tags_at(self, at: float) -> Tags | None:
        """Tags of the way at `at`; None where there is none."""
        for start, end, crossing in self.crossings:
            if start < at < end:
                return {"highway": "footway", "footway": "crossing", **crossing}
        if any(start < at < end for start, end in self.gaps):
            return None
        tags = dict(self._base)
        for start, end, patch in self._patches:
            if start < at < end:
                tags |= patch
        return {key: value for key, value in tags.items() if value}

    def ways(self) -> Iterator[tuple[list[int], Tags]]:
        """Runs of nodes with equal tags."""
        pairs = list(pairwise(sorted(self.nodes.items())))
        for tags, run in groupby(pairs, key=lambda pair: self.tags_at((pair[0][0] + pair[1][0]) / 2)):
            if tags is not None:
                steps = list(run)
                yield [steps[0][0][1], *(after[1] for _, after in steps)], tags

    def patch_ends(self) -> Iterator[float]:
        """Where the tags change."""
        for start, end, _ in self._patches:
            yield from (start, end)


class Drawing:
    """Nodes and ways of one sketch, with ids in drawing order."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.nodes: dict[int, tuple[XY, Tags]] = {}
        self.ways: list[tuple[list[int], Tags]] = []
        self._streets = {street.key: street for street in sketch.streets}
        self._walks: dict[WalkKey, _Line] = {}
        self._roads: dict[str, _Line] = {}
        self._spots: dict[str, int] = {}
        for street in sketch.streets:
            self._lay(street)
        for crossing in sketch.crossings:
            self._cross(crossing)
        self._break_at_carriageways()
        self._join_corners()
        self._join_roads()
        self._end_lines()
        for spot in sketch.spots:
            self._spots[spot.key] = self._resolve(spot.at)
            self.nodes[self._spots[spot.key]][1].update(spot.tags)
        for path in sketch.paths:
            self._draw_path(path)
        for line in [*self._roads.values(), *self._walks.values()]:
            self.ways.extend(line.ways())

    def _node(self, xy: XY, tags: Tags | None = None) -> int:
        self.nodes[len(self.nodes) + 1] = (xy, dict(tags or {}))
        return len(self.nodes)

    def _lay(self, street: Street) -> None:
        if street.half_m > 0.0:
            apart = {"sidewalk": "separate"} if street.low and street.high else {}
            self._roads[street.key] = _Line(street.tags | apart)
        for side, walk in street.walks.items():
            base = street.tags if side == "centre" else {"highway": "footway", "footway": "sidewalk"}
            self._walks[street.key, side] = _Line(base | walk.tags, walk.patches)

    def _cross(self, crossing: Crossing) -> None:
        """Kerb, middle and kerb of one crossing; the middle is a node of the carriageway too."""
        street, over = self._streets[crossing.along[0]], self._streets[crossing.over]
        offset = street.offset(crossing.along[1])
        middle = _meet(street, offset, over, 0.0)
        walk, at = self._walks[crossing.along], _coordinate(street, middle)
        start, end = at - over.half_m, at + over.half_m
        walk.crossings.append((start, end, crossing.way))
        walk.nodes[start] = self._node(_position(street, offset, start), crossing.kerb)
        walk.nodes[at] = self._node(middle, crossing.node)
        walk.nodes[end] = self._node(_position(street, offset, end), crossing.kerb)
        self._roads[over.key].nodes[_coordinate(over, middle)] = walk.nodes[at]

    def _break_at_carriageways(self) -> None:
        listed = {(crossing.along, crossing.over) for crossing in self.sketch.crossings}
        for (key, side), walk in self._walks.items():
            street = self._streets[key]
            for over in self.sketch.streets:
                if over.axis == street.axis or over.half_m == 0.0 or ((key, side), over.key) in listed:
                    continue
                middle = _meet(street, street.offset(side), over, 0.0)
                if not _reaches(over, middle, _ON_THE_LINE_M):
                    continue
                at = _coordinate(street, middle)
                low, high = (beside.offset_m if beside else over.half_m for beside in (over.low, over.high))
                walk.gaps.append((at - low, at + high))

    def _join_corners(self) -> None:
        for a in (street for street in self.sketch.streets if street.axis == "ns"):
            for b in (street for street in self.sketch.streets if street.axis == "ew"):
                for side_a in a.walks:
                    for side_b in b.walks:
                        self._join_corner(a, side_a, b, side_b)

    def _join_corner(self, a: Street, side_a: Side, b: Street, side_b: Side) -> None:
        corner = _meet(a, a.offset(side_a), b, b.offset(side_b))
        # A crossing may leave a street that ends in a T: its far corner lies beyond that end.
        led_to = any(
            (crossing.along, crossing.over) in {((a.key, side_a), b.key), ((b.key, side_b), a.key)}
            for crossing in self.sketch.crossings
        )
        if not led_to and not (_reaches(a, corner, _ON_THE_LINE_M) and _reaches(b, corner, _ON_THE_LINE_M)):
            return
        node = self._node(corner)
        self._walks[a.key, side_a].nodes[_coordinate(a, corner)] = node
        self._walks[b.key, side_b].nodes[_coordinate(b, corner)] = node

    def _join_roads(self) -> None:
        for a in (self._streets[key] for key in self._roads):
            for b in (self._streets[key] for key in self._roads):
                if (a.axis, b.axis) != ("ns", "ew"):
                    continue
                middle = _meet(a, 0.0, b, 0.0)
                if _reaches(a, middle, _ON_THE_LINE_M) and _reaches(b, middle, _ON_THE_LINE_M):
                    # Two streets may end on a third from both sides: one junction.
                    node = self._add(self._roads[a.key], a, 0.0, _coordinate(a, middle))
                    self._roads[b.key].nodes[_coordinate(b, middle)] = node

    def _end_lines(self) -> None:
        """Ends, bends and changes of tags, where no other node is."""
        for key, road in self._roads.items():
            for xy in self._streets[key].line:
                self._add(road, self._streets[key], 0.0, _coordinate(self._streets[key], xy))
        for (key, side), walk in self._walks.items():
            street = self._streets[key]
            first, last = _coordinate(street, street.line[0]), _coordinate(street, street.line[-1])
            bends = [_coordinate(street, xy) for xy in street.line]
            changes = [at for at in walk.patch_ends() if first < at < last]
            for at in [*bends, *changes]:
                if not walk.interrupted(at):
                    self._add(walk, street, street.offset(side), at)

    def _add(self, line: _Line, street: Street, offset: float, at: float) -> int:
        near = min(line.nodes, key=lambda known: abs(known - at), default=None)
        if near is None or abs(near - at) > _ON_THE_LINE_M:
            line.nodes[at] = self._node(_position(street, offset, at))
            near = at
        return line.nodes[near]

    def _draw_path(self, path: Path) -> None:
        nodes = [self._resolve(point) for point in path.points]
        self.ways.append((nodes, path.tags))

    def _resolve(self, point: XY | str | On) -> int:
        if isinstance(point, str):
            return self._spots[point]
        if isinstance(point, On):
            key, side = point.walk
            street = self._streets[key]
            if side == "centre" and street.half_m > 0.0:
                return self._add(self._roads[key], street, 0.0, point.at)
            return self._add(self._walks[point.walk], street, street.offset(side), point.at)
        return self._node(point)


def _coordinate(street: Street, xy: XY) -> float:
    return xy[1] if street.axis == "ns" else xy[0]


def _position(street: Street, offset: float, at: float) -> XY:
    """The point `at` along the street's axis, `offset` beside its centre line."""
    across, along = (0, 1) if street.axis == "ns" else (1, 0)
    a, b = next(
        (pair for pair in pairwise(street.line) if at <= pair[1][along]),
        (street.line[-2], street.line[-1]),
    )
    share = (at - a[along]) / (b[along] - a[along])
    beside = a[across] + share * (b[across] - a[across]) + offset
    return (beside, at) if street.axis == "ns" else (at, beside)


def _meet(a: Street, offset_a: float, b: Street, offset_b: float) -> XY:
    """Where two lines of different axes meet; streets are nearly straight, so this settles fast."""
    ns, ew = ((a, offset_a), (b, offset_b)) if a.axis == "ns" else ((b, offset_b), (a, offset_a))
    x, y = ns[0].line[0]
    for _ in range(20):
        x = _position(ns[0], ns[1], y)[0]
        y = _position(ew[0], ew[1], x)[1]
    return x, y


def _reaches(street: Street, xy: XY, margin: float) -> bool:
    first, last = _coordinate(street, street.line[0]), _coordinate(street, street.line[-1])
    return first - margin <= _coordinate(street, xy) <= last + margin


def osm_xml(sketch: Sketch) -> str:
    """The sketch as OpenStreetMap XML; the same sketch gives the same text."""
    drawing = Drawing(sketch)
    plane = Local.around(sketch.origin)
    places = {node: plane.from_xy(xy) for node, (xy, _) in drawing.nodes.items()}
    south, north = min(lat for lat, _ in places.values()), max(lat for lat, _ in places.values())
    west, east = min(lon for _, lon in places.values()), max(lon for _, lon in places.values())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<osm version="0.6" generator="Shirube practice map" attribution={quoteattr(ATTRIBUTION)}>',
        f"  <note>{escape(sketch.title)}. {ATTRIBUTION}</note>",
        f'  <bounds minlat="{south:.7f}" minlon="{west:.7f}" maxlat="{north:.7f}" maxlon="{east:.7f}"/>',
    ]
    for node, (lat, lon) in places.items():
        head = f'  <node id="{node}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"'
        lines += _element(head, "node", [], drawing.nodes[node][1])
    for way, (nodes, tags) in enumerate(drawing.ways, start=_WAY_IDS_FROM):
        references = [f'    <nd ref="{node}"/>' for node in nodes]
        head = f'  <way id="{way}" version="1"'
        lines += _element(head, "way", references, tags | {"shirube:practice": "yes"})
    return "\n".join([*lines, "</osm>", ""])


def _element(head: str, kind: str, inside: list[str], tags: Tags) -> list[str]:
    inside = inside + [f"    <tag k={quoteattr(key)} v={quoteattr(tags[key])}/>" for key in sorted(tags)]
    return [f"{head}>", *inside, f"  </{kind}>"] if inside else [f"{head}/>"]


def main() -> None:
    """Write every practice map beside this file."""
    for sketch in SKETCHES:
        target = FilePath(__file__).with_name(f"{sketch.key}.osm")
        target.write_text(osm_xml(sketch), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
