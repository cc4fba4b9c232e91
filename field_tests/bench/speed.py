"""`study bench speed`: seconds and memory of counting person-years, beside a peer on two weeks."""

import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final

import numpy as np

from field_tests.bench import peers
from field_tests.bench.noise import Fixes
from field_tests.bench.years import FIRST_DAY, HOME, year
from field_tests.outings.definitions import Definitions
from field_tests.outings.estimate import estimate
from field_tests.outings.track import Track

PEER_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Counted:
    """One person-year: its fixes and outings, seconds of counting (without making them), memory afterwards.

    `cpu_s`: the processor's part of that. `peak_mb` is the largest that the process has been until then: over
    many years it must not grow.
    """

    fixes: int
    outings: int
    seconds: float
    cpu_s: float
    peak_mb: float
    process: int


@dataclass(frozen=True, slots=True)
class Speed:
    """`wall_s`: seconds of making and counting `years` in `jobs` processes; `first` was counted alone."""

    first: Counted
    years: tuple[Counted, ...]
    jobs: int
    wall_s: float

    @property
    def hundred_minutes(self) -> float:
        """Minutes for 100 person-years: measured where there were 100, else scaled from those counted."""
        return self.wall_s / 60.0 * 100.0 / len(self.years)

    @property
    def growth_mb(self) -> float | None:
        """How much larger a process was after its last year than after its first: the most of any.

        None: no process counted two years.
        """
        peaks: dict[int, list[float]] = {}
        for counted in self.years:
            peaks.setdefault(counted.process, []).append(counted.peak_mb)
        return max((of_one[-1] - of_one[0] for of_one in peaks.values() if len(of_one) > 1), default=None)


class _Timed:
    """Passes chunks on, and keeps how many fixes there were and how long making them took."""

    def __init__(self, tracks: Iterable[Track]) -> None:
        self._tracks = iter(tracks)
        self.seconds = 0.0
        self.cpu_s = 0.0
        self.fixes = 0

    def __iter__(self) -> Iterator[Track]:
        return self

    def __next__(self) -> Track:
        start, start_cpu = time.perf_counter(), time.process_time()
        try:
            track = next(self._tracks)
        finally:
            self.seconds += time.perf_counter() - start
            self.cpu_s += time.process_time() - start_cpu
        self.fixes += len(track)
        return track


def count_year(definitions: Definitions, days: int, step_s: int, seed: int) -> Counted:
    """Counts the outings of one year."""
    tracks = _Timed(year(seed, days, step_s))
    start, start_cpu = time.perf_counter(), time.process_time()
    found = estimate(tracks, [HOME], [], definitions)
    seconds = time.perf_counter() - start - tracks.seconds
    cpu_s = time.process_time() - start_cpu - tracks.cpu_s
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0  # Linux tells KiB
    return Counted(tracks.fixes, len(found.outings), seconds, cpu_s, peak_mb, os.getpid())


def measure(
    definitions: Definitions,
    *,
    years: int,
    jobs: int,
    seed: int,
    days: int = 365,
    step_s: int = 5,
    told: Callable[[str], None],
) -> Speed:
    """One year alone in a fresh process, then `years` of them in `jobs` processes."""
    count = partial(count_year, definitions, days, step_s)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(count_year, definitions, 14, step_s, seed).result()  # compiles, which is done once
        first = pool.submit(count, seed).result()
    told(f"1: {first.seconds:.1f} s, {first.peak_mb:.0f} MB")
    start = time.perf_counter()
    counted = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(count, seed + number) for number in range(years)]):
            counted.append(done.result())
            told(f"{len(counted)}/{years}: {counted[-1].peak_mb:.0f} MB")
    return Speed(first, tuple(counted), jobs, time.perf_counter() - start)


def jasmine_seconds(seed: int, step_s: int = 5) -> float:
    """Seconds that forest's jasmine takes for two weeks of the same positions."""
    weeks = list(year(seed, PEER_DAYS, step_s))
    fixes = Fixes(
        utc_s=np.concatenate([week.utc_s for week in weeks]),
        lat=np.concatenate([week.lat for week in weeks]),
        lon=np.concatenate([week.lon for week in weeks]),
        accuracy_m=np.concatenate([week.accuracy_m for week in weeks]),
        row=np.arange(sum(len(week) for week in weeks)),
    )
    start = time.perf_counter()
    peers.jasmine(fixes, (FIRST_DAY,))
    return time.perf_counter() - start
