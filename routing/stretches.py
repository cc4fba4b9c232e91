"""From links to stretches of one character, as they are told: nothing too short to be told apart.

OpenStreetMap has many joints that nobody feels: three metres from a corner to a kerb are no step of
their own ("left at the crossing, right on the sidewalk", OpenTripPlanner #767).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from routing.geo import Point, distance_m
from routing.hours import sound_at
from routing.links import Link
from routing.search import Found
from routing.tags import CrossingFacts
from wire.route import Crossing, Stretch, StretchKind

# Shorter than this is a joint between two ways, not a way: six steps with a cane.
JOINT_M = 5.0
# Half of a crossing alone means turning into the road there, not crossing it.
_CROSSED_SHARE = 0.75
_SAME_POINT_M = 0.05

_PLAIN = frozenset({
    StretchKind.SIDEWALK, StretchKind.SHARED_PATH, StretchKind.PEDESTRIAN, StretchKind.ROAD,
    StretchKind.PATH, StretchKind.INDOOR,
})  # fmt: skip


@dataclass(slots=True)
class _Run:
    """Neighbouring links that are told as one; `like` is the link whose character they take."""

    like: Link
    links: list[Link]

    @property
    def length_m(self) -> float:
        return sum(link.length_m for link in self.links)


def told(found: Found, at: datetime) -> tuple[tuple[Point, ...], tuple[Stretch, ...]]:
    """Points of the way, and its stretches over them, for one who sets out at `at`."""
    runs = _grouped(_Run(link, [link]) for link in found.links)
    runs = _grouped(_without_half_crossings(runs))
    runs = _grouped(_without_joints(runs))
    points, ends = _points(found, runs)
    stretches = []
    for run, (first, last) in zip(runs, ends, strict=True):
        if last > first:
            stretches.append(_stretch(run, first, last, at))
    return points, tuple(stretches)


def _character(link: Link) -> tuple[object, ...]:
    if link.kind is StretchKind.CROSSING:
        return link.kind, link.crossing.osm_id if link.crossing else link.osm_id
    if link.kind is StretchKind.STEPS:
        return link.kind, link.steps_direction, link.handrail, link.osm_id
    if link.kind is StretchKind.LEVEL_CROSSING:
        return (link.kind,)
    name = link.name.ja if link.name else None
    return link.kind, name, link.side, link.tactile, link.covered


def _grouped(runs: Iterable[_Run]) -> list[_Run]:
    """Neighbours of one character joined."""
    grouped = []
    for _, same in groupby(runs, key=lambda run: _character(run.like)):
        members = list(same)
        grouped.append(_Run(members[0].like, [link for run in members for link in run.links]))
    return grouped


def _without_half_crossings(runs: list[_Run]) -> Iterable[_Run]:
    """A carriageway that is entered and not left on its other side was not crossed."""
    for index, run in enumerate(runs):
        half = run.like.kind is StretchKind.CROSSING and run.links[0].crossing is not None
        node = half and str(run.like.crossing and run.like.crossing.osm_id).startswith("node/")
        if node and sum(link.crossing_share for link in run.links) < _CROSSED_SHARE:
            beside = [*runs[index + 1 : index + 2], *runs[max(index - 1, 0) : index]]
            like = next((other.like for other in beside if other.like.kind in _PLAIN), None)
            yield _Run(like or run.like, run.links)
        else:
            yield run


def _without_joints(runs: list[_Run]) -> Iterable[_Run]:
    """A short plain run takes the character of the plain run after it or before it, if longer."""
    for index, run in enumerate(runs):
        if run.like.kind in _PLAIN and run.length_m < JOINT_M:
            beside = [*runs[index + 1 : index + 2], *runs[max(index - 1, 0) : index]]
            plain = [other for other in beside if other.like.kind in _PLAIN]
            yield _Run(max([*plain, run], key=lambda other: other.length_m).like, run.links)
        else:
            yield run


def _points(found: Found, runs: list[_Run]) -> tuple[tuple[Point, ...], list[tuple[int, int]]]:
    """Points without repetitions, and for each run the indices of its first and last."""
    points = [found.points[found.links[0].tail]]
    ends = []
    for run in runs:
        first = len(points) - 1
        for link in run.links:
            point = found.points[link.head]
            if distance_m(points[-1], point) > _SAME_POINT_M:
                points.append(point)
        ends.append((first, len(points) - 1))
    return tuple(points), ends


def _stretch(run: _Run, first: int, last: int, at: datetime) -> Stretch:
    like = run.like
    crosses = like.kind is StretchKind.CROSSING and like.crossing is not None
    widths = [link.width_m for link in run.links if link.width_m is not None]
    climbs = like.kind is StretchKind.STEPS
    return Stretch(
        first=first,
        last=last,
        kind=like.kind,
        name=like.name,
        side=like.side,
        tactile=like.tactile,
        covered=like.covered,
        crossing=crossing_at(like.crossing, at) if crosses and like.crossing else None,
        steps=like.steps if climbs else None,
        steps_direction=like.steps_direction if climbs else "unknown",
        handrail=like.handrail,
        width_m=min(widths, default=None),
        osm_id=like.osm_id,
    )


def crossing_at(facts: CrossingFacts, at: datetime) -> Crossing:
    """What is known of a crossing for one who comes there at `at`."""
    return Crossing(
        signals=facts.signals,
        sound=sound_at(facts, at),
        sound_hours=facts.sound_hours,
        button=facts.button,
        marked=facts.marked,
        tactile=facts.tactile,
        island=facts.island,
        kerb=facts.kerb,
        street=facts.street,
        lanes=facts.lanes,
        osm_id=facts.osm_id,
    )
