"""When a phone logs nothing: flat battery, a stopped app, gaps, roofs. Spans are seconds. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.japan import DAY_S
from field_tests.simulator.ground import F64, merged, within

# Of the share that is missing: gaps of some minutes to hours, flat batteries, days without the app.
_GAPS, _FLAT, _LOST = 0.5, 0.25, 0.25
_GAP_MEDIAN_S, _GAP_SPREAD = 1300.0, 1.2
_FLAT_FROM_H, _FLAT_TO_H = (13.0, 21.5), (6.5, 9.0)
_FLAT_MEAN_S: Final = 14.5 * 3600.0
# Whatever is asked for: at home phones sleep, and under roofs they see no sky.
_DOZE_CHANCE, _DOZE_H = 0.25, (0.5, 5.0)
_ROOF_BLIND, _ROOF_WEAK, _SEES_STILL_S = 0.4, 0.35, 90.0


@dataclass(frozen=True, slots=True, eq=False)
class Holes:
    """Spans from the first midnight in order.

    `silent`: no positions; `dead`: the part of it in which the phone told nothing else either; `weak`: few
    positions come through.
    """

    silent: F64
    dead: F64
    weak: F64


def holes(missing: F64, inside: F64, rng: Generator) -> Holes:
    """`missing`: the share asked for, of each day; `inside`: spans in buildings away from home."""
    dead = np.concatenate([_flat(missing, rng), _lost(missing, rng)])
    blind, weak = _roofs(inside, rng)
    silent = np.concatenate([dead, _gaps(missing, rng), _dozes(len(missing), rng), blind])
    return Holes(merged(silent), merged(dead), merged(weak))


def cut(spans: F64, away: F64) -> F64:
    """`spans` (in order, apart) without what lies in `away`."""
    if len(spans) == 0 or len(away) == 0:
        return spans
    edges = np.unique(np.concatenate([spans.ravel(), away.ravel()]))
    middle = (edges[1:] + edges[:-1]) / 2.0
    keep = within(middle, spans) & ~within(middle, away)
    return merged(np.column_stack([edges[:-1], edges[1:]])[keep])


def _rate(missing: F64, share: float) -> F64:
    """How much of it is to be drawn, so that what overlaps makes the share."""
    return np.asarray(-share * np.log1p(-np.clip(missing, 0.0, 0.97)))


def _gaps(missing: F64, rng: Generator) -> F64:
    mean = _GAP_MEDIAN_S * np.exp(_GAP_SPREAD**2 / 2.0)
    counts = rng.poisson(_rate(missing, _GAPS) * DAY_S / mean)
    start = np.repeat(np.arange(len(missing)) * DAY_S, counts) + rng.uniform(0.0, DAY_S, counts.sum())
    return np.column_stack([start, start + rng.lognormal(np.log(_GAP_MEDIAN_S), _GAP_SPREAD, len(start))])


def _flat(missing: F64, rng: Generator) -> F64:
    days = np.flatnonzero(rng.random(len(missing)) < _rate(missing, _FLAT) * DAY_S / _FLAT_MEAN_S)
    start = days * DAY_S + 3600.0 * rng.uniform(*_FLAT_FROM_H, len(days))
    return np.column_stack([start, (days + 1) * DAY_S + 3600.0 * rng.uniform(*_FLAT_TO_H, len(days))])


def _lost(missing: F64, rng: Generator) -> F64:
    days = np.flatnonzero(rng.random(len(missing)) < _rate(missing, _LOST))
    return np.column_stack([days * DAY_S, (days + 1) * DAY_S])


def _dozes(days: int, rng: Generator) -> F64:
    which = np.flatnonzero(rng.random(days) < _DOZE_CHANCE)
    start = which * DAY_S + rng.uniform(0.0, DAY_S, len(which))
    return np.column_stack([start, start + 3600.0 * rng.uniform(*_DOZE_H, len(which))])


def _roofs(inside: F64, rng: Generator) -> tuple[F64, F64]:
    kind = rng.random(len(inside))
    after = inside + np.array([[_SEES_STILL_S, 0.0]])
    long = after[:, 1] > after[:, 0]
    blind, weak = kind < _ROOF_BLIND, (kind >= _ROOF_BLIND) & (kind < _ROOF_BLIND + _ROOF_WEAK)
    return after[blind & long], after[weak & long]
