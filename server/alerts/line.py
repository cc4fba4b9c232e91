"""A route's line that is asked for the nearest place many times a second, for a thousand walks at once."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.geo import Point, Polyline, Projection


@dataclass(frozen=True, slots=True)
class QuickLine(Polyline):
    """As its base, with the same answers; which segment is nearest is found for all of them at once."""

    _first: NDArray[Any] = field(init=False, compare=False, repr=False)
    _step: NDArray[Any] = field(init=False, compare=False, repr=False)
    _squares: NDArray[Any] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        xy = np.array(self.xy)
        step = xy[1:] - xy[:-1]
        # The class is frozen. A segment without a length is the point that it begins with.
        object.__setattr__(self, "_first", xy[:-1])
        object.__setattr__(self, "_step", step)
        object.__setattr__(self, "_squares", np.maximum((step * step).sum(axis=1), 1e-12))

    def project(self, point: Point, *, from_m: float = 0.0, to_m: float = float("inf")) -> Projection:
        """The nearest place on the line."""
        if from_m > 0.0 or to_m < self.length_m:
            return Polyline.project(self, point, from_m=from_m, to_m=to_m)
        x, y = self.plane.to_xy(point)
        away = np.array((x, y)) - self._first
        share = np.clip((away * self._step).sum(axis=1) / self._squares, 0.0, 1.0)
        off = away - share[:, None] * self._step
        nearest = int((off * off).sum(axis=1).argmin())
        _, along, signed, segment = self._on_segment(nearest, x, y, 0.0, self.length_m)
        return Projection(along, signed, segment, self.at(along))
