"""Messages between processes: framing, reconnection, who does not read, who speaks nonsense."""

import os
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from device.errors import ChannelError
from device.parts import channel
from device.parts.channel import Door, Line
from device.parts.messages import FROM_LOG, TO_LOG, FromLog, Store, Stored, ToLog
from tests.waiting import PATIENCE_S
from wire.trip import TripEnded

TEXT: TypeAdapter[str] = TypeAdapter(str)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door[str, str]]:
    made = Door(tmp_path / "a.sock", TEXT, TEXT)
    yield made
    made.close()


def _until(poll: object, count: int) -> list[object]:
    came: list[object] = []
    end_s = time.monotonic() + PATIENCE_S
    while len(came) < count and time.monotonic() < end_s:
        came += poll()  # type: ignore[operator]
    return came


def test_messages_come_in_order_both_ways(door: Door[str, str], tmp_path: Path) -> None:
    line = Line(tmp_path / "a.sock", TEXT, TEXT)
    words = [f"語{number}" * 50 for number in range(300)]
    for word in words:
        assert line.send(word)

    def handed_over() -> tuple[tuple[int, str], ...]:
        line.poll()  # what the full buffer did not take goes now
        return door.poll()

    came = _until(handed_over, 300)
    assert [message for _, message in came] == words  # type: ignore[misc]
    for word in words:
        door.send(word)

    def taken() -> tuple[str, ...]:
        door.poll()
        return line.poll()

    assert _until(taken, 300) == words
    line.close()


def test_a_large_message_arrives_whole_while_nobody_waits(door: Door[str, str], tmp_path: Path) -> None:
    line = Line(tmp_path / "a.sock", TEXT, TEXT)
    big = "x" * 3_000_000
    assert line.send(big)
    came: list[object] = []
    while not came:
        came += door.poll()
        line.poll()
    assert came[0][1] == big  # type: ignore[index]
    line.close()


def test_a_line_comes_back_to_a_door_that_was_opened_again(tmp_path: Path) -> None:
    opened: list[int] = []
    line = Line(tmp_path / "a.sock", TEXT, TEXT, lambda: opened.append(1))
    assert not line.send("nobody")
    assert not line.connected
    first = Door(tmp_path / "a.sock", TEXT, TEXT)
    assert line.send("one")
    assert _until(first.poll, 1) == [(1, "one")]
    first.close()
    line.poll()
    assert not line.connected
    second = Door(tmp_path / "a.sock", TEXT, TEXT)
    assert line.send("two")
    assert _until(second.poll, 1) == [(1, "two")]
    assert opened == [1, 1]
    second.close()
    line.close()


def test_what_was_sent_survives_the_sender(door: Door[str, str], tmp_path: Path) -> None:
    line = Line(tmp_path / "a.sock", TEXT, TEXT)
    line.send("last words")
    line.close()
    assert _until(door.poll, 1) == [(1, "last words")]
    door.poll()
    assert door.clients == frozenset()


def test_who_speaks_nonsense_is_dropped_and_the_others_stay(door: Door[str, str], tmp_path: Path) -> None:
    good = Line(tmp_path / "a.sock", TEXT, TEXT)
    bad = socket.socket(socket.AF_UNIX)
    bad.connect(str(tmp_path / "a.sock"))
    bad.sendall(struct.pack(">I", 5) + b'{"a":' + struct.pack(">I", 3) + b'"b"')
    good.send("hello")
    came = _until(door.poll, 1)
    assert [message for _, message in came] == ["hello"]  # type: ignore[misc]
    assert len(door.clients) == 1
    bad.close()
    good.close()


def test_a_length_that_no_message_has_ends_the_connection(door: Door[str, str], tmp_path: Path) -> None:
    bad = socket.socket(socket.AF_UNIX)
    bad.connect(str(tmp_path / "a.sock"))
    bad.sendall(struct.pack(">I", channel.MAX_BYTES + 1))
    assert door.poll() == ()
    assert door.clients == frozenset()
    bad.close()


def test_who_does_not_read_is_left_and_holds_nobody_up(
    door: Door[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "MAX_WAITING", 100_000)
    deaf = socket.socket(socket.AF_UNIX)
    deaf.connect(str(tmp_path / "a.sock"))
    door.poll()
    for _ in range(200):
        door.send("y" * 10_000)
    assert door.clients == frozenset()
    deaf.close()


def test_the_socket_is_the_owners_only(door: Door[str, str], tmp_path: Path) -> None:
    assert os.stat(tmp_path / "a.sock").st_mode & 0o777 == 0o600


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="cannot listen"):
        Door(tmp_path / "no" / "a.sock", TEXT, TEXT)


def test_typed_messages_are_told_apart(tmp_path: Path) -> None:
    door: Door[ToLog, FromLog] = Door(tmp_path / "log.sock", TO_LOG, FROM_LOG)
    line: Line[FromLog, ToLog] = Line(tmp_path / "log.sock", FROM_LOG, TO_LOG)
    store = Store("me", 1, "trip", ((1.5, TripEnded(arrived=True, reason="arrived")),))
    line.send(store)
    assert _until(door.poll, 1) == [(1, store)]
    door.send(Stored("me", 1))
    assert _until(line.poll, 1) == [Stored("me", 1)]
    door.close()
    line.close()
