"""Crossings that no map shows as such: a larger road entered from one side and left on the other.

A line along the middle of a carriageway does not say on which side of it one walks. One who turns
right into it comes from its right-hand side, one who turns left out of it goes to its left-hand side:
between the two the road was crossed. Without this an engine that leads along carriageways would seem
to cross fewer of them than one that leads from crossing to crossing.
"""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.columns import F64

# The direction before and after a corner is that of so many metres: more than a rounded kerb.
_OVER_M: Final = 10.0
# Less is bearing off into a road that goes the same way: the side is not known.
_TURN_SINE: Final = 0.5
# Shorter is crossing straight over on the one node that both roads share.
_LEAST_M: Final = 3.0

Bools = NDArray[np.bool_]


def side_changes(heading: F64, metres: F64, larger: Bools, signalled: Bools) -> int:
    """How often the line, in samples from start to end, changes sides of a larger road along it.

    `heading` [K, 2] has length 1; `larger`: the sample lies on a carriageway of a larger road;
    `signalled`: on a crossing with a signal. Where one enters or leaves at a signal, it may be used.
    """
    count = 0
    for first, last in _runs(larger):
        if metres[first:last].sum() < _LEAST_M:
            continue
        before = _stretch(metres, first, back=True)
        after = _stretch(metres, last, back=False)
        if signalled[before].any() or signalled[after].any():
            continue
        entered = _turn(heading, before, _stretch(metres, first, back=False, until=last))
        left = _turn(heading, _stretch(metres, last, back=True, until=first), after)
        count += entered * left < 0
    return count


def _runs(where: Bools) -> list[tuple[int, int]]:
    """First, and one past the last, of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], where, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in list(pairwise(edges))[::2]]


def _stretch(metres: F64, at: int, *, back: bool, until: int | None = None) -> slice:
    """The samples of some metres before or after the joint in front of sample `at`."""
    if back:
        start = 0 if until is None else until
        far = np.cumsum(metres[start:at][::-1]) <= _OVER_M
        return slice(at - int(far.sum()), at)
    end = len(metres) if until is None else until
    return slice(at, at + int((np.cumsum(metres[at:end]) <= _OVER_M).sum()))


def _turn(heading: F64, before: slice, after: slice) -> int:
    """1 to the left, -1 to the right, 0 for neither or where a direction is not known."""
    one, two = heading[before].sum(axis=0), heading[after].sum(axis=0)
    size = float(np.hypot(*one) * np.hypot(*two))
    if size < 1e-9:
        return 0
    sine = float(one[0] * two[1] - one[1] * two[0]) / size
    return 0 if abs(sine) < _TURN_SINE else 1 if sine > 0.0 else -1
