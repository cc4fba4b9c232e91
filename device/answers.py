"""The facts of the moment, for who asks: where am I, what is ahead. Nothing that is not known."""

from dataclasses import replace
from typing import Final

from device.companion_state import CompanionState
from device.facts import AheadNow, Nearby, WhereNow
from device.senses import Senses, Settings
from routing import geo
from routing.cues import Cue, CueKind
from routing.follow import Follower
from vision.types import Hazard
from wire.route import Name, Place

# A position older than this is of another place: at 1.2 m/s one is 12 m further.
KNOWN_S: Final = 10.0
# Asked for, three things can be kept in mind; what is further than this is not met soon.
MOST_THINGS: Final = 3
SEEN_WITHIN_M: Final = 12.0
NEARBY_M: Final = 3000.0


def located(state: CompanionState, now_s: float) -> bool:
    """Whether it is known where the wearer is."""
    fresh = state.fix_s is not None and now_s - state.fix_s <= KNOWN_S
    return fresh and (state.progress is None or state.progress.located)


def where_now(
    state: CompanionState, follower: Follower | None, settings: Settings, senses: Senses
) -> WhereNow:
    """Where the wearer is."""
    known = located(state, senses.now_s)
    age_s = None if state.fix_s is None else senses.now_s - state.fix_s
    if not known or state.fix is None:
        return WhereNow(False, age_s, heading_deg=senses.heading_deg)
    around = state.around.known(senses.now_s) if follower is None else None
    progress = state.progress if follower is not None else None
    return WhereNow(
        located=True,
        age_s=age_s,
        accuracy_m=state.fix.accuracy_m,
        street=_street(state, follower) or (around.street if around else None),
        goal=follower.route.destination.name if follower else None,
        remaining_m=progress.remaining_m if progress else None,
        on_route=progress is None or progress.on_route,
        nearby=None if follower else _nearby((state.fix.lat, state.fix.lon), settings.places),
        heading_deg=senses.heading_deg,
        looking=follower is None and state.around.awaited,
    )


def ahead_now(
    state: CompanionState, follower: Follower | None, settings: Settings, senses: Senses
) -> AheadNow:
    """What comes next, and what the camera makes of this moment."""
    lost = state.camera_stale or state.hazards is None or bool({"camera", "model"} & {*state.unhealthy})
    seen = sorted(
        (hazard for hazard in (state.hazards or {}).values() if _worth_telling(hazard)),
        key=lambda hazard: hazard.distance_m,
    )
    progress, sight = state.progress, state.scene.blocks.sight
    return AheadNow(
        guided=follower is not None,
        located=located(state, senses.now_s),
        on_route=progress is None or progress.on_route,
        cue=_next(state, follower),
        camera="none" if not settings.camera else "lost" if lost else "sees",
        hazards=() if lost else tuple(seen[:MOST_THINGS]),
        more=0 if lost else max(0, len(seen) - MOST_THINGS),
        blocks=not lost and sight is not None and sight.seen,
    )


def _worth_telling(hazard: Hazard) -> bool:
    return hazard.distance_m <= SEEN_WITHIN_M


def _next(state: CompanionState, follower: Follower | None) -> Cue | None:
    """The next decision of the route, or its end, from where the wearer is."""
    progress = state.progress
    if follower is None or progress is None or not progress.located or not progress.on_route:
        return None
    action = next((each for each in follower.plan.decisions if each.key == progress.next_key), None)
    if action is None:
        name = follower.route.destination.name
        goal = Cue(CueKind.NEAR_DESTINATION, "near", at_m=follower.plan.line.length_m, name=name)
        return _from_here(goal, progress.remaining_m, progress.accuracy_m)
    cue = replace(action.what, kind=action.prepare or action.act)
    return _from_here(cue, max(action.at_m - progress.route_m, 0.0), progress.accuracy_m)


def _from_here(cue: Cue, distance_m: float, accuracy_m: float | None) -> Cue:
    return replace(cue, distance_m=distance_m, accuracy_m=accuracy_m)


def _street(state: CompanionState, follower: Follower | None) -> Name | None:
    progress = state.progress
    if follower is None or progress is None or not progress.on_route:
        return None
    spans = follower.plan.spans
    here = next((span for span in spans if span.from_m <= progress.route_m < span.to_m), None)
    return here.stretch.name if here else None


def _nearby(here: geo.Point, places: tuple[Place, ...]) -> Nearby | None:
    """The nearest saved place: the only ones whose names the wearer surely knows."""
    found = min(places, key=lambda place: geo.distance_m(here, (place.lat, place.lon)), default=None)
    if found is None:
        return None
    there = (found.lat, found.lon)
    far_m = geo.distance_m(here, there)
    return Nearby(found.name, far_m, geo.bearing_deg(here, there)) if far_m <= NEARBY_M else None
