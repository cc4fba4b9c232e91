"""One detection in one frame, measured: how far, in which direction, where across the ground. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import cos, hypot, radians, sin, sqrt, tan

from vision.camera import FLATTEST_RAD, Box, Camera
from vision.families import HANGING
from vision.ranging import (
    BEFORE_THE_FEET,
    Clue,
    Distance,
    Size,
    Width,
    along,
    bound_clue,
    fused,
    ground_clue,
    height_clue,
    top_clue,
    width_clue,
    width_m,
)
from vision.types import Detection, ObjectClass

# Poles, trunks, plants, boxes and what cannot be told have no usual height; stairs and edges have none that
# their box shows. Wide sigmas: a fallen bicycle or a child is not the mean. Set-backs of the top: of a thing
# that stands anyhow, from half its depth (`vision.encounters.scripts.SIZES`) to that of its longer side.
HEIGHTS: dict[ObjectClass, Size] = {
    # National Health and Nutrition Survey 2019: men 20+ 1.68 m, women 1.55 m (each sigma 0.07), shoes 0.02.
    ObjectClass.PERSON: Size(1.63, 0.11, 0.10, 0.06),
    # JIS D 9111 city cycle: handlebar 0.95-1.15 m; child seats and baskets rise above it.
    ObjectClass.BICYCLE: Size(1.05, 0.15, 0.35, 0.20),
    # Makers' sheets: Honda Super Cub 1.04 m, PCX 1.105 m, CB400 1.08 m; mirrors add 0.1.
    ObjectClass.MOTORCYCLE: Size(1.12, 0.12, 0.40, 0.20),
    # Kei tall wagon (Honda N-BOX) 1.79 m, compact (Yaris) 1.50 m, sedan 1.44 m; vans and trucks are taller.
    ObjectClass.CAR: Size(1.62, 0.25, 0.80, 0.40),
    # Makers' sheets: route buses (Isuzu Erga, Hino Poncho) 2.9-3.1 m, small buses (Toyota Coaster) 2.6 m.
    ObjectClass.BUS: Size(3.0, 0.25, 0.20, 0.10),
    # From a kei truck (Suzuki Carry 1.77 m) and a van (Hiace 2.0-2.3 m) to the legal limit, 3.8 m.
    ObjectClass.TRUCK: Size(2.4, 0.6, 0.40, 0.20),
    # Makers' sheets: LUUP 1.13 m, Segway Max 1.20 m.
    ObjectClass.KICK_SCOOTER: Size(1.16, 0.10, 0.25, 0.15),
    # Makers' catalogues: posts 0.65-0.85 m above ground, arched barriers 0.8 m; waist is 1.0 m.
    ObjectClass.BOLLARD: Size(0.80, 0.12, 0.08, 0.04),
    # Makers' catalogues: A-frames 0.9-1.2 m, low boards 0.6 m, banners 1.8 m.
    ObjectClass.SIGN: Size(1.00, 0.30, 0.20, 0.10),
    # Usual road cone 0.70 m; small ones 0.45 m, with a lamp 0.9 m. Its tip is above the middle of its base.
    ObjectClass.CONE: Size(0.69, 0.10, 0.18, 0.03),
    # Seat 0.40-0.45 m (most have a back: 0.75-0.85 m).
    ObjectClass.BENCH: Size(0.70, 0.18, 0.30, 0.15),
    # Breed standards, at the shoulder: Shiba 0.35-0.41 m, Labrador 0.54-0.57 m; the head adds 0.1.
    ObjectClass.DOG: Size(0.50, 0.17, 0.20, 0.15),
}
# Lying down, it shows its length, not its height: wider than it can stand.
FALLEN_ASPECT = {
    ObjectClass.KICK_SCOOTER: 1.3,
    ObjectClass.BICYCLE: 2.2,
    ObjectClass.PERSON: 1.2,
    ObjectClass.CONE: 1.2,
    ObjectClass.SIGN: 1.6,
}
# What hangs has no foot, and its lowest point is level with the lens at any distance: only its size tells
# how far it is, and sizes differ. Root of width x height: beams and signs 0.7 m, awnings 1.1, branches 1.5.
HANGING_M, HANGING_SHARE = 1.0, 0.5
HANGING_CUT = 0.7  # the picture's edge hides a part of it: it is nearer than what is left of it says
# The share of the box, in its middle, that stands on the ground: arms and bags do not.
FOOT_SHARE = {ObjectClass.PERSON: 0.6}

LEAST_AHEAD_M = 0.1  # nearer, a metre across has no end in the picture
EDGE_SHARE = 0.012  # of the height: a box this near the picture's edge is cut by it


@dataclass(frozen=True, slots=True)
class Cut:
    """Which sides of a box the picture's edge hides."""

    top: bool
    foot: bool
    side: bool


@dataclass(frozen=True, slots=True)
class Sighting:
    """A detection with its measures. Lateral metres: across the ground, + right of straight ahead."""

    detection: Detection
    cut: Cut
    distance: Distance
    bearing_deg: float
    left_m: float  # lateral extent of the foot
    right_m: float
    rise: float = 0.0  # tangent of how far its lowest point is seen above the horizontal
    rise_sigma: float = 0.1  # of it: the camera's pitch, the same from frame to frame
    wide_m: float | None = None  # how wide it is; None where its box does not show that

    @property
    def ahead_m(self) -> float:
        """Metres straight ahead, to its foot."""
        return self.distance.ahead_m


def cut_by_edge(box: Box, width: int, height: int) -> Cut:
    """What of `box` the edges of a `width` x `height` picture hide."""
    edge = EDGE_SHARE * height
    return Cut(
        top=box[1] <= edge,
        foot=box[3] >= height - edge,
        side=box[0] <= edge or box[2] >= width - edge,
    )


def jitter_px(box: Box, height: int) -> float:
    """How much an edge of a box moves from frame to frame: a share of the box, never under 1/240 height."""
    return max(height / 240, 0.03 * (box[3] - box[1]))


def measure(camera: Camera, detection: Detection, wide: Width | None = None) -> Sighting | None:
    """The sighting of one detection; None where nothing says how far it is.

    `wide`: what is remembered of this thing's width, for where its foot is below the picture.
    """
    cut = cut_by_edge(detection.box, camera.width, camera.height)
    wobble = jitter_px(detection.box, camera.height)
    box, view = camera.level_box(detection.box), camera.levelled
    if not all(side == side for side in box):  # outside of what the lens sees
        return None
    hangs = detection.cls in HANGING
    if hangs:
        distance = _by_size(view, box, wobble, cut)
    else:
        found = _distance(view, box, _clues(view, box, (_size(detection.cls, box, cut), wide), wobble, cut))
        if found is None:
            return None
        distance = found
    foot = _upright(view, box)
    middle = (foot[0] + foot[1]) / 2
    half = (foot[1] - foot[0]) / 2 * FOOT_SHARE.get(detection.cls, 1.0)
    # The foot's own ray says where it stands across the ground; at a known distance the scale is sure.
    px_per_m = _px_per_m(view, distance.ahead_m, view.lens_height_m if hangs else 0.0)
    axis, rise = view.width / 2, -tan(view.depression_rad(box[3]))
    return Sighting(
        detection,
        cut,
        distance,
        view.bearing_deg(middle, min(box[3], view.height)),
        (middle - half - axis) / px_per_m,
        (middle + half - axis) / px_per_m,
        rise,
        radians(view.pitch_sigma_deg) * (1 + rise * rise),
        None if hangs or cut.foot or cut.side else width_m(view, box, distance.ahead_m),
    )


def _upright(view: Camera, box: Box) -> tuple[float, float]:
    """Left and right of the foot of an upright thing, pixels.

    Uprights seen by a tilted camera lean: their tops are nearer to the lens than their feet, so farther from
    the picture's middle. A pole at the side fills a box twice as wide as itself.
    """
    axis, pitch = view.width / 2, radians(view.pitch_deg)
    top, low = (
        max(view.focal_px * cos(pitch) - (y - view.height / 2) * sin(pitch), 1.0) for y in (box[1], box[3])
    )
    lean = low / top
    left, right = box[0] - axis, box[2] - axis
    # The side away from the middle is the top's where the camera looks down, the foot's where it looks up.
    if (lean < 1.0) == (left < 0.0):
        left *= lean
    if (lean < 1.0) == (right > 0.0):
        right *= lean
    middle = (left + right) / 2
    return (left + axis, right + axis) if left <= right else (middle + axis, middle + axis)


def _px_per_m(view: Camera, ahead_m: float, up_m: float) -> float:
    """Pixels to a metre across, so far ahead and at a height above the ground."""
    ahead = max(ahead_m, LEAST_AHEAD_M)
    here = view.project(0.0, ahead, up_m)
    there = view.project(1.0, ahead, up_m)
    if here is None or there is None:
        return view.focal_px / ahead
    return there[0] - here[0]


def _distance(view: Camera, box: Box, clues: Iterable[Clue | None]) -> Distance | None:
    best = fused(clues)
    if best is not None:
        return along(view, box, best)
    # No clue, and lower than any ground ahead: it stands at the wearer's feet.
    return BEFORE_THE_FEET if view.depression_rad(box[3]) > FLATTEST_RAD else None


def _clues(
    view: Camera, box: Box, known: tuple[Size | None, Width | None], wobble: float, cut: Cut
) -> Iterator[Clue | None]:
    size, wide = known
    if cut.foot:
        by_width = None if wide is None or cut.side else width_clue(view, box, wide)
        yield by_width
        # That it is somewhere below the picture is no measurement beside one.
        yield None if by_width else bound_clue(view, box)
        if size is not None:
            yield top_clue(view, box, size, wobble)
        return
    yield ground_clue(view, box, wobble)
    if size is not None:
        yield height_clue(view, box, size, wobble)


def _size(cls: ObjectClass, box: Box, cut: Cut) -> Size | None:
    """What is known of its height; None where its box does not show it."""
    x1, y1, x2, y2 = box
    fallen = not cut.foot and (x2 - x1) > FALLEN_ASPECT.get(cls, 9.0) * (y2 - y1)
    return None if cut.top or fallen else HEIGHTS.get(cls)


def _by_size(view: Camera, box: Box, wobble: float, cut: Cut) -> Distance:
    x1, y1, x2, y2 = box
    side = max(sqrt((x2 - x1) * (y2 - y1)), 1.0)
    mean = view.focal_px * HANGING_M / side
    if cut.top or cut.foot or cut.side:
        mean *= HANGING_CUT
    jitter = mean * wobble / side
    return Distance(mean, hypot(HANGING_SHARE * mean, jitter), jitter, mean)
