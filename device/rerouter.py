"""The rim of re-planning: on the device's own map, on the server, or one after the other.

`ServerPlans` and `device.planning.local.LocalPlans.reroute` are one question and its answer, and block;
`Rerouter` puts them behind two queues; `RehearsedRerouter` answers in the same step, where time is virtual
and a walk must repeat exactly.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from device.errors import UplinkError
from device.planning.asking import RehearsedPlanner, ThreadedPlanner
from device.planning.closed import ClosedMemory
from device.planning.local import as_text
from device.rerouting import Failure, RerouteAnswer, RerouteRequest
from device.server_client import ServerClient
from routing.geo import Point, distance_m
from wire.api import BlockageReport, PlanRequest
from wire.route import Place, Route

_log = logging.getLogger(__name__)

Plan = Callable[[RerouteRequest], RerouteAnswer]
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
        return replace(self._first, origin=as_text(request.origin), at=at)

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
    destination = as_text((route.destination.lat, route.destination.lon))
    origin = as_text((route.origin.lat, route.origin.lon))
    return PlanRequest(
        map=map_name, origin=origin, destination=destination, walker=route.walker, choice=route.choice
    )


class InTurn:
    """Asks one planner after the other, until one has a route or knows that there is no way."""

    def __init__(self, *plans: Plan) -> None:
        self._plans = plans

    def __call__(self, request: RerouteRequest) -> RerouteAnswer:
        """The first that says something; else what the last one said."""
        told = RerouteAnswer(request.number)
        for plan in self._plans:
            told = plan(request)
            if told.route is not None or told.failure == "none_found":
                break
        return told


class ClosedReports:
    """Tells the server of the closed places that it does not know yet. Blocks: for a thread.

    A report has one name however often it is sent, so that sending again is harmless.
    """

    def __init__(self, client: ServerClient, map_name: str, closed: ClosedMemory) -> None:
        self._client, self._map_name, self._closed = client, map_name, closed

    def __call__(self) -> None:
        """Send what is not known there; what cannot be sent now is tried at the next call."""
        for one in self._closed.places.unreported:
            report = BlockageReport(id=one.id, map=self._map_name, lat=one.lat, lon=one.lon)
            try:
                self._client.report_blockage(report)
            except UplinkError as error:
                if error.status is None:
                    return
                _log.warning("a closed place was refused by the server: %s", error)
            self._closed.sent(one.id)


class Rerouter(ThreadedPlanner[RerouteRequest, RerouteAnswer]):
    """Asks in a thread. `ask` and `poll` never block; one question at a time, in order."""

    def __init__(self, plan: Plan, *, afterwards: Callable[[], None] = lambda: None) -> None:
        super().__init__(plan, broken_reroute, afterwards=afterwards)


class RehearsedRerouter(RehearsedPlanner[RerouteRequest, RerouteAnswer]):
    """Answers at the next poll, by the virtual clock: the same walk gives the same bytes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan, broken_reroute)


def broken_reroute(request: RerouteRequest) -> RerouteAnswer:
    """The answer where planning failed in a way that nobody foresaw."""
    return RerouteAnswer(request.number)
