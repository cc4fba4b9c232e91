"""Where a line turns: corners as a walker feels them, from the geometry alone. Pure."""

import numpy as np

from routing.bends import CHORD_M, corner_rows
from routing.geo import Polyline
from wire.base import value

__all__ = ["CHORD_M", "Corner", "corners"]


@value
class Corner:
    """A change of direction by `turn_deg` (positive right) between `first_m` and `last_m`."""

    first_m: float
    last_m: float
    turn_deg: float

    @property
    def at_m(self) -> float:
        """The middle of the corner, metres along the line."""
        return (self.first_m + self.last_m) / 2.0


def corners(line: Polyline) -> tuple[Corner, ...]:
    """Every corner of `line` in order, also slight ones; who speaks decides which are worth words."""
    rows = corner_rows(np.array(line.xy), np.array(line.along_m))
    return tuple([Corner(*row) for row in rows.tolist()])
