"""The rays that a thing's foot was seen along, and the straight way that fits them and its distances. Pure.

Turned into metres frame by frame, what each distance is off by would be a step aside of whatever is not
straight ahead. A ray is known far better than a distance: whether what comes from the side will be met, a
ray tells that turns or does not.
"""

from dataclasses import dataclass, replace
from math import log

import numpy as np

from vision.closing import NEAREST_M, ROUNDS, SETTLED
from vision.fits import Floats, Line, correlation, doubted

UNKNOWN_PLACE_M = 10.0
# Sides of a box stay wrong for so long (vision/encounters/figures.toml, [persistence]).
SIDES_LAST_S = 0.54
# A closing speed is off by up to 1.6 of its sigmas in two cases of three (encounters of seed 11, people at 3
# to 9 m): boxes are wrong for longer than its fit believes. So its variance counts this many times here.
CLOSING_DOUBT = 2.5
NEAR_SHARE = 0.5  # a way that puts a thing this much nearer than its distances do is none


@dataclass(frozen=True, slots=True)
class Rays:
    """At a distance z ahead, offsets from the walking line are `base` + `turn` z. `since`: now is 0, seconds.

    `steady`: covariance of the offsets, metres squared, by what no box is to blame for; `edge`: one sigma of
    each by the sides of its box, metres.
    """

    since: Floats
    base: Floats
    turn: Floats
    steady: Floats
    edge: Floats


@dataclass(frozen=True, slots=True)
class Usual:
    """How things of a kind move across the walking line: how often so, mean and one sigma of the speed, m/s.

    `closing`: the place in `vision.closing.Closing.lines` of how they close in then. `bends_mps`: how much
    they bend their way, one sigma.
    """

    often: float
    closing: int
    speed_mps: float
    sigma_mps: float
    bends_mps: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """Metres ahead, their rate, metres across, their rate; the covariance; how likely, as of `fits.Line`."""

    mean: Floats
    cov: Floats
    likely: float


def fitted(rays: Rays, line: Line, usual: Usual) -> Fit:
    """The way of what closes in on `line` and moves across as `usual`.

    All rays meet at the feet: those that do not agree, of two things that were taken for one, would put it
    there. Then the distances are believed, and the rays say no more than where it is across.
    """
    free = _fitted(rays, line, usual, rays.turn)
    return free if free.mean[0] > NEAR_SHARE * line.value else _fitted(rays, line, usual, None)


def _fitted(rays: Rays, line: Line, usual: Usual, about: Floats | None) -> Fit:
    """The same, begun at the turns `about`; None: at the distances of `line`. A ray that jumps counts little.

    Doubted for each way apart: what seems to cross must not have its own proofs weighed by crossing.
    """
    since, same = rays.since, correlation(rays.since, SIDES_LAST_S)
    start, sure, spread = _prior(line, usual)
    drive = sure @ start
    far, wider = np.maximum(line.value + line.rate * since, NEAREST_M), np.ones(len(since))
    turn = 0.0 * since if about is None else about
    for _ in range(ROUNDS):
        # About the way of the last round: an offset x_i that is on its ray is base + turn z_i.
        rows = np.stack([-turn, -turn * since, np.ones(len(since)), since], axis=1)
        told = far * (rays.turn - turn) + rays.base
        edges = rays.edge * wider
        weights = np.linalg.inv(rays.steady + np.outer(edges, edges) * same)
        heavy = weights @ rows
        cov = np.linalg.inv(sure + rows.T @ heavy)
        aim = drive + told @ heavy
        mean = cov @ aim
        before, wider = wider, doubted((told - rows @ mean) / rays.edge)
        if about is not None:
            far = np.maximum(mean[0] + mean[1] * since, NEAREST_M)
            turn = (mean[2] + mean[3] * since - rays.base) / far
        if float(np.abs(wider - before).max()) < SETTLED:
            break
    likely = 0.5 * float(aim @ mean - start @ drive - told @ weights @ told)
    likely += 0.5 * float(np.linalg.slogdet(cov)[1]) - spread - float(np.log(before).sum())
    return Fit(mean, cov, line.likely + likely)


def _prior(line: Line, usual: Usual) -> tuple[Floats, Floats, float]:
    """Mean and precision of (ahead, rate, across, speed) before a ray is seen; half the log of its extent."""
    line = replace(
        line,
        var_value=CLOSING_DOUBT * line.var_value,
        covar=CLOSING_DOUBT * line.covar,
        var_rate=CLOSING_DOUBT * line.var_rate,
    )
    whole = line.var_value * line.var_rate - line.covar**2
    sure = np.zeros((4, 4))
    sure[0, 0], sure[1, 1] = line.var_rate / whole, line.var_value / whole
    sure[0, 1] = sure[1, 0] = -line.covar / whole
    sure[2, 2], sure[3, 3] = UNKNOWN_PLACE_M**-2, usual.sigma_mps**-2
    mean = np.array([line.value, line.rate, 0.0, usual.speed_mps])
    return mean, sure, 0.5 * log(whole) + log(UNKNOWN_PLACE_M) + log(usual.sigma_mps)
