"""How far a thing is: what each clue says, by which errors it is wrong, and all of them together. Pure.

Clues are told as nearness, 1 / metres ahead, because in it the errors of angles and edges are even: ground
plane 1/Z = tan(foot) / h, known height 1/Z = (tan(foot) - tan(top)) / H, angles below the horizontal.

Every clue keeps its errors source by source. Those of the foot's edge, of the pitch and of the lens height
are in more than one clue, so clues are not independent: they are fused by the inverse of their whole
covariance. The width of the guide blocks is a third ruler; it comes in through the camera's pose
(`vision.pose`), once for all things of a frame, and leaves the errors of pitch and height tied together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from math import atan, cos, hypot, radians, sin, sqrt, tan

from vision.camera import FLATTEST_RAD, Box, Camera

STEEPEST_RAD = radians(85)
LEAST_TALL_PX = 4.0
NEAREST_M = 0.3  # nearer than this the wearer touches it
EXACTLY = 1e-10
CHANCE = 2.0  # clues that lie up to two of their sigmas apart do so by chance; from three on one is wrong


class Source(IntEnum):
    """Where an error comes from. Those up to `BOUND` differ from frame to frame."""

    NOD = 0  # of the pitch: what a step does to the head, or the noise of the IMU
    FOOT = 1  # the box's lower edge
    TOP = 2  # the box's upper edge
    SIDES = 3  # the box's left and right edge
    BOUND = 4  # nothing is measured: somewhere nearer than the lowest row that is seen
    PITCH = 5  # how the camera sits, how the ground slopes
    LENS = 6  # lens height
    SIZE = 7  # the thing is taller or shorter than its kind
    SETBACK = 8  # its top stands farther behind its foot than its kind's
    WIDTH = 9  # how wide it was measured to be before


Errors = tuple[float, ...]  # by source: what one sigma of it does, signed
_NONE = (0.0,) * len(Source)


@dataclass(frozen=True, slots=True)
class Distance:
    """Metres along the ground to the nearest point of a thing.

    `ahead_m`: of them straight ahead, to its foot. `sigma_m` is all that is not known; `jitter_m` the part of
    it that differs from frame to frame. The rest (pitch, height of the lens or of the thing) stays the same
    and no averaging removes it.
    """

    distance_m: float
    sigma_m: float
    jitter_m: float
    ahead_m: float

    @property
    def share(self) -> float:
        """`sigma_m` as a share of the distance, at most a half."""
        return min(self.sigma_m / max(self.distance_m, NEAREST_M), 0.5)

    @property
    def jitter_share(self) -> float:
        """`jitter_m` as a share of the distance."""
        return self.jitter_m / max(self.distance_m, NEAREST_M)


@dataclass(frozen=True, slots=True)
class Clue:
    """1 / metres ahead, with its errors; `doubt`: one sigma more, because clues contradict each other."""

    nearness: float
    errors: Errors
    doubt: float = 0.0

    @property
    def sigma(self) -> float:
        """One sigma of the nearness."""
        return hypot(self.doubt, *self.errors)

    @property
    def jitter(self) -> float:
        """The part of it that differs from frame to frame. Which of two that disagree is right does, too."""
        return hypot(self.doubt, *self.errors[: Source.PITCH])


@dataclass(frozen=True, slots=True)
class Size:
    """How tall a kind of thing is, and how far behind its foot its top stands; metres."""

    mean_m: float
    sigma_m: float
    back_m: float = 0.0
    back_sigma_m: float = 0.0


def _errors(by_source: dict[Source, float]) -> Errors:
    return tuple(by_source.get(source, 0.0) for source in Source)


def _posed(camera: Camera, per_rad: float, per_log: float) -> dict[Source, float]:
    """What the pose's errors do, given what a radian of pitch and a logarithm of lens height do."""
    nod = min(camera.nod_sigma_deg, camera.pitch_sigma_deg)
    steady = radians(sqrt(camera.pitch_sigma_deg**2 - nod**2))
    lens = camera.lens_height_sigma_m / camera.lens_height_m
    return {
        Source.NOD: per_rad * radians(nod),
        Source.PITCH: per_rad * steady + per_log * lens * camera.tied,
        Source.LENS: per_log * lens * sqrt(1 - camera.tied**2),
    }


def ground_clue(camera: Camera, box: Box, jitter_px: float) -> Clue | None:
    """The foot of `box` on flat ground; None where it is at or above the horizon or nearer than `NEAREST_M`.

    Here and below, camera and box are those of the level picture.
    """
    v = (box[3] - camera.height / 2) / camera.focal_px
    low = radians(camera.pitch_deg) + atan(v)
    if not FLATTEST_RAD <= low < STEEPEST_RAD:
        return None
    lens = camera.lens_height_m
    nearness = tan(low) / lens
    if nearness > 1 / NEAREST_M:
        return None
    per_rad = (1 + tan(low) ** 2) / lens
    errors = _posed(camera, per_rad, -nearness)
    errors[Source.FOOT] = per_rad * jitter_px / camera.focal_px / (1 + v * v)
    return Clue(nearness, _errors(errors))


def height_clue(camera: Camera, box: Box, size: Size, jitter_px: float) -> Clue | None:
    """A standing thing of known height by the rows of its top and foot: needs of the pitch only a little.

    With a top that stands `back_m` behind the foot, Z = (H + back tan(top)) / (tan(foot) - tan(top)).
    """
    rows = [(edge - camera.height / 2) / camera.focal_px for edge in (box[3], box[1])]
    low, high = (radians(camera.pitch_deg) + atan(v) for v in rows)
    if box[3] - box[1] < LEAST_TALL_PX or low >= STEEPEST_RAD or high <= -STEEPEST_RAD:
        return None
    foot, top = tan(low), tan(high)
    tall = size.mean_m + size.back_m * top
    if tall <= size.mean_m / 4 or foot <= top:
        return None
    nearness = (foot - top) / tall
    of_foot = (1 + foot**2) / tall
    of_top = -(1 + top**2) / tall * (1 + nearness * size.back_m)
    per_px = [jitter_px / camera.focal_px / (1 + v * v) for v in rows]
    errors = _posed(camera, of_foot + of_top, 0.0) | {
        Source.FOOT: of_foot * per_px[0],
        Source.TOP: of_top * per_px[1],
        Source.SIZE: -nearness * size.sigma_m / tall,
        Source.SETBACK: -nearness * top * size.back_sigma_m / tall,
    }
    return Clue(nearness, _errors(errors))


def top_clue(camera: Camera, box: Box, size: Size, jitter_px: float) -> Clue | None:
    """The top of a low thing whose foot is below the picture: Z = (h - H) / tan(top) - back."""
    v = (box[1] - camera.height / 2) / camera.focal_px
    high = radians(camera.pitch_deg) + atan(v)
    drop = camera.lens_height_m - size.mean_m
    if not FLATTEST_RAD <= high < STEEPEST_RAD or drop <= 2 * size.sigma_m:
        return None
    ahead = drop / tan(high) - size.back_m
    if ahead < NEAREST_M:
        return None
    nearness = 1 / ahead
    squared = nearness**2
    of_top = squared * drop * (1 + tan(high) ** -2)
    per_log = -squared * camera.lens_height_m / tan(high)
    errors = _posed(camera, of_top, per_log) | {
        Source.TOP: of_top * jitter_px / camera.focal_px / (1 + v * v),
        Source.SIZE: squared * size.sigma_m / tan(high),
        Source.SETBACK: squared * size.back_sigma_m,
    }
    return Clue(nearness, _errors(errors))


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a thing was seen to be, metres; errors as shares of it: of its memory, and of one new look."""

    mean_m: float
    sigma_share: float
    jitter_share: float


MIDDLE_M = 0.7  # above the ground: about where a thing is as wide as its box


def width_clue(camera: Camera, box: Box, width: Width) -> Clue | None:
    """A thing that was measured before its foot went below the picture: it is as wide as it was."""
    tilt, drop = radians(camera.pitch_deg), camera.lens_height_m - MIDDLE_M
    depth = camera.focal_px * width.mean_m / max(box[2] - box[0], 1.0)
    ahead = (depth - drop * sin(tilt)) / cos(tilt)
    if ahead < NEAREST_M:
        return None
    per_log = depth / cos(tilt) / ahead**2
    errors = {Source.SIDES: per_log * width.jitter_share, Source.WIDTH: -per_log * width.sigma_share}
    return Clue(1 / ahead, _errors(errors))


def width_m(camera: Camera, box: Box, ahead_m: float) -> float:
    """How wide a thing is whose box is seen at that distance; `width_clue` undone."""
    tilt, drop = radians(camera.pitch_deg), camera.lens_height_m - MIDDLE_M
    return (box[2] - box[0]) * (ahead_m * cos(tilt) + drop * sin(tilt)) / camera.focal_px


# A foot below the picture: anywhere between the wearer's reach and the lowest row that is seen, as likely
# here as there. 68 % of a uniform spread lies within 0.34 of its length about its middle.
BOUND_FROM = 0.35
BOUND_MEAN, BOUND_SIGMA = (1 + BOUND_FROM) / 2, 0.34 * (1 - BOUND_FROM)


def bound_clue(camera: Camera, box: Box) -> Clue | None:
    """What the lower edge of the picture says of a thing that goes on below it."""
    limit = ground_clue(camera, box, 0.0)
    if limit is None:
        return None
    nearness = limit.nearness / BOUND_MEAN
    errors = [error / BOUND_MEAN for error in limit.errors]
    errors[Source.BOUND] = nearness * BOUND_SIGMA / BOUND_MEAN
    return Clue(nearness, tuple(errors))


def fused(clues: Iterable[Clue | None]) -> Clue | None:
    """All that are not None, by inverse covariance; where they contradict each other, wider."""
    known = [clue for clue in clues if clue is not None]
    if not known:
        return None
    best = known[0]
    for clue in known[1:]:
        best = _both(best, clue)
    return best


def _both(first: Clue, second: Clue) -> Clue:
    """Best linear unbiased estimate of two; its errors are theirs, weighted, still source by source."""
    apart = [a - b for a, b in zip(first.errors, second.errors, strict=True)]
    gap_var = sum(e * e for e in apart) + first.doubt**2 + second.doubt**2
    if gap_var < EXACTLY:  # wrong by the same: nothing weighs one against the other
        middle = (first.nearness + second.nearness) / 2
        errors = tuple((a + b) / 2 for a, b in zip(first.errors, second.errors, strict=True))
        doubt = max(first.doubt, second.doubt)
        return Clue(middle, errors, hypot(abs(first.nearness - middle), doubt))
    shared = sum(a * b for a, b in zip(first.errors, second.errors, strict=True))
    # Outside 0..1 it would lean on the one to cancel the other's errors: only as good as the error model.
    weight = min(max((second.sigma**2 - shared) / gap_var, 0.0), 1.0)
    nearness = weight * first.nearness + (1 - weight) * second.nearness
    errors = tuple(weight * a + (1 - weight) * b for a, b in zip(first.errors, second.errors, strict=True))
    gap = abs(first.nearness - second.nearness) / sqrt(gap_var)
    known = hypot(*errors)
    # Birge's ratio, as the Particle Data Group scales discordant measurements, but not for what is chance:
    # widened for every gap above one sigma, intervals would hold 74 % instead of 68 %.
    wider = known * max(1.0, min(gap, 1 + 2 * (gap - CHANCE)))
    doubt = sqrt(max(wider**2 - known**2, 0.0))
    return Clue(nearness, errors, hypot(doubt, weight * first.doubt, (1 - weight) * second.doubt))


def along(camera: Camera, box: Box, clue: Clue) -> Distance:
    """A clue as metres along the ground, to the point of the foot's row that is nearest to straight ahead."""
    z = 1 / max(clue.nearness, 1e-3)
    metres = _radial(camera, box, z)
    return Distance(metres, metres * clue.sigma * z, metres * clue.jitter * z, z)


BEFORE_THE_FEET = Distance(0.25, 0.15, 0.1, 0.25)  # a foot below or behind the wearer's own


def ground_distance(camera: Camera, box: Box, jitter_px: float) -> Distance | None:
    """By the ground plane alone: d = h / tan(depression). None where the foot is at or above the horizon.

    An error of the angle costs (d^2 + h^2) / h x error. `camera` and `box` as they are in the picture.
    """
    camera, box = camera.levelled, camera.level_box(box)
    clue = ground_clue(camera, box, jitter_px)
    if clue is not None:
        return along(camera, box, clue)
    v = (box[3] - camera.height / 2) / camera.focal_px
    return BEFORE_THE_FEET if radians(camera.pitch_deg) + atan(v) > FLATTEST_RAD else None


def height_distance(
    camera: Camera, box: Box, height_m: float, sigma_m: float, jitter_px: float
) -> Distance | None:
    """By the known height alone. `camera` and `box` as they are in the picture."""
    camera, box = camera.levelled, camera.level_box(box)
    clue = height_clue(camera, box, Size(height_m, sigma_m), jitter_px)
    return None if clue is None else along(camera, box, clue)


def _radial(camera: Camera, box: Box, z: float) -> float:
    depth_px = camera.focal_px / _depth(camera, z)
    left, right = ((x - camera.width / 2) / depth_px for x in (box[0], box[2]))
    return hypot(min(max(0.0, left), right) if right > left else left, z)


def _depth(camera: Camera, z: float) -> float:
    """Depth along the optical axis of a ground point `z` metres ahead."""
    tilt = radians(camera.pitch_deg)
    return max(z * cos(tilt) + camera.lens_height_m * sin(tilt), 0.05)
