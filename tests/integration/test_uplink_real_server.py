"""The device's own uplink and client against the real server: killed, started again, the network cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from device.demo.flaky_link import FlakyLink
from device.errors import UplinkError
from device.outbox import Outbox
from device.server_client import ServerClient
from device.uplink import Pace, Uplink
from device.uplink_address import uplink_url
from server import commands
from tests.server_process import ServerProcess, running
from wire.api import PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import Moved

QUICK = Pace(poll_s=0.02, first_retry_s=0.05, longest_retry_s=0.2)
PLAN = PlanRequest(map="oita", origin="大分駅", destination="県立美術館")


@pytest.fixture
def server(tmp_path: Path, sqlite_url: str) -> Iterator[ServerProcess]:
    with running(tmp_path) as made:
        yield made


def append(outbox: Outbox, trip_id: str, first: int, last: int) -> None:
    outbox.append_many(
        trip_id,
        [
            (n, Moved(fix=Fix(utc_s=float(n), lat=33.2334, lon=131.6066, accuracy_m=5.0)))
            for n in map(float, range(first, last + 1))
        ],
    )


def test_killed_server_and_lost_network_lose_and_double_nothing(
    server: ServerProcess, tmp_path: Path
) -> None:
    key = server.key("walker")
    with (
        FlakyLink("127.0.0.1", server.port) as link,
        ServerClient(f"http://127.0.0.1:{link.port}", key) as client,
        Outbox(tmp_path / "outbox.db") as outbox,
    ):
        route = client.plan(PLAN)
        assert client.route(route.route_id) == route
        trip_id = client.start_trip(TripRequest(route_id=route.route_id, started_utc_s=1.0)).trip_id
        with Uplink(uplink_url(f"http://127.0.0.1:{link.port}"), key, outbox, pace=QUICK, seed=1) as uplink:
            for n in range(3):
                append(outbox, trip_id, n * 700 + 1, n * 700 + 400)
                assert uplink.wait_until(lambda state: state.connected, 20), uplink.state()
                (link.cut, server.kill, link.cut)[n]()
                append(outbox, trip_id, n * 700 + 401, n * 700 + 700)
                (link.restore, server.start, link.restore)[n]()
            assert uplink.close(drain_s=30), uplink.state()
    stored = commands.dump_events(server.settings, trip_id)
    assert [event.seq for event in stored] == list(range(1, 2101))
    assert [event.utc_s for event in stored] == [float(n) for n in range(1, 2101)]


def test_a_wrong_key_is_said_by_both_halves(server: ServerProcess, tmp_path: Path) -> None:
    with (
        ServerClient(server.http, "wrong") as client,
        pytest.raises(UplinkError, match=r"^HTTP 401: .+ / .+; make a new device key and set it$"),
    ):
        client.plan(PLAN)
    with (
        Outbox(tmp_path / "outbox.db") as outbox,
        Uplink(server.ws, "wrong", outbox, pace=QUICK) as uplink,
    ):
        assert uplink.wait_until(lambda state: state.refused, 10), uplink.state()
        assert not uplink.state().connected


def test_no_such_place_is_said_in_the_servers_words(server: ServerProcess) -> None:
    with ServerClient(server.http, server.key("walker")) as client:
        nowhere = PlanRequest(map="oita", origin="大分駅", destination="nowhere")
        with pytest.raises(UplinkError, match=r"^HTTP 404: .+ / .+; check the names") as caught:
            client.plan(nowhere)
        assert "\n" not in str(caught.value)
