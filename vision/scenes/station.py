"""Stations: platforms with their edge, tracks and dots, and halls with smooth floors and stairs."""

import numpy as np

from vision.scenes import clutter, steps
from vision.scenes.blocks import BLOCK_M, straight
from vision.scenes.camera import Camera
from vision.scenes.clutter import hue
from vision.scenes.crowd import Plan, put_things
from vision.scenes.furniture import bright, vending_machine
from vision.scenes.grounds import decoys, lay
from vision.scenes.layers import Layer
from vision.scenes.lines import Blocks, any_blocks, field, guides, strip
from vision.scenes.mesh import Mesh, Paint, box, join, place, ribbon, tube
from vision.scenes.world import World
from vision.types import ObjectClass


def _track(world: World, rng: np.random.Generator, edge: float, side: int) -> None:
    """The bed, two rails and what lies beyond; a train now and then."""
    middle = edge + side * 1.6
    tone = float(rng.uniform(0.25, 0.45))
    world.ground.append(
        ribbon(
            straight(edge + side * 4.0, -10, 90),
            8.2,
            -1.15,
            Paint((tone, tone * 0.95, tone * 0.9), Layer.CLOUDS),
        )
    )
    steel = Paint((0.5, 0.42, 0.36), Layer.LACQUER)
    world.ground += [box((middle + s * 0.55, 40, -0.98), (0.07, 100, 0.15), steel) for s in (-1, 1)]
    world.scenery.append(
        box((edge + side * 7.6, 40, 0.5), (0.3, 100, 4.0), Paint(hue(rng, 0.8), Layer.CONCRETE))
    )
    if rng.random() < 0.3:
        body, band = Paint(hue(rng, 0.8), Layer.LACQUER), Paint(bright(rng), Layer.LACQUER)
        start = float(rng.choice([-8.0, rng.uniform(2, 20)]))
        x = edge + side * 1.55
        world.scenery += [
            box((x, start + 30, 1.2), (2.8, 60, 3.3), body),
            box((x, start + 30, 0.5), (2.82, 60, 0.3), band),
            box((x, start + 30, 1.75), (2.81, 59, 0.8), Paint((0.08, 0.09, 0.1), Layer.GLASS)),
        ]


def _edge(world: World, rng: np.random.Generator, edge: float, side: int, far: float) -> None:
    """The coping and the drop below it."""
    wide, white = float(rng.uniform(0.12, 0.5)), float(rng.uniform(0.6, 0.93))
    stone = Paint((white, white, white * 0.97), Layer.CONCRETE)
    face = Paint((0.4, 0.4, 0.4), Layer.CONCRETE)
    parts = [
        box((edge - side * wide / 2, far / 2 - 3, -0.02), (wide, far + 6, 0.05), stone),
        box((edge - side * 0.05, far / 2 - 3, -0.6), (0.1, far + 6, 1.1), face),
    ]
    if rng.random() < 0.4:
        line = Paint((0.93, 0.75, 0.15) if rng.random() < 0.4 else (0.85, 0.2, 0.12))
        parts.append(box((edge - side * (wide + 0.05), far / 2 - 3, 0.003), (0.08, far + 6, 0.004), line))
    world.add(ObjectClass.PLATFORM_EDGE, join(*parts))


def _dot_line(world: World, rng: np.random.Generator, x: float, side: int, far: float, make: Blocks) -> None:
    """Dots along the edge, with the bar on the safe side that says which side that is."""
    strip(world, rng, straight(x, -3.0, far), make, 1, dots=True)
    if rng.random() < 0.75:
        bar = ribbon(
            straight(x - side * (BLOCK_M / 2 + 0.035), -3.0, far),
            0.07,
            make.z,
            Paint(make.colour, Layer.PLAIN),
        )
        world.warning.append(bar)


def _roof(world: World, rng: np.random.Generator, middle: float, width: float, far: float) -> None:
    high = float(rng.uniform(3.0, 4.5))
    world.scenery.append(
        box((middle, far / 2, high), (width, far + 16, 0.15), Paint(hue(rng, 0.9), Layer.SHUTTER))
    )
    lamp = Paint((1.6, 1.6, 1.5))
    for y in np.arange(1, far, 4.0).tolist():
        world.scenery.append(box((middle, y, high - 0.12), (0.15, 1.4, 0.06), lamp))
    if rng.random() < 0.6:
        sign = box((0, 0, 2.8), (float(rng.uniform(1.2, 3)), 0.15, 0.5), Paint(bright(rng), Layer.PANEL))
        world.scenery.append(place(sign, (middle, float(rng.uniform(3, 14)), 0)))


def _columns(world: World, rng: np.random.Generator, x: float, far: float) -> None:
    r, paint = float(rng.uniform(0.09, 0.3)), Paint(hue(rng, 0.8), Layer.LACQUER)
    start, gap, square = float(rng.uniform(1.5, 5)), float(rng.uniform(4, 7)), rng.random() < 0.5
    for y in np.arange(start, far, gap).tolist():
        shape: Mesh = (
            box((0, 0, 2.2), (2 * r, 2 * r, 4.4), paint)
            if square
            else tube((0, 0, 0), (0, 0, 4.4), r, r, paint, 14)
        )
        world.put(ObjectClass.POLE, place(shape, (x, y, 0.0)))


def random_platform(rng: np.random.Generator, plan: Plan, camera: Camera) -> World:
    """A platform with a track at one or both sides. Same generator state, same platform."""
    world = World(slices={"indoor"})
    far, width = 55.0, float(rng.uniform(3.2, 9.0))
    side = 1 if rng.random() < 0.5 else -1
    gap = float(rng.uniform(0.8, 1.1))  # from the edge to the dots
    off = float(rng.normal(0, 0.5)) if rng.random() < 0.75 else float(rng.uniform(0.8, 2.2))
    x = side * abs(off) if off > 0.8 else off
    edge = x + side * (gap + BLOCK_M / 2)
    other = edge - side * width
    middle = (edge + other) / 2
    ground = lay(world, rng, middle, width, (-6.0, 70.0), indoors=rng.random() < 0.5)
    _track(world, rng, edge, side)
    _edge(world, rng, edge, side, far)
    make = any_blocks(world, rng, ground)
    if plan.paving:
        _dot_line(world, rng, x, side, far, make)
    if rng.random() < 0.5:
        _track(world, rng, other, -side)
        _edge(world, rng, other, -side, far)
        if plan.paving:
            _dot_line(world, rng, other + side * (gap + BLOCK_M / 2), -side, far, make)
    else:
        wall = Paint(hue(rng, 0.8), (Layer.PLASTER, Layer.CONCRETE, Layer.PANEL)[rng.integers(3)])
        world.scenery.append(box((other, 30, 1.7), (0.2, 80, 3.4), wall))
    if rng.random() < 0.8:
        _roof(world, rng, middle, width, far)
    if rng.random() < 0.7:
        _columns(world, rng, middle + float(rng.normal(0, 0.3)), far)
    if rng.random() < 0.4:
        world.put(
            ObjectClass.OBSTACLE,
            place(
                vending_machine(rng), (middle, float(rng.uniform(4, 12)), 0), float(rng.choice([0, 90, -90]))
            ),
        )
    if rng.random() < 0.5:
        world.put(
            ObjectClass.BENCH,
            place(clutter.seat(rng), (middle, float(rng.uniform(3, 10)), 0), float(rng.choice([0, 90]))),
        )
    low, high = sorted((edge - side * 0.5, other + side * 0.5))
    put_things(world, rng, plan, camera, low, high)
    return world


def random_hall(rng: np.random.Generator, plan: Plan, camera: Camera) -> World:
    """A concourse or an underground passage, with stairs at its end now and then."""
    world = World(slices={"indoor"})
    half, stairs = float(rng.uniform(1.3, 6.0)), rng.random() < 0.35
    stop = float(rng.uniform(2.5, 10.0)) if stairs else 40.0
    x = float(rng.normal(0, 0.4))
    centre = x + float(rng.uniform(-0.5, 0.5)) * (half - 0.8)
    left, right = centre - half, centre + half
    ground = lay(world, rng, centre, 2 * half, (-6.0, stop), indoors=True)
    world.ground.append(ribbon(straight(0, -20, 90), 100, -5.0, Paint((0.3, 0.3, 0.3), Layer.CONCRETE)))
    wall = Paint(
        hue(rng, 0.85), (Layer.PLASTER, Layer.BIG_TILE, Layer.CONCRETE, Layer.GRANITE)[rng.integers(4)]
    )
    for s, edge in ((-1, left), (1, right)):
        world.scenery.append(box((edge + s * 0.1, 20, 1.4), (0.2, 60, 9.0), wall))
        for y in np.arange(1.0, 24, 4.5).tolist():
            if rng.random() < 0.35:
                face = box((edge - s * 0.03, y, 1.4), (0.04, 1.4, 1.0), Paint(bright(rng), Layer.PANEL))
                world.scenery.append(face)
    if plan.paving:
        guides(world, rng, x, (left, right), max(1.5, stop - 0.9), ground)
    if stairs:
        up = bool(rng.random() < 0.6)
        flight = steps.any_flight(rng, 2 * half, up)
        world.add(ObjectClass.STAIRS, place(steps.steps(flight, rng, ground), (centre, stop, 0.0)))
        world.scenery.append(place(steps.sides(flight, rng), (centre, stop, 0.0)))
        if plan.paving:
            make = any_blocks(world, rng, ground)
            field(
                world,
                rng,
                np.array([centre, stop - 0.6]),
                max(2, min(14, int(half * 2 / 0.3) - 1)),
                2,
                0.0,
                make,
            )
    else:
        world.scenery.append(box((centre, 40, 2), (2 * half, 0.2, 6), Paint(hue(rng), Layer.SHOP)))
        _roof(world, rng, centre, 2 * half, 40.0)
    if rng.random() < 0.4 and half > 2:
        _columns(world, rng, centre + float(rng.choice([-1, 1])) * half * 0.6, min(30.0, stop - 0.5))
    decoys(world, rng, left, right, min(12.0, stop - 0.5))
    put_things(world, rng, plan, camera, left + 0.3, right - 0.3, min(14.0, stop - 0.3))
    return world
