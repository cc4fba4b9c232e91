"""What shops and people put down: signs, cones, pots, seats, boxes, bins and bags."""

from itertools import pairwise

import numpy as np

from vision.scenes import furniture
from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, box, ellipsoid, join, lathe, place, scale, tube
from vision.scenes.posts import metal


def hue(rng: np.random.Generator, dull: float = 0.5) -> Colour:
    """Any colour; `dull` 0..1 draws it towards grey."""
    rgb, grey = rng.uniform(0.03, 0.95, 3), float(rng.uniform(0.1, 0.9))
    r, g, b = rgb * (1 - dull) + grey * dull
    return float(r), float(g), float(b)


def _u(rng: np.random.Generator, *ranges: tuple[float, float]) -> tuple[float, ...]:
    return tuple(float(rng.uniform(a, b)) for a, b in ranges)


def _board(rng: np.random.Generator) -> Mesh:
    """A flat board on feet: a menu, a notice of works."""
    w, h, up = _u(rng, (0.4, 1.1), (0.5, 1.4), (0.05, 0.3))
    face = Paint(furniture.bright(rng), Layer.PANEL if rng.random() < 0.7 else Layer.PLAIN)
    steel = metal(rng)
    parts = [box((0, 0, up + h / 2), (w, 0.03, h), face)]
    for x in (-w * 0.4, w * 0.4):
        parts += [
            box((x, 0, 0.02), (0.05, 0.5, 0.04), steel),
            box((x, 0.02, (up + h) / 2), (0.03, 0.03, up + h), steel),
        ]
    return place(join(*parts), (0, 0, 0), pitch_deg=float(rng.uniform(-6, 6)))


def _banner(rng: np.random.Generator) -> Mesh:
    """A nobori: a tall cloth on a pole in a water tank."""
    h, w = _u(rng, (1.5, 2.6), (0.4, 0.65))
    cloth = Paint(furniture.bright(rng), (Layer.PANEL, Layer.PLAIN, Layer.STRIPES)[rng.integers(3)])
    foot = lathe([(0.22, 0), (0.2, 0.12), (0.05, 0.14)], Paint(hue(rng)), 12)
    return join(
        foot,
        tube((0, 0, 0), (0, 0, h), 0.013, 0.013, Paint((0.9, 0.9, 0.9)), 6),
        place(
            box((w / 2, 0, 0), (w, 0.008, h * 0.72), cloth),
            (0, 0, h * 0.62),
            roll_deg=float(rng.uniform(-3, 3)),
        ),
    )


def _stand(rng: np.random.Generator) -> Mesh:
    """A lit box sign or a stand with a round foot."""
    w, d, h = _u(rng, (0.35, 0.6), (0.15, 0.3), (0.9, 1.7))
    face = Paint(furniture.bright(rng), Layer.PANEL)
    return join(
        box((0, 0, 0.06), (w, d * 1.4, 0.12), Paint((0.12, 0.12, 0.13))),
        box((0, 0, 0.12 + h / 2), (w, d, h), face),
    )


def sign(rng: np.random.Generator) -> Mesh:
    """An A-frame, a board, a banner or a stand."""
    makers = (furniture.a_frame, furniture.a_frame, furniture.stand_sign, _board, _board, _banner, _stand)
    return makers[rng.integers(len(makers))](rng)


def cone(rng: np.random.Generator) -> Mesh:
    """A cone, fallen now and then, or two with a bar between."""
    one = scale(furniture.cone(rng), *(float(rng.uniform(0.75, 1.25)),) * 2, float(rng.uniform(0.8, 1.15)))
    kind = rng.random()
    if kind < 0.1:
        down = place(one, (0, 0, 0), roll_deg=78.0)
        return place(down, (0, 0, -float(down.positions[:, 2].min())))
    if kind < 0.35:
        half = float(rng.uniform(0.5, 0.9))
        bar: tuple[Colour, Colour] = ((0.95, 0.8, 0.1), (0.1, 0.1, 0.1))
        pieces = np.linspace(-half, half, 7)
        bars = [
            tube((float(a), 0, 0.66), (float(b), 0, 0.66), 0.02, 0.02, Paint(bar[k % 2]), 7)
            for k, (a, b) in enumerate(pairwise(pieces.tolist()))
        ]
        return join(place(one, (-half, 0, 0)), place(one, (half, 0, 0)), *bars)
    return one


def planter(rng: np.random.Generator) -> Mesh:
    """A pot, a box or a plain shrub, with leaves or flowers."""
    if rng.random() < 0.25:
        return furniture.planter(rng)
    w, d, h = _u(rng, (0.2, 1.3), (0.2, 0.5), (0.2, 0.6))
    pot = Paint(hue(rng, 0.8), (Layer.CONCRETE, Layer.WOOD, Layer.LACQUER, Layer.PLAIN)[rng.integers(4)])
    leaf = np.array([0.2, 0.36, 0.13]) * rng.uniform(0.7, 1.6, 3)
    green = Paint((float(leaf[0]), float(leaf[1]), float(leaf[2])), Layer.FOLIAGE)
    core = Paint((float(leaf[0]) * 0.6, float(leaf[1]) * 0.6, float(leaf[2]) * 0.6), Layer.GRASS)
    tall = float(rng.uniform(0.15, 0.6))
    parts = []
    kind = rng.random()
    if kind < 0.45:
        parts.append(box((0, 0, h / 2), (w, d, h), pot))
    elif kind < 0.8:
        w = d = float(rng.uniform(0.2, 0.6))
        parts.append(lathe([(w * 0.35, 0), (w * 0.5, h), (w * 0.44, h), (0.01, h * 0.95)], pot, 12))
    else:
        h = 0.0
    for x in np.arange(-w / 2 + 0.1, w / 2, 0.25) if w > 0.45 else (0.0,):
        at = (float(x), float(rng.normal(0, 0.03)), h + tall * 0.6)
        parts += [
            ellipsoid(at, (0.2, 0.2, tall * 0.7), green, 9, 6),
            ellipsoid(at, (0.15, 0.15, tall * 0.55), core, 8, 5),
        ]
    if rng.random() < 0.5:
        bloom = Paint(hue(rng, 0.1))
        for _ in range(int(rng.integers(4, 12))):
            spot = (
                float(rng.uniform(-w / 2, w / 2)),
                float(rng.uniform(-0.2, 0.2)),
                h + tall * float(rng.uniform(0.6, 1.3)),
            )
            parts.append(ellipsoid(spot, (0.035, 0.035, 0.03), bloom, 6, 4))
    return join(*parts)


def seat(rng: np.random.Generator) -> Mesh:
    """A bench, a stool or a chair."""
    kind = rng.random()
    if kind < 0.35:
        return scale(furniture.bench(rng), float(rng.uniform(0.6, 1.2)), 1.0, float(rng.uniform(0.9, 1.1)))
    paint, legs = Paint(hue(rng, 0.4), (Layer.WOOD, Layer.LACQUER)[rng.integers(2)]), metal(rng)
    if kind < 0.5:
        w, h = _u(rng, (0.9, 1.8), (0.35, 0.5))
        return box((0, 0, h / 2), (w, 0.45, h), Paint(hue(rng, 0.9), Layer.GRANITE))
    w, h = _u(rng, (0.36, 0.5), (0.4, 0.5))
    parts = [box((0, 0, h), (w, w, 0.04), paint)]
    parts += [
        tube((x * w * 0.45, y * w * 0.45, 0), (x * w * 0.4, y * w * 0.4, h), 0.015, 0.015, legs, 5)
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    if rng.random() < 0.75:
        parts.append(box((0, w * 0.46, h + 0.25), (w, 0.03, float(rng.uniform(0.2, 0.5))), paint))
    return join(*parts)


def _bin(rng: np.random.Generator) -> Mesh:
    r, h = _u(rng, (0.15, 0.32), (0.45, 1.0))
    paint = Paint(hue(rng, 0.4), (Layer.LACQUER, Layer.SHUTTER, Layer.PLAIN)[rng.integers(3)])
    if rng.random() < 0.5:
        return join(
            lathe([(r * 0.85, 0), (r, h), (r * 1.06, h), (r * 0.9, h + 0.06), (0.01, h + 0.08)], paint, 14)
        )
    lid = Paint(hue(rng, 0.5))
    return join(
        box((0, 0, h / 2), (r * 1.8, r * 1.6, h), paint), box((0, 0, h + 0.03), (r * 1.9, r * 1.7, 0.06), lid)
    )


def _bags(rng: np.random.Generator) -> Mesh:
    tint = Paint(
        ((0.85, 0.87, 0.9), (0.9, 0.85, 0.4), (0.1, 0.1, 0.12), (0.4, 0.6, 0.75))[rng.integers(4)],
        Layer.LACQUER,
    )
    parts = []
    for _ in range(int(rng.integers(1, 5))):
        r, h = _u(rng, (0.16, 0.32), (0.15, 0.3))
        x, y = rng.uniform(-0.35, 0.35, 2)
        parts.append(ellipsoid((float(x), float(y), h * 0.9), (r, r * 0.9, h), tint, 9, 6))
        parts.append(ellipsoid((float(x), float(y), h * 1.9), (0.05, 0.05, 0.06), tint, 6, 4))
    return join(*parts)


def _pile(rng: np.random.Generator) -> Mesh:
    brown = Paint(((0.68, 0.53, 0.36), (0.6, 0.46, 0.3), (0.85, 0.84, 0.8), hue(rng))[rng.integers(4)])
    parts, z = [], 0.0
    for _ in range(int(rng.integers(1, 5))):
        w, d, h = _u(rng, (0.25, 0.7), (0.25, 0.55), (0.15, 0.5))
        at = (float(rng.normal(0, 0.04)), float(rng.normal(0, 0.04)), z)
        both = join(
            box((0, 0, h / 2), (w, d, h), brown),
            box((0, 0, h + 0.001), (0.05, d, 0.004), Paint((0.78, 0.66, 0.48))),
        )
        parts.append(place(both, at, float(rng.uniform(-25, 25))))
        z += h
    return join(*parts)


def put_down(rng: np.random.Generator) -> Mesh:
    """Boxes, crates, a bin or bags."""
    return (furniture.carton, _pile, _pile, _bin, _bags)[rng.integers(5)](rng)
