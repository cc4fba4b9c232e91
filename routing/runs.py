"""From links to runs of one character: nothing that is too short to be told apart. Machine code.

OpenStreetMap has many joints that nobody feels: three metres from a corner to a kerb are no step of
their own ("left at the crossing, right on the sidewalk", OpenTripPlanner #767).
"""

from typing import Final

import numpy as np

from routing.columns import CONVEYING, F64, I8, I32, I64, KINDS, TIE, U8, U16
from routing.native import compiled
from wire.route import StretchKind

# Shorter than this is a joint between two ways, not a way: six steps with a cane.
JOINT_M: Final = 5.0
# Half of a crossing alone means turning into the road there, not crossing it.
_CROSSED_SHARE: Final = 0.75
# From here on a slope is felt and told (guideline for accessible roads: 5 %).
STEEP_PCT: Final = 5

_CROSSING: Final = KINDS.index(StretchKind.CROSSING)
_STEPS: Final = KINDS.index(StretchKind.STEPS)
_RAILS: Final = KINDS.index(StretchKind.LEVEL_CROSSING)
_PLAIN: Final = np.array([
    kind in {StretchKind.SIDEWALK, StretchKind.SHARED_PATH, StretchKind.PEDESTRIAN, StretchKind.ROAD,
             StretchKind.PATH, StretchKind.INDOOR}
    for kind in KINDS
])  # fmt: skip

# The columns of a character; equal rows are told as one.
KIND, NAME, SIDE, TACTILE, COVERED, CROSSING, CLIMB, HANDRAIL, WAY, FLAGS, SLOPE = range(11)
WIDTH = 11


@compiled
def characters(
    links: I32,
    forward: U8,
    kind: U8,
    name: I32,
    side: U8,
    tactile: U8,
    covered: U8,
    crossing: I32,
    climb: U8,
    handrail: U8,
    way: I64,
    flags: U16,
    incline: I8,
) -> I64:
    """[k, 11]: the character of each link as it is walked; what does not count for its kind is 0."""
    result = np.zeros((len(links), WIDTH), dtype=np.int64)
    for i in range(len(links)):
        link, row = links[i], result[i]
        row[KIND] = kind[link]
        if kind[link] == _CROSSING:
            row[CROSSING] = crossing[link] if crossing[link] >= 0 else -2 - way[link]
        elif kind[link] == _STEPS:
            row[CLIMB] = turned(climb[link], forward[i])
            row[HANDRAIL] = handrail[link]
            row[WAY] = way[link]
            row[FLAGS] = flags[link] & CONVEYING
        elif kind[link] != _RAILS:
            row[NAME] = name[link]
            row[SIDE] = turned(side[link], forward[i])
            row[TACTILE] = tactile[link]
            row[COVERED] = covered[link]
            row[FLAGS] = flags[link] & (TIE | CONVEYING)
            row[SLOPE] = _slope(incline[link], forward[i])
    return result


@compiled
def turned(code: int, forward: int) -> int:
    """Left and right, or up and down, seen from the other end."""
    if forward or code == 0 or code > 2:
        return code
    return 3 - code


@compiled
def _slope(percent: int, forward: int) -> int:
    """1 steep up, -1 steep down, 0 neither or unknown."""
    if percent == -128 or abs(percent) <= STEEP_PCT:
        return 0
    up = percent > 0
    return 1 if up == (forward != 0) else -1


@compiled
def runs(character: I64, metres: F64, crossed: F64, at_node: U8) -> tuple[I64, I64]:
    """(first link of each run, the link whose character it takes), in walking order.

    `metres` and `crossed` (share of the crossing) of each link [k]; `at_node`: its crossing is
    no way of its own, so that half of it may be walked alone.
    """
    count = len(character)
    like = np.arange(count)
    first = _grouped(character, like, np.arange(count))
    taken = like.copy()
    for run in range(len(first)):
        i, end = first[run], _end(first, run, count)
        if character[like[i], KIND] == _CROSSING and at_node[i]:
            share = 0.0
            for j in range(i, end):
                share += crossed[j]
            if share < _CROSSED_SHARE:
                taken[i:end] = _plain_beside(character, like, first, run, count)
    first = _grouped(character, taken, first)
    like = taken.copy()
    for run in range(len(first)):
        i, end = first[run], _end(first, run, count)
        if _PLAIN[character[taken[i], KIND]] and _metres(metres, i, end) < JOINT_M:
            like[i:end] = _longest(character, taken, first, run, metres)
    first = _grouped(character, like, first)
    return first, like[first]


@compiled
def _grouped(character: I64, like: I64, first: I64) -> I64:
    """The firsts of runs once neighbours of one character are joined."""
    kept = np.empty(len(first), dtype=np.int64)
    count = 0
    for run in range(len(first)):
        i = first[run]
        same = count > 0
        if same:
            for column in range(WIDTH):
                if character[like[i], column] != character[like[kept[count - 1]], column]:
                    same = False
                    break
        if not same:
            kept[count] = i
            count += 1
    result = kept[:count].copy()
    for run in range(count):
        # One character a run: a member keeps no other of its own.
        like[result[run] : _end(result, run, len(like))] = like[result[run]]
    return result


@compiled
def _end(first: I64, run: int, count: int) -> int:
    return first[run + 1] if run + 1 < len(first) else count


@compiled
def _metres(metres: F64, begin: int, end: int) -> float:
    total = 0.0
    for i in range(begin, end):
        total += metres[i]
    return total


@compiled
def _plain_beside(character: I64, like: I64, first: I64, run: int, count: int) -> int:
    """The plain neighbour's link, the next before the last; the run's own where neither is plain."""
    if run + 1 < len(first) and _PLAIN[character[like[first[run + 1]], KIND]]:
        return int(like[first[run + 1]])
    if run > 0 and _PLAIN[character[like[first[run - 1]], KIND]]:
        return int(like[first[run - 1]])
    return int(like[first[run]])


@compiled
def _longest(character: I64, like: I64, first: I64, run: int, metres: F64) -> int:
    """The link of the longest among the plain neighbours and the run itself."""
    best, longest = like[first[run]], -1.0
    for other in (run + 1, run - 1, run):
        if 0 <= other < len(first) and _PLAIN[character[like[first[other]], KIND]]:
            length = _metres(metres, first[other], _end(first, other, len(like)))
            if length > longest:
                best, longest = like[first[other]], length
    return int(best)
