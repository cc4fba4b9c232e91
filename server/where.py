"""Where the wearer is, in words, from one fix and the route: for those who watch, not for guidance."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Final

from routing.directions import Certainty, certainty
from server.corners import corners
from server.quick_line import On, QuickLine
from server.words import Pair
from wire.base import value
from wire.position import Fix
from wire.route import Name, Route, StretchKind

# What a person who follows the walk wants to hear of, with its words.
_FEATURES: dict[StretchKind, tuple[str, str]] = {
    StretchKind.CROSSING: ("横断歩道", "crossing"),
    StretchKind.LEVEL_CROSSING: ("踏切", "level crossing"),
    StretchKind.STEPS: ("階段", "steps"),
    StretchKind.UNDERPASS: ("地下道", "underpass"),
    StretchKind.BRIDGE: ("橋", "bridge"),
}
_UNMARKED = ("横断する所", "street to cross")
_CORNER = ("次の角", "next corner")
_OFF_ROUTE_M = 20.0  # twice a good city fix
_NEAR_M = 5.0
_SAME_M = 6.0  # a corner so close to a crossing is told with it
_KNOWN_M: Final = 50.0  # a worse fix does not know which corner is the next
_AHEAD: Final = {"plain": ("約", "about"), "about": ("約", "about"), "around": ("およそ", "around")}
_LAST_M = attrgetter("last_m")


@dataclass(frozen=True, slots=True)
class Feature:
    """Something on the route that has a place, `first_m` to `last_m` along it."""

    first_m: float
    last_m: float
    ja: str
    en: str


@value
class Place:
    """A position in words, and the figures they were made of.

    `next`: the next crossing, corner or such of the route and how far it is, with the street that one walks
    along; empty where nobody knows: off the route, without one, or with a poor fix.
    """

    ja: str
    en: str
    remaining_m: float | None  # None: there is no destination
    off_route: bool
    next: Pair = ("", "")


@dataclass(frozen=True, slots=True)
class RouteWords:
    """A route, measured once, for many fixes."""

    route_id: str
    line: QuickLine
    features: tuple[Feature, ...]
    streets: tuple[Feature, ...]  # what one walks along, where it has a name
    way: Pair  # from where to where
    goal: Pair  # the second half of that

    @classmethod
    def of(cls, route: Route) -> "RouteWords":
        """Everything nameable along `route`, its destination last."""
        line = QuickLine.through(route.points)
        start, goal = route.origin.name, route.destination.name
        end = Feature(line.length_m, line.length_m, goal.ja, _en(goal))
        return cls(
            route.route_id,
            line,
            (*_with_corners(_features(route, line), line), end),
            tuple(_streets(route, line)),
            (f"{start.ja}から{goal.ja}へ", f"from {_en(start)} to {_en(goal)}"),
            (f"{goal.ja}へ", f"to {_en(goal)}"),
        )

    def for_link(self) -> "RouteWords":
        """The same without where somebody set out from, which is not for whoever has an address."""
        return replace(self, way=self.goal)

    def place(self, fix: Fix, on: On | None = None) -> Place:
        """Where `fix` is. Distances are as rough as positions in a city are, and say so.

        `on`: where it falls on `line`, if that is known already.
        """
        if on is None:
            on = self.line.near((fix.lat, fix.lon))
        remaining_m = max(self.line.length_m - on.along_m, 0.0)
        if on.off_m > max(_OFF_ROUTE_M, 2.0 * fix.accuracy_m):
            metres = rough_m(on.off_m, fix.accuracy_m)
            return Place(f"経路から約{metres}m離れた所", f"about {metres} m off the route", remaining_m, True)
        (ja, en), ahead = self._before(on.along_m, fix.accuracy_m)
        street = _next(self.streets, on.along_m)
        if street is not None and street.first_m <= on.along_m:
            ja, en = f"{street.ja}、{ja}", f"on {street.en}, {en}"
            if ahead[0]:
                ahead = f"{street.ja}、{ahead[0]}", f"on {street.en}, {ahead[1]}"
        return Place(ja, en, remaining_m, False, ahead)

    def _before(self, along_m: float, accuracy_m: float) -> tuple[Pair, Pair]:
        """Where one is before the next feature, and how far that is."""
        feature = _next(self.features, along_m) or self.features[-1]
        ahead_m = feature.first_m - along_m
        # Within the receiver's error nobody can say "before" or "on".
        if ahead_m <= max(accuracy_m, _NEAR_M):
            near = f"{feature.ja}の付近", f"near the {feature.en}"
            return near, near if accuracy_m <= _KNOWN_M else ("", "")
        metres, (ja, en) = rough_m(ahead_m, accuracy_m), _AHEAD[certainty(accuracy_m)]
        here = f"{feature.ja}の手前 {ja}{metres}m", f"{en} {metres} m before the {feature.en}"
        # Of the destination the sentence tells it anyway.
        if accuracy_m > _KNOWN_M or feature is self.features[-1]:
            return here, ("", "")
        return here, (f"{feature.ja}まで{ja}{metres}m", f"{en} {metres} m to the {feature.en}")


def placed(words: RouteWords | None, fix: Fix, on: On | None = None) -> Place:
    """Where `fix` is on the route, or (no route) on the ground: streets are named by routes."""
    if words is not None:
        return words.place(fix, on)
    # To 11 m: a fix in a city knows no better.
    spot = f"{fix.lat:.4f}, {fix.lon:.4f}"
    return Place(f"経路なし、緯度と経度 {spot}", f"without a route, at {spot}", None, False)


def _next(features: tuple[Feature, ...], along_m: float) -> Feature | None:
    """The first that ends there or further on: they stand as one meets them."""
    number = bisect_left(features, along_m, key=_LAST_M)
    return features[number] if number < len(features) else None


def _with_corners(features: list[Feature], line: QuickLine) -> list[Feature]:
    """The features, and the corners between them, as one meets them."""
    own = [
        Feature(at_m, at_m, *_CORNER)
        for at_m in corners(line)
        if not any(one.first_m - _SAME_M <= at_m <= one.last_m + _SAME_M for one in features)
    ]
    return sorted([*features, *own], key=_LAST_M)


def _streets(route: Route, line: QuickLine) -> list[Feature]:
    return [
        Feature(line.along_m[s.first], line.along_m[s.last], s.name.ja, _en(s.name))
        for s in route.stretches
        if s.name is not None and s.kind not in _FEATURES
    ]


def _features(route: Route, line: QuickLine) -> list[Feature]:
    found = []
    for stretch in route.stretches:
        words = _FEATURES.get(stretch.kind)
        if words is None:
            continue
        name = stretch.name
        if stretch.crossing is not None:
            name = stretch.crossing.street or name
            if stretch.crossing.marked == "no":
                words = _UNMARKED
        first, last = line.along_m[stretch.first], line.along_m[stretch.last]
        found.append(Feature(first, last, *_named(name, *words)))
    return found


def _named(name: Name | None, ja: str, en: str) -> tuple[str, str]:
    if name is None:
        return ja, en
    return f"{name.ja}の{ja}", f"{en} of {_en(name)}"


def _en(name: Name) -> str:
    return name.en or name.ja


def rough_m(metres: float, accuracy_m: float = 0.0) -> int:
    """To 5 m when near, to 10 m when far or by a middling fix, to 50 m by a poor one."""
    poor = certainty(accuracy_m)
    step = 50 if poor is Certainty.AROUND else 5 if metres < 50.0 and poor is Certainty.PLAIN else 10
    return max(step, round(metres / step) * step)
