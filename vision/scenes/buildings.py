"""Buildings: boxes with drawn fronts. The front is the plane y = 0 and looks to -y; x runs along it."""

import numpy as np

from vision.scenes.furniture import bright, rail
from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, box, ellipsoid, join, place, quad, tube

_WALLS: tuple[Colour, ...] = (
    (0.82, 0.8, 0.75), (0.72, 0.68, 0.62), (0.88, 0.87, 0.85), (0.6, 0.55, 0.5), (0.62, 0.45, 0.36),
    (0.7, 0.72, 0.74), (0.55, 0.58, 0.62), (0.8, 0.72, 0.6), (0.45, 0.4, 0.38),
)  # fmt: skip
SHOP_M, FLOOR_M, BAY_M = 3.4, 3.1, 2.7


def _walls(
    width: float, depth: float, low: float, high: float, paint: Paint, front: Paint | None = None
) -> Mesh:
    """Four walls; the texture starts at each wall's left lower corner."""
    w = width / 2
    return join(
        quad(((-w, 0, low), (w, 0, low), (w, 0, high), (-w, 0, high)), front or paint),
        quad(((w, 0, low), (w, depth, low), (w, depth, high), (w, 0, high)), paint),
        quad(((w, depth, low), (-w, depth, low), (-w, depth, high), (w, depth, high)), paint),
        quad(((-w, depth, low), (-w, 0, low), (-w, 0, high), (-w, depth, high)), paint),
    )


def _front_things(rng: np.random.Generator, width: float, height: float) -> Mesh:
    parts = []
    if rng.random() < 0.6:
        colour = Paint(bright(rng))
        parts.append(box((0, -0.55, 2.75), (width * 0.9, 1.1, 0.08), colour))
        parts.append(box((0, -1.08, 2.62), (width * 0.9, 0.03, 0.26), colour))
    if height > 6 and rng.random() < 0.6:
        tall = float(rng.uniform(2.0, min(5.0, height - 4)))
        x = width / 2 - 0.4 if rng.random() < 0.5 else 0.4 - width / 2
        parts.append(box((x, -0.45, 3.6 + tall / 2), (0.16, 0.8, tall), Paint(bright(rng), Layer.PANEL)))
    for _ in range(int(rng.integers(0, 3))):
        x, z = float(rng.uniform(-0.4, 0.4)) * width, 3.6 + FLOOR_M * int(rng.integers(0, 2))
        parts.append(box((x, -0.17, min(z, height - 0.5)), (0.8, 0.32, 0.6), Paint((0.85, 0.85, 0.83))))
    return join(*parts)


def building(rng: np.random.Generator, width: float, depth: float, floors: int) -> Mesh:
    """A shop below and `floors` of windows above."""
    wall = _WALLS[rng.integers(len(_WALLS))]
    upper = Paint(wall, Layer.WINDOWS if rng.random() < 0.85 else Layer.CURTAIN)
    ground = (Layer.SHOP, Layer.SHOP, Layer.SHUTTER, Layer.PLASTER, Layer.CURTAIN)[rng.integers(5)]
    front = Paint(bright(rng) if ground is Layer.SHOP else wall, ground)
    top = SHOP_M + FLOOR_M * floors
    w = width / 2
    parts = [
        _walls(width, depth, 0.0, SHOP_M, Paint(wall, Layer.PLASTER), front),
        _walls(width, depth, SHOP_M, top, upper) if floors else join(),
        _walls(width + 0.2, depth + 0.2, top, top + 0.7, Paint(wall)),
        quad(((-w, 0, top), (w, 0, top), (w, depth, top), (-w, depth, top)), Paint((0.5, 0.5, 0.5))),
        _front_things(rng, width, top),
    ]
    return join(*parts)


def house(rng: np.random.Generator, width: float, depth: float) -> Mesh:
    """A two-storey house with a tiled roof behind a wall."""
    wall = Paint(_WALLS[rng.integers(len(_WALLS))], Layer.WINDOWS)
    roof = Paint(((0.25, 0.27, 0.3), (0.4, 0.28, 0.24), (0.3, 0.36, 0.4))[rng.integers(3)], Layer.SHUTTER)
    w, e, z = width / 2 - 0.6, 0.5, 6.2
    y0, y1 = 1.6, depth - 0.5
    middle, ridge = (y0 + y1) / 2, z + 1.7
    fence = Paint((0.66, 0.65, 0.62), Layer.CONCRETE if rng.random() < 0.6 else Layer.PLASTER)
    return join(
        place(_walls(2 * w, y1 - y0, 0.0, z, wall), (0, y0, 0)),
        quad(
            ((-w - e, y0 - e, z), (w + e, y0 - e, z), (w + e, middle, ridge), (-w - e, middle, ridge)), roof
        ),
        quad(
            ((w + e, y1 + e, z), (-w - e, y1 + e, z), (-w - e, middle, ridge), (w + e, middle, ridge)), roof
        ),
        box((-0.15 * width, 0.1, 0.65), (width * 0.7, 0.15, 1.3), fence),
    )


def car_park(rng: np.random.Generator, width: float, depth: float) -> Mesh:
    """An open lot behind a rail or hedge."""
    edge = place(rail(width * 0.6, int(rng.integers(3))), (-width / 2, 0.2, 0), 90.0)
    back = box((0, depth, 1.0), (width, 0.2, 2.0), Paint((0.6, 0.6, 0.58), Layer.CONCRETE))
    shrubs = [
        ellipsoid(
            (float(x), depth - 0.8, 0.9), (0.8, 0.7, 0.9), Paint((0.22, 0.36, 0.15), Layer.FOLIAGE), 9, 6
        )
        for x in rng.uniform(-width / 2, width / 2, 3)
    ]
    return join(edge, back, *shrubs)


def lot(rng: np.random.Generator, width: float, depth: float, town: float) -> Mesh:
    """Whatever stands on a lot; `town` 0..1 says how tall the place is built."""
    choice = rng.random()
    if choice < 0.07:
        return car_park(rng, width, depth)
    if choice < 0.07 + 0.4 * (1 - town):
        return house(rng, width, depth)
    floors = int(np.clip(rng.poisson(1.2 + 3.2 * town), 0, 9))
    return building(rng, width, depth, floors)


def museum(width: float, depth: float, height: float) -> Mesh:
    """A large hall of glass under a wide flat roof."""
    wood, white = Paint((0.62, 0.45, 0.28), Layer.WOOD), Paint((0.9, 0.9, 0.89))
    glass = Paint((0.7, 0.82, 0.86), Layer.CURTAIN)
    w = width / 2
    parts = [
        _walls(width, depth, 0.0, height * 0.62, glass),
        _walls(width, depth, height * 0.62, height, wood),
        box((0, depth / 2 - 1.0, height + 0.3), (width + 3.0, depth + 4.0, 0.6), white),
        box((0, -1.2, 3.3), (6.0, 2.4, 0.2), white),
    ]
    parts += [tube((x, -2.2, 0), (x, -2.2, height), 0.16, 0.16, white, 9) for x in np.arange(-w + 2, w, 6.0)]
    return join(*parts)


def station(width: float, depth: float, height: float) -> Mesh:
    """A long station front with a canopy."""
    wall, steel = Paint((0.62, 0.42, 0.32), Layer.PLASTER), Paint((0.8, 0.81, 0.82))
    parts = [
        _walls(width, depth, 0.0, 4.5, Paint((0.7, 0.78, 0.8), Layer.CURTAIN)),
        _walls(width, depth, 4.5, height, wall),
        box((0, -2.5, 4.4), (width * 0.8, 5.0, 0.3), steel),
        box((0, -0.1, height - 2.0), (width * 0.3, 0.2, 1.6), Paint((0.15, 0.3, 0.55))),
    ]
    parts += [
        tube((x, -4.6, 0), (x, -4.6, 4.3), 0.2, 0.2, steel, 10) for x in np.arange(-0.36, 0.4, 0.12) * width
    ]
    return join(*parts)
