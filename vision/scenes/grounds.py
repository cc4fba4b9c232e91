"""What one walks on: stone, brick, tile, asphalt in many colours, bands, patches and decoys."""

import numpy as np

from vision.scenes import furniture
from vision.scenes.blocks import straight, zebra
from vision.scenes.clutter import hue
from vision.scenes.layers import Layer
from vision.scenes.local import F64
from vision.scenes.mesh import COL, UV, Colour, Mesh, Paint, Point, box, fan, place, ribbon
from vision.scenes.world import World

TILED = frozenset({Layer.SLAB, Layer.BRICK, Layer.WAVY, Layer.MOSAIC, Layer.BIG_TILE, Layer.GRANITE})
_LAYERS = (Layer.ASPHALT, Layer.SLAB, Layer.BRICK, Layer.WAVY, Layer.MOSAIC, Layer.GRANITE, Layer.CONCRETE)
_TINTS: tuple[Colour, ...] = (
    (1.0, 1.0, 1.0), (1.02, 1.0, 0.95), (1.08, 0.84, 0.74), (1.05, 0.72, 0.6), (1.05, 0.97, 0.7),
    (1.02, 0.88, 0.55), (0.88, 1.0, 0.92), (0.78, 0.92, 0.88), (0.9, 0.95, 1.05), (0.95, 0.85, 0.8),
)  # fmt: skip
_ODD = (Layer.STRIPES, Layer.BLOTCHES, Layer.SPOTS, Layer.CHECKS, Layer.CLOUDS, Layer.WEAVE)


def any_ground(rng: np.random.Generator, indoors: bool = False) -> Paint:
    """A paving of any kind; a few of no kind that exists."""
    if indoors:
        layer = (Layer.BIG_TILE, Layer.BIG_TILE, Layer.GRANITE, Layer.CONCRETE, Layer.PLAIN)[rng.integers(5)]
        tone = rng.uniform(0.55, 0.92) * np.ones(3) * (1.0, 0.985, float(rng.uniform(0.86, 1.0)))
    elif rng.random() < 0.08:
        return Paint(hue(rng, 0.6), _ODD[rng.integers(len(_ODD))])
    else:
        layer = _LAYERS[rng.choice(7, p=[0.18, 0.2, 0.18, 0.14, 0.1, 0.1, 0.1])]
        if layer is Layer.ASPHALT:
            tone = rng.uniform(0.26, 0.58) * np.ones(3) * (1.0, 1.0, float(rng.uniform(0.95, 1.08)))
        else:
            tone = rng.uniform(0.32, 0.85) * np.asarray(_TINTS[rng.integers(len(_TINTS))])
            tone = tone + rng.normal(0, 0.02, 3)
    r, g, b = np.clip(tone, 0.06, 0.93)
    return Paint((float(r), float(g), float(b)), layer, float(rng.beta(1, 4)) * 0.6)


def retiled(mesh: Mesh, scale: float, turn_deg: float) -> Mesh:
    """The mesh with its texture `scale` times as fine, laid at an angle."""
    data, a = mesh.data.copy(), np.radians(turn_deg)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]], np.float32) * np.float32(scale)
    data[:, UV] = data[:, UV] @ turn
    return Mesh(data)


def lay(
    world: World,
    rng: np.random.Generator,
    middle: float,
    width: float,
    y: tuple[float, float],
    indoors: bool = False,
) -> Paint:
    """The walk itself, with bands and patches of other stone; returns its paint."""
    paint = any_ground(rng, indoors)
    scale = (
        float(rng.uniform(0.7, 1.5)) if paint.layer is not Layer.BIG_TILE else float(rng.uniform(0.6, 2.0))
    )
    turn = float(rng.choice([0, 0, 90, 45])) + float(rng.normal(0, 1))
    if paint.layer in TILED or paint.layer is Layer.CHECKS:
        world.slices.add("tiled")

    def band(line: F64, wide: float, z: float, p: Paint) -> Mesh:
        return retiled(ribbon(line, wide, z, p), scale, turn)

    world.ground.append(band(straight(middle, *y), width, 0.0, paint))
    kind = rng.random()
    if kind < 0.14:  # bands across, as tiles are often laid
        other, step = Paint(any_ground(rng).colour, paint.layer), float(rng.uniform(0.8, 3.0))
        for y0 in np.arange(y[0], min(y[1], 30), 2 * step).tolist():
            world.ground.append(band(straight(middle, y0, min(y0 + step, y[1])), width, 0.001, other))
    elif kind < 0.3:  # a band along the way
        wide = float(rng.uniform(0.2, min(1.2, width / 3)))
        x = middle + float(rng.uniform(-0.5, 0.5)) * (width - wide)
        world.ground.append(band(straight(x, *y), wide, 0.001, any_ground(rng)))
    for _ in range(int(rng.integers(0, 3)) if rng.random() < 0.4 else 0):  # repairs
        w, h = (float(v) for v in rng.uniform((0.3, 0.3), (2.0, 3.0)))
        x, y0 = middle + float(rng.uniform(-0.5, 0.5)) * (width - w), float(rng.uniform(y[0], 12))
        if y0 + h < y[1]:
            world.ground.append(ribbon(straight(x, y0, y0 + h), w, 0.0015, any_ground(rng)))
    return paint


def _lid(rng: np.random.Generator) -> Mesh:
    kind = rng.random()
    if kind < 0.5:
        return furniture.manhole(rng)
    w, h = (float(v) for v in rng.uniform((0.25, 0.25), (0.6, 1.0)))
    tone = float(rng.uniform(0.3, 0.6))
    layer = Layer.GRATING if kind < 0.8 else Layer.SHUTTER
    return fan([(-w, -h), (w, -h), (w, h), (-w, h)], 0.0, Paint((tone, tone, tone), layer))


def _litter(rng: np.random.Generator) -> Mesh:
    """A flat leaf or a scrap."""
    a = np.sort(rng.uniform(0, 2 * np.pi, 6))
    r = float(rng.uniform(0.03, 0.12))
    colour = (0.55, 0.38, 0.15) if rng.random() < 0.6 else hue(rng, 0.5)
    return fan([(r * float(np.cos(t)), r * float(np.sin(t))) for t in a], 0.0, Paint(colour))


def decoys(world: World, rng: np.random.Generator, left: float, right: float, far: float = 14.0) -> None:
    """Unnamed marks that are not guide blocks: lids, gratings, paint, yellow kerbs and mats."""

    def spot(z: float) -> Point:
        return float(rng.uniform(left, right)), float(rng.uniform(1.0, far)), z

    for _ in range(int(rng.integers(0, 3))):
        world.ground.append(place(_lid(rng), spot(0.006)))
    yellow = Paint((0.9, float(rng.uniform(0.6, 0.8)), 0.15), Layer.PAINT, float(rng.beta(1, 2)))
    white = Paint((0.9, 0.9, 0.88), Layer.PAINT, float(rng.beta(1, 2)))
    if rng.random() < 0.16:
        y = float(rng.uniform(1.5, 10))
        line = np.array([[left, y], [right, y + float(rng.normal(0, 0.8))]])
        paint = yellow if rng.random() < 0.6 else white
        world.ground.append(ribbon(line, float(rng.uniform(0.08, 0.35)), 0.0035, paint))
    if rng.random() < 0.16:
        x = float(rng.uniform(left, right))
        paint = yellow if rng.random() < 0.7 else white
        world.ground.append(ribbon(straight(x, -3.0, far * 3), float(rng.uniform(0.08, 0.3)), 0.003, paint))
    if rng.random() < 0.08:
        x, y, z = spot(0.003)
        w, h = (float(v) for v in rng.uniform((0.5, 0.4), (1.6, 1.2)))
        world.ground.append(ribbon(straight(x, y, y + h), w, z, Paint(hue(rng, 0.2), Layer.WEAVE)))  # a mat
    if rng.random() < 0.12:
        side = left if rng.random() < 0.5 else right
        for k, y in enumerate(np.arange(0, 24, 1.2).tolist()):
            paint = Paint((0.93, 0.74, 0.12)) if k % 2 or rng.random() < 0.7 else Paint((0.1, 0.1, 0.1))
            world.ground.append(box((side, y + 0.6, 0.06), (0.16, 1.18, 0.14), paint))
    if rng.random() < 0.25:
        for _ in range(int(rng.integers(5, 40))):
            world.ground.append(place(_litter(rng), spot(0.007), float(rng.uniform(0, 360))))


def crossing(world: World, rng: np.random.Generator, x: float, y: float) -> None:
    """A carriageway across the way with stripes, from y metres ahead on."""
    wide, tone = float(rng.uniform(6, 12)), float(rng.uniform(0.22, 0.42))
    across = np.array([[-40.0, y + wide / 2], [40.0, y + wide / 2]])
    world.ground.append(ribbon(across, wide, 0.008, Paint((tone, tone, tone), Layer.ASPHALT)))
    stripes = zebra(float(rng.uniform(2.5, 5.0)), wide - 0.6, 0.012)
    data = stripes.data.copy()
    data[:, COL] *= float(rng.uniform(0.5, 1.0))
    world.ground.append(place(Mesh(data), (x, y + 0.3, 0)))
