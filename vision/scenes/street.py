"""Random pavements for training: ground, guide blocks, fronts, and what lines the kerb.

The wearer stands near the origin and looks along +y.
"""

from functools import lru_cache

import numpy as np

from vision.scenes import buildings, furniture, posts, steps
from vision.scenes.blocks import straight
from vision.scenes.camera import Camera
from vision.scenes.catalogue import make_thing, redress
from vision.scenes.crowd import Plan, put_things
from vision.scenes.grounds import any_ground, crossing, decoys, lay
from vision.scenes.layers import Layer
from vision.scenes.lines import any_blocks, field, guides
from vision.scenes.mesh import Mesh, Paint, Point, box, fan, place, ribbon, scale
from vision.scenes.world import World
from vision.types import ObjectClass

_LOTS = 90  # different fronts; they are costly to build


@lru_cache(maxsize=_LOTS)
def _lot(number: int) -> tuple[Mesh, float]:
    """A front and its width in metres, always the same for its number."""
    rng = np.random.default_rng([9251, number])
    width, depth = float(rng.uniform(6, 15)), float(rng.uniform(8, 12))
    return buildings.lot(rng, width - 0.3, depth, number / _LOTS), width


def _road(world: World, rng: np.random.Generator, edge: float, side: int, kerb: float) -> float:
    """A carriageway beside the pavement; returns its width."""
    width = float(rng.choice([4.0, 6.5, 9.0, 13.0]))
    tone = float(rng.uniform(0.2, 0.45))
    middle = edge + side * (width / 2 + 0.18)
    line = straight(middle, -15.0, 110.0)
    world.ground.append(ribbon(line, width, -kerb, Paint((tone, tone, tone * 1.02), Layer.ASPHALT)))
    stone = Paint((0.66, 0.66, 0.64), Layer.CONCRETE)
    for y in np.arange(-6, 60, 6.0):
        world.ground.append(box((edge + side * 0.08, float(y) + 3, -0.07), (0.16, 5.985, 0.15), stone))
    white = Paint((0.9, 0.9, 0.88), Layer.PAINT)
    world.ground.append(ribbon(straight(edge + side * 0.7, -5, 90), 0.15, -kerb + 0.006, white))
    paint = Paint((0.9, 0.66, 0.12), Layer.PAINT) if rng.random() < 0.3 else white
    for y in np.arange(0, 70, 8.0):
        world.ground.append(
            ribbon(
                straight(middle, float(y), float(y) + (8 if paint is not white else 4)),
                0.14,
                -kerb + 0.006,
                paint,
            )
        )
    return width + 0.3


def _row_of_lots(
    world: World, rng: np.random.Generator, x: float, side: int, start: float, town: float, end: float = 55.0
) -> None:
    """Fronts along the street; `side` +1: on the right, looking left."""
    y = start
    while y < end:
        number = int(np.clip(rng.normal(town, 0.25), 0, 0.999) * _LOTS)
        mesh, width = _lot(number)
        world.scenery.append(place(redress(mesh, rng, 0.06), (x, y + width / 2, 0.0), 90.0 * side))
        y += width + (float(rng.uniform(0, 3)) if rng.random() < 0.3 else 0.0)


@lru_cache(maxsize=80)
def _tree(number: int) -> tuple[Mesh, Mesh]:
    """Trunk and crown, always the same for their number."""
    rng = np.random.default_rng([9252, number])
    return furniture.tree(rng) if rng.random() < 0.8 else furniture.palm(rng)


def _trees(world: World, rng: np.random.Generator, at: Point) -> None:
    trunk, crown = _tree(int(rng.integers(80)))
    turn, grow = float(rng.uniform(0, 360)), float(rng.uniform(0.7, 1.3))
    world.scenery.append(place(redress(crown, rng), at, turn))
    if rng.random() < 0.4:
        trunk = posts.trunk(rng)
    trunk = scale(trunk, grow, grow, 1.0)
    world.put(ObjectClass.TREE, place(redress(trunk, rng), at, turn))
    half = float(rng.uniform(0.3, 0.7))
    pit = fan(
        [(-half, -half), (half, -half), (half, half), (-half, half)],
        0.003,
        Paint((0.35, 0.27, 0.2), Layer.GRASS),
    )
    world.ground.append(place(pit, at))


def _edge_furniture(world: World, rng: np.random.Generator, x: float, side: int) -> None:
    """Trees, poles, bollards, rails along the kerb."""
    if rng.random() < 0.3:
        rail = furniture.rail(float(rng.uniform(6, 30)), int(rng.integers(3)))
        world.scenery.append(place(rail, (x, float(rng.uniform(0, 6)), 0)))
    gap, start = float(rng.uniform(4, 9)), float(rng.uniform(1.5, 6))
    kind, same = rng.random(), posts.bollard(rng)
    for k in range(5):
        at: Point = (x + float(rng.normal(0, 0.05)), start + k * gap, 0.0)
        if kind < 0.42:
            _trees(world, rng, at)
        elif kind < 0.68:
            turn = float(rng.choice([0, 90, 180]))
            world.put(ObjectClass.POLE, place(posts.pole(rng), at, turn))
        elif kind < 0.82:
            at = (at[0], start + k * gap * 0.3, 0.0)
            world.put(ObjectClass.BOLLARD, place(same, at, 90.0))


def _vehicles(world: World, rng: np.random.Generator, x: float, side: int, width: float) -> None:
    """Cars, vans and buses on the carriageway."""
    y = float(rng.uniform(2, 14))
    for _ in range(int(rng.integers(0, 4))):
        kind = rng.random()
        cls = ObjectClass.CAR if kind < 0.72 else ObjectClass.TRUCK if kind < 0.88 else ObjectClass.BUS
        lane = 1.4 if width < 8 or rng.random() < 0.6 else float(rng.uniform(3.5, width - 1.5))
        mesh = make_thing(cls, rng)
        reach = float(np.abs(mesh.positions[:, 1]).max())
        turn = 0.0 if rng.random() < 0.6 else 180.0
        world.put(cls, place(mesh, (x + side * lane, y + reach, -0.1), turn))
        y += 2 * reach + float(rng.uniform(1.5, 9))


def _stairs_ahead(world: World, rng: np.random.Generator, x: float, width: float, y: float, up: bool) -> None:
    """A flight across the way, with dots before it."""
    flight = steps.any_flight(rng, width, up)
    paint = any_ground(rng)
    world.add(ObjectClass.STAIRS, place(steps.steps(flight, rng, paint), (x, y, 0.0)))
    world.scenery.append(place(steps.sides(flight, rng), (x, y, 0.0)))


def random_street(rng: np.random.Generator, plan: Plan, camera: Camera) -> World:
    """One laid-out street. Same generator state, same street."""
    world, town = World(), float(rng.random())
    road_side = 1 if rng.random() < 0.5 else -1
    half, kerb = float(rng.uniform(0.9, 3.2)), float(rng.choice([0.02, 0.1, 0.15]))
    x = float(rng.normal(0, 0.35)) if rng.random() < 0.8 else float(rng.uniform(-2.0, 2.0))
    centre = x + float(rng.uniform(-0.5, 0.5)) * max(half - 0.7, 0.0)
    left, right = centre - half, centre + half
    plaza, stairs = rng.random() < 0.14, rng.random() < 0.13
    stop = float(rng.uniform(2.0, 9.0)) if stairs else 60.0
    reach = 30.0 if plaza and not stairs else 2 * half
    ground = lay(world, rng, centre, reach, (-6.0, stop if stairs else 100.0))
    base = -4.5 if stairs else -0.3
    world.ground.append(ribbon(straight(0, -20, 120), 160, base, Paint((0.4, 0.4, 0.4), Layer.ASPHALT)))
    edge_road, edge_wall = (right, left) if road_side > 0 else (left, right)
    if stairs:
        for s, edge in ((-1, left), (1, right)):
            _row_of_lots(world, rng, edge + s * 0.3, s, -4.0, town, end=stop + 12)
    elif not plaza:
        yard = Paint((0.5, 0.5, 0.49), Layer.CONCRETE)
        world.ground.append(ribbon(straight(edge_wall - road_side * 4, -6, 100), 8.0, -0.002, yard))
        width = _road(world, rng, edge_road, road_side, kerb)
        far_walk = edge_road + road_side * (width + 1.5)
        world.ground.append(ribbon(straight(far_walk, -6, 100), 3.0, 0.0, ground))
        _row_of_lots(world, rng, edge_road + road_side * (width + 3.2), road_side, -4.0, town)
    if not stairs:
        setback = float(rng.uniform(0.1, 1.0)) + (8 if plaza else 0)
        _row_of_lots(world, rng, edge_wall - road_side * setback, -road_side, -5.0, town)
    span = (left, right) if not plaza else (-12.0, 12.0)
    if plan.paving:
        end = stop - 0.9 if stairs else 60.0
        guides(world, rng, x, span, max(end, 1.5), ground)
        if stairs and rng.random() < 0.85:
            make = any_blocks(world, rng, ground)
            across = max(2, min(12, int(2 * half / 0.3) - 1))
            field(world, rng, np.array([centre, stop - 0.6]), across, 2, 0.0, make)
    if stairs:
        _stairs_ahead(world, rng, centre, 2 * half, stop, bool(rng.random() < 0.5))
    elif rng.random() < 0.18:
        _crossing_ahead(world, rng, x, half, ground, plan.paving)
    decoys(world, rng, left, right, min(14.0, stop - 0.5))
    if not stairs:
        _edge_furniture(world, rng, edge_road - road_side * 0.35, road_side)
    put_things(world, rng, plan, camera, left + 0.2, right - 0.2, min(16.0, stop - 0.3))
    if not (plaza or stairs):
        _vehicles(world, rng, edge_road, road_side, width)
    return world


def _crossing_ahead(
    world: World, rng: np.random.Generator, x: float, half: float, ground: Paint, paved: bool
) -> None:
    """A carriageway across the way, dots before it, signals beside it."""
    y = float(rng.uniform(2.5, 9.0))
    crossing(world, rng, x, y)
    world.lines = [line[line[:, 1] < y] for line in world.lines]
    world.lines = [line for line in world.lines if len(line) > 1]
    if paved:
        make = any_blocks(world, rng, ground)
        field(world, rng, np.array([x, y - 0.75]), int(rng.integers(4, 12)), 2, 0.0, make)
    for side in (-1, 1):
        if rng.random() < 0.6:
            mesh = place(furniture.signal(rng), (x + side * (half + 0.3), y - 0.8, 0))
            world.put(ObjectClass.POLE, mesh)
