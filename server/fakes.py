"""Stand-ins for the server's ports, shared by everything that tests against it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from routing.blockages import Blockage
from routing.geo import Point
from routing.manner import Lang
from routing.things import Surroundings, Thing
from server.errors import NotFound
from server.planner import Ground
from wire.api import FoundPlace, PlanRequest
from wire.route import Crossing, MapSource, Name, Place, Route, Stretch, StretchKind


class FakeClock:
    """A clock that stands until it is moved."""

    def __init__(self, utc_s: float = 1_795_323_720.0) -> None:  # 2026-11-22 14:02 in Japan
        self.now_s = utc_s

    def utc_s(self) -> float:
        """UTC seconds since 1970."""
        return self.now_s


class FakePlanner:
    """Knows one straight route, 200 m to the north over one crossing, to any place but "nowhere".

    Every map but "no map" is there; the safest route is a metre longer.
    """

    def __init__(self) -> None:
        self.asked: list[PlanRequest] = []
        self.blocked: tuple[Blockage, ...] = ()  # of the last plan

    def plan(self, request: PlanRequest, at: datetime, blocked: Sequence[Blockage] = ()) -> Route:
        """The route."""
        self.require(request.map)
        self.asked.append(request)
        self.blocked = tuple(blocked)
        if request.destination == "nowhere":
            raise NotFound("その場所は地図にありません。", "There is no such place on the map.")
        return replace(straight_route(request.destination), choice=request.choice)

    def alternatives(
        self, request: PlanRequest, at: datetime, blocked: Sequence[Blockage] = ()
    ) -> tuple[Route, ...]:
        """The route, and another."""
        first = self.plan(request, at, blocked)
        other = replace(first, route_id=f"{first.route_id}-safest", choice="safest", length_m=201.0)
        return first, other

    def rehearsal(self, route: Route, lang: Lang) -> tuple[str, ...]:
        """Two sentences."""
        ja = (f"{route.destination.name.ja}まで200メートルです。", "80メートル先で昭和通りを渡ります。")
        en = (f"It is 200 metres to {route.destination.name.ja}.", "In 80 metres you cross Showa-dori.")
        return ja if lang == "ja" else en

    def why(self, route: Route, lang: Lang) -> str:
        """A sentence with the choice in it."""
        return f"{route.choice} の経路です。" if lang == "ja" else f"The {route.choice} route."

    def places(self, map_name: str, query: str, limit: int) -> tuple[FoundPlace, ...]:
        """The station, where the name fits."""
        self.require(map_name)
        name = Name(ja="大分駅", kana="おおいたえき", en="Oita Station")
        found = FoundPlace(name=name, kind="railway=station", lat=33.2334, lon=131.6066)
        return (found,)[:limit] if query and query in name.ja else ()

    def surroundings(
        self, map_name: str, line: Sequence[Point], beside: Sequence[Point], reach_m: float, most: int
    ) -> Ground:
        """The sidewalk that the line lies on, and the road beside it of which little is known."""
        self.require(map_name)
        points = tuple(line)
        walk = Thing(1, StretchKind.SIDEWALK, (points,), 0.0, 0.0, Name(ja="中央通り", en="Chuo-dori"), "yes")
        road = Thing(2, StretchKind.ROAD, (points,), 0.0, 6.0)
        source = straight_route().source
        return Ground(Surroundings((walk, road)[:most], max(2 - most, 0)), source)

    def require(self, map_name: str) -> None:
        """Raise `NotFound` for "no map"."""
        if map_name == "no map":
            raise NotFound("その名前の地図はありません。", "There is no map of that name.")


def straight_route(destination: str = "県立美術館") -> Route:
    """North along a sidewalk, over 昭和通り from 80 m to 100 m."""
    lats = [33.2334 + metres / 110_900.0 for metres in (0.0, 80.0, 100.0, 200.0)]
    street = Name(ja="昭和通り", kana="しょうわどおり", en="Showa-dori")
    crossing = Crossing(signals="yes", sound="yes", marked="yes", street=street)
    return Route(
        route_id=f"straight-{len(destination)}",
        source=MapSource(name="fake", practice=True, attribution="練習 / practice"),
        walker="cane",
        origin=Place(name=Name(ja="大分駅", en="Oita Station"), lat=lats[0], lon=131.6066),
        destination=Place(name=Name(ja=destination, en="Art Museum"), lat=lats[-1], lon=131.6066),
        points=tuple((lat, 131.6066) for lat in lats),
        stretches=(
            Stretch(first=0, last=1, kind=StretchKind.SIDEWALK, tactile="yes"),
            Stretch(first=1, last=2, kind=StretchKind.CROSSING, crossing=crossing),
            Stretch(first=2, last=3, kind=StretchKind.SIDEWALK),
        ),
        length_m=200.0,
        duration_s=200.0,
    )
