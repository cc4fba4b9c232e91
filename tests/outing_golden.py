"""What the estimator makes of one small fixed fortnight; `python -m tests.outing_golden` writes it anew.

It refuses where the results changed and the estimator's number did not: equal numbers mean equal counting.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from field_tests.outings.definitions import ESTIMATOR
from field_tests.outings.track import Evidence, Source, Track
from tests.field_lives import EAST, HOME, NORTH, at, told, without

FILE: Final = Path(__file__).parent / "golden" / "outings.json"
_DAYS: Final = 14
# Hours of leaving and of being back, metres, metres a second, of each day in turn.
_TRIPS: Final = (
    (10.0, 11.25, 1800.0, 1.2),
    (14.0, 17.5, 6000.0, 8.0),
    (9.5, 9.72, 105.0, 0.5),
    (19.0, 24.75, 900.0, 0.8),
    (13.0, 13.17, 180.0, 1.0),
)


def counted() -> dict[str, Any]:
    """Days and outings in minutes, as a record."""
    logger = without(_track("logger", 24.0), *_holes())
    device = without(_track("device", 8.0), (at(0), at(0, day=8)), (at(12, day=9), at(0, day=12)))
    found = told(logger, device, evidence=_evidence(), since_s=at(0), until_s=at(0, day=_DAYS + 1))
    days = [
        [round(value, 6) for value in (row.minutes, row.minutes_min, row.minutes_max, row.coverage)]
        for row in found.days
    ]
    outings = [
        [round(one.start_utc_s - at(0), 3), round(one.minutes, 6), *one.labels] for one in found.outings
    ]
    return {"estimator": ESTIMATOR, "days": days, "outings": outings}


def _track(source: Source, every_s: float) -> Track:
    """Without random numbers: no library keeps their stream for ever."""
    utc_s = np.arange(at(0), at(0, day=_DAYS + 1), every_s)
    north = np.zeros(len(utc_s))
    for day in range(_DAYS):
        leaves, back, far_m, mps = _TRIPS[day % len(_TRIPS)]
        way = mps * np.minimum(utc_s - at(leaves, day=day + 1), at(back, day=day + 1) - utc_s)
        north += np.clip(way, 0.0, far_m)
    lat = HOME.lat + (north + _error(utc_s, 0.7)) * NORTH
    lon = HOME.lon + _error(utc_s, 0.3) * EAST
    lat[::997] += 0.02  # two kilometres off, and back within one fix
    return Track(
        source, utc_s, lat, lon, 45.0 + 40.0 * np.sin(utc_s / 700.0) + 150.0 * (np.sin(utc_s) > 0.995)
    )


def _error(utc_s: NDArray[np.float64], turn: float) -> NDArray[np.float64]:
    """Metres: slow and quick waves that never meet again."""
    day_s = utc_s - at(0)
    waves = ((9.0, 1700.0), (7.0, 331.0), (5.0, 97.0))
    worse = 1.0 + 5.0 * np.sin(day_s / 9000.0) ** 8  # reflections that pass for a way, now and then
    return np.asarray(worse * sum(size * np.sin(day_s / period + turn * size) for size, period in waves))


def _holes() -> tuple[tuple[float, float], ...]:
    return (
        (at(2, day=3), at(6, day=3)),
        (at(14, 50, day=2), at(16, 30, day=2)),
        (at(9, 40, day=5), at(10, 20, day=5)),
        (at(18, day=6), at(7, day=7)),
        (at(15, day=10), at(8, day=11)),
        (at(7, 38, day=11), at(7, 45, day=11)),
        (at(13, day=13), at(16, day=13)),
        (at(14, 3, day=12), at(14, 20, day=12)),
        (at(19, 10, day=14), at(19, 26, day=14)),
    )


def _evidence() -> tuple[Evidence, ...]:
    return (
        Evidence("home_wifi", at(12, day=1), at(13, 58, day=2), source="logger"),
        Evidence("home_wifi", at(17, 32, day=2), at(19, 1, day=4), source="logger"),
        Evidence("dock", at(0, day=9), at(9, 50, day=9), source="device"),
        Evidence("out", at(9, 55, day=9), at(11, 10, day=9)),
        Evidence("not_carried", at(10, day=13), at(11, 30, day=13), source="logger"),
        Evidence("at_home", at(9, day=7), at(18, day=7)),
    )


def main() -> None:
    """Write the golden anew, where the estimator's number was raised."""
    now = counted()
    if FILE.is_file():
        before = json.loads(FILE.read_text(encoding="utf-8"))
        if before["estimator"] == ESTIMATOR and before != now:
            sys.exit("results changed: raise ESTIMATOR in definitions.py and `estimator` in definitions.toml")
    rows = [f" {json.dumps(name)}: {_lines(value)}" for name, value in now.items()]
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def _lines(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(f"  {json.dumps(row)}" for row in value) + "\n ]"


if __name__ == "__main__":
    main()
