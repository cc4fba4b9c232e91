"""Which time that nobody saw is explained: whole gaps, and in others the hours spent at home. Pure.

On each day the chances that anything explained was otherwise add up to `Definitions.risk` at most.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from field_tests.japan import DAY_S
from field_tests.outings.definitions import Definitions
from field_tests.outings.gaps import Bridged
from field_tests.outings.rates import HOUR_S, midnight_before

# Codes of RULES: home between two sights of home that no outing fits between; home at such hours.
TOO_SHORT: Final = "too_short"
USUAL_HOURS: Final = "usual_hours"


@dataclass(frozen=True, slots=True)
class Sure:
    """A part of a gap whose state is explained. `why`: a row of RULES; "": by both ends of the gap."""

    start_s: float
    end_s: float
    out: bool
    why: str = ""


@dataclass(slots=True)
class _Budget:
    """How much of each day's risk is left."""

    risk: float
    used: defaultdict[float, float] = field(default_factory=lambda: defaultdict(float))

    def left(self, start_s: float, end_s: float) -> float:
        """The chance that is left on that of its days which has the least."""
        return self.risk - max(self.used[midnight_before(day_s)] for day_s, _ in days_of(start_s, end_s))

    def spend(self, start_s: float, end_s: float, chance: float) -> None:
        """Take `chance` from each of its days."""
        for day_s, _ in days_of(start_s, end_s):
            self.used[midnight_before(day_s)] += chance


def days_of(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    """A time cut at each midnight in Japan."""
    while start_s < end_s:
        cut_s = min(end_s, midnight_before(start_s) + DAY_S)
        yield start_s, cut_s
        start_s = cut_s


def explained(gaps: Sequence[Bridged], rules: Definitions) -> list[tuple[Sure, ...]]:
    """What is explained of each gap. The surest come first, so that as much time as possible is explained."""
    budget = _Budget(rules.risk)
    found: list[tuple[Sure, ...]] = [()] * len(gaps)
    whole = [_whole(part, rules) for part in gaps]
    for i in sorted(range(len(gaps)), key=lambda i: whole[i][1]):
        sure, chance = whole[i]
        if chance <= budget.left(sure.start_s, sure.end_s):
            budget.spend(sure.start_s, sure.end_s, chance)
            found[i] = (sure,)
    for i, part in enumerate(gaps):
        short = part.gap.end_s - part.gap.start_s <= rules.sure_gap_h * HOUR_S
        anchored = part.gap.before is not None or part.gap.after is not None
        if not found[i] and short and anchored and len(part.borders) > 1:
            found[i] = tuple(_usual_hours(part, budget, rules))
    return found


def _whole(part: Bridged, rules: Definitions) -> tuple[Sure, float]:
    """A gap taken for one state, and the chance that it was otherwise."""
    gap = part.gap
    if gap.at_home and gap.end_s - gap.start_s < rules.least_minutes * 60.0:
        return Sure(gap.start_s, gap.end_s, False, TOO_SHORT), 0.0
    out = part.all_out >= part.all_home and not gap.at_home
    chance = 1.0 if gap.change else 1.0 - (part.all_out if out else part.all_home)
    return Sure(gap.start_s, gap.end_s, out), chance


def _usual_hours(part: Bridged, budget: _Budget, rules: Definitions) -> Iterator[Sure]:
    """In a gap that is not explained, of each night the longest time that was almost surely spent at home.

    Where somebody left or came back unseen, that may have been at any waking hour: the night alone is told.
    """
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.maximum(part.stays, 1e-300)))))
    start_s, end_s = float(part.borders[0]), float(part.borders[-1])
    up, to_bed = (12, 12) if part.gap.at_home else rules.waking
    midnight_s = midnight_before(start_s)
    while midnight_s - (24 - to_bed) * HOUR_S < end_s:
        dusk_s, dawn_s = midnight_s - (24 - to_bed) * HOUR_S, midnight_s + up * HOUR_S
        night = np.flatnonzero((part.borders >= dusk_s) & (part.borders <= dawn_s))
        midnight_s += DAY_S
        if len(night) < 2:
            continue
        borders, home, stay = part.borders[night], part.home[night], logs[night]
        left = budget.left(float(borders[0]), float(borders[-1]))
        # The chance of home from border i to j is home[i] exp(stay[j] - stay[i]): for each i the furthest j.
        least = math.log1p(-max(left, 0.0)) - np.log(np.maximum(home, 1e-300)) + stay
        furthest = np.searchsorted(-stay, -least, side="right") - 1
        hours = (borders[np.maximum(furthest, 0)] - borders) / HOUR_S
        i = int(np.argmax(hours))
        if left <= 0.0 or hours[i] < rules.sure_h:
            continue
        j = int(furthest[i])
        budget.spend(float(borders[i]), float(borders[j]), 1.0 - float(home[i] * np.exp(stay[j] - stay[i])))
        yield Sure(float(borders[i]), float(borders[j]), False, USUAL_HOURS)
