"""The order of a source's positions: what came late, what came twice, and where its clock went back. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Deliveries overtake each other by seconds; a step back of more may be the clock's.
_STEP_BACK_S: Final = 60.0
_LEAST_FIXES: Final = 5  # one that was late by minutes is no clock
# So many looks at each position: the file was shuffled, and tells nothing of the clock.
_MOST_LOOKED: Final = 20


@dataclass(frozen=True, slots=True)
class Twice:
    """A time that was recorded twice: before row `since_row` of the source, and from there on."""

    start_s: float
    end_s: float
    since_row: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a source's times, in the order of its files, say. Rows count from 0; None: there is none.

    `disordered`: earlier than one before them; `doubled`: of a moment that is there already.
    """

    disordered: int
    first_disordered: int | None
    doubled: int
    first_doubled: int | None
    twice: tuple[Twice, ...]


def order_of(utc_s: NDArray[np.float64]) -> Order:
    """The order of the positions at these seconds."""
    if len(utc_s) == 0:
        return Order(0, None, 0, None, ())
    highest = np.maximum.accumulate(utc_s)
    late = np.flatnonzero(utc_s < highest)
    by_time = np.argsort(utc_s, kind="stable")
    again = np.sort(by_time[1:][np.diff(utc_s[by_time]) == 0.0])
    return Order(len(late), _first(late), len(again), _first(again), _twice(utc_s, highest))


def _first(rows: NDArray[np.intp]) -> int | None:
    return int(rows[0]) if len(rows) else None


def _twice(utc_s: NDArray[np.float64], highest: NDArray[np.float64]) -> tuple[Twice, ...]:
    steps = np.flatnonzero(utc_s[1:] < highest[:-1] - _STEP_BACK_S) + 1
    steps = steps[np.diff(utc_s)[steps - 1] < 0.0]
    found, looked = [], 0
    for row in steps.tolist():
        since_s, until_s = float(utc_s[row]), float(highest[row - 1])
        begin = int(np.searchsorted(highest, since_s))  # before it nothing reaches this time
        end = int(np.searchsorted(highest, until_s, side="right"))
        looked += end - begin
        if looked > _MOST_LOOKED * len(utc_s):
            return ()
        twice = _recorded_twice(utc_s[begin:row], utc_s[row:end], row)
        if twice is not None:
            found.append(twice)
    return _apart(found)


def _recorded_twice(before: NDArray[np.float64], since: NDArray[np.float64], row: int) -> Twice | None:
    """A packet that was overtaken fills a hole; after a step of the clock both records are there."""
    late = since[since <= before.max()]
    early = before[(before >= late.min()) & (before <= late.max())]
    late = late[late >= early.min()] if len(early) else late[:0]
    early = early[early >= late.min()] if len(late) else early[:0]
    if min(len(early), len(late)) < _LEAST_FIXES:
        return None
    return Twice(float(late.min()), float(late.max()), row)


def _apart(found: Sequence[Twice]) -> tuple[Twice, ...]:
    """Those that do not touch a longer one: a row belongs to one at most."""
    kept: list[Twice] = []
    for twice in sorted(found, key=lambda one: one.start_s - one.end_s):
        if all(twice.start_s > known.end_s or twice.end_s < known.start_s for known in kept):
            kept.append(twice)
    return tuple(kept)
