"""Minutes out by other methods, each called as its makers would. Fixes in, minutes a day in Japan out."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from field_tests.bench.extra import library
from field_tests.bench.independent import DAY_S, METRES_PER_DEGREE, drawn_from, midnight_s
from field_tests.bench.jasmine_pairs import quick_pairs
from field_tests.bench.noise import Fixes
from field_tests.outings.track import Home

ZONE: Final = "Asia/Tokyo"
_LEAVES_M, _RETURNS_M = 100.0, 60.0
_STAY_M: Final = 100.0  # of trackintel's stay points, its default
_GAP_S: Final = 900.0  # of trackintel's stay points, its default


def ordered(fixes: Fixes) -> Fixes:
    """By time, one a moment: what the peers expect, and what a careful user would give them."""
    by_time = fixes.at(np.argsort(fixes.utc_s, kind="stable"))
    return by_time.at(np.concatenate(([True], np.diff(by_time.utc_s) > 0.0)))


def naive(fixes: Fixes, home: Home, days: tuple[date, ...]) -> dict[date, float]:
    """Out from the first fix beyond 100 m to the first within 60 m of home; a gap goes on as it began."""
    away = _away_m(fixes, home)
    said = np.where(away > _LEAVES_M, 1, np.where(away < _RETURNS_M, 0, -1))
    last = np.maximum.accumulate(np.where(said >= 0, np.arange(len(said)), 0))
    return by_day(fixes.utc_s[:-1], fixes.utc_s[1:], (said[last] == 1)[:-1], days)


def jasmine(fixes: Fixes, days: tuple[date, ...]) -> dict[date, float]:
    """Forest's jasmine, step by step as its `gps_stats_main` does it: 24 h less its `home_time`.

    Its lists of all pairs are replaced by what it asks of them (`jasmine_pairs`): the same, hours sooner.
    It finds the home itself. Days that it gives no summary of are left out; all of them where it gives up.
    """
    why = "jasmine との比較 / compared with jasmine"
    first = library("forest.jasmine.data2mobmat", why)
    second = library("forest.jasmine.mobmat2traj", why)
    third = library("forest.jasmine.traj2stats", why)
    rules = third.Hyperparameters()
    radius = float(rules.itrvl)
    data = _beiwe(fixes)
    width = float(np.mean(data.accuracy))
    # It fills gaps by chance, from NumPy's own state: the same answer each time.
    with (
        drawn_from(0, 0),
        suppress(RuntimeError, ValueError),
    ):  # raised where it finds no home, pause or flight
        with quick_pairs(first, radius):
            matrix = first.gps_to_mobmat(data, rules.itrvl, rules.accuracylim, radius, width, radius)
        matrix = first.infer_mobmat(matrix, rules.itrvl, radius)
        bases = library("forest.jasmine.sogp_gps", why).bv_select(
            matrix, rules.sigma2, rules.tol, rules.d, _weights(rules, short=False), None, None
        )["BV_set"]
        filled = second.impute_gps(
            matrix,
            bases,
            rules.method,
            rules.switch,
            rules.num,
            rules.linearity,
            ZONE,
            _weights(rules, short=True),
        )
        way = second.imp_to_traj(filled, matrix, width)
        with quick_pairs(third, 0.0):
            summary, _ = third.gps_summaries(way, ZONE, third.Frequency.DAILY, rules)
        told = {
            date(int(row.year), int(row.month), int(row.day)): (24.0 - float(row.home_time)) * 60.0
            for row in summary.itertuples()
            if library("pandas", why).notna(row.home_time)
        }
        return {day: told[day] for day in days if day in told}
    return {}


def _weights(rules: Any, *, short: bool) -> list[float]:  # noqa: ANN401 - a module without types
    """Hyperparameters in the order in which `impute_gps` (short) and `bv_select` take them."""
    tail = [rules.a1, rules.a2, rules.b1, rules.b2, rules.b3]
    return [rules.l1, rules.l2, *tail, rules.g] if short else [rules.l1, rules.l2, rules.l3, *tail]


def _beiwe(fixes: Fixes) -> Any:  # noqa: ANN401
    """Columns of a Beiwe file of positions."""
    frame = library("pandas", "jasmine との比較 / compared with jasmine").DataFrame
    milliseconds = fixes.utc_s * 1000.0
    return frame(
        {
            "timestamp": milliseconds,
            "UTC time": milliseconds,
            "latitude": fixes.lat,
            "longitude": fixes.lon,
            "altitude": 0.0,
            "accuracy": fixes.accuracy_m,
        }
    )


def trackintel(fixes: Fixes, home: Home, days: tuple[date, ...]) -> dict[date, float]:
    """Trackintel's stay points; out is what was observed and was no stay within 100 m of home."""
    why = "trackintel との比較 / compared with trackintel"
    frame = library("geopandas", why).GeoDataFrame(
        {"user_id": 0, "tracked_at": library("pandas", why).to_datetime(fixes.utc_s, unit="s", utc=True)},
        geometry=library("geopandas", why).points_from_xy(fixes.lon, fixes.lat),
        crs="EPSG:4326",
    )
    positions = library("trackintel", why).Positionfixes(frame)
    _, stays = positions.generate_staypoints(method="sliding", include_last=True)
    at_home = np.zeros(len(fixes) - 1, dtype=bool)
    for middle, start_at, end_at in zip(stays.geometry, stays.started_at, stays.finished_at, strict=True):
        if _apart_m(middle.y, middle.x, home) <= _STAY_M:
            start, end = start_at.timestamp(), end_at.timestamp()
            at_home[np.searchsorted(fixes.utc_s, start) : np.searchsorted(fixes.utc_s, end)] = True
    seen = np.diff(fixes.utc_s) <= _GAP_S
    return by_day(fixes.utc_s[:-1], fixes.utc_s[1:], seen & ~at_home, days)


def by_day(
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
    counts: NDArray[np.bool_],
    days: tuple[date, ...],
) -> dict[date, float]:
    """Minutes of the pieces that count, on each of `days`."""
    edges = [(day, midnight_s(day)) for day in days]
    starts, ends = start_s[counts], end_s[counts]
    return {
        day: float(np.clip(np.minimum(ends, edge + DAY_S) - np.maximum(starts, edge), 0.0, None).sum()) / 60.0
        for day, edge in edges
    }


def _away_m(fixes: Fixes, home: Home) -> NDArray[np.float64]:
    return np.asarray(_apart_m(fixes.lat, fixes.lon, home))


def _apart_m(lat: Any, lon: Any, home: Home) -> Any:  # noqa: ANN401 - a number or a column
    """Flat-earth distance from home: right to a metre over the tens of kilometres of a bench."""
    east = (lon - home.lon) * METRES_PER_DEGREE * np.cos(np.radians(home.lat))
    return np.hypot((lat - home.lat) * METRES_PER_DEGREE, east)


def versions() -> Mapping[str, str]:
    """Of the peers that are installed."""
    from importlib import metadata

    told = {}
    for name in ("beiwe-forest", "trackintel"):
        try:
            told[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            told[name] = "-"
    return told
