"""Plans on the map that the device carries, round the places that the wearer found closed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from device import rerouting
from device.facts import Nearby
from device.planning.closed import ClosedMemory
from device.planning.question import (
    Answer,
    Around,
    AroundQuestion,
    Failure,
    NotPlanned,
    Planned,
    PlanQuestion,
)
from device.rerouting import RerouteAnswer, RerouteRequest
from device.senses import AroundAnswer, AroundWanted, PlanAnswer, PlanFailure, PlanWanted
from routing.geo import Point
from wire.route import Choice, Place

_WANTED: Final[Mapping[Failure, PlanFailure]] = {
    "no_map": "no_map",
    "practice_map": "no_map",
    "no_way": "none_found",
    "far_from_way": "none_found",
    "same_place": "none_found",
}
_REROUTED: Final[Mapping[Failure, rerouting.Failure]] = {
    "no_way": "none_found",
    "far_from_way": "none_found",
    "same_place": "none_found",
}


@dataclass(frozen=True, slots=True)
class Carried:
    """What the device plans on, and for whom. `map` None: none is carried."""

    map: Path | None
    walker: str = "cane"
    choice: Choice = "recommended"
    live: bool = True


class LocalPlans:
    """Answers the companion's questions: a first route, another one, what is here. Blocks: for a thread.

    `ask` and `look`: such as `device.planning.child.ChildPlanner` and its `around`.
    """

    def __init__(
        self,
        carried: Carried,
        ask: Callable[[PlanQuestion], Answer],
        closed: ClosedMemory,
        *,
        look: Callable[[AroundQuestion], Around | NotPlanned],
    ) -> None:
        self._carried, self._ask, self._closed, self._look = carried, ask, closed, look

    def answer(self, wanted: PlanWanted | AroundWanted) -> PlanAnswer | AroundAnswer:
        """To either, one after the other: neither is asked often."""
        return self.plan(wanted) if isinstance(wanted, PlanWanted) else self.around(wanted)

    def plan(self, wanted: PlanWanted) -> PlanAnswer:
        """The route to a destination, or why there is none."""
        told = self._planned(wanted.origin, wanted.destination, wanted.utc_s)
        if isinstance(told, Planned):
            route = replace(told.route, destination=wanted.destination)
            return PlanAnswer(wanted.number, route, map_name=route.source.name)
        failure = _WANTED.get(told.failure, "failed")
        if told.failure == "outside_map":
            failure = "goal_outside_map" if told.point == "destination" else "outside_map"
        name = told.map.name if told.map else ""
        return PlanAnswer(wanted.number, failure=failure, map_name=name, off_km=told.off_km)

    def around(self, wanted: AroundWanted) -> AroundAnswer:
        """The street and a place near; whatever fails, only that they are not known."""
        if self._carried.map is None:
            return AroundAnswer(wanted.number)
        lat, lon = wanted.point
        question = AroundQuestion(map=str(self._carried.map), lat=lat, lon=lon, live=self._carried.live)
        told = self._look(question)
        if isinstance(told, NotPlanned):
            return AroundAnswer(wanted.number)
        place = told.place
        near = None if place is None else Nearby(place.name, place.distance_m, place.bearing_deg)
        return AroundAnswer(wanted.number, told.street, near)

    def reroute(self, request: RerouteRequest) -> RerouteAnswer:
        """Another route; a place that the wearer found closed is remembered first."""
        if request.closed is not None:
            self._closed.tell(request.closed, request.utc_s)
        told = self._planned(request.origin, request.destination, request.utc_s)
        if isinstance(told, Planned):
            # The name that the wearer knows, not that of a point.
            return RerouteAnswer(request.number, replace(told.route, destination=request.destination))
        return RerouteAnswer(request.number, failure=_REROUTED.get(told.failure, "unknown"))

    def _planned(self, origin: Point, destination: Place, utc_s: float) -> Answer:
        if self._carried.map is None:
            return NotPlanned(failure="no_map", ja="地図がありません", en="there is no map")
        question = PlanQuestion(
            map=str(self._carried.map),
            origin=as_text(origin),
            destination=as_text((destination.lat, destination.lon)),
            utc_s=utc_s,
            walker=self._carried.walker,
            choice=self._carried.choice,
            closed=self._closed.places.in_force(utc_s),
            live=self._carried.live,
        )
        return self._ask(question)


def broken_answer(wanted: PlanWanted | AroundWanted) -> PlanAnswer | AroundAnswer:
    """The answer where the planner failed in a way that nobody foresaw."""
    if isinstance(wanted, AroundWanted):
        return AroundAnswer(wanted.number)
    return PlanAnswer(wanted.number, failure="failed")


def as_text(point: Point) -> str:
    """As the planner reads it."""
    # Seven decimals are a centimetre; more would be another point than the map's.
    return f"{point[0]:.7f},{point[1]:.7f}"
