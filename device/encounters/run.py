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
from vision.camera import Camera
from vision.encounters.detector import perfect
from vision.encounters.errors import FiguresError
from vision.encounters.eye import HEIGHT, WIDTH, assumed_camera
from vision.encounters.figures import FIGURES, Figures, read_figures
from vision.encounters.scripts import draw
from vision.encounters.watch import Watched, watch
from vision.encounters.world import Encounter

OURS, THRESHOLD, ALL = "shirube", "distance_threshold", "speak_all"
SYSTEMS = (OURS, THRESHOLD, ALL)
TICK_S = 0.05  # the companion is stepped ten or more times a second, frames or not
LARGEST = 100_000
NARROWEST_DEG, WIDEST_DEG = 40.0, 130.0  # beyond, a straight picture is mostly its own rim
LEAST_PX, LARGEST_PX = 120, 1920

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
    hfov_deg: float = Camera(1, 1).hfov_deg  # from edge to edge of the picture
    size: tuple[int, int] = (WIDTH, HEIGHT)
    bent: bool = False  # a fisheye, calibrated; else a lens that keeps straight lines straight
    speed: bool = True  # a receiver tells how fast the wearer walks

    def checked(self) -> "Options":
        """Itself. Raises `FiguresError` with one line for what cannot be simulated."""
        if not 1 <= self.n <= LARGEST:
            raise FiguresError(f"--n {self.n}: 1 から {LARGEST} まで / give 1 to {LARGEST}")
        if self.seed < 0:
            raise FiguresError(f"--seed {self.seed}: 0 以上の整数 / give 0 or more")
        if not 1 <= self.jobs <= 256:
            raise FiguresError(f"--jobs {self.jobs}: 1 から 256 まで / give 1 to 256")
        if not NARROWEST_DEG <= self.hfov_deg <= WIDEST_DEG:
            low, high = f"{NARROWEST_DEG:g}", f"{WIDEST_DEG:g}"
            told = f"{low} から {high} 度まで / give {low} to {high} degrees"
            raise FiguresError(f"--hfov {self.hfov_deg:g}: {told}")
        width, height = self.size
        # In an upright picture things are smaller for the network, which sees 4:3: that was not measured.
        if not (height >= LEAST_PX and 4 * height <= 3 * width <= 3 * LARGEST_PX):
            told = f"4:3 か、もっと横長で {LARGEST_PX} 画素まで / give 4:3 or wider, at most {LARGEST_PX} px"
            raise FiguresError(f"--size {width}x{height}: {told}")
        return self

    @property
    def camera(self) -> Camera:
        """The camera that is worn, as the device is configured for it."""
        return assumed_camera(self.hfov_deg, self.size, bent=self.bent)

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


def play(
    number: int,
    seed: int,
    figures: Figures,
    *,
    camera: Camera | None = None,
    imu: bool = True,
    speed: bool = True,
) -> Played:
    """Encounter `number` of a seed, spoken of in three ways of which none hears the others.

    `camera`: as configured; None: as devices are by default. `imu`, `speed`: what else is worn and tells.
    """
    encounter = draw(seed, number, figures.world)
    watched = tuple(watch(encounter, figures, camera=camera, imu=imu, speed=speed))
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
    one = partial(
        _scores,
        seed=options.seed,
        figures=figures,
        camera=options.camera,
        imu=options.imu,
        speed=options.speed,
    )
    numbers = range(options.n)
    found: list[dict[str, Score]] = []
    for scores in _mapped(one, numbers, options.jobs):
        found.append(scores)
        if progress:
            progress(len(found), options.n)
    return tuple(found)


def _scores(
    number: int, seed: int, figures: Figures, *, camera: Camera, imu: bool, speed: bool
) -> dict[str, Score]:
    return play(number, seed, figures, camera=camera, imu=imu, speed=speed).scores


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
