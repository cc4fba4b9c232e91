"""In which order a network is taken apart, so that little must be looked at to cross it.

Nodes that two others join anyway (ends and points along a chain) go first; what is left is cut in
half again and again, and each cut's nodes come after both halves: nested dissection. Cuts are found
by inertial flow (Schild, Sommer, 2015: "On Balanced Separators in Road Networks"): sort the nodes
along a direction, let the first and the last quarter be source and sink, and find the fewest nodes
that part them; of four directions the one that cuts best. The same input gives the same order.
"""

import math

import numpy as np
from numpy.typing import NDArray

from routing.native import compiled

I32 = NDArray[np.int32]
F64 = NDArray[np.float64]

_FREE, _ROOT = -2, -1  # a node that carries no flow; one that is fed by the source itself


def contraction_order(node_count: int, pairs: NDArray[np.int64], lat_e7: I32, lon_e7: I32) -> I32:
    """All nodes, the first to be taken out first.

    `pairs` [k, 2]: the nodes that are joined, each pair once, no node with itself.
    """
    first, near = neighbours(node_count, pairs)
    chained, core_near, degree = _chains_first(first, near)
    core = np.flatnonzero(degree >= 0).astype(np.int32)
    if len(core) == 0:
        return chained
    index = np.full(node_count, -1, np.int32)
    index[core] = np.arange(len(core), dtype=np.int32)
    core_first, core_adj = _compact(core, index, first, core_near, degree)
    return np.concatenate([chained, core[_dissection(core_first, core_adj, *_plane(lat_e7, lon_e7, core))]])


def neighbours(node_count: int, pairs: NDArray[np.int64]) -> tuple[I32, I32]:
    """(first [N + 1], near): the neighbours of node i are `near[first[i] : first[i + 1]]`, ascending."""
    tails = np.concatenate([pairs[:, 0], pairs[:, 1]])
    heads = np.concatenate([pairs[:, 1], pairs[:, 0]])
    first = np.zeros(node_count + 1, np.int32)
    np.cumsum(np.bincount(tails, minlength=node_count), out=first[1:])
    return first, heads[np.lexsort((heads, tails))].astype(np.int32)


def _plane(lat_e7: I32, lon_e7: I32, nodes: I32) -> tuple[F64, F64]:
    """East and north in one unit, whichever."""
    north = np.asarray(lat_e7)[nodes].astype(np.float64)
    east = np.asarray(lon_e7)[nodes].astype(np.float64)
    return east * math.cos(math.radians(float(north.mean()) / 1e7)), north


@compiled
def _chains_first(first: I32, near: I32) -> tuple[I32, I32, I32]:
    """(nodes taken out, neighbours after that, how many each has; -1 for a node that is out).

    A round takes nodes with at most two neighbours, never two that touch, so that a chain of n
    nodes costs log n levels. Taking one out joins its two neighbours: nobody's list grows.
    """
    count = len(first) - 1
    near = near.copy()
    degree = first[1:] - first[:-1]
    taken = np.empty(count, np.int32)
    blocked = np.full(count, -1, np.int32)
    waiting = np.flatnonzero(degree <= 2).astype(np.int32)
    out, turn = 0, 0
    while len(waiting) > 0:
        later = np.empty(3 * len(waiting), np.int32)
        kept = 0
        for node in waiting:
            if degree[node] < 0 or degree[node] > 2:
                continue
            if blocked[node] == turn:
                later[kept] = node
                kept += 1
                continue
            a, b = -1, -1
            if degree[node] >= 1:
                a = int(near[first[node]])
            if degree[node] == 2:
                b = int(near[first[node] + 1])
            degree[node] = -1
            taken[out] = node
            out += 1
            for one, other in ((a, b), (b, a)):
                if one >= 0:
                    blocked[one] = turn
                    before = degree[one]
                    _join(first, near, degree, one, int(node), other)
                    if before > 2 and degree[one] <= 2:
                        later[kept] = one
                        kept += 1
        waiting = later[:kept].copy()
        turn += 1
    return taken[:out].copy(), near, degree


@compiled
def _join(first: I32, near: I32, degree: I32, one: int, gone: int, other: int) -> None:
    """In the list of `one`, put `other` (-1: nobody) in the place of `gone`, unless it is there."""
    begin, end = first[one], first[one] + degree[one]
    place, there = begin, other < 0
    for at in range(begin, end):
        if near[at] == gone:
            place = at
        if near[at] == other:
            there = True
    if there:
        near[place] = near[end - 1]
        degree[one] -= 1
    else:
        near[place] = other


@compiled
def _compact(core: I32, index: I32, first: I32, near: I32, degree: I32) -> tuple[I32, I32]:
    core_first = np.zeros(len(core) + 1, np.int32)
    for i in range(len(core)):
        core_first[i + 1] = core_first[i] + degree[core[i]]
    core_near = np.empty(core_first[-1], np.int32)
    for i in range(len(core)):
        for k in range(degree[core[i]]):
            core_near[core_first[i] + k] = index[near[first[core[i]] + k]]
    return core_first, core_near


@compiled
def _dissection(first: I32, near: I32, east: F64, north: F64) -> I32:
    """The order of a core: each cell becomes one half, the other half, then what parts them."""
    count = len(first) - 1
    order = np.arange(count).astype(np.int32)
    cell = np.zeros(count, np.int32)  # the number of the last cell that a node was in
    part = np.empty(count, np.int8)  # of the cell at hand: 0 and 1 the halves, 2 the cut
    best = np.empty(count, np.int8)
    fed_by = np.empty(count, np.int32)
    sink = np.zeros(count, np.int32)
    seen = np.zeros(2 * count, np.int32)
    came = np.empty(2 * count, np.int32)
    queue = np.empty(2 * count, np.int32)
    begins, ends = [0], [count]
    cells, runs = 0, 0
    while len(begins) > 0:
        begin, end = begins.pop(), ends.pop()
        size = end - begin
        if size <= 2:
            continue
        nodes = order[begin:end].copy()
        cells += 1
        cell[nodes] = cells
        least, balance = size + 1, 1
        for direction in range(4):
            line = nodes[np.argsort(_along(direction, east[nodes], north[nodes]), kind="mergesort")]
            runs += 1
            cut, half = _cut(line, cells, first, near, cell, fed_by, sink, seen, came, queue, part, runs)
            # As few nodes as can be for each node of the smaller half.
            if cut * balance < least * max(half, 1):
                least, balance = cut, max(half, 1)
                best[nodes] = part[nodes]
        places = np.zeros(4, np.int64)
        for node in nodes:
            places[best[node] + 1] += 1
        places = begin + np.cumsum(places)
        begins.append(places[0])
        ends.append(places[1])
        begins.append(places[1])
        ends.append(places[2])
        for node in nodes:
            order[places[best[node]]] = node
            places[best[node]] += 1
    return order


@compiled
def _along(direction: int, east: F64, north: F64) -> F64:
    if direction == 0:
        return east
    if direction == 1:
        return north
    if direction == 2:
        return east + north
    return east - north


@compiled
def _cut(
    line: I32, label: int, first: I32, near: I32, cell: I32, fed_by: I32, sink: I32,
    seen: I32, came: I32, queue: I32, part: NDArray[np.int8], run: int,
) -> tuple[int, int]:  # fmt: skip
    """(fewest nodes that part the two ends of `line`, size of the smaller half); fills `part`.

    Paths that share no node, found one after the other by breadth-first search over each node's two
    doors (2 * node: in, 2 * node + 1: out).
    """
    size = len(line)
    quarter = max(1, size // 4)
    for node in line:
        fed_by[node] = _FREE
    for node in line[size - quarter :]:
        sink[node] = run
    seen_before = 0
    for node in line:
        seen[2 * node] = 0
        seen[2 * node + 1] = 0
    paths = 0
    while True:
        seen_before += 1
        reached = _reach_sink(line[:quarter], label, first, near, cell, fed_by, sink, run, seen, came, queue,
                              seen_before)  # fmt: skip
        if reached < 0:
            break
        paths += 1
        _feed(reached, fed_by, came)
    ones = 0
    for node in line:
        part[node] = 1
        if seen[2 * node + 1] == seen_before:
            part[node] = 0
            ones += 1
        elif seen[2 * node] == seen_before:
            part[node] = 2
    return paths, min(ones, size - ones - paths)


@compiled
def _reach_sink(
    sources: I32, label: int, first: I32, near: I32, cell: I32, fed_by: I32, sink: I32, run: int,
    seen: I32, came: I32, queue: I32, stamp: int,
) -> int:  # fmt: skip
    """The door by which one more path gets out at the sink, or -1."""
    head, tail = 0, 0
    for node in sources:
        tail = _visit(2 * node, -1, seen, came, queue, tail, stamp)
    while head < tail:
        door = queue[head]
        head += 1
        node = door >> 1
        if door & 1 == 0:
            if fed_by[node] == _FREE:
                tail = _visit(door + 1, door, seen, came, queue, tail, stamp)
            elif fed_by[node] >= 0:
                tail = _visit(2 * fed_by[node] + 1, door, seen, came, queue, tail, stamp)
            continue
        if sink[node] == run:
            return int(door)
        if fed_by[node] != _FREE:
            tail = _visit(door - 1, door, seen, came, queue, tail, stamp)
        for at in range(first[node], first[node + 1]):
            if cell[near[at]] == label:
                tail = _visit(2 * near[at], door, seen, came, queue, tail, stamp)
    return -1


@compiled
def _visit(door: int, source: int, seen: I32, came: I32, queue: I32, tail: int, stamp: int) -> int:
    if seen[door] == stamp:
        return tail
    seen[door] = stamp
    came[door] = source
    queue[tail] = door
    return tail + 1


@compiled
def _feed(door: int, fed_by: I32, came: I32) -> None:
    """Lay one more path: from the sink back by where each door was reached from."""
    while door >= 0:
        source = came[door]
        if door & 1 == 0:
            node = door >> 1
            if source < 0:
                fed_by[node] = _ROOT
            elif source >> 1 == node:
                fed_by[node] = _FREE  # its flow was taken back
            elif source & 1 == 1:
                fed_by[node] = source >> 1
        door = source
