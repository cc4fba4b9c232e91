"""Many encounters through the real pipeline and three ways of speaking, in one process or several."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from device.encounters.channel import Channel
from device.encounters.many import Progress, each
from device.encounters.options import Options
from device.encounters.score import Score, Stage, score, stages
from device.encounters.tellers import DistanceTeller, EveryTeller, PolicyTeller, Spoken, Teller
from vision.camera import Camera
from vision.encounters.figures import Figures
from vision.encounters.scripts import draw
from vision.encounters.watch import Watched, watch
from vision.encounters.world import Encounter

OURS, THRESHOLD, ALL = "shirube", "distance_threshold", "speak_all"
SYSTEMS = (OURS, THRESHOLD, ALL)
TICK_S = 0.05  # the companion is stepped ten or more times a second, frames or not


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
    return tuple(each(one, options.n, options.jobs, progress))


def _scores(
    number: int, seed: int, figures: Figures, *, camera: Camera, imu: bool, speed: bool
) -> dict[str, Score]:
    return play(number, seed, figures, camera=camera, imu=imu, speed=speed).scores
