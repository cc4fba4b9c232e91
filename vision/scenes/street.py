"""Random pavements for training: ground, guide blocks, fronts, and things on and beside the line.

The wearer stands near the origin and looks along +y.
"""

from dataclasses import dataclass, field

import numpy as np

from vision.scenes import buildings, cars, furniture, people, wheels
from vision.scenes.layers import Layer
from vision.scenes.mesh import Colour, Mesh, Paint, Point, box, fan, join, place, quad, ribbon
from vision.scenes.truth import F64, PAVING_ID, Thing
from vision.types import ObjectClass

BLOCK_M = 0.3
_YELLOW: Colour = (0.93, 0.71, 0.13)


@dataclass(slots=True)
class World:
    """A scene while it is being laid out: unnamed parts, paving, named things."""

    scenery: list[Mesh] = field(default_factory=list)
    paving: list[Mesh] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    lines: list[F64] = field(default_factory=list)  # the middle of each guide line

    def add(self, cls: ObjectClass, mesh: Mesh, on_paving: bool = False) -> None:
        """A named thing, with the next free id."""
        self.things.append(Thing(PAVING_ID + 1 + len(self.things), cls, mesh, on_paving))

    def parts(self) -> list[tuple[Mesh, int]]:
        """Every mesh with the id of its pixels."""
        named = [(thing.mesh, thing.id) for thing in self.things]
        return [*((m, 0) for m in self.scenery), *((m, PAVING_ID) for m in self.paving), *named]


def block_paint(rng: np.random.Generator) -> tuple[Colour, float]:
    """Colour and wear of guide blocks: most yellow, some pale, brownish or grey."""
    choice, wear = rng.random(), float(rng.beta(1.2, 2.2))
    if choice < 0.72:
        colour = np.asarray(_YELLOW) * rng.uniform(0.8, 1.08) + rng.normal(0, 0.025, 3)
    elif choice < 0.84:
        colour = np.array([0.9, 0.83, 0.55]) * rng.uniform(0.8, 1.05)
    elif choice < 0.93:
        colour = np.array([0.72, 0.5, 0.25]) * rng.uniform(0.8, 1.1)
    else:
        colour = np.array([0.6, 0.6, 0.59]) * rng.uniform(0.7, 1.25)
        wear *= 0.4
    r, g, b = np.clip(colour, 0.03, 0.97)
    return (float(r), float(g), float(b)), wear


def strip(line: F64, z: float, colour: Colour, wear: float) -> Mesh:
    """One line of guiding blocks, 30 cm wide, bars along the way."""
    return ribbon(line, BLOCK_M, z, Paint(colour, Layer.BARS, wear))


def dot_field(
    at: tuple[float, float],
    across: int,
    along: int,
    heading_deg: float,
    z: float,
    colour: Colour,
    wear: float,
) -> Mesh:
    """A field of warning blocks, `across` x `along` blocks, its middle at `at`."""
    w, h = across * BLOCK_M / 2, along * BLOCK_M / 2
    flat = quad(((-w, -h, 0), (w, -h, 0), (w, h, 0), (-w, h, 0)), Paint(colour, Layer.DOTS, wear))
    return place(flat, (at[0], at[1], z), heading_deg)


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


def _straight(x: float, y0: float, y1: float) -> F64:
    return np.array([[x, y0], [x, y1]], np.float64)


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
    line = _straight(middle, -15.0, 110.0)
    world.scenery.append(ribbon(line, width, -kerb, Paint((tone, tone, tone * 1.02), Layer.ASPHALT)))
    stone = Paint((0.66, 0.66, 0.64), Layer.CONCRETE)
    for y in np.arange(-6, 60, 6.0):
        world.scenery.append(box((edge + side * 0.08, float(y) + 3, -0.07), (0.16, 5.985, 0.15), stone))
    white = Paint((0.9, 0.9, 0.88), Layer.PAINT)
    world.scenery.append(ribbon(_straight(edge + side * 0.7, -5, 90), 0.15, -kerb + 0.006, white))
    paint = Paint((0.9, 0.66, 0.12), Layer.PAINT) if rng.random() < 0.3 else white
    for y in np.arange(0, 70, 8.0):
        world.scenery.append(
            ribbon(
                _straight(middle, float(y), float(y) + (8 if paint is not white else 4)),
                0.14,
                -kerb + 0.006,
                paint,
            )
        )
    return width + 0.3


def zebra(width: float, length: float, z: float) -> Mesh:
    """Stripes of a crossing walked along +y from 0 to `length`: 45 cm on, 45 cm off, each along y."""
    paint = Paint((0.9, 0.9, 0.88), Layer.PAINT)
    xs = np.arange(-width / 2 + 0.225, width / 2, 0.9)
    return join(*[ribbon(_straight(float(x), 0.0, length), 0.45, z, paint) for x in xs])


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
        world.scenery.append(ribbon(_straight(x, -3, 60), width, 0.003, _ground_paint(rng)))
    if rng.random() < 0.12:
        y = float(rng.uniform(1.5, 10))
        line = np.array([[-half, y], [half, y + float(rng.normal(0, 0.8))]])
        world.scenery.append(
            ribbon(line, float(rng.uniform(0.1, 0.3)), 0.0035, Paint((0.9, 0.68, 0.15), Layer.PAINT))
        )


_MAKERS: dict[ObjectClass, tuple[float, float]] = {  # class: (how often, half width on the ground)
    ObjectClass.PERSON: (0.27, 0.3),
    ObjectClass.BICYCLE: (0.19, 0.35),
    ObjectClass.MOTORCYCLE: (0.09, 0.45),
    ObjectClass.CAR: (0.06, 1.2),
    ObjectClass.KICK_SCOOTER: (0.12, 0.3),
    ObjectClass.POLE: (0.14, 0.2),
    ObjectClass.SIGN: (0.13, 0.35),
}


def make_thing(cls: ObjectClass, rng: np.random.Generator) -> Mesh:
    """One thing of the class in one of its states, at the origin."""
    if cls is ObjectClass.PERSON:
        who = people.anyone(rng)
        stance = rng.random()
        if stance < 0.6:
            return people.person(who, float(rng.uniform(0, 2 * np.pi)))
        return people.person(who) if stance < 0.8 else people.with_phone(who)
    if cls is ObjectClass.CAR:
        return cars.car(rng)
    if cls is ObjectClass.POLE:
        maker = (furniture.utility_pole, furniture.post, furniture.bollard, furniture.bollard)[
            rng.integers(4)
        ]
        return maker(rng)
    if cls is ObjectClass.SIGN:
        maker = (
            furniture.a_frame,
            furniture.a_frame,
            furniture.cone,
            furniture.carton,
            furniture.stand_sign,
        )[rng.integers(5)]
        return maker(rng)
    two_wheeled = {
        ObjectClass.BICYCLE: (wheels.bicycle, 0.18),
        ObjectClass.MOTORCYCLE: (wheels.motorcycle, 0.03),
        ObjectClass.KICK_SCOOTER: (wheels.kick_scooter, 0.35),
    }
    maker, falls = two_wheeled[cls]
    side = 1 if rng.random() < 0.5 else -1
    mesh = maker(rng)
    return (
        wheels.fallen(mesh, side)
        if rng.random() < falls
        else wheels.leaning(mesh, side * float(rng.uniform(2, 8)))
    )


@dataclass(slots=True)
class _Places:
    """Keeps things from standing in one another, and out of the wearer's face."""

    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def take(self, x: float, y: float, radius: float) -> bool:
        """True where there was room."""
        if np.hypot(x, y) < radius + 0.7:
            return False
        if any(np.hypot(x - a, y - b) < radius + r for a, b, r in self.taken):
            return False
        self.taken.append((x, y, radius))
        return True


def _things(world: World, rng: np.random.Generator, left: float, right: float) -> None:
    places, classes = _Places(), list(_MAKERS)
    shares = np.array([_MAKERS[c][0] for c in classes])
    for _ in range(int(rng.choice([1, 2, 3, 4, 5, 7], p=[0.12, 0.2, 0.22, 0.2, 0.16, 0.1]))):
        cls = classes[rng.choice(len(classes), p=shares / shares.sum())]
        near = float(rng.uniform(0, 1)) ** 1.4
        y = 1.0 + 15.0 * near
        on_line = bool(world.lines) and rng.random() < 0.45
        if on_line:
            line = world.lines[0]
            y = min(y, float(line[-1, 1]))
            x = float(np.interp(y, line[:, 1], line[:, 0])) + float(rng.normal(0, 0.12))
        else:
            x = float(rng.uniform(left, right))
        half = _MAKERS[cls][1]
        if not places.take(x, y, half + (0.9 if cls is ObjectClass.CAR else 0.15)):
            continue
        facing = float(rng.uniform(0, 360)) if cls is not ObjectClass.SIGN else float(rng.normal(0, 35))
        if cls is ObjectClass.PERSON and rng.random() < 0.6:
            facing = float(rng.choice([0.0, 180.0]) + rng.normal(0, 12))
        mesh = place(make_thing(cls, rng), (x, y, 0.0), facing)
        world.add(cls, mesh, touches(mesh, world.lines))
    _row_of_parked(world, rng, places, left if rng.random() < 0.5 else right)


def _row_of_parked(world: World, rng: np.random.Generator, places: _Places, x: float) -> None:
    """Bicycles or kick scooters side by side at the edge, now and then."""
    if rng.random() > 0.22:
        return
    cls = ObjectClass.BICYCLE if rng.random() < 0.75 else ObjectClass.KICK_SCOOTER
    facing, y = float(rng.choice([60, 90, 120])), float(rng.uniform(2, 8))
    for k in range(int(rng.integers(2, 6))):
        if places.take(x, y + 0.62 * k, 0.28):
            mesh = place(make_thing(cls, rng), (x, y + 0.62 * k, 0), facing + float(rng.normal(0, 6)))
            world.add(cls, mesh, touches(mesh, world.lines))


def touches(mesh: Mesh, lines: list[F64], reach_m: float = BLOCK_M / 2) -> bool:
    """Whether anything of the mesh below knee height is over a guide line."""
    low = mesh.positions[mesh.positions[:, 2] < 0.5][:, :2].astype(np.float64)
    for line in lines:
        for a, b in zip(line[:-1], line[1:], strict=True):
            edge = b - a
            t = np.clip((low - a) @ edge / (edge @ edge + 1e-12), 0, 1)
            if np.min(np.linalg.norm(a + t[:, None] * edge - low, axis=1), initial=np.inf) < reach_m:
                return True
    return False


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
        ribbon(_straight(centre, -6, 100), reach, 0.0, ground, u_start=float(rng.uniform(0, 3)))
    )
    yard = Paint((0.5, 0.5, 0.49), Layer.CONCRETE)
    world.scenery.append(ribbon(_straight(0, -20, 120), 160, -0.3, Paint((0.4, 0.4, 0.4), Layer.ASPHALT)))
    if not plaza:
        world.scenery.append(ribbon(_straight(edge_wall - road_side * 4, -6, 100), 8.0, -0.002, yard))
        width = _road(world, rng, edge_road, road_side, kerb)
        far_walk = edge_road + road_side * (width + 1.5)
        world.scenery.append(ribbon(_straight(far_walk, -6, 100), 3.0, 0.0, ground))
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
    _things(world, rng, left + 0.2, right - 0.2)
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
