"""Outings as movement: where somebody is at each moment, inside a building or in a car. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from field_tests.simulator.ground import F64, along_m, part
from field_tests.simulator.neighbourhood import Neighbourhood, Path
from field_tests.simulator.people import OutingKind


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Knots of a line in time, straight between: seconds from the first midnight, metres around home.

    `inside`, `driven`: rows of start and end in a building away from home, and in a car.
    """

    t_s: F64
    xy: F64
    inside: F64
    driven: F64


NOWHERE: Final = np.zeros((0, 2))
_RIDE_MPS, _RIDE_MOST_S = 7.5, 1500.0  # in town, with lights
_RIDE_STOPS_S: Final = 40.0
_WALKED_SHARE: Final = 0.85  # of an outing may be spent on the way to a place
_DOOR_S: Final = 60.0


def joined(moves: Sequence[Moves]) -> Moves:
    """All of them, which follow each other."""
    if not moves:
        return Moves(np.zeros(0), NOWHERE, NOWHERE, NOWHERE)
    return Moves(
        np.concatenate([each.t_s for each in moves]),
        np.concatenate([each.xy for each in moves]),
        np.concatenate([each.inside for each in moves]),
        np.concatenate([each.driven for each in moves]),
    )


def outing(
    kind: OutingKind, start_s: float, end_s: float, around: Neighbourhood, speed_mps: float, rng: Generator
) -> Moves:
    """From the door and back to it, between two moments."""
    if kind == "day_care":
        return ridden(start_s, end_s, around.day_care, rng)
    if kind == "family":
        return ridden(start_s, end_s, around.family, rng)
    path = _fitting(around.walks[kind], end_s - start_s, speed_mps, rng)
    if path is None:
        return _strolled(around.walks["walk"], start_s, end_s, speed_mps, rng)
    if kind == "walk":
        return _strolled((path,), start_s, end_s, speed_mps, rng)
    return _visited(path, kind, start_s, end_s, speed_mps, rng)


def errand(start_s: float, end_s: float, around: Neighbourhood) -> Moves:
    """To the corner with the rubbish and back: too near and too short to be an outing."""
    line = part(around.walks["walk"][0].xy, min(75.0, (end_s - start_s) / 2.0))
    there = np.linspace(start_s, (start_s + end_s) / 2.0, len(line))
    t_s = np.concatenate([there, end_s - (there[::-1][1:] - start_s)])
    return Moves(t_s, np.concatenate([line, line[::-1][1:]]), NOWHERE, NOWHERE)


def ridden(start_s: float, end_s: float, to: tuple[float, float], rng: Generator) -> Moves:
    """By car to a house and back; a longer stay is inside."""
    whole = end_s - start_s
    ride_s = min(math.hypot(*to) / _RIDE_MPS + _RIDE_STOPS_S, _RIDE_MOST_S, 0.4 * whole)
    if math.hypot(*to) > _RIDE_MPS * _RIDE_MOST_S:
        ride_s = min(math.hypot(*to) / 11.0, 0.4 * whole)
    line = _road(to, rng)
    share = along_m(line) / along_m(line)[-1]
    there, back = start_s + share * ride_s, end_s - (share[::-1]) * ride_s
    return Moves(
        np.concatenate([there, back]),
        np.concatenate([line, line[::-1]]),
        np.array([[there[-1], back[0]]]),
        np.array([[start_s, there[-1]], [back[0], end_s]]),
    )


def one_way(
    start_s: float, end_s: float, origin: tuple[float, float], to: tuple[float, float], rng: Generator
) -> Moves:
    """By car from one house to another."""
    line = _road((to[0] - origin[0], to[1] - origin[1]), rng) + np.array(origin)
    share = along_m(line) / along_m(line)[-1]
    return Moves(start_s + share * (end_s - start_s), line, NOWHERE, np.array([[start_s, end_s]]))


def _road(to: tuple[float, float], rng: Generator) -> F64:
    """A road that bends."""
    share = np.linspace(0.0, 1.0, 9)[:, None]
    sway = np.cumsum(rng.normal(0.0, 0.03, 9))
    sway = (sway - share[:, 0] * sway[-1])[:, None] * math.hypot(*to)
    across = np.array([[-to[1], to[0]]]) / max(math.hypot(*to), 1.0)
    line = share * np.array([to]) + sway * across
    line[0], line[-1] = 0.0, to
    return np.asarray(line)


def _fitting(paths: Sequence[Path], whole_s: float, speed_mps: float, rng: Generator) -> Path | None:
    """One of the places that can be reached and left again in that time."""
    fits = [path for path in paths if 2.0 * path.seconds(speed_mps) < _WALKED_SHARE * whole_s]
    return fits[int(rng.integers(len(fits)))] if fits else None


def _visited(
    path: Path, kind: OutingKind, start_s: float, end_s: float, speed: float, rng: Generator
) -> Moves:
    there_t, there_xy = _walked(path, speed, rng)
    back_t, back_xy = _walked(path.back(), speed, rng)
    over = (there_t[-1] + back_t[-1] + _DOOR_S) / (end_s - start_s)
    squeeze = max(over, 1.0)
    there_t, back_t = start_s + there_t / squeeze, end_s - (back_t[-1] - back_t) / squeeze
    if kind == "park":
        stay_t, stay_xy, inside = *_about(there_t[-1], back_t[0], there_xy[-1], rng), NOWHERE
    else:
        stay_t, stay_xy, inside = np.zeros(0), NOWHERE, np.array([[there_t[-1] + 20.0, back_t[0] - 20.0]])
    t_s = np.concatenate([there_t, stay_t, back_t])
    return Moves(t_s, np.concatenate([there_xy, stay_xy, back_xy]), inside, NOWHERE)


def _about(start_s: float, end_s: float, at: F64, rng: Generator) -> tuple[F64, F64]:
    """To and fro on a lawn, from bench to bench."""
    moments = np.arange(start_s + 60.0, end_s - 60.0, 150.0)
    return moments, at + rng.normal(0.0, 22.0, (len(moments), 2))


def _strolled(paths: Sequence[Path], start_s: float, end_s: float, speed: float, rng: Generator) -> Moves:
    """A walk for its own sake: out, turning after half of the time, and home; a rest where the way ends."""
    path = paths[int(rng.integers(len(paths)))]
    there_t, there_xy = _walked(path, speed, rng)
    half = (end_s - start_s) / 2.0 - 0.5 * _DOOR_S
    turn = min(half, float(there_t[-1]))
    keep = there_t < turn
    end = [[np.interp(turn, there_t, there_xy[:, 0]), np.interp(turn, there_t, there_xy[:, 1])]]
    t_s, xy = np.concatenate([there_t[keep], [turn]]), np.concatenate([there_xy[keep], end])
    return Moves(
        np.concatenate([start_s + t_s, end_s - t_s[::-1]]), np.concatenate([xy, xy[::-1]]), NOWHERE, NOWHERE
    )


def _walked(path: Path, speed_mps: float, rng: Generator) -> tuple[F64, F64]:
    """Seconds from setting out at each knot, and the knots: steady between crossings, waiting there."""
    at = along_m(path.xy)
    pace = speed_mps * float(np.exp(rng.normal(0.0, 0.08)))
    waits_m = np.array([wait[0] for wait in path.waits])
    waits_s = np.array([wait[1] for wait in path.waits]) * rng.uniform(0.0, 2.0, len(path.waits))
    knots = np.sort(np.concatenate([at, waits_m, waits_m + 1e-3]))
    passed = np.searchsorted(waits_m, knots, side="left")
    waited = np.concatenate([[0.0], np.cumsum(waits_s)])[passed]
    xy = np.column_stack([np.interp(knots, at, path.xy[:, 0]), np.interp(knots, at, path.xy[:, 1])])
    return knots / pace + waited, xy
