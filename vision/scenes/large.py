"""Trucks, vans and buses: boxes on wheels, with cabs, panes and lights. They point to +y."""

import numpy as np

from vision.scenes import cars
from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, Point, box, disc, join, loft, ring, scale

_BODIES: tuple[Colour, ...] = (
    (0.92, 0.92, 0.93), (0.85, 0.86, 0.88), (0.15, 0.3, 0.6), (0.1, 0.42, 0.28), (0.75, 0.15, 0.12),
    (0.9, 0.7, 0.15), (0.3, 0.32, 0.35), (0.85, 0.45, 0.15), (0.55, 0.75, 0.85),
)  # fmt: skip
_GLASS = Paint((0.07, 0.085, 0.1), Layer.GLASS)
_DARK = Paint((0.07, 0.07, 0.075))


def _paint(rng: np.random.Generator) -> Paint:
    return Paint(_BODIES[rng.integers(len(_BODIES))], Layer.LACQUER)


def _wheels(half: float, ys: tuple[float, ...], r: float) -> list[Mesh]:
    parts = []
    for side in (-1, 1):
        for y in ys:
            at: Point = (side * (half - 0.12), y, r)
            parts += [
                ring(at, r * 0.72, r * 0.28, Paint((0.05, 0.05, 0.055)), 16, 6),
                disc((side * (half + 0.01), y, r), r * 0.7, Paint((0.6, 0.61, 0.62), Layer.LACQUER)),
            ]
    return parts


def _shell(half: float, y0: float, y1: float, z0: float, z1: float, slope: float, paint: Paint) -> Mesh:
    """A closed body whose front leans back by `slope` metres at the top."""
    low: list[Point] = [(-half, y0, z0), (half, y0, z0), (half, y1, z0), (-half, y1, z0)]
    h, t = half * 0.94, y1 - slope
    top: list[Point] = [(-h, y0 + 0.03, z1), (h, y0 + 0.03, z1), (h, t, z1), (-h, t, z1)]
    cap: list[Point] = [(x * 0.9, y, z1 + 0.06) for x, y, _ in top]
    roof = [(0.0, (y0 + t) / 2, z1 + 0.065)] * 4
    return join(loft([low, top], paint), loft([top, cap], paint), loft([cap, roof], paint))


def _face(half: float, y: float, z: float, rear: bool) -> list[Mesh]:
    lamp = Paint((0.75, 0.06, 0.05) if rear else (0.95, 0.95, 0.92), Layer.LACQUER)
    out = -0.02 if rear else 0.02
    parts = [box((s * half * 0.75, y + out, z), (0.28, 0.06, 0.16), lamp) for s in (-1, 1)]
    parts.append(box((0, y + out, z - 0.12), (0.4, 0.03, 0.17), Paint((0.93, 0.93, 0.9))))
    parts.append(box((0, y, z - 0.3), (half * 1.9, 0.12, 0.18), _DARK))
    return parts


def truck(rng: np.random.Generator) -> Mesh:
    """A cab with a box, or with an open bed."""
    half, r = float(rng.uniform(0.75, 1.1)), float(rng.uniform(0.28, 0.42))
    bed, high = float(rng.uniform(2.0, 4.6)), float(rng.uniform(1.9, 3.0))
    cab, load = (
        _paint(rng),
        Paint(
            _BODIES[rng.integers(len(_BODIES))], (Layer.LACQUER, Layer.SHUTTER, Layer.PANEL)[rng.integers(3)]
        ),
    )
    y0, y1 = bed / 2, bed / 2 + 1.5
    parts = [
        _shell(half, y0, y1, 0.4, high * 0.55, 0.05, cab),
        _shell(half * 0.97, y0, y1 - 0.05, high * 0.55, high * 0.85, 0.35, _GLASS),
        box((0, (y0 + y1) / 2 - 0.2, high * 0.86), (half * 1.8, 1.1, 0.08), cab),
        box((0, 0, 0.5), (half * 1.6, bed + 2.4, 0.2), _DARK),
        *_wheels(half, (-bed / 2 + 0.5, y1 - 0.7), r),
        *_face(half, y1, 0.62, rear=False),
        *_face(half, -bed / 2, 0.7, rear=True),
    ]
    if rng.random() < 0.7:
        parts.append(box((0, -0.02, 0.65 + (high - 0.65) / 2), (half * 2.02, bed, high - 0.65), load))
    else:
        parts += [box((s * half, 0, 0.85), (0.04, bed, 0.4), cab) for s in (-1, 1)]
        parts.append(box((0, -bed / 2, 0.85), (half * 2, 0.04, 0.4), cab))
        parts.append(box((0, 0, 0.68), (half * 2, bed, 0.05), _DARK))
    return join(*parts)


def van(rng: np.random.Generator) -> Mesh:
    """A delivery van: one high body."""
    half, length, high = (
        float(rng.uniform(0.8, 0.95)),
        float(rng.uniform(3.6, 5.2)),
        float(rng.uniform(1.9, 2.4)),
    )
    paint, e = _paint(rng), length / 2
    parts = [
        _shell(half, -e, e, 0.28, 1.05, 0.1, paint),
        _shell(half * 0.99, -e, e - 0.1, 1.05, high, 0.55, paint),
        _shell(half * 0.995, e - 1.4, e - 0.08, 1.1, high * 0.88, 0.5, _GLASS),
        box((0, -e - 0.005, high * 0.72), (half * 1.5, 0.02, 0.5), _GLASS),
        *_wheels(half, (-e + 0.75, e - 0.75), 0.31),
        *_face(half, e, 0.7, rear=False),
        *_face(half, -e, 0.9, rear=True),
    ]
    return join(*parts)


def bus(rng: np.random.Generator) -> Mesh:
    """A city bus."""
    half, e, high = 1.2, float(rng.uniform(3.5, 5.5)), float(rng.uniform(2.7, 3.1))
    paint, band = _paint(rng), _paint(rng)
    parts = [
        _shell(half, -e, e, 0.3, high, 0.08, paint),
        box((0, 0, 0.75), (half * 2.01, e * 1.99, float(rng.uniform(0.1, 0.5))), band),
        box((0, e - 0.02, 1.75), (half * 1.85, 0.1, 1.2), _GLASS),
        box((0, e + 0.02, high - 0.25), (1.4, 0.04, 0.26), Paint((0.1, 0.1, 0.1))),
        *_wheels(half, (-e + 1.6, e - 1.9), 0.45),
        *_face(half, e, 0.75, rear=False),
        *_face(half, -e, 0.9, rear=True),
    ]
    for y in np.arange(-e + 0.8, e - 0.6, 1.25):
        parts += [box((s * half, float(y), 1.85), (0.03, 1.1, 0.95), _GLASS) for s in (-1, 1)]
    return join(*parts)


def heavy(rng: np.random.Generator) -> Mesh:
    """A truck or a large van."""
    return truck(rng) if rng.random() < 0.6 else van(rng)


def car(rng: np.random.Generator) -> Mesh:
    """A car, stretched a little so that no two are of one size."""
    x, y, z = (float(v) for v in rng.uniform(0.94, 1.06, 3))
    return scale(cars.car(rng), x, y, z)
