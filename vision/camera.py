"""The lens above flat ground: from pixels to rays and metres, and back. Pure.

Ground frame: X metres to the wearer's right, Z metres ahead, origin on the ground below the lens. Pitch is
positive downward, roll where the head leans to the right. Pixels as in `vision.types`.

A calibrated lens bends and a leaning head turns the picture. Both are undone first, so that one plain pinhole
geometry is left: the **level picture**, straight, upright, its axis through the middle (`level`, `level_box`,
and `levelled`, the camera that would take it).
"""

from dataclasses import dataclass, replace
from math import atan, atan2, cos, degrees, radians, sin, sqrt, tan
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from vision.lens import Lens

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
Number = TypeVar("Number", float, Floats)

# A ray this flat meets the ground beyond what the flat-ground model can say (about 60 m at eye height).
FLATTEST_RAD = radians(1.5)
EYE_HEIGHT_M, EYE_HEIGHT_SIGMA_M = 1.55, 0.08  # of a Japanese adult: stature 1.65 less 0.10
TOLD_HEIGHT_SIGMA_M = 0.025  # of a wearer's own, as told or measured with a tape: shoes and stoop included
MOST_ROLL_DEG = 40.0  # farther over, the sides of a box do not tell its height from its width


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera worn at eye height. Sigmas are one standard deviation of what is assumed, not measured.

    `nod_sigma_deg`: the part of `pitch_sigma_deg` that differs from frame to frame. `tied`: how the errors of
    pitch and of lens height go together, -1..1. `lens`: as calibrated; it then says what `hfov_deg` would.
    """

    width: int
    height: int
    hfov_deg: float = 70.0
    lens_height_m: float = EYE_HEIGHT_M
    pitch_deg: float = 12.0
    lens_height_sigma_m: float = EYE_HEIGHT_SIGMA_M
    # Nobody has measured how the glasses sit on this nose, and the ground slopes: 5 % is 2.9 degrees.
    pitch_sigma_deg: float = 5.0
    roll_deg: float = 0.0
    nod_sigma_deg: float = 1.0  # RMS of a walking head's pitch (vision/encounters/figures.toml)
    tied: float = 0.0
    lens: Lens | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return self.width, self.height

    @property
    def focal_px(self) -> float:
        """Focal length of the level picture in pixels (square pixels)."""
        return self.lens.focal_px if self.lens else self.width / 2 / tan(radians(self.hfov_deg) / 2)

    @property
    def field_of_view_deg(self) -> tuple[float, float]:
        """Horizontal and vertical, of the picture as it is taken."""
        if self.lens is not None:
            return self.lens.field_of_view_deg
        across, down = (degrees(2 * atan(side / 2 / self.focal_px)) for side in self.size)
        return across, down

    @property
    def horizon_px(self) -> float:
        """The row of the horizon in the level picture; may lie outside it."""
        return self.height / 2 - self.focal_px * tan(radians(self.pitch_deg))

    @property
    def levelled(self) -> "Camera":
        """The plain camera that takes the level picture."""
        if self.lens is None and self.roll_deg == 0:
            return self
        hfov = self.lens.straight_hfov_deg if self.lens else self.hfov_deg
        return replace(self, hfov_deg=hfov, roll_deg=0.0, lens=None)

    def resized(self, width: int, height: int) -> "Camera":
        """The same lens on a picture of other size. Raises `LensError`, a calibrated one for other shapes."""
        lens = self.lens.resized(width, height) if self.lens else None
        if (width, height) == (self.width, self.height) and lens == self.lens:
            return self
        return replace(self, width=width, height=height, lens=lens)

    # --- between the picture and the level one

    def level(self, points: Floats) -> Floats:
        """Pixels as they are in the level picture (N x 2 -> N x 2); not a number where no ray goes ahead."""
        straight = self.lens.straight(points) if self.lens else np.asarray(points, np.float64)
        return _turned(straight, self._middle, self.roll_deg)

    def level_box(self, box: Box) -> Box:
        """A box as the level picture shows it: upright about its own middle."""
        straight = self.lens.straight_box(box) if self.lens else box
        return _upright(straight, self._middle, self.roll_deg) if self.roll_deg else straight

    def _level_point(self, x_px: float, y_px: float) -> tuple[float, float]:
        """Tangents of the ray right of and below the optical axis."""
        if self.lens is not None:
            x_px, y_px = (float(v) for v in self.lens.straight(np.array([(x_px, y_px)], np.float64))[0])
        x_px, y_px = _turned_point((x_px, y_px), self._middle, self.roll_deg)
        return (x_px - self.width / 2) / self.focal_px, (y_px - self.height / 2) / self.focal_px

    def _picture_point(self, u: float, v: float) -> tuple[float, float]:
        """`_level_point` undone; not a number where the lens does not see."""
        roll = radians(self.roll_deg)
        u, v = u * cos(roll) + v * sin(roll), v * cos(roll) - u * sin(roll)
        if self.lens is None:
            return self.width / 2 + self.focal_px * u, self.height / 2 + self.focal_px * v
        x, y = self.lens.pixels(np.array([(u, v, 1.0)], np.float64))[0]
        return float(x), float(y)

    @property
    def _middle(self) -> Point:
        return self.width / 2, self.height / 2

    @property
    def _axis(self) -> tuple[float, float]:
        return sin(radians(self.pitch_deg)), cos(radians(self.pitch_deg))

    # --- between the picture and the ground

    def depression_rad(self, y_px: float) -> float:
        """How far below the horizontal the ray through row `y_px` of the middle column points."""
        return radians(self.pitch_deg) + atan(self._level_point(self.width / 2, y_px)[1])

    def ground(self, x_px: float, y_px: float) -> tuple[float, float] | None:
        """(X, Z) in metres where the ray meets the ground; None at or above the horizon."""
        u, v = self._level_point(x_px, y_px)
        if not radians(self.pitch_deg) + atan(v) >= FLATTEST_RAD:  # nor where the lens sees nothing
            return None
        sine, cosine = self._axis
        reach = self.lens_height_m / (sine + v * cosine)
        return reach * u, reach * (cosine - v * sine)

    def ground_rows(self, x_px: Floats, y_px: Floats) -> tuple[Floats, Floats]:
        """`ground` of many pixels at once; not a number at or above the horizon."""
        if self.lens is not None or self.roll_deg:
            x_px, y_px = self.level(np.stack([x_px, y_px], axis=1)).T
        sine, cosine = self._axis
        u = (x_px - self.width / 2) / self.focal_px
        v = (y_px - self.height / 2) / self.focal_px
        down = sine + v * cosine
        low = radians(self.pitch_deg) + np.arctan(v) >= FLATTEST_RAD
        reach = np.where(low, self.lens_height_m / np.where(low, down, 1.0), np.nan)
        return reach * u, reach * (cosine - v * sine)

    def project(self, x_m: float, z_m: float, up_m: float = 0.0) -> tuple[float, float] | None:
        """The pixel of a point `up_m` above the ground; None behind the camera or where the lens is blind."""
        sine, cosine = self._axis
        drop = self.lens_height_m - up_m
        depth = z_m * cosine + drop * sine
        if depth <= 0.05:
            return None
        x_px, y_px = self._picture_point(x_m / depth, (drop * cosine - z_m * sine) / depth)
        return (x_px, y_px) if x_px == x_px and y_px == y_px else None

    def project_rows(self, x_m: Floats, z_m: Floats, up_m: Floats) -> Floats:
        """`project` of many points at once (N x 2); not a number behind the camera or where it is blind."""
        sine, cosine = self._axis
        drop = self.lens_height_m - up_m
        depth = z_m * cosine + drop * sine
        depth = np.where(depth <= 0.05, np.nan, depth)
        across, below = x_m / depth, (drop * cosine - z_m * sine) / depth
        roll = radians(self.roll_deg)
        u, v = across * cos(roll) + below * sin(roll), below * cos(roll) - across * sin(roll)
        if self.lens is not None:
            return self.lens.pixels(np.stack([u, v, np.where(np.isnan(u), np.nan, 1.0)], axis=1))
        return np.stack([self.width / 2 + self.focal_px * u, self.height / 2 + self.focal_px * v], axis=1)

    def bearing_deg(self, x_px: float, y_px: float) -> float:
        """Bearing of the ground under a pixel's ray; + right."""
        u, v = self._level_point(x_px, y_px)
        sine, cosine = self._axis
        return degrees(atan2(u, max(cosine - v * sine, 1e-6)))


def _turned(points: Floats, middle: Point, roll_deg: float) -> Floats:
    """Points of the picture of a head that leans right, as one that does not lean sees them."""
    if roll_deg == 0:
        return points
    return np.stack(_about(points[:, 0], points[:, 1], middle, roll_deg), axis=1)


def _turned_point(point: Point, middle: Point, roll_deg: float) -> Point:
    return point if roll_deg == 0 else _about(*point, middle, roll_deg)


def _about(x: Number, y: Number, middle: Point, roll_deg: float) -> tuple[Number, Number]:
    sine, cosine = sin(radians(roll_deg)), cos(radians(roll_deg))
    across, down = x - middle[0], y - middle[1]
    return middle[0] + across * cosine - down * sine, middle[1] + across * sine + down * cosine


def _upright(box: Box, middle: Point, roll_deg: float) -> Box:
    """The box about the thing that leans in `box`.

    Things are rounder than their boxes, so an ellipse is turned: w^2 = (W cos)^2 + (H sin)^2, and h alike.
    """
    x1, y1, x2, y2 = box
    x, y = _turned_point(((x1 + x2) / 2, (y1 + y2) / 2), middle, roll_deg)
    roll = radians(min(abs(roll_deg), MOST_ROLL_DEG))
    c2, s2 = cos(roll) ** 2, sin(roll) ** 2
    w2, h2 = (x2 - x1) ** 2, (y2 - y1) ** 2
    # No ellipse has a box thinner than this; what is so thin is a part of a thing.
    wide = sqrt(max(w2 * c2 - h2 * s2, 0.1 * w2 * (c2 - s2)) / (c2 - s2))
    tall = sqrt(max(h2 * c2 - w2 * s2, 0.1 * h2 * (c2 - s2)) / (c2 - s2))
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


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


def calibrated(camera: Camera, lens: Lens) -> Camera:
    """`camera` with a measured lens, scaled to its picture. Raises `LensError` for other proportions."""
    fitted = lens.resized(camera.width, camera.height)
    return replace(camera, lens=fitted, hfov_deg=fitted.straight_hfov_deg)
