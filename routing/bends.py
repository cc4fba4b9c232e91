"""Where a line turns, in numbers: what `corners` and `actions` are made from. Machine code where Numba is.

A line comes as `xy` [p, 2], metres east and north, and `along` [p], metres from its start. Turns are
degrees, positive to the right.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.native import compiled

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

# A drawn joint is not a corner: the direction is taken over 8 m on both sides, about the length that
# a walker needs to feel a change of direction, and longer than the jogs of mapped sidewalk joints.
CHORD_M: Final = 8.0
# Vertices closer than this are one corner (NavCog chains turns less than 4 m apart).
MERGE_M: Final = 4.0
# A turn this close to the start of a crossing is one instruction with it.
COMBINE_M: Final = 6.0
# At the joint of two ways a bend is a choice; within one way it is followed by the cane (道なり).
JOINT_TURN_DEG: Final = 30.0
BEND_TURN_DEG: Final = 45.0
AHEAD_DEG: Final = 22.5  # straight on, by the direction table
# Drawing noise of a hand-mapped line; less than this at a vertex starts no corner.
_VERTEX_DEG: Final = 8.0
# Two turns of this much to one side are a way around something, not one corner drawn twice.
_OWN_TURN_DEG: Final = 60.0
_DOUBLED_M: Final = 0.05  # a doubled point has no direction
_AROUND: Final = 4  # features that can lie within a few metres of one corner


@compiled
def measured(
    lat_lon: F64, lat: float, lon: float, metres_per_lat: float, metres_per_lon: float
) -> tuple[F64, F64]:
    """(xy, along) of points [p, 2] in degrees, in the plane around (lat, lon)."""
    xy, along = np.empty((len(lat_lon), 2)), np.zeros(len(lat_lon))
    for i in range(len(lat_lon)):
        xy[i, 0] = (lat_lon[i, 1] - lon) * metres_per_lon
        xy[i, 1] = (lat_lon[i, 0] - lat) * metres_per_lat
        if i:
            along[i] = along[i - 1] + math.hypot(xy[i, 0] - xy[i - 1, 0], xy[i, 1] - xy[i - 1, 1])
    return xy, along


@compiled
def corner_rows(xy: F64, along: F64) -> F64:
    """[k, 3]: where each corner begins and ends, metres along the line, and its turn."""
    at, turn = _vertices(xy, along)
    rows = np.empty((len(at), 3))
    count = 0
    for i in range(len(at)):
        if count and _same_corner(rows[count - 1, 1], turn[i - 1], at[i], turn[i]):
            rows[count - 1, 1] = at[i]
        else:
            rows[count, 0] = rows[count, 1] = at[i]
            count += 1
    for i in range(count):
        first, last = rows[i, 0], rows[i, 1]
        before = rows[i - 1, 1] if i else 0.0
        after = rows[i + 1, 0] if i + 1 < count else along[-1]
        back = chord_deg(xy, along, max(first - CHORD_M, before), first)
        rows[i, 2] = turned(back, chord_deg(xy, along, last, min(last + CHORD_M, after)))
    return rows[:count]


@compiled
def _vertices(xy: F64, along: F64) -> tuple[F64, F64]:
    """(metres along, turn) of each vertex where the drawn direction changes."""
    at, turns = np.empty(len(xy)), np.empty(len(xy))
    count = 0
    before = math.nan
    for i in range(1, len(xy)):
        if along[i] - along[i - 1] <= _DOUBLED_M:
            continue
        after = math.degrees(math.atan2(xy[i, 0] - xy[i - 1, 0], xy[i, 1] - xy[i - 1, 1]))
        turn = turned(before, after)
        if abs(turn) >= _VERTEX_DEG:
            at[count], turns[count] = along[i - 1], turn
            count += 1
        before = after
    return at[:count], turns[:count]


@compiled
def _same_corner(last_m: float, last_turn: float, at_m: float, turn: float) -> bool:
    around = min(abs(last_turn), abs(turn)) >= _OWN_TURN_DEG and last_turn * turn > 0.0
    return at_m - last_m < MERGE_M and not around


@compiled
def turned(before: float, after: float) -> float:
    """The turn between two bearings, (-180, 180]; nan where either is nan."""
    turn = after - before
    while turn > 180.0:
        turn -= 360.0
    while turn <= -180.0:
        turn += 360.0
    return turn


@compiled
def chord_deg(xy: F64, along: F64, from_m: float, to_m: float) -> float:
    """Degrees from north of the straight line between two places of the line."""
    ax, ay = _at(xy, along, from_m)
    bx, by = _at(xy, along, to_m)
    return math.degrees(math.atan2(bx - ax, by - ay)) % 360.0


@compiled
def _at(xy: F64, along: F64, at_m: float) -> tuple[float, float]:
    if at_m <= 0.0:
        return float(xy[0, 0]), float(xy[0, 1])
    if at_m >= along[-1]:
        return float(xy[-1, 0]), float(xy[-1, 1])
    i = _segment(along, at_m)
    share = (at_m - along[i]) / (along[i + 1] - along[i])
    return (
        float(xy[i, 0] + share * (xy[i + 1, 0] - xy[i, 0])),
        float(xy[i, 1] + share * (xy[i + 1, 1] - xy[i, 1])),
    )


@compiled
def _segment(starts: F64, at_m: float) -> int:
    """The last of ascending starts that is not behind a place; -1 before the first."""
    low, high = 0, len(starts)
    while low < high:
        middle = (low + high) // 2
        if starts[middle] <= at_m:
            low = middle + 1
        else:
            high = middle
    return low - 1


@compiled
def _back_deg(xy: F64, along: F64, at_m: float) -> float:
    """The direction of the chord that ends at a place; at the very start, of the first metres."""
    span = min(CHORD_M, along[-1])
    start = min(max(at_m - CHORD_M, 0.0), along[-1] - span)
    return chord_deg(xy, along, start, start + span)


@compiled
def _on_deg(xy: F64, along: F64, at_m: float) -> float:
    """The direction of the chord that begins at a place; at the very end, of the last metres."""
    span = min(CHORD_M, along[-1])
    start = min(max(at_m, 0.0), along[-1] - span)
    return chord_deg(xy, along, start, start + span)


@compiled
def itinerary_rows(xy: F64, along: F64, span_from: F64, span_to: F64, features: I64) -> tuple[F64, F64, F64]:
    """(corners, features, turns) of a route whose stretches are spans; `features`: which are special.

    Features [f, 2]: bearing of the chord over it, the turn into it (nan: straight on, or the route
    begins there). Turns [t, 8]: where, turn, bearing behind it, the spans before and after it, the
    span of the feature that ends at it and of the last one before it (-1: none).
    """
    bends = corner_rows(xy, along)
    into = np.empty((len(features), 2))
    bend = 0
    for i in range(len(features)):
        low, high = span_from[features[i]], span_to[features[i]]
        into[i, 0] = chord_deg(xy, along, low, high)
        while bend < len(bends) and _middle(bends, bend) < low - COMBINE_M:
            bend += 1
        first = bends[bend, 0] if bend < len(bends) and _at_start(bends, bend, low, high) else low
        turn = turned(_back_deg(xy, along, first), into[i, 0])
        into[i, 1] = turn if first >= 1.0 and abs(turn) > AHEAD_DEG else math.nan
    return bends, into, _turn_rows(xy, along, bends, span_from, span_to, features)


@compiled
def _turn_rows(xy: F64, along: F64, bends: F64, span_from: F64, span_to: F64, features: I64) -> F64:
    rows = np.empty((len(bends), 8))
    count, first = 0, 0
    for i in range(len(bends)):
        at_m, turn, behind = _middle(bends, i), bends[i, 2], -1
        # Features that end well before the bend, or begin well behind it, have nothing to do with it.
        while first < len(features) and span_to[features[first]] < at_m - COMBINE_M:
            first += 1
        told = False
        for j in range(first, min(first + _AROUND, len(features))):
            low, high = span_from[features[j]], span_to[features[j]]
            told = told or _at_start(bends, i, low, high) or low < at_m < high - 2.0
            if behind < 0 and -2.0 <= at_m - high < COMBINE_M:
                behind = features[j]
        if told:
            continue  # with the feature, or there is no choice within it
        if behind >= 0:
            turn = turned(
                chord_deg(xy, along, span_from[behind], span_to[behind]), _on_deg(xy, along, bends[i, 1])
            )
        before = max(_segment(span_from, bends[i, 0] - 0.5), 0)
        after = max(_segment(span_from, bends[i, 1] + 0.5), 0)
        if abs(turn) < (BEND_TURN_DEG if before == after else JOINT_TURN_DEG):
            continue
        row = rows[count]
        row[0], row[1], row[2] = at_m, turn, _on_deg(xy, along, bends[i, 1])
        row[3], row[4], row[5] = before, after, behind
        row[6] = features[first - 1] if first else -1
        row[7] = bends[i, 1]
        count += 1
    return rows[:count]


@compiled
def _middle(bends: F64, i: int) -> float:
    return float((bends[i, 0] + bends[i, 1]) / 2.0)


@compiled
def _at_start(bends: F64, i: int, low: float, high: float) -> bool:
    """Whether a bend belongs to the beginning of a feature."""
    return -COMBINE_M <= _middle(bends, i) - low < min(COMBINE_M, (high - low) / 2.0)
