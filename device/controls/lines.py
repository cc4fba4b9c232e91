"""Buttons for developers: lines typed into a terminal."""

import os
from typing import Final

from device.controls.gestures import BUTTONS, Press
from device.controls.port import health_of
from device.ports import Clock
from device.senses import Health


class LineButtons:
    """For developers: a line "1", "2" or "3" is a short press, "1l", "2l", "3l" a long one."""

    SHORT_S: Final = 0.1
    LONG_S: Final = 2.2

    def __init__(self, fd: int, clock: Clock) -> None:
        self._fd, self._clock = fd, clock
        self._begun = b""
        self._due: list[Press] = []
        self._ended = False
        os.set_blocking(fd, False)

    @property
    def fault(self) -> str:
        """One line while it gives nothing; "" while it works."""
        return ""

    def poll(self) -> tuple[Press, ...]:
        """The presses since the last call, oldest first; never blocks."""
        now_s = self._clock.now_s()
        for line in self._lines():
            self._press(line.strip(), now_s)
        ripe = tuple(press for press in self._due if press.t_s <= now_s)
        self._due = [press for press in self._due if press.t_s > now_s]
        return ripe

    def health(self) -> Health:
        """The same as the health of the part "buttons"."""
        return health_of(self.fault)

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return () if self._ended else (self._fd,)

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        self._ended = True

    def _lines(self) -> list[str]:
        if self._ended:
            return []
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._ended = True
        *whole, self._begun = (self._begun + data).split(b"\n")
        return [line.decode("ascii", errors="replace") for line in whole]

    def _press(self, line: str, now_s: float) -> None:
        button = next((each for each in BUTTONS if line.startswith(str(each))), None)
        if button is None:
            return
        lasts_s = self.LONG_S if line.endswith("l") else self.SHORT_S
        self._due += [Press(now_s, button, down=True), Press(now_s + lasts_s, button, down=False)]
