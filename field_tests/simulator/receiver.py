"""What a receiver makes of a place: errors that last, heavy tails, walls, towers instead of satellites. Pure.

Errors are AR(1): reflections move with the satellites, so that fixes of one minute are wrong in the same
way. At home the receiver lies still, and its error wanders over a quarter of an hour and more.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.signal import lfilter

from field_tests.simulator.ground import F64, within

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Receiver:
    """Errors of one axis, metres (one sigma), at home and on the street.

    `flatters`: the accuracy that it tells over the true one.
    """

    home_m: float
    street_m: float
    flatters: float


_STREET_S, _HOME_FAST_S, _HOME_SLOW_S, _MOOD_S = 45.0, 90.0, 1200.0, 1500.0
_SLOW_SHARE: Final = 0.7  # of the variance at home
_MOOD: Final = 0.45  # SD of the logarithm: open places and narrow streets, the window and the bathroom
_INSIDE_M: Final = 18.0
_TAIL_DOF: Final = 4.0
_RADIUS_68: Final = 1.51  # radius of 68 % of a round normal error, in sigmas of an axis
_LEAST_ACCURACY_M: Final = 3.0
# Towers and known networks in place of satellites: times an hour indoors, seconds, metres away. The second
# kind is a network that was carried to another house: its accuracy does not say so.
_TOWERS_AN_HOUR, _LIES_AN_HOUR, _RUN_S = 0.12, 0.01, 300.0
_TOWER_M, _LIE_M = (250.0, 1500.0), (120.0, 400.0)


def drawn(rng: Generator) -> Receiver:
    """A phone in a house: of wood, or of concrete with 30 m of multipath."""
    return Receiver(rng.uniform(7.0, 24.0), rng.uniform(3.3, 7.0), rng.uniform(0.75, 1.2))


def observed(
    of: Receiver, moments: F64, indoors: Bools, inside: Bools, every_s: float, rng: Generator
) -> tuple[F64, F64]:
    """(errors as rows of metres east and north, accuracy told) at `moments` about `every_s` apart.

    `indoors`: at a home; `inside`: in another building.
    """
    count = len(moments)
    mood = np.exp(_MOOD * _ar(count, every_s / _MOOD_S, rng, heavy=False))
    sigma = np.where(indoors, of.home_m, np.where(inside, _INSIDE_M, of.street_m)) * mood
    error = np.column_stack([_axis(count, indoors, every_s, rng) for _ in range(2)]) * sigma[:, None]
    doubt = np.exp(rng.normal(0.0, 0.25, count))
    accuracy = np.maximum(_RADIUS_68 * sigma * of.flatters * doubt, _LEAST_ACCURACY_M)
    return _towers(moments, indoors | inside, error, accuracy, rng)


def _axis(count: int, indoors: Bools, every_s: float, rng: Generator) -> F64:
    street = _ar(count, every_s / _STREET_S, rng)
    fast, slow = _ar(count, every_s / _HOME_FAST_S, rng), _ar(count, every_s / _HOME_SLOW_S, rng)
    home = np.sqrt(_SLOW_SHARE) * slow + np.sqrt(1.0 - _SLOW_SHARE) * fast
    return np.asarray(np.where(indoors, home, street))


def _ar(count: int, steps: float, rng: Generator, *, heavy: bool = True) -> F64:
    """An AR(1) series of variance 1 whose correlation falls to 1/e in 1 / `steps` values."""
    keep = np.exp(-steps)
    push = rng.standard_normal(count)
    if heavy:
        push /= np.sqrt(rng.chisquare(_TAIL_DOF, count) / _TAIL_DOF * _TAIL_DOF / (_TAIL_DOF - 2.0))
    series, _ = lfilter([np.sqrt(1.0 - keep**2)], [1.0, -keep], push, zi=[keep * rng.standard_normal()])
    return np.asarray(series)


def _towers(moments: F64, roofed: Bools, error: F64, accuracy: F64, rng: Generator) -> tuple[F64, F64]:
    if len(moments) == 0:
        return error, accuracy
    hours = (moments[-1] - moments[0]) / 3600.0
    for rate, reach, honest in ((_TOWERS_AN_HOUR, _TOWER_M, True), (_LIES_AN_HOUR, _LIE_M, False)):
        for _ in range(rng.poisson(rate * hours)):
            first = rng.uniform(moments[0], moments[-1])
            span = np.array([[first, first + rng.exponential(_RUN_S)]])
            struck = roofed & within(moments, span)
            away, turn = rng.uniform(*reach), rng.uniform(0.0, 2.0 * np.pi)
            error[struck] = away * np.array([np.cos(turn), np.sin(turn)])
            accuracy[struck] = away * rng.uniform(0.7, 1.6) if honest else rng.uniform(20.0, 50.0)
    return error, accuracy
