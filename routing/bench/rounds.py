"""Timing several engines on the same questions, so that the machine's noise falls on all of them."""

import gc
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from routing.bench.pairs import Pair

Answer = Callable[[Pair], object]  # None where the engine finds no way
_WARMING = 12  # questions before the first that is timed: caches, lazily opened tiles


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds for each question, the median over the rounds; None where there was no answer."""

    ms: tuple[float | None, ...]

    @property
    def no_route(self) -> int:
        """Questions without an answer."""
        return sum(ms is None for ms in self.ms)


def timed(engines: Mapping[str, Answer], asked: Sequence[Pair], rounds: int) -> dict[str, Timed]:
    """Ask every engine every pair in `rounds` rounds; engines take turns within a round."""
    for answer in engines.values():
        for pair in asked[:_WARMING]:
            answer(pair)
    taken: dict[str, list[list[float | None]]] = {name: [] for name in engines}
    with _quiet():
        for turn in range(rounds):
            # Forwards and backwards, so that none always follows the same other.
            for name in list(engines)[:: 1 if turn % 2 == 0 else -1]:
                taken[name].append([_ms(engines[name], pair) for pair in asked])
    return {name: Timed(tuple(_median(each) for each in zip(*all_, strict=True)))
            for name, all_ in taken.items()}  # fmt: skip


def spread(ms: Sequence[float]) -> dict[str, float]:
    """`p50_ms` and `p95_ms`; empty where there is nothing."""
    if not ms:
        return {}
    p50, p95 = np.percentile(np.asarray(ms), (50, 95))
    return {"p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3)}


def _ms(answer: Answer, pair: Pair) -> float | None:
    start = perf_counter()
    found = answer(pair)
    taken = (perf_counter() - start) * 1e3
    return None if found is None else taken


def _median(taken: Sequence[float | None]) -> float | None:
    told = [ms for ms in taken if ms is not None]
    return statistics.median(told) if len(told) == len(taken) else None


@contextmanager
def _quiet() -> Iterator[None]:
    """One engine's millions of Python objects are no garbage for another's collection to go through."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
