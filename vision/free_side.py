"""Whether the ground beside a hazard was seen, and looks like the ground that leads there. Pure.

A detector that finds nothing has not seen that nothing is there. So a side is named only where its
ground is in the picture, no detection of any score touches it, and it looks like the ground just before
it: same brightness and colour. A kerb, a wall, a planter or a roadway fails that test.
"""

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from vision.camera import Camera
from vision.corridor import Corridor
from vision.sightings import Sighting
from vision.types import Image

ROOM_M = 0.9  # width that a walker needs beside the thing
OFF_MIDDLE_M = 0.12  # nearer to the line's middle, neither side is roomier
BEYOND_M = 0.6  # how much ground before and after it must be seen too
FARTHEST_M = 6.0  # farther, 0.9 m of ground is a few rows: nothing can be told
LEAST_PX, ENOUGH_PX = 60, 1500
SHADE = 8.0  # steps of CIE Lab (8-bit scale) by which one pavement differs from metre to metre
MOST_STRANGE = 0.15  # share of pixels that may look unlike the ground before: joints, leaves, marks
PATCHY = 25.0  # standard deviation of the ground before: among so many looks nothing looks strange

Pixels = npt.NDArray[np.float32]  # N x 3, CIE Lab


def warm_up() -> None:
    """Have OpenCV build its colour tables now: 30 ms that a first hazard must not wait for."""
    cv2.cvtColor(np.zeros((1, 1, 3), np.uint8), cv2.COLOR_BGR2Lab)


def free_side(
    image: Image,
    camera: Camera,
    corridor: Corridor,
    span: tuple[float, float, float],
    others: Iterable[Sighting],
) -> str | None:
    """The side on which the ground beside a thing was seen free: "left", "right", or None: not known.

    `span`: its left and right offset from the walking line and its distance ahead, metres.
    """
    left, right, ahead = span
    if ahead > FARTHEST_M or ahead < 1.2:
        return None
    feet = tuple((s.left_m, s.right_m, s.ahead_m) for s in others)
    middle = (left + right) / 2
    roomier = None if abs(middle) < OFF_MIDDLE_M else ("left" if middle > 0 else "right")
    open_sides = []
    for name, inner, outer in (("left", left - ROOM_M, left), ("right", right, right + ROOM_M)):
        # Round a thing that reaches far to the other side is not "beside" any more.
        if max(abs(inner), abs(outer)) > 1.6 or _taken(corridor, inner, outer, ahead, feet):
            continue
        off = _unlikeness(image, camera, corridor, (inner, outer), ahead)
        if off is not None and off <= 1.0:
            open_sides.append(name)
    # Where both are open and none is roomier, always the same one: a side that changes is no help.
    return roomier if roomier in open_sides else next(iter(open_sides), None)


def _taken(
    corridor: Corridor,
    inner: float,
    outer: float,
    ahead: float,
    feet: tuple[tuple[float, float, float], ...],
) -> bool:
    for left, right, z in feet:
        if abs(z - ahead) > 1.5 + 0.2 * ahead:
            continue
        low, high = corridor.across_m(left, z), corridor.across_m(right, z)
        if low < outer + 0.2 and high > inner - 0.2:
            return True
    return False


def _unlikeness(
    image: Image, camera: Camera, corridor: Corridor, sides: tuple[float, float], ahead: float
) -> float | None:
    """How unlike the ground beside the thing is to the ground that leads there; 1 is the limit."""
    before = max(ahead - 2.2, 0.9), ahead - 0.7
    if before[1] - before[0] < 0.3:
        return None
    beside = _look(image, camera, corridor, sides, (ahead - BEYOND_M, ahead + BEYOND_M))
    known = None if beside is None else _look(image, camera, corridor, sides, before)
    if beside is None or known is None:
        return None
    # The lane beside must itself look like the one that the wearer walks, next to the paving.
    inward = -0.55 if sides[0] + sides[1] < 0 else 0.55
    walked = _look(image, camera, corridor, (inward - 0.25, inward + 0.25), before)
    return (
        None if walked is None else max(_strangers(beside, known), _strangers(known, walked)) / MOST_STRANGE
    )


def _strangers(pixels: Pixels, known: Pixels) -> float:
    """The share of `pixels` that hardly occurs among `known`."""
    middle, spread = known.mean(axis=0), known.std(axis=0)
    if float(spread.max()) > PATCHY:
        return 1.0
    strange = np.abs(pixels - middle) > 2.5 * spread + SHADE
    return float(strange.any(axis=1).mean())


def _look(
    image: Image, camera: Camera, corridor: Corridor, across: tuple[float, float], z: tuple[float, float]
) -> Pixels | None:
    corners = _outline(camera, corridor, across, z)
    if corners is None:
        return None
    height, width = image.shape[:2]
    x1, y1 = np.floor(corners.min(axis=0)).astype(int)
    x2, y2 = np.ceil(corners.max(axis=0)).astype(int)
    if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
        return None  # part of it is outside the picture: not seen
    patch = np.ascontiguousarray(image[y1:y2, x1:x2])
    inside = np.zeros(patch.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.round(corners - (x1, y1)).astype(np.int32), 1)
    if int(inside.sum()) < LEAST_PX:
        return None
    pixels = patch[inside > 0]
    few = pixels[:: len(pixels) // ENOUGH_PX + 1]
    return np.asarray(cv2.cvtColor(few[:, None], cv2.COLOR_BGR2Lab)[:, 0], np.float32)


def _outline(
    camera: Camera, corridor: Corridor, across: tuple[float, float], z: tuple[float, float]
) -> npt.NDArray[np.float64] | None:
    corners = []
    for side, ahead in ((across[0], z[0]), (across[1], z[0]), (across[1], z[1]), (across[0], z[1])):
        point = camera.project(corridor.middle_m(ahead) + side, ahead)
        if point is None:
            return None
        corners.append(point)
    return np.array(corners)
