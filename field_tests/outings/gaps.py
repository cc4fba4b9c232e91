"""Time that nobody saw: how much of it was spent out, given both ends and the person's habits. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from field_tests.outings.chain import bridge
from field_tests.outings.columns import Floats, distance_m
from field_tests.outings.definitions import Definitions
from field_tests.outings.rates import BACK, HOUR_S, LEFT, Rates, learnt, seen_moves
from field_tests.outings.stretches import Stretch


@dataclass(frozen=True, slots=True)
class Habits:
    """What is typical of a person: longer ways are ridden; how often lost Wi-Fi means having left."""

    rides: bool
    left_with_wifi: float


@dataclass(frozen=True, slots=True)
class Gap:
    """From `start_s` to `end_s`, between two known stretches; None: before the first, after the last."""

    start_s: float
    end_s: float
    before: Stretch | None
    after: Stretch | None

    @property
    def change(self) -> bool:
        """One end is at home, the other out."""
        return self.before is not None and self.after is not None and self.before.out is not self.after.out

    @property
    def at_home(self) -> bool:
        """Both ends are at home."""
        before, after = self.before, self.after
        return before is not None and after is not None and not before.out and not after.out

    def same_place(self, rules: Definitions) -> bool:
        """Both ends are out, and near each other: in a building there. Who was driven waits to be fetched."""
        before, after = self.before, self.after
        if before is None or after is None or not (before.out and after.out):
            return False
        if "driven" in before.labels or "driven" in after.labels:
            return True
        a, b = before.last, after.first
        if a is None or b is None:
            return False
        return bool(distance_m(a.lat, a.lon, b.lat, b.lon) <= rules.same_place_m)


@dataclass(frozen=True, slots=True, eq=False)
class Bridged:
    """Seconds expected out up to each of `moments` of a gap; the chances of all of it home, and out."""

    gap: Gap
    moments: Floats
    out_s: Floats
    all_home: float
    all_out: float
    # Of the chain between the ways at both ends: borders of its steps, chances of home there, and of staying.
    borders: Floats
    home: Floats
    stays: Floats

    def share_out(self, start_s: float, end_s: float) -> float:
        """Expected share of a part of it spent out, 0 to 1."""
        a, b = np.interp([start_s, end_s], self.moments, self.out_s)
        return min(1.0, max(0.0, float(b - a) / (end_s - start_s)))


def gaps_of(known: Sequence[Stretch], since_s: float, until_s: float) -> tuple[Gap, ...]:
    """All time of the record that no stretch tells of."""
    if not known:
        return (Gap(since_s, until_s, None, None),)
    found = [Gap(since_s, known[0].start_s, None, known[0])]
    found += [Gap(a.end_s, b.start_s, a, b) for a, b in pairwise(known)]
    found.append(Gap(known[-1].end_s, until_s, known[-1], None))
    return tuple(gap for gap in found if gap.end_s > gap.start_s)


def bridged(
    known: Sequence[Stretch], rides: bool, since_s: float, until_s: float, rules: Definitions
) -> tuple[Bridged, ...]:
    """Each gap with what is expected of it, by rates learnt from this person (expectation-maximisation).

    `rides`: this person's longer ways are ridden.
    """
    gaps = gaps_of(known, since_s, until_s)
    habits = Habits(rides, _left_with_wifi(known, rules.wifi_stayed_s))
    hour_0, seen = seen_moves(known, since_s, until_s)
    rates = learnt(hour_0, seen, rules)
    for _ in range(rules.rounds):
        moves = seen.copy()
        for gap in gaps:
            _bridge(gap, rates, moves, habits, rules)
        rates = learnt(hour_0, moves, rules)
    unused = seen.copy()
    return tuple(_bridge(gap, rates, unused, habits, rules) for gap in gaps)


def _bridge(gap: Gap, rates: Rates, moves: Floats, habits: Habits, rules: Definitions) -> Bridged:
    """One gap by the chain; the way between home and an end that is out was made for sure."""
    whole_s = gap.end_s - gap.start_s
    before, after = _ends(gap, habits, rules)
    most_s = whole_s * (rules.longest_way if gap.change else 1.0)
    shorter = min(1.0, most_s / max(before.way_s + after.way_s, 1e-9))
    start_s, end_s = gap.start_s + before.way_s * shorter, gap.end_s - after.way_s * shorter
    if end_s - start_s < 1.0:
        return Bridged(
            gap, np.array([gap.start_s, gap.end_s]), np.array([0.0, whole_s]), 0.0, 1.0, *[np.zeros(0)] * 3
        )
    steps = np.empty(math.ceil((end_s - start_s) / rules.step_s))
    back = rates.back * rules.same_place_back if gap.same_place(rules) else rates.back
    all_home, all_out, home, stays = bridge(
        start_s, end_s, before.out, after.out, rates.leave, back, rates.hour_0, steps, moves
    )
    _count_unseen_doors(
        moves, rates.hour_0, gap, before.out, after.out, steps * len(steps) / (end_s - start_s)
    )
    moments = np.linspace(start_s, end_s, len(steps) + 1)
    out_s = (start_s - gap.start_s) + np.concatenate(([0.0], np.cumsum(steps)))
    return Bridged(
        gap,
        np.concatenate(([gap.start_s], moments, [gap.end_s])),
        np.concatenate(([0.0], out_s, [out_s[-1] + gap.end_s - end_s])),
        all_home,
        all_out,
        moments,
        home,
        stays,
    )


def _ends(gap: Gap, habits: Habits, rules: Definitions) -> tuple["_Seen", "_Seen"]:
    """What is known of both ends. One step towards home is no way there, where the other end is beside it."""
    length_s = gap.end_s - gap.start_s
    before = _seen(gap.before, True, length_s, habits, rules)
    after = _seen(gap.after, False, length_s, habits, rules)
    if before.out + after.out == 1.0 and gap.same_place(rules):
        before, after = replace(before, out=1.0), replace(after, out=1.0)
    return before, after


def _count_unseen_doors(
    moves: Floats, hour_0: int, gap: Gap, first: float, last: float, share_out: Floats
) -> None:
    """Where Wi-Fi was lost or found at the door, that was a move as likely as they were out beside it."""
    if 0.0 < first < 1.0:
        moves[int(gap.start_s // HOUR_S) - hour_0, LEFT] += share_out[0]
    if 0.0 < last < 1.0:
        moves[min(int(gap.end_s // HOUR_S) - hour_0, len(moves) - 1), BACK] += share_out[-1]


def _left_with_wifi(known: Sequence[Stretch], stayed_s: float) -> float:
    """Of the times when this person's Wi-Fi was lost, how often they had left (Laplace's rule)."""
    left = stayed = 1.0
    for a, b in pairwise(known):
        if "home_wifi" not in a.why or a.out or a.end_s != b.start_s or "home_wifi" in b.why:
            continue
        left += b.out
        stayed += not b.out and b.end_s - b.start_s >= stayed_s
    return left / (left + stayed)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Chance of out where the way to a gap's end begins (below 0: not known), and how long that way takes."""

    out: float
    way_s: float = 0.0


def _seen(end: Stretch | None, last: bool, length_s: float, habits: Habits, rules: Definitions) -> _Seen:
    """Who is still on the way was at home as long ago as that way takes; who is there, at least as long."""
    if end is None:
        return _Seen(-1.0)
    place = end.last if last else end.first
    if not end.out and place is None and "home_wifi" in end.why and length_s <= rules.wifi_off_h * HOUR_S:
        return _Seen(habits.left_with_wifi)
    if not end.out or place is None:
        return _Seen(float(end.out))
    ridden = habits.rides and end.away_m > rules.ride_beyond_m
    if place.mps < rules.on_way_mps:
        return _Seen(1.0, place.away_m / (rules.ride_mps if ridden else rules.walk_mps))
    return _Seen(0.0, place.away_m / (place.mps if ridden else rules.walk_mps))
