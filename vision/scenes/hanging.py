"""What hangs at head height: branches, awnings, beams, low signs. Origin on the ground below."""

import numpy as np

from vision.scenes.clutter import hue
from vision.scenes.layers import Layer
from vision.scenes.mesh import Mesh, Paint, box, ellipsoid, join, place, tube


def _branch(rng: np.random.Generator, z: float) -> Mesh:
    bark = Paint((0.34, 0.27, 0.2), Layer.WOOD)
    leaf = np.array([0.22, 0.37, 0.13]) * rng.uniform(0.7, 1.7, 3)
    green = Paint((float(leaf[0]), float(leaf[1]), float(leaf[2])), Layer.FOLIAGE)
    parts = [tube((2.2, 0, z + 1.2), (-0.3, 0, z + 0.25), 0.05, 0.02, bark, 6)]
    for _ in range(int(rng.integers(4, 12))):
        t = float(rng.uniform(0, 1)) ** 1.3
        at = (1.9 * t - 0.4, float(rng.normal(0, 0.25)), z + 0.3 + 0.9 * t + float(rng.normal(0, 0.08)))
        r = float(rng.uniform(0.15, 0.4))
        parts.append(ellipsoid(at, (r, r, r * 0.7), green, 8, 6))
        parts.append(tube((at[0], 0, at[2] + 0.1), at, 0.012, 0.006, bark, 4))
    return join(*parts)


def _awning(rng: np.random.Generator, z: float) -> Mesh:
    cloth = Paint(hue(rng, 0.2), (Layer.PLAIN, Layer.STRIPES, Layer.PANEL)[rng.integers(3)])
    w, d = float(rng.uniform(1.2, 3.5)), float(rng.uniform(0.7, 1.6))
    slope = place(box((0, 0, 0), (w, d, 0.02), cloth), (0, 0, z + 0.3), pitch_deg=float(rng.uniform(10, 30)))
    return join(slope, box((0, d / 2 * 0.95, z + 0.05), (w, 0.015, 0.22), cloth))


def _beam(rng: np.random.Generator, z: float) -> Mesh:
    w = float(rng.uniform(1.2, 3.0))
    paint = Paint((0.95, 0.78, 0.1) if rng.random() < 0.3 else hue(rng, 0.7), Layer.LACQUER)
    h = float(rng.uniform(0.06, 0.4))
    parts = [box((0, 0, z + h / 2), (w, h, h), paint)]
    if rng.random() < 0.5:
        parts += [tube((s * w / 2, 0, z), (s * w / 2, 0, z + 2.0), 0.03, 0.03, paint, 6) for s in (-1, 1)]
    return join(*parts)


def _sign(rng: np.random.Generator, z: float) -> Mesh:
    w, h = float(rng.uniform(0.4, 1.4)), float(rng.uniform(0.3, 0.8))
    face = Paint(hue(rng, 0.2), Layer.PANEL)
    steel = Paint((0.3, 0.3, 0.32), Layer.LACQUER)
    rods = [
        tube((s * w * 0.4, 0, z + h), (s * w * 0.4, 0, z + h + 1.5), 0.012, 0.012, steel, 5) for s in (-1, 1)
    ]
    return join(box((0, 0, z + h / 2), (w, 0.06, h), face), *rods)


def overhead(rng: np.random.Generator) -> Mesh:
    """Its lowest point hangs at 1.35 to 1.9 m."""
    kind, z = rng.random(), float(rng.uniform(1.35, 1.9))
    if kind < 0.5:
        mesh = _branch(rng, z)
        turned = place(mesh, (0, 0, 0), 0.0 if rng.random() < 0.5 else 180.0)
        return place(turned, (0, 0, z - float(turned.positions[:, 2].min())))
    mesh = (_awning, _beam, _sign)[rng.integers(3)](rng, z)
    return place(mesh, (0, 0, z - float(mesh.positions[:, 2].min())))
