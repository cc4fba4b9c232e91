"""The whole bench as one call: routes planned on a map, recorded walks, figures as plain values.

`run` is what `shirube route walks` calls; it does input and output, everything below it is pure.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from routing import geo
from routing.errors import NoRoute, PlanError
from routing.follow import Follower
from routing.network import WalkingMap, load_map
from routing.plan import plan
from routing.walks import bench, gpx, replay, track
from routing.walks.bench import NoiseFigures, Progress
from routing.walks.figures import Figures, window_m
from routing.walks.naive import NaiveFollower
from wire.route import Route

WALKED_M = (700.0, 2200.0)  # routes of this length: a walk of 10 to 30 minutes
_APART_M = (500.0, 1600.0)
_TRIES = 60  # per route wanted, before giving up on a small map
_AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # a Monday, ten in the morning in Japan


def run(
    map_path: Path,
    noises: Sequence[float] = (3.0, 10.0, 20.0),
    walks: int = 60,
    seed: int = 1,
    gpx_paths: Sequence[Path] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Figures of simulated walks on a map, and of recorded ones, ready for JSON.

    Raises the errors of `load_map`, `NoRoute` where the map is too small for a walk, and `TrackUnreadable`.
    """
    recordings = [gpx.read(path) for path in gpx_paths]
    measured = bench.measure(routes_on(load_map(map_path), walks, seed), noises, seed, progress)
    return {
        "map": map_path.name,
        "walks": walks,
        "seed": seed,
        "noises": [_noise(one) for one in measured.noises],
        "recorded": [figures for one in recordings for figures in _recorded(one)],
    }


def routes_on(on: WalkingMap, count: int, seed: int) -> tuple[Route, ...]:
    """Routes between random points of the map's ways, 500-1600 m apart as the crow flies."""
    rng = random.Random(seed)  # noqa: S311 - seeded, to be repeated
    found: list[Route] = []
    for _ in range(count * _TRIES):
        if len(found) == count:
            break
        start, end = _point(on, rng), _point(on, rng)
        if _APART_M[0] <= geo.distance_m(start, end) <= _APART_M[1]:
            route = _planned(on, start, end)
            if route is not None and WALKED_M[0] <= route.length_m <= WALKED_M[1]:
                found.append(route)
    between = f"{WALKED_M[0]:.0f}-{WALKED_M[1]:.0f}"
    if len(found) < count:
        raise NoRoute(
            f"この地図では {between} m の経路が {len(found)} 本しか見つかりません ({count} 本必要)",
            f"this map has only {len(found)} routes of {between} m, {count} wanted",
        )
    return tuple(found)


def _point(on: WalkingMap, rng: random.Random) -> geo.Point:
    at = rng.randrange(len(on.columns.node_lat_e7))
    return on.columns.node_lat_e7[at].item() / 1e7, on.columns.node_lon_e7[at].item() / 1e7


def _planned(on: WalkingMap, start: geo.Point, end: geo.Point) -> Route | None:
    try:
        return plan(on, f"{start[0]:.7f},{start[1]:.7f}", f"{end[0]:.7f},{end[1]:.7f}", "cane", _AT)
    except PlanError:
        return None  # a closed courtyard: not a walk


def _noise(one: NoiseFigures) -> dict[str, Any]:
    early, late = window_m(one.noise_m)
    return {
        "noise_m": one.noise_m,
        "window_m": [-early, late],
        "shirube": told(one.shirube),
        "naive": told(one.naive),
        "listening": {
            "walks": one.listening,
            "shirube_arrived": _share(one.listening_arrived, one.listening),
            "naive_arrived": _share(one.naive_listening_arrived, one.listening),
        },
    }


def told(sums: Figures) -> dict[str, Any]:
    """Shares, rates and counts of `Figures`, where every figure is defined."""
    return {
        "km": round(sums.km, 1),
        "turns": sums.turns,
        "turns_told": _share(sums.turns_told, sums.turns),
        "turns_in_window": _share(sums.turns_right, sums.turns),
        "turns_within_8_4_m": _share(sums.turns_strict, sums.turns),
        "turn_heard_m": {f"p{p}": _percentile(sums.late_m, p) for p in (5, 50, 95)},
        "kerbs": sums.kerbs,
        "kerb_before": _share(sums.kerbs_before, sums.kerbs),
        "kerb_in_window": _share(sums.kerbs_window, sums.kerbs),
        "kerb_not_heard": _share(sums.kerbs_stepped, sums.kerbs),
        "prepared_before_act": _share(sums.prepared, sums.preparable),
        "false_off_route": sums.false_off,
        "false_off_per_km": _rate(sums.false_off, sums.km),
        "false_reroutes": sums.rerouted_false,
        "left": {
            "walks": sums.left,
            "told": _share(sums.left_told, sums.left),
            "delay_s_p50": _percentile(sums.left_delays_s, 50),
            "delay_s_p95": _percentile(sums.left_delays_s, 95),
            "reroute_wanted": _share(sums.left_rerouted, sums.left),
        },
        "wrong": dict(sorted(sums.wrong.items())),
        "wrong_total": sum(sums.wrong.values()),
        "wrong_per_km": _rate(sum(sums.wrong.values()), sums.km),
        "silences_over_60_s": sums.silences,
        "longest_silence_s": sums.longest_silence_s,
        "messages_per_minute": _rate(sums.messages, sums.minutes),
        "morae_per_minute": _rate(sums.morae, sums.minutes),
        "speaking_share": _rate(sums.spoken_s, sums.minutes * 60.0),
        "arrival_told": _share(sums.arrived, sums.walks),
    }


def _recorded(recording: gpx.Recording) -> list[dict[str, Any]]:
    """Ours and the naive follower along each part that was walked."""
    walked, left_out_s = track.parts(recording.name, recording.fixes)
    rows = []
    for part in walked:
        route = track.route_of(part)
        rows.append(
            {
                "name": part.name,
                "points_dropped": recording.dropped,
                "left_out_s": round(left_out_s),
                "shirube": _rounded(asdict(replay.replay(part.name, Follower(route), part.fixes))),
                "naive": _rounded(asdict(replay.replay(part.name, NaiveFollower(route), part.fixes))),
            }
        )
    return rows


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: round(value, 2) if isinstance(value, float) else value for key, value in values.items()}


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _rate(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0


def _percentile(values: Sequence[float], percent: int) -> float | None:
    ordered = sorted(values)
    return round(ordered[math.ceil(percent / 100.0 * len(ordered)) - 1], 1) if ordered else None
