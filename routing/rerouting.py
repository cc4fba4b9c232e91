"""When a way back is no longer the best way: the moment to plan again. Pure.

Off the route the first help is the way back to it; a new plan costs words, and a plan made from a
position that is wrong costs trust. So the walker must have been off for long enough to have heard
the way back, and must be far from it, or going further; who stands, or walks back, is left alone.
"""

from dataclasses import dataclass, replace

_OFF_S = 20.0  # one "off the route", its answer by the feet, and one more telling
_FAR_M = 40.0  # about half a city block: a way from here is likely as short as the way back
_AWAY_M, _OVER_S = 10.0, 12.0  # gone further by so much in so long: about a walk straight away
_LEAST_M = 20.0  # nearer than this "further" is the position's drift
_NEAR_M = 25.0  # hysteresis: back to here and coming nearer, the old route serves after all
_ACCURACY_SHARE = 2.0  # what is not twice the 68 % radius is not known to be off at all
_WORST_M = 30.0  # with less accurate a fix the new route would begin in another street


@dataclass(frozen=True, slots=True)
class Rerouting:
    """What the seconds off the route told. Seconds are the fixes' own."""

    since_s: float | None = None  # when the route was left; None: on it
    apart: tuple[tuple[float, float], ...] = ()  # (second, metres from the route), newest last
    wanted: bool = False

    def off_s(self, utc_s: float) -> float:
        """Seconds since the route was left; 0 on the route."""
        return 0.0 if self.since_s is None else max(utc_s - self.since_s, 0.0)


def watch(
    state: Rerouting, utc_s: float, *, off: bool, apart_m: float, accuracy_m: float, crossing: bool
) -> Rerouting:
    """The next state after a fix at `utc_s`, `apart_m` from the route.

    `crossing`: the walker may be on a carriageway, where nobody is given a new way.
    """
    if not off:
        return Rerouting()
    since_s = utc_s if state.since_s is None else state.since_s
    recent = tuple(one for one in state.apart if utc_s - one[0] <= _OVER_S)
    state = Rerouting(since_s, (*recent, (utc_s, apart_m)), state.wanted)
    if state.wanted:
        return replace(state, wanted=not (apart_m < _NEAR_M and _gained_m(state) < -1.0))
    ready = utc_s - since_s >= _OFF_S and not crossing and accuracy_m <= _WORST_M
    return replace(state, wanted=ready and _no_way_back(state, apart_m, accuracy_m))


def _no_way_back(state: Rerouting, apart_m: float, accuracy_m: float) -> bool:
    gained_m = _gained_m(state)
    if apart_m < max(_LEAST_M, _ACCURACY_SHARE * accuracy_m) or gained_m <= -_AWAY_M / 2.0:
        return False
    return apart_m >= _FAR_M or gained_m >= _AWAY_M


def _gained_m(state: Rerouting) -> float:
    """Metres further from the route than at the start of the window; negative: nearer."""
    return state.apart[-1][1] - state.apart[0][1]
