"""Frames of a recording as a camera would give them: each at its time, the newest wins."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

from device.errors import CameraError
from device.ports import Clock
from vision.errors import VisionError
from vision.types import Frame

_LONGEST_END_S: Final = 2.0  # one picture may still be on its way through the decoder


class PacedCamera:
    """A `CameraSource`: a thread reads `frames` and shows each once `clock` reaches its `t_s`.

    `wake`: called, from there, when one is shown. What cannot be read is raised by `latest`, once.
    """

    def __init__(
        self, frames: Iterable[Frame], clock: Clock, wake: Callable[[], object] = lambda: None
    ) -> None:
        self._clock = clock
        self._wake = wake
        self._lock = threading.Lock()
        self._newest: Frame | None = None
        self._fault: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._show, args=(frames,), name="camera", daemon=True)
        self._thread.start()

    def latest(self) -> Frame | None:
        """The newest frame not yet given out; `CameraError` or `VisionError` where there is none to come."""
        with self._lock:
            newest, self._newest = self._newest, None
            if newest is not None or self._fault is None:
                return newest
            # After the last picture: it is seen before it is told that no more come.
            fault, self._fault = self._fault, None
        raise fault

    def close(self) -> None:
        """End the thread; safe to call twice."""
        self._stop.set()
        self._thread.join(_LONGEST_END_S)

    def _show(self, frames: Iterable[Frame]) -> None:
        try:
            for frame in frames:
                # An event, not a sleep: whoever closes does not wait for a frame that is minutes away.
                if self._stop.wait(max(0.0, frame.t_s - self._clock.now_s())):
                    return
                self._hand(frame)
        except (VisionError, CameraError, OSError) as error:
            with self._lock:
                self._fault = error if not isinstance(error, OSError) else CameraError(f"the clip: {error}")
            self._wake()

    def _hand(self, newest: Frame) -> None:
        with self._lock:
            self._newest = newest
        self._wake()
