"""Where the wearer is, in words, from one fix and the route: for those who watch, not for guidance."""

from dataclasses import dataclass

from routing.geo import Polyline
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
_OFF_ROUTE_M = 20.0  # twice a good city fix
_NEAR_M = 5.0


@dataclass(frozen=True, slots=True)
class Feature:
    """Something on the route that has a place, `first_m` to `last_m` along it."""

    first_m: float
    last_m: float
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Place:
    """A position in words, and the figures they were made of."""

    ja: str
    en: str
    remaining_m: float | None  # None: there is no destination
    off_route: bool


@dataclass(frozen=True, slots=True)
class RouteWords:
    """A route, measured once, for many fixes."""

    line: Polyline
    features: tuple[Feature, ...]
    streets: tuple[Feature, ...]  # what one walks along, where it has a name

    @classmethod
    def of(cls, route: Route) -> "RouteWords":
        """Everything nameable along `route`, its destination last."""
        line = Polyline.through(route.points)
        end = Feature(line.length_m, line.length_m, route.destination.name.ja, _en(route.destination.name))
        return cls(line, (*_features(route, line), end), tuple(_streets(route, line)))

    def place(self, fix: Fix) -> Place:
        """Where `fix` is. Distances are as rough as positions in a city are, and say so."""
        on = self.line.project((fix.lat, fix.lon))
        off_m = abs(on.offset_m)
        remaining_m = max(self.line.length_m - on.along_m, 0.0)
        if off_m > max(_OFF_ROUTE_M, 2.0 * fix.accuracy_m):
            ja, en = f"経路から約{_rough(off_m)}m離れた所", f"about {_rough(off_m)} m off the route"
            return Place(ja, en, remaining_m, off_route=True)
        ja, en = self._before(on.along_m, fix.accuracy_m)
        street = next((s for s in self.streets if s.first_m <= on.along_m <= s.last_m), None)
        if street is not None:
            ja, en = f"{street.ja}、{ja}", f"on {street.en}, {en}"
        return Place(ja, en, remaining_m, off_route=False)

    def _before(self, along_m: float, accuracy_m: float) -> tuple[str, str]:
        feature = next((f for f in self.features if f.last_m >= along_m), self.features[-1])
        ahead_m = feature.first_m - along_m
        # Within the receiver's error nobody can say "before" or "on".
        if ahead_m <= max(accuracy_m, _NEAR_M):
            return f"{feature.ja}の付近", f"near the {feature.en}"
        metres = _rough(ahead_m)
        return f"{feature.ja}の手前 約{metres}m", f"about {metres} m before the {feature.en}"


def placed(words: RouteWords | None, fix: Fix) -> Place:
    """Where `fix` is on the route, or (no route) on the ground: streets are named by routes."""
    if words is not None:
        return words.place(fix)
    # To 11 m: a fix in a city knows no better.
    spot = f"{fix.lat:.4f}, {fix.lon:.4f}"
    return Place(f"経路なし、緯度と経度 {spot}", f"without a route, at {spot}", None, False)


def _streets(route: Route, line: Polyline) -> list[Feature]:
    return [
        Feature(line.along_m[s.first], line.along_m[s.last], s.name.ja, _en(s.name))
        for s in route.stretches
        if s.name is not None and s.kind not in _FEATURES
    ]


def _features(route: Route, line: Polyline) -> list[Feature]:
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


def _rough(metres: float) -> int:
    """To 5 m when near, to 10 m when far: a fix knows no better."""
    step = 5 if metres < 50.0 else 10
    return max(step, round(metres / step) * step)
