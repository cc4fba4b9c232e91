"""Random pavements for training: ground, guide blocks, fronts, and things on and beside the line.

The wearer stands near the origin and looks along +y.
"""

import numpy as np

from vision.scenes import buildings, cars, furniture
from vision.scenes.blocks import BLOCK_M, block_paint, dot_field, straight, strip, zebra
from vision.scenes.crowd import World, put_things, touches
from vision.scenes.layers import Layer
from vision.scenes.mesh import Paint, Point, box, fan, place, ribbon
from vision.types import ObjectClass


def _ground_paint(rng: np.random.Generator) -> Paint:
    layer = (Layer.ASPHALT, Layer.SLAB, Layer.SLAB, Layer.BRICK, Layer.BRICK, Layer.CONCRETE)[rng.integers(6)]
    if layer is Layer.ASPHALT:
        tone = rng.uniform(0.35, 0.58) * np.ones(3)
    else:
        tone = rng.uniform(0.5, 0.82) * np.ones(3) + rng.normal(0, 0.02, 3)
        if rng.random() < 0.4:
            tone = tone * np.array([1.08, 0.86, 0.76])  # reddish paving
        elif rng.random() < 0.1:
            tone = tone * np.array([0.88, 1.0, 0.92])
        else:
            tone = tone * np.array([1.02, 1.0, 0.95])
    r, g, b = np.clip(tone, 0.1, 0.92)
    return Paint((float(r), float(g), float(b)), layer)


def _guide(world: World, rng: np.random.Generator, x: float, edges: tuple[float, float], far: float) -> None:
    """The line of guide blocks with its turns, forks and ends."""
    colour, wear = block_paint(rng)
    z, kind = 0.004, rng.random()
    end = far if kind < 0.5 else float(rng.uniform(2.0, 11.0))
    end = round(end / BLOCK_M) * BLOCK_M
    lean = float(rng.normal(0, 0.05)) if rng.random() < 0.3 else 0.0
    y = np.linspace(-3.0, end, 12)
    bow = float(rng.normal(0, 0.006)) if rng.random() < 0.25 else 0.0
    line = np.column_stack([x + lean * y + bow * np.maximum(y, 0) ** 2, y])
    world.lines.append(line)
    world.paving.append(strip(line, z, colour, wear))
    tip, aim = line[-1], float(np.degrees(np.arctan2(*(line[-1] - line[-2]))))
    ahead = np.array([np.sin(np.radians(aim)), np.cos(np.radians(aim))])
    if end < far:
        side = 1 if rng.random() < 0.5 else -1
        width = 2 if kind < 0.8 else int(rng.integers(3, 9))
        middle = tip + ahead * BLOCK_M
        world.paving.append(dot_field((middle[0], middle[1]), width, 2, aim, z, colour, wear))
        if kind < 0.8:
            across = np.array([ahead[1], -ahead[0]]) * side
            turned = np.stack(
                [middle + across * BLOCK_M, middle + across * max(0.6, side * (edges[side > 0] - middle[0]))]
            )
            world.lines.append(turned)
            world.paving.append(strip(turned, z, colour, wear))
            if rng.random() < 0.4:
                onward = np.stack([middle + ahead * BLOCK_M, middle + ahead * (far - end)])
                world.lines.append(onward)
                world.paving.append(strip(onward, z, colour, wear))


def _road(world: World, rng: np.random.Generator, edge: float, side: int, kerb: float) -> float:
    """A carriageway beside the pavement; returns its width."""
    width = float(rng.choice([4.0, 6.5, 9.0, 13.0]))
    tone = float(rng.uniform(0.24, 0.42))
    middle = edge + side * (width / 2 + 0.18)
    line = straight(middle, -15.0, 110.0)
    world.scenery.append(ribbon(line, width, -kerb, Paint((tone, tone, tone * 1.02), Layer.ASPHALT)))
    stone = Paint((0.66, 0.66, 0.64), Layer.CONCRETE)
    for y in np.arange(-6, 60, 6.0):
        world.scenery.append(box((edge + side * 0.08, float(y) + 3, -0.07), (0.16, 5.985, 0.15), stone))
    white = Paint((0.9, 0.9, 0.88), Layer.PAINT)
    world.scenery.append(ribbon(straight(edge + side * 0.7, -5, 90), 0.15, -kerb + 0.006, white))
    paint = Paint((0.9, 0.66, 0.12), Layer.PAINT) if rng.random() < 0.3 else white
    for y in np.arange(0, 70, 8.0):
        world.scenery.append(
            ribbon(
                straight(middle, float(y), float(y) + (8 if paint is not white else 4)),
                0.14,
                -kerb + 0.006,
                paint,
            )
        )
    return width + 0.3


def _row_of_lots(
    world: World, rng: np.random.Generator, x: float, side: int, start: float, town: float
) -> None:
    """Fronts along the street; `side` +1: on the right, looking left."""
    y = start
    while y < 75:
        width, depth = float(rng.uniform(6, 15)), float(rng.uniform(8, 12))
        mesh = buildings.lot(rng, width - 0.3, depth, town)
        world.scenery.append(place(mesh, (x, y + width / 2, 0.0), 90.0 * side))
        y += width + (float(rng.uniform(0, 3)) if rng.random() < 0.3 else 0.0)


def _crossing_ahead(world: World, rng: np.random.Generator, x: float, half: float) -> None:
    """A carriageway across the way with stripes and a dot field before it."""
    y, wide = float(rng.uniform(3.0, 9.0)), float(rng.uniform(6, 12))
    tone = float(rng.uniform(0.24, 0.4))
    across = np.array([[-40.0, y + wide / 2], [40.0, y + wide / 2]])
    world.scenery.append(ribbon(across, wide, 0.008, Paint((tone, tone, tone), Layer.ASPHALT)))
    world.scenery.append(place(zebra(float(rng.uniform(2.5, 4.5)), wide - 0.6, 0.012), (x, y + 0.3, 0)))
    colour, wear = block_paint(rng)
    world.paving.append(dot_field((x, y - 0.75), int(rng.integers(4, 12)), 2, 0.0, 0.0045, colour, wear))
    for side in (-1, 1):
        if rng.random() < 0.6:
            world.add(ObjectClass.POLE, place(furniture.signal(rng), (x + side * (half + 0.3), y - 0.8, 0)))


def _decoys(world: World, rng: np.random.Generator, half: float) -> None:
    """Unnamed things that are not guide blocks: lids, stains, bands of other stone, yellow paint."""
    for _ in range(int(rng.integers(0, 3))):
        at: Point = (float(rng.uniform(-half, half)), float(rng.uniform(1.5, 12)), 0.006)
        world.scenery.append(place(furniture.manhole(rng), at))
    if rng.random() < 0.3:
        x, width = float(rng.uniform(-half, half)), float(rng.uniform(0.2, 0.9))
        world.scenery.append(ribbon(straight(x, -3, 60), width, 0.003, _ground_paint(rng)))
    if rng.random() < 0.12:
        y = float(rng.uniform(1.5, 10))
        line = np.array([[-half, y], [half, y + float(rng.normal(0, 0.8))]])
        world.scenery.append(
            ribbon(line, float(rng.uniform(0.1, 0.3)), 0.0035, Paint((0.9, 0.68, 0.15), Layer.PAINT))
        )


def _edge_furniture(world: World, rng: np.random.Generator, x: float, side: int) -> None:
    """Trees, poles, rails along the kerb."""
    if rng.random() < 0.3:
        world.scenery.append(
            place(
                furniture.rail(float(rng.uniform(6, 30)), int(rng.integers(3))),
                (x, float(rng.uniform(0, 6)), 0),
            )
        )
    gap, start = float(rng.uniform(5, 10)), float(rng.uniform(1.5, 6))
    kind = rng.random()
    for k in range(5):
        at: Point = (x + float(rng.normal(0, 0.05)), start + k * gap, 0.0)
        if kind < 0.5:
            trunk, crown = furniture.tree(rng) if kind < 0.4 else furniture.palm(rng)
            turn = float(rng.uniform(0, 360))
            world.scenery.append(place(crown, at, turn))
            world.add(ObjectClass.POLE, place(trunk, at, turn), touches(place(trunk, at), world.lines))
            pit = fan(
                [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)],
                0.003,
                Paint((0.35, 0.27, 0.2), Layer.GRASS),
            )
            world.scenery.append(place(pit, at))
        elif kind < 0.75 and k % 2 == 0:
            maker = furniture.utility_pole if rng.random() < 0.5 else furniture.post
            world.add(ObjectClass.POLE, place(maker(rng), at, float(rng.choice([0, 90, 180]))))
    for _ in range(int(rng.integers(0, 3))):
        maker = (furniture.planter, furniture.bench, furniture.rubbish, furniture.vending_machine)[
            rng.integers(4)
        ]
        spot: Point = (x - side * float(rng.uniform(0.1, 0.4)), float(rng.uniform(3, 20)), 0.0)
        world.scenery.append(place(maker(rng), spot, -90.0 * side))


def random_street(rng: np.random.Generator) -> World:
    """One laid-out scene. Same generator state, same scene."""
    world, town = World(), float(rng.random())
    road_side = 1 if rng.random() < 0.5 else -1
    half, kerb = float(rng.uniform(1.1, 3.2)), float(rng.choice([0.02, 0.1, 0.15]))
    x = float(rng.normal(0, 0.35))
    centre = x + float(rng.uniform(-0.5, 0.5)) * (half - 0.7)
    left, right = centre - half, centre + half
    far = 60.0
    plaza = rng.random() < 0.12
    edge_road, edge_wall = (right, left) if road_side > 0 else (left, right)
    ground = _ground_paint(rng)
    reach = 30.0 if plaza else 2 * half
    world.scenery.append(
        ribbon(straight(centre, -6, 100), reach, 0.0, ground, u_start=float(rng.uniform(0, 3)))
    )
    yard = Paint((0.5, 0.5, 0.49), Layer.CONCRETE)
    world.scenery.append(ribbon(straight(0, -20, 120), 160, -0.3, Paint((0.4, 0.4, 0.4), Layer.ASPHALT)))
    if not plaza:
        world.scenery.append(ribbon(straight(edge_wall - road_side * 4, -6, 100), 8.0, -0.002, yard))
        width = _road(world, rng, edge_road, road_side, kerb)
        far_walk = edge_road + road_side * (width + 1.5)
        world.scenery.append(ribbon(straight(far_walk, -6, 100), 3.0, 0.0, ground))
        _row_of_lots(world, rng, edge_road + road_side * (width + 3.2), road_side, -4.0, town)
        _parked_cars(world, rng, edge_road + road_side * 1.4, road_side)
    setback = float(rng.uniform(0.1, 1.0)) + (8 if plaza else 0)
    _row_of_lots(world, rng, edge_wall - road_side * setback, -road_side, -5.0, town)
    if rng.random() < 0.93:
        _guide(world, rng, x, (left, right) if not plaza else (-12.0, 12.0), far)
    if rng.random() < 0.18:
        _crossing_ahead(world, rng, x, half)
    _decoys(world, rng, half)
    _edge_furniture(world, rng, edge_road - road_side * 0.4, road_side)
    put_things(world, rng, left + 0.2, right - 0.2)
    return world


def _parked_cars(world: World, rng: np.random.Generator, x: float, side: int) -> None:
    if rng.random() < 0.5:
        return
    y = float(rng.uniform(2, 12))
    for _ in range(int(rng.integers(1, 4))):
        at: Point = (x, y, -0.1)
        world.add(
            ObjectClass.CAR, place(cars.car(rng), at, 180.0 if side > 0 and rng.random() < 0.5 else 0.0)
        )
        y += float(rng.uniform(5.5, 14))
