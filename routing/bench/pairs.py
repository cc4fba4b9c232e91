"""Where the engines are asked to walk: seeded pairs of points, the same for every engine."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing.geo import Local, Point, distance_m

Usable = Callable[[Point], bool]
Bounds = tuple[float, float, float, float]  # south, west, north, east

NEAR_M = 1000.0  # an errand on foot; the rest are walks through the whole map
_LEAST_M = 50.0  # nearer than this there is nothing to plan
_TRIES = 10_000


@dataclass(frozen=True, slots=True)
class Pair:
    """One question: from `start` to `end`; `near` where they are an errand apart."""

    start: Point
    end: Point
    near: bool

    @property
    def crow_m(self) -> float:
        """Metres as the crow flies."""
        return distance_m(self.start, self.end)


def anywhere(_: Point) -> bool:
    """Every point will do."""
    return True


def pairs(bounds: Bounds, count: int, seed: int, usable: Usable = anywhere) -> tuple[Pair, ...]:
    """`count` pairs, near and far by turns.

    Near: the end is anywhere within 1 km of the start (on a small map, within a third of its
    diagonal); far: both are anywhere in the box. Points that are not `usable`, such as those in a
    lake, are drawn again.
    """
    rng = random.Random(seed)  # noqa: S311 - questions for a benchmark, not secrets
    south, west, north, east = bounds
    reach_m = min(NEAR_M, distance_m((south, west), (north, east)) / 3.0)
    return tuple(_pair(rng, bounds, reach_m, usable, near=turn % 2 == 0) for turn in range(count))


def moved(asked: Sequence[Pair], bounds: Bounds, seed: int, usable: Usable = anywhere) -> tuple[Pair, ...]:
    """The same pairs elsewhere in a larger box.

    Each keeps its distance and direction in metres: distances are distributed as before, and only
    the map has grown.
    """
    rng = random.Random(seed)  # noqa: S311 - questions for a benchmark, not secrets
    return tuple(_elsewhere(rng, pair, bounds, usable) for pair in asked)


def _pair(rng: random.Random, bounds: Bounds, reach_m: float, usable: Usable, *, near: bool) -> Pair:
    for _ in range(_TRIES):
        start = _anywhere(rng, bounds)
        end = _around(rng, start, reach_m) if near else _anywhere(rng, bounds)
        apart = distance_m(start, end) >= min(_LEAST_M, reach_m / 2.0)
        if apart and _inside(end, bounds) and usable(start) and usable(end):
            return Pair(start, end, near)
    raise ValueError(f"no two usable points apart in {bounds}")


def _elsewhere(rng: random.Random, pair: Pair, bounds: Bounds, usable: Usable) -> Pair:
    step = Local.around(pair.start).to_xy(pair.end)
    for _ in range(_TRIES):
        start = _anywhere(rng, bounds)
        end = Local.around(start).from_xy(step)
        if _inside(end, bounds) and usable(start) and usable(end):
            return Pair(start, end, pair.near)
    raise ValueError(f"{bounds} is smaller than the box that the pairs were made for")


def _anywhere(rng: random.Random, bounds: Bounds) -> Point:
    south, west, north, east = bounds
    return rng.uniform(south, north), rng.uniform(west, east)


def _around(rng: random.Random, start: Point, reach_m: float) -> Point:
    # The square root makes the disc evenly filled.
    metres, angle = reach_m * math.sqrt(rng.random()), rng.uniform(0.0, math.tau)
    return Local.around(start).from_xy((metres * math.sin(angle), metres * math.cos(angle)))


def _inside(point: Point, bounds: Bounds) -> bool:
    south, west, north, east = bounds
    return south <= point[0] <= north and west <= point[1] <= east
