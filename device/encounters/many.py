"""The same work on many encounters, in one process or several, and how far it is."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

import cv2

TOLD_EVERY = 10  # encounters, where progress is written to a file
MOST_AT_ONCE = 20  # encounters handed to a process: progress is told when they come back

T = TypeVar("T")
Progress = Callable[[int, int], None]  # done, of


def each(one: Callable[[int], T], n: int, jobs: int, progress: Progress | None = None) -> Iterator[T]:
    """What `one` makes of every encounter from 0 on, in order whatever the `jobs`."""
    for done, made in enumerate(_made(one, n, jobs), 1):
        if progress:
            progress(done, n)
        yield made


def _made(one: Callable[[int], T], n: int, jobs: int) -> Iterator[T]:
    if jobs == 1:
        yield from map(one, range(n))
        return
    chunk = max(1, min(MOST_AT_ONCE, n // (4 * jobs)))
    with ProcessPoolExecutor(jobs, get_context("spawn"), _alone) as pool:
        yield from pool.map(one, range(n), chunksize=chunk)


def _alone() -> None:
    """One thread in each process: OpenCV's own would fight over the same cores."""
    cv2.setNumThreads(1)


def tell_progress(done: int, of: int) -> None:
    """On stderr: each at a terminal, some where it is written to a file."""
    if sys.stderr.isatty() or done == of or done % TOLD_EVERY == 0:
        sys.stderr.write(f"\r{done}/{of}" + ("\n" if done == of else ""))
        sys.stderr.flush()
