"""When a fault is told, and when it is over: evidence that rises and falls with time. Pure.

One bad picture is no fault and one good one no recovery: both need to last, each its own time.
"""

from dataclasses import dataclass

# Between two looks; in a longer gap nothing was seen, so it counts as no more than this.
LONGEST_STEP_S = 0.5
_EPS = 1e-6  # ten steps of 0.05 s are half a second, whatever their sum says


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of evidence before a fault is told (0: at once), and seconds without before it is over."""

    onset_s: float
    recovery_s: float


@dataclass(frozen=True, slots=True)
class Level:
    """How much speaks for a fault: `evidence` 0 to 1. Told at 1, over at 0, as it was in between."""

    evidence: float = 0.0
    told: bool = False
    bad: bool = False  # what was seen last
    t_s: float = float("-inf")  # when


def observed(level: Level, bad: bool, t_s: float, pace: Pace) -> Level:
    """What is known after a look at `t_s` (monotonic seconds).

    The time since the last look counts for the fault only if that look was bad too (the fault may just
    have begun), but against it in any case: what comes and goes is less sure than what stays.
    """
    step_s = min(max(t_s - level.t_s, 0.0), LONGEST_STEP_S)
    if not bad:
        evidence = max(0.0, level.evidence - step_s / pace.recovery_s)
        return Level(evidence, level.told and evidence > _EPS, False, t_s)
    if pace.onset_s <= 0.0:
        return Level(1.0, True, True, t_s)
    rise = step_s / pace.onset_s if level.bad else 0.0
    evidence = min(1.0, level.evidence + rise)
    return Level(evidence, level.told or evidence > 1.0 - _EPS, True, t_s)
