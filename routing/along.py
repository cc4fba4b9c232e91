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
# fix a second later is mostly the same error again. With the receiver's speed trusted as in `tracking`
# this makes the least error in simulated walks (errors of 10 and 20 m that last 25 s), and a deviation that
# is true: with 10 s and a speed trusted more the belief was as near, but so sure of it that no corner
# taken could correct it any more.
CORRELATION_S = 22.0
_SWAY_DEG = 30.0
_NEAR = 6  # metres around a corner in which either leg's direction is along the route
_TAIL = 4.0  # degrees of freedom of Student's t: outliers of 3-5 sigma are ordinary in streets


@dataclass(frozen=True, slots=True)
class Cells:
    """The route cut into metres: where each cell lies in the line's plane, and its directions.

    `near_deg` holds the different directions within a few metres: at a corner, both legs'.
    """

    xy: tuple[XY, ...]
    bearing_deg: tuple[float, ...]
    near_deg: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, line: Polyline) -> Self:
        """Measured once for a route."""
        along = range(math.ceil(line.length_m) + 1)
        bearings = tuple(line.bearing_at(cell, over_m=3.0) for cell in along)
        return cls(
            tuple(line.plane.to_xy(line.at(cell)) for cell in along),
            bearings,
            tuple(
                tuple(
                    sorted({round(bearing) for bearing in bearings[max(0, cell - _NEAR) : cell + _NEAR + 1]})
                )
                for cell in along
            ),
        )

    @property
    def last(self) -> int:
        """The cell at the end of the route."""
        return len(self.xy) - 1

    def deviation_deg(self, along_m: float, course_deg: float, reach_m: float = 0.0) -> float:
        """Least angle, [0, 180], between a course and the route's directions within `reach_m` of a place."""
        cell = min(max(round(along_m), 0), self.last)
        reach = math.ceil(reach_m)
        cells = {cell, *range(max(cell - reach, 0), min(cell + reach, self.last) + 1, 2 * _NEAR)}
        cells |= {max(cell - reach, 0), min(cell + reach, self.last)}
        return min(abs(geo.turn_deg(bearing, course_deg)) for one in cells for bearing in self.near_deg[one])


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

    def moved(self, cells: Cells, metres: float, course_deg: float | None, sigma_m: float) -> "Belief":
        """The belief after a walk of `metres`, known to `sigma_m`, on course `course_deg`.

        Each cell moves by its own share: where the route runs another way than the walker, a walk
        brings no progress (or, against it, progress back). None: along the route.
        """
        kernels: dict[int, tuple[int, tuple[float, ...]]] = {}
        low = self.first - math.ceil(abs(metres) + 3.0 * sigma_m) - 2
        raw = [0.0] * (len(self.weights) + 2 * (self.first - low) + 1)
        for cell, weight in enumerate(self.weights, self.first):
            share = 10 if course_deg is None else _share(cells.deviation_deg(cell, course_deg))
            if share not in kernels:
                kernels[share] = _kernel(metres * share / 10.0, sigma_m)
            start, kernel = kernels[share]
            for index, mass in enumerate(kernel, cell + start - low):
                raw[index] += weight * mass
        return _folded(low, raw, cells.last)

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
            agreement = _cos(geo.turn_deg(course_deg, cells.bearing_deg[cell]))
            raw.append(share * math.exp(weight * (agreement - 1.0)))
        return Belief._of(self.first, raw)

    @property
    def lost(self) -> bool:
        """Whether it has grown too wide to mean anything."""
        return len(self.weights) > _MOST_CELLS


def _cos(angle_deg: float) -> float:
    return math.cos(math.radians(angle_deg))


def _share(deviation_deg: float) -> int:
    """Tenths of a walk that are progress; ten steps between along and against are finer than any course.

    A course of a receiver sways by 10-20 degrees, and a walker round whatever stands in the way: taken
    at its cosine, that would lose metres all the way (3 m behind after a few streets, measured).
    """
    between = (deviation_deg - _SWAY_DEG) / (180.0 - 2.0 * _SWAY_DEG)
    return round(10.0 * _cos(180.0 * min(max(between, 0.0), 1.0)))


def _kernel(metres: float, sigma_m: float) -> tuple[int, tuple[float, ...]]:
    """The first step, and the probability of each step from there on."""
    reach = math.ceil(3.0 * sigma_m) + 1
    first = round(metres) - reach
    return first, tuple(_mass(step, metres, sigma_m) for step in range(first, first + 2 * reach + 1))


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
