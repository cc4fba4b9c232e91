"""What a simulated detector sees where nothing is: a block of the world, fixed from one frame to another."""

from dataclasses import dataclass, field
from math import hypot

from vision.camera import Box
from vision.encounters.eye import Look, cut
from vision.types import ObjectClass

FARTHEST_M = 25.0  # where a false box stands whose foot is at the horizon


@dataclass(frozen=True, slots=True)
class Ghost:
    """A false box: fixed in the world at a place and of a size in metres, from one frame to another."""

    cls: ObjectClass
    first: int
    last: int
    x_m: float
    z_m: float
    up_m: float
    wide_m: float
    tall_m: float
    score: tuple[float, ...] = field(repr=False)


def placed(cls: ObjectClass, box: Box, look: Look, span: tuple[int, int], score: tuple[float, ...]) -> Ghost:
    """The block of the world that looks like `box` now."""
    camera, box = look.view.camera.levelled, look.view.camera.level_box(box)
    ground = camera.ground((box[0] + box[2]) / 2, box[3])
    ahead = FARTHEST_M if ground is None or not 0 < ground[1] < FARTHEST_M else ground[1]
    # Pixels to a metre at that distance; above the ground as much as its foot is seen above it.
    per_m = camera.focal_px / hypot(ahead, camera.lens_height_m)
    foot = camera.project(0.0, ahead) or (0.0, float(camera.height))
    return Ghost(
        cls,
        *span,
        x_m=((box[0] + box[2]) / 2 - camera.width / 2) / per_m,
        z_m=look.view.walked_m + ahead,
        up_m=max((foot[1] - box[3]) / per_m, 0.0),
        wide_m=(box[2] - box[0]) / per_m,
        tall_m=(box[3] - box[1]) / per_m,
        score=score,
    )


def box_of(ghost: Ghost, look: Look) -> Box | None:
    """Where it is in a picture; None: not in it."""
    if look.view.turned(ghost.x_m, ghost.z_m)[1] < 0.5:
        return None
    foot = look.view.pixel(ghost.x_m, ghost.z_m, ghost.up_m)
    top = look.view.pixel(ghost.x_m, ghost.z_m, ghost.up_m + ghost.tall_m)
    if foot is None or top is None:
        return None
    half = ghost.wide_m / max(ghost.tall_m, 1e-3) * abs(foot[1] - top[1]) / 2
    box = cut(
        (foot[0] - half, min(top[1], foot[1]), foot[0] + half, max(top[1], foot[1])), look.view.camera.size
    )
    return box if box[2] - box[0] >= 2 and box[3] - box[1] >= 2 else None
