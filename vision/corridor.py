"""The strip of ground that the wearer is about to walk: along the paving if seen, else straight on. Pure."""

from dataclasses import dataclass
from math import hypot

from vision.paving import BLOCK_M, PavingLine

# Half of what a walker needs: shoulder breadth 0.46 m (adult 95th percentile, AIST 1991-92), swinging
# arms and 0.15 m of weaving on each side.
HALF_WIDTH_M = 0.45
# Straight ahead is where the head points, not where the feet go: about 4 degrees.
HEADING_SIGMA = 0.07
# Half a block beside the paving counts as on it: a cane that follows the bars meets it there.
ON_PAVING_M = BLOCK_M / 2 + BLOCK_M / 2


@dataclass(frozen=True, slots=True)
class Corridor:
    """The walking line. `line` None: straight on from the middle of the picture."""

    line: PavingLine | None

    def across_m(self, x_m: float, z_m: float) -> float:
        """How far right of the walking line a point of the ground lies, metres."""
        return x_m if self.line is None else self.line.across_m(x_m, z_m)

    def sigma_m(self, z_m: float) -> float:
        """One sigma of where the walking line runs `z_m` ahead."""
        if self.line is None:
            return hypot(0.05, HEADING_SIGMA * z_m)
        return self.line.sigma_at(z_m)

    def half_width_m(self, z_m: float) -> float:
        """Half of the corridor `z_m` ahead, grown by what is not known, to at most twice."""
        return min(HALF_WIDTH_M + self.sigma_m(z_m), 2 * HALF_WIDTH_M)

    def holds(self, left_m: float, right_m: float, z_m: float) -> bool:
        """Whether a foot between these offsets stands in the way."""
        half = self.half_width_m(z_m)
        return left_m < half and right_m > -half

    def on_paving(self, left_m: float, right_m: float, z_m: float) -> bool:
        """Whether a foot between these offsets touches the paving, or lies within half a block of it."""
        if self.line is None or not self.line.reaches(z_m):
            return False
        return left_m < ON_PAVING_M and right_m > -ON_PAVING_M
