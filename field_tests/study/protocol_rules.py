"""What no plan may say: contradictions, and gates that are looser than the shipped ones. Pure.

A plan may ask for more than the defaults of `Gates`, never for less: whoever could loosen the gates could
freeze a verdict before the trial.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from field_tests.study.closing import LEAST_MONTHS, whole_months
from field_tests.study.protocol import FeeTarget, Gates, Protocol

# Days of a trial, and of everything in its folder: further ones are slips of the pen.
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
# Of a change that anybody would claim; with 0 every trial that shows anything would reach its target.
_LEAST_TARGET_PERCENT: Final = 1.0
_MOST_TARGET_PERCENT: Final = 1000.0
_MOST_YEN: Final = 1_000_000  # of mobility services, a month and person
_MOST_WASH_IN_DAYS: Final = 366
_USUAL: Final = Gates()
# The least of the sensitivity's valid days: below it a day of two hours would count as one without an outing.
_LEAST_WAKING_HOURS: Final = 6.0
_LEAST_DAYS_PER_PHASE: Final = 7  # each day of the week, once

# Whether it is so, and what is wrong then: (ja, en).
Rule = tuple[bool, str, str]


def in_years(day: date) -> bool:
    """Whether a day may stand in a trial's folder."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def faults(plan: Protocol) -> Iterator[tuple[str, str]]:
    """What is wrong with a plan, in words of both languages (ja, en)."""
    for wrong, ja, en in (
        *_times(plan),
        *_design(plan),
        *_closing(plan),
        *_gates(plan.gates),
        *_targets(plan),
    ):
        if wrong:
            yield ja, en


def _times(plan: Protocol) -> Iterator[Rule]:
    waking = plan.valid.waking_hours
    yield plan.first > plan.last, "first が last より後です", "first is after last"
    yield (
        not _LEAST_WAKING_HOURS <= waking <= 24.0,
        f"valid.waking_hours は {_LEAST_WAKING_HOURS:g} から 24",
        f"valid.waking_hours must be {_LEAST_WAKING_HOURS:g} to 24",
    )
    yield (
        plan.valid.days_per_phase < _LEAST_DAYS_PER_PHASE,
        f"valid.days_per_phase は {_LEAST_DAYS_PER_PHASE} 以上",
        f"valid.days_per_phase must be {_LEAST_DAYS_PER_PHASE} or more",
    )
    yield (
        plan.wash_in_days > _MOST_WASH_IN_DAYS,
        f"wash_in_days は {_MOST_WASH_IN_DAYS} まで",
        f"wash_in_days must be at most {_MOST_WASH_IN_DAYS}",
    )


def _design(plan: Protocol) -> Iterator[Rule]:
    starts = plan.possible_starts
    yield (
        plan.design == "randomised_start" and not starts,
        "randomised_start には possible_starts が要ります",
        "randomised_start needs possible_starts",
    )
    yield (
        any(not plan.first < start <= plan.last for start in starts),
        "possible_starts は first より後、last まで",
        "possible_starts must lie after first and not after last",
    )
    yield len(set(starts)) < len(starts), "possible_starts に同じ日", "possible_starts holds a day twice"
    yield (
        plan.design == "silent_weeks" and not 0.0 < plan.silent_share < 1.0,
        "silent_weeks には 0 と 1 の間の silent_share が要ります",
        "silent_weeks needs a silent_share between 0 and 1",
    )


def _closing(plan: Protocol) -> Iterator[Rule]:
    begins = plan.closing_from
    if begins is None:
        return
    yield (
        plan.design != "silent_weeks",
        "closing_from は silent_weeks だけのものです",
        "closing_from is of silent_weeks alone",
    )
    yield not plan.first < begins, "closing_from は first より後", "closing_from must lie after first"
    yield (
        whole_months(begins, plan.last) < LEAST_MONTHS,
        f"closing_from から last までに、暦の丸ひと月が {LEAST_MONTHS} つ要ります（利用料を比べるため）",
        f"closing_from to last must hold {LEAST_MONTHS} whole calendar months, of which fees are compared",
    )


def _gates(gates: Gates) -> Iterator[Rule]:
    for name in ("least_persons", "least_valid_share"):
        value, least = getattr(gates, name), getattr(_USUAL, name)
        yield _loose(value < least, name, f"{least} 以上", f"at least {least}")
    for name in ("most_coverage_difference", "most_bounds_width", "most_lost"):
        value, most = getattr(gates, name), getattr(_USUAL, name)
        yield _loose(not 0.0 <= value <= most, name, f"0 から {most} まで", f"from 0 to {most}")
    yield (
        gates.least_valid_share > 1.0,
        "gates.least_valid_share は 1 まで",
        "gates.least_valid_share: 1 at most",
    )


def _loose(wrong: bool, name: str, ja: str, en: str) -> Rule:
    why_ja, why_en = "計画で判定の条件を緩めることはできません", "no plan may loosen its own gates"
    return wrong, f"gates.{name} は {ja}です（{why_ja}）", f"gates.{name} must be {en}: {why_en}"


def _targets(plan: Protocol) -> Iterator[Rule]:
    least, most = f"{_LEAST_TARGET_PERCENT:g}", f"{_MOST_TARGET_PERCENT:g}"
    yield (
        not _LEAST_TARGET_PERCENT <= plan.target_percent <= _MOST_TARGET_PERCENT,
        f"target_percent は {least} から {most} まで",
        f"target_percent must be {least} to {most}",
    )
    yield _fees_wrong(plan.fees)


def _fees_wrong(fees: FeeTarget) -> Rule:
    return (
        not 0 < fees.after_yen < fees.before_yen <= _MOST_YEN,
        f"fees は 0 < after_yen < before_yen <= {_MOST_YEN} です",
        f"fees must be 0 < after_yen < before_yen <= {_MOST_YEN}: the claim is a fall",
    )
