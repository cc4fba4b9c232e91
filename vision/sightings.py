"""One detection in one frame, measured: how far, in which direction, where across the ground. Pure."""

from dataclasses import dataclass
from math import hypot, sqrt

from vision.camera import Box, Camera, Distance, fuse, ground_distance, height_distance
from vision.families import HANGING
from vision.types import Detection, ObjectClass


@dataclass(frozen=True, slots=True)
class Height:
    """How tall a class of things is: mean and standard deviation, metres."""

    mean_m: float
    sigma_m: float


# Poles, trunks, plants, boxes and what cannot be told have no usual height; stairs and edges have none that
# their box shows. Wide sigmas: a fallen bicycle or a child is not the mean.
HEIGHTS: dict[ObjectClass, Height] = {
    # National Health and Nutrition Survey 2019: men 20+ 1.68 m, women 1.55 m (each sigma 0.07), shoes 0.02.
    ObjectClass.PERSON: Height(1.63, 0.11),
    # JIS D 9111 city cycle: handlebar 0.95-1.15 m; child seats and baskets rise above it.
    ObjectClass.BICYCLE: Height(1.05, 0.15),
    # Makers' sheets: Honda Super Cub 1.04 m, PCX 1.105 m, CB400 1.08 m; mirrors add 0.1.
    ObjectClass.MOTORCYCLE: Height(1.12, 0.12),
    # Kei tall wagon (Honda N-BOX) 1.79 m, compact (Yaris) 1.50 m, sedan 1.44 m; vans and trucks are taller.
    ObjectClass.CAR: Height(1.62, 0.25),
    # Makers' sheets: route buses (Isuzu Erga, Hino Poncho) 2.9-3.1 m, small buses (Toyota Coaster) 2.6 m.
    ObjectClass.BUS: Height(3.0, 0.25),
    # From a kei truck (Suzuki Carry 1.77 m) and a van (Hiace 2.0-2.3 m) to the legal limit, 3.8 m.
    ObjectClass.TRUCK: Height(2.4, 0.6),
    # Makers' sheets: LUUP 1.13 m, Segway Max 1.20 m.
    ObjectClass.KICK_SCOOTER: Height(1.16, 0.10),
    # Makers' catalogues: posts 0.65-0.85 m above ground, arched barriers 0.8 m; waist is 1.0 m.
    ObjectClass.BOLLARD: Height(0.80, 0.12),
    # Makers' catalogues: A-frames 0.9-1.2 m, low boards 0.6 m, banners 1.8 m.
    ObjectClass.SIGN: Height(1.00, 0.30),
    # Usual road cone 0.70 m; small ones 0.45 m, with a lamp 0.9 m.
    ObjectClass.CONE: Height(0.69, 0.10),
    # Seat 0.40-0.45 m (most have a back: 0.75-0.85 m).
    ObjectClass.BENCH: Height(0.70, 0.18),
    # Breed standards, at the shoulder: Shiba 0.35-0.41 m, Labrador 0.54-0.57 m; the head adds 0.1.
    ObjectClass.DOG: Height(0.50, 0.17),
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
    ahead_m: float  # Z of the foot
    left_m: float  # lateral extent of the foot
    right_m: float


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


def measure(camera: Camera, detection: Detection) -> Sighting | None:
    """The sighting of one detection; None where nothing says how far it is."""
    box = detection.box
    cut = cut_by_edge(box, camera.width, camera.height)
    distance = _distance(camera, detection, cut)
    if distance is None:
        return None
    middle = (box[0] + box[2]) / 2
    half = (box[2] - box[0]) / 2 * FOOT_SHARE.get(detection.cls, 1.0)
    # The foot's own ray says where it stands across the ground; at a known distance the scale is sure.
    hangs = detection.cls in HANGING
    ahead, px_per_m = _scale(camera, distance, camera.lens_height_m if hangs else 0.0)
    axis = camera.width / 2
    return Sighting(
        detection,
        cut,
        distance,
        camera.bearing_deg(middle, min(box[3], camera.height)),
        ahead,
        (middle - half - axis) / px_per_m,
        (middle + half - axis) / px_per_m,
    )


def _scale(camera: Camera, distance: Distance, up_m: float) -> tuple[float, float]:
    """Metres ahead, and pixels to a metre across, at a height above the ground."""
    ahead = max(distance.distance_m, 0.1)
    here = camera.project(0.0, ahead, up_m)
    there = camera.project(1.0, ahead, up_m)
    if here is None or there is None:
        return ahead, camera.focal_px / ahead
    return ahead, there[0] - here[0]


def _distance(camera: Camera, detection: Detection, cut: Cut) -> Distance | None:
    box = detection.box
    wobble = jitter_px(box, camera.height)
    if detection.cls in HANGING:
        return _by_size(camera, detection, wobble, cut)
    by_ground = ground_distance(camera, box, wobble)
    if cut.foot:
        return _nearer_than(by_ground)
    by_height = None if cut.top else _by_height(camera, detection, wobble)
    return fuse(by_ground, by_height)


def _by_height(camera: Camera, detection: Detection, wobble: float) -> Distance | None:
    known = HEIGHTS.get(detection.cls)
    x1, y1, x2, y2 = detection.box
    fallen = (x2 - x1) > FALLEN_ASPECT.get(detection.cls, 9.0) * (y2 - y1)
    if known is None or fallen:
        return None
    return height_distance(camera, detection.box, known.mean_m, known.sigma_m, wobble)


def _by_size(camera: Camera, detection: Detection, wobble: float, cut: Cut) -> Distance:
    x1, y1, x2, y2 = detection.box
    side = max(sqrt((x2 - x1) * (y2 - y1)), 1.0)
    mean = camera.focal_px * HANGING_M / side
    if cut.top or cut.foot or cut.side:
        mean *= HANGING_CUT
    jitter = mean * wobble / side
    return Distance(mean, hypot(HANGING_SHARE * mean, jitter), jitter)


def _nearer_than(limit: Distance | None) -> Distance | None:
    """Its foot is below the picture: anywhere between the wearer and the lowest row that is seen."""
    if limit is None:
        return None
    mean = limit.distance_m * 0.7
    spread = limit.distance_m * 0.3 / 3**0.5 * 2  # uniform over 0.4..1.0 of the limit, doubled for tilt
    return Distance(mean, hypot(spread, 0.7 * limit.sigma_m), max(limit.jitter_m, 0.1))
