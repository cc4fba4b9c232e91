"""What each part gets from the supervisor, and owes it: a beat from the loop that matters."""

import os
import signal
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from device.clocks import SystemClock
from device.config import DeviceConfig
from device.parts.messages import PartName
from device.ports import Clock

# A loop that has not come round for this long stands: it is ended and started again. What is spoken about it
# has to begin within 2 s of the fault.
STALLED_S: Final = 1.2
BEAT_EVERY_S: Final = 0.2
# From the start of a process to its first beat: imports, a model, a dictionary (a Pi is four times slower).
STARTS_S: Final = 30.0


@dataclass(slots=True)
class Part:
    """One process's surroundings. `runtime`: where the sockets are; `beat_fd` None: nobody watches."""

    name: PartName
    config: DeviceConfig
    runtime: Path
    clock: Clock = field(default_factory=SystemClock)
    beat_fd: int | None = None
    ending: threading.Event = field(default_factory=threading.Event)

    def beat(self) -> None:
        """Call at least every BEAT_EVERY_S from the loop whose standing still would hurt."""
        if self.beat_fd is not None:
            try:
                os.write(self.beat_fd, b".")
            except BlockingIOError:
                return  # full: the supervisor is late, not this part
            except OSError:
                self.ending.set()  # the supervisor is gone: systemd starts everything anew

    def socket(self, name: str) -> Path:
        """Where the part `name` (or "supervisor") listens."""
        return self.runtime / f"{name}.sock"

    def end_on_signals(self) -> None:
        """SIGTERM and SIGINT set `ending`. From the main thread."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ending.set())
