"""A receiver that walks, on a pseudo-terminal, and the gpsd that reads it: stopped, killed, started again."""

import contextlib
import math
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from device.errors import PositionError
from device.loopback import free_port
from device.nmea import sentences
from wire.position import Fix

_SBIN: Final = "/usr/sbin"  # where Debian keeps gpsd, outside a user's PATH
_WALK_MPS: Final = 1.1
_TURN_M: Final = 200.0  # to and fro along a street


class Receiver:
    """gpsd on loopback, fed by a walker near `start` with true times; `PositionError` without gpsd."""

    def __init__(self, start: tuple[float, float], utc_s: Callable[[], float]) -> None:
        path = f"{os.environ.get('PATH', '')}:{_SBIN}"
        found = shutil.which("gpsd", path=path)
        if found is None:
            raise PositionError("gpsd is not installed: run `apt install gpsd`")
        self._gpsd = found
        self._start, self._utc_s = start, utc_s
        self._near, self._far = os.openpty()
        self._device = Path(os.ttyname(self._far))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()
        os.set_blocking(self._near, False)
        self._thread = threading.Thread(target=self._feed, name="receiver", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Start gpsd."""
        self._process = subprocess.Popen(  # noqa: S603  # a fixed command, no shell
            [self._gpsd, "-N", "-n", "-S", str(self.port), str(self._device)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def stop(self) -> None:
        """It stands: connections stay, nothing is answered."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It runs again; started anew where it was killed."""
        if self._process is None:
            self.begin()
        else:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End everything; safe to call twice."""
        self.kill()
        if not self._ending.is_set():
            self._ending.set()
            self._thread.join()
            os.close(self._near)
            os.close(self._far)

    def _feed(self) -> None:
        began_s = time.monotonic()
        second = 0
        while not self._ending.wait(max(0.0, began_s + second - time.monotonic())):
            for sentence in sentences(self._fix(float(second))):
                with contextlib.suppress(OSError):  # nobody reads just now: a receiver does not wait
                    os.write(self._near, f"{sentence}\r\n".encode())
            second += 1

    def _fix(self, passed_s: float) -> Fix:
        along_m = (passed_s * _WALK_MPS) % (2.0 * _TURN_M)
        north = along_m < _TURN_M
        east_m = along_m if north else 2.0 * _TURN_M - along_m
        lat, lon = self._start
        return Fix(
            utc_s=round(self._utc_s(), 2),
            lat=lat,
            lon=lon + east_m / (111_320.0 * math.cos(math.radians(lat))),
            accuracy_m=4.0,
            speed_mps=_WALK_MPS,
            course_deg=90.0 if north else 270.0,
            source="nmea",
        )
