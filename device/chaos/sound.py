"""A sound card that is not there: PulseAudio with a null sink, and what was heard at its monitor."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from device.speech.null_sink import SINK, SinkServer

RATE: Final = 8_000  # enough for whether something sounded
_START_S: Final = 10.0
LOUD_RMS: Final = 0.003  # -50 dB of full scale: speech has -20, a null sink exactly nothing


@dataclass(frozen=True, slots=True)
class Take:
    """What one recorder heard. `began_s`: monotonic second of its first sample, as well as it is known."""

    path: Path
    began_s: float


class SoundServer:
    """One PulseAudio of our own in `folder`, for whoever gets `environment`. `SpeechError` where it fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        runtime = folder / "pulse"
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._server = SinkServer(runtime)
        self._socket = runtime / "native"
        self._recorder: subprocess.Popen[bytes] | None = None
        self.takes: list[Take] = []
        self.environment = {**os.environ, **self._server.environment}

    def start(self) -> None:
        """Start it, and record the monitor."""
        self._server.start()
        self._record()

    def kill(self) -> None:
        """The card is gone, in the middle of whatever sounds."""
        self._end_recorder()
        self._server.stop()
        self._socket.unlink(missing_ok=True)

    def close(self) -> None:
        """End everything; safe to call twice."""
        self.kill()

    def loudness(self, from_s: float, to_s: float) -> float | None:
        """RMS (of full scale 1) between two monotonic seconds; None where nobody recorded."""
        for take in reversed(self.takes):
            if take.began_s <= from_s:
                samples = _read(take, from_s, to_s)
                return None if len(samples) < RATE * (to_s - from_s) * 0.4 else _rms(samples)
        return None

    def _record(self) -> None:
        path = self._folder / f"heard-{len(self.takes)}.raw"
        with path.open("wb") as out:
            self._recorder = subprocess.Popen(  # noqa: S603  # a fixed command, no shell
                [_found("parec"), "--raw", f"--rate={RATE}", "--channels=1", "--format=s16le",
                 "--latency-msec=20", f"--device={SINK}.monitor"],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        end_s = time.monotonic() + _START_S
        while not path.stat().st_size and time.monotonic() < end_s:
            time.sleep(0.005)
        self.takes.append(Take(path, time.monotonic() - path.stat().st_size / 2 / RATE))

    def _end_recorder(self) -> None:
        if self._recorder is not None:
            with contextlib.suppress(ProcessLookupError):
                self._recorder.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._recorder.wait(2.0)
            self._recorder.kill()
            self._recorder.wait()
            self._recorder = None


def _read(take: Take, from_s: float, to_s: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    first = max(0, round((from_s - take.began_s) * RATE))
    count = max(0, round((to_s - take.began_s) * RATE) - first)
    samples = np.fromfile(take.path, "<i2", count, offset=2 * first)
    return samples / 32768.0


def _rms(samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def _found(program: str) -> str:
    return shutil.which(program) or program
