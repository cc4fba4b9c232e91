"""What the camera shows of an encounter at one moment: boxes, paving, and a picture plain enough to be quick.

All geometry of the lens is `vision.camera.Camera`. It knows neither yaw nor roll: the world is turned before
it is projected, and the picture after it.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from math import cos, isnan, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

from vision.camera import Box, Camera, Floats, calibrated
from vision.encounters.gait import Head
from vision.encounters.world import Encounter, Thing
from vision.lens import Lens
from vision.paving import BLOCK_M
from vision.types import Image, Mask, ObjectClass

WIDTH, HEIGHT = 640, 480
NEAREST_M = 0.3  # nearer corners are drawn as if here: a lens sees no infinity
LEAST_PX = 4.0
LEAST_SHARE = 0.12  # less of a thing than this is not labelled as seen, nor taught (vision.evaluation)
HIDDEN_SHARE = 0.7  # a thing of which more is behind another is not seen
STRIP_M = (0.6, 1.0, 1.6, 2.5, 4.0, 6.0, 9.0, 13.0, 18.0)
GROUND_BGR, BLOCKS_BGR, THING_BGR = 128, (40, 190, 220), (60, 40, 40)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class View:
    """The lens at one moment: its camera above flat ground, and how it is turned."""

    camera: Camera
    walked_m: float
    yaw_deg: float
    roll_deg: float

    def turned(self, x_m: float, z_m: float) -> Point:
        """A point of the walker's ground as the camera's: right of and ahead of where it looks."""
        ahead = z_m - self.walked_m
        yaw = radians(self.yaw_deg)
        return x_m * cos(yaw) - ahead * sin(yaw), x_m * sin(yaw) + ahead * cos(yaw)

    def pixel(self, x_m: float, z_m: float, up_m: float) -> Point | None:
        """Where a point of the walker's ground is seen; None behind the lens."""
        x, y = self.pixels(np.array([(x_m, z_m, up_m)], np.float64))[0]
        return None if isnan(x) else (float(x), float(y))

    def pixels(self, points: Floats) -> Floats:
        """`pixel` of many points (N x 3: across, along, up -> N x 2); not a number behind the lens."""
        ahead, yaw = points[:, 1] - self.walked_m, radians(self.yaw_deg)
        right = points[:, 0] * cos(yaw) - ahead * sin(yaw)
        before = np.maximum(points[:, 0] * sin(yaw) + ahead * cos(yaw), NEAREST_M)
        seen = self.camera.project_rows(right, before, points[:, 2])
        # A head that leans right turns the picture to the left about its middle.
        roll, middle = radians(self.roll_deg), (self.camera.width / 2, self.camera.height / 2)
        dx, dy = seen[:, 0] - middle[0], seen[:, 1] - middle[1]
        x = middle[0] + dx * cos(roll) + dy * sin(roll)
        return np.stack([x, middle[1] - dx * sin(roll) + dy * cos(roll)], axis=1)


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One thing in one frame: box within the picture, distance ahead."""

    thing: int
    cls: ObjectClass
    box: Box
    ahead_m: float


@dataclass(frozen=True, slots=True)
class Look:
    """One frame of truth."""

    index: int
    t_s: float
    view: View
    glimpses: tuple[Glimpse, ...]
    strip: tuple[tuple[Point, Point], ...] = field(repr=False)  # left and right edge, near first


def view_of(encounter: Encounter, t_s: float, head: Head, worn: Camera) -> View:
    """The lens of `worn` at `t_s`, held as it really is.

    On a rising way the ground meets its axis sooner, as if it looked down more.
    """
    grade_deg = float(np.degrees(np.arctan(encounter.grade)))
    camera = replace(
        worn,
        lens_height_m=encounter.lens_height_m + head.up_m,
        pitch_deg=encounter.pitch_deg + grade_deg + head.pitch_deg,
    )
    return View(camera, encounter.speed_mps * t_s, head.yaw_deg, head.roll_deg)


def look(encounter: Encounter, index: int, t_s: float, view: View) -> Look:
    """Everything that is seen at `t_s`."""
    seen = [g for thing in encounter.things if (g := glimpse(thing, t_s, view)) is not None]
    seen.sort(key=lambda g: g.ahead_m)
    clear = [g for n, g in enumerate(seen) if not any(_hides(before.box, g.box) for before in seen[:n])]
    return Look(index, t_s, view, tuple(clear), _strip(encounter, view))


def glimpse(thing: Thing, t_s: float, view: View) -> Glimpse | None:
    """The box of one thing, cut by the picture's edge; None where too little of it is within."""
    x, z = thing.at(t_s)
    corners = [
        (x + side * thing.wide_m / 2, z + end * thing.deep_m / 2) for side in (-1, 1) for end in (-1, 1)
    ]
    aheads = [view.turned(*corner)[1] for corner in corners]
    if max(aheads) < NEAREST_M:
        return None
    ups = [thing.bottom_m, thing.top_m]
    if view.camera.lens is not None:  # which bends an upright edge most in its middle
        ups.append((thing.bottom_m + thing.top_m) / 2)
    points = view.pixels(np.array([(*corner, up) for corner in corners for up in ups], np.float64))
    (x1, y1), (x2, y2) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    if isnan(x1) or isnan(x2):
        return None
    box = cut((x1, y1, x2, y2), view.camera.size)
    wide, tall = box[2] - box[0], box[3] - box[1]
    if wide < LEAST_PX or tall < LEAST_PX or wide * tall < LEAST_SHARE * (x2 - x1) * (y2 - y1):
        return None
    return Glimpse(thing.id, thing.cls, box, min(aheads))


def cut(box: Box, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Box:
    """The part of a box that is within a picture of this size; may be empty."""
    x1, x2 = (min(max(x, 0.0), float(size[0])) for x in (box[0], box[2]))
    y1, y2 = (min(max(y, 0.0), float(size[1])) for y in (box[1], box[3]))
    return x1, y1, x2, y2


def _hides(front: Box, back: Box) -> bool:
    wide = min(front[2], back[2]) - max(front[0], back[0])
    tall = min(front[3], back[3]) - max(front[1], back[1])
    area = (back[2] - back[0]) * (back[3] - back[1])
    return wide > 0 and tall > 0 and wide * tall > HIDDEN_SHARE * area


def _strip(encounter: Encounter, view: View) -> tuple[tuple[Point, Point], ...]:
    if encounter.paving_x_m is None:
        return ()
    edges = [encounter.paving_x_m + side * BLOCK_M / 2 for side in (-1, 1)]
    points = view.pixels(
        np.array([(edge, view.walked_m + ahead, 0.0) for ahead in STRIP_M for edge in edges], np.float64)
    )
    pairs = zip(points[0::2].tolist(), points[1::2].tolist(), strict=True)
    return tuple(((a, b), (c, d)) for (a, b), (c, d) in pairs if not isnan(a) and not isnan(c))


def strip_mask(seen: Look, reach: float = 1.0, wider: float = 1.0) -> Mask:
    """The paving as pixels: `reach` of its height from the bottom, `wider` than it is; things hide it."""
    camera = seen.view.camera
    canvas = np.zeros((camera.height, camera.width), np.uint8)
    if seen.strip:
        half = [((b[0] - a[0]) / 2 * wider, (a[0] + b[0]) / 2) for a, b in seen.strip]
        left = [(m - h, a[1]) for (h, m), (a, _) in zip(half, seen.strip, strict=True)]
        right = [(m + h, b[1]) for (h, m), (_, b) in zip(half, seen.strip, strict=True)]
        cv2.fillPoly(canvas, [_corners([*left, *reversed(right)], camera)], 1)
        rows = np.flatnonzero(canvas.any(axis=1))
        if reach < 1.0 and len(rows):
            canvas[: int(rows[-1] - reach * (rows[-1] - rows[0]))] = 0
    for g in seen.glimpses:
        x1, y1, x2, y2 = (round(v) for v in g.box)
        canvas[y1:y2, x1:x2] = 0
    return np.asarray(canvas > 0, np.bool_)


def _corners(points: list[Point], camera: Camera) -> npt.NDArray[np.int32]:
    # Far outside, integers overflow in OpenCV: beyond a few pictures' width nothing is seen anyway.
    near = np.clip(np.array(points, np.float64), -4 * camera.width, 5 * camera.width)
    return np.asarray(near.round(), np.int32)


@cache
def _noise(width: int, height: int) -> Image:
    return np.random.default_rng(0).integers(GROUND_BGR - 8, GROUND_BGR + 8, (height, width, 3), np.uint8)


def picture(seen: Look) -> Image:
    """Even ground with a sensor's noise, the blocks, and every thing as a dark block.

    So the ground beside a hazard looks free exactly where it is.
    """
    camera = seen.view.camera
    image = _noise(camera.width, camera.height).copy()
    if seen.strip:
        left, right = [a for a, _ in seen.strip], [b for _, b in seen.strip]
        cv2.fillPoly(image, [_corners([*left, *reversed(right)], camera)], BLOCKS_BGR)
    for g in seen.glimpses:
        x1, y1, x2, y2 = (round(v) for v in g.box)
        image[y1:y2, x1:x2] = THING_BGR
    return image


def assumed_camera(
    hfov_deg: float = Camera(1, 1).hfov_deg, size: tuple[int, int] = (WIDTH, HEIGHT), *, bent: bool = False
) -> Camera:
    """The camera as a device is configured: nobody has measured how it really sits.

    `hfov_deg`: from edge to edge of the picture. `bent`: its lens is a calibrated fisheye whose pixels are
    evenly spread over the angles; else it keeps straight lines straight.
    """
    camera = Camera(*size, hfov_deg=hfov_deg)
    if not bent:
        return camera
    width, height = size
    focal = width / 2 / radians(hfov_deg / 2)
    return calibrated(camera, Lens("fisheye", width, height, focal, focal, width / 2, height / 2, (0.0,) * 4))
