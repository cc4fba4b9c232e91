"""What stands in a street: poles, signs, trees, planters, rails.

Origin on the ground, front to -y (towards the one who comes).
"""

import numpy as np

from vision.scenes.layers import Layer
from vision.scenes.mesh import (
    Colour,
    Mesh,
    Paint,
    Point,
    aim,
    box,
    ellipsoid,
    fan,
    join,
    lathe,
    place,
    quad,
    tube,
)

_BRIGHT: tuple[Colour, ...] = (
    (0.85, 0.15, 0.12), (0.12, 0.35, 0.75), (0.95, 0.75, 0.1), (0.1, 0.5, 0.3), (0.92, 0.92, 0.9),
    (0.9, 0.45, 0.1), (0.15, 0.15, 0.17), (0.75, 0.3, 0.55),
)  # fmt: skip


def bright(rng: np.random.Generator) -> Colour:
    """A sign painter's colour."""
    return _BRIGHT[rng.integers(len(_BRIGHT))]


def utility_pole(rng: np.random.Generator) -> Mesh:
    """A concrete pole; many wear yellow and black stripes at the foot."""
    grey = float(rng.uniform(0.5, 0.66))
    parts = [
        lathe(
            [(0.17, 0), (0.15, 2.5), (0.11, 9.0), (0.01, 9.02)],
            Paint((grey, grey, grey * 0.97), Layer.CONCRETE),
            12,
        )
    ]
    if rng.random() < 0.5:
        for k in range(6):
            colour = (0.95, 0.78, 0.1) if k % 2 else (0.08, 0.08, 0.08)
            z = 0.5 + 0.2 * k
            parts.append(lathe([(0.172, z), (0.171, z + 0.2)], Paint(colour), 12))
    if rng.random() < 0.5:
        parts.append(box((0, -0.18, 2.1), (0.26, 0.02, 0.75), Paint(bright(rng), Layer.PANEL)))
    return join(*parts)


def post(rng: np.random.Generator) -> Mesh:
    """A steel post with a road sign, or a street lamp."""
    colour: Colour = (0.75, 0.76, 0.77) if rng.random() < 0.6 else (0.3, 0.24, 0.2)
    steel = Paint(colour, Layer.LACQUER)
    if rng.random() < 0.5:
        r = float(rng.uniform(0.035, 0.05))
        parts = [tube((0, 0, 0), (0, 0, 2.9), r, r, steel, 8)]
        face = Paint(((0.1, 0.25, 0.65), (0.8, 0.1, 0.1), (0.93, 0.93, 0.9))[rng.integers(3)])
        rim = [(0.0, 0.0), (0.3, 0.0), (0.3, 0.012), (0.0, 0.012)]
        parts.append(aim(lathe(rim, face, 16), (0, -0.05, 2.6), (0, -1.05, 2.6)))
        return join(*parts)
    r = float(rng.uniform(0.05, 0.08))
    return join(
        tube((0, 0, 0), (0, 0, 0.9), r * 1.5, r * 1.4, steel, 9),
        tube((0, 0, 0.9), (0, 0, 5.0), r, r * 0.7, steel, 9),
        tube((0, 0, 5.0), (0.9, 0, 5.3), r * 0.6, r * 0.5, steel, 6),
        box((1.0, 0, 5.3), (0.5, 0.16, 0.1), steel),
    )


def bollard(rng: np.random.Generator) -> Mesh:
    """A knee to waist high post: steel, rubber with bands, stone, or an inverted U."""
    kind = rng.integers(4)
    h = float(rng.uniform(0.6, 0.95))
    if kind == 0:
        steel = Paint((0.72, 0.73, 0.75), Layer.LACQUER)
        return lathe([(0.06, 0), (0.06, h - 0.03), (0.045, h), (0.001, h + 0.01)], steel, 12)
    if kind == 1:
        base: Colour = (0.9, 0.35, 0.08) if rng.random() < 0.5 else (0.12, 0.12, 0.13)
        white: Colour = (0.93, 0.93, 0.9) if base[0] > 0.5 else (0.95, 0.8, 0.15)
        bands = [lathe([(0.052, z), (0.052, z + 0.09)], Paint(white), 12) for z in (h - 0.32, h - 0.15)]
        return join(
            lathe([(0.11, 0), (0.1, 0.04), (0.05, 0.06), (0.05, h), (0.001, h + 0.02)], Paint(base), 12),
            *bands,
        )
    if kind == 2:
        stone = Paint((0.62, 0.6, 0.57), Layer.CONCRETE)
        return lathe([(0.16, 0), (0.15, h * 0.8), (0.1, h * 0.92), (0.001, h * 0.95)], stone, 12)
    steel = Paint((0.8, 0.81, 0.82), Layer.LACQUER)
    w = 0.35
    return join(
        tube((-w, 0, 0), (-w, 0, h), 0.038, 0.038, steel, 8),
        tube((w, 0, 0), (w, 0, h), 0.038, 0.038, steel, 8),
        tube((-w, 0, h), (w, 0, h), 0.038, 0.038, steel, 8),
    )


def tree(rng: np.random.Generator) -> tuple[Mesh, Mesh]:
    """A street tree: (trunk, crown)."""
    bark = Paint((0.36, 0.29, 0.23), Layer.WOOD)
    r, fork = float(rng.uniform(0.08, 0.18)), float(rng.uniform(2.1, 2.9))
    trunk = [lathe([(r * 1.5, 0), (r * 1.1, 0.25), (r, 1.0), (r * 0.85, fork)], bark, 9)]
    green = np.array([0.24, 0.38, 0.14]) * rng.uniform(0.8, 1.25) + np.array([0.08, 0.02, 0.0]) * rng.random()
    leaf = Paint((float(green[0]), float(green[1]), float(green[2])), Layer.FOLIAGE)
    crown = []
    for _ in range(5):
        a, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.3)
        at: Point = (float(reach * np.cos(a)), float(reach * np.sin(a)), fork + float(rng.uniform(0.5, 2.6)))
        trunk.append(tube((0, 0, fork - 0.1), at, r * 0.4, 0.02, bark, 5))
        s = float(rng.uniform(0.85, 1.45))
        crown.append(ellipsoid(at, (s, s, s * 0.75), leaf, 8, 5))
        crown.append(ellipsoid(at, (s * 0.6, s * 0.6, s * 0.5), leaf, 6, 4))
    return join(*trunk), join(*crown)


def palm(rng: np.random.Generator) -> tuple[Mesh, Mesh]:
    """A Washington palm, as lines Oita's streets: (trunk, crown)."""
    bark = Paint((0.42, 0.36, 0.3), Layer.WOOD)
    h = float(rng.uniform(5.5, 9.0))
    leaf = Paint((0.25, 0.36, 0.16), Layer.FOLIAGE)
    fronds = []
    for k in range(14):
        a, up = 2 * np.pi * k / 14, float(rng.uniform(-0.6, 0.7))
        tip: Point = (1.3 * float(np.cos(a)), 1.3 * float(np.sin(a)), h + up)
        side = np.array([-np.sin(a), np.cos(a), 0.0]) * 0.28
        root = (0.0, 0.0, h)
        left = (float(tip[0] + side[0]), float(tip[1] + side[1]), tip[2] - 0.1)
        right = (float(tip[0] - side[0]), float(tip[1] - side[1]), tip[2] - 0.1)
        fronds.append(quad((root, left, tip, right), leaf))
    return lathe([(0.26, 0), (0.2, 0.6), (0.15, h)], bark, 9), join(*fronds)


def a_frame(rng: np.random.Generator) -> Mesh:
    """A folding shop sign: two leaning boards without words."""
    w, h, tilt = float(rng.uniform(0.45, 0.62)), float(rng.uniform(0.75, 1.1)), 14.0
    face, frame = (
        Paint(bright(rng), Layer.PANEL),
        Paint((0.25, 0.2, 0.16) if rng.random() < 0.5 else (0.85, 0.86, 0.87)),
    )
    parts = []
    for side in (-1, 1):
        board = join(
            box((0, 0, h / 2), (w, 0.02, h), frame),
            quad(
                (
                    (-w / 2 + 0.04, -0.013, 0.1),
                    (w / 2 - 0.04, -0.013, 0.1),
                    (w / 2 - 0.04, -0.013, h - 0.04),
                    (-w / 2 + 0.04, -0.013, h - 0.04),
                ),
                face,
            ),
        )
        leaning = place(board, (0, 0, 0), pitch_deg=tilt)
        foot = place(leaning, (0, -h * float(np.sin(np.radians(tilt))), 0))
        parts.append(place(foot, (0, 0, 0), 0.0 if side < 0 else 180.0))
    return join(*parts)


def cone(rng: np.random.Generator) -> Mesh:
    """A traffic cone."""
    orange = Paint((0.92, 0.26, 0.08) if rng.random() < 0.8 else (0.1, 0.3, 0.7))
    white = Paint((0.95, 0.95, 0.93))
    return join(
        box((0, 0, 0.015), (0.38, 0.38, 0.03), orange),
        lathe([(0.14, 0.03), (0.11, 0.2)], orange, 12),
        lathe([(0.11, 0.2), (0.085, 0.34)], white, 12),
        lathe([(0.085, 0.34), (0.067, 0.44)], orange, 12),
        lathe([(0.067, 0.44), (0.05, 0.54)], white, 12),
        lathe([(0.05, 0.54), (0.022, 0.7), (0.001, 0.71)], orange, 12),
    )


def carton(rng: np.random.Generator) -> Mesh:
    """Cardboard boxes or a plastic crate."""
    if rng.random() < 0.6:
        brown = Paint((0.68, 0.53, 0.36))
        w, d, h = (float(v) for v in rng.uniform((0.35, 0.3, 0.25), (0.6, 0.5, 0.5)))
        parts = [
            box((0, 0, h / 2), (w, d, h), brown),
            box((0, 0, h + 0.001), (0.05, d, 0.004), Paint((0.78, 0.66, 0.48))),
        ]
        if rng.random() < 0.5:
            parts.append(
                place(
                    box((0, 0, h * 0.4), (w * 0.8, d * 0.8, h * 0.8), brown),
                    (0.05, 0, h),
                    float(rng.uniform(-25, 25)),
                )
            )
        return join(*parts)
    colour = Paint(bright(rng))
    bars = [box((0, 0, z), (0.5, 0.36, 0.06), colour) for z in (0.03, 0.13, 0.23, 0.33)]
    corners = [box((x * 0.23, y * 0.16, 0.18), (0.04, 0.04, 0.36), colour) for x in (-1, 1) for y in (-1, 1)]
    return join(*bars, *corners)


def stand_sign(rng: np.random.Generator) -> Mesh:
    """A sign on a foot: a banner (nobori) or a round stand."""
    colour = bright(rng)
    if rng.random() < 0.5:
        return join(
            box((0, 0, 0.06), (0.4, 0.4, 0.12), Paint((0.2, 0.35, 0.6))),
            tube((0, 0, 0), (0, 0, 2.3), 0.014, 0.014, Paint((0.9, 0.9, 0.9)), 6),
            box((0.3, 0, 1.35), (0.58, 0.01, 1.75), Paint(colour, Layer.PANEL)),
        )
    return join(
        lathe([(0.22, 0), (0.2, 0.08), (0.02, 0.1)], Paint((0.15, 0.15, 0.16)), 12),
        tube((0, 0, 0.08), (0, 0, 1.0), 0.02, 0.02, Paint((0.8, 0.8, 0.82), Layer.LACQUER), 7),
        box((0, -0.02, 1.05), (0.42, 0.03, 0.6), Paint(colour, Layer.PANEL)),
    )


def planter(rng: np.random.Generator) -> Mesh:
    """A box or pot with a shrub."""
    pot = Paint((0.55, 0.52, 0.48) if rng.random() < 0.6 else (0.5, 0.28, 0.2), Layer.CONCRETE)
    w = float(rng.uniform(0.35, 1.2))
    leaf = Paint((0.2, 0.36, 0.14), Layer.FOLIAGE)
    shrubs = [
        ellipsoid((x, 0, 0.62), (0.28, 0.26, 0.28), leaf, 9, 6) for x in np.arange(-w / 2 + 0.15, w / 2, 0.3)
    ]
    return join(box((0, 0, 0.22), (w, 0.42, 0.44), pot), *shrubs)


def bench(rng: np.random.Generator) -> Mesh:
    """A wooden bench."""
    wood, iron = Paint((0.5, 0.34, 0.2), Layer.WOOD), Paint((0.2, 0.2, 0.2))
    back = [box((0, 0.2, 0.62), (1.5, 0.03, 0.25), wood)] if rng.random() < 0.6 else []
    legs = [box((x, 0, 0.21), (0.06, 0.36, 0.42), iron) for x in (-0.6, 0.6)]
    return join(box((0, 0, 0.43), (1.5, 0.42, 0.05), wood), *back, *legs)


def rail(length: float, kind: int) -> Mesh:
    """A pipe rail (0), a guard rail (1) or a hedge (2) along +y from 0 to `length`."""
    count = max(2, round(length / 2.0) + 1)
    posts = np.linspace(0, length, count)
    if kind == 2:
        return box((0, length / 2, 0.4), (0.55, length, 0.8), Paint((0.2, 0.33, 0.13), Layer.GRASS))
    white = Paint((0.86, 0.87, 0.86) if kind else (0.42, 0.32, 0.24), Layer.LACQUER)
    parts = [tube((0, float(y), 0), (0, float(y), 0.8), 0.04, 0.04, white, 7) for y in posts]
    if kind == 1:
        parts.append(box((-0.05, length / 2, 0.62), (0.03, length, 0.32), white))
    else:
        parts += [tube((0, 0, z), (0, length, z), 0.028, 0.028, white, 6) for z in (0.4, 0.78)]
    return join(*parts)


def vending_machine(rng: np.random.Generator) -> Mesh:
    """The machine that stands at every corner."""
    body = Paint(((0.85, 0.86, 0.88), (0.75, 0.1, 0.1), (0.1, 0.25, 0.55))[rng.integers(3)], Layer.LACQUER)
    parts = [
        box((0, 0, 0.92), (1.0, 0.7, 1.83), body),
        box((0, -0.355, 1.3), (0.86, 0.01, 0.85), Paint((0.12, 0.13, 0.15))),
    ]
    for row in range(3):
        for k in range(9):
            can = Paint(bright(rng))
            parts.append(box((-0.37 + 0.092 * k, -0.37, 0.98 + 0.27 * row), (0.06, 0.02, 0.16), can))
    parts.append(box((0, -0.36, 0.4), (0.5, 0.015, 0.2), Paint((0.1, 0.1, 0.1))))
    return join(*parts)


def signal(rng: np.random.Generator) -> Mesh:
    """A pole with a pedestrian signal and a button box. Both lamps are dark: nobody is told to cross."""
    steel, dark = Paint((0.62, 0.63, 0.62), Layer.LACQUER), Paint((0.15, 0.16, 0.16))
    lamps = [
        box((0.0, -0.2, z), (0.24, 0.02, 0.24), Paint(c))
        for z, c in ((2.85, (0.25, 0.1, 0.09)), (2.55, (0.09, 0.2, 0.15)))
    ]
    return join(
        tube((0, 0, 0), (0, 0, 4.6), 0.1, 0.08, steel, 10),
        box((0.0, -0.13, 2.7), (0.32, 0.14, 0.66), dark),
        *lamps,
        box((0.0, -0.13, 1.05), (0.13, 0.12, 0.26), Paint((0.95, 0.8, 0.15))),
    )


def manhole(rng: np.random.Generator) -> Mesh:
    """A lid in the ground, almost flush."""
    tone = float(rng.uniform(0.28, 0.42))
    a = np.linspace(0, 2 * np.pi, 21)[:-1]
    return fan(
        [(0.32 * float(np.cos(t)), 0.32 * float(np.sin(t))) for t in a],
        0.0,
        Paint((tone, tone, tone * 0.98), Layer.SHUTTER),
    )


def rubbish(rng: np.random.Generator) -> Mesh:
    """Rubbish bags on collection day."""
    tint = Paint((0.85, 0.87, 0.9), Layer.LACQUER) if rng.random() < 0.6 else Paint((0.9, 0.85, 0.4))
    return join(
        *[
            ellipsoid((float(x), float(y), 0.2), (0.26, 0.24, 0.24), tint, 9, 6)
            for x, y in rng.uniform(-0.35, 0.35, (3, 2))
        ]
    )
