"""What any engine's route is reduced to before it is measured: a line, and ways where they are known."""

from dataclasses import dataclass

from routing.geo import Point, distance_m, length_m


@dataclass(frozen=True, slots=True)
class Walked:
    """A line and, for each piece of it, OpenStreetMap's way (0: not told)."""

    points: tuple[Point, ...]
    ways: tuple[int, ...] = ()

    def length_m(self, start: Point, end: Point) -> float:
        """Metres along the line, and straight from the points asked for to its ends.

        So no engine gains by joining the network nearer to or further from them.
        """
        return distance_m(start, self.points[0]) + length_m(self.points) + distance_m(self.points[-1], end)
