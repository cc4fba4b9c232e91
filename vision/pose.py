"""How the camera is held: pitch and height above the ground, from the paving's own shape. Pure.

A strip of constant width W, seen from height h at pitch p, is w(y) = W / h x ((y - cy) cos p + f sin p)
pixels wide in row y. Where that line reaches nothing is the horizon, whatever W and h are: that gives the
pitch. How wide it is at a row gives the height, because W is 30 cm (JIS T 9251). The two must agree with
each other and with what was assumed; where they do not, the mask is wrong and neither is believed.
"""

from dataclasses import dataclass, replace
from math import atan, cos, degrees, exp, hypot, log, radians, sin

import numpy as np
import numpy.typing as npt

from vision.camera import Camera
from vision.paving import BLOCK_M, PavingLine, Rows

Floats = npt.NDArray[np.float64]

LEAST_ROWS = 15
LEAST_SPAN = 0.3  # of the picture's height
# A mask is wider or narrower than the strip by this share of the picture: 0.3 of a cell of 1/96 width.
BLEED = 0.003
THINNEST = 0.35  # of the nearest rows' width
ROBUST_ROUNDS = 4
ROWS_A_CELL = 5  # neighbouring rows share a cell of the mask: their errors are one error
# The ground is not flat and the head rolls: one frame never tells the pitch better than this.
LEAST_SIGMA_RAD = radians(1.2)
# Worn edges, a mask that bleeds by a pixel, joints between blocks: relative error of the strip's width.
WIDTH_SIGMA = 0.08
GATE = 9.2  # chi-square, two degrees of freedom, 99 %
# What stays unknown however long one looks: slope of the ground; strips that are not 30 cm wide.
STEADY_PITCH_RAD, STEADY_WIDTH = radians(1.0), 0.06
CONVINCED, ALIKE_RAD = 12, radians(5)
UNSURE_RAD, UNSURE_HEIGHT = radians(8), 0.2
NO_IDEA = 1.0  # variance, radians^2 or of a logarithm: a prior that says nothing
HEIGHT_WANDER = 0.01  # relative, per root second: people do not grow, masks drift


@dataclass(frozen=True, slots=True)
class Pose:
    """Pitch (radians) and the logarithm of the height (metres).

    `var_*`: what more looks remove; `steady_*`: what they cannot. `doubted`: the pitch of looks that
    contradicted this one, `doubts`: how many in a row agreed on it. `refuted`: they were so many that
    what was assumed does not count any more.
    """

    pitch: float
    log_height: float
    var_p: float
    var_h: float
    steady_p: float = 0.0
    steady_h: float = 0.0
    doubted: float = 0.0
    doubts: int = 0
    refuted: bool = False


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How a strip narrows: the horizon it points at, and its width, square to it, in one row."""

    horizon_px: float
    horizon_sigma_px: float  # differs from look to look
    horizon_bias_px: float  # the same in every look: one sigma of it
    row_px: float
    width_px: float


def assumed(camera: Camera) -> Pose:
    """What the configuration says."""
    height = camera.lens_height_m
    return Pose(
        radians(camera.pitch_deg),
        log(height),
        radians(camera.pitch_sigma_deg) ** 2,
        (camera.lens_height_sigma_m / height) ** 2,
    )


def posed(camera: Camera, pose: Pose) -> Camera:
    """`camera` held as `pose` says."""
    height = exp(pose.log_height)
    return replace(
        camera,
        pitch_deg=degrees(pose.pitch),
        pitch_sigma_deg=degrees((pose.var_p + pose.steady_p) ** 0.5),
        lens_height_m=height,
        lens_height_sigma_m=height * (pose.var_h + pose.steady_h) ** 0.5,
    )


def carried(pose: Pose, camera: Camera, dt_s: float, wander_deg: float) -> Pose:
    """`pose` after `dt_s` without a look: less sure, until it is no better than what was assumed."""
    prior = assumed(camera)
    var_p = pose.var_p + radians(wander_deg) ** 2 * dt_s
    var_h = min(pose.var_h + HEIGHT_WANDER**2 * dt_s, max(prior.var_h, pose.var_h))
    if pose.refuted:  # there is nothing to return to: only doubt grows
        return replace(pose, var_p=min(var_p, max(UNSURE_RAD**2, pose.var_p)), var_h=var_h)
    if var_p + pose.steady_p >= prior.var_p:
        return replace(pose, pitch=prior.pitch, var_p=prior.var_p, steady_p=0.0, var_h=var_h)
    return replace(pose, var_p=var_p, var_h=var_h)


def narrowing(rows: Rows, camera: Camera, line: PavingLine | None) -> Narrowing | None:
    """How the strip narrows; `line`: its course, which says how obliquely a row cuts it. None: no telling."""
    if not len(rows.y):
        return None
    wide = rows.right - rows.left
    # Where the strip is thin, a mask that bleeds by a pixel or two is all bleed: the near rows tell.
    whole = (rows.left > 1) & (rows.right < camera.width - 1) & (wide > THINNEST * np.quantile(wide, 0.9))
    y, wide = rows.y[whole], wide[whole]
    if len(y) < LEAST_ROWS or np.ptp(y) < camera.height * LEAST_SPAN:
        return None
    if line is not None:
        z = camera.ground_rows(y * 0 + camera.width / 2, y)[1]
        wide = wide * line.squareness(np.nan_to_num(z, nan=line.far_m))
    weight = np.ones_like(y)
    slope = level = 0.0
    off = weight
    for _ in range(ROBUST_ROUNDS):
        slope, level = _straight(y, wide, weight)
        off = np.abs(wide - (slope * y + level))
        weight = 1.0 / (1.0 + (off / max(1.5 * float(np.median(off)), 0.5)) ** 2)
    if slope <= 0.01:
        return None
    horizon = -level / slope
    count = max(len(y) / ROWS_A_CELL, 2.0)
    spread = float(np.sqrt(np.average(off**2, weights=weight))) / count**0.5
    middle = float(np.average(y, weights=weight))
    lean = spread / max(float(np.std(y)), 1.0)
    sigma = hypot(spread, lean * (middle - horizon)) / slope
    steady = BLEED * camera.width / slope
    return Narrowing(horizon, sigma, steady, middle, slope * (middle - horizon))


def _straight(y: Floats, wide: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted least squares: slope and level."""
    total = float(weight.sum())
    mid_y, mid_w = float(weight @ y) / total, float(weight @ wide) / total
    slope = float(weight @ ((y - mid_y) * (wide - mid_w))) / float(weight @ (y - mid_y) ** 2)
    return slope, mid_w - slope * mid_y


def learned(pose: Pose, told: Narrowing, camera: Camera) -> Pose:
    """`pose` after one look at the paving; not moved where the look contradicts it."""
    seen = _pitch_seen(told, camera)
    per_px = cos(seen) ** 2 / camera.focal_px
    noise = (told.horizon_sigma_px * per_px) ** 2 + LEAST_SIGMA_RAD**2
    bias = (told.horizon_bias_px * per_px) ** 2 + STEADY_PITCH_RAD**2
    height, steep = _height_seen(told, camera, seen)
    height_var = pose.var_h + STEADY_WIDTH**2 + WIDTH_SIGMA**2 + steep**2 * (noise + bias)
    strange = (seen - pose.pitch) ** 2 / (pose.var_p + pose.steady_p + noise + bias)
    strange += (height - pose.log_height) ** 2 / height_var
    if strange > GATE:
        return _doubting(pose, seen)
    prior = assumed(camera)
    if pose.refuted:
        prior = replace(prior, var_p=NO_IDEA, var_h=NO_IDEA)
    pitch, var_p, steady_p = _updated(
        (pose.pitch, pose.var_p), (seen, noise, bias), (prior.pitch, prior.var_p)
    )
    height, steep = _height_seen(told, camera, pitch)
    log_height, var_h, steady_h = _updated(
        (pose.log_height, pose.var_h),
        (height, WIDTH_SIGMA**2 + steep**2 * var_p, STEADY_WIDTH**2),
        (prior.log_height, prior.var_h),
    )
    return Pose(pitch, log_height, var_p, var_h, steady_p, steady_h, refuted=pose.refuted)


def _pitch_seen(told: Narrowing, camera: Camera) -> float:
    return atan((camera.height / 2 - told.horizon_px) / camera.focal_px)


def _height_seen(told: Narrowing, camera: Camera, pitch: float) -> tuple[float, float]:
    """The logarithm of the height that makes the strip 30 cm wide, and its slope over the pitch."""
    below = told.row_px - camera.height / 2
    reach = max(below * cos(pitch) + camera.focal_px * sin(pitch), 1.0)
    steep = (camera.focal_px * cos(pitch) - below * sin(pitch)) / reach
    return log(reach * BLOCK_M / max(told.width_px, 1.0)), steep


def _updated(
    now: tuple[float, float], seen: tuple[float, float, float], prior: tuple[float, float]
) -> tuple[float, float, float]:
    """Value, variance and steady variance after a look with noise and bias.

    The bias is the same in every look, so averaging must not wash the assumption out: each look is drawn
    towards it by as much as the bias deserves.
    """
    value, variance = now
    look, noise, bias = seen
    drawn = (look / bias + prior[0] / prior[1]) / (1 / bias + 1 / prior[1])
    gain = variance / (variance + noise)
    return value + gain * (drawn - value), (1 - gain) * variance, 1 / (1 / bias + 1 / prior[1])


def _doubting(pose: Pose, seen_pitch: float) -> Pose:
    """One contradiction is a bad mask. Many that agree: the glasses sit otherwise than was assumed."""
    agrees = pose.doubts > 0 and abs(seen_pitch - pose.doubted) < ALIKE_RAD
    doubts = pose.doubts + 1 if agrees else 1
    if doubts < CONVINCED:
        return replace(pose, doubted=seen_pitch, doubts=doubts)
    return Pose(seen_pitch, pose.log_height, UNSURE_RAD**2, UNSURE_HEIGHT**2, refuted=True)
