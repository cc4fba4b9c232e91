"""Plan a walk: two places, a walker and an hour in; a `wire.route.Route` out. Pure."""

import hashlib
import math
import re
from dataclasses import replace
from datetime import datetime
from itertools import product
from typing import Literal

from routing import cost, places, search, stretches
from routing.cost import Walker
from routing.errors import NoRoute, PlaceNotFound, SamePlace
from routing.geo import Point, Polyline, distance_m
from routing.network import WalkingMap
from routing.places import MapPlace
from routing.search import Found
from wire import codec
from wire.route import Caveat, Landmark, Name, Place, Route, Stretch, StretchKind

# Closer than this there is nothing to guide: a position fix is as wrong.
_SAME_PLACE_M = 5.0
_LATLON = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*[,、]\s*([+-]?\d+(?:\.\d+)?)\s*")
_CHOSEN_POINT = Name(ja="指定した地点", kana="していした ちてん", en="the chosen point")

# Blocks are given up in steps where following them would lead too far round.
_FAINTER = (1.0, 1.5, 2.0)

# Beside the way: as far as a hand or an ear notices a stop, an entrance, a shop front.
_LANDMARK_M = 25.0
_LANDMARK_GAP_M = 40.0  # one sentence and its echo, at walking speed
_LANDMARK_ENDS_M = 10.0  # start and destination have words of their own
_AHEAD_M = 1.5
_SILENT_PLACES = ("highway=traffic_signals", "highway=elevator", "entrance=")

_CaveatKind = Literal[
    "no_sidewalk", "unmarked_crossing", "level_crossing", "steps", "no_signal", "tactile_unknown"
]

# Half of a usual cycle (120 s) at a light; a gap in the traffic; bars that may be down.
_WAIT_SIGNAL_S, _WAIT_UNSIGNALLED_S, _WAIT_RAILS_S = 30.0, 10.0, 20.0


def plan(on: WalkingMap, origin: str, destination: str, walker: str, at: datetime) -> Route:
    """The way from `origin` to `destination` for the profile `walker`, setting out at `at` (aware).

    Origin and destination are a place's name or its unique beginning, or "lat,lon". Raises
    `PlaceNotFound`, `PlaceAmbiguous`, `TooFarFromWay`, `SamePlace`, `NoRoute`, `UnknownWalker`.
    """
    who = cost.walker(walker)
    walks: list[tuple[Found, Place, Place]] = []
    missing: NoRoute | None = None
    for start, end in product(_candidates(on, origin), _candidates(on, destination)):
        try:
            walks.append((_walk(on, start, end, who, at), start, end))
        except NoRoute as error:  # perhaps the other pole of the stop can be reached
            missing = error
    if missing is not None and not walks:
        raise missing
    return _route(on, *min(walks, key=lambda walk: walk[0].cost_s), who, at)


def _candidates(on: WalkingMap, text: str) -> list[Place]:
    """Several where one place has several nodes, such as the two poles of a bus stop."""
    match = _LATLON.fullmatch(text)
    if match is None:
        return [
            Place(name=place.name, lat=place.point[0], lon=place.point[1])
            for place in places.find(on.places, text)
        ]
    lat, lon = float(match[1]), float(match[2])
    if abs(lat) > 90.0 or abs(lon) > 180.0:
        raise PlaceNotFound(
            f"{text} は緯度,経度の範囲にありません。33.2334,131.6066 のように書いてください",
            f'{text} is no latitude and longitude: write "33.2334,131.6066"',
        )
    return [Place(name=_CHOSEN_POINT, lat=lat, lon=lon)]


def _walk(on: WalkingMap, origin: Place, destination: Place, who: Walker, at: datetime) -> Found:
    start = search.snap(on, (origin.lat, origin.lon))
    end = search.snap(on, (destination.lat, destination.lon))
    if distance_m(start.point, end.point) < _SAME_PLACE_M:
        raise SamePlace(
            "出発地と目的地が同じ場所です。別の目的地を指定してください",
            "origin and destination are one place: choose another destination",
        )

    def cheapest(walker: Walker) -> Found:
        least = min(walker.paving_factor, 1.0) / walker.speed_mps
        return search.cheapest(on, start, end, cost.coster(walker, at), least)

    plain = cheapest(cost.without_paving(who))
    for fainter in _FAINTER:
        factor = who.paving_factor * fainter
        if factor >= 1.0:
            break
        found = cheapest(replace(who, paving_factor=factor))
        if found.length_m <= who.paving_cap * plain.length_m:
            return found
    return plain


def _route(
    on: WalkingMap, found: Found, origin: Place, destination: Place, who: Walker, at: datetime
) -> Route:
    points, parts = stretches.told(found, at)
    line = Polyline.through(points)
    route = Route(
        route_id="",
        source=on.source,
        walker=who.key,
        origin=origin,
        destination=destination,
        points=tuple((round(lat, 7), round(lon, 7)) for lat, lon in points),
        stretches=parts,
        landmarks=_landmarks(on, line, {origin.name.ja, destination.name.ja}),
        caveats=_caveats(parts, line, who),
        length_m=round(line.length_m, 1),
        duration_s=float(round(line.length_m / who.speed_mps + sum(_wait_s(part) for part in parts))),
    )
    # The same plan has the same name, so that planning again stores nothing new.
    digest = hashlib.sha256(codec.ROUTE.encode(route).encode())
    return replace(route, route_id=digest.hexdigest()[:16])


def _wait_s(part: Stretch) -> float:
    if part.kind is StretchKind.LEVEL_CROSSING:
        return _WAIT_RAILS_S
    if part.crossing is None:
        return 0.0
    return _WAIT_SIGNAL_S if part.crossing.signals == "yes" else _WAIT_UNSIGNALLED_S


def _landmarks(on: WalkingMap, line: Polyline, told: set[str]) -> tuple[Landmark, ...]:
    """Places beside the line, in walking order: the nearest of each name, not too many."""
    nearest: dict[str, tuple[float, Landmark]] = {}
    for place in on.places:
        seen = line.project(place.point)
        off_m = _apart_m(line, place.point, seen.point)
        if off_m > _LANDMARK_M or place.name.ja in told or place.kind.startswith(_SILENT_PLACES):
            continue
        if not _LANDMARK_ENDS_M <= seen.along_m <= line.length_m - _LANDMARK_ENDS_M:
            continue
        mark = Landmark(
            at_m=round(seen.along_m, 1), side=_side(off_m, seen.offset_m), name=_as_landmark(place)
        )
        if off_m < nearest.get(place.name.ja, (math.inf, mark))[0]:
            nearest[place.name.ja] = (off_m, mark)
    chosen: list[Landmark] = []
    for _, mark in sorted(nearest.values(), key=lambda each: each[0]):
        if all(abs(mark.at_m - other.at_m) >= _LANDMARK_GAP_M for other in chosen):
            chosen.append(mark)
    return tuple(sorted(chosen, key=lambda each: each.at_m))


def _as_landmark(place: MapPlace) -> Name:
    """A bus stop's name alone would sound like the street or the building that it is named after."""
    name = place.name
    if place.kind != "highway=bus_stop" or name.ja.endswith("バス停"):
        return name
    return replace(name, ja=f"{name.ja}バス停", kana=f"{name.kana}ばすてい" if name.kana else None)


def _side(off_m: float, offset_m: float) -> Literal["left", "right", "ahead"]:
    if off_m < _AHEAD_M:
        return "ahead"
    return "right" if offset_m > 0.0 else "left"


def _apart_m(line: Polyline, a: Point, b: Point) -> float:
    return math.dist(line.plane.to_xy(a), line.plane.to_xy(b))


def _caveats(parts: tuple[Stretch, ...], line: Polyline, who: Walker) -> tuple[Caveat, ...]:
    """What the plan could not avoid, gravest first."""
    crossings = [(part, part.crossing) for part in parts if part.crossing is not None]
    unmarked = [part for part, facts in crossings if facts.marked == "no"]
    no_signal = [part for part, facts in crossings if facts.signals == "no" and part not in unmarked]
    plain = [part for part in parts if part.crossing is None]
    unknown = [part for part in plain if part.tactile == "unknown" and who.paving_factor < 1.0]
    found: tuple[tuple[_CaveatKind, list[Stretch]], ...] = (
        ("level_crossing", [part for part in parts if part.kind is StretchKind.LEVEL_CROSSING]),
        ("no_sidewalk", [part for part in parts if part.kind is StretchKind.ROAD]),
        ("unmarked_crossing", unmarked),
        ("no_signal", no_signal),
        ("steps", [part for part in parts if part.kind is StretchKind.STEPS]),
        ("tactile_unknown", unknown),
    )
    return tuple(
        Caveat(kind=kind, count=len(those), length_m=round(_length_m(those, line), 1))
        for kind, those in found
        if those
    )


def _length_m(parts: list[Stretch], line: Polyline) -> float:
    return sum(line.along_m[part.last] - line.along_m[part.first] for part in parts)
