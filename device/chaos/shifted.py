"""`shirube device run` where the wall clock can be set from outside: `python -m device.chaos.shifted`.

Everything on the device asks `device.clocks.SystemClock` for the time: another time comes from there.
"""

import sys
from pathlib import Path

from device.clocks import SystemClock
from device.config_reading import read_config
from device.parts.supervisor import run_device


def shift(by: Path) -> None:
    """From now on the wall clock of this process and its children is off by the seconds in the file `by`."""
    true_utc_s = SystemClock.utc_s

    def shifted(self: SystemClock) -> float:
        try:
            seconds = float(by.read_text())
        except (OSError, ValueError):
            seconds = 0.0  # just being written
        return true_utc_s(self) + seconds

    SystemClock.utc_s = shifted  # type: ignore[method-assign]


if __name__ == "__main__":
    shift(Path(sys.argv[2]))
    run_device(read_config(Path(sys.argv[1])))
