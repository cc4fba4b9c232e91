"""Faults that files of positions come with in the field, put in on request. Pure: columns in, columns out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Lines of a file of positions as they will be written, one after the other."""

    utc_s: F64
    lat: F64
    lon: F64
    accuracy_m: F64

    def __len__(self) -> int:
        return len(self.utc_s)

    def taken(self, order: NDArray[np.int64]) -> "Rows":
        """These lines in that order."""
        return Rows(self.utc_s[order], self.lat[order], self.lon[order], self.accuracy_m[order])


_SOME: Final = 0.002  # share of the lines that a fault of single lines strikes
_HOUR_S: Final = 3600.0
_JUMPS_A_WEEK: Final = 0.3
_BLOCK: Final = 40
_DISORDERED, _DOUBLED = 0.05, 0.03


def _struck(rows: Rows, rng: Generator) -> NDArray[np.int64]:
    count = max(1, round(_SOME * len(rows)))
    return np.sort(rng.choice(len(rows), min(count, len(rows)), replace=False))


def _with(rows: Rows, rng: Generator, **columns: float) -> Rows:
    at = _struck(rows, rng)
    changed = {}
    for name, value in columns.items():
        column = getattr(rows, name).copy()
        column[at] = value
        changed[name] = column
    return replace(rows, **changed)


def _later(rows: Rows, rng: Generator, days: float) -> Rows:
    at, moved = _struck(rows, rng), rows.utc_s.copy()
    moved[at] += days * 24.0 * _HOUR_S
    return replace(rows, utc_s=moved)


def _disordered(rows: Rows, rng: Generator) -> Rows:
    """Packets that overtake each other."""
    blocks = np.arange(len(rows)) // _BLOCK
    key = blocks + np.where(rng.random(blocks[-1] + 1) < _DISORDERED, 1.5, 0.0)[blocks]
    return rows.taken(np.argsort(key, kind="stable"))


def _doubled(rows: Rows, rng: Generator) -> Rows:
    """Packets that were sent again."""
    count = np.where(rng.random(len(rows)) < _DOUBLED, 2, 1)
    return rows.taken(np.repeat(np.arange(len(rows)), count))


def _jumped(rows: Rows, rng: Generator) -> Rows:
    """A clock that is an hour ahead until it is set again: not every week."""
    if rng.random() > _JUMPS_A_WEEK:
        return rows
    first = float(rng.uniform(rows.utc_s[0], rows.utc_s[-1]))
    wrong = (rows.utc_s >= first) & (rows.utc_s < first + 6.0 * _HOUR_S)
    return replace(rows, utc_s=rows.utc_s + np.where(wrong, _HOUR_S, 0.0))


def _flung(rows: Rows, rng: Generator) -> Rows:
    """A place where the receiver was last year, for one line."""
    at, lat = _struck(rows, rng), rows.lat.copy()
    lat[at] += 1.0
    return replace(rows, lat=lat)


_NAN: Final = float("nan")
# Code of `field_tests.issues.ISSUES`: how it is made. In this order: lines are put in disorder last.
FAULTS: Final[dict[str, Callable[[Rows, Generator], Rows]]] = {
    "clock_jump": _jumped,
    "fixes_impossible_speed": _flung,
    "fixes_null_island": lambda rows, rng: _with(rows, rng, lat=0.0, lon=0.0),
    "fixes_not_numbers": lambda rows, rng: _with(rows, rng, lat=_NAN),
    "fixes_off_earth": lambda rows, rng: _with(rows, rng, lat=133.2),
    "fixes_no_accuracy": lambda rows, rng: _with(rows, rng, accuracy_m=_NAN),
    "fixes_future": lambda rows, rng: _later(rows, rng, 4000.0),
    "fixes_ancient": lambda rows, rng: _later(rows, rng, -7000.0),
    "fixes_doubled": _doubled,
    "fixes_disordered": _disordered,
}


def faulty(rows: Rows, codes: tuple[str, ...], rng: Generator) -> Rows:
    """`rows` with the faults of those codes."""
    for code, make in FAULTS.items():
        if code in codes and len(rows) > 2 * _BLOCK:
            rows = make(rows, rng)
    return rows
