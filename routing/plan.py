"""Plan a walk: two places, a walker and an hour in; a `wire.route.Route` out.

The map, the weights of a person at an hour, and the search over them are in machine code; what they
prepare is kept on the map (`routing.desk`), so that a second plan costs a millisecond.
"""

import hashlib
import re
import struct
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, get_args

from routing import cost, places, search, snapping, stretches
from routing.blockages import Blockage, active
from routing.caveats import caveats
from routing.columns import F64
from routing.desk import Task, task
from routing.errors import NoRoute, OutsideMap, SamePlace
from routing.geo import Point, distance_m
from routing.landmarks import landmarks
from routing.search import Found
from routing.snapping import Snap
from routing.stretches import Tally
from routing.walkers import Walker, walker
from wire.route import Choice, Comparison, Name, Place, Route, Stretch, StretchKind

if TYPE_CHECKING:
    from routing.network import WalkingMap

# Closer than this there is nothing to guide: a position fix is as wrong.
_SAME_PLACE_M = 5.0
_LATLON = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*[,、]\s*([+-]?\d+(?:\.\d+)?)\s*")
_CHOSEN_POINT = Name(ja="指定した地点", kana="していした ちてん", en="the chosen point")

# Blocks are given up in steps where following them would lead too far round.
_FAINTER = (1.5, 2.0)

CHOICES: Final[tuple[Choice, ...]] = get_args(Choice)

# Half of a usual cycle (120 s) at a light; a gap in the traffic; bars that may be down.
_WAIT_SIGNAL_S, _WAIT_UNSIGNALLED_S, _WAIT_RAILS_S = 30.0, 10.0, 20.0
_NO_DIFFERENCE: Final = Comparison(
    longer_m=0.0, no_sidewalk_m=0.0, blocks_m=0.0, unsignalled=0, level_crossings=0, steps=0
)
# Less than this more or less is no difference that anybody would choose by.
_ALIKE_M = 10.0


def plan(
    on: "WalkingMap",
    origin: str,
    destination: str,
    who: str | Walker,
    at: datetime,
    *,
    choice: Choice = "recommended",
    blocked: Sequence[Blockage] = (),
) -> Route:
    """The way from `origin` to `destination` for a walker, setting out at `at` (aware).

    Origin and destination are a place's name or its unique beginning, or "lat,lon"; `who` a
    profile's name, its file, or the walker. Blockages that have not expired are avoided; where
    there is no other way the plan leads through and says so.

    Raises `PlaceNotFound`, `PlaceAmbiguous`, `OutsideMap`, `TooFarFromWay`, `SamePlace`, `NoRoute`,
    `UnknownWalker`, `BadProfile`.
    """
    person = walker(who) if isinstance(who, str) else who
    doing = task(on, person, at, active(blocked, at))
    return _planned(_Ends(on, origin, destination, doing.closed), doing, choice)


def alternatives(
    on: "WalkingMap",
    origin: str,
    destination: str,
    who: str | Walker,
    at: datetime,
    *,
    blocked: Sequence[Blockage] = (),
) -> tuple[Route, ...]:
    """The recommended way and the others that differ from it, as `plan` makes them."""
    person = walker(who) if isinstance(who, str) else who
    doing = task(on, person, at, active(blocked, at))
    ends = _Ends(on, origin, destination, doing.closed)
    found: dict[tuple[Point, ...], Route] = {}
    for choice in CHOICES:
        route = _planned(ends, doing, choice)
        found.setdefault(route.points, route)
    return tuple(found.values())


class _Ends:
    """Where a walk begins and ends: the places, and where each lies on the network."""

    def __init__(self, on: "WalkingMap", origin: str, destination: str, closed: F64) -> None:
        self.on = on
        self._starts = _snapped(on, _candidates(on, origin))
        self._ends = _snapped(on, _candidates(on, destination))
        self.starts = search.opened([snap for snap, _ in self._starts], closed, cost.BLOCKED_S)
        self.ends = search.opened([snap for snap, _ in self._ends], closed, cost.BLOCKED_S)
        if distance_m(self._starts[0][0].point, self._ends[0][0].point) < _SAME_PLACE_M:
            raise SamePlace(
                "出発地と目的地が同じ場所です。別の目的地を指定してください",
                "origin and destination are one place: choose another destination",
            )

    def places(self, found: Found) -> tuple[Place, Place]:
        """The places that the search chose: one of a stop's poles."""
        origin = next(place for snap, place in self._starts if snap is found.start)
        return origin, next(place for snap, place in self._ends if snap is found.end)


def _snapped(on: "WalkingMap", candidates: list[Place]) -> list[tuple[Snap, Place]]:
    snaps = [(snap, place) for place in candidates for snap in snapping.snaps(on, (place.lat, place.lon))]
    return sorted(snaps, key=lambda each: each[0].access_s) if len(candidates) > 1 else snaps


def _candidates(on: "WalkingMap", text: str) -> list[Place]:
    """Several where one place has several nodes, such as the two poles of a bus stop."""
    point = latlon(text)
    if point is None:
        return [
            Place(name=place.name, lat=place.point[0], lon=place.point[1])
            for place in places.find(on.places, text)
        ]
    return [Place(name=_CHOSEN_POINT, lat=point[0], lon=point[1])]


def latlon(text: str) -> Point | None:
    """The point that "lat,lon" says; None for other text, `OutsideMap` for no point on earth."""
    match = _LATLON.fullmatch(text)
    if match is None:
        return None
    lat, lon = float(match[1]), float(match[2])
    if abs(lat) > 90.0 or abs(lon) > 180.0:
        swapped = abs(lat) <= 180.0 and abs(lon) <= 90.0
        raise OutsideMap(
            f"{text} は緯度,経度の範囲にありません。{'緯度と経度が逆のようです。' if swapped else ''}"
            "33.2334,131.6066 のように書いてください",
            f"{text} is no latitude and longitude{' (they look swapped)' if swapped else ''}: "
            'write "33.2334,131.6066"',
        )
    return lat, lon


def _planned(ends: _Ends, doing: Task, choice: Choice) -> Route:
    shortest = _cheapest(ends, doing, "shortest")
    found = shortest if choice == "shortest" else _chosen(ends, doing, choice, shortest)
    return _route(ends, found, shortest, doing, choice)


def _chosen(ends: _Ends, doing: Task, choice: Choice, shortest: Found) -> Found:
    """The cheapest way under a choice; blocks never lead far round unless they were asked for.

    They may make the way longer than the plain one by `paving_cap`; a way that is within that of the
    shortest is so for certain, and the plain one need not be looked for.
    """
    who, on = doing.who, ends.on
    found = _cheapest(ends, doing, choice)
    if choice != "recommended" or who.paving_factor >= 1.0:
        return found
    length_m = search.length_m(on, found)
    if length_m <= who.paving_cap * search.length_m(on, shortest):
        return found
    plain = _cheapest(ends, doing, choice, 1.0)
    cap_m = who.paving_cap * search.length_m(on, plain)
    if length_m <= cap_m:
        return found
    for fainter in _FAINTER:
        factor = who.paving_factor * fainter
        if factor >= 1.0:
            break
        found = _cheapest(ends, doing, choice, factor)
        if search.length_m(on, found) <= cap_m:
            return found
    return plain


def _cheapest(ends: _Ends, doing: Task, choice: Choice, paving: float | None = None) -> Found:
    metric = doing.metric(choice, paving)
    try:
        return search.cheapest(ends.on, ends.starts, ends.ends, metric)
    except NoRoute:
        raise NoRoute(
            "出発地と目的地をつなぐ歩ける道が地図にありません。別の地点を指定してください",
            "no walkable way joins origin and destination on this map: choose other points",
        ) from None


def _route(ends: _Ends, found: Found, shortest: Found, doing: Task, choice: Choice) -> Route:
    on, who = ends.on, doing.who
    told = stretches.told(on, found, doing.crossings, doing.closed)
    sums = told.sums
    origin, destination = ends.places(found)
    return Route(
        route_id=_identity(found, doing, choice, origin, destination),
        source=on.source,
        walker=who.key,
        origin=origin,
        destination=destination,
        points=told.points,
        stretches=told.stretches,
        landmarks=landmarks(on, doing.desk.places, told.points_e7, {origin.name.ja, destination.name.ja}),
        caveats=caveats(told, doing),
        length_m=round(sums.length_m, 1),
        duration_s=float(round(sums.length_m / who.speed_mps + sum(map(wait_s, told.stretches)))),
        choice=choice,
        comparison=_comparison(sums, _sums_of(on, shortest, found, doing, sums)),
    )


def _sums_of(on: "WalkingMap", shortest: Found, found: Found, doing: Task, sums: Tally) -> Tally:
    if shortest is found or shortest.links.tobytes() == found.links.tobytes():
        return sums
    return stretches.tally(on, shortest, doing.closed)


def _identity(found: Found, doing: Task, choice: Choice, origin: Place, destination: Place) -> str:
    """The same plan has the same name, so that planning again stores nothing new."""
    digest = hashlib.blake2b(doing.token, digest_size=8)
    digest.update(f"\0{choice}\0{origin.name.ja}\0{destination.name.ja}\0".encode())
    shares = found.start.share, found.end.share
    digest.update(struct.pack("<6d", origin.lat, origin.lon, destination.lat, destination.lon, *shares))
    digest.update(found.links.tobytes())
    return digest.hexdigest()


def _comparison(ours: Tally, shortest: Tally) -> Comparison:
    """The differences from the shortest way; all 0 where it is as good as the same."""
    longer = ours.length_m - shortest.length_m
    if ours is shortest:
        return _NO_DIFFERENCE
    counts = (
        ours.unsignalled - shortest.unsignalled,
        ours.level_crossings - shortest.level_crossings,
        ours.steps - shortest.steps,
    )
    metres = (ours.no_sidewalk_m - shortest.no_sidewalk_m, ours.blocks_m - shortest.blocks_m)
    if not any(counts) and all(abs(each) < _ALIKE_M for each in (longer, *metres)):
        return _NO_DIFFERENCE
    return Comparison(
        longer_m=round(longer, 1),
        no_sidewalk_m=round(metres[0], 1),
        blocks_m=round(metres[1], 1),
        unsignalled=counts[0],
        level_crossings=counts[1],
        steps=counts[2],
    )


def wait_s(part: Stretch) -> float:
    """Usual seconds of waiting before this stretch: a light, a gap in the traffic, bars that are down."""
    if part.kind is StretchKind.LEVEL_CROSSING:
        return _WAIT_RAILS_S
    if part.crossing is None:
        return 0.0
    return _WAIT_SIGNAL_S if part.crossing.signals == "yes" else _WAIT_UNSIGNALLED_S
