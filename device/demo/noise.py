"""What a city does to a receiver: errors that are correlated, heavy-tailed and 5-15 m large.

Each axis is a first-order autoregression whose innovations follow Student's t with 3 degrees of
freedom: buildings reflect for tens of seconds (the correlation time), and now and then throw the fix
far out (the tail). The receiver's own estimate of its accuracy follows the true scale with error.
"""

import math
from dataclasses import dataclass

import numpy as np

CORRELATION_S = 18.0
_DOF = 3.0
# Radius that holds 68 % of a circular error of axis scale 1 (Rayleigh quantile).
_RADIUS_68 = math.sqrt(-2.0 * math.log(1.0 - 0.68))


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A disturbed position: metres to add east and north, and the accuracy that the receiver claims."""

    east_m: float
    north_m: float
    accuracy_m: float


class CityNoise:
    """A seeded source of errors at 1 Hz; `low_m` to `high_m` bound the 68 % radius of the moment."""

    def __init__(self, seed: int, low_m: float = 5.0, high_m: float = 15.0) -> None:
        self._random = np.random.default_rng(seed)
        self._mean_m = math.sqrt(low_m * high_m)
        self._low_m, self._high_m = low_m, high_m
        self._level = 0.0  # log of the radius over its mean, itself slowly wandering
        self._east = self._north = 0.0

    def step(self) -> Disturbed:
        """The errors one second later."""
        keep = math.exp(-1.0 / CORRELATION_S)
        self._level = 0.97 * self._level + 0.10 * float(self._random.standard_normal())
        radius = min(max(self._mean_m * math.exp(self._level), self._low_m), self._high_m)
        sigma = radius / _RADIUS_68
        # Student's t with 3 degrees of freedom has variance 3: scale so that the axis keeps `sigma`.
        innovation = sigma * math.sqrt(1.0 - keep * keep) / math.sqrt(_DOF)
        self._east = keep * self._east + innovation * float(self._random.standard_t(_DOF))
        self._north = keep * self._north + innovation * float(self._random.standard_t(_DOF))
        claimed = radius * math.exp(0.2 * float(self._random.standard_normal()))
        return Disturbed(self._east, self._north, claimed)
