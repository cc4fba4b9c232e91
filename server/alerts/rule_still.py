"""Not moving: told from a receiver's noise by middles of minutes, not by single fixes or speeds. Pure.

A receiver at rest in a street wanders by 5-30 m, with errors that last for tens of seconds, and a slow walker
makes 0.4 m/s. Over five minutes the two differ: the middles (medians) of the minutes of one who stays are
all within the receiver's own error of each other; those of a slow walker are 100 m apart.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from operator import attrgetter
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
_UTC_S: Final = attrgetter("utc_s")


def seen(still: Stillness, fix: Fix, at_s: float) -> Stillness:
    """With one more position; bad ones, and ones too close in time, change nothing."""
    if fix.accuracy_m > GOOD_M:
        return still
    samples = still.samples
    if samples and 0.0 <= at_s - samples[-1].utc_s < STEP_S - 0.5:
        return still
    if samples and at_s < samples[-1].utc_s:
        samples = ()  # the receiver's clock was put right: what was before cannot be compared
    plane = still.plane or Local.around((fix.lat, fix.lon))
    x, y = plane.to_xy((fix.lat, fix.lon))
    gone = bisect_left(samples, at_s - STILL_S - _SLACK_S, key=_UTC_S)
    kept = (*samples[gone:], Sample(at_s, x, y, fix.accuracy_m))
    if still.stand is None:
        return _judged(plane, kept, still.moved_s)
    return _stays(plane, kept, still.stand, still.moved_s)


def _stays(plane: Local, samples: tuple[Sample, ...], stand: Stand, moved_s: float | None) -> Stillness:
    """Whether who stood still stands."""
    now_s = samples[-1].utc_s
    lately = samples[bisect_right(samples, now_s - _LAST_S, key=_UTC_S) :]
    place = _middle(lately)
    if place is None or math.dist(place, (stand.x, stand.y)) <= _AWAY * stand.radius_m:
        return Stillness(plane, samples, stand, moved_s)
    return Stillness(plane, lately, None, now_s)


def _judged(plane: Local, samples: tuple[Sample, ...], moved_s: float | None) -> Stillness:
    """Whether who walked stands now."""
    now_s, parts = samples[-1].utc_s, _minutes(samples)
    # Who is at one place before and after a gap has not gone far in it: the newest and oldest minute count.
    newest, oldest = _middle(parts[0]), _middle(parts[-1])
    if newest is None or oldest is None or sum(len(part) >= _LEAST for part in parts) < _COVERED:
        return Stillness(plane, samples, None, moved_s)  # no positions is not no movement
    limit_m = max(FLOOR_M, PER_ACCURACY * median([one.accuracy_m for one in samples]))
    if math.dist(newest, oldest) > limit_m:  # so mostly, and the rest need not be asked
        return Stillness(plane, samples, None, now_s)
    between = [middle for middle in map(_middle, parts[1:-1]) if middle is not None]
    middles = [newest, *between, oldest]
    if max(math.dist(a, b) for a, b in combinations(middles, 2)) > limit_m:
        return Stillness(plane, samples, None, now_s)
    x, y = (sum(axis) / len(middles) for axis in zip(*middles, strict=True))
    return Stillness(plane, samples, Stand(now_s - STILL_S, x, y, limit_m), moved_s)


def _minutes(samples: tuple[Sample, ...]) -> list[tuple[Sample, ...]]:
    """The last minutes, the newest first."""
    end_s, part_s = samples[-1].utc_s, STILL_S / _PARTS
    ends = [bisect_right(samples, end_s - part_s * back, key=_UTC_S) for back in range(_PARTS + 1)]
    return [samples[first:last] for last, first in pairwise(ends)]


def _middle(samples: Sequence[Sample]) -> tuple[float, float] | None:
    if len(samples) < _LEAST:
        return None
    return median([one.x for one in samples]), median([one.y for one in samples])


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
