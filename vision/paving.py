"""Tactile paving as a line on the ground: from a mask to a curve, a ruler and a tilt. Pure.

The mask is broken where something stands on the paving, so what is kept is the line, not the pixels.
JIS T 9251 blocks are 30 cm wide: the strip's own width is a ruler, and the way it narrows with the
rows points at the horizon whatever its width is.
"""

from dataclasses import dataclass
from math import atan, atan2, cos, degrees, hypot, radians

import numpy as np
import numpy.typing as npt

from vision.camera import Camera
from vision.types import Mask

Floats = npt.NDArray[np.float64]

BLOCK_M = 0.30
ROW_STEP_SHARE = 1 / 90  # rows looked at, as a share of the picture's height
LEAST_ROWS = 8
LEAST_RUN_M = 0.7  # shorter along the ground is a blob, not a line
LEAST_WIDTH_PX = 3
ROBUST_ROUNDS = 4
SHARPEST_BEND = 0.25  # second-order coefficient, 1/m: a radius of 2 m
END_M = 1.0  # a thing on the paving hides this much of it, so it counts as going on this far


@dataclass(frozen=True, slots=True)
class Rows:
    """The strip row by row: pixels, bottom first."""

    y: Floats
    left: Floats
    right: Floats


@dataclass(frozen=True, slots=True)
class PavingLine:
    """X(Z) = a + b Z + c Z^2 within [near_m, far_m], straight on beyond. Ground frame of `vision.camera`."""

    a: float
    b: float
    c: float
    near_m: float
    far_m: float
    sigma_m: float  # scatter of the rows about the curve

    def at(self, z_m: float) -> float:
        """X of the line's middle, metres, + right."""
        inside = min(max(z_m, self.near_m), self.far_m)
        value = self.a + self.b * inside + self.c * inside * inside
        return value + (z_m - inside) * self._slope(inside)

    def _slope(self, z_m: float) -> float:
        return self.b + 2 * self.c * z_m

    def across_m(self, x_m: float, z_m: float) -> float:
        """How far the point lies to the right of the line, measured square to it."""
        inside = min(max(z_m, self.near_m), self.far_m)
        return (x_m - self.at(z_m)) * cos(atan(self._slope(inside)))

    def bearing_deg(self, z_m: float) -> float:
        """Bearing of the line's middle `z_m` ahead, + right."""
        return degrees(atan2(self.at(z_m), z_m))

    def reaches(self, z_m: float) -> bool:
        """Whether the paving was seen up to about there."""
        return self.near_m - END_M <= z_m <= self.far_m + END_M

    def sigma_at(self, z_m: float) -> float:
        """How sure `at` is: the scatter, growing by 8 cm a metre outside of what was seen."""
        outside = max(self.near_m - z_m, z_m - self.far_m, 0.0)
        return hypot(self.sigma_m, 0.08 * outside)


@dataclass(frozen=True, slots=True)
class Tilt:
    """The camera's pitch as the paving's narrowing tells it."""

    pitch_deg: float
    sigma_deg: float


def strip_rows(mask: Mask, near_x: float | None = None) -> Rows:
    """Follow one strip upward from the bottom, over gaps; `near_x`: where it was at the bottom before."""
    height, width = mask.shape
    step = max(1, round(height * ROW_STEP_SHARE))
    picked = np.arange(height - 1, -1, -step)
    edges = np.diff(np.pad(mask[picked].astype(np.int8), ((0, 0), (1, 1))), axis=1)
    start_rows, starts = np.nonzero(edges == 1)
    stops = np.nonzero(edges == -1)[1]
    ys: list[float] = []
    lefts: list[float] = []
    rights: list[float] = []
    begin = np.searchsorted(start_rows, np.arange(len(picked) + 1))
    aim = width / 2 if near_x is None else near_x
    for index, y in enumerate(picked.tolist()):
        here = slice(begin[index], begin[index + 1])
        wide = stops[here] - starts[here]
        if not wide.size:
            continue
        guess, reach = _expected(ys, lefts, rights, float(y), aim, width, free=near_x is None)
        middles = (starts[here] + stops[here]) / 2
        off = np.abs(middles - guess) - np.minimum(wide, 2 * reach) * 0.5
        best = int(np.argmin(off + (wide < LEAST_WIDTH_PX) * width))
        if wide[best] < LEAST_WIDTH_PX or off[best] > reach:
            continue
        if wide[best] > _widest(lefts, rights, width):
            continue  # strips narrow upward: this is a junction or a field of dots, and has no middle
        ys.append(float(y) + 0.5)
        lefts.append(float(starts[here][best]))
        rights.append(float(stops[here][best]))
    return Rows(np.array(ys), np.array(lefts), np.array(rights))


def _expected(
    ys: list[float],
    lefts: list[float],
    rights: list[float],
    y: float,
    aim: float,
    width: int,
    *,
    free: bool,
) -> tuple[float, float]:
    """Where the strip should be in row `y`, and how far off it may be, pixels."""
    if len(ys) < 4:
        if not ys:
            return aim, width * (0.6 if free else 0.2)
        return (lefts[-1] + rights[-1]) / 2, max(rights[-1] - lefts[-1], width * 0.04)
    back = min(len(ys), 10)
    middle = [(lefts[-i] + rights[-i]) / 2 for i in (1, back)]
    slope = (middle[0] - middle[1]) / (ys[-1] - ys[-back])
    gap = ys[-1] - y
    wide = rights[-1] - lefts[-1]
    return middle[0] - slope * gap, max(0.6 * wide, width * 0.02) + 0.25 * gap


def _widest(lefts: list[float], rights: list[float], width: int) -> float:
    """What a row may be wide, by the rows below it that the picture does not cut."""
    below = [b - a for a, b in zip(lefts[-8:], rights[-8:], strict=True) if a > 0 and b < width]
    return 1.6 * float(np.median(below)) if len(below) >= 3 else float("inf")


def fit_line(rows: Rows, camera: Camera) -> PavingLine | None:
    """The strip's middle as a curve on the ground; None where too little of it was seen."""
    points = _on_ground(rows, camera)
    if points is None:
        return None
    x, z, wide = points
    if len(z) < LEAST_ROWS or z.max() - z.min() < LEAST_RUN_M:
        return None
    # A row that is much wider than its neighbours is a junction or a dot field: its middle misleads.
    trust = 1.0 / (1.0 + (np.abs(wide / np.quantile(wide, 0.4) - 1.0) / 0.35) ** 2)
    # Far rows are short on the ground: each row weighs what its pixel is worth in metres.
    weight = trust / (0.03 + 0.01 * z) ** 2
    bend = _fit(x, z, weight)
    near, far = float(z.min()), float(np.quantile(z, 0.97))
    if abs(bend[2]) > SHARPEST_BEND:
        return None  # no walkable strip turns like that: rows of two strips were mixed
    scatter = float(np.sqrt(np.average((x - np.polyval(bend[::-1], z)) ** 2, weights=weight)))
    return PavingLine(bend[0], bend[1], bend[2], near, far, max(scatter, 0.03))


def _on_ground(rows: Rows, camera: Camera) -> tuple[Floats, Floats, Floats] | None:
    found = [
        (left, right)
        for y, x1, x2 in zip(rows.y, rows.left, rows.right, strict=True)
        if (left := camera.ground(x1, y)) and (right := camera.ground(x2, y)) and 0 < left[1] < 15
    ]
    if not found:
        return None
    x = np.array([(left[0] + right[0]) / 2 for left, right in found])
    z = np.array([left[1] for left, _ in found])
    return x, z, np.array([right[0] - left[0] for left, right in found])


def _fit(x: Floats, z: Floats, weight: Floats) -> tuple[float, float, float]:
    """Least squares with Cauchy weights, and a small price on bending: most strips are straight."""
    centre = float(z.mean())
    basis = np.stack([np.ones_like(z), z - centre, (z - centre) ** 2], axis=1)
    price = np.diag([0.0, 0.0, (0.5 + float(np.ptp(z))) ** 2 * 2.0])
    scaled = weight / weight.max()
    robust = np.ones_like(z)
    solution = np.zeros(3)
    for _ in range(ROBUST_ROUNDS):
        w = scaled * robust
        left = basis.T @ (basis * w[:, None])
        solution = np.linalg.solve(left + price * 0.02 + np.eye(3) * 1e-9, basis.T @ (w * x))
        off = np.abs(x - basis @ solution)
        robust = 1.0 / (1.0 + (off / max(1.5 * float(np.median(off)), 0.04)) ** 2)
    a, b, c = (float(v) for v in solution)
    return a - b * centre + c * centre**2, b - 2 * c * centre, c


def tilt_from_taper(rows: Rows, camera: Camera) -> Tilt | None:
    """Pitch from the row at which the strip's width would be nothing: that row is the horizon.

    The width in pixels is linear in the row, whatever the strip's real width and the lens height are.
    """
    wide = rows.right - rows.left
    y = rows.y
    whole = (rows.left > 1) & (rows.right < camera.width - 1)
    y, wide = y[whole], wide[whole]
    if len(y) < 15 or np.ptp(y) < camera.height * 0.3:
        return None
    weight = np.ones_like(y)
    slope = horizon = 0.0
    for _ in range(ROBUST_ROUNDS):
        slope, level = np.polyfit(y, wide, 1, w=np.sqrt(weight))
        off = np.abs(wide - (slope * y + level))
        weight = 1.0 / (1.0 + (off / max(1.5 * float(np.median(off)), 0.5)) ** 2)
    if slope <= 0.01:
        return None
    horizon = -level / slope
    spread = float(np.sqrt(np.average(off**2, weights=weight)))
    # Neighbouring rows share the same prototype cell: their errors are not independent (about 5 a cell).
    count = max(len(y) / 5, 2.0)
    middle = float(np.average(y, weights=weight))
    lean = spread / np.sqrt(count) / max(float(np.std(y)), 1.0)
    sigma_px = hypot(spread / np.sqrt(count), lean * (middle - horizon)) / slope
    pitch = degrees(atan((camera.height / 2 - horizon) / camera.focal_px))
    per_px = degrees(cos(radians(pitch)) ** 2 / camera.focal_px)
    # Never believed to better than 1 degree: the ground is not flat and the head rolls.
    return Tilt(pitch, max(hypot(sigma_px * per_px, 1.0), 1.0))
