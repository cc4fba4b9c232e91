"""What the wearer of the rehearsal clip meets, placed along the route: on the blocks and beside them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vision.scenes import cars, furniture, people, wheels
from vision.scenes.mesh import Mesh, join, place
from vision.scenes.route_plan import Ways
from vision.types import ObjectClass

STEP_ASIDE_M = 1.0  # half a block, half a bicycle, half a person
_CLEAR_OF_CORNERS_M = 9.0
_APART_M = 30.0


class Kind(StrEnum):
    """One scripted encounter each."""

    BICYCLE = "bicycle parked on the blocks"
    SCOOTER_DOWN = "kick scooter fallen on the blocks"
    STANDING = "person standing on the blocks"
    BESIDE = "bicycle beside the line"
    A_FRAME = "A-frame sign on the blocks"
    ONCOMING = "person walking towards the wearer"
    CAR = "car over the blocks at a driveway"
    BOLLARD = "bollard on the blocks"
    CARTONS = "boxes on the blocks"
    MOTORCYCLE = "motorcycle parked on the blocks"
    SCOOTER = "kick scooter standing on the blocks"
    CONE = "cone on the blocks"
    ONCOMING_BESIDE = "person walking past beside the line"


_CLASS = {
    Kind.BICYCLE: ObjectClass.BICYCLE,
    Kind.SCOOTER_DOWN: ObjectClass.KICK_SCOOTER,
    Kind.STANDING: ObjectClass.PERSON,
    Kind.BESIDE: ObjectClass.BICYCLE,
    Kind.A_FRAME: ObjectClass.SIGN,
    Kind.ONCOMING: ObjectClass.PERSON,
    Kind.CAR: ObjectClass.CAR,
    Kind.BOLLARD: ObjectClass.BOLLARD,
    Kind.CARTONS: ObjectClass.BOX,
    Kind.MOTORCYCLE: ObjectClass.MOTORCYCLE,
    Kind.SCOOTER: ObjectClass.KICK_SCOOTER,
    Kind.CONE: ObjectClass.CONE,
    Kind.ONCOMING_BESIDE: ObjectClass.PERSON,
}
MOVING = frozenset({Kind.ONCOMING, Kind.ONCOMING_BESIDE})
OFF_THE_LINE = frozenset({Kind.BESIDE, Kind.ONCOMING_BESIDE})


@dataclass(frozen=True, slots=True)
class Encounter:
    """One scripted thing, `route_m` along the route and `right_m` to the right of its middle line.

    `aside_m`: how far to the right (negative: left) the wearer steps to pass.
    """

    kind: Kind
    route_m: float
    right_m: float
    turn_deg: float  # against the way
    aside_m: float
    seed: int

    @property
    def cls(self) -> ObjectClass:
        """What the truth calls it."""
        return _CLASS[self.kind]

    def mesh(self) -> Mesh:
        """The thing at the origin, facing +y; people who walk are drawn by `people` instead."""
        rng = np.random.default_rng(self.seed)
        match self.kind:
            case Kind.BICYCLE | Kind.BESIDE:
                return wheels.leaning(wheels.bicycle(rng), 5.0)
            case Kind.SCOOTER_DOWN:
                return wheels.fallen(wheels.kick_scooter(rng), 1)
            case Kind.SCOOTER:
                return wheels.leaning(wheels.kick_scooter(rng), 6.0)
            case Kind.MOTORCYCLE:
                return wheels.leaning(wheels.motorcycle(rng), 5.0)
            case Kind.CAR:
                return cars.car(rng, 2)
            case Kind.A_FRAME:
                return furniture.a_frame(rng)
            case Kind.BOLLARD:
                return furniture.bollard(rng)
            case Kind.CARTONS:
                return join(furniture.carton(rng), place(furniture.carton(rng), (0.12, 0.5, 0), 20.0))
            case Kind.CONE:
                return furniture.cone(rng)
            case Kind.STANDING:
                return people.with_phone(people.anyone(rng))
            case Kind.ONCOMING | Kind.ONCOMING_BESIDE:
                return people.person(people.anyone(rng), 1.0)


def _free_places(ways: Ways) -> list[float]:
    """Route distances on guide blocks, clear of corners, crossings and ends."""
    avoid = [*ways.bends(), *(m for p in ways.pieces if p.over for m in (p.start_m, p.end_m))]
    return [
        float(m)
        for run in ways.runs()
        for m in np.arange(run.start_m + _CLEAR_OF_CORNERS_M, run.end_m - _CLEAR_OF_CORNERS_M, 1.0)
        if all(abs(m - a) > _CLEAR_OF_CORNERS_M for a in avoid)
    ]


def _spread(spots: list[float], count: int) -> list[float]:
    """At most `count` of the spots, evenly over them, never nearer than `_APART_M`."""
    chosen: list[float] = []
    for target in np.linspace(0.04, 0.97, count) * (len(spots) - 1):
        later = [s for s in spots[int(target) :] if not chosen or s - chosen[-1] >= _APART_M]
        if later:
            chosen.append(later[0])
    return chosen


def plan(ways: Ways, seed: int = 1, count: int = 13) -> list[Encounter]:
    """The encounters of a route, in order; none where it has no guide blocks. Same input, same list."""
    rng = np.random.default_rng(seed)
    found = []
    for kind, route_m in zip(Kind, _spread(_free_places(ways), count), strict=False):
        piece = ways.at(route_m)
        house = -1.0 if piece.street >= 0 else 1.0  # the side away from the carriageway
        right, turn, aside = float(rng.normal(0, 0.06)), float(rng.normal(0, 8)), house * STEP_ASIDE_M
        if kind in (Kind.BICYCLE, Kind.MOTORCYCLE, Kind.SCOOTER, Kind.SCOOTER_DOWN):
            turn += float(rng.choice([55.0, -60.0, 80.0]))
        elif kind is Kind.BESIDE:
            right, aside = -house * 1.25, 0.0
        elif kind is Kind.ONCOMING_BESIDE:
            right, aside, turn = -house * 1.15, 0.0, 180.0
        elif kind is Kind.CAR:
            # The nose comes out of a driveway, over the line; the way round is on the other side.
            right, turn, aside = house * 1.75, -90.0 * house + turn * 0.3, -house * 1.25
        elif kind in (Kind.STANDING, Kind.ONCOMING):
            turn += 180.0 if kind is Kind.ONCOMING else 150.0
        found.append(Encounter(kind, route_m, right, turn, aside, int(rng.integers(1 << 30))))
    return found


def passers_by(ways: Ways, met: list[Encounter], seed: int = 1) -> list[Encounter]:
    """People beside the line who mind their own way: about one in 70 m, none near an encounter."""
    rng, found = np.random.default_rng(seed + 1), []
    for route_m in np.arange(45.0, ways.line.length_m - 25.0, 70.0):
        piece = ways.at(float(route_m))
        if piece.over or any(abs(route_m - e.route_m) < 16.0 for e in met):
            continue
        right = (1.0 if piece.street >= 0 else -1.0) * min(1.25, piece.half_m - 0.7)
        kind = Kind.ONCOMING_BESIDE
        found.append(Encounter(kind, float(route_m), right, 180.0, 0.0, int(rng.integers(1 << 30))))
    return found


def step_aside_m(encounters: list[Encounter], route_m: float) -> float:
    """How far to the right of the path the wearer walks at a distance, passing what is in the way."""
    aside = 0.0
    for e in encounters:
        gap, hold = abs(route_m - e.route_m), 1.6 if e.kind is Kind.CAR else 1.2
        ease = float(np.clip((hold + 2.0 - gap) / 2.0, 0.0, 1.0))
        aside += e.aside_m * ease * ease * (3 - 2 * ease)
    return aside
