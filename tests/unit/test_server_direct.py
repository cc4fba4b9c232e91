"""The short way of the uplink's messages: whatever the pieces in which the bytes come, nothing is lost."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from server.direct import EXTENSION, Direct, head_of

_HANDSHAKE = (
    b"GET /api/v1/uplink HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_MOST = 70_000


class Wire(asyncio.Transport):
    """The server's end of a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.reading = True
        self.closed = self.aborted = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: Any) -> None:
        self.sent += bytes(data)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True


class Stand:
    """A connection whose application has accepted, and a taker."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int = _MOST) -> None:
        self.scope: dict[str, Any] = {}
        self.late: list[str] = []  # what went to the application
        self.taken: list[bytes] = []
        self.loop = loop
        self.wire = Wire()
        config = uvicorn.Config(
            self.app, interface="asgi3", lifespan="off", ws_max_size=most, ws_per_message_deflate=False
        )
        config.load()
        self.direct = Direct(config, ServerState(), {}, loop)
        self.direct.connection_made(self.wire)
        self.direct.data_received(_HANDSHAKE)
        self.turn()

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            self.late.append(message["text"])

    def turn(self) -> None:
        for _ in range(5):
            self.loop.run_until_complete(asyncio.sleep(0))

    def take(self) -> None:
        self.direct.take(self.taken.append)
        self.wire.sent = b""

    def end(self) -> None:
        self.direct.connection_lost(None)
        self.turn()


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def stand(loop: asyncio.AbstractEventLoop) -> Iterator[Stand]:
    made = Stand(loop)
    yield made
    made.end()


def client(payload: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=mask)


def test_the_application_finds_the_connection(stand: Stand) -> None:
    assert stand.scope["extensions"][EXTENSION] is stand.direct
    assert stand.wire.sent.startswith(b"HTTP/1.1 101 ")


def test_before_it_is_taken_all_goes_to_the_application(stand: Stand) -> None:
    whole = client(b"hello") + client(b"more")
    stand.direct.data_received(whole[:-3])
    stand.turn()
    stand.take()
    stand.direct.data_received(whole[-3:] + client(b"short"))
    assert stand.late == ["hello"]
    assert stand.taken == [b"more", b"short"]


@given(
    texts=st.lists(st.binary(min_size=1, max_size=300) | st.just(b"x" * 66_000), min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 2_000), max_size=12),
    pings=st.lists(st.integers(0, 5), max_size=3),
)
def test_any_pieces_give_the_same_messages(
    loop: asyncio.AbstractEventLoop, texts: list[bytes], cuts: list[int], pings: list[int]
) -> None:
    stand = Stand(loop)
    stand.take()
    data = b"".join(
        (client(b"p", Opcode.PING) if number in pings else b"") + client(text)
        for number, text in enumerate(texts)
    )
    for cut in cuts:
        stand.direct.data_received(data[:cut])
        data = data[cut:]
    stand.direct.data_received(data)
    assert stand.taken == texts
    assert stand.wire.sent == client(b"p", Opcode.PONG, mask=False) * len(
        {number for number in pings if number < len(texts)}
    )
    stand.end()


def test_fragments_go_to_the_application_as_one_message(stand: Stand) -> None:
    stand.take()
    stand.direct.data_received(client(b"one ", fin=False) + client(b"two", Opcode.CONT))
    stand.turn()
    assert (stand.taken, stand.late) == ([], ["one two"])


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param(client(b"no mask", mask=False), 1002, id="not masked"),
        pytest.param(client(b"x" * (_MOST + 1)), 1009, id="too large"),
        pytest.param(client(b"x" * (_MOST + 1))[:20], 1009, id="too large by its head"),
        pytest.param(b"\xc1\x81\0\0\0\0x", 1002, id="a reserved bit"),
    ],
)
def test_what_no_client_may_send_ends_the_connection(stand: Stand, frame: bytes, code: int) -> None:
    stand.take()
    stand.direct.data_received(frame + client(b"after"))
    assert stand.taken == []
    assert stand.wire.sent[:1] == b"\x88"
    assert int.from_bytes(stand.wire.sent[2:4]) == code
    assert stand.wire.closed


def test_held_and_unread_both_stop_the_reading(stand: Stand) -> None:
    stand.take()
    stand.direct.hold()
    stand.direct.pause_writing()
    stand.direct.go_on()
    assert not stand.wire.reading, "the answers are not read"
    stand.direct.hold()
    stand.direct.resume_writing()
    assert not stand.wire.reading, "it is held"
    stand.direct.go_on()
    assert stand.wire.reading


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 200_000])
def test_what_is_said_is_a_whole_frame(stand: Stand, length: int) -> None:
    stand.take()
    stand.direct.say(b"x" * length)
    assert stand.wire.sent == client(b"x" * length, mask=False)
    assert head_of(length) == client(b"x" * length, mask=False)[: -length or None]


def test_nothing_is_said_once_it_closes(stand: Stand) -> None:
    stand.take()
    stand.direct.data_received(client(b"\x03\xe8", Opcode.CLOSE))
    sent = stand.wire.sent
    stand.direct.say(b"late")
    assert stand.wire.sent == sent


def test_what_came_already_is_not_handed_on_while_it_is_held(stand: Stand) -> None:
    stand.take()

    def take_two(text: bytes) -> None:
        stand.taken.append(text)
        if len(stand.taken) % 2 == 0:
            stand.direct.hold()

    stand.direct.take(take_two)
    stand.direct.data_received(b"".join(client(b"%d" % number) for number in range(5)))
    assert stand.taken == [b"0", b"1"]
    stand.direct.data_received(client(b"5"))  # was on its way when reading stopped
    assert stand.taken == [b"0", b"1"]
    stand.direct.go_on()
    assert stand.taken == [b"0", b"1"], "never within the call of whoever lets it go on"
    stand.turn()
    assert stand.taken == [b"0", b"1", b"2", b"3"]
    stand.direct.go_on()
    stand.turn()
    assert stand.taken == [b"%d" % number for number in range(6)]
    assert not stand.wire.reading


def test_nothing_is_handed_on_after_the_goodbye(stand: Stand) -> None:
    stand.take()
    stand.direct.data_received(client(b"\x03\xe8", Opcode.CLOSE) + client(b"late") * 3)
    assert stand.taken == []
    assert stand.wire.closed


def test_a_message_that_comes_byte_by_byte_costs_no_more_than_its_length(
    loop: asyncio.AbstractEventLoop,
) -> None:
    stand = Stand(loop, 1_100_000)
    stand.take()
    data = client(b"x" * 1_000_000)
    began_s = time.process_time()
    for first in range(0, len(data), 4):
        stand.direct.data_received(data[first : first + 4])
    assert stand.taken == [b"x" * 1_000_000]
    assert time.process_time() - began_s < 3.0  # looked at with each piece it would be a minute
    stand.end()


def test_a_peer_that_reads_nothing_is_let_go_of(stand: Stand) -> None:
    stand.take()
    stand.direct.close_timeout = 0.0
    stand.direct.keepalive_timeout()
    assert (stand.wire.closed, stand.wire.aborted) == (True, False)
    stand.turn()
    assert stand.wire.aborted


def test_who_was_refused_and_reads_nothing_is_let_go_of(loop: asyncio.AbstractEventLoop) -> None:
    stand = Stand(loop)
    stand.direct.close_timeout = 0.0
    stand.direct.data_received(client(b"\x03\xe8", Opcode.CLOSE))  # the application ends by it
    stand.turn()
    assert stand.wire.aborted
    stand.end()


def test_a_peer_whose_answer_lies_behind_what_is_not_read_yet_stays(stand: Stand) -> None:
    stand.take()
    stand.direct.send_keepalive_ping()
    stand.direct.hold()
    stand.direct.keepalive_timeout()
    assert not stand.wire.closed, "it is held, and not silent"
    stand.direct.go_on()
    stand.direct.send_keepalive_ping()
    stand.direct.data_received(client(b"one of many"))
    stand.direct.keepalive_timeout()
    assert not stand.wire.closed, "it speaks"
    stand.direct.send_keepalive_ping()
    stand.direct.keepalive_timeout()
    assert stand.wire.closed
