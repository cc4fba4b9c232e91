"""What the gates measure of the data's likeness in both compared phases: rows of `gates`. Pure."""

from collections.abc import Callable, Sequence
from math import fsum
from typing import Final

from field_tests.study import gate_words as words
from field_tests.study.conditions import Measured
from field_tests.study.measures import Trial
from field_tests.study.tables import PersonDay

# A night elsewhere is a day out from end to end, and one in forty adds 36 minutes to each day. Travels of
# eight persons in phases of two months differ by less (12 nights), unless one of them moved.
MOST_NIGHTS_APART: Final = 0.025
# Of unknown time a third at most is spent out; a fifth more of it moves the figure by less than half of 15 %.
MOST_UNKNOWN_APART: Final = 0.2


def homes_alike(trial: Trial) -> Measured:
    """Nights at a registered home are about as frequent in both compared phases, mean of the persons'."""
    reference, active = (_elsewhere(trial.valid[phase]) for phase in trial.compared)
    both = [active[who] - reference[who] for who in sorted(trial.analysed & set(reference) & set(active))]
    whole = 0 < len(both) == len(trial.analysed)
    apart = abs(fsum(both)) / max(len(both), 1)
    return Measured(
        whole and apart <= MOST_NIGHTS_APART,
        words.share(apart) if whole else words.UNKNOWN,
        words.at_most(words.share(MOST_NIGHTS_APART)),
    )


def _elsewhere(days: Sequence[PersonDay]) -> dict[str, float]:
    """Persons to the share of their nights that were not at home, of those that were seen."""
    nights: dict[str, list[bool]] = {}
    for day in days:
        if day.night_home is not None:
            nights.setdefault(day.person, []).append(not day.night_home)
    return {who: sum(seen) / len(seen) for who, seen in nights.items()}


def evidence_alike(trial: Trial) -> Measured:
    """As much of the waking hours is somebody's word in one compared phase as in the other."""
    limit = trial.tables.protocol.gates.most_coverage_difference
    reference, active = (_mean(trial.valid[phase], lambda day: day.told) for phase in trial.compared)
    apart = abs(active - reference)
    return Measured(apart <= limit, words.share(apart), words.at_most(words.share(limit)))


def bounds_alike(trial: Trial) -> Measured:
    """Unknown minutes a day differ little between the compared phases, to the minutes out of the first."""
    reference, active = (trial.valid[phase] for phase in trial.compared)
    best = _mean(reference, lambda day: day.minutes)
    spreads = [_mean(days, lambda day: day.minutes_max - day.minutes_min) for days in (reference, active)]
    apart = abs(spreads[1] - spreads[0]) / best if best > 0.0 else None
    return Measured(
        apart is not None and apart <= MOST_UNKNOWN_APART,
        words.NOBODY_OUT if apart is None else words.share(apart),
        words.at_most(words.share(MOST_UNKNOWN_APART)),
    )


def _mean(days: Sequence[PersonDay], value: Callable[[PersonDay], float]) -> float:
    return fsum(value(day) for day in days) / max(len(days), 1)
