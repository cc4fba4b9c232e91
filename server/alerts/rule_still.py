"""Not moving: told from a receiver's noise by middles of minutes, not by single fixes or speeds. Pure.

A receiver at rest in a street wanders by 5-30 m, with errors that last for tens of seconds, and a slow walker
makes 0.4 m/s. Over five minutes the two differ: the middles (medians) of the minutes of one who stays are
all within the receiver's own error of each other; those of a slow walker are 100 m apart.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from statistics import median
from typing import Final

from routing.geo import Local
from server.alerts.watched import Effect, Over, Raise, Sample, Stand, Stillness, Watch
from wire.position import Fix

STILL_S: Final = 300.0  # longer than any red light, and than most talks on the way
STEP_S: Final = 5.0  # one position in five seconds is enough
GOOD_M: Final = 40.0  # a worse fix says nothing here
# Middles of minutes this far apart may be noise, or this many times the accuracy that the receiver claims.
FLOOR_M: Final = 25.0
PER_ACCURACY: Final = 1.5
# Who has moved is further away than noise alone carries the middle of a minute: an alert about somebody who
# lies there must not end by a jump of the receiver.
_AWAY: Final = 1.5
_PARTS: Final = 5
_COVERED: Final = 3  # parts, the first and the last among them
_LEAST: Final = 4  # positions a part, of twelve
_SLACK_S: Final = 15.0
_LAST_S: Final = 60.0
_FRESH_S: Final = 60.0  # older positions do not say that somebody is still there
# Somebody who said that they are all right is asked again after this long at the same place.
AGAIN_S: Final = 1800.0


def seen(still: Stillness, fix: Fix, at_s: float) -> Stillness:
    """With one more position; bad ones, and ones too close in time, change nothing."""
    if fix.accuracy_m > GOOD_M:
        return still
    samples = still.samples
    if samples and 0.0 <= at_s - samples[-1].utc_s < STEP_S - 0.5:
        return still
    if samples and at_s < samples[-1].utc_s:
        samples = ()  # the receiver's clock was put right: what was before cannot be compared
    origin = still.origin or (fix.lat, fix.lon)
    x, y = Local.around(origin).to_xy((fix.lat, fix.lon))
    first_s = at_s - STILL_S - _SLACK_S
    kept = (*(one for one in samples if one.utc_s >= first_s), Sample(at_s, x, y, fix.accuracy_m))
    return _judged(replace(still, origin=origin, samples=kept))


def _judged(still: Stillness) -> Stillness:
    now_s = still.samples[-1].utc_s
    if still.stand is not None:
        lately = tuple(one for one in still.samples if one.utc_s > now_s - _LAST_S)
        place, stand = _middle(lately), still.stand
        if place is None or math.dist(place, (stand.x, stand.y)) <= _AWAY * stand.radius_m:
            return still
        return replace(still, stand=None, moved_s=now_s, samples=lately)
    middles = _middles(still.samples)
    if middles is None:
        return still
    limit_m = max(FLOOR_M, PER_ACCURACY * median(one.accuracy_m for one in still.samples))
    if max(math.dist(a, b) for a, b in combinations(middles, 2)) > limit_m:
        return replace(still, moved_s=now_s)
    x, y = (sum(axis) / len(middles) for axis in zip(*middles, strict=True))
    return replace(still, stand=Stand(now_s - STILL_S, x, y, limit_m))


def _middles(samples: tuple[Sample, ...]) -> list[tuple[float, float]] | None:
    """The middle of each minute that is covered; None where too few are: no positions is not no movement.

    Who is at one place before and after a gap has not gone far in it: the newest and the oldest minute count.
    """
    end_s = samples[-1].utc_s
    parts: list[list[Sample]] = [[] for _ in range(_PARTS)]
    for one in samples:
        back = int((end_s - one.utc_s) * _PARTS / STILL_S)
        if back < _PARTS:
            parts[back].append(one)
    middles = [_middle(part) for part in parts]
    covered = [middle for middle in middles if middle is not None]
    if middles[0] is None or middles[-1] is None or len(covered) < _COVERED:
        return None
    return covered


def _middle(samples: Sequence[Sample]) -> tuple[float, float] | None:
    if len(samples) < _LEAST:
        return None
    return median(one.x for one in samples), median(one.y for one in samples)


def not_moving(watch: Watch, now_s: float) -> Iterator[Effect]:
    """The wearer is asked when they stay where there is no known reason to stay; over when they move."""
    still, moved_s = watch.still, watch.still.moved_s
    for known in watch.of_kind("not_moving"):
        if moved_s is not None and moved_s > known.raised_s:
            yield Over(known, "moving")
    stand = still.stand
    if stand is None or watch.resting or now_s - still.samples[-1].utc_s > _FRESH_S:
        return
    told = watch.told_since("not_moving", stand.since_s)
    if any(not known.ended or now_s - known.changed_s < AGAIN_S for known in told):
        return
    still_s = still.samples[-1].utc_s - stand.since_s
    yield Raise(
        "not_moving", str(int(now_s)), stand.since_s, watch.where, {"still_s": round(still_s)}, ask=True
    )
