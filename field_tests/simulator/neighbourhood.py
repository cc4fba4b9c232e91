"""Where a simulated person lives and goes: a home on a street, and places that can be walked to."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.errors import StudyError
from field_tests.simulator.ground import F64, Ground, along_m
from field_tests.simulator.people import OutingKind
from field_tests.simulator.ways import LatLon, Spot, Town


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A way from the door to a place, metres around the home. `waits`: (metres along, usual seconds)."""

    xy: F64
    waits: tuple[tuple[float, float], ...]

    @property
    def length_m(self) -> float:
        """Its length."""
        return float(along_m(self.xy)[-1])

    def seconds(self, speed_mps: float) -> float:
        """How long it usually takes."""
        return self.length_m / speed_mps + sum(wait for _, wait in self.waits)

    def back(self) -> "Path":
        """The same way home."""
        whole = self.length_m
        return Path(self.xy[::-1], tuple((whole - at, wait) for at, wait in reversed(self.waits)))


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """`walks`: by kind, the nearest first. `family`, `day_care`: metres from home, reached by car."""

    ground: Ground
    walks: dict[OutingKind, tuple[Path, ...]]
    family: tuple[float, float]
    day_care: tuple[float, float]


# Nearer than this, one wrong fix decides whether a visit is an outing (beyond 100 m): there is no truth then.
_NEAR_M, _FAR_M, _ASKED = 170.0, 1400.0, 14
_TRIES: Final = 20
_OUTDOORS: Final = ("leisure=", "natural=", "landuse=")
_DOOR_M: Final = 9.0  # from the street to the middle of the house
# Land lies between south and north-west of Oita and Beppu, the sea elsewhere.
_INLAND_DEG: Final = (180.0, 290.0)
_FAMILY_MPS, _DAY_CARE_M = 11.0, (1500.0, 4500.0)


def neighbourhood(town: Town, ride_s: float, rng: Generator) -> Neighbourhood:
    """A home at one of the town's corners from which several places can be walked to.

    `ride_s`: how long the family's house is away by car.
    """
    for _ in range(_TRIES):
        corner = town.corners[int(rng.integers(len(town.corners)))]
        ground = Ground(*corner)
        turn = rng.uniform(0.0, 2.0 * math.pi)
        house = (_DOOR_M * math.cos(turn), _DOOR_M * math.sin(turn))
        found = _reachable(town, corner, ground, house, rng)
        if len(found) >= 3:
            return _settled(found, ground, house, ride_s, rng)
    raise StudyError(
        "この地図には歩いて行ける場所のある家が見つかりません。広い地図を --map で指定してください / "
        "no home with places to walk to was found on this map: give a larger one by --map"
    )


def _reachable(
    town: Town, corner: LatLon, ground: Ground, house: tuple[float, float], rng: Generator
) -> list[tuple[Spot, Path]]:
    spots = [*town.spots, *_street_corners(town, rng)]
    apart = np.hypot(*ground.xy(tuple((spot.lat, spot.lon) for spot in spots)).T)
    near = np.flatnonzero((apart > _NEAR_M) & (apart < _FAR_M))
    found = []
    for index in rng.permutation(near)[:_ASKED]:
        spot = spots[int(index)]
        way = town.way(corner, (spot.lat, spot.lon))
        if way is not None and len(way.points) > 1:
            xy = np.concatenate([[house], ground.xy(way.points)])
            first = float(np.hypot(*(xy[1] - xy[0])))
            path = Path(xy, tuple((at + first, wait) for at, wait in way.waits))
            found.append((spot, path))
    return sorted(found, key=lambda each: each[1].length_m)


def _street_corners(town: Town, rng: Generator) -> list[Spot]:
    """Shops, houses and surgeries that no map names."""
    chosen = rng.choice(len(town.corners), min(len(town.corners), 4 * _ASKED), replace=False)
    return [Spot(*town.corners[int(index)], kind="") for index in chosen]


def _settled(
    found: list[tuple[Spot, Path]], ground: Ground, house: tuple[float, float], ride_s: float, rng: Generator
) -> Neighbourhood:
    parks = tuple(path for spot, path in found if spot.kind.startswith(_OUTDOORS))
    doors = [path for spot, path in found if not spot.kind.startswith(_OUTDOORS)] or [
        path for _, path in found
    ]
    every = tuple(path for _, path in found)
    walks: dict[OutingKind, tuple[Path, ...]] = {
        "shop": _some(doors, 3, rng), "clinic": _some(doors, 1, rng), "friends": _some(doors, 2, rng),
        "evening": _some(doors, 2, rng), "park": parks or every[-2:], "walk": every,
    }  # fmt: skip
    around = Ground(*(float(each[0]) for each in ground.latlon(*np.array([[house[0]], [house[1]]]))))
    moved = {
        kind: tuple(replace(path, xy=path.xy - np.array(house)) for path in paths)
        for kind, paths in walks.items()
    }
    away = ride_s * _FAMILY_MPS
    return Neighbourhood(around, moved, _inland(away, rng), _inland(float(rng.uniform(*_DAY_CARE_M)), rng))


def _some(paths: list[Path], count: int, rng: Generator) -> tuple[Path, ...]:
    chosen = sorted(rng.permutation(len(paths))[:count].tolist())
    return tuple(paths[index] for index in chosen)


def _inland(away_m: float, rng: Generator) -> tuple[float, float]:
    bearing = math.radians(rng.uniform(*_INLAND_DEG))
    return away_m * math.sin(bearing), away_m * math.cos(bearing)
