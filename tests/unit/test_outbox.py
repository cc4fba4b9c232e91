import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from device.errors import OutboxError
from device.outbox import Outbox
from wire.position import Fix
from wire.trip import HealthChanged, Moved, Rerouted, TripEnded, TripStarted

WRITER = """
import sys
from pathlib import Path
from device.outbox import Outbox
from wire.trip import HealthChanged
with Outbox(Path(sys.argv[1])) as outbox:
    n = outbox.last_seq
    while True:
        n += 1
        what = HealthChanged(part="camera", health="ok", detail=str(n))
        seqs = outbox.append_many("t", [(float(n), what)]) if n % 3 else (outbox.append("t", float(n), what),)
        sys.stdout.write(f"{seqs[-1]}\\n")
        sys.stdout.flush()
"""


def happening(n: int, size: int = 0) -> HealthChanged:
    return HealthChanged(part="camera", health="ok", detail=f"{n}" + "x" * size)


def test_seq_counts_from_one_without_gaps(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        assert [outbox.append("t", float(n), happening(n)) for n in (1, 2)] == [1, 2]
        assert outbox.append_many("t", [(3.0, happening(3)), (4.0, happening(4))]) == (3, 4)
        assert outbox.append_many("t", []) == ()
        events = outbox.pending(0, 100)
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert [event.utc_s for event in events] == [1.0, 2.0, 3.0, 4.0]
    assert {event.boot for event in events} == {outbox.boot}
    assert events[2].what == happening(3)
    assert events[0].trip_id == "t"


def test_pending_begins_after_and_is_bounded(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        outbox.append_many("t", [(float(n), happening(n)) for n in range(1, 11)])
        assert [event.seq for event in outbox.pending(4, 3)] == [5, 6, 7]
        assert outbox.pending(10, 3) == ()


def test_the_same_file_goes_on_and_a_new_file_is_a_new_boot(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        outbox.append("t", 1.0, happening(1))
        outbox.acked(1)
        boot = outbox.boot
    with Outbox(tmp_path / "log.db") as again, Outbox(tmp_path / "other.db") as other:
        assert (again.boot, again.last_seq, again.acked_seq) == (boot, 1, 1)
        assert again.append("t", 2.0, happening(2)) == 2
        assert other.boot != boot


def test_seq_goes_on_when_all_acknowledged_events_are_gone(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db", keep_acked=0) as outbox:
        outbox.append_many("t", [(1.0, happening(n)) for n in range(5)])
        outbox.acked(5)
    with Outbox(tmp_path / "log.db") as again:
        assert again.pending(0, 10) == ()
        assert again.append("t", 2.0, happening(6)) == 6


def test_acknowledged_events_stay_for_a_while(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db", keep_acked=3) as outbox:
        outbox.append_many("t", [(1.0, happening(n)) for n in range(10)])
        outbox.acked(8)
        outbox.acked(2)  # late: never back
        assert outbox.acked_seq == 8
        outbox.append("t", 2.0, happening(11))  # noted with the next events: no commit of its own
        assert [event.seq for event in outbox.pending(0, 100)] == [6, 7, 8, 9, 10, 11]
        outbox.acked(99)  # no more than there is
        assert outbox.acked_seq == 11


def test_renewed_log_numbers_the_unsent_again(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        outbox.append_many("t", [(float(n), happening(n)) for n in range(1, 6)])
        outbox.acked(3)
        before = outbox.boot
        assert outbox.renew() == outbox.boot != before
        assert [(e.boot, e.seq, e.utc_s) for e in outbox.pending(0, 9)] == [
            (outbox.boot, 1, 4.0),
            (outbox.boot, 2, 5.0),
        ]
        assert outbox.append("t", 6.0, happening(6)) == 3


def test_what_append_returned_survives_kill_9(tmp_path: Path) -> None:
    log = tmp_path / "log.db"
    returned = 0
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(log)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            for _ in range(40):
                returned = int(writer.stdout.readline())
            writer.kill()
            returned = max([returned, *(int(line) for line in writer.stdout if line.endswith(b"\n"))])
        with Outbox(log) as outbox:
            seqs = [event.seq for event in outbox.pending(0, -1)]
            assert seqs == list(range(1, len(seqs) + 1))
            assert seqs[-1] >= returned
            assert [event.what.detail for event in outbox.pending(0, -1)] == [str(n) for n in seqs]


def test_full_disk_holds_in_memory_and_writes_later_in_order(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db", max_bytes=64 * 1024, keep_acked=0) as outbox:

        def fill() -> None:
            for n in range(1, 200):
                outbox.append("t", float(n), happening(n, 1000))

        with pytest.raises(
            OutboxError, match=r"cannot be written .*full.*; free some space: 1 events are held"
        ):
            fill()
        written = outbox.last_seq
        assert 10 < written < 199
        with pytest.raises(OutboxError, match="3 events are held"):
            outbox.append_many("t", [(1e3, happening(1000, 5000)), (2e3, happening(2000, 5000))])
        assert outbox.held == 3
        outbox.acked(written)  # the server took them: room again
        assert outbox.append("t", 3e3, happening(3000)) == written + 4
        assert (outbox.held, outbox.dropped) == (0, 0)
        assert [event.utc_s for event in outbox.pending(written, 9)] == [written + 1.0, 1e3, 2e3, 3e3]


def test_an_unusable_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(
        "not a database, but long enough to be read as a header of one\n" * 20
    )
    with pytest.raises(OutboxError, match="not a usable trip log"):
        Outbox(tmp_path / "notes.txt")
    with pytest.raises(OutboxError, match="cannot be opened"):
        Outbox(tmp_path / "no" / "such" / "folder.db")


def test_two_processes_never_number_one_log(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db"), pytest.raises(OutboxError, match="in use"):
        Outbox(tmp_path / "log.db")


def test_a_damaged_event_is_reported(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        outbox.append("t", 1.0, happening(1))
    with sqlite3.connect(tmp_path / "log.db") as db:
        db.execute("UPDATE events SET event = '{}'")
    db.close()
    with Outbox(tmp_path / "log.db") as outbox, pytest.raises(OutboxError, match="cannot be read"):
        outbox.pending(0, 1)


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db"):
        assert (tmp_path / "log.db").stat().st_mode & 0o077 == 0


def test_appending_and_reading_from_two_threads(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        seen: list[int] = []

        def read() -> None:
            while len(seen) < 300:
                seen.extend(event.seq for event in outbox.pending(len(seen), 50))
                outbox.acked(len(seen))

        reader = threading.Thread(target=read)
        reader.start()
        for n in range(100):
            outbox.append_many("t", [(float(n), happening(n))] * 3)
        reader.join(20)
        assert seen == list(range(1, 301))


def test_after_closing_every_call_is_one_clear_error(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "log.db")
    outbox.append("t", 1.0, happening(1))
    outbox.close()
    outbox.close()
    for call in (
        lambda: outbox.renew(),
        lambda: outbox.pending(0, 1),
        lambda: outbox.append("t", 2.0, happening(2)),
    ):
        with pytest.raises(OutboxError, match="closed"):
            call()


def test_an_event_that_nobody_could_read_does_not_stop_the_others(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        fix = Fix(utc_s=1.0, lat=33.0, lon=131.0, accuracy_m=float("inf"))
        outbox.append_many("t", [(1.0, Moved(fix=fix)), (2.0, happening(2))])
        first, second = outbox.pending(0, 9)
    assert isinstance(first.what, HealthChanged)
    assert first.what.detail.startswith("moved not kept: trip event: what.moved.fix.accuracy_m")
    assert second.what == happening(2)


def test_how_each_trip_began_and_the_newest_route_of_the_newest(tmp_path: Path) -> None:
    started, rerouted = TripStarted(route_id=None, practice=True), Rerouted(route_id="r", reason="off_route")
    with Outbox(tmp_path / "log.db") as outbox:
        outbox.append_many("one", [(1.0, started), (2.0, rerouted), (3.0, happening(3))])
        outbox.append_many("two", [(4.0, started), (5.0, rerouted), (6.0, happening(6)), (7.0, rerouted)])
        assert outbox.beginnings(0) == (1, 4, 7)
        assert outbox.beginnings(4) == (7,)
        assert [event.seq for event in outbox.between(3, 5)] == [3, 4, 5]
        outbox.acked(5)
        outbox.renew()
        assert outbox.beginnings(0) == (2,)


def test_a_second_that_is_no_number_does_not_stop_what_comes_after(tmp_path: Path) -> None:
    with Outbox(tmp_path / "log.db") as outbox:
        outbox.append("t", float("nan"), TripEnded(arrived=True, reason="arrived"))
        outbox.append("t", 2.0, TripEnded(arrived=True, reason="arrived"))
        assert [event.utc_s for event in outbox.pending(0, 10)] == [0.0, 2.0]
