"""The minutes of one trip whose home is not registered: from the first to the last movement. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from field_tests.outings.fixes import GATE_M, apart_m, cleaned
from field_tests.outings.seen import Outing
from wire.position import Fix

_GAP_S = 900.0  # longer without a fix is unknown

# Movement is believed when it leads this far from where it began, for some fixes: the drift of a
# device that lies still for hours reaches 3-4 times its accuracy now and then.
_FAR_M, _FAR_ACCURACIES = 50.0, 4.0
_NEAR_M = 20.0  # it began when the walker was last this near
_FIXES = 5
_WALK_MPS = 1.0  # to date the first step back from there
_ANCHOR_FIXES = 5


def trip_minutes(fixes: Sequence[Fix]) -> Outing | None:
    """The trip that `fixes` (in any order) show; None where nothing moved believably.

    Standing before the first and after the last movement is not counted, standing between is.
    """
    known = cleaned(fixes, GATE_M)
    start_s, end_s = _departure(known), _departure(known[::-1])
    if start_s is None or end_s is None or end_s <= start_s:
        return None
    lat, lon = _anchor(known)
    moments = [start_s, *(fix.utc_s for fix in known if start_s < fix.utc_s < end_s), end_s]
    unknown_s = sum(b - a for a, b in pairwise(moments) if b - a > _GAP_S)
    whole_s = end_s - start_s
    return Outing(
        start_utc_s=start_s,
        end_utc_s=end_s,
        minutes=whole_s / 60.0,
        minutes_min=(whole_s - unknown_s) / 60.0,
        minutes_max=whole_s / 60.0,
        coverage=1.0 - unknown_s / whole_s,
        max_distance_m=max(apart_m(fix.lat, fix.lon, lat, lon) for fix in known),
        fixes=len(moments),
        why=("trip_moved",),
    )


def _anchor(fixes: Sequence[Fix]) -> tuple[float, float]:
    """The middle of the first few fixes: one wild fix must not be where a trip began."""
    first = fixes[:_ANCHOR_FIXES]
    middle = len(first) // 2
    return sorted(fix.lat for fix in first)[middle], sorted(fix.lon for fix in first)[middle]


def _departure(fixes: Sequence[Fix]) -> float | None:
    """When the fixes, in the order given, leave the place of the first ones; reversed: the arrival."""
    if len(fixes) <= _FIXES:
        return None
    lat, lon = _anchor(fixes)
    near, beyond = fixes[0], 0
    for fix in fixes:
        distance = apart_m(fix.lat, fix.lon, lat, lon)
        beyond = beyond + 1 if distance > max(_FAR_M, _FAR_ACCURACIES * fix.accuracy_m) else 0
        if distance <= _NEAR_M:
            near = fix
        if beyond >= _FIXES:
            back_s = apart_m(near.lat, near.lon, lat, lon) / _WALK_MPS
            back_s = min(back_s, abs(near.utc_s - fixes[0].utc_s))
            return near.utc_s - back_s if fixes[0].utc_s <= fixes[-1].utc_s else near.utc_s + back_s
    return None
