"""Is the wearer still on the route, and going the right way? Pure.

Off the route costs trust when it is false and safety when it is late. Position errors are
correlated: one drift of a receiver lasts half a minute, so "three fixes in a row" alone is no
evidence. A walker who leaves also walks in another direction, and a course over ground does not
share the drift. Hence two ways in: out of the corridor with a diverging course soon before, or far
out for longer.
"""

from dataclasses import dataclass, replace

from routing.tracking import FASTEST_MPS, Track, Tracker, point

# Outdoors max(12 m, 1.5 x accuracy), 3 fixes and 5 s (indoor peers: 6 m).
_CORRIDOR_M = 12.0
_CORRIDOR_ACCURACY = 1.5
_FIXES = 3
_FOR_S = 5.0
# Without a diverging course: out of 99.7 % of a correlated heavy-tailed error (2.5 x the 68 % radius
# = 3.8 sigma), as on a parallel street that was entered while the position was lost.
_FAR_M = 30.0
_FAR_ACCURACY = 2.5
_FAR_FOR_S = 20.0  # a reflection that throws a fix out by 7 sigma fades within that
_BACK_SHARE = 0.7  # of the corridor: hysteresis, so that the edge is not told twice
_DIVERGED_DEG = 35.0  # beyond a pedestrian's sway and the course noise of a receiver
_DIVERGED_FOR_S = 3.0
_DIVERGED_MEMORY_S = 45.0  # about the time to walk out of the corridor after turning away
_WRONG_WAY_DEG = 120.0
_WRONG_WAY_M = 8.0
_MOVING_MPS = 0.4
# A course made from positions shares their drift: it must hold for longer, and further.
_BLIND_DIVERGED_FOR_S = 10.0
_BLIND_WRONG_WAY_ACCURACY = 2.0


@dataclass(frozen=True, slots=True)
class Straying:
    """What the last minute told. Seconds are the fixes' own; None: not so."""

    off: bool = False
    outside_s: float | None = None  # since when outside the corridor
    outside_fixes: int = 0
    inside_fixes: int = 0
    far_s: float | None = None  # since when far outside
    diverging_s: float = 0.0  # how long, uninterrupted, the course has disagreed
    diverged_s: float | None = None  # when it last had for long enough
    back_m: float = 0.0  # metres walked against the route
    wrong_way: bool = False


def corridor_m(accuracy_m: float) -> float:
    """Half width of what counts as on the route."""
    return max(_CORRIDOR_M, _CORRIDOR_ACCURACY * accuracy_m)


def offset_m(tracker: Tracker, track: Track) -> float:
    """Distance of the fix from the route near the belief, positive to the right."""
    reach = 3.0 * track.belief.sigma_m + 10.0
    near = tracker.line.project(point(track.fix), from_m=track.route_m - reach, to_m=track.route_m + reach)
    return near.offset_m


def watch(state: Straying, tracker: Tracker, track: Track, interval_s: float) -> Straying:
    """The next state after a fix that came `interval_s` after the one before."""
    away = abs(offset_m(tracker, track))
    state = _course(state, tracker, track, interval_s)
    state = _distance(state, away, track)
    if state.off:
        return replace(state, off=state.inside_fixes < _FIXES)
    return replace(state, off=_left(state, track.fix.utc_s))


def _course(state: Straying, tracker: Tracker, track: Track, interval_s: float) -> Straying:
    if track.heading_deg is None or track.speed_mps < _MOVING_MPS:
        return replace(state, diverging_s=0.0, wrong_way=False)
    deviation = tracker.deviation_deg(track.route_m, track.heading_deg)
    blind = track.fix.course_deg is None
    diverging = state.diverging_s + interval_s if deviation > _DIVERGED_DEG else 0.0
    walked = min(track.speed_mps, FASTEST_MPS) * interval_s
    back = state.back_m + walked if deviation > _WRONG_WAY_DEG else 0.0
    far = _BLIND_WRONG_WAY_ACCURACY * track.fix.accuracy_m if blind else 0.0
    long = diverging >= (_BLIND_DIVERGED_FOR_S if blind else _DIVERGED_FOR_S)
    return replace(
        state,
        diverging_s=diverging,
        diverged_s=track.fix.utc_s if long else state.diverged_s,
        back_m=back,
        wrong_way=back >= max(_WRONG_WAY_M, far),
    )


def _distance(state: Straying, away_m: float, track: Track) -> Straying:
    accuracy, now = track.fix.accuracy_m, track.fix.utc_s
    outside = away_m > corridor_m(accuracy)
    far = away_m > max(_FAR_M, _FAR_ACCURACY * accuracy)
    inside = away_m <= _BACK_SHARE * corridor_m(accuracy)
    return replace(
        state,
        outside_s=_since(state.outside_s, outside, now),
        outside_fixes=state.outside_fixes + 1 if outside else 0,
        inside_fixes=state.inside_fixes + 1 if inside else 0,
        far_s=_since(state.far_s, far, now),
    )


def _since(before: float | None, true: bool, now_s: float) -> float | None:
    if not true:
        return None
    return now_s if before is None else before


def _left(state: Straying, now_s: float) -> bool:
    recently = state.diverged_s is not None and now_s - state.diverged_s <= _DIVERGED_MEMORY_S
    outside = state.outside_s is not None and now_s - state.outside_s >= _FOR_S
    far = state.far_s is not None and now_s - state.far_s >= _FAR_FOR_S
    return (outside and recently and state.outside_fixes >= _FIXES) or far
