"""Which ground is taken: rectangles that lie anyhow, so that no house stands on a pavement."""

from dataclasses import dataclass, field

import numpy as np

from vision.scenes.local import F64


@dataclass(frozen=True, slots=True)
class Plot:
    """A rectangle on the ground: middle, direction of its length (unit vector), half sizes in metres."""

    x: float
    y: float
    east: float
    north: float
    half_length: float
    half_width: float

    @classmethod
    def along(cls, a: F64, b: F64, half_width: float, beyond: float = 0.0) -> "Plot":
        """Round the way from a to b, longer by `beyond` at both ends."""
        middle, step = (a + b) / 2, b - a
        length = float(np.linalg.norm(step)) or 1e-9
        east, north = step / length
        return cls(
            float(middle[0]), float(middle[1]), float(east), float(north), length / 2 + beyond, half_width
        )

    def holds(self, points: F64) -> bool:
        """Whether any of the points lies inside."""
        dx, dy = points[:, 0] - self.x, points[:, 1] - self.y
        along, across = dx * self.east + dy * self.north, dx * self.north - dy * self.east
        return bool(((np.abs(along) < self.half_length) & (np.abs(across) < self.half_width)).any())

    def grid(self) -> F64:
        """Points all over it, no further than about 2 m apart."""
        u = np.linspace(-1, 1, max(3, int(self.half_length) + 1)) * self.half_length
        v = np.linspace(-1, 1, max(3, int(self.half_width) + 1)) * self.half_width
        a, b = (k.ravel() for k in np.meshgrid(u, v))
        return np.column_stack(
            [self.x + a * self.east + b * self.north, self.y + a * self.north - b * self.east]
        )


@dataclass(slots=True)
class Ground:
    """What is taken so far."""

    plots: list[Plot] = field(default_factory=list)

    def keep_free(self, plot: Plot) -> None:
        """Nothing shall be built there."""
        self.plots.append(plot)

    def take(self, plot: Plot) -> bool:
        """Build there if nothing is there; True where it was free."""
        grid = plot.grid()
        if any(other.holds(grid) or plot.holds(other.grid()) for other in self._near(plot)):
            return False
        self.plots.append(plot)
        return True

    def free_at(self, point: F64) -> bool:
        """Whether a spot lies on no plot."""
        return not any(plot.holds(point[None]) for plot in self.plots)

    def _near(self, plot: Plot) -> list[Plot]:
        reach = plot.half_length + plot.half_width
        return [
            p for p in self.plots
            if np.hypot(p.x - plot.x, p.y - plot.y) < reach + p.half_length + p.half_width
        ]  # fmt: skip
