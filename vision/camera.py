"""Pinhole geometry over flat ground: from pixels to metres and back. Pure.

Ground frame: X metres to the wearer's right, Z metres ahead, origin on the ground below the lens.
Pitch is positive downward. Pixels as in `vision.types`; the optical axis goes through the middle.
"""

from dataclasses import dataclass, replace
from math import atan, atan2, cos, degrees, hypot, radians, sin, sqrt, tan

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

# A ray this flat meets the ground beyond what the flat-ground model can say (about 60 m at eye height).
FLATTEST_RAD = radians(1.5)


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera worn at eye height. Sigmas are one standard deviation of what is assumed, not measured."""

    width: int
    height: int
    hfov_deg: float = 70.0
    lens_height_m: float = 1.55  # eye height of a Japanese adult: stature 1.65 less 0.10
    pitch_deg: float = 12.0
    lens_height_sigma_m: float = 0.08
    # Nobody has measured how the glasses sit on this nose, and the ground slopes: 5 % is 2.9 degrees.
    pitch_sigma_deg: float = 5.0

    @property
    def focal_px(self) -> float:
        """Focal length in pixels (square pixels)."""
        return self.width / 2 / tan(radians(self.hfov_deg) / 2)

    @property
    def horizon_px(self) -> float:
        """The row of the horizon; may lie outside the picture."""
        return self.height / 2 - self.focal_px * tan(radians(self.pitch_deg))

    @property
    def _axis(self) -> tuple[float, float]:
        return sin(radians(self.pitch_deg)), cos(radians(self.pitch_deg))

    def resized(self, width: int, height: int) -> "Camera":
        """The same lens on a picture of another size."""
        if (width, height) == (self.width, self.height):
            return self
        return replace(self, width=width, height=height)

    def depression_rad(self, y_px: float) -> float:
        """How far below the horizontal the ray through row `y_px` (middle column) points."""
        return radians(self.pitch_deg) + atan((y_px - self.height / 2) / self.focal_px)

    def ground(self, x_px: float, y_px: float) -> tuple[float, float] | None:
        """(X, Z) in metres where the ray meets the ground; None at or above the horizon."""
        if self.depression_rad(y_px) < FLATTEST_RAD:
            return None
        sine, cosine = self._axis
        u = (x_px - self.width / 2) / self.focal_px
        v = (y_px - self.height / 2) / self.focal_px
        reach = self.lens_height_m / (sine + v * cosine)
        return reach * u, reach * (cosine - v * sine)

    def ground_rows(self, x_px: Floats, y_px: Floats) -> tuple[Floats, Floats]:
        """`ground` of many pixels at once; not a number at or above the horizon."""
        sine, cosine = self._axis
        u = (x_px - self.width / 2) / self.focal_px
        v = (y_px - self.height / 2) / self.focal_px
        down = sine + v * cosine
        low = radians(self.pitch_deg) + np.arctan(v) >= FLATTEST_RAD
        reach = np.where(low, self.lens_height_m / np.where(low, down, 1.0), np.nan)
        return reach * u, reach * (cosine - v * sine)

    def project(self, x_m: float, z_m: float, up_m: float = 0.0) -> tuple[float, float] | None:
        """The pixel of a point `up_m` above the ground; None behind the camera."""
        sine, cosine = self._axis
        drop = self.lens_height_m - up_m
        depth = z_m * cosine + drop * sine
        if depth <= 0.05:
            return None
        x_px = self.width / 2 + self.focal_px * x_m / depth
        y_px = self.height / 2 + self.focal_px * (drop * cosine - z_m * sine) / depth
        return x_px, y_px

    def bearing_deg(self, x_px: float, y_px: float | None = None) -> float:
        """Bearing of the ground under a pixel's ray; + right. Without a row: of the horizon there."""
        y_px = self.horizon_px if y_px is None else y_px
        sine, cosine = self._axis
        u = (x_px - self.width / 2) / self.focal_px
        v = (y_px - self.height / 2) / self.focal_px
        return degrees(atan2(u, max(cosine - v * sine, 1e-6)))


def unknown_camera(width: int, height: int) -> Camera:
    """Somebody's clip: held at the chest or worn at the eyes, tilted at will, a phone's usual lens."""
    return Camera(
        width,
        height,
        hfov_deg=65,
        lens_height_m=1.4,
        pitch_deg=18,
        lens_height_sigma_m=0.25,
        pitch_sigma_deg=12,
    )


@dataclass(frozen=True, slots=True)
class Distance:
    """Metres along the ground to the nearest point of a thing.

    `sigma_m` is all that is not known; `jitter_m` the part of it that differs from frame to frame.
    The rest (pitch, height of the lens or of the thing) stays the same and no averaging removes it.
    """

    distance_m: float
    sigma_m: float
    jitter_m: float


def ground_distance(camera: Camera, box: Box, jitter_px: float) -> Distance | None:
    """Distance of the foot of `box` on flat ground; None where the foot is at or above the horizon.

    d = h / tan(depression), so an error of the angle costs (d^2 + h^2) / h x error.
    """
    foot = camera.ground((box[0] + box[2]) / 2, box[3])
    if foot is None:
        return None
    z = foot[1]
    if z <= 0:
        return Distance(0.05, 0.3, 0.1)  # below or behind the wearer's feet
    lens = camera.lens_height_m
    per_rad = (z * z + lens * lens) / lens
    v = (box[3] - camera.height / 2) / camera.focal_px
    jitter = per_rad * jitter_px / camera.focal_px / (1 + v * v)
    tilt = per_rad * radians(camera.pitch_sigma_deg)
    rise = z * camera.lens_height_sigma_m / lens
    return Distance(_radial(camera, box, z), hypot(jitter, tilt, rise), jitter)


def height_distance(
    camera: Camera, box: Box, height_m: float, sigma_m: float, jitter_px: float
) -> Distance | None:
    """Distance of a standing thing of known height from the rows of its top and foot.

    Z = H / (tan(foot) - tan(top)), angles below the horizontal: needs no lens height, and of the pitch
    only a little.
    """

    def ahead(pitch_rad: float) -> float | None:
        low = pitch_rad + atan((box[3] - camera.height / 2) / camera.focal_px)
        high = pitch_rad + atan((box[1] - camera.height / 2) / camera.focal_px)
        if low >= radians(85) or high <= radians(-85):
            return None
        return height_m / (tan(low) - tan(high))

    pitch = radians(camera.pitch_deg)
    z = ahead(pitch)
    tall = box[3] - box[1]
    if z is None or tall < 4:
        return None
    tipped = ahead(pitch + radians(camera.pitch_sigma_deg))
    tilt = abs(tipped - z) if tipped is not None else z
    jitter = z * sqrt(2) * jitter_px / tall
    own = z * sigma_m / height_m
    return Distance(_radial(camera, box, z), hypot(jitter, own, tilt), jitter)


def _radial(camera: Camera, box: Box, z: float) -> float:
    """To the point of the foot's row that is nearest to straight ahead."""
    depth_px = camera.focal_px / _depth(camera, z)
    left, right = ((x - camera.width / 2) / depth_px for x in (box[0], box[2]))
    return hypot(min(max(0.0, left), right) if right > left else left, z)


def _depth(camera: Camera, z: float) -> float:
    """Depth along the optical axis of a ground point `z` metres ahead."""
    tilt = radians(camera.pitch_deg)
    return max(z * cos(tilt) + camera.lens_height_m * sin(tilt), 0.05)


def fuse(first: Distance | None, second: Distance | None) -> Distance | None:
    """Both by inverse variance; where they disagree, a wider interval instead of a hidden doubt.

    The widening is Birge's ratio, as the Particle Data Group scales discordant measurements.
    """
    if first is None or second is None:
        return first or second
    w1, w2 = first.sigma_m**-2, second.sigma_m**-2
    mean = (w1 * first.distance_m + w2 * second.distance_m) / (w1 + w2)
    gap = (first.distance_m - second.distance_m) / hypot(first.sigma_m, second.sigma_m)
    agreed = (w1 + w2) ** -0.5
    sigma = agreed * max(1.0, abs(gap))
    # Which of two that disagree is right changes from frame to frame: the added doubt is jitter.
    jitter = hypot(w1 * first.jitter_m, w2 * second.jitter_m) / (w1 + w2) + (sigma - agreed)
    return Distance(mean, sigma, min(jitter, sigma))
