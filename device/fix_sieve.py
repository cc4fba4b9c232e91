"""Which fixes are passed on: no repeats, no old ones, no leaps that nobody can walk. Pure.

Nothing is held back for long. A receiver that insists is right: the wearer came out of a tunnel, or its
clock was corrected.
"""

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from routing.geo import distance_m
from wire.position import Fix

# By its receiver's own time; a position from 4 s ago is five steps behind.
OLD_S: Final = 4.0
# A fix that leaps, or goes back in time, is passed on where such fixes came for so long: at 1 Hz the third.
PATIENCE_S: Final = 1.8
# A brisk walk, and what the speeds of both fixes may be wrong by.
_WALKING_MPS: Final = 2.5
_MARGIN_MPS: Final = 2.0
# 2 of the 68 % radii hold 99 % of a normal error (Rayleigh): beyond both fixes' is a leap.
_RADII: Final = 2.0

Refusal = Literal["repeated", "old", "back in time", "leap"]


@dataclass(frozen=True, slots=True)
class Sieve:
    """The last fix passed on, since when it is contradicted, and how many were refused, by reason."""

    last: Fix | None = None
    last_s: float = 0.0  # monotonic, when it arrived
    against_since_s: float | None = None
    against: Fix | None = None  # the newest of those that were refused since
    refused: Counter[Refusal] = field(default_factory=Counter)

    def sift(self, now_s: float, fix: Fix, age_s: float) -> tuple["Sieve", bool]:
        """Whether to pass `fix` on, which arrived at `now_s` and is `age_s` old by its receiver's time."""
        why = self._refusal(now_s, fix, age_s)
        if why is None or (why in ("leap", "back in time") and self._insists(now_s, fix)):
            return Sieve(fix, now_s, refused=self.refused), True
        refused = self.refused + Counter({why: 1})
        if why == "repeated":
            return replace(self, refused=refused), False
        since_s = now_s if self.against_since_s is None else self.against_since_s
        return replace(self, against_since_s=since_s, against=fix, refused=refused), False

    def _refusal(self, now_s: float, fix: Fix, age_s: float) -> Refusal | None:
        if age_s > OLD_S:
            return "old"
        if self.last is None:
            return None
        if fix.utc_s == self.last.utc_s:
            return "repeated"
        if fix.utc_s < self.last.utc_s:
            return "back in time"
        return "leap" if leaps(self.last, fix, now_s - self.last_s) else None

    def _insists(self, now_s: float, fix: Fix) -> bool:
        """Whether fixes have contradicted the last one for long enough, each newer than the one before."""
        if self.against is None or self.against_since_s is None:
            return False
        return now_s - self.against_since_s >= PATIENCE_S and fix.utc_s > self.against.utc_s


def leaps(before: Fix, after: Fix, passed_s: float) -> bool:
    """Whether nobody gets from one fix to the other in `passed_s`, whatever their errors."""
    speed_mps = max(before.speed_mps or 0.0, after.speed_mps or 0.0, _WALKING_MPS) + _MARGIN_MPS
    errors_m = _RADII * math.hypot(before.accuracy_m, after.accuracy_m)
    apart_m = distance_m((before.lat, before.lon), (after.lat, after.lon))
    return apart_m > speed_mps * max(passed_s, 0.0) + errors_m
