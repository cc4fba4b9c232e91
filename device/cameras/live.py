"""A live camera that comes back: a thread reads the device, the newest picture wins, and a hang is a fault.

A read inside a driver cannot be ended from outside. One that takes too long is told, left behind with its
thread, and the device is opened anew beside it. After `Patience.leftovers` of them only a new process helps.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device.cameras.grabber import Grabbed, Grabber, Opener, turned
from device.errors import CameraError
from device.ports import Clock
from vision.types import Frame

_log = logging.getLogger(__name__)

# A driver's time of exposure that is older than this, or lies ahead, is of another clock.
OLDEST_S: Final = 1.0
LONGEST_END_S: Final = 1.0


class CameraStuckError(CameraError):
    """Reads hang again and again: the process has to be started anew."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long each may take, seconds, and how often it may hang.

    `first_s`: a USB camera sets its exposure before its first picture.
    """

    opens_s: float = 10.0
    first_s: float = 5.0
    stuck_s: float = 1.0
    leftovers: int = 3
    first_pause_s: float = 0.25
    longest_pause_s: float = 2.0  # a cable that is put back must not wait for long


class LiveCamera:
    """A `CameraSource` around `opener`. `wake`: called, from its thread, when something is to be fetched.

    `name`: of the camera, for messages.
    """

    def __init__(
        self,
        name: str,
        opener: Opener,
        clock: Clock,
        wake: Callable[[], object] = lambda: None,
        *,
        rotate_deg: int = 0,
        patience: Patience | None = None,
    ) -> None:
        self._name, self._opener, self._clock, self._wake = name, opener, clock, wake
        self._rotate_deg = rotate_deg
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._newest: Frame | CameraError | None = None
        self._index = 0
        self._last_s = float("-inf")
        self._turn = 0  # whose pictures count: each thread that is left behind has lost its turn
        self._busy: tuple[float, float] | None = None  # (since, patience) of the call the device is at
        self._threads: list[threading.Thread] = []
        self._begin()

    def latest(self) -> Frame | None:
        """The newest frame not yet given out; `CameraError`, once each time, where the camera fails."""
        stuck = self._stuck_s()
        if stuck is not None:
            self._leave_behind(stuck)
        with self._lock:
            newest, self._newest = self._newest, None
        if isinstance(newest, CameraError):
            raise newest
        return newest

    def close(self) -> None:
        """End the thread; one that hangs is left behind. Safe to call twice."""
        self._stop.set()
        with self._lock:
            self._turn += 1
            self._newest = None
        self._threads[-1].join(LONGEST_END_S)

    # --- whoever asks

    def _begin(self) -> None:
        # A daemon: a read that hangs must not keep the process from ending.
        thread = threading.Thread(target=self._work, args=(self._turn,), name="camera", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _stuck_s(self) -> float | None:
        """For how long the device has been at one call, where that is too long."""
        with self._lock:
            if self._busy is None:
                return None
            since_s, patience_s = self._busy
        took_s = self._clock.now_s() - since_s
        return took_s if took_s > patience_s else None

    def _leave_behind(self, took_s: float) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        what = f"{self._name}: カメラが応えません / the camera has not answered for {took_s:.1f} s"
        if len(self._threads) >= self._patience.leftovers:
            raise CameraStuckError(f"{what}, {len(self._threads)} times; to be started anew")
        _log.warning("%s: opened anew", what)
        with self._lock:
            self._turn += 1
            self._busy = None
            self._newest = CameraError(what)
        self._begin()

    # --- the thread

    def _work(self, turn: int) -> None:
        pause_s = self._patience.first_pause_s
        while self._mine(turn):
            before = self._index
            error = self._until_fault(turn)
            if error is None or not self._mine(turn):
                return
            self._give(turn, error)
            if self._index > before:
                pause_s = self._patience.first_pause_s
            self._at(turn, None)
            if self._stop.wait(pause_s):
                return
            pause_s = min(2 * pause_s, self._patience.longest_pause_s)

    def _until_fault(self, turn: int) -> CameraError | None:
        """Open and read until it fails; None: nobody wants its pictures any more."""
        try:
            self._at(turn, self._patience.opens_s)
            grabber = self._opener()
            try:
                self._read(turn, grabber)
            finally:
                grabber.close()
        except CameraError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a thread that dies unheard would look like a still camera
            _log.exception("%s failed", self._name)
            return CameraError(f"{self._name}: {type(error).__name__}: {error}")
        return None

    def _read(self, turn: int, grabber: Grabber) -> None:
        patience_s = self._patience.first_s
        while self._mine(turn):
            self._at(turn, patience_s)
            self._show(turn, grabber.grab())
            patience_s = self._patience.stuck_s

    def _show(self, turn: int, grabbed: Grabbed) -> None:
        image = turned(grabbed.image, self._rotate_deg)
        t_s = _exposed_s(grabbed.exposed_s, self._clock.now_s(), self._last_s)
        if self._give(turn, Frame(self._index, t_s, image)):
            self._index, self._last_s = self._index + 1, t_s

    def _give(self, turn: int, newest: Frame | CameraError) -> bool:
        with self._lock:
            if turn != self._turn:
                return False
            self._newest = newest
        self._wake()
        return True

    def _at(self, turn: int, patience_s: float | None) -> None:
        """The device is at a call from now on; None: at none."""
        with self._lock:
            if turn == self._turn:
                self._busy = None if patience_s is None else (self._clock.now_s(), patience_s)

    def _mine(self, turn: int) -> bool:
        return turn == self._turn and not self._stop.is_set()


def _exposed_s(told_s: float | None, now_s: float, last_s: float) -> float:
    """The driver's word where it can be one of this clock and goes on; else now."""
    if told_s is None or not last_s < told_s <= now_s or now_s - told_s > OLDEST_S:
        return now_s
    return told_s
