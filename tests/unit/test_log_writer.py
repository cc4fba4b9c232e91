"""The disk as it is: slow, full, read-only, damaged; nothing is lost or doubled, and it is told."""

import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device.errors import OutboxError
from device.log import reserve
from device.log import writer as module
from device.log.reserve import RESERVE_BYTES
from device.log.writer import LogWriter, Writing
from device.outbox import Outbox
from device.parts.messages import Store
from tests.waiting import PATIENCE_S, until
from wire.trip import Happening as What
from wire.trip import HealthChanged, Sos


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.05)


def packet(number: int, size: int = 0, what: What | None = None) -> Store:
    happening = what or HealthChanged(part="camera", health="ok", detail=f"{number}" + "x" * size)
    return Store("guidance", number, "t", ((float(number), happening),))


@contextmanager
def writing(path: Path, max_bytes: int | None = None) -> Iterator[LogWriter]:
    made = LogWriter(path, max_bytes=max_bytes)
    try:
        yield made
    finally:
        made.close()


def stored(path: Path) -> list[float]:
    with Outbox(path) as outbox:
        events = outbox.pending(0, -1)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        return [event.utc_s for event in events]


def test_packets_of_half_a_second_share_a_commit_and_urgent_ones_do_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data" / "outbox.sqlite"
    with writing(path) as log:
        until(lambda: log.outbox is not None)
        with log._changed:  # as if all came within the half second
            for number in range(1, 51):
                assert log._intake is not None
                assert log._intake.offer(packet(number)) == "taken"
                log._queued(packet(number))
        until(lambda: log.written() == {"guidance": 50})
        assert log.commits == 1
        monkeypatch.setattr(module, "GROUP_S", 3600.0)
        log.offer(packet(51, what=Sos(state="raised")))
        until(lambda: log.written() == {"guidance": 51}, "a call for help, at once")
        log.offer(packet(52))
    assert stored(path) == [float(n) for n in range(1, 53)], "what waited is written at the end"


def test_what_comes_before_the_log_is_open_is_sorted_by_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with writing(path) as log:
        for number in (1, 2):
            log.offer(packet(number))
    with writing(path) as log:
        for number in (1, 2, 3):
            log.offer(packet(number))
        until(lambda: log.written() == {"guidance": 3})
    assert stored(path) == [1.0, 2.0, 3.0]


def test_a_full_disk_is_told_and_nothing_is_lost_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with writing(path) as log:
        log.offer(packet(1))
        until(lambda: log.written() == {"guidance": 1})
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
        try:
            for number in range(2, 102):
                assert log.offer(packet(number, 2000)) == "taken"
            until(lambda: not log.state().storing)
            state = log.state()
            assert "events are held in memory" in state.detail
            assert state.waiting == 100
            assert log.offer(packet(50, 2000)) == "known"
            assert log.written() == {"guidance": 1}
            time.sleep(0.5)  # several tries, and the file opened anew
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        until(lambda: log.written() == {"guidance": 101})
        assert log.state() == Writing()
    assert stored(path) == [float(n) for n in range(1, 102)]


def test_a_folder_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    with writing(tmp_path / "data" / "outbox.sqlite") as log:
        log.offer(packet(1))
        until(lambda: not log.state().storing)
        assert "data" in log.state().detail
        assert log.state().waiting == 1
        (tmp_path / "data").unlink()
        until(lambda: log.written() == {"guidance": 1})
        assert log.state() == Writing()


@pytest.mark.parametrize("how", ["garbage", "cut", "zeros"])
def test_a_damaged_log_is_kept_aside_and_a_new_one_begun(tmp_path: Path, how: str) -> None:
    path = tmp_path / "outbox.sqlite"
    with writing(path) as log:
        for number in range(1, 301):
            log.offer(packet(number, 300))
        until(lambda: log.written() == {"guidance": 300})
        boot = log.outbox.boot if log.outbox else ""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "garbage": b"not a database at all, but long enough to be one" * 100,
            "cut": whole[:middle],
            "zeros": whole[: middle - 20_000] + bytes(40_000) + whole[middle + 20_000 :],
        }[how]
    )
    broken = path.read_bytes()
    with writing(path) as log:
        log.offer(packet(301))
        until(lambda: log.written() == {"guidance": 301})
        state = log.state()
        assert state.storing
        assert "outbox.sqlite.damaged-1" in state.detail
        assert log.outbox is not None
        assert log.outbox.boot != boot
    assert (tmp_path / "outbox.sqlite.damaged-1").read_bytes()[:5_000] == broken[:5_000]
    assert stored(path) == [301.0]


def test_damage_on_the_way_begins_a_new_log_with_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "outbox.sqlite"
    with writing(path) as log:
        log.offer(packet(1))
        until(lambda: log.written() == {"guidance": 1})
        db = log.outbox
        assert db is not None
        close = db.close

        def damaged(*_: object) -> None:
            raise sqlite3.DatabaseError("database disk image is malformed")

        def closed() -> None:
            close()
            path.write_bytes(b"overwritten by something else" * 500)

        monkeypatch.setattr(db, "_write", damaged)
        monkeypatch.setattr(db, "close", closed)
        log.offer(packet(2))
        until(lambda: log.outbox is not None and log.outbox is not db)
        until(lambda: log.written().get("guidance") == 2)
        assert "damaged-1" in log.state().detail
    assert stored(path) == [2.0]


def test_a_disk_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STUCK_S", 0.2)
    with writing(tmp_path / "outbox.sqlite") as log:
        until(lambda: log.outbox is not None)
        assert log.outbox is not None
        write = log.outbox.write

        answers = threading.Event()

        def slow(*args: object) -> object:
            assert answers.wait(PATIENCE_S)
            return write(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(log.outbox, "write", slow)
        log.offer(packet(1))
        until(lambda: "does not answer" in log.state().detail)
        assert not log.state().storing
        assert log.works()
        answers.set()
        until(lambda: log.state() == Writing())


def test_a_log_that_another_process_has_is_not_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    other = Outbox(path)
    with writing(path) as log:
        log.offer(packet(1))
        until(lambda: not log.state().storing)
        assert "in use" in log.state().detail
        other.append("t", 0.0, HealthChanged(part="camera", health="ok"))
        other.close()
        until(lambda: log.written() == {"guidance": 1})
    assert stored(path) == [0.0, 1.0]


def test_an_outbox_that_takes_nothing_keeps_its_numbers(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db", max_bytes=64 * 1024) as outbox:
        what = HealthChanged(part="camera", health="ok", detail="x" * 30_000)
        outbox.write([("t", 1.0, what)], {"a": 1})
        with pytest.raises(OutboxError, match="full"):
            outbox.write([("t", 2.0, what)] * 4, {"a": 2})
        assert outbox.numbers() == {"a": 1}
        assert outbox.last_seq == 1


def test_a_call_for_help_gets_onto_a_full_disk_with_all_that_waits(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with writing(path, max_bytes=64 * 1024) as log:
        until(lambda: log.outbox is not None)
        kept = path.with_name("outbox.sqlite.reserve")
        assert kept.stat().st_size == RESERVE_BYTES
        for number in range(1, 101):
            log.offer(packet(number, 2000))
        until(lambda: not log.state().storing)
        time.sleep(0.3)
        assert log.written() == {}
        log.offer(packet(101, what=Sos(state="raised")))
        until(lambda: log.written() == {"guidance": 101})
        assert log.outbox is not None
        assert log.outbox.pending(100, 1)[0].what == Sos(state="raised")
        assert kept.exists(), "there is room on this disk: it is kept again"
    assert stored(path) == [float(n) for n in range(1, 102)]


def test_where_there_is_no_room_no_reserve_is_kept_and_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "outbox.sqlite"
    with writing(path, max_bytes=64 * 1024) as log:
        until(lambda: log.outbox is not None)
        monkeypatch.setattr(reserve, "_LEFT_BYTES", 10**18)
        for number in range(1, 101):
            log.offer(packet(number, 2000))
        log.offer(packet(101, what=Sos(state="raised")))
        until(lambda: log.written() == {"guidance": 101})
        assert not log.state().storing
        assert "free some space" in log.state().detail
        monkeypatch.setattr(reserve, "_LEFT_BYTES", 0)
        log.offer(packet(102))
        until(lambda: log.state() == Writing())


def test_a_disk_that_does_not_answer_does_not_hold_up_the_link(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox.sqlite") as outbox:
        outbox.append("t", 1.0, Sos(state="raised"))
        thread = threading.Thread(target=outbox.acked, args=(1,), daemon=True)
        with outbox._lock:  # as while a commit goes on
            thread.start()
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        assert outbox.acked_seq == 1


def test_the_place_of_a_call_for_help_in_the_log_is_known(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    with writing(path) as log:
        log.offer(packet(1))
        log.offer(packet(2, what=Sos(state="raised")))
        log.offer(packet(3))
        until(lambda: log.written() == {"guidance": 3})
        sos, outbox = log.sos, log.outbox
        assert sos is not None
        assert outbox is not None
        assert (sos.boot, sos.seq) == (outbox.boot, 2)
        assert dict(sos.numbers)["guidance"] >= 2
