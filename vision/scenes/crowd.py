"""Who and what stands on a pavement: things of every class, on the guide line and beside it."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from vision.scenes import cars, furniture, people, wheels
from vision.scenes.blocks import BLOCK_M
from vision.scenes.local import F64
from vision.scenes.mesh import Mesh, place
from vision.scenes.truth import PAVING_ID, Thing
from vision.types import ObjectClass


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


def put_things(world: World, rng: np.random.Generator, left: float, right: float) -> None:
    """One to seven things between the edges, nearly half of them on the guide line."""
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
        for a, b in pairwise(line):
            edge = b - a
            t = np.clip((low - a) @ edge / (edge @ edge + 1e-12), 0, 1)
            if np.min(np.linalg.norm(a + t[:, None] * edge - low, axis=1), initial=np.inf) < reach_m:
                return True
    return False
