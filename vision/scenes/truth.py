"""What a picture shows, exactly: masks, boxes, distances and bearings from the renderer's ids."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vision.scenes.camera import Camera
from vision.scenes.mesh import Mesh
from vision.types import Mask, ObjectClass

F64 = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int32]
PAVING_ID = 1  # every guide block carries it; things count on from 2
WARNING_ID = -1  # dots, where they are told apart from bars
GROUND_ID = -2  # what one walks or drives on, where it is told apart from the rest
HEAD_ROOM_M = 2.0  # what hangs higher is not in a walker's way


@dataclass(frozen=True, slots=True)
class Thing:
    """A named thing in the world: its mesh, where it stands, and whether it is on the blocks."""

    id: int
    cls: ObjectClass
    mesh: Mesh
    on_paving: bool = False
    overhead: bool = False  # hangs at head height; on_paving: over the blocks


@dataclass(frozen=True, slots=True)
class Sighting:
    """A thing as one picture shows it.

    Box in pixels; distance along the ground to its nearest point below head height; bearing of the
    middle of its footprint. `visible_share` of what the frame would show with nothing in front.
    """

    id: int
    cls: ObjectClass
    box: tuple[float, float, float, float]
    distance_m: float
    bearing_deg: float
    visible_px: int
    visible_share: float
    on_paving: bool
    cut_off: bool
    overhead: bool = False


def footprint(mesh: Mesh) -> F64:
    """The convex outline on the ground, n x 2 metres, of what is below head height."""
    points = mesh.positions[mesh.positions[:, 2] < HEAD_ROOM_M][:, :2]
    return np.asarray(cv2.convexHull(points.astype(np.float32))[:, 0], np.float64)


def nearest_m(outline: F64, x_m: float, y_m: float) -> float:
    """Metres from a point to a convex outline; 0 inside it."""
    here = np.array([x_m, y_m])
    if cv2.pointPolygonTest(outline.astype(np.float32), (x_m, y_m), False) >= 0:
        return 0.0
    a, b = outline, np.roll(outline, -1, axis=0)
    edge = b - a
    t = np.clip(np.sum((here - a) * edge, axis=1) / (np.sum(edge * edge, axis=1) + 1e-12), 0, 1)
    return float(np.min(np.linalg.norm(a + edge * t[:, None] - here, axis=1)))


def box_of(mask: Mask) -> tuple[float, float, float, float]:
    """The box (x1, y1, x2, y2) round the True pixels, edges of pixels, not centres."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def hidden(thing: Thing, ids: Ids, depth_m: npt.NDArray[np.float32], camera: Camera) -> bool:
    """Whether something may stand before the thing: nearer, not ground, inside its outline."""
    pixels, depth = camera.project(thing.mesh.positions.astype(np.float64))
    if depth.min() < 0.2:
        return True  # reaches behind the lens: its outline cannot be drawn
    hull = np.asarray(cv2.convexHull(np.clip(pixels, -9000, 9000).astype(np.float32))[:, 0])
    canvas = np.zeros(ids.shape, np.uint8)
    cv2.fillConvexPoly(canvas, np.round(hull - 0.5).astype(np.int32), (1,))
    other = (canvas > 0) & (ids != thing.id) & (ids != GROUND_ID) & (abs(ids) != 1) & (depth_m > 0)
    return bool((depth_m[other] < depth.max()).any())


def sight(thing: Thing, ids: Ids, camera: Camera, alone_px: float) -> Sighting | None:
    """The thing in the picture, None where no pixel shows it."""
    mask = ids == thing.id
    count = int(mask.sum())
    if not count:
        return None
    box = box_of(mask)
    outline = footprint(thing.mesh)
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    height, width = ids.shape
    return Sighting(
        thing.id,
        thing.cls,
        box,
        nearest_m(outline, camera.x_m, camera.y_m),
        camera.bearing_deg(float(middle[0]), float(middle[1])),
        count,
        float(min(1.0, count / max(alone_px, 1.0))),
        thing.on_paving,
        box[0] <= 0 or box[1] <= 0 or box[2] >= width or box[3] >= height,
        thing.overhead,
    )
