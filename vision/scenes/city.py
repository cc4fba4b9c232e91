"""A city along a route, cut into cells for drawing, and who moves in it."""

from dataclasses import dataclass

import numpy as np

from vision.scenes import city_fronts, city_ground
from vision.scenes.city_fronts import City
from vision.scenes.encounters import MOVING, OFF_THE_LINE, Encounter, passers_by, plan, step_aside_m
from vision.scenes.gl import Batch, Renderer
from vision.scenes.local import F64, plane_of
from vision.scenes.mesh import Mesh, place
from vision.scenes.people import Person, anyone, person
from vision.scenes.route_plan import Ways, detours, ways
from vision.scenes.truth import PAVING_ID, Thing
from wire.route import Route

_CELL_M, SIGHT_M = 24.0, 100.0
STEP_M = 0.28  # one picture of the clip to the next
_STRIDE_M = 1.35  # two steps of a passer-by


@dataclass(frozen=True, slots=True)
class Mover:
    """Someone who walks along the line against the wearer and meets them at a picture number."""

    encounter: Encounter
    who: Person
    meets_at: int
    id: int

    def thing(self, ways_: Ways, frame: int) -> Thing:
        """The person as that picture finds them."""
        ahead = STEP_M * (self.meets_at - frame)
        route_m = self.encounter.route_m + ahead
        at = ways_.line.beside(route_m, self.encounter.right_m)
        body = person(self.who, 2 * np.pi * ahead / _STRIDE_M)
        heading = ways_.line.heading_deg(route_m) + 180.0
        on_line = self.encounter.kind not in OFF_THE_LINE and ways_.at(route_m).stretch.tactile == "yes"
        return Thing(
            self.id, self.encounter.cls, place(body, (float(at[0]), float(at[1]), 0.0), heading), on_line
        )


@dataclass(frozen=True, slots=True)
class Town:
    """All that a walk along a route can show."""

    ways: Ways
    city: City
    encounters: tuple[Encounter, ...]
    movers: tuple[Mover, ...]
    encounter_ids: dict[int, str]  # id of a thing -> what the script calls it


def build(route: Route, path: F64, route_m: F64, seed: int) -> Town:
    """The town of a route; `path` (n x 2 metres) and `route_m` (n) say where the walk goes."""
    on_ground, rng, city = ways(route), np.random.default_rng(seed), City()
    met = plan(on_ground, seed)
    door = plane_of(route).to_xy([(route.destination.lat, route.destination.lon)])[0]
    city_fronts.ends(city, on_ground, door)
    city_fronts.reserve(city, on_ground, path)
    _lay_ground(city, on_ground)
    lanes = detours(on_ground, path)
    for lane in lanes:
        city.scenery += city_ground.street(lane)
    wide = max((abs(e.aside_m) for e in met), default=0.0)
    named: dict[int, str] = {}
    for e in met:
        if e.kind not in MOVING:
            at = on_ground.line.beside(e.route_m, e.right_m)
            heading = on_ground.line.heading_deg(e.route_m) + e.turn_deg
            mesh = place(e.mesh(), (float(at[0]), float(at[1]), 0.0), heading)
            named[city.add(e.cls, mesh, e.kind not in OFF_THE_LINE).id] = e.kind.value
    for piece in on_ground.pieces:
        city_fronts.line_with_signals(city, piece, wide)
        city_fronts.line_with_furniture(city, piece, rng, met, wide)
        city_fronts.park_cars(city, piece, rng)
    for piece in (*on_ground.pieces, *lanes):
        city_fronts.line_with_houses(city, piece, rng, town=0.8 if piece not in lanes else 0.3)
    city_fronts.fill_in(city, on_ground, rng)
    walking = [e for e in met if e.kind in MOVING] + passers_by(on_ground, met, seed)
    movers = tuple(
        Mover(
            e,
            anyone(np.random.default_rng(e.seed)),
            _when(route_m, e.route_m),
            PAVING_ID + 1 + len(city.things) + k,
        )
        for k, e in enumerate(walking)
    )
    named |= {m.id: m.encounter.kind.value for m in movers if m.encounter in met}
    return Town(on_ground, city, tuple(met), movers, named)


def _when(route_m: F64, meet_m: float) -> int:
    """The first picture at or past a route distance."""
    later = np.flatnonzero(route_m >= meet_m)
    return int(later[0]) if len(later) else len(route_m)


def _lay_ground(city: City, on_ground: Ways) -> None:
    for index, piece in enumerate(on_ground.pieces):
        if piece.over:
            city.scenery += [*city_ground.crossing(piece), city_ground.kerb_ramp(piece)]
            continue
        city.scenery += city_ground.slab(piece) + city_ground.street(piece) + city_ground.roof(piece)
        if index:
            city.scenery += city_ground.corner(on_ground, index)
    city.scenery.append(city_ground.plaza(on_ground.line.at(-6.0), 20.0))
    city.scenery.append(city_ground.plaza(on_ground.line.at(on_ground.line.length_m + 2.0), 7.0))
    city.paving += city_ground.paving(on_ground)


def aside(town: Town, at: F64, route_m: float) -> F64:
    """Where the wearer really walks: off the path by a step where something is in the way."""
    if np.linalg.norm(town.ways.line.at(route_m) - at) > 3.0:
        return at
    east, north = town.ways.line.direction(route_m)
    return np.asarray(at + np.array([north, -east]) * step_aside_m(list(town.encounters), route_m))


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the town on the card."""

    batch: Batch
    x: float
    y: float
    radius: float


class Stage:
    """The town's fixed meshes on the card, cell by cell."""

    def __init__(self, renderer: Renderer, town: Town) -> None:
        self._renderer = renderer
        middle = town.ways.line.at(town.ways.line.length_m / 2)
        self._base = renderer.upload([(city_ground.base(middle, town.ways.line.length_m + 300.0), 0)])
        self._cells = [self._cell(parts) for parts in _sorted_into_cells(town.city)]

    def _cell(self, parts: list[tuple[Mesh, int]]) -> Cell:
        points = np.concatenate([mesh.positions[:, :2] for mesh, _ in parts])
        low, high = points.min(axis=0), points.max(axis=0)
        x, y = (low + high) / 2
        return Cell(self._renderer.upload(parts), float(x), float(y), float(np.linalg.norm(high - low) / 2))

    def seen_from(self, x: float, y: float, heading_deg: float) -> list[Batch]:
        """The batches worth drawing: near enough and not wholly behind."""
        east, north = np.sin(np.radians(heading_deg)), np.cos(np.radians(heading_deg))
        near = []
        for cell in self._cells:
            dx, dy = cell.x - x, cell.y - y
            distance, ahead = float(np.hypot(dx, dy)), float(dx * east + dy * north)
            if distance < SIGHT_M + cell.radius and ahead > -cell.radius - 6.0:
                near.append((distance, cell.batch))
        # Near ones first: what they hide need not be drawn.
        return [*(batch for _, batch in sorted(near, key=lambda pair: pair[0])), self._base]


def _sorted_into_cells(city: City) -> list[list[tuple[Mesh, int]]]:
    named = [(thing.mesh, thing.id) for thing in city.things]
    parts = [*((m, 0) for m in city.scenery), *((m, PAVING_ID) for m in city.paving), *named]
    cells: dict[tuple[int, int], list[tuple[Mesh, int]]] = {}
    for mesh, number in parts:
        if not len(mesh.data):
            continue
        middle = (mesh.positions.min(axis=0) + mesh.positions.max(axis=0)) / 2
        cells.setdefault((int(middle[0] // _CELL_M), int(middle[1] // _CELL_M)), []).append((mesh, number))
    return list(cells.values())
