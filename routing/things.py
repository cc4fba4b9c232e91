"""Things of a map beside a line, as data: no map and no arithmetic is loaded for them."""

from routing.geo import Point
from wire.base import value
from wire.route import Crossing, Known, Name, StretchKind


@value
class Thing:
    """One thing of the map: pieces of one way that have one character, or one crossing.

    `number` is that of its first link, and holds for one build of the map. `lines`: (lat, lon).
    `off_m`: from the line at the nearest; `at_m`: how far along the line that is.
    """

    number: int
    kind: StretchKind
    lines: tuple[tuple[Point, ...], ...]
    at_m: float
    off_m: float
    name: Name | None = None
    tactile: Known = "unknown"
    walked: bool = True  # False: the map gives it to nobody on foot
    apart: bool = False  # a carriageway whose sidewalk is drawn beside it
    sidewalk: Known = "unknown"  # of a carriageway
    gap: bool = False  # not in the data: it joins ends that the data leaves apart
    steps: int | None = None
    handrail: Known = "unknown"
    moving: bool = False
    crossing: Crossing | None = None


@value
class Surroundings:
    """What lies beside a line, the nearest first; `left_out`: so many more would lie there."""

    things: tuple[Thing, ...]
    left_out: int
