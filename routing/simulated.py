"""A walker who is not there: truth and noisy fixes along a route, to prove guidance without a street.

Seeded and without a clock: the same walk gives the same fixes.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing import geo
from routing.geo import XY, Local, Polyline
from wire.position import Fix
from wire.route import Crossing, Known, Landmark, MapSource, Name, Place, Route, Stretch, StretchKind

OITA_STATION = (33.2334, 131.6066)
_TAIL_DOF = 4  # Student's t: reflections throw a fix far out now and then


@dataclass(frozen=True, slots=True)
class Leg:
    """A piece of an invented route: metres north and east of the piece before it."""

    east_m: float
    north_m: float
    kind: StretchKind = StretchKind.SIDEWALK
    tactile: Known = "unknown"
    name: Name | None = None
    crossing: Crossing | None = None
    steps: int | None = None


def route_of(legs: Sequence[Leg], *, landmarks: tuple[Landmark, ...] = (), practice: bool = False) -> Route:
    """A route of straight legs from Oita station; one stretch a leg."""
    xy: list[XY] = [(0.0, 0.0)]
    for leg in legs:
        xy.append((xy[-1][0] + leg.east_m, xy[-1][1] + leg.north_m))
    plane = Local.around(OITA_STATION)
    points = tuple(plane.from_xy(one) for one in xy)
    stretches = tuple(
        Stretch(
            first=index,
            last=index + 1,
            kind=leg.kind,
            name=leg.name,
            tactile=leg.tactile,
            crossing=leg.crossing,
            steps=leg.steps,
        )
        for index, leg in enumerate(legs)
    )
    length = geo.length_m(points)
    return Route(
        route_id="invented",
        source=MapSource(name="invented", practice=practice, attribution="invented"),
        walker="cane",
        origin=Place(name=Name(ja="出発地"), lat=points[0][0], lon=points[0][1]),
        destination=Place(name=Name(ja="目的地", en="the goal"), lat=points[-1][0], lon=points[-1][1]),
        points=points,
        stretches=stretches,
        landmarks=landmarks,
        length_m=length,
        duration_s=length,
    )


@dataclass(frozen=True, slots=True)
class Noise:
    """A receiver in a city. `accuracy_m`: 68 % radius; errors fade over `correlation_s`."""

    accuracy_m: float
    correlation_s: float = 25.0
    speed_sigma_mps: float = 0.15
    course_sigma_deg: float = 12.0
    doppler: bool = True  # the receiver tells speed and course
    # Doppler speed is not white in a street: reflections hold it high or low for as long as the position.
    speed_drift_mps: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """One second of a walk: where the walker truly is, and what the receiver says."""

    t_s: float
    xy: XY
    fix: Fix


def walk(
    path: Sequence[XY],
    plane: Local,
    noise: Noise,
    seed: int,
    *,
    speed_mps: float = 1.1,
    stops: Sequence[tuple[float, float]] = (),
) -> Iterator[Moment]:
    """A walk along `path` (metres in `plane`) at 1 Hz; `stops`: (metres walked, seconds standing)."""
    receiver = Receiver(noise, plane, random.Random(seed))  # noqa: S311 - seeded, to be repeated
    line = Polyline.through(tuple(plane.from_xy(one) for one in path))
    for t_s, walked_m, moving in _pace(line.length_m, speed_mps, stops):
        xy = plane.to_xy(line.at(walked_m))
        fix = receiver.fix(t_s, xy, speed_mps if moving else 0.0, line.bearing_at(walked_m))
        yield Moment(t_s, xy, fix)


def _pace(
    length_m: float, speed_mps: float, stops: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, float, bool]]:
    """(second, metres walked, moving) until twenty seconds after the end."""
    waits = dict(stops)
    t_s = walked_m = 0.0
    while walked_m < length_m:
        wait = next((at for at in waits if at <= walked_m), None)
        if wait is not None and waits[wait] > 0.0:
            waits[wait] -= 1.0
            yield t_s, walked_m, False
        else:
            yield t_s, walked_m, True
            walked_m += speed_mps
        t_s += 1.0
    for _ in range(20):
        yield t_s, length_m, False
        t_s += 1.0


class Receiver:
    """One receiver on one walk: call `fix` once a second. The same seed gives the same errors."""

    def __init__(self, noise: Noise, plane: Local, rng: random.Random) -> None:
        self._noise, self._plane, self._rng = noise, plane, rng
        self._east, self._north = _Drift(rng, noise), _Drift(rng, noise)
        self._slow_mps = 0.0

    def fix(self, t_s: float, xy: XY, speed_mps: float, course_deg: float) -> Fix:
        """What it says at second `t_s` of who is at `xy` and walks so fast on that course."""
        rng, noise = self._rng, self._noise
        lat, lon = self._plane.from_xy((xy[0] + self._east.step(), xy[1] + self._north.step()))
        speed = abs(speed_mps + self._drifted_mps(speed_mps) + rng.gauss(0.0, noise.speed_sigma_mps))
        course = (course_deg + rng.gauss(0.0, noise.course_sigma_deg)) % 360.0 % 360.0
        return Fix(
            utc_s=1_780_000_000.0 + t_s,
            lat=lat,
            lon=lon,
            accuracy_m=noise.accuracy_m * math.exp(rng.gauss(0.0, 0.15)),
            speed_mps=speed if noise.doppler else None,
            course_deg=course if noise.doppler and speed > 0.4 else None,
            source="replay",
        )

    def _drifted_mps(self, speed_mps: float) -> float:
        drift = self._noise.speed_drift_mps
        if drift <= 0.0 or speed_mps <= 0.0:
            return 0.0
        keep = math.exp(-1.0 / self._noise.correlation_s)
        self._slow_mps = keep * self._slow_mps + drift * math.sqrt(1.0 - keep**2) * self._rng.gauss(0.0, 1.0)
        return self._slow_mps


class _Drift:
    """One axis of a receiver's error: AR(1) with heavy-tailed innovations, of the right variance."""

    def __init__(self, rng: random.Random, noise: Noise) -> None:
        self._rng = rng
        self._keep = math.exp(-1.0 / noise.correlation_s)
        self._sigma_m = noise.accuracy_m / 1.51
        self._error_m = rng.gauss(0.0, self._sigma_m)

    def step(self) -> float:
        """The error of this second, metres."""
        chi_square = self._rng.gammavariate(_TAIL_DOF / 2.0, 2.0)
        student = self._rng.gauss(0.0, 1.0) / math.sqrt(chi_square / _TAIL_DOF)
        scale = self._sigma_m * math.sqrt(1.0 - self._keep**2) / math.sqrt(_TAIL_DOF / (_TAIL_DOF - 2.0))
        error = self._error_m
        self._error_m = self._keep * self._error_m + scale * student
        return error


def true_path(route: Route) -> tuple[Local, tuple[XY, ...]]:
    """The route itself as a path to walk."""
    plane = Local.around(route.points[0])
    return plane, tuple(plane.to_xy(one) for one in route.points)
