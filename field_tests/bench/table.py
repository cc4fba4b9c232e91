"""How wrong a method was: errors a day and a week beside an exact truth. Pure; minutes and percent."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A day of a person: the truth beside what a method said; `minutes` None: it said nothing.

    `withheld`: it said that this day cannot be told. `low`, `high` None: the method gives no bounds.
    """

    person: str
    day: date
    truth: float
    minutes: float | None
    low: float | None = None
    high: float | None = None
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Errors:
    """Of one method under one condition. Errors are of the days that it neither withheld nor left out.

    `weekly_bias_percent`: all minutes told against all true minutes of the same days; `weekly_error_percent`:
    the median over persons and weeks without regard to sign. `bounds_hold_percent`: of the days told;
    `safe_percent`: days that were withheld, or whose bounds hold the truth. None: there is nothing to count.
    """

    persons: int
    days: int
    told_days: int
    mae_min: float | None
    mae_all_min: float | None  # also on the days withheld
    weekly_bias_percent: float | None
    weekly_error_percent: float | None
    withheld_percent: float
    bounds_hold_percent: float | None
    safe_percent: float | None
    bounds_width_min: float | None


def errors(figures: Sequence[DayFigure]) -> Errors:
    """The errors of `figures`, all of one method under one condition."""
    spoken = [figure for figure in figures if figure.minutes is not None]
    told = [figure for figure in spoken if not figure.withheld]
    bounded = [figure for figure in figures if figure.low is not None and figure.high is not None]
    held = [_holds(figure) for figure in bounded if not figure.withheld]
    return Errors(
        persons=len({figure.person for figure in figures}),
        days=len(figures),
        told_days=len(told),
        mae_min=_mean(abs(_error(figure)) for figure in told),
        mae_all_min=_mean(abs(_error(figure)) for figure in spoken),
        weekly_bias_percent=_bias(told),
        weekly_error_percent=_median([abs(bias) for bias in map(_bias, _weeks(told)) if bias is not None]),
        withheld_percent=100.0 * sum(figure.withheld for figure in figures) / max(1, len(figures)),
        bounds_hold_percent=_percent(held),
        safe_percent=_percent([figure.withheld or _holds(figure) for figure in bounded]),
        bounds_width_min=_mean(_width(figure) for figure in bounded if not figure.withheld),
    )


def median_difference(ours: Sequence[DayFigure], theirs: Sequence[DayFigure]) -> float | None:
    """Median of |ours - theirs| in minutes over the days that both tell."""
    told = {(figure.person, figure.day): figure.minutes for figure in theirs}
    pairs = [
        (figure.minutes, told.get((figure.person, figure.day))) for figure in ours if not figure.withheld
    ]
    return _median([abs(one - other) for one, other in pairs if one is not None and other is not None])


def _error(figure: DayFigure) -> float:
    return (figure.minutes or 0.0) - figure.truth


def _holds(figure: DayFigure) -> bool:
    return figure.low is not None and figure.high is not None and figure.low <= figure.truth <= figure.high


def _width(figure: DayFigure) -> float:
    return (figure.high or 0.0) - (figure.low or 0.0)


def _weeks(figures: Iterable[DayFigure]) -> list[list[DayFigure]]:
    weeks: dict[tuple[str, int, int], list[DayFigure]] = defaultdict(list)
    for figure in figures:
        year, week, _ = figure.day.isocalendar()
        weeks[figure.person, year, week].append(figure)
    return list(weeks.values())


def _bias(figures: Sequence[DayFigure]) -> float | None:
    truth = sum(figure.truth for figure in figures)
    return 100.0 * sum(map(_error, figures)) / truth if truth > 0.0 else None


def _mean(values: Iterable[float]) -> float | None:
    kept = list(values)
    return math.fsum(kept) / len(kept) if kept else None


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _percent(holds: Sequence[bool]) -> float | None:
    return 100.0 * sum(holds) / len(holds) if holds else None
