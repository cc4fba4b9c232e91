"""What lines a route: houses on free ground, trees and poles at the kerb, things before the shops."""

from dataclasses import dataclass, field

import numpy as np

from vision.scenes import buildings, cars, furniture
from vision.scenes.city_ground import FAR_WALK_M, KERB_M, ROAD_M
from vision.scenes.encounters import Encounter
from vision.scenes.layers import Layer
from vision.scenes.local import F64
from vision.scenes.mesh import Mesh, Paint, fan, place
from vision.scenes.places import Ground, Plot
from vision.scenes.route_plan import Piece, Ways
from vision.scenes.truth import PAVING_ID, Thing
from vision.types import ObjectClass

_BEFORE_FRONTS = (
    (ObjectClass.PLANTER, furniture.planter),
    (ObjectClass.BENCH, furniture.bench),
    (ObjectClass.OBSTACLE, furniture.vending_machine),
)


@dataclass(slots=True)
class City:
    """The world of a walk while it is being built."""

    scenery: list[Mesh] = field(default_factory=list)
    paving: list[Mesh] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    ground: Ground = field(default_factory=Ground)

    def add(self, cls: ObjectClass, mesh: Mesh, on_paving: bool = False) -> Thing:
        """A named thing with the next free id."""
        thing = Thing(PAVING_ID + 1 + len(self.things), cls, mesh, on_paving)
        self.things.append(thing)
        return thing


def reserve(city: City, ways: Ways, path: F64) -> None:
    """Keep ways, carriageways, cross streets and the path that will be walked free of houses."""
    for piece in ways.pieces:
        for a, b in zip(piece.line.points[:-1], piece.line.points[1:], strict=True):
            city.ground.keep_free(Plot.along(a, b, piece.half_m + 0.25, 0.5))
            if piece.street:
                shift = _right(a, b) * piece.street * (piece.half_m + (ROAD_M + FAR_WALK_M) / 2)
                city.ground.keep_free(Plot.along(a + shift, b + shift, (ROAD_M + FAR_WALK_M) / 2 + 0.2, 2.0))
        if piece.over:
            a, b = piece.line.points[0], piece.line.points[-1]
            middle, across = (a + b) / 2, _right(a, b) * 70.0
            city.ground.keep_free(Plot.along(middle - across, middle + across, piece.line.length_m / 2 + 2.0))
    for a, b in zip(path[:-1:14], path[14::14], strict=False):
        city.ground.keep_free(Plot.along(a, b, 2.4, 1.0))


def _right(a: F64, b: F64) -> F64:
    step = (b - a) / (np.linalg.norm(b - a) + 1e-12)
    return np.array([step[1], -step[0]])


def line_with_houses(city: City, piece: Piece, rng: np.random.Generator, town: float) -> None:
    """Rows of lots along both sides of a stretch, wherever the ground is free."""
    if piece.over:
        return
    for side in (-1, 1):
        across = ROAD_M + FAR_WALK_M if side == piece.street else 0.0
        offset, beyond = piece.half_m + across + 0.35, 26.0 if across else 8.0
        s = -beyond
        while s < piece.line.length_m + beyond:
            width, depth = float(rng.uniform(7, 15)), float(rng.uniform(8, 11))
            if not _build(city, piece, rng, (s + width / 2, side, offset), (width, depth), town):
                s += 1.5
                continue
            s += width + 0.1


def _build(
    city: City,
    piece: Piece,
    rng: np.random.Generator,
    spot: tuple[float, int, float],
    size: tuple[float, float],
    town: float,
) -> bool:
    s, side, offset = spot
    width, depth = size
    way = piece.line.direction(s)
    middle = piece.line.beside(s, side * (offset + depth / 2))
    plot = Plot(float(middle[0]), float(middle[1]), float(way[0]), float(way[1]), width / 2 - 0.05, depth / 2)
    if not city.ground.take(plot):
        return False
    front = piece.line.beside(s, side * offset)
    heading = piece.line.heading_deg(s) + 90.0 * side
    apron = Paint((0.58, 0.57, 0.55), Layer.CONCRETE)
    half = width / 2 + 0.1
    yard = fan([(-half, -0.4), (half, -0.4), (half, depth + 0.5), (-half, depth + 0.5)], -0.006, apron)
    for mesh in (yard, buildings.lot(rng, width - 0.2, depth, town)):
        city.scenery.append(place(mesh, (float(front[0]), float(front[1]), 0.0), heading))
    return True


def line_with_furniture(
    city: City, piece: Piece, rng: np.random.Generator, met: list[Encounter], wide: float
) -> None:
    """Trees and poles along the kerb, planters and machines before the fronts; room round encounters.

    `wide` is how far from the middle line nothing may stand.
    """
    if piece.over or piece.half_m < 1.4:
        return
    covered = piece.stretch.covered == "yes"
    side = piece.street or 1
    green = rng.random() < 0.6 and not covered
    for s in np.arange(5.0, piece.line.length_m - 4.0, 8.5):
        here = piece.start_m + float(s)
        if any(abs(here - e.route_m) < 6.5 for e in met):
            continue
        edge = max(piece.half_m - 0.45, wide + 0.3)
        at = piece.line.beside(float(s), side * edge)
        heading = piece.line.heading_deg(float(s))
        spot = (float(at[0]), float(at[1]), 0.0)
        if green:
            _plant(city, rng, spot, palm=piece.half_m > 2.6)
        elif rng.random() < 0.5:
            maker = furniture.utility_pole if rng.random() < 0.4 else furniture.post
            city.add(ObjectClass.POLE, place(maker(rng), spot, heading))
        if rng.random() < 0.3:
            front = piece.line.beside(float(s) + 3.0, -side * max(piece.half_m - 0.2, wide + 0.5))
            cls, thing = _BEFORE_FRONTS[rng.integers(3)]
            spot = (float(front[0]), float(front[1]), 0.0)
            city.add(cls, place(thing(rng), spot, heading + 90.0 * -side))


def _plant(city: City, rng: np.random.Generator, spot: tuple[float, float, float], palm: bool) -> None:
    trunk, crown = furniture.palm(rng) if palm else furniture.tree(rng)
    turn = float(rng.uniform(0, 360))
    city.add(ObjectClass.TREE, place(trunk, spot, turn))
    city.scenery.append(place(crown, spot, turn))
    pit = fan(
        [(-0.4, -0.4), (0.4, -0.4), (0.4, 0.4), (-0.4, 0.4)], 0.004, Paint((0.34, 0.27, 0.2), Layer.GRASS)
    )
    city.scenery.append(place(pit, spot))


def line_with_signals(city: City, piece: Piece, wide: float) -> None:
    """Signal poles at both ends of a crossing that has signals, facing the ones who cross."""
    known = piece.stretch.crossing
    if not (piece.over and known and known.signals == "yes"):
        return
    rng = np.random.default_rng(int(piece.start_m))
    for s, turn in ((-0.8, 180.0), (piece.line.length_m + 0.8, 0.0)):
        at = piece.line.beside(s, max(2.2, wide + 0.3))
        heading = piece.line.heading_deg(s) + turn
        city.add(ObjectClass.POLE, place(furniture.signal(rng), (float(at[0]), float(at[1]), 0.0), heading))


def park_cars(city: City, piece: Piece, rng: np.random.Generator) -> None:
    """Cars that wait at the far kerb and, now and then, at the near one."""
    if not piece.street:
        return
    for s in np.arange(6.0, piece.line.length_m - 6.0, 13.0):
        if rng.random() < 0.55:
            near = rng.random() < 0.25
            out = piece.half_m + (1.5 if near else ROAD_M - 1.4)
            at = piece.line.beside(float(s), piece.street * out)
            # One drives on the left in Japan.
            turn = 0.0 if (piece.street > 0) == near else 180.0
            heading = piece.line.heading_deg(float(s)) + turn
            city.add(ObjectClass.CAR, place(cars.car(rng), (float(at[0]), float(at[1]), -KERB_M), heading))


def ends(city: City, ways: Ways, door: F64) -> None:
    """The station behind the start and the museum at the end: built first, so that all else gives way."""
    start, back = ways.line.at(0.0), -ways.line.direction(0.0)
    spot = start + back * 13.0
    heading = float(np.degrees(np.arctan2(back[0], back[1])))
    middle = spot + back * 7.0
    city.ground.keep_free(
        Plot(float(middle[0]), float(middle[1]), float(-back[1]), float(back[0]), 32.0, 7.5)
    )
    city.scenery.append(
        place(buildings.station(60.0, 14.0, 13.0), (float(spot[0]), float(spot[1]), 0.0), heading)
    )
    last = ways.line.at(ways.line.length_m)
    towards = door - last
    if np.linalg.norm(towards) < 15.0:
        towards = ways.line.direction(ways.line.length_m)
    towards = towards / np.linalg.norm(towards)
    front = last + towards * 5.0
    middle = front + towards * 15.0
    city.ground.keep_free(
        Plot(float(middle[0]), float(middle[1]), float(-towards[1]), float(towards[0]), 24.0, 17.0)
    )
    heading = float(np.degrees(np.arctan2(towards[0], towards[1])))
    city.scenery.append(
        place(buildings.museum(44.0, 30.0, 14.0), (float(front[0]), float(front[1]), 0.0), heading)
    )


def fill_in(city: City, ways: Ways, rng: np.random.Generator) -> None:
    """Blocks behind the blocks, so that no view ends in emptiness."""
    step, reach = 15.0, 95.0
    low, high = ways.line.points.min(axis=0) - reach, ways.line.points.max(axis=0) + reach
    probes = np.stack([ways.line.at(float(s)) for s in np.arange(0, ways.line.length_m, 12.0)])
    for x in np.arange(low[0], high[0], step):
        for y in np.arange(low[1], high[1], step):
            gap = np.linalg.norm(probes - np.array([x, y]), axis=1)
            if gap.min() > reach:
                continue
            way = ways.line.direction(12.0 * float(gap.argmin()))
            plot = Plot(float(x), float(y), float(way[0]), float(way[1]), 6.6, 6.6)
            if not city.ground.take(plot):
                continue
            block = buildings.building(rng, 13.0, 13.0, int(np.clip(rng.poisson(2.6), 0, 8)))
            heading = float(np.degrees(np.arctan2(way[0], way[1]))) + 90.0 * float(rng.integers(4))
            city.scenery.append(place(place(block, (0.0, -6.5, 0.0)), (float(x), float(y), -KERB_M), heading))
