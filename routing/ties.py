"""Ties: short links that join what the data leaves a few metres apart.

Sidewalks that are mapped apart often end just before what they lead to (a mapper drew to the kerb,
another from the middle of the road): the main practical failure of routing on them. A tie is made
where an end dangles near another way that is far to walk to; it is marked, counted, and told.
"""

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from routing import columns, compact, kept, splitting
from routing.beside import Streets
from routing.columns import F64, I32
from routing.compact import Draft, Network
from routing.crossings import Crossings
from routing.dividing import Mark
from routing.drawing import Drawing
from routing.grid import Pieces
from routing.splitting import Split
from routing.texts import NONE
from wire.route import StretchKind

# Half of a two-lane road (3.25 m) with its gutter, and the 2 m that aerial images leave open: further
# away, the mapper may well have meant that there is no way through.
REACH_M = 6.0
# A way round that is not much longer is no gap: five times, and more than a house front.
_LONG, _LONG_M = 5.0, 40.0
_AT_END_M = 1.5  # a tie to a place this near to a joint goes to the joint
_AHEAD_DEG, _TO_ROAD_DEG = 75.0, 100.0  # a way goes on ahead; it joins a road also sideways
_TOUCHING_M = 2.5  # this near, in any direction
_ROAD_LATER_M = 2.0  # a way for people on foot is wanted rather than a road this much nearer
_EDGE_M = 15.0  # of the map: there, ways go on outside
# Two ends that face each other over a street meet on its middle: one crossing, not two halves.
_FACING_M = 5.0
_TRIED = 6  # ways near an end that are looked at

_NOT_FROM = frozenset({
    StretchKind.INDOOR, StretchKind.BRIDGE, StretchKind.UNDERPASS, StretchKind.CROSSING,
    StretchKind.LEVEL_CROSSING,
})  # fmt: skip
_ONLY_ENDS = frozenset({
    StretchKind.CROSSING, StretchKind.LEVEL_CROSSING, StretchKind.STEPS, StretchKind.BRIDGE,
    StretchKind.UNDERPASS, StretchKind.INDOOR,
})  # fmt: skip
_LIKE_NEIGHBOUR = frozenset({StretchKind.SIDEWALK, StretchKind.SHARED_PATH, StretchKind.PEDESTRIAN})


@dataclass(frozen=True, slots=True)
class Tied:
    """How many ties were made, and how many of them join parts that nothing else joined."""

    ties: int
    joined_parts: int


@dataclass(frozen=True, slots=True)
class _Target:
    """A place on a link, `off_m` from the end that may be tied to it."""

    off_m: float
    link: int
    piece: int  # of the link's shape
    share: float  # along the piece
    along_m: float  # along the link
    x: float
    y: float


def tie(network: Network, drawn: Drawing, streets: Streets, found: Crossings) -> Tied:
    """Add ties to `network`; what they join is split where they meet it."""
    return _Tier(network, drawn, streets, found).tie()


@dataclass(slots=True)
class _Tier:
    network: Network
    drawn: Drawing
    streets: Streets
    found: Crossings
    links: list[Draft] = field(init=False)
    at: dict[int, list[int]] = field(init=False)  # node -> links
    segment_link: I32 = field(init=False)
    segment_piece: I32 = field(init=False)
    segment_along: F64 = field(init=False)
    grid: Pieces = field(init=False)
    obstacles: Pieces = field(init=False)
    part: list[int] = field(init=False)
    more: dict[int, list[tuple[int, float]]] = field(init=False)  # node -> neighbours over ties
    splits: list[Split] = field(init=False)
    made: list[Draft] = field(init=False)
    landed: dict[int, list[tuple[float, int, int]]] = field(init=False)  # road -> (along, node, crossing)
    inner: tuple[float, float, float, float] = field(init=False)  # west, south, east, north in metres
    joined: int = 0

    def __post_init__(self) -> None:
        self.links = self.network.links
        self.at = defaultdict(list)
        for number, link in enumerate(self.links):
            self.at[link.a].append(number)
            self.at[link.b].append(number)
        self._draw()
        self.inner = self._inner()
        blocking = [
            way.tags.get("barrier") in kept.OBSTACLES or "waterway" in way.tags or "railway" in way.tags
            for way in self.drawn.extract.ways
        ]
        blocking = [
            block and each is None for block, each in zip(blocking, self.drawn.characters, strict=True)
        ]
        self.obstacles = self.drawn.pieces_of(self.drawn.where(blocking))[1]
        self.part = compact.parts(self.network)
        self.more = defaultdict(list)
        self.splits, self.made, self.landed = [], [], defaultdict(list)

    def _draw(self) -> None:
        plane = self.drawn.plane
        counts = np.array([len(link.lat) for link in self.links], dtype=np.int64)
        lat = np.array([lat for link in self.links for lat in link.lat], dtype=np.float64) / 1e7
        lon = np.array([lon for link in self.links for lon in link.lon], dtype=np.float64) / 1e7
        x = (lon - plane.origin[1]) * plane.metres_per_lon
        y = (lat - plane.origin[0]) * plane.metres_per_lat
        owner = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        real = np.flatnonzero(owner[:-1] == owner[1:])
        first = np.concatenate(([0], np.cumsum(counts)))[:-1]
        self.segment_link = owner[real]
        self.segment_piece = (real - first[owner[real]]).astype(np.int32)
        length = np.hypot(x[real + 1] - x[real], y[real + 1] - y[real])
        before = np.concatenate(([0.0], np.cumsum(length)))[:-1]
        start = np.searchsorted(self.segment_link, np.arange(len(counts)))
        self.segment_along = before - before[start[self.segment_link]] if len(real) else before
        self.grid = Pieces.of(x[real], y[real], x[real + 1], y[real + 1])

    def tie(self) -> Tied:
        for node in self._ends():
            self._tie_end(node)
        self._tie_parts()
        splitting.split(self.network, self.splits)
        self.network.links.extend(self.made)
        return Tied(len(self.made), self.joined)

    # Ends

    def _ends(self) -> list[int]:
        """Nodes where a way for people on foot stops for no reason that the map gives."""
        return [node for node, those in sorted(self.at.items()) if len(those) == 1 and self._open(node)]

    def _open(self, node: int) -> bool:
        raw = self.network.nodes.raw[node]
        if raw == NONE or raw in self.drawn.extract.cut_off or self._at_edge(node):
            return False
        said = self.drawn.extract.node_tags.get(raw, {})
        if said.get("noexit") == "yes" or {"entrance", "door"} & said.keys():
            return False
        if said.get("highway") == "elevator":
            return False
        return any(self._foot(number) and self._plain(number) for number in self.at[node])

    def _plain(self, number: int) -> bool:
        each = self.drawn.characters[self.links[number].way]
        return each is not None and not each.raised and self.links[number].kind not in _NOT_FROM

    def _foot(self, number: int) -> bool:
        return compact.is_foot(self.links[number], self.drawn)

    def _inner(self) -> tuple[float, float, float, float]:
        """The map without its edge."""
        box = self.drawn.extract.box
        if box is None:
            low_x, high_x = float(self.drawn.x.min()), float(self.drawn.x.max())
            low_y, high_y = float(self.drawn.y.min()), float(self.drawn.y.max())
        else:
            low_x, low_y = self.drawn.plane.to_xy((box[0], box[1]))
            high_x, high_y = self.drawn.plane.to_xy((box[2], box[3]))
        return low_x + _EDGE_M, low_y + _EDGE_M, high_x - _EDGE_M, high_y - _EDGE_M

    def _at_edge(self, node: int) -> bool:
        x, y = self._xy(node)
        west, south, east, north = self.inner
        return not (west < x < east and south < y < north)

    def _xy(self, node: int) -> tuple[float, float]:
        nodes = self.network.nodes
        return self.drawn.plane.to_xy((nodes.lat[node] / 1e7, nodes.lon[node] / 1e7))

    def _tie_end(self, node: int) -> None:
        if node in self.more:  # another end was tied to it
            return
        own = self.at[node][0]
        for target in self._targets(node, {own}):
            road = not self._foot(target.link)
            ahead = self._aside_deg(own, node, target) <= (_TO_ROAD_DEG if road else _AHEAD_DEG)
            if (ahead or target.off_m <= _TOUCHING_M) and self._is_far(node, target):
                made = self._tie_link(node, own, target)
                if made is not None:
                    return

    # Parts

    def _tie_parts(self) -> None:
        """Each small part by its nearest place to another, where none of its ends was tied."""
        sizes: dict[int, float] = defaultdict(float)
        for link in self.links:
            sizes[self._root(link.a)] += link.length_m
        best: dict[int, tuple[float, int, _Target]] = {}
        largest = max(sizes, key=lambda part: (sizes[part], -part), default=NONE)
        for node in sorted(self.at):
            part = self._root(node)
            if part == largest or not self._open(node):
                continue
            for target in self._targets(node, set(self.at[node])):
                other = self._root(self.links[target.link].a)
                if other != part and (part not in best or target.off_m < best[part][0]):
                    best[part] = (target.off_m, node, target)
        for _, node, target in sorted(best.values(), key=lambda each: each[:2]):
            if self._root(node) != self._root(self.links[target.link].a):
                own = next(number for number in self.at[node] if self._foot(number) and self._plain(number))
                self._tie_link(node, own, target)

    def _root(self, node: int) -> int:
        part = self.part[node]
        while self.part[part] != part:
            part = self.part[part]
        return part

    # Targets

    def _targets(self, node: int, without: set[int]) -> list[_Target]:
        x, y = self._xy(node)
        best: dict[int, _Target] = {}
        for off, share, segment in self.grid.near(x, y, REACH_M):
            link = int(self.segment_link[segment])
            if link not in best and link not in without and self._may_join(node, link):
                best[link] = self._target(off, share, segment)
        later = {link: 0.0 if self._foot(link) else _ROAD_LATER_M for link in best}
        fit = [
            target
            for target in best.values()
            if self._at_joint(target) is not None or self._open_link(target)
        ]
        return sorted(fit, key=lambda one: (one.off_m + later[one.link], one.link))[:_TRIED]

    def _target(self, off: float, share: float, segment: int) -> _Target:
        grid = self.grid
        ax, ay = float(grid.ax[segment]), float(grid.ay[segment])
        bx, by = float(grid.bx[segment]), float(grid.by[segment])
        along = float(self.segment_along[segment]) + share * math.hypot(bx - ax, by - ay)
        x, y = ax + share * (bx - ax), ay + share * (by - ay)
        link, piece = int(self.segment_link[segment]), int(self.segment_piece[segment])
        return _Target(off, link, piece, share, along, x, y)

    def _may_join(self, node: int, link: int) -> bool:
        """Both on one level, and neither on a bridge or in a tunnel."""
        other = self.drawn.characters[self.links[link].way]
        if node in (self.links[link].a, self.links[link].b) or other is None or other.raised:
            return False
        own = [self.drawn.characters[self.links[number].way] for number in self.at[node]]
        return any(each and (each.layer, each.level) == (other.layer, other.level) for each in own)

    def _open_link(self, target: _Target) -> bool:
        return self.links[target.link].kind not in _ONLY_ENDS

    def _at_joint(self, target: _Target) -> int | None:
        """The link's end that the target stands for, if it is near one."""
        link = self.links[target.link]
        if target.along_m <= _AT_END_M:
            return link.a
        return link.b if target.along_m >= link.length_m - _AT_END_M else None

    def _aside_deg(self, own: int, node: int, target: _Target) -> float:
        """Degrees between the way's last piece and the tie."""
        link = self.links[own]
        plane = self.drawn.plane
        line = [plane.to_xy((lat / 1e7, lon / 1e7)) for lat, lon in zip(link.lat, link.lon, strict=True)]
        (px, py), (qx, qy) = (line[-2], line[-1]) if link.b == node else (line[1], line[0])
        before, after = math.atan2(qy - py, qx - px), math.atan2(target.y - qy, target.x - qx)
        turn = math.degrees(abs(before - after)) % 360.0
        return min(turn, 360.0 - turn)

    def _is_far(self, node: int, target: _Target) -> bool:
        """Whether the target lies in another part, or a long walk away."""
        link = self.links[target.link]
        if self._root(node) != self._root(link.a):
            return True
        limit = max(_LONG * target.off_m, _LONG_M)
        rest = {link.a: target.along_m, link.b: link.length_m - target.along_m}
        known, queue = {node: 0.0}, [(0.0, node)]
        while queue:
            metres, here = heapq.heappop(queue)
            if metres > known[here] or metres > limit:
                continue
            if here in rest and metres + rest[here] <= limit:
                return False
            for other, length in self._neighbours(here):
                if metres + length < known.get(other, math.inf):
                    known[other] = metres + length
                    heapq.heappush(queue, (metres + length, other))
        return True

    def _neighbours(self, node: int) -> list[tuple[int, float]]:
        over = [(self.links[number], number) for number in self.at[node]]
        found = [(link.b if link.a == node else link.a, link.length_m) for link, _ in over]
        return found + self.more.get(node, [])

    # Ties

    def _tie_link(self, node: int, own: int, target: _Target) -> Draft | None:
        """The tie, made and joined; None where something lies between."""
        mark = self._mark(node, own, target)
        if mark is None:
            return None
        other = self._landing(target, mark)
        link, like = self.links[target.link], self.links[own]
        for end, rest in ((link.a, target.along_m), (link.b, link.length_m - target.along_m)):
            self.more[node].append((end, target.off_m + rest))
            self.more[end].append((node, target.off_m + rest))
        self.more[other].append((node, target.off_m))
        made = self._draft(node, other, like, mark)
        self.made.append(made)
        one, two = self._root(node), self._root(link.a)
        if one != two:
            self.joined += 1
            self.part[max(one, two)] = min(one, two)
        return made

    def _landing(self, target: _Target, mark: Mark) -> int:
        """The node that the tie leads to: where one from over the street landed, a joint, a new one."""
        half = mark.kind is StretchKind.CROSSING and mark.share == 0.5
        if half:
            for along, node, crossing in self.landed[target.link]:
                if abs(along - target.along_m) <= _FACING_M:
                    mark.crossing = crossing
                    return node
        joint = self._at_joint(target)
        node = self._split_node(target) if joint is None else joint
        if half:
            self.landed[target.link].append((target.along_m, node, mark.crossing))
        return node

    def _split_node(self, target: _Target) -> int:
        lat, lon = self.drawn.plane.from_xy((target.x, target.y))
        node = self.network.nodes.add((NONE, round(lat * 1e7), round(lon * 1e7)))
        self.part.append(self._root(self.links[target.link].a))
        self.splits.append(Split(target.link, target.piece, target.share, node))
        return node

    def _draft(self, node: int, other: int, like: Draft, mark: Mark) -> Draft:
        nodes = self.network.nodes
        lat, lon = [nodes.lat[node], nodes.lat[other]], [nodes.lon[node], nodes.lon[other]]
        along = mark.kind in _LIKE_NEIGHBOUR
        (ax, ay), (bx, by) = self._xy(node), self._xy(other)
        return Draft(
            way=NONE, a=node, b=other, lat=lat, lon=lon, length_m=math.hypot(bx - ax, by - ay),
            kind=mark.kind, flags=mark.flags, name=like.name if along else NONE, crossing=mark.crossing,
            crossing_share=mark.share or 0.0, mark=mark,
        )  # fmt: skip

    def _mark(self, node: int, own: int, target: _Target) -> Mark | None:
        """What the tie leads over; None where it may not lead."""
        x, y = self._xy(node)
        # Both ends lie on lines that the tie does not cross.
        low, high = 0.02, 0.98
        ends = (
            np.array([x + low * (target.x - x)]), np.array([y + low * (target.y - y)]),
            np.array([x + high * (target.x - x)]), np.array([y + high * (target.y - y)]),
        )  # fmt: skip
        if len(self.obstacles.keys) and len(self.obstacles.met(*ends)[0]):
            return None
        roads = self._roads_between(ends, target)
        flags = columns.FORWARD | columns.BACKWARD | columns.TIE
        if len(roads) > 1:
            return None
        way, joined = self.links[own].way, self.links[target.link].way
        if roads:
            over = self.found.of_cut(way, roads.pop())
            return Mark(StretchKind.CROSSING, over, flags | columns.SLICED, share=1.0)
        each = self.drawn.characters[joined]
        if each is not None and each.carriageway and each.rank > 0 and not self._is_dead_end(target):
            # To the middle of the road: half of it is crossed.
            over = self.found.of_cut(way, joined)
            return Mark(StretchKind.CROSSING, over, flags | columns.SLICED, share=0.5)
        kind = self.links[own].kind
        return Mark(kind if kind in _LIKE_NEIGHBOUR else StretchKind.PATH, flags=flags, share=0.0)

    def _roads_between(self, ends: tuple[F64, F64, F64, F64], target: _Target) -> set[int]:
        if not len(self.streets.numbers):
            return set()
        pieces = self.streets.numbers[self.streets.grid.met(*ends)[1]]
        ways = {int(way) for way in self.drawn.way[pieces]} - {self.links[target.link].way}
        return {way for way in ways if (each := self.drawn.characters[way]) is not None and not each.raised}

    def _is_dead_end(self, target: _Target) -> bool:
        joint = self._at_joint(target)
        return joint is not None and len(self.at[joint]) == 1
