"""Bicycles that come up one after the other, put into the network's answers: any clip warns enough. Pure.

What the device makes of them is its own: they are followed, measured and judged like all that the network
finds, and are told when the chance of a touch is high enough. They need no picture: the network's real work
is on the clip's.
"""

from dataclasses import dataclass
from math import atan2, degrees
from typing import Final

from vision.camera import Camera
from vision.encounters.eye import View, glimpse
from vision.encounters.world import Thing
from vision.types import Detection, Hazard, ObjectClass

FROM_M: Final = 9.0
COMES_S, COMES_LOOKS = 2.6, 10  # to the wearer; longer where the network looks so seldom
SIDES_M: Final = (-0.3, 0.3, 0.0)  # of the wearer's line, in turn: one is there while the next comes
WIDE_M, DEEP_M, TALL_M = 0.6, 1.7, 1.7  # a bicycle with who rides it
SCORE: Final = 0.9
# A box at the picture's edge shows less of its thing than there is: its middle is not that of the thing.
SAME_DEG: Final = 15.0


@dataclass(frozen=True, slots=True)
class Comers:
    """Their timetable. `rate_hz`: how often the network looks. The first sets out at second 0."""

    camera: Camera
    rate_hz: float

    @property
    def way_s(self) -> float:
        """How long each is on its way."""
        return max(COMES_S, COMES_LOOKS / self.rate_hz)

    @property
    def every_s(self) -> float:
        """From one to the next."""
        return self.way_s / 2

    def at(self, t_s: float) -> tuple[Detection, ...]:
        """What of them is in sight."""
        view = View(self.camera, 0.0, 0.0, 0.0)
        seen = (glimpse(thing, since_s, view) for thing, since_s in self._under_way(t_s))
        return tuple(Detection(one.cls, SCORE, one.box) for one in seen if one is not None)

    def among(self, hazard: Hazard, t_s: float) -> bool:
        """Whether `hazard`, of the frame of `t_s`, may be one of them; else it is the clip's own."""
        bearings = (degrees(atan2(*thing.at(since_s))) for thing, since_s in self._under_way(t_s))
        near = any(abs(hazard.bearing_deg - bearing) <= SAME_DEG for bearing in bearings)
        return hazard.cls is ObjectClass.BICYCLE and near

    def _under_way(self, t_s: float) -> list[tuple[Thing, float]]:
        """Each with the seconds since it set out."""
        newest = int(t_s // self.every_s)
        numbers = range(max(0, newest - 1), newest + 1)
        return [(self._one(number), t_s - number * self.every_s) for number in numbers]

    def _one(self, number: int) -> Thing:
        side_m = SIDES_M[number % len(SIDES_M)]
        vz_mps = -FROM_M / self.way_s
        return Thing(number, ObjectClass.BICYCLE, side_m, FROM_M, WIDE_M, DEEP_M, TALL_M, vz_mps=vz_mps)
