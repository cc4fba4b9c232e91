"""A recorded walk as a route: the line walked, made plain, with the corners that its geometry has. Pure.

There is no ground truth beside a recording. The line walked is taken for the way planned, so what a replay
can show is how the follower bears a real receiver: gaps, standing, drift; not whether a corner was right.
"""

import math
from dataclasses import dataclass

from routing import geo
from routing.geo import XY, Local
from wire.position import Fix
from wire.route import MapSource, Name, Place, Route, Stretch, StretchKind

WALKING_MPS = 3.0  # faster is a bus, a car or a train
_RIDES_S = 10.0  # for so long: one fast fix is an error
_GAP_S = 60.0  # a recording that stopped and went on is two walks
_LEAST_M = 150.0
_APART_M = 3.0  # points closer than this to the last tell nothing of the way
_TOLERANCE_M = 4.0  # of the simplified line: a phone's ordinary error


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a recording that was walked."""

    name: str
    fixes: tuple[Fix, ...]


def parts(name: str, fixes: tuple[Fix, ...]) -> tuple[tuple[Part, ...], float]:
    """What was walked, cut at rides (over 3 m/s for 10 s) and at gaps of a minute; and seconds left out."""
    riding = _riding(fixes)
    found: list[list[Fix]] = [[]]
    for index, fix in enumerate(fixes):
        gap = bool(found[-1]) and fix.utc_s - found[-1][-1].utc_s > _GAP_S
        if riding[index] or gap:
            found.append([])
        if not riding[index]:
            found[-1].append(fix)
    walked = [tuple(one) for one in found if len(one) > 1 and _length(one) >= _LEAST_M]
    kept = sum(one[-1].utc_s - one[0].utc_s for one in walked)
    several = len(walked) > 1
    named = tuple(Part(f"{name}/{number}" if several else name, one) for number, one in enumerate(walked, 1))
    return named, max(fixes[-1].utc_s - fixes[0].utc_s - kept, 0.0) if fixes else 0.0


def _riding(fixes: tuple[Fix, ...]) -> list[bool]:
    fast = [_fast(fixes, index) for index in range(len(fixes))]
    riding = [False] * len(fixes)
    start = 0
    for index, one in enumerate([*fast, False]):
        if one:
            continue
        if index > start and fixes[index - 1].utc_s - fixes[start].utc_s >= _RIDES_S:
            riding[start:index] = [True] * (index - start)
        start = index + 1
    return riding


def _fast(fixes: tuple[Fix, ...], index: int) -> bool:
    fix = fixes[index]
    if fix.speed_mps is not None:
        return fix.speed_mps > WALKING_MPS
    if index == 0:
        return False
    before = fixes[index - 1]
    far = geo.distance_m((before.lat, before.lon), (fix.lat, fix.lon))
    return far > WALKING_MPS * (fix.utc_s - before.utc_s) + fix.accuracy_m


def _length(fixes: list[Fix]) -> float:
    return geo.length_m([(fix.lat, fix.lon) for fix in fixes])


def route_of(part: Part) -> Route:
    """The route along what was walked."""
    plane = Local.around((part.fixes[0].lat, part.fixes[0].lon))
    raw = [plane.to_xy((fix.lat, fix.lon)) for fix in part.fixes]
    points = tuple(plane.from_xy(one) for one in _simplified(_moving(raw)))
    length = geo.length_m(points)
    ends = [Place(name=Name(ja=ja, en=en), lat=points[at][0], lon=points[at][1]) for ja, en, at in _ENDS]
    return Route(
        route_id=part.name,
        source=MapSource(name=part.name, practice=False, attribution="a recorded walk"),
        walker="cane",
        origin=ends[0],
        destination=ends[1],
        points=points,
        stretches=(Stretch(first=0, last=len(points) - 1, kind=StretchKind.PATH),),
        length_m=length,
        duration_s=length,
    )


_ENDS = (("出発地", "the start", 0), ("終わり", "the end", -1))


def _moving(raw: list[XY]) -> list[XY]:
    """Without the cloud of points of who stands."""
    kept = [raw[0]]
    for one in raw[1:]:
        if math.dist(one, kept[-1]) >= _APART_M:
            kept.append(one)
    return kept if len(kept) > 1 else [raw[0], raw[-1]]


def _simplified(line: list[XY]) -> list[XY]:
    """Ramer, Douglas and Peucker: the fewest of its points within the tolerance of all."""
    keep = {0, len(line) - 1}
    todo = [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        furthest, apart = first, _TOLERANCE_M
        for index in range(first + 1, last):
            away = _off(line[index], line[first], line[last])
            if away > apart:
                furthest, apart = index, away
        if furthest != first:
            keep.add(furthest)
            todo += [(first, furthest), (furthest, last)]
    return [line[index] for index in sorted(keep)]


def _off(point: XY, a: XY, b: XY) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length if length else 0.0
    share = min(max(share, 0.0), 1.0)
    return math.hypot(point[0] - a[0] - share * dx, point[1] - a[1] - share * dy)
