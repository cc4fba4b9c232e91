"""Days whose truth is known from outside: people of forest's generator (bonsai), offline, near Oita.

forest (Onnela lab, BSD-3, `beiwe-forest` on PyPI) knows nothing of our estimator. Its schedules, walks and
exact home seconds are used as they come; only the routes, which it would fetch from the network, are ours.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from field_tests.bench.extra import bonsai
from field_tests.japan import JST
from field_tests.outings.track import Home

Place = tuple[float, float]  # degrees: latitude, longitude
# The corners of a way between two places; `on_foot` False: by bicycle, bus or car.
Router = Callable[[Place, Place, bool], Sequence[Place]]

DAY_S: Final = 86_400
METRES_PER_DEGREE: Final = 111_195.0
_MIDDLE: Final = (33.2335, 131.6065)  # Oita station; homes are within _SPREAD_M of it
_SPREAD_M: Final = 4_000.0
_REACH_M: Final = 2_000  # forest looks for cafes and the like in a box of this half-width
# How many of each kind forest's box would hold in a town like Oita, by order of magnitude.
_PLACES: Final = {
    "cafe": 20,
    "bar": 15,
    "restaurant": 40,
    "park": 15,
    "cinema": 2,
    "dance": 2,
    "fitness_centre": 4,
    "office": 20,
    "university": 3,
}


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """Where a person was, every `step_s`, without error, and the minutes out of each day in Japan."""

    person: str
    home: Home
    step_s: int
    utc_s: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    days: tuple[date, ...]
    out_minutes: tuple[float, ...]


def midnight_s(day: date) -> float:
    """The UTC seconds at which a day in Japan begins."""
    return datetime(day.year, day.month, day.day, tzinfo=JST).timestamp()


def blocks(start: Place, end: Place, on_foot: bool) -> tuple[Place, ...]:
    """A way through a town of right angles: stairs of six corners. For when no map is at hand."""
    del on_foot  # streets are the same for all
    steps = 3
    corners = [start]
    for step in range(1, steps + 1):
        lat = start[0] + (end[0] - start[0]) * step / steps
        lon = start[1] + (end[1] - start[1]) * step / steps
        corners += [(lat, corners[-1][1]), (lat, lon)]
    return tuple(corners)


def live(number: int, seed: int, first: date, days: int, *, step_s: int = 5, router: Router = blocks) -> Life:
    """Person `number` of the draw `seed`: `days` days from `first`."""
    generator = bonsai()
    with drawn_from(number, seed), _routed(generator, router):
        home = _near(_MIDDLE, _SPREAD_M)
        # 0 and 1 never or hardly go out, 9 and 10 hardly come home: not our participants.
        attributes = generator.Attributes(active_status=int(np.random.randint(2, 9)))
        person = generator.Person(home, attributes, _town(home))
        rows, home_s, _ = generator.gen_all_traj(person, {}, first, first + timedelta(days=days), "offline")
    kept = rows[::step_s]
    return Life(
        person=f"G{number:02d}",
        home=Home(*home),
        step_s=step_s,
        utc_s=kept[:, 0] + midnight_s(first),
        lat=kept[:, 1],
        lon=kept[:, 2],
        days=tuple(first + timedelta(days=n) for n in range(days)),
        out_minutes=tuple((DAY_S - float(seconds)) / 60.0 for seconds in home_s),
    )


@contextmanager
def drawn_from(number: int, seed: int) -> Iterator[None]:
    """Forest draws from NumPy's global generator: seeded here, and put back as it was."""
    before = np.random.get_state()
    np.random.seed([seed, number])
    try:
        yield
    finally:
        np.random.set_state(before)


@contextmanager
def _routed(generator: Any, router: Router) -> Iterator[None]:  # noqa: ANN401 - a module without types
    """`get_path` would ask openrouteservice.org; our router answers in its place."""
    before = generator.get_path

    def get_path(start: Place, end: Place, transport: Any, _key: str) -> tuple[NDArray[np.float64], float]:  # noqa: ANN401
        """Our router's way in forest's form."""
        way = np.array(router(start, end, transport is generator.Vehicle.FOOT))
        return way, float("nan")  # forest does not use the length

    generator.get_path = get_path
    try:
        yield
    finally:
        generator.get_path = before


def _near(middle: Place, reach_m: float) -> Place:
    """A place drawn from the square of half-width `reach_m`."""
    north, east = np.random.uniform(-reach_m, reach_m, 2)
    lat = middle[0] + north / METRES_PER_DEGREE
    return float(lat), float(middle[1] + east / (METRES_PER_DEGREE * math.cos(math.radians(middle[0]))))


def _town(home: Place) -> dict[str, list[Place]]:
    return {kind: [_near(home, _REACH_M) for _ in range(count)] for kind, count in _PLACES.items()}
