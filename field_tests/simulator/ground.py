"""A flat ground around one point, and lines on it. Metres east and north. Pure."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.simulator.ways import LatLon

F64 = NDArray[np.float64]
_METRES_PER_DEGREE: Final = 111_195.0  # mean Earth radius 6,371,009 m x pi / 180


@dataclass(frozen=True, slots=True)
class Ground:
    """The plane that touches the earth at `lat`, `lon`: right within some tens of kilometres."""

    lat: float
    lon: float

    def xy(self, points: tuple[LatLon, ...]) -> F64:
        """Points as rows of metres east and north."""
        at = np.array(points, dtype=np.float64).reshape(-1, 2)
        return np.column_stack(
            [(at[:, 1] - self.lon) * self._east, (at[:, 0] - self.lat) * _METRES_PER_DEGREE]
        )

    def latlon(self, x_m: F64, y_m: F64) -> tuple[F64, F64]:
        """The columns back as latitude and longitude."""
        return self.lat + y_m / _METRES_PER_DEGREE, self.lon + x_m / self._east

    @property
    def _east(self) -> float:
        return _METRES_PER_DEGREE * math.cos(math.radians(self.lat))


def along_m(xy: F64) -> F64:
    """Metres from the line's start at each of its points."""
    steps = np.hypot(*np.diff(xy, axis=0).T) if len(xy) > 1 else np.zeros(0)
    return np.concatenate([[0.0], np.cumsum(steps)])


def part(xy: F64, to_m: float) -> F64:
    """The first `to_m` metres of a line."""
    at = along_m(xy)
    keep = at < to_m
    end = np.array([[np.interp(to_m, at, xy[:, 0]), np.interp(to_m, at, xy[:, 1])]])
    return np.concatenate([xy[keep], end])


def merged(spans: F64) -> F64:
    """Spans (rows of start and end) in order, those that touch as one."""
    if len(spans) == 0:
        return spans.reshape(0, 2)
    ordered = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ordered[:, 1])
    first = np.concatenate([[True], ordered[1:, 0] > reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return np.column_stack([ordered[first, 0], reach[last]])


def within(moments: F64, spans: F64) -> NDArray[np.bool_]:
    """Which moments lie in one of the spans."""
    whole = merged(spans)
    if len(whole) == 0:
        return np.zeros(len(moments), dtype=np.bool_)
    at = np.searchsorted(whole[:, 0], moments, side="right") - 1
    return np.asarray((at >= 0) & (moments < whole[np.maximum(at, 0), 1]))
