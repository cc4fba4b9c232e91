"""`shirube demo --live`: the same walk in real time, through a real gpsd and the sound card."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from device.clocks import SystemClock
from device.demo.walker import Walk
from device.demo.world import SimulatedReceiver
from device.errors import PositionError
from device.gpsd_source import GpsdSource
from device.loopback import free_port
from device.nmea import sentences
from device.ports import Clock, Pcm, Playback, Speaker
from device.speakers import TimelineSpeaker
from wire.position import Fix

# gpsfake waits this long after each sentence; three sentences make one second.
_SENTENCE_S = 1.0 / 3.0
_LEAST_S = 0.002  # between two ticks
_SBIN = "/usr/sbin"  # where Debian keeps gpsd, outside a user's PATH


class StartedClock:
    """The system's time, with `now_s` 0 when it was made."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self._start_s = self._system.now_s()

    def now_s(self) -> float:
        """Seconds since it was made."""
        return self._system.now_s() - self._start_s

    def utc_s(self) -> float:
        """UTC seconds since 1970."""
        return self._system.utc_s()


def real_ticks(clock: Clock, length_s: float, tick_s: float, wake: threading.Event) -> Iterator[float]:
    """The seconds of each tick: `tick_s` after the last at the latest, at once where `wake` was set.

    A frame, a scene or words that came wait for no tick. A late one is not made up for.
    """
    while (now_s := clock.now_s()) <= length_s:
        # Cleared before the tick: what comes while it looks makes the next one.
        wake.clear()
        yield now_s
        wake.wait(max(0.0, now_s + tick_s - clock.now_s()))
        # The recording tells steps apart by milliseconds.
        time.sleep(max(0.0, now_s + _LEAST_S - clock.now_s()))


class GpsdRehearsal:
    """A `PositionSource`: gpsfake plays the rehearsed receiver into a real gpsd, which is read as ever.

    The fixes are marked as a replay, which they are: a practice map may be walked with them.
    """

    def __init__(self, walk: Walk, clock: Clock, seed: int, folder: Path) -> None:
        path = f"{os.environ.get('PATH', '')}:{_SBIN}"
        gpsfake = shutil.which("gpsfake", path=path)
        if gpsfake is None or shutil.which("gpsd", path=path) is None:
            raise PositionError(
                "--live には gpsd と gpsfake が要ります / needs gpsd and gpsfake: "
                "apt install gpsd gpsd-clients"
            )
        log = folder / "receiver.nmea"
        receiver = SimulatedReceiver(walk, clock, seed)
        seconds = range(int(walk.duration_s) + 1)
        lines = (line for second in seconds for line in sentences(receiver.measured(float(second))))
        log.write_text("".join(f"{line}\r\n" for line in lines), "ascii")
        port = free_port()
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
            [gpsfake, "-1", "-c", f"{_SENTENCE_S:.3f}", "-P", str(port), str(log)],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._source = GpsdSource("127.0.0.1", port, clock)

    def poll(self) -> tuple[Fix, ...]:
        """The fixes since the last call."""
        return tuple(replace(fix, source="replay") for fix in self._source.poll())

    def close(self) -> None:
        """End gpsd and gpsfake; safe to call twice."""
        self._source.close()
        if self._process.poll() is None:
            # gpsfake ignores SIGTERM, and its gpsd would stay.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10.0)


class TeeSpeaker:
    """A `Speaker` that is heard on the sound card and kept for the film."""

    def __init__(self, heard: Speaker, kept: TimelineSpeaker) -> None:
        self._heard, self._kept = heard, kept

    def play(self, utterance: int, pcm: Pcm, now_s: float, *, more: bool = False) -> None:
        """Begin at once on both."""
        self._heard.play(utterance, pcm, now_s, more=more)
        self._kept.play(utterance, pcm, now_s, more=more)

    def add(self, utterance: int, pcm: Pcm, now_s: float) -> None:
        """The rest, to both."""
        self._heard.add(utterance, pcm, now_s)
        self._kept.add(utterance, pcm, now_s)

    def stop(self, now_s: float) -> None:
        """Silence on both."""
        self._heard.stop(now_s)
        self._kept.stop(now_s)

    def playback(self, now_s: float) -> Playback:
        """What the sound card does: a failure there must be heard of."""
        self._kept.playback(now_s)
        return self._heard.playback(now_s)

    def close(self) -> None:
        """End both; safe to call twice."""
        self._heard.close()
        self._kept.close()
