"""The real gpsd, fed by gpsfake, through gpsd-py3: running, stopped, killed, started again."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device.clocks import SystemClock
from device.errors import PositionError
from device.fix_health import SourceHealth
from device.gpsd_source import GpsdSource
from device.nmea import sentences
from device.nmea_fields import checksum
from tests.waiting import PATIENCE_S, quickest_s, until
from wire.position import Fix

pytestmark = pytest.mark.skipif(
    shutil.which("gpsfake") is None or shutil.which("gpsd") is None,
    reason="gpsd is not installed (Debian: apt install gpsd gpsd-clients)",
)

START_UTC_S = 1_795_314_465.0
STEP_DEG = 1e-5


def walk(path: Path, seconds: int = 400) -> Path:
    fixes = (
        Fix(
            utc_s=START_UTC_S + n,
            lat=round(33.23285 + n * STEP_DEG, 7),
            lon=131.6066,
            accuracy_m=7.5,
            speed_mps=1.1,
            course_deg=1.0,
        )
        for n in range(seconds)
    )
    path.write_text("".join(f"{sentence}\r\n" for fix in fixes for sentence in sentences(fix)))
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Receiver:
    """gpsfake and its gpsd, in a process group of their own: gpsfake ignores SIGTERM."""

    def __init__(self, log: Path, port: int) -> None:
        self._log, self.port = log, port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["gpsfake", "-1", "-c", "0.1", "-P", str(self.port), str(self._log)],
            cwd=self._log.parent,
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def signal(self, number: int) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    made = Receiver(walk(tmp_path / "walk.nmea"), free_port())
    yield made
    made.kill()


@pytest.fixture
def source(receiver: Receiver) -> Iterator[GpsdSource]:
    made = GpsdSource("127.0.0.1", receiver.port, SystemClock())
    yield made
    made.close()


def collect(source: GpsdSource, count: int, timeout_s: float = PATIENCE_S) -> list[Fix]:
    fixes: list[Fix] = []
    end_s = time.monotonic() + timeout_s
    while len(fixes) < count and time.monotonic() < end_s:
        fixes += source.poll()
        time.sleep(0.02)
    return fixes


def wait_for(what: Callable[[SourceHealth], bool], source: GpsdSource) -> None:
    until(lambda: what(source.health()), source.health)


def expect_the_walk(fixes: list[Fix]) -> None:
    times = [fix.utc_s for fix in fixes]
    assert times == sorted(set(times)), "each fix once, in order"
    for fix in fixes:
        assert fix.lat == pytest.approx(33.23285 + (fix.utc_s - START_UTC_S) * STEP_DEG, abs=2e-7)
        assert fix.lon == pytest.approx(131.6066, abs=1e-6)
        assert fix.speed_mps == pytest.approx(1.1, abs=0.01)
        assert fix.course_deg == pytest.approx(1.0)
        assert fix.source == "gpsd"


def test_fixes_come_once_each_with_the_receivers_own_accuracy(receiver: Receiver, source: GpsdSource) -> None:
    receiver.start()
    fixes = collect(source, 12)
    assert len(fixes) >= 12
    expect_the_walk(fixes)
    # GST's sigmas, but for the first: they come after the position, so then gpsd's 95 % radius (18.8 m).
    assert {round(fix.accuracy_m, 1) for fix in fixes[:1]} <= {7.5, 11.6}
    assert {round(fix.accuracy_m, 1) for fix in fixes[1:]} == {7.5}
    assert source.health().state == "ok"


def test_gpsd_stopped_is_told_and_comes_back(receiver: Receiver, source: GpsdSource) -> None:
    receiver.start()
    before = collect(source, 3)
    receiver.signal(signal.SIGSTOP)
    assert quickest_s(source.poll) < 0.2, "never blocks"
    wait_for(lambda health: health.state == "error" and "does not answer" in health.detail, source)
    receiver.signal(signal.SIGCONT)
    after = collect(source, 3)
    expect_the_walk(before + after)
    assert source.health().state == "ok"


def test_gpsd_killed_and_started_again(receiver: Receiver, source: GpsdSource) -> None:
    receiver.start()
    expect_the_walk(collect(source, 3))
    receiver.kill()
    wait_for(lambda health: health.state == "error", source)
    collect(source, 1000, 0.3)
    assert collect(source, 1, 0.5) == [], "no fix is told again"
    receiver.start()
    wait_for(lambda health: health.state == "ok", source)
    expect_the_walk(collect(source, 3))


class Cabled:
    """A gpsd that only listens (`-b`), and a receiver that tells once a second, on a cable to be pulled."""

    def __init__(self, port: int) -> None:
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        os.set_blocking(self._far, False)
        self._second = 0
        self._next_s = time.monotonic()
        command = ["gpsd", "-N", "-n", "-b", "-S", str(port), os.ttyname(self._near)]
        path = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
        self._gpsd = subprocess.Popen(command, env=path, stderr=subprocess.DEVNULL)

    def feed(self, *, sky: bool = True) -> None:
        """The next second's sentences, if it is time."""
        if time.monotonic() < self._next_s:
            return
        self._next_s += 1.0
        self._second += 1
        fix = Fix(utc_s=START_UTC_S + self._second, lat=33.2, lon=131.6, accuracy_m=7.5, speed_mps=1.1)
        clock = sentences(fix)[0].split(",")[1]
        body = f"GNRMC,{clock},V,,,,,,,221126,,,N"
        told = sentences(fix) if sky else (f"${body}*{checksum(body):02X}",)
        with contextlib.suppress(BlockingIOError):
            os.write(self._far, "".join(f"{sentence}\r\n" for sentence in told).encode())

    def pull(self) -> None:
        for end in (self._far, self._near):
            with contextlib.suppress(OSError):
                os.close(end)

    def end(self) -> None:
        self._gpsd.kill()
        self._gpsd.wait(10)
        self.pull()


def test_no_sky_no_cable_and_a_second_between_two_fixes_are_told_apart() -> None:
    port = free_port()
    cabled, source = Cabled(port), GpsdSource("127.0.0.1", port, SystemClock())
    states: list[str] = []

    def until(state: str, said: str, *, sky: bool = True, fed: bool = True) -> None:
        end_s = time.monotonic() + PATIENCE_S
        while (health := source.health()).state != state or said not in health.detail:
            assert time.monotonic() < end_s, health
            if fed:
                cabled.feed(sky=sky)
            time.sleep(0.02)

    try:
        until("ok", "")
        end_s = time.monotonic() + 2.5
        while time.monotonic() < end_s:
            cabled.feed()
            states.append(source.health().state)
            time.sleep(0.02)
        assert set(states) == {"ok"}, "a second between two fixes is no fault"
        until("stale", "no new position", fed=False)
        until("ok", "")
        until("warn", "see the sky", sky=False)
        cabled.pull()
        until("warn", "plugged in", fed=False)
    finally:
        source.close()
        cabled.end()


def test_before_there_is_gpsd(source: GpsdSource) -> None:
    wait_for(lambda health: "is gpsd running?" in health.detail, source)
    assert source.health().state == "error"
    assert source.poll() == ()


def test_one_source_in_a_process(source: GpsdSource) -> None:
    with pytest.raises(PositionError, match="in use by this process"):
        GpsdSource("127.0.0.1", 1, SystemClock())
    source.close()
    source.close()
    GpsdSource("127.0.0.1", 1, SystemClock(), timeout_s=0.2).close()
