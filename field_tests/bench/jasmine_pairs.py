"""Jasmine's list of all pairs' distances, by its own formula, without writing n(n-1)/2 of them.

A fortnight at a fix every ten seconds without a gap is one chunk of 120,000 places: 7,000,000,000 pairs in
a Python loop, most of a day. Jasmine asks the list for two things: whether its largest is below the pause's
radius (`extract_flights` of Forest 1.0), and for a day's diameter, which nobody reads here. The first is
answered with the same distances, row by row; the second with any of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray


@contextmanager
def quick_pairs(module: Any, radius_m: float) -> Iterator[None]:  # noqa: ANN401 - a module without types
    """While it lasts, `module` (one of `forest.jasmine`) compares its pairs with `radius_m` by rows."""
    slow = module.pairwise_great_circle_dist

    def largest(places: NDArray[np.float64]) -> list[float]:
        return [largest_m(module.great_circle_dist, places, radius_m)]

    module.pairwise_great_circle_dist = largest
    try:
        yield
    finally:
        module.pairwise_great_circle_dist = slow


def largest_m(distance: Any, places: NDArray[np.float64], enough_m: float) -> float:  # noqa: ANN401
    """The largest distance of two of `places` (latitude, longitude), or one of `enough_m` or more."""
    found = 0.0
    for row in range(len(places) - 1):
        apart = distance(*places[row], places[row + 1 :, 0], places[row + 1 :, 1])
        found = max(found, float(apart.max()))
        if found >= enough_m:
            break
    return found
