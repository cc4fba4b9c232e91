"""From where the searches of both ends met back to links: arcs, and what each of them leads over."""

import numpy as np
from numpy.typing import NDArray

from routing.hierarchy import arc_between
from routing.native import compiled

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@compiled
def chain_at(meeting: int, up_tail: I32, from_arc: I32, to_arc: I32, room: I32) -> tuple[I64, int, int]:
    """(2 * arc, one more where it is walked down; first node; last node) of the way by `meeting`."""
    first, last = meeting, meeting
    ups = 0
    while from_arc[first] >= 0:
        room[ups] = from_arc[first]
        ups += 1
        first = up_tail[from_arc[first]]
    count = ups
    while to_arc[last] >= 0:
        room[count] = to_arc[last]
        count += 1
        last = up_tail[to_arc[last]]
    chain = np.empty(count, np.int64)
    for at in range(ups):
        chain[at] = 2 * room[ups - 1 - at]
    for at in range(ups, count):
        chain[at] = 2 * room[at] + 1
    return chain, first, last


@compiled
def links_of(
    chain: I64, up_first: I32, up_head: I32, up_tail: I32, up_via: I32, down_via: I32,
    link_a: I32, link_b: I32, room: I32,
) -> I32:  # fmt: skip
    """The steps of a chain of arcs (2 * arc, one more where it is walked down)."""
    steps, count = np.empty(256, np.int32), 0
    # An arc's halves lead over lower and lower nodes: never more of them wait than there are ranks.
    for walked in chain:
        room[0] = walked
        waiting = 1
        while waiting > 0:
            waiting -= 1
            arc, down = room[waiting] >> 1, room[waiting] & 1
            via = down_via[arc] if down else up_via[arc]
            if via < 0:
                link = -2 - via
                if count == len(steps):
                    steps = np.concatenate((steps, np.empty(len(steps), np.int32)))
                steps[count] = 2 * link + (1 if (link_a[link] < link_b[link]) == (down == 1) else 0)
                count += 1
                continue
            to_tail = arc_between(up_first, up_head, via, up_tail[arc])
            to_head = arc_between(up_first, up_head, via, up_head[arc])
            before, after = (to_head, to_tail) if down else (to_tail, to_head)
            room[waiting], room[waiting + 1] = 2 * after, 2 * before + 1
            waiting += 2
    return steps[:count]


@compiled
def steps_s(steps: I32, link_a: I32, link_b: I32, forward_s: F64, backward_s: F64, rank_s: F64) -> float:
    """Seconds of whole links, with what stands at the node that each leads to."""
    seconds = 0.0
    for step in steps:
        link = step >> 1
        if step & 1 == 0:
            seconds += forward_s[link] + rank_s[link_b[link]]
        else:
            seconds += backward_s[link] + rank_s[link_a[link]]
    return seconds


@compiled
def with_parts(steps: I32, source: int, target: int, start_link: I32, end_link: I32) -> I32:
    """The steps with the parts of the links at both ends, also where no metre of them is walked.

    Only where such a part would be turned back on at once it is left out: the step after it begins
    at the same place on the same link.
    """
    first = 2 * start_link[source >> 1] + (source & 1)
    last = 2 * end_link[target >> 1] + (target & 1)
    begin = 1 if len(steps) == 0 or steps[0] != first ^ 1 else 0
    end = 1 if len(steps) == 0 or steps[-1] != last ^ 1 else 0
    whole = np.empty(begin + len(steps) + end, np.int32)
    if begin:
        whole[0] = first
    whole[begin : begin + len(steps)] = steps
    if end:
        whole[-1] = last
    return whole
