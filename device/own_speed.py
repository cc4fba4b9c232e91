"""How fast the wearer walks, from the fixes of the last seconds. Pure.

What stands closes in as fast as one walks: so much the eyes know before they have measured anything. Half
known is not known: a speed that is old, of a poor position or of a vehicle is None.
"""

from dataclasses import dataclass
from typing import Final

from wire.position import Fix

# A receiver's errors last for seconds: a longer mean takes off nothing of them, and is late where one stops.
MEAN_S: Final = 2.0
STALE_S: Final = 3.0
# As where a position is told to be poor (`routing.follow`).
POOR_M: Final = 25.0
FASTEST_MPS: Final = 2.5  # faster goes who rides a bus: what closes in then is not told by a walk


@dataclass(frozen=True, slots=True)
class OwnSpeed:
    """Speeds that receivers told of late, each with the monotonic second at which it arrived."""

    told: tuple[tuple[float, float], ...] = ()

    def moved(self, now_s: float, fix: Fix) -> "OwnSpeed":
        """Take in a fix that arrived at `now_s`. One that does not tell ends what those before it told."""
        if fix.speed_mps is None or fix.accuracy_m > POOR_M:
            return OwnSpeed()
        kept = tuple(one for one in self.told if now_s - one[0] < MEAN_S)
        return OwnSpeed((*kept, (now_s, fix.speed_mps))[-30:])

    def mps(self, now_s: float) -> float | None:
        """Metres a second over ground, 0 for who stands; None: not known."""
        if not self.told or now_s - self.told[-1][0] > STALE_S:
            return None
        mean = sum(speed for _, speed in self.told) / len(self.told)
        return mean if mean <= FASTEST_MPS else None
