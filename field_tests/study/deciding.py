"""The word that an estimate of outing time gives once every gate holds: docs/decisions/0035-three-words.md.

Light on purpose: the server asks it before it publishes a report, and imports no statistics.
"""

from typing import Final, cast

from field_tests.study.result import Estimate, Word

# Two-sided, as the 95 % interval.
ALPHA: Final = 0.05


def outing_word(seen: Estimate, target_percent: float) -> tuple[Word, str]:
    """The word and what decided it. `seen` has its interval: the gate `interval` holds."""
    percent, low, high = cast(tuple[float, float, float], (seen.percent, seen.low, seen.high))
    if high < target_percent:
        return "not_achieved", "interval"
    if percent < target_percent or low <= 0.0:
        return "cannot_tell", "interval"
    if seen.p is None or seen.p >= ALPHA:
        return "cannot_tell", "randomisation"
    return "achieved", "estimate"
