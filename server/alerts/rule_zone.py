"""Entering and leaving the wearer's zones, in spite of a receiver's noise at their border. Pure.

A position claims a side only where its own error leaves no doubt: inside by its accuracy, outside by its
accuracy. Between the two nothing changes. The other side counts when it was claimed for a minute without
contradiction.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from server.alerts.watched import OLD_S, Effect, Ground, Over, Raise, Side, Watch
from server.alerts.words import Kind
from wire.position import Fix

DWELL_S: Final = 60.0
GOOD_M: Final = 50.0
_CLAIMS: Final = 4
_FIRST_CLAIMS: Final = 2  # on which side somebody sets out is told to nobody
_GAP_S: Final = 120.0  # claims further apart do not belong together


def seen(side: Side, zone: Ground, fix: Fix, at_s: float) -> Side:
    """With one more position."""
    claim = _claim(zone, fix)
    if claim is None:
        return side
    if claim == side.inside:
        return replace(side, claimed=None, count=0, at_s=at_s)
    gap = side.at_s is None or not 0.0 <= at_s - side.at_s <= _GAP_S
    if claim != side.claimed or gap:
        return replace(side, claimed=claim, since_s=at_s, count=1, at_s=at_s)
    side = replace(side, count=side.count + 1, at_s=at_s)
    if side.inside is None:
        return _on(side, claim) if side.count >= _FIRST_CLAIMS else side
    if side.count < _CLAIMS or at_s - side.since_s < DWELL_S:
        return side
    return replace(_on(side, claim), crossed_s=side.since_s)


def _on(side: Side, inside: bool) -> Side:
    return replace(side, inside=inside, claimed=None, count=0)


def _claim(zone: Ground, fix: Fix) -> bool | None:
    if fix.accuracy_m > GOOD_M:
        return None
    away_m = zone.from_centre_m(fix)
    # In a zone as small as the error, half its radius is sure enough after a minute.
    if away_m <= max(zone.radius_m - fix.accuracy_m, zone.radius_m / 2.0):
        return True
    return False if away_m > zone.radius_m + fix.accuracy_m else None


def zones(watch: Watch, now_s: float) -> Iterator[Effect]:
    """One alert for each crossing that the wearer wants told; the one before it is over."""
    for zone in watch.grounds:
        side = watch.sides.get(zone.id)
        if side is None or side.crossed_s is None:
            continue
        told = [one for one in watch.told_since("zone_enter", 0.0) if _of(zone, one.key)]
        told += [one for one in watch.told_since("zone_leave", 0.0) if _of(zone, one.key)]
        kind: Kind = "zone_enter" if side.inside else "zone_leave"
        for known in told:
            if not known.ended and known.kind != kind and known.at_s < side.crossed_s:
                yield Over(known, "crossed_back")
        wanted = zone.on_enter if side.inside else zone.on_leave
        new = all(known.at_s < side.crossed_s - DWELL_S or known.kind != kind for known in told)
        if wanted and new and now_s - side.crossed_s < OLD_S:
            key = f"{zone.id}.{int(side.crossed_s)}"
            yield Raise(kind, key, side.crossed_s, watch.where, {"zone": zone.name})


def _of(zone: Ground, key: str) -> bool:
    return key.startswith(f"{zone.id}.")
