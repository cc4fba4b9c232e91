"""From a hazard's numbers to what may honestly be said: which side, how far, how sure. No words."""

import math
from enum import StrEnum

from vision.types import Hazard


class Where(StrEnum):
    """Where a thing is, from the wearer. Positive bearings are right."""

    FAR_LEFT = "far_left"
    LEFT = "left"
    SLIGHTLY_LEFT = "slightly_left"
    AHEAD = "ahead"
    SLIGHTLY_RIGHT = "slightly_right"
    RIGHT = "right"
    FAR_RIGHT = "far_right"


class Nearness(StrEnum):
    """How exact the distance is."""

    PLAIN = "plain"
    ABOUT = "about"
    AROUND = "around"


class Belief(StrEnum):
    """How sure the name is: said plainly, with "seems", or only as "something"."""

    NAMED = "named"
    LIKELY = "likely"
    SOMETHING = "something"


AHEAD_M = 0.35  # half a body: nearer to the line than this, one walks into it
OBLIQUE_DEG = 22.5
SIDE_DEG = 60.0
NAMED_SCORE = 0.6
LIKELY_SCORE = 0.45


def where(hazard: Hazard) -> Where:
    """Slightly aside is told by metres off the line, since near the feet degrees mean little."""
    aside_m = hazard.distance_m * math.sin(math.radians(hazard.bearing_deg))
    turn = abs(hazard.bearing_deg)
    right = hazard.bearing_deg > 0.0
    if turn > SIDE_DEG:
        return Where.FAR_RIGHT if right else Where.FAR_LEFT
    if abs(aside_m) <= AHEAD_M:
        return Where.AHEAD
    if turn > OBLIQUE_DEG:
        return Where.RIGHT if right else Where.LEFT
    return Where.SLIGHTLY_RIGHT if right else Where.SLIGHTLY_LEFT


def hour(hazard: Hazard) -> int:
    """The clock position, 12 ahead. What is aside at all is never told as ahead: its side is news."""
    if where(hazard) is Where.AHEAD:
        return 12
    aside = min(max(1, math.floor(abs(hazard.bearing_deg) / 30.0 + 0.5)), 6)
    return aside if hazard.bearing_deg > 0.0 else 12 - aside


def metres(hazard: Hazard) -> int:
    """Whole metres, rounded to the nearer side where it is half: sooner is safer."""
    return whole_metres(hazard.distance_m)


def whole_metres(distance_m: float) -> int:
    """`metres` of a distance."""
    return max(1, math.ceil(distance_m - 0.5))


def nearness(hazard: Hazard) -> Nearness:
    """By the standard deviation relative to the distance (4-6 % at 1 degree of pitch, 30 % at 5)."""
    return exactness(hazard.distance_m, hazard.distance_sigma_m)


def exactness(distance_m: float, sigma_m: float) -> Nearness:
    """`nearness` of a distance and its standard deviation."""
    ratio = sigma_m / max(distance_m, 1.0)
    if ratio <= 0.15:
        return Nearness.PLAIN
    return Nearness.ABOUT if ratio <= 0.3 else Nearness.AROUND


def belief(hazard: Hazard) -> Belief:
    """By the score's median; low confidence is told, not hidden."""
    if hazard.score >= NAMED_SCORE:
        return Belief.NAMED
    return Belief.LIKELY if hazard.score >= LIKELY_SCORE else Belief.SOMETHING
