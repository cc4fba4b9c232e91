"""Our own engine, asked like the others: plan, steps and words."""

from collections.abc import Callable
from datetime import datetime

from routing.bench.pairs import Pair
from routing.bench.walked import Walked
from routing.errors import PlanError
from routing.geo import Point
from routing.network import WalkingMap
from routing.phrases import rehearsal
from routing.plan import plan
from routing.snapping import snaps
from wire.route import Choice, Route

WALKER = "cane"


class Shirube:
    """Shirube on one map at one hour, under one choice."""

    def __init__(self, on: WalkingMap, at: datetime, choice: Choice = "recommended") -> None:
        self.name = "shirube" if choice == "recommended" else f"shirube_{choice}"
        self._on, self._at, self._choice = on, at, choice

    def answer(self, pair: Pair) -> tuple[Route, tuple[str, ...]] | None:
        """The route and the sentences that tell it, in Japanese; None where it finds none."""
        route = self.route(pair)
        return None if route is None else (route, tuple(rehearsal(route, "ja")))

    def walked(self, pair: Pair) -> Walked | None:
        """Where its route runs."""
        route = self.route(pair)
        return None if route is None else Walked(route.points)

    def route(self, pair: Pair) -> Route | None:
        """The plan alone."""
        try:
            return plan(self._on, _text(pair.start), _text(pair.end), WALKER, self._at, choice=self._choice)
        except PlanError:
            return None


def beside_a_way(on: WalkingMap) -> Callable[[Point], bool]:
    """Whether a walk may begin at a point: not in a lake, nor in the woods far from any way."""

    def usable(point: Point) -> bool:
        try:
            return bool(snaps(on, point))
        except PlanError:
            return False

    return usable


def _text(point: Point) -> str:
    return f"{point[0]:.7f},{point[1]:.7f}"
