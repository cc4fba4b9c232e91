"""Straight lines through values whose errors last from frame to frame. Pure.

Ten frames of a second show the same wrong edge of a box ten times: an average that takes them for ten
independent looks is three times too sure of itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Degrees of freedom of Student's t: one value in ten is beyond three sigmas, as edges of boxes are
# (vision/encounters/figures.toml, [box]: 12 to 20 % beyond three robust sigmas).
FREEDOM = 2.0


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

    `likely`: logarithm of how well the prior explains what was seen, but for the covariance's determinant.
    """

    value: float
    rate: float
    var_value: float
    covar: float
    var_rate: float
    likely: float


def correlation(since: Floats, lasts_s: float | Floats) -> Floats:
    """Correlation of errors that are forgotten within `lasts_s`."""
    found: Floats = np.exp(np.abs(since[:, None] - since[None, :]) / -lasts_s)
    return found


def lasting(since: Floats, sigmas: Floats, lasts_s: float | Floats) -> Floats:
    """Covariance of errors of these sigmas that are forgotten within `lasts_s`."""
    found: Floats = np.outer(sigmas, sigmas) * correlation(since, lasts_s)
    return found


def straight(since: Floats, values: Floats, covariance: Floats, prior: Prior) -> Line:
    """The line through `values` at the times `since` (0: now)."""
    rows = np.empty((3, len(since)))
    rows[0], rows[1], rows[2] = 1.0, since, values
    # All sums at once: a walk in a crowd asks for hundreds of lines a second.
    (a, b, told_v), (_, c, told_r), (_, _, rest) = (rows @ np.linalg.solve(covariance, rows.T)).tolist()
    return _one((a, b, c), (told_v, told_r), 0.5 * rest, prior)


def doubted(off: Floats) -> Floats:
    """By how much to widen the sigma of a value that lies so many of its sigmas off; 1 and more.

    As Student's t does (Lange, Little & Taylor 1989, Robust statistical modeling using the t distribution):
    that one value is wrong is likelier than that all others are.
    """
    return np.sqrt(np.maximum((FREEDOM + off * off) / (FREEDOM + 1.0), 1.0))


def dearer(line: Line, wider: Floats) -> Line:
    """`line` as likely as it is after its values were doubted: what explains them by doubt pays for it."""
    return replace(line, likely=line.likely - float(np.log(wider).sum()))


def shares(usual: Iterable[float], likely: Sequence[float], trust: float = 1.0) -> tuple[float, ...]:
    """How likely each of several fits is, 0..1, summing to 1; `usual`: how often its prior is the right one.

    `likely`: their logarithms. `trust`: the power that what was seen is raised to, below 1 where errors are
    likelier to agree with a wrong fit than their model says.
    """
    most = max(likely)
    worth = [often * exp(trust * (each - most)) for often, each in zip(usual, likely, strict=True)]
    return tuple(each / sum(worth) for each in worth)


def _one(seen: tuple[float, float, float], told: tuple[float, float], rest: float, prior: Prior) -> Line:
    """Two by two, written out: a call into LAPACK takes ten times as long as the arithmetic."""
    sure_v, sure_r = prior.value_sigma**-2, prior.rate_sigma**-2
    a, b, c = seen[0] + sure_v, seen[1], seen[2] + sure_r
    drive_v, drive_r = told[0] + sure_v * prior.value, told[1] + sure_r * prior.rate
    whole = a * c - b * b
    value, rate = (c * drive_v - b * drive_r) / whole, (a * drive_r - b * drive_v) / whole
    own = sure_v * prior.value**2 + sure_r * prior.rate**2
    likely = 0.5 * (drive_v * value + drive_r * rate - own) - 0.5 * log(whole)
    likely -= rest + log(prior.value_sigma) + log(prior.rate_sigma)
    return Line(value, rate, c / whole, -b / whole, a / whole, likely)
