"""A training scene while it is being laid out."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from vision.scenes.blocks import BLOCK_M
from vision.scenes.local import F64
from vision.scenes.mesh import Mesh
from vision.scenes.truth import GROUND_ID, PAVING_ID, WARNING_ID, Thing
from vision.types import ObjectClass

SLICES = ("worn", "non_yellow", "shadow", "wet", "night", "tiled", "crowded", "indoor")


@dataclass(slots=True)
class World:
    """Ground and unnamed parts, paving (bars and dots apart), named things, and what slices it is in."""

    ground: list[Mesh] = field(default_factory=list)
    scenery: list[Mesh] = field(default_factory=list)
    paving: list[Mesh] = field(default_factory=list)
    warning: list[Mesh] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    lines: list[F64] = field(default_factory=list)  # the middle of each guide line, the wearer's first
    slices: set[str] = field(default_factory=set)

    def add(self, cls: ObjectClass, mesh: Mesh, on_paving: bool = False, overhead: bool = False) -> None:
        """A named thing, with the next free id."""
        self.things.append(Thing(PAVING_ID + 1 + len(self.things), cls, mesh, on_paving, overhead))

    def put(self, cls: ObjectClass, mesh: Mesh) -> None:
        """A named thing; whether it stands on (or hangs over) the blocks is measured."""
        over = cls is ObjectClass.OVERHEAD
        self.add(cls, mesh, touches(mesh, self.lines, below_m=2.0 if over else 0.5), over)

    def parts(self) -> list[tuple[Mesh, int]]:
        """Every mesh with the id of its pixels."""
        return [
            *((m, GROUND_ID) for m in self.ground),
            *((m, 0) for m in self.scenery),
            *((m, PAVING_ID) for m in self.paving),
            *((m, WARNING_ID) for m in self.warning),
            *((thing.mesh, thing.id) for thing in self.things),
        ]


def _samples(lines: list[F64]) -> F64:
    """Points no further than 10 cm apart along the lines."""
    points = [np.zeros((0, 2))]
    for line in lines:
        step = np.linalg.norm(np.diff(line, axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(step)])
        at = np.linspace(0.0, along[-1], max(2, int(along[-1] / 0.1) + 1))
        points.append(np.column_stack([np.interp(at, along, line[:, k]) for k in (0, 1)]))
    return np.concatenate(points)


def touches(mesh: Mesh, lines: list[F64], reach_m: float = BLOCK_M / 2, below_m: float = 0.5) -> bool:
    """Whether the outline of what is below `below_m` comes within `reach_m` of a guide line."""
    low = mesh.positions[mesh.positions[:, 2] < below_m][:, :2]
    if not len(low) or not lines:
        return False
    west, south = low.min(axis=0) - reach_m
    east, north = low.max(axis=0) + reach_m
    points = _samples([line for line in lines if _meets(line, west, south, east, north)])
    x, y = points[:, 0], points[:, 1]
    points = points[(x > west) & (x < east) & (y > south) & (y < north)]
    if not len(points):
        return False
    hull = cv2.convexHull(np.ascontiguousarray(low, np.float32))
    return any(cv2.pointPolygonTest(hull, (float(a), float(b)), True) > -reach_m for a, b in points)


def _meets(line: F64, west: float, south: float, east: float, north: float) -> bool:
    (a, b), (c, d) = line.min(axis=0), line.max(axis=0)
    return bool(a <= east and c >= west and b <= north and d >= south)
