"""How far along the route the wearer is: a belief over one-metre cells. Pure.

A histogram filter, because a route is not a straight line: at a corner the error of a fix across
one leg is an error along the next, so a Gaussian along the route is wrong exactly where the
prompt must come at the spot. A few hundred multiplications a fix.
"""

import math
from dataclasses import dataclass
from typing import Self

from routing import geo
from routing.geo import XY, Polyline

_NEGLIGIBLE = 1e-6
_MOST_CELLS = 600  # after a long outage; beyond it the belief is made anew from a fix
# Errors of fixes in a city are correlated over 20-60 s (multipath moves with the satellites), so a
# fix a second later is mostly the same error again. It counts for a fifth of an independent one.
CORRELATION_S = 5.0
_TAIL = 4.0  # degrees of freedom of Student's t: outliers of 3-5 sigma are ordinary in streets


@dataclass(frozen=True, slots=True)
class Cells:
    """The route cut into metres: where each cell lies in the line's plane, and its direction."""

    xy: tuple[XY, ...]
    bearing_deg: tuple[float, ...]

    @classmethod
    def of(cls, line: Polyline) -> Self:
        """Measured once for a route."""
        along = range(math.ceil(line.length_m) + 1)
        return cls(
            tuple(line.plane.to_xy(line.at(cell)) for cell in along),
            tuple(line.bearing_at(cell, over_m=3.0) for cell in along),
        )

    @property
    def last(self) -> int:
        """The cell at the end of the route."""
        return len(self.xy) - 1

    def bearings_within(self, along_m: float, reach_m: float) -> tuple[float, ...]:
        """The directions of the cells up to `reach_m` before and after `along_m`."""
        low = min(max(math.floor(along_m - reach_m), 0), self.last)
        return self.bearing_deg[low : max(math.ceil(along_m + reach_m), low) + 1]


@dataclass(frozen=True, slots=True)
class Belief:
    """Probabilities of the cells `first`, `first` + 1, … (cell i: i metres along the route)."""

    first: int
    weights: tuple[float, ...]

    @classmethod
    def around(cls, along_m: float, sigma_m: float, last_cell: int) -> Self:
        """A bell of width `sigma_m` around `along_m`, cut at the ends of the route."""
        reach = 3.0 * sigma_m + 2.0
        first = min(max(0, math.floor(along_m - reach)), last_cell)
        last = max(min(last_cell, math.ceil(along_m + reach)), first)
        bell = [math.exp(-0.5 * ((cell - along_m) / sigma_m) ** 2) for cell in range(first, last + 1)]
        return cls._of(first, bell)

    @classmethod
    def _of(cls, first: int, raw: list[float]) -> Self:
        total = math.fsum(raw)
        weights = [value / total for value in raw]
        low = next(index for index, weight in enumerate(weights) if weight > _NEGLIGIBLE)
        high = next(index for index in reversed(range(len(weights))) if weights[index] > _NEGLIGIBLE)
        return cls(first + low, tuple(weights[low : high + 1]))

    @property
    def mean_m(self) -> float:
        """The expected distance along the route."""
        return self.first + math.fsum(index * weight for index, weight in enumerate(self.weights))

    @property
    def sigma_m(self) -> float:
        """Standard deviation, never under the half cell that it cannot resolve."""
        mean = self.mean_m - self.first
        spread = math.fsum((index - mean) ** 2 * weight for index, weight in enumerate(self.weights))
        return max(math.sqrt(spread), 0.5)

    def moved(self, by_m: float, sigma_m: float, last_cell: int) -> "Belief":
        """The belief after a walk of `by_m` (negative: back) known to `sigma_m`."""
        reach = math.ceil(3.0 * sigma_m) + 1
        centre = round(by_m)
        steps = range(centre - reach, centre + reach + 1)
        kernel = [_mass(step, by_m, sigma_m) for step in steps]
        first = self.first + steps.start
        raw = [0.0] * (len(self.weights) + len(kernel) - 1)
        for index, weight in enumerate(self.weights):
            for offset, share in enumerate(kernel):
                raw[index + offset] += weight * share
        return _folded(first, raw, last_cell)

    def seen(self, cells: Cells, xy: XY, sigma_m: float, interval_s: float) -> "Belief":
        """The belief after a fix at `xy` with 1-D error `sigma_m`, `interval_s` after the last."""
        power = -0.5 * (_TAIL + 2.0) * min(1.0, interval_s / CORRELATION_S)
        scale = 1.0 / (_TAIL * sigma_m * sigma_m)
        raw = []
        for cell, share in enumerate(self.weights, self.first):
            x, y = cells.xy[cell]
            raw.append(share * (1.0 + scale * ((x - xy[0]) ** 2 + (y - xy[1]) ** 2)) ** power)
        return Belief._of(self.first, raw)

    def heading(self, cells: Cells, course_deg: float, weight: float) -> "Belief":
        """The belief after a course over ground: cells that run that way gain, by e^(2 weight) at most."""
        raw = []
        for cell, share in enumerate(self.weights, self.first):
            agreement = math.cos(math.radians(geo.turn_deg(course_deg, cells.bearing_deg[cell])))
            raw.append(share * math.exp(weight * (agreement - 1.0)))
        return Belief._of(self.first, raw)

    @property
    def lost(self) -> bool:
        """Whether it has grown too wide to mean anything."""
        return len(self.weights) > _MOST_CELLS


def _mass(step: int, mean: float, sigma: float) -> float:
    """Share of a normal distribution within half a metre of `step`."""
    root = sigma * math.sqrt(2.0)
    return 0.5 * (math.erf((step + 0.5 - mean) / root) - math.erf((step - 0.5 - mean) / root))


def _folded(first: int, raw: list[float], last_cell: int) -> Belief:
    """Weights beyond the ends of the route pile up at the ends."""
    inside = [0.0] * (min(max(first + len(raw) - 1, 0), last_cell) - max(min(first, last_cell), 0) + 1)
    start = max(min(first, last_cell), 0)
    for index, weight in enumerate(raw, first):
        inside[min(max(index, 0), last_cell) - start] += weight
    return Belief._of(start, inside)
