"""Records a null sink's monitor at the rate at which the device plays, and when each block came."""

import os
import subprocess
import threading
import time
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from device.chaos.hearing import Recording, alignment, found
from device.errors import SpeechError
from device.ports import SAMPLE_RATE, Pcm
from device.speech.null_sink import SINK

_BLOCK: Final = 1 << 14
_BYTES: Final = 4  # a sample of both channels
_OPENS_S: Final = 5.0
_RAW: Final = ("--raw", f"--rate={SAMPLE_RATE}", "--format=s16le")
_LISTEN: Final = ("parec", *_RAW, "--channels=2", "--latency-msec=5", f"--device={SINK}.monitor")
_PLAY: Final = ("pacat", *_RAW, "--channels=1", "--latency-msec=40")
CLICKS: Final = 5


class Monitor:
    """Recording from the beginning to `close`. `SpeechError` where nobody can record."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._blocks: list[bytes] = []
        self._arrivals: list[tuple[float, int]] = []
        try:
            self._process = subprocess.Popen(  # noqa: S603  # a fixed command
                _LISTEN, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, bufsize=0,
            )  # fmt: skip
        except OSError:
            raise SpeechError("nobody can record: run `apt install pulseaudio-utils`") from None
        self._thread = threading.Thread(target=self._read, name="monitor", daemon=True)
        self._thread.start()
        end_s = time.monotonic() + _OPENS_S
        while not self._arrivals:
            if time.monotonic() > end_s:
                self.close()
                raise SpeechError("the monitor of the sound server gives nothing")
            time.sleep(0.01)

    def recording(self) -> Recording:
        """What was recorded up to now."""
        data = b"".join(self._blocks)
        samples = np.frombuffer(data[: len(data) // _BYTES * _BYTES], "<i2").astype(np.int16).reshape(-1, 2)
        return Recording(samples, *alignment(self._arrivals))

    def click_delays_s(self) -> tuple[float, ...]:
        """From the writing of a click into a stream that runs until it is at the monitor; one a click.

        That stream has the device's own buffer of 40 ms: a recording that tells times too late by more than
        what is not buffer would show here.
        """
        sent_s: list[float] = []
        with subprocess.Popen(  # noqa: S603  # a fixed command
            _PLAY, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, bufsize=0,
        ) as player:  # fmt: skip
            assert player.stdin is not None  # noqa: S101  # a pipe was asked for
            for _ in range(CLICKS):
                sent_s.append(time.monotonic())
                player.stdin.write(click().tobytes())
                time.sleep(0.5)  # the stream runs dry: the next click begins at once
            player.stdin.close()
        time.sleep(0.2)
        heard = self.recording()
        matches = [found(heard, click(), at_s - 0.02, at_s + 0.4) for at_s in sent_s]
        return tuple(
            match.at_s - at_s for match, at_s in zip(matches, sent_s, strict=True) if match.alike > 0.8
        )

    def close(self) -> None:
        """End the recorder; safe to call twice."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  # a pipe was asked for
        pipe, count = self._process.stdout.fileno(), 0
        while data := os.read(pipe, _BLOCK):
            count += len(data)
            self._blocks.append(data)
            self._arrivals.append((time.monotonic(), count // _BYTES))


def click() -> Pcm:
    """20 ms of noise that is like nothing else, always the same; then 100 ms of silence."""
    noise = np.random.default_rng(7).normal(0.0, 0.2, SAMPLE_RATE // 50)
    samples = np.clip(noise * 32767.0, -32767, 32767).astype(np.int16)
    return np.concatenate([samples, np.zeros(SAMPLE_RATE // 10, np.int16)])


def write_stereo(path: Path, recording: Recording) -> None:
    """16-bit WAV of two channels."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(recording.samples.astype("<i2").tobytes())
