"""Where the feet go, by an IMU that tells how the head is turned. Pure.

A head looks about and comes back; over some seconds its mean is the way that is walked. An IMU's yaw has no
north and drifts by a degree a minute, but that does not matter for the mean of the last seconds.
"""

from dataclasses import dataclass, replace
from math import radians, sqrt

from vision.attitude import Attitude
from vision.corridor import HEADING_SIGMA

MEAN_S = 12.0  # longer, a bend of the way would be taken for a glance
# How long a head looks aside (vision/encounters/figures.toml, [sway]): so much of it a mean leaves.
LOOK_LASTS_S = 3.0
# Turned by so much for so long it is the way that has turned: a corner, not a glance.
CORNER_DEG, CORNER_S = 30.0, 1.5
MEAN_LASTS_S = 10.0  # how long an error of the mean stays the same


@dataclass(frozen=True, slots=True)
class Heading:
    """The mean of the yaw, degrees, over `known_s` up to `t_s`. `off_s`: how long the head is turned away."""

    yaw_deg: float
    t_s: float
    known_s: float = 0.0
    off_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Walked:
    """The way that is walked, against the camera's axis, + right; one sigma, and how long it is off alike."""

    turned_rad: float = 0.0
    sigma_rad: float = HEADING_SIGMA
    lasts_s: float = LOOK_LASTS_S


def headed(now: Heading | None, attitude: Attitude | None, t_s: float) -> Heading | None:
    """After one more look at the IMU; as it was where it tells no yaw."""
    if attitude is None or attitude.yaw_deg is None:
        return now
    yaw = attitude.yaw_deg
    if now is None:
        return Heading(yaw, t_s)
    dt = min(max(t_s - now.t_s, 0.0), 1.0)
    off = _apart(yaw, now.yaw_deg)
    off_s = now.off_s + dt if abs(off) > CORNER_DEG else 0.0
    if off_s >= CORNER_S:
        return Heading(yaw, t_s)
    known = min(now.known_s + dt, MEAN_S)
    gain = dt / max(known, dt, 1e-6) if dt > 0 else 0.0
    return replace(now, yaw_deg=now.yaw_deg + gain * off, t_s=t_s, known_s=known, off_s=off_s)


def walked(heading: Heading | None, attitude: Attitude | None) -> Walked:
    """The way, for a frame whose camera is held as `attitude` says."""
    if heading is None or attitude is None or attitude.yaw_deg is None:
        return Walked()
    left = LOOK_LASTS_S / (LOOK_LASTS_S + heading.known_s)
    turned = radians(_apart(heading.yaw_deg, attitude.yaw_deg))
    return Walked(
        turned, HEADING_SIGMA * sqrt(left), LOOK_LASTS_S + (MEAN_LASTS_S - LOOK_LASTS_S) * (1 - left)
    )


def _apart(first_deg: float, second_deg: float) -> float:
    """How far right of the second the first is: -180..180."""
    return (first_deg - second_deg + 180.0) % 360.0 - 180.0
