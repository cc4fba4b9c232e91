"""What a calibrated lens does to light: pixel -> ray and back, for pinhole and fisheye lenses. Pure.

Pixels as in `vision.types`: the origin is the corner of the picture, so OpenCV's numbers, whose origin is
the middle of the first pixel, are half a pixel smaller. Rays: x right, y down, z along the optical axis.
The distortions are OpenCV's: Brown's (k1, k2, p1, p2, k3) and Kannala's (k1, k2, k3, k4).
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import atan, degrees, inf, isfinite, pi, tan
from typing import Literal

import numpy as np
import numpy.typing as npt

from vision.errors import VisionError

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
Model = Literal["pinhole", "fisheye"]

NUMBERS = {"pinhole": 5, "fisheye": 4}  # of a distortion
STEPS = 30  # of Newton's method; a lens needs 3 to 6
CLOSE = 1e-9  # of the normalised plane (radians, or tangents): far below a pixel's thousandth
_FAINTEST = 1e-12  # of a distortion's numbers
_STEEPEST = 1e-3  # least slope of a distortion's curve: below it, two directions share a pixel


class LensError(VisionError):
    """Numbers that no lens has."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A lens and its sensor. `fx`, `fy`, `cx`, `cy` in pixels of a `width` x `height` picture.

    Raises `LensError` for numbers that cannot be.
    """

    model: Model
    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...]

    def __post_init__(self) -> None:
        numbers = (self.fx, self.fy, self.cx, self.cy, *self.distortion)
        if self.model not in NUMBERS:
            raise LensError(f"a lens is {' or '.join(NUMBERS)}, not {self.model!r}")
        if len(self.distortion) != NUMBERS[self.model]:
            wanted = NUMBERS[self.model]
            raise LensError(f"a {self.model} distortion has {wanted} numbers, not {len(self.distortion)}")
        if not all(isfinite(number) for number in numbers) or min(self.fx, self.fy) <= 0:
            raise LensError("a lens has finite numbers, and focal lengths above 0")
        if min(self.width, self.height) < 1:
            raise LensError(f"a picture of {self.width}x{self.height} pixels cannot be")

    def rays(self, points: Floats) -> Floats:
        """Unit vectors of N pixels (N x 2 -> N x 3); not a number where no light falls."""
        flat = (np.asarray(points, np.float64) - (self.cx, self.cy)) / (self.fx, self.fy)
        return _fisheye_rays(flat, self.distortion) if self.model == "fisheye" else self._straightened(flat)

    def pixels(self, rays: Floats) -> Floats:
        """Where N rays of any length meet the sensor (N x 3 -> N x 2); not a number where they do not."""
        rays = np.asarray(rays, np.float64)
        flat = (
            _fisheye_plane(rays, self.distortion)
            if self.model == "fisheye"
            else _pinhole_plane(rays, self.distortion)
        )
        return np.asarray(flat * (self.fx, self.fy) + (self.cx, self.cy), np.float64)

    def _straightened(self, flat: Floats) -> Floats:
        plane = _undistorted(flat, self.distortion)
        rays = np.concatenate([plane, np.ones((len(plane), 1))], axis=1)
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True), np.float64)

    # --- for geometry that knows straight lines only

    @property
    def focal_px(self) -> float:
        """Of the straight camera that sees the middle of the picture at the same scale."""
        return (self.fx + self.fy) / 2

    def straight(self, points: Floats) -> Floats:
        """Pixels of an ideal camera of the same size, its axis through the middle (N x 2 -> N x 2).

        Its focal length is `focal_px`. Points may lie far outside the picture; not a number where a ray
        points sideways or back.
        """
        rays = self.rays(points)
        ahead = rays[:, 2] > 1e-6
        depth = np.where(ahead, rays[:, 2], np.nan)[:, None]
        return np.asarray(rays[:, :2] / depth * self.focal_px + (self.width / 2, self.height / 2), np.float64)

    def straight_box(self, box: Box) -> Box:
        """A box as the ideal camera sees it, from the middles of its sides.

        A thing touches its box there rather than at the corners, which a distortion moves most.
        """
        x1, y1, x2, y2 = box
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        sides = self.straight(np.array([(x1, y), (x, y1), (x2, y), (x, y2)], np.float64))
        return float(sides[0, 0]), float(sides[1, 1]), float(sides[2, 0]), float(sides[3, 1])

    def resized(self, width: int, height: int) -> "Lens":
        """The same lens on the whole picture at another size; raises `LensError` for other proportions."""
        if abs(width * self.height - height * self.width) > max(width, height):
            told = f"{self.width}x{self.height}"
            raise LensError(f"calibrated at {told}, which is no {width}x{height}: calibrate at that size")
        x, y = width / self.width, height / self.height
        return replace(
            self, width=width, height=height, fx=self.fx * x, fy=self.fy * y, cx=self.cx * x, cy=self.cy * y
        )

    @property
    def field_of_view_deg(self) -> tuple[float, float]:
        """Horizontal and vertical, through the optical centre; not a number where an edge sees nothing."""
        points = [(0, self.cy), (self.width, self.cy), (self.cx, 0), (self.cx, self.height)]
        rays = self.rays(np.array(points, np.float64))
        off = np.degrees(np.arctan2(np.hypot(rays[:, 0], rays[:, 1]), rays[:, 2]))
        return float(off[0] + off[1]), float(off[2] + off[3])

    @property
    def straight_hfov_deg(self) -> float:
        """Horizontal field of view of the ideal camera of `straight`."""
        return degrees(2 * atan(self.width / 2 / self.focal_px))


def ideal_lens(width: int, height: int, hfov_deg: float) -> Lens:
    """A lens that bends nothing; its axis goes through the middle."""
    focal = width / 2 / tan(hfov_deg * pi / 360)
    return Lens("pinhole", width, height, focal, focal, width / 2, height / 2, (0.0,) * 5)


# --- pinhole: Brown's distortion of the plane z = 1


def _bend(plane: Floats, k: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Distorted points of the plane, and the 2 x 2 derivatives (N x 2 x 2)."""
    k1, k2, p1, p2, k3 = k
    x, y = plane[:, 0], plane[:, 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    slope = k1 + r2 * (2 * k2 + r2 * 3 * k3)  # of `radial` by r2
    bent_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    bent_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    cross = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    rows = (
        radial + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x,
        cross,
        cross,
        radial + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x,
    )
    return np.stack([bent_x, bent_y], axis=1), np.stack(rows, axis=1).reshape(-1, 2, 2)


def _settled(coefficients: list[float]) -> list[float]:
    """Without those too small to bend anything: dividing by them overflows."""
    return [number if abs(number) > _FAINTEST else 0.0 for number in coefficients]


@lru_cache(maxsize=16)
def _farthest_squared(k: tuple[float, ...]) -> float:
    """Squared radius of the plane where the radial curve r (1 + k1 r^2 + …) stops rising."""
    k1, k2, _, _, k3 = k
    roots = np.roots(_settled([7 * k3, 5 * k2, 3 * k1, 1.0]))
    real = [root.real for root in roots if abs(root.imag) < 1e-9 and root.real > 0]
    return float(min(real, default=inf))


def _pinhole_plane(rays: Floats, k: tuple[float, ...]) -> Floats:
    depth = np.where(rays[:, 2] > 0, rays[:, 2], np.nan)[:, None]
    plane = rays[:, :2] / depth
    outside = ~((plane**2).sum(axis=1) < _farthest_squared(k))
    plane = np.where(outside[:, None], np.nan, plane)
    return _bend(plane, k)[0]


def _undistorted(flat: Floats, k: tuple[float, ...]) -> Floats:
    """Newton's method from the point itself, held inside the radius where the curve still rises."""
    limit = _farthest_squared(k)
    plane = _inside(flat.copy(), limit)
    for _ in range(STEPS):
        bent, slopes = _bend(plane, k)
        off = bent - flat
        if not (np.abs(off) > CLOSE / 10).any():
            break
        (a, b), (c, d) = slopes[:, 0].T, slopes[:, 1].T
        det = a * d - b * c
        det = np.where(np.abs(det) < _STEEPEST, _STEEPEST, det)
        step = np.stack([d * off[:, 0] - b * off[:, 1], a * off[:, 1] - c * off[:, 0]], axis=1)
        plane = _inside(plane - step / det[:, None], limit)
    missed = ~(np.abs(_bend(plane, k)[0] - flat).max(axis=1) < CLOSE)
    return np.where(missed[:, None], np.nan, plane)


def _inside(plane: Floats, limit: float) -> Floats:
    if limit == inf:
        return plane
    r2 = (plane**2).sum(axis=1, keepdims=True)
    shrink = np.sqrt(np.minimum(1.0, 0.999 * limit / np.maximum(r2, 1e-12)))
    return np.asarray(plane * shrink, np.float64)


# --- fisheye: Kannala's curve of the angle from the axis


def _curve(theta: Floats, k: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Distance from the optical centre at the angle `theta`, and its slope."""
    t2 = theta * theta
    k1, k2, k3, k4 = k
    bent = theta * (1 + t2 * (k1 + t2 * (k2 + t2 * (k3 + t2 * k4))))
    slope = 1 + t2 * (3 * k1 + t2 * (5 * k2 + t2 * (7 * k3 + t2 * 9 * k4)))
    return bent, slope


@lru_cache(maxsize=16)
def _widest(k: tuple[float, ...]) -> float:
    """The angle where the curve stops rising; at most straight back."""
    roots = np.roots(_settled([9 * k[3], 7 * k[2], 5 * k[1], 3 * k[0], 1.0]))
    real = [root.real for root in roots if abs(root.imag) < 1e-9 and root.real > 0]
    return float(min(pi, min(real, default=inf) ** 0.5))


def _fisheye_plane(rays: Floats, k: tuple[float, ...]) -> Floats:
    side = np.hypot(rays[:, 0], rays[:, 1])
    theta = np.arctan2(side, rays[:, 2])
    theta = np.where(theta < _widest(k), theta, np.nan)
    scale = np.where(side > 1e-12, _curve(theta, k)[0] / np.maximum(side, 1e-12), 0.0)
    return np.asarray(rays[:, :2] * scale[:, None], np.float64)


def _fisheye_rays(flat: Floats, k: tuple[float, ...]) -> Floats:
    far = np.hypot(flat[:, 0], flat[:, 1])
    widest = _widest(k)
    theta = np.minimum(far, widest * 0.9)
    for _ in range(STEPS):
        bent, slope = _curve(theta, k)
        if not (np.abs(bent - far) > CLOSE / 10).any():
            break
        theta = np.clip(theta - (bent - far) / np.maximum(slope, _STEEPEST), 0.0, widest)
    theta = np.where(np.abs(_curve(theta, k)[0] - far) < CLOSE, theta, np.nan)
    scale = np.where(far > 1e-12, np.sin(theta) / np.maximum(far, 1e-12), 1.0)
    return np.concatenate([flat * scale[:, None], np.cos(theta)[:, None]], axis=1)
