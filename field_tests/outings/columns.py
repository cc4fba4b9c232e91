"""Positions made fit to count with: columns of numbers that mean something, one fix a moment. Pure."""

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from field_tests.outings.definitions import Definitions
from field_tests.outings.track import Track

Floats = NDArray[np.float64]
_METRES_PER_DEGREE = 111_195.0  # mean Earth radius 6,371,009 m x pi / 180


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Fixes by time, at most one in each `Definitions.thin_s`: UTC seconds, degrees, metres (68 %)."""

    utc_s: Floats
    lat: Floats
    lon: Floats
    accuracy_m: Floats

    def __len__(self) -> int:
        return len(self.utc_s)

    def taken(self, which: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "Columns":
        """The fixes that `which` selects."""
        return Columns(self.utc_s[which], self.lat[which], self.lon[which], self.accuracy_m[which])


class Gathering:
    """Chunks of one source, in any order, thinned as they come: its memory grows with time, not with rate."""

    def __init__(self, definitions: Definitions, since_utc_s: float, until_utc_s: float) -> None:
        self._rules = definitions
        self._since_s, self._until_s = since_utc_s, until_utc_s
        self._parts: list[Columns] = []
        self.counts: Counter[str] = Counter()

    def add(self, track: Track) -> None:
        """Takes one chunk in."""
        raw = Columns(track.utc_s, track.lat, track.lon, track.accuracy_m)
        inside = raw.taken((raw.utc_s >= self._since_s) & (raw.utc_s < self._until_s) | np.isnan(raw.utc_s))
        believable = inside.taken(_believable(inside, self._rules.gate_m, self.counts))
        self.counts["fixes_disordered"] += int(np.count_nonzero(np.diff(believable.utc_s) < 0.0))
        self._parts.append(thinned(believable, self._rules.thin_s, self.counts))

    def columns(self) -> Columns:
        """All fixes by time, without jumps that nothing can make. What was gathered is let go."""
        parts, self._parts = self._parts, []
        whole = thinned(_joined(parts), self._rules.thin_s, Counter())
        jumps = _jumps(whole, self._rules)
        kept = whole.taken(~jumps) if bool(np.any(jumps)) else whole
        self.counts["fixes_impossible_speed"] += len(whole) - len(kept)
        self.counts["fixes_used"] += len(kept)
        return kept


def thinned(columns: Columns, every_s: float, counts: Counter[str]) -> Columns:
    """By time, the most accurate fix of each `every_s` seconds (0: of each moment).

    Which one is kept depends on the fixes alone, never on their order: repeated fixes and the borders of
    chunks change nothing.
    """
    if len(columns) == 0:
        return columns
    bins = np.floor(columns.utc_s / every_s) if every_s > 0.0 else columns.utc_s
    if len(columns) == 1 or bool(np.all(np.diff(bins) > 0.0)):
        return columns
    order = np.lexsort((columns.lon, columns.lat, columns.utc_s, columns.accuracy_m, bins))
    by_bin = columns.taken(order)
    counts["fixes_doubled"] += len(columns) - len(np.unique(columns.utc_s))
    bins = bins[order]
    first = np.concatenate(([True], bins[1:] != bins[:-1]))
    return by_bin.taken(first)


def _believable(raw: Columns, gate_m: float, counts: Counter[str]) -> NDArray[np.bool_]:
    """Which fixes can be used; what is wrong with the others is counted, once each."""
    numbers = np.isfinite(raw.utc_s) & np.isfinite(raw.lat) & np.isfinite(raw.lon)
    faults = (
        ("fixes_not_numbers", ~numbers),
        ("fixes_off_earth", (np.abs(raw.lat) > 90.0) | (np.abs(raw.lon) > 180.0)),
        ("fixes_null_island", (raw.lat == 0.0) & (raw.lon == 0.0)),
        ("fixes_no_accuracy", ~np.isfinite(raw.accuracy_m) | (raw.accuracy_m <= 0.0)),
        ("fixes_poor", raw.accuracy_m > gate_m),
    )
    good = np.ones(len(raw), dtype=np.bool_)
    for code, bad in faults:
        counts[code] += int(np.count_nonzero(good & bad))
        good &= ~bad
    return good


def _joined(parts: list[Columns]) -> Columns:
    """All parts in one, emptied one column after the other."""
    names = ("utc_s", "lat", "lon", "accuracy_m")
    return Columns(
        *(np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts)]) for name in names)
    )


def _jumps(columns: Columns, rules: Definitions) -> NDArray[np.bool_]:
    """Single fixes that are too far from both neighbours, which are not too far from each other."""
    jumps = np.zeros(len(columns), dtype=np.bool_)
    i = np.flatnonzero(_too_far(columns, np.arange(len(columns) - 1), 1, rules)) if len(columns) > 2 else ()
    fast = np.asarray(i, dtype=np.intp)
    both = fast[:-1][np.diff(fast) == 1] if len(fast) else fast
    jumps[both + 1] = ~_too_far(columns, both, 2, rules)
    return jumps


def _too_far(columns: Columns, i: NDArray[np.intp], step: int, rules: Definitions) -> NDArray[np.bool_]:
    """Whether fix `i` and the `step`-th after it are further apart than errors and speed allow."""
    j = i + step
    # A rough bound first: most neighbours are nowhere near too far.
    degrees = np.abs(columns.lat[j] - columns.lat[i]) + np.abs(columns.lon[j] - columns.lon[i])
    allowed = rules.fastest_mps * (columns.utc_s[j] - columns.utc_s[i])
    allowed += rules.jump_errors * (columns.accuracy_m[i] + columns.accuracy_m[j])
    far: NDArray[np.bool_] = degrees * _METRES_PER_DEGREE > allowed
    a, b = i[far], j[far]
    far[far] = distance_m(columns.lat[a], columns.lon[a], columns.lat[b], columns.lon[b]) > allowed[far]
    return far


def distance_m(
    a_lat: Floats | float, a_lon: Floats | float, b_lat: Floats | float, b_lon: Floats | float
) -> Floats:
    """Great-circle distances in metres (haversine): also right for a trip to Tokyo."""
    half = np.radians(1.0) / 2.0
    north = np.sin((np.asarray(a_lat) - b_lat) * half)
    east = np.sin((np.asarray(a_lon) - b_lon) * half)
    across = np.cos(np.radians(a_lat)) * np.cos(np.radians(b_lat))
    arc = np.arcsin(np.minimum(1.0, np.sqrt(north * north + across * east * east)))
    return np.asarray(arc * (2.0 * 180.0 / math.pi * _METRES_PER_DEGREE), dtype=np.float64)
