"""Whether the wearer may have fallen, by how the head is held and whether anybody walks. Pure.

Conservative on purpose: who is asked for nothing every day does not answer on the day that counts. A fall is
a head that while walking goes from its usual way to more than 60 degrees from it within two seconds, and
stays so, still, for ten. Bending the neck as far as it goes is 50 to 60 degrees (AAOS: 45 to 60), so looking
down is none; glasses that are taken off are mostly taken off by who has stopped before. Where they are taken
off sooner and put down, they lie as no living head does, without breath or pulse; hung up, they swing out as
no head does (`device.sway`): asked about as well, but no call for help begins by itself. A fall from
standing, and one without an IMU or without a position that showed walking, are not noticed here: the server's
own rules (no movement, no contact) are for those.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import acos, cos, degrees, dist, exp, inf, radians, sin, sqrt
from typing import Final, Literal

from device.sway import Vector, swings_out
from vision.attitude import Attitude
from wire.position import Fix

ASLANT_DEG: Final = 60.0  # from the usual way of the head
STILL_ASLANT_DEG: Final = 50.0  # who lies may move the head a little
UPRIGHT_DEG: Final = 35.0
SUDDEN_S: Final = 2.0  # a fall from standing takes 0.7 s; the rest is the sensor's and the loop's
STAYS_S: Final = 10.0
QUIET_DEG: Final = 20.0  # meanwhile the head turns no further: tying a shoe does
WALKED_WITHIN_S: Final = 3.0  # before it: a receiver tells once a second, and its speed is 1 to 2 s late
LATE_S: Final = 5.0  # after it: who still walks then has not fallen
# Root mean square. A worn sensor feels breath and pulse (BioGlass, 2014, read both from glasses); on a table
# its own noise is left, some hundredths of a degree. Where between them is an assumption until it is measured
# on people who lie: too high, and a fall is asked about without the call that begins by itself.
REST_DEG: Final = 0.12
WALK_MPS: Final = 0.5  # receivers give 0.1 to 0.3 to who stands
UP_FOR_S: Final = 5.0
_UNKNOWN_S: Final = 1.5  # without a word from the sensor
_USUAL_TAU_S: Final = 30.0
_LEVEL: Final = (0.0, 1.0, 0.0)

News = Literal["", "fell", "laid", "up"]


@dataclass(frozen=True, slots=True)
class FallWatch:
    """The memory between looks; begin with `FallWatch()`. Seconds are monotonic."""

    usual: Vector | None = None  # learned while walking
    told_s: float | None = None  # the sensor's newest
    upright_s: float | None = None
    walked_s: float | None = None
    aslant_s: float | None = None  # since when the head is aslant after a sudden turn
    lies: Vector | None = None  # how it was held then
    fallen: bool = False
    laid: bool = False  # as if on a table, or on a hook
    rests: tuple[tuple[float, Vector], ...] = ()  # how it has been held since it came to rest, and when
    risen_s: float | None = None  # upright and walking again since then

    def at(self, attitude: Attitude | None, fixes: Iterable[Fix], now_s: float) -> tuple["FallWatch", News]:
        """One look: "fell" or "laid" once, "up" once that is over. `attitude` None: not known."""
        watch = self._walking(fixes, now_s)
        if attitude is None:
            return watch._without(now_s), ""
        if attitude.t_s == watch.told_s:
            return watch._judged(now_s)
        return replace(watch, told_s=attitude.t_s)._held(up_of(attitude), now_s)

    def _walking(self, fixes: Iterable[Fix], now_s: float) -> "FallWatch":
        walks = any((fix.speed_mps or 0.0) >= WALK_MPS for fix in fixes)
        return replace(self, walked_s=now_s) if walks else self

    def _without(self, now_s: float) -> "FallWatch":
        """Nothing is known of the head: no fall is made of that."""
        if self.fallen:
            return replace(self, upright_s=None)  # nor is one that was told of over for it
        return replace(self, aslant_s=None, lies=None, upright_s=None, rests=())

    def _held(self, up: Vector, now_s: float) -> tuple["FallWatch", News]:
        off_deg = angle_deg(up, self.usual or _LEVEL)
        watch = self
        if off_deg < UPRIGHT_DEG:
            watch = replace(watch, upright_s=now_s, usual=watch._learned(up, now_s))
        watch = watch._lying(up, off_deg, now_s)
        return watch._judged(now_s)

    def _learned(self, up: Vector, now_s: float) -> Vector | None:
        if not _within(self.walked_s, now_s, WALKED_WITHIN_S):
            return self.usual
        if self.usual is None or self.upright_s is None:
            return self.usual or up
        share = 1.0 - exp(-min(now_s - self.upright_s, 1.0) / _USUAL_TAU_S)
        return _unit(tuple(old + share * (new - old) for old, new in zip(self.usual, up, strict=True)))

    def _lying(self, up: Vector, off_deg: float, now_s: float) -> "FallWatch":
        if self.aslant_s is None or self.lies is None:
            sudden = _within(self.upright_s, now_s, SUDDEN_S)
            walked = _within(self.walked_s, now_s, WALKED_WITHIN_S)
            if off_deg > ASLANT_DEG and sudden and walked and self.usual is not None and not self.fallen:
                return replace(self, aslant_s=now_s, lies=up, rests=())
            return self
        if off_deg <= STILL_ASLANT_DEG:
            return replace(self, aslant_s=None, lies=None)
        settles = now_s - self.aslant_s < SUDDEN_S
        if angle_deg(up, self.lies) > QUIET_DEG:
            # Still coming to rest; later than that it is no rest.
            return replace(self, lies=up) if settles else replace(self, aslant_s=None, lies=None)
        told_s = now_s if self.told_s is None else self.told_s
        return self if settles or self.fallen else replace(self, rests=(*self.rests, (told_s, up)))

    def _judged(self, now_s: float) -> tuple["FallWatch", News]:
        if self.told_s is not None and now_s - self.told_s > _UNKNOWN_S:
            return self._without(now_s), ""
        since_s = self.aslant_s
        if since_s is not None and not self.fallen:
            # A position that was on its way when the wearer fell tells of walking a little after it.
            if self.walked_s is not None and self.walked_s > since_s + LATE_S:
                return replace(self, aslant_s=None, lies=None), ""
            if now_s - since_s >= STAYS_S:
                still = spread_deg(tuple(up for _, up in self.rests)) < REST_DEG
                laid = still or swings_out(self.rests)
                return replace(
                    self, fallen=True, laid=laid, rests=(), risen_s=None
                ), "laid" if laid else "fell"
        if self.fallen and self.laid and since_s is None:  # taken up again, by whoever it was
            return replace(self, fallen=False, laid=False), "up"
        return self._risen(now_s) if self.fallen else (self, "")

    def _risen(self, now_s: float) -> tuple["FallWatch", News]:
        upright = _within(self.upright_s, now_s, 1.0)
        walks = (
            _within(self.walked_s, now_s, WALKED_WITHIN_S)
            and (self.walked_s or 0.0) > (self.aslant_s or 0.0) + LATE_S
        )
        if not (upright and walks):
            return replace(self, risen_s=None), ""
        if self.risen_s is None:
            return replace(self, risen_s=now_s), ""
        if now_s - self.risen_s < UP_FOR_S:
            return self, ""
        return replace(self, fallen=False, laid=False, aslant_s=None, lies=None, risen_s=None), "up"


def up_of(attitude: Attitude) -> Vector:
    """Where up is, seen from the head: to its right, up, and back, as a unit vector."""
    pitch, roll = radians(attitude.pitch_deg), radians(attitude.roll_deg)
    return (-sin(roll) * cos(pitch), cos(roll) * cos(pitch), sin(pitch))


def angle_deg(one: Vector, other: Vector) -> float:
    """Between two unit vectors, 0 to 180."""
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return degrees(acos(max(-1.0, min(1.0, dot))))


def spread_deg(ups: tuple[Vector, ...]) -> float:
    """How far they lie about their middle, root mean square."""
    if not ups:
        return inf
    middle = _unit(tuple(sum(axis) / len(ups) for axis in zip(*ups, strict=True)))
    return degrees(sqrt(sum(dist(up, middle) ** 2 for up in ups) / len(ups)))


def _unit(vector: tuple[float, ...]) -> Vector:
    right, up, back = vector
    length = sqrt(right * right + up * up + back * back) or 1.0
    return (right / length, up / length, back / length)


def _within(then_s: float | None, now_s: float, seconds: float) -> bool:
    return then_s is not None and now_s - then_s <= seconds
