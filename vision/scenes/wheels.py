"""Bicycles, scooters, kick scooters. They point to +y and stand on the ground."""

from itertools import pairwise

import numpy as np

from vision.scenes.layers import Layer
from vision.scenes.mesh import (
    Colour,
    Mesh,
    Paint,
    Point,
    box,
    capsule,
    disc,
    ellipsoid,
    join,
    place,
    ring,
    tube,
)

_BLACK = Paint((0.06, 0.06, 0.065))
_RUBBER = Paint((0.045, 0.045, 0.05))
_STEEL = Paint((0.62, 0.63, 0.65), Layer.LACQUER)
_PAINTS: tuple[Colour, ...] = (
    (0.75, 0.1, 0.1), (0.12, 0.22, 0.5), (0.85, 0.85, 0.86), (0.1, 0.1, 0.11), (0.2, 0.45, 0.35),
    (0.55, 0.56, 0.58), (0.88, 0.62, 0.15), (0.62, 0.8, 0.85), (0.3, 0.16, 0.12),
)  # fmt: skip


def lacquer(rng: np.random.Generator) -> Paint:
    """A glossy colour that vehicles have."""
    return Paint(_PAINTS[rng.integers(len(_PAINTS))], Layer.LACQUER)


def _wheel(y: float, radius: float, thick: float, spokes: int) -> Mesh:
    hub: Point = (0.0, y, radius + thick)
    parts = [ring(hub, radius, thick, _RUBBER), ring(hub, radius - thick * 1.4, thick * 0.5, _STEEL, 20, 4)]
    for k in range(spokes):
        a = 2 * np.pi * k / spokes
        rim = (0.0, y + (radius - thick) * np.cos(a), hub[2] + (radius - thick) * np.sin(a))
        parts.append(tube(hub, rim, 0.0035, 0.0035, _STEEL, 4))
    parts.append(tube((-0.05, y, hub[2]), (0.05, y, hub[2]), 0.022, 0.022, _STEEL, 6))
    return join(*parts)


def bicycle(rng: np.random.Generator) -> Mesh:
    """An upright city bicycle, most with a basket, a mudguard and a stand."""
    paint, r = lacquer(rng), 0.315
    crank: Point = (0.0, -0.06, 0.28)
    seat, head_low, head_top = (0.0, -0.22, 0.74), (0.0, 0.36, 0.62), (0.0, 0.31, 0.86)
    rear, front = (0.0, -0.5, r + 0.02), (0.0, 0.54, r + 0.02)
    low_step = rng.random() < 0.6
    top_tube = (
        ((0.0, -0.12, 0.46), (0.0, 0.35, 0.66)) if low_step else ((0.0, -0.19, 0.68), (0.0, 0.34, 0.74))
    )
    parts = [
        _wheel(-0.5, r, 0.02, 14),
        _wheel(0.54, r, 0.02, 14),
        tube(crank, seat, 0.018, 0.016, paint),
        tube(crank, head_low, 0.02, 0.02, paint),
        tube(*top_tube, 0.018, 0.018, paint),
        tube(head_low, head_top, 0.02, 0.02, paint),
        tube(seat, (0.0, -0.25, 0.86), 0.013, 0.013, _STEEL),
        ellipsoid((0.0, -0.27, 0.89), (0.09, 0.14, 0.045), _BLACK, 10, 6),
        tube(head_top, (0.0, 0.27, 1.0), 0.013, 0.013, _STEEL),
    ]
    for side in (-1, 1):
        x = side * 0.05
        parts += [
            tube((x, *rear[1:]), (side * 0.02, *crank[1:]), 0.009, 0.009, paint, 5),
            tube((x, *rear[1:]), (side * 0.02, *seat[1:]), 0.008, 0.008, paint, 5),
            tube((x, *front[1:]), (side * 0.02, *head_low[1:]), 0.011, 0.011, paint, 5),
            tube((0.0, 0.27, 1.0), (side * 0.27, 0.16, 1.03), 0.012, 0.012, _STEEL, 6),
            capsule((side * 0.2, 0.19, 1.02), (side * 0.29, 0.1, 1.03), 0.017, 0.017, _BLACK, 6),
            tube((x, *rear[1:]), (side * 0.12, -0.62, 0.02), 0.01, 0.01, _STEEL, 5),
        ]
    parts.append(tube((0.07, -0.06, 0.28), (0.09, 0.04, 0.15), 0.01, 0.01, _STEEL, 5))
    parts.append(tube((-0.07, -0.06, 0.28), (-0.09, -0.16, 0.41), 0.01, 0.01, _STEEL, 5))
    parts.append(box((0.1, 0.04, 0.15), (0.09, 0.08, 0.025), _BLACK))
    parts.append(box((-0.1, -0.16, 0.41), (0.09, 0.08, 0.025), _BLACK))
    parts.append(place(ring((0, 0, 0), 0.09, 0.008, _STEEL, 14, 4), (0.045, -0.06, 0.28)))
    parts.append(_mudguard(-0.5, r + 0.05, paint))
    if rng.random() < 0.75:
        parts.append(_basket((0.0, 0.5, 0.84)))
    if rng.random() < 0.6:
        parts.append(box((0.0, -0.5, 0.72), (0.13, 0.34, 0.02), _STEEL))
    parts.append(box((0.0, -0.72, 0.62), (0.05, 0.02, 0.05), Paint((0.8, 0.05, 0.05))))
    return join(*parts)


def _mudguard(y: float, radius: float, paint: Paint) -> Mesh:
    angles = np.radians(np.linspace(35, 185, 8))
    points = [(0.0, y + radius * np.cos(a), radius - 0.03 + radius * np.sin(a) * 0.98) for a in angles]
    return join(*[tube(a, b, 0.024, 0.024, paint, 5) for a, b in pairwise(points)])


def _basket(at: Point) -> Mesh:
    bar = Paint((0.35, 0.35, 0.37))
    parts = [box((0, 0, -0.1), (0.32, 0.24, 0.012), bar)]
    for z in (-0.06, 0.0, 0.06, 0.12):
        grow = 1 + (z + 0.1) * 0.8
        w, d = 0.32 * grow, 0.24 * grow
        for side in (-1, 1):
            parts.append(box((side * w / 2, 0, z), (0.008, d, 0.012), bar))
            parts.append(box((0, side * d / 2, z), (w, 0.008, 0.012), bar))
    uprights = [
        tube((x, side * 0.12, -0.1), (x * 1.17, side * 0.141, 0.12), 0.004, 0.004, bar, 4)
        for x in np.linspace(-0.15, 0.15, 6)
        for side in (-1, 1)
    ]
    return place(join(*parts, *uprights), at)


def motorcycle(rng: np.random.Generator) -> Mesh:
    """A small scooter with a seat, as they stand on Japanese pavements."""
    paint, dark = lacquer(rng), Paint((0.09, 0.09, 0.1), Layer.LACQUER)
    parts = []
    for y in (-0.58, 0.6):
        hub: Point = (0.0, y, 0.235)
        parts += [
            ring(hub, 0.18, 0.055, _RUBBER, 18, 7),
            disc((0.03, y, 0.235), 0.14, _STEEL),
            disc((-0.03, y, 0.235), 0.14, _STEEL),
        ]
    parts += [
        ellipsoid((0, -0.48, 0.55), (0.16, 0.42, 0.17), paint, 12, 8),
        ellipsoid((0, -0.36, 0.73), (0.14, 0.36, 0.075), _BLACK, 12, 7),
        box((0, 0.1, 0.29), (0.3, 0.72, 0.12), dark),
        box((0, -0.45, 0.42), (0.24, 0.5, 0.26), dark),
        place(box((0, 0, 0), (0.42, 0.07, 0.62), paint), (0.0, 0.42, 0.58), pitch_deg=-16),
        ellipsoid((0, 0.56, 0.52), (0.12, 0.15, 0.1), paint, 10, 7),
        ellipsoid((0, 0.4, 0.9), (0.15, 0.13, 0.1), paint, 12, 7),
        ellipsoid((0, 0.51, 0.9), (0.08, 0.04, 0.06), Paint((0.95, 0.95, 0.9), Layer.LACQUER), 10, 6),
        tube((0, 0.6, 0.235), (0, 0.42, 0.8), 0.04, 0.04, dark, 7),
        box((0, -0.9, 0.62), (0.18, 0.03, 0.1), Paint((0.8, 0.06, 0.05), Layer.LACQUER)),
        box((0, -0.93, 0.45), (0.2, 0.012, 0.12), Paint((0.92, 0.92, 0.9))),
        capsule((0.16, -0.35, 0.25), (0.18, -0.8, 0.32), 0.045, 0.06, _STEEL, 8),
    ]
    for side in (-1, 1):
        parts += [
            tube((0, 0.36, 0.95), (side * 0.32, 0.26, 0.98), 0.016, 0.016, _BLACK),
            tube((side * 0.2, 0.34, 0.97), (side * 0.28, 0.4, 1.17), 0.007, 0.007, _BLACK, 5),
            ellipsoid((side * 0.29, 0.4, 1.2), (0.06, 0.015, 0.04), dark, 8, 5),
        ]
    if rng.random() < 0.3:
        parts.append(box((0, -0.82, 0.9), (0.36, 0.34, 0.3), Paint((0.12, 0.12, 0.13), Layer.LACQUER)))
    return join(*parts)


def kick_scooter(rng: np.random.Generator) -> Mesh:
    """A shared electric kick scooter."""
    accent = Paint(
        ((0.1, 0.75, 0.55), (0.95, 0.8, 0.1), (0.35, 0.25, 0.75), (0.85, 0.87, 0.88))[rng.integers(4)],
        Layer.LACQUER,
    )
    body = accent if rng.random() < 0.45 else Paint((0.1, 0.1, 0.11), Layer.LACQUER)
    parts = []
    for y in (-0.46, 0.46):
        hub: Point = (0.0, y, 0.125)
        parts += [
            ring(hub, 0.095, 0.03, _RUBBER, 16, 6),
            disc((0.018, y, 0.125), 0.075, accent),
            disc((-0.018, y, 0.125), 0.075, accent),
        ]
    parts += [
        box((0, -0.03, 0.165), (0.17, 0.62, 0.055), body),
        box((0, -0.03, 0.196), (0.15, 0.56, 0.01), _BLACK),
        tube((0, 0.46, 0.15), (0, 0.36, 0.42), 0.028, 0.028, body),
        tube((0, 0.27, 0.17), (0, 0.38, 0.35), 0.03, 0.028, body),
        tube((0, 0.37, 0.38), (0, 0.2, 1.14), 0.026, 0.022, body),
        tube((0, 0.33, 0.55), (0, 0.28, 0.8), 0.029, 0.027, accent),
        box((0, -0.47, 0.27), (0.09, 0.2, 0.02), body),
        box((0, 0.23, 1.13), (0.07, 0.05, 0.07), _BLACK),
        ellipsoid((0, 0.275, 1.0), (0.03, 0.03, 0.03), Paint((0.95, 0.95, 0.9), Layer.LACQUER), 8, 5),
    ]
    for side in (-1, 1):
        parts += [
            tube((0, 0.2, 1.14), (side * 0.24, 0.18, 1.15), 0.014, 0.014, _BLACK),
            capsule((side * 0.15, 0.185, 1.147), (side * 0.25, 0.18, 1.15), 0.02, 0.02, _BLACK, 6),
        ]
    return join(*parts)


def leaning(mesh: Mesh, lean_deg: float) -> Mesh:
    """On its stand: leaning to one side."""
    return place(mesh, (0.0, 0.0, 0.0), roll_deg=lean_deg)


def fallen(mesh: Mesh, side: int) -> Mesh:
    """Lying on its side (+1: right), the lowest point on the ground."""
    down = place(mesh, (0.0, 0.0, 0.0), roll_deg=side * 81.0)
    return place(down, (0.0, 0.0, -float(down.positions[:, 2].min())))
