"""Which positions can be used at all, and what is wrong with the others. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.issues import Effect
from field_tests.japan import DAY_S
from field_tests.outings.columns import distance_m
from field_tests.study.reading_fixes import Block

Mask = NDArray[np.bool_]
# 2000-01-01: the satellites' receivers are younger, a clock that was never set is older.
FIRST_S: Final = 946_684_800.0
# A clock further ahead than this after a trial is wrong; a logger that ran on for some days is not.
_RAN_ON_S: Final = 30 * DAY_S
# Receivers without a position write 0,0, some with the noise of their arithmetic: 0.0001 degrees are 11 m.
_NULL_DEG: Final = 1e-4
_MILLISECONDS: Final = 1e11  # as seconds: the year 5138
# Two records of one time contradict each other where they are further apart than their errors and this speed.
_BETWEEN_MPS: Final = 15.0
_CONTRADICTING_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Window:
    """The time that counts, UTC seconds. `now_s`: nothing can have been recorded later."""

    since_s: float = FIRST_S
    until_s: float = math.inf
    now_s: float = math.inf
    forgotten_s: float = -math.inf  # before it days are counted, and positions deleted
    told_until_s: float = math.inf  # later lines are passed over without a word


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """Lines of one block with one fault."""

    code: str
    effect: Effect
    lines: Mask
    detail: str = ""


def sieve(block: Block, window: Window) -> tuple[Mask, tuple[Fault, ...]]:
    """Which lines can be used; each other line is in exactly one fault that leaves it out."""
    utc_s = block.fixes[:, 0]
    good = ~(np.isfinite(utc_s) & (utc_s >= window.told_until_s))  # a line without a time is not later
    faults = []
    for fault in _faults(block, window):
        met = fault.lines & good
        if not met.any():
            continue
        faults.append(Fault(fault.code, fault.effect, met, fault.detail))
        if fault.effect == "left_out":
            good &= ~met
    return good, tuple(faults)


def _faults(block: Block, window: Window) -> Iterator[Fault]:
    utc_s, lat, lon, accuracy_m = block.fixes.T
    yield Fault("fixes_counted", "left_out", utc_s < window.forgotten_s)
    yield Fault("line_unreadable", "left_out", block.broken)
    numbers = np.isfinite(utc_s) & np.isfinite(lat) & np.isfinite(lon)
    yield Fault("fixes_not_numbers", "left_out", ~numbers)
    if block.zone is not None:
        yield Fault("time_without_zone", "left_out", block.zone == "none", "write it with +09:00")
    yield Fault("fixes_off_earth", "left_out", (np.abs(lat) > 90.0) | (np.abs(lon) > 180.0))
    yield Fault("fixes_null_island", "left_out", (np.abs(lat) < _NULL_DEG) & (np.abs(lon) < _NULL_DEG))
    yield Fault("fixes_no_accuracy", "left_out", ~np.isfinite(accuracy_m) | (accuracy_m <= 0.0))
    milliseconds = utc_s > _MILLISECONDS
    yield Fault("fixes_future", "left_out", milliseconds, "milliseconds in a column of seconds?")
    yield Fault("fixes_future", "left_out", (utc_s > window.now_s) | (utc_s > window.until_s + _RAN_ON_S))
    yield Fault("fixes_after", "left_out", utc_s >= window.until_s)
    yield Fault("fixes_ancient", "left_out", utc_s < window.since_s)
    if block.zone is not None:
        yield Fault("other_time_zone", "mended", block.zone == "other")


def contradict(early: NDArray[np.float64], late: NDArray[np.float64]) -> bool:
    """Whether two records of the same time (columns as in `Block.fixes`) cannot both be of one device."""
    early = early[np.argsort(early[:, 0], kind="stable")]
    after = np.clip(np.searchsorted(early[:, 0], late[:, 0]), 1, max(len(early) - 1, 1))
    if len(early) < 2:
        return False
    before_s, after_s = (np.abs(early[at, 0] - late[:, 0]) for at in (after - 1, after))
    nearest = early[np.where(before_s <= after_s, after - 1, after)]
    apart_m = distance_m(nearest[:, 1], nearest[:, 2], late[:, 1], late[:, 2])
    allowed_m = 2.0 * (nearest[:, 3] + late[:, 3]) + _BETWEEN_MPS * np.minimum(before_s, after_s)
    return float(np.mean(apart_m > allowed_m)) > _CONTRADICTING_SHARE
