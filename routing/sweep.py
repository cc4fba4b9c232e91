"""The cheapest way over a hierarchy: up from both ends to where they meet, then taken apart into links.

All in compiled functions over arrays. A node's higher neighbours all lie on its path to the root of
the elimination tree, so walking that path in order of rank settles everything: no queue of nodes.
Several starts and ends are so many paths that soon become one.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from routing.hierarchy import Hierarchy, Metric
from routing.native import compiled
from routing.unpacking import chain_at, links_of, steps_s, with_parts

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

_FROM_START: Final = 1
_FROM_END: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Places on links where a way may begin or end: link, share of it from a, seconds to get there."""

    link: I32
    share: F64
    access_s: F64
    closed: F64  # where along the link it is closed; nan where it is not
    closed_s: float = 0.0  # what that is worth: a part of the link's seconds, at that place of it


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """The cheapest way. `steps`: 2 * link, one more where it is walked from b to a; parts included.

    `start` and `end` say which of the ends were chosen, and `steps` begins and ends on their links.
    `cost_s` is of the links and what stands at their nodes. `total_s` is inf, and there is no step,
    where nothing joins them.
    """

    total_s: float
    cost_s: float
    start: int
    end: int
    steps: I32


class _Room:
    """Work arrays of one query, for maps of up to so many nodes; between queries all are at rest."""

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes
        self.arrays = (
            np.full(nodes, np.inf), np.full(nodes, np.inf),  # seconds from the starts, to the ends
            np.empty(nodes, np.int32), np.empty(nodes, np.int32),  # the arc that led there
            np.empty(nodes + 2, np.int32),
        )  # fmt: skip


# As many as there were queries at one time, not threads. `pop` and `append` are safe among threads.
_free_rooms: list[_Room] = []


def _room(nodes: int) -> _Room:
    try:
        room = _free_rooms.pop()
    except IndexError:
        return _Room(nodes)
    return room if room.nodes >= nodes else _Room(nodes)


def cheapest_way(shape: Hierarchy, metric: Metric, starts: Ends, ends: Ends) -> Way:
    """The way whose seconds, and those of getting to its ends, are the fewest in all."""
    room = _room(len(shape.rank))
    total_s, cost_s, start, end, steps = _cheapest(
        shape.up_first, shape.up_head, shape.up_tail, shape.link_a, shape.link_b,
        metric.up_s, metric.down_s, metric.up_via, metric.down_via,
        metric.forward_s, metric.backward_s, metric.rank_s, *room.arrays,
        starts.link, starts.share, starts.access_s, starts.closed,
        ends.link, ends.share, ends.access_s, ends.closed, starts.closed_s,
    )  # fmt: skip
    _free_rooms.append(room)  # not after a fault: it would not be at rest
    return Way(total_s, cost_s, start, end, steps)


@compiled
def _part_s(low: float, high: float, whole_s: float, closed: float, closed_s: float) -> float:
    """The seconds between two places of a link; of no part none, also where it may not be walked.

    Where the link is closed, that weighs on the part that leads over the closed place, and on no other.
    """
    if high <= low:
        return 0.0
    if np.isnan(closed):
        return (high - low) * whole_s
    return (high - low) * (whole_s - closed_s) + (closed_s if low <= closed <= high else 0.0)


@compiled
def _standing_s(link: int, share: float, link_a: I32, link_b: I32, rank_s: F64) -> float:
    """What stands at the node that a place on a link is, if it is one."""
    if share > 0.0:
        return float(rank_s[link_b[link]]) if share >= 1.0 else 0.0
    return float(rank_s[link_a[link]])


@compiled
def _cheapest(
    up_first: I32, up_head: I32, up_tail: I32, link_a: I32, link_b: I32,
    up_s: F64, down_s: F64, up_via: I32, down_via: I32, forward_s: F64, backward_s: F64, rank_s: F64,
    from_s: F64, to_s: F64, from_arc: I32, to_arc: I32, touched: I32,
    start_link: I32, start_share: F64, start_s: F64, start_closed: F64,
    end_link: I32, end_share: F64, end_s: F64, end_closed: F64, closed_s: float,
) -> tuple[float, float, int, int, I32]:  # fmt: skip
    """(total, cost of the links, chosen start, chosen end, steps)."""
    leaving, leaving_s = _leaving(
        link_a, link_b, forward_s, backward_s, rank_s,
        start_link, start_share, start_s, start_closed, closed_s,
    )  # fmt: skip
    arriving, arriving_s = _arriving(
        link_a, link_b, forward_s, backward_s, rank_s,
        end_link, end_share, end_s, end_closed, closed_s,
    )  # fmt: skip
    total, start, end, step = _direct(
        link_a, link_b, forward_s, backward_s, rank_s,
        start_link, start_share, start_s, end_link, end_share, end_s, end_closed, closed_s,
    )  # fmt: skip
    count, meeting, joined = _sweep(
        up_first, up_head, up_s, down_s, from_s, to_s, from_arc, to_arc, touched,
        leaving, leaving_s, arriving, arriving_s, total,
    )  # fmt: skip
    for at in range(count):
        from_s[touched[at]] = np.inf
        to_s[touched[at]] = np.inf
    if meeting < 0:
        steps = np.full(1, step, np.int32)
        if step < 0:
            return total, total, start, end, steps[:0]
        return total, total - start_s[start] - end_s[end], start, end, steps
    chain, first, last = chain_at(meeting, up_tail, from_arc, to_arc, touched)
    source, target = _entry(leaving, leaving_s, first), _entry(arriving, arriving_s, last)
    steps = links_of(chain, up_first, up_head, up_tail, up_via, down_via, link_a, link_b, touched)
    start, end = source >> 1, target >> 1
    cost_s = leaving_s[source] - start_s[start] + arriving_s[target] - end_s[end]
    cost_s += steps_s(steps, link_a, link_b, forward_s, backward_s, rank_s)
    return joined, cost_s, start, end, with_parts(steps, source, target, start_link, end_link)


@compiled
def _leaving(
    link_a: I32, link_b: I32, forward_s: F64, backward_s: F64, rank_s: F64,
    links: I32, shares: F64, access_s: F64, closed: F64, closed_s: float,
) -> tuple[I32, F64]:  # fmt: skip
    """(rank, seconds) of getting onto the network: of start i by its link's b at 2i, by a at 2i + 1."""
    ranks, seconds = np.empty(2 * len(links), np.int32), np.empty(2 * len(links))
    for i in range(len(links)):
        link, share = links[i], shares[i]
        ranks[2 * i], ranks[2 * i + 1] = link_b[link], link_a[link]
        begun = access_s[i] + _standing_s(link, share, link_a, link_b, rank_s)
        seconds[2 * i] = seconds[2 * i + 1] = begun
        if share < 1.0:
            part_s = _part_s(share, 1.0, forward_s[link], closed[i], closed_s)
            seconds[2 * i] += part_s + rank_s[link_b[link]]
        if share > 0.0:
            part_s = _part_s(0.0, share, backward_s[link], closed[i], closed_s)
            seconds[2 * i + 1] += part_s + rank_s[link_a[link]]
    return ranks, seconds


@compiled
def _arriving(
    link_a: I32, link_b: I32, forward_s: F64, backward_s: F64, rank_s: F64,
    links: I32, shares: F64, access_s: F64, closed: F64, closed_s: float,
) -> tuple[I32, F64]:  # fmt: skip
    """(rank, seconds) of leaving the network: of end i from its link's a at 2i, from b at 2i + 1."""
    ranks, seconds = np.empty(2 * len(links), np.int32), np.empty(2 * len(links))
    for i in range(len(links)):
        link, share = links[i], shares[i]
        ranks[2 * i], ranks[2 * i + 1] = link_a[link], link_b[link]
        seconds[2 * i] = seconds[2 * i + 1] = access_s[i]
        standing_s = _standing_s(link, share, link_a, link_b, rank_s)
        if share > 0.0:
            seconds[2 * i] += _part_s(0.0, share, forward_s[link], closed[i], closed_s) + standing_s
        if share < 1.0:
            seconds[2 * i + 1] += _part_s(share, 1.0, backward_s[link], closed[i], closed_s) + standing_s
    return ranks, seconds


@compiled
def _direct(
    link_a: I32, link_b: I32, forward_s: F64, backward_s: F64, rank_s: F64,
    start_link: I32, start_share: F64, start_s: F64, end_link: I32, end_share: F64, end_s: F64,
    closed: F64, closed_s: float,
) -> tuple[float, int, int, int]:  # fmt: skip
    """(total, start, end, step) of the cheapest way along one link; (inf, 0, 0, -1) for none."""
    total, start, end, step = np.inf, 0, 0, -1
    for i in range(len(start_link)):
        for j in range(len(end_link)):
            if start_link[i] != end_link[j]:
                continue
            link, part = start_link[i], end_share[j] - start_share[i]
            low, high = min(start_share[i], end_share[j]), max(start_share[i], end_share[j])
            if part > 0.0 or (part == 0.0 and forward_s[link] <= backward_s[link]):
                along, walked = _part_s(low, high, forward_s[link], closed[j], closed_s), 2 * link
            else:
                along, walked = _part_s(low, high, backward_s[link], closed[j], closed_s), 2 * link + 1
            along += _standing_s(link, start_share[i], link_a, link_b, rank_s)
            if part != 0.0:
                along += _standing_s(link, end_share[j], link_a, link_b, rank_s)
            if start_s[i] + along + end_s[j] < total:
                total, start, end, step = start_s[i] + along + end_s[j], i, j, walked
    return total, start, end, step


@compiled
def _sweep(
    up_first: I32, up_head: I32, up_s: F64, down_s: F64,
    from_s: F64, to_s: F64, from_arc: I32, to_arc: I32, touched: I32,
    leaving: I32, leaving_s: F64, arriving: I32, arriving_s: F64, most: float,
) -> tuple[int, int, float]:  # fmt: skip
    """(nodes touched, the node where the cheapest way turns down, its seconds); -1 if none is < `most`."""
    heads = np.empty(len(leaving) + len(arriving), np.int32)
    sides = np.empty(len(heads), np.int32)
    paths = 0
    for i in range(len(leaving)):
        if leaving_s[i] < from_s[leaving[i]]:
            from_s[leaving[i]], from_arc[leaving[i]] = leaving_s[i], -1
            paths = _add_path(heads, sides, paths, leaving[i], _FROM_START)
    for i in range(len(arriving)):
        if arriving_s[i] < to_s[arriving[i]]:
            to_s[arriving[i]], to_arc[arriving[i]] = arriving_s[i], -1
            paths = _add_path(heads, sides, paths, arriving[i], _FROM_END)
    count, meeting, best = 0, -1, most
    while paths > 0:
        lowest = 0
        for path in range(1, paths):
            if heads[path] < heads[lowest]:
                lowest = path
        node, side = heads[lowest], sides[lowest]
        touched[count] = node
        count += 1
        here_from, here_to = from_s[node], to_s[node]
        if here_from + here_to < best:
            best, meeting = here_from + here_to, node
        if side & _FROM_START and here_from < best:
            for arc in range(up_first[node], up_first[node + 1]):
                if here_from + up_s[arc] < from_s[up_head[arc]]:
                    from_s[up_head[arc]], from_arc[up_head[arc]] = here_from + up_s[arc], arc
        if side & _FROM_END and here_to < best:
            for arc in range(up_first[node], up_first[node + 1]):
                if here_to + down_s[arc] < to_s[up_head[arc]]:
                    to_s[up_head[arc]], to_arc[up_head[arc]] = here_to + down_s[arc], arc
        paths -= 1
        heads[lowest], sides[lowest] = heads[paths], sides[paths]
        if up_first[node] < up_first[node + 1]:
            paths = _add_path(heads, sides, paths, up_head[up_first[node]], side)
    return count, meeting, best


@compiled
def _add_path(heads: I32, sides: I32, paths: int, node: int, side: int) -> int:
    """Let a path go on at `node`, in one with the path that is there already; how many there are."""
    for path in range(paths):
        if heads[path] == node:
            sides[path] |= side
            return paths
    heads[paths], sides[paths] = node, side
    return paths + 1


@compiled
def _entry(ranks: I32, seconds: F64, rank: int) -> int:
    """The cheapest of the entries at `rank`."""
    best = -1
    for i in range(len(ranks)):
        if ranks[i] == rank and (best < 0 or seconds[i] < seconds[best]):
            best = i
    return best
