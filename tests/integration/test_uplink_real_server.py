"""The device's own uplink and client against the real server: killed, started again, the network cut."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.demo.flaky_link import FlakyLink
from device.errors import UplinkError
from device.outbox import Outbox
from device.server_client import ServerClient
from device.uplink import Pace, Uplink, uplink_url
from server import commands
from server.settings import Settings
from wire.api import PlanRequest, TripRequest
from wire.position import Fix
from wire.trip import Moved

SERVE = """
import sys
from pathlib import Path
from server.fakes import FakePlanner
from server.run import serve
from server.settings import Settings
database, port, ready = sys.argv[1:]
settings = Settings(database_url=f"sqlite:///{database}", port=int(port))
serve(settings, planner=FakePlanner(), ready_file=Path(ready))
"""
START_S = 30.0
QUICK = Pace(poll_s=0.02, first_retry_s=0.05, longest_retry_s=0.2)
PLAN = PlanRequest(map="oita", origin="大分駅", destination="県立美術館")


class RealServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.settings = Settings(database_url=f"sqlite:///{folder / 'server.db'}")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def start(self) -> None:
        ready, log = self._folder / "ready", self._folder / "server.log"
        ready.unlink(missing_ok=True)
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(self._folder / "server.db"), str(self.port), str(ready)],
                stdout=out,
                stderr=out,
            )
        end_s = time.monotonic() + START_S
        while not ready.exists():
            assert self._process.poll() is None, log.read_text()
            assert time.monotonic() < end_s, log.read_text()
            time.sleep(0.02)
        self.port = int(ready.read_text())

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(15)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    made = RealServer(tmp_path)
    made.start()
    yield made
    made.kill()


def device_key(server: RealServer) -> str:
    commands.add_user(server.settings, "wearer", "walker", password="correct horse 12")
    return commands.add_device(server.settings, "walker").key


def append(outbox: Outbox, trip_id: str, first: int, last: int) -> None:
    outbox.append_many(
        trip_id,
        [
            (n, Moved(fix=Fix(utc_s=float(n), lat=33.2334, lon=131.6066, accuracy_m=5.0)))
            for n in map(float, range(first, last + 1))
        ],
    )


def test_killed_server_and_lost_network_lose_and_double_nothing(server: RealServer, tmp_path: Path) -> None:
    key = device_key(server)
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


def test_a_wrong_key_is_said_by_both_halves(server: RealServer, tmp_path: Path) -> None:
    with (
        ServerClient(f"http://127.0.0.1:{server.port}", "wrong") as client,
        pytest.raises(UplinkError, match=r"^HTTP 401: .+ / .+; make a new device key and set it$"),
    ):
        client.plan(PLAN)
    with (
        Outbox(tmp_path / "outbox.db") as outbox,
        Uplink(uplink_url(f"http://127.0.0.1:{server.port}"), "wrong", outbox, pace=QUICK) as uplink,
    ):
        assert uplink.wait_until(lambda state: state.refused, 10), uplink.state()
        assert not uplink.state().connected


def test_no_such_place_is_said_in_the_servers_words(server: RealServer) -> None:
    with ServerClient(f"http://127.0.0.1:{server.port}", device_key(server)) as client:
        nowhere = PlanRequest(map="oita", origin="大分駅", destination="nowhere")
        with pytest.raises(UplinkError, match=r"^HTTP 404: .+ / .+; check the names") as caught:
            client.plan(nowhere)
        assert "\n" not in str(caught.value)
