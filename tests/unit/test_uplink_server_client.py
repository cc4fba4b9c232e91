import httpx
import pytest

from device.errors import UplinkError
from device.server_client import ServerClient
from device.uplink_address import uplink_url
from wire.api import PlanRequest, TripAccepted, TripRequest
from wire.codec import PLAN_REQUEST, ROUTE, TRIP_REQUEST
from wire.route import MapSource, Name, Place, Route, Stretch, StretchKind

PLACE = Place(name=Name(ja="大分駅"), lat=33.233, lon=131.606)
ROUTE_1 = Route(
    route_id="r1",
    source=MapSource(name="oita", practice=True, attribution="-"),
    walker="cane",
    origin=PLACE,
    destination=PLACE,
    points=((33.233, 131.606), (33.234, 131.606)),
    stretches=(Stretch(first=0, last=1, kind=StretchKind.SIDEWALK),),
    length_m=111.0,
    duration_s=111.0,
)
PLAN = PlanRequest(map="oita", origin="大分駅", destination="OPAM")


def client(answer: httpx.Response | Exception, seen: list[httpx.Request] | None = None) -> ServerClient:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ServerClient("http://server:8000", "the-key", transport=httpx.MockTransport(handle))


def test_plan_and_start_trip() -> None:
    seen: list[httpx.Request] = []
    with client(httpx.Response(200, text=ROUTE.encode(ROUTE_1)), seen) as server:
        assert server.plan(PLAN) == ROUTE_1
        assert server.route("r1") == ROUTE_1
    assert [(r.method, r.url.path) for r in seen] == [
        ("POST", "/api/v1/routes"),
        ("GET", "/api/v1/routes/r1"),
    ]
    assert PLAN_REQUEST.decode(seen[0].content) == PLAN
    assert seen[0].headers["Authorization"] == "Bearer the-key"


def test_start_trip() -> None:
    seen: list[httpx.Request] = []
    request = TripRequest(route_id="r1", started_utc_s=1.0)
    with client(httpx.Response(201, json={"trip_id": "t1"}), seen) as server:
        assert server.start_trip(request) == TripAccepted(trip_id="t1")
    assert seen[0].url.path == "/api/v1/trips"
    assert TRIP_REQUEST.decode(seen[0].content) == request


def test_outing() -> None:
    seen: list[httpx.Request] = []
    with client(httpx.Response(200, json={"minutes": 12}), seen) as server:
        assert server.outing("t1") == {"minutes": 12}
    assert seen[0].url.path == "/api/v1/trips/t1/outing"
    with client(httpx.Response(200, json=[1])) as server, pytest.raises(UplinkError, match="something else"):
        server.outing("t1")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            httpx.Response(404, json={"detail_ja": "道がありません", "detail_en": "no path"}),
            "HTTP 404: 道がありません / no path; check the names",
        ),
        (httpx.Response(401, json={"detail_en": "bad key"}), "HTTP 401: bad key; make a new device key"),
        (httpx.Response(403, text="<html>"), "HTTP 403: Forbidden; this key may not"),
        (httpx.Response(500, json=["?"]), "HTTP 500: Internal Server Error"),
        (httpx.Response(200, text="<html>hello"), "http://server:8000 answered with something else"),
        (httpx.ConnectError("connection refused"), "cannot be reached (connection refused)"),
        (httpx.ReadTimeout("slow"), "does not answer; is the network there?"),
    ],
)
def test_every_failure_is_one_line(answer: httpx.Response | Exception, says: str) -> None:
    with client(answer) as server, pytest.raises(UplinkError) as caught:
        server.plan(PLAN)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "the-key" not in str(caught.value)


def test_addresses() -> None:
    assert uplink_url("http://127.0.0.1:8000") == "ws://127.0.0.1:8000/api/v1/uplink"
    assert uplink_url("https://shirube.example/") == "wss://shirube.example/api/v1/uplink"
    for wrong in ("127.0.0.1:8000", "ftp://x", "", "http://"):
        with pytest.raises(UplinkError, match="is not a server's address"):
            uplink_url(wrong)
    with ServerClient("no-scheme", "k") as server, pytest.raises(UplinkError, match="cannot be reached"):
        server.plan(PLAN)
