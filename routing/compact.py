"""From parts of ways to links between the places where something changes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from routing.character import Character
from routing.dividing import Divider, Mark, Part
from routing.drawing import Drawing
from routing.texts import NONE
from wire.route import StretchKind

_BETWEEN_TRACKS_M = 8.0  # middle to middle 4 m, and a passing loop's 6 m


@dataclass(slots=True, eq=False)
class Draft:
    """A link in the making: one way, one character, drawn by `lat` and `lon` in 1e-7 degree."""

    way: int  # of the extract; NONE for a tie
    a: int
    b: int
    lat: list[int]
    lon: list[int]
    length_m: float
    kind: StretchKind
    flags: int
    name: int = NONE
    side: int = 0
    crossing: int = NONE
    crossing_share: float = 0.0
    rails_share: float = 0.0
    flight_share: float = 0.0
    mark: Mark | None = None


@dataclass(slots=True)
class Nodes:
    """The nodes of the network: nodes of the extract, and points made by cutting."""

    raw: list[int] = field(default_factory=list)  # the extract's node; NONE for a cut
    lat: list[int] = field(default_factory=list)
    lon: list[int] = field(default_factory=list)
    _known: dict[int, int] = field(default_factory=dict)

    def add(self, end: tuple[int, int, int]) -> int:
        """The number of the node at this end of a part; a cut is always a new one."""
        raw, lat, lon = end
        if raw != NONE and raw in self._known:
            return self._known[raw]
        self.raw.append(raw)
        self.lat.append(lat)
        self.lon.append(lon)
        if raw != NONE:
            self._known[raw] = len(self.raw) - 1
        return len(self.raw) - 1


@dataclass(slots=True)
class Network:
    """Nodes and links of a map, before they become columns."""

    nodes: Nodes
    links: list[Draft]


def network(divider: Divider) -> Network:
    """The links of every walked way."""
    drawing = divider.drawing
    joints = _joints(drawing)
    nodes, links = Nodes(), []
    for way, each in enumerate(drawing.characters):
        if each is not None and each.walked:
            length = float(drawing.length_m[drawing.first[way] : drawing.first[way + 1]].sum())
            links += _links(way, each, divider.parts(way), nodes, joints, length)
    for link in links:
        _share(link)
    _one_wait(links)
    return Network(nodes, links)


def _joints(drawing: Drawing) -> set[int]:
    """Nodes at which links begin and end: shared, tagged, or in the middle of a loop."""
    uses: Counter[int] = Counter()
    joints: set[int] = set()
    for way, each in zip(drawing.extract.ways, drawing.characters, strict=True):
        if each is None or not each.walked:
            continue
        uses.update(way.nodes)
        last: dict[int, int] = {}
        for index, node in enumerate(way.nodes):
            # A link never leads from a node to itself: searching and telling would have no way in it.
            if node in last:
                joints.add(way.nodes[(last[node] + index) // 2])
            last[node] = index
    return joints | {node for node, count in uses.items() if count > 1} | drawing.extract.node_tags.keys()


def _links(
    way: int, each: Character, parts: Iterable[Part], nodes: Nodes, joints: set[int], way_length: float
) -> list[Draft]:
    links: list[Draft] = []
    link: Draft | None = None
    last: Part | None = None
    for part in parts:
        if link is not None and last is not None and _goes_on(last, part, joints):
            link.lat.append(part.b[1])
            link.lon.append(part.b[2])
            link.length_m += part.length_m
        else:
            begin = NONE
            if link is not None and last is not None:
                begin = _closed(link, last, nodes, part)
            link = _begun(way, each, part, begin if begin != NONE else nodes.add(part.a))
            links.append(link)
        last = part
    if link is not None and last is not None:
        link.b = nodes.add(last.b)
    for one in links:
        if one.kind is StretchKind.STEPS and way_length > 0.0:
            one.flight_share = one.length_m / way_length
    return links


def _goes_on(last: Part, part: Part, joints: set[int]) -> bool:
    return (
        last.b == part.a
        and part.a[0] not in joints
        and last.mark is part.mark
        and (last.name, last.side) == (part.name, part.side)
    )


def _closed(link: Draft, last: Part, nodes: Nodes, part: Part) -> int:
    """End `link` where `last` ends; the node if the next part begins there, else NONE."""
    link.b = nodes.add(last.b)
    return link.b if last.b == part.a else NONE


def _begun(way: int, each: Character, part: Part, node: int) -> Draft:
    mark = part.mark
    return Draft(
        way=way,
        a=node,
        b=NONE,
        lat=[part.a[1], part.b[1]],
        lon=[part.a[2], part.b[2]],
        length_m=part.length_m,
        kind=mark.kind if mark else each.kind,
        flags=each.flags | (mark.flags if mark else 0),
        name=part.name,
        side=part.side,
        crossing=mark.crossing if mark else NONE,
        mark=mark,
    )


def _share(link: Draft) -> None:
    """The link's part of the fixed cost of what it leads over."""
    mark = link.mark
    if mark is None:
        return
    share = mark.share
    if share is None:
        share = min(link.length_m / mark.length_m, 1.0) if mark.length_m > 0.0 else 1.0
    if mark.kind is StretchKind.LEVEL_CROSSING:
        link.rails_share = share
    else:
        link.crossing_share = share


def _one_wait(links: list[Draft]) -> None:
    """Tracks beside each other are one level crossing, with one pair of bars."""
    group: list[Draft] = []
    gap = 0.0
    for link in [*links, None]:
        rails = link is not None and link.kind is StretchKind.LEVEL_CROSSING
        goes_on = bool(group) and link is not None and link.way == group[0].way
        if goes_on and not rails and link is not None and gap + link.length_m <= _BETWEEN_TRACKS_M:
            gap += link.length_m
            continue
        if not (goes_on and rails):
            whole = sum(one.rails_share for one in group)
            for one in group:
                one.rails_share /= max(whole, 1.0)
            group = []
        gap = 0.0
        if rails and link is not None:
            group.append(link)


def is_foot(link: Draft, drawing: Drawing) -> bool:
    """Whether the link belongs to a way for people on foot."""
    each = drawing.characters[link.way] if link.way != NONE else None
    return each is not None and not each.carriageway


def parts(network: Network) -> list[int]:
    """For each node the number of the part that it hangs together with."""
    lead = list(range(len(network.nodes.raw)))

    def root(node: int) -> int:
        while lead[node] != node:
            lead[node] = lead[lead[node]]
            node = lead[node]
        return node

    for link in network.links:
        one, other = root(link.a), root(link.b)
        lead[max(one, other)] = min(one, other)
    return [root(node) for node in range(len(lead))]
