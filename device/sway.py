"""Whether what is held askew swings out, as a thing does that was hung up, and as no head does. Pure.

Glasses on a hook or a cord are a pendulum: of 4 to 70 cm it swings 2.5 to 0.6 times a second, evenly, and
less and less. Who lies breathes slower (12 to 30 a minute, 0.2 to 0.5 Hz) and moves unevenly; a pulse turns
the head by less than `SWING_DEG`; the shaking of a seizure is even for seconds (1 to 3 Hz) and does not die
away within them. Worked out, not measured on glasses or people.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import degrees, sqrt
from statistics import mean, median
from typing import Final

SWING_DEG: Final = 0.25  # a swing counts from here to there on both sides
_SLOWEST_HZ, _FASTEST_HZ = 0.6, 2.5
_SWINGS: Final = 5  # half swings: fewer may be a head that settles
_EVEN: Final = 0.3  # of the median
_MOST_ARE: Final = 0.8  # of all half swings
# Of four seconds to the next four; what hangs loses more where it swings 1.2 times a second with a quality
# of up to 90 (a bare rod on a knife's edge has some hundreds, a hook or a cord some tens).
_LESS: Final = 0.85

Vector = tuple[float, float, float]


def swings_out(held: Sequence[tuple[float, Vector]]) -> bool:
    """Whether these directions (second, unit vector), some seconds of them, are those of a pendulum."""
    if len(held) < 2 * _SWINGS:
        return False
    times, offs_deg = [t_s for t_s, _ in held], _along(held)
    halves = [end_s - begin_s for begin_s, end_s in pairwise(_passes(times, offs_deg))]
    if len(halves) < _SWINGS:
        return False
    usual_s = median(halves)
    even = sum(abs(half_s - usual_s) <= _EVEN * usual_s for half_s in halves)
    hz = 0.5 / usual_s
    return (
        _SLOWEST_HZ <= hz <= _FASTEST_HZ and even >= _MOST_ARE * len(halves) and _dies_away(times, offs_deg)
    )


def _along(held: Sequence[tuple[float, Vector]]) -> list[float]:
    """The angles about their middle, degrees, along the axis on which they differ most."""
    axes = []
    for axis in zip(*(up for _, up in held), strict=True):
        middle = mean(axis)
        axes.append([degrees(value - middle) for value in axis])
    return max(axes, key=_size)


def _size(offs_deg: Sequence[float]) -> float:
    return sqrt(mean(off * off for off in offs_deg)) if offs_deg else 0.0


def _passes(times: Sequence[float], offs_deg: Sequence[float]) -> list[float]:
    """When it passed the middle on its way from one side, beyond `SWING_DEG`, to the other."""
    passes: list[float] = []
    side, middle_s = 0, times[0]
    for (before_s, before), (t_s, off) in pairwise(zip(times, offs_deg, strict=True)):
        if before * off < 0.0:
            middle_s = before_s + (t_s - before_s) * before / (before - off)
        now = (off > SWING_DEG) - (off < -SWING_DEG)
        if now and now != side:
            if side:
                passes.append(middle_s)
            side = now
    return passes


def _dies_away(times: Sequence[float], offs_deg: Sequence[float]) -> bool:
    half_s = (times[0] + times[-1]) / 2.0
    first = [off for t_s, off in zip(times, offs_deg, strict=True) if t_s < half_s]
    last = [off for t_s, off in zip(times, offs_deg, strict=True) if t_s >= half_s]
    return _size(last) <= _LESS * _size(first)
