"""Shirube's own estimator as the benches call it."""

from datetime import timedelta

from field_tests.bench.independent import Life, midnight_s
from field_tests.bench.noise import Fixes
from field_tests.bench.table import DayFigure
from field_tests.outings.definitions import Definitions
from field_tests.outings.estimate import estimate
from field_tests.outings.track import Track
from field_tests.study.protocol import ValidDay


def figures(fixes: Fixes, life: Life, definitions: Definitions) -> list[DayFigure]:
    """A figure for each day of `life`; a day that the valid-day rule does not let count is withheld."""
    track = Track("logger", fixes.utc_s, fixes.lat, fixes.lon, fixes.accuracy_m)
    found = estimate(
        [track],
        [life.home],
        [],
        definitions,
        since_utc_s=midnight_s(life.days[0]),
        until_utc_s=midnight_s(life.days[-1] + timedelta(days=1)),
    )
    told = {day.day: day for day in found.days}
    first, last = definitions.waking
    least = ValidDay().waking_hours / (last - first)
    rows = []
    for day, truth in zip(life.days, life.out_minutes, strict=True):
        row = told[day]
        withheld = row.waking_coverage < least
        rows.append(
            DayFigure(life.person, day, truth, row.minutes, row.minutes_min, row.minutes_max, withheld)
        )
    return rows
