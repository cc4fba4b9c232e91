"""How the camera is held: its pitch and its height above the ground. Pure.

From what is assumed, or from what an IMU says, and from the paving's own shape. A strip of constant width W,
seen from height h at pitch p, is w(y) = W / h x ((y - cy) cos p + f sin p) pixels wide in row y of the level
picture. Where that line reaches nothing is the horizon, whatever W and h are: that gives the pitch. How wide
it is at a row gives h / W, and W is 30 cm (JIS T 9251): that is the ruler on the ground. The two must agree
with each other and with what was assumed; where they do not, the mask is wrong and neither is believed.

What is not known is kept as five numbers with their covariance (a Kalman filter). Averaging looks must not
wash out what is the same in every look (how the glasses sit, a strip that is not 30 cm wide), so each of
those is a number of its own.
"""

from dataclasses import dataclass, field, replace
from math import atan, cos, degrees, exp, hypot, log, radians, sin, sqrt

import numpy as np

from vision.camera import Camera, Floats
from vision.narrowing import Narrowing
from vision.paving import BLOCK_M

# Offset of the pitch that stays; offset that a step makes; logarithm of the lens height beside the assumed
# one; of the strip's width beside 30 cm; the mask's bleeding and the ground's unevenness, in sigmas.
STEADY, NOD, HEIGHT, STRIP, BLEED = range(5)

# Measured on real pictures by `python -m vision.distances.strip_width`: masks taper 1.3 degrees wrong and err
# by 1 % of the width from strip to strip, 3 % from row to row. Of the taper, what changes with every look …
LEAST_SIGMA_RAD = radians(0.9)
WIDTH_SIGMA = 0.03
GATE = 9.2  # chi-square, two degrees of freedom, 99 %
# … and what stays, with the ground that is not even. Strips that are not 30 cm wide: joints, worn edges.
STEADY_PITCH_RAD, STRIP_SIGMA = radians(1.0), 0.04
CONVINCED, ALIKE_RAD = 12, radians(5)
UNSURE_RAD, UNSURE_HEIGHT = radians(8), 0.2
# An error of a mask lasts as long as finding a thing does (vision/encounters/figures.toml, found_tau_s).
MASK_LASTS_S = 0.3
STEADY_LASTS_S = 20.0  # glasses are pushed up, and the street's slope changes, within this
HEIGHT_LASTS_S = 120.0


@dataclass(frozen=True, slots=True)
class Pose:
    """`pitch` (radians) and `log_height` (of metres) now; `mean` and `covariance` of the five offsets.

    `doubted`: the pitch of looks that contradicted this one, `doubts`: how many in a row agreed on it.
    `refuted`: they were so many that what was assumed does not count any more.
    """

    pitch: float
    log_height: float
    mean: Floats = field(repr=False, compare=False)
    covariance: Floats = field(repr=False, compare=False)
    levelled: bool = False  # the pitch assumed comes from an IMU
    doubted: float = 0.0
    doubts: int = 0
    refuted: bool = False

    @property
    def var_p(self) -> float:
        """Variance of the pitch, radians^2."""
        (a, b), (c, d) = self.covariance[:2, :2].tolist()
        return float(a + b + c + d)

    @property
    def var_h(self) -> float:
        """Variance of the logarithm of the height."""
        return float(self.covariance[HEIGHT, HEIGHT])


def _spread(camera: Camera, refuted: bool = False) -> Floats:
    """Variances of the five offsets before anything is seen."""
    sigma = radians(camera.pitch_sigma_deg)
    # Where the whole is known better than a nod is large, the nod is known as well.
    nod = min(radians(camera.nod_sigma_deg), 0.9 * sigma)
    steady, height = sqrt(sigma**2 - nod**2), camera.lens_height_sigma_m / camera.lens_height_m
    if refuted:
        steady, height = UNSURE_RAD, UNSURE_HEIGHT
    return np.array([steady**2, nod**2, height**2, STRIP_SIGMA**2, 1.0])


def assumed(camera: Camera, levelled: bool = False) -> Pose:
    """What the configuration says, or the IMU by whose word `camera` is pitched (`levelled`)."""
    return _pose(camera, np.zeros(5), np.diag(_spread(camera)), levelled=levelled)


def _pose(camera: Camera, mean: Floats, covariance: Floats, *, levelled: bool, refuted: bool = False) -> Pose:
    pitch = radians(camera.pitch_deg) + float(mean[STEADY] + mean[NOD])
    height = log(camera.lens_height_m) + float(mean[HEIGHT])
    return Pose(pitch, height, mean, covariance, levelled, refuted=refuted)


def posed(camera: Camera, pose: Pose) -> Camera:
    """`camera` held as `pose` says."""
    height, c = exp(pose.log_height), pose.covariance
    var_p, var_h = pose.var_p, pose.var_h
    nod = min(max(float(c[NOD, NOD] + c[NOD, STEADY]), 0.0), var_p)
    steady = sqrt(max(var_p - nod, 1e-12))
    tied = float(c[STEADY, HEIGHT] + c[NOD, HEIGHT]) / (steady * sqrt(var_h)) if var_h else 0.0
    return replace(
        camera,
        pitch_deg=degrees(pose.pitch),
        pitch_sigma_deg=degrees(sqrt(var_p)),
        nod_sigma_deg=degrees(sqrt(nod)),
        lens_height_m=height,
        lens_height_sigma_m=height * sqrt(var_h),
        tied=min(max(tied, -0.99), 0.99),
    )


def carried(pose: Pose, camera: Camera, dt_s: float, nod_lasts_s: float, levelled: bool = False) -> Pose:
    """`pose` after `dt_s` without a look: less sure, until it is no better than what was assumed.

    Every offset forgets itself at its own pace (Ornstein-Uhlenbeck). Where an IMU comes or goes, what is
    known of the pitch is forgotten: it was of another reference.
    """
    spread = _spread(camera, pose.refuted and pose.levelled == levelled)
    lasts = np.array([STEADY_LASTS_S, nod_lasts_s, HEIGHT_LASTS_S, STEADY_LASTS_S, STEADY_LASTS_S])
    kept = np.exp(-dt_s / lasts)
    refuted = pose.refuted
    if pose.levelled != levelled:
        kept[:2], refuted = 0.0, False
    elif refuted:  # there is nothing to return to: only doubt grows
        kept[[STEADY, HEIGHT]] = 1.0
    covariance = pose.covariance * np.outer(kept, kept) + np.diag((1 - kept**2) * spread)
    moved = _pose(camera, pose.mean * kept, covariance, levelled=levelled, refuted=refuted)
    return replace(moved, doubted=pose.doubted, doubts=pose.doubts)


def learned(pose: Pose, told: Narrowing, camera: Camera, dt_s: float = 1.0) -> Pose:
    """`pose` after one look at the paving, `dt_s` after the last; not moved where the look contradicts it."""
    seen = atan((camera.height / 2 - told.horizon_px) / camera.focal_px)
    per_px = cos(seen) ** 2 / camera.focal_px
    # Looks that follow each other faster than a mask's errors change are not so many looks.
    worth = min(max(dt_s, 1e-3) / (2 * MASK_LASTS_S), 1.0)
    noise = np.diag([hypot(told.horizon_sigma_px * per_px, LEAST_SIGMA_RAD) ** 2, WIDTH_SIGMA**2])
    # About the pitch that is seen: it may be far from what was assumed, and the ruler's slope with it.
    level, steep = _ruler(told, camera, seen)
    expected = pose.log_height - float(pose.mean[STRIP]) - steep * (pose.pitch - seen)
    gaps = np.array([seen - pose.pitch, level - expected])
    gaps[0] -= STEADY_PITCH_RAD * float(pose.mean[BLEED])
    looks = np.array([[1.0, 1.0, 0.0, 0.0, STEADY_PITCH_RAD], [-steep, -steep, 1.0, -1.0, 0.0]])
    known = looks @ pose.covariance @ looks.T
    if float(gaps @ _inverse(known + noise) @ gaps) > GATE:
        return _doubting(pose, seen, camera)
    total = known + noise / worth
    gain = (_inverse(total) @ looks @ pose.covariance).T
    covariance = pose.covariance - gain @ total @ gain.T
    mean = pose.mean + gain @ gaps
    return _pose(camera, mean, covariance, levelled=pose.levelled, refuted=pose.refuted)


def _inverse(matrix: Floats) -> Floats:
    """Two by two, written out: LAPACK takes ten times as long to be called."""
    (a, b), (c, d) = matrix.tolist()
    found: Floats = np.array([[d, -b], [-c, a]]) / (a * d - b * c)
    return found


def _ruler(told: Narrowing, camera: Camera, pitch: float) -> tuple[float, float]:
    """The logarithm of the height that makes the strip 30 cm wide, and its slope over the pitch."""
    below = told.row_px - camera.height / 2
    reach = max(below * cos(pitch) + camera.focal_px * sin(pitch), 1.0)
    steep = (camera.focal_px * cos(pitch) - below * sin(pitch)) / reach
    return log(reach * BLOCK_M / max(told.width_px, 1.0)), steep


def _doubting(pose: Pose, seen_pitch: float, camera: Camera) -> Pose:
    """One contradiction is a bad mask. Many that agree: the glasses sit otherwise than was assumed."""
    agrees = pose.doubts > 0 and abs(seen_pitch - pose.doubted) < ALIKE_RAD
    doubts = pose.doubts + 1 if agrees else 1
    if doubts < CONVINCED:
        return replace(pose, doubted=seen_pitch, doubts=doubts)
    mean = np.array([seen_pitch - radians(camera.pitch_deg), 0.0, float(pose.mean[HEIGHT]), 0.0, 0.0])
    spread = np.diag(_spread(camera, refuted=True))
    return _pose(camera, mean, spread, levelled=pose.levelled, refuted=True)
