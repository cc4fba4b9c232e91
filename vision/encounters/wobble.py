"""How long the edges of a box stay wrong, from how its size goes to and fro in clips. Pure.

Second differences of the logarithm of width and height, e(t - lag) - 2 e(t) + e(t + lag): what always stays
the same falls out of them, and what changes evenly as one comes nearer; a turn of the head moves a box and
leaves its size. No label is needed. The simulated edges are put through the same: the same links from frame
to frame, the same quantiles; their time constant is the one whose quantiles are most like those measured.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from vision.camera import Box
from vision.encounters.clips import LINKED_IOU, Clip, chains, linked
from vision.encounters.failing import Floats, ModelFigures
from vision.encounters.lasting import RESAMPLES, TAUS_S
from vision.families import WALKING
from vision.types import Detection

LAGS_S = (0.1, 0.2, 0.3)
PLACES = (0.5, 0.8, 0.9)  # quantiles that are compared; beyond them links jump from thing to thing
SIDES = ("wide", "tall")
DRAWN = 20_000
TAUS = TAUS_S[4:]  # from 0.17 s


@dataclass(frozen=True, slots=True)
class Change:
    """One second difference of a thing's size at a lag of `LAGS_S`."""

    thing: str
    side: str
    lag_s: float
    value: float


def changes(clip: Clip) -> list[Change]:
    """Of every sure box that is linked to one a lag before and one a lag after.

    Left out: what the picture's edge cuts; and the width of who walks, whose legs swing.
    """
    numbers = chains(clip)
    told: list[Change] = []
    for lag_s in LAGS_S:
        step = max(round(lag_s * clip.fps), 1)
        for place in range(step, len(clip.answers) - step):
            before, now, after = (clip.answers[place + k * step].objects for k in (-1, 0, 1))
            for n, detection in enumerate(now):
                first, last = linked(detection, before), linked(detection, after)
                if first is not None and last is not None:
                    three = (before[first], detection, after[last])
                    thing = f"{clip.name} {numbers[place][n]}"
                    told += [Change(thing, side, lag_s, value) for side, value in _sides(three, clip.size)]
    return told


def _sides(three: Sequence[Detection], size: tuple[int, int]) -> list[tuple[str, float]]:
    found = []
    walks = any(d.cls in WALKING for d in three)
    for axis, side in enumerate(SIDES):
        cut = any(d.box[axis] <= 1 or d.box[axis + 2] >= size[axis] - 1 for d in three)
        if not cut and not (axis == 0 and walks):
            sizes = np.log([max(d.box[axis + 2] - d.box[axis], 1.0) for d in three])
            found.append((side, float(sizes[0] - 2 * sizes[1] + sizes[2])))
    return found


def quantiles(values: Sequence[float] | Floats) -> Floats:
    """Of their sizes, at `PLACES`."""
    return np.asarray(np.quantile(np.abs(np.asarray(values)), PLACES), np.float64)


def simulated(model: ModelFigures, tau_s: float, lag_s: float, seed: int = 1) -> dict[str, Floats]:
    """Quantiles of second differences of width and height, of edges that wander with `tau_s`."""
    rng = np.random.default_rng(seed)
    kept = exp(-lag_s / tau_s)
    normal = rng.standard_normal((3, 4, DRAWN))
    for k in (1, 2):
        normal[k] = kept * normal[k - 1] + sqrt(1 - kept * kept) * normal[k]
    left, top, right, foot = (model.offs(edge, normal[:, edge]) for edge in range(4))
    boxes = np.stack([left, top, 1 + right, 1 + foot])  # of a thing of unit size, at three moments
    wide, tall = (np.maximum(boxes[k + 2] - boxes[k], 0.05) for k in (0, 1))
    whole: Box = (0.0, 0.0, 1.0, 1.0)
    same = np.ones(DRAWN, np.bool_)
    for k in range(3):
        same &= _shared(boxes[:, k], np.array(whole)[:, None]) >= LINKED_IOU
        if k:
            same &= _shared(boxes[:, k], boxes[:, k - 1]) >= LINKED_IOU
    sizes = {"wide": np.log(wide[:, same]), "tall": np.log(tall[:, same])}
    return {side: quantiles(s[0] - 2 * s[1] + s[2]) for side, s in sizes.items()}


def _shared(first: Floats, second: Floats) -> Floats:
    wide, tall = (
        np.maximum(np.minimum(first[k + 2], second[k + 2]) - np.maximum(first[k], second[k]), 0.0)
        for k in (0, 1)
    )
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (first, second)]
    return np.asarray(wide * tall / np.maximum(areas[0] + areas[1] - wide * tall, 1e-6), np.float64)


Simulated = Mapping[tuple[float, float], dict[str, Floats]]  # by time constant and lag


def all_simulated(model: ModelFigures) -> Simulated:
    """For every time constant that is tried."""
    return {(tau, lag): simulated(model, tau, lag) for tau in TAUS for lag in LAGS_S}


def best_tau(told: Sequence[Change], side: str, table: Simulated) -> tuple[float, float, float]:
    """The time constant of the edges of a side, s; and the middle 68 % of it, drawn by things."""
    mine = [change for change in told if change.side == side]
    things = sorted({change.thing for change in mine})
    by_thing = {
        lag: [np.array([c.value for c in mine if c.lag_s == lag and c.thing == t]) for t in things]
        for lag in LAGS_S
    }
    rng = np.random.default_rng(1)
    drawn = [
        _nearest(by_thing, rng.integers(len(things), size=len(things)).tolist(), side, table)
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(drawn, (0.16, 0.84))
    return _nearest(by_thing, list(range(len(things))), side, table), float(low), float(high)


def _nearest(
    by_thing: Mapping[float, Sequence[Floats]], chosen: Sequence[int], side: str, table: Simulated
) -> float:
    """The time constant whose quantiles differ least from those of the chosen things, by their ratios."""
    measured = {
        lag: quantiles(values)
        for lag, parts in by_thing.items()
        if (values := np.concatenate([parts[n] for n in chosen])).size
    }

    def apart(tau: float) -> float:
        ratios = [np.log(q / table[tau, lag][side]) for lag, q in measured.items()]
        return float(np.square(ratios).sum())

    return min(sorted({tau for tau, _ in table}), key=apart)
