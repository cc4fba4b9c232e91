"""Each participant by themselves: plain weekly means of both sides, own change, and the raw days."""

import numpy as np
from numpy.typing import NDArray

from field_tests.study.estimates import percent
from field_tests.study.pairs import weekly
from field_tests.study.panel import Floats, Grid
from field_tests.study.primary import Change
from field_tests.study.result import PersonResult, SeriesDay
from field_tests.study.tables import PersonDay, TrialTables


def individuals(tables: TrialTables, counted: Grid, found: Change) -> tuple[PersonResult, ...]:
    """Everybody on the list. `percent` has the season taken out.

    Weekly minutes and days out are as they were.
    """
    minutes, days_out = weekly(counted.panel()), weekly(counted.panel(counted.out))
    days: dict[str, list[PersonDay]] = {who.person: [] for who in tables.participants}
    for day in tables.days:
        if day.person in days:
            days[day.person].append(day)
    analysed: NDArray[np.bool_] = np.isfinite(found.each)
    return tuple(
        PersonResult(
            person=who.person,
            analysed=bool(analysed[i]),
            start=None if who.start is None else who.start.isoformat(),
            baseline_weekly_minutes=_told(minutes[i], 0),
            active_weekly_minutes=_told(minutes[i], 1),
            baseline_days_out=_told(days_out[i], 0),
            active_days_out=_told(days_out[i], 1),
            percent=percent(float(found.each[i])) if analysed[i] else None,
            days=tuple(_series(day) for day in sorted(days[who.person], key=lambda day: day.day)),
        )
        for i, who in enumerate(tables.participants)
    )


def _told(pair: Floats, at: int) -> float | None:
    value = float(pair[at])
    return value if np.isfinite(value) else None


def _series(day: PersonDay) -> SeriesDay:
    return SeriesDay(
        day=day.day.isoformat(),
        phase=day.phase,
        minutes=day.minutes,
        minutes_min=day.minutes_min,
        minutes_max=day.minutes_max,
        waking_coverage=day.waking_coverage,
        valid=day.valid,
        out=day.out,
    )
