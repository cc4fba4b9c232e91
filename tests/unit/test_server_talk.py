"""A conversation with a device holds back one that sends too much, and ends without losing an answer."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from server.direct import Direct
from server.errors import Unavailable
from server.group import Batch, Outcome
from server.ingest import Ingest
from server.talk import RefusedError, Talk
from wire.codec import FROM_DEVICE, FROM_SERVER
from wire.held import Held
from wire.position import Fix
from wire.trip import Moved, TripEvent
from wire.uplink import Ack, Events, FromServer

_MOST = 4


class Socket:
    """The connection's end: what was said, and whether it is read."""

    def __init__(self) -> None:
        self.said: list[FromServer] = []
        self.held = False

    def say(self, text: bytes) -> None:
        self.said.append(FROM_SERVER.decode(text))

    def hold(self) -> None:
        self.held = True

    def go_on(self) -> None:
        self.held = False


class Line:
    """The ingest: it answers when the test says so."""

    def __init__(self) -> None:
        self.full = False
        self.refuses = False
        self.waiting: list[tuple[Batch, Callable[[Outcome], None]]] = []
        self.for_room: list[Callable[[], None]] = []

    def submit(self, batch: Batch, done: Callable[[Outcome], None]) -> None:
        if self.refuses:
            raise Unavailable("多すぎます。", "Too much.")
        self.waiting.append((batch, done))

    def when_room(self, call: Callable[[], None]) -> None:
        self.for_room.append(call)

    def make_room(self) -> None:
        self.full = False
        calls, self.for_room = self.for_room, []
        for call in calls:
            call()

    def commit(self, outcome: Outcome | None = None) -> None:
        """The first that waits."""
        batch, done = self.waiting.pop(0)
        done(outcome or Held(batch.events[-1].seq))


class Stand:
    def __init__(self) -> None:
        self.socket, self.line = Socket(), Line()
        self.talk = Talk(cast(Direct, self.socket), cast(Ingest, self.line), "d", "b")

    def send(self, *seqs: int) -> None:
        for seq in seqs:
            self.talk.hear(message(seq))

    @property
    def acked(self) -> list[int]:
        return [said.acked for said in self.socket.said if isinstance(said, Ack)]

    @property
    def code(self) -> str:
        return self.talk.ended.result().message.code


def message(seq: int, boot: str = "b") -> bytes:
    what = Moved(fix=Fix(utc_s=0.0, lat=33.0, lon=131.0, accuracy_m=5.0))
    event = TripEvent(boot=boot, seq=seq, trip_id="t", utc_s=0.0, what=what)
    return FROM_DEVICE.encode(Events(events=(event,))).encode()


@pytest.fixture
async def stand() -> Stand:
    return Stand()


async def test_who_has_four_under_way_is_not_read_until_one_is_stored(stand: Stand) -> None:
    stand.send(1, 2, 3)
    assert not stand.socket.held
    stand.send(4)
    assert stand.socket.held
    stand.line.commit()
    assert (stand.socket.held, stand.acked) == (False, [1])


async def test_what_finds_no_room_waits_in_order_and_is_stored_once(stand: Stand) -> None:
    stand.send(1)
    stand.line.full = True
    stand.send(2)
    assert stand.socket.held
    stand.line.commit()
    assert stand.socket.held, "one of it still waits for room"
    stand.line.full = False  # there is room, and its turn has not come yet
    stand.send(3)
    assert [batch.events[0].seq for batch, _ in stand.line.waiting] == [], "3 does not overtake 2"
    stand.line.make_room()
    assert [batch.events[0].seq for batch, _ in stand.line.waiting] == [2, 3]
    stand.line.commit()
    stand.line.commit()
    assert (stand.acked, stand.socket.held) == ([1, 2, 3], False)


async def test_what_is_under_way_when_a_talk_ends_is_acknowledged_and_nothing_new_is_taken(
    stand: Stand,
) -> None:
    stand.send(1, 2)
    stand.talk.hear(b"?")
    assert stand.code == "malformed"
    stand.send(3)
    assert len(stand.line.waiting) == 2
    stand.line.commit()
    stand.line.commit(Unavailable("だめ。", "No."))
    assert (stand.acked, stand.code) == ([1], "malformed")


async def test_an_ended_talk_is_read_on_for_its_goodbye_and_keeps_nothing(stand: Stand) -> None:
    stand.line.full = True
    stand.send(1, 2, 3, 4)
    assert stand.socket.held
    stand.talk.hear(message(5, boot="other"))
    assert (stand.code, stand.socket.held) == ("malformed", False)
    stand.line.make_room()
    assert stand.line.waiting == []
    assert stand.acked == []


async def test_a_flood_ends_the_talk_also_where_its_turn_comes_late(stand: Stand) -> None:
    stand.line.full = stand.line.refuses = True
    stand.send(1, 2)
    stand.line.make_room()
    assert (stand.code, stand.socket.held) == ("unavailable", False)
    with pytest.raises(RefusedError):
        raise stand.talk.ended.result()


async def test_a_caller_who_has_gone_hears_nothing_and_the_rest_is_stored(stand: Stand) -> None:
    stand.send(1)
    stand.talk.ended.cancel()  # as the uplink does it at the end
    stand.send(2)
    stand.line.commit()
    assert stand.line.waiting == []
    await asyncio.sleep(0)
