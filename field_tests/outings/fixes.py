"""Fixes made fit to count with: sorted, unique, believable. Pure."""

import math
from collections.abc import Iterable

from wire.position import Fix

_METRES_PER_DEGREE = 111_195.0  # mean Earth radius 6,371,009 m x pi / 180
GATE_M = 51.0  # fixes worse than this say nothing about a home of 50 m (the gate of forest/jasmine)


def cleaned(fixes: Iterable[Fix], gate_m: float = GATE_M) -> tuple[Fix, ...]:
    """Fixes by time, one a moment (the most accurate), none worse than `gate_m`.

    Deliveries repeat and overtake each other: the order of arrival means nothing.
    """
    best: dict[float, Fix] = {}
    for fix in fixes:
        known = best.get(fix.utc_s)
        if fix.accuracy_m <= gate_m and (known is None or fix.accuracy_m < known.accuracy_m):
            best[fix.utc_s] = fix
    return tuple(best[moment] for moment in sorted(best))


def apart_m(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    """Great-circle distance in metres (haversine): also right for a trip to Tokyo."""
    lat1, lat2 = math.radians(a_lat), math.radians(b_lat)
    half = (
        math.sin((lat2 - lat1) / 2.0) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(b_lon - a_lon) / 2.0) ** 2
    )
    return math.degrees(2.0 * math.asin(min(1.0, math.sqrt(half)))) * _METRES_PER_DEGREE
