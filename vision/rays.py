"""The rays that a thing's foot was seen along, and the straight way that fits them and its distances. Pure.

Turned into metres frame by frame, what each distance is off by would be a step aside of whatever is not
straight ahead. A ray is known far better than a distance: whether what comes from the side will be met, a
ray tells that turns or does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import log

import numpy as np
import numpy.typing as npt

from vision.closing import NEAREST_M, ROUNDS, SETTLED
from vision.fits import Floats, Line, doubted

UNKNOWN_PLACE_M = 10.0
# Sides of a box stay wrong for so long (vision/encounters/figures.toml, [persistence]).
SIDES_LAST_S = 0.54
# A closing speed is off by up to 1.6 of its sigmas in two cases of three (encounters of seed 11, people at 3
# to 9 m): boxes are wrong for longer than its fit believes. So all of the variance of such a fit, of where it
# is as of its speed, counts this many times here.
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


Way = tuple[Line, Usual]  # how it closes in, and how it moves across


def fitted(things: Sequence[tuple[Rays, Sequence[Way]]]) -> tuple[tuple[Fit, ...], ...]:
    """What closes in and moves across in each of its ways, fitted to its rays; of each thing by itself.

    All rays meet at the feet: those that do not agree, of two things that were taken for one, would put it
    there. Then the distances are believed, and the rays say no more than where it is across.
    """
    if not things:
        return ()
    seen, of = [rays for rays, _ in things], [n for n, (_, ways) in enumerate(things) for _ in ways]
    asked = [way for _, ways in things for way in ways]
    fits = _fitted(seen, of, asked, free=True)
    lost = [n for n, (line, _) in enumerate(asked) if not fits[n].mean[0] > NEAR_SHARE * line.value]
    if lost:
        again = _fitted(seen, [of[n] for n in lost], [asked[n] for n in lost], free=False)
        for n, fit in zip(lost, again, strict=True):
            fits[n] = fit
    found = iter(fits)
    return tuple(tuple(next(found) for _ in ways) for _, ways in things)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rays of many ways, one row a way, as long as the longest; what was not seen has no say.

    `shared`: covariance by the sides of boxes that nobody doubts; `there`: 1 where there is a ray, else 0.
    """

    since: Floats
    base: Floats
    turn: Floats
    edge: Floats
    there: Floats
    steady: Floats
    shared: Floats

    def only(self, which: npt.NDArray[np.bool_] | Sequence[int]) -> "_Batch":
        """Some of the rows."""
        return _Batch(*(getattr(self, part.name)[which] for part in fields(self)))


def _batch(seen: Sequence[Rays]) -> _Batch:
    longest = max(len(rays.since) for rays in seen)
    since, base, turn, there = np.zeros((4, len(seen), longest))
    edge, steady = np.ones((len(seen), longest)), np.zeros((len(seen), longest, longest))
    steady[:] = np.eye(longest)
    for n, rays in enumerate(seen):
        count = len(rays.since)
        since[n, :count], base[n, :count], turn[n, :count] = rays.since, rays.base, rays.turn
        edge[n, :count], there[n, :count] = rays.edge, 1.0
        steady[n, :count, :count] = rays.steady
    sides = edge * there
    same = np.exp(np.abs(since[:, :, None] - since[:, None, :]) / -SIDES_LAST_S)
    return _Batch(since, base, turn, edge, there, steady, sides[:, :, None] * sides[:, None, :] * same)


def _fitted(seen: Sequence[Rays], of: Sequence[int], ways: Sequence[Way], *, free: bool) -> list[Fit]:
    """Each way, fitted to the rays of the thing that it is `of`.

    Begun at the turns of the rays; not `free`: at the distances. A ray that jumps counts little, doubted for
    each way apart: what seems to cross must not have its own proofs weighed by crossing. All ways of all
    things are computed at once: a call of NumPy costs as much as the arithmetic of three (decision 0044).
    """
    rays, places = _batch(seen).only(of), np.arange(len(ways))
    start, sure, spread = _prior(ways)
    drive = _times(sure, start)
    own = 0.5 * (start * drive).sum(axis=1) + spread
    far = np.maximum(start[:, :1] + start[:, 1:2] * rays.since, NEAREST_M)
    turn, wider = rays.turn if free else np.zeros(far.shape), np.ones(far.shape)
    fits: dict[int, Fit] = {}
    for round_ in range(1, ROUNDS + 1):
        table = _table(rays, far, turn)
        noise = rays.steady + wider[:, :, None] * wider[:, None, :] * rays.shared
        whole = table @ np.linalg.solve(noise, table.transpose(0, 2, 1))
        cov = np.asarray(np.linalg.inv(sure + whole[:, :4, :4]), np.float64)
        aim = drive + whole[:, :4, 4]
        mean = _times(cov, aim)
        before, wider = wider, doubted((table[:, 4] - (mean[:, None] @ table[:, :4])[:, 0]) / rays.edge)
        open_ = np.abs(wider - before).max(axis=1) >= SETTLED
        if round_ == ROUNDS:
            open_[:] = False
        if not open_.all():
            likely = 0.5 * ((aim * mean).sum(axis=1) - whole[:, 4, 4] + np.linalg.slogdet(cov)[1])
            likely -= np.log(before).sum(axis=1) + own
            for n in np.flatnonzero(~open_).tolist():
                place = int(places[n])
                fits[place] = Fit(mean[n], cov[n], ways[place][0].likely + float(likely[n]))
            if not open_.any():
                break
            rays, places = rays.only(open_), places[open_]
            sure, drive, own = sure[open_], drive[open_], own[open_]
            mean, far, turn, wider = mean[open_], far[open_], turn[open_], wider[open_]
        if free:
            far = np.maximum(mean[:, :1] + mean[:, 1:2] * rays.since, NEAREST_M)
            turn = (mean[:, 2:3] + mean[:, 3:] * rays.since - rays.base) / far
    return [fits[place] for place in range(len(ways))]


def _table(rays: _Batch, far: Floats, turn: Floats) -> Floats:
    """Of each way: what (ahead, rate, across, speed) do to the offset of each ray, and what it was.

    About the way of the last round: an offset x_i that is on its ray is base + turn z_i.
    """
    table = np.empty((len(far), 5, far.shape[1]))
    table[:, 0], table[:, 1] = -turn, -turn * rays.since
    table[:, 2], table[:, 3] = 1.0, rays.since
    table[:, 4] = far * (rays.turn - turn) + rays.base
    table *= rays.there[:, None]
    return table


def _times(matrices: Floats, vectors: Floats) -> Floats:
    """Each matrix times its vector."""
    found: Floats = (matrices @ vectors[:, :, None])[:, :, 0]
    return found


def _prior(ways: Sequence[Way]) -> tuple[Floats, Floats, Floats]:
    """Of each way, before a ray is seen: mean and precision of (ahead, rate, across, speed).

    And half the logarithm of how much they leave open.
    """
    start, sure, spread = np.zeros((len(ways), 4)), np.zeros((len(ways), 4, 4)), np.empty(len(ways))
    for n, (line, usual) in enumerate(ways):
        value, covar, rate = (CLOSING_DOUBT * var for var in (line.var_value, line.covar, line.var_rate))
        whole = value * rate - covar**2
        start[n] = line.value, line.rate, 0.0, usual.speed_mps
        sure[n, 0, :2] = rate / whole, -covar / whole
        sure[n, 1, :2] = -covar / whole, value / whole
        sure[n, 2, 2], sure[n, 3, 3] = UNKNOWN_PLACE_M**-2, usual.sigma_mps**-2
        spread[n] = 0.5 * log(whole) + log(UNKNOWN_PLACE_M) + log(usual.sigma_mps)
    return start, sure, spread
