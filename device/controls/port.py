"""The port that presses come through."""

from typing import Final, Protocol

from device.controls.gestures import Press
from device.senses import Health

MISSING: Final = "{0} がありません / {0} is missing: `pip install gpiozero lgpio evdev`"
RETRY_S: Final = 1.0  # what was pulled out is looked for again


class ButtonSource(Protocol):
    """One device with buttons."""

    def poll(self) -> tuple[Press, ...]:
        """The presses since the last call, oldest first; never blocks."""

    @property
    def fault(self) -> str:
        """One line while it gives nothing; "" while it works."""

    def health(self) -> Health:
        """The same as the health of the part "buttons"."""

    def filenos(self) -> tuple[int, ...]:
        """To wait for with `select`; nothing where presses come on a thread of their own."""

    def close(self) -> None:
        """Let go of it; safe to call twice."""


def health_of(fault: str) -> Health:
    """Of buttons with this fault; "": none."""
    return Health("buttons", not fault, detail=fault)
