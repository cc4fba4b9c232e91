"""From the moment at which a sound is handed over until it is at the sound server's monitor."""

import os
import select
import shutil
import subprocess
import time
from typing import Final

import numpy as np

from device.clocks import SystemClock
from device.earcons import earcon
from device.errors import ConfigError, SpeechError
from device.policy import Earcon
from device.ports import SAMPLE_RATE, Clock
from device.speakers import speaker_from_uri

_COMMAND: Final = (
    "parec",
    "--raw",
    f"--rate={SAMPLE_RATE}",
    "--format=s16le",
    "--channels=1",
    "--latency-msec=5",
    "--device=@DEFAULT_MONITOR@",
)
_LOUD: Final = 1000  # of 32,767: an earcon's first milliseconds are above it, an idle sink is zero
_LIMIT_S: Final = 2.0
_OPENS_S: Final = 3.0


def sink_delays_ms(uri: str, times: int = 8, clock: Clock | None = None) -> tuple[float, ...]:
    """Milliseconds, one a sound; empty where nobody can listen, or nothing sounds.

    The recorder's own few milliseconds are in it: it is never less than the truth.
    """
    clock = clock or SystemClock()
    if shutil.which("parec") is None or not uri.startswith("system:"):
        return ()
    recorder = subprocess.Popen(  # noqa: S603 (a fixed command, no shell)
        _COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert recorder.stdout is not None  # noqa: S101 (Popen was given a pipe)
        pipe = recorder.stdout.fileno()
        if _read(pipe, clock.now_s() + _OPENS_S, clock) is None:
            return ()
        found = (_one(uri, pipe, clock) for _ in range(times))
        return tuple(delay for delay in found if delay is not None)
    except (ConfigError, SpeechError):
        return ()
    finally:
        recorder.kill()
        recorder.wait()
        if recorder.stdout is not None:
            recorder.stdout.close()


def _one(uri: str, pipe: int, clock: Clock) -> float | None:
    speaker = speaker_from_uri(uri)
    try:
        _quiet(pipe, clock)
        began_s = clock.now_s()
        speaker.play(1, earcon(Earcon.STOP), began_s)
        until_s = began_s + _LIMIT_S
        while (data := _read(pipe, until_s, clock)) is not None:
            heard = np.abs(np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.int32)) > _LOUD
            if heard.any():
                # What was read after the onset sounded meanwhile: it is not delay.
                later_s = (len(heard) - int(heard.argmax())) / SAMPLE_RATE
                return 1000.0 * max(0.0, clock.now_s() - began_s - later_s)
        return None
    finally:
        speaker.close()


def _quiet(pipe: int, clock: Clock) -> None:
    """Until nothing sounds any more, and nothing waits to be read."""
    until_s = clock.now_s() + 1.0
    while clock.now_s() < until_s:
        data = _read(pipe, clock.now_s() + 0.1, clock)
        if data is None or not np.any(np.frombuffer(data[: len(data) // 2 * 2], "<i2")):
            time.sleep(0.02)
            return


def _read(pipe: int, until_s: float, clock: Clock) -> bytes | None:
    ready, _, _ = select.select([pipe], [], [], max(0.0, until_s - clock.now_s()))
    return (os.read(pipe, 1 << 16) or None) if ready else None
