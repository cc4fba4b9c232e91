"""One encounter through the real pipeline, frame by frame, with the truth of every track beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from vision.attitude import SIGMA_DEG, Attitude
from vision.camera import Camera
from vision.encounters.detector import FALSE, EncounterDetector
from vision.encounters.eye import Look, assumed_camera, look, picture, view_of
from vision.encounters.figures import Figures
from vision.encounters.gait import Head, heads, wander
from vision.encounters.world import Encounter
from vision.heading import Heading, headed
from vision.pipeline import PipelineState, Seen, Settings, advance
from vision.types import Detection, Frame

BEFORE_S = 20.0  # the walk that an IMU has seen before
IMU_LASTS_S = 0.5  # a step shakes what an IMU takes for gravity
# How far the speed that a receiver tells is off, one sigma (`device.encounters.speed_figures`): each walk has
# an offset of its own, and about it the error wanders. Part of that is of the truth it was held against.
SPEED_OFFSET_MPS, SPEED_WANDERS_MPS, SPEED_LASTS_S = 0.16, 0.21, 5.0


@dataclass(frozen=True, slots=True)
class Watched:
    """One frame: what was there, what was found, what the pipeline made of it.

    `of_detection`, `of_track`: the thing that each is of, by place and by track id; `FALSE`: of none.
    """

    look: Look = field(repr=False)
    seen: Seen = field(repr=False)
    of_detection: tuple[int, ...]
    of_track: dict[int, int]

    @property
    def t_s(self) -> float:
        """Second of exposure."""
        return self.look.t_s


def looks_of(encounter: Encounter, figures: Figures, worn: Camera) -> tuple[Look, ...]:
    """The truth of every frame from second 0 to the end, through the lens of `worn`."""
    begun = ((t, head) for t, head in _swaying(encounter, figures) if t >= 0)
    return tuple(
        look(encounter, k, t, view_of(encounter, t, head, worn)) for k, (t, head) in enumerate(begun)
    )


def attitudes_of(encounter: Encounter, figures: Figures) -> tuple[Attitude, ...]:
    """What an IMU tells of the head, from before the encounter to its end; not the slope of the ground."""
    rng = np.random.default_rng([encounter.seed, encounter.number, 3])
    swaying = _swaying(encounter, figures)
    shaken = (
        wander(tuple(t for t, _ in swaying), IMU_LASTS_S, rng),
        wander(tuple(t for t, _ in swaying), IMU_LASTS_S, rng),
    )
    return tuple(
        Attitude(
            t,
            encounter.pitch_deg + head.pitch_deg + SIGMA_DEG * pitch,
            head.roll_deg + SIGMA_DEG * roll,
            SIGMA_DEG,
            head.yaw_deg,
        )
        for (t, head), pitch, roll in zip(swaying, *shaken, strict=True)
    )


def speeds_of(encounter: Encounter, times_s: tuple[float, ...]) -> tuple[float, ...]:
    """How fast the wearer walks at each of the times, as a receiver tells it, m/s."""
    rng = np.random.default_rng([encounter.seed, encounter.number, 4])
    offset = SPEED_OFFSET_MPS * float(rng.standard_normal())
    wandering = wander(times_s, SPEED_LASTS_S, rng)
    return tuple(max(encounter.speed_mps + offset + SPEED_WANDERS_MPS * error, 0.0) for error in wandering)


def _swaying(encounter: Encounter, figures: Figures) -> tuple[tuple[float, Head], ...]:
    """The head at each frame: the walk did not begin with the encounter."""
    rng = np.random.default_rng([encounter.seed, encounter.number, 2])
    rate = figures.time.rate_hz
    count = int(encounter.seconds * rate) + 1
    times = tuple(k / rate for k in range(-round(BEFORE_S * rate), count))
    return tuple(zip(times, heads(encounter.speed_mps, times, figures.world.sway, rng), strict=True))


def _heading_before(told: dict[float, Attitude]) -> Heading | None:
    heading = None
    for t_s in sorted(t for t in told if t < 0):
        heading = headed(heading, told[t_s], t_s)
    return heading


def watch(
    encounter: Encounter,
    figures: Figures,
    *,
    camera: Camera | None = None,
    settings: Settings | None = None,
    imu: bool = False,
    speed: bool = False,
) -> Iterator[Watched]:
    """The frames in order. `camera`: as the device is configured, not as it really sits; `imu`: worn.

    `speed`: a receiver tells how fast the wearer walks.
    """
    worn, chosen = camera or assumed_camera(), settings or Settings()
    looks = looks_of(encounter, figures, worn)
    detector = EncounterDetector(looks, figures, (encounter.seed, encounter.number))
    told = {a.t_s: a for a in attitudes_of(encounter, figures)} if imu else {}
    times = tuple(each.t_s for each in looks)
    walks: tuple[float | None, ...] = speeds_of(encounter, times) if speed else (None,) * len(looks)
    state = PipelineState(heading=_heading_before(told))
    known: dict[Detection, int] = {}
    for each, own_mps in zip(looks, walks, strict=True):
        answer = detector.answer(each.index)
        frame = Frame(each.index, each.t_s, picture(each))
        state, seen = advance(
            state, frame, answer.detections, worn, chosen, own_mps, attitude=told.get(each.t_s)
        )
        known.update(zip(answer.detections.objects, answer.things, strict=True))
        known.update(zip(answer.detections.faint, answer.faint, strict=True))
        tracks = {j.track.id: known.get(j.track.latest.detection, FALSE) for j in seen.judged}
        yield Watched(each, seen, answer.things, tracks)
