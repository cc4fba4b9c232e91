"""Things that no class names: known ones (machines, carts, barriers, heaps) and shapes at random.

They teach that something stands there, whatever it is: hence the width of forms and skins.
"""

from collections.abc import Callable

import numpy as np

from vision.scenes import furniture
from vision.scenes.clutter import hue
from vision.scenes.layers import Layer
from vision.scenes.mesh import (
    Mesh,
    Paint,
    Point,
    box,
    capsule,
    ellipsoid,
    join,
    lathe,
    place,
    ring,
    scale,
    tube,
)
from vision.scenes.posts import metal

SKINS = (
    Layer.PLAIN, Layer.PLAIN, Layer.LACQUER, Layer.CONCRETE, Layer.WOOD, Layer.SHUTTER, Layer.PANEL,
    Layer.STRIPES, Layer.BLOTCHES, Layer.SPOTS, Layer.CHECKS, Layer.CLOUDS, Layer.WEAVE, Layer.GRANITE,
    Layer.GRASS, Layer.PLASTER, Layer.BRICK, Layer.FOLIAGE,
)  # fmt: skip


def skin(rng: np.random.Generator) -> Paint:
    """Any colour in any texture."""
    return Paint(hue(rng, float(rng.uniform(0, 0.9))), SKINS[rng.integers(len(SKINS))])


def _u(rng: np.random.Generator, *ranges: tuple[float, float]) -> tuple[float, ...]:
    return tuple(float(rng.uniform(a, b)) for a, b in ranges)


def _wheel(at: Point, r: float) -> Mesh:
    return ring(at, r * 0.75, r * 0.25, Paint((0.06, 0.06, 0.06)), 12, 5)


def _suitcase(rng: np.random.Generator) -> Mesh:
    w, d, h = _u(rng, (0.32, 0.5), (0.2, 0.3), (0.5, 0.75))
    steel = metal(rng)
    shell = Paint(hue(rng, 0.3), (Layer.LACQUER, Layer.SHUTTER)[rng.integers(2)])
    parts = [box((0, 0, 0.06 + h / 2), (w, d, h), shell), box((0, 0, h + 0.4), (0.22, 0.03, 0.03), steel)]
    parts += [tube((s * 0.1, 0, h), (s * 0.1, 0, h + 0.4), 0.01, 0.01, steel, 5) for s in (-1, 1)]
    parts += [_wheel((x * w * 0.4, y * d * 0.4, 0.035), 0.035) for x in (-1, 1) for y in (-1, 1)]
    return join(*parts)


def _cart(rng: np.random.Generator) -> Mesh:
    """A shopping trolley or a flat hand truck."""
    steel = metal(rng)
    w, length, h = _u(rng, (0.45, 0.75), (0.7, 1.2), (0.85, 1.05))
    parts = [_wheel((x * w * 0.42, y * length * 0.42, 0.07), 0.07) for x in (-1, 1) for y in (-1, 1)]
    parts.append(box((0, 0, 0.17), (w, length, 0.05), steel))
    parts += [
        tube((s * w * 0.45, -length / 2, 0.15), (s * w * 0.45, -length / 2, h), 0.017, 0.017, steel, 6)
        for s in (-1, 1)
    ]
    parts.append(tube((-w * 0.45, -length / 2, h), (w * 0.45, -length / 2, h), 0.02, 0.02, steel, 6))
    if rng.random() < 0.5:
        for z in np.linspace(0.4, h - 0.1, 6):
            parts += [box((s * w * 0.48, 0, float(z)), (0.01, length, 0.015), steel) for s in (-1, 1)]
            parts += [box((0, s * length * 0.5, float(z)), (w, 0.01, 0.015), steel) for s in (-1, 1)]
    else:
        z = 0.2
        for _ in range(int(rng.integers(0, 4))):
            bh = float(rng.uniform(0.2, 0.4))
            parts.append(box((0, 0, z + bh / 2), (w * 0.85, length * 0.8, bh), skin(rng)))
            z += bh
    return join(*parts)


def _stroller(rng: np.random.Generator) -> Mesh:
    cloth, frame = Paint(hue(rng, 0.4)), metal(rng)
    parts = [_wheel((x * 0.24, y, 0.1), 0.1) for x in (-1, 1) for y in (-0.35, 0.32)]
    for s in (-1, 1):
        parts += [
            tube((s * 0.24, 0.32, 0.1), (s * 0.22, -0.4, 0.98), 0.014, 0.014, frame, 6),
            tube((s * 0.24, -0.35, 0.1), (s * 0.22, 0.1, 0.6), 0.014, 0.014, frame, 6),
        ]
    parts += [
        tube((-0.22, -0.4, 0.98), (0.22, -0.4, 0.98), 0.018, 0.018, Paint((0.1, 0.1, 0.1)), 6),
        place(box((0, 0, 0), (0.4, 0.1, 0.55), cloth), (0, -0.1, 0.6), pitch_deg=-20),
        box((0, 0.1, 0.42), (0.4, 0.4, 0.1), cloth),
        scale(ellipsoid((0, -0.08, 0.95), (0.24, 0.28, 0.22), cloth, 10, 6), 1, 1, 1),
    ]
    return join(*parts)


def _hydrant(rng: np.random.Generator) -> Mesh:
    paint = Paint(((0.8, 0.12, 0.1), (0.9, 0.75, 0.15), (0.2, 0.3, 0.6))[rng.integers(3)], Layer.LACQUER)
    h, r = _u(rng, (0.5, 0.9), (0.09, 0.16))
    return join(
        lathe(
            [
                (r * 1.4, 0),
                (r * 1.4, 0.06),
                (r, 0.08),
                (r, h * 0.8),
                (r * 1.2, h * 0.82),
                (r * 0.6, h),
                (0.01, h),
            ],
            paint,
            12,
        ),
        tube((-r * 1.8, 0, h * 0.6), (r * 1.8, 0, h * 0.6), r * 0.5, r * 0.5, paint, 8),
    )


def _fence(rng: np.random.Generator) -> Mesh:
    """A barrier panel of a building site, or a rail on legs."""
    w, h = _u(rng, (1.0, 2.2), (0.7, 1.2))
    if rng.random() < 0.5:
        frame = metal(rng)
        parts = [tube((s * w / 2, 0, 0), (s * w / 2, 0, h), 0.025, 0.025, frame, 6) for s in (-1, 1)]
        parts += [tube((-w / 2, 0, z), (w / 2, 0, z), 0.022, 0.022, frame, 6) for z in (h * 0.15, h)]
        parts += [
            tube((float(x), 0, h * 0.15), (float(x), 0, h), 0.01, 0.01, frame, 5)
            for x in np.arange(-w / 2 + 0.12, w / 2, 0.12)
        ]
        return join(*parts)
    bands = [
        box(
            (x, 0, h * 0.75),
            (w / 6, 0.04, h * 0.25),
            Paint((0.95, 0.78, 0.1) if k % 2 else (0.08, 0.08, 0.08)),
        )
        for k, x in enumerate(np.arange(-w / 2 + w / 12, w / 2, w / 6).tolist())
    ]
    legs = [
        tube((s * w * 0.42, y, 0), (s * w * 0.42, 0, h * 0.8), 0.02, 0.02, metal(rng), 5)
        for s in (-1, 1)
        for y in (-0.3, 0.3)
    ]
    return join(*bands, *legs)


def _panel(rng: np.random.Generator) -> Mesh:
    w, h = _u(rng, (0.5, 2.0), (0.8, 2.2))
    return box((0, 0, h / 2), (w, float(rng.uniform(0.03, 0.25)), h), skin(rng))


def _heap(rng: np.random.Generator) -> Mesh:
    tint = Paint(
        ((0.72, 0.62, 0.45), (0.5, 0.48, 0.45), (0.35, 0.26, 0.18), (0.9, 0.9, 0.92))[rng.integers(4)],
        Layer.CLOUDS,
    )
    parts = []
    for _ in range(int(rng.integers(2, 6))):
        r, h = _u(rng, (0.25, 0.7), (0.15, 0.5))
        at = (float(rng.normal(0, 0.25)), float(rng.normal(0, 0.25)), 0.0)
        parts.append(ellipsoid(at, (r, r * float(rng.uniform(0.7, 1.2)), h), tint, 11, 8))
    whole = join(*parts)
    return Mesh(whole.data[whole.positions.reshape(-1, 3, 3)[:, :, 2].max(axis=1).repeat(3) > 0.0])


def _cabinet(rng: np.random.Generator) -> Mesh:
    """A box of the power company, a locker, a post box, a parking meter."""
    w, d, h = _u(rng, (0.25, 1.2), (0.25, 0.6), (0.8, 1.7))
    parts = [box((0, 0, h / 2), (w, d, h), Paint(hue(rng, 0.5), Layer.LACQUER))]
    for _ in range(int(rng.integers(0, 4))):
        x, z, a, b = _u(rng, (-w * 0.25, w * 0.25), (h * 0.2, h * 0.8), (0.1, w * 0.6), (0.1, 0.4))
        parts.append(box((x, -d / 2 - 0.005, z), (a, 0.012, b), skin(rng)))
    return join(*parts)


def _machine(rng: np.random.Generator) -> Mesh:
    return scale(
        furniture.vending_machine(rng), float(rng.uniform(0.7, 1.1)), 1.0, float(rng.uniform(0.9, 1.05))
    )


def _ladder(rng: np.random.Generator) -> Mesh:
    h, steel = float(rng.uniform(1.2, 2.2)), metal(rng)
    parts = []
    for lean in (-1, 1):
        parts += [tube((s * 0.25, lean * 0.4, 0), (s * 0.18, 0, h), 0.02, 0.02, steel, 5) for s in (-1, 1)]
    parts += [
        box((0, -0.4 * (1 - z / h), z), (0.45, 0.06, 0.025), steel) for z in np.arange(0.3, h, 0.3).tolist()
    ]
    return join(*parts)


def _piece(rng: np.random.Generator, size: float, paint: Paint) -> Mesh:
    """One solid about `size` across, its middle at the origin."""
    a, b, c = (float(v) for v in size * rng.uniform(0.25, 1.0, 3))
    kind = rng.integers(7)
    if kind <= 1:
        return box((0, 0, 0), (a, b, c), paint)
    if kind == 2:
        return ellipsoid((0, 0, 0), (a / 2, b / 2, c / 2), paint, 11, 8)
    if kind == 3:
        return tube((0, 0, -c / 2), (0, 0, c / 2), a / 2, b / 2, paint, int(rng.integers(3, 13)))
    if kind == 4:
        return capsule((0, 0, -c / 2), (0, 0, c / 2), a / 4, b / 4, paint, 9)
    if kind == 5:
        return ring((0, 0, 0), size * 0.35, size * float(rng.uniform(0.03, 0.14)), paint, 16, 6)
    z = np.linspace(-c / 2, c / 2, int(rng.integers(4, 8)))
    r = rng.uniform(0.05, 0.5, len(z)) * a
    return lathe(
        [
            (0.001, float(z[0])),
            *((float(p), float(q)) for p, q in zip(r, z, strict=True)),
            (0.001, float(z[-1])),
        ],
        paint,
        12,
    )


def anything(rng: np.random.Generator) -> Mesh:
    """One to seven solids at random, piled, joined or on legs, standing on the ground."""
    size, count = float(rng.uniform(0.25, 1.1)), int(rng.integers(1, 8))
    shared = [skin(rng) for _ in range(int(rng.integers(1, 4)))]
    parts, z = [], 0.0
    style = rng.random()
    for _ in range(count):
        paint = shared[rng.integers(len(shared))]
        turn = rng.uniform(0, 360, 3) if rng.random() < 0.5 else np.array([rng.uniform(0, 360), 0, 0])
        piece = place(_piece(rng, size, paint), (0, 0, 0), *(float(v) for v in turn))
        low, high = float(piece.positions[:, 2].min()), float(piece.positions[:, 2].max())
        spread = size * (0.1 if style < 0.5 else 0.4)
        at = (float(rng.normal(0, spread)), float(rng.normal(0, spread)), z - low)
        parts.append(place(piece, at))
        z = z + (high - low) * float(rng.uniform(0.4, 1.0)) if style < 0.7 else float(rng.uniform(0, 0.4))
        if z > 1.7:
            z = 0.0
    body = join(*parts)
    if rng.random() < 0.2:
        up, r = _u(rng, (0.15, 0.6), (0.01, 0.03))
        spots = [(float(x), float(y)) for x, y in rng.uniform(-0.3, 0.3, (4, 2)) * size]
        steel = metal(rng)
        legs = [tube((x, y, 0), (x, y, up + 0.1), r, r, steel, 6) for x, y in spots]
        body = join(place(body, (0, 0, up)), *legs)
    return body


_KNOWN: tuple[Callable[[np.random.Generator], Mesh], ...] = (
    _suitcase, _cart, _stroller, _hydrant, _fence, _fence, _panel, _heap, _cabinet, _machine, _ladder,
)  # fmt: skip


def obstacle(rng: np.random.Generator) -> Mesh:
    """Something odd; more than half of the time of no known form."""
    return anything(rng) if rng.random() < 0.55 else _KNOWN[rng.integers(len(_KNOWN))](rng)
