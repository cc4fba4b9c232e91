"""Many encounters through the real pipeline and three ways of speaking, in one process or several."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import cv2

from device.encounters.channel import Channel
from device.encounters.score import Score, Stage, score, stages
from device.encounters.tellers import DistanceTeller, EveryTeller, PolicyTeller, Spoken, Teller
from vision.encounters.detector import perfect
from vision.encounters.errors import FiguresError
from vision.encounters.figures import FIGURES, Figures, read_figures
from vision.encounters.scripts import draw
from vision.encounters.watch import Watched, watch
from vision.encounters.world import Encounter

OURS, THRESHOLD, ALL = "shirube", "distance_threshold", "speak_all"
SYSTEMS = (OURS, THRESHOLD, ALL)
TICK_S = 0.05  # the companion is stepped ten or more times a second, frames or not
LARGEST = 100_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What to simulate. `perfect`: a detector that never fails, to tell its faults from those of the rest."""

    n: int = 1000
    seed: int = 7
    jobs: int = 1
    figures: Path = FIGURES
    perfect: bool = False
    imu: bool = True  # the glasses know how they are held and turned

    def checked(self) -> "Options":
        """Itself. Raises `FiguresError` with one line for what cannot be simulated."""
        if not 1 <= self.n <= LARGEST:
            raise FiguresError(f"--n {self.n}: 1 から {LARGEST} まで / give 1 to {LARGEST}")
        if self.seed < 0:
            raise FiguresError(f"--seed {self.seed}: 0 以上の整数 / give 0 or more")
        if not 1 <= self.jobs <= 256:
            raise FiguresError(f"--jobs {self.jobs}: 1 から 256 まで / give 1 to 256")
        return self

    def read(self) -> Figures:
        """The figures, or those of a detector that never fails. Raises `FiguresError`."""
        figures = read_figures(self.figures)
        return perfect(figures) if self.perfect else figures


@dataclass(frozen=True, slots=True)
class Played:
    """One encounter, with everything that came of it."""

    encounter: Encounter
    watched: tuple[Watched, ...]
    spoken: dict[str, list[Spoken]]
    reached: dict[int, Stage]
    scores: dict[str, Score]


def play(number: int, seed: int, figures: Figures, *, imu: bool = True) -> Played:
    """Encounter `number` of a seed, spoken of in three ways of which none hears the others."""
    encounter = draw(seed, number, figures.world)
    watched = tuple(watch(encounter, figures, imu=imu))
    tellers = _tellers(encounter, figures)
    for teller in tellers.values():
        for now_s, frame in _moments(watched, figures):
            teller.step(now_s, frame)
    reached = stages(watched, figures.time.model_s)
    return Played(
        encounter,
        watched,
        {name: teller.spoken for name, teller in tellers.items()},
        reached,
        {name: score(encounter, t.spoken, reached, t.created) for name, t in tellers.items()},
    )


def _tellers(encounter: Encounter, figures: Figures) -> dict[str, Teller]:
    def channel() -> Channel:
        return Channel(figures.speech, figures.time.beyond_model_s)

    return {
        OURS: PolicyTeller(channel(), figures.speech, paving=encounter.paving_x_m is not None),
        THRESHOLD: DistanceTeller(channel()),
        ALL: EveryTeller(channel()),
    }


def _moments(watched: tuple[Watched, ...], figures: Figures) -> Iterator[tuple[float, Watched | None]]:
    """Every frame when its detections are there, and moments without one in between."""
    step = 1 / figures.time.rate_hz
    between = max(round(step / TICK_S), 1)
    for frame in watched:
        ready = frame.t_s + figures.time.model_s
        yield ready, frame
        for n in range(1, between):
            yield ready + n * step / between, None


def run(options: Options, progress: Progress | None = None) -> tuple[dict[str, Score], ...]:
    """The scores of every encounter, by way of speaking, in order. Raises `FiguresError`."""
    figures = options.checked().read()
    one = partial(_scores, seed=options.seed, figures=figures, imu=options.imu)
    numbers = range(options.n)
    found: list[dict[str, Score]] = []
    for scores in _mapped(one, numbers, options.jobs):
        found.append(scores)
        if progress:
            progress(len(found), options.n)
    return tuple(found)


def _scores(number: int, seed: int, figures: Figures, *, imu: bool) -> dict[str, Score]:
    return play(number, seed, figures, imu=imu).scores


def _alone() -> None:
    """One thread in each process: OpenCV's own would fight over the same cores."""
    cv2.setNumThreads(1)


def _mapped(one: Callable[[int], dict[str, Score]], numbers: range, jobs: int) -> Iterator[dict[str, Score]]:
    if jobs == 1:
        yield from map(one, numbers)
        return
    chunk = max(1, min(20, len(numbers) // (4 * jobs)))
    with ProcessPoolExecutor(jobs, get_context("spawn"), _alone) as pool:
        yield from islice(pool.map(one, numbers, chunksize=chunk), len(numbers))
