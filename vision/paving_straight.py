"""The paving pulled straight: the ground along the followed line as a small picture of metres. Pure.

A row is a place along the line, a column a place square to it, so that what the guide blocks do ahead is
asked of rows and columns: a strip that ends is a column that stops, an arm is what leaves it to one side.
What was not seen is kept apart from what is bare: a thing may stand there, or the picture may end.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import cos, radians, sin

import numpy as np
import numpy.typing as npt

from vision.camera import Box, Camera
from vision.paving import PavingLine
from vision.types import Mask

Floats = npt.NDArray[np.float64]
Grid = npt.NDArray[np.bool_]

FARTHEST_M = 8.0  # a cell of the mask is worth 0.3 m of ground there, a block
STEP_M = 0.1
ACROSS_M, SIDE_COLUMNS = 0.075, 22  # a column's width, a quarter of a block; 1.65 m to each side
HIDING_PX = 4.0  # a mask frays at a thing's edge


@dataclass(frozen=True, slots=True, eq=False)
class Straight:
    """`along_m` (rows): metres to walk from where the wearer is abreast of; `across_m` (columns): + right.

    `paving`, `dots`: rows x columns of what was seen there; `dots` None: the model does not tell them.
    `open`: in the picture, and no thing hides it. `heading_rad`: of the line at each row, + right.
    """

    along_m: Floats
    across_m: Floats
    heading_rad: Floats
    paving: Grid = field(repr=False)
    dots: Grid | None = field(repr=False)
    open: Grid = field(repr=False)


def straighten(
    line: PavingLine, camera: Camera, paving: Mask, dots: Mask | None, boxes: Iterable[Box]
) -> Straight:
    """Sample the masks (H x W) along `line`; `boxes`: of what stands on the ground and hides it, pixels."""
    ahead = np.arange(0.0, FARTHEST_M + STEP_M / 2, STEP_M)
    inside = np.clip(ahead, line.near_m, line.far_m)
    slope = line.b + 2 * line.c * inside
    middle = line.a + line.b * inside + line.c * inside**2 + (ahead - inside) * slope
    heading = np.arctan(slope)
    # The same to both sides, to the last bit.
    across = np.arange(-SIDE_COLUMNS, SIDE_COLUMNS + 1, dtype=np.float64) * ACROSS_M
    x = middle[:, None] + across * np.cos(heading)[:, None]
    z = ahead[:, None] - across * np.sin(heading)[:, None]
    column, row = project_many(camera, x, z)
    within = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    at = np.where(within, row, 0).astype(np.intp) * camera.width + np.where(within, column, 0).astype(np.intp)
    seen = within.copy()
    for x1, y1, x2, y2 in boxes:
        seen &= (column < x1 - HIDING_PX) | (column > x2 + HIDING_PX) | (row < y1) | (row > y2 + HIDING_PX)
    told = None if dots is None else dots.reshape(-1)[at] & within
    return Straight(_walked(middle, heading), across, heading, paving.reshape(-1)[at] & within, told, seen)


def _walked(middle: Floats, heading: Floats) -> Floats:
    """Metres along the line of each row, from the foot of the perpendicular on which the wearer stands."""
    steps = STEP_M / np.cos(heading)
    along = np.concatenate([[0.0], np.cumsum((steps[1:] + steps[:-1]) / 2)])
    return np.asarray(along + float(middle[0]) * sin(float(heading[0])), np.float64)


def project_many(camera: Camera, x_m: Floats, z_m: Floats) -> tuple[Floats, Floats]:
    """`camera.project` of many points of the ground; -1 where they are behind or the lens is blind."""
    sine, cosine = sin(radians(camera.pitch_deg)), cos(radians(camera.pitch_deg))
    depth = z_m * cosine + camera.lens_height_m * sine
    behind = depth <= 0.05
    depth = np.where(behind, 1.0, depth)
    u, v = x_m / depth, (camera.lens_height_m * cosine - z_m * sine) / depth
    roll = radians(camera.roll_deg)
    u, v = u * cos(roll) + v * sin(roll), v * cos(roll) - u * sin(roll)
    if camera.lens is None:
        x, y = camera.width / 2 + camera.focal_px * u, camera.height / 2 + camera.focal_px * v
    else:
        rays = np.stack([u.ravel(), v.ravel(), np.ones(u.size)], axis=1)
        x, y = (part.reshape(u.shape) for part in camera.lens.pixels(rays).T)
    lost = behind | ~np.isfinite(x) | ~np.isfinite(y)
    return np.where(lost, -1.0, x), np.where(lost, -1.0, y)
