"""Boxes that do not reach their class's threshold: of little worth alone, of much where a thing is known.

Whoever follows things already known by them, and begins nothing with them, loses fewer of them from sight
(Zhang et al. 2022, ByteTrack). Pure functions of arrays, for every layout.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import inf

import numpy as np

from vision.decode import COMMON, MOST_CANDIDATES, NMS_IOU, Floats, Ints, overlaps, suppress
from vision.families import alike, rides
from vision.types import ObjectClass

FAINT = 0.15  # the least score, on the common scale of `vision.decode.sureness`
LEAST_SHARE = FAINT / COMMON  # and as a share of a class's threshold
MOST_FAINT = 40  # the surest: a street holds some tens of things, and most of them are found
# Two names that are not alike are of two things, unless their boxes are the very same.
ANY_IOU = 0.85


def places(shares: Floats) -> Ints:
    """Where the best score, as a share of its class's threshold, is faint: below 1."""
    return np.flatnonzero((shares >= LEAST_SHARE) & (shares < 1.0))


def left_over(
    classes: Sequence[ObjectClass], found: tuple[Floats, Ints], boxes: Floats, shares: Floats, ids: Ints
) -> Ints:
    """Indices of the faint boxes that no surer box says already, surest first, at most `MOST_FAINT`.

    `found`: boxes and numbers of what reached its threshold; `ids`: numbers in `classes`, as in `found`.
    """
    mine = suppress(boxes, shares, ids)[:MOST_CANDIDATES]
    if not mine.size:
        return mine
    known, names = found
    limits = _limits(tuple(classes))
    surer = np.concatenate([known, boxes[mine]]), np.concatenate([names, ids[mine]])
    apart = overlaps(surer[0], boxes[mine]) <= limits[surer[1]][:, ids[mine]]
    stay = apart[: len(names)].all(axis=0)
    for place, row in enumerate(apart[len(names) :]):
        if stay[place]:
            stay[place + 1 :] &= row[place + 1 :]
    return np.asarray(mine[stay][:MOST_FAINT], np.intp)


@lru_cache(maxsize=4)
def _limits(classes: tuple[ObjectClass, ...]) -> Floats:
    """IoU beyond which a box of the row's class drives out a fainter one of the column's."""

    def limit(first: ObjectClass, second: ObjectClass) -> float:
        if alike(first, second):
            return NMS_IOU
        return inf if rides(first, second) else ANY_IOU

    return np.array([[limit(first, second) for second in classes] for first in classes], np.float32)
