"""The rim of re-planning: asks the server in a thread of its own, so that no step ever waits.

`ServerPlans` is one question and its answer, and blocks; `Rerouter` puts it behind two queues;
`RehearsedRerouter` answers in the same step, where time is virtual and a walk must repeat exactly.
"""

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from device.errors import UplinkError
from device.rerouting import Failure, RerouteAnswer, RerouteRequest
from device.server_client import ServerClient
from routing.geo import Point, distance_m
from wire.api import BlockageReport, PlanRequest
from wire.route import Place, Route

_log = logging.getLogger(__name__)

Plan = Callable[[RerouteRequest], RerouteAnswer]
_END: Final = None
_NO_WAY: Final = (404, 422)  # no way, or no way from here; anything else is a fault of the server
_SAME_M = 1.0


class ServerPlans:
    """Plans on the server as `first` was planned: same map, walker, choice and destination."""

    def __init__(self, client: ServerClient, first: PlanRequest) -> None:
        self._client = client
        self._first = first
        self._reports: dict[Point, str] = {}  # what was reported has one name, however often it is sent

    def __call__(self, request: RerouteRequest) -> RerouteAnswer:
        """The answer; every failure is one."""
        try:
            if request.closed is not None:
                self._report(request.closed)
            route = self._client.plan(self._question(request))
        except UplinkError as error:
            return RerouteAnswer(request.number, failure=_failure(error.status))
        return RerouteAnswer(request.number, self._named(route, request.destination))

    def _report(self, place: Point) -> None:
        name = self._reports.setdefault(place, secrets.token_hex(16))
        lat, lon = place
        try:
            self._client.report_blockage(BlockageReport(id=name, map=self._first.map, lat=lat, lon=lon))
        except UplinkError as error:
            # A server that refuses the report may still know another way; one that is not there does not.
            if error.status is None:
                raise

    def _question(self, request: RerouteRequest) -> PlanRequest:
        at = datetime.fromtimestamp(request.utc_s, UTC).isoformat()
        return replace(self._first, origin=_as_text(request.origin), at=at)

    def _named(self, route: Route, destination: Place) -> Route:
        """A destination that was asked for by its coordinates keeps the name that the walker knows."""
        there = (route.destination.lat, route.destination.lon)
        same = distance_m(there, (destination.lat, destination.lon)) <= _SAME_M
        return replace(route, destination=destination) if same else route


def _failure(status: int | None) -> Failure:
    if status is None:
        return "no_network"
    return "none_found" if status in _NO_WAY else "unknown"


def first_question(route: Route, map_name: str) -> PlanRequest:
    """The question for a route that was planned elsewhere: to the same place, for the same walker."""
    destination = _as_text((route.destination.lat, route.destination.lon))
    origin = _as_text((route.origin.lat, route.origin.lon))
    return PlanRequest(
        map=map_name, origin=origin, destination=destination, walker=route.walker, choice=route.choice
    )


class Rerouter:
    """Asks in a thread. `ask` and `poll` never block; one question at a time, the newest counts."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._asked: queue.Queue[RerouteRequest | None] = queue.Queue()
        self._answers: queue.Queue[RerouteAnswer] = queue.Queue()
        # A daemon: a call that hangs must not keep the device from ending.
        self._thread = threading.Thread(target=self._work, name="reroute", daemon=True)
        self._thread.start()

    def ask(self, request: RerouteRequest) -> None:
        """Begin to plan."""
        self._asked.put(request)

    def poll(self) -> RerouteAnswer | None:
        """An answer that arrived since the last call."""
        try:
            return self._answers.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """End the thread after what it is at; safe to call twice."""
        self._asked.put(_END)

    def _work(self) -> None:
        while (request := self._asked.get()) is not None:
            self._answers.put(_answer(self._plan, request))


class RehearsedRerouter:
    """Answers at the next poll, by the virtual clock: the same walk gives the same bytes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ready: list[RerouteAnswer] = []

    def ask(self, request: RerouteRequest) -> None:
        """Plan now."""
        self._ready.append(_answer(self._plan, request))

    def poll(self) -> RerouteAnswer | None:
        """The answer to the last question."""
        return self._ready.pop(0) if self._ready else None

    def close(self) -> None:
        """Nothing runs."""


def _answer(plan: Plan, request: RerouteRequest) -> RerouteAnswer:
    try:
        return plan(request)
    except Exception:  # noqa: BLE001 - whatever failed, it is told, and the walk goes on along the old route
        _log.exception("planning a new route failed")
        return RerouteAnswer(request.number)


def _as_text(point: Point) -> str:
    # Seven decimals are a centimetre; more would be another point than the map's.
    return f"{point[0]:.7f},{point[1]:.7f}"
