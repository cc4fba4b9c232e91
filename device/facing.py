"""Which way the wearer faces: from the course while walking, from a compass while standing. Pure.

A direction that is reversed is the worst that guidance can say. So where courses disagree, nothing is said.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from wire.position import Fix

# Below this a receiver's course is noise: its speed is good to about 0.1 m/s, and standing reads as 0.2.
MOVING_MPS: Final = 0.5
STALE_S: Final = 3.0
# Courses of the last 3 s, weighted by speed. The length of their mean is 1 where all agree; a turn by 90
# degrees seen in the newest of three gives 0.75, a reversal 0.33.
_AGREE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Course:
    """One fix's motion. `t_s`: monotonic, when it arrived."""

    t_s: float
    course_deg: float
    speed_mps: float


@dataclass(frozen=True, slots=True)
class Facing:
    """What the last seconds told."""

    courses: tuple[Course, ...] = ()
    compass: tuple[float, float] | None = None  # (monotonic second, degrees)

    def moved(self, now_s: float, fix: Fix) -> "Facing":
        """Take in a fix that arrived at `now_s`. One that tells of standing ends what courses said."""
        if fix.speed_mps is None:
            return self
        if fix.speed_mps <= MOVING_MPS or fix.course_deg is None:
            return replace(self, courses=())
        newest = Course(now_s, fix.course_deg, fix.speed_mps)
        return replace(self, courses=(*_recent(self.courses, now_s), newest)[-30:])

    def turned(self, at_s: float, heading_deg: float) -> "Facing":
        """Take in what a compass said at the monotonic second `at_s`, degrees clockwise from true north."""
        if self.compass is not None and at_s < self.compass[0]:
            return self
        return replace(self, compass=(at_s, heading_deg % 360.0))

    def heading_deg(self, now_s: float) -> float | None:
        """Degrees clockwise from true north, [0, 360); None: not known."""
        courses = _recent(self.courses, now_s)
        if courses and (course_deg := _mean_deg(courses)) is not None:
            return course_deg
        if self.compass is not None and now_s - self.compass[0] <= STALE_S:
            return self.compass[1]
        return None


def _recent(courses: tuple[Course, ...], now_s: float) -> tuple[Course, ...]:
    return tuple(course for course in courses if now_s - course.t_s <= STALE_S)


def _mean_deg(courses: tuple[Course, ...]) -> float | None:
    """Their mean as directions; None where they disagree."""
    north = sum(each.speed_mps * math.cos(math.radians(each.course_deg)) for each in courses)
    east = sum(each.speed_mps * math.sin(math.radians(each.course_deg)) for each in courses)
    if math.hypot(north, east) < _AGREE * sum(each.speed_mps for each in courses):
        return None
    degrees = math.degrees(math.atan2(east, north)) % 360.0
    return 0.0 if degrees == 360.0 else degrees  # -1e-15 % 360 is 360
