"""Dogs: standing, sitting or lying, some with a lead. They face +y."""

import numpy as np

from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, Point, box, capsule, ellipsoid, join, place, scale, tube

_COATS: tuple[Colour, ...] = (
    (0.8, 0.6, 0.38), (0.92, 0.9, 0.85), (0.1, 0.09, 0.09), (0.5, 0.34, 0.22), (0.62, 0.6, 0.57),
    (0.75, 0.45, 0.2),
)  # fmt: skip


def _head(fur: Paint, other: Paint, at: Point) -> Mesh:
    x, y, z = at
    dark = Paint((0.05, 0.04, 0.04))
    parts = [
        ellipsoid((x, y, z), (0.085, 0.1, 0.085), fur, 10, 7),
        capsule((x, y + 0.06, z - 0.02), (x, y + 0.18, z - 0.04), 0.05, 0.035, other, 8),
        ellipsoid((x, y + 0.215, z - 0.03), (0.02, 0.015, 0.015), dark, 6, 4),
    ]
    for side in (-1, 1):
        parts += [
            ellipsoid((x + side * 0.06, y - 0.02, z + 0.09), (0.03, 0.02, 0.055), fur, 6, 5),
            ellipsoid((x + side * 0.04, y + 0.085, z + 0.025), (0.012, 0.01, 0.012), dark, 6, 4),
        ]
    return join(*parts)


def _standing(fur: Paint, other: Paint, step: float) -> Mesh:
    parts = [
        capsule((0, -0.26, 0.46), (0, 0.24, 0.48), 0.13, 0.14, fur, 10),
        capsule((0, 0.26, 0.52), (0, 0.4, 0.68), 0.09, 0.075, fur, 8),
        _head(fur, other, (0, 0.45, 0.72)),
        tube((0, -0.36, 0.5), (0, -0.5, 0.7), 0.03, 0.012, fur, 6),
    ]
    for k, (x, y) in enumerate(((-0.08, 0.24), (0.08, 0.24), (-0.08, -0.28), (0.08, -0.28))):
        reach = step * (0.09 if k in (0, 3) else -0.09)
        parts.append(capsule((x, y, 0.42), (x, y + reach, 0.03), 0.055, 0.03, fur if k % 2 else other, 7))
    return join(*parts)


def _sitting(fur: Paint, other: Paint) -> Mesh:
    parts = [
        capsule((0, -0.2, 0.18), (0, 0.08, 0.5), 0.15, 0.12, fur, 10),
        _head(fur, other, (0, 0.16, 0.7)),
        capsule((0, 0.06, 0.5), (0, 0.13, 0.64), 0.09, 0.07, fur, 8),
        tube((0, -0.3, 0.08), (0.15, -0.5, 0.05), 0.03, 0.015, fur, 6),
    ]
    for side in (-1, 1):
        parts += [
            capsule((side * 0.09, 0.12, 0.4), (side * 0.09, 0.16, 0.03), 0.045, 0.03, other, 7),
            ellipsoid((side * 0.13, -0.12, 0.13), (0.07, 0.17, 0.12), fur, 8, 6),
        ]
    return join(*parts)


def dog(rng: np.random.Generator) -> Mesh:
    """A dog of 0.25 to 1.1 times a labrador's size."""
    fur = Paint(_COATS[rng.integers(len(_COATS))], Layer.CLOUDS if rng.random() < 0.5 else Layer.PLAIN)
    other = Paint(_COATS[rng.integers(len(_COATS))]) if rng.random() < 0.4 else fur
    kind = rng.random()
    body = _standing(fur, other, float(rng.uniform(-1, 1))) if kind < 0.65 else _sitting(fur, other)
    if kind > 0.9:
        body = scale(body, 1.1, 1.1, 0.55)
    if rng.random() < 0.3:
        body = join(body, box((0, 0.02, 0.5), (0.3, 0.18, 0.2), Paint((0.9, 0.6, 0.1))))  # a harness or coat
    if rng.random() < 0.45:
        body = join(body, tube((0, 0.3, 0.6), (0.5, -0.3, 1.0), 0.008, 0.008, Paint((0.7, 0.1, 0.1)), 4))
    size = float(rng.uniform(0.4, 1.1))
    return place(scale(body, size, size, size), (0, 0, 0))
