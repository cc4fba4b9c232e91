"""Angles and distances made ready for words, the same for every language. Pure.

Angles are relative to the walker: positive to the right. A reversed side is the worst bug of all,
so the side of a direction is read off its sign in this one place.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Side = Literal["left", "right"]

_AHEAD_DEG, _SLIGHT_DEG, _TURN_DEG, _SHARP_DEG = 22.5, 60.0, 120.0, 150.0
_PLAIN_M, _ABOUT_M = 10.0, 20.0  # accuracy up to which a distance is told plainly, as "about"
_CLOSE_M = 15.0  # a shorter distance is within the error of a position that is not plain


class Sector(StrEnum):
    """How far round a direction is: ±22.5, 60, 120, 150 degrees, and behind."""

    AHEAD = "ahead"
    SLIGHT = "slight"  # 斜め
    TURN = "turn"
    SHARP = "sharp"  # 大きく
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Direction:
    """A sector and, between ahead and behind, its side."""

    sector: Sector
    side: Side | None


# In the order in which every table of words has them, by `index`.
DIRECTIONS = (
    Direction(Sector.AHEAD, None),
    Direction(Sector.SLIGHT, "right"),
    Direction(Sector.TURN, "right"),
    Direction(Sector.SHARP, "right"),
    Direction(Sector.BEHIND, None),
    Direction(Sector.SHARP, "left"),
    Direction(Sector.TURN, "left"),
    Direction(Sector.SLIGHT, "left"),
)
AHEAD = 0  # the index of straight on


def index(angle_deg: float) -> int:
    """Which of `DIRECTIONS` an angle in (-180, 180] is."""
    size = abs(angle_deg)
    if size <= _AHEAD_DEG:
        return AHEAD
    if size > _SHARP_DEG:
        return 4
    steps = 1 if size <= _SLIGHT_DEG else 2 if size <= _TURN_DEG else 3
    return steps if angle_deg > 0.0 else 8 - steps


def direction(angle_deg: float) -> Direction:
    """The direction of an angle in (-180, 180]."""
    return DIRECTIONS[index(angle_deg)]


def straight(angle_deg: float | None) -> bool:
    """Whether no turn is worth a word; None is straight on."""
    return angle_deg is None or abs(angle_deg) <= _AHEAD_DEG


def clock_hour(angle_deg: float) -> int:
    """The clock position of an angle: 12 ahead, 3 to the right."""
    return round(angle_deg / 30.0) % 12 or 12


def compass_octant(bearing_deg: float) -> int:
    """0 north, 1 north-east, … 7 north-west."""
    return round(bearing_deg / 45.0) % 8


class Certainty(StrEnum):
    """How a distance is told: 20メートル, 約20メートル, およそ20メートル."""

    PLAIN = "plain"
    ABOUT = "about"
    AROUND = "around"


def certainty(accuracy_m: float | None) -> Certainty:
    """By the position's 68 % radius; an unknown accuracy is the worst one."""
    if accuracy_m is None or accuracy_m > _ABOUT_M:
        return Certainty.AROUND
    return Certainty.PLAIN if accuracy_m <= _PLAIN_M else Certainty.ABOUT


def close_by(distance_m: float, accuracy_m: float | None) -> bool:
    """Whether a figure would claim more than the position knows."""
    return distance_m <= _CLOSE_M and certainty(accuracy_m) is not Certainty.PLAIN


def rounded_m(distance_m: float) -> int:
    """Metres as spoken: steps of 1 below 5, of 5 below a kilometre, of 50 above; never 0."""
    step = 1 if distance_m < 4.5 else 5 if distance_m < 997.5 else 50
    return max(int(distance_m / step + 0.5) * step, 1)
