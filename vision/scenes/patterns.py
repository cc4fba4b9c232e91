"""Texture layers of training scenes only: more kinds of paving, and patterns that no street has."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from vision.scenes.canvas import F32, Canvas, near_joint, noise
from vision.scenes.layers import Layer


def _cells(c: Canvas, column: npt.NDArray[np.int_], row: npt.NDArray[np.int_], low: float) -> None:
    """A tone of its own for each stone."""
    tone = c.rng.uniform(low, 1.0, (16, 16)).astype(np.float32)
    c.shade(tone[row % 16, column % 16] * (0.86 + 0.28 * noise(c.rng, (32, 96, 128)) - 0.05))


def _joints(c: Canvas, joint: npt.NDArray[np.bool_], depth_m: float = 0.004) -> None:
    c.shade(np.where(joint, 0.45, 1.0).astype(np.float32))
    c.height = np.where(joint, -depth_m, 0.0).astype(np.float32) + 0.0006 * noise(c.rng, (128,))


def _wave(v: npt.NDArray[np.floating], pitch: float) -> F32:
    """A zigzag of height 1 with flat tops."""
    return np.asarray(np.clip(2.2 * np.sin(2 * np.pi * v / pitch), -1, 1), np.float32)


def _wavy(c: Canvas) -> None:
    u, v = c.x + 0.013 * _wave(c.y, 0.11), c.y + 0.009 * _wave(c.x, 0.11)
    row = np.floor(v / 0.11).astype(int)
    u = u + 0.11 * (row % 2)
    column = np.floor(u / 0.22).astype(int) % 4
    _cells(c, column, row % 8, 0.78)
    pale = c.rng.random((8, 4)) < 0.14
    c.fill(pale[row % 8, column], (0.78, 0.76, 0.72), 0.2)
    _joints(c, near_joint(u, 0.22, 0.011) | near_joint(v, 0.11, 0.011))


def _mosaic(c: Canvas) -> None:
    column, row = (c.x / 0.1).astype(int), (c.y / 0.1).astype(int)
    _cells(c, column, row, 0.7)
    for colour, share in (((0.85, 0.84, 0.8), 0.12), ((0.3, 0.3, 0.32), 0.08), ((0.8, 0.62, 0.35), 0.08)):
        odd = c.rng.random((16, 16)) < share
        c.fill(odd[row % 16, column % 16], colour, 0.15)
    _joints(c, near_joint(c.x, 0.1, 0.007) | near_joint(c.y, 0.1, 0.007), 0.002)


def _big_tile(c: Canvas) -> None:
    column, row = (c.x / 0.6).astype(int), (c.y / 0.6).astype(int)
    tone = c.rng.uniform(0.93, 1.0, (2, 2)).astype(np.float32)
    c.shade(tone[row % 2, column % 2] * (0.93 + 0.12 * noise(c.rng, (16, 64, 128))))
    joint = near_joint(c.x, 0.6, 0.008) | near_joint(c.y, 0.6, 0.008)
    c.shade(np.where(joint, 0.7, 1.0).astype(np.float32))
    c.gloss += 0.3


def _granite(c: Canvas) -> None:
    row = (c.y / 0.4).astype(int)
    x = c.x + 0.4 * (row % 2)
    _cells(c, (x / 0.8).astype(int) % 2, row % 4, 0.85)
    c.shade(0.72 + 0.5 * c.rng.random((len(c.x), len(c.x))).astype(np.float32))
    _joints(c, near_joint(x, 0.8, 0.008) | near_joint(c.y, 0.4, 0.008), 0.002)


def _studs(c: Canvas, distance_from_top: F32) -> None:
    """Steel on whatever ground the vertex colour says: the ground between stays as it is."""
    c.shade(0.8 + 0.4 * (noise(c.rng, (32, 128)) - 0.3))
    c.height = 0.005 * np.clip(1 - distance_from_top / 0.004, 0, 1).astype(np.float32)
    steel = distance_from_top < 0.004
    c.fill(steel, (0.8, 0.81, 0.82), 0.0)
    c.gloss[steel] = 0.35


def _stud_bars(c: Canvas) -> None:
    across = np.abs(np.mod(c.x, 0.075) - 0.0375) - 0.01
    _studs(c, np.maximum(0, np.maximum(across, np.abs(c.y - 0.15) - 0.135)))


def _stud_dots(c: Canvas) -> None:
    dx, dy = np.mod(c.x, 0.06) - 0.03, np.mod(c.y, 0.06) - 0.03
    _studs(c, np.maximum(0, np.hypot(dx, dy) - 0.009))


def _grating(c: Canvas) -> None:
    gap = (np.mod(c.x, 0.03125) > 0.011) & (np.mod(c.y, 0.125) > 0.012)
    c.shade(np.where(gap, 0.08, 0.9).astype(np.float32))
    c.gloss += np.where(gap, 0.0, 0.2).astype(np.float32)


def _two(c: Canvas, where: npt.NDArray[np.bool_], other: tuple[float, float, float]) -> None:
    """A pattern of the vertex colour and another one, with grain."""
    c.fill(where, other, 0.25)
    c.shade(0.75 + 0.5 * noise(c.rng, (16, 64, 128)))


def _stripes(c: Canvas) -> None:
    _two(c, np.mod(c.x + 0.3 * c.y, 0.2) > 0.11, (0.82, 0.8, 0.75))


def _blotches(c: Canvas) -> None:
    _two(c, noise(c.rng, (5, 9, 24)) > 0.55, (0.3, 0.28, 0.26))


def _spots(c: Canvas) -> None:
    dx, dy = np.mod(c.x, 0.1) - 0.05, np.mod(c.y, 0.1) - 0.05
    _two(c, np.hypot(dx, dy) < 0.028, (0.7, 0.66, 0.6))


def _checks(c: Canvas) -> None:
    _two(c, ((c.x / 0.1).astype(int) + (c.y / 0.1).astype(int)) % 2 == 0, (0.25, 0.26, 0.3))


def _clouds(c: Canvas) -> None:
    c.shade(0.3 + 1.2 * noise(c.rng, (4, 8, 16, 64)))
    c.height = 0.006 * noise(c.rng, (32, 96))


def _weave(c: Canvas) -> None:
    over = np.mod((c.x / 0.05).astype(int) + (c.y / 0.05).astype(int), 2) == 0
    line = np.where(over, np.sin(c.x * 2 * np.pi / 0.05), np.sin(c.y * 2 * np.pi / 0.05))
    c.shade((0.7 + 0.3 * line).astype(np.float32) * (0.8 + 0.3 * noise(c.rng, (64, 128))))


DRAW: dict[Layer, Callable[[Canvas], None]] = {
    Layer.WAVY: _wavy,
    Layer.MOSAIC: _mosaic,
    Layer.BIG_TILE: _big_tile,
    Layer.GRANITE: _granite,
    Layer.STUD_BARS: _stud_bars,
    Layer.STUD_DOTS: _stud_dots,
    Layer.GRATING: _grating,
    Layer.STRIPES: _stripes,
    Layer.BLOTCHES: _blotches,
    Layer.SPOTS: _spots,
    Layer.CHECKS: _checks,
    Layer.CLOUDS: _clouds,
    Layer.WEAVE: _weave,
}
