"""What is known of the guide blocks ahead, drawn onto the frame: for people who check it, not for the wearer.

Across the line where the place is: dots as two bars, an end as one, arms as arrows to their side. Beside
each its distance with its interval. No colour says "safe": nothing is green.
"""

from dataclasses import dataclass
from math import atan, cos, sin

import cv2
import numpy as np

from vision.annotate_colours import AMBER, BLUE, INK
from vision.camera import Camera
from vision.lettering import put, text_width
from vision.paving import PavingLine
from vision.paving_straight import STEP_M
from vision.types import Image, PavingSight, Place, Quality

HALF_M, WIDE_M = 0.35, 0.6  # half of a mark across the line
ARM_M = 1.2
FARTHEST_M = 8.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of the line, metres: `x` right, `z` ahead, and the line's heading there, radians, + right."""

    x: float
    z: float
    heading: float

    def beside(self, right_m: float, ahead_m: float = 0.0) -> tuple[float, float]:
        """The ground point so far square to the line, and so far along it."""
        along, across = ahead_m, right_m
        return (
            self.x + across * cos(self.heading) + along * sin(self.heading),
            self.z - across * sin(self.heading) + along * cos(self.heading),
        )


def draw_course(
    canvas: Image, sight: PavingSight, line: PavingLine | None, camera: Camera, size: int
) -> None:
    """Draw into `canvas`; `size`: of the letters, pixels. Nothing where the line is not known."""
    if line is None or sight.quality is Quality.LOST:
        return
    _line(canvas, line, camera)
    if sight.dots:
        spot = _spot(line, sight.dots)
        half = WIDE_M if sight.dots.wide else HALF_M
        for ahead in (0.0, 0.3):
            _stroke(canvas, camera, spot.beside(-half, ahead), spot.beside(half, ahead))
        _label(canvas, camera, spot, f"警告 dots {_metres(sight.dots)}", size)
    if sight.end:
        spot = _spot(line, sight.end)
        _stroke(canvas, camera, spot.beside(-HALF_M), spot.beside(HALF_M))
        _label(
            canvas,
            camera,
            spot,
            f"{'切れる' if sight.end.sure else '切れる？'} end {_metres(sight.end)}",
            size,
        )
    if sight.branch:
        spot = _spot(line, sight.branch)
        for side, name in ((-1, "left"), (1, "right")):
            if sight.branch.side in (name, "both"):
                _arrow(canvas, camera, spot.beside(0.2 * side), spot.beside(ARM_M * side))
        what = "分岐 branch" if sight.branch.goes_on or sight.branch.side == "both" else "角 corner"
        _label(canvas, camera, spot, f"{what} {_metres(sight.branch)}", size)
    if sight.bend:
        _label(canvas, camera, _spot(line, sight.bend), f"曲がり bend {sight.bend.turn_deg:+.0f}°", size)
    if sight.drift:
        _drift(canvas, sight.drift.offset_m, size)


def _metres(place: Place) -> str:
    return f"{place.distance_m:.1f}±{place.sigma_m:.1f} m"


def _spot(line: PavingLine, place: Place) -> Spot:
    """Where on the ground the place is: its distance is along the line, from where the wearer is abreast."""
    z, heading = 0.0, atan(line.slope(0.0))
    left = place.distance_m - line.at(0.0) * sin(heading)
    while left > 0 and z < FARTHEST_M:
        step = min(STEP_M, left * cos(heading))
        left -= step / cos(heading)
        z += step
        heading = atan(line.slope(z))
        if step < STEP_M:
            break
    return Spot(line.at(z), z, heading)


def _pixel(camera: Camera, ground: tuple[float, float]) -> tuple[int, int] | None:
    point = camera.project(ground[0], max(ground[1], 0.2))
    if point is None or max(abs(point[0]), abs(point[1])) > 8000:
        return None
    return round(point[0]), round(point[1])


def _line(canvas: Image, line: PavingLine, camera: Camera) -> None:
    """The course that is followed: whole where it was seen."""
    ahead = np.linspace(max(line.near_m, 0.3), min(line.far_m, FARTHEST_M), 14).tolist()
    points = [p for z in ahead if (p := _pixel(camera, (line.at(z), z)))]
    if len(points) > 1:
        path = [np.array(points, np.int32).reshape(-1, 1, 2)]
        cv2.polylines(canvas, path, False, INK, 5, cv2.LINE_AA)
        cv2.polylines(canvas, path, False, BLUE, 2, cv2.LINE_AA)


def _stroke(canvas: Image, camera: Camera, start: tuple[float, float], stop: tuple[float, float]) -> None:
    a, b = _pixel(camera, start), _pixel(camera, stop)
    if a and b:
        cv2.line(canvas, a, b, INK, 5, cv2.LINE_AA)
        cv2.line(canvas, a, b, AMBER, 2, cv2.LINE_AA)


def _arrow(canvas: Image, camera: Camera, start: tuple[float, float], stop: tuple[float, float]) -> None:
    a, b = _pixel(camera, start), _pixel(camera, stop)
    if a and b:
        cv2.arrowedLine(canvas, a, b, INK, 6, cv2.LINE_AA, tipLength=0.25)
        cv2.arrowedLine(canvas, a, b, AMBER, 3, cv2.LINE_AA, tipLength=0.25)


def _label(canvas: Image, camera: Camera, spot: Spot, text: str, size: int) -> None:
    at = _pixel(camera, spot.beside(HALF_M))
    if at is not None:
        _chip(canvas, (at[0] + 8, at[1] - size), text, size)


def _drift(canvas: Image, offset_m: float, size: int) -> None:
    """Which way the blocks are, at the lower edge."""
    text = f"ブロックは右 → {offset_m:+.1f} m" if offset_m > 0 else f"← ブロックは左 {offset_m:+.1f} m"
    x = canvas.shape[1] - text_width(text, size) - 12 if offset_m > 0 else 4
    _chip(canvas, (x, canvas.shape[0] - 2 * size), text, size)


def _chip(canvas: Image, at: tuple[int, int], text: str, size: int) -> None:
    wide, tall = text_width(text, size) + 8, round(size * 1.25) + 2
    x = min(max(at[0], 0), max(canvas.shape[1] - wide, 0))
    y = min(max(at[1], 0), max(canvas.shape[0] - tall, 0))
    cv2.rectangle(canvas, (x, y), (x + wide, y + tall), AMBER, cv2.FILLED)
    put(canvas, text, (x + 4, y), size, INK)
