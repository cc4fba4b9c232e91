"""Drawing trials: a walker comes up to one thing that stands, until it is 1 to 5 m off. Pure.

Whatever the pipeline is unsure of is drawn from the very uncertainty that it states: the thing's height and
set-back, the lens height, how the glasses sit, how the ground slopes. So its intervals can be checked.
"""

from dataclasses import dataclass, replace
from math import degrees, hypot, sqrt

import numpy as np

from vision.attitude import ALIGNED_SIGMA_DEG, SLOPE_SIGMA_DEG, Attitude
from vision.camera import Box, Camera
from vision.encounters.eye import HEIGHT, STRIP_M, WIDTH, Glimpse, Look, Point, View, assumed_camera, cut
from vision.encounters.figures import Figures
from vision.encounters.gait import Head, Sway, heads, wander
from vision.encounters.scripts import SIZES
from vision.paving import BLOCK_M
from vision.pose import LEAST_SIGMA_RAD, MASK_LASTS_S, STEADY_PITCH_RAD, STRIP_SIGMA
from vision.sightings import HEIGHTS
from vision.types import ObjectClass

NEAREST_M, FARTHEST_M = 1.0, 5.0
RUN_IN_S = 1.5  # of walking, in which the pose is learned and the thing is followed
ASIDE_M = 0.6  # how far beside the line of the nose it may stand
LEAST_SHARE = 0.4  # of its kind's height or set-back: no thing is lower than this
SHOWN_PX = 8.0
TRUE_M = 2.5  # about the middle of the rows that a mask holds
TOP_SHARE = 0.8  # narrower at the top: a cone, a rider, a roof
# Of those that no script of an encounter has: makers' sheets as in `HEIGHTS`; a dog from the side or front.
WIDTHS = {ObjectClass.BUS: 2.3, ObjectClass.TRUCK: 1.9, ObjectClass.DOG: 0.3}
CLASSES = tuple(HEIGHTS)
# The IMU's own roll is as wrong as its pitch, to the half: nothing pulls sideways at every step.
IMU_ROLL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """One walk towards one thing. Metres and degrees; `ahead_m`: to the front of its foot, at the end."""

    number: int
    cls: ObjectClass
    ahead_m: float
    x_m: float
    wide_m: float
    tall_m: float
    back_m: float
    speed_mps: float
    lens_height_m: float
    pitch_deg: float  # of the camera against gravity, mean
    slope_deg: float  # + rising: the ground meets the axis sooner, as if it looked down more
    aligned_deg: float  # of the IMU beside the lens
    strip_m: float  # width of the guide blocks, as their mask shows them
    taper_deg: float  # how much more pitch that mask's taper says

    @property
    def times_s(self) -> tuple[float, ...]:
        """Seconds of the frames."""
        return tuple(k / 10 for k in range(round(RUN_IN_S * 10) + 1))

    @property
    def distance_m(self) -> float:
        """To the nearest point of its foot, at the last frame, along the ground."""
        return hypot(max(abs(self.x_m) - self.wide_m / 2, 0.0), self.ahead_m)


def draw(seed: int, number: int, figures: Figures, *, level: bool) -> Trial:
    """Trial `number` of a seed; `level`: on ground that does not slope."""
    rng = np.random.default_rng([seed, number, 5])
    cls = CLASSES[int(rng.integers(len(CLASSES)))]
    size, camera, sway = HEIGHTS[cls], assumed_camera(), figures.world.sway
    slope = 0.0 if level else float(rng.normal(0.0, SLOPE_SIGMA_DEG))
    mount = sqrt(camera.pitch_sigma_deg**2 - sway.nod_deg**2 - SLOPE_SIGMA_DEG**2)
    wide = SIZES[cls][0] if cls in SIZES else WIDTHS[cls]
    return Trial(
        number,
        cls,
        float(rng.uniform(NEAREST_M, FARTHEST_M)),
        float(rng.uniform(-ASIDE_M, ASIDE_M)),
        wide * float(np.clip(rng.normal(1.0, 0.1), 0.7, 1.3)),
        _drawn(size.mean_m, size.sigma_m, rng),
        _drawn(size.back_m, size.back_sigma_m, rng),
        float(rng.uniform(*figures.world.speed_mps)),
        float(rng.normal(camera.lens_height_m, camera.lens_height_sigma_m)),
        float(rng.normal(camera.pitch_deg, mount)),
        slope,
        float(rng.normal(0.0, ALIGNED_SIGMA_DEG)),
        BLOCK_M * float(np.exp(rng.normal(0.0, STRIP_SIGMA))),
        degrees(float(rng.normal(0.0, STEADY_PITCH_RAD))),
    )


def _drawn(mean: float, sigma: float, rng: np.random.Generator) -> float:
    return max(float(rng.normal(mean, sigma)), LEAST_SHARE * mean)


def swaying(trial: Trial, seed: int, sway: Sway, stream: int) -> tuple[Head, ...]:
    """How a head moves at the frames. `stream` 0: the walker's own; 1: the error of the IMU, alike."""
    rng = np.random.default_rng([seed, trial.number, 6, stream])
    return heads(trial.speed_mps, trial.times_s, sway, rng)


def looks(
    trial: Trial, moves: tuple[Head, ...], seed: int, *, paved: bool, sharp: bool = False
) -> tuple[Look, ...]:
    """The truth of every frame; but blocks as a mask shows them, with its errors of width and taper.

    `sharp`: a mask whose taper does not change from frame to frame.
    """
    rng = np.random.default_rng([seed, trial.number, 8])
    tapers = wander(trial.times_s, MASK_LASTS_S, rng)
    shaken = 0.0 if sharp else degrees(LEAST_SIGMA_RAD)
    tips = [trial.taper_deg + shaken * taper for taper in tapers]
    return tuple(
        _look(trial, k, head, tip if paved else None)
        for k, (head, tip) in enumerate(zip(moves, tips, strict=True))
    )


def _look(trial: Trial, index: int, head: Head, tip_deg: float | None) -> Look:
    t_s = trial.times_s[index]
    camera = Camera(
        WIDTH,
        HEIGHT,
        hfov_deg=assumed_camera().hfov_deg,
        lens_height_m=trial.lens_height_m + head.up_m,
        pitch_deg=trial.pitch_deg + trial.slope_deg + head.pitch_deg,
    )
    view = View(camera, trial.speed_mps * t_s, head.yaw_deg, head.roll_deg)
    box = _box(trial, view)
    seen = () if box is None else (Glimpse(0, trial.cls, box, trial.ahead_m),)
    return Look(index, t_s, view, seen, () if tip_deg is None else _strip(view, trial.strip_m, tip_deg))


def _box(trial: Trial, view: View) -> Box | None:
    front = trial.ahead_m + trial.speed_mps * trial.times_s[-1]
    half = trial.wide_m / 2
    corners = [(half, front, 0.0), (half * TOP_SHARE, front + trial.back_m, trial.tall_m)]
    points = [
        view.pixel(trial.x_m + side * wide, ahead, up) for wide, ahead, up in corners for side in (-1, 1)
    ]
    known = [point for point in points if point is not None]
    if len(known) < len(points):
        return None
    xs, ys = zip(*known, strict=True)
    box = cut((min(xs), min(ys), max(xs), max(ys)))
    return box if min(box[2] - box[0], box[3] - box[1]) >= SHOWN_PX else None


def _strip(view: View, wide_m: float, tip_deg: float) -> tuple[tuple[Point, Point], ...]:
    """Both edges; they meet at the horizon of a camera that is tipped, and are right `TRUE_M` ahead."""
    camera = view.camera
    horizon, tipped = camera.horizon_px, replace(camera, pitch_deg=camera.pitch_deg + tip_deg).horizon_px
    right_at = camera.project(0.0, TRUE_M)
    pairs = []
    for ahead in STRIP_M:
        left, right = (view.pixel(side * wide_m / 2, view.walked_m + ahead, 0.0) for side in (-1, 1))
        if left is None or right is None or right_at is None:
            continue
        below = [max(point[1] - horizon, 1.0) for point in (left, right_at)]
        other = [max(point[1] - tipped, 1.0) for point in (left, right_at)]
        wider = other[0] / below[0] * below[1] / other[1]
        # A polygon is filled with the pixels of its outline, half a pixel beyond either edge.
        middle, half = (left[0] + right[0]) / 2, max((right[0] - left[0]) / 2 * wider - 0.5, 0.0)
        pairs.append(((middle - half, left[1]), (middle + half, right[1])))
    return tuple(pairs)


def imu(trial: Trial, head: Head, error: Head, t_s: float) -> Attitude:
    """What the IMU says: gravity, seen through its own error and its mounting."""
    return Attitude(
        t_s,
        trial.pitch_deg + head.pitch_deg + trial.aligned_deg + error.pitch_deg,
        head.roll_deg + IMU_ROLL_SHARE * error.pitch_deg,
    )
