"""What a simulated trial is asked for. Frozen values; `checked` says in one sentence what cannot be."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, get_args

import numpy as np

from field_tests.errors import StudyError
from field_tests.simulator.faults import FAULTS
from field_tests.simulator.lives import Conditions
from field_tests.study.closing import LEAST_MONTHS, closing_from, whole_months
from field_tests.study.protocol import Design


@dataclass(frozen=True, slots=True)
class Options:
    """How many, how long, by which design, and what is to be hard about it.

    `missing`: share of the time without data, beside what buildings take; `coverage_drift`: how much more of
    it with the device. `every_s`: between two fixes of the logger. `fee_effect`: share of accompanied hours
    that the device saves. `stopping`: share of people who drop out. `faults`: codes of ISSUES to put in.
    `closing_months`: whole months without a silent week at the end of `silent_weeks`, for fees; 0: none.
    """

    persons: int = 12
    weeks: int = 52
    seed: int = 7
    design: Design = "randomised_start"
    first: date = date(2026, 4, 13)
    conditions: Conditions = field(default_factory=Conditions)
    wash_in_weeks: int = 12  # eight leave two points of a novelty (decision 0034)
    silent_share: float = 0.5
    closing_months: int = 0
    missing: float = 0.1
    coverage_drift: float = 0.0
    every_s: int = 60
    town: str = "oita"
    fee_effect: float = 0.0
    stopping: float = 0.08
    faults: tuple[str, ...] = ()


LEAST_COMPARED_WEEKS: Final = 2  # before and after the wash-in
# Of the weeks that are compared: the shortest baseline, the shortest time after.
# Few starts, far apart: who begins late tells the season of those who are past their wash-in.
_BASELINE_SHARE, _AFTER_SHARE, _STARTS = 0.18, 0.27, 4
# (name, least, most) of the shares.
_SHARES: Final = (
    ("missing", 0.0, 0.95),
    ("coverage_drift", -0.9, 0.9),
    ("fee_effect", -1.0, 1.0),
    ("stopping", 0.0, 0.9),
)
_CONDITIONS: Final = (("effect", -0.9, 5.0), ("season", 0.0, 2.0), ("rain", 0.0, 0.9), ("novelty", 0.0, 2.0))


def last_day(options: Options) -> date:
    """The last day of the trial."""
    return options.first + timedelta(weeks=options.weeks, days=-1)


def closing_day(options: Options) -> date | None:
    """The first day of the stretch without silent weeks; None where there is none."""
    return closing_from(last_day(options), options.closing_months) if options.closing_months else None


def _lot_weeks(options: Options) -> int:
    """Whole weeks of the trial until the closing stretch."""
    closing = closing_day(options)
    return options.weeks if closing is None else (closing - options.first).days // 7


def _weeks_of_months_before(options: Options) -> int:
    """Weeks until as many whole months have gone as the closing stretch has."""
    weeks = 0
    while (
        whole_months(options.first, options.first + timedelta(weeks=weeks, days=-1)) < options.closing_months
    ):
        weeks += 1
    return weeks


def start_weeks(options: Options) -> tuple[int, ...]:
    """Weeks after the first day in which a participant may begin: several only in `randomised_start`."""
    compared = _lot_weeks(options) - options.wash_in_weeks
    least = max(LEAST_COMPARED_WEEKS, round(_BASELINE_SHARE * compared), _weeks_of_months_before(options))
    latest = compared - max(LEAST_COMPARED_WEEKS, round(_AFTER_SHARE * compared))
    if options.design == "randomised_start":
        return tuple(sorted({round(at) for at in np.linspace(least, max(least, latest), _STARTS).tolist()}))
    return (least if options.design == "silent_weeks" else compared // 2,)


def _season_is_told(options: Options) -> bool:
    weeks = start_weeks(options)
    return options.design != "randomised_start" or weeks[-1] - weeks[0] > options.wash_in_weeks


def checked(options: Options) -> Options:
    """The options themselves; StudyError for what cannot be simulated."""
    if not 1 <= options.persons <= 999:
        raise StudyError(f"--persons {options.persons}: 1 から 999 まで / from 1 to 999")
    least = options.wash_in_weeks + 2 * LEAST_COMPARED_WEEKS
    if options.wash_in_weeks < 0 or options.weeks < least:
        raise StudyError(
            f"--weeks {options.weeks}: 慣れの期間を入れて {least} 週以上にしてください / "
            f"{least} or more: {options.wash_in_weeks} of wash-in (--wash-in) and two before and after"
        )
    if options.design not in get_args(Design):
        raise StudyError(f"--design {options.design}: {' | '.join(get_args(Design))}")
    _closing(options)
    if not _season_is_told(options):
        raise StudyError(
            f"--weeks {options.weeks} --wash-in {options.wash_in_weeks}: "
            "最初の人の慣れの期間が終わる前に、最後の人が始めます。これでは季節と装置を区別できません。"
            "--weeks を増やすか --wash-in を減らしてください / "
            "the last begin before the first are past their wash-in, and season cannot be told:"
            " more --weeks, or less --wash-in"
        )
    if not 1 <= options.every_s <= 900:
        raise StudyError(f"--every {options.every_s}: 1 から 900 秒 / from 1 to 900 seconds")
    if not date(2022, 1, 1) <= options.first <= date(2090, 1, 1):
        raise StudyError(
            f"--first {options.first}: 2022-01-01 から 2090-01-01 まで / from 2022-01-01 to 2090-01-01"
        )
    if unknown := sorted(set(options.faults) - set(FAULTS)):
        raise StudyError(f"--faults {', '.join(unknown)}: {', '.join(FAULTS)} から / choose from these")
    for name, low, high in _SHARES:
        _within(name, getattr(options, name), low, high)
    for name, low, high in _CONDITIONS:
        _within(name, getattr(options.conditions, name), low, high)
    return options


def _closing(options: Options) -> None:
    if options.closing_months == 0:
        return
    if options.design != "silent_weeks" or options.closing_months < LEAST_MONTHS:
        raise StudyError(
            f"--closing {options.closing_months}: silent_weeks で {LEAST_MONTHS} 以上、なければ 0 / "
            f"{LEAST_MONTHS} or more with silent_weeks, or else 0"
        )
    least = _weeks_of_months_before(options) + options.wash_in_weeks + 2 * LEAST_COMPARED_WEEKS
    if _lot_weeks(options) < least:
        raise StudyError(
            f"--weeks {options.weeks} --closing {options.closing_months}: "
            f"結びの期間の前に {least} 週が要ります。--weeks を増やしてください / "
            f"{least} weeks are needed before the closing stretch: more --weeks"
        )


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise StudyError(f"--{name.replace('_', '-')} {value}: {low} から {high} まで / from {low} to {high}")
