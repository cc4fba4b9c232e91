"""Push buttons on the pins of a board."""

from collections import deque
from collections.abc import Callable
from typing import Any

from device.controls.gestures import BUTTONS, Button, Press
from device.controls.port import MISSING, RETRY_S, health_of
from device.ports import Clock
from device.senses import Health


class GpioButtons:
    """Three push buttons between a pin and ground, by gpiozero (extra `pi`), on its own thread."""

    def __init__(self, pins: tuple[int, int, int], clock: Clock) -> None:
        self._pins, self._clock = pins, clock
        self._presses: deque[Press] = deque()
        self._buttons: list[Any] = []
        self._fault = ""
        self._retry_s = float("-inf")
        self._open()

    @property
    def fault(self) -> str:
        """One line while it gives nothing; "" while it works."""
        return self._fault

    def poll(self) -> tuple[Press, ...]:
        """The presses since the last call, oldest first; never blocks."""
        if self._fault and self._clock.now_s() >= self._retry_s:
            self._open()
        return tuple(self._presses.popleft() for _ in range(len(self._presses)))

    def health(self) -> Health:
        """The same as the health of the part "buttons"."""
        return health_of(self.fault)

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`."""
        return ()

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        for button in self._buttons:
            button.close()
        self._buttons = []

    def _open(self) -> None:
        self.close()
        self._retry_s = self._clock.now_s() + RETRY_S
        try:
            import gpiozero  # only where there are pins
        except ImportError:
            self._fault = MISSING.format("gpiozero")
            return
        try:
            for number, pin in zip(BUTTONS, self._pins, strict=True):
                button = gpiozero.Button(pin, pull_up=True)
                self._buttons.append(button)
                button.when_pressed = self._put(number, down=True)
                button.when_released = self._put(number, down=False)
        except (gpiozero.GPIOZeroError, OSError) as error:
            self.close()
            self._fault = f"gpio:{','.join(map(str, self._pins))}: {error}"
            return
        self._fault = ""

    def _put(self, number: Button, *, down: bool) -> Callable[[], None]:
        return lambda: self._presses.append(Press(self._clock.now_s(), number, down))
