"""The port to route planning, and its real version over the named maps of this server."""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from routing.blockages import Blockage
from routing.errors import (
    BadProfile,
    MapError,
    OutsideMap,
    PlanError,
    SamePlace,
    TooFarFromWay,
    UnknownWalker,
)
from routing.geo import Point
from routing.manner import Lang
from routing.things import Surroundings
from server.errors import ApiError, Malformed, NotFound, Unavailable
from wire.api import FoundPlace, PlanRequest
from wire.route import MapSource, Route

if TYPE_CHECKING:
    from routing.network import WalkingMap

PRACTICE_MAPS = ("oita", "beppu")
# The question itself is wrong: asked on another map, or with other words, it stays wrong.
_WRONG_QUESTION = (UnknownWalker, BadProfile, SamePlace, OutsideMap, TooFarFromWay)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies around a walk, and of which map."""

    around: Surroundings
    source: MapSource


class RoutePlanner(Protocol):
    """Plans on maps that have names. The first call for a map is slow: call it off the event loop."""

    def plan(self, request: PlanRequest, at: datetime, blocked: Sequence[Blockage] = ()) -> Route:
        """The route at the time `at` round what is `blocked`, or an `ApiError` with the reason."""

    def alternatives(
        self, request: PlanRequest, at: datetime, blocked: Sequence[Blockage] = ()
    ) -> tuple[Route, ...]:
        """The recommended route and those that differ from it, whatever choice the request names."""

    def rehearsal(self, route: Route, lang: Lang) -> tuple[str, ...]:
        """The route as sentences, for preparing at home."""

    def why(self, route: Route, lang: Lang) -> str:
        """One sentence: what speaks for this route."""

    def places(self, map_name: str, query: str, limit: int) -> tuple[FoundPlace, ...]:
        """Places whose name fits, best first; none is an empty answer. `ApiError` for a map."""

    def surroundings(
        self, map_name: str, line: Sequence[Point], beside: Sequence[Point], reach_m: float, most: int
    ) -> Ground:
        """What the map has within `reach_m` of either, told along `line`. `ApiError` for a map."""

    def require(self, map_name: str) -> None:
        """Raise `NotFound` unless there is a map of that name. Quick: nothing is loaded."""


@dataclass(slots=True)
class _Slot:
    """One map, loaded or not yet; the lock is held while it is loaded."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    on: "WalkingMap | None" = None
    file: tuple[int, int] | None = None  # when it was written, and its size


class MapPlanner:
    """Loads each map when it is first asked for; a loaded map is read by many threads.

    A file that was replaced is loaded anew; who plans on the one before it ends on that.
    """

    # routing.network brings the compiled search: it is loaded with the first map, so that the
    # server itself starts at once.

    def __init__(self, maps: Mapping[str, Path]) -> None:
        self._maps = dict(maps)
        self._slots: dict[str, _Slot] = {}

    def plan(self, request: PlanRequest, at: datetime, blocked: Sequence[Blockage] = ()) -> Route:
        """The route at the time `at` round what is `blocked`, or an `ApiError` with the reason."""
        from routing.plan import plan

        walker, on = _profile(request.walker), self._map(request.map)
        try:
            return plan(
                on,
                request.origin,
                request.destination,
                walker,
                at,
                choice=request.choice,
                blocked=tuple(blocked),
            )
        except PlanError as error:
            raise _answer(error) from error

    def alternatives(
        self, request: PlanRequest, at: datetime, blocked: Sequence[Blockage] = ()
    ) -> tuple[Route, ...]:
        """The recommended route and those that differ from it, whatever choice the request names."""
        from routing.plan import alternatives

        walker, on = _profile(request.walker), self._map(request.map)
        try:
            return alternatives(on, request.origin, request.destination, walker, at, blocked=tuple(blocked))
        except PlanError as error:
            raise _answer(error) from error

    def rehearsal(self, route: Route, lang: Lang) -> tuple[str, ...]:
        """The route as sentences, for preparing at home."""
        from routing.phrases import rehearsal

        return rehearsal(route, lang)

    def why(self, route: Route, lang: Lang) -> str:
        """One sentence: what speaks for this route."""
        from routing.phrases import why

        return why(route, lang)

    def places(self, map_name: str, query: str, limit: int) -> tuple[FoundPlace, ...]:
        """Places whose name fits, best first; none is an empty answer. `ApiError` for a map."""
        on = self._map(map_name)
        from routing.places import matching

        return tuple(
            FoundPlace(name=place.name, kind=place.kind, lat=place.point[0], lon=place.point[1])
            for place in matching(on.places, query, limit)
        )

    def surroundings(
        self, map_name: str, line: Sequence[Point], beside: Sequence[Point], reach_m: float, most: int
    ) -> Ground:
        """What the map has within `reach_m` of either, told along `line`. `ApiError` for a map."""
        on = self._map(map_name)
        from routing.surroundings import surroundings

        return Ground(surroundings(on, line, reach_m, most, beside), on.source)

    def require(self, map_name: str) -> None:
        """Raise `NotFound` unless there is a map of that name. Quick: nothing is loaded."""
        if map_name not in self._maps and map_name not in PRACTICE_MAPS:
            known = "、".join(sorted({*self._maps, *PRACTICE_MAPS}))
            raise NotFound(
                f"その名前の地図はありません。あるのは {known} です。",
                f"There is no map of that name; there are {known}.",
            )

    def _map(self, name: str) -> "WalkingMap":
        self.require(name)
        from routing.network import load_map

        # setdefault is one step: two threads get the same slot, and one of them loads.
        slot, path = self._slots.setdefault(name, _Slot()), self._path(name)
        with slot.lock:
            file = which_file(path)
            if slot.on is None or (file is not None and file != slot.file):
                try:
                    slot.on, slot.file = load_map(path), file
                except MapError as error:
                    raise _unusable(name, error) from error
            return slot.on

    def _path(self, name: str) -> Path:
        if name in self._maps:
            return self._maps[name]
        from routing.practice import practice_map

        return practice_map(name)


def which_file(path: Path) -> tuple[int, int] | None:
    """What tells one file from another under the same name; None where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _profile(name: str) -> str:
    """A profile that ships with the program: the planner would open a person's own as a file, by its path."""
    from routing.walkers import WALKERS

    if name not in WALKERS:
        names = ", ".join(WALKERS)
        raise Malformed(
            f"その歩き方の設定はありません。{names} のどれかにしてください。",
            f"There is no such walker profile: choose one of {names}.",
        )
    return name


def _answer(error: PlanError) -> ApiError:
    kind = Malformed if isinstance(error, _WRONG_QUESTION) else NotFound
    return kind(error.ja, error.en)


def _unusable(name: str, error: MapError) -> ApiError:
    # The reason names files of this machine: it is for the operator.
    _log.error("map %s: %s", name, error)
    return Unavailable(
        f"地図「{name}」は今使えません。管理者に知らせてください。",
        f'The map "{name}" cannot be used now: tell the administrator.',
    )
