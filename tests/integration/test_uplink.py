"""The uplink against a small server that speaks the protocol truly and misbehaves on purpose."""

import asyncio
import http
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from device import uplink as uplink_module
from device.demo.flaky_link import FlakyLink
from device.outbox import Outbox
from device.uplink import Pace, Uplink
from device.uplink_address import uplink_url
from device.uplink_state import LinkState
from tests.waiting import PATIENCE_S
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.held import Held
from wire.trip import HealthChanged
from wire.uplink import Ack, Events, Hello, Refused, Welcome

KEY = "a-device-key"
HASTY = Pace(poll_s=0.02, open_s=2.0, gone_s=2.0, ack_s=0.6, first_retry_s=0.02, longest_retry_s=0.1)
# Patient with a server that is slow because the machine is: nothing is sent twice for that.
QUICK = replace(HASTY, open_s=PATIENCE_S, gone_s=PATIENCE_S, ack_s=PATIENCE_S)


@dataclass
class Behaviour:
    """What the server does wrong. `drop_after`: cut the connection after so many batches."""

    drop_after: int | None = None
    ack_delay_s: float = 0.0
    ack: bool = True
    repeat_acks: bool = False
    refuse: Refused | None = None
    garbage: bool = False


@dataclass
class Store:
    """What is durable: survives the server. Rows are unique by (boot, seq)."""

    rows: dict[tuple[str, int], str] = field(default_factory=dict)
    received: int = 0

    def contiguous(self, boot: str) -> int:
        seq = 0
        while (boot, seq + 1) in self.rows:
            seq += 1
        return seq

    def held(self, boot: str) -> Held:
        held = Held(self.contiguous(boot))
        for seq in sorted(seq for name, seq in self.rows if name == boot and seq > held.acked):
            held = held.adding(seq, seq)
        return held

    def take(self, events: Events) -> None:
        for event in events.events:
            self.received += 1
            assert isinstance(event.what, HealthChanged)
            self.rows.setdefault((event.boot, event.seq), event.what.detail)


class FakeServer:
    """A server on a port of its own, in a thread of its own; may be stopped and started again."""

    def __init__(self, store: Store, behaviour: Behaviour | None = None) -> None:
        self.store = store
        self.behaviour = behaviour or Behaviour()
        self.port = 0
        self.connections = 0
        self.refused = 0
        self.refuses_as = "application/problem+json"
        self.largest_batch = 0

    def start(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        self._thread.start()
        assert ready.wait(PATIENCE_S)
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(PATIENCE_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with serve(
            self._talk, "127.0.0.1", self.port, process_request=self._admit, close_timeout=0.1
        ) as server:
            self.port = _port(server)
            ready.set()
            await self._stop.wait()
            for connection in list(server.connections):
                connection.transport.abort()  # as if killed: no farewell

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            self.refused += 1
            answer = connection.respond(http.HTTPStatus.FORBIDDEN, "{}\n")
            del answer.headers["Content-Type"]
            answer.headers["Content-Type"] = self.refuses_as
            return answer
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        self.connections += 1
        how = self.behaviour
        hello = FROM_DEVICE.decode(await socket.recv())
        assert isinstance(hello, Hello)
        if how.refuse is not None:
            await socket.send(FROM_SERVER.encode(how.refuse))
            return
        if how.garbage:
            await socket.send('{"type": "surprise"}')
            return
        held = self.store.held(hello.boot)
        await socket.send(FROM_SERVER.encode(Welcome(acked=held.acked, beyond=held.beyond)))
        batches = 0
        async for text in socket:
            events = FROM_DEVICE.decode(text)
            assert isinstance(events, Events)
            batches += 1
            self.largest_batch = max(self.largest_batch, len(events.events))
            self.store.take(events)
            if how.drop_after is not None and batches > how.drop_after:
                socket.transport.abort()  # stored, and the answer lost
                return
            await self._answer(socket, hello.boot)

    async def _answer(self, socket: ServerConnection, boot: str) -> None:
        how = self.behaviour
        await asyncio.sleep(how.ack_delay_s)
        if how.ack:
            held = self.store.held(boot)
            ack = FROM_SERVER.encode(Ack(boot=boot, acked=held.acked, beyond=held.beyond))
            for _ in range(3 if how.repeat_acks else 1):
                await socket.send(ack)


def _port(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


@contextmanager
def linked(tmp_path: Path, port: int, key: str = KEY, pace: Pace = QUICK) -> Iterator[tuple[Outbox, Uplink]]:
    with Outbox(tmp_path / "log.db") as outbox:
        uplink = Uplink(uplink_url(f"http://127.0.0.1:{port}"), key, outbox, pace=pace, seed=1)
        with uplink:
            yield outbox, uplink


def append(outbox: Outbox, first: int, last: int) -> None:
    outbox.append_many(
        "t",
        [
            (float(n), HealthChanged(part="camera", health="ok", detail=str(n)))
            for n in range(first, last + 1)
        ],
    )


def all_stored(state: LinkState) -> bool:
    return state.connected and state.pending == 0


def wait_for(what: Callable[[], bool], uplink: Uplink, timeout_s: float = PATIENCE_S) -> None:
    assert uplink.wait_until(lambda _: what(), timeout_s), uplink.state()


def expect_exactly(store: Store, boot: str, last: int) -> None:
    assert store.rows == {(boot, n): str(n) for n in range(1, last + 1)}


def test_everything_arrives_once_in_batches(tmp_path: Path) -> None:
    with FakeServer(Store()) as server, linked(tmp_path, server.port) as (outbox, uplink):
        append(outbox, 1, 950)
        wait_for(lambda: all_stored(uplink.state()), uplink)
        append(outbox, 951, 960)
        wait_for(lambda: uplink.state().acked == 960, uplink)
        assert uplink.has(outbox.boot, 960)
        assert not uplink.has(outbox.boot, 961)
        assert not uplink.has("another log", 1)
        assert outbox.acked_seq == 960
        expect_exactly(server.store, outbox.boot, 960)
        assert server.store.received == 960
        assert server.largest_batch == 200
        assert uplink.state() == LinkState(connected=True, acked=960, pending=0, last_error=None)


def test_connections_that_drop_with_the_answer_lost(tmp_path: Path) -> None:
    with (
        FakeServer(Store(), Behaviour(drop_after=1)) as server,
        linked(tmp_path, server.port) as (outbox, uplink),
    ):
        append(outbox, 1, 1500)
        wait_for(lambda: uplink.state().acked == 1500, uplink)
        expect_exactly(server.store, outbox.boot, 1500)
        assert server.connections > 2


def test_late_and_repeated_answers(tmp_path: Path) -> None:
    how = Behaviour(ack_delay_s=0.05, repeat_acks=True)
    with FakeServer(Store(), how) as server, linked(tmp_path, server.port) as (outbox, uplink):
        for first in range(1, 1200, 100):
            append(outbox, first, first + 99)
        wait_for(lambda: uplink.state().acked == 1200, uplink)
        expect_exactly(server.store, outbox.boot, 1200)
        assert server.connections == 1


def test_server_killed_and_started_again(tmp_path: Path) -> None:
    with FakeServer(Store()) as server, linked(tmp_path, server.port) as (outbox, uplink):
        append(outbox, 1, 300)
        wait_for(lambda: uplink.state().acked > 0, uplink)
        server.stop()
        wait_for(lambda: not uplink.state().connected, uplink)
        append(outbox, 301, 700)
        assert uplink.state().pending >= 400
        assert "trying again" in str(uplink.state().last_error)
        server.start()
        wait_for(lambda: all_stored(uplink.state()), uplink)
        expect_exactly(server.store, outbox.boot, 700)


def test_network_lost_and_back(tmp_path: Path) -> None:
    with (
        FakeServer(Store()) as server,
        FlakyLink("127.0.0.1", server.port) as link,
        linked(tmp_path, link.port) as (outbox, uplink),
    ):
        for round_ in range(3):
            append(outbox, round_ * 100 + 1, round_ * 100 + 50)
            wait_for(lambda: all_stored(uplink.state()), uplink)
            link.cut()
            wait_for(lambda: not uplink.state().connected, uplink)
            append(outbox, round_ * 100 + 51, round_ * 100 + 100)
            assert uplink.state().pending == 50
            link.restore()
            wait_for(lambda: all_stored(uplink.state()), uplink)
        expect_exactly(server.store, outbox.boot, 300)


def test_a_half_open_link_is_noticed(tmp_path: Path) -> None:
    with (
        FakeServer(Store()) as server,
        FlakyLink("127.0.0.1", server.port) as link,
        linked(tmp_path, link.port, pace=HASTY) as (outbox, uplink),
    ):
        wait_for(lambda: uplink.state().connected, uplink)
        link.stall()
        append(outbox, 1, 10)
        wait_for(lambda: not uplink.state().connected, uplink)
        link.restore()
        wait_for(lambda: all_stored(uplink.state()), uplink)
        expect_exactly(server.store, outbox.boot, 10)


def test_a_server_that_answers_pings_and_stores_nothing(tmp_path: Path) -> None:
    with (
        FakeServer(Store(), Behaviour(ack=False)) as server,
        linked(tmp_path, server.port, pace=HASTY) as (outbox, uplink),
    ):
        append(outbox, 1, 3)
        wait_for(lambda: "stored nothing" in str(uplink.state().last_error), uplink)
        server.behaviour.ack = True
        wait_for(lambda: all_stored(uplink.state()), uplink)


def test_a_key_that_is_refused_ends_it(tmp_path: Path) -> None:
    with FakeServer(Store()) as server, linked(tmp_path, server.port, key="wrong") as (_, uplink):
        wait_for(lambda: uplink.state().refused, uplink)
        assert uplink.state().last_error == (
            "the server refused the device key (HTTP 403); make a new key and set it"
        )
        assert server.connections == 0
        assert not uplink.state().connected


@pytest.mark.parametrize("code", ["forbidden", "protocol"])
def test_a_final_refusal_ends_it(tmp_path: Path, code: str) -> None:
    refused = Refused(code=code, detail_ja="だめです", detail_en="no")
    with (
        FakeServer(Store(), Behaviour(refuse=refused)) as server,
        linked(tmp_path, server.port) as (outbox, uplink),
    ):
        append(outbox, 1, 1)
        wait_for(lambda: uplink.state().refused, uplink)
        assert uplink.state().last_error == f"{code}: だめです / no"
        assert uplink.close(drain_s=5.0) is False  # does not wait for what cannot come
        assert server.connections == 1


def test_a_passing_refusal_is_tried_again(tmp_path: Path) -> None:
    busy = Refused(code="unavailable", detail_ja="混んでいます", detail_en="busy")
    with (
        FakeServer(Store(), Behaviour(refuse=busy)) as server,
        linked(tmp_path, server.port) as (outbox, uplink),
    ):
        wait_for(lambda: "busy" in str(uplink.state().last_error), uplink)
        server.behaviour.refuse = None
        append(outbox, 1, 5)
        wait_for(lambda: all_stored(uplink.state()), uplink)


def test_an_answer_that_is_not_the_protocol(tmp_path: Path) -> None:
    with FakeServer(Store(), Behaviour(garbage=True)) as server, linked(tmp_path, server.port) as (_, uplink):
        wait_for(lambda: "surprise" in str(uplink.state().last_error), uplink)
        server.behaviour.garbage = False
        wait_for(lambda: uplink.state().connected, uplink)


def test_a_server_from_a_backup_gets_what_it_lost(tmp_path: Path) -> None:
    with FakeServer(Store()) as server, linked(tmp_path, server.port) as (outbox, uplink):
        append(outbox, 1, 100)
        wait_for(lambda: all_stored(uplink.state()), uplink)
        server.stop()
        for seq in range(41, 101):
            del server.store.rows[outbox.boot, seq]
        server.start()
        wait_for(lambda: len(server.store.rows) == 100, uplink)
        expect_exactly(server.store, outbox.boot, 100)


def test_a_log_that_went_back_in_time_goes_on_under_a_new_name(tmp_path: Path) -> None:
    with FakeServer(Store()) as server:
        with linked(tmp_path, server.port) as (outbox, uplink):
            append(outbox, 1, 10)
            wait_for(lambda: all_stored(uplink.state()), uplink)
            old = outbox.boot
            # The card lost its last writes: the server has more of this log than the log has.
            server.store.rows |= {(old, n): f"lost {n}" for n in range(11, 21)}
        with linked(tmp_path, server.port) as (outbox, uplink):
            wait_for(lambda: outbox.boot != old, uplink)
            append(outbox, 11, 12)
            wait_for(lambda: all_stored(uplink.state()), uplink)
            assert [server.store.rows[outbox.boot, n] for n in (1, 2)] == ["11", "12"]


def test_close_drains_and_the_rest_is_sent_next_time(tmp_path: Path) -> None:
    with FakeServer(Store()) as server:
        with linked(tmp_path, server.port) as (outbox, uplink):
            append(outbox, 1, 500)
            assert uplink.close(drain_s=PATIENCE_S) is True
            append(outbox, 501, 600)
            assert uplink.close() is False
        with linked(tmp_path, server.port) as (outbox, uplink):
            assert uplink.state().acked == 500
            wait_for(lambda: all_stored(uplink.state()), uplink)
            expect_exactly(server.store, outbox.boot, 600)


def test_no_server_at_all_is_a_state_and_not_an_exception(tmp_path: Path) -> None:
    with FlakyLink("127.0.0.1", 1) as link:
        link.cut()
        with linked(tmp_path, link.port) as (outbox, uplink):
            append(outbox, 1, 3)
            wait_for(lambda: "trying again" in str(uplink.state().last_error), uplink)
            assert uplink.state().pending == 3
            assert not uplink.wait_until(lambda state: state.connected, 0.2)


def test_a_refusal_is_asked_again_after_a_while_and_with_a_new_key_at_once(tmp_path: Path) -> None:
    keys = ["wrong"]
    with FakeServer(Store()) as server, Outbox(tmp_path / "log.db") as outbox:
        patient = replace(QUICK, refused_retry_s=60.0)
        url = uplink_url(f"http://127.0.0.1:{server.port}")
        with Uplink(url, lambda: keys[-1], outbox, pace=patient, seed=1) as uplink:
            append(outbox, 1, 3)
            wait_for(lambda: uplink.state().refused, uplink)
            keys.append(KEY)
            wait_for(lambda: all_stored(uplink.state()), uplink)
            assert not uplink.state().refused


def test_two_keys_that_are_both_refused_are_not_tried_in_turn_for_ever(tmp_path: Path) -> None:
    """A device that is revoked in the middle of a change of its key."""
    keys = ["old", "new"]
    with FakeServer(Store()) as server, Outbox(tmp_path / "log.db") as outbox:
        url, patient = uplink_url(f"http://127.0.0.1:{server.port}"), replace(QUICK, refused_retry_s=60.0)

        def refused(_key: str) -> None:
            keys.reverse()

        with Uplink(url, lambda: keys[0], outbox, pace=patient, seed=1, refused=refused) as uplink:
            wait_for(lambda: server.refused >= 2, uplink)
            assert not uplink.wait_until(lambda _: server.refused > 2, 3.5)  # looked for each second
            keys.insert(0, KEY)
            wait_for(lambda: uplink.state().connected, uplink)


def test_a_gateway_that_lets_nothing_through_is_not_told_as_a_refused_key(tmp_path: Path) -> None:
    with FakeServer(Store()) as server:
        server.refuses_as = "text/html"
        with linked(tmp_path, server.port, key="wrong") as (_, uplink):
            wait_for(lambda: server.refused > QUICK.sockets_tried, uplink)
            wait_for(lambda: "address" in str(uplink.state().last_error), uplink)
            assert not uplink.state().refused


def test_a_server_that_was_mended_is_found(tmp_path: Path) -> None:
    refused = Refused(code="forbidden", detail_ja="だめです", detail_en="no")
    with FakeServer(Store(), Behaviour(refuse=refused)) as server, Outbox(tmp_path / "log.db") as outbox:
        url = uplink_url(f"http://127.0.0.1:{server.port}")
        with Uplink(url, KEY, outbox, pace=replace(QUICK, refused_retry_s=0.2), seed=1) as uplink:
            wait_for(lambda: uplink.state().refused, uplink)
            server.behaviour.refuse = None
            wait_for(lambda: uplink.state().connected and not uplink.state().refused, uplink)


def test_what_happens_now_goes_ahead_of_a_long_backlog(tmp_path: Path) -> None:
    with FakeServer(Store(), Behaviour(ack_delay_s=1.0)) as server, Outbox(tmp_path / "log.db") as outbox:
        append(outbox, 1, 5000)
        url = uplink_url(f"http://127.0.0.1:{server.port}")
        with Uplink(url, KEY, outbox, pace=QUICK, seed=1) as uplink:
            wait_for(lambda: (outbox.boot, 5000) in server.store.rows, uplink)
            assert (outbox.boot, 4000) not in server.store.rows
            append(outbox, 5001, 5001)
            wait_for(lambda: (outbox.boot, 5001) in server.store.rows, uplink)
            assert uplink.state().acked < 4000
            server.behaviour.ack_delay_s = 0.0
            wait_for(lambda: all_stored(uplink.state()), uplink)
            expect_exactly(server.store, outbox.boot, 5001)
            assert server.store.received == 5001, "nothing is sent twice"


def test_whoever_watches_it_sees_that_it_goes_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uplink_module, "_LOOP_STANDS_S", 0.8)
    with FakeServer(Store()) as server, linked(tmp_path, server.port) as (_, uplink):
        wait_for(lambda: uplink.state().connected, uplink)
        wait_for(uplink.works, uplink)
        assert uplink._loop is not None
        goes_on = threading.Event()
        uplink._loop.call_soon_threadsafe(goes_on.wait, PATIENCE_S)  # it stands
        wait_for(lambda: not uplink.works(), uplink)
        goes_on.set()
        wait_for(uplink.works, uplink)
        uplink.close()
        assert not uplink.works()


def test_an_event_shortens_the_wait_for_the_next_attempt(tmp_path: Path) -> None:
    """Somebody walks: who follows them does not wait for a link that was slow to come back before."""
    server = FakeServer(Store()).start()
    server.stop()
    slow = replace(QUICK, first_retry_s=300.0, longest_retry_s=300.0, walking_retry_s=0.1)
    with Outbox(tmp_path / "log.db") as outbox:
        url = uplink_url(f"http://127.0.0.1:{server.port}")
        with Uplink(url, KEY, outbox, pace=slow, seed=1) as uplink:
            wait_for(lambda: uplink.state().last_error is not None, uplink)
            with server:
                append(outbox, 1, 1)
                wait_for(lambda: all_stored(uplink.state()), uplink)


def test_a_key_that_no_request_can_hold_is_told_and_does_not_end_the_uplink(tmp_path: Path) -> None:
    with FakeServer(Store()) as server, linked(tmp_path, server.port, "鍵") as (_, uplink):
        wait_for(lambda: uplink.state().last_error is not None, uplink)
        time.sleep(0.3)
        wait_for(uplink.works, uplink)
