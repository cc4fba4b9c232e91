"""Cues that belong to no place of the itinerary: start, facing, straying, the destination. Pure."""

from dataclasses import replace

from routing import geo, remarks
from routing.actions import Action
from routing.cues import Cue, CueKind
from routing.geo import Polyline
from routing.tracking import Track, point
from wire.route import Route

_CHANGED_M, _CHANGED_DEG = 10.0, 45.0
_CHANGED_SHARE = 0.5  # 60 m instead of 50 changes nothing of what to do
_AT_THE_DOOR_M = 4.0


def start(route: Route) -> Cue:
    """Where to, how far, how long, and the route in figures."""
    return remarks.opening(route)


def facing(kind: CueKind, key: str, line: Polyline, track: Track, lifetime_s: float) -> Cue:
    """Which way the route runs here: true bearing, and relative to the walker where that is known."""
    bearing = line.bearing_at(track.route_m, over_m=10.0)
    return Cue(kind, key, bearing_deg=bearing, relative_deg=_relative(track, bearing), lifetime_s=lifetime_s)


def uncertain(accuracy_m: float) -> Cue:
    """Positions are not good enough to tell the place by."""
    return Cue(CueKind.POSITION_POOR, "position/poor", accuracy_m=accuracy_m)


def off_route(line: Polyline, track: Track, count: int) -> Cue:
    """Where the nearest place of the route lies from the walker."""
    here, there = point(track.fix), line.at(track.route_m)
    bearing = geo.bearing_deg(here, there)
    return Cue(
        CueKind.OFF_ROUTE,
        f"off/{count}",
        distance_m=geo.distance_m(here, there),
        accuracy_m=track.fix.accuracy_m,
        bearing_deg=bearing,
        relative_deg=_relative(track, bearing),
        lifetime_s=8.0,
    )


def is_news(before: Cue, now: Cue) -> bool:
    """Whether the way back has changed enough to be told again; who walks towards it knows."""
    was_m, away_m = before.distance_m or 0.0, now.distance_m or 0.0
    changed = abs(away_m - was_m) >= max(_CHANGED_M, _CHANGED_SHARE * was_m)
    if now.relative_deg is None or before.relative_deg is None:
        return changed
    towards = max(abs(now.relative_deg), abs(before.relative_deg)) <= _CHANGED_DEG
    if away_m < was_m and towards:
        return False
    return changed or abs(geo.turn_deg(before.relative_deg, now.relative_deg)) >= _CHANGED_DEG


def destination(kind: CueKind, key: str, route: Route, line: Polyline, track: Track) -> Cue:
    """The end of the route, and on which side of it the place itself lies."""
    cue = goal(route, line)
    return replace(
        cue,
        kind=kind,
        key=key,
        distance_m=max(line.length_m - track.route_m, 0.0),
        accuracy_m=track.fix.accuracy_m,
        side=_side_of_door(route, line),
        lifetime_s=30.0,
    )


def goal(route: Route, line: Polyline) -> Cue:
    """The destination as what comes next."""
    return Cue(CueKind.NEAR_DESTINATION, "near", at_m=line.length_m, name=route.destination.name)


def reassurance(count: int, ahead: Action | None, last: Cue, lead_m: float, track: Track) -> Cue:
    """Still right; how far to the next decision `ahead`, or to the destination `last`."""
    then = ahead.what if ahead else last
    at_m = then.at_m or 0.0
    return Cue(
        CueKind.REASSURE,
        f"reassure/{count}",
        at_m=at_m,
        distance_m=at_m - track.route_m,
        accuracy_m=track.fix.accuracy_m,
        then=then,
        expires_m=at_m - lead_m,
    )


def _side_of_door(route: Route, line: Polyline) -> str | None:
    """None where the way ends at the place itself."""
    door = (route.destination.lat, route.destination.lon)
    end = line.at(line.length_m)
    if geo.distance_m(end, door) < _AT_THE_DOOR_M:
        return None
    turn = geo.turn_deg(line.bearing_at(line.length_m, over_m=-8.0), geo.bearing_deg(end, door))
    return "ahead" if abs(turn) <= 45.0 else "right" if turn > 0.0 else "left"


def _relative(track: Track, bearing: float) -> float | None:
    return None if track.heading_deg is None else geo.turn_deg(track.heading_deg, bearing)
