"""Who and what stands on the way: on the guide line, and clear of it."""

from dataclasses import dataclass, field

import numpy as np

from vision.scenes.camera import Camera
from vision.scenes.catalogue import CATALOGUE, make_thing, pick, row
from vision.scenes.local import F64
from vision.scenes.mesh import place
from vision.scenes.world import World, touches
from vision.types import ObjectClass

CLEAR_M = 0.25  # what stands beside the line leaves this much free beyond the blocks
_FACING = frozenset({ObjectClass.SIGN, ObjectClass.CONE, ObjectClass.BENCH, ObjectClass.PLANTER})


@dataclass(frozen=True, slots=True)
class Plan:
    """How a picture is to be filled: paving at all, things on the line, things clear of it."""

    paving: bool
    on_line: int
    beside: int
    far: int  # on the line, but beyond five metres


def any_plan(rng: np.random.Generator) -> Plan:
    """Nearly half with something on the line near by, a third or more with a clear line, a ninth unpaved."""
    kind = rng.random()
    crowd = int(rng.choice([0, 1, 2, 3, 5, 9], p=[0.14, 0.22, 0.25, 0.2, 0.13, 0.06]))
    if kind < 0.11:
        return Plan(False, 0, crowd + 1, 0)
    if kind < 0.48:
        return Plan(True, 0, crowd, 0)
    if kind < 0.55:
        return Plan(True, 0, crowd, int(rng.integers(1, 3)))
    return Plan(True, int(rng.choice([1, 1, 1, 2, 3])), crowd, int(rng.random() < 0.3))


@dataclass(slots=True)
class _Places:
    """Keeps things from standing in one another, and out of the wearer's face."""

    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def take(self, x: float, y: float, radius: float) -> bool:
        """True where there was room."""
        if np.hypot(x, y) < radius + 0.55:
            return False
        if any(np.hypot(x - a, y - b) < radius + r for a, b, r in self.taken):
            return False
        self.taken.append((x, y, radius))
        return True


def _in_view(camera: Camera, x: float, y: float, height: float) -> bool:
    pixels, depth = camera.project(np.array([[x, y, 0.05], [x, y, height]]))
    inside = (depth > 0.3) & (pixels[:, 0] > 0) & (pixels[:, 0] < camera.width)
    return bool((inside & (pixels[:, 1] > 0) & (pixels[:, 1] < camera.height)).any())


def _on_lines(
    rng: np.random.Generator, lines: list[F64], low: float, high: float
) -> tuple[float, float] | None:
    """A point on one of the lines between two distances ahead; the first line most often."""
    order = [0] * 4 + list(range(len(lines)))
    line = lines[order[rng.integers(len(order))]]
    t = float(rng.uniform(0, len(line) - 1))
    k = min(int(t), len(line) - 2)
    x, y = line[k] + (line[k + 1] - line[k]) * (t - k)
    if len(line) > 2:  # evenly over the distance asked for, not over all of the line
        y = float(rng.uniform(low, high))
        if not min(line[0, 1], line[-1, 1]) <= y <= max(line[0, 1], line[-1, 1]):
            return None
        x = float(np.interp(y, line[:, 1], line[:, 0]))
    return (float(x), float(y)) if low <= y <= high else None


def _turn(rng: np.random.Generator, cls: ObjectClass) -> float:
    if cls in _FACING:
        return float(rng.normal(0, 40))
    if cls is ObjectClass.PERSON and rng.random() < 0.6:
        return float(rng.choice([0.0, 180.0]) + rng.normal(0, 14))
    return float(rng.uniform(0, 360))


def _put_on_line(
    world: World, rng: np.random.Generator, places: _Places, camera: Camera, low: float, high: float
) -> None:
    cls = pick(rng, on_line=True)
    half = CATALOGUE[cls].half_m
    for _ in range(12):
        at = _on_lines(rng, world.lines, low, high)
        if at is None or not _in_view(camera, *at, 0.9):
            continue
        x, y = at[0] + float(rng.normal(0, 0.1)), at[1]
        if not places.take(x, y + (half if half > 1 else 0.0), half):
            continue
        if cls in (ObjectClass.BICYCLE, ObjectClass.KICK_SCOOTER) and rng.random() < 0.22:
            turn = float(rng.choice([75, 90, 110, -90]))
            for k, mesh in enumerate(row(cls, rng, int(rng.integers(2, 6)), float(rng.uniform(0.4, 0.7)))):
                if k == 0 or places.take(x, y + 0.6 * k, 0.2):
                    world.put(cls, place(mesh, (x, y, 0.0), turn))
            return
        mesh = place(make_thing(cls, rng), (x, y + (half if half > 1 else 0.0), 0.0), _turn(rng, cls))
        if len(world.lines) and half > 1 and np.hypot(*np.abs(mesh.positions[:, :2]).min(axis=0)) < 0.1:
            continue  # a vehicle must not stand over the wearer
        world.put(cls, mesh)
        return


def put_things(
    world: World,
    rng: np.random.Generator,
    plan: Plan,
    camera: Camera,
    left: float,
    right: float,
    far: float = 16.0,
) -> None:
    """Fill the way between two edges, up to `far` metres ahead."""
    places = _Places()
    if world.lines:
        for _ in range(plan.on_line):
            _put_on_line(world, rng, places, camera, 0.9, min(5.0, far))
        for _ in range(plan.far):
            _put_on_line(world, rng, places, camera, min(5.2, far - 0.5), far)
    for _ in range(plan.beside):
        cls = pick(rng, on_line=False)
        entry = CATALOGUE[cls]
        x, y = float(rng.uniform(left, right)), 1.0 + (far - 1.0) * float(rng.random()) ** 1.6
        if not places.take(x, y, entry.half_m + 0.1):
            continue
        mesh = place(make_thing(cls, rng), (x, y, 0.0), _turn(rng, cls))
        if world.lines and touches(mesh, world.lines, 0.15 + CLEAR_M * float(rng.random()), 2.0):
            continue
        world.put(cls, mesh)
    _row_beside(world, rng, places, left if rng.random() < 0.5 else right)


def _row_beside(world: World, rng: np.random.Generator, places: _Places, x: float) -> None:
    """Bicycles, kick scooters or bollards side by side at the edge, now and then."""
    if rng.random() > 0.2:
        return
    cls = (ObjectClass.BICYCLE, ObjectClass.BICYCLE, ObjectClass.KICK_SCOOTER, ObjectClass.BOLLARD)[
        rng.integers(4)
    ]
    gap = 0.62 if cls is not ObjectClass.BOLLARD else float(rng.uniform(1.2, 2.0))
    turn, y = float(rng.choice([60, 90, 120])), float(rng.uniform(2, 8))
    same = make_thing(cls, rng) if cls is ObjectClass.BOLLARD else None
    for k in range(int(rng.integers(2, 7))):
        if places.take(x, y + gap * k, 0.28):
            mesh = place(same or make_thing(cls, rng), (x, y + gap * k, 0), turn + float(rng.normal(0, 6)))
            if not touches(mesh, world.lines, 0.2):
                world.put(cls, mesh)
