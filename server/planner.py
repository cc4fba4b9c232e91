"""The port to route planning, and its real version over the named maps of this server."""

import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from routing.errors import MapError, PlanError, SamePlace, UnknownWalker
from routing.manner import Lang
from server.errors import ApiError, Malformed, NotFound, Unavailable
from wire.api import PlanRequest
from wire.route import Route

if TYPE_CHECKING:
    from routing.network import WalkingMap

PRACTICE_MAPS = ("oita", "beppu")


class RoutePlanner(Protocol):
    """Plans on maps that have names. Slow: call it off the event loop."""

    def plan(self, request: PlanRequest, at: datetime) -> Route:
        """The route at the time `at`, or an `ApiError` with the reason."""

    def rehearsal(self, route: Route, lang: Lang) -> tuple[str, ...]:
        """The route as sentences, for preparing at home."""


class MapPlanner:
    """Loads each map when it is first asked for, once."""

    # routing.network brings OSMnx (2-3 s of import): it is loaded with the first map, so that the
    # server itself starts at once.

    def __init__(self, maps: Mapping[str, Path]) -> None:
        self._maps = dict(maps)
        self._loaded: dict[str, WalkingMap] = {}
        self._lock = threading.Lock()

    def plan(self, request: PlanRequest, at: datetime) -> Route:
        """The route at the time `at`, or an `ApiError` with the reason."""
        from routing.plan import plan

        try:
            return plan(self._map(request.map), request.origin, request.destination, request.walker, at)
        except (PlanError, MapError) as error:
            raise _answer(error) from error

    def rehearsal(self, route: Route, lang: Lang) -> tuple[str, ...]:
        """The route as sentences, for preparing at home."""
        from routing.phrases import rehearsal

        return rehearsal(route, lang)

    def _map(self, name: str) -> "WalkingMap":
        path = self._path(name)
        from routing.network import load_map

        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = load_map(path)
            return self._loaded[name]

    def _path(self, name: str) -> Path:
        if name in self._maps:
            return self._maps[name]
        if name in PRACTICE_MAPS:
            from routing.practice import practice_map

            return practice_map(name)
        known = "、".join(sorted({*self._maps, *PRACTICE_MAPS}))
        raise NotFound(
            f"その名前の地図はありません。あるのは {known} です。",
            f"There is no map of that name; there are {known}.",
        )


def _answer(error: PlanError | MapError) -> ApiError:
    if isinstance(error, UnknownWalker | SamePlace):
        return Malformed(error.ja, error.en)
    if isinstance(error, PlanError):
        return NotFound(error.ja, error.en)
    return Unavailable(error.ja, error.en)
