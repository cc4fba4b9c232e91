"""The HTTP side of the server: plan a route, start a trip. Every failure is one `UplinkError` line."""

import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from device.errors import UplinkError
from wire.api import (
    Alternatives,
    BlockageReport,
    Blocked,
    FoundPlaces,
    NewKey,
    PairedDevice,
    PairRequest,
    PlanRequest,
    TripAccepted,
    TripRequest,
)
from wire.codec import (
    ALTERNATIVES,
    BLOCKAGE_REPORT,
    BLOCKED,
    FOUND_PLACES,
    NEW_KEY,
    PAIR_REQUEST,
    PAIRED_DEVICE,
    PLAN_REQUEST,
    ROUTE,
    TRIP_ACCEPTED,
    TRIP_REQUEST,
)
from wire.errors import WireError
from wire.route import Route

T = TypeVar("T")
API: Final = "/api/v1"
_OUTING: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(dict[str, Any])
_ADVICE: Final = {
    401: "make a new device key and set it",
    403: "this key may not do that; is it the right device?",
    404: "check the names of the places and of the map",
}


class ServerClient:
    """Calls the server at `base_url` with a device key; `timeout_s` for each step of a call.

    `key` "": of a device that has none yet.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        timeout_s: float = 20.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url = base_url
        try:
            self._http = httpx.Client(
                base_url=base_url,
                headers={"Content-Type": "application/json"}
                | ({"Authorization": f"Bearer {key}"} if key else {}),
                timeout=timeout_s,
                transport=transport,
                trust_env=False,
            )
        except httpx.InvalidURL as error:
            raise UplinkError(f"{base_url!r} is not a server's address ({error})") from None

    def plan(self, request: PlanRequest) -> Route:
        """Have a route planned. `UplinkError` says why not, in the server's own words where it has any."""
        return self._read(ROUTE.decode, self._call("POST", "/routes", PLAN_REQUEST.encode(request)))

    def route(self, route_id: str) -> Route:
        """A route that was planned before."""
        return self._read(ROUTE.decode, self._call("GET", f"/routes/{route_id}", None))

    def alternatives(self, request: PlanRequest) -> Alternatives:
        """The recommended route and those that differ from it, each with its reason."""
        body = PLAN_REQUEST.encode(request)
        return self._read(ALTERNATIVES.decode, self._call("POST", "/routes/alternatives", body))

    def places(self, map_name: str, query: str, limit: int = 10) -> FoundPlaces:
        """Places of a map whose name fits, best first."""
        asked = httpx.QueryParams({"map": map_name, "q": query, "limit": limit})
        return self._read(FOUND_PLACES.decode, self._call("GET", f"/places?{asked}", None))

    def report_blockage(self, report: BlockageReport) -> Blocked:
        """Tell the server of a closed path. Telling it again changes nothing."""
        return self._read(BLOCKED.decode, self._call("POST", "/blockages", BLOCKAGE_REPORT.encode(report)))

    def start_trip(self, request: TripRequest) -> TripAccepted:
        """Tell the server that a trip begins; its answer names the trip."""
        return self._read(TRIP_ACCEPTED.decode, self._call("POST", "/trips", TRIP_REQUEST.encode(request)))

    def redeem(self, request: PairRequest) -> PairedDevice:
        """Give a pairing code for a key. The code opens, not a key."""
        body = PAIR_REQUEST.encode(request)
        return self._read(PAIRED_DEVICE.decode, self._call("POST", "/pairings/redeem", body, advise=False))

    def new_key(self) -> NewKey:
        """A new key for this device; the old one is good until the new one is first used."""
        return self._read(NEW_KEY.decode, self._call("POST", "/devices/self/key", None))

    def outing(self, trip_id: str) -> dict[str, Any]:
        """What the server made of a trip: minutes, distance, coverage, counts."""
        return self._read(_OUTING.validate_json, self._call("GET", f"/trips/{trip_id}/outing", None))

    def close(self) -> None:
        """End the connections; safe to call twice."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: str, path: str, body: str | None, *, advise: bool = True) -> bytes:
        try:
            answer = self._http.request(method, API + path, content=body)
        except httpx.TimeoutException:
            raise UplinkError(
                f"the server at {self._base_url} does not answer; is the network there?"
            ) from None
        except (httpx.TransportError, httpx.UnsupportedProtocol) as error:
            raise UplinkError(f"the server at {self._base_url} cannot be reached ({error})") from None
        if not answer.is_success:
            raise UplinkError(_refusal(answer, advise=advise), answer.status_code)
        return answer.content

    def _read(self, decode: Callable[[bytes], T], body: bytes) -> T:
        try:
            return decode(body)
        except (WireError, ValidationError) as error:
            raise UplinkError(f"{self._base_url} answered with something else ({error})") from None


def _refusal(answer: httpx.Response, *, advise: bool) -> str:
    advice = _ADVICE.get(answer.status_code) if advise else None
    return f"HTTP {answer.status_code}: {_detail(answer)}" + (f"; {advice}" if advice else "")


def _detail(answer: httpx.Response) -> str:
    """The server's own sentence pair (`detail_ja`, `detail_en`), on one line; else the status' name."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        return answer.reason_phrase
    pair = [body[name] for name in ("detail_ja", "detail_en") if isinstance(body, dict) and name in body]
    return " / ".join(" ".join(str(part).split()) for part in pair) or answer.reason_phrase
