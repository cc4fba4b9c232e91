"""Straight lines through values whose errors last from frame to frame. Pure.

Ten frames of a second show the same wrong edge of a box ten times: an average that takes them for ten
independent looks is three times too sure of itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """What a value and its rate are before anything is seen: means and sigmas."""

    value: float
    value_sigma: float
    rate: float
    rate_sigma: float


@dataclass(frozen=True, slots=True)
class Line:
    """Value and rate now, with their covariance.

    `likely`: logarithm of how well the prior explains what was seen, but for a constant that all share.
    """

    value: float
    rate: float
    var_value: float
    covar: float
    var_rate: float
    likely: float


def lasting(since: Floats, sigmas: Floats, lasts_s: float | Floats) -> Floats:
    """Covariance of errors of these sigmas that are forgotten within `lasts_s`."""
    apart = np.abs(since[:, None] - since[None, :])
    found: Floats = np.outer(sigmas, sigmas) * np.exp(-apart / lasts_s)
    return found


def straight(
    since: Floats, values: Floats, covariance: Floats, priors: tuple[Prior, ...]
) -> tuple[Line, ...]:
    """The line through `values` at the times `since` (0: now), by each of the priors."""
    basis = np.stack([np.ones_like(since), since], axis=1)
    weights = np.linalg.inv(covariance)
    seen = basis.T @ weights @ basis
    told = basis.T @ (weights @ values)
    return tuple(_one(seen, told, prior) for prior in priors)


def shares(usual: Iterable[float], lines: Sequence[Line]) -> tuple[float, ...]:
    """How likely each of the lines is, 0..1, summing to 1; `usual`: how often its prior is the right one."""
    most = max(line.likely for line in lines)
    worth = [often * exp(line.likely - most) for often, line in zip(usual, lines, strict=True)]
    return tuple(each / sum(worth) for each in worth)


def _one(seen: Floats, told: Floats, prior: Prior) -> Line:
    # Two by two, written out: a call into LAPACK takes ten times as long as the arithmetic.
    sure_v, sure_r = prior.value_sigma**-2, prior.rate_sigma**-2
    a, b, c = float(seen[0, 0]) + sure_v, float(seen[0, 1]), float(seen[1, 1]) + sure_r
    drive_v, drive_r = float(told[0]) + sure_v * prior.value, float(told[1]) + sure_r * prior.rate
    whole = a * c - b * b
    value, rate = (c * drive_v - b * drive_r) / whole, (a * drive_r - b * drive_v) / whole
    own = sure_v * prior.value**2 + sure_r * prior.rate**2
    likely = 0.5 * (drive_v * value + drive_r * rate - own) - 0.5 * log(whole)
    likely -= log(prior.value_sigma) + log(prior.rate_sigma)
    return Line(value, rate, c / whole, -b / whole, a / whole, likely)
