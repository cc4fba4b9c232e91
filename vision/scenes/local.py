"""Metres east and north of a route's first point, and places along a line of them.

The plane that touches WGS 84 at the first point: within a walk its error is under 0.1 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wire.route import Route

F64 = npt.NDArray[np.float64]
_SEMI_MAJOR_M, _ECCENTRICITY_SQ = 6_378_137.0, 6.694_379_990_14e-3  # WGS 84


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres for a degree of latitude and of longitude at `origin` (lat, lon)."""

    origin: tuple[float, float]
    metres_per_lat: float
    metres_per_lon: float

    def to_xy(self, points: Sequence[tuple[float, float]]) -> F64:
        """(lat, lon) in degrees -> n x 2 metres (east, north)."""
        degrees = np.asarray(points, np.float64) - np.asarray(self.origin)
        return np.column_stack([degrees[:, 1] * self.metres_per_lon, degrees[:, 0] * self.metres_per_lat])


def plane_of(route: Route) -> Plane:
    """The plane of a route: (0, 0) is `route.points[0]`."""
    lat, lon = route.points[0]
    shrink = 1 - _ECCENTRICITY_SQ * np.sin(np.radians(lat)) ** 2
    across = _SEMI_MAJOR_M / np.sqrt(shrink)
    along = across * (1 - _ECCENTRICITY_SQ) / shrink
    return Plane((lat, lon), float(np.radians(along)), float(np.radians(across * np.cos(np.radians(lat)))))


@dataclass(frozen=True, slots=True)
class Line:
    """A line on the ground that can be asked by the distance along it."""

    points: F64  # n x 2, metres
    along: F64  # n, metres from the first point

    @classmethod
    def of(cls, points: F64) -> "Line":
        """The line through n x 2 points; repeated points are dropped."""
        keep = np.r_[True, np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6]
        kept = points[keep]
        return cls(kept, np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(kept, axis=0), axis=1))])

    @property
    def length_m(self) -> float:
        """From the first point to the last, along the line."""
        return float(self.along[-1])

    def at(self, along_m: float) -> F64:
        """The point at a distance; beyond the ends straight on."""
        s = float(np.clip(along_m, 0, self.length_m))
        inside = np.array([np.interp(s, self.along, self.points[:, k]) for k in (0, 1)])
        return np.asarray(inside + self.direction(s) * (along_m - s))

    def direction(self, along_m: float) -> F64:
        """Unit vector of the way at a distance."""
        i = int(np.clip(np.searchsorted(self.along, along_m, side="right") - 1, 0, len(self.points) - 2))
        step = self.points[i + 1] - self.points[i]
        return np.asarray(step / np.linalg.norm(step))

    def heading_deg(self, along_m: float) -> float:
        """Direction of the way, clockwise from north."""
        east, north = self.direction(along_m)
        return float(np.degrees(np.arctan2(east, north)))

    def beside(self, along_m: float, right_m: float) -> F64:
        """The point at a distance along and to the right of the line."""
        east, north = self.direction(along_m)
        return np.asarray(self.at(along_m) + np.array([north, -east]) * right_m)

    def part(self, start_m: float, end_m: float) -> F64:
        """The points from one distance to another, both included."""
        inside = self.points[(self.along > start_m + 1e-6) & (self.along < end_m - 1e-6)]
        return np.vstack([self.at(start_m), inside, self.at(end_m)])
