"""Parts that must answer in time: the model, the board's heat and power, the motion sensor. Pure.

Each is a frozen state that is told what happened and when (monotonic seconds), and asked, ten times a
second, what is wrong. A reason stays until the part has been well for a while; None: nothing is wrong.
"""

import math
from dataclasses import dataclass, field, replace
from statistics import median

from vision.steady import Level, Pace, observed

FAILED, STALLED, SLOW = "failed", "stalled", "slow"
HOT, LOW_POWER = "hot", "low_power"
LOST = "lost"

# --- the model
STALLED_S = 0.6  # a walker makes 0.7 m meanwhile; with a tick and the voice that is told within 1 s
FIRST_ANSWER_S = 5.0  # the first one also loads the weights
# The needed sight of docs is reckoned with 0.5 s from picture to warning: slower comes too late at 1.2 m/s.
SLOW_S, QUICK_AGAIN_S = 0.5, 0.4
# A model known to be slow is given this long before it is called stalled, and told within 1 s still. What
# shows the world of longer ago is not told as now: at 1.2 m/s the wearer is a long step further.
LATE_S = 0.9
ANSWERS = 3  # the median of so many decides: two late ones of three, or one and a second that is not there
# Back only after two seconds of steady answers: lost and back in turn is no news, and would never end.
_STALLED_PACE = Pace(0.0, 2.0)
_FAILED_PACE = Pace(0.0, 2.0)
_SLOW_PACE = Pace(0.0, 2.0)

# --- heat and power
COOLER_C = 5.0  # below the limit, before it is called over: a throttled board swings by 2 to 3 degrees
_HEAT_PACE = Pace(0.5, 10.0)

# --- the motion sensor
SILENT_S = 0.5
GRAVITY_MPS2 = (2.0, 60.0)  # of a worn sensor: falling free for half a second, or 6 g, is no walk
_IMU_PACE = Pace(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class ModelWatch:
    """The model: `asked`, `answered`, `broke` and `spared` tell, `at` judges."""

    fault: str | None = None
    waiting_since_s: float | None = None
    took_s: tuple[float, ...] = ()  # of the newest ANSWERS answers
    fresh: bool = False  # an answer came since it was last judged
    broken: bool = False  # an error came
    failed: Level = field(default_factory=Level)
    stalled: Level = field(default_factory=Level)
    slow: Level = field(default_factory=Level)

    @property
    def lost(self) -> bool:
        """Whether no warning can be expected."""
        return self.failed.told or self.stalled.told

    def asked(self, t_s: float) -> "ModelWatch":
        """A picture was given to the model. While one waits, a newer one does not start the clock anew."""
        return self if self.waiting_since_s is not None else replace(self, waiting_since_s=t_s)

    def answered(self, t_s: float, taken_s: float | None = None) -> "ModelWatch":
        """It answered; an answer that nothing waits for tells nothing.

        `taken_s`: when the picture was new, where it had to wait for its turn; None: when it was asked.
        """
        if self.waiting_since_s is None:
            return self
        since_s = self.waiting_since_s if taken_s is None else taken_s
        took_s = (*self.took_s[1 - ANSWERS :], max(0.0, t_s - since_s))
        return replace(self, waiting_since_s=None, took_s=took_s, fresh=True)

    def broke(self) -> "ModelWatch":
        """An error came in place of an answer."""
        return replace(self, waiting_since_s=None, broken=True)

    def spared(self) -> "ModelWatch":
        """What was asked needed no answer: the picture showed nothing to look at."""
        return replace(self, waiting_since_s=None)

    def at(self, t_s: float) -> "ModelWatch":
        """What is known at `t_s`, in `fault`.

        FAILED (errors), STALLED (no answer, or one too old to be used), SLOW (answers come too late), None.
        """
        failed, stalled, slow = self.failed, self.stalled, self.slow
        if self.broken or self.fresh:
            failed = observed(failed, self.broken, t_s, _FAILED_PACE)
        overdue = self._overdue(t_s)
        if overdue or self.fresh:
            stalled = observed(stalled, overdue, t_s, _STALLED_PACE)
        # One picture unanswered so long is told already; that two were late is only then news.
        drags = not stalled.told and self._drags(t_s)
        if drags or (self.fresh and len(self.took_s) >= ANSWERS):
            slow = observed(slow, drags or self._late(), t_s, _SLOW_PACE)
        fault = FAILED if failed.told else STALLED if stalled.told else SLOW if slow.told else None
        seen = replace(self, failed=failed, stalled=stalled, slow=slow)
        return replace(seen, fault=fault, fresh=False, broken=False)

    def _late(self) -> bool:
        """Whether two of the newest answers were late, the very newest among them.

        A quick one speaks for the model at once: else it would be called slow after a stall is over.
        """
        limit_s = QUICK_AGAIN_S if self.slow.told else SLOW_S
        return min(self.took_s[-1], median(self.took_s)) > limit_s

    def _drags(self, t_s: float) -> bool:
        """Whether the last answer was late, and the next is not there before what that one told is too old.

        Known while the model is still at it: a second late answer, waited for, would come after 1.2 s.
        """
        if self.waiting_since_s is None or len(self.took_s) < 2 or self.took_s[-1] <= SLOW_S:
            return False
        return self.took_s[-1] + t_s - self.waiting_since_s > LATE_S

    def _overdue(self, t_s: float) -> bool:
        """Whether nothing of use came for too long. The first answer may also load the weights."""
        if self.fresh and len(self.took_s) > 1 and self.took_s[-1] > LATE_S:
            return True
        limit_s = FIRST_ANSWER_S if not self.took_s else LATE_S if self.slow.told else STALLED_S
        return self.waiting_since_s is not None and t_s - self.waiting_since_s > limit_s


@dataclass(frozen=True, slots=True)
class Heat:
    """What a board tells of itself. None: it does not tell."""

    hottest_c: float | None = None
    margin_c: float | None = None  # from the hottest zone to its limit; negative beyond it
    throttled: bool = False  # the clock is held down now
    low_power: bool = False  # the supply's voltage is too low now


@dataclass(frozen=True, slots=True)
class HeatWatch:
    """Heat and power: a held-down clock makes the model late before it makes it silent."""

    fault: str | None = None
    power: Level = field(default_factory=Level)
    heat: Level = field(default_factory=Level)

    def at(self, t_s: float, heat: Heat | None) -> "HeatWatch":
        """What is known after a reading: LOW_POWER, HOT or None. `heat` None: not read, nothing changes."""
        if heat is None:
            return self
        # A weak supply throttles too: the cause that can be mended is told, not its effect.
        needed_c = COOLER_C if self.heat.told else 0.0
        over = heat.margin_c is not None and heat.margin_c <= needed_c
        hot = over or (heat.throttled and not heat.low_power)
        power = observed(self.power, heat.low_power, t_s, _HEAT_PACE)
        level = observed(self.heat, hot, t_s, _HEAT_PACE)
        return HeatWatch(LOW_POWER if power.told else HOT if level.told else None, power, level)


Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ImuWatch:
    """The motion sensor: `sample` or `held` takes what it gives, `at` judges.

    Without it distances are less sure. The same numbers again are a stuck bus, not a still head: a sensor's
    own noise changes the last digit.
    """

    fault: str | None = None
    last: tuple[float, ...] | None = None
    last_s: float = float("-inf")
    good_s: float | None = None  # of the newest sample that can be one
    level: Level = field(default_factory=Level)

    def sample(self, t_s: float, accel_mps2: Vector) -> "ImuWatch":
        """A reading of the accelerometer, gravity included, metres per second squared."""
        pull = math.hypot(*accel_mps2)
        return self._told(t_s, accel_mps2, GRAVITY_MPS2[0] <= pull <= GRAVITY_MPS2[1])

    def held(self, t_s: float, pitch_deg: float, roll_deg: float) -> "ImuWatch":
        """An attitude that was made of its readings."""
        return self._told(t_s, (pitch_deg, roll_deg), True)

    def _told(self, t_s: float, numbers: tuple[float, ...], fits: bool) -> "ImuWatch":
        if t_s <= self.last_s:
            return self  # asked more often than it tells
        good = fits and all(map(math.isfinite, numbers)) and numbers != self.last
        return replace(self, last=numbers, last_s=t_s, good_s=t_s if good else self.good_s)

    def at(self, t_s: float) -> "ImuWatch":
        """What is known at `t_s`, in `fault`: LOST or None. The first call starts the wait."""
        if self.good_s is None:
            return replace(self, good_s=t_s)
        level = observed(self.level, t_s - self.good_s > SILENT_S, t_s, _IMU_PACE)
        return replace(self, fault=LOST if level.told else None, level=level)
