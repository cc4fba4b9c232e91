"""A sound server of one's own, with a sink that nobody hears and everybody can record: for measuring."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from device.errors import SpeechError
from device.ports import SAMPLE_RATE

STARTS_S: Final = 10.0
SINK: Final = "shirube_measure"


class SinkServer:
    """A server with one sink, to be ended and started again. `SpeechError` where there is no program."""

    def __init__(self, folder: Path, channels: int = 2) -> None:
        program = shutil.which("pulseaudio")
        if program is None or shutil.which("pactl") is None or shutil.which("parec") is None:
            raise SpeechError("pulseaudio is not installed: run `apt install pulseaudio pulseaudio-utils`")
        self.environment = {
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
            "PULSE_SERVER": f"unix:{folder}/native",
        }
        sink = f"module-null-sink sink_name={SINK} rate={SAMPLE_RATE} channels={channels}"
        self._command = (
            program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
            "-L", f"module-native-protocol-unix auth-anonymous=1 socket={folder}/native", "-L", sink,
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers; `SpeechError` where it does not."""
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command
            self._command,
            env=os.environ | self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until_s = time.monotonic() + STARTS_S
        while time.monotonic() < until_s and self._process.poll() is None:
            if self.pactl("get-default-sink").strip() == SINK:
                return
            time.sleep(0.05)
        raise SpeechError("pulseaudio did not start: run it by hand to see why")

    def pactl(self, *arguments: str) -> str:
        """What the server answers; empty where it does not."""
        asked = subprocess.run(  # noqa: S603 - a fixed program
            ("pactl", *arguments),  # noqa: S607 - of the same packages
            env=os.environ | self.environment,
            capture_output=True,
            timeout=STARTS_S,
            check=False,
        )
        return asked.stdout.decode(errors="replace")

    def stop(self) -> None:
        """End it; safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def null_sink(channels: int = 2) -> Iterator[SinkServer]:
    """A server that runs, for this process and its children: the environment points to it meanwhile."""
    with tempfile.TemporaryDirectory(prefix="shirube-sink-") as name:
        server = SinkServer(Path(name), channels)
        before = {each: os.environ.get(each) for each in server.environment}
        os.environ.update(server.environment)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            for each, value in before.items():
                os.environ.pop(each, None)
                if value is not None:
                    os.environ[each] = value


@dataclass(slots=True)
class Tape:
    """What the monitor of the default sink gives, with the second at which each sample sounded."""

    channels: int = 2
    blocks: list[tuple[float, npt.NDArray[np.int16]]] = field(default_factory=list)  # (end, samples)
    _process: subprocess.Popen[bytes] | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Tape":
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command
            (  # noqa: S607 - of the same packages
                "parec", "--device=@DEFAULT_MONITOR@", "--raw", f"--rate={SAMPLE_RATE}",
                f"--channels={self.channels}", "--format=s16le", "--latency-msec=5",
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._record, name="tape", daemon=True)
        self._thread.start()
        until_s = time.monotonic() + STARTS_S
        while not self.blocks:
            if time.monotonic() > until_s:
                self.__exit__()
                raise SpeechError("the sink's monitor gives nothing: see `pactl list sources`")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._thread is not None:
            self._thread.join()
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def heard(self, from_s: float, level: int = 300) -> npt.NDArray[np.float64]:
        """The seconds of all samples since `from_s` that are louder than `level` on any channel."""
        times = [
            end
            - (len(samples) - 1 - np.flatnonzero(np.abs(samples.astype(np.int32)).max(axis=1) > level))
            / SAMPLE_RATE
            for end, samples in list(self.blocks)
            if end >= from_s
        ]
        return np.concatenate(times) if times else np.zeros(0)

    def samples(self) -> npt.NDArray[np.int16]:
        """Everything so far, one row a sample."""
        return np.concatenate([samples for _, samples in list(self.blocks)])

    def _record(self) -> None:
        pipe = self._process.stdout if self._process is not None else None
        rest, width = b"", 2 * self.channels
        while pipe is not None and (data := pipe.read(1 << 16)):
            data = rest + data
            whole = len(data) // width * width
            rest = data[whole:]
            samples = np.frombuffer(data[:whole], "<i2").reshape(-1, self.channels)
            self.blocks.append((time.monotonic(), samples))
