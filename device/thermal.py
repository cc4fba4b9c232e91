"""A board's own word on heat and power, as Linux gives it in /sys. One small read, no command started.

Thermal zones with their trip points (any board), cooling devices that hold the clock down (Jetson, most ARM
boards, laptops) and the Raspberry Pi firmware's `get_throttled`, the number that `vcgencmd` prints.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from vision.health import Heat

# https://www.raspberrypi.com/documentation/computers/os.html#get_throttled: bits 16 and up tell of the
# past, which is no fault of now.
_UNDER_VOLTAGE: Final = 1 << 0
_SLOWED: Final = 1 << 1 | 1 << 2 | 1 << 3  # clock capped, throttled, soft temperature limit
_HOLDS_THE_CLOCK: Final = ("thermal-cpufreq", "thermal-devfreq", "cpufreq", "processor")
# From here on a zone slows the board; "hot" and "critical" come later and end in switching off.
_SLOWS: Final = "passive"
_SANE_C: Final = (-40.0, 150.0)  # a trip point of 0 or of 2,147 degrees is one that was never set


class HeatSource(Protocol):
    """Where readings of the board come from."""

    def read(self) -> Heat | None:
        """The state of now; None where the board tells nothing. Never raises."""


class SysfsHeat:
    """The board that this runs on. `root`: where sysfs is, for tests."""

    def __init__(self, root: Path = Path("/sys")) -> None:
        self._root = root
        thermal = root / "class/thermal"
        self._zones = [(zone / "temp", _limit_c(zone)) for zone in _sorted(thermal, "thermal_zone*")]
        self._coolers = [
            cooler / "cur_state"
            for cooler in _sorted(thermal, "cooling_device*")
            if (_text(cooler / "type") or "").lower().startswith(_HOLDS_THE_CLOCK)
        ]
        # soc on boards up to the 4, soc@107c000000 twice on the 5.
        self._firmware = [
            *_sorted(root / "devices/platform", "soc*/*firmware/get_throttled"),
            *_sorted(root / "devices/platform", "soc*/soc*/*firmware/get_throttled"),
        ]

    def read(self) -> Heat | None:
        """One look at every file that was there at the start; one that went away is left out."""
        temperatures = [(_celsius(path), limit_c) for path, limit_c in self._zones]
        known = [(now_c, limit_c) for now_c, limit_c in temperatures if now_c is not None]
        coolers = list(_numbers(self._coolers, 10))
        bits = list(_numbers(self._firmware, 16))
        if not known and not coolers and not bits:
            return None
        margins = [limit_c - now_c for now_c, limit_c in known if limit_c is not None]
        return Heat(
            hottest_c=max((now_c for now_c, _ in known), default=None),
            margin_c=min(margins, default=None),
            throttled=any(state > 0 for state in coolers) or any(bit & _SLOWED for bit in bits),
            low_power=any(bit & _UNDER_VOLTAGE for bit in bits),
        )


class FakeHeat:
    """Gives `readings` one after the other, then the last for ever."""

    def __init__(self, readings: Iterable[Heat | None]) -> None:
        self._readings = list(readings)

    def read(self) -> Heat | None:
        """The next reading."""
        return self._readings.pop(0) if len(self._readings) > 1 else self._readings[0]


def _sorted(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _text(path: Path) -> str | None:
    # A zone whose sensor is asleep answers EAGAIN or EINVAL: it tells nothing, which is no fault.
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None


def _numbers(paths: Iterable[Path], base: int) -> Iterator[int]:
    for path in paths:
        try:
            yield int(_text(path) or "", base)
        except ValueError:
            continue


def _celsius(path: Path) -> float | None:
    for millidegrees in _numbers([path], 10):
        return millidegrees / 1000 if _SANE_C[0] < millidegrees / 1000 < _SANE_C[1] else None
    return None


def _limit_c(zone: Path) -> float | None:
    """The lowest temperature at which this zone slows the board, where it says."""
    limits = [
        limit_c
        for kind in _sorted(zone, "trip_point_*_type")
        if _text(kind) == _SLOWS
        and (limit_c := _celsius(kind.with_name(kind.name.replace("_type", "_temp")))) is not None
        and limit_c > 0
    ]
    return min(limits, default=None)
