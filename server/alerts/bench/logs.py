"""Real receivers' logs as walks: GPX of phones, and what gpsd made of NMEA logs (`*.log.chk`, JSON lines).

There is no truth beside a log. A walk's line is what was walked; where its zones' borders were crossed is
taken from the path smoothed over a minute; that nobody stood still for five minutes, or left their way, is
taken for true.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from routing import geo
from routing.errors import RoutingError
from routing.walks import gpx
from routing.walks.track import parts, route_of
from server.alerts.bench.scenes import Played, Second, Truth
from server.alerts.watched import Ground
from server.alerts.words import Kind
from server.quick_line import QuickLine
from wire.position import Fix

_ZONE_M: Final = 100.0
_BESIDE_M: Final = 10.0
_PLAIN_ACCURACY_M: Final = 10.0  # where gpsd could tell none
_SMOOTH_S: Final = 30.0
_STAYS_S: Final = 30.0
_LATE_S: Final = 300.0
_LEAST_S: Final = 20.0
_STANDING_M: Final = 100.0  # a log that stays within is of a receiver that lay there


def read_logs(folder: Path) -> list[Played]:
    """Every walk and every receiver at rest that the folder's logs hold, by name."""
    found: list[Played] = []
    for path in sorted((*folder.rglob("*.gpx"), *folder.rglob("*.log.chk"))):
        fixes = _gpx(path) if path.suffix == ".gpx" else tuple(_gpsd(path))
        if len(fixes) < 2 or fixes[-1].utc_s - fixes[0].utc_s < _LEAST_S:
            continue
        far_m = max(geo.distance_m(_at(fixes[0]), _at(fix)) for fix in fixes)
        if far_m <= _STANDING_M:
            found.append(_resting(path.name, fixes))
        else:
            walks, _ = parts(path.name, fixes)
            found += [_walk(walk.name, walk.fixes, route_of(walk).points) for walk in walks]
    return found


def _gpx(path: Path) -> tuple[Fix, ...]:
    try:
        return gpx.read(path).fixes
    except RoutingError:
        return ()


def _gpsd(path: Path) -> Iterator[Fix]:
    """Reports with a position, at most one a second. Lines that are no JSON are left out: there are such."""
    before_s = 0.0
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
            utc_s = datetime.fromisoformat(told["time"]).timestamp()
            lat, lon = float(told["lat"]), float(told["lon"])
        except (ValueError, KeyError, TypeError):
            continue
        if utc_s - before_s < 0.9 or abs(lat) > 90.0 or abs(lon) > 180.0:
            continue
        before_s = utc_s
        # gpsd gives 95 % errors; this product's accuracy holds 68 % (1.51 / 2.45 of it).
        error_m = told.get("eph") or max(told.get("epx", 0.0), told.get("epy", 0.0))
        accuracy_m = 0.62 * float(error_m) if error_m else _PLAIN_ACCURACY_M
        yield Fix(utc_s=utc_s, lat=lat, lon=lon, accuracy_m=max(accuracy_m, 0.1), source="replay")


def _resting(name: str, fixes: Sequence[Fix]) -> Played:
    """A receiver at rest, a few metres outside a zone and beside a route: nothing is to be told."""
    here = (median(fix.lat for fix in fixes), median(fix.lon for fix in fixes))
    centre = geo.destination(here, 0.0, _ZONE_M + _BESIDE_M)
    side = geo.destination(here, 90.0, _BESIDE_M)
    line = QuickLine.through([geo.destination(side, 0.0, metres) for metres in (-300.0, 300.0)])
    zone = Ground("beside", "beside", *centre, _ZONE_M, on_enter=True, on_leave=True)
    return Played(name, _seconds(fixes), (), line, (zone,))


def _walk(name: str, fixes: Sequence[Fix], points: Sequence[geo.Point]) -> Played:
    ends = (("start", fixes[0]), ("goal", fixes[-1]), ("middle", fixes[len(fixes) // 2]))
    zones = tuple(
        Ground(end, end, fix.lat, fix.lon, _ZONE_M, on_enter=True, on_leave=True) for end, fix in ends
    )
    truths = tuple(truth for zone in zones for truth in _crossings(zone, fixes))
    return Played(name, _seconds(fixes), truths, QuickLine.through(points), zones)


def _seconds(fixes: Sequence[Fix]) -> tuple[Second, ...]:
    return tuple(Second(fix.utc_s, fix, contact=True) for fix in fixes)


def _crossings(zone: Ground, fixes: Sequence[Fix]) -> Iterator[Truth]:
    """Where the smoothed path changes sides and stays there for a while."""
    sides: list[tuple[float, bool]] = []
    for fix in fixes:
        near = [one for one in fixes if abs(one.utc_s - fix.utc_s) <= _SMOOTH_S]
        here = (median(one.lat for one in near), median(one.lon for one in near))
        inside = geo.distance_m(here, (zone.lat, zone.lon)) <= zone.radius_m
        if not sides or sides[-1][1] != inside:
            sides.append((fix.utc_s, inside))
    ends = [at_s for at_s, _ in sides[1:]] + [fixes[-1].utc_s]
    held = [(at_s, inside) for (at_s, inside), end in zip(sides, ends, strict=True) if end - at_s >= _STAYS_S]
    for (_, before), (at_s, inside) in pairwise(held):
        if before != inside:
            kind: Kind = "zone_enter" if inside else "zone_leave"
            yield Truth(kind, at_s - _SMOOTH_S, at_s + _LATE_S, zone.id)


def _at(fix: Fix) -> geo.Point:
    return fix.lat, fix.lon
