"""How a strip of guide blocks narrows towards the horizon: what its mask says of the camera's pose. Pure."""

from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np

from vision.camera import Camera, Floats
from vision.paving import PavingLine, Rows
from vision.ranks import median, quantile

LEAST_ROWS = 15
LEAST_SPAN = 0.3  # of the picture's height
THINNEST = 0.35  # of the nearest rows' width
ROBUST_ROUNDS = 4
ROWS_A_CELL = 5  # neighbouring rows share a cell of the mask: their errors are one error


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How a strip narrows: the horizon it points at, and its width, square to it, in one row.

    Rows and widths are those of the level picture.
    """

    horizon_px: float
    horizon_sigma_px: float  # by the scatter of the rows: differs from look to look
    row_px: float
    width_px: float


def narrowing(rows: Rows, camera: Camera, line: PavingLine | None) -> Narrowing | None:
    """How the strip narrows; `line`: its course, which says how obliquely a row cuts it. None: no telling."""
    if len(rows.y) < LEAST_ROWS:
        return None
    uncut = (rows.left > 1) & (rows.right < camera.width - 1)
    y, wide = _level_widths(rows, camera)
    # Where the strip is thin, a mask that bleeds by a pixel or two is all bleed: the near rows tell.
    known = wide[np.isfinite(wide)]
    broadest = quantile(known, 0.9) if len(known) else 0.0
    whole = uncut & (wide > THINNEST * broadest) & np.isfinite(y)
    y, wide = y[whole], wide[whole]
    if len(y) < LEAST_ROWS or y.max() - y.min() < camera.height * LEAST_SPAN:
        return None
    if line is not None:
        z = camera.levelled.ground_rows(y * 0 + camera.width / 2, y)[1]
        wide = wide * line.squareness(np.nan_to_num(z, nan=line.far_m))
    weight = np.ones_like(y)
    slope = level = 0.0
    off = weight
    for _ in range(ROBUST_ROUNDS):
        slope, level = _straight(y, wide, weight)
        off = np.abs(wide - (slope * y + level))
        weight = 1.0 / (1.0 + (off / max(1.5 * median(off), 0.5)) ** 2)
    if slope <= 0.01:
        return None
    horizon = -level / slope
    count = max(len(y) / ROWS_A_CELL, 2.0)
    total = float(weight.sum())
    spread = sqrt(float(weight @ (off * off)) / total) / count**0.5
    middle = float(weight @ y) / total
    lean = spread / max(float(y.std()), 1.0)
    sigma = hypot(spread, lean * (middle - horizon)) / slope
    return Narrowing(horizon, sigma, middle, slope * (middle - horizon))


def _straight(y: Floats, wide: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted least squares: slope and level."""
    total = float(weight.sum())
    mid_y, mid_w = float(weight @ y) / total, float(weight @ wide) / total
    away = y - mid_y
    heavy = weight * away
    slope = float(heavy @ (wide - mid_w)) / float(heavy @ away)
    return slope, mid_w - slope * mid_y


def _level_widths(rows: Rows, camera: Camera) -> tuple[Floats, Floats]:
    """Row and width along it of the strip in the level picture, in the order of `rows`."""
    if camera.lens is None and camera.roll_deg == 0:
        return rows.y, rows.right - rows.left
    left = camera.level(np.stack([rows.left, rows.y], axis=1))
    right = camera.level(np.stack([rows.right, rows.y], axis=1))
    y = (left[:, 1] + right[:, 1]) / 2
    return y, _at(right, y) - _at(left, y)


def _at(edge: Floats, y: Floats) -> Floats:
    """Where an edge of the strip, a line of points, crosses the rows `y`; straight on beyond its ends."""
    known = np.isfinite(edge).all(axis=1)
    points = edge[known][np.argsort(edge[known, 1], kind="stable")]
    if len(points) < 2:
        return np.full(len(y), np.nan)
    inside = np.interp(y, points[:, 1], points[:, 0])
    for end, beyond in ((slice(None, 8), y < points[0, 1]), (slice(-8, None), y > points[-1, 1])):
        near = points[end]
        lean = np.ptp(near[:, 0]) / max(float(np.ptp(near[:, 1])), 1e-6)
        lean = lean if (near[-1, 0] >= near[0, 0]) else -lean
        corner = near[0] if end.start is None else near[-1]
        inside = np.where(beyond, corner[0] + lean * (y - corner[1]), inside)
    return inside
