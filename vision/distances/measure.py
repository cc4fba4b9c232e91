"""One trial through the real pipeline, and what naive geometry says of the same last frame. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision.attitude import Attitude
from vision.camera import TOLD_HEIGHT_SIGMA_M, Camera
from vision.distances.sources import NOTHING, Without, boxes, mended, still
from vision.distances.trials import Trial, draw, imu, looks, swaying
from vision.encounters.detector import EncounterDetector
from vision.encounters.eye import HEIGHT, WIDTH, Look, assumed_camera
from vision.encounters.figures import Figures
from vision.pipeline import PipelineState, Seen, Settings, advance
from vision.ranging import Distance, ground_distance, height_distance
from vision.sightings import HEIGHTS, cut_by_edge, jitter_px
from vision.types import Detections, Frame, ObjectClass

BLANK = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)  # distances are read from boxes and mask alone

SYSTEMS = ("single", "tracked")


@dataclass(frozen=True, slots=True)
class Condition:
    """What the pipeline has to go by."""

    name: str  # for tables and JSON
    imu: bool
    paved: bool
    eye_height_told: bool = False  # the wearer said how tall he is, to within `TOLD_HEIGHT_SIGMA_M`


MEASURED_SIGMA_M = 0.005  # of a lens height that is known: to the half centimetre
BEST = Condition("imu_paving", imu=True, paved=True)
CONDITIONS = (
    BEST,
    Condition("imu_paving_height_told", imu=True, paved=True, eye_height_told=True),
    Condition("imu", imu=True, paved=False),
    Condition("imu_height_told", imu=True, paved=False, eye_height_told=True),
    Condition("paving", imu=False, paved=True),
    Condition("neither", imu=False, paved=False),
)
BASELINES = ("ground_alone", "height_alone")


@dataclass(frozen=True, slots=True)
class Measured:
    """One answer beside the truth."""

    condition: str
    system: str
    cls: ObjectClass
    true_m: float
    foot_seen: bool
    said_m: float
    sigma_m: float

    @property
    def error(self) -> float:
        """As a share of the true distance, + too far."""
        return self.said_m / self.true_m - 1

    @property
    def held(self) -> bool:
        """Whether the truth lies within one sigma."""
        return abs(self.said_m - self.true_m) <= self.sigma_m


def measured(
    seed: int,
    number: int,
    figures: Figures,
    *,
    level: bool,
    without: Without = NOTHING,
    conditions: Sequence[Condition] = CONDITIONS,
) -> Iterator[Measured]:
    """Every answer to one trial: the pipeline's in every condition, then what the baselines say.

    `without`: sources of error that are taken away (`vision.distances.sources`).
    """
    trial = mended(draw(seed, number, figures, level=level), without)
    heads, errors = (swaying(trial, seed, figures.world.sway, stream) for stream in (0, 1))
    if "pitch" in without:
        errors = still(errors)
    told = [
        imu(trial, head, error, t_s) for head, error, t_s in zip(heads, errors, trial.times_s, strict=True)
    ]
    for paved in sorted({condition.paved for condition in conditions}, reverse=True):
        seen = looks(trial, heads, seed, paved=paved, sharp="blocks" in without)
        detector = EncounterDetector(seen, boxes(figures, without), (seed, number, 7))
        answers = [detector.detect(Frame(look.index, look.t_s, BLANK)) for look in seen]
        for condition in conditions:
            if condition.paved == paved:
                camera = configured(trial, condition, known="lens" in without)
                last = _watched(seen, answers, told if condition.imu else None, camera)
                yield from _answers(trial, condition.name, seen[-1], last)
    yield from _alone(trial, seen[-1], answers[-1])


def configured(trial: Trial, condition: Condition, *, known: bool = False) -> Camera:
    """The camera as the device is set up: nothing measured, or the wearer's eye height about right.

    `known`: the height of the lens is, as it was measured on the wearer.
    """
    camera = assumed_camera()
    if known:
        return replace(camera, lens_height_m=trial.lens_height_m, lens_height_sigma_m=MEASURED_SIGMA_M)
    if not condition.eye_height_told:
        return camera
    off = (trial.lens_height_m - camera.lens_height_m) / camera.lens_height_sigma_m * TOLD_HEIGHT_SIGMA_M
    return replace(camera, lens_height_m=trial.lens_height_m - off, lens_height_sigma_m=TOLD_HEIGHT_SIGMA_M)


def _watched(
    seen: Sequence[Look], answers: Sequence[Detections], told: Sequence[Attitude] | None, camera: Camera
) -> Seen:
    state = PipelineState()
    for number, (look, answer) in enumerate(zip(seen, answers, strict=True)):
        frame = Frame(look.index, look.t_s, BLANK)
        attitude = None if told is None else told[number]
        state, last = advance(state, frame, answer, camera, Settings(), attitude=attitude)
    return last


def _answers(trial: Trial, condition: str, look: Look, seen: Seen) -> Iterator[Measured]:
    newest = [j.track for j in seen.judged if j.track.misses == 0]
    if not newest or not look.glimpses:
        return
    track = max(newest, key=lambda each: each.hits)
    yield _told(trial, condition, "single", look, track.latest.distance)
    tracked = Distance(track.distance_m, track.sigma_m, 0.0, track.closing.ahead_m)
    yield _told(trial, condition, "tracked", look, tracked)


def _alone(trial: Trial, look: Look, answer: Detections) -> Iterator[Measured]:
    """What either clue says by itself of the last frame, the camera as assumed."""
    camera = assumed_camera()
    for detection in answer.objects[:1]:
        wobble, size = jitter_px(detection.box, camera.height), HEIGHTS[detection.cls]
        by_ground = ground_distance(camera, detection.box, wobble)
        by_height = height_distance(camera, detection.box, size.mean_m, size.sigma_m, wobble)
        for system, told in zip(BASELINES, (by_ground, by_height), strict=True):
            if told is not None:
                yield _told(trial, "neither", system, look, told)


def _told(trial: Trial, condition: str, system: str, look: Look, distance: Distance) -> Measured:
    camera = look.view.camera
    foot = not any(cut_by_edge(g.box, camera.width, camera.height).foot for g in look.glimpses)
    return Measured(
        condition, system, trial.cls, trial.distance_m, foot, distance.distance_m, distance.sigma_m
    )
