"""Every class of thing with its maker, how often it is put on the line, and how much room it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vision.scenes import animals, clutter, hanging, large, odd, people, posts, wheels
from vision.scenes.layers import Layer
from vision.scenes.mesh import COL, LAYER, Mesh, place, scale
from vision.types import ObjectClass

Maker = Callable[[np.random.Generator], Mesh]


@dataclass(frozen=True, slots=True)
class Entry:
    """`share`: weight on the line; `beside`: weight off it; `half_m`: half its width on the ground."""

    maker: Maker
    share: float
    beside: float
    half_m: float


def _person(rng: np.random.Generator) -> Mesh:
    who = people.anyone(rng)
    stance = rng.random()
    if stance < 0.6:
        body = people.person(who, float(rng.uniform(0, 2 * np.pi)))
    else:
        body = people.person(who) if stance < 0.8 else people.with_phone(who)
    if rng.random() < 0.12:
        size = float(rng.uniform(0.55, 0.85))  # a child
        body = scale(body, size * 1.08, size * 1.08, size)
    return body


def _wheeled(maker: Maker, falls: float) -> Maker:
    def make(rng: np.random.Generator) -> Mesh:
        size = float(rng.uniform(0.88, 1.12))
        mesh, side = scale(maker(rng), size, size, size), 1 if rng.random() < 0.5 else -1
        if rng.random() < falls:
            return wheels.fallen(mesh, side)
        return wheels.leaning(mesh, side * float(rng.uniform(2, 9)))

    return make


CATALOGUE: dict[ObjectClass, Entry] = {
    ObjectClass.PERSON: Entry(_person, 0.13, 0.2, 0.3),
    ObjectClass.BICYCLE: Entry(_wheeled(wheels.bicycle, 0.22), 0.13, 0.12, 0.35),
    ObjectClass.MOTORCYCLE: Entry(_wheeled(wheels.motorcycle, 0.04), 0.06, 0.06, 0.45),
    ObjectClass.CAR: Entry(large.car, 0.05, 0.03, 1.3),
    ObjectClass.TRUCK: Entry(large.heavy, 0.04, 0.015, 1.6),
    ObjectClass.BUS: Entry(large.bus, 0.003, 0.003, 2.5),
    ObjectClass.KICK_SCOOTER: Entry(_wheeled(wheels.kick_scooter, 0.35), 0.08, 0.07, 0.3),
    ObjectClass.POLE: Entry(posts.pole, 0.05, 0.09, 0.2),
    ObjectClass.BOLLARD: Entry(posts.bollard, 0.06, 0.1, 0.25),
    ObjectClass.TREE: Entry(posts.trunk, 0.03, 0.06, 0.3),
    ObjectClass.SIGN: Entry(clutter.sign, 0.08, 0.08, 0.35),
    ObjectClass.CONE: Entry(clutter.cone, 0.05, 0.05, 0.3),
    ObjectClass.PLANTER: Entry(clutter.planter, 0.04, 0.07, 0.35),
    ObjectClass.BENCH: Entry(clutter.seat, 0.03, 0.05, 0.5),
    ObjectClass.BOX: Entry(clutter.put_down, 0.06, 0.06, 0.35),
    ObjectClass.DOG: Entry(animals.dog, 0.055, 0.05, 0.3),
    ObjectClass.OVERHEAD: Entry(hanging.overhead, 0.06, 0.035, 0.3),
    ObjectClass.OBSTACLE: Entry(odd.obstacle, 0.17, 0.14, 0.45),
}
_COSTLY = frozenset(
    {
        ObjectClass.PERSON,
        ObjectClass.BICYCLE,
        ObjectClass.MOTORCYCLE,
        ObjectClass.CAR,
        ObjectClass.TRUCK,
        ObjectClass.BUS,
        ObjectClass.KICK_SCOOTER,
        ObjectClass.DOG,
    }
)
_VARIANTS = 120  # of each costly class
# Stairs and platform edges belong to the place: see steps, station.


def redress(mesh: Mesh, rng: np.random.Generator, odd: float = 0.18) -> Mesh:
    """Other colours, and with the chance `odd` another texture: photographs vary more than our paints."""
    data = mesh.data.copy()
    gain = rng.normal(1.0, 0.12, 3) * rng.uniform(0.8, 1.2)
    data[:, COL] = np.where(data[:, COL] <= 1.0, np.clip(data[:, COL] * gain, 0.005, 1.0), data[:, COL])
    if rng.random() < odd:
        plain = (data[:, LAYER] == float(Layer.PLAIN)) | (data[:, LAYER] == float(Layer.LACQUER))
        data[plain, LAYER] = float(
            (Layer.CLOUDS, Layer.CLOUDS, Layer.WEAVE, Layer.CONCRETE, Layer.BLOTCHES)[rng.integers(5)]
        )
    return Mesh(data)


@lru_cache(maxsize=2048)
def _variant(cls: ObjectClass, number: int) -> Mesh:
    """One of the class that is costly to build, always the same for its number."""
    return CATALOGUE[cls].maker(np.random.default_rng([list(ObjectClass).index(cls), number]))


def make_thing(cls: ObjectClass, rng: np.random.Generator) -> Mesh:
    """One thing of the class in one of its states, at the origin. Raises KeyError for places."""
    if cls in _COSTLY:
        return redress(_variant(cls, int(rng.integers(_VARIANTS))), rng)
    return redress(CATALOGUE[cls].maker(rng), rng)


def pick(rng: np.random.Generator, on_line: bool) -> ObjectClass:
    """A class to put on the line, or beside it."""
    shares = np.array([e.share if on_line else e.beside for e in CATALOGUE.values()])
    return list(CATALOGUE)[rng.choice(len(shares), p=shares / shares.sum())]


def row(cls: ObjectClass, rng: np.random.Generator, count: int, gap_m: float) -> list[Mesh]:
    """Several of one class side by side along x."""
    return [
        place(make_thing(cls, rng), (gap_m * k, float(rng.normal(0, 0.06)), 0.0), float(rng.normal(0, 7)))
        for k in range(count)
    ]
