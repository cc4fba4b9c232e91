"""Time whose state is known, in stretches, from the fixes of one source. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.outings.chain import chance_out
from field_tests.outings.columns import Columns, Floats
from field_tests.outings.definitions import Definitions
from field_tests.outings.likelihood import heard, tempered
from field_tests.outings.pace import moved_m
from field_tests.outings.track import Home, Source

_MOMENT_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class End:
    """Where a stretch begins or ends: degrees, metres from the nearest home.

    `mps`: how fast it moves away from home after its beginning, or towards home before its end.
    """

    lat: float
    lon: float
    away_m: float
    mps: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start_s` to `end_s` (UTC seconds) at home or out. Ends are None where no fix tells.

    `door_s`: where a change was seen, its moment (`start_s`) is known to so many seconds; else 0.
    """

    start_s: float
    end_s: float
    out: bool
    away_m: float = 0.0  # the furthest from home
    fixes: int = 0
    first: End | None = None
    last: End | None = None
    why: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    door_s: float = 0.0

    def cut(self, start_s: float, end_s: float) -> "Stretch":
        """The part between two moments."""
        if start_s <= self.start_s and end_s >= self.end_s:
            return self
        start_s, end_s = max(start_s, self.start_s), min(end_s, self.end_s)
        whole_s = self.end_s - self.start_s
        share = (end_s - start_s) / whole_s if whole_s > 0.0 else 1.0
        begins, ends = start_s == self.start_s, end_s == self.end_s
        return replace(
            self,
            start_s=start_s,
            end_s=end_s,
            fixes=round(self.fixes * share),
            first=self.first if begins else None,
            last=self.last if ends else None,
            door_s=self.door_s if begins else 0.0,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What one source tells: stretches by time, and how the person moves (`pace.moved_m`)."""

    stretches: tuple[Stretch, ...]
    walked_m: float = 0.0
    ridden_m: float = 0.0


def stretches(columns: Columns, source: Source, homes: Sequence[Home], rules: Definitions) -> Told:
    """What is known from one source's fixes: between any two stretches lies a change or a gap."""
    fixes, spoken = heard(columns, homes, rules)
    if len(fixes) == 0:
        return Told(())
    odds = tempered(fixes.utc_s, spoken.odds, rules.correlation_s)
    hour_s = 3600.0
    leave, back = 1.0 / (rules.stay_home_h * hour_s), 1.0 / (rules.stay_out_h * hour_s)
    out: NDArray[np.bool_] = chance_out(fixes.utc_s, odds, leave, back) > 0.5
    firsts = _firsts(fixes.utc_s, out, rules.gap_s)
    lasts = np.append(firsts[1:], len(fixes)) - 1
    known = [
        Stretch(
            start_s=float(fixes.utc_s[i]),
            end_s=float(fixes.utc_s[j]),
            out=bool(out[i]),
            away_m=float(np.max(spoken.away_m[i : j + 1])) if out[i] else 0.0,
            fixes=int(j - i + 1),
            first=_end(fixes, spoken.away_m, i, j, rules.pace_s),
            last=_end(fixes, spoken.away_m, j, i, rules.pace_s),
            why=(f"fixes_{source}",),
        )
        for i, j in zip(firsts.tolist(), lasts.tolist(), strict=True)
    ]
    for k in range(1, len(known)):
        a, b = known[k - 1 : k + 1]
        if a.out is not b.out and b.start_s - a.end_s <= rules.change_s:
            window = slice(int(firsts[k - 1]), int(lasts[k]) + 1)
            known[k - 1 : k + 1] = _changed(a, b, fixes.taken(window), spoken.away_m[window], rules)
    return Told(_with_length(known), *moved_m(fixes, out, rules))


def _changed(
    a: Stretch, b: Stretch, fixes: Columns, away_m: Floats, rules: Definitions
) -> tuple[Stretch, Stretch]:
    """Two neighbours of different states, which both reach to the moment at the door."""
    if b.out:
        moment_s, slack_s = at_door(fixes.utc_s, away_m, fixes.accuracy_m, a.fixes, rules)
    else:
        moment_s, slack_s = at_door(
            -fixes.utc_s[::-1], away_m[::-1], fixes.accuracy_m[::-1], len(fixes) - a.fixes, rules
        )
        moment_s = -moment_s
    moment_s = min(max(moment_s, a.start_s), b.end_s)
    return replace(a, end_s=moment_s), replace(b, start_s=moment_s, door_s=slack_s)


def _with_length(known: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """A lone fix is a moment: it gets a length, or it were lost where timelines are laid over each other."""
    following = [*(part.start_s for part in known[1:]), math.inf]
    return tuple(
        part if part.end_s > part.start_s else replace(part, end_s=min(part.start_s + _MOMENT_S, next_s))
        for part, next_s in zip(known, following, strict=True)
    )


def _end(fixes: Columns, away_m: Floats, i: int, other: int, pace_s: float) -> End:
    """The end `i` of a stretch whose other end is `other`."""
    step = 1 if other >= i else -1
    k = i
    while k != other and abs(fixes.utc_s[k] - fixes.utc_s[i]) < pace_s:
        k += step
    seconds = abs(fixes.utc_s[k] - fixes.utc_s[i])
    told = pace_s <= seconds <= 2.0 * pace_s
    mps = float(away_m[k] - away_m[i]) / seconds if told else 0.0
    return End(float(fixes.lat[i]), float(fixes.lon[i]), float(away_m[i]), float(mps))


def _firsts(utc_s: Floats, out: NDArray[np.bool_], gap_s: float) -> NDArray[np.intp]:
    """Where a stretch begins: at a change of state, or after a gap."""
    begins = (out[1:] != out[:-1]) | (np.diff(utc_s) > gap_s)
    return np.flatnonzero(np.concatenate(([True], begins)))


def at_door(
    utc_s: Floats, away_m: Floats, accuracy_m: Floats, first_out: int, rules: Definitions
) -> tuple[float, float]:
    """When the door was left, and to how many seconds that is known; for coming back, with time reversed.

    The way up to the first mark takes as long as the speed to the second mark says.
    """
    near = first_out
    while (
        near > 0 and away_m[near] > rules.near_mark_m and utc_s[first_out] - utc_s[near] < rules.door_look_s
    ):
        near -= 1
    near_s, near_m = _crossing(utc_s, away_m, near, rules.near_mark_m)
    far = first_out
    while (
        far + 1 < len(utc_s)
        and away_m[far] < rules.far_mark_m
        and utc_s[far] - utc_s[first_out] < rules.door_look_s
    ):
        far += 1
    far_s, far_m = _crossing(utc_s, away_m, far - 1, rules.far_mark_m) if far > 0 else (near_s, near_m)
    mps = (far_m - near_m) / (far_s - near_s) if far_s > near_s else rules.door_slowest_mps
    mps = min(max(mps, rules.door_slowest_mps), rules.door_fastest_mps)
    apart_s = float(utc_s[min(near + 1, len(utc_s) - 1)] - utc_s[near])
    return near_s - near_m / mps, apart_s + rules.door_errors * float(accuracy_m[near]) / mps


def _crossing(utc_s: Floats, away_m: Floats, i: int, mark_m: float) -> tuple[float, float]:
    """When, between a fix and the next, a distance is reached; where none is, the fix itself."""
    a, b = float(away_m[i]), float(away_m[min(i + 1, len(away_m) - 1)])
    if not a <= mark_m < b:
        return float(utc_s[i]), a
    share = (mark_m - a) / (b - a)
    return float(utc_s[i] + share * (utc_s[i + 1] - utc_s[i])), mark_m
