"""A receiver on a serial line: a pseudo-terminal is the line, and tells at which speed it is listened to."""

import os
import termios
import time
import tty
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.clocks import VirtualClock
from device.errors import ConfigError
from device.nmea import sentences
from device.nmea_fields import checksum
from device.nmea_source import read_fixes
from device.serial_nmea import BAUDS, Lines, SerialNmeaSource, SpeedSearch
from tests.waiting import PATIENCE_S
from wire.position import Fix

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "gps" / "nmea"
LOGS = sorted(SHARED.glob("*.log"))
FIX = Fix(utc_s=1_795_314_465.0, lat=33.23285, lon=131.6066, accuracy_m=7.5, speed_mps=1.1, course_deg=1.0)
SPEEDS = {termios.B4800: 4800, termios.B9600: 9600, termios.B38400: 38400, termios.B115200: 115200}


def burst(second: float) -> bytes:
    return "".join(f"{each}\r\n" for each in sentences(replace(FIX, utc_s=FIX.utc_s + second))).encode()


def void(second: int) -> bytes:
    body = f"GNRMC,{22700 + second:06d},V,,,,,,,221126,,,N"
    return f"${body}*{checksum(body):02X}\r\n".encode()


class Plug:
    """The receiver's end, and the name under which the line is found while it is plugged in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: tuple[int, int] | None = None
        self.plug()

    def plug(self) -> None:
        far, near = os.openpty()
        tty.setraw(near)
        os.set_blocking(far, False)
        self.path.symlink_to(os.ttyname(near))
        self._ends = (far, near)

    def send(self, data: bytes) -> None:
        assert self._ends is not None
        os.write(self._ends[0], data)

    def baud(self) -> int:
        assert self._ends is not None
        return SPEEDS[termios.tcgetattr(self._ends[0])[5]]

    def pull(self) -> None:
        if self._ends is not None:
            self.path.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None


@pytest.fixture
def plug(tmp_path: Path) -> Iterator[Plug]:
    made = Plug(tmp_path / "receiver")
    yield made
    made.pull()


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(FIX.utc_s)


@pytest.fixture
def source(plug: Plug, clock: VirtualClock) -> Iterator[SerialNmeaSource]:
    made = SerialNmeaSource(plug.path, clock)
    yield made
    made.close()
    made.close()


def until(clock: VirtualClock, source: SerialNmeaSource, end_s: float) -> list[Fix]:
    """What comes up to `end_s`, polled ten times a second."""
    fixes: list[Fix] = []
    while clock.now_s() < end_s:
        clock.advance_to(clock.now_s() + 0.1)
        time.sleep(0.001)  # the kernel hands on what was written a moment later
        fixes += source.poll()
    return fixes


def drained(source: SerialNmeaSource, count: int) -> list[Fix]:
    """Up to `count` fixes, waited for in real time."""
    fixes: list[Fix] = []
    end_s = time.monotonic() + PATIENCE_S
    while len(fixes) < count and time.monotonic() < end_s:
        fixes += source.poll()
        time.sleep(0.001)
    return fixes


def seconds(fixes: list[Fix]) -> list[float]:
    return [fix.utc_s - FIX.utc_s for fix in fixes]


def test_a_receiver_is_read_by_the_second(plug: Plug, clock: VirtualClock, source: SerialNmeaSource) -> None:
    source.poll()
    for n in range(4):
        plug.send(burst(n)[:70])
        assert source.poll() == ()
        plug.send(burst(n)[70:])
        (fix,) = until(clock, source, n + 1.0)
        assert (fix.utc_s, fix.source, fix.accuracy_m) == (FIX.utc_s + n, "serial", 7.5)
    assert source.health().state == "ok"
    assert seconds(until(clock, source, 6.5)) == []
    assert source.health().state == "stale"
    until(clock, source, 8.0)
    assert "silent" in source.health().detail


def test_unplugged_is_told_and_plugged_in_again_goes_on(
    plug: Plug, clock: VirtualClock, source: SerialNmeaSource
) -> None:
    source.poll()
    plug.send(burst(0) + b"$GNRMC,0227")
    assert seconds(until(clock, source, 1.0)) == [0]
    plug.pull()
    until(clock, source, 1.3)
    assert (source.health().state, "unplugged" in source.health().detail) == ("error", True)
    until(clock, source, 3.0)
    assert "no receiver is there" in source.health().detail
    plug.plug()
    until(clock, source, 3.7)
    plug.send(burst(3))
    assert seconds(until(clock, source, 4.2)) == [3]
    assert source.health().state == "ok"


@pytest.mark.parametrize("baud", BAUDS)
def test_the_speed_is_found_out(plug: Plug, clock: VirtualClock, source: SerialNmeaSource, baud: int) -> None:
    fixes: list[Fix] = []
    for n in range(9):
        # At another speed the bits fall where they may.
        plug.send(burst(n) if plug.baud() == baud else bytes(byte ^ 0xA5 for byte in burst(n)))
        fixes += until(clock, source, n + 1.0)
    assert plug.baud() == baud
    assert seconds(fixes)[-2:] == [7, 8]
    assert source.health().state == "ok"


def test_a_receiver_that_changes_its_speed_is_followed(
    plug: Plug, clock: VirtualClock, source: SerialNmeaSource
) -> None:
    for n in range(20):
        baud = 9600 if n < 5 else 38400
        plug.send(burst(n) if plug.baud() == baud else b"\xff\x00" * 100)
        until(clock, source, n + 1.0)
    assert (plug.baud(), source.health().state) == (38400, "ok")


def test_a_speed_that_is_given_is_kept(plug: Plug, clock: VirtualClock) -> None:
    source = SerialNmeaSource(plug.path, clock, 4800)
    for n in range(9):
        plug.send(b"\xff" * 50)
        until(clock, source, n + 1.0)
    assert plug.baud() == 4800
    assert (source.health().state, "no NMEA sentences at 4800" in source.health().detail) == ("warn", True)
    source.close()


def test_a_silent_receiver_and_one_without_sky_are_told_apart(
    plug: Plug, clock: VirtualClock, source: SerialNmeaSource
) -> None:
    until(clock, source, 6.0)
    assert (source.health().state, "silent" in source.health().detail) == ("warn", True)
    for n in range(6, 20):
        plug.send(void(n))
        until(clock, source, n + 1.0)
    assert (source.health().state, "sky" in source.health().detail) == ("warn", True)


def test_what_is_no_line_is_told(tmp_path: Path, clock: VirtualClock) -> None:
    (tmp_path / "file").write_text("no line")
    for path, said in ((tmp_path / "file", "no serial line"), (tmp_path / "none", "no receiver is there")):
        source = SerialNmeaSource(path, clock)
        assert source.poll() == ()
        assert (source.health().state, said in source.health().detail) == ("error", True)
        source.close()
    with pytest.raises(ConfigError, match="12345 is not known"):
        SerialNmeaSource(tmp_path, clock, 12345)


@pytest.mark.skipif(not LOGS, reason=f"no receiver logs at {SHARED}")
@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_a_receivers_log_through_the_line_is_what_its_file_holds(
    plug: Plug, clock: VirtualClock, source: SerialNmeaSource, log: Path
) -> None:
    source.poll()
    whole, came = read_fixes(log), list[Fix]()
    data = log.read_bytes()
    for start in range(0, len(data), 997):
        plug.send(data[start : start + 997])
        came += source.poll()  # at one instant: the speed is not doubted
    came += drained(source, len(whole) - 1 - len(came))
    # A file has an end, which gives out its last epoch; a line has none.
    assert [fix.utc_s for fix in came] == [fix.utc_s for fix in whole[: len(came)]]
    assert len(whole) - len(came) <= 1


@given(st.lists(st.binary(max_size=2000), max_size=20))
def test_lines_are_the_same_however_the_bytes_are_cut(pieces: list[bytes]) -> None:
    lines, cut = Lines(), []
    for piece in pieces:
        cut += lines.feed(piece)
    whole = b"".join(pieces).split(b"\n")[:-1]
    assert len(cut) == len(whole)
    assert all(one == other or len(other) > 1024 for one, other in zip(cut, whole, strict=True))


@given(st.lists(st.binary(max_size=200), max_size=10), st.integers(0, 200))
def test_noise_before_a_sentence_costs_one_epoch_at_most(noise: list[bytes], cut: int) -> None:
    clock = VirtualClock(FIX.utc_s)
    far, near = os.openpty()
    tty.setraw(near)
    source = SerialNmeaSource(Path(os.ttyname(near)), clock)
    got = list(source.poll())
    try:
        for data in (*noise, burst(0)[cut:], burst(1), burst(2)):
            os.write(far, data)
            got += source.poll()
        got += drained(source, 2 - sum(fix.utc_s > FIX.utc_s for fix in got))
    finally:
        source.close()
        os.close(far)
        os.close(near)
    assert seconds(got)[-2:] == [1, 2]


def test_the_search_goes_round_and_listens_longer() -> None:
    search, seen, now_s = SpeedSearch(), [], 0.0
    while len(seen) < 9:
        seen.append(search.baud)
        while not search.heard(now_s, sentences=0, noise=False):
            now_s += 0.1
    assert tuple(seen) == (*BAUDS, *BAUDS, BAUDS[0])
    assert now_s > 4 * 1.4 + 4 * 2.8
