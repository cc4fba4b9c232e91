"""The strip of ground that the wearer is about to walk: along the paving if seen, else straight on. Pure."""

from dataclasses import dataclass, replace
from math import hypot, tan

from vision.paving import BLOCK_M, PavingLine

# Half of what a walker needs: shoulder breadth 0.46 m (adult 95th percentile, AIST 1991-92), swinging
# arms and 0.15 m of weaving on each side.
HALF_WIDTH_M = 0.45
# Straight ahead is where the head points, not where the feet go: about 4 degrees.
HEADING_SIGMA = 0.07
LEAST_SIGMA_M = 0.05  # the foot's place in the stride
# Half a block beside the paving counts as on it: a cane that follows the bars meets it there.
ON_PAVING_M = BLOCK_M / 2 + BLOCK_M / 2
# Who walks farther from the blocks than this follows something else, and the blocks tell only the direction.
BESIDE_MOST_M = 0.9
BESIDE_TAU_S = 1.5  # three steps: the body's sway about its own course averages out


@dataclass(frozen=True, slots=True)
class Corridor:
    """The walking line. `line` None: straight on, `turned_rad` to the right of the camera's axis.

    Who walks along blocks walks beside them as often as on them: the walking line runs parallel to the
    paving, `beside_m` to its right.
    """

    line: PavingLine | None
    beside_m: float = 0.0
    turned_rad: float = 0.0
    turned_sigma_rad: float = HEADING_SIGMA
    turned_lasts_s: float = 3.0  # how long the error of it stays the same
    # The line is remembered, not seen now: it has turned with the head, and nothing is known to stand on it.
    remembered: bool = False

    def middle_m(self, z_m: float) -> float:
        """X of the walking line `z_m` ahead, + right of the camera's axis."""
        if self.line is None:
            return z_m * tan(self.turned_rad)
        return self.line.at(z_m) + self.beside_m

    def across_m(self, x_m: float, z_m: float) -> float:
        """How far right of the walking line a point of the ground lies, metres."""
        if self.line is None:
            return x_m - self.middle_m(z_m)
        return self.line.across_m(x_m, z_m) - self.beside_m

    def sigma_m(self, z_m: float) -> float:
        """One sigma of where the walking line runs `z_m` ahead."""
        if self.line is None:
            return hypot(LEAST_SIGMA_M, self.turned_sigma_rad * z_m)
        return hypot(LEAST_SIGMA_M, self.line.sigma_at(z_m))

    def half_width_m(self, z_m: float) -> float:
        """Half of the corridor `z_m` ahead, grown by what is not known, to at most twice: for drawing."""
        return min(HALF_WIDTH_M + self.sigma_m(z_m), 2 * HALF_WIDTH_M)

    def on_paving(self, left_m: float, right_m: float, z_m: float) -> bool:
        """Whether a foot between these offsets touches the paving, or lies within half a block of it."""
        if self.line is None or self.remembered or not self.line.reaches(z_m):
            return False
        return left_m + self.beside_m < ON_PAVING_M and right_m + self.beside_m > -ON_PAVING_M


@dataclass(frozen=True, slots=True)
class Beside:
    """How far right of the paving the wearer walks, on balance over the last steps."""

    value_m: float = 0.0
    t_s: float | None = None


def beside(now: Beside, line: PavingLine | None, t_s: float) -> Beside:
    """After one more look at the line under the feet."""
    if line is None:
        return now
    # The line's place at the feet, as seen from the wearer: he is as far on its other side.
    seen = min(max(-line.at(0.0), -BESIDE_MOST_M), BESIDE_MOST_M)
    if now.t_s is None:
        return Beside(seen, t_s)
    gain = 1.0 - 2.718281828 ** (-max(t_s - now.t_s, 0.0) / BESIDE_TAU_S)
    return replace(now, value_m=now.value_m + gain * (seen - now.value_m), t_s=t_s)
