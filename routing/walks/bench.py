"""Walks by the dozen: routes x noises through the follower, and through a naive one beside it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing.actions import itinerary
from routing.follow import Follower
from routing.walks import figures
from routing.walks.figures import Figures
from routing.walks.naive import NaiveFollower
from routing.walks.record import Record, record
from routing.walks.walker import Listening, Sure, astray
from wire.route import Route

ASTRAY_SHARE = 5  # one walk in five leaves the route at a corner
_ARRIVED_M = 25.0  # of the end: a listening walker stands where a cane finds the door

Progress = Callable[[str, int, int], None]  # what, done, of


@dataclass(frozen=True, slots=True)
class NoiseFigures:
    """One noise: walkers who know the way, with ours and a naive follower, and walkers who only listen."""

    noise_m: float
    shirube: Figures
    naive: Figures
    listening: int
    listening_arrived: int
    naive_listening_arrived: int
    listening_most_off_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class WalkFigures:
    """All noises."""

    routes: int
    seed: int
    noises: tuple[NoiseFigures, ...]


def measure(
    routes: Sequence[Route], noises: Sequence[float], seed: int, progress: Progress | None = None
) -> WalkFigures:
    """The same walks for each follower; the same seed gives the same figures."""
    return WalkFigures(
        len(routes), seed, tuple(_noise(routes, noise_m, seed, progress) for noise_m in noises)
    )


def _noise(routes: Sequence[Route], noise_m: float, seed: int, progress: Progress | None) -> NoiseFigures:
    ours, naive = Figures(), Figures()
    there = naive_there = 0
    most_off: list[float] = []
    for index, route in enumerate(routes):
        ours += knowing(Follower(route), index, noise_m, seed)
        naive += knowing(NaiveFollower(route), index, noise_m, seed)
        arrived, off_m = listening(Follower(route), index, noise_m, seed)
        there += arrived
        most_off.append(off_m)
        naive_there += listening(NaiveFollower(route), index, noise_m, seed)[0]
        if progress is not None:
            progress(f"{noise_m:g} m", index + 1, len(routes))
    return NoiseFigures(noise_m, ours, naive, len(routes), there, naive_there, tuple(most_off))


def _rng(index: int, noise_m: float, seed: int, what: str) -> random.Random:
    return random.Random(f"{seed}/{index}/{noise_m:g}/{what}")  # noqa: S311 - seeded, to be repeated


def knowing(guide: Follower | NaiveFollower, index: int, noise_m: float, seed: int) -> Figures:
    """A walk of one who knows the way; one in five leaves it once."""
    return figures.of(walked(guide, index, noise_m, seed))


def walked(guide: Follower | NaiveFollower, index: int, noise_m: float, seed: int) -> Record:
    """The same walk, to read."""
    walks = _rng(index, 0.0, seed, "walker")
    leave = astray(guide.plan, walks) if index % ASTRAY_SHARE == ASTRAY_SHARE - 1 else None
    walker, receiver = Sure(guide.plan, walks, leave), _rng(index, noise_m, seed, "receiver")
    if isinstance(guide, Follower):
        return record(guide, walker, noise_m, receiver)
    return record(guide, walker, noise_m, receiver)


def listening(guide: Follower | NaiveFollower, index: int, noise_m: float, seed: int) -> tuple[bool, float]:
    """Whether one who only does as told arrives, and how far off the way the walk led."""
    walker = Listening(itinerary(guide.route), _rng(index, 0.0, seed, "listener"))
    receiver = _rng(index, noise_m, seed, "listening")
    if isinstance(guide, Follower):
        record(guide, walker, noise_m, receiver)
    else:
        record(guide, walker, noise_m, receiver)
    return walker.arrived and walker.missed_m <= _ARRIVED_M, walker.most_off_m
