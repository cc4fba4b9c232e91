"""Weather as it could be in Oita: warm wet summers, dry mild winters, rain that lasts for days. Pure."""

from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from field_tests.study.tables import Weather

# After the Japan Meteorological Agency's normals for Oita: degrees, mm a month, days of 1 mm or more.
_MEAN_C: Final = (6.5, 7, 10, 15, 19, 22.5, 27, 28, 24, 19, 14, 9)
_RAIN_MM: Final = (50, 65, 100, 120, 135, 310, 260, 165, 255, 145, 75, 45)
_WET_DAYS: Final = (6, 7, 10, 10, 9, 13, 12, 10, 11, 8, 6, 5)
_MONTH_DAYS: Final = 30.4
# A wet day follows a wet day about twice as often as a dry one.
_PERSISTENCE: Final = 0.25
_SPREAD_C, _STAY_C = 2.5, 0.7


def weather(first: date, last: date, seed: int) -> tuple[Weather, ...]:
    """One row a day from `first` to `last`: rain in mm, mean temperature in degrees."""
    rng = np.random.default_rng([seed, 0xC11])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    chances = rng.random(len(days))
    amounts = rng.gamma(0.7, 1.0 / 0.7, len(days))
    warmth = _wander(rng.standard_normal(len(days)))
    rows, wet = [], False
    for day, chance, amount, warm in zip(days, chances, amounts, warmth, strict=True):
        month = day.month - 1
        usual = _WET_DAYS[month] / _MONTH_DAYS
        wet = bool(chance < usual * (1 - _PERSISTENCE) + _PERSISTENCE * wet)
        mm = 1.0 + (_RAIN_MM[month] / _WET_DAYS[month] - 1.0) * amount if wet else 0.0
        mean_c = _usual_c(day) + warm - (1.0 if wet else 0.0)
        rows.append(Weather(day, round(float(mm), 1), round(float(mean_c), 1)))
    return tuple(rows)


def _wander(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Warm and cold spells of some days."""
    warm, out = 0.0, np.empty(len(steps))
    for n, step in enumerate(steps):
        warm = _STAY_C * warm + _SPREAD_C * (1 - _STAY_C**2) ** 0.5 * step
        out[n] = warm
    return out


def _usual_c(day: date) -> float:
    """The month's mean in its middle, straight between."""
    at = day.month - 1 + (day.day - 15.5) / _MONTH_DAYS
    low = int(np.floor(at))
    return float(_MEAN_C[low % 12] + (at - low) * (_MEAN_C[(low + 1) % 12] - _MEAN_C[low % 12]))
