"""Tracks of made-up days, for tests of the estimator: who is where is said in metres north of home."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from field_tests.japan import JST
from field_tests.outings.definitions import Definitions, shipped
from field_tests.outings.estimate import estimate
from field_tests.outings.seen import PersonOutings
from field_tests.outings.track import SOURCES, Evidence, Home, Source, Track

HOME = Home(lat=33.2334, lon=131.6066)
NORTH = 1.0 / 111_195.0  # degrees of latitude a metre
EAST = NORTH / math.cos(math.radians(HOME.lat))
RULES = shipped()
North = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def at(hour: float, minute: float = 0.0, day: int = 1) -> float:
    """A moment in June 2026 in Japan."""
    return datetime(2026, 6, day, tzinfo=JST).timestamp() + hour * 3600.0 + minute * 60.0


def track(
    start_s: float,
    end_s: float,
    *trips: tuple[float, float, float],
    every_s: float = 10.0,
    accuracy_m: float = 8.0,
    hold_s: float = 30.0,
    seed: int = 1,
    source: Source = "logger",
) -> Track:
    """At home but for `trips` (start, end, furthest metres): there in a straight line, and back.

    Errors are AR(1) with heavy tails, and hold for `hold_s`.
    """
    utc_s = np.arange(start_s, end_s, every_s)
    north = np.zeros(len(utc_s))
    for leaves_s, back_s, far_m in trips:
        way = 1.2 * np.minimum(utc_s - leaves_s, back_s - utc_s)
        north += np.clip(way, 0.0, far_m)
    rng = np.random.default_rng(seed)
    return Track(
        source,
        utc_s,
        HOME.lat + (north + _error(utc_s, accuracy_m, hold_s, rng)) * NORTH,
        HOME.lon + _error(utc_s, accuracy_m, hold_s, rng) * EAST,
        np.full(len(utc_s), accuracy_m),
    )


def _error(
    utc_s: NDArray[np.float64], accuracy_m: float, hold_s: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    keep = math.exp(-(utc_s[1] - utc_s[0]) / hold_s) if len(utc_s) > 1 else 0.0
    steps = rng.standard_t(4.0, len(utc_s)) / math.sqrt(2.0) * math.sqrt(1.0 - keep * keep)
    error = np.zeros(len(utc_s))
    now = 0.0
    for i, step in enumerate(steps.tolist()):
        now = keep * now + step
        error[i] = now
    return error * accuracy_m / 1.51


def without(whole: Track, *holes: tuple[float, float]) -> Track:
    """The track without the fixes of some times."""
    keep = np.ones(len(whole), dtype=bool)
    for start_s, end_s in holes:
        keep &= ~((whole.utc_s >= start_s) & (whole.utc_s < end_s))
    return chosen(whole, keep)


def chosen(whole: Track, which: NDArray[np.bool_] | NDArray[np.intp]) -> Track:
    """Some fixes of a track, in the order given."""
    return Track(
        whole.source, whole.utc_s[which], whole.lat[which], whole.lon[which], whole.accuracy_m[which]
    )


def told(
    *tracks: Track,
    homes: Sequence[Home] = (HOME,),
    evidence: Sequence[Evidence] = (),
    rules: Definitions = RULES,
    since_s: float | None = None,
    until_s: float | None = None,
    counted: Sequence[Source] = SOURCES,
) -> PersonOutings:
    """`estimate` with the shipped definitions."""
    return estimate(tracks, homes, evidence, rules, since_utc_s=since_s, until_utc_s=until_s, counted=counted)
