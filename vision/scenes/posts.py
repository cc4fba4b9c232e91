"""Posts of every height: bollards and barriers to the waist, thin poles, lamps and trunks above it."""

import numpy as np

from vision.scenes import furniture
from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, Point, box, ellipsoid, join, lathe, place, ring, tube

_METALS: tuple[Colour, ...] = (
    (0.75, 0.76, 0.78), (0.55, 0.56, 0.57), (0.14, 0.14, 0.15), (0.32, 0.24, 0.18), (0.9, 0.9, 0.9),
    (0.16, 0.28, 0.22), (0.45, 0.36, 0.3),
)  # fmt: skip


def metal(rng: np.random.Generator) -> Paint:
    """The lacquer of a post."""
    return Paint(_METALS[rng.integers(len(_METALS))], Layer.LACQUER)


def _banded(rng: np.random.Generator, r: float, h: float) -> Mesh:
    """Stripes in turn, as on a car stop or a rubber post."""
    pairs: tuple[tuple[Colour, Colour], ...] = (
        ((0.95, 0.78, 0.1), (0.08, 0.08, 0.08)),
        ((0.85, 0.15, 0.1), (0.93, 0.93, 0.9)),
        ((0.92, 0.4, 0.08), (0.95, 0.95, 0.92)),
        ((0.16, 0.4, 0.2), (0.93, 0.93, 0.9)),
    )
    one, other = pairs[rng.integers(len(pairs))]
    count = int(rng.integers(3, 9))
    step = h / count
    bands = [
        lathe([(r, k * step), (r, (k + 1) * step)], Paint(one if k % 2 else other, Layer.LACQUER), 12)
        for k in range(count)
    ]
    return join(*bands, ellipsoid((0, 0, h), (r, r, r * 0.5), Paint(one), 10, 5))


def _stone_ball(rng: np.random.Generator) -> Mesh:
    r, tone = float(rng.uniform(0.18, 0.34)), float(rng.uniform(0.4, 0.75))
    stone = Paint((tone, tone * 0.98, tone * 0.95), Layer.GRANITE)
    return join(
        lathe([(r * 0.7, 0), (r * 0.7, 0.06)], stone, 12), ellipsoid((0, 0, r), (r, r, r), stone, 14, 9)
    )


def _u_bar(rng: np.random.Generator) -> Mesh:
    w, h, r = (float(v) for v in rng.uniform((0.2, 0.4, 0.025), (1.0, 0.9, 0.06)))
    paint = metal(rng)
    parts = [tube((s * w, 0, 0), (s * w, 0, h), r, r, paint, 8) for s in (-1, 1)]
    parts.append(tube((-w, 0, h), (w, 0, h), r, r, paint, 8))
    if rng.random() < 0.4:
        parts.append(tube((-w, 0, h * 0.5), (w, 0, h * 0.5), r * 0.7, r * 0.7, paint, 8))
    return join(*parts)


def _block(rng: np.random.Generator) -> Mesh:
    w, d, h = (float(v) for v in rng.uniform((0.2, 0.2, 0.35), (0.5, 0.5, 0.8)))
    tone = float(rng.uniform(0.45, 0.8))
    return box((0, 0, h / 2), (w, d, h), Paint((tone, tone, tone * 0.97), Layer.CONCRETE))


def _iron(rng: np.random.Generator) -> Mesh:
    h, r, paint = float(rng.uniform(0.6, 1.0)), float(rng.uniform(0.05, 0.1)), metal(rng)
    profile = [(r * 1.8, 0), (r * 1.7, 0.1), (r, 0.14), (r, h - 0.15), (r * 1.4, h - 0.12), (r, h - 0.08)]
    return join(lathe(profile, paint, 12), ellipsoid((0, 0, h - 0.05), (r * 1.2, r * 1.2, r), paint, 12, 7))


def bollard(rng: np.random.Generator) -> Mesh:
    """Steel, stone, rubber, iron, a ball, an inverted U, or a low pillar."""
    kind = rng.random()
    if kind < 0.3:
        return furniture.bollard(rng)
    if kind < 0.5:
        h, r = float(rng.uniform(0.5, 1.05)), float(rng.uniform(0.035, 0.13))
        return _banded(rng, r, h)
    return (_stone_ball, _u_bar, _u_bar, _block, _iron)[rng.integers(5)](rng)


def thin_pole(rng: np.random.Generator) -> Mesh:
    """A lamp post or sign post no thicker than an arm."""
    r, h, paint = float(rng.uniform(0.025, 0.075)), float(rng.uniform(2.1, 5.0)), metal(rng)
    parts = [tube((0, 0, 0), (0, 0, h), r, r * 0.9, paint, 9)]
    kind = rng.random()
    if kind < 0.4:
        size = float(rng.uniform(0.3, 0.6))
        face = Paint(furniture.bright(rng), Layer.PANEL if rng.random() < 0.5 else Layer.PLAIN)
        z = min(h, float(rng.uniform(1.6, 2.8)))
        parts.append(box((0, -r - 0.02, z), (size, 0.015, size * float(rng.uniform(0.6, 2.0))), face))
    elif kind < 0.7:
        parts += [
            ellipsoid((0, 0, h), (0.16, 0.16, 0.2), Paint((0.95, 0.93, 0.85)), 10, 7),
            lathe([(r * 2.4, 0), (r * 2.2, 0.5), (r, 0.6)], paint, 9),
        ]
    else:
        parts += [tube((0, 0, h), (0.8, 0, h + 0.2), r * 0.8, r * 0.6, paint, 6)]
    if rng.random() < 0.3:
        z = float(rng.uniform(0.8, 1.4))
        parts.append(box((0, -r - 0.06, z), (0.2, 0.12, 0.3), Paint(furniture.bright(rng), Layer.LACQUER)))
    return join(*parts)


def pole(rng: np.random.Generator) -> Mesh:
    """Whatever stands taller than a person and is not a tree."""
    makers = (thin_pole, thin_pole, furniture.post, furniture.utility_pole, furniture.signal)
    return makers[rng.integers(len(makers))](rng)


def trunk(rng: np.random.Generator) -> Mesh:
    """A trunk, thin or thick, sometimes with stakes, a guard or a leaning."""
    r, h = float(rng.choice([rng.uniform(0.035, 0.09), rng.uniform(0.1, 0.3)])), float(rng.uniform(2.6, 5.0))
    tone = float(rng.uniform(0.6, 1.5))
    brown = np.array([0.36, 0.29, 0.23]) * tone * rng.uniform(0.9, 1.1, 3)
    bark = Paint(
        (float(brown[0]), float(brown[1]), float(brown[2])),
        (Layer.WOOD, Layer.CLOUDS, Layer.BLOTCHES)[rng.integers(3)],
    )
    wob = rng.normal(0, 0.04, (3, 2))
    points: list[Point] = [
        (0.0, 0.0, 0.0),
        (float(wob[0, 0]), float(wob[0, 1]), 0.8),
        (float(wob[1, 0]), float(wob[1, 1]), 1.7),
        (float(wob[2, 0]) * 2, float(wob[2, 1]) * 2, h),
    ]
    widths = (r * 1.25, r, r * 0.9, r * 0.7)
    parts = [tube(points[k], points[k + 1], widths[k], widths[k + 1], bark, 10) for k in range(3)]
    parts.append(lathe([(r * 1.8, 0), (r * 1.3, 0.12), (r * 1.1, 0.3)], bark, 10))
    if rng.random() < 0.35:
        wood = Paint((0.6, 0.47, 0.33), Layer.WOOD)
        span, top = float(rng.uniform(0.35, 0.6)), float(rng.uniform(1.0, 1.6))
        parts += [tube((s * span, 0, 0), (s * 0.12, 0, top), 0.035, 0.03, wood, 7) for s in (-1, 1)]
        parts.append(tube((-span * 0.6, 0.0, top * 0.8), (span * 0.6, 0.0, top * 0.8), 0.03, 0.03, wood, 7))
    elif rng.random() < 0.2:
        parts += [ring((0, 0, 0), r + 0.25, 0.012, metal(rng), 14, 4)]
        parts[-1] = place(parts[-1], (0, 0, 0.9), roll_deg=90.0)
    return join(*parts)
