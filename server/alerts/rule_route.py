"""Off the route for long. Pure.

Whether the walk is beside its route is the walk's own state (`server.walk_state`); here it has to last and
to be far or growing. Who goes round a building site, or comes to the route from a house beside it, raises
nothing.
"""

from collections.abc import Iterator
from statistics import median
from typing import Final

from server.alerts.watched import Beside, Effect, Over, Raise, Watch
from server.walk_state import Walk

LONG_S: Final = 180.0
FAR_M: Final = 100.0  # another street, whatever the receiver's error
GROWING_M: Final = 50.0  # more than at the nearest since
_RECENT: Final = 6  # positions whose middle counts: half a minute
_FRESH_S: Final = 60.0
_ON_M: Final = 20.0


def seen(walk: Walk, was: Beside | None, *, been_on: bool) -> tuple[Beside | None, bool]:
    """`Watch.beside` and `Watch.been_on` with one more position, which the walk has taken in already."""
    last, on = walk.last, walk.on
    if last is None or on is None:
        return None, been_on
    if walk.off_utc_s is None:
        # Within twice the error nobody is off, but a bad fix does not show that they are on either.
        return None, been_on or last.fix.accuracy_m <= _ON_M
    recent = (*(() if was is None else was.recent_m[1 - _RECENT :]), on.off_m)
    now_m = median(recent)
    least_m = now_m if was is None or len(recent) < _RECENT else min(was.least_m, now_m)
    return Beside(walk.off_utc_s, recent, least_m, last.utc_s), been_on


def off_route(watch: Watch, now_s: float) -> Iterator[Effect]:
    """Raised once for each time; over when back, or when another route is followed."""
    walk, beside, last = watch.walk, watch.beside, watch.walk.last
    for known in watch.of_kind("off_route"):
        if watch.rerouted_s is not None and watch.rerouted_s > known.at_s:
            yield Over(known, "new_route")
        elif last is not None and walk.off_utc_s is None and last.utc_s > known.raised_s:
            yield Over(known, "on_route")
    if beside is None or len(beside.recent_m) < _RECENT or now_s - beside.at_s > _FRESH_S:
        return
    off_m = median(beside.recent_m)
    lasts = walk.off and beside.at_s - beside.since_s >= LONG_S
    far = watch.been_on and off_m >= FAR_M
    if (
        lasts
        and (far or off_m - beside.least_m >= GROWING_M)
        and not watch.told_since("off_route", beside.since_s)
    ):
        yield Raise(
            "off_route", str(int(beside.since_s)), beside.since_s, watch.where, {"off_m": round(off_m)}
        )
