"""Tactile paving as a line on the ground: from a mask to rows, from rows to a curve. Pure.

The mask is broken where something stands on the paving, so what is kept is the line, not the pixels.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import atan, atan2, cos, degrees, hypot, inf, sqrt
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from vision.camera import Box, Camera
from vision.ranks import median, quantile
from vision.types import Mask

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BLOCK_M = 0.30  # JIS T 9251: guide blocks are 30 cm wide
ROW_STEP_SHARE = 1 / 90  # rows looked at, as a share of the picture's height
LEAST_ROWS = 8
LEAST_RUN_M = 0.7  # shorter along the ground is a blob, not a line
LEAST_WIDTH_PX = 3
ROBUST_ROUNDS = 4
SHARPEST_BEND = 0.25  # second-order coefficient, 1/m: a radius of 2 m
FARTHEST_M = 15.0  # farther rows are guesses: a pixel there is a metre
TOUCH_PX, HIDDEN_WEIGHT = 3.0, 0.1
# A thing on the paving hides some of it, so it counts as going on a little beyond what was seen, and
# as coming up to the wearer's feet.
BEGINNING_M, END_M = 2.5, 1.0


@dataclass(frozen=True, slots=True)
class Rows:
    """The strip row by row: pixels, bottom first."""

    y: Floats
    left: Floats
    right: Floats

    def only(self, which: Flags) -> "Rows":
        """The rows that are flagged."""
        return Rows(self.y[which], self.left[which], self.right[which])


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
        return value + (z_m - inside) * self.slope(inside)

    def slope(self, z_m: float) -> float:
        """X over Z there: the tangent of its heading, + right."""
        return self.b + 2 * self.c * min(max(z_m, self.near_m), self.far_m)

    def across_m(self, x_m: float, z_m: float) -> float:
        """How far the point lies to the right of the line, measured square to it."""
        return (x_m - self.at(z_m)) * cos(atan(self.slope(z_m)))

    def bearing_deg(self, z_m: float) -> float:
        """Bearing of the line's middle `z_m` ahead, + right."""
        return degrees(atan2(self.at(z_m), z_m))

    def squareness(self, z_m: Floats) -> Floats:
        """Cosine of the angle between the line and straight ahead, at each distance."""
        inside = np.clip(z_m, self.near_m, self.far_m)
        return np.asarray(np.cos(np.arctan(self.b + 2 * self.c * inside)), np.float64)

    def reaches(self, z_m: float) -> bool:
        """Whether the paving was seen up to about there."""
        return self.near_m - BEGINNING_M <= z_m <= self.far_m + END_M

    def sigma_at(self, z_m: float) -> float:
        """How sure `at` is: the scatter, growing by 8 cm a metre outside of what was seen."""
        outside = max(self.near_m - z_m, z_m - self.far_m, 0.0)
        return hypot(self.sigma_m, 0.08 * outside)


def strip_rows(mask: Mask, near_x: float | None = None) -> Rows:
    """Follow one strip upward from the bottom, over gaps; `near_x`: where it was at the bottom before."""
    width = mask.shape[1]
    strip = _Strip(width, width / 2 if near_x is None else near_x, free=near_x is None)
    for y, runs in _runs(mask):
        strip.take(y + 0.5, runs)
    return Rows(*np.array(strip.rows, np.float64).reshape(-1, 3).T.copy())


def _runs(mask: Mask) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """(row, runs of True in it) from the bottom upward, for every row that is looked at and has any."""
    height, width = mask.shape
    step = max(1, round(height * ROW_STEP_SHARE))
    looked = mask[::-1][::step]
    # A bare column on each side: every run begins and ends within its row.
    bordered = np.zeros((len(looked), width + 2), np.bool_)
    bordered[:, 1:-1] = looked
    row, column = np.divmod(np.flatnonzero(np.diff(bordered.ravel())), width + 2)
    runs = zip(row[::2].tolist(), column[::2].tolist(), column[1::2].tolist(), strict=True)
    for index, group in groupby(runs, key=itemgetter(0)):
        yield height - 1 - index * step, [(start, stop) for _, start, stop in group]


class _Strip:
    """One strip as it is followed upward: the rows taken so far."""

    def __init__(self, width: int, aim: float, *, free: bool) -> None:
        self.rows: list[tuple[float, int, int]] = []  # y, left, right
        self._whole: list[int] = []  # widths; 0 where the picture cuts the row
        self._width = width
        self._aim = aim
        self._first_reach = width * (0.6 if free else 0.2)

    def take(self, y: float, runs: list[tuple[int, int]]) -> None:
        """Add the run of row `y` that goes on with the strip, if any does."""
        guess, reach = self._expected(y)
        best: tuple[float, int, int] | None = None
        for left, right in runs:
            wide = right - left
            if wide < LEAST_WIDTH_PX:
                continue
            off = abs((left + right) / 2 - guess) - min(wide, 2 * reach) / 2
            if off <= reach and (best is None or off < best[0]):
                best = off, left, right
        # Strips narrow upward: a wider row is a junction or a field of dots, and its middle misleads.
        if best and best[2] - best[1] <= self._widest():
            _, left, right = best
            self.rows.append((y, left, right))
            self._whole.append(right - left if left > 0 and right < self._width else 0)

    def _expected(self, y: float) -> tuple[float, float]:
        """Where the strip should be in row `y`, and how far off it may be, pixels."""
        rows = self.rows
        if not rows:
            return self._aim, self._first_reach
        last_y, left, right = rows[-1]
        wide, last = right - left, (left + right) / 2
        if len(rows) < 4:
            return last, max(wide, self._width * 0.04)
        first_y, left, right = rows[-10] if len(rows) > 10 else rows[0]
        gap = last_y - y
        slope = (last - (left + right) / 2) / (last_y - first_y)
        return last - slope * gap, max(0.6 * wide, self._width * 0.02) + 0.25 * gap

    def _widest(self) -> float:
        """What a row may be wide, by the rows below it that the picture does not cut."""
        below = sorted(wide for wide in self._whole[-8:] if wide)
        if len(below) < 3:
            return inf
        # Their median; the library's takes as long to be called as all of the rest of a row.
        return 0.8 * (below[(len(below) - 1) // 2] + below[len(below) // 2])


def unhidden(rows: Rows, boxes: Iterable[Box]) -> Flags:
    """Which rows' strip no box touches: a thing before it takes away part of its width."""
    open_ = np.ones(len(rows.y), np.bool_)
    for x1, y1, x2, y2 in boxes:
        beside = (rows.right < x1 - TOUCH_PX) | (rows.left > x2 + TOUCH_PX)
        open_ &= beside | (rows.y < y1 - TOUCH_PX) | (rows.y > y2 + TOUCH_PX)
    return open_


def fit_line(rows: Rows, camera: Camera, clear: Flags | None = None) -> PavingLine | None:
    """The strip's middle as a curve on the ground; None where too little of it was seen.

    `clear`: rows that nothing hides in part; the others count little.
    """
    x, z, wide, near_rows = _on_ground(rows, camera)
    if len(z) < LEAST_ROWS or z.max() - z.min() < LEAST_RUN_M:
        return None
    # A row that is much wider than its neighbours is a junction or a dot field: its middle misleads.
    trust = 1.0 / (1.0 + (np.abs(wide / quantile(wide, 0.4) - 1.0) / 0.35) ** 2)
    # Far rows are short on the ground: each row weighs what its pixel is worth in metres.
    weight = trust / (0.03 + 0.01 * z) ** 2
    if clear is not None:
        weight = weight * np.where(clear[near_rows], 1.0, HIDDEN_WEIGHT)
    (a, b, c), off = _fit(x, z, weight)
    near, far = float(z.min()), quantile(z, 0.97)
    if abs(c) > SHARPEST_BEND:
        return None  # no walkable strip turns like that: rows of two strips were mixed
    scatter = sqrt(float(weight @ (off * off)) / float(weight.sum()))
    return PavingLine(a, b, c, near, far, max(scatter, 0.03))


def _on_ground(rows: Rows, camera: Camera) -> tuple[Floats, Floats, Floats, Flags]:
    """X of the middle, Z and width, metres, of the rows that are flagged: not those near the horizon."""
    count = len(rows.y)
    edges, z = camera.ground_rows(np.concatenate([rows.left, rows.right]), np.concatenate([rows.y, rows.y]))
    left, right, z = edges[:count], edges[count:], z[:count]
    near = np.isfinite(z) & (z > 0) & (z < FARTHEST_M)
    return ((left + right) / 2)[near], z[near], (right - left)[near], near


def _fit(x: Floats, z: Floats, weight: Floats) -> tuple[tuple[float, float, float], Floats]:
    """Least squares with Cauchy weights, and a small price on bending: most strips are straight.

    The three coefficients, and how far off each row is.
    """
    centre = float(z.mean())
    away = z - centre
    powers = np.empty((5, len(z)))
    powers[0], powers[1] = 1.0, away
    powers[2] = away * away
    powers[3:] = powers[1:3] * powers[2]
    price = (0.5 + float(z.max()) - float(z.min())) ** 2 * 2.0 * 0.02
    scaled = robust = weight / weight.max()
    a, b, c, off = 0.0, 0.0, 0.0, x
    for _ in range(ROBUST_ROUNDS):
        sums, told = (powers @ robust).tolist(), (powers[:3] @ (robust * x)).tolist()
        a, b, c = _parabola(sums, told, price)
        off = x - (a + b * away + c * powers[2])
        apart = np.abs(off)
        robust = scaled / (1.0 + (apart / max(1.5 * median(apart), 0.04)) ** 2)
    return (a - b * centre + c * centre**2, b - 2 * c * centre, c), off


def _parabola(sums: Sequence[float], told: Sequence[float], price: float) -> tuple[float, float, float]:
    """The three by three equations of `_fit`, by elimination: LAPACK takes ten times as long to be called."""
    tiny = 1e-9
    s0, s1, s2, s3, s4 = sums
    t0, t1, t2 = told
    m0 = s0 + tiny
    m1, m3, m4 = s2 + tiny - s1 * s1 / m0, s3 - s1 * s2 / m0, s4 + price + tiny - s2 * s2 / m0
    t1, t2 = t1 - s1 / m0 * t0, t2 - s2 / m0 * t0
    c = (t2 - m3 / m1 * t1) / (m4 - m3 * m3 / m1)
    b = (t1 - m3 * c) / m1
    return (t0 - s1 * b - s2 * c) / m0, b, c
