"""A walk and the things that it meets, with the exact second of contact. Pure.

Metres on the walker's own ground: X to the right of the line that he walks, Z along it from where he is
at second 0, up from the ground. He walks on, whatever is said to him: that is what truth is measured by.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from vision.corridor import HALF_WIDTH_M
from vision.types import ObjectClass

BODY_DEPTH_M = 0.30  # chest to back with clothes
# Eye height of `vision.camera.Camera`, 0.10 m of forehead, 0.05 m of hair, shoe and the rise of a step.
HEAD_M = 1.70


class Kind(StrEnum):
    """What a script is about."""

    STATIC = "static"
    ONCOMING = "oncoming"
    CROSSING = "crossing"
    OVERTAKEN = "overtaken"  # somebody overtakes the walker, beside him
    CAUGHT_UP = "caught_up"  # the walker comes up to somebody slower
    HANGING = "hanging"
    CLEAR = "clear"  # nothing ahead but what stands at the sides


@dataclass(frozen=True, slots=True)
class Thing:
    """An upright block: middle at second 0, steady velocity, extent. `id` counts from 0 in an encounter."""

    id: int
    cls: ObjectClass
    x_m: float
    z_m: float
    wide_m: float
    deep_m: float
    top_m: float
    bottom_m: float = 0.0
    vx_mps: float = 0.0
    vz_mps: float = 0.0

    def at(self, t_s: float) -> tuple[float, float]:
        """X and Z of its middle."""
        return self.x_m + self.vx_mps * t_s, self.z_m + self.vz_mps * t_s


@dataclass(frozen=True, slots=True)
class Encounter:
    """One script. `paving_x_m`: where the guide blocks run beside the walked line; None: there are none.

    `grade`: rise of the ground along the walk. `lens_height_m`, `pitch_deg`: how the camera really sits.
    """

    number: int
    seed: int
    kind: Kind
    crowded: bool
    speed_mps: float
    paving_x_m: float | None
    grade: float
    lens_height_m: float
    pitch_deg: float
    seconds: float
    things: tuple[Thing, ...]

    @property
    def contacts(self) -> dict[int, float]:
        """Second of contact of each thing that he would touch before the end, by its id."""
        found = {thing.id: contact_s(thing, self.speed_mps) for thing in self.things}
        return {n: t for n, t in found.items() if t is not None and t <= self.seconds}


def contact_s(thing: Thing, speed_mps: float, half_width_m: float = HALF_WIDTH_M) -> float | None:
    """The first second at which the thing is within the corridor and at the walker's body; None: never.

    Two blocks that move evenly touch while they overlap along both axes: the later of the two entries.
    """
    if thing.bottom_m >= HEAD_M:
        return None
    across = _overlap(thing.x_m, thing.vx_mps, half_width_m + thing.wide_m / 2)
    along = _overlap(thing.z_m, thing.vz_mps - speed_mps, (BODY_DEPTH_M + thing.deep_m) / 2)
    first, last = max(across[0], along[0], 0.0), min(across[1], along[1])
    return first if first < last else None


def _overlap(offset_m: float, rate_mps: float, reach_m: float) -> tuple[float, float]:
    """From when to when |offset + rate t| is below `reach_m`; (inf, -inf): never."""
    if abs(rate_mps) < 1e-9:
        return (-inf, inf) if abs(offset_m) < reach_m else (inf, -inf)
    one, two = (-reach_m - offset_m) / rate_mps, (reach_m - offset_m) / rate_mps
    return min(one, two), max(one, two)
