"""The noise around, from a microphone: a recorder's process, whose samples become one figure and go."""

import contextlib
import os
import select
import shutil
import subprocess
import threading
from typing import Final

import numpy as np

from device.clocks import SystemClock
from device.ports import Clock
from device.speech.ambient import BLOCK_S, LISTEN_RATE, Ambient, heard, level_dbfs

AGAIN_S: Final = 10.0  # after a recorder that ended: a headset comes back
SILENT_S: Final = 2.0  # without a sample: it hangs
_RATE = str(LISTEN_RATE)


def recorder_command(source: str) -> tuple[str, ...]:
    """`parec` where there is a sound server, else `arecord`."""
    if shutil.which("parec"):
        return (
            "parec", f"--device={source}", "--raw", f"--rate={_RATE}", "--channels=1", "--format=s16le",
            "--latency-msec=100", "--client-name=shirube-noise",
        )  # fmt: skip
    return ("arecord", "-q", f"--device={source}", "-t", "raw", "-f", "S16_LE", "-r", _RATE, "-c", "1")


class NoiseMeter:
    """Follows the noise at `command`'s microphone in a thread. Without samples for a while the gain stays."""

    def __init__(self, command: tuple[str, ...], clock: Clock | None = None) -> None:
        self._command = command
        self._clock = clock or SystemClock()
        self._state = Ambient()
        self._speaking = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="noise", daemon=True)
        self._thread.start()

    @property
    def gain_db(self) -> float:
        """How much louder the words have to be than in quiet."""
        return self._state.gain_db

    def tell(self, speaking: bool) -> None:
        """Whether the own voice sounds just now."""
        self._speaking = speaking

    def close(self) -> None:
        """End; safe to call twice."""
        self._ending.set()
        self._thread.join(2 * SILENT_S)

    def _work(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(OSError):
                self._listen()
            self._ending.wait(AGAIN_S)

    def _listen(self) -> None:
        with subprocess.Popen(  # noqa: S603 - a fixed command, no shell
            self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        ) as process:
            try:
                if process.stdout is not None:
                    self._follow(process.stdout.fileno())
            finally:
                process.kill()

    def _follow(self, pipe: int) -> None:
        waiting, size = bytearray(), 2 * round(BLOCK_S * LISTEN_RATE)
        while not self._ending.is_set() and select.select([pipe], [], [], SILENT_S)[0]:
            data = os.read(pipe, 1 << 14)
            if not data:
                return
            waiting += data
            while len(waiting) >= size:
                block = np.frombuffer(bytes(waiting[:size]), "<i2").astype(np.float64) / 32768.0
                del waiting[:size]
                self._state = heard(self._state, level_dbfs(block), self._clock.now_s(), self._speaking)
