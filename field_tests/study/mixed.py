"""Days in a mixed model (statsmodels).

What weekday, holiday, weather, daylight and getting used to it explain.

The season comes in by temperature and daylight, not by calendar weeks: another way to the same figure, with
other assumptions. Minutes are in units of the person's own mean of the comparison, so that the coefficient
is a change in percent.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from field_tests.holidays import holidays
from field_tests.study.estimates import NO_PERSONS, joined, line, missing
from field_tests.study.panel import ACTIVE, COMPARISON, DAYS, Floats, Panel
from field_tests.study.primary import CONFIDENCE
from field_tests.study.result import Estimate
from field_tests.study.tables import Weather

Note = tuple[str, str]
NOT_SOLVED: Final[Note] = (
    "混合モデルは計算できませんでした。",
    "The mixed model could not be computed.",
)
NO_WEATHER: Final[Note] = (
    "天気のない日があり、天気は平均で補いました。",
    "Days without weather were given its mean.",
)
EXTRAPOLATED: Final[Note] = (
    "前後比較では季節と装置が同時に変わるため、この数字は天気と日の長さの式の延長にすぎません。",
    "Before and after change with the season: this is what a formula of weather and daylight extends to.",
)
# Oita: 33.24 N. The trial's places differ by minutes of daylight only.
_LATITUDE_DEG: Final = 33.24
_TILT_DEG: Final = 23.44
_SPRING: Final = 80.0  # day of the year of the equinox
_LEAST_PERSONS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """One line a used day: minutes in the person's own means, who, and columns that may explain it."""

    ratio: Floats
    who: NDArray[np.int64]
    columns: Mapping[str, Floats]
    weather_known: bool


def mixed_model(
    panel: Panel,
    eligible: NDArray[np.bool_],
    weather: tuple[Weather, ...],
    starts: Mapping[str, date],
) -> Estimate:
    """The coefficient of `active` with random levels and random changes of persons.

    Student's t over persons.
    """
    table = rows(panel, eligible, weather, starts)
    persons, days = len(np.unique(table.who)), len(table.ratio)
    if persons < _LEAST_PERSONS:
        return missing("mixed_model", NO_PERSONS, persons=persons, days=days)
    names = [name for name, column in table.columns.items() if name == "active" or np.ptp(column) > 0.0]
    design = np.column_stack([np.ones(days), *(table.columns[name] for name in names)])
    at = 1 + names.index("active")
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return missing("mixed_model", NOT_SOLVED, persons=persons, days=days)
    solved = _solved(table, design)
    if solved is None:
        return missing("mixed_model", NOT_SOLVED, persons=persons, days=days)
    mean, error = float(solved[0][at]), float(solved[1][at])
    reach = error * float(stats.t.ppf((1.0 + CONFIDENCE) / 2.0, persons - 1))
    p = float(2.0 * stats.t.sf(abs(mean / error), persons - 1))
    note = joined(
        ("", "") if table.weather_known else NO_WEATHER,
        EXTRAPOLATED if panel.unseasoned_allowed else ("", ""),
    )
    low, high = 100.0 * (mean - reach), 100.0 * (mean + reach)
    return line("mixed_model", 100.0 * mean, low, high, p=p, persons=persons, days=days, note=note)


def _solved(table: Rows, design: Floats) -> tuple[Floats, Floats] | None:
    """Coefficients and their errors; None where the fit does not end well."""
    slopes = np.column_stack([np.ones(len(table.ratio)), table.columns["active"]])
    model = MixedLM(table.ratio, design, groups=table.who, exog_re=slopes)
    with warnings.catch_warnings():
        # Variances at their border (nobody differs) are an answer here, not a fault.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            found = model.fit(reml=True, method=["lbfgs", "powell"])
        except np.linalg.LinAlgError:
            return None
        errors = np.asarray(found.bse_fe)  # NaN of a variance below 0, with a warning
    if not (np.isfinite(errors).all() and (errors > 0.0).all()):
        return None
    return np.asarray(found.fe_params), errors


def rows(
    panel: Panel,
    eligible: NDArray[np.bool_],
    weather: tuple[Weather, ...],
    starts: Mapping[str, date],
) -> Rows:
    """The used days of `eligible` persons who have minutes in the comparison."""
    used = panel.used & eligible[:, None, None]
    usual = _usual(panel, used)
    used &= (usual > 0.0)[:, None, None]
    who, week, weekday = np.nonzero(used)
    at = week * DAYS + weekday
    active = (panel.side[used] == ACTIVE).astype(np.float64)
    columns = {"active": active}
    columns |= {f"weekday_{day}": (weekday == day).astype(np.float64) for day in range(1, DAYS)}
    of_day, known = _calendar(panel, weather)
    columns |= {name: column[at] for name, column in of_day.items()}
    columns["since_start"] = _since(panel, starts, who, at, active)
    return Rows(panel.values[used] / usual[who], who, columns, known)


def _usual(panel: Panel, used: NDArray[np.bool_]) -> Floats:
    there = used & (panel.side == COMPARISON)
    count = there.sum(axis=(1, 2))
    sums = np.where(there, panel.values, 0.0).sum(axis=(1, 2))
    return np.asarray(np.divide(sums, count, out=np.zeros(len(count)), where=count > 0))


def _since(
    panel: Panel, starts: Mapping[str, date], who: NDArray[np.int64], at: NDArray[np.int64], active: Floats
) -> Floats:
    """Years since the start, on active days, less their mean.

    The change is that of the middle of the active days.
    """
    begun = np.array(
        [(starts.get(person, panel.monday) - panel.monday).days for person in panel.persons], dtype=np.float64
    )
    years = (at - begun[who]) / 365.25
    middle = years[active > 0.0].mean() if active.any() else 0.0
    return np.asarray(np.where(active > 0.0, years - middle, 0.0))


def _calendar(panel: Panel, weather: tuple[Weather, ...]) -> tuple[dict[str, Floats], bool]:
    """Columns by day of the grid: holiday, daylight, rain, temperature.

    And whether the weather of all is known.
    """
    count = panel.values.shape[1] * DAYS
    days = [panel.monday + timedelta(days=n) for n in range(count)]
    columns = {
        "holiday": np.array([float(day in holidays(day.year)) for day in days]),
        "daylight": np.array([daylight_hours(day) for day in days]) / 12.0 - 1.0,
    }
    known = {row.day: row for row in weather}
    rain = np.array([known[day].rain_mm if day in known else np.nan for day in days])
    warm = np.array([known[day].mean_c if day in known else np.nan for day in days])
    used_days = panel.used.any(axis=0).reshape(-1)
    whole = bool(np.isfinite(rain[used_days]).all())
    columns["rain"] = _filled(np.log1p(rain))
    columns["warmth"] = _filled((warm - 18.0) / 10.0)
    columns["warmth_2"] = columns["warmth"] ** 2
    return columns, whole


def _filled(column: Floats) -> Floats:
    told = np.isfinite(column)
    return np.asarray(np.where(told, column, column[told].mean() if told.any() else 0.0))


def daylight_hours(day: date) -> float:
    """Hours from sunrise to sunset at Oita, to some minutes: the declination as a sine of the year."""
    of_year = day.timetuple().tm_yday
    tilt = np.radians(_TILT_DEG) * np.sin(2.0 * np.pi * (of_year - _SPRING) / 365.25)
    return float(24.0 / np.pi * np.arccos(-np.tan(np.radians(_LATITUDE_DEG)) * np.tan(tilt)))
