"""The port to a map: streets, places and ways on foot. Whoever knows maps hands an adapter in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LatLon = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that people go to. `kind`: its tag in OpenStreetMap, "leisure=park"."""

    lat: float
    lon: float
    kind: str


@dataclass(frozen=True, slots=True)
class Way:
    """A way on foot. `waits`: (metres from its start, usual seconds of waiting) at crossings, in order."""

    points: tuple[LatLon, ...]
    waits: tuple[tuple[float, float], ...] = ()


class Town(Protocol):
    """A map to live on."""

    @property
    def corners(self) -> Sequence[LatLon]:
        """Points on streets that people can live at."""

    @property
    def spots(self) -> Sequence[Spot]:
        """Named places."""

    def way(self, start: LatLon, end: LatLon) -> Way | None:
        """The way between two points; None: there is none."""
