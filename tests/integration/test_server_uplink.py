"""The uplink against the real server in a process of its own, killed and started again."""

import asyncio
import json
import os
import random
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from server import commands, commands_people
from tests.server_process import PASSWORD, ServerProcess, running
from tests.waiting import PATIENCE_S
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.position import Fix
from wire.trip import Moved, TripEvent
from wire.uplink import MAX_BATCH, MAX_MESSAGE_BYTES, Ack, Events, Hello, Refused, Welcome


@dataclass
class Device:
    """One device of one wearer, with a trip."""

    server: ServerProcess
    key: str
    trip_id: str
    boot: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def events(self, first: int, last: int, trip_id: str | None = None) -> tuple[TripEvent, ...]:
        return tuple(
            TripEvent(
                boot=self.boot,
                seq=seq,
                trip_id=trip_id or self.trip_id,
                utc_s=1_795_323_720.0 + seq,
                what=Moved(fix=Fix(utc_s=1_795_323_720.0 + seq, lat=33.2334, lon=131.6066, accuracy_m=5.0)),
            )
            for seq in range(first, last + 1)
        )

    def connect(self) -> connect:
        return connect(self.server.ws, additional_headers=self.headers, proxy=None, open_timeout=PATIENCE_S)

    async def stored(self) -> list[int]:
        events = await asyncio.to_thread(commands.dump_events, self.server.settings, self.trip_id)
        return [event.seq for event in events]


async def say(socket: ClientConnection, message: Hello | Events) -> Any:
    await socket.send(FROM_DEVICE.encode(message))
    return FROM_SERVER.decode(await asyncio.wait_for(socket.recv(), PATIENCE_S))


async def raw(socket: ClientConnection, text: str | bytes) -> Any:
    await socket.send(text)
    return FROM_SERVER.decode(await asyncio.wait_for(socket.recv(), PATIENCE_S))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One for every test that leaves it running."""
    with running(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture
def server(tmp_path: Path, sqlite_url: str) -> Iterator[ServerProcess]:
    """One for a test that ends it."""
    with running(tmp_path) as made:
        yield made


def add_device(server: ServerProcess, login: str) -> Device:
    key = server.key(login)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=server.http, headers=headers, trust_env=False) as http:
        plan = {"map": "oita", "origin": "大分駅", "destination": "県立美術館"}
        route = http.post("/api/v1/routes", json=plan).raise_for_status().json()
        wanted = {"route_id": route["route_id"], "started_utc_s": 1.0}
        trip = http.post("/api/v1/trips", json=wanted).raise_for_status().json()
    return Device(server, key, trip["trip_id"], boot=f"boot-of-{login}")


@pytest.fixture
def device(lasting: ServerProcess) -> Device:
    return add_device(lasting, "hanako")


@pytest.fixture
def mortal(server: ServerProcess) -> Device:
    """A device of a server that ends."""
    return add_device(server, "hanako")


async def test_events_are_acknowledged_and_stored_once(device: Device) -> None:
    async with device.connect() as socket:
        assert await say(socket, Hello(boot=device.boot)) == Welcome(acked=0)
        assert await say(socket, Events(events=device.events(1, 5))) == Ack(boot=device.boot, acked=5)
        again = Events(events=device.events(3, 8))
        assert await say(socket, again) == Ack(boot=device.boot, acked=8)
    async with device.connect() as socket:
        assert await say(socket, Hello(boot=device.boot)) == Welcome(acked=8)
    assert await device.stored() == list(range(1, 9))


async def test_a_gap_is_acknowledged_beside_and_not_past(device: Device) -> None:
    async with device.connect() as socket:
        await say(socket, Hello(boot=device.boot))
        broken = Events(events=device.events(1, 3) + device.events(5, 6))
        assert await say(socket, broken) == Ack(boot=device.boot, acked=3, beyond=((5, 6),))
        later = await say(socket, Events(events=device.events(9, 9)))
        assert later == Ack(boot=device.boot, acked=3, beyond=((5, 6), (9, 9)))
    async with device.connect() as socket:
        assert await say(socket, Hello(boot=device.boot)) == Welcome(acked=3, beyond=((5, 6), (9, 9)))
        assert await say(socket, Events(events=device.events(4, 9))) == Ack(boot=device.boot, acked=9)
    assert sorted(await device.stored()) == list(range(1, 10))


@pytest.mark.parametrize("key", ["", "Bearer wrong", "Bearer ", "Basic eDp5"])
async def test_a_wrong_key_is_refused_at_the_handshake(lasting: ServerProcess, key: str) -> None:
    headers = {"Authorization": key} if key else {}
    with pytest.raises(InvalidStatus) as refused:
        await connect(lasting.ws, additional_headers=headers, proxy=None)
    assert refused.value.response.status_code == 401
    assert {"detail_ja", "detail_en"} <= set(json.loads(refused.value.response.body))


async def test_two_devices_do_not_meet(lasting: ServerProcess, device: Device) -> None:
    other = await asyncio.to_thread(add_device, lasting, "taro")
    other.boot = device.boot  # the same name of a log is another log on another device
    async with device.connect() as one, other.connect() as two:
        for socket in (one, two):
            assert await say(socket, Hello(boot=device.boot)) == Welcome(acked=0)
        first, second = await asyncio.gather(
            say(one, Events(events=device.events(1, 50))), say(two, Events(events=other.events(1, 20)))
        )
    assert (first.acked, second.acked) == (50, 20)
    assert await device.stored() == list(range(1, 51))
    assert await other.stored() == list(range(1, 21))


async def test_somebody_elses_trip_is_refused_and_nothing_of_the_batch_is_stored(
    lasting: ServerProcess, device: Device
) -> None:
    other = await asyncio.to_thread(add_device, lasting, "taro")
    async with device.connect() as socket:
        await say(socket, Hello(boot=device.boot))
        mixed = device.events(1, 2) + device.events(3, 3, trip_id=other.trip_id)
        answer = await say(socket, Events(events=mixed))
        assert isinstance(answer, Refused)
        assert answer.code == "forbidden"
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
    assert await device.stored() == []
    assert await other.stored() == []


async def test_a_key_revoked_in_the_middle_ends_the_conversation(
    lasting: ServerProcess, device: Device
) -> None:
    made = await asyncio.to_thread(commands_people.add_device, lasting.settings, "hanako")
    async with connect(
        lasting.ws, additional_headers={"Authorization": f"Bearer {made.key}"}, proxy=None
    ) as socket:
        await say(socket, Hello(boot="x"))
        await asyncio.to_thread(commands_people.revoke_device, lasting.settings, made.device_id)
        answer = await say(socket, Events(events=replace(device, boot="x").events(1, 1)))
        assert isinstance(answer, Refused)
        assert answer.code == "forbidden"


MALFORMED = [
    ("{", "malformed"),
    ("null", "malformed"),
    ('{"type": "hello"}', "malformed"),
    ('{"type": "hello", "protocol": 3, "boot": ""}', "malformed"),
    ('{"type": "hello", "protocol": 3, "boot": "b", "more": 1}', "malformed"),
    (json.dumps({"type": "hello", "protocol": 3, "boot": "b" * 65}), "malformed"),
    ('{"type": "hello", "protocol": 2, "boot": "b"}', "protocol"),  # a device of an older version
    ('{"type": "welcome", "protocol": 3, "acked": 0}', "malformed"),
    (b"\x00\x01", "malformed"),
    ('"' + "x" * MAX_MESSAGE_BYTES + '"', "too_large"),
    ('{"type": "hello", "protocol": 3, "boot": "\\ud800"}', "malformed"),
]


async def test_a_malformed_greeting_is_refused_in_words(device: Device) -> None:
    for text, code in MALFORMED:
        async with device.connect() as socket:
            answer = await raw(socket, text)
            assert isinstance(answer, Refused), text[:60]
            assert answer.code == code, text[:60]
            assert answer.detail_ja
            assert answer.detail_en
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), PATIENCE_S)


async def test_malformed_events_are_refused_and_not_stored(device: Device) -> None:
    good = json.loads(FROM_DEVICE.encode(Events(events=device.events(1, 1))))
    event = good["events"][0]
    bad: list[tuple[object, str]] = [
        ({"type": "events", "events": []}, "malformed"),
        ({"type": "events", "events": [event] * (MAX_BATCH + 1)}, "malformed"),
        ({"type": "events", "events": [event | {"seq": 0}]}, "malformed"),
        ({"type": "events", "events": [event | {"boot": "another"}]}, "malformed"),
        ({"type": "events", "events": [event | {"what": {"type": "moved"}}]}, "malformed"),
        ({"type": "events", "events": [event | {"utc_s": "NaN"}]}, "malformed"),
        ({"type": "hello", "protocol": 1, "boot": device.boot}, "protocol"),
    ]
    for message, code in bad:
        async with device.connect() as socket:
            await say(socket, Hello(boot=device.boot))
            answer = await raw(socket, json.dumps(message))
            assert isinstance(answer, Refused), message
            assert answer.code == code, message
    assert await device.stored() == []


async def test_sigterm_ends_cleanly_while_a_device_is_connected(
    server: ServerProcess, mortal: Device
) -> None:
    async with mortal.connect() as socket:
        await say(socket, Hello(boot=mortal.boot))
        await say(socket, Events(events=mortal.events(1, 3)))
        assert await asyncio.to_thread(server.end, signal.SIGTERM) == 0
    assert await mortal.stored() == [1, 2, 3]
    assert "Traceback" not in server.log()


async def _watch(server: ServerProcess, trip_id: str, heard: asyncio.Queue[str]) -> None:
    """A caregiver's browser on the live stream; what each event holds goes to `heard`, "end" at the end."""
    async with httpx.AsyncClient(base_url=server.http, trust_env=False, timeout=PATIENCE_S) as http:
        form = re.search(r'name="csrf" value="([^"]+)"', (await http.get("/login")).text)
        assert form is not None
        login = {"login": "ichiro", "password": PASSWORD, "csrf": form[1]}
        assert (await http.post("/login", data=login)).status_code == 303
        async with http.stream("GET", f"/api/v1/trips/{trip_id}/live") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    await heard.put(json.dumps(json.loads(line.removeprefix("data: "))))
    await heard.put("end")


async def test_a_caregiver_hears_of_a_position_and_of_the_servers_end(server: ServerProcess) -> None:
    def prepare() -> Device:
        commands_people.add_user(server.settings, "wearer", "hanako", password=PASSWORD)
        commands_people.add_user(server.settings, "caregiver", "ichiro", password=PASSWORD)
        commands_people.link(server.settings, "ichiro", "hanako", wearer_agreed=True)
        commands_people.share_next_trip(server.settings, "hanako")
        return add_device(server, "hanako")

    device = await asyncio.to_thread(prepare)
    heard: asyncio.Queue[str] = asyncio.Queue()
    watching = asyncio.create_task(_watch(server, device.trip_id, heard))
    async with asyncio.timeout(PATIENCE_S):
        while '"state": "waiting"' not in await heard.get():
            pass
        async with device.connect() as socket:
            await say(socket, Hello(boot=device.boot))
            await say(socket, Events(events=device.events(1, 1)))
            while '"lat": 33.2334' not in await heard.get():
                pass
            assert await asyncio.to_thread(server.end, signal.SIGTERM) == 0
        while await heard.get() != "end":
            pass
    await watching
    assert "Traceback" not in server.log()


async def test_the_store_is_for_its_owner_only(lasting: ServerProcess, device: Device) -> None:
    assert await device.stored() == []  # the server holds it open now
    for path in (lasting.database, lasting.database.with_name("s.db-wal")):
        assert os.stat(path).st_mode & 0o077 == 0


class Sender:
    """Sends batch after batch, several on the way at once; remembers what was acknowledged."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.acked = 0

    async def until_cut(self) -> None:
        with suppress(WebSocketException, OSError, TimeoutError):
            async with self.device.connect() as socket:
                welcome = await say(socket, Hello(boot=self.device.boot))
                assert welcome.acked >= self.acked, "an acknowledged event was lost"
                seq = welcome.acked + 1
                while True:
                    for _ in range(3):
                        batch = Events(events=self.device.events(seq, seq + 19))
                        await socket.send(FROM_DEVICE.encode(batch))
                        seq += 20
                    for _ in range(3):
                        answer = FROM_SERVER.decode(await asyncio.wait_for(socket.recv(), PATIENCE_S))
                        assert isinstance(answer, Ack)
                        self.acked = max(self.acked, answer.acked)


async def test_kill_9_while_ingesting_loses_and_doubles_nothing(
    server: ServerProcess, mortal: Device
) -> None:
    senders = [Sender(mortal), Sender(await asyncio.to_thread(add_device, server, "taro"))]
    chance = random.Random(20261122)  # noqa: S311  (moments to kill at, not secrets)
    for _ in range(3):
        before = sum(one.acked for one in senders)
        sending = [asyncio.create_task(one.until_cut()) for one in senders]
        async with asyncio.timeout(PATIENCE_S):
            while sum(one.acked for one in senders) == before:
                await asyncio.sleep(0.01)
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        await asyncio.to_thread(server.end, signal.SIGKILL)
        await asyncio.gather(*sending)
        await asyncio.to_thread(server.start)
    for one in senders:
        stored = await one.device.stored()
        assert stored == list(range(1, len(stored) + 1)), "lost or doubled"
        assert len(stored) >= one.acked
