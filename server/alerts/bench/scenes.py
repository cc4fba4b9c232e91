"""Walks with what truly happened on them, and the positions that a receiver in a city makes of them. Seeded.

Errors of each axis are a first-order autoregression (18 s) with Student's t of 3 degrees of freedom:
buildings reflect for tens of seconds and now and then throw a fix far out. Fixes and the network fail for
minutes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from routing.geo import Local
from server.alerts.watched import Ground
from server.alerts.words import Kind
from server.quick_line import QuickLine
from wire.position import Fix

Scene = Literal["plain", "stops", "astray", "border", "falls"]
SCENES: Final[tuple[Scene, ...]] = ("plain", "stops", "astray", "border", "falls")
BEGIN_S: Final = 1_795_323_720.0
_ORIGIN: Final = (33.2334, 131.6066)
_CORRELATION_S: Final = 18.0
_RADIUS_68: Final = math.sqrt(-2.0 * math.log(1.0 - 0.68))  # of a circular error of axis scale 1
_BLOCK_M: Final = (60.0, 140.0)
_BLOCKS: Final = 12
_ZONE_M: Final = 150.0
STANDS_S: Final = 480.0
_TOLD_WITHIN_S: Final = 400.0  # a loss of the network, and the dwell


@dataclass(frozen=True, slots=True)
class Truth:
    """Something that did happen, from `begin_s` on; `end_s`: an alert later than this has missed it."""

    kind: Kind
    begin_s: float
    end_s: float
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Second:
    """What came in one second: a fix or none, and whether anything came at all."""

    utc_s: float
    fix: Fix | None
    contact: bool


@dataclass(frozen=True, slots=True)
class Played:
    """A whole walk. `cut_s`: seconds without network, for the naive rule."""

    name: str
    seconds: tuple[Second, ...]
    truths: tuple[Truth, ...]
    line: QuickLine | None
    zones: tuple[Ground, ...]
    falls_s: tuple[float, ...] = ()

    @property
    def hours(self) -> float:
        """How long it took."""
        return (self.seconds[-1].utc_s - self.seconds[0].utc_s) / 3600.0


def play(scene: Scene, noise_m: float, seed: int) -> Played:
    """One walk; `noise_m`: the radius that holds 68 % of the errors, on the average."""
    random = np.random.default_rng([seed, SCENES.index(scene), round(10.0 * noise_m)])
    line = QuickLine.through(_grid(random))
    path, stands = _path(random, line, scene)
    zones = _zones(line, scene)
    seconds = tuple(_seen(random, line.plane, path, noise_m))
    fell = (BEGIN_S + stands[0] + 5.0,) if scene == "falls" else ()
    truths = tuple(_truths(line, path, zones, stands if scene in ("stops", "falls") else None, scene))
    return Played(f"{scene} {seed}", seconds, truths, line, zones, fell)


def _grid(random: np.random.Generator) -> list[tuple[float, float]]:
    """A route through blocks of a city: straight on or round a corner, never back."""
    plane = Local.around(_ORIGIN)
    x = y = 0.0
    heading = 0
    points = [(x, y)]
    for _ in range(_BLOCKS):
        metres = float(random.uniform(*_BLOCK_M))
        x, y = x + metres * math.sin(math.radians(heading)), y + metres * math.cos(math.radians(heading))
        points.append((x, y))
        heading = int(random.choice([heading, 0, 90])) if heading else int(random.choice([0, 90]))
    return [plane.from_xy(point) for point in points]


def _path(
    random: np.random.Generator, line: QuickLine, scene: Scene
) -> tuple[list[tuple[float, float]], list[float]]:
    """Where the wearer was each second, and at which seconds a long stand began."""
    speed = float(random.uniform(0.6, 1.3))
    # At every other corner there is a light; the wearer waits for less than its cycle.
    corners = [round(at) for at in line.along_m[1:-1] if random.random() < 0.5]
    rests = {at: float(random.uniform(5.0, 90.0)) for at in corners}
    stand_m = float(random.uniform(0.4, 0.6)) * line.length_m if scene in ("stops", "falls") else math.inf
    leave_m = float(random.uniform(0.4, 0.5)) * line.length_m if scene == "astray" else math.inf
    path, stands = [], []
    along = out = 0.0
    rest_s = 20.0
    while along < line.length_m and out < 400.0:
        path.append(_at(line, along, out))
        if rest_s > 0.0:
            rest_s -= 1.0
            continue
        if along >= leave_m:
            out += speed
            continue
        along += speed
        reached = next((at for at in rests if at <= along), None)
        rest_s = rests.pop(reached) if reached is not None else 0.0
        if along >= stand_m:
            stands.append(float(len(path)))
            rest_s, stand_m = STANDS_S, math.inf
    path += [path[-1]] * 60
    return path, stands


def _at(line: QuickLine, along_m: float, out_m: float) -> tuple[float, float]:
    """`out_m`: how far into a street that leads away from the route, towards the north-west."""
    x, y = line.xy_at(along_m)
    return x - out_m * math.sqrt(0.5), y + out_m * math.sqrt(0.5)


def _zones(line: QuickLine, scene: Scene) -> tuple[Ground, ...]:
    ends = [("start", line.points[0]), ("goal", line.points[-1])]
    found = [Ground(name, name, lat, lon, _ZONE_M, on_enter=True, on_leave=True) for name, (lat, lon) in ends]
    if scene == "border":
        # A border that the middle of the way touches from outside, ten metres away.
        x, y = line.xy_at(line.length_m / 2.0)
        near = min(
            math.dist((x - 300.0, y + 300.0), line.xy_at(float(at))) for at in range(int(line.length_m))
        )
        lat, lon = line.plane.from_xy((x - 300.0, y + 300.0))
        found.append(Ground("border", "border", lat, lon, near - 10.0, on_enter=True, on_leave=True))
    return tuple(found)


def _truths(
    line: QuickLine,
    path: list[tuple[float, float]],
    zones: tuple[Ground, ...],
    stands: list[float] | None,
    scene: Scene,
) -> Iterator[Truth]:
    for zone in zones:
        centre = line.plane.to_xy((zone.lat, zone.lon))
        inside = [math.dist(centre, point) <= zone.radius_m for point in path]
        for second in range(1, len(path)):
            if inside[second] != inside[second - 1]:
                kind: Kind = "zone_enter" if inside[second] else "zone_leave"
                yield Truth(kind, BEGIN_S + second, BEGIN_S + second + _TOLD_WITHIN_S, zone.id)
    for at_s in stands or ():
        yield Truth("not_moving", BEGIN_S + at_s, BEGIN_S + at_s + STANDS_S)
        if scene == "falls":
            yield Truth("fell", BEGIN_S + at_s, BEGIN_S + at_s + STANDS_S)
    if scene == "astray":
        gone = next(
            second
            for second, point in enumerate(path)
            if abs(line.project(line.plane.from_xy(point)).offset_m) > 20.0
        )
        yield Truth("off_route", BEGIN_S + gone, BEGIN_S + len(path))


def _seen(
    random: np.random.Generator, plane: Local, path: list[tuple[float, float]], noise_m: float
) -> Iterator[Second]:
    keep = math.exp(-1.0 / _CORRELATION_S)
    east = north = level = 0.0
    blind_s = cut_s = 0.0
    for second, (x, y) in enumerate(path):
        level = 0.97 * level + 0.10 * float(random.standard_normal())
        radius = noise_m * math.exp(level)
        innovation = radius / _RADIUS_68 * math.sqrt(1.0 - keep * keep) / math.sqrt(3.0)
        east = keep * east + innovation * float(random.standard_t(3.0))
        north = keep * north + innovation * float(random.standard_t(3.0))
        claimed = max(radius * math.exp(0.2 * float(random.standard_normal())), 1.0)
        blind_s = _lost(random, blind_s, 1 / 600.0, 120.0)
        cut_s = _lost(random, cut_s, 1 / 1200.0, 240.0)
        lat, lon = plane.from_xy((x + east, y + north))
        utc_s = BEGIN_S + second
        fix = Fix(utc_s=utc_s, lat=lat, lon=lon, accuracy_m=claimed)
        yield Second(utc_s, None if blind_s > 0.0 else fix, cut_s <= 0.0)


def _lost(random: np.random.Generator, left_s: float, chance: float, longest_s: float) -> float:
    """A loss that lasts a while: an arcade, a cellar, a street without a mast."""
    if left_s > 0.0:
        return left_s - 1.0
    return float(random.uniform(10.0, longest_s)) if random.random() < chance else 0.0
