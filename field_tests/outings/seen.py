"""What an estimator of outings answers with. Minutes; times are UTC seconds; days are days in Japan."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

State = Literal["home", "out", "unknown"]
# What an unobserved time is: at home by evidence or by both ends and its length; inside a building away from
# home; nobody can tell.
GapClass = Literal["explained_home", "inside_away", "unknown"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A part of the timeline. `best`, `low`, `high`: share of it spent out, 0 to 1. `why`: rows of RULES."""

    start_utc_s: float
    end_utc_s: float
    state: State
    best: float
    low: float
    high: float
    gap: GapClass | None = None
    why: tuple[str, ...] = ()

    @property
    def minutes(self) -> float:
        """Its length."""
        return (self.end_utc_s - self.start_utc_s) / 60.0


@dataclass(frozen=True, slots=True)
class Outing:
    """From leaving home to being back. `minutes` is the best estimate between the bounds.

    `coverage` 0-1 of it was observed. `max_distance_m` from home (of a trip: from where it began). `why`
    names the rules and the evidence by which it was found, begun, ended or merged; `labels`: rows of LABELS.
    """

    start_utc_s: float
    end_utc_s: float
    minutes: float
    minutes_min: float
    minutes_max: float
    coverage: float
    max_distance_m: float
    fixes: int
    why: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """Minutes out on a day in Japan; `minutes_max` takes all unknown time as out.

    `coverage`: share of its 24 h that was observed or explained; `waking_coverage`: the same of the hours in
    which people go out (`Definitions.waking`). `outings` touch the day. `out`: there was one; None where the
    coverage does not let that be told.
    """

    day: date
    minutes: float
    minutes_min: float
    minutes_max: float
    coverage: float
    waking_coverage: float = 0.0
    outings: int = 0
    out: bool | None = None


@dataclass(frozen=True, slots=True)
class PersonOutings:
    """All that was estimated for one person, by time.

    `counts`: how many fixes were used and left out, by code: `fixes_used`, `fixes_poor`, rows of ISSUES.
    """

    intervals: tuple[Interval, ...]
    outings: tuple[Outing, ...]
    days: tuple[Day, ...]
    counts: tuple[tuple[str, int], ...] = ()
