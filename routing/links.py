"""A piece of walkable way with everything that planning knows of it."""

from dataclasses import dataclass, replace
from typing import Literal

from routing.tags import CrossingFacts
from wire.route import Known, Name, StretchKind

Side = Literal["left", "right", "unknown"]
Node = int


@dataclass(frozen=True, slots=True)
class Link:
    """A straight piece of walkable way from `tail` to `head`, in walking direction.

    `crossing_share`: which part of the crossing's fixed cost this piece bears, so that a crossing
    of several pieces counts once. `apart`: a carriageway whose sidewalk is mapped beside it.
    """

    tail: Node
    head: Node
    length_m: float
    kind: StretchKind
    highway: str
    osm_id: str
    name: Name | None = None
    side: Side = "unknown"
    tactile: Known = "unknown"
    covered: Known = "unknown"
    lit: Known = "unknown"
    handrail: Known = "unknown"
    conveying: bool = False
    steps: int | None = None
    steps_direction: Literal["up", "down", "unknown"] = "unknown"
    steps_share: float = 0.0  # of the flight
    width_m: float | None = None
    apart: bool = False
    crossing: CrossingFacts | None = None
    crossing_share: float = 0.0
    level_crossing_share: float = 0.0
    barriers: tuple[str, ...] = ()  # at the head
    elevator: bool = False  # at the head


_OPPOSITE: dict[str, Side] = {"left": "right", "right": "left", "unknown": "unknown"}
_BACKWARDS: dict[str, Literal["up", "down", "unknown"]] = {
    "up": "down",
    "down": "up",
    "unknown": "unknown",
}


def reversed_link(link: Link) -> Link:
    """The same piece walked the other way, but for what stands at its head."""
    return replace(
        link,
        tail=link.head,
        head=link.tail,
        side=_OPPOSITE[link.side],
        steps_direction=_BACKWARDS[link.steps_direction],
        barriers=(),
        elevator=False,
    )
