"""A two-state Markov chain in continuous time: at home or out. Exact, in machine code. Pure.

Rates are a second: `leave` of those at home, `back` of those out.
"""

import math

import numpy as np

from field_tests.outings.columns import Floats
from field_tests.outings.native import native


@native
def chance_out(utc_s: Floats, odds: Floats, leave: float, back: float) -> Floats:
    """The chance of being out at each fix, given all fixes: forward and backward.

    `odds`: log likelihood ratio of out against home of each fix.
    """
    n = len(utc_s)
    chance = np.empty(n)
    total = leave + back
    share = leave / total  # of time, in the long run, out
    out = share
    for i in range(n):
        if i > 0:
            out = share + (out - share) * math.exp(-total * (utc_s[i] - utc_s[i - 1]))
        ratio = math.exp(odds[i])
        out = out * ratio / (out * ratio + 1.0 - out)
        chance[i] = out
    future_out = future_home = 1.0  # how well the fixes after this one go with each state
    for i in range(n - 2, -1, -1):
        ratio = math.exp(odds[i + 1])
        told_out, told_home = future_out * ratio, future_home
        fade = math.exp(-total * (utc_s[i + 1] - utc_s[i]))
        mean = share * told_out + (1.0 - share) * told_home
        future_out = mean + (1.0 - share) * fade * (told_out - told_home)
        future_home = mean - share * fade * (told_out - told_home)
        scale = future_out + future_home
        future_out /= scale
        future_home /= scale
        out = chance[i] * future_out
        chance[i] = out / (out + (1.0 - chance[i]) * future_home)
    return chance


@native
def bridge(
    start_s: float,
    end_s: float,
    first: float,
    last: float,
    leave: Floats,
    back: Floats,
    hour_0: int,
    out_s: Floats,
    moves: Floats,
) -> tuple[float, float, Floats, Floats]:
    """A gap, given the chance of being out at both ends (below 0: nothing is known of that end).

    `leave` and `back` are rates of each hour since the epoch, the first of them `hour_0`. Fills `out_s[k]`,
    the expected seconds out in the k-th of equal steps, and adds to `moves` (hour, [left, came back, seconds
    at home, seconds out]) what is expected of each hour. Returns the chances that all of it was spent at
    home, and out; of being at home at each border of the steps; and of staying there for each step, if at
    home when it begins.
    """
    n = len(out_s)
    step_s = (end_s - start_s) / n
    before = np.empty(n + 1)  # chance of out, given the beginning
    hour = int(start_s // 3600.0) - hour_0
    before[0] = first if first >= 0.0 else leave[hour] / (leave[hour] + back[hour])
    stay_home, stay_out = _onward(start_s, step_s, leave, back, hour_0, before)
    told_out = last if last >= 0.0 else 1.0
    told_home = 1.0 - last if last >= 0.0 else 1.0
    likely = before[n] * told_out + (1.0 - before[n]) * told_home
    all_home = (1.0 - before[0]) * math.exp(-stay_home) * told_home / likely
    all_out = before[0] * math.exp(-stay_out) * told_out / likely
    ends = (told_out, told_home, before[n] * told_out / likely)
    home, stays = _backward(start_s, step_s, ends, leave, back, hour_0, before, out_s, moves)
    return all_home, all_out, home, stays


@native
def _onward(
    start_s: float, step_s: float, leave: Floats, back: Floats, hour_0: int, before: Floats
) -> tuple[float, float]:
    """Fills `before` from its first value on, step by step; the sums of both rates over all steps."""
    stay_home = stay_out = 0.0
    for k in range(len(before) - 1):
        hour = int((start_s + (k + 0.5) * step_s) // 3600.0) - hour_0
        total = leave[hour] + back[hour]
        share = leave[hour] / total
        before[k + 1] = share + (before[k] - share) * math.exp(-total * step_s)
        stay_home += leave[hour] * step_s
        stay_out += back[hour] * step_s
    return stay_home, stay_out


@native
def _backward(
    start_s: float,
    step_s: float,
    ends: tuple[float, float, float],
    leave: Floats,
    back: Floats,
    hour_0: int,
    before: Floats,
    out_s: Floats,
    moves: Floats,
) -> tuple[Floats, Floats]:
    """What both ends say of each step: fills `out_s`, adds to `moves`; home at each border, and staying.

    `ends`: how well the end goes with out and with home, and the chance of being out there.
    """
    n = len(out_s)
    told_out, told_home, after = ends
    home, stays = np.empty(n + 1), np.empty(n)
    home[n] = 1.0 - after
    for k in range(n - 1, -1, -1):
        hour = int((start_s + (k + 0.5) * step_s) // 3600.0) - hour_0
        total = leave[hour] + back[hour]
        share = leave[hour] / total
        fade = math.exp(-total * step_s)
        leaves, backs = share * (1.0 - fade), (1.0 - share) * (1.0 - fade)
        from_out = (1.0 - backs) * told_out + backs * told_home
        from_home = leaves * told_out + (1.0 - leaves) * told_home
        whole = before[k] * from_out + (1.0 - before[k]) * from_home
        now = before[k] * from_out / whole
        home[k] = 1.0 - now
        stays[k] = math.exp(-leave[hour] * step_s) * told_home / from_home if from_home > 0.0 else 0.0
        out_s[k] = (now + after) / 2.0 * step_s
        moves[hour, 0] += (1.0 - before[k]) * leaves * told_out / whole
        moves[hour, 1] += before[k] * backs * told_home / whole
        moves[hour, 2] += step_s - out_s[k]
        moves[hour, 3] += out_s[k]
        told_out, told_home, after = from_out / whole, from_home / whole, now
    return home, stays
