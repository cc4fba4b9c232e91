"""How the camera is held: pitch and height above the ground, from the paving's own shape. Pure.

A strip of constant width W, seen from height h at pitch p, is w(y) = W / h x ((y - cy) cos p + f sin p)
pixels wide in row y. Where that line reaches nothing is the horizon, whatever W and h are: that gives the
pitch. How wide it is at a row gives the height, because W is 30 cm (JIS T 9251). The two must agree with
each other and with what was assumed; where they do not, the mask is wrong and neither is believed.
"""

from dataclasses import dataclass, replace
from math import cos, degrees, exp, hypot, log, radians, sin

import numpy as np
import numpy.typing as npt

from vision.camera import Camera
from vision.paving import BLOCK_M, PavingLine, Rows

Floats = npt.NDArray[np.float64]

LEAST_ROWS = 15
LEAST_SPAN = 0.3  # of the picture's height
ROBUST_ROUNDS = 4
ROWS_A_CELL = 5  # neighbouring rows share a cell of the mask: their errors are one error
# The ground is not flat and the head rolls: one frame never tells the pitch better than this.
LEAST_SIGMA_RAD = radians(1.2)
# Worn edges, a mask that bleeds by a pixel, joints between blocks: relative error of the strip's width.
WIDTH_SIGMA = 0.10
GATE = 11.8  # chi-square, two degrees of freedom: 3 sigma
# What stays unknown however long one looks: slope of the ground; strips that are not 30 cm wide.
CONVINCED, ALIKE_RAD = 12, radians(5)
UNSURE_RAD, UNSURE_HEIGHT = radians(8), 0.2
FLOOR_PITCH_DEG, FLOOR_HEIGHT = 1.2, 0.05
HEIGHT_WANDER = 0.01  # relative, per root second: people do not grow, masks drift


@dataclass(frozen=True, slots=True)
class Pose:
    """Pitch (radians) and the logarithm of the height (metres), with their covariance."""

    pitch: float
    log_height: float
    var_p: float
    var_ph: float
    var_h: float
    doubted: float = 0.0  # the pitch of looks that contradicted this, and how many in a row agreed on it
    doubts: int = 0


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How a strip narrows: the horizon it points at, and its width, square to it, in one row."""

    horizon_px: float
    horizon_sigma_px: float
    row_px: float
    width_px: float


def assumed(camera: Camera) -> Pose:
    """What the configuration says."""
    height = camera.lens_height_m
    return Pose(
        radians(camera.pitch_deg),
        log(height),
        radians(camera.pitch_sigma_deg) ** 2,
        0.0,
        (camera.lens_height_sigma_m / height) ** 2,
    )


def posed(camera: Camera, pose: Pose) -> Camera:
    """`camera` held as `pose` says."""
    height = exp(pose.log_height)
    return replace(
        camera,
        pitch_deg=degrees(pose.pitch),
        pitch_sigma_deg=max(degrees(pose.var_p**0.5), min(FLOOR_PITCH_DEG, camera.pitch_sigma_deg)),
        lens_height_m=height,
        lens_height_sigma_m=height * max(pose.var_h**0.5, FLOOR_HEIGHT),
    )


def carried(pose: Pose, camera: Camera, dt_s: float, wander_deg: float) -> Pose:
    """`pose` after `dt_s` without a look: less sure, until it is no better than what was assumed."""
    prior = assumed(camera)
    var_p = pose.var_p + radians(wander_deg) ** 2 * dt_s
    var_h = min(pose.var_h + HEIGHT_WANDER**2 * dt_s, max(prior.var_h, pose.var_h))
    # Where many looks have refuted the assumption, there is nothing to return to: only doubt grows.
    refuted = (pose.pitch - prior.pitch) ** 2 > 4 * prior.var_p
    if refuted:
        var_p = min(var_p, max(UNSURE_RAD**2, pose.var_p))
    elif var_p >= prior.var_p:
        return replace(pose, pitch=prior.pitch, var_p=prior.var_p, var_ph=0.0, var_h=var_h)
    return replace(pose, var_p=var_p, var_h=var_h)


def narrowing(rows: Rows, camera: Camera, line: PavingLine | None) -> Narrowing | None:
    """How the strip narrows; `line`: its course, which says how obliquely a row cuts it. None: no telling."""
    whole = (rows.left > 1) & (rows.right < camera.width - 1)
    y, wide = rows.y[whole], (rows.right - rows.left)[whole]
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
    return Narrowing(horizon, sigma, middle, slope * (middle - horizon))


def _straight(y: Floats, wide: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted least squares: slope and level."""
    total = float(weight.sum())
    mid_y, mid_w = float(weight @ y) / total, float(weight @ wide) / total
    slope = float(weight @ ((y - mid_y) * (wide - mid_w))) / float(weight @ (y - mid_y) ** 2)
    return slope, mid_w - slope * mid_y


def _doubting(pose: Pose, seen_pitch: float) -> Pose:
    """One contradiction is a bad mask. Many that agree: the glasses sit otherwise than was assumed."""
    agrees = pose.doubts > 0 and abs(seen_pitch - pose.doubted) < ALIKE_RAD
    doubts = pose.doubts + 1 if agrees else 1
    if doubts < CONVINCED:
        return replace(pose, doubted=seen_pitch, doubts=doubts)
    return Pose(seen_pitch, pose.log_height, UNSURE_RAD**2, 0.0, UNSURE_HEIGHT**2)


def learned(pose: Pose, told: Narrowing, camera: Camera) -> Pose:
    """`pose` after one look at the paving; not moved where the look contradicts it or itself."""
    focal = camera.focal_px
    below = told.row_px - camera.height / 2
    seen_pitch = float(np.arctan((camera.height / 2 - told.horizon_px) / focal))
    reach = below * cos(pose.pitch) + focal * sin(pose.pitch)
    if reach <= 0:
        return pose
    # Two measurements: the pitch itself; log(w / W) = log(reach(pitch)) - log(height).
    gap = np.array([seen_pitch - pose.pitch, log(told.width_px / BLOCK_M) - (log(reach) - pose.log_height)])
    steep = (focal * cos(pose.pitch) - below * sin(pose.pitch)) / reach
    model = np.array([[1.0, 0.0], [steep, -1.0]])
    per_px = cos(seen_pitch) ** 2 / focal
    noise = np.diag([(told.horizon_sigma_px * per_px) ** 2 + LEAST_SIGMA_RAD**2, WIDTH_SIGMA**2])
    before = np.array([[pose.var_p, pose.var_ph], [pose.var_ph, pose.var_h]])
    total = model @ before @ model.T + noise
    inverse = np.linalg.inv(total)
    if float(gap @ inverse @ gap) > GATE:
        return _doubting(pose, seen_pitch)
    gain = before @ model.T @ inverse
    moved = gain @ gap
    after = (np.eye(2) - gain @ model) @ before
    return Pose(
        pose.pitch + float(moved[0]),
        pose.log_height + float(moved[1]),
        float(after[0, 0]),
        float((after[0, 1] + after[1, 0]) / 2),
        float(after[1, 1]),
    )
